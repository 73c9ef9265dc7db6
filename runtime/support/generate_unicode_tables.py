"""Writes the Unicode 14.0.0 tables of runtime/support/unicode_tables.h as one C file.

The source of truth is the interpreter that runs this script: python3.11 with its unicodedata module and str methods, so the
tables agree with what Python programs see by construction. Usage: generate_unicode_tables.py EXTRA_NAMES OUTPUT
"""

import sys
import unicodedata
from collections import Counter

LIMIT = 0x110000
OLD = unicodedata.ucd_3_2_0

CATEGORIES = ("Cn Lu Ll Lt Mn Mc Me Nd Nl No Zs Zl Zp Cc Cf Cs Co Lm Lo Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So").split()
BIDIRECTIONAL = [""] + "L LRE LRO R AL RLE RLO PDF EN ES ET AN CS NSM BN B S WS ON LRI RLI FSI PDI".split()
WIDTHS = "F H W Na A N".split()
TAGS = [""] + ("<noBreak> <compat> <super> <fraction> <sub> <font> <circle> <wide> <vertical> <square> <isolated> <final> "
               "<initial> <medial> <small> <narrow>").split()

# Bits of a type record's flags; the same names stand in unicode.h as UNICODE_<NAME>.
FLAGS = ("ALPHA DECIMAL DIGIT NUMERIC SPACE PRINTABLE LINE_BREAK XID_START XID_CONTINUE CASED CASE_IGNORABLE LOWER UPPER "
         "TITLE MIRRORED").split()
BIT = {name: 1 << index for index, name in enumerate(FLAGS)}
NO_VALUE = 255


class Interner:
    """Gives equal rows equal indices, in order of first use."""

    def __init__(self, *first):
        self.rows = {}
        for row in first:
            self.index(row)

    def index(self, row):
        return self.rows.setdefault(row, len(self.rows))


class Output:
    def __init__(self, file):
        self.file = file
        self.bytes = 0

    def array(self, c_type, name, values, size):
        values = [str(value) for value in values]
        self.bytes += len(values) * size
        self.file.write(f"const {c_type} {name}[{len(values)}] = {{\n")
        for start in range(0, len(values), 24):
            self.file.write(",".join(values[start:start + 24]) + ",\n")
        self.file.write("};\n")

    def two_stage(self, name, values, shift=7):
        """values, one a code point, become NAME_pages (which block) and NAME_blocks (what in it)."""
        blocks = Interner()
        pages = [blocks.index(tuple(values[start:start + (1 << shift)])) for start in range(0, LIMIT, 1 << shift)]
        flat = [value for block in blocks.rows for value in block]
        assert len(blocks.rows) < 0x10000 and max(flat) < 0x10000
        self.array("uint16_t", name + "_pages", pages, 2)
        wide = max(flat) > 255
        self.file.write(f"/* {len(blocks.rows)} blocks */\n")
        self.array("uint16_t" if wide else "uint8_t", name + "_blocks", flat, 2 if wide else 1)


def final_sigma(text):
    return text.lower().endswith("\u03c2")


def flags_of(char, category):
    flags = BIT["ALPHA"] * char.isalpha() | BIT["DECIMAL"] * char.isdecimal() | BIT["DIGIT"] * char.isdigit()
    flags |= BIT["NUMERIC"] * char.isnumeric() | BIT["SPACE"] * char.isspace() | BIT["PRINTABLE"] * char.isprintable()
    flags |= BIT["LOWER"] * char.islower() | BIT["UPPER"] * char.isupper() | BIT["TITLE"] * (category == "Lt")
    flags |= BIT["XID_START"] * char.isidentifier() | BIT["XID_CONTINUE"] * ("a" + char).isidentifier()
    flags |= BIT["MIRRORED"] * unicodedata.mirrored(char)
    if category in ("Cc", "Zl", "Zp"):
        flags |= BIT["LINE_BREAK"] * (len(("a" + char + "b").splitlines()) == 2)
    # A letter after a cased character is lowered by title(); the two properties show in when a sigma counts as final.
    flags |= BIT["CASED"] * (char + "a").title().endswith("a")
    ignorable = final_sigma("A" + char + "\u03a3") and not final_sigma(char + "\u03a3")
    flags |= BIT["CASE_IGNORABLE"] * ignorable
    return flags


def case_row(char, sequences):
    """(delta, sequence index) for upper, lower, title, casefold; a sequence is used where the result is not one character."""
    row = []
    for result in (char.upper(), char.lower(), char.title(), char.casefold()):
        if len(result) == 1:
            row += [ord(result) - ord(char), 0]
        else:
            row += [0, sequences.index(result)]
    return tuple(row)


def quick_check(char, second_of_composition):
    """Two bits a form (NFD, NFKD, NFC, NFKC): 0 yes, 1 maybe, 2 no."""
    bits = 0
    for position, form in enumerate(("NFD", "NFKD", "NFC", "NFKC")):
        if unicodedata.normalize(form, char) != char:
            bits |= 2 << 2 * position
        elif position >= 2 and char in second_of_composition:
            bits |= 1 << 2 * position
    return bits


def numeric_of(database, char):
    return database.numeric(char, None)


def write_properties(out):
    chars = [chr(code) for code in range(LIMIT)]
    categories = [unicodedata.category(char) for char in chars]
    assigned = [code for code in range(LIMIT) if categories[code] not in ("Cn", "Co", "Cs")]

    decompositions = {code: unicodedata.decomposition(chars[code]) for code in assigned}
    decompositions = {code: text.split() for code, text in decompositions.items() if text}
    pairs = {}
    for code, parts in decompositions.items():
        if len(parts) == 2 and not parts[0].startswith("<") and unicodedata.normalize("NFC", chars[code]) == chars[code]:
            pairs[int(parts[0], 16), int(parts[1], 16)] = code
    second = {chr(pair[1]) for pair in pairs} | {chr(code) for code in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}

    numerics = Interner(None)
    sequences = Interner("")
    cases = Interner((0,) * 8)
    types = Interner((0, NO_VALUE, NO_VALUE, 0, 0, 0))
    type_index = [0] * LIMIT
    plain = {name: types.index((0, NO_VALUE, NO_VALUE, 0, CATEGORIES.index(name), 0))
             for name in ("Cn", "Co", "Cs")}
    databases = Interner((0, 0, WIDTHS.index("F"), 0))
    database_index = [0] * LIMIT
    for code in range(LIMIT):
        char, category = chars[code], categories[code]
        if category in plain:
            type_index[code] = plain[category]
            bits = 0
        else:
            type_index[code] = types.index((
                flags_of(char, category), unicodedata.decimal(char, NO_VALUE), unicodedata.digit(char, NO_VALUE),
                numerics.index(numeric_of(unicodedata, char)), CATEGORIES.index(category),
                cases.index(case_row(char, sequences))))
            bits = quick_check(char, second)
        database_index[code] = databases.index((
            unicodedata.combining(char), BIDIRECTIONAL.index(unicodedata.bidirectional(char)),
            WIDTHS.index(unicodedata.east_asian_width(char)), bits))

    # The 3.2.0 database: a full row for each code point where it differs; row 0 means "as in 14.0.0".
    old_rows = Interner(None)
    old_index = [0] * LIMIT
    for code in range(LIMIT):
        char = chars[code]
        new = (categories[code], unicodedata.bidirectional(char), unicodedata.east_asian_width(char))
        old = (OLD.category(char), OLD.bidirectional(char), OLD.east_asian_width(char))
        if categories[code] not in plain:
            new += (unicodedata.combining(char), unicodedata.mirrored(char), unicodedata.decimal(char, NO_VALUE),
                    unicodedata.digit(char, NO_VALUE), numeric_of(unicodedata, char))
            old += (OLD.combining(char), OLD.mirrored(char), OLD.decimal(char, NO_VALUE), OLD.digit(char, NO_VALUE),
                    numeric_of(OLD, char))
        if new != old:
            if len(old) == 3:
                old += (0, 0, NO_VALUE, NO_VALUE, None)
            old_index[code] = old_rows.index(old)
    old_records = []
    for row in list(old_rows.rows)[1:]:
        category, bidirectional, width, combining, mirrored, decimal, digit, numeric = row
        old_records.append((CATEGORIES.index(category), BIDIRECTIONAL.index(bidirectional), WIDTHS.index(width), combining,
                            mirrored, decimal, digit, numerics.index(numeric)))
    corrected = []
    for code in decompositions:
        if OLD.category(chars[code]) != "Cn":
            text = OLD.normalize("NFD", chars[code])
            if text != unicodedata.normalize("NFD", chars[code]):
                corrected.append((code, ord(text)))

    def records(c_type, name, rows, size):
        out.array(c_type, name, ["{" + ",".join(map(str, row)) + "}" for row in rows], size)

    records("UnicodeTypeRecord", "unicode_type_records", types.rows, 8)
    out.two_stage("unicode_type", type_index)
    records("UnicodeDatabaseRecord", "unicode_database_records", databases.rows, 4)
    out.two_stage("unicode_database", database_index)
    type_rows = list(types.rows)
    out.array("uint16_t", "unicode_latin1_flags", [type_rows[type_index[code]][0] for code in range(256)], 2)
    offsets, flat = {}, []
    for text, index in sequences.rows.items():
        offsets[index] = len(flat)
        flat += [len(text), *map(ord, text)]
    case_rows = ["{{" + ",".join(map(str, row[0::2])) + "},{" + ",".join(str(offsets[index]) for index in row[1::2]) + "}}"
                 for row in cases.rows]
    out.array("UnicodeCaseRecord", "unicode_case_records", case_rows, 24)
    out.array("uint16_t", "unicode_case_sequences", flat, 2)
    out.array("double", "unicode_numeric_values",
              ["0" if value is None else float(value).hex() for value in numerics.rows], 8)
    records("UnicodeOldRecord", "unicode_old_records", [(0,) * 8] + old_records, 8)
    out.two_stage("unicode_old", old_index)
    records("UnicodeCorrection", "unicode_old_corrections", corrected + [(LIMIT, 0)], 8)

    data, rows = [0], Interner(())
    data_index = [0] * LIMIT
    starts = {(): 0}
    for code, parts in decompositions.items():
        tag = TAGS.index(parts[0]) if parts[0].startswith("<") else 0
        row = (tag, *(int(part, 16) for part in parts[tag != 0:]))
        if row not in starts:
            starts[row] = len(data)
            data += [len(row) - 1 << 8 | tag, *row[1:]]
        data_index[code] = starts[row]
    out.array("uint32_t", "unicode_decomposition_data", data, 4)
    out.two_stage("unicode_decomposition", data_index)

    # Open addressing, half full; the multiplier is the one in unicode_compose_pair.
    slots = [(0, 0, 0)] * 2048
    for (first, last), code in sorted(pairs.items()):
        slot = ((first * 0x9E3779B1 + last * 0x85EBCA6B) & 0xFFFFFFFF) >> 21
        while slots[slot][2]:
            slot = (slot + 1) % 2048
        slots[slot] = (first, last, code)
    records("UnicodeComposition", "unicode_compositions", slots, 12)


HASH_BUCKETS = 16384


def name_hash(name):
    """FNV-1a of the upper-case name; unicode_names.c computes the same."""
    value = 2166136261
    for byte in name.encode("ascii").upper():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return (value ^ value >> 15) % HASH_BUCKETS


def write_names(out, extra_path):
    names, numbered = {}, []
    for code in range(LIMIT):
        name = unicodedata.name(chr(code), None)
        if name is None or name.startswith(("HANGUL SYLLABLE ", "CJK UNIFIED IDEOGRAPH-")):
            if name and name.startswith("CJK"):
                numbered.append((code, "CJK UNIFIED IDEOGRAPH-"))
            continue
        if name.endswith(f"-{code:04X}"):
            numbered.append((code, name.removesuffix(f"{code:04X}")))
        else:
            names[code] = name
    extras = []
    for line in open(extra_path, encoding="ascii"):
        if not line.startswith("#"):
            codes, name = line.rstrip("\n").split(";")
            text = "".join(chr(int(code, 16)) for code in codes.split())
            assert unicodedata.lookup(name) == text, name
            extras.append((text, name))

    ranges = []
    for code, prefix in numbered:
        if ranges and ranges[-1][1] == code - 1 and ranges[-1][2] == prefix:
            ranges[-1][1] = code
        else:
            ranges.append([code, code, prefix])
    out.array("UnicodeNumberedRange", "unicode_numbered_ranges",
              [f'{{{first},{last},"{prefix}"}}' for first, last, prefix in ranges] + ['{1114112,1114112,""}'], 16)

    # Every name is a sequence of words. The most frequent words are one byte, the others two; zero ends a name.
    all_names = list(names.values()) + [name for _, name in extras]
    frequency = Counter(word for name in all_names for word in name.split(" "))
    words = sorted(frequency, key=lambda word: (-frequency[word], word))
    single = next(count for count in range(255, 0, -1) if count + (255 - count) * 256 >= len(words))
    code_of = {}
    for index, word in enumerate(words):
        rest = index - single
        code_of[word] = (index + 1,) if index < single else (single + 1 + (rest >> 8), rest & 255)
    text, offsets, word_offsets = [], [], []
    for index, name in enumerate(all_names):
        if index % 8 == 0:
            offsets.append(len(text))
        for word in name.split(" "):
            text += code_of[word]
        text.append(0)
    out.array("uint8_t", "unicode_name_text", text, 1)
    out.array("uint32_t", "unicode_name_offsets", offsets, 4)
    letters = []
    for word in words:
        word_offsets.append(len(letters))
        letters += word.encode("ascii")
        letters[-1] |= 0x80
    out.array("uint8_t", "unicode_name_letters", letters, 1)
    out.array("uint32_t", "unicode_name_words", word_offsets, 4)
    out.array("uint32_t", "unicode_name_single_words", [single], 4)

    runs = []
    for ordinal, code in enumerate(names):
        if not runs or runs[-1][0] + ordinal - runs[-1][1] != code:
            runs.append((code, ordinal))
    out.array("UnicodeNameRun", "unicode_name_runs", [f"{{{code},{ordinal}}}" for code, ordinal in runs]
              + [f"{{{LIMIT},{len(names)}}}"], 8)
    out.array("uint32_t", "unicode_name_run_count", [len(runs)], 4)
    out.array("uint32_t", "unicode_name_count", [len(names)], 4)
    starts, sequence = [], []
    for chars, _ in extras:
        starts.append(len(sequence))
        sequence += map(ord, chars)
    out.array("uint16_t", "unicode_extra_starts", starts + [len(sequence)], 2)
    out.array("uint32_t", "unicode_extra_code_points", sequence, 4)

    buckets = [[] for _ in range(HASH_BUCKETS)]
    for index, name in enumerate(all_names):
        buckets[name_hash(name)].append(index)
    assert len(all_names) < 0x10000
    starts, members = [], []
    for bucket in buckets:
        starts.append(len(members))
        members += bucket
    out.array("uint16_t", "unicode_name_buckets", starts + [len(members)], 2)
    out.array("uint16_t", "unicode_name_bucket_members", members, 2)


def main():
    if unicodedata.unidata_version != "14.0.0":
        sys.exit("the Unicode tables must be made by CPython 3.11 (Unicode 14.0.0)")
    extra_path, output_path = sys.argv[1:]
    with open(output_path, "w", encoding="ascii") as file:
        file.write("/* Written by generate_unicode_tables.py. */\n#include \"runtime/support/unicode_tables.h\"\n")
        out = Output(file)
        for name, values in (("category", CATEGORIES), ("bidirectional", BIDIRECTIONAL), ("width", WIDTHS), ("tag", TAGS)):
            out.array("char *const", f"unicode_{name}_names", [f'"{value}"' for value in values], 8)
        write_properties(out)
        write_names(out, extra_path)
        print(f"unicode tables: {out.bytes // 1024} KB")


main()
