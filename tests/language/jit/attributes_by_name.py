"""getattr(), setattr() and hasattr() with names that are constant for a while: in descriptors, proxies and loops."""


class Field:
    def __set_name__(self, owner, name):
        self.slot = "_" + name

    def __get__(self, instance, owner):
        if instance is None:
            return self
        return getattr(instance, self.slot)

    def __set__(self, instance, value):
        setattr(instance, self.slot, value)


class Record:
    first = Field()
    second = Field()

    def __init__(self, first, second):
        self.first = first
        self.second = second

    @property
    def both(self):
        return self.first, self.second


def total(record, count):
    result = 0
    for _ in range(count):
        result += record.first
        record.second = result
    return result, record.second


record = Record(1, 2)
for _ in range(4):
    print(total(record, 2000))

# The descriptor is given another name, the attribute goes, comes back as something else.
vars(Record)["first"].slot = "_second"
print(total(record, 5), vars(record))
vars(Record)["first"].slot = "_first"
del record._first
try:
    total(record, 1)
except AttributeError as error:
    print(error)
record._first = 2.5
print(total(record, 1500))
record._first = 2**70
print(total(record, 3))


# Attributes of many kinds behind one getattr().
class Target:
    constant = 5

    def __init__(self):
        self.value = 1

    def method(self):
        return "method of %d" % self.value

    @property
    def checked(self):
        if self.value < 0:
            raise AttributeError("negative")
        return self.value * 2

    @classmethod
    def made(cls):
        return cls.__name__

    @staticmethod
    def static():
        return "static"


class Proxy:
    def __init__(self, target):
        self._target = target

    def __getattr__(self, name):
        return getattr(self._target, name)


def through(proxy, count):
    for _ in range(count):
        seen = proxy.value, proxy.constant, proxy.method(), proxy.checked, proxy.made(), proxy.static(), proxy.__class__
    return seen


proxy = Proxy(Target())
for _ in range(3):
    print(through(proxy, 1500))
proxy._target.value = 7
print(through(proxy, 1500))


class Other(Target):
    constant = 6

    def method(self):
        return "other " + super().method()


proxy._target = Other()
print(through(proxy, 1500))
proxy._target = proxy
try:
    through(proxy, 1)
except RecursionError as error:
    print("RecursionError")


def with_default(target, count):
    found = []
    for _ in range(count):
        found = [
            getattr(target, "value", "none"),
            getattr(target, "missing", "none"),
            getattr(target, "checked", "none"),
            hasattr(target, "value"),
            hasattr(target, "missing"),
            hasattr(target, "checked"),
            type(target).__name__,
            type(target) is target.__class__,
        ]
    return found


target = Target()
for _ in range(3):
    print(with_default(target, 1500))
target.value = -1
print(with_default(target, 1500))
target.missing = "there"
print(with_default(target, 1500))
target.__class__ = Other
print(with_default(target, 1500))
Target.missing = property(lambda self: 1 // 0)
try:
    with_default(Target(), 1)
except ZeroDivisionError as error:
    print(error)


class Silent:
    value = property(lambda self: 3, lambda self, value: "returned")


def set_all(thing, count):
    results = set()
    for number in range(count):
        results.add(setattr(thing, "value", number))
    return results, thing.value


print(set_all(Target(), 2000), set_all(Silent(), 2000), set_all(Target, 2000), set_all(Target(), 10))


# The loop before a name has ever been looked up; names that are no str.
def odd(thing, names):
    for name in names:
        try:
            print(getattr(thing, name), end=" ")
        except (TypeError, AttributeError) as error:
            print(type(error).__name__, error, end=" ")
    print()


odd(Target(), ["value", "constant", 1, None, "missing!", b"value"])


class Name(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


print(getattr(Target(), Name("value")), hasattr(Target(), Name("nothing")))


# New instances, whose shape changes while __init__ runs.
class Fresh:
    def __init__(self, a=0, b=0.5):
        self.a = a
        self.b = b


class Kept:
    def __init__(self, a):
        kept = self.__dict__
        self.a = a
        kept["b"] = a + 1
        self.c = kept["a"] + kept.get("b", 0) + ("c" in kept)


def fresh(count):
    found = []
    for i in range(count):
        if hasattr(Fresh(i, b=1.5), "a"):
            found.append(getattr(Fresh(i, b=2.5), "b") + Kept(i).c)
        else:
            found.append("missing")
    return set(map(type, found)), found[-1]


for _ in range(4):
    print(fresh(1500), vars(Kept(3)))
