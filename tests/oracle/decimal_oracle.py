"""Compares the module decimal with CPython's: random operations (decimal_operations.py) in random contexts, results and signals."""
import os
import subprocess
import sys
from pathlib import Path

from harness import Report, option_parser

PROGRAM = Path(__file__).with_name("decimal_operations.py")


def run(interpreter, seed, count):
    environment = {"PATH": os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}
    done = subprocess.run([interpreter, PROGRAM, str(seed), str(count)], env=environment, capture_output=True, text=True, timeout=600)
    return done.stdout.splitlines() + [f"exit status {done.returncode}", *done.stderr.splitlines()[-1:]]


def main():
    options = option_parser("a few thousand operations").parse_args()
    report = Report()
    for seed in range(2 if options.sample else 50):
        count = 3000 if options.sample else 20000
        wanted, got = run("/usr/bin/python3.11", seed, count), run(options.build / "krait", seed, count)
        report.expect(f"seed {seed}: {len(got)} lines, not {len(wanted)}: {got[-2:]}", len(got) == len(wanted))
        for wanted_line, got_line in zip(wanted, got):
            report.compare(f"seed {seed}", wanted_line, got_line)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
