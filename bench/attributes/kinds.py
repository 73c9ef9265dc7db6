"""Measures attribute access, one loop a kind, in the interpreter that runs this file; bench/attributes/run.py compares interpreters.

    kinds.py WARM WINDOW [NAME...]      prints for each kind: name, nanoseconds an access, and what the loop computed

Each kind runs for WARM seconds before it counts, then five times for about WINDOW seconds. Every loop takes one object after the other
from a list, so that only what is the same for all of them can move out of the loop; `empty loop` does that and no more, and its time is to be subtracted. Needs Python 3.9.
"""

import sys
import time
import types

CLASSES = """
import dataclasses, collections, enum, functools, types

class Base6:
    level6 = 6
    def method6(self): return 6
class Base5(Base6):
    level5 = 5
    def method5(self): return 5
class Base4(Base5):
    level4 = 4
    def method4(self): return 4
class Base3(Base4):
    level3 = 3
    def method3(self): return 3
class Base2(Base3):
    level2 = 2
    def method2(self): return 2
class Base1(Base2):
    level1 = 1
    def method1(self): return 1
    def overridden(self): return 1
    def overridden_twice(self): return 1

class NonData:
    def __get__(self, instance, owner): return 3
class Data:
    def __get__(self, instance, owner): return instance.a
    def __set__(self, instance, value): instance.a = value

class C(Base1):
    level0 = 7
    def __init__(self, a=1):
        self.a = a
        self.b = 2
        self.c = 3
        self.inner = self
    def method0(self): return 1
    def adds(self, value): return self.a + value
    @property
    def read(self): return self.a
    @property
    def both(self): return self.a
    @both.setter
    def both(self, value): self.a = value
    non_data = NonData()
    data = Data()
    @functools.cached_property
    def cached(self): return 5
    @classmethod
    def of_class(cls): return cls.level0
    @staticmethod
    def static(): return 1
    def overridden(self): return super().overridden()
    def overridden_twice(self): return super().overridden_twice() + 1

class D(C):
    def overridden_twice(self): return super().overridden_twice() + 1

class Slots:
    __slots__ = ("a", "b")
    def __init__(self): self.a = 1; self.b = 2

class GetAttr:
    def __getattr__(self, name): return 4
class Delegate:
    def __init__(self, inner): self.inner = inner
    def __getattr__(self, name): return getattr(self.inner, name)

@dataclasses.dataclass
class Point:
    x: int = 1
    y: int = 2
Pair = collections.namedtuple("Pair", "first second")
class Colour(enum.Enum):
    RED = 1
    GREEN = 2
module = types.ModuleType("module")
module.value = 3
module.function = lambda: 3

def shapes(count):
    objects = []
    for number in range(count):
        cls = type("Shape%d" % number, (), {"method": lambda self: self.a})
        instance = cls()
        for filler in range(number % 3):
            setattr(instance, "filler%d" % filler, 0)
        instance.a = number
        objects.append(instance)
    return (objects * 8)[: max(8, count)]
"""

# name: objects (an expression), statements of the loop
KINDS = {
    "empty loop": ("[C() for _ in range(8)]", "x += 1"),
    "instance attribute": ("[C() for _ in range(8)]", "x += o.a"),
    "instance attribute, set": ("[C() for _ in range(8)]", "o.b = x; x += 1"),
    "slot": ("[Slots() for _ in range(8)]", "x += o.a"),
    "slot, set": ("[Slots() for _ in range(8)]", "o.b = x; x += 1"),
    "property": ("[C() for _ in range(8)]", "x += o.read"),
    "property, set": ("[C() for _ in range(8)]", "o.both = x; x += 1"),
    "data descriptor": ("[C() for _ in range(8)]", "x += o.data"),
    "data descriptor, set": ("[C() for _ in range(8)]", "o.data = x; x += 1"),
    "non-data descriptor": ("[C() for _ in range(8)]", "x += o.non_data"),
    "cached_property": ("[C() for _ in range(8)]", "x += o.cached"),
    "__getattr__": ("[GetAttr() for _ in range(8)]", "x += o.missing"),
    "__getattr__, delegating": ("[Delegate(C()) for _ in range(8)]", "x += o.a"),
    "getattr()": ("[C() for _ in range(8)]", "x += getattr(o, 'a')"),
    "class attribute": ("[C() for _ in range(8)]", "x += o.level0"),
    "class attribute, of the class": ("[C] * 8", "x += o.level0"),
    **{f"constant {level} up": ("[C() for _ in range(8)]", f"x += o.level{level}") for level in range(1, 7)},
    "method": ("[C() for _ in range(8)]", "x += o.method0()"),
    "method with argument": ("[C() for _ in range(8)]", "x += o.adds(1)"),
    **{f"method {level} up": ("[C() for _ in range(8)]", f"x += o.method{level}()") for level in range(1, 7)},
    "super()": ("[C() for _ in range(8)]", "x += o.overridden()"),
    "super(), twice": ("[D() for _ in range(8)]", "x += o.overridden_twice()"),
    "classmethod": ("[C() for _ in range(8)]", "x += o.of_class()"),
    "staticmethod": ("[C() for _ in range(8)]", "x += o.static()"),
    "classmethod, of the class": ("[C] * 8", "x += o.of_class()"),
    "module attribute": ("[0] * 8", "x += module.value"),
    "module function": ("[0] * 8", "x += module.function()"),
    "enum member": ("[0] * 8", "x += 1 if Colour.RED is not o else 2"),
    "enum member's value": ("[Colour.RED, Colour.GREEN] * 4", "x += o.value"),
    "dataclass field": ("[Point() for _ in range(8)]", "x += o.x"),
    "namedtuple field": ("[Pair(1, 2) for _ in range(8)]", "x += o.second"),
    **{f"attribute, {count} shapes": (f"shapes({count})", "x += o.a") for count in (2, 4, 20)},
    **{f"method, {count} shapes": (f"shapes({count})", "x += o.method()") for count in (2, 4, 20)},
}

LOOP = """
def loop(times, objects):
    x = 0
    for _ in range(times):
        for o in objects:
            {statements}
    return x
"""


def measure(name, warm, window):
    objects, statements = KINDS[name]
    names = vars(types.ModuleType("kind"))
    exec(CLASSES, names)
    exec(LOOP.format(statements=statements), names)
    loop, objects = names["loop"], eval(objects, names)
    result = loop(100, objects)
    clock = time.thread_time  # of a busy machine, too, only what this thread itself uses
    end, times = clock() + warm, 500
    while clock() < end:
        loop(times, objects)
    while True:
        start = clock()
        loop(times, objects)
        spent = clock() - start
        if spent >= window:
            break
        times = int(times * max(1.5, min(10, 1.2 * window / max(spent, 1e-9))))
    best = spent
    for _ in range(4):
        start = clock()
        loop(times, objects)
        best = min(best, clock() - start)
    return best / (times * len(objects)) * 1e9, result


if __name__ == "__main__":
    for name in sys.argv[3:] or KINDS:
        nanoseconds, result = measure(name, float(sys.argv[1]), float(sys.argv[2]))
        print(name, nanoseconds, result, sep="\t", flush=True)
