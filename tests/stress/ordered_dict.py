"""One OrderedDict and one defaultdict: own keys inserted, moved, deleted."""
from collections import Counter, OrderedDict, defaultdict
from _harness import check, hammer, THREADS

ordered = OrderedDict()
lists = defaultdict(list)
counts = Counter()


def work(index):
    for number in range(30):
        ordered[index, number] = number
        ordered.move_to_end((index, number), last=number % 2 == 0)
        lists[number].append(index)
    for number in range(30):
        check(ordered.pop((index, number)) == number)
    counts.update([index, "shared"])


def look(index):
    try:
        for key, value in ordered.items():
            check(key[1] == value)
    except RuntimeError:
        pass
    copy = OrderedDict(list(ordered.items()))
    check(all(key[1] == value for key, value in copy.items()))
    len(ordered), repr(lists[0])[:5]


hammer(work, work, work, look)
check(not ordered, ordered)
lengths = {len(lists[number]) for number in range(1, 30)}
check(len(lengths) == 1, lengths)
check(counts["shared"] == sum(counts[index] for index in range(THREADS)), counts)
