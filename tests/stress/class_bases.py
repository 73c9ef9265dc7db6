"""Threads assign __bases__ of the same classes and derive from them: no cycle, MROs that follow from the bases."""
from _harness import check, hammer, THREADS


class Root:
    pass


class A(Root):
    name = "A"


class B(Root):
    name = "B"


class Meta(type):
    def mro(cls):
        return type.mro(cls)


class Bottom(A):
    pass


class Computed(A, metaclass=Meta):
    pass


pair = [type("First", (Root,), {}), type("Second", (Root,), {})]
CHOICES = [(A,), (B,), (A, B), (B, A)]


def swap(index):
    for bases in CHOICES:
        for one in Bottom, Computed:
            one.__bases__ = bases
            check(one().name in ("A", "B"))
            check(one.__mro__[0] is one and one.__mro__[-2:] == (Root, object))


def derive(index):
    class Made(Bottom):
        pass

    class Odd(Computed):
        pass

    made.append(Made)
    del made[:-20]
    check(Made().name in ("A", "B") and Odd().name in ("A", "B"))


def tie(index):
    """Each of two classes made the base of the other: one of the two must be refused."""
    one, other = pair if index % 2 else pair[::-1]
    try:
        one.__bases__ = (other,)
        check(one.__mro__[0] is one and len(one.__mro__) <= 4)
        one.__bases__ = (Root,)
    except TypeError as error:
        check("inheritance cycle" in str(error), error)


made = []
hammer(swap, swap, derive, derive, tie, tie)
Bottom.__bases__ = (A, B)
for one in made:
    check(one.__mro__ == (one, Bottom, A, B, Root, object), one.__mro__)
for one in A, B:
    check(one.__subclasses__().count(Bottom) == 1 and one.__subclasses__().count(Computed) <= 1, one.__subclasses__())
