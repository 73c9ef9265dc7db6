"""Coroutines and generators that are resumed in the middle of nested loops, and that store through setters."""


class Pause:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        return (yield self.value)


def drive(coroutine):
    seen, sent = [], None
    try:
        while True:
            seen.append(coroutine.send(sent))
            sent = 1 if sent is None else sent * 2 % 1009
    except StopIteration as stop:
        return stop.value, len(seen), seen[-3:]


async def walk(start):
    total = start
    for k in range(3):
        total += k
    if start < 0:
        total = await Pause(start)
    last = await Pause(-2.5)
    for i in range(0, -20, -1):
        total = (total + 1) % 100003
        if not -(2**61) < i < 2**62:
            i = 4
        for j in range(23):
            total = (total * 31 + j) % 100003
            if j != 17 != 12:
                continue
            total = total - i
        first = await Pause((1, 2) + (1,))
        second = await Pause(False + j)
        total = total + (first or 0) + (second or 0) + i
    third = await Pause(total)
    return total, last, third


for n in range(12):
    print(drive(walk(n - 3)))


async def nest(p, deep):
    for k in range(3):
        last = k
    else:
        if deep:
            last = await Pause([deep])
        else:
            deep = 2
        last = await Pause(-2.5)
    try:
        p = p << (p & 3)
    except ArithmeticError:
        p = 0
    finally:
        for i in range(0, -20, -1):
            p = (p + 1) % 100003
            if not -(2**61) < i < 2**62:
                i = 4
            for j in range(23):
                p = (p * 3 + j) % 100003
                if not -(10**12) < j < 2**62:
                    last = await Pause((1, 2))
                last = await Pause(False + j)
    return p, last, deep


for n in range(12):
    print(drive(nest(n, n % 3)))


class Cell:
    def __init__(self):
        self.values = {}
        self.limit = 1000

    @property
    def level(self):
        return self._level

    @level.setter
    def level(self, value):
        if value > self.limit:
            value = str(value)
        self._level = value

    def __setitem__(self, key, value):
        if value > self.limit:
            key = -key
        self.values[key % 7] = value


def store(n):
    cell = Cell()
    for i in range(n):
        cell.level = i
        cell[i] = i
        yield cell.level if i % 500 == 0 else len(cell.values)
    yield sorted(cell.values.items())


for n in (10, 900, 1500):
    items = list(store(n))
    print(len(items), items[-1], [item for item in items if type(item) is str])
