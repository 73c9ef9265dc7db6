"""Random programs through Krait, in every mode of its compiler, and through CPython: the output must be the same.

    ./dev fuzz jit                     2,000 programs in each mode
    ./dev fuzz jit 20000 --seed 5      as many, beginning with another seed
    ./dev fuzz jit 600s                for ten minutes
    ./dev fuzz jit 500 --modes off     one mode: off, on, eager, always, stress

A program is made from its number, so `--seed N` with a count of 1 makes program N again. A difference is reduced and written as a
script of its own to build/fuzz-jit; run with Krait and with CPython it prints what differs. Exit status 1 if there was one.
"""

import argparse
import concurrent.futures
import difflib
import os
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "random_programs"), str(HERE.parent)]

from compiler_modes import MODES
from generator import generate
from reduce import reduce_list, reduce_program
from runs import PEER, PRELUDE, SEPARATOR, is_broken, is_slow, run_programs

ROOT = HERE.parents[1]
PACK = 100  # programs in a process


class Finding:
    def __init__(self, seed, mode, company, expected, actual):
        self.seed = seed
        self.mode = mode
        self.company = company  # the seeds that ran in the same process, up to this one
        self.expected = expected
        self.actual = actual


def run_pack(seeds, commands, timeout):
    """Programs through CPython and through each mode: findings, and the seeds that were not compared since CPython takes too long."""
    texts = [generate(seed) for seed in seeds]
    expected = run_programs(PEER, texts, timeout)
    slow = [seed for seed, output in zip(seeds, expected) if is_slow(output)]
    kept = [index for index, seed in enumerate(seeds) if seed not in slow]
    findings = []
    for mode, command in commands.items():
        actual = run_programs(command, [texts[index] for index in kept], timeout * 10)
        for position, index in enumerate(kept):
            if actual[position] != expected[index]:
                company = [seeds[other] for other in kept[: position + 1]]
                findings.append(Finding(seeds[index], mode, company, expected[index], actual[position]))
    return findings, slow


def reduce_finding(finding, command, timeout, seconds):
    """The smallest list of programs found whose last one, run after the others, shows a difference; None if it does not come again."""

    def differs(texts):
        expected = run_programs(PEER, texts, timeout)[-1]
        return not is_broken(expected) and run_programs(command, texts, timeout * 10)[-1] != expected

    deadline = time.monotonic() + seconds
    texts = [generate(finding.seed)]
    if not differs(texts):
        texts = [generate(seed) for seed in finding.company]
        if not differs(texts):
            return None
        texts = reduce_list(texts[:-1], lambda others: differs([*others, texts[-1]]), deadline) + texts[-1:]
    for index in reversed(range(len(texts))):

        def holds(text):
            return differs(texts[:index] + [text] + texts[index + 1 :])

        texts[index] = reduce_program(texts[index], holds, deadline)
    return texts


def difference(expected, actual):
    lines = difflib.unified_diff(expected.splitlines(), actual.splitlines(), "CPython", "Krait", lineterm="", n=1)
    return [line[:300] for line in list(lines)[2:14]]


def write_reproducer(path, finding, command, texts):
    """One script: the prelude and the programs."""
    expected, actual = run_programs(PEER, texts)[-1], run_programs(command, texts, 30)[-1]
    shown = difference(expected, actual)
    prelude = PRELUDE.read_text(encoding="utf-8").split('\nif __name__ == "__main__":')[0]
    prelude = prelude.replace("_SHOW_NOTES = False", "_SHOW_NOTES = True")
    title = f"# Program {finding.seed}, {' '.join(command)}\n" + "".join(f"#   {line}\n" for line in shown)
    calls = "".join(f'\n_run_program(r"""\n{text}""")\n' for text in texts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(title + prelude + calls, encoding="utf-8")
    return shown


def report(finding, command, options):
    print(f"\nDIFFERENCE: program {finding.seed}, mode {finding.mode}", flush=True)
    texts = reduce_finding(finding, command, options.timeout, options.reduce_seconds)
    if texts is None:
        path = options.output / f"{finding.mode}-{finding.seed}-unsteady.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{generate(finding.seed)}{SEPARATOR}\n{finding.expected}{SEPARATOR}\n{finding.actual}", encoding="utf-8")
        print("\n".join(difference(finding.expected, finding.actual)))
        print(f"    it did not come again; program and both outputs: {path}", flush=True)
        return
    path = options.output / f"{finding.mode}-{finding.seed}.py"
    shown = write_reproducer(path, finding, command, texts)
    print("".join(f"    {line}\n" for text in texts for line in text.splitlines()[:60]), end="")
    print("\n".join(shown))
    print(f"    reduced to {sum(text.count(chr(10)) for text in texts)} lines: {path}", flush=True)


def parse_amount(text):
    """A count, or seconds: '20000', '600s'."""
    if text.endswith("s"):
        return None, float(text[:-1])
    return int(text), None


def main():
    parser = argparse.ArgumentParser(description="Compares Krait with CPython on random programs.")
    parser.add_argument("amount", nargs="?", type=parse_amount, default=(2000, None), help="programs, or seconds with an s behind (default: 2000)")
    parser.add_argument("--seed", type=int, default=0, help="number of the first program")
    parser.add_argument("--modes", default="off,eager,always,stress", help=f"which of {' '.join(MODES)}")
    parser.add_argument("--krait", default=str(ROOT / "build" / "krait"), help="the interpreter to test")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--timeout", type=int, default=3, help="seconds of processor time for one program with CPython; Krait has ten times as many")
    parser.add_argument("--findings", type=int, default=5, help="stop after this many")
    parser.add_argument("--reduce-seconds", type=float, default=120, help="for reducing one finding")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "build" / "fuzz-jit", help="folder for what is found")
    options = parser.parse_args()
    if unknown := set(options.modes.split(",")) - set(MODES):
        parser.error(f"no mode named {' '.join(unknown)}")
    krait = os.path.abspath(options.krait)
    if not os.access(krait, os.X_OK):
        parser.error(f"{krait} does not exist: build it first (./dev build)")

    commands = {mode: [krait, *MODES[mode]] for mode in options.modes.split(",")}
    count, seconds = options.amount
    started = time.monotonic()
    findings, done, slow = [], 0, []
    last = options.seed + count if count is not None else None
    position, pending = options.seed, set()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        while True:
            more = (last is None or position < last) and (seconds is None or time.monotonic() < started + seconds)
            if more and len(findings) < options.findings and len(pending) < options.jobs:
                seeds = list(range(position, min(position + PACK, last or position + PACK)))
                position += len(seeds)
                future = pool.submit(run_pack, seeds, commands, options.timeout)
                future.size = len(seeds)
                pending.add(future)
                continue
            if not pending:
                break
            ready, pending = concurrent.futures.wait(pending, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in ready:
                found, too_slow = future.result()
                findings += found
                for finding in found:
                    print(f"\rprogram {finding.seed} differs in mode {finding.mode}", file=sys.stderr, flush=True)
                slow += too_slow
                done += future.size
            print(f"\r{done} programs, {len(findings)} differences, {time.monotonic() - started:.0f} s", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    for finding in findings[: options.findings]:
        report(finding, commands[finding.mode], options)
    if slow:
        print(f"left out, as CPython takes longer than {options.timeout} s: {' '.join(map(str, slow))}")
    modes = ", ".join(commands)
    print(f"{done - len(slow)} programs ({options.seed} to {options.seed + done - 1}) in each mode ({modes}): {len(findings)} differences")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
