# What loops go over changes under them: the error comes once, whether or not the loop is compiled, and items are lost
# or doubled nowhere.
import array
import itertools

TIMES = 2000


def walk(iterable, when, change):
    seen = []
    try:
        for item in iterable:
            seen.append(item)
            if len(seen) == when:
                change()
            if len(seen) > 20:
                break
    except (RuntimeError, ValueError) as error:
        seen.append(repr(error))
    return seen


def nothing():
    pass


def replaced(view):
    table = {0: 0}
    try:
        for _ in view(table):
            del table[0]
            table[0] = 0
    except RuntimeError as error:
        return str(error)


def everything():
    changed = bytearray(b"abcdef")
    yield walk(changed, 3, changed.clear)
    for view in (memoryview(b"abcdef"), memoryview(bytearray(b"abcd"))):
        yield walk(view, 2, view.release)
    numbers = array.array("i", [1, 2, 3, 4])
    yield walk(numbers, 2, numbers.pop)
    items = [1, 2, 3, 4, 5]
    yield walk(reversed(items), 2, items.clear)
    for view in (dict.keys, dict.values, dict.items):
        for order in (iter, reversed):
            for change in (dict.clear, dict.popitem, lambda d: d.update({9: 9}), lambda d: d.update({3: 9})):
                table = {1: 2, 3: 4, 5: 6}
                yield walk(order(view(table)), 1, lambda: change(table))
        yield replaced(view)
    numbers = {1, 2, 3}
    yield walk(numbers, 1, lambda: numbers.add(99))
    for iterable in ("abcd", b"abcd", itertools.repeat(7, 3), itertools.product([1, 2], [3]), itertools.combinations([1, 2, 3], 2)):
        yield walk(iterable, 1, nothing)


first = list(everything())
for result in first:
    print(result)
for _ in range(TIMES):
    assert list(everything()) == first
