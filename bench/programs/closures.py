# arguments: 4000
# short: 11000 50000
"""Functions as values: closures, decorators, partial application, memoization, composition, keyword and star arguments."""

import functools
import sys

SIZE = 300000


def counter(start):
    value = start

    def step(amount=1):
        nonlocal value
        value += amount
        return value

    def reset():
        nonlocal value
        value = start

    return step, reset


def counted(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return function(*args, **kwargs)

    wrapper.calls = 0
    return wrapper


def clamped(low, high):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return max(low, min(high, function(*args, **kwargs)))

        return wrapper

    return decorate


def compose(*functions):
    def composed(value):
        for function in functions:
            value = function(value)
        return value

    return composed


@counted
@clamped(0, 5000)
def mix(a, b=2, *rest, scale=1, **extra):
    return (a * b + sum(rest)) * scale + len(extra)


@functools.lru_cache(maxsize=256)
def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def church(n):
    """The number n as a function that applies its argument n times."""
    return lambda f: lambda x: functools.reduce(lambda value, _: f(value), range(n), x)


def curry(function, arity):
    def collect(*have):
        return function(*have) if len(have) >= arity else lambda *more: collect(*have, *more)

    return collect


def main(rounds):
    step, reset = counter(10)
    for i in range(rounds):
        step(i & 3)
        if i % 1000 == 999:
            last = step()
            reset()
    print(last, step())

    total = 0
    options = {"scale": 2, "unused": None}
    for i in range(rounds // 2):
        total += mix(i % 50)
        total += mix(i % 50, 3, 4, 5)
        total += mix(i % 50, scale=3)
        total += mix(*(i % 7, 2), **options)
    print(total, mix.calls, mix.__name__)

    chain = compose(lambda x: x + 1, lambda x: x * 3, functools.partial(pow, 2), lambda x: x % 1000003, str, len)
    print(sum(chain(i % 100) for i in range(rounds // 2)))
    adders = [lambda x, n=n: x + n for n in range(10)]
    value = 0
    for i in range(rounds):
        value = adders[i % 10](value) & 0xFFFF
    print(value)
    print(ackermann(2, 60), ackermann.cache_info().hits > 0)
    twelve = church(3)(church(4)(lambda x: x + 1))
    print(sum(twelve(i) for i in range(rounds // 40)))
    volume = curry(lambda a, b, c: a * b + c, 3)
    print(sum(volume(i)(2)(3) + volume(i, 4)(1) for i in range(rounds // 20)))
    ordered = sorted(range(rounds // 4), key=lambda i: (i * 7919) % 10007)
    print(ordered[:5], functools.reduce(lambda a, b: (a * 31 + b) % 65521, map(lambda x: x ^ 5, filter(lambda x: x % 3, ordered))))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
