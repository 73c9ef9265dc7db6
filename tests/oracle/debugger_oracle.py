"""Debuggers see compiled code: gdb names its functions and unwinds past them, perf finds them in the map that -X jit-perf writes.

A compiled loop calls a compiled function, which stops by SIGTRAP. Needs gdb.
"""

import argparse
import pathlib
import re
import subprocess
import sys

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


def check_gdb(krait, expect):
    names, text = backtrace(krait)
    compiled = [name for name in names if name.startswith("py::")]
    whole = expect("frames of compiled code have the Python function's name and line", any(name.startswith("py::outer:12") for name in compiled))
    whole &= expect("a call that is not inlined is a frame of its own", any(name.startswith("py::recursive:9#") for name in compiled))
    whole &= expect("unwinding goes on to main", names[-1:] == ["main"])
    whole &= expect("no frame is unknown", names and "??" not in names)
    if not whole:
        print(text)


def check_perf(krait, expect):
    process = subprocess.run([krait, "-X", "jit=always", "-X", "jit-perf", "-c", MAPPED], capture_output=True, text=True, timeout=250)
    path = pathlib.Path(f"/tmp/perf-{int(process.stdout)}.map")
    lines = path.read_text().splitlines()
    path.unlink()
    found = [re.fullmatch(r"([0-9a-f]+) ([0-9a-f]+) (py::looping:4\S*)", line) for line in lines]
    expect("the map of perf has address, size and name", any(match and int(match[1], 16) and int(match[2], 16) for match in found))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--sample", action="store_true")
    options = parser.parse_args()
    passed, failed = 0, 0

    def expect(what, holds):
        nonlocal passed, failed
        passed, failed = passed + bool(holds), failed + (not holds)
        if not holds:
            print(f"FAILED {what}")
        return bool(holds)

    check_gdb(options.build / "krait", expect)
    check_perf(options.build / "krait", expect)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
