"""The conformance runner gives every test a result, crashes and hangs included, and notices when the record gets worse."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

RUNNER = pathlib.Path(__file__).resolve().parent.parent / "conformance" / "run.py"

MODULE = """
import os, signal, sys, time, unittest

class Trouble(unittest.TestCase):
    def test_a_passes(self): pass
    def test_b_fails(self): self.fail("on purpose")
    def test_c_crashes(self): os.kill(os.getpid(), signal.SIGSEGV)
    def test_d_subtests(self):
        for number in range(3):
            with self.subTest(number=number): self.assertNotEqual(number, 1)
    def test_e_skips(self): self.skipTest("no reason")
    def test_f_hangs(self): time.sleep(60)
    def test_g_forks(self):
        if os.fork() == 0: os._exit(0)
        os.wait()
    def test_h_passes(self): assert "fixed" not in os.environ
    @unittest.expectedFailure
    def test_i_unexpected(self): pass

class Fixture(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise OSError("no fixture")
    def test_a(self): pass
"""


class ConformanceTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        package = self.folder / "modules" / "test"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("__path__.append('/usr/lib/python3.11/test')\n")
        self.module = package / "test_trouble.py"
        self.module.write_text(MODULE)
        self.interpreter = self.folder / "interpreter"
        self.interpreter.write_text(f'#!/bin/sh\nPYTHONPATH={self.folder}/modules exec {sys.executable} "$@"\n')
        self.interpreter.chmod(0o755)
        # CPython does not know the module: nothing is excused.
        self.results = self.folder / "results.tsv"

    def run_it(self, *options):
        command = [sys.executable, RUNNER, "--interpreter", self.interpreter, "--build", self.folder / "build", "--results", self.results]
        return subprocess.run([*command, "--timeout", "1.5", *options, "test_trouble"], capture_output=True, text=True)

    def test_every_test_has_a_result(self):
        result = self.run_it("--update", "--verbose")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertTrue(result.stdout.endswith("3 passed, 6 failed, 1 skipped\n"), result.stdout)
        self.assertIn("test_trouble.Trouble.test_c_crashes: crash killed by SIGSEGV", result.stdout)
        self.assertIn("test_trouble.Trouble.test_f_hangs: timeout", result.stdout)
        self.assertIn("test_trouble.Trouble.test_d_subtests: failed (number=1) AssertionError: 1 == 1", result.stdout)
        self.assertIn("test_trouble.Trouble.test_i_unexpected: failed unexpected success", result.stdout)
        self.assertIn("setUpClass (test.test_trouble.Fixture): error OSError: no fixture", result.stdout)
        name, passed, failed, skipped, failing = self.results.read_text().rstrip("\n").split("\t")
        self.assertEqual((name, passed, failed, skipped, len(failing.split("|"))), ("test_trouble", "3", "6", "1", 6))

    def test_record_may_only_improve(self):
        quick = "import unittest\nclass Quick(unittest.TestCase):\n    def test_one(self): pass\n    def test_two(self): %s\n"
        self.module.write_text(quick % "self.fail()")
        self.assertEqual(self.run_it("--update").returncode, 0)
        self.module.write_text(quick % "pass")
        self.assertEqual(self.run_it("--update").returncode, 0)
        best = self.results.read_text()
        self.assertEqual(best, "test_trouble\t2\t0\t0\t\n")

        self.module.write_text(quick % "self.fail()")
        worse = self.run_it("--update")
        self.assertIn("REGRESSION test.test_trouble.Quick.test_two fails", worse.stdout)
        self.assertEqual((worse.returncode, self.results.read_text()), (1, best))

        self.module.write_text(quick.replace("def test_two", "def helper") % "pass")
        worse = self.run_it()
        self.assertIn("REGRESSION test_trouble ran 1 tests, before 2", worse.stdout)
        self.assertEqual(worse.returncode, 1)
        self.assertEqual(self.run_it("--accept").returncode, 0)
        self.assertEqual(self.results.read_text(), "test_trouble\t1\t0\t0\t\n")


if __name__ == "__main__":
    unittest.main()
