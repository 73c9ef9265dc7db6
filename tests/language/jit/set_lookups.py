"""`in` of sets in hot code: ints that are there, are missing, collide, have been removed; keys that equal ints; what is no set."""

import threading


class Odd(set):
    def __contains__(self, item):
        return "asked" if item == 1 else False


class Equal:
    def __init__(self, number):
        self.number = number

    def __hash__(self):
        return hash(self.number)

    def __eq__(self, other):
        return self.number == other


def look(container, items, times):
    for _ in range(times):
        found = [item in container for item in items], [item not in container for item in items]
    return found


def count(container, times):
    total = 0
    for number in range(times):
        if number % 300 in container:
            total += 1
    return total


large = [2**60 - 1, 2**60, 2**61 - 2, 2**61 - 1, 2**61, -(2**61), -(2**61) + 1, 2**62, -1, -2, 0, 1, 8, 16, 64, 72]
sets = [set(), frozenset(), {0}, {1, 2, 3}, {8, 16, 24, 32, 40}, {-1, -2}, {-2}, set(large), frozenset(large), {2**61 - 1}, {0, 2**61 - 1},
        {True, 2.0, 2**70, "a", None}, {Equal(5), Equal(64)}, {1.5}]
removed = set(range(20))
for number in range(0, 20, 3):
    removed.discard(number)
sets.append(removed)
items = [*large, True, False, 1.0, 2.0, 1.5, "a", None, 5, 7, 3, 19, -3, (1,)]
for each in sets:
    first, second = look(each, items, 400)
    print("".join("01"[found] for found in first), first == [not found for found in second])
print(count({1, 5, 299}, 30000), count(frozenset(range(0, 300, 7)), 30000), count(set(), 3000))
print([count(other, 3000) for other in ([1, 2], (1, 2), {1: 2}, range(5), {1, 2}, Odd({7}), Odd())])
try:
    print(look({1}, [[]], 2))
except TypeError as error:
    print(error)


def while_it_changes(times):
    changing, seen = set(), 0
    for number in range(times):
        seen += number in changing
        changing.add(number)
        seen += (number in changing) + (number - 5 in changing)
        if number % 3:
            changing.remove(number)
        if number % 1000 == 999:
            changing.clear()
    return seen, len(changing)


print(while_it_changes(20000))
shared, wrong = set(range(0, 1000, 2)), []


def read():
    for _ in range(200):
        for number in range(0, 1000, 2):
            if number not in shared or number + 1001 in shared:
                wrong.append(number)


def change():
    for turn in range(200):
        for number in range(1, 200, 2):
            shared.add(number)
        for number in range(1, 200, 2):
            shared.discard(number)


threads = [threading.Thread(target=target) for target in (read, change, read)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(wrong, len(shared))
