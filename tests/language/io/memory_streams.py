# BytesIO and StringIO, and buffered streams over raw ones written in Python.
import io
import pickle

b = io.BytesIO(b"abc\ndef")
print(b.readline(), b.read(), b.getvalue(), b.seek(0), b.write(b"XY"), b.getvalue(), bytes(b.getbuffer()))
view = b.getbuffer()
view[0] = 33
try:
    b.write(b"longer than before")
except BufferError as error:
    print(error)
view.release()
print(b.seek(10), b.write(b"end"), b.getvalue(), b.truncate(3), b.getvalue(), b.tell())
copy = pickle.loads(pickle.dumps(b))
print(copy.getvalue(), copy.tell())
print(list(io.BytesIO(b"a\nb\nc")), io.BytesIO(b"a\nb\nc").readlines(2))

for newline in None, "", "\n", "\r", "\r\n":
    s = io.StringIO("a\r\nb\rc\n", newline=newline)
    print(repr(newline), s.readlines(), ascii(s.getvalue()), s.newlines)
s = io.StringIO()
for text in "x" * 3, "é", "€", "\U0001d4b3", "\ud800":
    s.write(text)
print(ascii(s.getvalue()), s.tell(), s.seek(1), ascii(s.read(3)), s.seek(8), s.write("z"), ascii(s.getvalue()))
copy = pickle.loads(pickle.dumps(io.StringIO("state")))
print(copy.getvalue())


class Raw(io.RawIOBase):
    """Gives and takes at most five bytes at a time."""

    def __init__(self, data=b""):
        self.data = bytearray(data)
        self.at = 0
        self.calls = []

    def readable(self):
        return True

    def writable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=0):
        self.at = offset + (0, self.at, len(self.data))[whence]
        return self.at

    def readinto(self, buffer):
        piece = self.data[self.at:self.at + min(5, len(buffer))]
        buffer[:len(piece)] = piece
        self.at += len(piece)
        self.calls.append("r%d" % len(piece))
        return len(piece)

    def write(self, data):
        piece = bytes(data[:5])
        self.data[self.at:self.at + len(piece)] = piece
        self.at += len(piece)
        self.calls.append("w%d" % len(piece))
        return len(piece)

    def truncate(self, size=None):
        del self.data[self.at if size is None else size:]
        return len(self.data)


raw = Raw(b"0123456789abcdef\nsecond line\n")
r = io.BufferedReader(raw, 8)
print(r.read(3), r.peek(), r.read1(2), r.readline(), r.tell(), r.read(), raw.calls)
raw = Raw()
w = io.BufferedWriter(raw, 8)
print([w.write(b"x" * n) for n in (3, 6, 1, 20)], w.tell(), raw.calls)
w.flush()
print(bytes(raw.data), raw.calls)
raw = Raw(b"0123456789")
rw = io.BufferedRandom(raw, 4)
print(rw.read(2), rw.write(b"AB"), rw.read(2), rw.tell(), rw.seek(1), rw.read(4), rw.truncate(8), rw.seek(0), rw.read())
pair = io.BufferedRWPair(Raw(b"in"), Raw())
print(pair.read(1), pair.write(b"out"), pair.readable(), pair.writable(), pair.closed)

decoder = io.IncrementalNewlineDecoder(None, translate=True)
print(repr(decoder.decode("a\r")), repr(decoder.decode("\nb\rc", final=True)), decoder.newlines, decoder.getstate())
