"""list, tuple, slice, sorting, and their iterators, also while they are changed."""


def show(function):
    try:
        print(repr(function()))
    except Exception as error:
        print(type(error).__name__, error)


l = list(range(10))
show(lambda: l[2:5])
show(lambda: l[::-1])
show(lambda: l[::3])
show(lambda: l[8:2:-2])
show(lambda: l[-100:100])
show(lambda: l['a'])
show(lambda: l[100])
show(lambda: l[-11])
show(lambda: l[10 ** 30])
def f():
    l[2:4] = [7, 8, 9, 10]
    return l
show(f)
def f():
    l[::2] = [1, 2]
    return l
show(f)
def f():
    l[::2] = [0] * 6
    return l
show(f)
def f():
    del l[::2]
    return l
show(f)
def f():
    del l[-1:0:-2]
    return l
show(f)
def f():
    l[1:1] = l
    return l
show(f)
def f():
    l[0:2] = 5
show(f)
def f():
    l[::2] = 5
show(f)
def f():
    l[50] = 1
show(f)
def f():
    del l[50]
show(f)
def f():
    l[1.5] = 1
show(f)
def f():
    l['a':] = [1]
show(f)
show(lambda: l.index(99))
show(lambda: l.remove(99))
show(lambda: [].pop())
show(lambda: [1].pop(5))
show(lambda: [1].pop('a'))
show(lambda: [1, 2, 3].insert('a', 1))
show(lambda: [1] + (1,))
show(lambda: [1] * 'a')
show(lambda: [1] * 3)
show(lambda: 3 * [1])
show(lambda: [1] * -1)
show(lambda: [0] * 2 ** 62)
show(lambda: [1, 2] < [1, 3])
show(lambda: [1, 2] < [1, 2, 0])
show(lambda: [1] == (1,))
show(lambda: [1] < (1,))
show(lambda: hash([]))
show(lambda: [1, 2, 3, 2].count(2))
show(lambda: [1, 2, 3, 2].index(2, 2))
show(lambda: [1, 2, 3, 2].index(2, -1))
show(lambda: [1, 2, 3].index(3, 0, 2))
l = [1, 2, 3]
l.append(l)
show(lambda: l)
show(lambda: repr(l))
show(lambda: list.append(5, 1))
show(lambda: list.append())
show(lambda: [].append())
show(lambda: [].append(1, 2))
show(lambda: [].append(x=1))
show(lambda: [].insert(1))
show(lambda: [].sort(1))
show(lambda: [].sort(foo=1))
show(lambda: [3, 'a'].sort())
show(lambda: [1].extend(5))
show(lambda: [].clear(1))
show(lambda: list.__init__(5))
show(lambda: [1].__getitem__())
show(lambda: [1, 2].__contains__(2))
show(lambda: [1].__add__(2))
show(lambda: [1].__mul__('a'))
show(lambda: [1].__eq__(2))
l = [1, 2, 3]
l += 'ab'
show(lambda: l)
l *= 2
show(lambda: l)
l.reverse()
show(lambda: l)
l = [1, 2, 3]
l += l
show(lambda: l)
l.extend(l)
show(lambda: l)
l[2:5] = l
show(lambda: l)
import_random = 12345
def rnd():
    global import_random
    import_random = import_random * 1103515245 + 12345 & 2147483647
    return import_random
for n in (0, 1, 2, 3, 10, 50, 63, 64, 65, 100, 200, 1000, 5000):
    a = [rnd() % (n + 1) for _ in range(n)]
    b = sorted(a)
    assert all((b[i] <= b[i + 1] for i in range(n - 1)))
    c = sorted(range(n), key=lambda i: a[i])
    d = [(a[i], i) for i in c]
    assert d == sorted(((x, i) for i, x in enumerate(a))), n
    c = sorted(range(n), key=lambda i: a[i], reverse=True)
    assert [(-a[i], i) for i in c] == sorted(((-x, i) for i, x in enumerate(a))), n
    assert sorted([float(x) for x in a]) == b and sorted([str(x) for x in a]) == sorted([str(x) for x in reversed(a)])
    a = list(range(n // 2)) + list(range(n // 2)) + list(range(n, 0, -1))
    b = sorted(a)
    assert all((b[i] <= b[i + 1] for i in range(len(b) - 1))), n
class K:
    n = 0

    def __init__(s, v):
        s.v = v

    def __lt__(s, o):
        K.n += 1
        return s.v < o.v
for n in (10, 100, 1000):
    a = [K(rnd()) for _ in range(n)]
    a.sort()
    assert all((a[i].v <= a[i + 1].v for i in range(n - 1)))
    print(n, K.n < n * 12)
    K.n = 0
    a.sort()
    print(K.n == n - 1)
    K.n = 0
class Bad:

    def __lt__(s, o):
        raise KeyError('x')
a = [1, 2, Bad(), 3]
show(lambda: a.sort())
print(len(a))
l = [3, 2, 1]
def key(x):
    l.append(1)
    return x
show(lambda: l.sort(key=key))
show(lambda: l)
l = [3, 2, 1]
class M:

    def __init__(s, v):
        s.v = v

    def __lt__(s, o):
        l.clear()
        return s.v < o.v
l = [M(3), M(2), M(1)]
show(lambda: l.sort())
print(len(l))
show(lambda: sorted([1, 2, 3], key=5))
show(lambda: sorted([(1, 'b'), (1, 'a'), (0, 'z')]))
show(lambda: sorted([True, 1.5, 0]))
show(lambda: sorted(['b', 'a', 1]))
show(lambda: sorted([2, 1], reverse='a'))
it = iter([1, 2, 3])
next(it)
show(lambda: it.__length_hint__())
show(lambda: it.__reduce__()[1:])
it.__setstate__(2)
show(lambda: list(it))
show(lambda: it.__reduce__()[1:])
r = reversed([1, 2, 3])
next(r)
show(lambda: r.__length_hint__())
show(lambda: r.__reduce__()[1:])
show(lambda: list(r))
l = [1, 2, 3]
it = iter(l)
list(it)
l.append(4)
show(lambda: list(it))
t = (1, 2, 3)
show(lambda: t[1:])
show(lambda: t[::-1])
show(lambda: t + (4,))
show(lambda: t + [4])
show(lambda: t * 2)
show(lambda: 2 * t)
show(lambda: t['a'])
show(lambda: t[5])
show(lambda: hash((1, 2, 3)))
show(lambda: hash(()))
show(lambda: hash((1.5, '', -1, 0, True, 2 ** 61 - 1, -2 ** 61, 10 ** 30)))
show(lambda: hash(([],)))
show(lambda: t.index(5))
show(lambda: t.count(1))
show(lambda: (1,))
show(lambda: ())
show(lambda: t < (1, 2))
show(lambda: t == (1, 2, 3.0))
show(lambda: t.__getnewargs__())
show(lambda: tuple('abc'))
show(lambda: tuple(5))
class T(tuple):
    pass
x = T([1, 2])
x.a = 5
show(lambda: x.a)
show(lambda: x)
show(lambda: type(x[:]))
show(lambda: type(x + ()))
show(lambda: T.__new__(T, [3]))
show(lambda: type(x * 1))
show(lambda: x == (1, 2))
show(lambda: tuple.__new__(list))
show(lambda: (1, 2).__getitem__(slice(None)))
show(lambda: [].__class_getitem__(int))
show(lambda: list[int])
show(lambda: dict[str, int])
show(lambda: tuple[int, ...])
a = ([],)
a[0].append(a)
show(lambda: a)
class L(list):
    pass
x = L([1, 2])
x.z = 1
show(lambda: x)
show(lambda: type(x[:]))
show(lambda: type(x.copy()))
show(lambda: type(x + []))
show(lambda: x.__dict__)
class L2(list):

    def __new__(cls, a, b=0):
        return super().__new__(cls)

    def __init__(self, a, b=0):
        super().__init__(a)
show(lambda: L2([1], b=2))
for s in (slice(None), slice(1, 2), slice(None, None, -1), slice(5, 1, -2)):
    show(lambda: s)
    show(lambda: s.indices(4))
    show(lambda: s == slice(1, 2))
    show(lambda: s < slice(9))
    show(lambda: s.__reduce__()[1])
show(lambda: slice(1, 2, 0).indices(5))
show(lambda: slice('a').indices(5))
show(lambda: slice(1).indices(-1))
show(lambda: slice(1).indices('x'))
show(lambda: hash(slice(1)))
show(lambda: slice(10 ** 30, -10 ** 30, -10 ** 29).indices(10 ** 30))
show(lambda: slice(1, 2, 3).start)
def g():
    slice(1).start = 3
show(g)
