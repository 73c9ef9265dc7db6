"""A generator that has ended keeps nothing of its frame alive, even if somebody had asked for the frame."""
import gc
import sys
import weakref


class Tracked:
    pass


def generate(value):
    try:
        yield value
        raise ValueError
    except ValueError:
        sys._getframe()


value = Tracked()
reference = weakref.ref(value)
generator = generate(value)
del value
print(list(map(type, generator)))
for _ in range(3):
    gc.collect()
print(reference(), generator.gi_frame)
