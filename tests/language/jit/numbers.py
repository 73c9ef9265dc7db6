"""Functions of numbers, indexes that loops count through, and ints that grow out of small ones, while they are hot."""

import math
import operator
import random

NAN, INFINITY = float("nan"), float("inf")


def extremes(values, times):
    seen = {}
    for _ in range(times):
        for a in values:
            for b in values:
                seen[repr((a, b))] = (max(a, b), min(a, b), abs(a), abs(b))
    return seen


print(extremes([1, -2, 3], 400))
print(extremes([1.5, -0.0, 0.0, NAN, -INFINITY], 200))
print(extremes([1, 1.0, True, -(2**70), 2**61 - 1, -(2**61)], 100))


def extremes_of_four(times):
    seen = []
    for i in range(times):
        a, b, c, d = i % 7, (i * 5) % 11, -i % 3, i & 1
        best = min(a, b, c), max(a, b, c, d), min(a + 0.5, b, c * 1.0), max(-0.0, a * 0.0, 0.0)
        if i % 97 == 0:
            seen.append(best)
    return seen


print(extremes_of_four(3000))


def conversions(values, times):
    for _ in range(times):
        total = []
        for value in values:
            total.append((int(value), float(value), value**2, (-value) ** 3))
    return total


print(conversions([1.5, -2.75, 1e15, 4e18, 0.0], 500))
print(conversions([1, -2, 2**60, 2**80], 500))
for wrong in (NAN, INFINITY, 1e300):
    try:
        print(conversions([2.0] * 2000 + [wrong], 1))
    except (ValueError, OverflowError) as error:
        print(type(error).__name__, error)


def powers(base, exponent, times):
    result = None
    for _ in range(times):
        result = base**exponent
    return result


print(powers(-2.0, 3.0, 2000), powers(-8.0, 0.5, 2000), powers(0.0, 2.0, 2000), powers(-0.0, 3.0, 2000))


def indexes(values, times):
    return [[(operator.index(v), v.bit_length()) for v in values] for _ in range(times)][-1]


print(indexes([0, 1, -1, 255, -256, 2**61 - 1, -(2**61), 2**61, 2**200], 500))
try:
    indexes([1] * 3000 + [1.5], 1)
except TypeError as error:
    print(error)


class Source(random.Random):
    pass


source = Source(7)
print(sum(source.random() for _ in range(3000)), source.getrandbits(32), source.getrandbits(1), source.getrandbits(33))
total = 0.0
for _ in range(5000):
    total += source.random()
print(total)


def fill(items, count, offset):
    for i in range(count):
        items[i + offset] = items[i] + 1
    return items[-1]


print([fill([0] * 1000, 900, offset) for offset in (0, 1, 99, 100, -1, -950)])
for count, offset in ((1000, 1), (1001, 0), (10, 2**62)):
    try:
        fill([0] * 1000, count, offset)
    except IndexError as error:
        print(error)


def backwards(items, start):
    total = 0
    i = start
    while i >= 0:
        total += items[i]
        i -= 1
    return total


numbers = list(range(1000))
print([backwards(numbers, start) for start in (999, 998, 0, -1, 999)])
try:
    backwards(numbers, 1000)
except IndexError as error:
    print(error)


def shrinking(items):
    seen = 0
    try:
        for i in range(len(items)):
            seen += items[i]
            if i % 3 == 2:
                items.pop()
    except IndexError as error:
        return seen, error.args
    return seen


print([shrinking(list(range(500))) for _ in range(5)])


def search(items, wanted, limit):
    for i in range(limit):
        if items[i] == wanted:
            return i
    return -1


print([search(numbers, 500, 10**6) for _ in range(60)] == [500] * 60)


def growing(start, times):
    number = start
    for i in range(times):
        number = number * 3 + i
    return number


print(growing(1, 30), growing(1, 50), growing(1, 3000) % 1000003, growing(-1, 45))


def shifts(times):
    state, seen = 2463534242, 0
    for _ in range(times):
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        seen ^= state << (state & 63)
    return state, seen


print(shifts(5000))


def bounded(times):
    total = 0
    for i in range(times):
        a = i % 97 - 48
        b = (i & 7) - 3
        total += a * b - a // 5 + a % 7 - (-a) % 7 + (a << 3) - (a >> 1)
        if b:
            total += a // b + a % b
    return total


print(bounded(20000))
