"""Compares runtime/support's UTF-7, 8, 16 and 32 with CPython's codecs on random, mostly bad, input: what is decoded before the
first error, where the error is, what an incremental decoder would keep, and what encoding gives."""

import codecs
import random
import sys

from harness import Report, compare_lines, hex_list, option_parser

CODECS = {"8": "utf-8", "16L": "utf-16-le", "16B": "utf-16-be", "32L": "utf-32-le", "32B": "utf-32-be"}
INTERESTING = (0x00, 0x24, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xDF, 0xE0, 0xE2, 0xED, 0xEF, 0xF0, 0xF3,
               0xF4, 0xF5, 0xFF, 0xD8, 0xDB, 0xDC, 0x10, 0x11)


def random_text(source, surrogates=True):
    pools = ((0x20, 0x7E), (0x80, 0xFF), (0x100, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF))
    if surrogates and source.random() < 0.2:
        pools += ((0xD800, 0xDFFF),)
    pools = source.choices(pools, k=source.randint(1, 3))
    return "".join(chr(source.randint(*source.choice(pools))) for _ in range(source.randint(0, source.choice((4, 12, 90)))))


def random_bytes(source, encoding):
    text = random_text(source).encode(encoding, "surrogatepass" if encoding != "utf-7" else "strict")
    result = bytearray(text)
    for _ in range(source.choice((0, 1, 1, 2))):
        position = source.randrange(len(result) + 1)
        change = source.randrange(3)
        if change == 0:
            result[position:position] = bytes([source.choice(INTERESTING)])
        elif change == 1 and result:
            del result[source.randrange(len(result)):]
        elif position < len(result):
            result[position] = source.choice(INTERESTING)
    if source.random() < 0.2:
        result = bytes(source.choice(INTERESTING) for _ in range(source.randint(0, 8)))
    return bytes(result)


def decode_answer(encoding, value):
    decode = codecs.getincrementaldecoder(encoding)
    try:
        text, start, size, reason = value.decode(encoding), len(value), 0, ""
    except UnicodeDecodeError as error:
        text, start, size, reason = value[:error.start].decode(encoding), error.start, error.end - error.start, error.reason
    incomplete = False
    if reason:
        try:
            decoder = decode()
            decoder.decode(value)
            incomplete = True
        except UnicodeDecodeError:
            pass
    return f"{hex_list(text)} {start} {size} {incomplete:d} {reason}"


def decode7_answer(value, final):
    try:
        text, consumed = codecs.utf_7_decode(value, "strict", final)
        return f"{hex_list(text)} {consumed} 0 0 "
    except UnicodeDecodeError as error:
        first = error
    # What was written before the first error, which may be part of the bad sequence: ask for a marker in its place.
    codecs.register_error("krait-mark", lambda error: ("\U0010FFFF", len(value)))
    text, _ = codecs.utf_7_decode(value, "krait-mark", final)
    return f"{hex_list(text[:-1])} {first.start} {first.start} {first.end} {first.reason}"


def encode_answer(encoding, text):
    valid = len(text)
    if encoding != "utf-7":
        valid = next((index for index, char in enumerate(text) if "\ud800" <= char <= "\udfff"), valid)
    return f"{text[:valid].encode(encoding).hex() or '-'} {valid}"


def questions(source, count):
    for _ in range(count):
        for name, encoding in CODECS.items():
            value = random_bytes(source, encoding)
            yield f"decode {name} {value.hex() or '-'}", decode_answer(encoding, value)
            text = random_text(source)
            yield f"encode {name} {hex_list(text)}", encode_answer(encoding, text)
        value = random_bytes(source, "utf-7")
        if source.random() < 0.5:
            value = bytes(source.choice(b"+-AQ/d2Ya~\\ \x80") for _ in range(source.randint(0, 12)))
        for final in (False, True):
            yield f"decode7 {final:d} {value.hex() or '-'}", decode7_answer(value, final)
        text = random_text(source)
        if source.random() < 0.5:
            text = "".join(source.choice("ab+-~\\/\t\0 \x7f!\u20ac\U0001f600\ud800") for _ in range(source.randint(0, 12)))
        yield f"encode 7 {hex_list(text)}", encode_answer("utf-7", text)


def main():
    options = option_parser().parse_args()
    report = Report()
    pairs = list(questions(random.Random(6), 2000 if options.sample else 100000))
    compare_lines(options.build / "drivers/text_driver", report, pairs)
    return report.finish()


sys.exit(main())
