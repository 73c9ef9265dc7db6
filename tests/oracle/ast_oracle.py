"""Compares Krait's syntax trees with CPython's: every .py file of Debian's library and test suite, dumped with attributes."""
import argparse
import ast
import subprocess
import sys
import warnings
from pathlib import Path

ROOTS = ["/usr/lib/python3.11"]


def sources():
    for root in ROOTS:
        yield from sorted(p for p in Path(root).rglob("*.py") if p.is_file())


def expected(path, type_comments):
    try:
        tree = ast.parse(path.read_bytes(), type_comments=type_comments)
        return ast.dump(tree, include_attributes=True) + "\n"
    except (SyntaxError, ValueError):
        return None


class Batch:
    """krait_ast reading file names on its standard input."""

    def __init__(self, program, *options):
        self.process = subprocess.Popen([program, "-b", *options, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, path):
        self.process.stdin.write(str(path).encode() + b"\n")
        self.process.stdin.flush()
        head = self.process.stdout.readline()
        if not head.startswith(b"== "):
            raise SystemExit(f"krait_ast died at {path}")
        return self.process.stdout.read(int(head[3:])).decode("utf-8", "replace")


def show_difference(path, want, got):
    print(f"differs: {path}")
    for i, (a, b) in enumerate(zip(want, got)):
        if a != b:
            break
    else:
        i = min(len(want), len(got))
    start = max(0, i - 120)
    print("   CPython:", want[start : i + 120])
    print("   Krait:  ", got[start : i + 120])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--sample", action="store_true", help="one file in twenty")
    parser.add_argument("--show", type=int, default=10, help="how many differences to print")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(100000)
    files = list(sources())
    if arguments.sample:
        files = files[::20]
    program = f"{arguments.build}/drivers/krait_ast"
    passed = failed = rejected = 0
    for type_comments in (False, True):
        batch = Batch(program, *(["-t"] if type_comments else []))
        for path in files:
            want = expected(path, type_comments)
            got = batch.ask(path)
            if want is None:
                rejected += 1
                if not got.startswith(("Module(",)):
                    passed += 1
                    continue
                want = "an error"
            if want == got:
                passed += 1
                continue
            failed += 1
            if failed <= arguments.show:
                show_difference(path, want, got)
    print(f"({len(files)} files, with and without type comments; {rejected} results are errors)")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
