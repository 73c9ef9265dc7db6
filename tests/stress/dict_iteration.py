"""Iterating over a dict and a set that others change: RuntimeError, or only keys that were there."""
from _harness import check, hammer

table = dict.fromkeys(range(100), 0)
numbers = set(range(100))


def change(index):
    for number in range(100, 140):
        table[number, index] = 0
        numbers.add((number, index))
    for number in range(100, 140):
        del table[number, index]
        numbers.discard((number, index))


def iterate(index):
    for source in (table, numbers, table.items(), reversed(table)):
        try:
            seen = []
            for key in source:
                seen.append(key)
        except RuntimeError as error:
            check("changed" in str(error) or "mutated" in str(error), error)
        if source is not numbers:  # (a set's table may be laid out anew)
            stable = [key for key in seen if isinstance(key, int)]
            check(len(stable) == len(set(stable)), "a key twice")


hammer(change, iterate)
check(sorted(table) == list(range(100)))
check(numbers == set(range(100)))
