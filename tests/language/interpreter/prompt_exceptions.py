# skip: gc-stress
# What an exception's traceback has kept dies with the exception: at the end of its except clause, or when its frames are cleared.
# (Under -X gc-stress it has grown old by then.)
import traceback


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("deleted", self.name)


def fail(argument):
    raise ValueError("x")


def unnamed():
    try:
        fail(Noisy("first"))
    except ValueError:
        print("handling")
    print("behind")


def named():
    try:
        fail(Noisy("second"))
    except ValueError as error:
        print("handling", error)
    print("behind")


def cleared():
    try:
        fail(Noisy("third"))
    except ValueError as error:
        traceback.clear_frames(error.__traceback__)
        print("cleared")
    print("behind")


unnamed()
named()
cleared()
