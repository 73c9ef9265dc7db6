"""What oracles share: options, the library's files, drivers that answer questions, and the report: the differences, then how many comparisons
passed and failed.
"""
import argparse
import struct
import subprocess
from pathlib import Path

LIBRARY = Path("/usr/lib/python3.11")


def option_parser(sample=None):
    """The options that the build passes to every oracle; `sample` says what --sample leaves out."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, default=Path("build"))
    parser.add_argument("--sample", action="store_true", help=sample)
    return parser


def library_files(sample):
    files = sorted(path for path in LIBRARY.rglob("*.py") if path.is_file())
    return files[::20] if sample else files


class Report:
    """Counts what passed and failed, and prints the first `show` failures."""

    def __init__(self, show=20):
        self.show = show
        self.passed = self.failed = 0

    def count(self, holds):
        """True if the failure, which is one, is to be shown."""
        self.passed, self.failed = self.passed + bool(holds), self.failed + (not holds)
        return not holds and self.failed <= self.show

    def expect(self, what, holds):
        if self.count(holds):
            print(f"FAILED {what}")
        return bool(holds)

    def compare(self, what, wanted, got):
        if self.count(wanted == got):
            print(f"{what}\n   CPython: {wanted}\n   Krait:   {got}")

    def finish(self):
        """Prints the counts; the exit status."""
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


class Batch:
    """krait_ast or krait_dis reading file names on its standard input."""

    def __init__(self, program, *options):
        self.program = program
        self.process = subprocess.Popen([program, "-b", *options, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, path, errors="replace"):
        self.process.stdin.write(str(path).encode() + b"\n")
        self.process.stdin.flush()
        head = self.process.stdout.readline()
        if not head.startswith(b"== "):
            raise SystemExit(f"{self.program.name} died at {path}")
        return self.process.stdout.read(int(head[3:])).decode("utf-8", errors)


def ask_lines(program, questions):
    """The program's answers, a line each, to questions of a line each."""
    text = "".join(question + "\n" for question in questions)
    answers = subprocess.run([program], input=text, capture_output=True, text=True, check=True).stdout.split("\n")[:-1]
    if len(answers) != len(questions):
        raise SystemExit(f"{program.name} gave {len(answers)} answers to {len(questions)} questions")
    return answers


def compare_lines(program, report, pairs):
    """pairs: questions, and the answers that CPython gives."""
    for (question, wanted), got in zip(pairs, ask_lines(program, [question for question, _ in pairs])):
        report.compare(question, wanted, got)


def hex_list(text):
    return ",".join(f"{ord(char):x}" for char in text) or "-"


def bits(value):
    return f"{struct.unpack('<Q', struct.pack('<d', value))[0]:x}"
