"""Compares runtime/support/number_text.h and hash.h with CPython on random and awkward values."""

import math
import os
import random
import struct
import subprocess
import sys
from fractions import Fraction

from harness import Report, bits, compare_lines, option_parser

CODES = "eEfFgG%"
FLAGS = (("+", 1), ("z", 8), ("#", 2))
SPECIAL = (0.0, -0.0, math.inf, -math.inf, math.nan, 0.5, 1.5, 2.5, 9.5, 99.5, 999.95, 1e15, 1e16, 1e17, 1e22, 1e23, 5e-324,
           2.2250738585072014e-308, 1.7976931348623157e308, 9007199254740993.0, 123456.0, 0.0001, 0.00001, 1e-7)


def data(text):
    return text.encode().hex() or "-"


def random_double(source):
    kind = source.randrange(6)
    if kind == 0:
        return source.choice(SPECIAL)
    if kind == 1:
        return source.uniform(-1000, 1000)
    if kind == 2:
        return source.randint(-10 ** 6, 10 ** 6) / source.choice((2, 4, 8, 16, 1024, 10, 100, 1000))
    if kind == 3:
        return source.randint(1, 99999) * 10.0 ** source.randint(-320, 300)
    if kind == 4:
        return math.ldexp(1 + source.choice((-1, 0, 1)) * 2.0 ** -52, source.randint(-1074, 1023))
    value = struct.unpack("<d", struct.pack("<Q", source.getrandbits(64)))[0]
    return 1.0 if value != value else value


def midpoint_text(source):
    """The exact decimal halfway between two neighbouring doubles, perhaps a hair off."""
    number = source.getrandbits(52) | source.randint(0, 0x7FE) << 52
    value = struct.unpack("<d", struct.pack("<Q", number))[0]
    above = struct.unpack("<d", struct.pack("<Q", number + 1))[0]
    if math.isinf(above):
        return "1.797693134862315807e308"
    middle = (Fraction(value) + Fraction(above)) / 2
    places = middle.denominator.bit_length() - 1
    digits = str(middle.numerator * 5 ** places) + f"e{-places}"
    return source.choice((digits, digits.replace("e", "0" * 900 + "1e").replace(f"e{-places}", f"e{-places - 901}"),
                          str(middle.numerator * 5 ** places - 1) + f"e{-places}"))


def parse_text(source):
    kind = source.randrange(5)
    if kind == 0:
        return midpoint_text(source)
    if kind == 1:
        return f"{source.getrandbits(source.randint(1, 90))}e{source.randint(-360, 310)}"
    if kind == 2:
        return "%.*e" % (source.randint(0, 40), random_double(source))
    if kind == 3:
        return source.choice("+-") + source.choice(("inf", "Infinity", "NAN", ".5", "5.", "1_0.0_1e+0_5", "0" * 500 + "7"))
    return repr(random_double(source))


def unhex_text(source):
    text = (source.choice(("", "-", "+")) + source.choice(("0x", "0X", "")) + f"{source.getrandbits(source.randint(1, 90)):x}"
            + source.choice(("", ".", f".{source.getrandbits(60):x}", ".8", ".8" + "0" * 30 + "1", ".7" + "f" * 30))
            + source.choice(("", f"p{source.randint(-1200, 1100)}", "P+7", "p", "p-", "p-" + "9" * 30, "p" + "9" * 30)))
    if source.random() < 0.1:
        position = source.randrange(len(text) + 1)
        text = text[:position] + source.choice("x. pg_-\t\n") + text[position:]
    return text


def unhex_answer(text):
    try:
        return "0 " + bits(float.fromhex(text))
    except ValueError:
        return "1 0"
    except OverflowError:
        return "2 0"


def rounded(value, places):
    try:
        return round(value, places)
    except OverflowError:
        return math.copysign(math.inf, value)


def questions(source, count):
    for _ in range(count):
        value = random_double(source)
        yield f"repr {bits(value)}", repr(value)
        text = parse_text(source)
        yield f"parse {data(text)}", f"{len(text)} {bits(float(text))}"
        precision = source.choice((source.randint(0, 20), source.randint(0, 6), source.randint(0, 400)))
        chosen = [flag for flag in FLAGS if source.random() < 0.25]
        spec = "".join(flag for flag, _ in chosen)
        number = sum(flag for _, flag in chosen)
        code = source.choice(CODES)
        yield f"format {bits(value)} {code} {precision} {number}", format(value, f"{spec}.{precision}{code}")
        yield f"format {bits(value)} g {precision} {number | 4}", format(value, f"{spec}.{precision}")
        yield f"format {bits(value)} r 0 {number | 4}", format(value, spec)
        places = source.choice((source.randint(-20, 20), source.randint(-5, 5), source.randint(-330, 330)))
        yield f"round {bits(value)} {places}", bits(rounded(value, places))
        yield f"hex {bits(value)}", value.hex()
        text = unhex_text(source)
        yield f"unhex {data(text)}", unhex_answer(text)
        if value == value:
            yield f"hashdouble {bits(value)}", str(hash(value))
        number = source.getrandbits(source.randint(1, 400))
        limbs = number.to_bytes((number.bit_length() + 63) // 64 * 8, "little").hex() or "-"
        yield f"hashlimbs 1 {limbs}", str(hash(-number))


def hash_questions(source, count):
    """String hashes under a few seeds; the running interpreter has only one, so others answer."""
    for seed in (0, 1, 42, 4294967295):
        strings = ["".join(chr(source.randint(0, 127)) for _ in range(source.randint(0, 40))) for _ in range(count)]
        code = "import ast, sys\nfor text in ast.literal_eval(sys.stdin.read()): print(hash(text))"
        answers = subprocess.run([sys.executable, "-c", code], input=repr(strings), capture_output=True, text=True, check=True,
                                 env={**os.environ, "PYTHONHASHSEED": str(seed)}).stdout.split()
        for text, answer in zip(strings, answers, strict=True):
            yield f"hash {seed} {data(text)}", answer


def main():
    options = option_parser().parse_args()
    source = random.Random(4)
    pairs = list(questions(source, 2000 if options.sample else 200000)) + list(hash_questions(source, 200))
    report = Report()
    compare_lines(options.build / "drivers/text_driver", report, pairs)
    return report.finish()


sys.exit(main())
