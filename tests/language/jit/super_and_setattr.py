"""super() with receivers of many shapes and classes, __setattr__ in Python, ways that go on alone: hot, then changed."""


class Base:
    def __init__(self):
        super().__init__()
        self.base = 1

    def area(self):
        return self.base

    def describe(self):
        return self.area() * self.unit

    unit = 1


class Left(Base):
    def area(self):
        return super().area() + 10


class Right(Base):
    def __init__(self):
        super().__init__()
        self.right = 2

    def area(self):
        return super().area() + 100 * self.right


class Both(Left, Right):
    unit = 3

    def area(self):
        return super().area() + 1000


def walk(things, count):
    total = 0
    for i in range(count):
        thing = things[i % len(things)]
        total += thing.describe() + thing.area()
        if i % 64 == 0:
            thing.extra = i
    return total


def fresh():
    return [Base(), Left(), Right(), Both()]


things = fresh()
for _ in range(4):
    print(walk(things, 3000), walk(fresh(), 3000))
things += [Left(), Both()]
things[-1].before = 0
things[-2].__class__ = Base
print(walk(things, 3000))

# What super() finds changes: behind, at the side, not at all.
Base.area = lambda self: 5
print(walk(things, 3000))
Left.area = lambda self: super(Left, self).area() - 1
print(walk(things, 3000))
del Right.area
print(walk(things, 3000))
Right.area = lambda self: 7
print(walk(things, 3000))
Left.__bases__ = (Right,)
print(walk(things, 3000), [c.__name__ for c in Both.__mro__])
del Base.area
try:
    print(walk(things, 3000))
except AttributeError as error:
    print(error)
Base.area = lambda self: 2.5
print(walk(things, 3000))


# Self is not always what the method was found on.
class Other:
    unit = 2
    base = 4

    def area(self):
        return Left.area(self)

    def describe(self):
        return self.unit


try:
    print(walk([Both(), Other()], 100))
except (TypeError, AttributeError) as error:
    print(type(error).__name__, error)


# __setattr__
class Logged:
    log = 0

    def __init__(self):
        self.value = 0

    def __setattr__(self, name, value):
        Logged.log += 1
        super().__setattr__(name, value)


class Checked:
    def __init__(self):
        self.value = 0

    def __setattr__(self, name, value):
        if type(value) is str:
            raise TypeError(name)
        object.__setattr__(self, name, value)
        return "ignored"


def store(thing, count, value=None):
    for i in range(count):
        thing.value = i if value is None else value
    return thing.value


for _ in range(3):
    print(store(Logged(), 2000), Logged.log, store(Checked(), 2000))
checked = Checked()
try:
    store(checked, 1, "text")
except TypeError as error:
    print("TypeError", error)
checked.other = 5
print(store(checked, 2000), vars(checked))
Checked.value = property(lambda self: "read", lambda self, value: None)
print(store(checked, 2000))
del Checked.value
print(store(checked, 2000))
del Checked.__setattr__
print(store(checked, 3, "text"))
Logged.__setattr__ = lambda self, name, value: object.__setattr__(self, name, (value,))
print(store(Logged(), 2000), Logged.log)


# Slots, frozen dataclasses, object.__init__ with arguments.
import dataclasses


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: int
    y: int = 2


class Slotted:
    __slots__ = ("value",)

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)


def frozen(count):
    total = 0
    for i in range(count):
        total += Frozen(i).x + Frozen(i, 3).y
    return total


print(frozen(3000), store(Slotted(), 3000))
try:
    Frozen(1).x = 2
except dataclasses.FrozenInstanceError as error:
    print(type(error).__name__, error)
try:
    object.__setattr__(Slotted(), "missing", 1)
except AttributeError as error:
    print(error)
try:
    object.__setattr__(Base, "unit", 1)
except TypeError as error:
    print(error)
try:
    object().__init__(1)
except TypeError as error:
    print(error)
