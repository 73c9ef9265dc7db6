"""Compares the errors and warnings of symbol table and compiler with CPython's, source by source."""
import os
import subprocess
import sys
import tempfile
import warnings

from harness import Report, option_parser

SOURCES = r"""
def f(a, a): pass
===
def f(a, *a): pass
===
def f(*, a, a): pass
===
lambda a, a: 1
===
def f(x):
    global x
===
def f(x):
    nonlocal x
===
def f():
    x = 1
    global x
===
def f():
    print(x)
    global x
===
def f():
    x: int
    global x
===
def f():
    global x
    x: int = 3
===
def f():
    def g():
        nonlocal x
        x: int = 3
    x = 1
===
nonlocal x
===
def f():
    nonlocal x
===
class C:
    nonlocal x
===
def f():
    x = 1
    def g():
        global x
        nonlocal x
===
def f():
    x = 1
    def g():
        print(x)
        nonlocal x
===
def f():
    x = 1
    def g():
        x = 2
        nonlocal x
===
def f():
    x = 1
    def g():
        x: int
        nonlocal x
===
x = 1
global x
===
def f():
    from a import *
===
class C:
    from a import *
===
[(yield 1) for x in y]
===
{(yield 1) for x in y}
===
{(yield 1): 1 for x in y}
===
((yield 1) for x in y)
===
def f():
    [x for x in (yield from y) for z in (yield)]
===
[i := 0 for i in range(5)]
===
[[(j := 0) for i in range(5)] for j in range(5)]
===
[i := 0 for i, j in range(5)]
===
[i+1 for i in (i := range(5))]
===
[i for i in [j := 1]]
===
[[j for j in (k := [1])] for i in a]
===
[x for x in (lambda: (y := 1))()]
===
class C:
    [i := 1 for j in k]
===
class C:
    (lambda: [i := 1 for j in k])
===
[(i := 1) for j in k for i in l]
===
[[(j := i) for i in a] for j in b]
===
def f():
    [y for x in z if (w := x) for w in v]
===
return 1
===
return
===
class C:
    return 1
===
def f():
    class C:
        return 2
===
yield 1
===
class C:
    yield 1
===
yield from x
===
await x
===
class C:
    await x
===
def f():
    await x
===
def f():
    [await x for x in y]
===
def f():
    [x async for x in y]
===
[x async for x in y]
===
def f():
    return (x async for x in y)
===
async def f():
    return (await x for x in y)
===
def f():
    return (await x for x in y)
===
def f():
    async with a: pass
===
async with a: pass
===
async for a in b: pass
===
def f():
    async for a in b: pass
===
async def f():
    yield from x
===
async def f():
    yield 1
    return 2
===
async def f():
    yield 1
    return
===
async def f():
    await (yield 1)
===
break
===
continue
===
if 1:
    break
===
for x in y:
    class C:
        break
===
for x in y:
    def f():
        continue
===
while 1:
    pass
else:
    break
===
for x in y: pass
else:
    continue
===
try:
    pass
except:
    pass
except ValueError:
    pass
===
try: pass
except* ValueError:
    return
===
def f():
    try: pass
    except* ValueError:
        return
===
for x in y:
    try: pass
    except* ValueError:
        break
===
for x in y:
    try: pass
    except* ValueError:
        continue
===
for x in y:
    try: pass
    except* ValueError:
        for z in w:
            continue
===
a, *b, *c = d
===
*a, *b = c
===
[a, *b, *c] = d
===
*a = b
===
(*a) = b
===
*a
===
print(*a, **b, c=1)
===
x = *a
===
del *a
===
for *a in b: pass
===
f(a=1, a=2)
===
f(a=1, b=2, a=3)
===
f(**x, a=1, a=2)
===
class C(a=1, a=2): pass
===
f(__debug__=1)
===
__debug__ = 1
===
__debug__ += 1
===
del __debug__
===
def __debug__(): pass
===
class __debug__: pass
===
def f(__debug__): pass
===
def f(*__debug__): pass
===
def f(*, __debug__): pass
===
def f(**__debug__): pass
===
lambda __debug__: 1
===
import __debug__
===
import a as __debug__
===
from a import __debug__
===
x.__debug__ = 1
===
del x.__debug__
===
x.__debug__: int = 1
===
__debug__: int
===
x.__debug__: int
===
for __debug__ in x: pass
===
with x as __debug__: pass
===
try: pass
except E as __debug__: pass
===
(__debug__ := 1)
===
[x for __debug__ in y]
===
global __debug__
===
match x:
    case __debug__: pass
===
match x:
    case C(__debug__=1): pass
===
match x:
    case a: pass
    case b: pass
===
match x:
    case _: pass
    case b: pass
===
match x:
    case a | b: pass
===
match x:
    case _ | 1: pass
===
match x:
    case (a | 1): pass
===
match x:
    case [a, a]: pass
===
match x:
    case [*a, *b]: pass
===
match x:
    case {"x": a, "x": b}: pass
===
match x:
    case {1: a, 1: b}: pass
===
match x:
    case {"x": a, **a}: pass
===
match x:
    case C(a=1, a=2): pass
===
match x:
    case C(a, b=a): pass
===
match x:
    case [a] | [b]: pass
===
match x:
    case [a, b] | [b]: pass
===
match x:
    case (1 as a) | (2 as b): pass
===
match x:
    case 1 as a, 2 as a: pass
===
match x:
    case [a] as a: pass
===
match x:
    case a if a: pass
    case _: pass
===
match x:
    case {**rest, "a": 1}: pass
===
match x:
    case {f"a": 1}: pass
===
match x:
    case -1 | 1+1j: pass
===
from __future__ import braces
===
from __future__ import nope
===
x = 1
from __future__ import annotations
===
def f():
    from __future__ import annotations
===
from __future__ import annotations
def f(x: (yield)): pass
===
from __future__ import annotations
def f() -> (y := 1): pass
===
from __future__ import annotations
x: (await y)
===
from __future__ import annotations
def f(): x: (yield)
===
x: (yield)
===
def f(x: (yield)): pass
===
x is 1
===
x is not 1
===
"a" is x
===
x is None
===
x is ()
===
x is -1
===
x is (1, 2)
===
x == y is 1
===
1 is 1
===
assert (x, "y")
===
assert (1, "y")
===
assert ()
===
assert x, (1, 2)
===
1()
===
"a"()
===
(1, 2)(3)
===
[1, 2](3)
===
{}(1)
===
{1}(2)
===
[x for x in y](1)
===
{x for x in y}(1)
===
{x: x for x in y}(1)
===
(x for x in y)(1)
===
f"{x}"(1)
===
None()
===
...()
===
1.5()
===
1j()
===
b"a"()
===
True()
===
(lambda: 1)()
===
1[2]
===
None[1]
===
...[1]
===
{1}[1]
===
{x for x in y}[1]
===
(x for x in y)[1]
===
(lambda: 1)[1]
===
[1, 2]["a"]
===
[1, 2][1.5]
===
[1, 2][(1, 2)]
===
[1, 2][1, 2]
===
[1, 2][None]
===
(1, x)["a"]
===
(1, 2)["a"]
===
"abc"["a"]
===
"abc"[1.0]
===
b"abc"["x"]
===
f"{x}"["a"]
===
[x for x in y]["a"]
===
[1][[1]]
===
[1][{}]
===
[1][lambda: 1]
===
[1][f"{x}"]
===
[1][1:2]
===
[1][True]
===
{1: 2}["a"]
===
if x is 1 and y is 2: pass
===
while x is "a": pass
===
try:
    pass
finally:
    x is 1
===
def f(x=y is 1): pass
===
a = (
  x
  is
  1
)
===
if x:
    1()
elif y is 2:
    assert (x, 1)
===
x = [
  (1, 2)
  (3, 4)
]
===
def f():
    global a, b
    a: int
===
def f():
    for x in y: pass
    global x
===
def f():
    import x.y
    global x
===
def f():
    def x(): pass
    global x
===
def f():
    class x: pass
    nonlocal x
===
def f():
    with a as x: pass
    global x
===
def f():
    try: pass
    except E as x: pass
    global x
===
def f():
    del x
    global x
===
def f():
    x += 1
    global x
===
class C:
    x = 1
    global x
===
class C:
    def f(self):
        nonlocal x
    x = 1
===
def f(a):
    def g():
        nonlocal a
        global a
===
def outer():
    x = 1
    class C:
        nonlocal x
        def f(self):
            nonlocal x
            nonlocal y
===
def f():
    class C:
        def g():
            nonlocal __x
===
f() = 1
===
f() += 1
===
x, y += 1
===
(x, y): int
===
[x]: int
===
(x): int = 1
===
lambda: (yield)
===
class C: x = lambda: (yield)
===
async def f(): lambda: (await x)
===
async def f():
    def g(): await x
===
async def f():
    def g(): [await x for x in y]
===
async def f():
    [[x async for x in y] for z in w]
===
async def f():
    (lambda: [x async for x in y])
===
def f(): (yield) = 1
===
import a.b as c.d
===
from . import *
def f(): from . import *
===
@x
@y
def f(a, a): pass
===
def f():
    def g():
        def h():
            nonlocal q
===
x = lambda *a, a: 1
""".strip("\n").split("\n===\n")


def nested(count):
    return "".join(" " * i + "for x in y:\n" for i in range(count)) + " " * count + "pass\n"


def nested_with(count):
    return "".join(" " * i + "with x:\n" for i in range(count)) + " " * count + "pass\n"


def nested_try(count):
    return "".join(" " * i + "try:\n" for i in range(count)) + " " * count + "pass\n" + "".join(
        " " * i + "finally: pass\n" for i in reversed(range(count)))


def nested_except(count):
    lines = []
    for i in range(count):
        lines += [" " * i + "try: pass\n", " " * i + "except E:\n"]
    return "".join(lines) + " " * count + "pass\n"


for count in (19, 20, 21, 22):
    SOURCES += [nested(count), nested_with(count), nested_try(count)]
for count in (9, 10, 11):
    SOURCES.append(nested_except(count))
SOURCES += ["a" + ".b" * 2000, "a" + ".b" * 3500, "a" + "()" * 3500, "a" + "[0]" * 3500, "a" + "+a" * 5000,
            "a" + "*a" * 2500, "-" * 1000 + "1"]


def expected(source):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        lines = []
        try:
            compile(source, "<test>", "exec", dont_inherit=True)
        except SyntaxError as error:
            lines.append(f"{type(error).__name__}\t{error.msg}\t{error.lineno}\t{error.offset}\t{error.end_lineno}"
                         f"\t{error.end_offset}")
        except (RecursionError, ValueError, MemoryError) as error:
            lines.append(f"{type(error).__name__}\t{error}")
    shown = dict.fromkeys(f"{w.category.__name__}\t{w.message}\t{w.lineno}" for w in caught)
    return list(shown) + lines


def main():
    options = option_parser("the same: it takes a moment").parse_args()
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        for i, source in enumerate(SOURCES):
            path = os.path.join(folder, "source.py")
            with open(path, "w") as file:
                file.write(source)
            result = subprocess.run([options.build / "drivers/krait_dis", "-u", "-e", path], capture_output=True)
            got = []
            for line in result.stdout.decode("utf-8", "replace").splitlines():
                fields = line.split("\t")
                if len(fields) > 1:  # not the rest of a source line
                    got.append("\t".join(fields[:6]))
            got = list(dict.fromkeys(got))
            if result.returncode < 0:
                got.append(f"signal {-result.returncode}")
            report.compare(f"source: {source[:300]}", expected(source), got)
    return report.finish()


sys.exit(main())
