"""gc.DEBUG_SAVEALL: what is unreachable in reference cycles, and what hangs on it, goes into gc.garbage; what reference counts
would have freed does not."""
import gc
import weakref


finalized = set()


class Node:
    def __init__(self, name):
        self.name = name


class Final(Node):
    def __del__(self):
        finalized.add(self.name)


def describe(item):
    return f"{type(item).__name__} {item.name}" if isinstance(item, Node) else type(item).__name__


def saved(make):
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    make()
    gc.collect()
    gc.set_debug(0)
    items = sorted(describe(item) for item in gc.garbage if type(item) is not dict)
    gc.garbage.clear()
    gc.collect()
    return items


def own_list():
    items = []
    items.append(items)


def pair():
    a, b = Node("a"), Node("b")
    a.other, b.other = b, a
    a.hanging = [Node("c"), (1, [2])]
    a.text = "text" * 3


def no_cycle():
    a = Node("a")
    a.items = [Node("b") for _ in range(100)]
    str(a.items), {1: a}, (a, a.items)


def into_a_cycle():
    a = Node("a")
    a.self = a
    outside = Node("outside")
    outside.a = [a]


def finalizer():
    a = Final("a")
    a.self = a
    a.b = Final("b")


def referred_to_weakly():
    global reference
    a = Node("a")
    a.self = a
    reference = weakref.ref(a, lambda dead: print("callback"))


for make in (own_list, pair, no_cycle, into_a_cycle, finalizer, referred_to_weakly):
    print(make.__name__, saved(make))
print(reference(), sorted(finalized))

own_list()
gc.collect()
print(gc.garbage)

gc.set_debug(gc.DEBUG_SAVEALL)
for _ in range(100):
    pair()
gc.collect()
gc.set_debug(0)
nodes = [item for item in gc.garbage if isinstance(item, Node)]
# A stack that refers to the cell behind a list's items keeps them: so one of the hanging nodes may still live.
print(len(nodes) in (299, 300), all(node.other.other is node for node in nodes if node.name != "c"))
