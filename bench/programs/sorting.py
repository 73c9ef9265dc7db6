# arguments: 1200
# short: 2800 11000
"""Sorting: the built-in one with keys of all kinds, and five algorithms written out."""

import functools
import random
import sys

SIZE = 80000


def quicksort(values, low, high):
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while pivot < values[j]:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if j - low < high - i:
            quicksort(values, low, j)
            low = i
        else:
            quicksort(values, i, high)
            high = j


def heapsort(values):
    size = len(values)

    def sift(root, end):
        while 2 * root + 1 < end:
            child = 2 * root + 1
            if child + 1 < end and values[child] < values[child + 1]:
                child += 1
            if values[root] >= values[child]:
                return
            values[root], values[child] = values[child], values[root]
            root = child

    for root in range(size // 2 - 1, -1, -1):
        sift(root, size)
    for end in range(size - 1, 0, -1):
        values[0], values[end] = values[end], values[0]
        sift(0, end)


def merge_sort(values):
    if len(values) < 2:
        return values
    middle = len(values) // 2
    left, right = merge_sort(values[:middle]), merge_sort(values[middle:])
    result = []
    i = j = 0
    while i < len(left) and j < len(right):
        if right[j] < left[i]:
            result.append(right[j])
            j += 1
        else:
            result.append(left[i])
            i += 1
    return result + left[i:] + right[j:]


def insertion_sort(values):
    for i in range(1, len(values)):
        value = values[i]
        j = i - 1
        while j >= 0 and values[j] > value:
            values[j + 1] = values[j]
            j -= 1
        values[j + 1] = value


def radix_sort(values):
    for shift in range(0, 32, 8):
        buckets = [[] for _ in range(256)]
        for value in values:
            buckets[(value >> shift) & 255].append(value)
        values = [value for bucket in buckets for value in bucket]
    return values


@functools.total_ordering
class Version:
    def __init__(self, text):
        self.parts = tuple(map(int, text.split(".")))

    def __eq__(self, other):
        return self.parts == other.parts

    def __lt__(self, other):
        return self.parts < other.parts


def main(size):
    source = random.Random(5)
    numbers = [source.getrandbits(31) for _ in range(size)]
    expected = sorted(numbers)
    quick = numbers[:]
    quicksort(quick, 0, size - 1)
    heap = numbers[:]
    heapsort(heap)
    short = numbers[: size // 60]
    insertion_sort(short)
    print(quick == expected, heap == expected, merge_sort(numbers) == expected, radix_sort(numbers) == expected)
    print(short == sorted(numbers[: size // 60]))

    words = ["%x" % number for number in numbers]
    print(sorted(words)[0], sorted(words, key=len)[0], sorted(words, key=lambda word: (len(word), word[::-1]), reverse=True)[0])
    floats = sorted(number / 7.0 for number in numbers)
    print("%.4f" % floats[size // 3])
    pairs = sorted(zip(words, numbers), key=lambda pair: -pair[1])
    print(pairs[0], pairs[-1])
    versions = [Version("%d.%d.%d" % (n % 5, n // 7 % 13, n % 101)) for n in numbers[: size // 6]]
    print(max(versions).parts, sorted(versions)[size // 12].parts)
    compared = sorted(numbers[: size // 4], key=functools.cmp_to_key(lambda a, b: (a % 1000 - b % 1000) or (a > b) - (a < b)))
    print(compared[0], compared[-1])
    nearly = expected[:]
    for i in range(0, size - 10, 100):
        nearly[i], nearly[i + 7] = nearly[i + 7], nearly[i]
    print(sorted(nearly) == expected, sorted(nearly, reverse=True)[-1])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
