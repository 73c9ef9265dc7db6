# Weak references: who is told first, and when a question finds the object gone.
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
del thing
gc.collect()
print(log)

# The same asked at once, in code whose liveness table had to be verified.
source = """
def question(Thing, weakref):
    thing = Thing()
    reference = weakref.ref(thing)
    proxy = weakref.proxy(thing)
    seen = [str(type(reference())), len([thing, reference]), proxy == thing]
    del thing
    try:
        proxy.name
    except ReferenceError as error:
        seen.append(str(error))
    return seen, reference(), repr(reference).endswith("; dead>")

def arguments(Thing, weakref):
    def count(*things):
        references = [weakref.ref(thing) for thing in things]
        del things
        return references
    return [reference() for reference in count(Thing(), Thing(), Thing())]
"""
namespace = {}
exec(marshal.loads(marshal.dumps(compile(source, "source", "exec"))), namespace)
print(namespace["question"](Thing, weakref))
print(namespace["arguments"](Thing, weakref))


class Lists:
    """Garbage in a cycle, found by a request only."""

    def __init__(self):
        self.items = iter([self])


def cycle():
    return weakref.ref(Lists())


reference = cycle()
gc.collect()
print(reference())
