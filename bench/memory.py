#!/usr/bin/env python3
"""Resident bytes an object, a million of each: `./dev bench memory`.

Runs itself with Krait and CPython, once for each kind of object, and prints a table. With the name of a kind as argument it makes a
million of that kind, in a list, and prints by how many bytes each has increased the process's resident memory; the list's own eight
bytes an item count, and so do the ints that the objects refer to. Some are made before and dropped again, so that what the allocator
needs once is there; and Krait's compiler is off, which takes some forty megabytes as soon as anything is hot.
"""

import gc
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
COUNT = 1_000_000


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y


class Slotted:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y


KINDS = {
    "instance with two attributes": lambda i: Point(i, i + 1),
    "instance with two slots": lambda i: Slotted(i, i + 1),
    "float": lambda i: i + 0.5,
    "int": lambda i: i + 1000,
    "tuple of two": lambda i: (i, i + 1),
    "dict of two": lambda i: {"x": i, "y": 2},
    "list of two": lambda i: [i, 2],
    "str of seven characters": lambda i: str(i + 1_000_000),
}


def resident_bytes():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def fill(make, count):
    items = [None] * count
    for i in range(count):
        items[i] = make(i)
    return items


def measure(make):
    for _ in range(3):
        fill(make, COUNT // 10)
    before = resident_bytes()
    items = fill(make, COUNT)
    print((resident_bytes() - before) / len(items))


def main():
    interpreters = {"Krait": [ROOT / "build" / "krait", "-X", "jit=off"], "CPython": ["/usr/bin/python3.11"]}
    print(f"{'resident bytes, each of a million':36}" + "".join(f"{name:>10}" for name in interpreters))
    for kind in KINDS:
        row = f"{kind:36}"
        for interpreter in interpreters.values():
            answer = subprocess.run([*interpreter, "-B", __file__, kind], capture_output=True, text=True, check=True)
            row += f"{float(answer.stdout):10.1f}"
        print(row)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(KINDS[sys.argv[1]])
    else:
        main()
