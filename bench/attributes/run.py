"""Attribute access, one kind a line: nanoseconds with the loop's own cost subtracted, under Krait, CPython and PyPy, and ratios.

`whole` is the ratio to CPython of the whole loops, with nothing subtracted: an attribute that costs CPython a nanosecond of a loop
of 16 can be no ten times as fast as less than nothing, and its own ratio says more about the subtraction than about the access.

    ./dev bench attributes                      all kinds
    ./dev bench attributes 'super()' property   those whose name contains one of these
    ./dev bench attributes --nojit              a column for -X jit=off
    ./dev bench attributes --check 10           exit status 1 if a kind's whole loop is less than that many times as fast as CPython's

Ratios are above 1 where Krait is faster. What cannot be told from the empty loop counts as a tenth of a nanosecond.
"""

import argparse
import json
import math
import pathlib
import shlex
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from kinds import KINDS

KRAIT = str(HERE.parents[1] / "build" / "krait")
ENGINES = {"krait": KRAIT, "nojit": f"{KRAIT} -X jit=off", "cpython": "/usr/bin/python3.11", "pypy": "/usr/bin/pypy3"}
FLOOR = 0.1  # nanoseconds
# Receivers of one shape whose access comes down to a load, a constant or an inlined call; the others are only to be no slower.
SEVERAL_SHAPES = [name for name in KINDS if name.endswith("shapes")]


def run_engine(command, names, options):
    """kind -> nanoseconds, and kind -> result. A process that fails is an error for all."""
    process = subprocess.run(
        [*shlex.split(command), str(HERE / "kinds.py"), str(options.warm), str(options.window), *names], capture_output=True, text=True
    )
    if process.returncode != 0:
        sys.exit(f"{command}: exit status {process.returncode}: {process.stderr.strip().splitlines()[-1:]}")
    rows = [line.split("\t") for line in process.stdout.splitlines()]
    return {name: float(time) for name, time, _ in rows}, {name: result for name, _, result in rows}


def main():
    parser = argparse.ArgumentParser(description="Attribute access under Krait, CPython and PyPy.")
    parser.add_argument("names", nargs="*", help="parts of the names of kinds (default: all)")
    parser.add_argument("--runs", type=int, default=3, help="processes of each engine, in turns; medians count")
    parser.add_argument("--warm", type=float, default=0.15, help="seconds before a kind counts")
    parser.add_argument("--window", type=float, default=0.01, help="seconds of one measurement")
    parser.add_argument("--nojit", action="store_true", help="a column for Krait with -X jit=off")
    parser.add_argument("--engine", action="append", default=[], metavar="NAME=COMMAND", help="another command for an engine, or another engine")
    parser.add_argument("--check", type=float, help="least ratio to CPython of whole loops with one shape; several shapes: 1")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to this file")
    options = parser.parse_args()

    engines = {name: command for name, command in ENGINES.items() if name != "nojit" or options.nojit}
    engines.update(text.split("=", 1) for text in options.engine)
    chosen = [name for name in KINDS if not options.names or any(part in name for part in options.names)]
    if not chosen:
        parser.error(f"no kind is named like that; there are: {', '.join(KINDS)}")
    names = ["empty loop", *(name for name in chosen if name != "empty loop")]

    samples, results = {engine: [] for engine in engines}, {}
    for turn in range(options.runs):
        for engine, command in engines.items():
            times, computed = run_engine(command, names, options)
            samples[engine].append(times)
            if computed != results.setdefault("all", computed):
                wrong = [name for name in names if computed[name] != results["all"][name]]
                sys.exit(f"{engine} computes something else: {', '.join(wrong)}")
        print(f"run {turn + 1} of {options.runs} done", file=sys.stderr, flush=True)

    medians = {engine: {name: statistics.median(sample[name] for sample in samples[engine]) for name in names} for engine in engines}
    net = {engine: {name: max(FLOOR, times[name] - times["empty loop"]) for name in names} for engine, times in medians.items()}
    others = [engine for engine in engines if engine != "krait"]
    width = max(map(len, names)) + 2
    print(f"{'nanoseconds':{width}}" + "".join(f"{engine:>10}" for engine in engines) + "".join(f"{'/ ' + engine:>12}" for engine in others) + f"{'whole':>10}")
    ratios = {engine: [] for engine in others}
    slow = []
    for name in names:
        if name == "empty loop":
            print(f"{name:{width}}" + "".join(f"{medians[engine][name]:10.2f}" for engine in engines))
            continue
        line = f"{name:{width}}" + "".join(f"{net[engine][name]:10.2f}" for engine in engines)
        for engine in others:
            ratio = net[engine][name] / net["krait"][name]
            ratios[engine].append(ratio)
            line += f"{ratio:11.1f}x"
        whole = medians["cpython"][name] / medians["krait"][name]
        print(f"{line}{whole:9.1f}x")
        least = 1 if name in SEVERAL_SHAPES else options.check
        if options.check and (whole < least or net["cpython"][name] < net["krait"][name]):
            slow.append(f"{name} ({whole:.1f}x, wanted {least:g}x)")
    for engine in others:
        if ratios[engine]:
            mean = math.exp(statistics.fmean(map(math.log, ratios[engine])))
            print(f"geometric mean: {mean:.2f}x as fast as {engine} (least {min(ratios[engine]):.2f}x)")
    if slow:
        print("too slow: " + "; ".join(slow))
    if options.json:
        options.json.write_text(json.dumps({"engines": engines, "nanoseconds": net}, indent=1) + "\n")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
