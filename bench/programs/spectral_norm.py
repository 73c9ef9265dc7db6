# arguments: 20
# short: 130 240
"""The largest singular value of an infinite matrix, cut off, by power iteration: nested loops over floats and ints."""

import math
import sys

SIZE = 600


def element(row, column):
    diagonal = row + column
    return 1.0 / (diagonal * (diagonal + 1) // 2 + row + 1)


def times(vector):
    size = len(vector)
    result = []
    for row in range(size):
        total = 0.0
        for column in range(size):
            total += element(row, column) * vector[column]
        result.append(total)
    return result


def transposed_times(vector):
    size = len(vector)
    result = []
    for row in range(size):
        total = 0.0
        for column in range(size):
            total += element(column, row) * vector[column]
        result.append(total)
    return result


def main(size):
    vector = [1.0] * size
    for _ in range(6):
        image = transposed_times(times(vector))
        vector = image
        length = math.sqrt(sum(x * x for x in vector))
        vector = [x / length for x in vector]
    image = transposed_times(times(vector))
    print("%.9f" % math.sqrt(sum(a * b for a, b in zip(vector, image))))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
