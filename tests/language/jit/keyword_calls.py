# Hot calls by keyword: of functions, methods and classes, with defaults in the middle, wrong ones, and when signatures change.
import sys, traceback


def plain(a, b=2, c=3, d=4):
    return a * 1000 + b * 100 + c * 10 + d


def large(a, b=(), c=None):
    total = 0
    for x in b or (a,):
        total += x
        if total > 100:
            total -= 50
        elif total < -100:
            total += 50
        elif total == 77:
            total = 78
        else:
            total ^= 1
    for x in range(3):
        total += x * a
        if c is not None:
            total += c
    return total


def only(a, /, b, *, c=5):
    return a, b, c


def rest(a, b=1, *more, **named):
    return a, b, more, sorted(named)


class Point:
    scale = 2

    def __init__(self, x, y=7, z=9):
        self.x = x
        self.y = y
        self.z = z

    def moved(self, dx=0, dy=0, dz=0):
        return Point(z=self.z + dz, x=self.x + dx, y=self.y + dy)

    @classmethod
    def make(cls, x, y=1):
        return cls(x, y=y)

    @staticmethod
    def add(left, right=3):
        return left + right

    def sum(self):
        return self.x * 100 + self.y * 10 + self.z


def error_of(call):
    try:
        return call()
    except TypeError as error:
        return str(error)


def fail(number, divisor=1):
    return number // divisor


def lines(number):
    try:
        fail(divisor=0, number=number)
    except ZeroDivisionError as error:
        return [(entry.name, entry.lineno - lines.__code__.co_firstlineno) for entry in traceback.extract_tb(error.__traceback__)]


def all_of(number):
    point = Point(y=number, x=1)
    return (
        plain(number, d=1),
        plain(c=number, a=1),
        plain(1, 2, d=3, c=number),
        large(number, c=2),
        large(b=[number, 2, 3], a=1),
        only(number, b=2),
        only(number, c=1, b=3),
        rest(number, b=2, q=3),
        rest(a=number),
        point.moved(dz=number).sum(),
        point.moved(1, dz=2, dy=3).sum(),
        Point.make(x=number).sum(),
        point.make(y=4, x=number).sum(),
        Point.add(right=number, left=1),
        point.add(number, right=1),
        Point.moved(point, dx=5).sum(),
        error_of(lambda: plain(b=1)),
        error_of(lambda: plain(1, a=2)),
        error_of(lambda: plain(1, e=2)),
        error_of(lambda: only(a=1, b=2)),
        error_of(lambda: Point(y=2)),
        error_of(lambda: Point(1, self=2)),
        error_of(lambda: point.moved(self=point)),
        error_of(lambda: point.moved(1, dx=2)),
    )


def run(count):
    digest = 0
    for number in range(count):
        digest = (digest * 31 + hash(str(all_of(number % 10)))) % 1000003
    return digest


for _ in range(3):
    run(400)
    print(all_of(7))
print(lines(3))
plain.__defaults__ = (5, 6, 7)
run(100)
print(all_of(5))
plain.__defaults__ = (8, 9, 10)
run(100)
print(all_of(4))
Point.__init__.__defaults__ = (1, 2)
run(100)
print(all_of(4))


def plain(a, b=9, d=1, c=2):
    return [a, b, c, d]


def changed(self, x, z=0, y=0):
    self.x, self.y, self.z = y, z, x


run(100)
print(all_of(4))
Point.__init__ = changed
for _ in range(3):
    run(100)
    print(all_of(4))
only.__code__ = (lambda a, b, c=5: (c, b, a)).__code__
only.__defaults__ = (6,)
run(100)
print(all_of(4), lines(1))
