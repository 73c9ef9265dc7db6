"""A class and its bases changed while others use instances: always an answer that was once right."""
from _harness import check, hammer


class Base:
    value = ("value", 0)
    __slots__ = ()

    def method(self):
        return ("method", 0)


class Other:
    __slots__ = ()

    def method(self):
        return ("method", -1)


class Middle(Base):
    pass


class Thing(Middle):
    pass


things = [Thing() for _ in range(4)]


def change(index):
    for number in range(10):
        Base.value = ("value", number)
        Base.method = lambda self, number=number: ("method", number)
        Base.prop = property(lambda self, number=number: ("prop", number))
        Middle.method = lambda self: ("method", 99)
        del_quietly(Middle, "method")
        Base.__len__ = lambda self, number=number: number
        Thing.__getattr__ = lambda self, name: ("getattr", name)
        del_quietly(Thing, "__getattr__")
        del_quietly(Base, "prop")


def del_quietly(owner, name):
    try:
        delattr(owner, name)
    except AttributeError:
        pass


def bases(index):
    Middle.__bases__ = (Base, Other)
    Middle.__bases__ = (Other, Base)
    Middle.__bases__ = (Base,)


def use(index):
    for thing in things:
        for _ in range(20):
            check(thing.method()[0] == "method")
            check(thing.value[0] == "value")
            check(Thing.method(thing)[0] == "method")
            check(super(Thing, thing).method()[0] == "method")
            check(getattr(thing, "prop", ("prop", 0))[0] in ("prop", "getattr"))
            check(0 <= len(thing) < 10)


def create(index):
    made = type(f"Made{index}", (Middle,), {"own": index})
    one = made()
    one.x = index
    check(one.own == one.x == index and isinstance(one, Base))
    check(any(sub is made for sub in Middle.__subclasses__()))


Base.__len__ = lambda self: 1
hammer(change, use, use, bases, use, create)
