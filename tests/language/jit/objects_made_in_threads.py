# With several threads, attributes are added under the object's lock, unless compiled code has just made the object.
import threading


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y


class Node:
    made = 0

    def __init__(self, value, parent=None):
        self.value = value
        self.children = []
        self.scaled = value * 1e300
        if parent is not None:
            parent.children.append(self)
        self.parent = parent
        self.tail = (value, parent is None)


class Registered:
    everything = []

    def __init__(self, name):
        self.name = name
        Registered.everything.append(self)
        self.late = len(name)


class Sometimes:
    def __init__(self, n):
        self.a = n
        if n % 3 == 0:
            self.b = n
        self.c = n
        if n % 7 == 0:
            del self.a


def points(n):
    last = [None] * 8
    total = 0
    for i in range(n):
        last[i & 7] = point = Point(i, i + 1)
        total += point.x + point.y
    return total, [vars(point) for point in last]


def nodes(n):
    root = Node(0)
    for i in range(1, n):
        node = Node(i, root if i % 2 else root.children[-1])
    return list(vars(node)), len(root.children), node.tail, node.scaled == node.value * 1e300


def registered(n):
    for i in range(n):
        one = Registered("r%d" % i)
    return vars(one)


def sometimes(n):
    names = {}
    for i in range(n):
        key = tuple(vars(Sometimes(i)))
        names[key] = names.get(key, 0) + 1
    return sorted(names.items())


def run(work, n):
    results = []
    threads = [threading.Thread(target=lambda: results.append(work(n))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(result == results[0] for result in results), results
    return results[0]


for work in points, nodes, registered, sometimes:
    for n in 50, 3000, 20000:
        result = run(work, n)
    print(work.__name__, result)
everything = Registered.everything
print(len(everything), all(one.late == len(one.name) for one in everything))


# What a thread sees of an object that registers itself half made has all that was stored before.
class Shared:
    latest = None

    def __init__(self, n):
        self.first = n
        self.second = n
        Shared.latest = self
        self.third = n


def make(n):
    for i in range(n):
        Shared(i)


def look(n):
    for i in range(n):
        one = Shared.latest
        if one is not None:
            assert one.first == one.second and getattr(one, "third", one.first) == one.first
            one.added = i


threads = [threading.Thread(target=work, args=(30000,)) for work in (make, look, make, look)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(set(vars(Shared.latest)) - {"added"}))
