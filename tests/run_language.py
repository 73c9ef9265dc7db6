"""Runs the programs in tests/language with Krait and with CPython 3.11 and compares what they do.

Each tests/language/**/NAME.py is one test, and so is each program of bench/programs; names that begin with an underscore are
helpers. Compared are the standard output, the exit status and the last line of standard error, which for an uncaught exception is the
one that matters. Comments at the top of a program change that:

    # expect: exit 1        the exit status that both must have (default: 0)
    # compare: stdout       compare less (stdout: not the standard error) or more (stderr: the whole of it)
    # options: -O           options for both interpreters
    # arguments: 20 x       the program's own arguments
    # stdin: TEXT           what the program reads, with Python's escapes
    # timeout: 120          seconds, instead of 60
    # krait-only            CPython does not run it; the standard output must equal NAME.out where that exists
    # skip: sanitizer       not run with `--skip sanitizer`; several words are possible

The closing line is `N passed, N failed`, with the number of those left out behind it, and the exit status is 0 only when none failed.
"""

import argparse
import codecs
import concurrent.futures
import difflib
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import tempfile

from compiler_modes import MODES

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEER = "/usr/bin/python3.11"
DIRECTIVES = {"expect", "compare", "options", "arguments", "stdin", "timeout", "krait-only", "skip"}


class Program:
    """A test program and what its directives say."""

    def __init__(self, path, name):
        self.path = path
        self.name = name
        self.status = 0
        self.compare = "last line"
        self.options = []
        self.arguments = []
        self.stdin = b""
        self.timeout = 60.0
        self.krait_only = False
        self.skip = set()
        with open(path, encoding="utf-8", errors="replace") as source:
            for line in source:
                if not line.startswith("#"):
                    break
                self.read_directive(line[1:].strip())

    def read_directive(self, line):
        word, _, value = line.partition(":")
        word, value = word.strip(), value.strip()
        if word not in DIRECTIVES:
            return
        if word == "expect":
            kind, _, number = value.partition(" ")
            if kind != "exit":
                raise ValueError(f"{self.path}: '# expect: {value}' is not understood")
            self.status = int(number)
        elif word == "compare":
            if value not in ("stdout", "stderr"):
                raise ValueError(f"{self.path}: '# compare: {value}' is not understood")
            self.compare = value
        elif word == "options":
            self.options = shlex.split(value)
        elif word == "arguments":
            self.arguments = shlex.split(value)
        elif word == "stdin":
            self.stdin = codecs.decode(value, "unicode_escape").encode("utf-8", "surrogateescape")
        elif word == "timeout":
            self.timeout = float(value)
        elif word == "skip":
            self.skip.update(value.split())
        else:
            self.krait_only = True


class Outcome:
    """What one run of a program did."""

    def __init__(self, status, stdout, stderr):
        self.status = status
        self.stdout = stdout
        self.stderr = stderr

    @property
    def last_line(self):
        lines = self.stderr.rstrip().splitlines()
        return lines[-1] if lines else ""

    @property
    def ending(self):
        if self.status is None:
            return "did not end in time"
        if self.status < 0:
            return f"killed by {signal.Signals(-self.status).name}"
        return f"exit status {self.status}"


def execute(command, program, timeout):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment.update(PYTHONHASHSEED="0", LC_ALL="C.UTF-8", TZ="UTC")
    with tempfile.TemporaryDirectory(prefix="krait-language-") as folder:
        process = subprocess.Popen(
            [*command, *program.options, str(program.path), *program.arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            stdout, stderr = process.communicate(program.stdin, timeout=timeout)
            status = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            stdout, stderr = process.communicate()
            status = None
    return Outcome(status, stdout.decode("utf-8", "backslashreplace"), stderr.decode("utf-8", "backslashreplace"))


def difference(expected, actual, label):
    lines = difflib.unified_diff(expected.splitlines(), actual.splitlines(), f"{label} expected", f"{label} of krait", lineterm="", n=2)
    lines = list(lines)
    return lines[:30] + ([f"... and {len(lines) - 30} more lines"] if len(lines) > 30 else [])


def judge(program, krait, timeout_factor):
    """The complaints about one program: none if it passed."""
    complaints = []
    actual = execute(krait, program, program.timeout * timeout_factor)
    if actual.status != program.status:
        complaints.append(f"krait: {actual.ending}, expected exit status {program.status}")
        complaints += actual.stderr.splitlines()[-15:]
    if program.krait_only:
        expected_output = program.path.with_suffix(".out")
        if expected_output.exists():
            complaints += difference(expected_output.read_text(encoding="utf-8"), actual.stdout, "stdout")
        return complaints
    expected = execute([PEER], program, program.timeout)
    if expected.status != program.status:
        complaints.append(f"the test is wrong: CPython: {expected.ending}, expected exit status {program.status}")
        complaints += expected.stderr.splitlines()[-15:]
    complaints += difference(expected.stdout, actual.stdout, "stdout")
    if program.compare == "stderr":
        complaints += difference(expected.stderr, actual.stderr, "stderr")
    elif program.compare == "last line":
        complaints += difference(expected.last_line, actual.last_line, "last line of stderr")
    return complaints


def find_programs(folders, names):
    """The programs below the folders, each named after its path there; `names` are parts of those that are wanted."""
    programs = []
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            inside = path.relative_to(folder)
            name = str(pathlib.Path(folder.name, inside).with_suffix(""))
            hidden = any(part.startswith(("_", ".")) for part in inside.parts)
            if not hidden and (not names or any(wanted in name for wanted in names)):
                programs.append(Program(path, name))
    return programs


def main():
    # Whoever started this in the background has it ignored, and so would the programs, some of which wait for it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    parser = argparse.ArgumentParser(description="Runs tests/language with Krait and CPython and compares.")
    parser.add_argument("names", nargs="*", help="only tests whose name contains one of these")
    parser.add_argument("--krait", default=str(ROOT / "build" / "krait"), help="the interpreter to test")
    parser.add_argument("--args", default="", help="options for it, such as '-X gc-stress'")
    parser.add_argument("--mode", choices=MODES, default="eager", help="of the compiler (default: eager)")
    parser.add_argument("--folder", type=pathlib.Path, action="append", help="where the programs are")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="programs at a time")
    parser.add_argument("--skip", default="", help="leave out programs that say `# skip: WORD`")
    parser.add_argument("--timeout-factor", type=float, default=1.0, help="for slow builds: Krait's time limits are this much longer")
    options = parser.parse_args()

    folders = options.folder or [ROOT / "tests" / "language", ROOT / "bench" / "programs"]
    programs = find_programs([folder.resolve() for folder in folders], options.names)
    if not programs and options.names:
        print(f"no language test matches {' '.join(options.names)}")
        return 1
    if not os.access(options.krait, os.X_OK):
        print(f"{options.krait} does not exist: build it first (./dev build)")
        return 1

    skipped = [program for program in programs if options.skip in program.skip]
    programs = [program for program in programs if program not in skipped]
    krait = [os.path.abspath(options.krait), *MODES[options.mode], *shlex.split(options.args)]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda program: judge(program, krait, options.timeout_factor), programs)
        for program, complaints in zip(programs, results):
            if complaints:
                failed += 1
                print(f"FAIL {program.name}", *complaints, sep="\n    ", flush=True)
    if skipped:
        print("not run:", *(program.name for program in skipped))
    print(f"{len(programs) - failed} passed, {failed} failed" + (f", {len(skipped)} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
