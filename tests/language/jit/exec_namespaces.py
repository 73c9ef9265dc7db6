# Functions that exec() has made in a dict of the program's: when they get hot their globals move into cells, of which
# nobody who uses the dict must see anything, whatever he was just doing with it.
import collections
import itertools
import threading

SOURCE = """
step = 3
def advance(n):
    total = 0
    for i in range(n):
        total += step + len(word)
    return total
word = "abc"
def count(items):
    for item in items:
        table[item] = table.get(item, 0) + 1
table = {}
"""


def namespace():
    names = {}
    exec(SOURCE, names)
    return names


def heat(names, times=300):
    return [names["advance"](50) for _ in range(times)][-1]


def listing(names):
    return [key for key in names if key != "__builtins__"]


names = namespace()
print(heat(names), listing(names), len(names))
names["step"] = 5
print(heat(names))
names["len"] = lambda text: 100
print(heat(names))
del names["len"]
print(heat(names), "len" in names, listing(names))
names["step"] = 2.5
print(heat(names))
del names["step"]
try:
    heat(names)
except NameError as error:
    print(error)
names["step"] = 1
print(heat(names), listing(names))
copy, union, merged = dict(names), names | {"more": 1}, {**names}
names["word"] = "abcd"
print(copy["word"], union["word"], merged["word"], names["word"], copy == merged, copy == names)
print([type(value).__name__ for value in names.values()][1:])
print(list(reversed(names))[:2], names.popitem()[0], names.pop("table", None), names.setdefault("fresh", 7), names["fresh"])
names["count"]  # a global that has gone is not there
names.update(step=4, other=1)
print(heat(names), sorted(names)[-4:])
names.clear()
print(names)

# A dict that is more than a namespace: its keys need not be names.
odd = namespace()
odd[1], odd[None], odd[(1, 2)] = "one", "none", "pair"
print(heat(odd), odd[1], odd[None], odd[1, 2], odd.get(2), listing(odd)[-3:])
del odd[None]
print(heat(odd), listing(odd)[-2:], len(odd))

# Iterators that were there before
early = namespace()
iterator, items, view = iter(early), iter(early.items()), early.values()
next(iterator), next(items)
heat(early)
print(next(iterator), next(items)[0], len(view), [type(value).__name__ for value in view][1:])


class Equal:
    """Found by comparison, during which the namespace changes its form."""

    def __init__(self, names):
        self.names = names

    def __hash__(self):
        return hash("word")

    def __eq__(self, other):
        heat(self.names)
        return other == "word"


for look in (lambda d, k: d[k], lambda d, k: d.get(k), lambda d, k: d.setdefault(k, 0), lambda d, k: d.pop(k), lambda d, k: k in d):
    names = namespace()
    print(look(names, Equal(names)), len(names))

names = namespace()
names["count"](["a", "b", "a"])
collections._count_elements(names["table"], "abc")
print(names["table"])

# Other threads use the dict meanwhile.
ROUNDS = 60


def use(names, number, seen, stop):
    key = f"key{number}"
    for i in itertools.count():
        names[key] = i
        if names[key] != i:
            seen.append(("stored", names[key]))
        copied = names.copy()
        if copied.get(key) != i or not callable(copied["advance"]):
            seen.append(("copied", copied.get(key)))
        if names.setdefault(key, -1) != i:
            seen.append("set")
        fresh = {}
        fresh.update(names)
        if fresh.get(key) != i or type(fresh["word"]) is not str:
            seen.append(("updated", fresh.get(key)))
        if names.pop(key) != i:
            seen.append("popped")
        if stop.is_set():
            return


seen = []
for _ in range(ROUNDS):
    names, stop = namespace(), threading.Event()
    threads = [threading.Thread(target=use, args=(names, number, seen, stop)) for number in range(2)]
    for thread in threads:
        thread.start()
    result = heat(names)
    stop.set()
    for thread in threads:
        thread.join()
    if result != 300 or listing(names) != ["step", "advance", "word", "count", "table"]:
        seen.append((result, listing(names)))
print(seen[:3])
