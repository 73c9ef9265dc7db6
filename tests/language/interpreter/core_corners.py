# Corners of the language that CPython's own tests know.
import asyncio
import ast
import sys
import types
import warnings


class Names:
    def __getitem__(self, key):
        raise KeyError(key)

    def keys(self):
        return ["b", "a"]


class NamesDict(dict):
    def keys(self):
        return ["d", "c"]


print(eval("dir()", {}, Names()), eval("dir()", {}, NamesDict()))

# A module's code in a function: its names are the globals.
space = {"asyncio": asyncio}
code = compile("a = await asyncio.sleep(0, result=1)", "?", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
asyncio.run(types.FunctionType(code, space)())
print(space["a"])
types.FunctionType(compile("b = 2", "?", "exec"), space)()
print(space["b"])

try:
    type("A", (), {"__doc__": "x\udcdcy"})
except UnicodeEncodeError as error:
    print(error)


class Guarded:
    def __new__(cls, *arguments):
        raise AssertionError


class Restored(Guarded):
    __new__ = object.__new__

    def __init__(self, item):
        self.item = item


for arguments in ((1,), ()):
    try:
        print(Restored(*arguments))
    except TypeError as error:
        print(error)
del Guarded.__new__
try:
    Guarded(1)
except TypeError as error:
    print(error)


# bytearray takes what an iterator gives item by item.
target = bytearray(b"old")


def items():
    for i in range(5):
        yield i
        assert target == bytes(range(i + 1)), target


target.__init__(items())
print(target)


class Releases:
    def __init__(self, view):
        self.view = view

    def __index__(self):
        self.view.release()
        return 2


for act in (
    lambda view, index: view[index],
    lambda view, index: list(view[:index]),
    lambda view, index: view.__setitem__(index, 1),
    lambda view, index: view.__setitem__(slice(index), b"ab"),
    lambda view, index: view.__setitem__(0, index),
    lambda view, index: view.cast("B", (4, 2))[index, 0],
):
    view = memoryview(bytearray(8))
    try:
        print(act(view, Releases(view)))
    except ValueError as error:
        print(error)


class Whole:
    def __int__(self):
        return 1


class Truncates:
    def __trunc__(self):
        return Whole()


warnings.simplefilter("ignore")
try:
    int(Truncates())
except TypeError as error:
    print(error)
warnings.simplefilter("always")


# The frame of a coroutine outlives it.
async def waits(argument):
    await asyncio.sleep(0)


with warnings.catch_warnings(record=True) as caught:
    frame = waits(5).cr_frame
    import gc

    gc.collect()
print([str(one.message) for one in caught])
print(frame.f_locals, frame.f_code.co_name, frame.f_back)
coroutine = waits(6)
with warnings.catch_warnings(record=True) as caught:
    coroutine.cr_frame.clear()
print([str(one.message) for one in caught])


def generate():
    yield 1
    yield 2


generator = generate()
next(generator)
frame = generator.gi_frame
del generator
gc.collect()
print(frame.f_lineno - generate.__code__.co_firstlineno)


# What goes wrong in a finalizer has a traceback.
class Stubborn:
    def __iter__(self):
        while True:
            try:
                yield 1
            except GeneratorExit:
                pass


seen = []
sys.unraisablehook = lambda arguments: seen.append((str(arguments.exc_value), arguments.exc_traceback is None))
stubborn = iter(Stubborn())
next(stubborn)
del stubborn
gc.collect()
print(seen)
