"""Widths that no memory has room for are a MemoryError at once; io.StringIO says so of positions."""
import io

for width in (1 << 40, 1 << 62):
    for directive in ("%*d", "%-*s", "%0*d", "%*x"):
        try:
            directive % (width, 1)
        except MemoryError as error:
            print(directive, type(error).__name__)
print("%*d|%-*d|%0*d|%*s" % (5, 1, 5, 2, 5, 3, 70, "x" * 3))

text = io.StringIO()
text.seek(1 << 62)
try:
    text.write("a")
except OverflowError as error:
    print(error)

values = [None] * 5
values += [1, 2] * 2
print(values, [[]] * 2, [1] * -1, [1] * 0, [] * 5, ["a"] * True)
try:
    [1] * (1 << 62)
except MemoryError:
    print("too many")
