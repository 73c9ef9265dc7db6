# arguments: 40
# short: 100 200
"""The Mandelbrot set, escape times summed by row: float loops without any object."""

import sys

SIZE = 560


def escape_time(cx, cy, limit):
    x = y = 0.0
    for count in range(limit):
        xx = x * x
        yy = y * y
        if xx + yy > 4.0:
            return count
        y = 2.0 * x * y + cy
        x = xx - yy + cx
    return limit


def main(size):
    limit = 100
    shades = " .:-=+*#%@"
    checksum = 0
    for row in range(size):
        cy = 2.4 * row / size - 1.2
        times = [escape_time(3.0 * column / size - 2.2, cy, limit) for column in range(size)]
        for column, time in enumerate(times):
            checksum = (checksum * 31 + time) % 1000000007
        if row % (size // 20 or 1) == 0:
            print("".join(shades[min(time * 10 // limit, 9)] for time in times[:: size // 60 or 1]))
    print(checksum)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
