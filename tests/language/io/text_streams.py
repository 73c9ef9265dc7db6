# Text files: encodings, line ends, positions, what goes wrong.
import io
import os
import tempfile

folder = tempfile.mkdtemp()
path = os.path.join(folder, "text.txt")

with open(path, "w", encoding="utf-8") as file:
    print(file.write("héllo\nwörld\n\u20ac\U0001d4b3\n"), file.tell(), file.encoding, file.mode)
with open(path, encoding="utf-8") as file:
    print(repr(file.read(3)), file.tell(), repr(file.readline()), file.tell())
    cookie = file.tell()
    print(list(file))
    file.seek(cookie)
    print(repr(file.read()))
with open(path, "rb") as file:
    print(file.read(4), file.peek(3)[:3], file.readline(), file.tell(), file.seek(-3, 2), file.read())
with open(path, "r+", encoding="utf-8", newline="") as file:
    file.seek(0, 2)
    file.write("more\r\nold\rend")
    file.seek(0)
    print(file.readlines(), file.newlines)
with open(path, encoding="utf-8") as file:
    print(file.readlines(), file.newlines)

# A position in the middle of a line, in an encoding with a state.
with open(path, "w", encoding="utf-16") as file:
    file.write("abc\ndéf\nghi\n")
with open(path, encoding="utf-16") as file:
    file.readline()
    file.read(1)
    here = file.tell()
    rest = file.read()
    file.seek(here)
    print(file.read() == rest, repr(rest))
with open(path, "a", encoding="utf-16") as file:
    file.write("x")
print(open(path, "rb").read().count(b"\xff\xfe"))

for errors in "strict", "ignore", "replace", "surrogateescape", "backslashreplace":
    wrapper = io.TextIOWrapper(io.BytesIO(b"ab\xffcd\xe2\x82"), encoding="utf-8", errors=errors)
    try:
        print(errors, ascii(wrapper.read()))
    except UnicodeDecodeError as error:
        print(errors, error)
wrapper = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="xmlcharrefreplace", newline="\r\n")
wrapper.write("a\né\n")
wrapper.flush()
print(wrapper.buffer.getvalue())

# A character that is split between two chunks.
class Slow(io.RawIOBase):
    def __init__(self, data):
        self.data = data
    def readable(self):
        return True
    def readinto(self, buffer):
        buffer[:1] = self.data[:1]
        count = len(self.data[:1])
        self.data = self.data[1:]
        return count
print(ascii(io.TextIOWrapper(io.BufferedReader(Slow("a€\r\n𝒳".encode()), 1), encoding="utf-8").read()))

def attempt(action):
    try:
        print(action())
    except Exception as error:
        print(type(error).__name__, str(error).replace(folder, "FOLDER"))

attempt(lambda: open(path, "zz"))
attempt(lambda: open(path, "rw"))
attempt(lambda: open(path, "rb", encoding="utf-8"))
attempt(lambda: open(path, newline="x"))
attempt(lambda: open(path, buffering=0))
attempt(lambda: open(os.path.join(folder, "missing")).read())
attempt(lambda: open(path, "r").write("x"))
attempt(lambda: open(path, "w").read())
attempt(lambda: open(folder))
attempt(lambda: open(path, encoding="no-such-codec"))
closed = open(path)
closed.close()
attempt(closed.read)
attempt(lambda: next(closed))
detached = io.TextIOWrapper(io.BytesIO())
detached.detach()
attempt(lambda: detached.write("x"))
attempt(lambda: detached)
with open(path, "w") as file:
    file.write("a\nb\n")
with open(path) as file:
    next(file)
    attempt(file.tell)
    file.reconfigure(line_buffering=True)
    attempt(lambda: file.reconfigure(encoding="latin-1"))
os.unlink(path)
os.rmdir(folder)
