"""Compares Krait's syntax trees with CPython's: every .py file of Debian's library and test suite, dumped with attributes."""
import ast
import sys
import warnings

from harness import Batch, Report, library_files, option_parser


def expected(path, type_comments):
    try:
        tree = ast.parse(path.read_bytes(), type_comments=type_comments)
        return ast.dump(tree, include_attributes=True) + "\n"
    except (SyntaxError, ValueError):
        return None


def surroundings(want, got):
    """The parts of both texts about the first difference."""
    place = next((i for i, (a, b) in enumerate(zip(want, got)) if a != b), min(len(want), len(got)))
    part = slice(max(0, place - 120), place + 120)
    return want[part], got[part]


def main():
    parser = option_parser("one file in twenty")
    parser.add_argument("--show", type=int, default=10, help="how many differences to print")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(100000)
    files = library_files(options.sample)
    report = Report(options.show)
    rejected = 0
    for type_comments in (False, True):
        batch = Batch(options.build / "drivers/krait_ast", *(["-t"] if type_comments else []))
        for path in files:
            want, got = expected(path, type_comments), batch.ask(path)
            if want is None:
                rejected += 1
                report.expect(f"{path} is an error", not got.startswith("Module("))
            else:
                report.compare(path, *((want, got) if want == got else surroundings(want, got)))
    print(f"({len(files)} files, with and without type comments; {rejected} results are errors)")
    return report.finish()


sys.exit(main())
