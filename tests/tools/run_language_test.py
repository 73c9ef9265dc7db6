"""The language test runner must find what it is there to find: each kind of difference is shown to it once."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

RUNNER = pathlib.Path(__file__).resolve().parent.parent / "run_language.py"

# Stands in for Krait: CPython, with the faults that the program asks for. It knows no modes of a compiler.
FAULTY_INTERPRETER = """#!/bin/sh
while [ "$1" = -X ]; do shift 2; done
case $(cat "$1") in
*fault-output*) echo surplus ;;
*fault-status*) /usr/bin/python3.11 "$1"; exit 3 ;;
*fault-stderr*) /usr/bin/python3.11 "$1"; status=$?; echo "OtherError: x" >&2; exit $status ;;
*fault-crash*) kill -SEGV $$ ;;
*fault-hang*) sleep 60 ;;
esac
exec /usr/bin/python3.11 "$1"
"""


class RunnerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "programs").mkdir()
        self.interpreter = self.folder / "interpreter"
        self.interpreter.write_text(FAULTY_INTERPRETER)
        self.interpreter.chmod(0o755)

    def run_program(self, source, expected_output=None):
        program = self.folder / "programs" / "program.py"
        program.write_text(source)
        if expected_output is not None:
            program.with_suffix(".out").write_text(expected_output)
        command = [sys.executable, RUNNER, "--krait", self.interpreter, "--folder", program.parent]
        return subprocess.run(command, capture_output=True, text=True)

    def check(self, source, complaint, expected_output=None):
        result = self.run_program(source, expected_output)
        self.assertTrue(result.stdout.endswith("0 passed, 1 failed\n"), result.stdout + result.stderr)
        self.assertEqual(result.returncode, 1)
        self.assertIn(complaint, result.stdout)

    def check_passes(self, source, expected_output=None):
        result = self.run_program(source, expected_output)
        self.assertEqual((result.stdout, result.returncode), ("1 passed, 0 failed\n", 0), result.stderr)

    def test_equal_programs_pass(self):
        self.check_passes("print(1)")
        self.check_passes("# expect: exit 1\nraise ValueError('x')")
        self.check_passes("# stdin: a\\nb\\n\nprint(input() + input())")
        self.check_passes("# krait-only\nprint(1)", "1\n")

    def test_differences_fail(self):
        self.check("print(1)  # fault-output", "+surplus")
        self.check("print(1)  # fault-status", "exit status 3, expected exit status 0")
        self.check("# expect: exit 1\nraise ValueError  # fault-stderr", "+OtherError: x")
        self.check("print(1)  # fault-crash", "killed by SIGSEGV")
        self.check("# timeout: 0.2\nprint(1)  # fault-hang", "did not end in time")
        self.check("# krait-only\nprint(1)", "+1", "2\n")

    def test_wrong_expectation_fails(self):
        self.check("# expect: exit 1\nprint(1)", "the test is wrong")
        self.check("raise ValueError", "the test is wrong")

    def test_stderr_can_be_left_out(self):
        self.check_passes("# expect: exit 1\n# compare: stdout\nraise ValueError  # fault-stderr")

    def test_bad_directive_is_an_error(self):
        self.assertIn("is not understood", self.run_program("# compare: nothing\n").stderr)


if __name__ == "__main__":
    unittest.main()
