# arguments: 40
# short: 70 230
"""Conway's game twice: as a set of live cells without bounds, and as a wrapped board of lists."""

import sys
from collections import Counter

SIZE = 900


def next_cells(cells):
    neighbours = Counter((x + dx, y + dy) for x, y in cells for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy)
    return {cell for cell, count in neighbours.items() if count == 3 or count == 2 and cell in cells}


def next_board(board):
    height, width = len(board), len(board[0])
    result = []
    for y in range(height):
        above, row, below = board[y - 1], board[y], board[(y + 1) % height]
        line = []
        for x in range(width):
            left, right = x - 1, (x + 1) % width
            count = above[left] + above[x] + above[right] + row[left] + row[right] + below[left] + below[x] + below[right]
            line.append(1 if count == 3 or count == 2 and row[x] else 0)
        result.append(line)
    return result


ACORN = {(0, 2), (1, 0), (1, 2), (3, 1), (4, 2), (5, 2), (6, 2)}


def main(generations):
    cells = ACORN
    for _ in range(generations):
        cells = next_cells(cells)
    xs, ys = zip(*cells)
    print(len(cells), min(xs), max(xs), min(ys), max(ys))

    size = 64
    board = [[(x * 7 + y * 13 + x * y) % 5 == 0 for x in range(size)] for y in range(size)]
    for _ in range(generations // 2):
        board = next_board(board)
    print(sum(map(sum, board)))
    for row in board[::4]:
        print("".join(".#"[cell] for cell in row))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
