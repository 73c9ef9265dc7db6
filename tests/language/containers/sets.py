"""set and frozenset: the order of elements after many operations, hashes, messages."""


def show(function):
    try:
        print(repr(function()))
    except Exception as error:
        print(type(error).__name__, error)


seed = 1
def rnd(n):
    global seed
    seed = seed * 6364136223846793005 + 1442695040888963407 & 18446744073709551615
    return (seed >> 33) % n
for trial in range(300):
    size = rnd(60) + 1
    s = set()
    t = frozenset((rnd(200) for _ in range(rnd(40))))
    for step in range(rnd(120)):
        op = rnd(12)
        v = rnd(size * 3)
        if op < 5:
            s.add(v)
        elif op < 7:
            s.discard(v)
        elif op == 7 and s:
            s.pop()
        elif op == 8:
            s |= t
        elif op == 9:
            s &= set(range(0, 200, 2)) | s
        elif op == 10:
            s -= set(range(rnd(50)))
        else:
            s ^= {rnd(50) for _ in range(rnd(20))}
    print(s)
    print(s | t, s & t, s - t, s ^ t, t - s, t & s, t | s, t ^ s)
    print(s.union(range(5), [9]), s.intersection(range(30), t), s.difference(t, [1]), s.symmetric_difference([1, 2, 3]), set(s), frozenset(s), s.copy())
    print(set({v: 1 for v in list(s)}), s.difference({1: 2, 3: 4}), s == set(t), s <= t, s.issuperset([1]), s.isdisjoint(t), sorted(s))
for n in (10, 1000, 60000, 200000):
    s = set((i * 7919 % 1000003 for i in range(n)))
    l = list(s)
    print(hash(tuple(l)), len(s))
    s.update(range(n))
    print(hash(tuple(s)))
    while len(s) > n // 2:
        s.pop()
    print(hash(tuple(s)))
    s.add(-1)
    print(hash(tuple(s)))
show(lambda: hash(frozenset(range(100))))
show(lambda: hash(frozenset()))
show(lambda: hash(frozenset([frozenset([1]), 2.5])))
show(lambda: hash(set()))
show(lambda: {1} | [1])
show(lambda: {1}.union([1], 5))
show(lambda: set([[]]))
show(lambda: {1}.add([]))
show(lambda: {frozenset([1])}.remove({1}))
show(lambda: {1} in {frozenset([1])})
show(lambda: {1}.remove({2}))
show(lambda: {1}.discard([]))
show(lambda: [] in {1})
show(lambda: set('hello') == set('olhe'))
s = {1, 2, 3}
def f():
    for x in s:
        s.add(x + 10)
show(f)
show(lambda: {1} < {1, 2})
show(lambda: {1} < {1})
show(lambda: {1} <= frozenset([1]))
show(lambda: {1} == frozenset([1]))
show(lambda: {1} != {2})
show(lambda: {1} < 1)
show(lambda: {1} == 1)
show(lambda: {1} > set())
class S(set):
    pass
x = S([1])
x.q = 1
show(lambda: x.__reduce__())
show(lambda: x)
show(lambda: type(x.copy()))
show(lambda: set().__init__(5))
show(lambda: S.__new__(S))
show(lambda: frozenset().__contains__([]))
show(lambda: {1}.__or__([1]))
show(lambda: {1}.__ror__({2}))
show(lambda: set.__class_getitem__(int))
class F(frozenset):
    pass
f = F([1, 2])
show(lambda: f)
show(lambda: hash(f) == hash(frozenset([1, 2])))
show(lambda: type(frozenset(f)))
show(lambda: F(f) is f)
z = frozenset([1])
show(lambda: frozenset(z) is z)
show(lambda: z.copy() is z)
class S2(set):

    def __init__(self, a=(), newarg=None):
        set.__init__(self, a)
show(lambda: S2(newarg=1))
a = set()
class HH:

    def __hash__(s):
        return hash('a')

    def __repr__(s):
        return 'HH'
o = HH()
a.add(o)
o.self = a
show(lambda: a)
show(lambda: set(iter({1, 2, 3})))
it = iter({1, 2, 3})
next(it)
show(lambda: it.__length_hint__())
show(lambda: it.__reduce__()[1])
show(lambda: list(it))
show(lambda: list(it))
class Evil:

    def __hash__(s):
        return 1

    def __eq__(s, o):
        ev.clear()
        return False
ev = {1}
ev.add(Evil())
show(lambda: len(ev))
ev = {1, Evil()}
show(lambda: ev == ev.copy())
show(lambda: set().pop())
show(lambda: {5}.pop())
s = {1, 2, 3}
s -= s
show(lambda: s)
s = {1, 2}
s ^= s
show(lambda: s)
s = {1}
s &= s
show(lambda: s)
s |= s
show(lambda: s)
s.update()
s.update([2], [3])
show(lambda: s)
s.intersection_update([2, 3], [3])
show(lambda: s)
s.difference_update([3], [4])
show(lambda: s)
s.symmetric_difference_update([1, 2])
show(lambda: s)
show(lambda: set.union({1}))
show(lambda: set.union())
show(lambda: {1}.add())
show(lambda: {1}.union(x=1))
show(lambda: {1}.isdisjoint(5))
show(lambda: {1}.issubset([1, 2]))
show(lambda: {1}.issubset(5))
show(lambda: {1}.issuperset(5))
