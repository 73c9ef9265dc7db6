"""Complex arithmetic in hot code: with each other and with real numbers, special values, signs of zeros, identity, other types
that come later."""

import struct


def bits(z):
    return struct.pack("<dd", z.real, z.imag).hex()


def add(a, b):
    return a + b


def subtract(a, b):
    return a - b


def multiply(a, b):
    return a * b


def divide(a, b):
    return a / b


SPECIAL = [0.0, -0.0, 1.5, -2.25, float("inf"), float("-inf"), float("nan"), 1e308, 5e-324]
COMPLEX = [complex(x, y) for x in SPECIAL for y in SPECIAL[:5]]
NAN = bits(complex(float("nan"), float("nan")))


def show(function, a, b):
    try:
        result = function(a, b)
    except (ZeroDivisionError, OverflowError, TypeError) as error:
        return type(error).__name__
    if not isinstance(result, complex):
        return repr(result)
    return ",".join("nan" if x != x else struct.pack("<d", x).hex() for x in (result.real, result.imag))


def compare_cold_and_hot():
    """Each function is copied, so that some have seen nothing but these kinds of operands."""
    for function in (add, subtract, multiply, divide):
        for kinds in ("complex complex", "complex float", "float complex", "complex int", "int complex"):
            left, right = ({"complex": COMPLEX, "float": SPECIAL, "int": [0, 1, -3, 7, 10**6]}[kind] for kind in kinds.split())
            copy = type(function)(function.__code__.replace(co_name=kinds), globals())
            for _ in range(4000):
                copy(left[3], right[2])
            digest = [show(copy, a, b) for a in left for b in right]
            print(function.__name__, kinds, hash(tuple(digest)) == hash(tuple(show(function, a, b) for a in left for b in right)), digest[7], digest[11])


def chain(n):
    z, c, total = 0j, -0.5 + 0.25j, 0
    for i in range(n):
        z = z * z + c
        total = total + z * i - 1j
    return total


def escapes(n):
    """Values that are kept, named by states, and compared."""
    kept = []
    z = 1 + 1j
    for i in range(n):
        z = z * (0.6 + 0.8j)
        if i % 1000 == 0:
            kept.append(z)
        w = z
        if w is not z:
            print("another")
    return [round(abs(k), 9) for k in kept], bits(z)


def change_of_type(values):
    total = 0j
    for value in values:
        total = total + value * 2
    return total


def raises(n):
    z = 3 + 4j
    try:
        for i in range(n, -1, -1):
            z = z / i
            if i > 20:
                z = z * i
    except ZeroDivisionError as error:
        return str(error), z


class Number(complex):
    def __add__(self, other):
        return "added"


compare_cold_and_hot()
print(chain(5000), chain(100000))
print(escapes(5000))
print(change_of_type([complex(i, 1) for i in range(5000)] + list(range(100)) + [0.5] * 10))
try:
    change_of_type([complex(i, 1) for i in range(5000)] + ["text"])
except TypeError as error:
    print(error)
print(raises(5000))
for _ in range(3000):
    add(1j, 2j)
print(add(Number(1), 2j), add(2j, Number(1)), add("a", "b"))
