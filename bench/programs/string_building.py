# arguments: 400
# short: 3000 9000
"""Text put together in every way: joins, concatenation, formats, replaces, translations, slices."""

import io
import sys

SIZE = 80000

ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
ONES, TENS = ONES.split(), TENS.split()


def words(number):
    if number < 20:
        return ONES[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return TENS[tens - 2] + ("-" + ONES[rest] if rest else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return ONES[hundreds] + " hundred" + (" and " + words(rest) if rest else "")
    thousands, rest = divmod(number, 1000)
    return words(thousands) + " thousand" + (" " + words(rest) if rest else "")


def wrap(text, width):
    lines = []
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = line + " " + word if line else word
    lines.append(line)
    return lines


def table(rows):
    out = io.StringIO()
    for number, name, share in rows:
        out.write(f"|{number:>8,d}|{name[:24]:<24}|{share:8.3%}|{number:#08x}|\n")
    return out.getvalue()


def caesar(text, shift):
    lower = "abcdefghijklmnopqrstuvwxyz"
    return text.translate(str.maketrans(lower, lower[shift:] + lower[:shift]))


def reverse_words(text):
    result = ""
    for word in text.split(" "):
        result += word[::-1] + " "
    return result[:-1]


def checksum(text):
    value = 1
    for character in text:
        value = (value * 33 + ord(character)) & 0xFFFFFFFF
    return value


def main(count):
    text = "; ".join(words(n * 37 % 100000) for n in range(count))
    print(len(text), checksum(text[: count * 4]))
    lines = wrap(text, 72)
    print(len(lines), lines[-1])
    justified = "\n".join(line.center(80, ".") if i % 2 else line.rjust(80) for i, line in enumerate(lines))
    print(len(justified), justified.count("\n"), justified.rfind("hundred"))
    rendered = table((n, words(n), n / count) for n in range(1, count, 3))
    print(len(rendered), rendered.splitlines()[-1])
    secret = caesar(text, 7)
    print(secret[:40], caesar(secret, 19) == text)
    print(checksum("".join(map(reverse_words, lines))[: count * 4]))
    swapped = text.replace("thousand", "THOUSAND").replace("-", "").title().swapcase()
    print(swapped[:50], sum(part.startswith("t") for part in swapped.split("; ")))
    letters = {}
    for character in text:
        letters[character] = letters.get(character, 0) + 1
    print("".join("%s%d" % pair for pair in sorted(letters.items())))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
