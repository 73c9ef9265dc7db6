# Fields of namedtuples in hot code: other classes, short tuples made behind the class's back, getters that change or move.
import collections

TIMES = 4000
Point = collections.namedtuple("Point", "x y")
Wide = collections.namedtuple("Wide", "a b y")


class Named(Point):
    @property
    def y(self):
        return "property"


class Attributes(Point):
    pass


def total(points):
    result = 0
    for _ in range(TIMES // 8):
        for point in points:
            result += point.x * 2 - point.y
    return result


def last(points):
    return [point.y for point in points]


def hot(function, points):
    for _ in range(300):
        result = function(points)
    return result


points = [Point(number, number * 1.5) for number in range(8)]
print(total(points), total(points), hot(last, points))
print(hot(last, [Point("a", "b"), Wide(1, 2, 3), Named(4, 5), Attributes(6, 7)] * 3))

# The tuple has no such item.
short = tuple.__new__(Point, (1,))


def field(point):
    return point.y


hot(field, points[1])
for point in (points[2], short, tuple.__new__(Point, ()), (1, 2)):
    try:
        print(field(point))
    except (IndexError, AttributeError) as error:
        print(type(error).__name__, error)
try:
    points[0].y = 3
except AttributeError as error:
    print(error)

# The getter on a class that is no tuple.
class Other:
    y = Point.y


hot(field, points[1])
try:
    field(Other())
except TypeError as error:
    print(error)


# The class changes while the loop runs.
def changing(points, change):
    seen = []
    for number in range(TIMES):
        for point in points:
            value = point.y
        if number == TIMES // 2:
            change()
        if not seen or seen[-1] != value:
            seen.append(value)
    return seen


print(changing(points, lambda: setattr(Point, "y", Point.x)))
print(changing(points, lambda: setattr(Point, "y", property(lambda self: len(self)))))
print(changing(points, lambda: delattr(Point, "y") or setattr(Point, "y", 17)))
print(hot(last, [Named(4, 5), Attributes(6, 7)]))
