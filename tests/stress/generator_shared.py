"""One generator, coroutine and async generator entered by all threads: each value once, or ValueError."""
from _harness import check, hammer, THREADS


def numbers():
    number = 0
    while True:
        yield number
        number += 1


generator = numbers()
seen = [[] for _ in range(THREADS)]


def advance(index):
    for _ in range(50):
        try:
            seen[index].append(next(generator))
        except ValueError as error:
            check(str(error) == "generator already executing", error)


def short_lived(index):
    def three():
        try:
            yield from (1, 2, 3)
        finally:
            closed.append(index)

    closed = []
    one = three()
    check(next(one) == 1)
    one.close()
    check(closed == [index])


closing = [numbers()]


def close(index):
    one = closing[0]
    try:
        next(one)
        if index % 4 == 0:
            one.close()
        if index % 4 == 1:
            one.throw(KeyError)
    except ValueError as error:
        check("already executing" in str(error), error)
    except (StopIteration, KeyError):
        closing[0] = numbers()


hammer(advance, advance, close, short_lived)
everything = sorted(number for own in seen for number in own)
check(everything == list(range(len(everything))), "a value lost or twice")
