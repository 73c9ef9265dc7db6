"""Names looked up in a class that forgets, all the time, what has been found: a name never gives what another one has."""
from _harness import check, hammer

NAMES = [f"name_{number}" for number in range(12)]


class Base:
    pass


class Thing(Base):
    pass


for name in NAMES:
    setattr(Base, name, property(lambda self, name=name: name))
thing = Thing()


def forget(index):
    for number in range(50):
        Base.changing = lambda self: number


def look(index):
    for step in range(10):
        for name in NAMES:
            check(getattr(thing, name) == name, name)


hammer(look, look, look, forget)
