"""Closure cells, defaults and code of one function exchanged while others call it."""
from _harness import check, hammer


def make():
    cell = ("cell", 0)

    def put(number):
        nonlocal cell
        cell = ("cell", number)

    def get(first=("first", 0), *, second=("second", 0)):
        return cell, first, second

    def unbind():
        nonlocal cell
        try:
            del cell
        except NameError:  # another thread was faster
            pass
        cell = ("cell", -1)

    return put, get, unbind


put, get, unbind = make()


def one(value=0):
    return ("one", value)


def two(value=0):
    return ("two", value)


def changing(value=0):
    return ("one", value)


def call(index):
    for number in range(50):
        put(number)
        try:
            cell, first, second = get()
            check(cell[0] == "cell" and first[0] == "first" and second[0] == "second")
        except NameError:
            pass
        check(changing()[0] in ("one", "two") and changing(5)[1] == 5)


def change(index):
    get.__defaults__ = (("first", index),)
    get.__kwdefaults__ = {"second": ("second", index)}
    changing.__code__ = (one if index % 2 else two).__code__
    changing.__defaults__ = (index,)
    unbind()
    get.__closure__[0].cell_contents = ("cell", index)
    get.note = index
    check(get.__name__ in ("get", "got"))
    get.__name__ = "got"


hammer(call, call, change)
