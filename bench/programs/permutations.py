# arguments: 6
# short: 7 8
"""Permutations: pancake flips, Heap's algorithm, ranks, cycles, inversions; small lists changed in place."""

import itertools
import sys

SIZE = 9


def heaps_algorithm(size):
    items = list(range(size))
    counters = [0] * size
    yield items
    i = 1
    while i < size:
        if counters[i] < i:
            j = counters[i] if i % 2 else 0
            items[i], items[j] = items[j], items[i]
            yield items
            counters[i] += 1
            i = 1
        else:
            counters[i] = 0
            i += 1


def flips(order):
    """How often the first n items are reversed, n being the first item, until 0 comes to the front."""
    order = order[:]
    count = 0
    first = order[0]
    while first:
        order[: first + 1] = order[first::-1]
        first = order[0]
        count += 1
    return count


def rank(order):
    result, size = 0, len(order)
    for i in range(size):
        smaller = 0
        for j in range(i + 1, size):
            if order[j] < order[i]:
                smaller += 1
        result = result * (size - i) + smaller
    return result


def cycle_lengths(order):
    seen = [False] * len(order)
    lengths = []
    for start in range(len(order)):
        length = 0
        while not seen[start]:
            seen[start] = True
            start = order[start]
            length += 1
        if length:
            lengths.append(length)
    return tuple(sorted(lengths))


def main(size):
    most = total = ranks = 0
    for order in heaps_algorithm(size):
        count = flips(order)
        total += count
        if count > most:
            most = count
    print(most, total)
    types = {}
    for order in heaps_algorithm(size - 1):
        kind = cycle_lengths(order)
        types[kind] = types.get(kind, 0) + 1
        ranks ^= rank(order)
    print(ranks)
    for kind, count in sorted(types.items())[:8]:
        print(kind, count)
    expected = 0
    for number, order in enumerate(itertools.permutations(range(size - 1))):
        expected += rank(order) == number
    print(expected)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
