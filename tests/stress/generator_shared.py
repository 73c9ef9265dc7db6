"""One generator, coroutine and async generator entered by all threads: each value once, or ValueError."""
from _harness import check, hammer, rounds, THREADS


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


class Delegate:
    """What a generator waits for: its throw() and close() run while the generator is claimed."""

    def __iter__(self):
        return self

    def __next__(self):
        return 1

    def throw(self, *error):
        return 2

    def close(self):
        pass


def delegating():
    while True:
        try:
            yield from three_numbers()
            yield from Delegate()
        except KeyError:
            yield 3


def three_numbers():
    yield 1
    yield 1
    try:
        yield 1
    finally:
        list(range(3))


waiting = [delegating()]


def delegate(index):
    one = waiting[0]
    try:
        check(next(one) in (1, 2, 3))
        check(one.throw(KeyError("thrown")) in (1, 2, 3))
        source = one.gi_yieldfrom
        check(source is None or isinstance(source, (Delegate, type(one))), source)
        if index % 4 == 3:
            one.close()
    except ValueError as error:
        check("already executing" in str(error), error)
    except (StopIteration, KeyError):
        waiting[0] = delegating()


tagged_seen = [[] for _ in range(THREADS)]
tags = iter(range(1_000_000_000))


def tagged(tag):
    number = 0
    while True:
        yield tag, number
        number += 1


own = [tagged(next(tags))]


def own_for_a_while(index):
    """Each is resumed many times by one thread, then by others as well."""
    if index % 2:
        one = own[0]
    else:
        one = tagged(next(tags))
        tagged_seen[index].extend(next(one) for _ in range(20))
        own[0] = one
    for _ in range(20):
        try:
            tagged_seen[index].append(next(one))
        except ValueError as error:
            check(str(error) == "generator already executing", error)


def check_tagged():
    by_tag = {}
    for seen in tagged_seen:
        for tag, number in seen:
            by_tag.setdefault(tag, []).append(number)
        seen.clear()
    for numbers in by_tag.values():
        check(sorted(numbers) == list(range(len(numbers))), "a value lost or twice", numbers)


hammer(advance, advance, close, short_lived, delegate, delegate)
for part in rounds(2.0):
    own[0] = tagged(next(tags))
    hammer(own_for_a_while, seconds=part)
    check_tagged()
everything = sorted(number for own in seen for number in own)
check(everything == list(range(len(everything))), "a value lost or twice")
