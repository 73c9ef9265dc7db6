"""One deque used from both ends, rotated, copied and iterated; a bounded one beside it."""
from collections import deque
from _harness import check, hammer, THREADS

items = deque()
bounded = deque(maxlen=100)
pushed = [0] * THREADS
popped = [[] for _ in range(THREADS)]


def work(index):
    for step in range(60):
        number = pushed[index] * THREADS + index
        (items.append if step % 2 else items.appendleft)(number)
        pushed[index] += 1
        bounded.append(number)
        check(len(bounded) <= 100)
        if step % 3:
            try:
                popped[index].append(items.pop() if step % 4 < 2 else items.popleft())
            except IndexError:
                pass
    items.rotate(index - 3)
    items.reverse()


def look(index):
    for copy in (items.copy(), bounded.copy()):
        seen = list(copy)
        check(len(seen) == len(copy) == len(set(seen)))
    try:
        for number in items:
            check(isinstance(number, int))
    except RuntimeError as error:
        check("mutated" in str(error), error)
    try:
        items[0], items[-1], bounded.index(-1)
    except (IndexError, ValueError, RuntimeError):
        pass


hammer(work, work, work, look)
everything = sorted(list(items) + [number for own in popped for number in own])
expected = sorted(number * THREADS + index for index in range(THREADS) for number in range(pushed[index]))
check(everything == expected, len(everything), len(expected))
