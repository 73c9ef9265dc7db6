# arguments: 20
# short: 110 180
"""Linear equations by LU decomposition with partial pivoting: floats in lists of lists, index arithmetic."""

import sys

SIZE = 340


def make_matrix(size, seed):
    values = []
    for _ in range(size):
        row = []
        for _ in range(size):
            seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
            row.append(seed / 0x7FFFFFFF - 0.5)
        values.append(row)
    return values


def decompose(matrix):
    """Overwrites the matrix with L and U; the order of the rows and the sign of the permutation."""
    size = len(matrix)
    order = list(range(size))
    sign = 1
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(matrix[row][column]))
        if pivot != column:
            matrix[pivot], matrix[column] = matrix[column], matrix[pivot]
            order[pivot], order[column] = order[column], order[pivot]
            sign = -sign
        top = matrix[column]
        divisor = top[column]
        for row in range(column + 1, size):
            current = matrix[row]
            factor = current[column] / divisor
            current[column] = factor
            for k in range(column + 1, size):
                current[k] -= factor * top[k]
    return order, sign


def solve(matrix, order, right):
    size = len(matrix)
    result = [right[row] for row in order]
    for i in range(size):
        row = matrix[i]
        total = result[i]
        for k in range(i):
            total -= row[k] * result[k]
        result[i] = total
    for i in range(size - 1, -1, -1):
        row = matrix[i]
        total = result[i]
        for k in range(i + 1, size):
            total -= row[k] * result[k]
        result[i] = total / row[i]
    return result


def main(size):
    original = make_matrix(size, 42)
    matrix = [row[:] for row in original]
    order, sign = decompose(matrix)
    determinant = float(sign)
    for i in range(size):
        determinant *= matrix[i][i]
    print("determinant %.6e" % determinant)
    worst = 0.0
    for number in range(5):
        right = [float((i * (number + 3)) % 11) for i in range(size)]
        solution = solve(matrix, order, right)
        for row, wanted in zip(original, right):
            worst = max(worst, abs(sum(a * b for a, b in zip(row, solution)) - wanted))
        print("solution %.8f %.8f" % (solution[0], solution[-1]))
    print("exact", worst < 1e-8)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
