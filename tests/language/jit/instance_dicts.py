"""object.__dict__ where names are known: in descriptors, hot, then changed and seen by others."""


class Stored:
    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner):
        if instance is None:
            return self
        return instance.__dict__[self.name]

    def __set__(self, instance, value):
        instance.__dict__[self.name] = value


class Optional:
    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner):
        return instance.__dict__.get(self.name, "none")

    def __set__(self, instance, value):
        if not isinstance(value, int):
            raise TypeError(self.name)
        instance.__dict__[self.name] = value


class Lazy:
    def __init__(self, function):
        self.function = function
        self.name = function.__name__

    def __get__(self, instance, owner):
        if self.name not in instance.__dict__:
            instance.__dict__[self.name] = self.function(instance)
        return instance.__dict__[self.name]


class Record:
    stored = Stored()
    optional = Optional()

    def __init__(self, value):
        self.plain = value
        self.stored = value

    @Lazy
    def lazy(self):
        return self.plain * 2


def use(record, count):
    total = 0
    for i in range(count):
        record.stored = i
        total += record.stored + record.lazy
        record.optional = total & 7
    return total, record.stored, record.optional


for _ in range(4):
    record = Record(3)
    print(record.optional, use(record, 2000), record.__dict__)


def make(count):
    last = None
    for i in range(count):
        last = Record(i)
        last.optional = i
    return vars(last)


for _ in range(3):
    print(make(2000))

# The dict is seen: kept, changed under the feet, replaced, emptied.
kept = record.__dict__
print(use(record, 5), kept, kept is record.__dict__)
kept["more"] = 1
kept[1] = "a key that is not a str"
print(use(record, 1500), kept)
record = Record(4)
record.__dict__ = {"plain": 1, "stored": 0}
print(use(record, 1500), vars(record))
record = Record(5)
use(record, 10)
del record.__dict__["lazy"]
print(use(record, 1500), vars(record))
record = Record(6)
del record.plain
try:
    use(record, 1)
except AttributeError as error:
    print(error)
record = Record(7)
del record.__dict__["stored"]
try:
    record.stored
except KeyError as error:
    print("KeyError", error)
vars(Record)["stored"].name = "renamed"
print(use(Record(8), 1500), vars(record))
vars(Record)["stored"].name = "plain"
print(use(Record(8), 1500))


def missing(record, count):
    found = 0
    for i in range(count):
        try:
            found += record.__dict__["plain"]
            record.__dict__["nothing"]
        except KeyError as error:
            found += len(error.args[0])
    return found


print(missing(Record(1), 2000))


def escapes(record, count):
    dicts = []
    for i in range(count):
        attributes = record.__dict__
        attributes["plain"] = i
        if i % 500 == 0:
            dicts.append(attributes)
    return dicts, attributes is dicts[0]


dicts, same = escapes(Record(2), 2000)
print(len(dicts), same, dicts[0]["plain"], all(one is dicts[0] for one in dicts))


def grow(count):
    names = 0
    for i in range(count):
        thing = Record.__new__(Record)
        thing.__dict__["a"] = i
        thing.__dict__["b"] = i
        thing.__dict__["c"] = i
        names += len(thing.__dict__) + ("c" in thing.__dict__) + ("d" not in thing.__dict__)
    return names, vars(thing)


for _ in range(3):
    print(grow(1000))


class Slotted:
    __slots__ = ("__dict__", "x")


def slotted(thing, count):
    for i in range(count):
        thing.x = i
        thing.__dict__["y"] = thing.x + thing.__dict__.get("y", 0) % 5
    return thing.x, thing.__dict__


print(slotted(Slotted(), 2000))


class Fake:
    @property
    def __dict__(self):
        return {"plain": "fake"}


def read(thing, count):
    for _ in range(count):
        found = thing.__dict__["plain"]
    return found


print(read(Record(9), 1500), read(Fake(), 1500), read(Record(10), 1500))
