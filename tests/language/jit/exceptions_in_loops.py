# timeout: 120
# Exceptions in hot code: where they are caught, what their tracebacks say, and that finally and with always run.
import sys
import traceback

TIMES = 4000


def places(error):
    entries, entry = [], error.__traceback__
    while entry:
        entries.append((entry.tb_frame.f_code.co_name, entry.tb_lineno - entry.tb_frame.f_code.co_firstlineno))
        entry = entry.tb_next
    return entries


def divide(a, b):
    return a // b


def attribute(a):
    return a.missing


def item(a, index):
    return a[index]


def raises_in_many_ways(number):
    kind = number % 7
    if kind == 0:
        return divide(number, 0)
    if kind == 1:
        return attribute(number)
    if kind == 2:
        return item([1, 2], number)
    if kind == 3:
        return item({}, number)
    if kind == 4:
        return (
            number
            + len(str(number))
            + None
        )
    if kind == 5:
        raise ValueError(number)
    return undefined_name


def caught_in_a_loop():
    counts, last = {}, {}
    for number in range(TIMES):
        try:
            raises_in_many_ways(number)
        except Exception as error:
            name = type(error).__name__
            counts[name] = counts.get(name, 0) + 1
            last[name] = str(error), places(error)
    for name in counts:
        print(name, counts[name], *last[name])


caught_in_a_loop()
caught_in_a_loop()


def once_at_the_end(values):
    total = 0
    for value in values:
        total = total + \
            value
    return total


for _ in range(3):
    try:
        once_at_the_end(list(range(TIMES)) + ["text"])
    except TypeError as error:
        print(error, places(error))


def nested(depth, number):
    if depth == 0:
        if number > 3995:
            raise LookupError(number)
        return 1
    return nested(depth - 1, number) + 1


def through_frames():
    total = 0
    for number in range(TIMES):
        try:
            total += nested(5, number)
        except LookupError as error:
            print(error, places(error))
    return total


print(through_frames())


def finally_in_100000():
    order, count = 0, 0
    for number in range(100000):
        try:
            if number % 3 == 0:
                continue
            if number % 1000 == 1:
                raise KeyError(number)
            order += 1
        except KeyError:
            order += 1000
        finally:
            count += 1
    return order, count


print(finally_in_100000())


class Manager:
    entered = left = swallowed = 0

    def __enter__(self):
        Manager.entered += 1
        return self

    def __exit__(self, kind, error, trace):
        Manager.left += 1
        if kind is not None:
            Manager.swallowed += 1
        return kind is ValueError


def managed():
    total = 0
    for number in range(20000):
        with Manager() as manager:
            if number % 10 == 0:
                raise ValueError
            if number % 10 == 1:
                continue
            if number == 19999:
                return total, manager.entered, manager.left
            total += number


print(managed(), Manager.entered, Manager.left, Manager.swallowed)


def chained():
    chain = None
    for number in range(TIMES):
        try:
            try:
                divide(number, 0)
            except ZeroDivisionError as error:
                raise KeyError(number) from error
        except KeyError as error:
            chain = error
    return repr(chain), repr(chain.__cause__), places(chain), places(chain.__cause__), sys.exc_info()


print(chained())


def reraised():
    result = []
    for number in range(TIMES):
        try:
            try:
                item([], number)
            except IndexError:
                if number % 2:
                    raise
                raise
        except IndexError as error:
            result = places(error)
    return result


print(reraised())


def handled_exception_is_visible():
    for number in range(TIMES):
        assert sys.exc_info() == (None, None, None)
        try:
            divide(number, 0)
        except ZeroDivisionError:
            kind = sys.exc_info()[0]
        assert sys.exc_info() == (None, None, None)
    return kind


print(handled_exception_is_visible())


def name_is_unbound_after_handler():
    for number in range(TIMES):
        try:
            divide(1, 0)
        except ZeroDivisionError as error:
            pass
    try:
        error
    except UnboundLocalError as problem:
        return str(problem)


print(name_is_unbound_after_handler())


def stop_iteration_by_hand():
    iterator, total = iter([]), 0
    for number in range(TIMES):
        try:
            total += next(iterator)
        except StopIteration:
            iterator = iter(range(7))
    return total


print(stop_iteration_by_hand())


def unbound_in_a_loop(limit):
    for number in range(TIMES):
        if number < limit:
            value = number
        else:
            del value
        if number > limit - 2:
            last = value
    return last


try:
    unbound_in_a_loop(3000)
except UnboundLocalError as error:
    print(error, places(error))


def overflow(values):
    result = 0.0
    for value in values:
        result += float(value)
    return result


try:
    overflow([1] * TIMES + [10**400])
except OverflowError as error:
    print(error, places(error))


def printed():
    def inner(value):
        return 100 / value

    return [inner(value) for value in range(3000, -1, -1)]


try:
    printed()
except ZeroDivisionError:
    text = traceback.format_exc()
    print(text.replace(__file__, "FILE"))
