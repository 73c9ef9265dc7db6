"""heapq and bisect on shared lists: what is pushed is popped, by one thread each."""
import bisect
import heapq
from _harness import check, hammer, THREADS

heap, ordered = [], []
pushed = [0] * THREADS
popped = [[] for _ in range(THREADS)]


def work(index):
    for _ in range(40):
        number = pushed[index] * THREADS + index
        heapq.heappush(heap, (number * 7919) % 100003 * 1000000 + number)
        pushed[index] += 1
        try:
            popped[index].append(heapq.heappop(heap) % 1000000)
        except IndexError:
            pass
        bisect.insort(ordered, number)
        if len(ordered) > 500:
            del ordered[:250]


hammer(work)
everything = [number % 1000000 for number in heap] + [number for own in popped for number in own]
check(len(everything) == sum(pushed), len(everything), sum(pushed))
