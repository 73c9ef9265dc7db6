"""One BytesIO, StringIO and BufferedRWPair used by all threads: writes stay whole."""
import io
from _harness import check, hammer, THREADS

binary = io.BytesIO()
text = io.StringIO()
written = [0] * THREADS


def write_binary(data):
    while True:
        try:
            return binary.write(data)
        except BufferError:  # another thread has a buffer of it just now
            pass


def write(index):
    for _ in range(20):
        write_binary(b"%d;" % (1000 + index) * 3)
        text.write(f"{1000 + index};" * 3)
        written[index] += 1
    if len(binary.getvalue()) > 200000 and index == 0:
        binary.getbuffer().release()
        check(binary.tell() > 0)


def look(index):
    check(all(word in words for word in binary.getvalue().split(b";")))
    check(all(word.encode() in words for word in text.getvalue().split(";")))


words = {b"%d" % (1000 + index) for index in range(THREADS)} | {b""}
cursor = io.BytesIO(b"0123456789" * 100)
lines = io.StringIO("line\n" * 500)


def move(index):
    cursor.seek(index)
    check(all(byte in b"0123456789" for byte in cursor.read(index * 10)))
    cursor.truncate(500 + index)
    cursor.write(b"0" * index)
    cursor.readline(), cursor.readinto(bytearray(7))
    try:
        lines.seek(0)
        check(set(lines.readline()) <= set("line\n"))
        lines.truncate(400 + index)
    except ValueError:
        pass


hammer(write, move, write, look, seconds=None)
check(len(binary.getvalue()) == len(text.getvalue()) == 15 * sum(written))
