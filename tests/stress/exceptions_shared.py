"""One exception object raised by all threads, and private ones with causes, tracebacks and finally clauses."""
import sys
import traceback
from _harness import check, hammer

shared = KeyError("shared")


def deep(depth, error):
    if depth:
        return deep(depth - 1, error)
    raise error


def work(index):
    for depth in range(10):
        try:
            deep(depth, shared)
        except KeyError as error:
            check(error is shared and sys.exc_info()[1] is shared)
        try:
            try:
                deep(depth, ValueError(index))
            except ValueError as error:
                raise RuntimeError(depth) from error
            finally:
                done = index
        except RuntimeError as error:
            check(error.args == (depth,) and error.__cause__.args == (index,) and done == index)
            frames = traceback.extract_tb(error.__cause__.__traceback__)
            check(len(frames) == depth + 2, len(frames), depth)
    check(sys.exc_info() == (None, None, None))


def change(index):
    shared.__traceback__ = None
    shared.args = ("shared", index)
    shared.__context__ = None
    shared.note = index
    "".join(traceback.format_exception(shared))


def groups(index):
    try:
        raise ExceptionGroup("group", [ValueError(index), shared])
    except* ValueError as group:
        check(group.exceptions[0].args == (index,))
    except* KeyError:
        pass


hammer(work, work, change, groups)
