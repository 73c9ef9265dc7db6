"""Compares Krait's code objects with CPython's: names, first lines, flags and the lines their instructions stand on, for every
.py file of Debian's library and test suite. The order of lines may differ (loops are laid out differently), their set not.
"""
import sys
import types
import warnings

from harness import LIBRARY, Batch, Report, library_files, option_parser

# A function in code that can never run, long calls and nested code in unreachable places, where CPython keeps or drops lines by accident of its optimizer.
ACCEPTED = {
    ("test/test_posix.py", "PosixTester.test_getcwd_long_pathnames.<locals>._create_and_do_getcwd"),
    ("re/_constants.py", "<module>"),
    ("test/test_sys_settrace.py", "JumpTestCase.test_no_jump_over_return_try_finally_in_finally_block"),
}
NO_FREE = 0x40  # a flag that 3.11 does not set consistently


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


def main():
    options = option_parser("one file in twenty").parse_args()
    warnings.simplefilter("ignore")
    batch = Batch(options.build / "drivers/krait_dis", "-k")
    report = Report()
    for path in library_files(options.sample):
        want = expected(path)
        if want is None:
            continue
        got = parsed(batch.ask(path))
        short = str(path.relative_to(LIBRARY))
        # CPython keeps one of several equal code constants of a function (finally bodies, equal lambdas in one line).
        difference = [e for e in got if e not in want] + [e for e in want if e not in got]
        difference = [e for e in difference if (short, e[0]) not in ACCEPTED]
        report.expect(f"{short}: {difference[:1]}", not difference)
    return report.finish()


sys.exit(main())
