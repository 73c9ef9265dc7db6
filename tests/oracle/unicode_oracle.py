"""Compares runtime/support/unicode.h with CPython: every property of every code point, normalization of random strings, and
looking names up. The sample takes some blocks of code points."""

import random
import subprocess
import sys
import unicodedata

from harness import Report, ask_lines, bits, compare_lines, hex_list, option_parser

OLD = unicodedata.ucd_3_2_0
FORMS = ("NFD", "NFKD", "NFC", "NFKC")
SAMPLE = ((0, 0x3000), (0xA640, 0xAC10), (0xD7A0, 0xD820), (0xF900, 0x10400), (0x1D100, 0x1D800), (0x1F100, 0x1F300),
          (0x2F800, 0x2FA20), (0xE0000, 0xE0200), (0x10FF00, 0x110000))


def final_sigma(text):
    return text.lower()[-1:] == "\u03c2"


def flags(char):
    ignorable = final_sigma("A" + char + "\u03a3") and not final_sigma(char + "\u03a3")
    properties = (
        char.isalpha(), char.isdecimal(), char.isdigit(), char.isnumeric(), char.isspace(), char.isprintable(),
        len(("a" + char + "b").splitlines()) == 2, char.isidentifier(), ("a" + char).isidentifier(),
        (char + "a").title()[-1] == "a", ignorable, char.islower(), char.isupper(), char.istitle() and not char.isupper(),
        unicodedata.mirrored(char) == 1)
    return sum(1 << index for index, value in enumerate(properties) if value)


def database(module, char):
    numeric = module.numeric(char, None)
    values = (module.category(char), module.bidirectional(char), module.east_asian_width(char), module.combining(char),
              module.mirrored(char), module.decimal(char, -1), module.digit(char, -1),
              "-" if numeric is None else bits(numeric))
    decomposition = module.decomposition(char).split()
    tag = decomposition.pop(0) if decomposition and decomposition[0][0] == "<" else ""
    decomposition = ",".join(f"{int(part, 16):x}" for part in decomposition) or "-"
    forms = " ".join(hex_list(module.normalize(form, char)) for form in FORMS)
    name = module.name(char, "")
    return f"{','.join(map(str, values))} {tag}{decomposition} {forms} [{name}]{'=' if name else ''}"


def expected(code):
    char = chr(code)
    upper, lower, title, folded = char.upper(), char.lower(), char.title(), char.casefold()
    return (f"{code:x} {flags(char):x} {unicodedata.decimal(char, -1)} {unicodedata.digit(char, -1)} "
            f"{unicodedata.numeric(char, None) is not None:d} "
            f"{hex_list(upper)} {hex_list(lower)} {hex_list(title)} {hex_list(folded)} "
            f"{ord(upper[0]):x} {ord(lower[0]):x} {ord(title[0]):x} {database(unicodedata, char)} {database(OLD, char)}")


def check_properties(driver, report, ranges):
    for start, stop in ranges:
        process = subprocess.Popen([driver, "properties", str(start), str(stop)], stdout=subprocess.PIPE, text=True)
        for code, line in zip(range(start, stop), process.stdout, strict=True):
            got, quick = line.rstrip("\n").rsplit(" ", 1)
            report.compare(f"U+{code:04X}", expected(code), got)
            for form, digit in zip(FORMS, quick):
                # 0 is "yes" and 2 "no", which must be true; 1 is "maybe".
                if (digit == "0") != unicodedata.is_normalized(form, chr(code)) and digit != "1":
                    report.compare(f"quick check of U+{code:04X} for {form}", "", digit)
        process.wait()


def check_normalization(driver, report, count):
    source = random.Random(1)
    decomposing = [chr(code) for code in range(0x30000) if unicodedata.decomposition(chr(code))]
    parts = [char for text in decomposing for char in unicodedata.normalize("NFKD", text)]
    marks = [chr(code) for code in range(0x20000) if unicodedata.combining(chr(code))]
    hangul = [chr(code) for code in (*range(0x1100, 0x1200, 7), *range(0x1161, 0x1176), *range(0xAC00, 0xAC40))]
    questions = []
    for index in range(count):
        length = source.randint(1, 200 if index % 50 == 0 else 10)
        pools = source.choice(((decomposing, parts, marks, hangul), (parts, marks), (marks,), (hangul,)))
        text = "".join(source.choice(source.choice(pools)) for _ in range(length))
        for number, form in enumerate(FORMS):
            for version, module in enumerate((unicodedata, OLD)):
                wanted = hex_list(module.normalize(form, text))
                questions.append((f"normalize {number} {version} {hex_list(text)}", wanted, form, text))
    answers = ask_lines(driver, [question[0] for question in questions])
    for (command, wanted, form, text), answer in zip(questions, answers):
        quick, got = answer.split(" ")
        report.compare(command, wanted, got)
        if quick != "1" and (quick == "0") != unicodedata.is_normalized(form, text):
            report.compare("quick check of " + command, "", quick)


def lookup_question(name, version):
    module = (unicodedata, OLD)[version]
    try:
        found = module.lookup(name)
    except KeyError:
        found = ""
    try:
        escape = len(eval("'\\N{" + name + "}'")) == 1
    except SyntaxError:
        escape = False
    return f"lookup {version} {name.encode('ascii').hex() or '-'}", f"{hex_list(found)} {escape:d}"


def check_lookup(driver, report, extra_path, count):
    source = random.Random(2)
    names = [line.rstrip("\n").split(";")[1] for line in open(extra_path) if not line.startswith("#")]
    named = [name for name in (unicodedata.name(chr(code), "") for code in range(0x110000)) if name]
    names += source.sample(named, count)
    for name in source.sample(named, count):
        position = source.randrange(len(name))
        names += [name.lower(), name + " ", name[:position] + source.choice("AZ09- ") + name[position + 1:], name[:position]]
    for digits in ("4E00", "04E00", "004E00", "4e00", "3400", "20000", "9FFD", "F900", "", "0", "110000"):
        names += [prefix + digits for prefix in ("CJK UNIFIED IDEOGRAPH-", "cjk unified ideograph-",
                                                 "CJK COMPATIBILITY IDEOGRAPH-", "NUSHU CHARACTER-", "TANGUT IDEOGRAPH-")]
    names += ["HANGUL SYLLABLE " + rest for rest in ("GA", "ga", "", "A", "G", "GAG", "GAGA", "GAGG", "SSANGSS", "YE", "EO")]
    questions = [lookup_question(name, version) for name in names if name and "}" not in name for version in (0, 1)]
    compare_lines(driver, report, questions)


def main():
    options = option_parser("some blocks of code points").parse_args()
    driver = options.build / "drivers/text_driver"
    report = Report()
    check_properties(driver, report, SAMPLE if options.sample else ((0, 0x110000),))
    check_normalization(driver, report, 1000 if options.sample else 30000)
    extra_path = __file__.removesuffix("tests/oracle/unicode_oracle.py") + "runtime/support/unicode_extra_names.txt"
    check_lookup(driver, report, extra_path, 500 if options.sample else 20000)
    return report.finish()


sys.exit(main())
