"""Generator expressions that a built-in function consumes at once: values, errors and their tracebacks, what the expression may see, and
what happens when a name stands for something else, cold and hot."""

import gc
import sys
import traceback


def shown(error):
    """The exception with its cause, as types, texts and the lines and functions of the traceback."""
    lines = []
    while error is not None:
        lines.append("%s: %s" % (type(error).__name__, error))
        for entry in traceback.extract_tb(error.__traceback__):
            lines.append("  %s %s:%s-%s" % (entry.name, entry.line, entry.colno, entry.end_colno))
        error = error.__cause__
    return "\n".join(lines)


def attempt(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return shown(error)


def often(function, *arguments):
    """The outcomes of many calls: the different ones, in order."""
    seen = []
    for _ in range(3000):
        outcome = attempt(function, *arguments)
        if not seen or seen[-1] != outcome or type(seen[-1]) is not type(outcome):
            seen.append(outcome)
    return seen


def sum_of_products(a, b, c):
    return sum(x * y + c for x, y in zip(a, b) if x)


def all_below(values, limit):
    return all(value < limit for value in values)


def any_equal(values, wanted):
    return any(value == wanted for value in values)


def joined(values):
    return ",".join(str(value) for value in values)


def made(values):
    return list(v + 1 for v in values), tuple(v + 2 for v in values), set(v % 3 for v in values), sorted(-v for v in values)


def nested(rows):
    return sum(x for row in rows for x in row if x > 1), sum(sum(x for x in row) for row in rows)


def plain_sum(values):
    return sum(value for value in values)


def truths(values):
    return any(value for value in values), all(value for value in values)


for _ in range(2):
    print(often(sum_of_products, [1, 2, 0, 3], [4, 5, 6, 7], 1))
    print(often(sum_of_products, [1.5, 2, 0.0, 3], [4, 5, 6, 7], True))
    print(often(sum_of_products, [], [], 1), often(sum_of_products, [2**70], [2**70], -1))
    print(often(all_below, [1, 2, 3], 4), often(all_below, [1, 2, 3], 3), often(all_below, [], 0))
    print(often(any_equal, "abc", "b"), often(any_equal, "abc", "d"), often(any_equal, [], 1))
    print(often(joined, [1, 2.5, None]), often(joined, []))
    print(often(made, [3, 1, 2, 1]))
    print(often(nested, [[1, 2], [3], []]))
    print(often(truths, [0, 1]), often(truths, [1, 2]), often(truths, [0, ""]), often(truths, []))

# Errors: of the expression, of what consumes it.
for case in ([1, "a"], ["a"], [1, None], [[]], [1.5, "x"]):
    for outcome in often(plain_sum, case):
        print(outcome)
for outcome in often(all_below, [1, "a"], 5) + often(any_equal, 5, 1) + often(sum_of_products, [1], ["a"], 1):
    print(outcome)


def unhashable():
    return set(x for x in ([], 1))


def not_joined():
    return ",".join(x for x in [1])


def stops():
    return sum(next(iter(())) for _ in range(3))


def stops_in_consumer():
    class Adds:
        def __radd__(self, other):
            raise StopIteration("from radd")

    return sum(Adds() for _ in range(3))


def divides(values):
    return any(1 / value for value in values)


def refuses_truth():
    class Undecided:
        def __bool__(self):
            raise ValueError("undecided")

    return all(Undecided() for _ in range(2))


for function in (unhashable, not_joined, stops, stops_in_consumer, refuses_truth):
    for outcome in often(function):
        print(outcome)
print(often(divides, [0]), often(divides, [1, 0]))


# The caller catches.
def caught(values):
    try:
        return sum(10 // value for value in values)
    except ZeroDivisionError as error:
        return "caught " + str(error)


print(often(caught, [1, 2]), often(caught, [1, 0]))

# What the expression sees.
def names_of_frames():
    return list(sys._getframe(depth).f_code.co_name for depth in (0, 1))


def its_locals(value):
    return list(sorted(locals()) for name in "a")


print(often(names_of_frames), often(its_locals, 1))


class Closing:
    """An iterator that tells when it is dropped."""

    def __init__(self, log):
        self.log = log
        self.count = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.count += 1
        return self.count

    def __del__(self):
        self.log.append(self.count)


def first_above(log, limit):
    return any(value > limit for value in Closing(log))


log = []
found = first_above(log, 3)
gc.collect()
print(found, log)

# Names that stand for something else.
def shadowed(sum, values):
    return sum(v for v in values)


print(often(shadowed, list, [1, 2]), often(shadowed, max, [1, 2]), often(shadowed, lambda g: type(g).__name__, [1]))


def global_changes(values):
    return any(v > 1 for v in values)


print(often(global_changes, [1, 2]))
any = lambda generator: "mine " + type(generator).__name__
print(often(global_changes, [1, 2]))
del any
print(often(global_changes, [1, 2]))

# A generator expression that is kept, one that is given on, and more arguments.
def kept(values):
    generator = (v for v in values)
    first = next(generator)
    return first, sum(generator), sum((v for v in values), 10), max(v for v in values), dict((v, v) for v in values)


print(often(kept, [1, 2, 3]))


# Traced: generators as ever.
def traced(values):
    return sum(v for v in values)


events = []


def tracer(frame, event, argument):
    if frame.f_code.co_name in ("traced", "<genexpr>"):
        events.append((frame.f_code.co_name, event, argument))
    return tracer


for _ in range(2):
    events.clear()
    sys.settrace(tracer)
    traced([1, 2])
    sys.settrace(None)
    print(events)
    events.clear()
    sys.setprofile(lambda frame, event, argument: events.append((frame.f_code.co_name, event)))
    traced([1, 2])
    sys.setprofile(None)
    print(events)


# Recursion through it.
def depth_of(tree):
    return 1 + sum(depth_of(branch) for branch in tree)


def endless(n):
    return sum(endless(n + 1) for _ in "a")


tree = [[], [[], []]]
print(often(depth_of, tree))
try:
    endless(0)
except RecursionError as error:
    print("RecursionError")

# In a generator, a method, a class body, a comprehension, a lambda.
def sums(rows):
    for row in rows:
        yield sum(x * 2 for x in row)


class Holder:
    values = [1, 2, 3]
    total = sum(v for v in values)

    def scaled(self, factor):
        return sum(v * factor for v in self.values)


print(often(lambda: list(sums([[1], [2, 3]]))), Holder.total, often(Holder().scaled, 3))
print(often(lambda: [sum(x for x in range(n)) for n in range(5)]))
