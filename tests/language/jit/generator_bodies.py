# timeout: 120
# Bodies of generators and coroutines in hot code: where they go on, what their registers hold, how they end.
import asyncio
import sys
import traceback

TIMES = 3000


class Point:
    def __init__(self, value):
        self.value = value

    def twice(self):
        return add(self.value, self.value)


def add(a, b):
    return a + b


def nested(rows, columns):
    """Loops that are entered in the middle, left early, and gone round without a yield."""
    for row in range(rows):
        if row % 5 == 4:
            continue
        column = -1
        while True:
            column += 1
            if column == row + 3:
                break
            if column >= columns:
                yield "full", row
                break
            if column % 3 == 1:
                continue
            for depth in range(column):
                if depth == 4:
                    break
                sent = yield row, column, depth
                if sent:
                    row += sent
            else:
                yield "else", column
        yield "row", row


def points(count):
    point = Point(0)
    for number in range(count):
        point.value += number
        yield point.twice()
        try:
            yield Point(number).value
        finally:
            point.value -= 1


def delegating(count):
    first = yield from points(count)
    second = yield from nested(count % 7, 5)
    third = yield from [1, 2.5, "three"]
    return first, second, third


def floats(count):
    total = 0.0
    for number in range(count):
        total += number * 0.5
        big = total * 1e300
        yield total if number % 2 else big


def sending(rounds):
    generator, seen = nested(9, 8), []
    try:
        value = next(generator)
        for number in range(rounds):
            seen.append(value)
            value = generator.send(number % 3 if number % 11 == 0 else None)
    except StopIteration as stop:
        seen.append(stop.value)
    return seen


def result_of(generator):
    items = []
    while True:
        try:
            items.append(next(generator))
        except StopIteration as stop:
            return len(items), stop.value


def raises_late(stop):
    for number in range(stop):
        yield 100 // (stop - 3 - number)


def thrown_at():
    number = 0
    while True:
        try:
            number += 1
            yield number
        except ValueError as error:
            yield str(error)
        finally:
            number += 1


def self_inspecting(count):
    for number in range(count):
        yield sys._getframe().f_code.co_name, sys._getframe(1).f_code.co_name, sys._getframe().f_lineno


def uses_itself():
    yield 1
    for _ in range(TIMES):
        yield 2
    yield next(own)


def raising_stop(count):
    for number in range(count):
        yield number
    raise StopIteration("inner")


async def leaf(number):
    if number % 10 == 0:
        await asyncio.sleep(0)
    return number + 1


async def items(count):
    for number in range(count):
        await leaf(number)
        yield number


async def fails(number):
    if number == TIMES - 1:
        raise LookupError(number)
    return await leaf(number)


async def main():
    total = 0
    for number in range(TIMES):
        total += await leaf(number)
    async for number in items(TIMES):
        total += number
    try:
        for number in range(TIMES):
            total += await fails(number)
    except LookupError as error:
        print([(entry.name, entry.line) for entry in traceback.extract_tb(error.__traceback__)])
    return total


for rounds in range(30):
    seen = sending(500)
print(len(seen), seen[:9], seen[-4:])
for count in (5, 600, TIMES):
    print(result_of(delegating(count)))
print(sum(floats(40)), sum(floats(TIMES)))

for attempt in range(40):
    try:
        print(sum(raises_late(100)))
    except ZeroDivisionError as error:
        lines = [(entry.name, entry.lineno) for entry in traceback.extract_tb(error.__traceback__)]
print(lines)

generator, answers = thrown_at(), []
for number in range(TIMES):
    answers.append(next(generator))
    if number % 500 == 499:
        answers.append(generator.throw(ValueError("number %d" % number)))
print(len(answers), answers[-5:])
generator.close()
print(list(generator))


def looks():
    return set(self_inspecting(TIMES)), set(name for name in self_inspecting(TIMES))


print(sorted(looks()[0]), len(looks()[1]))

own = uses_itself()
try:
    print(sum(own))
except ValueError as error:
    print(error)
try:
    print(sum(raising_stop(TIMES)))
except RuntimeError as error:
    print(error, repr(error.__cause__), error.__context__ is error.__cause__, error.__suppress_context__)

suspended = [points(TIMES) for _ in range(20)]
print(sum(next(generator) for _ in range(200) for generator in suspended))
frames = [generator.gi_frame for generator in suspended]
print(frames[0].f_lineno, sorted(frames[0].f_locals), suspended[0].gi_running, suspended[0].gi_yieldfrom)
print(asyncio.run(main()))
