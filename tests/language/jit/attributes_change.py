# skip: gc-stress
# timeout: 300
# What an attribute means changes while code that reads, writes or calls it is hot.
# (More than five minutes under -X gc-stress.)
from _feet import case

CLASS = """
class Base:
    inherited = 10
    def method(self): return 1
    def other(self): return self.method() + 1

class C(Base):
    constant = 20
    def __init__(self):
        self.a = 3
        self.b = 4
    @property
    def p(self): return self.a + 100
    @classmethod
    def cm(cls): return cls.constant
    @staticmethod
    def sm(): return 30

class D(C):
    constant = 21
    def method(self): return super().method() + 1000
    def above(self): return super().other()

class E(Base):
    def method(self): return -5

o = C()
d = D()
"""

# Class attributes and methods.
case("method replaced", CLASS, "o.method()", "C.method = lambda self: 2")
case("inherited method replaced", CLASS, "o.method()", "Base.method = lambda self: 3")
case("method replaced by a value", CLASS, "o.method()", "C.method = 4")
case("method deleted", CLASS, "o.cm()", "del C.cm")
case("method on the instance", CLASS, "o.method()", "o.method = lambda: 7")
case("callee's method replaced", CLASS, "o.other()", "Base.method = lambda self: 50")
case("class attribute replaced", CLASS, "o.constant", "C.constant = 'new'")
case("class attribute replaced, read from the class", CLASS, "C.constant", "C.constant = 22.5", parameters="C")
case("class attribute replaced many times", CLASS, "o.constant", "for number in range(50): C.constant = number")
case("inherited attribute overridden", CLASS, "o.inherited", "C.inherited = 11")
case("class attribute hidden by the instance", CLASS, "o.constant", "o.constant = 'mine'")
case("class attribute deleted", CLASS, "o.constant", "del C.constant")
case("overriding attribute deleted", CLASS, "d.constant", "del D.constant", parameters="d")
case("super's method replaced", CLASS, "d.method()", "Base.method = lambda self: 77", parameters="d")
case("method inserted between super and its target", CLASS, "d.above()", "C.other = lambda self: 'between'", parameters="d")
case("classmethod becomes a static method", CLASS, "o.cm()", "C.cm = staticmethod(lambda: 'static')")
case("static method becomes a function", CLASS, "o.sm()", "C.sm = lambda self: self.a")
case("function becomes a class method", CLASS, "o.method()", "C.method = classmethod(lambda cls: cls.__name__)")

# Bases and classes.
case("bases assigned", CLASS, "d.method()", "D.__bases__ = (E,)", parameters="d")
case("bases of a base assigned", CLASS, "o.method()", "C.__bases__ = (E,)")
case("class of the instance assigned", CLASS, "o.method()", "o.__class__ = D")
case("class assigned, attribute read", CLASS, "o.constant + o.a", "o.__class__ = D")

# Instances.
case("attribute becomes a float", CLASS, "o.a + o.b", "o.a = 2.5")
case("attribute becomes a str", CLASS, "o.a * 2", "o.a = 'x'")
case("attribute becomes a large int", CLASS, "o.a + o.b", "o.a = 2**61 - 2")
case("attribute becomes None", CLASS, "o.a + 1", "o.a = None")
case("attribute deleted", CLASS, "o.a", "del o.a")
case("attribute deleted, class attribute below", CLASS + "C.a = 'of the class'\n", "o.a", "del o.a")
case("attribute added", CLASS, "o.b", "o.c = 1; o.d = 2; o.e = 3; o.f = 4; o.g = 5; o.b = 44")
case("dict replaced", CLASS, "o.a", "o.__dict__ = {'a': 'elsewhere'}")
case("written through the dict", CLASS, "o.a", "vars(o)['a'] = 'by the dict'")
case("dict cleared", CLASS, "o.a", "vars(o).clear()")

# Properties and descriptors.
case("property replaced", CLASS, "o.p", "C.p = property(lambda self: 'other')")
case("property replaced by a value", CLASS, "o.p", "C.p = 5")
case("property deleted", CLASS, "o.p", "del C.p")
case("property deleted, instance attribute below", CLASS + "vars(o)['p'] = 'below'\n", "o.p", "del C.p")
case("property hides an attribute", CLASS, "o.a", "C.a = property(lambda self: 'property')")
case("property overridden in the subclass", CLASS, "d.p", "D.p = property(lambda self: 'sub')", parameters="d")

DESCRIPTORS = """
class NonData:
    def __get__(self, instance, owner): return 1
class Data:
    def __get__(self, instance, owner): return 2
    def __set__(self, instance, value): pass
class C:
    x = NonData()
    y = Data()
o = C()
vars(o)['y'] = 'hidden'
"""
case("descriptor's __get__ replaced", DESCRIPTORS, "o.x", "NonData.__get__ = lambda self, instance, owner: 'replaced'")
case("data descriptor's __get__ replaced", DESCRIPTORS, "o.y", "Data.__get__ = lambda self, instance, owner: 'replaced'")
case("descriptor hidden by the instance", DESCRIPTORS, "o.x", "o.x = 'mine'")
case("descriptor becomes a data descriptor", DESCRIPTORS + "o.x = 'mine'\n", "o.x", "NonData.__set__ = lambda self, instance, value: None")
case("data descriptor loses __set__", DESCRIPTORS, "o.y", "del Data.__set__")
case("descriptor loses __get__", DESCRIPTORS, "type(o.x).__name__", "del NonData.__get__")
case("value gets __get__", DESCRIPTORS + "class V: pass\nC.z = V()\n", "type(o.z).__name__", "V.__get__ = lambda self, instance, owner: 9")

# Slots.
SLOTS = """
class C:
    __slots__ = ('a', 'b', '__dict__')
    def __init__(self): self.a = 1; self.b = 2
o = C()
"""
case("slot deleted", SLOTS, "o.a", "del o.a")
case("slot's member replaced", SLOTS, "o.a", "C.a = 'of the class'")
case("slot's member deleted", SLOTS, "o.a", "del C.a")
case("slots exchanged", SLOTS, "o.a - o.b", "C.a, C.b = C.b, C.a")
case("slot becomes a float", SLOTS, "o.a + o.b", "o.a = 0.5")

# __getattr__, __getattribute__, __setattr__.
case("__getattr__ added", CLASS, "o.missing", "C.__getattr__ = lambda self, name: 'found ' + name")
case("__getattr__ replaced", CLASS + "C.__getattr__ = lambda self, name: 1\n", "o.missing", "C.__getattr__ = lambda self, name: 2")
case("__getattr__ deleted", CLASS + "C.__getattr__ = lambda self, name: 1\n", "o.missing", "del C.__getattr__")
case("__getattr__ made unnecessary", CLASS + "C.__getattr__ = lambda self, name: 1\n", "o.missing", "o.missing = 'there'")
case("__getattribute__ added", CLASS, "o.a", "C.__getattribute__ = lambda self, name: 'all ' + name")
case("__getattribute__ added to the base", CLASS, "o.a", "Base.__getattribute__ = lambda self, name: 'base ' + name")

STORE = CLASS + """
def store(target, value):
    target.a = value
    return target.a
def store_class(cls, value):
    cls.constant = value
    return cls.constant
log = []
"""
case("__setattr__ added", STORE, "store(o, 5)", "C.__setattr__ = lambda self, name, value: vars(self).__setitem__(name, -value)", "store, o")
case("property hides a stored attribute", STORE, "store(o, 5)", "C.a = property(lambda self: 'read', lambda self, value: log.append(value))", "store, o")
case("storing into a class with a new metaclass rule", STORE, "store_class(C, 5)", "C.constant = property(lambda self: 1)", "store_class, C", False)
case("__delattr__ and shapes", STORE, "store(o, 6)", "del o.b; o.b = 1; del o.a", "store, o", False)

# Special methods.
SPECIAL = """
class N:
    def __init__(self, v): self.v = v
    def __add__(self, other): return self.v + other
    def __len__(self): return 3
    def __getitem__(self, key): return key * 2
    def __eq__(self, other): return True
    def __bool__(self): return True
    def __call__(self, x): return x + 1
    def __iter__(self): return iter((1, 2))
    def __contains__(self, item): return True
o = N(5)
"""
case("__add__ replaced", SPECIAL, "o + 1", "N.__add__ = lambda self, other: 'sum'")
case("__add__ deleted", SPECIAL, "o + 1", "del N.__add__")
case("__len__ replaced", SPECIAL, "len(o)", "N.__len__ = lambda self: 9")
case("__len__ goes wrong", SPECIAL, "len(o)", "N.__len__ = lambda self: -1")
case("__getitem__ replaced", SPECIAL, "o[4]", "N.__getitem__ = lambda self, key: 'item'")
case("__eq__ replaced", SPECIAL, "o == 3", "N.__eq__ = lambda self, other: NotImplemented")
case("__bool__ replaced", SPECIAL, "1 if o else 2", "N.__bool__ = lambda self: False")
case("__bool__ deleted", SPECIAL, "1 if o else 2", "del N.__bool__; N.__len__ = lambda self: 0")
case("__call__ replaced", SPECIAL, "o(1)", "N.__call__ = lambda self, x: 'called'")
case("__iter__ replaced", SPECIAL, "sum(o)", "N.__iter__ = lambda self: iter([10, 20])")
case("__contains__ replaced", SPECIAL, "3 in o", "N.__contains__ = lambda self, item: False")
case("__radd__ added", SPECIAL, "1 + o", "N.__radd__ = lambda self, other: 'reflected'")

# Making instances.
MAKE = """
class P:
    def __init__(self, x=1): self.x = x
class Q(P): pass
o = P
"""
case("__init__ replaced", MAKE, "o().x", "P.__init__ = lambda self, x=2: setattr(self, 'x', 'other')")
case("__new__ added", MAKE, "type(o()).__name__", "P.__new__ = lambda cls, *rest: object.__new__(Q)")
case("__init__ takes no argument any more", MAKE, "o(3).x", "P.__init__ = lambda self: None")
