# arguments: 6000
# short: 20000 65000
"""Exceptions raised, caught, chained and cleaned up after, in tight loops and through deep calls."""

import sys
from contextlib import contextmanager, suppress

SIZE = 500000


class Problem(Exception):
    def __init__(self, code, detail):
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


class SmallProblem(Problem):
    pass


class LargeProblem(Problem):
    pass


def check(number):
    if number % 7 == 0:
        raise LargeProblem(number, "seven")
    if number % 3 == 0:
        raise SmallProblem(number, "three")
    if number % 50 == 1:
        raise KeyError(number)
    return number


def classify(limit):
    counts = {"small": 0, "large": 0, "key": 0, "fine": 0, "finally": 0}
    for number in range(limit):
        try:
            check(number)
        except LargeProblem as problem:
            counts["large"] += problem.code & 1
        except (SmallProblem, ValueError):
            counts["small"] += 1
        except LookupError as error:
            counts["key"] += error.args[0] & 3
        else:
            counts["fine"] += 1
        finally:
            counts["finally"] += 1
    return counts


def descend(depth):
    if depth == 0:
        raise SmallProblem(0, "bottom")
    try:
        return descend(depth - 1)
    except SmallProblem as problem:
        problem.code += 1
        raise


def translate(text):
    try:
        return int(text)
    except ValueError as error:
        raise Problem(len(text), "not a number") from error


@contextmanager
def counted(log, name):
    log[name] = log.get(name, 0) + 1
    try:
        yield
    except KeyError:
        log["swallowed"] = log.get("swallowed", 0) + 1
    finally:
        log["left"] = log.get("left", 0) + 1


def early_exits(limit):
    """return, break and continue through finally."""
    left = 0

    def find(target):
        nonlocal left
        for candidate in range(10):
            try:
                if candidate == target:
                    return candidate
                if candidate % 2:
                    continue
                if candidate > 6:
                    break
            finally:
                left += 1
        return -1

    return sum(find(number % 13) for number in range(limit)), left


def main(limit):
    print(sorted(classify(limit).items()))
    codes = 0
    for depth in range(limit // 3000):
        try:
            descend(depth)
        except Problem as problem:
            codes += problem.code
    print(codes)

    causes = {}
    for number in range(limit // 4):
        try:
            translate(str(number) if number % 2 else "x%d" % number)
        except Problem as problem:
            name = type(problem.__cause__).__name__
            causes[name] = causes.get(name, 0) + problem.code
    print(causes)

    log = {}
    for number in range(limit // 8):
        with counted(log, "entered"):
            if number % 5 == 0:
                raise KeyError(number)
    print(sorted(log.items()))
    print(early_exits(limit // 10))

    stopped = 0
    for number in range(limit // 4):
        iterator = iter((number,))
        next(iterator)
        try:
            next(iterator)
        except StopIteration:
            stopped += 1
        with suppress(ZeroDivisionError, IndexError):
            stopped += 1 // (number % 2)
    print(stopped)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
