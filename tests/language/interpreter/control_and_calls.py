# options: -W ignore
# Control flow, exceptions, with, match, calls with every kind of parameter, and their error messages.
def show(*a): print(*a)
# exceptions
def e1():
    try:
        raise ValueError("x")
    except ValueError as e:
        show("caught", repr(e))
        try:
            raise KeyError(1)
        except KeyError as k:
            show(repr(k.__context__))
    finally:
        show("finally")
e1()
def e2():
    try:
        return 1
    finally:
        show("f2")
show(e2())
def e3():
    for i in [1, 2, 3]:
        try:
            if i == 2: continue
            if i == 3: break
        finally:
            show("fin", i)
e3()
class CM:
    def __init__(self, s): self.s = s
    def __enter__(self): show("enter"); return self
    def __exit__(self, t, v, tb): show("exit", t, v); return self.s
with CM(True) as c:
    raise RuntimeError("in with")
try:
    with CM(False):
        raise RuntimeError("in with2")
except RuntimeError as e: show("outer", e)
def g1():
    try:
        x = yield 1
        show("got", x)
        y = yield 2
        show("got", y)
    except ValueError as e:
        show("gen caught", e)
        yield 99
    finally:
        show("gen finally")
g = g1()
show(next(g)); show(g.send("a")); show(g.throw(ValueError("v")))
try: next(g)
except StopIteration as s: show("stop", s.value)
def inner():
    r = yield 1
    show("inner got", r)
    return "ret"
def outer():
    r = yield from inner()
    show("outer got", r)
    return 5
g = outer()
show(next(g))
try: g.send("S")
except StopIteration as s: show("stop", s.value)
g = outer(); next(g); g.close()
def closure():
    x = 1
    def inc():
        nonlocal x
        x += 1
        return x
    return inc
f = closure(); f(); show(f())
show([a + b for a in [1,2] for b in [10,20] if a + b != 12])
show({k: v for k, v in [(1, 2), (3, 4)]}, {1, 1, 2})
a, *b, c = [1, 2, 3, 4]
show(a, b, c)
show([*b, 5], {**{'a': 1}, 'b': 2})
def m(x):
    match x:
        case 0: return "zero"
        case [a, b]: return ("pair", a, b)
        case {"k": v, **rest}: return ("map", v, rest)
        case str(s): return ("str", s)
        case CM(s=q): return ("cm", q)
        case _: return "other"
for x in (0, [1, 2], {"k": 1, "z": 2}, "abc", CM(3), 1.5): show(m(x))
try:
    f(1, 2)
except TypeError as e: show(e)
try: fib(1, 2, 3)
except NameError as e: show(e)
def unb():
    if 0: zz = 1
    return zz
try: unb()
except UnboundLocalError as e: show(e)
try:
    try:
        raise ExceptionGroup("g", [ValueError(1), TypeError(2), KeyError(3)])
    except* ValueError as e: show("VE", e.exceptions)
    except* TypeError as e: show("TE", e.exceptions)
except ExceptionGroup as e: show("rest", e.exceptions)
class Base:
    def hi(self): return "base hi"
    @classmethod
    def cm(cls): return cls.__name__
    @staticmethod
    def sm(x): return x * 2
class D(Base):
    def hi(self): return "d " + super().hi()
d = D(); show(d.hi(), d.cm(), D.cm(), d.sm(4), D.sm(5))
async def co(x): return x + 1
async def main():
    a = await co(1)
    b = await co(a)
    return b
try: main().send(None)
except StopIteration as s: show("co", s.value)
async def ag():
    yield 1
    yield 2
async def use():
    r = []
    async for x in ag(): r.append(x)
    return r + [x async for x in ag()]
try: use().send(None)
except StopIteration as s: show("ag", s.value)
def deep(n): return 0 if n == 0 else 1 + deep(n - 1)
show(deep(900))
try: deep(5000)
except RecursionError as e: show(e)
x = 5
x += 1; x **= 2; show(x, x // 5, x % 5, -x, ~x, x << 3, x >> 1, x & 6, x | 9, x ^ 3, x / 8)
show(1.5 + 2, 2 * 3.5, 7 / 2, 1e300 * 1e10, 0.1 + 0.2, 2**100, 2**-1)
show(1 < 2 < 3, 1 < 2 > 3, not 1, 1 and 2, 0 or 3)
s = f"{x!r:>5}|{1.5:.2f}|{'q'}"
show(s)
class It:
    def __init__(self): self.n = 0
    def __iter__(self): return self
    def __next__(self):
        self.n += 1
        if self.n > 3: raise StopIteration
        return self.n
show([i for i in It()])
def kw(*, a, b=2): return a, b
for args in [{}, {'a': 1}, {'a': 1, 'c': 2}]:
    try: show(kw(**args))
    except TypeError as e: show(e)
def po(a, /, b): return a, b
for fn in [lambda: po(a=1, b=2), lambda: po(1), lambda: po(1, 2, 3), lambda: po(1, 2, b=3), lambda: po(), lambda: kw(1)]:
    try: show(fn())
    except TypeError as e: show(e)
del x
try: x
except NameError as e: show(e)
show((lambda *a, **k: (a, k))(1, 2, z=3))
w = 10
while w > 0:
    w -= 3
else: show("else", w)
global_count = 0
def incg():
    global global_count
    global_count += 1
for i in [1] * 20: incg()
show(global_count)
