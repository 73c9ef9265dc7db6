"""Sums that begin with an int and add floats, in hot loops: their value and type where nothing is added, where ints come between, and where
the loop is left."""


def plain(values):
    total = 0
    for value in values:
        total += value
    return total


def conditional(values):
    total = 0
    for value in values:
        if value > 0:
            total += value
    return total


def nested(rows):
    total, parts = 0, []
    for row in rows:
        for value in row:
            total += value * 1.5
        parts.append(total)
    return total, parts


def two_ways(values):
    total = 0
    for value in values:
        if value > 0:
            total = total + value
        else:
            total = 0
    return total


def raising(values):
    total = 0
    try:
        for value in values:
            total += 1 / value
    except ZeroDivisionError:
        return "stopped at %r" % (total,)
    return total


def kept(values):
    total, seen = 0, []
    for value in values:
        seen.append(total)
        total += value
    return seen


def stepping(values, step):
    total = 0
    for value in values:
        total = step(total, value)
    return total


def often(function, *arguments):
    seen = []
    for _ in range(3000):
        outcome = repr(function(*arguments))
        if not seen or seen[-1] != outcome:
            seen.append(outcome)
    return seen


floats, zero = [0.5, 1.25, -3.0], -0.0
for _ in range(2):
    for values in (floats, [], [1, 2], [0.5, 1, 2.5], [1, 0.5], [zero], [zero, zero], [1e308, 1e308], [2**53, 1.0], [2**70, 0.5], [True, 0.5]):
        print(often(plain, values), often(conditional, values), often(two_ways, values), often(kept, values))
        print(often(lambda: sum(value for value in values)), often(stepping, values, lambda a, b: a + b))
    for rows in ([floats, [], floats], [[], []], []):
        print(often(nested, rows), often(lambda: sum(sum(value for value in row) for row in rows)))
    print(often(raising, [2.0, 4, 0]), often(raising, [0]), often(raising, []), often(raising, [0.5, 0.25]))
