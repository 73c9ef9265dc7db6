"""Throughput of two threads over that of one, for work on private and on shared objects.

    scaling.py [--runs N] [--seconds S] [--engine PATH] [WORKLOAD...]

2.00 would be perfect on two idle cores. What the machine really gives is measured in the same rounds by two processes
that do the same work, one thread each: that is the ceiling. Printed are medians: two threads over one, two processes
over one, the first over the second; then two threads over one without the time for which a thread that could run had to
wait for a processor, because other programs had them (what threads wait for each other is in it), and what is asked.
Without --engine the interpreter that runs this file is measured.
"""
import argparse
import os
import re
import statistics
import subprocess
import sys
import threading
import time

NUMBERS = list(range(1000))
TABLE = {number: number for number in range(1000)}
COUNTER = 5
PATTERN = re.compile(r"(\w+)-(\d+)")


class Point:
    scale = 3
    __slots__ = ("x", "y")

    def __init__(self, x, y=0):
        self.x, self.y = x, y


class Shared:
    scale = 3

    def __init__(self, x):
        self.x = x

    def scaled(self, by=2):
        return self.x * self.scale * by


SHARED = Shared(7)
OBJECTS = [Shared(number) for number in range(100)]
WRITTEN = {}
APPENDED = []


def make_closure(start):
    def add(number, step=1):
        return start + number + step
    return add


CLOSURE = make_closure(10)


def private_ints(n, _):
    total = 0
    for i in range(n * 30):
        total += i * i % 7


def private_floats(n, _):
    x = 0.5
    for i in range(n * 30):
        x = x * 1.0000001 + 0.25


def small_objects(n, _):
    for i in range(n * 6):
        last = Point(i)
        pair = (last, i)


def private_containers(n, _):
    items, table = [], {}
    for i in range(n * 8):
        items.append(i)
        table[i & 255] = i
        if len(items) > 500:
            items.clear()


def module_globals(n, _):
    total = 0
    for i in range(n * 30):
        total += COUNTER


def shared_dict_read(n, _):
    total = 0
    for i in range(n * 15):
        total += TABLE[i % 1000]


def shared_attribute(n, _):
    total = 0
    for i in range(n * 25):
        total += SHARED.x


def shared_method(n, _):
    total = 0
    for i in range(n * 8):
        total += SHARED.scaled()


def shared_objects(n, _):
    total = 0
    for i in range(n // 4):
        for thing in OBJECTS:
            total += thing.x


def closures_and_defaults(n, _):
    total = 0
    for i in range(n * 8):
        total += CLOSURE(i)


def class_attributes(n, _):
    total = 0
    for i in range(n * 20):
        total += Shared.scale


def formatting(n, _):
    for i in range(n * 2):
        text = f"{i:5d} {i / 3:.3f} %s" % i


def matching(n, _):
    for i in range(n):
        PATTERN.search("some text and key-42").group(2)


def sorting(n, _):
    for i in range(n // 30):
        sorted(NUMBERS, key=lambda number: number * 7919 % 1009)


def generators(n, _):
    sum(x for x in (y + 1 for y in range(n * 6)) if x & 1)


def exceptions(n, _):
    for i in range(n * 2):
        try:
            raise ValueError(i)
        except ValueError:
            pass


def shared_dict_write(n, index):
    for i in range(n * 8):
        WRITTEN[index, i & 1023] = i


def shared_list_append(n, index):
    for i in range(n * 8):
        APPENDED.append(i)
    del APPENDED[:]


SHARED_WRITES = {"shared_dict_write": 1.0, "shared_list_append": 0.8}
WORKLOADS = [private_ints, private_floats, small_objects, private_containers, module_globals, shared_dict_read,
             shared_attribute, shared_method, shared_objects, closures_and_defaults, class_attributes, formatting,
             matching, sorting, generators, exceptions, shared_dict_write, shared_list_append]


def delay():
    """Seconds for which this thread has waited for a processor."""
    with open("/proc/thread-self/schedstat") as file:
        return int(file.read().split()[1]) / 1e9


def in_threads(work, count, n, undisturbed=None):
    """Seconds that `count` threads need for `n` units each; undisturbed: a list for what each needed without delay."""
    def run(index):
        delayed, begin = delay(), time.perf_counter()
        work(n, index)
        end = time.perf_counter()
        if undisturbed is not None:
            undisturbed.append(end - begin - (delay() - delayed))

    workers = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - start


def in_processes(engine, name, n):
    """Seconds that two processes need that each do it in one thread; both begin when both are ready."""
    workers = [subprocess.Popen([engine, "-B", os.path.abspath(__file__), "--worker", name, str(n)],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]
    for worker in workers:
        worker.stdout.readline()
    start = time.perf_counter()
    for worker in workers:
        worker.stdin.write(b"go\n")
        worker.stdin.flush()
    for worker in workers:
        worker.stdout.readline()
    seconds = time.perf_counter() - start
    for worker in workers:
        worker.communicate()
    return seconds


def be_worker(name, n):
    work = globals()[name]
    in_threads(work, 1, n // 4)
    print("ready", flush=True)
    sys.stdin.readline()
    in_threads(work, 1, n)
    print("done", flush=True)


def measure(work, seconds, runs):
    in_threads(work, 2, 1000)
    n = 1000
    while (taken := in_threads(work, 1, n)) < seconds / 4:
        n *= 2
    n = int(n * seconds / taken)
    threads, processes, undisturbed = [], [], []
    for _ in range(runs):
        single, double = [], []
        one = in_threads(work, 1, n, single)
        two = in_threads(work, 2, n, double)
        again = in_threads(work, 1, n, single)
        both = in_processes(sys.executable, work.__name__, n)
        alone = (one + again) / 2
        threads.append(2 * alone / two)
        processes.append(2 * alone / both)
        undisturbed.append(2 * statistics.mean(single) / max(double))
    return [statistics.median(ratios) for ratios in (threads, processes, undisturbed)]


def main():
    if sys.argv[1:2] == ["--worker"]:
        return be_worker(sys.argv[2], int(sys.argv[3]))
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3, help="how long one thread works at a time")
    parser.add_argument("--engine")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    if options.engine:
        arguments = ["--runs", str(options.runs), "--seconds", str(options.seconds), *options.names]
        sys.exit(subprocess.run([options.engine, "-B", os.path.abspath(__file__), *arguments]).returncode)
    print(f"{'':22} threads  processes  quotient  undisturbed  asked")
    for work in WORKLOADS:
        if options.names and work.__name__ not in options.names:
            continue
        threads, processes, undisturbed = measure(work, options.seconds, options.runs)
        asked = SHARED_WRITES.get(work.__name__, 1.85)
        print(f"{work.__name__:22} {threads:7.2f}  {processes:9.2f}  {threads / processes:8.2f}  {undisturbed:11.2f}"
              f"  {asked:5.2f}", flush=True)


main()
