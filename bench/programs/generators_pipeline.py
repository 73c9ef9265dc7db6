# arguments: 5000
# short: 35000 150000
"""Streams: chains of generators, yield from over trees, send and close, itertools."""

import itertools
import sys

SIZE = 800000


def numbers(limit):
    state = 1
    for _ in range(limit):
        state = state * 16807 % 2147483647
        yield state


def only(stream, modulus):
    for value in stream:
        if value % modulus:
            yield value


def scaled(stream, factor):
    for value in stream:
        yield value * factor


def chunks(stream, size):
    chunk = []
    for value in stream:
        chunk.append(value)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


class Tree:
    def __init__(self, value):
        self.value = value
        self.left = self.right = None

    def insert(self, value):
        node = self
        while True:
            side = "left" if value < node.value else "right"
            child = getattr(node, side)
            if child is None:
                setattr(node, side, Tree(value))
                return
            node = child

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            yield from self.right


def running_mean():
    total = count = 0
    mean = None
    while True:
        value = yield mean
        total += value
        count += 1
        mean = total // count


def collatz(start):
    while start != 1:
        yield start
        start = start // 2 if start % 2 == 0 else 3 * start + 1
    yield 1


def main(count):
    total = 0
    for chunk in chunks(scaled(only(only(numbers(count), 3), 5), 7), 100):
        total = (total + sum(value & 0xFFFF for value in chunk)) % 1000003
    print(total)

    tree = Tree(1 << 30)
    for value in numbers(count // 20):
        tree.insert(value)
    ordered = list(tree)
    print(len(ordered), ordered == sorted(ordered), ordered[len(ordered) // 2])

    averager = running_mean()
    next(averager)
    mean = 0
    for value in itertools.islice(numbers(count), 0, None, 2):
        mean = averager.send(value)
    averager.close()
    print(mean)

    longest = max(range(1, count // 50), key=lambda n: sum(1 for _ in collatz(n)))
    print(longest, sum(1 for _ in collatz(longest)))

    pairs = itertools.islice(itertools.combinations(range(400), 2), count // 4)
    print(sum(a * b for a, b in pairs))
    merged = itertools.chain.from_iterable(zip(numbers(count // 10), itertools.accumulate(range(count // 10))))
    print(sum(itertools.takewhile(lambda value: value >= 0, merged)) % 1000003)
    groups = itertools.groupby(numbers(count // 5), key=lambda value: value & 1)
    print(max(sum(1 for _ in group) for _, group in groups))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
