"""The fuzzer of random programs must make the same program of the same number, notice differences and crashes, and reduce them."""

import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

FUZZ = pathlib.Path(__file__).resolve().parents[1] / "fuzz"
sys.path.insert(0, str(FUZZ / "random_programs"))

from generator import generate
from reduce import reduce_list, reduce_program
from runs import PEER, is_broken, is_slow, run_programs

# An engine that is CPython, but for what WRONG does before the programs run.
ENGINE = """#!/bin/sh
for last; do :; done
exec /usr/bin/python3.11 -W ignore -c '
import sys
sys.argv = sys.argv[sys.argv.index("ignore") + 1 :]
text = open(sys.argv[0]).read()
WRONG
names = {"__name__": "__main__", "__file__": sys.argv[0]}
exec(compile(text, sys.argv[0], "exec"), names)
' "$@"
"""


class JitFuzzTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def fuzz(self, wrong):
        engine = self.folder / "engine"
        engine.write_text(ENGINE.replace("WRONG", wrong))
        engine.chmod(0o755)
        command = [sys.executable, "-B", FUZZ / "jit_fuzz.py", "3", "--modes", "off", "--krait", engine, "--reduce-seconds", "1", "--findings", "1"]
        return subprocess.run([*command, "--output", self.folder / "found"], capture_output=True, text=True)

    def test_same_number_same_program(self):
        for seed in range(20):
            text = generate(seed)
            self.assertEqual(text, generate(seed))
            compile(text, "program", "exec")
        self.assertEqual(len({generate(seed) for seed in range(20)}), 20)

    def test_equal_engines_agree(self):
        result = self.fuzz("")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("3 programs (0 to 2) in each mode (off): 0 differences", result.stdout)

    def test_difference_is_found_and_written(self):
        result = self.fuzz('text = text.replace("def show(", "def show(*values): print(len(values))\\ndef unused(")')
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        (script,) = self.folder.glob("found/*.py")
        run = subprocess.run([*PEER, script], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_crash_is_a_difference(self):
        self.assertEqual(self.fuzz("import os; os.abort()").returncode, 1)

    def test_programs_are_kept_apart(self):
        crash = "import os; print('before'); os._exit(3)"
        outputs = run_programs(PEER, ["print('first')", crash, "print('third')", "while True: pass", "print(1 / 0)"], timeout=1)
        self.assertEqual(outputs[0], "first\ndigest:00000000\n")
        self.assertTrue(is_broken(outputs[1]) and outputs[1].endswith("exit status 3"), outputs[1])
        self.assertEqual(outputs[2], "third\ndigest:00000000\n")
        self.assertTrue(is_slow(outputs[3]), outputs[3])
        self.assertIn("ZeroDivisionError: division by zero [('<module>', 1)]", outputs[4])

    def test_reduces(self):
        text = "a = 1\nfor i in range(9):\n    if i > 3:\n        b = f(i, g(7) + 2)\n    else:\n        c = 2\nprint(a)\n"
        reduced = reduce_program(text, lambda candidate: "g(" in candidate, time.monotonic() + 10)
        self.assertEqual(reduced.strip(), "b = g(7)")
        self.assertEqual(reduce_list(list(range(100)), lambda items: {3, 77} <= set(items), time.monotonic() + 10), [3, 77])


if __name__ == "__main__":
    unittest.main()
