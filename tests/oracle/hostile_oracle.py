"""Hostile source: the front end must accept it or say clearly what is wrong, in bounded time and memory, and never crash."""
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import Report, option_parser

MEMORY = 6 << 30
SECONDS = 60
ERRORS = ("SyntaxError", "IndentationError", "TabError", "ValueError", "MemoryError", "RecursionError", "OverflowError")


def nested(opening, inner, closing, count):
    return opening * count + inner + closing * count


def cases(scale):
    """Pairs of name and source; scale 1 is full size."""
    million = 1_000_000 // scale
    thousand = 100_000 // scale
    yield "open brackets", "(" * thousand
    yield "balanced brackets", nested("(", "", ")", thousand)
    for opening, closing in (("(", ")"), ("[", "]"), ("{", "}"), ("{a:", "}"), ("f(", ")"), ("f(a=", ")"), ("f[", "]")):
        yield f"error within {opening}", nested(opening, "x y", closing, 90)
    yield "lambda defaults", "lambda x=" * 200 + "1 1"
    yield "nested generators", nested("(x for x in ", "x y", ")", 80)
    for pattern in ("(", "[a, ", "A(", "A(a=", "{1:"):
        closing = {"(": ")", "[": "]", "A": ")", "{": "}"}[pattern[0]]
        yield f"error within pattern {pattern}", "match x:\n case " + nested(pattern, "x y", closing, 90) + ": pass"
    for statement in ("if a:", "while a:", "for a in b:", "with a as b:", "try:", "class A:", "def f():"):
        lines = [" " * i + statement for i in range(90)] + [" " * 90 + "x y"]
        yield f"error within nested {statement}", "\n".join(lines)
    yield "too many levels", "\n".join(" " * i + "if a:" for i in range(150))
    yield "long string", "x = '" + "a" * (50 * million) + "'"
    yield "long name", "a" * (50 * million)
    yield "long comment", "#" * (50 * million)
    yield "sum of a million terms", "x = " + "1+" * million + "1"
    yield "the same with an error", "x = " + "1+" * million + "1 1"
    yield "list of a million items", "[" + "1," * million + "]"
    yield "the same with an error behind", "[" + "1," * (million // 2) + "1 1]"
    yield "dict with an error", "{" + "a:1," * (million // 2) + "1 1}"
    yield "a million statements, then an error", "x=1\n" * million + "x y"
    yield "attributes", "a" + ".b" * million
    yield "calls", "a" + "()" * million
    yield "comparisons", "a" + "<b" * million
    yield "or", "a" + " or b" * million
    yield "unary operators", "-" * thousand + "1"
    yield "not", "not " * thousand + "1"
    yield "powers", "a**" * thousand + "1"
    yield "conditional expressions", "a if b else " * thousand + "c"
    yield "lambdas", "lambda:" * thousand + "1"
    yield "elif", "if a: pass\n" + "elif a: pass\n" * thousand
    yield "decorators", "@a\n" * thousand + "def f(): pass"
    yield "adjacent strings", "'a' " * million
    yield "fields", "f'" + "{a}" * thousand + "'"
    yield "fields with an error", "f'" + "{a}" * thousand + "{a b}'"
    yield "digits", "9" * million
    yield "hexadecimal digits", "0x" + "9" * million
    yield "float digits", "9" * million + ".0"
    yield "backslashes", "\\\n" * million
    yield "empty lines", "\n" * (10 * million)
    yield "indentation", " " * (5 * million) + "x"
    yield "conditions of a generator", "(x for x in y" + " if a" * thousand + ")"
    yield "loops of a generator", "(x for x in y" + " for a in b" * thousand + ")"
    yield "NUL", "a\0b"
    yield "bad UTF-8", b"x = '\xff\xfe'\n\xc3 = 1\n"
    yield "truncated UTF-8", b"x = \xe2\x82"
    generator = random.Random(1)
    for i in range(20):
        yield f"random bytes {i}", generator.randbytes(5000).replace(b"\0", b"")
    words = ["(", ")", "[", "]", "{", "}", "if", "else", "for", "in", "lambda", ":", ",", "=", "x", "1", "'", '"', "\n", " ", "f'{", "}'", "*", "def", "\\"]
    for i in range(20):
        yield f"random words {i}", " ".join(generator.choices(words, k=3000))


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def verdict(program, path, mode):
    try:
        result = subprocess.run([program, "-e", "-m", mode, path], capture_output=True, timeout=SECONDS, preexec_fn=limit)
    except subprocess.TimeoutExpired:
        return "takes too long"
    if result.returncode not in (0, 1):
        return f"ends with status {result.returncode}"
    answer = result.stdout.decode("utf-8", "replace")
    if result.returncode == 1 and not answer.startswith(ERRORS):
        return f"says {answer[:100]!r}"
    return None


def main():
    options = option_parser("a hundredth of the size").parse_args()
    report = Report()
    with tempfile.NamedTemporaryFile(suffix=".py") as file:
        for name, source in cases(100 if options.sample else 1):
            Path(file.name).write_bytes(source if isinstance(source, bytes) else source.encode())
            for mode in ("exec", "eval"):
                problem = verdict(options.build / "drivers/krait_ast", file.name, mode)
                report.expect(f"{name} ({mode}): {problem}", not problem)
    return report.finish()


sys.exit(main())
