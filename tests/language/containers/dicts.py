"""dict, its views and iterators, the dicts of instances and modules, and keys that misbehave."""


def show(function):
    try:
        print(repr(function()))
    except Exception as error:
        print(type(error).__name__, error)


d = {}
show(lambda: d['x'])
show(lambda: {[]: 1})
show(lambda: d.pop('x'))
show(lambda: d.pop('x', 1))
show(lambda: d.popitem())
show(lambda: d.get([]))
show(lambda: d.get('x'))
show(lambda: d.get('x', 5))
show(lambda: d.setdefault('x', 3))
show(lambda: d.setdefault('x'))
show(lambda: d.setdefault('y'))
show(lambda: d)
def f():
    del d['zz']
show(f)
show(lambda: dict(a=1, b=2))
show(lambda: dict([(1, 2), (3, 4)], c=5))
show(lambda: dict({1: 2}))
show(lambda: dict([[1, 2, 3]]))
show(lambda: dict([1]))
show(lambda: dict(['ab']))
show(lambda: dict(5))
show(lambda: dict.fromkeys('abc'))
show(lambda: dict.fromkeys({3, 1, 2}, 0))
show(lambda: dict.fromkeys(5))
show(lambda: dict.fromkeys())
show(lambda: d.update(1, 2))
show(lambda: d.update([1]))
show(lambda: d.update(z=3) or d)
show(lambda: {1: 2} | {3: 4})
show(lambda: {1: 2} | [])
show(lambda: {1: 2} == {1: 2.0})
show(lambda: {1: 2} != {1: 3})
show(lambda: {} < {})
show(lambda: hash({}))
show(lambda: {1: 1} | {1: 2})
d = {1: 2}
d |= [(3, 4)]
show(lambda: d)
def f():
    for k in d:
        d[k + 10] = 1
show(f)
d = {0: 0}
def f():
    for k in d:
        del d[0]
        d[0] = 0
show(f)
d = {i: i for i in range(5)}
def f():
    for k in d:
        del d[k]
show(f)
d = {'a': 1, 'b': 2, 'c': 3}
def f():
    for k in d:
        d[k] = 5
    return d
show(f)
show(lambda: list(reversed(d)))
show(lambda: list(reversed(d.values())))
show(lambda: list(reversed(d.items())))
show(lambda: d.keys())
show(lambda: d.values())
show(lambda: d.items())
show(lambda: d.keys() & {'a'})
show(lambda: d.keys() | {'a'} == {'a', 'b', 'c'})
show(lambda: d.keys() - ['a', 'b'])
show(lambda: d.keys() ^ {'a', 'b', 'z'} == {'c', 'z'})
show(lambda: d.items() & [('a', 5)])
show(lambda: {'a', 'b'} & d.keys() == {'a', 'b'})
show(lambda: ['a'] - d.keys())
show(lambda: d.keys() == {'a', 'b', 'c'})
show(lambda: d.keys() < {'a', 'b', 'c', 'd'})
show(lambda: d.keys() >= {'a'})
show(lambda: d.items() >= {('a', 5)})
show(lambda: d.keys() == ['a'])
show(lambda: d.keys() < [1])
show(lambda: d.keys().isdisjoint('xyz'))
show(lambda: d.keys().isdisjoint('abc'))
show(lambda: d.keys().mapping)
show(lambda: len(d.items()))
show(lambda: ('a', 5) in d.items())
show(lambda: ('a', 6) in d.items())
show(lambda: 'a' in d.values())
show(lambda: 5 in d.values())
show(lambda: hash(d.keys()))
show(lambda: d.items() ^ d.items())
show(lambda: {1: []}.items() ^ {1: []}.items())
show(lambda: {1: []}.items() ^ {2: 3}.items())
show(lambda: hash(d.values()) and 1)
show(lambda: type({}.keys())())
show(lambda: iter(d).__length_hint__())
show(lambda: iter(d).__reduce__()[1])
show(lambda: reversed(d).__reduce__()[1])
show(lambda: list(iter(d.items())))
class D(dict):

    def __missing__(s, k):
        return ('m', k)
x = D(a=1)
show(lambda: x['a'])
show(lambda: x['q'])
show(lambda: x.get('q'))
show(lambda: type(x.copy()))
show(lambda: type(x | x))
x.y = 3
show(lambda: x.__dict__)
show(lambda: D.fromkeys('ab'))
show(lambda: x)
d = {}
d['s'] = d
show(lambda: d)
show(lambda: d.values())
d = {i: i for i in range(1000)}
for i in range(0, 1000, 3):
    del d[i]
show(lambda: list(d)[:20])
show(lambda: len(d))
show(lambda: d.popitem())
show(lambda: d.popitem())
for i in range(100):
    d[i] = -i
show(lambda: list(d.items())[-10:])
show(lambda: list(d.items())[:10])
d.clear()
show(lambda: d)
d[1] = 2
show(lambda: d)
class A:
    pass
a = A()
a.x = 1
a.y = 2
D2 = a.__dict__
show(lambda: D2)
D2['z'] = 3
show(lambda: a.z)
a.w = 4
show(lambda: list(D2.items()))
show(lambda: len(D2))
del a.x
show(lambda: D2)
D2[5] = 6
show(lambda: D2)
a.q = 1
show(lambda: a.__dict__ is D2)
show(lambda: D2)
show(lambda: D2.pop('q'))
show(lambda: hasattr(a, 'q'))
show(lambda: D2.popitem())
D2.update(k=1, l=2)
show(lambda: a.k + a.l)
D2.clear()
show(lambda: vars(a))
a.n = 1
show(lambda: D2)
b = A()
b.a = 1
b.b = 2
db = b.__dict__
show(lambda: list(reversed(db)))
show(lambda: db == {'a': 1, 'b': 2})
show(lambda: db.copy())
show(lambda: dict(db))
show(lambda: {**db})
show(lambda: db.setdefault('c', 3))
show(lambda: b.c)
show(lambda: db | {'x': 1})
show(lambda: list(db.keys()))
show(lambda: db.get('zz'))
show(lambda: 'a' in db)
show(lambda: 5 in db)
show(lambda: [] in db)
db.clear()
show(lambda: b.__dict__)
g = globals()
g['newglobal'] = 5
show(lambda: newglobal)
del g['newglobal']
show(lambda: newglobal)
newglobal = 7
show(lambda: g['newglobal'])
show(lambda: 'newglobal' in g)
def f():
    global newglobal
    del newglobal
f()
show(lambda: 'newglobal' in g)
show(lambda: newglobal)
show(lambda: g['newglobal'])
newglobal = 8
show(lambda: list(g)[-1])
class H:

    def __init__(s, h, v):
        s.h = h
        s.v = v

    def __hash__(s):
        return s.h

    def __eq__(s, o):
        return isinstance(o, H) and s.v == o.v

    def __repr__(s):
        return 'H%r' % (s.v,)
d = {H(1, i): i for i in range(20)}
show(lambda: d[H(1, 7)])
show(lambda: d.get(H(1, 99)))
del d[H(1, 3)]
show(lambda: len(d))
class Evil:

    def __init__(s, d):
        s.d = d

    def __hash__(s):
        return 1

    def __eq__(s, o):
        s.d.clear()
        return False
d = {}
d[H(1, 1)] = 1
def f():
    d[Evil(d)] = 2
    return len(d)
show(f)
class BadHash:

    def __hash__(s):
        raise KeyError('h')
show(lambda: {BadHash(): 1})
show(lambda: BadHash() in {1: 2})
show(lambda: {1: 2}.get(BadHash()))
show(lambda: {}.pop(BadHash(), 3))
class BadEq:

    def __hash__(s):
        return 1

    def __eq__(s, o):
        raise ZeroDivisionError('eq')
d = {BadEq(): 1}
show(lambda: 1 in d)
show(lambda: d.get(1))
show(lambda: d.setdefault(1, 2))
show(lambda: d.pop(1))
show(lambda: d.update({1: 2}))
show(lambda: {1: 1} == d)
def kw(**k):
    return k
show(lambda: kw(**{'a': 1}, **{'a': 2}))
show(lambda: kw(**{1: 2}))
show(lambda: kw(**5))
show(lambda: kw(a=1, **{'b': 2}))
show(lambda: {1.0: 1, 1: 2, True: 3})
show(lambda: {float('nan'): 1})
show(lambda: {-1: 1, -2: 2})
show(lambda: {2 ** 61 - 1: 1, 0: 2})
show(lambda: hash(2 ** 61 - 1))
show(lambda: hash(-2 ** 61))
show(lambda: hash(2 ** 61))
show(lambda: hash(-1))
class P(dict):

    def keys(s):
        return ['zz']

    def __getitem__(s, k):
        return k * 2
show(lambda: dict(P(a=1)))
show(lambda: {**P(a=1)})
class Q:

    def keys(s):
        return ['zz']

    def __getitem__(s, k):
        return k * 2
show(lambda: dict(Q()))
show(lambda: {**Q()})
show(lambda: kw(**Q()))
class R(dict):

    def __iter__(s):
        return iter(['r'])

    def keys(s):
        return ['r']

    def __getitem__(s, k):
        return 'R'
show(lambda: dict(R(a=1)))
show(lambda: dict.__class_getitem__(int))
show(lambda: {}.__sizeof__() > 0)
show(lambda: dict.update())
show(lambda: dict.get({}, 1))
show(lambda: {}.get())
show(lambda: {}.popitem(1))
show(lambda: {}.keys(1))
show(lambda: {}.setdefault())
show(lambda: dict.fromkeys.__self__)
