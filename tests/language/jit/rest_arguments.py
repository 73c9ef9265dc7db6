# Calls of functions that take the rest of their arguments, from hot code that knows them.
import sys

TIMES = 3000


def one_of(value, *choices):
    return value in choices


def count(*values):
    return len(values)


def third(first, second=20, *rest):
    return first, second, rest


def frame_of(first, *rest):
    return sys._getframe().f_locals


def fails(first, *rest):
    return first / len(rest)


def keyword(first, *rest, flag=False, **others):
    return rest, flag, others


def large(first, *rest):
    total = 0
    for value in rest:
        if value > first:
            total += value
        elif value == first:
            total -= 1
        else:
            total += 2
        first, total = total % 7, total % 1000
    result = [first, total]
    while len(result) < 4:
        result.append(sum(result) % 11)
    for place, value in enumerate(result):
        if value % 2:
            result[place] = value * 3 + 1
        elif value % 3:
            result[place] = value // 2
    return tuple(result)


class Taker:
    def __init__(self, first, *rest):
        self.first = first
        self.rest = rest

    def take(self, *rest):
        return self.first, rest is self.rest, rest

    def deep(self, depth, *rest):
        return self.deep(depth - 1, depth, *rest[:2]) if depth else rest


def run():
    seen, made = set(), None
    for i in range(TIMES):
        seen.add(one_of(i % 5, 1, 2))
        seen.add((count(), count(i), count(1, 2, 3)))
        made = third(i), third(i, 2), third(i, 2, 3), third(i, 2, 3, 4)
        taker = Taker(i, i + 1, "x")
        found = taker.take(1, 2), taker.take(), Taker(i).rest
        big = large(i % 4, 1, i % 3, 5, i)
        several = keyword(1, 2), keyword(1, 2, 3, flag=True, other=4)
    print(seen, made, found, big, several, taker.deep(20, 1, 2))
    for arguments in ((1, 2), (1,), (2, 3, 4)) * 300:
        try:
            last = fails(*arguments), frame_of(1, 2)
        except ZeroDivisionError as error:
            missing = str(error), error.__traceback__.tb_next.tb_frame.f_locals
    print(last, missing)
    for i in range(TIMES):
        try:
            bad = fails(i) if i > TIMES - 3 else fails(i, 1)
        except ZeroDivisionError as error:
            print(error, error.__traceback__.tb_next.tb_frame.f_locals)
    try:
        for i in range(TIMES):
            one_of(*(() if i == TIMES - 1 else (1, 2)))
            third() if i == TIMES - 1 else third(i)
    except TypeError as error:
        print(error)


run()
third.__defaults__ = (30,)
run()


def recurse(depth, *rest):
    return recurse(depth + 1, depth) if depth else recurse(1)


for _ in range(3):
    try:
        recurse(0)
    except RecursionError as error:
        print(error)
