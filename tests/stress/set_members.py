"""One set: add, discard, pop; each member is taken by one thread."""
from _harness import check, hammer, THREADS

members = set()
added = [0] * THREADS
taken = [[] for _ in range(THREADS)]


def work(index):
    for _ in range(40):
        member = (index, added[index])
        members.add(member)
        added[index] += 1
        if added[index] % 3:
            try:
                taken[index].append(members.pop())
            except KeyError:
                pass
        elif member in members:
            try:
                members.remove(member)
                taken[index].append(member)
            except KeyError:
                pass
    len(members), list(members)[:3], frozenset(members)


hammer(work)
everything = list(members) + [member for own in taken for member in own]
check(len(everything) == len(set(everything)) == sum(added), len(everything), sum(added))
