# options: -W ignore
# Generators, coroutines, async generators; the messages of failing operations.
# generators, deeper
def show(*a): print(*a)
def t(f, *a):
    try: show(f(*a))
    except BaseException as e: show(type(e).__name__, e, "| cause", repr(e.__cause__), "| ctx", repr(e.__context__))
def g(): yield 1
x = g()
t(x.send, 1); t(next, x); t(next, x); t(next, x)
def selfr():
    yield next(me)
me = selfr(); t(next, me)
def stop(): raise StopIteration(3); yield
t(next, stop())
def ign():
    try: yield 1
    except GeneratorExit: yield 2
x = ign(); next(x); t(x.close)
def cl():
    try: yield 1
    finally: show("closing")
x = cl(); next(x); t(x.close); t(x.close); t(next, x)
x = cl(); t(x.throw, ValueError("a")); t(next, x)
x = cl(); next(x); t(x.throw, ValueError, "msg")
x = cl(); next(x); t(x.throw, 3); x.close()
def sub():
    try:
        while True:
            r = yield 0
            show("sub", r)
    except ValueError as e:
        show("sub caught", e)
        return "subret"
def deleg():
    r = yield from sub()
    show("deleg", r)
    yield "after"
x = deleg(); next(x); x.send(5); t(x.throw, ValueError("tt")); t(next, x)
x = deleg(); next(x); t(x.throw, KeyError("k"))
class It:
    def __init__(self): self.i = 0
    def __iter__(self): return self
    def __next__(self):
        self.i += 1
        if self.i > 2: raise StopIteration("val")
        return self.i
def d2():
    r = yield from It()
    show("r", r)
show(list(d2())) if 0 else [show(v) for v in d2()]
x = d2(); next(x); t(x.send, 3)
x = d2(); next(x); t(x.throw, ValueError("zz"))
show(x.gi_frame, x.gi_running, x.gi_yieldfrom, x.__name__, x.__qualname__)
x = deleg(); next(x); show(type(x.gi_yieldfrom), x.gi_code.co_name, x.gi_suspended, x.gi_frame.f_lineno)
def hnd():
    try:
        raise KeyError("inner")
    except KeyError:
        yield 1
        try:
            raise
        except KeyError as e: show("reraised", e)
        yield 2
x = hnd(); next(x)
try:
    raise ValueError("outer")
except ValueError:
    next(x)
    try: raise TypeError("x")
    except TypeError as e: show(repr(e.__context__))
def ctx():
    try: yield
    except Exception as e: raise RuntimeError("r") from None
x = ctx(); next(x); t(x.throw, ValueError("v"))
def fib(n):
    a, b = 0, 1
    for _ in range(n):
        yield a
        a, b = b, a + b
show([v for v in fib(10)])
show(sum(v * v for v in range(5)))
def rec(n):
    if n: yield from rec(n - 1)
    yield n
show([v for v in rec(50)][-1])
a, b, *c = fib(6); show(a, b, c)
t(lambda: (lambda a, b: 0)(*fib(3)))
# coroutines
class Aw:
    def __init__(s, v): s.v = v
    def __await__(s):
        r = yield s.v
        return ("got", r)
async def co():
    r = await Aw(1)
    show(r)
    r = await Aw(2)
    return r
c = co(); show(c.send(None)); show(c.send("A")); t(c.send, "B"); t(c.send, None)
c = co(); c.send(None); t(c.throw, ValueError("into"))
c = co(); c.close(); t(c.send, None)
async def bad(): await 3
t(bad().send, None)
class ACM:
    async def __aenter__(s): show("aenter"); return s
    async def __aexit__(s, *a): show("aexit", a[0]); return True
async def w():
    async with ACM() as m:
        show("body")
        raise ValueError
    return "done"
t(w().send, None)
async def ag():
    try:
        r = yield 1
        show("ag got", r)
        await Aw("inner")
        yield 2
    finally:
        show("ag fin")
async def drive():
    a = ag()
    show(await a.__anext__())
    show(await a.asend("S"))
    try: show(await a.__anext__())
    except StopAsyncIteration: show("SAI")
    a = ag(); await a.__anext__()
    try: await a.athrow(ValueError("at"))
    except ValueError as e: show("VE", e)
    a = ag(); await a.__anext__(); await a.aclose(); show("closed")
    return [x async for x in ag() if x] 
c = drive()
while True:
    try: show("yielded", c.send(None))
    except StopIteration as e: show("end", e.value); break
async def nested():
    async def inner(n):
        if n: return await inner(n - 1) + 1
        return 0
    return await inner(100)
t(nested().send, None)
def f(): pass
t(f, 1); t(lambda: f(x=1))
def many(a, b, c, d=1): pass
t(many); t(many, 1); t(many, 1, 2); t(many, 1, 2, 3, 4, 5)
t(lambda: many(1, 2, 3, a=1)); t(lambda: many(**{'z': 1})); t(lambda: many(*3)); t(lambda: many(**3)); t(lambda: many(1, *[2], **{1: 2}))
t(lambda: 3()); t(lambda: None.x); t(lambda: [][0]); t(lambda: {}["a"]); t(lambda: 1 + "a"); t(lambda: 1 < "a"); t(lambda: -"a")
t(lambda: (1, 2)[5]); t(lambda: [1]["a"]); t(lambda: 1 / 0); t(lambda: 1 // 0); t(lambda: 1 % 0); t(lambda: 1.0 / 0)
def unp():
    a, b = 1,
t(unp)
def unp2(): a, b = 1, 2, 3
t(unp2)
def unp3(): a, *b, c = 1,
t(unp3)
def unp4(): a, b = 5
t(unp4)
class NotIter: pass
def it():
    for x in NotIter(): pass
t(it)
def w1():
    with NotIter(): pass
t(w1)
def rr(): raise
t(rr)
def rf(): raise ValueError from KeyError("c")
t(rf)
def rn(): raise 3
t(rn)
def ex():
    try: raise ValueError
    except 3: pass
t(ex)
assert_ok = True
def asr(): assert 0, "msg"
t(asr)
class C:
    def __init__(self): return 5
t(C)
class E(Exception):
    def __init__(self, a): super().__init__(a, "x"); self.a = a
t(lambda: (_ for _ in ()).throw(E(4)))
