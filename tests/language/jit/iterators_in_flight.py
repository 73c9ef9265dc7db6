# Loops around calls: their iterators are not made while the call runs. They are there again when it raises, when it
# cannot be made, when somebody begins to trace, and when a generator is suspended.
import gc
import sys
import traceback

TIMES = 60


class Odd(Exception):
    pass


def check(x, log):
    if x % 37 == 5:
        raise Odd(x)
    log.append(x)
    return x


def plain(items, log):
    total = 0
    for x in items:
        for y in range(3):
            total += check(x + y * 100, log)
    return total


def caught(items, log):
    total = 0
    for i, x in enumerate(items):
        for y in range(0, 9, 2):
            try:
                total += check(x + y, log)
            except Odd as error:
                total -= error.args[0] + i
    return total


def zipped(a, b, log):
    total = 0
    for x, y in zip(a, b):
        for z in (x, y):
            try:
                total += check(z, log)
            except Odd:
                continue
    return total


def inner(items, log):
    total = 0
    for x in items:
        total += check(x, log)
    return total


def outer(items, log):
    total = 0
    for n in range(5):
        for k in items:
            try:
                total += inner([k, k + 1, k + 2], log)
            except Odd:
                total += 1000 + n
    return total


def looked_at(items):
    total = 0
    for x in items:
        for y in range(3):
            total += look(x + y)
    return total


def look(x):
    names = sys._getframe(1).f_locals
    return sorted(names) == ["items", "total", "x", "y"] and names["x"] + names["y"] + x


def growing(items):
    return sum_calls(items, lambda x: items.append(x + 1) if len(items) < 40 and x % 3 == 0 else None)


def sum_calls(items, call):
    total = 0
    for x in items:
        call(x)
        total += x
    return total


def held_by_iterator(n):
    total = 0
    for x in [[n], [n + 1], [n + 2]]:
        collect(n)
        total += x[0]
    return total


def collect(n):
    if n % 20 == 0:
        gc.collect()
        [[i] for i in range(100)]


def suspended(items, log):
    for x in items:
        for y in range(2):
            try:
                check(x + y, log)
            except Odd:
                yield -1
            yield x * y


def deep(n, log):
    total = 0
    for x in range(3):
        total += x
        if x == 1:
            total += deep(n - 1, log) if n else check(5, log)
    return total


def too_deep(n):
    total = 0
    for x in [1, 2]:
        try:
            total += too_deep(n + 1) if x == 1 else x
        except RecursionError:
            if n % 50:
                raise
            total += x
    return total


def traced(items, begin):
    total = 0
    for x in items:
        for y in range(3):
            total += begin_trace(x, y, begin)
    return total


def begin_trace(x, y, begin):
    if begin and (x, y) == (2, 1):
        sys.settrace(trace)
        sys._getframe(1).f_trace = trace
    return x * y


lines = []


def trace(frame, event, argument):
    if frame.f_code is traced.__code__ and event == "line":
        lines.append(frame.f_lineno - frame.f_code.co_firstlineno)
    return trace


def run(times):
    log, results = [], []
    for k in range(times):
        try:
            results.append(plain([1, 2, k, 4], log))
        except Odd as error:
            results.append((error.args, [entry.lineno for entry in traceback.extract_tb(error.__traceback__)]))
        try:
            deep(k % 7, log)
        except Odd as error:
            results.append(len(traceback.extract_tb(error.__traceback__)))
        results.append(caught([k, k + 3, k + 5], log))
        results.append(zipped([1, k], (5, 7), log))
        results.append(outer([k, 40 - k], log))
        results.append(looked_at([1, 2, k]))
        results.append(growing([3, 6, k]))
        results.append(held_by_iterator(k))
        results.append(list(suspended([k, 4, 5], log)))
        results.append(traced([1, 2, 3], False))
    return results, sum(log), len(log)


first = run(TIMES)
for _ in range(TIMES):
    assert run(TIMES) == first
print(str(first)[:2000], first[1:])

for _ in range(3):
    print(traced([1, 2, 3], True))
    sys.settrace(None)
    print(lines)
    lines.clear()

limit = sys.getrecursionlimit()
sys.setrecursionlimit(400)
results = {too_deep(301) for _ in range(3)}
sys.setrecursionlimit(limit)
print(len(results))
