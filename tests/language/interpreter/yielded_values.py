"""A generator that waits keeps nothing of what it has yielded, also if its code has been marshalled, as in a cache file."""
import gc
import marshal
import weakref

SOURCE = '''
def plain():
    for i in range(3):
        yield make()

def guarded():
    try:
        while True:
            yield pick([make()].pop())
    finally:
        pass

def pick(made):
    try:
        return made
    finally:
        del made

def delegating():
    try:
        yield from plain()
    finally:
        pass
'''


class Made:
    pass


for name, trip in ("compiled", lambda code: code), ("marshalled", lambda code: marshal.loads(marshal.dumps(code))):
    namespace = {"make": Made}
    exec(trip(compile(SOURCE, "source", "exec")), namespace)
    for function in "plain", "guarded", "delegating":
        died = []
        for made in namespace[function]():
            reference = weakref.ref(made)
            del made
            gc.collect()
            died.append(reference() is None)
            if len(died) == 3:
                break
        print(name, function, died)
