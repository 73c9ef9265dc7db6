"""Comprehensions and lambdas that are called where they are made, in hot code: what becomes of the functions that need not exist."""

import builtins
import sys


def numbers(values, times):
    total = 0
    for limit in range(times):
        total += len([value for value in values if value > limit])
    return total


def nested(rows, times):
    for count in range(times):
        found = [[cell * count for cell in row if cell != count] for row in rows]
    return found


def of_kinds(values, times):
    for count in range(times):
        found = [value for value in values], {value for value in values}, {value: count for value in values}
    return found


def called(times):
    total = 0
    for count in range(times):
        total += (lambda number: number + count)(count)
        total -= (lambda: count)()
    return total


def kept(times):
    functions = []
    for count in range(times):
        functions = functions[-2:] + [lambda count=count: count, lambda number: (number, count)]
    return functions


print(numbers([1, 5, 3, 900], 2000), numbers((1, 5, 3, 900), 2000), numbers(range(10), 100), numbers({1, 2}, 100))
print(nested([[1, 2], [3, 2**70], []], 3000))
print([sorted(part) for part in of_kinds([3, 1, 2], 3000)], called(5000))
for function in kept(2000):
    print(function.__name__, function.__qualname__, function.__module__, function.__defaults__, function.__globals__ is globals())
    print(function(7), [cell.cell_contents for cell in function.__closure__ or ()])


class Watcher:
    def __init__(self, at):
        self.at = at
        self.seen = []

    def look(self, number):
        if number == self.at:
            frame = sys._getframe(1)
            self.seen.append((frame.f_code.co_name, sorted(frame.f_locals), frame.f_back.f_code.co_name))
            raise LookupError(number)
        return number


def watched(watcher, values, times):
    for count in range(times):
        try:
            [watcher.look(value + count) for value in values]
        except LookupError as error:
            trace = error.__traceback__
            while trace:
                watcher.seen.append((trace.tb_frame.f_code.co_name, trace.tb_lineno - trace.tb_frame.f_code.co_firstlineno))
                trace = trace.tb_next
    return watcher.seen


print(watched(Watcher(2500), [1, 2, 3], 3000))


def leaves(values, times):
    """The comparison meets a str at the end, within a comprehension whose function was never made."""
    for count in range(times):
        if count == times - 1:
            values = values + ["x"]
        try:
            found = [value for value in values if value < count]
        except TypeError as error:
            found = str(error), error.__traceback__.tb_next.tb_frame.f_code.co_name
    return found


print(leaves([1, 2, 3], 3000))


def grows(values, times):
    """The list grows while the comprehension goes through it."""
    sizes = set()
    for count in range(times):
        values = [1, 2, 3]
        sizes.add(len([values.append(value) for value in values if len(values) < 6 + count % 2]))
    return sizes


print(grows([], 2000))


def names(times):
    seen = []
    for count in range(times):
        if count == times // 2:
            builtins.surprise = "built in"
        try:
            name = [surprise for _ in (1,)][0]
        except NameError as error:
            name = str(error)
        if not seen or seen[-1] != name:
            seen.append(name)
    return seen


print(names(3000))

def generator(values, times):
    for count in range(times):
        yield [value + count for value in values]


print(sum(map(sum, generator([1, 2], 3000))))
