# Native functions and bound methods called by another name: a local one, a default's, a closure's. Hot first, then
# the name means something else.
import math

TIMES = 3000


def local_function(values, function):
    call, total = function, 0
    for value in values:
        total += call(value)
    return total


def by_default(values, root=math.sqrt, size=len):
    total = 0.0
    for value in values:
        total += root(value) + size("abc")
    return total


def make_closure(function):
    def closure(values):
        return [function(value) for value in values]

    return closure


def bound(values, out):
    append = out.append
    for value in values:
        append(value)
    return out


def got(values, table):
    get, total = table.get, 0
    for value in values:
        total += get(value, -1)
    return total


def added(values, items):
    add = items.add
    for value in values:
        add(value)
    return items


def popped(items):
    pop, total = items.pop, 0
    while items:
        total += pop()
    return total


def joined(parts, join=", ".join):
    return join(parts)


class Loud(list):
    def append(self, value):
        list.append(self, -value)


class Plain(list):
    pass


class Duck:
    def __init__(self):
        self.values = []

    def append(self, value):
        self.values.append(str(value))


class Table(dict):
    def __missing__(self, key):
        return 100


values = list(range(10))
roots, absolutes = make_closure(math.sqrt), make_closure(abs)
for _ in range(TIMES):
    local_function(values, abs)
    by_default(values)
    roots(values)
    absolutes(values)
    bound(values, [])
    got(values, {1: 2, 3: 4})
    added(values, set())
    popped(list(values))
    joined(["a", "b"])

print(local_function(values, abs), local_function(values, math.floor), local_function(values, lambda x: x * 2))
print(local_function([True, 2.5], int), local_function([-1, -2], abs), local_function([10**30, -(10**30)], abs))
print(by_default(values), by_default(values, math.cbrt, hash) == by_default(values, math.cbrt, hash), by_default(values, size=lambda text: 1))
print(roots([4, 9.0, 2**70]), absolutes([-1, -2.5, -(10**20)]), make_closure(str)(values))
print(bound(values, []), bound(values, Loud()), bound(values, Plain()), bound(values, Duck()).values)
print(bound(values, bytearray()), len(bound(values, bound(values, []))))
print(got(values, {}), got(values, {2: 5}), got(values, Table()), got([[]][:0], {}))
print(added(values, {99}), added([(1, 2)], set()))
print(popped([1, 2, 3]), popped({5}), popped(bytearray(b"ab")))
print(joined(["x", "y"]), joined("xyz", join="".join), joined(["p"], join=str))

for call in (
    lambda: by_default([-1]),
    lambda: by_default(["a"]),
    lambda: roots([None]),
    lambda: got([[]], {}),
    lambda: added([[]], set()),
    lambda: popped(Duck()),
    lambda: joined([1]),
    lambda: local_function(values, math.hypot.__doc__),
    lambda: bound(values, ()),
):
    try:
        print(call())
    except (TypeError, ValueError, AttributeError) as error:
        print(type(error).__name__, error)
for _ in range(TIMES):
    bound(values, Loud())
    local_function(values, math.floor)
print(bound(values, []), bound(values, Loud()), local_function(values, abs), local_function(values, math.floor))


def grown_while_walked(items):
    append, seen = items.append, 0
    for item in items:
        seen += 1
        if len(items) < 20:
            append(item)
    return seen


print({grown_while_walked([1, 2, 3]) for _ in range(TIMES)})
