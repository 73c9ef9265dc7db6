"""The benchmark tools must notice wrong output, failures and slowdowns, and not cry wolf over noise."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"


class BenchTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_tool(self, tool, *arguments):
        return subprocess.run([sys.executable, BENCH / tool, *arguments], capture_output=True, text=True)

    def engine(self, script):
        path = self.folder / "engine"
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)
        return self.run_tool(
            "run.py", "n_queens", "--size", "5", "--runs", "1", "--engines", "cpython", "--engine", f"krait={path}", "--json", self.folder / "out"
        )

    def test_runner_notices(self):
        good = self.engine('exec /usr/bin/python3.11 "$@"\n')
        self.assertEqual(good.returncode, 0, good.stdout + good.stderr)
        self.assertEqual(len(json.loads((self.folder / "out").read_text())["samples"]["n_queens"]["krait"]), 1)
        wrong = self.engine("echo surplus\n")
        self.assertIn("FAILED n_queens with krait: prints something else than cpython", wrong.stdout)
        self.assertEqual(wrong.returncode, 1)
        failing = self.engine("echo broken >&2; exit 3\n")
        self.assertIn("FAILED n_queens with krait: exit status 3: broken", failing.stdout)
        self.assertEqual(failing.returncode, 1)

    def test_runner_tells_what_is_slower_than_jit_off(self):
        for delay, status in (("0.4", 1), ("0", 0)):
            slow, fast = self.folder / "slow", self.folder / "fast"
            slow.write_text(f'#!/bin/sh\nsleep {delay}\nexec /usr/bin/python3.11 "$@"\n')
            fast.write_text('#!/bin/sh\nsleep 0.2\nexec /usr/bin/python3.11 "$@"\n')
            slow.chmod(0o755), fast.chmod(0o755)
            engines = ["--engines", "krait", "--nojit", "--engine", f"krait={slow}", "--engine", f"nojit={fast}"]
            result = self.run_tool("run.py", "n_queens", "--size", "5", "--runs", "1", "--check", *engines)
            self.assertEqual(result.returncode, status, result.stdout + result.stderr)
            self.assertIn("slower than nojit by more than 3%: " + ("n_queens" if status else "none"), result.stdout)

    def test_short_runs_each_size_by_both_clocks(self):
        engines = [f"--engine={name}=/usr/bin/python3.11" for name in ("krait", "cpython")]
        result = self.run_tool("run.py", "permutations", "--short", "--runs", "1", *engines, "--json", self.folder / "out")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        samples = json.loads((self.folder / "out").read_text())["samples"]
        self.assertEqual(sorted(samples), ["permutations 7", "permutations 8"])
        self.assertIn("by the clock", result.stdout)
        self.assertIn("by processor time", result.stdout)

    def test_attributes_subtracts_the_loop_and_checks(self):
        kinds = ["slot", "--runs", "1", "--warm", "0", "--window", "0.001"]
        engines = [f"--engine={name}=/usr/bin/python3.11" for name in ("krait", "pypy")]
        result = self.run_tool("attributes/run.py", *kinds, *engines, "--check", "1000")
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("too slow: slot (", result.stdout)
        self.assertIn("geometric mean", result.stdout)

    def compare(self, old, new, peer=(1.0, 1.0, 1.0)):
        for name, times in (("old", old), ("new", new)):
            cpython = peer if name == "new" else (1.0, 1.0, 1.0)
            samples = {"program": {"krait": [{"wall": t} for t in times], "cpython": [{"wall": t} for t in cpython]}}
            (self.folder / name).write_text(json.dumps({"samples": samples}))
        return self.run_tool("compare.py", self.folder / "old", self.folder / "new")

    def test_compare_notices(self):
        self.assertEqual(self.compare((1.0, 1.01, 0.99), (1.3, 1.31, 1.29)).returncode, 1)
        self.assertIn("no longer runs", self.compare((1.0, 1.0), ()).stdout)

    def test_compare_tolerates(self):
        self.assertEqual(self.compare((1.0, 1.01, 0.99), (1.02, 1.03, 1.0)).returncode, 0)
        self.assertEqual(self.compare((1.0, 0.6, 1.5), (1.2, 0.7, 1.9)).returncode, 0)  # scatters
        self.assertEqual(self.compare((1.0, 1.01, 0.99), (2.0, 2.02, 1.98), (2.0, 2.0, 2.0)).returncode, 0)  # a slower machine


if __name__ == "__main__":
    unittest.main()
