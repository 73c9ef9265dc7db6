# timeout: 120
# Generators, comprehensions and coroutines in hot code, and what changes while they are suspended.
import itertools

TIMES = 4000


def numbers(stop):
    for number in range(stop):
        yield number


def pipeline(source):
    for number in source:
        if number % 3:
            yield number * 2


def summed():
    return sum(pipeline(numbers(TIMES)))


def looped():
    total = 0
    for value in pipeline(pipeline(numbers(TIMES))):
        total += value
    return total


def left_early():
    count = 0
    for stop in range(2000):
        for value in numbers(10):
            if value == 3:
                break
            count += value
    return count


def accumulator():
    total = 0
    while True:
        value = yield total
        if value is None:
            return total
        total += value


def sent():
    generator = accumulator()
    next(generator)
    for number in range(TIMES):
        total = generator.send(number if number < 3000 else number * 0.5)
    try:
        generator.send(None)
    except StopIteration as stop:
        return total, stop.value


def thrown():
    def generator():
        caught = 0
        while True:
            try:
                yield caught
            except ValueError:
                caught += 1

    running = generator()
    next(running)
    for number in range(TIMES):
        result = running.throw(ValueError) if number % 3 == 0 else next(running)
    running.close()
    return result


def delegated():
    def outer(depth):
        if depth:
            result = yield from outer(depth - 1)
            return result + 1
        yield from numbers(500)
        return 0

    def run():
        result = yield from outer(8)
        yield "result", result

    return [list(run())[-1] for _ in range(20)][-1]


def closed():
    log = []

    def generator(number):
        try:
            yield number
            yield number + 1
        finally:
            log.append(number)

    for number in range(2000):
        running = generator(number)
        next(running)
        running.close()
    return len(log), log[-1]


def comprehensions():
    result = []
    for number in range(1000):
        a = [x * number for x in range(5) if x % 2]
        b = {x: x * 0.5 for x in a}
        c = {x % 3 for x in a}
        d = list(y for x in a for y in (x, -x))
        result = [a, b, sorted(c), d]
    return result


def fibonacci():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


def grows_large():
    return list(itertools.islice(fibonacci(), 300))[-1]


def changed_while_suspended():
    step = 1

    def counting():
        value = 0
        while True:
            yield value
            value += step

    running, seen = counting(), []
    for number in range(TIMES):
        value = next(running)
        if number % 1000 == 999:
            seen.append(value)
            step = step * 1.5 if number < 2500 else 2**61
    return seen


def frame_of_a_generator():
    def generator():
        total = 0
        for number in range(TIMES):
            total += number
            yield total

    running = generator()
    for _ in range(3000):
        next(running)
    return running.gi_frame.f_locals["number"], running.gi_frame.f_locals["total"], running.gi_running


def raises_inside():
    def generator():
        for number in range(TIMES):
            yield 10 // (3000 - number)

    total = 0
    try:
        for value in generator():
            total += value
    except ZeroDivisionError as error:
        trace = error.__traceback__.tb_next
        return total, trace.tb_lineno - trace.tb_frame.f_code.co_firstlineno


class Awaitable:
    def __await__(self):
        value = yield 1
        return value


def coroutines():
    async def leaf(number):
        return await Awaitable() + number

    async def root():
        total = 0
        for number in range(2000):
            total += await leaf(number)
        return total

    coroutine = root()
    coroutine.send(None)
    try:
        while True:
            coroutine.send(2)
    except StopIteration as stop:
        return stop.value


def many_at_once():
    running = [numbers(100) for _ in range(50)]
    total = 0
    for _ in range(100):
        for generator in running:
            total += next(generator)
    return total, [next(generator, "done") for generator in running][-1]


for function in list(vars().values()):
    if callable(function) and getattr(function, "__code__", None) and function.__code__.co_argcount == 0 and function not in (accumulator, fibonacci):
        print(function.__name__, function(), function() == function())
