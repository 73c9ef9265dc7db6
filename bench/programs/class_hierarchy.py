# arguments: 4000
# short: 12000 50000
"""Attribute access of every kind: inheritance, super, properties, descriptors, slots, class and static methods, __getattr__."""

import sys
from functools import cached_property

SIZE = 300000


class Positive:
    """A descriptor that checks what is stored."""

    def __set_name__(self, owner, name):
        self.slot = "_" + name

    def __get__(self, instance, owner):
        if instance is None:
            return self
        return getattr(instance, self.slot)

    def __set__(self, instance, value):
        if value <= 0:
            raise ValueError(value)
        setattr(instance, self.slot, value)


class Shape:
    count = 0
    unit = 1
    size = Positive()

    def __init__(self, size):
        self.size = size
        type(self).count += 1

    def area(self):
        return 0

    def describe(self):
        return self.area() * self.unit

    @property
    def doubled(self):
        return self.size * 2

    @doubled.setter
    def doubled(self, value):
        self.size = value // 2

    @classmethod
    def make(cls, size):
        return cls(size)

    @staticmethod
    def clamp(value):
        return value if value < 1000 else 1000


class Square(Shape):
    def area(self):
        return self.size * self.size

    @cached_property
    def outline(self):
        return 4 * self.size


class Cube(Square):
    unit = 2

    def area(self):
        return 6 * super().area()

    def volume(self):
        return super().area() * self.size


class NamedCube(Cube):
    def __init__(self, size, name):
        super().__init__(size)
        self.name = name

    def area(self):
        return super().area() + len(self.name)


class Point:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)


class Proxy:
    def __init__(self, target):
        self._target = target
        self.calls = 0

    def __getattr__(self, name):
        self.calls += 1
        return getattr(self._target, name)


class Loud:
    def sound(self):
        return "la"


class Low(Loud):
    def sound(self):
        return "lo" + super().sound()


class High(Loud):
    def sound(self):
        return "hi" + super().sound()


class Both(Low, High):
    def sound(self):
        return "bo" + super().sound()


def main(rounds):
    shapes = [Shape(3), Square(4), Cube.make(2), NamedCube(5, "die")]
    total = 0
    for i in range(rounds):
        shape = shapes[i & 3]
        total += shape.describe() + shape.doubled
        total += Shape.clamp(total & 2047)
        if i % 16 == 0:
            shape.doubled = 2 * (i % 9 + 1)
    print(total)
    cube = shapes[3]
    total = 0
    for i in range(rounds):
        cube.size = i % 7 + 1
        total += cube.volume() - cube.outline
    print(total)
    origin, step = Point(0, 0), Point(1, -2)
    for i in range(rounds):
        origin = origin + step
        if origin == step:
            step = Point(2, 1)
    print(origin.x, origin.y)
    proxy = Proxy(cube)
    total = 0
    for i in range(rounds // 2):
        total += proxy.size + proxy.area()
    print(total, proxy.calls)
    both = Both()
    print(sum(len(both.sound()) for _ in range(rounds // 4)), both.sound())
    for i in range(rounds // 40):
        Square(i + 1)
    print(Shape.count, Square.count, Cube.count, isinstance(cube, Square), issubclass(Both, Loud))
    failures = 0
    for i in range(rounds // 20):
        try:
            cube.size = i % 3 - 1
        except ValueError:
            failures += 1
        failures += hasattr(cube, "missing")
    print(failures, sorted(vars(cube).items()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
