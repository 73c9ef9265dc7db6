# krait-only
"""Jumps that CPython 3.11 does not survive everywhere: over an assignment whose variable is read without a check, and from a
yield, after which it loses count of its stack. Also jumps to the line of the def, and away from a return."""
import sys


def run(function, start, target, *arguments, event="line"):
    """Calls function(*arguments), jumping once from line `start` to line `target`, counted from the def."""
    first = function.__code__.co_firstlineno
    lines = []
    jumped = []

    def trace(frame, what, argument):
        if frame.f_code is not function.__code__:
            return trace
        lines.append((what, frame.f_lineno - first))
        if what == event and frame.f_lineno == first + start and not jumped:
            jumped.append(True)
            try:
                frame.f_lineno = first + target
            except ValueError as error:
                lines.append(str(error))
        return trace

    sys.settrace(trace)
    try:
        result = function(*arguments)
        if hasattr(result, "send"):
            result = list(result)
    except Exception as error:
        result = repr(error)
    finally:
        sys.settrace(None)
    print(function.__name__, start, target, result, lines)


def skips():
    x = 1
    y = 2
    return x


def checked(flag):
    if flag:
        x = 1
    return x


def partly():
    x = 1
    if x:
        y = x
    del x
    return y


def looping(count):
    total = 0
    for i in range(count):
        step = i
        total += step
    return total, i, step


def handling():
    try:
        value = 1
        int("x")
    except ValueError as error:
        value = error.args
    return value


def closing(a):
    b = a
    c = lambda: (a, b)
    return c()


def generating(a):
    yield a
    b = yield a + 1
    yield b


for target in range(4):
    run(skips, 1, target)
    run(skips, 3, target)
for target in range(1, 4):
    run(checked, 1, target, True)
for target in range(1, 7):
    run(partly, 1, target)
    run(closing, 1, min(target, 3), 7)
for target in (4, 5, 1):
    run(looping, 1, target, 3)
    run(handling, 2, target)
for target in range(4):
    run(generating, 1, target, 5)
    run(generating, 1, target, 5, event="return")
    run(generating, 2, target, 5, event="return")
