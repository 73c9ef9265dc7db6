# Operations on built-in types that hot code does without telling anybody: they must notice when a class written in
# Python, an error or a change under way has a say in them.
import collections

TIMES = 3000


class Same:
    """Equal to the text or number it stands for, and says when it was asked."""

    asked = 0

    def __init__(self, what):
        self.what = what

    def __repr__(self):
        return "Same"

    def __hash__(self):
        return hash(self.what)

    def __eq__(self, other):
        Same.asked += 1
        return self.what == (other.what if isinstance(other, Same) else other)


class Plain:
    pass


def count_in(container, items):
    found = missing = 0
    for item in items:
        if item in container:
            found += 1
        if item not in container:
            missing += 1
    return found, missing


one = Plain()
containers = [
    {1: 2, "a": 3, (1, "a"): 4, one: 5, None: 6},
    {1, "a", (1, "a"), one, None},
    frozenset([1, "a", (1, "a"), one, 2.5]),
    [1, "a", (1, "a"), one, None, 2.5],
    (1, "a", (1, "a"), one, None, True),
]
keys = [1, "a", (1, "a"), one, None, 2, "b", (1, "b"), Plain(), 1.0, True, (1.0, "a"), (1, "a", 2), 2.5]
for container in containers:
    print(type(container).__name__, count_in(container, keys * 300))
for container in containers:
    before = Same.asked
    print(count_in(container, keys * 300 + [Same("a"), Same("x"), (1, Same("a"))] * 40), Same.asked > before)
print(count_in([Same(1), Same("b")], keys * 300), count_in({Same(1): 1, Same("b"): 2}, keys * 300))
nan = float("nan")
print(count_in([nan], [nan, float("nan")] * TIMES), count_in({nan}, [nan, float("nan"), 0.0, -0.0] * TIMES))
print(count_in("abcabd", ["ab", "abd", "", "x", "abcabde"] * TIMES))
for container, item in (("abc", 1), (5, 1), ({}, []), ((), [])):
    try:
        print(count_in(container, [item] * 100))
    except TypeError as error:
        print(error)


def get(container, keys):
    total, missing = [], 0
    for key in keys:
        try:
            total.append(container[key])
        except (KeyError, IndexError) as error:
            missing += 1
            last = repr(error)
    return total[-3:], len(total), missing, missing and last


print(get({1: "x", "k": "y", (2, 3): "z"}, [1, "k", (2, 3)] * TIMES))
print(get({1: "x", "k": "y", (2, 3): "z"}, [1, "k", (2, 3), "no", (2, Same(3)), Same("k")] * TIMES))
print(get("text", [0, -1, 3, 2] * TIMES + [4, -5]), get("жй€", [0, -1, 1] * TIMES))
print(get((5, 6), [0, 1, -1, True] * TIMES), get(b"ab", [0, -1] * TIMES), get([1, 2], [0, True, -2, 2] * TIMES))
print(get(collections.defaultdict(list, a=1), ["a", "b"] * TIMES)[1:], get(collections.Counter("aab"), "abc" * TIMES))


def slices(container, bounds):
    pieces = []
    for start, stop in bounds:
        pieces.append(container[start:stop])
        pieces.append(container[:stop])
        pieces.append(container[start:])
    return pieces[:12], pieces[-12:]


bounds = [(0, 2), (-2, None), (None, None), (3, 1), (-100, 100), (2**70, -(2**70)), (True, 3)]
for container in ("abcdef", "ä€bc", [1, 2, 3, 4], (1, 2, 3, 4), b"abcd", range(5), bytearray(b"xyz")):
    print(slices(container, bounds * 300))
try:
    slices("abc", [(0, 1)] * TIMES + [("x", 1)])
except TypeError as error:
    print(error)


def fill(pairs):
    table, seen = {}, set()
    for key, value in pairs:
        table[key] = value
        seen.add(key)
    return table, len(seen)


table, seen = fill([(i % 7, i) for i in range(TIMES)] + [("k", 1), (Same(3), "three"), ((1, 2), 5), (True, "one")] * 20)
print(table[3], table[1], table[(1, 2)], len(table), seen)
try:
    fill([(1, 2)] * TIMES + [([], 1)])
except TypeError as error:
    print(error)


def add(pairs):
    return [a + b for a, b in pairs], {a + b for a, b in pairs}, {(a, b): a + b for a, b in pairs}


made, as_set, as_dict = add([(i, "ab"[i % 2] * 2 and i) for i in range(TIMES)] + [(2**61, 2**61), (1.5, 2)])
print(made[-3:], len(as_set), len(as_dict))
made, as_set, as_dict = add([("x" * (i % 5), "é") for i in range(TIMES)])
print(made[-3:], sorted(as_set), len(as_dict))


def operate(pairs, operation):
    last = None
    for a, b in pairs:
        last = operation(a, b)
    return last


def text_remainder(a, b):
    return a % b


def union(a, b):
    return a | b, a & b, a - b, a ^ b


def compare(a, b):
    return a == b, a != b


def order(a, b):
    return a < b, a >= b


class Loud:
    def __str__(self):
        return "loud"

    def __eq__(self, other):
        return "equal?"


print(operate([("%s-%d", ("a", 5))] * TIMES + [("%s", Loud())] * 30, text_remainder))
print(operate([({1, 2, 3}, {2, 3, 4})] * TIMES, union), operate([({"a"}, {Same("a")})] * 50, union)[1:3])
print(operate([((1, "a"), (1, "b"))] * TIMES + [((1, Loud()), (1, Loud()))] * 40, compare))
print(operate([((nan,), (nan,))] * TIMES, compare), operate([(nan, nan)] * TIMES, compare))
print(operate([("a", "b")] * TIMES, order), operate([((1, 2), (1, 2.5))] * TIMES, order))
print(operate([("a", "b")] * TIMES + [(Loud(), 3)] * 40, compare))
try:
    operate([((1, 2), (1, 3))] * TIMES + [((1, 2), (1, "x"))], order)
except TypeError as error:
    print(error)


def truths(values):
    return sum(1 for value in values if value), sum(1 for value in values if not value)


class Never:
    def __bool__(self):
        return False


class Empty:
    def __len__(self):
        return 0


print(truths([0, 1, "", "a", (), (1,), {}, {1: 2}, set(), {1}, None, 0.0, 0.5, one, [], [0]] * 300))
print(truths([one, Never(), Empty(), 2**70, range(0), range(3), b"", b"a"] * 300))


def pairs(iterable):
    total, last = 0, None
    for a, b in iterable:
        total += 1
        last = a, b
    return total, last


numbers = list(range(TIMES))
print(pairs(enumerate(numbers)), pairs(enumerate("text" * TIMES, 2**61 - 5)), pairs(zip(numbers, "ab" * TIMES)))
print(pairs(zip("ab" * TIMES, numbers)), pairs({i: -i for i in numbers}.items()), pairs(zip({1: 2}, [3])))
print(pairs(enumerate(i for i in numbers)), pairs(["ab"] * TIMES), pairs(map(divmod, numbers, [7] * TIMES)))
shared = iter(numbers)
print(pairs(zip(shared, shared)))
try:
    pairs(zip(numbers, range(5), strict=True))
except ValueError as error:
    print(error)
try:
    pairs([(1, 2)] * 50 + [(1, 2, 3)])
except ValueError as error:
    print(error)


def changing(table, at, change):
    seen = []
    for key, value in table.items():
        seen.append(key)
        if len(seen) == at:
            change(table)
    return seen


for change in (lambda t: t.update({-1: 1}), lambda t: t.pop(2500), lambda t: t.update({5: 0}), lambda t: (t.pop(2500), t.update(x=1))):
    try:
        print(len(changing(dict.fromkeys(range(TIMES)), 2000, change)))
    except RuntimeError as error:
        print(error)


def strides(values, step):
    return values[::step], values[3:0:-1], values[1::2], values[:4:3]


for _ in range(3000):
    outcomes = [strides(values, step) for values in ([0, 1, 2, 3, 4], (5, 6, 7, 8, 9), "abcde") for step in (2, -1, 7, True, None)]
print(outcomes)
for step in (0, "x", 1.5):
    try:
        strides([1, 2], step)
    except Exception as error:
        print(type(error).__name__, error)
