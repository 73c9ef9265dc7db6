"""Slices of one list assigned, copied, multiplied and deleted: whoever copies sees a whole assignment."""
from _harness import check, hammer

items = [0] * 64


def assign(index):
    items[:] = [index] * (32 + 8 * index)


def copy(index):
    for seen in (list(items), items[:], items.copy(), tuple(items), items + []):
        check(len(set(seen)) <= 1, seen)
        check(not seen or len(seen) in (64, 32 + 8 * seen[0]), seen)


def change_in_place(index):
    items.reverse()
    items.sort()
    check(len(set(items[5:9])) <= 1)


hammer(assign, copy, assign, change_in_place)
