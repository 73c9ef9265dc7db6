"""Runs the programs of bench/programs under Krait, CPython 3.11 and PyPy, side by side, and prints a table.

    ./dev bench                       all programs, start to end, medians of 3 runs
    ./dev bench nbody fft --runs 9    some of them
    ./dev bench --steady              time of one more call of main() in a process that is warm, one process each
    ./dev bench --short               programs that take CPython 60 and 120 ms, by the clock and by processor time; medians of 7 runs
    ./dev bench --nojit --check       with a column for -X jit=off; exit status 1 if a program is slower than with it, or than CPython
    ./dev bench --json new.json       for ./dev bench compare old.json new.json

The engines take turns within every run, so that whatever else the machine does hits all of them. Each program prints what it computed;
output that differs from CPython's is an error. A program is one file with `SIZE` and `main(size)`, and its output is deterministic.
"""

import argparse
import json
import math
import os
import pathlib
import platform
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from compare import scatter

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = HERE / "programs"
KRAIT = str(HERE.parent / "build" / "krait")
ENGINES = {"krait": KRAIT, "nojit": f"{KRAIT} -X jit=off", "cpython": "/usr/bin/python3.11", "pypy": "/usr/bin/pypy3"}
GROUPS = {
    "numeric kernels": "nbody spectral_norm mandelbrot matrix_product fft sieve monte_carlo lu_decomposition".split(),
    "object-oriented": "scheduler constraint_solver ray_tracer event_queue".split(),
}

# Loads a program once and calls its main() again and again: half of the calls, and more of them until some seconds have passed, to
# get warm; the times of the other half go to the file that is named. Compilers that work in the background need the time more than
# the calls.
STEADY = """
import os, sys, time, types
path, calls, warm, report = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
del sys.argv[1:]
module = sys.modules["program"] = types.ModuleType("program")
names = vars(module)
with open(path, encoding="utf-8") as source:
    exec(compile(source.read(), path, "exec"), names)
times, first, begun = [], True, time.perf_counter()
warm_calls = calls - calls // 2
while len(times) < calls:
    start, used = time.perf_counter(), time.process_time()
    names["main"](names["SIZE"])
    times.append((time.perf_counter() - start, time.process_time() - used))
    sys.stdout.flush()
    if first:
        first = False
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if len(times) > warm_calls and start < begun + warm:
        times.pop()
with open(report, "w") as file:
    file.write("\\n".join(f"{wall} {cpu}" for wall, cpu in times[warm_calls:]))
"""


class Failure(Exception):
    pass


def run_once(command, timeout):
    """Runs a process to its end: seconds on the clock, of processor time, peak memory in bytes, output."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        timer = threading.Timer(timeout, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if timer.finished.is_set():
            raise Failure(f"no end after {timeout:g} s")
        timer.cancel()
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            lines = errors.read().decode(errors="replace").strip().splitlines()
            raise Failure(f"exit status {process.returncode}{': ' + lines[-1] if lines else ''}")
        return {"wall": seconds, "cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss * 1024}, output.read()


def runs_of(programs, options):
    """Name in the table -> program and arguments."""
    if not options.short:
        return {program.stem: (program, options.size) for program in programs}
    runs = {}
    for program in programs:
        line = re.search(r"^# short: (.+)$", program.read_text(encoding="utf-8"), re.MULTILINE)
        for size in line[1].split() if line else ():
            runs[f"{program.stem} {size}"] = program, [size]
    return runs


def measure(command, program, arguments, options):
    if not options.steady:
        return run_once([*command, str(program), *arguments], options.timeout)
    with tempfile.TemporaryDirectory() as folder:
        harness, report = os.path.join(folder, "steady.py"), os.path.join(folder, "times")
        with open(harness, "w") as file:
            file.write(STEADY)
        sample, output = run_once([*command, harness, str(program), str(options.calls), str(options.warm), report],
                                  options.timeout * options.calls)
        with open(report) as file:
            times = [tuple(map(float, line.split())) for line in file]
    sample["wall"] = statistics.median(wall for wall, _ in times)
    sample["cpu"] = statistics.median(cpu for _, cpu in times)
    return sample, output


def run_all(runs, engines, options):
    """name -> engine -> list of samples; and complaints about what failed or printed something else."""
    samples = {name: {engine: [] for engine in engines} for name in runs}
    expected, complaints = {}, {}
    reference = "cpython" if "cpython" in engines else next(iter(engines))
    order = [reference, *(engine for engine in engines if engine != reference)]
    started = time.monotonic()
    for turn in range(options.runs):
        for name, (program, arguments) in runs.items():
            for engine in order:
                if (name, engine) in complaints:
                    continue
                try:
                    sample, output = measure(engines[engine], program, arguments, options)
                except Failure as failure:
                    complaints[name, engine] = str(failure)
                    continue
                if engine == reference:
                    expected.setdefault(name, output)
                if name in expected and output != expected[name]:
                    complaints[name, engine] = f"prints something else than {reference}"
                    continue
                samples[name][engine].append(sample)
        elapsed = time.monotonic() - started
        print(f"run {turn + 1} of {options.runs} done after {elapsed:.0f} s", file=sys.stderr, flush=True)
    return samples, complaints


def median_of(samples, key):
    return statistics.median(sample[key] for sample in samples) if samples else None


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def slower_than(samples, first, other, key, threshold, least):
    """Programs that take longer with `first` than with `other`, by more than the threshold and more than the samples scatter; those
    that take less than `least` seconds with `other` do not count."""
    slower = []
    for name, by_engine in samples.items():
        mine, its = ([sample[key] for sample in by_engine[engine]] for engine in (first, other))
        if not mine or not its or statistics.median(its) < least:
            continue
        ratio = statistics.median(mine) / statistics.median(its)
        if ratio - 1 > max(threshold, 3 * math.hypot(scatter(mine), scatter(its))):
            slower.append(f"{name} ({ratio - 1:+.1%})")
    return slower


def print_slower(samples, engines, key):
    """The lists of programs that --check is about; true if one is not empty."""
    first = engines[0]
    found = False
    for other, threshold, least in (("nojit", 0.03, 0.0), ("cpython", 0.0, 0.05)):
        if other in engines[1:]:
            slower = slower_than(samples, first, other, key, threshold, least)
            margin = f" by more than {threshold:.0%}" if threshold else ""
            print(f"slower than {other}{margin}: {', '.join(slower) or 'none'}")
            found |= bool(slower)
    return found


def print_table(samples, engines, key):
    first, *others = engines
    width = max(len(name) for name in samples) + 2
    header = f"{'program':{width}}" + "".join(f"{engine:>10}" for engine in engines)
    header += "".join(f"{'/ ' + engine:>12}" for engine in others) + f"{'memory':>12}"
    print(header)
    ratios = {engine: {} for engine in others}
    for name, by_engine in samples.items():
        medians = {engine: median_of(by_engine[engine], key) for engine in engines}
        line = f"{name:{width}}" + "".join(f"{m:9.3f}s" if m else f"{'-':>10}" for m in medians.values())
        for engine in others:
            if medians[first] and medians[engine]:
                ratios[engine][name] = medians[engine] / medians[first]
                line += f"{ratios[engine][name]:11.2f}x"
            else:
                line += f"{'-':>12}"
        memory = median_of(by_engine[first], "memory")
        print(line + (f"{memory / 2**20:9.1f} MB" if memory else ""))
    print()
    for title, members in {**GROUPS, "all": [name.split()[0] for name in samples]}.items():
        line = ""
        for engine in others:
            chosen = [ratio for name, ratio in ratios[engine].items() if name.split()[0] in members]
            if chosen:
                line += f"   {geometric_mean(chosen):.2f}x as fast as {engine} (least {min(chosen):.2f}x)"
        if line:
            print(f"{title}, geometric mean of {sum(name.split()[0] in members for name in samples)}: {first} is{line}")


def main():
    parser = argparse.ArgumentParser(description="Krait beside CPython and PyPy on the programs of bench/programs.")
    parser.add_argument("programs", nargs="*", help="names of programs (default: all)")
    parser.add_argument("--runs", type=int, help="how often each program runs with each engine (default: 3; with --short 7, with --steady 1)")
    parser.add_argument("--engines", help="default: krait,cpython,pypy; with --short krait,cpython. In the order of the table; ratios are to the first")
    parser.add_argument("--engine", action="append", default=[], metavar="NAME=COMMAND", help="another engine, or another command for one")
    parser.add_argument("--steady", action="store_true", help="warm: one call of main() of several in a process")
    parser.add_argument("--calls", type=int, default=8, help="with --steady: calls in a process; the second half counts")
    parser.add_argument("--warm", type=float, default=2, help="with --steady: seconds before that half begins, at least")
    parser.add_argument("--short", action="store_true", help="start to end at the sizes that the programs name as short, by both clocks")
    parser.add_argument("--nojit", action="store_true", help="a column for Krait with -X jit=off")
    parser.add_argument("--check", action="store_true", help="exit status 1 if a program is slower than with jit=off, or than with CPython")
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall", help="what counts; cpu: processor time of all threads")
    parser.add_argument("--size", type=lambda text: [text], default=[], help="the programs' size argument")
    parser.add_argument("--timeout", type=float, default=60, help="seconds for one run")
    parser.add_argument("--json", type=pathlib.Path, help="write all samples to this file")
    options = parser.parse_args()
    if options.short and (options.steady or options.size):
        parser.error("--short goes with neither --steady nor --size")
    if options.runs is None:
        options.runs = 1 if options.steady else 7 if options.short else 3
    if options.engines is None:
        options.engines = "krait,cpython" if options.short else "krait,cpython,pypy"

    commands = dict(ENGINES)
    extra = dict(text.split("=", 1) for text in options.engine)
    commands.update(extra)
    if options.nojit and "nojit" not in options.engines.split(","):
        options.engines = options.engines.replace(",", ",nojit,", 1) if "," in options.engines else options.engines + ",nojit"
    names = options.engines.split(",") + [name for name in extra if name not in options.engines.split(",")]
    engines = {}
    for name in names:
        if name not in commands:
            parser.error(f"no engine named {name}; there are: {', '.join(commands)}")
        engines[name] = shlex.split(commands[name])
        if not os.access(engines[name][0], os.X_OK):
            parser.error(f"{name}: there is no {engines[name][0]}")
    programs = [PROGRAMS / f"{name}.py" for name in options.programs] or sorted(PROGRAMS.glob("*.py"))
    for program in programs:
        if not program.exists():
            parser.error(f"there is no {program}")

    samples, complaints = run_all(runs_of(programs, options), engines, options)
    slower = False
    for key in ("wall", "cpu") if options.short else (options.clock,):
        if options.short:
            print({"wall": "by the clock", "cpu": "by processor time"}[key])
        print_table(samples, list(engines), key)
        slower |= print_slower(samples, list(engines), key)
    for (name, engine), complaint in complaints.items():
        print(f"FAILED {name} with {engine}: {complaint}")
    if options.json:
        about = {"machine": platform.machine(), "processors": os.cpu_count(), "steady": options.steady, "engines": engines}
        options.json.write_text(json.dumps({"about": about, "samples": samples}, indent=1) + "\n")
    return 1 if complaints or (options.check and slower) else 0


if __name__ == "__main__":
    sys.exit(main())
