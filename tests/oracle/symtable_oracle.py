"""Compares Krait's symbol tables with CPython's: every .py file of Debian's library and test suite."""
import itertools
import symtable
import sys
import warnings

from harness import Batch, Report, library_files, option_parser

LOCAL_FLAGS = 0x7FF
MASK = 0xFFFF & ~0x20  # DEF_FREE is set by nobody


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


def first_difference(want, got):
    return next(((a, b) for a, b in itertools.zip_longest(want, got) if a != b), (None, None))


def main():
    parser = option_parser("one file in twenty")
    parser.add_argument("--show", type=int, default=10, help="how many differences to print")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    batch = Batch(options.build / "drivers/krait_dis", "-s")
    report = Report(options.show)
    files = library_files(options.sample)
    rejected = 0
    for path in files:
        want = expected(path)
        text = batch.ask(path)
        if want is None:
            rejected += 1
            report.expect(f"{path} is an error", not text.startswith("0 module"))
            continue
        report.compare(path, *first_difference(want, normalized(text)))
    print(f"({len(files)} files, {rejected} of them errors)")
    return report.finish()


sys.exit(main())
