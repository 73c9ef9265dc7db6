"""A trace function sees the StopIteration that ends a loop or an await, if the end is told by an exception at all."""
import sys


def counted():
    yield 1
    return 5


def silent():
    yield 1


def delegating():
    return (yield from counted())


class Raising:
    def __init__(self, *arguments):
        self.arguments = arguments

    def __iter__(self):
        return self

    def __next__(self):
        raise StopIteration(*self.arguments)


async def answer():
    return 4


async def nothing():
    pass


def loop():
    for item in counted():
        pass
    for item in silent():
        pass
    for item in delegating():
        pass


def comprehension():
    return [item for item in counted()]


def expression():
    return sum(item for item in counted())


def exhausted():
    generator = counted()
    for item in generator:
        pass
    for item in generator:
        pass


def user_iterator():
    for item in Raising():
        pass
    for item in Raising(3):
        pass


def delegation():
    def outer():
        yield from silent()
        yield from Raising(7)
        received = yield from receiving()
        yield received

    def receiving():
        while (yield):
            pass

    generator = outer()
    next(generator)
    next(generator)
    generator.send(True)
    generator.send(False)


def awaiting():
    async def waiting():
        return await answer(), await nothing()

    try:
        waiting().send(None)
    except StopIteration as stop:
        return stop.value


def other_consumers():
    first, *rest = counted()
    return list(counted()), [*counted()], 1 in counted(), list(zip([1, 2], counted()))


def trace(function):
    events = []

    def tracer(frame, event, argument):
        line = frame.f_lineno - frame.f_code.co_firstlineno
        if event == "exception":
            events.append((frame.f_code.co_name, line, argument[0].__name__, argument[1].args))
        elif event == "return" and frame.f_code.co_name == function.__name__:
            events.append((frame.f_code.co_name, line, "returns", argument))
        return tracer

    sys.settrace(tracer)
    try:
        function()
    finally:
        sys.settrace(None)
    print(function.__name__)
    for event in events:
        if event[2] != "GeneratorExit":
            print("   ", *event)


for function in (loop, comprehension, expression, exhausted, user_iterator, delegation, awaiting, other_consumers):
    trace(function)
