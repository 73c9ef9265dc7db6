"""Compares the module datetime with CPython's: random operations (datetime_operations.py) in several local time zones."""
import os
import subprocess
import sys
from pathlib import Path

from harness import Report, option_parser

PROGRAM = Path(__file__).with_name("datetime_operations.py")
ZONES = ("UTC", "America/New_York", "Australia/Lord_Howe", "Europe/Dublin")


def run(interpreter, seed, count, zone):
    environment = {"PATH": os.environ["PATH"], "TZ": zone, "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}
    done = subprocess.run([interpreter, PROGRAM, str(seed), str(count)], env=environment, capture_output=True, text=True, timeout=600)
    return done.stdout.splitlines() + [f"exit status {done.returncode}", *done.stderr.splitlines()[-1:]]


def main():
    options = option_parser("a few thousand operations").parse_args()
    report = Report()
    for seed in range(len(ZONES) if options.sample else 20 * len(ZONES)):
        zone, count = ZONES[seed % len(ZONES)], 1500 if options.sample else 10000
        wanted = run("/usr/bin/python3.11", seed, count, zone)
        got = run(options.build / "krait", seed, count, zone)
        report.expect(f"seed {seed}: {len(got)} lines, not {len(wanted)}: {got[-2:]}", len(got) == len(wanted))
        for wanted_line, got_line in zip(wanted, got):
            report.compare(f"seed {seed}, TZ={zone}", wanted_line, got_line)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
