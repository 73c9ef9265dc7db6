"""Attributes of classes that keep changing: counters and switches, hot, then replaced by what is no plain value."""

import sys
import threading


class Counted:
    made = 0
    level = 1
    label = "a"

    def __init__(self):
        Counted.made += 1
        type(self).level += 1


class Derived(Counted):
    pass


def make(count):
    for _ in range(count):
        Counted()
    return Counted.made, Counted.level


for _ in range(5):
    print(make(4000))
print(Counted().made, Derived.made, vars(Counted)["made"], Counted.__dict__["level"])

# A derived class gets an attribute of its own at the first store.
for _ in range(3000):
    Derived()
print(Counted.made, Counted.level, Derived.level, "made" in vars(Derived), "level" in vars(Derived))


def read(thing, count):
    total = 0
    for _ in range(count):
        total += thing.made
    return total


def write(cls, values):
    for value in values:
        cls.label = value
    return cls.label, cls().label


view = Counted.__dict__
print(read(Counted, 3000) == 3000 * Counted.made, read(Derived(), 3000) == 3000 * Counted.made)
print(write(Counted, range(4000)), view["label"])
print(write(Counted, ["x", 1.5, None, (1, 2), 2**80, [3]] * 300), view["label"])
print(write(Derived, range(4000)), Counted.label, list(vars(Derived)))


# Descriptors take the place of plain values, and give way again.
class Ten:
    def __get__(self, instance, owner):
        return 10

    def __set__(self, instance, value):
        print("set", value)


def store(instance, count):
    for i in range(count):
        instance.label = i
    return instance.label


Counted.label = Ten()
print(Counted.label, Counted().label, store(Counted(), 2), type(view["label"]).__name__)
del Derived.label
print(Derived.label, Derived().label)
Counted.label = 5
print(Counted.label, Derived.label, store(Counted(), 3000), Counted.label, view["label"])
Counted.label = property(lambda self: "property")
print(type(Counted.label).__name__, Derived().label, write(Derived, range(3000)))
Counted.label = lambda self: "method"
print(Counted().label())
Counted.label = "plain"
print(Counted().label, write(Counted, range(3000)))

# A value whose class becomes a descriptor's.
class Late:
    pass


late = Late()
print(write(Counted, [late] * 3000) == (late, late))
Late.__get__ = lambda self, instance, owner: "got"
print(Counted.label, Counted().label, view["label"] is late)
del Late.__get__
print(Counted.label is late)

# Deleted, and made again.
for _ in range(3):
    write(Counted, range(1000))
    del Counted.label
    print(hasattr(Counted, "label"), hasattr(Counted(), "label"), "label" in view)
    try:
        write(Counted, ())
    except AttributeError as error:
        print(error)
print(write(Counted, "again"), list(view)[-1])


# Metaclasses: a descriptor comes first, and __setattr__ has the word.
class Meta(type):
    def __setattr__(cls, name, value):
        if name == "limit":
            value = min(value, 3)
        super().__setattr__(name, value)


class Limited(metaclass=Meta):
    limit = 0


def raise_limit(count):
    for i in range(count):
        Limited.limit = i
    return Limited.limit


print(raise_limit(3000))
del Meta.__setattr__
print(raise_limit(3000))
Meta.limit = property(lambda cls: "of the metaclass", lambda cls, value: None)
print(raise_limit(3000), Limited().limit, Limited.__dict__["limit"])
del Meta.limit
print(Limited.limit)


# Several threads: each reads only what somebody stored, and sees its own counter rise.
class Shared:
    value = 0
    flag = False


def hammer(number, failures):
    for i in range(20000):
        Shared.value = number * 100000 + i
        try:
            seen = Shared.value
        except AttributeError:
            continue
        if type(seen) is not int or not 0 <= seen % 100000 < 20000:
            failures.append(seen)
        if i % 5000 == 0:
            Shared.flag = not Shared.flag


failures = []
threads = [threading.Thread(target=hammer, args=(number, failures)) for number in range(4)]
for thread in threads:
    thread.start()
for _ in range(40):
    Shared.value = property(lambda self: 1)
    Shared.value = 0
    del Shared.value
    Shared.value = 1
for thread in threads:
    thread.join()
failures = [seen for seen in failures if not isinstance(seen, property)]
print(failures, Shared.value % 100000 < 20000, Shared.__dict__["value"] == Shared.value)
print(sys.getsizeof(Counted) > 0)
