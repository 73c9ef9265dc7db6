# skip: sanitizer
# What a container lets go of is finalized at once.
# With a sanitizer a dead word in a frame of the C stack can keep one longer.


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("end of", self.name)


def lists():
    items = [Noisy("cleared"), Noisy("other")]
    items.clear()
    print("after clear")
    items = [Noisy("popped"), 1]
    items.pop(0)
    print("after pop")
    items = [Noisy("replaced")]
    items[0] = None
    print("after assignment")
    items = [Noisy("deleted")]
    del items[0]
    print("after del")
    items = [Noisy("sliced")]
    del items[:]
    print("after del of a slice")
    noisy = Noisy("removed")
    items = [noisy]
    del noisy
    items.remove(items[0])
    print("after remove")


def dicts(make):
    names = make(a=Noisy("deleted"), b=Noisy("popped"), c=Noisy("replaced"), d=Noisy("item"), e=Noisy("cleared"))
    del names["a"]
    print("after del")
    names.pop("b")
    print("after pop")
    names["c"] = 1
    print("after assignment")
    names["d"], last = None, names.popitem()
    print("after popitem")
    del last
    print("after del of the item")
    names["x"] = Noisy("last")
    names.clear()
    print("after clear")


def sets():
    noisy = Noisy("in a set")
    some = {noisy}
    del noisy
    some.clear()
    print("after clear")
    some.add(Noisy("taken"))
    some.pop()
    print("after pop")


for _ in range(3):
    lists()
    dicts(dict)
    sets()
