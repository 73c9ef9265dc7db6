#!/usr/bin/python3.11
"""Runs the stress programs of tests/stress: threads that hammer the same objects, checked against invariants.

    run_stress.py [--seconds S] [--jobs N] [--patience S] [--krait PATH] [--args 'OPTIONS'] [NAME...]

A program fails if its exit status is not 0 (a broken invariant is an AssertionError, a crash a signal), if it has not
ended `patience` seconds after its time, or if it writes to standard error. NAME selects programs by part of their name.
"""
import argparse
import concurrent.futures
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "tests/stress"


def run(program, options):
    command = [options.krait, *shlex.split(options.args), "-B", str(program), str(options.seconds)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with tempfile.TemporaryDirectory() as folder:
        environment["TMPDIR"] = folder
        try:
            done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=options.seconds + options.patience)
        except subprocess.TimeoutExpired as error:
            return f"did not end\n{(error.stderr or b'').decode(errors='replace')}"
    output = (done.stdout + done.stderr).decode(errors="replace")
    if done.returncode < 0:
        return f"killed by signal {-done.returncode}\n{output}"
    if done.returncode:
        return f"exit status {done.returncode}\n{output}"
    return output if done.stderr else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--patience", type=float, default=120)
    parser.add_argument("--krait", default=str(ROOT / "build/krait"))
    parser.add_argument("--args", default="")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    programs = [path for path in sorted(PROGRAMS.glob("[!_]*.py"))
                if not options.names or any(name in path.stem for name in options.names)]
    if not programs:
        sys.exit("no such stress program")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for program, failure in zip(programs, pool.map(lambda path: run(path, options), programs)):
            if failure:
                failed += 1
                print(f"FAILED {program.stem}: {failure}", flush=True)
    print(f"{len(programs) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
