"""Finalizers and weak reference callbacks that take the lock under which all threads work, and look for the dead: no
thread waits for itself, and each finalizer has run in the end."""
import gc
import threading
import time
import weakref
from _harness import check, hammer, THREADS

lock = threading.Lock()
made = [0] * THREADS
died, called = set(), set()
handed_over = {}


class Dying:
    def __init__(self, key):
        self.key = key

    def __del__(self):
        with lock:
            died.add(self.key)


def watch(key):
    def callback(reference):
        with lock:
            called.add(key)
            del references[key]
    return callback


references = {}


def ignore(thing):
    pass


def work(index):
    for _ in range(5):
        key = index, made[index]
        made[index] += 1
        thing = Dying(key)
        reference = weakref.ref(thing, watch(key))
        with lock:
            references[key] = reference
        if key[1] % 3 == 0:
            former = handed_over.pop(index, None)
            handed_over[(index + 1) % THREADS] = thing
            del former
        elif key[1] % 3 == 1:
            ignore(Dying((index, -made[index])))
        del thing, reference
        with lock:
            garbage = [[number] for number in range(100)]
            del garbage
            if key[1] % 50 == 0:
                gc.collect()


hammer(work)
handed_over.clear()
deadline = time.monotonic() + 30
while references and time.monotonic() < deadline:
    gc.collect()
    time.sleep(0.01)
expected = {(index, number) for index in range(THREADS) for number in range(made[index])}
# A stale word on some stack may keep a few alive.
missing = expected - called
check(len(missing) <= 2 * THREADS, len(missing), len(expected))
check(len(expected - died) <= 2 * THREADS, len(expected - died))
