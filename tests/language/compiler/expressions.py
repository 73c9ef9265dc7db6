# compare: stdout
"""Evaluation order, targets, unbound names, closures, calls, displays, subscripts."""
# evaluation order
def f(*a, **k): return (a, k)
def order():
    a = 1
    r = [a + (a := 3), a, f(a, a := 5, a), (a, a := 7, a), [a, (a := 8)], {a: (a := 9), a: a}, a < (a := 20) < a]
    x = [a, a]
    x[a - 20] = (a := 21)
    a += (a := 3)
    return r, x, a
print(order())
def swap(a, b, c):
    a, b, c = c, a, b
    a, b = b, a + b
    (a, b), c = (b, a), c
    [x, (y, *z)] = a, "hello"
    *p, q = [1, 2, 3]
    p, *q, r = "abcd"
    i, lst = 0, [0, 0, 0]
    i, lst[i] = 1, 5
    return a, b, c, x, y, z, p, q, r, lst
print(swap(1, 2, 3))
def unbound():
    try:
        print(zz)
        zz = 1
    except UnboundLocalError as e:
        print('UBE', e)
    try:
        del zz
    except UnboundLocalError as e:
        print('UBE', e)
    for i in []:
        pass
    try: i
    except UnboundLocalError as e: print(e)
    if f():
        y = 1
    print(y)
    del y
    try: y
    except NameError as e: print(e)
unbound()
def keep():
    x = 'old'
    try:
        x = [1, 1 / 0]
    except ZeroDivisionError: pass
    try:
        x = x or 1 / 0
        x = 0 or 1/0
    except ZeroDivisionError: pass
    try:
        a, b = 1, 2
        a, b = 5,
    except ValueError as e: print(e)
    try:
        a, b = 5, 1/0
    except ZeroDivisionError as e: print(a, b)
    x = x if x == 'old' else 5
    return x
print(keep())
def chain(a, b, c, d):
    return [a < b < c, a < b < c < d, a < b > c, not a < b < c, (a < b < c) and d, a is b is None, 1 if a < b < c < d else 2, a in [b] in [c]]
print(chain(1, 2, 3, 4), chain(3, 2, 1, 0))
def bools(a, b, c):
    r = []
    r.append(a and b or c); r.append(a or b and c); r.append(not (a and b)); r.append((a or b) and not c)
    if a and (b or c): r.append(1)
    else: r.append(2)
    if not (a and b) or c: r.append(3)
    while a and not r[0]: break
    else: r.append(4)
    x = a and b; y = a or b
    return r, x, y, a and 1, 0 and a, 1 and a, 0 or a, 1 or a
for a in (0, 1):
    for b in ('', 'b'):
        for c in (None, 2): print(bools(a, b, c))
# closures
def outer(n):
    x = n
    def inc(d=1):
        nonlocal x
        x += d
        return x
    def get(): return x
    class C:
        y = x
        def m(self): return x, self.__class__.__name__, __class__.__name__
    return inc, get, C
inc, get, C = outer(10); inc(); inc(5); print(get(), C.y, C().m())
def cellarg(a, *args, b=2, **kw):
    return lambda: (a, args, b, kw)
print(cellarg(1, 2, 3, b=4, z=5)())
def delcell():
    x = 1
    def g(): return x
    del x
    try: g()
    except NameError as e: print(e)
    try: x
    except UnboundLocalError as e: print(e)
delcell()
class D:
    x = 1
    print([x for _ in range(2)] if False else 'skip')
    def __private(self): return 'p'
    def call(self): return self.__private()
    __v = 3
print(D().call(), D._D__v, D.__qualname__, D.call.__qualname__, outer.__name__)
class E(D):
    "docstring"
    a: int = 3
    b: 'str'
    def call(self): return super().call() + '!'
print(E().call(), E.__doc__, E.__annotations__, E.__module__)
def deco(n):
    def d(f): return (n, f) if not callable(f) else (n, f.__name__)
    return d
@deco(1)
@deco(2)
def df(): pass
print(df)
@deco(3)
class DC: pass
print(DC)
def ann(a: int, b: 'x' = 3, *c: str, d: float = 4, **e: list) -> None: 'doc'
print(ann.__annotations__, ann.__doc__, ann.__defaults__, ann.__kwdefaults__)
# calls
def g(a, b=2, /, c=3, *, d=4, **k): return a, b, c, d, k
print(g(1), g(1, 5, c=6), g(*[1, 2], **{'c': 9, 'd': 8}), g(1, *(2,), 3, d=1, **{'z': 1}, y=2), g(*'ab', *'c'))
for bad in (lambda: g(), lambda: g(1, a=2), lambda: g(1, 2, 3, 4), lambda: g(1, **{'c': 1}, **{'c': 2}), lambda: g(*1), lambda: g(**1), lambda: g(1, *2), lambda: g(x=1, **{'x':2})):
    try: print(bad())
    except TypeError as e: print(e)
print(f(*range(3), *[4], x=1, **{'y': 2}), f(**{}), f(*()), "a,b".split(','), [3, 1, 2].index(2), dict(a=1).get('a'))
# displays
l = [1, 2, 3]; t = (*l, 4, *'ab'); s = {*l, 9}; d = {'a': 1, **{'b': 2}, 'c': 3}
print(l, t, sorted(s, key=str), d, [*l, *t], {1, 2, 3} == {3, 2, 1}, {}, (), [], (1,), {**d, 'a': 7})
big = [x for x in range(5)] + [0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31]
print(sum(big), f'{l!r:>12}|{3.14159:.2f}|{"x":^5}|{1!s}{2}{"é"}' f'a{{b}}{l}', f'', f'{1}', f'{l=}', f"{'a' if l else 'b'}{f'{t[0]}'}")
print('%s-%r-%5s|%-5s|%a' % (1, 'x', 'ab', 'cd', 'é'), '%d%%' % 5, '%s' % (l,), '%.2s' % ('abc',), '%s%%' % (1,))
# subscripts
l[0] = 5; l[1:] = [7, 8, 9]; l[-1] += 1; del l[1]; l[::2] = [0, 0] if len(l) == 3 else [0]
print(l, l[1:], l[:-1], l[::-1], 'abc'[1], 'abcdef'[1:4:2], (1, 2, 3)[0], [[1, 2], [3]][0][1])
class O: pass
o = O(); o.x = 1; o.x += 5; o.y = o.z = [o.x]; o.y[0] -= 1; print(o.x, o.y, o.z is o.y); del o.x
try: o.x
except AttributeError as e: print(e)
class Idx:
    def __getitem__(self, k): return k
    def __setitem__(self, k, v): print('set', k, v)
    def __delitem__(self, k): print('del', k)
i = Idx(); print(i[1:2, 3], i[...], i[:], i[*(1, 2)], i[1, *(2, 3)]); i[1:2] = 3; i[0] += 'a' if False else 5; del i[1:2, ::3]
x = y = 3; x, y = y, x; print(x, y)
