# skip: sanitizer
# A finalizer sees the weak references to its object, unless the object was found by the collector, in a cycle.
# With a sanitizer, which makes much young, the collector may be the one that finds all of them.
import gc
import weakref

hold, keep, seen = False, [], []


class Finalized:
    def __del__(self):
        seen.append(reference() is self)
        if hold:
            keep.append(self)


gc.collect()
for hold in (False, True):
    for cyclic in (False, True, True):
        seen.clear()
        dying = Finalized()
        if cyclic:
            dying.way = [dying]
        reference = weakref.ref(dying)
        del dying
        gc.collect()
        print(hold, cyclic, seen, len(keep), reference() is None)
        keep.clear()
        gc.collect()
        print(reference() is None)
