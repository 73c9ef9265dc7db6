# Marshalled code: what comes back is the same code, and is complete whatever is asked of it first.
import marshal
import types


def outer(a, b=2, /, c=3, *rest, d: int = 4, **more):
    "The docstring."
    constants = (1, -(2**70), 1.5, -0.0, 2j, b"bytes", "t\u00e9xt", "\ud800", "\U0001f600", None, ..., True)
    cell = a

    def inner(x):
        nonlocal cell
        cell += x
        return cell, [y + cell for y in range(x)]

    try:
        return constants, inner(c), a in {1, 2, 3}, rest, d, more
    finally:
        cell = None


original = outer.__code__


def fresh():
    return marshal.loads(marshal.dumps(original))


fields = [name for name in dir(original) if name.startswith("co_") and name not in ("co_lines", "co_positions")]
for name in fields:
    print(name, getattr(fresh(), name) == getattr(original, name))
print(list(fresh().co_positions()) == list(original.co_positions()), list(fresh().co_lines()) == list(original.co_lines()))
print(fresh() == original, original == fresh(), hash(fresh()) == hash(original), fresh() == fresh())
print(fresh().replace(co_name="other").co_name)
print(repr(outer(1)) == repr(types.FunctionType(fresh(), globals(), "outer", (2, 3))(1, d=4)))
print(types.FunctionType(fresh(), globals()).__doc__)

# A function's docstring is that of the code that it was made with.
function = types.FunctionType(fresh(), globals())
function.__code__ = (lambda: 0).__code__
print(function.__doc__)
function.__doc__ = "other"
print(function.__doc__)
del function.__doc__
print(function.__doc__)

pair = marshal.loads(marshal.dumps((original, original, "outer")))
print(pair[0] is pair[1], pair[0].co_name is pair[2] or pair[0].co_name == pair[2])
print(marshal.loads(memoryview(b"12345" + marshal.dumps(original))[5:]) == original)
print(marshal.loads(bytearray(marshal.dumps(original))) == original)

# Constants that no compiler makes
strange = original.replace(co_consts=original.co_consts + ([1, 2], {"a": 1}))
print(marshal.loads(marshal.dumps(strange)).co_consts[-2:])
