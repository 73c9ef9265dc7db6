# Formats that memory is cast to, and how their items read and are stored.
import array


def attempt(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error)


def cast(data, form, shape=None):
    view = memoryview(data).cast(form, shape) if shape else memoryview(data).cast(form)
    return view.format, view.itemsize, view.shape, view.strides, view.tolist()


def store(form, item):
    data = bytearray(16)
    memoryview(data).cast(form)[1] = item
    return bytes(data)


data = bytes(range(16))
for form in "@i @B i =i <i ii @ii 4s ? c n N P e f d @d x z @ b h H l L q Q".split() + ["", "@h"]:
    print(form, attempt(cast, data, form))
    for item in (1, -1, 1 << 70, 1.5, "x", b"y", None, True):
        print("  ", repr(item), attempt(store, form, item))
for shape in ([4, 4], [2, 2], [16], [0], [3, 5], [-1], []):
    print(shape, attempt(cast, data, "B", shape), attempt(cast, data, "i", shape))
square = memoryview(data).cast("B", [4, 4])
print(square[1, 2], attempt(lambda: square[1]), attempt(lambda: square[1:2].tolist()), attempt(lambda: square[4, 0]), square.suboffsets)
text = memoryview(array.array("u", "ab"))
print(text.format, text == memoryview(array.array("u", "ab")), attempt(text.tolist), attempt(lambda: text[0]))
