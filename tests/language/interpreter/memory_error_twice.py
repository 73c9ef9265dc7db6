"""A MemoryError does not carry the traceback of the one before."""

import traceback


def fail(size):
    return "x" * size


for _ in range(3):
    try:
        fail(2**62)
    except MemoryError as error:
        print([frame.name for frame in traceback.extract_tb(error.__traceback__)], error.__context__, error.__cause__)

try:
    try:
        fail(2**62)
    except MemoryError as error:
        raise ValueError("other") from error
except ValueError as error:
    print(type(error.__cause__).__name__, [frame.name for frame in traceback.extract_tb(error.__cause__.__traceback__)])
