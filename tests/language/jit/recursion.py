# timeout: 120
# Deep recursion in hot code: the limit, what comes after RecursionError, and depths beyond any C stack.
import sys


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


print(fibonacci(20))


def endless(n):
    return endless(n + 1) + 1


def endless_pair(n):
    return other(n + 1)


def other(n):
    return endless_pair(n + 1)


class Node:
    def __getattr__(self, name):
        return getattr(self, name + "x")

    def __add__(self, value):
        return self + value

    @property
    def itself(self):
        return self.itself

    def __call__(self):
        return self()

    def method(self, *values, **named):
        return self.method(*values, **named)


def error_of(function):
    try:
        function()
    except RecursionError as error:
        return str(error).split(" in ")[0].split(" while ")[0]
    return "no error"


for _ in range(4):
    print(error_of(lambda: endless(0)))
    print(error_of(lambda: endless_pair(0)))
    print(error_of(lambda: Node().itself))
    print(error_of(lambda: Node() + 1))
    print(error_of(Node()))
    print(error_of(lambda: Node().method(1, a=2)))
    print(fibonacci(12))


def depth(n):
    return 0 if n == 0 else depth(n - 1) + 1


def in_a_loop():
    caught = 0
    for number in range(300):
        try:
            depth(100000 if number % 50 == 0 else 50)
        except RecursionError:
            caught += 1
    return caught


print(in_a_loop())

sys.setrecursionlimit(60000)
for _ in range(3):
    print(depth(50000))


def with_finally(n, left):
    try:
        return 0 if n == 0 else with_finally(n - 1, left) + 1
    finally:
        left.append(n)


left = []
print(with_finally(20000, left), len(left), left[:3], left[-3:])


def generator(n):
    if n:
        yield from generator(n - 1)
    yield n


print(sum(1 for _ in generator(400)))

# The limit holds below hot code, and lowering it counts for what runs afterwards.
sys.setrecursionlimit(200)
try:
    depth(150)
    print(depth(100))
    depth(1000)
except RecursionError as error:
    print(error)
