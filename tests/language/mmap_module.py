# mmap: anonymous memory and files, every operation, and what is refused.
import mmap
import os
import tempfile


def attempt(function, *arguments, **keywords):
    try:
        print(repr(function(*arguments, **keywords)))
    except Exception as error:
        print(type(error).__name__, error)


memory = mmap.mmap(-1, 20)
memory[0:3] = b"abc"
memory[10] = 120
print(memory, len(memory), memory[:4], memory[10], memory[::5], memory[-1], list(memory)[:3])
memory[1:9:2] = b"1234"
print(memory[:12], memory.find(b"3"), memory.find(b"zz"), memory.rfind(b"\0"), memory.find(b"c", -18), b"x" in memory)
print(memory.write(b"line\nnext\n"), memory.tell(), memory.seek(0), memory.readline(), memory.read(2), memory.read_byte())
memory.seek(-3, os.SEEK_END)
print(memory.tell(), memory.read(), memory.read(5))
memory.seek(0)
memory.write_byte(65)
memory.move(10, 0, 5)
print(memory[:], memory.flush(), memory.madvise(mmap.MADV_NORMAL))
for wrong in (20, -21, "a", 1.5):
    attempt(memory.__getitem__, wrong)
attempt(memory.__setitem__, 0, 300)
attempt(memory.__setitem__, 0, b"x")
attempt(memory.__setitem__, slice(0, 3), b"x")
attempt(memory.__setitem__, slice(0, 3), "xyz")
attempt(memory.__delitem__, 0)
attempt(memory.seek, 21)
attempt(memory.seek, -1)
attempt(memory.seek, 0, 9)
attempt(memory.move, 15, 0, 20)
attempt(memory.write, b"x" * 21)
attempt(memory.write_byte, 300)
attempt(memory.read, "x")
attempt(memory.find, "x")
attempt(memory.flush, 0, 100)
attempt(memory.madvise, 3, -1)
attempt(memory.madvise, 3, 100)
attempt(memory.size)
view = memoryview(memory)
view[0] = 90
print(memory[0], view.nbytes, view.readonly)
attempt(memory.close)
attempt(memory.resize, 40)
view.release()
memory.resize(40)
print(len(memory), memory[:5], memory[20:25])
with memory as same:
    print(same is memory, memory.closed)
print(memory.closed, memory)
for method in (memory.read, memory.__len__, memory.tell, memory.flush, memory.__enter__):
    attempt(method)
memory.close()

attempt(mmap.mmap, -1, -1)
attempt(mmap.mmap, -1, 0)
attempt(mmap.mmap, -1, 10, offset=-1)
attempt(mmap.mmap, -1, 10, access=9)
attempt(mmap.mmap, -1, 10, prot=mmap.PROT_READ, access=mmap.ACCESS_READ)
attempt(mmap.mmap, 9999, 10)

with tempfile.TemporaryFile() as file:
    attempt(mmap.mmap, file.fileno(), 0)
    file.write(bytes(range(256)) * 40)
    file.flush()
    attempt(mmap.mmap, file.fileno(), 20_000)
    attempt(mmap.mmap, file.fileno(), 0, offset=8192 * 2)
    with mmap.mmap(file.fileno(), 0) as shared, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as private:
        print(len(shared), shared.size(), shared.find(b"\xfe\xff\x00"), shared.rfind(b"\x01\x02"))
        shared[0:4] = b"seen"
        private[0:4] = b"mine"
        shared.flush()
        file.seek(0)
        print(file.read(5), private[:5])
        shared.resize(12_000)
        print(os.fstat(file.fileno()).st_size, shared[10_240:10_244])
        attempt(private.resize, 20)
    readable = mmap.mmap(file.fileno(), 100, access=mmap.ACCESS_READ, offset=mmap.ALLOCATIONGRANULARITY)
    print(readable, readable[:3], memoryview(readable).readonly)
    attempt(readable.__setitem__, 0, 1)
    attempt(readable.write, b"x")
    attempt(readable.move, 0, 1, 1)


class Special(mmap.mmap):
    def first(self):
        return self[0]


special = Special(-1, 5)
special[0] = 7
print(special.first(), isinstance(special, mmap.mmap), bytes(special), mmap.error is OSError)
