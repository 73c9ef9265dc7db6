"""Operations on two dicts and two sets in both directions: no deadlock, no key from nowhere."""
from _harness import check, hammer

a = {number: "a" for number in range(50)}
b = {number: "b" for number in range(25, 75)}
s, t = set(range(50)), set(range(25, 75))


def dicts(index):
    first, second = (a, b) if index % 2 else (b, a)
    first.update(second)
    check(set((first | second).values()) <= {"a", "b"})
    first == second
    second |= first
    check(dict(first).keys() <= set(range(75)))
    first.keys() & second.keys()
    first.items() ^ second.items()


def sets(index):
    first, second = (s, t) if index % 4 else (t, s)
    first |= second
    first & second, first - second, first ^ second, first <= second, first == second
    first.update(second, first)
    first.intersection_update(range(75))
    second.difference_update({index})
    check(first | second <= set(range(75)))


def lists(index):
    first = [index] * 10
    first.extend(first)
    first += first
    check(first == [index] * 40)


hammer(dicts, sets, lists)
