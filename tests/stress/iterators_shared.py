"""Iterators shared by all threads: nothing invented, and what CPython does in one step gives each item once."""
import itertools
from _harness import check, hammer, THREADS

SIZE = 2000
DIFFERENCES = {"enumerate": 0, "zip": 0, "zip_longest": 0, "pairwise": 1, "nested": 0}  # of the pairs' numbers
SIZES = {"combinations": (64 * 63 // 2, 64 * 63 // 2 - 1), "permutations": (46 * 45, 46 * 45 - 1)}


numbers = list(range(SIZE))
teed, twin = itertools.tee(numbers)


def kinds():
    return {
        "list": (iter(numbers), True), "tuple": (iter(tuple(numbers)), True), "range": (iter(range(SIZE)), True),
        "reversed": (reversed(numbers), True), "dict": (iter(dict.fromkeys(numbers)), True),
        "set": (iter(set(numbers)), True), "bytes": (iter(bytes(250)), False),
        "islice": (itertools.islice(itertools.count(), SIZE), True), "chain": (itertools.chain(*([number] for number in numbers)), True),
        "map": (map(int, numbers), True), "filter": (filter(None, numbers), True),
        "enumerate": (enumerate(numbers), True), "zip": (zip(numbers, range(SIZE)), True),
        "cycle": (itertools.islice(itertools.cycle([1, 2, 3]), SIZE), False),
        "accumulate": (itertools.accumulate(numbers), True), "repeat": (itertools.repeat(7, SIZE), False),
        "product": (itertools.product(range(50), range(40)), True), "combinations": (itertools.combinations(range(64), 2), True),
        "permutations": (itertools.permutations(range(46), 2), True), "pairwise": (itertools.pairwise(numbers), True),
        "takewhile": (itertools.takewhile(lambda n: True, numbers), False), "starmap": (itertools.starmap(max, zip(numbers, numbers)), False),
        "nested": (itertools.islice(zip(itertools.count(), itertools.islice(iter(numbers), SIZE)), SIZE), True), "zip_longest": (itertools.zip_longest(numbers, numbers), True), "compress": (itertools.compress(numbers, numbers), True),
        "groupby": (itertools.groupby(numbers), False), "tee": (teed, True),
        "callable": (iter(itertools.count().__next__, SIZE), False), "str": (iter("abc" * 500), False),
        "bytearray": (iter(bytearray(500)), False), "memoryview": (iter(memoryview(bytes(500))), False),
        "reversed_dict": (reversed(dict.fromkeys(numbers)), True), "items": (iter(dict.fromkeys(numbers, 1).items()), True),
    }


current = kinds()
seen = {name: [[] for _ in range(THREADS)] for name in current}
counter = itertools.count()
counted = [[] for _ in range(THREADS)]


def work(index):
    for name, (iterator, _) in current.items():
        for _ in range(20):
            item = next(iterator, None)
            if item is not None:
                seen[name][index].append(item)
    for _ in range(100):
        counted[index].append(next(counter))


hammer(work)
check(list(twin) == list(range(SIZE)), "the other iterator of tee")
for name, (iterator, exact) in current.items():
    if not exact:
        continue
    rest = list(iterator)
    everything = [item for own in seen[name] for item in own] + rest
    check(len(everything) == len(set(everything)), name, "an item twice")
    check(len(everything) in SIZES.get(name, (SIZE, SIZE - 1)), name, len(everything))
    if name in DIFFERENCES:
        check(all(b - a == DIFFERENCES[name] for a, b in everything), name, "partners shuffled")
numbers = sorted(number for own in counted for number in own)
check(numbers == list(range(len(numbers))), "itertools.count")
