"""Weak dictionaries and sets whose members die all the time, with collections in between."""
import gc
import weakref
from _harness import check, hammer


class Thing:
    def __init__(self, number):
        self.number = number


values = weakref.WeakValueDictionary()
keys = weakref.WeakKeyDictionary()
members = weakref.WeakSet()
dead = []


def work(index):
    own = [Thing(number) for number in range(30)]
    for thing in own:
        values[index, thing.number] = thing
        keys[thing] = thing.number
        members.add(thing)
        weakref.finalize(thing, dead.append, 1) if thing.number == 0 else None
    for thing in own:
        check(values[index, thing.number] is thing)
        check(keys[thing] == thing.number)
        check(thing in members)
        reference = weakref.ref(thing)
        check(reference() is thing)


def look(index):
    for (_, number), reference in list(values.data.items()):
        thing = reference()
        check(thing is None or thing.number == number)
    try:
        for thing, number in keys.items():
            check(thing.number == number)
        list(members)
    except RuntimeError as error:
        check("changed" in str(error), error)  # its size, or its keys
    len(values), len(keys), len(members)


def collect(index):
    gc.collect(index % 3)


hammer(work, work, look, work, look, collect)
gc.collect()
