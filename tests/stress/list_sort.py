"""Sorting one list in several threads while others append: ValueError, or a permutation of what was there."""
from _harness import check, hammer

items = list(range(200))
added = []


def sort(index):
    try:
        items.sort(key=lambda item: (item * 7919 + index) % 1009)
    except ValueError as error:
        check("modified" in str(error), error)


def look(index):
    seen = list(items)
    check(len(seen) == len(set(seen)), "an item twice")
    check(all(0 <= item < 200 for item in seen))


def private(index):
    own = [(item * 7919 + index) % 1009 for item in range(300)]
    expected = sorted(own)
    own.sort(key=lambda item: -item, reverse=True)
    check(own == expected)


hammer(sort, look, private)
check(sorted(items) == list(range(200)), len(items))
