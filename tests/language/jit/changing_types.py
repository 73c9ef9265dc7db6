# skip: gc-stress
# timeout: 120
# Code that keeps meeting other types, shapes and functions than before: right results, and an end to recompiling it, which is
# measured as time, and -X gc-stress takes that.
import time


def add(a, b):
    return a + b


def compare(a, b):
    return a < b, a == b


def read(o):
    return o.value


def call(function, argument):
    return function(argument)


def item(container, key):
    return container[key]


class Text(str):
    pass


PAIRS = [(1, 2), (1.5, 2), (2**62, 1), ("a", "b"), ([1], [2]), ((1,), (2,)), (True, 3), (2, 2.5), (Text("x"), "y"), (1, 2**70), (b"a", b"b"), (0.0, -0.0)]


def rotate(times):
    """Each pair stays for a while, so that code for it pays, and is compiled again for the next."""
    shown = []
    for turn in range(times):
        for a, b in PAIRS:
            for _ in range(150):
                result = add(a, b), compare(a, b)
            if turn == times - 1:
                shown.append(result)
    return shown


print(rotate(12))


def alternate(times):
    total, text = 0, ""
    for number in range(times):
        a, b = PAIRS[number % len(PAIRS)]
        total += len(str(add(a, b)))
        text = (text + str(compare(a, b)[0])[0])[-40:]
    return total, text


print(alternate(20000))

classes = []
for number in range(40):
    names = [f"filler{index}" for index in range(number % 7)]
    body = {"__slots__": ("value",)} if number % 5 == 4 else {}
    cls = type(f"C{number}", (), body)
    instance = cls()
    for name in names if not body else []:
        setattr(instance, name, 0)
    if number % 9 == 8:
        cls.value = property(lambda self, number=number: number * 1000)
    else:
        instance.value = number
    classes.append(instance)


def many_shapes(count, times):
    total = 0
    for number in range(times):
        total += read(classes[number % count])
    return total


for count in (1, 2, 4, 20, 40, 1):
    print(count, many_shapes(count, 8000))

functions = [lambda x: x + 1, lambda x: x * 2.5, str, abs, len, lambda x, y=7: (x, y), PAIRS.count, type, lambda *values: values]


def many_functions(times):
    kinds = {}
    for number in range(times):
        function = functions[number % len(functions)]
        result = call(function, "text" if function is len else number)
        kinds[type(result).__name__] = result
    return kinds


print({name: value for name, value in many_functions(10000).items()})

containers = [[5, 6], (5, 6), {0: "zero", 1: "one"}, "ab", b"cd", range(5, 7), bytearray(b"ef"), memoryview(b"gh")]


def many_containers(times):
    seen = []
    for number in range(times):
        result = item(containers[(number // 500) % len(containers)], number & 1)
        if number % 499 == 0:
            seen.append(result)
    return seen


print(many_containers(10000))


def class_that_changes(times):
    """A new method every so often: code that relies on it must not be thrown away and made again for ever."""

    class Changing:
        def method(self):
            return -1

    changing, total = Changing(), 0
    for number in range(times):
        total += changing.method()
        if number % 20 == 0:
            Changing.method = lambda self, number=number: number % 3
    return total


print(class_that_changes(20000))


def globals_that_change(times):
    global changing_global
    total = 0
    for number in range(times):
        changing_global = number if number % 50 else float(number)
        total += changing_global
    return total


print(globals_that_change(20000))


# Endless recompilation would show here: as much work again may not take many times longer than work on one type.
def steady(times):
    start = time.perf_counter()
    for _ in range(times):
        add(1, 2), compare(1, 2)
    return time.perf_counter() - start


def mixed(times):
    start = time.perf_counter()
    for number in range(times):
        a, b = PAIRS[number % len(PAIRS)]
        add(a, b), compare(a, b)
    return time.perf_counter() - start


for _ in range(3):
    steady(20000), mixed(20000)
print(min(mixed(20000) for _ in range(5)) < 100 * min(steady(20000) for _ in range(5)))
