"""Keys that are not str in the namespaces of classes and instances: looking an attribute up compares with them."""


class Key:
    def __init__(self, name, action=lambda other: False):
        self.name, self.action = name, action

    def __hash__(self):
        return hash(self.name)

    def __eq__(self, other):
        return self.action(other)


class First:
    one = "one of First"
    two = "two of First"


class Second:
    one = "one of Second"
    two = "two of Second"


def change(other):
    Odd.__bases__ = (Second,)
    return False


def fail(other):
    raise ValueError(other)


Odd = type("Odd", (First,), {Key("one", change): 5})
print(Odd.one, Odd.two)
Same = type("Same", (First,), {Key("one", lambda other: True): 5})
print(Same.one, Same().one, Same.two)


class Derived(Same):
    pass


print(Derived.one, Derived().one, Derived().two)
Failing = type("Failing", (), {Key("missing", fail): 5})
for function in (lambda: Failing.missing, lambda: Failing().missing):
    try:
        function()
    except AttributeError as error:
        print(error)


class Descriptor:
    def __get__(self, instance, owner):
        return "described"


class Vicious:
    attribute = Descriptor()


def forget(other):
    if "attribute" in Vicious.__dict__:
        del Vicious.attribute
    return False


vicious = Vicious()
vicious.__dict__[Key("attribute", forget)] = 0
print(vicious.attribute, hasattr(vicious, "attribute"))
plain = First()
plain.__dict__[Key("three", lambda other: True)] = "three"
print(plain.three)
plain.three = 4
print(plain.three, len(plain.__dict__))
del plain.three
print(plain.__dict__)
plain.__dict__[Key("four", fail)] = 4
for function in (lambda: plain.four, lambda: setattr(plain, "four", 1), lambda: delattr(plain, "four")):
    try:
        function()
    except ValueError as error:
        print("ValueError", error)
