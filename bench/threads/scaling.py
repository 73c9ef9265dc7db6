"""Throughput of two threads over that of one, for work on private and on shared objects.

    scaling.py [--runs N] [--seconds S] [--patience N] [--engine PATH] [WORKLOAD...]

2.00 would be perfect on two idle cores. What the machine really gives is measured in the same rounds by two processes
that do the same work, one thread each: that is the ceiling. Printed are medians: two threads over one, two processes
over one, the first over the second; then two threads over one without the time for which a thread that could run had to
wait for a processor, because other programs had them (what threads wait for each other is in it), and what is asked.
Without --engine the interpreter that runs this file is measured.

Virtual machines do not always have two cores: sometimes both of their processors are one core's. With --patience a round
counts only if two processes that do something else (the same for all workloads) reach 1.9 times one of them both before
and after it; rounds that do not count are made again, up to so many for each that is wanted. `rounds` says how many
counted, of how many.
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


class Calibration:
    """Two processes that tell whether the machine has two cores for us just now."""
    ENOUGH = 1.9

    def __init__(self):
        command = [sys.executable, "-B", os.path.abspath(__file__), "--calibrate"]
        self.workers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]
        self.n = min(int(worker.stdout.readline()) for worker in self.workers)

    def seconds(self, workers):
        start = time.perf_counter()
        for worker in workers:
            worker.stdin.write(b"%d\n" % self.n)
            worker.stdin.flush()
        for worker in workers:
            worker.stdout.readline()
        return time.perf_counter() - start

    def has_two_cores(self):
        alone = sum(self.seconds([worker]) for worker in self.workers)
        return alone / self.seconds(self.workers) >= self.ENOUGH

    def close(self):
        for worker in self.workers:
            worker.communicate()


def be_calibrated():
    """Works as often as each line of the input says; prints first how often takes 40 ms, and a line when it has."""
    items = list(range(1024))

    def work(n):
        mixed = 0
        for i in range(n):
            mixed = (mixed ^ items[i & 1023]) + (items[(i * 7) & 1023] >> 1) & 0xFFFFFF

    warm, taken = time.perf_counter() + 0.6, 1.0
    while time.perf_counter() < warm:
        start = time.perf_counter()
        work(20_000)
        taken = min(taken, time.perf_counter() - start)
    print(int(20_000 * 0.04 / taken), flush=True)
    for line in sys.stdin:
        work(int(line))
        print("done", flush=True)


def measure_round(work, n):
    single, double = [], []
    one = in_threads(work, 1, n, single)
    two = in_threads(work, 2, n, double)
    again = in_threads(work, 1, n, single)
    both = in_processes(sys.executable, work.__name__, n)
    alone = (one + again) / 2
    return 2 * alone / two, 2 * alone / both, 2 * statistics.mean(single) / max(double)


def measure(work, seconds, runs, patience):
    """The medians, or None if no round counted; how many rounds counted, and how many there were."""
    in_threads(work, 2, 1000)
    n = 1000
    while (taken := in_threads(work, 1, n)) < seconds / 4:
        n *= 2
    n = int(n * seconds / taken)
    calibration = Calibration() if patience else None
    results, made = [], 0
    while len(results) < runs and made < runs * max(1, patience):
        made += 1
        if calibration and not calibration.has_two_cores():
            time.sleep(0.2)
            continue
        result = measure_round(work, n)
        if not calibration or calibration.has_two_cores():
            results.append(result)
    if calibration:
        calibration.close()
    return [statistics.median(ratios) for ratios in zip(*results)] or None, len(results), made


def main():
    if sys.argv[1:2] == ["--worker"]:
        return be_worker(sys.argv[2], int(sys.argv[3]))
    if sys.argv[1:2] == ["--calibrate"]:
        return be_calibrated()
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3, help="how long one thread works at a time")
    parser.add_argument("--patience", type=int, default=0, help="rounds for each that counts; 0: all count")
    parser.add_argument("--engine")
    parser.add_argument("names", nargs="*", metavar="workload")
    options = parser.parse_args()
    if unknown := set(options.names).difference(work.__name__ for work in WORKLOADS):
        parser.error(f"no such workload: {', '.join(sorted(unknown))}; there are: "
                     + ", ".join(work.__name__ for work in WORKLOADS))
    if options.engine:
        arguments = ["--runs", str(options.runs), "--seconds", str(options.seconds), "--patience", str(options.patience),
                     *options.names]
        sys.exit(subprocess.run([options.engine, "-B", os.path.abspath(__file__), *arguments]).returncode)
    print(f"{'':22} threads  processes  quotient  undisturbed  asked   rounds")
    for work in WORKLOADS:
        if options.names and work.__name__ not in options.names:
            continue
        medians, counted, made = measure(work, options.seconds, options.runs, options.patience)
        asked = SHARED_WRITES.get(work.__name__, 1.85)
        if medians:
            threads, processes, undisturbed = medians
            figures = f"{threads:7.2f}  {processes:9.2f}  {threads / processes:8.2f}  {undisturbed:11.2f}"
        else:
            figures = f"{'the machine never had two cores':40}"
        print(f"{work.__name__:22} {figures}  {asked:5.2f}   {counted} of {made}", flush=True)


main()
