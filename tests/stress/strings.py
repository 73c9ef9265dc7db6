"""Interning, formatting, encoding, patterns and big ints in all threads at once: the same answers as alone."""
import re
import sys
from _harness import check, hammer

pattern = re.compile(r"(\d+)-(?P<word>\w+)")
long_text = "0-a " * 50 + "17-héllo " + "\N{SNOWMAN}" * 20
cached = "".join(["shared", "\N{EURO SIGN}", "text"])


def work(index):
    for number in range(20):
        name = sys.intern(f"name_{number}")
        check(sys.intern("name_" + str(number)) is name)
        check(hash(cached) == hash("shared\N{EURO SIGN}text"))
        check(cached.encode() == b"shared\xe2\x82\xactext" == cached.encode("utf-8"))
        check("%s %5d %r" % (index, number, name) == f"{index} {number:5} {name!r}")
        check(format(number / 7, ".3f") == "%.3f" % (number / 7))
        match = pattern.search(long_text, 200)
        check(match and match["word"] == "héllo" and match.span(1) == (200, 202))
        check(len(pattern.findall(long_text)) == 51)
        check(pattern.sub(lambda found: found[1], "1-a 2-b") == "1 2")
        check(re.sub(f"x{number}+", "y", f"ax{number}b") == "ayb")
        check("a,b,c".split(",") == ["a", "b", "c"] and "".join(map(str, range(5))) == "01234")
    big = 3 ** (200 + index)
    check(big * big == 3 ** (400 + 2 * index) and big // 3 ** 200 == 3 ** index and int(str(big)) == big)


hammer(work)
