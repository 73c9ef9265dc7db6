# timeout: 300
# A million functions that become hot and die: results are right, and memory stays bounded.
import gc
import resource


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def lambdas(count):
    """The same code again and again in new function objects, with other closures."""
    total = 0
    for number in range(count):
        function = lambda x: x + number
        total += function(1) + function(2)
    return total


def compiled(count, loops):
    """New code every time, each hot in a loop of its own."""
    total = 0
    for number in range(count):
        names = {}
        exec(f"def function(x):\n    y = {number}\n    for i in range(x):\n        y = y + i * {number % 7}\n    return y", names)
        total += names["function"](loops)
    return total


def classes(count):
    total = 0
    for number in range(count):
        cls = type("Short", (), {"method": lambda self: number, "value": property(lambda self: self.method() + 1)})
        instance = cls()
        for _ in range(20):
            total += instance.value
    return total


def generators(count):
    total = 0
    for number in range(count):
        total += sum(value * number for value in range(5))
    return total


print(lambdas(1000), compiled(50, 2000), classes(50), generators(500))
print(lambdas(800000), compiled(300, 3000), classes(1000), generators(100000))
gc.collect()
before = peak()
print(lambdas(200000), compiled(2000, 100), compiled(300, 3000), classes(2000), generators(100000))
gc.collect()
grown = peak() - before
print("grown by less than 200 MB:", grown < 200 or grown)
