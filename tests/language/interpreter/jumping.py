"""Assigning f_lineno: into and out of blocks, and what is refused."""
import sys


def jump(function, source, target):
    """Runs `function`, and moves from line `source` (counted from its def) to `target` when that is reached first."""
    first = function.__code__.co_firstlineno
    done = []

    def trace(frame, event, argument):
        if frame.f_code is function.__code__ and event == "line" and frame.f_lineno == first + source and not done:
            done.append(True)
            frame.f_lineno = first + target
        return trace

    output = []
    sys.settrace(trace)
    try:
        function(output)
    except Exception as error:
        output.append(f"{type(error).__name__}: {error}")
    finally:
        sys.settrace(None)
    print(function.__name__, source, target, output, sys.exc_info())


def straight(o):
    o.append(1)
    o.append(2)
    o.append(3)


def loop(o):
    o.append(1)
    for i in 1, 2:
        o.append(i)
        o.append(-i)
    o.append(5)


def handlers(o):
    try:
        o.append(2)
        1 / 0
    except ZeroDivisionError:
        o.append(5)
        o.append(sys.exc_info()[0])
    except ValueError:
        o.append(8)
    o.append(sys.exc_info()[0])


def finals(o):
    try:
        o.append(2)
    finally:
        o.append(4)
        o.append(5)
    o.append(6)


def contexts(o):
    import contextlib
    o.append(2)
    with contextlib.nullcontext():
        o.append(4)
        o.append(5)
    o.append(6)


for arguments in ((straight, 2, 3), (straight, 3, 1), (straight, 2, 99), (straight, 2, -1), (loop, 1, 5), (loop, 4, 3), (loop, 4, 5), (loop, 1, 3),
                  (handlers, 2, 8), (handlers, 5, 8), (handlers, 5, 9), (handlers, 2, 5), (handlers, 9, 2), (finals, 2, 4), (finals, 4, 6),
                  (contexts, 2, 5), (contexts, 5, 6), (contexts, 5, 4), (contexts, 6, 4)):
    jump(*arguments)


def lines():
    a = 1
    b = 2
    c = 3
    for i in range(2):
        d = i
    e = 5


def trace(frame, event, argument):
    if frame.f_code is not lines.__code__:
        return None
    at = frame.f_lineno - frame.f_code.co_firstlineno
    print(event, at)
    if event == "line" and at == 3 and targets:
        frame.f_lineno = frame.f_code.co_firstlineno + targets.pop()
    return trace


for target in (1, 2, 4, 6):
    targets = [target]
    sys.settrace(trace)
    lines()
    sys.settrace(None)
