"""Objects with __del__, some in cycles, some resurrected, dying in all threads: each finalizer runs once."""
import gc
from _harness import check, hammer, THREADS

made = [0] * THREADS
died = []
revived = []


class Dying:
    def __init__(self, key):
        self.key = key

    def __del__(self):
        died.append(self.key)


class Reviving(Dying):
    def __del__(self):
        super().__del__()
        revived.append(self)


shared = {}


def work(index):
    for _ in range(20):
        thing = (Reviving if made[index] % 5 == 0 else Dying)((index, made[index]))
        made[index] += 1
        thing.cycle = thing if made[index] % 2 else None
        shared[index % 3] = thing
        del thing
    if len(revived) > 100:
        revived.clear()


def collect(index):
    gc.collect()


hammer(work, work, work, collect)
shared.clear()
revived.clear()
for _ in range(3):
    gc.collect()
check(len(died) == len(set(died)), "a finalizer ran twice")
# A stale word on some stack may keep a few alive.
check(len(died) >= sum(made) - 2 * THREADS - 8, len(died), sum(made))
