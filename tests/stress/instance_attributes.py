"""One instance: attributes added, deleted, replaced, its __dict__ used and exchanged, its class exchanged."""
from _harness import check, hammer


class A:
    kind = "A"

    def who(self):
        return "A"


class B:
    kind = "B"

    def who(self):
        return "B"


class Slots:
    __slots__ = ("x", "y")


thing = A()
slots = Slots()
stable = A()
stable.x = ("x", 0)


def attributes(index):
    for number in range(40):
        name = f"a{index}_{number % 20}"
        setattr(thing, name, (name, number))
        seen = getattr(thing, name, None)
        check(seen is None or seen[0] == name, name, seen)
        try:
            delattr(thing, name)
        except AttributeError:
            pass
        stable.x = ("x", number)
        check(stable.x[0] == "x")
        slots.x = ("slot x", number)
        try:
            check(slots.x[0] == "slot x")
            del slots.x
        except AttributeError:
            pass


def dictionaries(index):
    for name, value in list(thing.__dict__.items()):
        check(value[0] == name, name, value)
    thing.__dict__[f"d{index}"] = (f"d{index}", 0)
    if index % 3 == 0:
        thing.__dict__ = {f"e{index}": (f"e{index}", 1)}
    vars(thing).pop(f"d{index}", None)


def classes(index):
    thing.__class__ = A if index % 2 else B
    check(thing.who() in "AB" and thing.kind in "AB")
    check(type(thing) in (A, B))


def fresh(index):
    things = [A() for _ in range(20)]
    for number, one in enumerate(things):
        one.first, one.second = number, -number
        setattr(one, f"n{number}", number)
        check(one.first == -one.second == getattr(one, f"n{number}"))


hammer(attributes, dictionaries, attributes, classes, attributes, fresh)
