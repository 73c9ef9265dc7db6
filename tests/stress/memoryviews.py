"""Views of one bytearray made, cast, sliced and released by all threads; the owner may not be resized meanwhile."""
from _harness import check, hammer

data = bytearray(range(200))
shared = [memoryview(data)]


def look(index):
    view = shared[0]
    try:
        check(view[10] == 10 and bytes(view[5:8]) == b"\5\6\7")
        part = view[index:100:2]
        check(part[0] == index and len(part) == len(range(index, 100, 2)))
        check(view.cast("H").itemsize == 2 and view.tolist()[3] == 3)
        part.release()
        hash(view.toreadonly().hex()), view == data
    except ValueError as error:
        check("released" in str(error), error)


def release(index):
    shared[0].release()
    shared[0] = memoryview(data)


def resize(index):
    try:
        data.extend(bytes(2))  # a view made meanwhile can still be cast to pairs
        del data[200:]
    except BufferError:
        pass


hammer(look, look, release, resize)
