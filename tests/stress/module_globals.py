"""Globals of one module stored, deleted, shadowing builtins; a module object used from outside."""
import builtins
import types
from _harness import check, hammer

counter = ("counter", 0)
module = types.ModuleType("shared")
exec("""
def get(): return value
def put(number):
    global value
    value = ("value", number)
def drop():
    global value
    try: del value
    except NameError: pass
def length(): return len("abc")
""", module.__dict__)


def store(index):
    global counter
    for number in range(50):
        counter = ("counter", number)
        check(counter[0] == "counter")
        module.put(number)
        try:
            check(module.get()[0] == "value")
            check(module.value[0] == "value")
        except (NameError, AttributeError):
            pass
        if index == 0:
            module.drop()


def shadow(index):
    module.len = lambda text: 3
    check(module.length() == 3)
    module.__dict__.pop("len", None)
    builtins.stress_name = ("builtin", index)
    check(eval("stress_name")[0] == "builtin")


def add(index):
    for number in range(30):
        name = f"own{index}_{number}"
        globals()[name] = number
        check(eval(name) == number)
        del globals()[name]


hammer(store, shadow, add)
