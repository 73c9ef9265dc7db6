# Weak references: who is told first, and that nothing keeps an object alive beyond a collection.
import gc
import marshal
import weakref


class Thing:
    pass


log = []
thing = Thing()
first = weakref.ref(thing, lambda reference: log.append("first"))
plain = weakref.ref(thing)
second = weakref.ref(thing, lambda reference: log.append("second"))
assert weakref.getweakrefs(thing) == [plain, second, first]


class Own(weakref.ref):
    pass


own = Own(thing)
assert [type(one) for one in weakref.getweakrefs(thing)] == [weakref.ref, Own, weakref.ref, weakref.ref]
del thing
gc.collect()
print(log)

# In code whose liveness table had to be verified.
source = """
def question(Thing, weakref, gc):
    thing = Thing()
    reference = weakref.ref(thing)
    proxy = weakref.proxy(thing)
    seen = [str(type(reference())), len([thing, reference]), proxy == thing]
    del thing
    gc.collect()
    try:
        proxy.name
    except ReferenceError as error:
        seen.append(str(error))
    return seen, reference(), repr(reference).endswith("; dead>")

def arguments(Thing, weakref, gc):
    def count(*things):
        references = [weakref.ref(thing) for thing in things]
        del things
        return references
    references = count(Thing(), Thing(), Thing())
    gc.collect()
    return [reference() for reference in references]
"""
namespace = {}
exec(marshal.loads(marshal.dumps(compile(source, "source", "exec"))), namespace)
print(namespace["question"](Thing, weakref, gc))
print(namespace["arguments"](Thing, weakref, gc))


class Lists:
    """Garbage in a cycle, found by a request only."""

    def __init__(self):
        self.items = iter([self])


def cycle():
    return weakref.ref(Lists())


reference = cycle()
gc.collect()
print(reference())
