"""Debuggers see compiled code: gdb names its functions and unwinds past them, perf finds them in the map that -X jit-perf writes.

A compiled loop calls a compiled function, which stops by SIGTRAP. Needs gdb.
"""

import pathlib
import re
import subprocess
import sys

from harness import Report, option_parser

STOPS = """
import signal

def stop(number):
    if number == 3999:
        signal.raise_signal(signal.SIGTRAP)
    return number

def recursive(depth, number):
    return stop(number) if depth == 0 else recursive(depth - 1, number) + 1

def outer(count):
    total = 0
    for number in range(count):
        total += recursive(2, number)
    return total

def main():
    return outer(4000)

main()
"""

MAPPED = """
import os

def looping(count):
    total = 0
    for number in range(count):
        total += number
    return total

looping(3000)
print(os.getpid())
"""


def backtrace(krait):
    """Names of the frames, innermost first."""
    script = ["set debuginfod enabled off", "set width 0", "set pagination off", "run", "backtrace"]
    command = ["gdb", "-nx", "-batch", *(word for line in script for word in ("-ex", line))]
    process = subprocess.run([*command, "--args", krait, "-X", "jit=always", "-c", STOPS], capture_output=True, text=True, timeout=250)
    return re.findall(r"^#\d+ +(?:0x[0-9a-f]+ in )?(\S+) \(", process.stdout, re.MULTILINE), process.stdout + process.stderr


def check_gdb(krait, report):
    names, text = backtrace(krait)
    compiled = [name for name in names if name.startswith("py::")]
    whole = report.expect("frames of compiled code have the Python function's name and line", any(name.startswith("py::outer:12") for name in compiled))
    whole &= report.expect("a call that is not inlined is a frame of its own", any(name.startswith("py::recursive:9#") for name in compiled))
    whole &= report.expect("unwinding goes on to main", names[-1:] == ["main"])
    whole &= report.expect("no frame is unknown", names and "??" not in names)
    if not whole:
        print(text)


def check_perf(krait, report):
    process = subprocess.run([krait, "-X", "jit=always", "-X", "jit-perf", "-c", MAPPED], capture_output=True, text=True, timeout=250)
    path = pathlib.Path(f"/tmp/perf-{int(process.stdout)}.map")
    lines = path.read_text().splitlines()
    path.unlink()
    found = [re.fullmatch(r"([0-9a-f]+) ([0-9a-f]+) (py::looping:4\S*)", line) for line in lines]
    report.expect("the map of perf has address, size and name", any(match and int(match[1], 16) and int(match[2], 16) for match in found))


def main():
    krait = option_parser().parse_args().build / "krait"
    report = Report()
    check_gdb(krait, report)
    check_perf(krait, report)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
