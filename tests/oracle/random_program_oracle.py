"""Random programs print the same under Krait, in every mode of its compiler, as under CPython: a part of `./dev fuzz jit`."""

import argparse
import pathlib
import subprocess
import sys

FUZZER = pathlib.Path(__file__).resolve().parents[1] / "fuzz" / "jit_fuzz.py"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--sample", action="store_true")
    options = parser.parse_args()
    count = "50" if options.sample else "2000"
    command = [sys.executable, "-B", FUZZER, count, "--krait", options.build / "krait", "--output", options.build / "fuzz-jit"]
    return subprocess.run(command).returncode


if __name__ == "__main__":
    sys.exit(main())
