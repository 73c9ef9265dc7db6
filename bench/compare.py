"""Compares two files of bench/run.py --json and names the programs that became slower.

    ./dev bench compare old.json new.json

A program's figure is Krait's median time, divided by CPython's in the same file where that is there, so that a busier or other machine
does not count. It is slower when the figure grew by more than the threshold and by more than the samples scatter. Exit status 1 then.
"""

import argparse
import json
import math
import statistics
import sys


def scatter(times):
    """How far the median is to be trusted, as a share of it: from the median distance of the samples."""
    middle = statistics.median(times)
    distance = statistics.median(abs(time - middle) for time in times)
    return 1.5 * distance / middle / math.sqrt(len(times))


def figure(by_engine, engine, reference):
    """The engine's time relative to the reference, and how uncertain it is."""
    times = [sample["wall"] for sample in by_engine[engine]]
    if not times:
        return None
    value, uncertainty = statistics.median(times), scatter(times)
    if reference:
        times = [sample["wall"] for sample in by_engine.get(reference, [])]
        if not times:
            return None
        value /= statistics.median(times)
        uncertainty = math.hypot(uncertainty, scatter(times))
    return value, uncertainty


def main():
    parser = argparse.ArgumentParser(description="Names the programs that became slower between two measurements.")
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--engine", default="krait")
    parser.add_argument("--reference", default="cpython", help="divide by this engine's time; '' for none")
    parser.add_argument("--threshold", type=float, default=0.05, help="growth that is tolerated (default: 0.05)")
    options = parser.parse_args()
    files = []
    for path in (options.old, options.new):
        with open(path, encoding="utf-8") as file:
            files.append(json.load(file)["samples"])
    old, new = files

    slower, ratios = [], []
    print(f"{'program':24}{'old':>10}{'new':>10}{'change':>10}{'noise':>10}")
    for name in sorted(old.keys() & new.keys()):
        before = figure(old[name], options.engine, options.reference)
        after = figure(new[name], options.engine, options.reference)
        if before and not after:
            slower.append(name)
            print(f"{name:24}{before[0]:10.4f}{'-':>10}  no longer runs")
        if not before or not after:
            continue
        change = after[0] / before[0] - 1
        noise = 3 * math.hypot(before[1], after[1])
        ratios.append(after[0] / before[0])
        verdict = ""
        if change > max(options.threshold, noise):
            verdict = "  SLOWER"
            slower.append(name)
        elif -change > max(options.threshold, noise):
            verdict = "  faster"
        print(f"{name:24}{before[0]:10.4f}{after[0]:10.4f}{change:+10.1%}{noise:10.1%}{verdict}")
    if not ratios and not slower:
        sys.exit("the files have no program in common that both measured")
    if ratios:
        print(f"all: {math.exp(statistics.fmean(map(math.log, ratios))) - 1:+.1%}")
    print(f"{len(slower)} slower: {' '.join(slower)}" if slower else "none slower")
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
