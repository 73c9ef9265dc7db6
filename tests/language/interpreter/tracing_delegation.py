# What trace and profile functions see of generators and coroutines that wait for others: each resumption is a call, and the end of an
# awaitable is an exception where CPython raises one.
import sys


class Counting:
    """An iterator written in Python, which always ends with an exception."""

    def __init__(self, *result):
        self.number, self.result = 0, result

    def __iter__(self):
        return self

    def __next__(self):
        self.number += 1
        if self.number > 2:
            raise StopIteration(*self.result)
        return self.number


def inner():
    yield 5
    yield 6


def valued():
    yield 1
    return 3


def delegating():
    yield from (1, 2)
    yield from inner()
    yield from valued()
    yield from Counting()
    yield from Counting(5)
    yield from range(2)
    yield from map(str, [1])
    yield from inner()


class Awaitable:
    def __init__(self, iterator):
        self.iterator = iterator

    def __await__(self):
        return self.iterator


class Manager:
    async def __aenter__(self):
        return 1

    async def __aexit__(self, *exception):
        await Awaitable(iter([7]))


async def returning(value):
    await Awaitable(iter([1]))
    return value


async def generating():
    yield 1
    await returning(1)
    yield 2


async def awaiting():
    await returning(None)
    await returning(4)
    await Awaitable(inner())
    await Awaitable(iter([1, 2]))
    await Awaitable(returning(None).__await__())
    await Awaitable(returning(5).__await__())
    async for _ in generating():
        pass
    async with Manager():
        pass


events = []


def trace(frame, event, argument):
    if frame.f_code.co_filename != __file__:
        return None
    shown = argument[0].__name__ if event == "exception" else type(argument).__name__
    events.append((event, frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno, shown))
    return trace


def profile(frame, event, argument):
    if event in ("call", "return") and frame.f_code.co_filename == __file__:
        events.append((event, frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno))


def consume():
    for _ in delegating():
        pass


def drive():
    coroutine = awaiting()
    try:
        while True:
            coroutine.send(None)
    except StopIteration:
        pass


for function in consume, drive:
    for start, stop in ((lambda: sys.settrace(trace), lambda: sys.settrace(None)), (lambda: sys.setprofile(profile), lambda: sys.setprofile(None))):
        start()
        function()
        stop()
        print(function.__name__, *events, sep="\n  ")
        events.clear()
