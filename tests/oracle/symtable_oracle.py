"""Compares Krait's symbol tables with CPython's: every .py file of Debian's library and test suite."""
import argparse
import subprocess
import sys
import symtable
import warnings
from pathlib import Path

ROOTS = ["/usr/lib/python3.11"]
LOCAL_FLAGS = 0x7FF
MASK = 0xFFFF & ~0x20  # DEF_FREE is set by nobody


def sources():
    for root in ROOTS:
        yield from sorted(p for p in Path(root).rglob("*.py") if p.is_file())


def describe(table, depth, lines):
    raw = table._table
    kind = table.get_type()
    lines.append(f"{depth} {kind} {raw.name} {raw.lineno} {int(raw.nested)}")
    # Free variables that only pass through a scope are added in the order of a set: no order to compare there.
    own = [(n, f) for n, f in raw.symbols.items() if f & LOCAL_FLAGS]
    passing = sorted((n, f) for n, f in raw.symbols.items() if not f & LOCAL_FLAGS)
    lines.extend(f". {n} {f & MASK}" for n, f in own + passing)
    lines.append("parameters" + "".join(" " + n for n in raw.varnames))
    for child in table.get_children():
        describe(child, depth + 1, lines)


def expected(path):
    try:
        table = symtable.symtable(path.read_bytes(), str(path), "exec")
    except (SyntaxError, ValueError):
        return None
    lines = []
    describe(table, 0, lines)
    return lines


def normalized(text):
    """Symbols that only pass through last, sorted, scope by scope."""
    lines, passing = [], []
    for line in text.splitlines():
        if line.startswith(". ") and not int(line.rsplit(" ", 1)[1]) & LOCAL_FLAGS:
            passing.append(line)
            continue
        if line.startswith("parameters") and passing:
            lines.extend(sorted(passing))
            passing = []
        lines.append(line)
    return lines


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
    parser.add_argument("--show", type=int, default=10, help="how many differences to print")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    files = list(sources())
    if arguments.sample:
        files = files[::20]
    batch = Batch(f"{arguments.build}/drivers/krait_dis", "-s")
    passed = failed = rejected = 0
    for path in files:
        want = expected(path)
        text = batch.ask(path)
        if want is None:
            rejected += 1
            if not text.startswith("0 module"):
                passed += 1
                continue
            want = ["an error"]
        got = normalized(text)
        if want == got:
            passed += 1
            continue
        failed += 1
        if failed <= arguments.show:
            print(f"differs: {path}")
            for a, b in zip(want + [""] * len(got), got + [""] * len(want)):
                if a != b:
                    print("   CPython:", a)
                    print("   Krait:  ", b)
                    break
    print(f"({len(files)} files, {rejected} of them errors)")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
