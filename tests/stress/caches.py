"""functools.lru_cache, cached_property and singledispatch shared by all threads: right answers, right counts."""
import functools
from _harness import check, hammer, THREADS


@functools.lru_cache(maxsize=50)
def bounded(number):
    return (number, number * number)


@functools.lru_cache(maxsize=None)
def unbounded(number, *, extra=0):
    return (number, extra)


@functools.singledispatch
def dispatched(value):
    return "object"


@dispatched.register
def _(value: str):
    return "str"


class Owner:
    @functools.cached_property
    def value(self):
        return ("value",)


calls = [0] * THREADS
owner = [Owner()]


def work(index):
    for number in range(100):
        key = (number * (index + 1)) % 80
        check(bounded(key) == (key, key * key))
        check(unbounded(key, extra=index) == (key, index))
        calls[index] += 1
        check(owner[0].value == ("value",))
    owner[0] = Owner()
    if index == 0:
        unbounded.cache_clear()
    check(dispatched("a") == "str" and dispatched(1) == "object")


hammer(work)
info = bounded.cache_info()
check(info.hits + info.misses == sum(calls), info, sum(calls))
check(info.currsize <= 50, info)
