"""Throughput of two threads over that of one, for work on private and on shared objects. 2.0 is perfect on two cores.

usage: scaling.py [WORKLOAD ...]
"""
import statistics
import sys
import threading
import time

SHARED_DICT = {i: i for i in range(1000)}
SHARED_LIST = list(range(1000))


class Point:
    scale = 3

    def __init__(self, x):
        self.x = x

    def scaled(self):
        return self.x * self.scale


SHARED_POINT = Point(7)
COUNTER = 5


def private_ints(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total


def private_floats(n):
    x = 0.5
    for _ in range(n):
        x = x * 1.0000001 + 0.25
    return x


def small_objects(n):
    last = None
    for i in range(n // 4):
        last = Point(i)
    return last.x


def private_containers(n):
    items, table = [], {}
    for i in range(n // 4):
        items.append(i)
        table[i & 255] = i
        if len(items) > 500:
            items.clear()
    return len(table)


def module_globals(n):
    total = 0
    for _ in range(n):
        total += COUNTER
    return total


def shared_dict(n):
    total = 0
    for i in range(n):
        total += SHARED_DICT[i % 1000]
    return total


def shared_list(n):
    total = 0
    for i in range(n):
        total += SHARED_LIST[i % 1000]
    return total


def shared_attribute(n):
    total = 0
    for _ in range(n):
        total += SHARED_POINT.x
    return total


def shared_method(n):
    total = 0
    for _ in range(n // 2):
        total += SHARED_POINT.scaled()
    return total


def formatting(n):
    for i in range(n // 8):
        text = f"{i:5d} {i / 3:.3f}"
    return text


def exceptions(n):
    caught = 0
    for i in range(n // 10):
        try:
            raise ValueError(i)
        except ValueError:
            caught += 1
    return caught


def generators(n):
    return sum(x for x in (y + 1 for y in range(n // 2)) if x & 1)


WORKLOADS = [private_ints, private_floats, small_objects, private_containers, module_globals, shared_dict, shared_list,
             shared_attribute, shared_method, formatting, exceptions, generators]


def timed(work, threads, n):
    workers = [threading.Thread(target=work, args=(n,)) for _ in range(threads)]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - start


def main():
    wanted = set(sys.argv[1:])
    n = 1_000_000
    for work in WORKLOADS:
        if wanted and work.__name__ not in wanted:
            continue
        work(n // 10)
        ratios = []
        for _ in range(5):
            one = timed(work, 1, n)
            two = timed(work, 2, n)
            ratios.append(2 * one / two)
        print(f"{work.__name__:20} {statistics.median(ratios):.2f}", flush=True)


main()
