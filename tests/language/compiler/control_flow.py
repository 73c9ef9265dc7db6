# compare: stdout
"""try, finally, with, except*, generators, coroutines, match, loops."""
log = []
def p(*a): log.append(a); print(*a)
def fin(n):
    for i in range(5):
        try:
            if n == 0: return 'ret'
            if n == 1: break
            if n == 2: 
                n = 1
                continue
            if n == 3: 1 / 0
            if n == 4: n = 0; raise KeyError(i)
            p('body', i)
            n = 1
        except ZeroDivisionError as e:
            p('zde', e)
            n = 2
        except (KeyError, IndexError):
            p('key')
            continue
        else:
            p('else')
        finally:
            p('finally', i, n)
    else:
        p('loop else')
    return 'end'
for n in range(6): p(fin(n))
def fin2():
    x = 1
    try: return x
    finally: x = 2
def fin3():
    while True:
        try: return 1
        finally: break
    return 2
def fin4():
    try: 1/0
    finally: return 'swallowed'
def fin5():
    for i in range(3):
        try:
            try: return i
            finally:
                if i == 0: continue
        finally: p('outer', i)
def fin6():
    try:
        try: raise ValueError(1)
        finally: raise TypeError(2)
    except TypeError as e: return repr(e.__context__), e.__suppress_context__
p(fin2(), fin3(), fin4(), fin5(), fin6())
def names():
    e = 'outer'
    try: 1/0
    except ZeroDivisionError as e: pass
    try: e
    except UnboundLocalError as x: p(x)
    try:
        try: raise KeyError('a')
        except KeyError as e:
            del e
            raise ValueError('b') from None
    except ValueError as v: p(repr(v), repr(v.__cause__), repr(v.__context__))
    try:
        try: 1/0
        except: raise
    except ZeroDivisionError as e2: p('re', e2)
    try: raise ValueError from KeyError('c')
    except ValueError as e3: p(repr(e3.__cause__))
    try: raise
    except RuntimeError as e4: p(e4)
    try: raise 5
    except TypeError as e5: p(e5)
    try:
        try: 1/0
        except 5: pass
    except TypeError as e6: p(e6)
names()
class CM:
    def __init__(self, n, sup=False): self.n = n; self.sup = sup
    def __enter__(self): p('enter', self.n); return self.n
    def __exit__(self, t, v, tb): p('exit', self.n, t and t.__name__, v); return self.sup
def withs(k):
    for i in range(2):
        with CM(1) as a, CM(2, True) as (b) , CM(3):
            p(a, b)
            if k == 0: return 'r'
            if k == 1: 1/0
            if k == 2: break
            if k == 3: continue
        p('after')
    return 'e'
for k in range(5): p(withs(k))
try:
    with CM(9): raise KeyError('x')
except KeyError as e: p(repr(e))
try:
    with 5: pass
except TypeError as e: p(e)
def eg(exc):
    try:
        try: raise exc
        except* ValueError as e: p('V', repr(e)); 
        except* (TypeError, KeyError) as e: p('T', repr(e)); raise IndexError(3)
        else: p('none')
        finally: p('f')
    except BaseException as e: p('left', repr(e), [repr(x) for x in getattr(e, 'exceptions', ())])
for exc in (ValueError(1), ExceptionGroup('g', [ValueError(1), TypeError(2), OSError(3)]), OSError(4), ExceptionGroup('h', [ValueError(1), ExceptionGroup('i', [KeyError(5)])])):
    eg(exc)
def eg2():
    try: pass
    except* ValueError: pass
    else: p('else')
eg2()
# generators
def gen():
    try:
        x = yield
        while True:
            try: x = yield x * 2
            except ValueError as e: p('in gen', e); x = yield 'caught'
    finally: p('closing')
g = gen(); next(g); p(g.send(3), g.throw(ValueError('v')), g.send(4)); g.close()
def inner():
    try:
        a = yield 1
        p('a', a)
        b = yield 2
    except KeyError as e: p('K', e); yield 'k'
    return 'done'
def outer():
    r = yield from inner()
    p('r', r)
    r = yield from [10]
    return (yield)
o = outer(); p(next(o), o.send('A'), o.throw(KeyError(1)), next(o), next(o))
try: o.send('end')
except StopIteration as e: p('stop', e.value)
def lz(): return [(yield_ := i) for i in range(3)], yield_
p(lz())
p(list((x, y) for x in range(3) if x for y in [x * 10] if y < 30), sum(i for i in range(10)), {**{k: v for k, v in [(1, 2)]}})
def sti():
    yield 1
    raise StopIteration
try: list(sti())
except RuntimeError as e: p(e, repr(e.__cause__))
# async

class Aw:
    def __init__(self, v): self.v = v
    def __await__(self):
        r = yield self.v
        return r
class ACM:
    async def __aenter__(self): p('aenter'); return await Aw('ae')
    async def __aexit__(self, t, v, tb): p('aexit', t and t.__name__); await Aw('ax'); return t is KeyError
async def agen(n):
    for i in range(n):
        x = yield i
        if x: p('sent', x)
        await Aw(('ag', i))
async def co():
    x = await Aw(1)
    async with ACM() as z:
        p('z', z)
    async with ACM(): raise KeyError
    async for i in agen(3):
        if i == 2: break
        p('i', i)
    else: p('no')
    l = [i async for i in agen(2)]
    s = {i: await Aw(i) async for i in agen(2) if i}
    g = (i async for i in agen(2))
    async for q in g: p('q', q)
    return x, l, s, [await Aw(k) for k in range(2)]
def run(c):
    v = None; n = 0
    while True:
        try: y = c.send(v)
        except StopIteration as e: return e.value
        p('susp', y); v = n or None; n += 1
p(run(co()))
# match
class Pt:
    __match_args__ = ('x', 'y')
    def __init__(self, x, y): self.x = x; self.y = y
def m(v):
    match v:
        case 0 | 1: return 'small'
        case -1: return 'neg'
        case 1.5 | 1+2j: return 'num'
        case 'a' | b'b': return 'text'
        case None: return 'none'
        case True: return 'true'
        case []: return 'empty'
        case [x]: return ('one', x)
        case [1, x, *rest, 9]: return ('star', x, rest)
        case [_, _, [a, b]]: return ('nested', a, b)
        case (2, *_): return 'two'
        case [*_, last] if last == 'L': return ('last', last)
        case [*_, 'q', last]: return ('q', last)
        case {'k': 1 | 2 as k, **rest}: return ('map', k, rest)
        case {'a': [x, y]}: return ('mapseq', x, y)
        case {}  if not v: return 'emptymap'
        case Pt(x=0, y=yy): return ('pt0', yy)
        case Pt(x, 5) | Pt(5, x): return ('pt5', x)
        case int(n) if n > 100: return ('big', n)
        case str() as s: return ('str', s)
        case Pt() as q: return ('pt', q.x)
        case _: return 'other'
for v in [0, 1, -1, 1.5, 1+2j, 'a', b'b', None, True, [], (7,), [1, 2, 3, 4, 9], [0, 0, [3, 4]], [2, 3], [5, 'L'], [5, 'q', 6], {'k': 2, 'z': 3}, {'a': (1, 2)}, {}, {'z': 1}, Pt(0, 3), Pt(4, 5), Pt(5, 4), Pt(8, 8), 200, 50, 'zz', 3j]:
    p(m(v))
def m2(x):
    match x, 1:
        case (a, b) if (c := a): return a, b, c
        case _, y: return y
p(m2(3), m2(0))
try:
    match Pt(1, 2):
        case Pt(1, 2, 3): pass
except TypeError as e: p(e)
# misc
def kwo(*, a, b=1): return a, b
for bad in (lambda: kwo(), lambda: kwo(1)):
    try: bad()
    except TypeError as e: p(e)
def g1():
    global GG
    GG = 5
    def h():
        global GG
        GG += 1
    h()
g1(); p(GG)
del GG
try: GG
except NameError as e: p(e)
assert log, 'no'
try: assert not log, ('msg', 1)
except AssertionError as e: p(e)
lam = lambda *a, k=lambda: 3, **kw: (a, k(), kw)
p(lam(1, z=2), (lambda: (yield))().__class__.__name__)
for i, (j, *k) in enumerate([(1, 2, 3), 'ab']): p(i, j, k)
for x in range(3):
    if x == 1: continue
    for y in range(3):
        if y == 1: break
    else: p('never')
    p(x, y)
else: p('for else')
n = 5
while n:
    n -= 1
    if n == 2: break
else: p('no')
while n > 0: n -= 1
else: p('while else', n)
p(1 if 0 else 2 if 0 else 3, not 1 == 2, 1 < 2 < 3 == 3, 1 is not None, 'a' not in 'b')
p(2 ** 10, -2 ** 2, 7 // -2, -7 % 3, 1 << 70, 0xff ^ 1, ~5, 1 / 2, 2 ** -1, 'ab' * 3, (1, 2) * 2, 10 ** 30 % 7, 1.5 // 0.4, -1.5 % 0.4, 'a' 'b', True + 1, 3 @ 4 if 0 else 0)
