"""Compares Krait's code objects with CPython's: names, first lines, flags and the lines their instructions stand on, for every
.py file of Debian's library and test suite. The order of lines may differ (loops are laid out differently), their set not.
"""
import argparse
import subprocess
import sys
import types
import warnings
from pathlib import Path

ROOTS = ["/usr/lib/python3.11"]
# A function in code that can never run, long calls and nested code in unreachable places, where CPython keeps or drops lines by accident of its optimizer.
ACCEPTED = {
    ("test/test_posix.py", "PosixTester.test_getcwd_long_pathnames.<locals>._create_and_do_getcwd"),
    ("re/_constants.py", "<module>"),
    ("test/test_sys_settrace.py", "JumpTestCase.test_no_jump_over_return_try_finally_in_finally_block"),
}
NO_FREE = 0x40  # a flag that 3.11 does not set consistently


def sources():
    for root in ROOTS:
        yield from sorted(p for p in Path(root).rglob("*.py") if p.is_file())


def describe(code, entries):
    lines = {line for _, _, line in code.co_lines() if line}
    entries.append((code.co_qualname, code.co_firstlineno, code.co_flags & ~NO_FREE, lines))
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            describe(constant, entries)


def expected(path):
    try:
        code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    entries = []
    describe(code, entries)
    return entries


def parsed(text):
    entries = []
    for line in text.splitlines():
        head, _, lines = line.rpartition(":")
        name, first, flags = head.rsplit(" ", 2)
        entries.append((name, int(first), int(flags, 16), {int(n) for n in lines.split()}))
    return entries


class Batch:
    """krait_dis reading file names on its standard input."""

    def __init__(self, program, *options):
        self.process = subprocess.Popen([program, "-b", *options, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, path):
        self.process.stdin.write(str(path).encode() + b"\n")
        self.process.stdin.flush()
        head = self.process.stdout.readline()
        if not head.startswith(b"== "):
            raise SystemExit(f"krait_dis died at {path}")
        return self.process.stdout.read(int(head[3:])).decode("utf-8", "replace")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--sample", action="store_true", help="one file in twenty")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    files = list(sources())
    if arguments.sample:
        files = files[::20]
    batch = Batch(f"{arguments.build}/drivers/krait_dis", "-k")
    passed = failed = 0
    for path in files:
        want = expected(path)
        if want is None:
            continue
        got = parsed(batch.ask(path))
        short = str(path).removeprefix("/usr/lib/python3.11/")
        # CPython keeps one of several equal code constants of a function (finally bodies, equal lambdas in one line).
        difference = [e for e in got if e not in want] + [e for e in want if e not in got]
        difference = [e for e in difference if (short, e[0]) not in ACCEPTED]
        if not difference:
            passed += 1
            continue
        failed += 1
        print(f"differs: {short}: {difference[0]}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
