"""dict.setdefault and pop decide for one thread: who put a key is told so, and one takes it."""
from _harness import check, hammer, THREADS

table = {}
put = [0] * THREADS
took = [0] * THREADS


def work(index):
    for key in range(64):
        mine = object()
        if table.setdefault(key, mine) is mine:
            put[index] += 1
        if table.pop(key, None) is not None:
            took[index] += 1
    try:
        table.popitem()
        took[index] += 1
    except KeyError:
        pass


hammer(work)
check(sum(put) == sum(took) + len(table), sum(put), sum(took), len(table))
