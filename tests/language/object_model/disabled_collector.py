# gc.disable() does not mean that memory is never freed: in CPython, reference counts still free it.
import gc
import resource
import weakref


class Point:
    def __init__(self, x):
        self.x = x
        self.pair = [x, x]


def work(n):
    last = None
    for i in range(n):
        last = Point(i)
    return last.x


gc.disable()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(work(2_000_000), gc.isenabled())
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print("bounded" if grown < 120_000 else f"{grown} KB more")
gc.enable()
gc.set_threshold(0)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(work(2_000_000), gc.isenabled())
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print("bounded" if grown < 120_000 else f"{grown} KB more")
gc.disable()
target = Point(1)
reference = weakref.ref(target)
del target
print(reference())
