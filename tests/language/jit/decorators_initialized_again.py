# A staticmethod, classmethod or property that is initialized a second time, after calls through it have become hot: what was
# remembered of it holds no longer. And object.__setattr__ of what stores attributes in its own way, before and after.
import threading


def check(make, again):
    attribute = make()

    class Holder:
        fetched = attribute

    holder = Holder()

    def by_instance():
        return holder.fetched(5) if callable(holder.fetched) else holder.fetched

    def by_class():
        return Holder.fetched(6) if callable(Holder.fetched) else type(Holder.fetched).__name__

    for _ in range(3000):
        first = by_instance(), by_class()
    again(attribute)
    print(first, "then", (by_instance(), by_class()))


check(lambda: staticmethod(lambda value: ("old", value)), lambda found: found.__init__(lambda value: ("new", value)))
check(
    lambda: classmethod(lambda cls, value: ("old", cls.__name__, value)),
    lambda found: found.__init__(lambda cls, value: ("new", cls.__name__, value)),
)
check(lambda: property(lambda self: "old"), lambda found: found.__init__(lambda self: "new"))


class Local(threading.local):
    pass


class Plain:
    pass


def store(target, value):
    object.__setattr__(target, "number", value)


plain, local = Plain(), Local()
for turn in range(3000):
    store(plain, turn)
for target in (local, threading.local(), int, Plain):
    try:
        store(target, 1)
    except TypeError as error:
        print("TypeError", error)
    try:
        object.__delattr__(target, "number")
    except TypeError as error:
        print("TypeError", error)
local.number = 7
print(plain.number, local.number, object.__getattribute__(local, "__class__") is Local)
