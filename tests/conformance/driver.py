"""Runs one module of CPython's test suite inside the interpreter that is tested, and notes what becomes of each test.

    INTERPRETER driver.py MODULE RESULTS [--done FILE] [--match PATTERN]... [--use RESOURCE]...

RESULTS receives a line a step, written at once, so that a crash loses nothing: `start TAB id`, then `passed`, `failed`, `error` or
`skipped` with id and reason; `end` when all is over. FILE lists ids not to run again. As with CPython's own `-m test`, no resource is
enabled unless it is named, and output goes to stdout. The driver imports no more than unittest and test.support, because an interpreter
that is not complete yet must be able to run it.
"""

import importlib
import os
import sys
import unittest


class Journal:
    """The results file. Only the process that opened it writes: tests fork."""

    def __init__(self, path):
        self.descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self.owner = os.getpid()

    def write(self, *fields):
        if os.getpid() == self.owner:
            line = "\t".join(" ".join(field.split()) for field in fields) + "\n"
            os.write(self.descriptor, line.encode("utf-8", "backslashreplace"))


def describe(error):
    """The exception as one short line."""
    kind, value, _ = error
    try:
        text = str(value).strip()
    except Exception:
        text = "(no text)"
    return f"{kind.__name__}: {text.splitlines()[0] if text else ''}"[:200]


class Result(unittest.TextTestResult):
    """Writes the journal; a test whose subtests fail is one failed test."""

    journal = None

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.current = None
        self.outcome = None

    def startTest(self, test):
        super().startTest(test)
        self.current = test
        self.outcome = ("passed", "")
        self.journal.write("start", test.id())

    def stopTest(self, test):
        super().stopTest(test)
        self.journal.write(self.outcome[0], test.id(), self.outcome[1])
        self.current = None

    def note(self, test, kind, reason):
        if self.current is None:  # setUpClass, setUpModule and the like
            self.journal.write(kind, test.id(), reason)
        elif self.outcome[0] in ("passed", "skipped"):
            self.outcome = (kind, reason)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.note(test, "failed", describe(error))

    def addError(self, test, error):
        super().addError(test, error)
        self.note(test, "error", describe(error))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        if self.current is None or self.outcome[0] == "passed":
            self.note(test, "skipped", reason)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            kind = "failed" if issubclass(error[0], test.failureException) else "error"
            self.note(test, kind, f"{subtest._subDescription()} {describe(error)}")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.note(test, "failed", "unexpected success")


def without(suite, unwanted):
    """The suite less the tests whose id is unwanted, its nesting kept for class and module fixtures."""
    kept = unittest.TestSuite()
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            kept.addTest(without(test, unwanted))
        elif not unwanted(test.id()):
            kept.addTest(test)
    return kept


def run_module(name, journal, unwanted):
    from test import support

    def run_suite(suite):
        Result.journal = journal
        unittest.TextTestRunner(sys.stdout, resultclass=Result, verbosity=2).run(without(suite, unwanted))

    support._run_suite = run_suite
    try:
        module = importlib.import_module("test." + name)
    except unittest.SkipTest as skip:
        journal.write("skipped", f"{name} (import)", str(skip))
        return
    if hasattr(module, "test_main"):
        module.test_main()
        return
    loader = unittest.TestLoader()
    suite = loader.loadTestsFromModule(module)
    for error in loader.errors:
        print(error)
        journal.write("error", f"{name} (load)", error.strip().splitlines()[-1])
    support.run_unittest(suite)


def parse(arguments):
    name, results, *rest = arguments
    lists = {"--done": [], "--match": [], "--use": []}
    while rest:
        option, value, *rest = rest
        lists[option].append(value)
    done = set()
    for path in lists["--done"]:
        with open(path, encoding="utf-8") as file:
            done.update(file.read().split("\n"))
    return name, results, done, lists["--match"], lists["--use"]


def main():
    name, results, done, patterns, resources = parse(sys.argv[1:])
    sys.path[0:1] = []  # this folder is no business of the tests
    del sys.argv[1:]
    journal = Journal(results)
    try:
        import faulthandler

        faulthandler.enable()
    except ImportError:
        pass
    try:
        from fnmatch import fnmatchcase
        from test import support

        support.use_resources = tuple(resources)
        support.verbose = False
        sys.stdout.reconfigure(errors="backslashreplace")
        support.record_original_stdout(sys.stdout)
        unwanted = lambda test: test in done or bool(patterns) and not any(
            fnmatchcase(part, pattern) for pattern in patterns for part in (test, *test.split("."))
        )
        run_module(name, journal, unwanted)
        support.gc_collect()
        support.reap_children()
    except BaseException as error:
        import traceback

        traceback.print_exc(file=sys.stdout)
        journal.write("error", f"{name} (import)", describe((type(error), error, None)))
    journal.write("end")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
