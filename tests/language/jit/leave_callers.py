"""While a call waits for long, the compiled code that waits for it is left: it would keep alive what it has let go of.
Whatever the caller was doing goes on as if nothing had happened."""

import gc
import queue
import select
import sys
import threading
import time
import traceback
import weakref
from concurrent.futures import ThreadPoolExecutor

HOT = 40
LONG = 0.07


# An executor's threads end when it dies.
def many_executors(count):
    total = 0
    for _ in range(count):
        executor = ThreadPoolExecutor(3)
        values = executor.map(abs, range(-3, 3))
        threads = executor._threads
        del executor
        for thread in threads:
            thread.join()
        total += sum(values)
    return total


print([many_executors(1) for _ in range(5)][-1], many_executors(5))


def rest():
    pass


def join_many(count):
    for _ in range(count):
        thread = threading.Thread(target=rest)
        thread.start()
        thread.join()


join_many(200)
print(many_executors(1), many_executors(5))


# What a caller has: unboxed numbers, objects that were never made, open loops, handlers.
class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def sum(self):
        return self.x + self.y


entered = 0


def waits_if(condition):
    global entered
    entered += 1
    if condition:
        time.sleep(LONG)
    return 1


def numbers_and_objects(wait):
    real, whole, seen = 0.5, 0, []
    for i in range(20):
        point = Point(i, real)
        pair = (whole, point)
        whole += waits_if(wait and i % 7 == 3)
        real += 0.25
        seen.append(pair[0] + pair[1].sum() + point.x)
    return real, whole, seen


def directly(wait):
    total = 0
    for i in range(10):
        point = Point(i, -i)
        if wait and i == 4:
            time.sleep(LONG)
        total += point.x * 2 + point.y
    return total


def handlers(wait):
    seen = []
    for i in range(6):
        try:
            waits_if(wait and i == 2)
            if i % 2:
                raise KeyError(i)
            seen.append(i)
        except KeyError as error:
            seen.append(error.args)
        finally:
            seen.append("finally")
    return seen


def empty(wait):
    fifo = queue.SimpleQueue()
    seen = []
    for i in range(4):
        try:
            seen.append(fifo.get(timeout=LONG if wait and i == 2 else 0))
        except queue.Empty:
            seen.append("empty")
    return seen


class Entered:
    def __enter__(self):
        waits_if(self.wait)
        return self

    def __exit__(self, *details):
        waits_if(self.wait)
        return True


def context(wait):
    manager = Entered()
    manager.wait = wait
    seen = []
    for i in range(3):
        with manager as entered:
            seen.append(entered is manager)
            waits_if(wait)
            seen.append(1 // i)
    return seen


class Inner:
    def __init__(self, wait):
        self.wait = wait
        self.waited = waits_if(wait)


class Outer:
    def __init__(self, wait):
        self.inner = Inner(wait)
        self.sum = self.inner.waited + self.inner.waited


def made_in_try(wait):
    seen = []
    for i in range(4):
        try:
            made = Outer(wait and i == 2)
            seen.append(made.sum)
            if i == 3:
                Outer(wait).inner.missing
        except AttributeError as error:
            seen.append(str(error))
        finally:
            seen.append(Inner(wait and i == 1).waited)
    return seen


class Waits:
    def __init__(self, wait):
        waits_if(wait)
        self.wait = wait

    @property
    def value(self):
        waits_if(self.wait)
        return 7

    def __add__(self, other):
        waits_if(self.wait)
        return NotImplemented if other == 3 else 10

    def __radd__(self, other):
        waits_if(self.wait)
        return 20

    def __eq__(self, other):
        waits_if(self.wait)
        return NotImplemented

    def __len__(self):
        waits_if(self.wait)
        return 5

    def __getitem__(self, index):
        waits_if(self.wait)
        if index > 2:
            raise IndexError
        return index

    def __call__(self, *values, named=1):
        waits_if(self.wait)
        return len(values) + named

    def __iter__(self):
        yield 1
        waits_if(self.wait)
        yield 2


def special_methods(wait):
    waits = Waits(wait)
    answers = [type(waits).__name__, waits.value, waits + 1, 1 + waits, waits == 1, len(waits), waits[1]]
    answers += [waits(1, 2), waits(named=4), waits(*[1, 2, 3]), list(waits), sum(waits), [*waits], max(waits)]
    try:
        waits + 3
    except TypeError as error:
        answers.append(str(error))
    return answers


def keys(wait):
    return sorted([3, 1, 2], key=lambda value: waits_if(wait) - value), list(map(waits_if, [False, wait]))


def numbers(count, wait):
    for i in range(count):
        waits_if(wait and i == 1)
        got = yield i
        if got:
            yield -got


def delegates(count, wait):
    result = yield from numbers(count, wait)
    waits_if(wait)
    return result or count


def generators(wait):
    seen = []
    for value in numbers(3, wait):
        seen.append(value)
    for value in delegates(3, wait):
        seen.append(value)
    seen.append(sum(value for value in numbers(3, wait)))
    sends = numbers(3, wait)
    seen += [next(sends), sends.send(5), next(sends)]
    first, *others = numbers(3, wait)
    return seen, first, others


async def inner(wait):
    waits_if(wait)
    return 3


async def outer(wait):
    total = 0
    for _ in range(3):
        total += await inner(wait)
    return total


def coroutines(wait):
    try:
        outer(wait).send(None)
    except StopIteration as stop:
        return stop.value


def raises(wait):
    waits_if(wait)
    raise ValueError("after the wait")


def traces(wait):
    try:
        try:
            raises(wait)
        except ValueError as error:
            waits_if(wait)
            raise KeyError("chained") from error
    except KeyError as error:
        waits_if(wait)
        lines = traceback.format_exception(error)
        return [line.split("\n")[1].strip() for line in lines if "File" in line], sys.exc_info()[0].__name__


def deep(depth, wait):
    if depth == 0:
        return waits_if(wait)
    return deep(depth - 1, wait) + 1


def with_defaults(a, b=2, *others, c=3, **named):
    waits_if(a)
    return b, others, c, sorted(named)


def arguments(wait):
    return (
        with_defaults(wait),
        with_defaults(wait, 4, 5, 6),
        with_defaults(wait, c=9, d=1),
        with_defaults(*[wait, 1], **{"e": 2}),
    )


def closures(wait):
    count = 0

    def add(value):
        nonlocal count
        waits_if(wait)
        count += value
        return count

    return [add(i) for i in range(3)], count


for function in (
    numbers_and_objects,
    directly,
    handlers,
    empty,
    context,
    made_in_try,
    special_methods,
    keys,
    generators,
    coroutines,
    traces,
    arguments,
    closures,
):
    expected = [function(False) for _ in range(HOT)][-1]
    entered = 0
    function(False)
    print(function.__name__, expected, entered)
    for wait in (True, True, False):
        once, entered = entered, 0
        if (found := function(wait)) != expected or entered != once:
            print("then:", wait, found, entered)
print([deep(30, False) for _ in range(HOT)][-1], deep(30, True), deep(30, False))


# What the arguments mean is found out once.
def acquires(lock, count, *arguments):
    got = []
    for _ in range(count):
        got.append(lock.acquire(True, *arguments))
    return got


lock = threading.Lock()
lock.acquire()
acquires(lock, HOT, 0)
print(acquires(lock, 2, LONG), acquires(threading.RLock(), 2, LONG))


class Asked:
    def __init__(self):
        self.count = 0

    def __index__(self):
        self.count += 1
        return 1


def acquires_asking(asked, count, timeout):
    for _ in range(count):
        lock.acquire(asked, timeout)
    return asked.count


print(acquires_asking(Asked(), HOT, 0), acquires_asking(Asked(), 3, LONG))


# Other waits
def polls(poller, count, milliseconds):
    for _ in range(count):
        poller.poll(milliseconds)
    return count


print(polls(select.poll(), HOT, 0), polls(select.poll(), 2, 70))
with select.epoll() as poller:
    print(polls(poller, HOT, 0), polls(poller, 2, 0.07))


# A caller's caller keeps nothing either.
class Dies:
    pass


def hands_over(ready, dies, wait):
    reference = weakref.ref(dies, lambda reference: ready.set())
    dies.cycle = dies
    del dies
    return ready.wait(wait), reference


def caller(wait, turns):
    done = []
    for _ in range(turns):
        ready = threading.Event()
        done.append(hands_over(ready, Dies(), wait)[0])
        gc.collect()
    return len(done)


print(caller(0, HOT), caller(0.07, 2))


# Profile functions see each call once.
def profiled(wait):
    calls = []
    sys.setprofile(lambda frame, event, argument: calls.append(event) if argument is time.sleep else None)
    try:
        waits_if(wait)
    finally:
        sys.setprofile(None)
    return calls


print([profiled(False) for _ in range(HOT)][-1], profiled(True))
