"""One bytearray: grown, cut at both ends, read and searched; only bytes that were stored are ever seen."""
from _harness import check, hammer, THREADS

data = bytearray()
block = bytearray(b"a" * 32)
queue = bytearray()
pushed, popped = [0] * THREADS, [0] * THREADS


def grow_and_cut(index):
    for step in range(50):
        data.extend(b"abc" * (step % 20))
        data.append(97)
        data.insert(step, 98)
        data[0:0] = b"c"
        if len(data) > 2000:
            del data[: 1500 + step]
        try:
            check(data.pop() in b"abc")
            check(data[len(data) // 2] in b"abc")
            data[0] = 99
            data.remove(97)
        except (IndexError, ValueError):
            pass
        del data[1:20:3]


def read(index):
    for text in (bytes(data), data[:], data[5:50], data[::2], data + b"", bytes(memoryview(bytes(data)))):
        check(not text.strip(b"abc"), text)
    data.find(b"ca"), data.count(b"a"), data.split(b"b"), data.replace(b"a", b"b"), data.upper(), hash(bytes(data))
    check(all(byte in b"abc" for byte in data))
    check(data == data or True)
    repr(data), data.decode(), b"ab" in data, data.startswith(b"a"), data.partition(b"b")


def whole(index):
    block[:] = bytes([97 + index]) * (16 + index)
    seen = bytes(block)
    check(len(set(seen)) == 1 and len(seen) == 16 + seen[0] - 97, seen)


def export(index):
    try:
        with memoryview(data) as view:
            check(not bytes(view).strip(b"abc"))
            length = len(view)
            check(length == view.nbytes)
    except BufferError:
        pass


def conserve(index):
    for _ in range(30):
        queue.append(index)
        pushed[index] += 1
        try:
            popped[queue.pop(0)] += 0
            pushed[index] -= 1
        except IndexError:
            pass


def retry(work):
    def again(index):
        try:
            work(index)
        except BufferError:
            pass
    return again


hammer(retry(grow_and_cut), read, whole, retry(grow_and_cut), export, conserve, read, conserve)
check(len(queue) == sum(pushed), len(queue), sum(pushed))
