"""Appending, inserting and popping one list: no item is lost, none appears twice."""
from _harness import check, hammer, rounds, THREADS

items = []
pushed = [0] * THREADS
popped = [[] for _ in range(THREADS)]


def work(index):
    for step in range(50):
        number = pushed[index] * THREADS + index
        if step % 5 == 0:
            items.insert(step % 3 - 1, number)
        elif step % 5 == 1:
            items.extend((number,))
        else:
            items.append(number)
        pushed[index] += 1
        try:
            popped[index].append(items.pop(step % 2 - 1))
        except IndexError:
            pass


for seconds in rounds():
    hammer(work, seconds=seconds)
    everything = sorted(items + [number for own in popped for number in own])
    expected = sorted(number * THREADS + index for index in range(THREADS) for number in range(pushed[index]))
    check(everything == expected, len(everything), len(expected))
    items.clear()
    pushed[:] = [0] * THREADS
    popped[:] = [[] for _ in range(THREADS)]
