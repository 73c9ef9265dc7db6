# arguments: 20
# short: 60 95
"""Products of square matrices as lists of lists, of ints and of floats."""

import sys

SIZE = 190


def product(left, right):
    size = len(left)
    columns = len(right[0])
    result = []
    for i in range(size):
        row_of_left = left[i]
        row = [0] * columns
        for k in range(len(right)):
            factor = row_of_left[k]
            row_of_right = right[k]
            for j in range(columns):
                row[j] += factor * row_of_right[j]
        result.append(row)
    return result


def transpose(matrix):
    return [list(column) for column in zip(*matrix)]


def main(size):
    ints = [[(i * 7 + j * 13) % 19 - 9 for j in range(size)] for i in range(size)]
    square = product(ints, transpose(ints))
    print(sum(square[i][i] for i in range(size)), square[0][size - 1], square[size // 2][size // 3])

    floats = [[1.0 / (i + j + 1) for j in range(size)] for i in range(size)]
    cube = product(product(floats, floats), floats)
    print("%.12f %.12f" % (sum(cube[i][i] for i in range(size)), cube[size - 1][0]))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
