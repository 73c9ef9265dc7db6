"""Threads started and joined by threads, while everybody allocates and collects."""
import gc
import sys
import threading
from _harness import check, hammer

finished = []


def child(depth, results):
    graph = [[number] for number in range(100)]
    for number in range(99):
        graph[number].append(graph[number + 1])
    graph[99].append(graph[0])
    results.append(depth)
    if depth:
        inner = threading.Thread(target=child, args=(depth - 1, results))
        inner.start()
        inner.join()


def work(index):
    results = []
    threads = [threading.Thread(target=child, args=(2, results), daemon=number == 0) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
        check(not thread.is_alive())
    check(sorted(results) == [0, 0, 0, 1, 1, 1, 2, 2, 2], results)


def observe(index):
    check(threading.get_ident() in sys._current_frames())
    threading.enumerate()
    gc.collect()
    check(threading.active_count() >= 1)
    gc.get_objects(), gc.get_referrers(finished), gc.get_referents(finished)


def recurse(index):
    def down(depth):
        return depth and down(depth - 1) + 1
    check(down(500) == 500)
    try:
        down(100000)
        check(False)
    except RecursionError:
        pass


hammer(work, work, observe, recurse)
