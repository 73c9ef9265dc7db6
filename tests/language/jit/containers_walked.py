# Containers that change while a hot loop walks over them, and iterators of changing kinds.
TIMES = 4000


def walk_list(change_at, change):
    items, seen = list(range(TIMES)), 0
    for number, item in enumerate(items):
        seen += item
        if number == change_at:
            change(items)
    return number, seen, len(items)


print("grows", walk_list(3000, lambda items: items.extend([5] * 10)))
print("shrinks", walk_list(3000, lambda items: items.__delitem__(slice(3500, None))))
print("cleared", walk_list(3000, lambda items: items.clear()))
print("other types", walk_list(3000, lambda items: items.__setitem__(slice(3100, 3200), [0.5] * 100)))
print("replaced", walk_list(3000, lambda items: items.__setitem__(slice(None), range(3500))))
print("inserted before", walk_list(3000, lambda items: items.insert(0, 100)))
try:
    walk_list(3000, lambda items: items.__setitem__(3500, "text"))
except TypeError as error:
    print(error)


def walk_dict(change_at, change, way):
    items, count = dict.fromkeys(range(TIMES), 1), 0
    try:
        for item in getattr(items, way)():
            count += 1
            if count == change_at:
                change(items)
    except RuntimeError as error:
        return count, str(error)
    return count, len(items)


for way in ("keys", "values", "items", "__iter__"):
    print(way, "grows", walk_dict(3000, lambda items: items.update({-1: 0}), way))
    print(way, "shrinks", walk_dict(3000, lambda items: items.pop(3500), way))
    print(way, "overwritten", walk_dict(3000, lambda items: items.update({3500: "new"}), way))
    print(way, "exchanged", walk_dict(3000, lambda items: (items.pop(3500), items.update({9999: 1})), way)[0] >= 3000)
    print(way, "cleared", walk_dict(3000, lambda items: items.clear(), way))


def walk_set(change):
    items, count = set(range(TIMES)), 0
    try:
        for item in items:
            count += 1
            if count == 3000:
                change(items)
    except RuntimeError as error:
        return count, str(error)
    return count


print(walk_set(lambda items: items.add(-5)), walk_set(lambda items: items.discard(5)), walk_set(lambda items: None))


class Counted:
    def __init__(self, stop):
        self.number, self.stop = 0, stop

    def __iter__(self):
        return self

    def __next__(self):
        self.number += 1
        if self.number > self.stop:
            raise StopIteration
        return self.number


def generate(stop):
    for number in range(stop):
        yield number


def total(iterable):
    result = 0
    for item in iterable:
        result += item
    return result


# One loop meets every kind of iterable, each after it is hot with the one before.
for _ in range(3):
    for make in (lambda: range(500), lambda: list(range(500)), lambda: tuple(range(500)), lambda: Counted(500), lambda: generate(500)):
        print([total(make()) for _ in range(6)][-1])
    print(total(dict.fromkeys(range(500))), total({1: 2}.values()), total(map(int, "12345")), total(zip()), total(b"abc"))
    print(total(range(500, 0, -3)), total(range(0)), total(range(2**62, 2**62 + 3)), total(iter([1.5, 2.5])))


# __next__ replaced in the middle.
def walk_counted():
    counted, result = Counted(TIMES), 0
    for number in counted:
        result += number
        if number == 3000:
            Counted.__next__ = lambda self: original(self) * 1.0
    return result


original = Counted.__next__
print(walk_counted())
Counted.__next__ = original


# The list under a hot while loop that takes items away, and an index loop whose list is replaced.
def drain(items):
    result = 0
    while items:
        item = items.pop()
        result += item
        if len(items) == 1000 and not any(isinstance(item, float) for item in items):
            items[10] = 0.5
    return result


print(drain(list(range(TIMES))))


def index_loop():
    items, result = list(range(100)), 0
    for number in range(TIMES):
        result += items[number % len(items)]
        if number == 2500:
            items = tuple(range(7))
        if number == 3000:
            items = [2**61] * 5
    return result


print(index_loop(), index_loop())
