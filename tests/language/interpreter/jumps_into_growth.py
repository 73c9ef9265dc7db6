# krait-only
"""Jumps into a loop that builds text, whose growth is empty then, and over an assignment, with the frame's locals shown before."""
import sys


def building(times):
    text = "x" * 300
    kept = []
    number = 0
    times = times
    while number < times:
        text += "y"
        number += 1
        if number == 3:
            kept.append(number)
    return len(text), kept


def run(function, source, target, shows):
    """Calls with a jump from one line to another, counted from the def."""
    first = function.__code__.co_firstlineno
    jumped = []

    def trace(frame, event, argument):
        if frame.f_code is not function.__code__:
            return None
        if shows:
            frame.f_locals
        if event == "line" and frame.f_lineno == first + source and not jumped:
            jumped.append(target)
            frame.f_lineno = first + target
        return trace

    sys.settrace(trace)
    try:
        print(source, target, shows, function(5))
    except Exception as error:
        print(source, target, shows, type(error).__name__, error)
    finally:
        sys.settrace(None)


for shows in (False, True):
    for target in range(4, 10):
        run(building, 4, target, shows)
        run(building, 3, target, shows)
    run(building, 6, 9, shows)
    run(building, 8, 2, shows)
    run(building, 10, 6, shows)
