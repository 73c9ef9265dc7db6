# arguments: 6
# short: 9 10
"""Queens that do not attack each other: with bits, with sets and generators, and by permutations."""

import itertools
import sys

SIZE = 11


def count_with_bits(size):
    everything = (1 << size) - 1

    def place(columns, left, right):
        if columns == everything:
            return 1
        total = 0
        free = everything & ~(columns | left | right)
        while free:
            bit = free & -free
            free ^= bit
            total += place(columns | bit, (left | bit) << 1, (right | bit) >> 1)
        return total

    return place(0, 0, 0)


def solutions(size, row=0, columns=frozenset(), rising=frozenset(), falling=frozenset()):
    if row == size:
        yield ()
        return
    for column in range(size):
        if column not in columns and row + column not in rising and row - column not in falling:
            for rest in solutions(size, row + 1, columns | {column}, rising | {row + column}, falling | {row - column}):
                yield (column, *rest)


def by_permutations(size):
    for order in itertools.permutations(range(size)):
        if len({row + column for row, column in enumerate(order)}) == size == len({row - column for row, column in enumerate(order)}):
            yield order


def main(size):
    print(size + 1, count_with_bits(size + 1))
    found = list(solutions(size - 1))
    print(size - 1, len(found), found[0], found[-1])
    few = list(by_permutations(size - 2))
    print(size - 2, len(few), few == list(solutions(size - 2)))
    for column in found[len(found) // 2]:
        print("." * column + "Q" + "." * (size - 2 - column))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
