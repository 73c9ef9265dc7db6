"""Operators, comparisons and subscripts of Python classes in hot code; calls of functions that are made anew; methods by
receiver. Each is heated first, then meets what it has not met before."""

import traceback


class Vector:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        if not isinstance(other, Vector):
            return NotImplemented
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, number):
        return Vector(self.x * number, self.y * number)

    __rmul__ = __mul__

    def __neg__(self):
        return Vector(-self.x, -self.y)

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def __lt__(self, other):
        return self.x < other.x

    def __getitem__(self, index):
        return self.x if index == 0 else self.y

    def __setitem__(self, index, value):
        if index == 0:
            self.x = value
        else:
            self.y = value

    def __repr__(self):
        return f"Vector({self.x}, {self.y})"


class Other:
    def __radd__(self, left):
        return ("radd", left)

    def __gt__(self, left):
        return ("gt", left)


class Long(Vector):
    def __radd__(self, left):
        return "Long first"

    def __eq__(self, other):
        return "Long equal"


def step(v, d):
    v = v + d * 0.5
    v = v + 2 * d
    v[1] = v[1] - d[1]
    return v, v == d, d < v


def heat():
    v, d = Vector(0.0, 0.0), Vector(1.5, 2.5)
    counts = [0, 0]
    for _ in range(6000):
        v, equal, less = step(v, d)
        counts[0] += equal
        counts[1] += less
    return v, counts


print(heat())


def attempt(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        lines = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)][1:]
        return type(error).__name__, str(error), lines


print(attempt(step, Vector(1, 2), Vector(3, 4)))
print(attempt(step, Vector(1, 2), Long(3, 4)))
print(attempt(step, Vector(1, "two"), Vector(3, 4)))
print(attempt(step, 5, Vector(3, 4)))
print(attempt(step, Vector(2**61, 1), Vector(2**61, 1)))


def declined(value, n):
    results = {}
    for i in range(n):
        operand = value(i)
        for right in (Vector(1, 1), Other(), 3):
            try:
                result = repr(operand + right)[:30]
            except TypeError as error:
                result = str(error)
            results[result] = results.get(result, 0) + 1
    return sorted(results.items())[-4:]


class Sometimes:
    def __init__(self, number):
        self.number = number

    def __add__(self, other):
        if self.number % 100 == 99:
            return NotImplemented
        return 1

    def __lt__(self, other):
        return NotImplemented if self.number % 50 == 0 else self.number < 10

    def __repr__(self):
        return "Sometimes"


print(declined(Sometimes, 3000))


def compared(n):
    other, seen = Other(), {}
    for i in range(n):
        result = Sometimes(i) < other
        seen[repr(result)] = seen.get(repr(result), 0) + 1
    return seen


print(compared(4000))


class Counter:
    def __init__(self):
        self.total = 0

    def __iadd__(self, number):
        self.total += number
        return self


class Adder:
    def __init__(self, total):
        self.total = total

    def __add__(self, number):
        return Adder(self.total + number)


def add_in_place(thing, n):
    for i in range(n):
        thing += i
    return thing.total


print(add_in_place(Adder(0), 4000), add_in_place(Counter(), 4000), add_in_place(Adder(0.5), 4000))


def add(a, b):
    return a + b


def replaced():
    a, b = Vector(1, 2), Vector(3, 4)
    for _ in range(5000):
        result = add(a, b)
    before = repr(result)
    former, Vector.__add__ = Vector.__add__, lambda self, other: "replaced"
    after = add(a, b)
    del Vector.__add__
    without = attempt(add, a, b)
    Vector.__add__ = former
    return before, after, without, repr(add(a, b))


print(replaced())


def make(k):
    def inner(x):
        return x + k

    return inner


def call_all(functions, n):
    total = 0
    for i in range(n):
        for function in functions:
            total += function(i)
    return total


print(call_all([make(1), make(2), make(3)], 3000))
print(call_all([make(1), lambda x: x * 2, abs, make(0.5)], 3000))
print(attempt(call_all, [make("text")], 2))
print(attempt(call_all, [lambda: 1], 2))

space = {"__builtins__": {"len": lambda x: "own len"}, "g": 5}
exec("def elsewhere(x): return g + x", space)
exec("def build():\n    def elsewhere(x): return g + x\n    return elsewhere", space)
exec("g = 7\ndef build():\n    def elsewhere(x): return g + x\n    return elsewhere")


def twice(function, x):
    return function(function(x))


print(sum(twice(make(i), i) for i in range(4000)))
print(sum(twice(space["build"](), i) for i in range(4000)), sum(twice(build(), i) for i in range(4000)))


class A:
    def method(self, x):
        return x + 1


class B:
    def method(self, x):
        return x * 2 % 1000003


class C(A):
    def method(self, x):
        return super().method(x) - 3


class D:
    method = staticmethod(lambda x: x)


def by_receiver(receivers, n):
    x = 1
    for _ in range(n):
        for receiver in receivers:
            x = receiver.method(x)
    return x


print(by_receiver([A(), B(), C()], 3000))
print(by_receiver([A(), D(), B(), C(), A()], 3000))
B.method = lambda self, x: x - 1
print(by_receiver([A(), B(), C()], 3000))
