"""Instances with more attributes than they have room for, stored and loaded in hot code; bound methods that are called there;
super() in functions with closures; orders by __lt__ in heaps."""

import heapq


class Wide:
    """Its __init__ says nothing of the attributes: the first instances keep most of them elsewhere."""

    def fill(self, number):
        self.a = self.b = self.c = self.d = self.e = self.f = self.g = number
        return self

    def shift(self):
        self.g = self.f + 1
        self.f = self.e
        self.e = self.d = self.g
        return self.g


class Captured:
    def __init__(self, count):
        self.one = 1
        self.others = [self.one + number for number in range(count)]
        self.three = lambda: self.four
        self.four = 4
        self.five = 5


def wide_in_loop(wide, times):
    total = 0
    for _ in range(times):
        total += wide.shift()
        wide.extra_1 = total
        wide.extra_2 = wide.extra_1 + wide.g
    return total, wide.extra_2


first = Wide().fill(0)
later = [Wide().fill(number) for number in range(5)]
print(wide_in_loop(first, 3000))
for each in later:
    print(wide_in_loop(each, 3000), sorted(vars(each).items()))
del first.g
try:
    print(wide_in_loop(first, 10))
    del first.f
    print(wide_in_loop(first, 10))
except AttributeError as error:
    print(type(error).__name__, error)
view = later[0].__dict__
view["g"] = view["f"] = -1
print(wide_in_loop(later[0], 100), view["g"], view["extra_2"])
later[1].__dict__ = {"e": 5, "f": 6, "d": 7}
print(wide_in_loop(later[1], 100), vars(later[1]))


def captured(times):
    total = 0
    for number in range(times):
        thing = Captured(number % 3)
        total += thing.five + len(thing.others) + thing.three()
    return total


print(captured(2000))


class Counter:
    def __init__(self):
        self.count = 0

    def add(self, number):
        self.count += number
        return self.count

    def add_more(self, number, *more):
        return self.add(number + sum(more))

    def fail(self, number):
        raise ValueError(number)

    def deep(self, number):
        method = self.deep
        return method(number - 1) + 1 if number else 0


def call_all(actions, times):
    seen = set()
    for _ in range(times):
        for action in actions:
            try:
                seen.add(type(action(1)).__name__)
            except (TypeError, ValueError) as error:
                seen.add(type(error).__name__ + ": " + str(error))
    return sorted(seen)


def produce(actions, times):
    for _ in range(times):
        for action in actions:
            yield action(2)


counter = Counter()
print(call_all([counter.add, counter.add_more, counter.fail, counter.deep, [].append, len, counter.__init__], 1000))
print(counter.count, sum(produce([counter.add, counter.add_more, counter.deep], 500)), counter.deep(150))
print(call_all([counter.add], 2000), counter.count)


class Base:
    def collect(self, values):
        return ["base", len(values)]


class Derived(Base):
    def collect(self, values):
        found = super().collect(values)
        for limit in range(2):
            found.append([value for value in values if value > limit])
        return found


class Odd(Base):
    def collect(self, values):
        found = super().collect(values)
        self = lambda: found
        return self()


class Replacing(Base):
    def collect(self, values):
        replace = lambda other: (other, self)
        found = super().collect(values)
        return found + [replace(1)[0]]


for _ in range(1500):
    results = [made.collect([0, 1, 2]) for made in (Derived(), Odd(), Replacing())]
print(results)
Base.collect = lambda self, values: ["changed"]
print([made.collect([0, 1, 2]) for made in (Derived(), Odd(), Replacing())])


class Item:
    def __init__(self, key, how=None):
        self.key = key
        self.how = how

    def __lt__(self, other):
        if self.how is not None:
            return self.how(self.key, other.key)
        return self.key < other.key

    def __gt__(self, other):
        return ("greater", self.key) if self.key > other.key else ()


def drain(items, times=1):
    order = []
    for _ in range(times):
        heap = []
        for item in items:
            heapq.heappush(heap, item)
        order = [getattr(heapq.heappop(heap), "key", None) for _ in items]
    return order


keys = [5, 3, 9, 1, 7, 2, 8, 2, 6]
print(drain([Item(key) for key in keys], 300))
print(drain([Item(key, lambda a, b: NotImplemented) for key in keys], 3))
print(drain([Item(key, lambda a, b: [a] if a < b else "") for key in keys], 3))
try:
    drain([Item(key, lambda a, b: 1 // (a - b)) for key in [1, 2, 1, 1]])
except ZeroDivisionError as error:
    print("heap:", error)
for items in ([2.5, 1, 0.5, True], ["b", "a", "c"], [(2, "b"), (1, "z"), (2, "a")], [(1, [2]), (1, [1])], [float("nan"), 1.0, 0.5]):
    heapq.heapify(items)
    print([heapq.heappop(items) for _ in range(len(items))], end=" ")
    print(sorted([(2, 1.5, "x"), (2, 1, "y"), (1, None)]))
try:
    heapq.heapify([(1, None), (1, 2)])
except TypeError as error:
    print(error)


class Shrinking:
    def __lt__(self, other):
        shrinks.clear()
        return True


shrinks = [Shrinking() for _ in range(5)]
try:
    heapq.heapify(shrinks)
except (RuntimeError, IndexError) as error:
    print(type(error).__name__)


def mixed(times):
    """Large ints, by limbs."""
    state, seen = 12345, 0
    for _ in range(times):
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        seen ^= state >> 33
        seen = (seen | state << 7) & (1 << 130) - 1 ^ state >> 64
        seen += (-state >> 3) ^ (state & -8) | (seen >> 70)
        seen &= (1 << 190) - 1
    return state, seen


print(mixed(3000))
for a in (0, 1, -1, 2**61 - 1, 2**61, -(2**61), -(2**61) - 1, 2**63, 2**64 - 1, 2**64, -(2**64), 2**128 - 1, 3**90, -(3**90)):
    for b in (0, 1, -2, 2**61, 2**64 - 1, -(2**127), 2**200 + 5):
        print(a * b, a & b, a | b, a ^ b, a + b, a - b, a >> 3, a >> 64, a >> 65, a >> 130)


class Number(int):
    """Of variable size: its attributes are behind its digits."""


def tail(numbers, times):
    for count in range(times):
        for number in numbers:
            number.first = count
            number.second = number.first + number
    return [number.second for number in numbers]


print(tail([Number(1), Number(2**70), Number(-(2**200))], 2000))


def shaped(number):
    """Objects of 20 classes, each with its own idea of what the names mean."""
    body = {"shared": lambda self: ("shared", number % 3), "constant": number}
    if number % 7 == 3:
        body["value"] = property(lambda self: ("computed", number))
    if number % 7 == 5:
        body["__getattr__"] = lambda self, name: ("asked", name)
    if number % 7 == 6:
        body["shared"] = staticmethod(lambda: ("static", number))
    if number % 7 == 4:
        body["shared"] = classmethod(lambda cls: (cls.__name__, number))
    made = type(f"Shaped{number}", (), body)()
    for filler in range(number % 4):
        setattr(made, f"filler{filler}", 0)
    if number % 7 not in (3, 5):
        made.value = number
    return made


def ask(objects, times):
    for _ in range(times):
        seen = []
        for each in objects:
            seen.append((each.value, each.shared(), each.constant))
            seen.append(getattr(each, "value"))
            seen.append(getattr(each, "missing", "nothing"))
            seen.append(hasattr(each, "filler2"))
            try:
                seen.append(getattr(each, "filler1"))
            except AttributeError as error:
                seen.append(str(error))
    return seen


few, many = [shaped(number) for number in (0, 1, 2)], [shaped(number) for number in range(20)]
print(ask(few, 1000))
print(ask(many, 1000))
del many[0].value
many[1].shared = lambda: "own"
many[2].missing = "found"
type(many[8]).shared = lambda self: "replaced"
type(many[9]).__getattr__ = lambda self, name: ("late", name)
try:
    ask(many, 10)
except AttributeError as error:
    print(error)
many[0].value = "again"
print(ask(many, 1000))


class Meta(type):
    def __getattr__(cls, name):
        return ("meta", name)


class Deep:
    def __getattribute__(self, name):
        return ("all", name) if name != "missing" else object.__getattribute__(self, name)


def ask_any(objects, times):
    for _ in range(times):
        seen = [(getattr(each, "real", None), hasattr(each, "append"), getattr(each, "missing", 0)) for each in objects]
    return [tuple(part if isinstance(part, (int, tuple, type(None))) else type(part).__name__ for part in each) for each in seen]


print(ask_any([1, 2.5, [], "s", Deep(), Meta("M", (), {}), heapq, None], 1000))
