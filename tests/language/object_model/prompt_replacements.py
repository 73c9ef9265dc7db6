# skip: sanitizer
# What stood in a namespace or an attribute ends when something else takes its place, before the next statement.
import types


class Noted:
    def __init__(self, number):
        self.number = number

    def __del__(self):
        print("del", self.number)


SOURCE = """
def total(n):
    result = 0
    for _ in range(n):
        result += step
    return result
step = 1
"""


def replace_in(names):
    names["other"] = Noted(1)
    names["other"] = None
    print("set")
    names["other"] = Noted(2)
    del names["other"]
    print("deleted")
    names["other"] = Noted(3)
    names.pop("other")
    print("popped")
    names.update(other=Noted(4))
    names.update(other=0)
    print("updated")
    names["other"] = Noted(5)
    names.clear()
    print("cleared")


names = {}
exec(SOURCE, names)
replace_in(names)
exec(SOURCE, names)
for _ in range(300):  # hot: its globals stand in cells
    names["total"](100)
replace_in(names)

module = types.ModuleType("module")
module.x = Noted(6)
module.x = None
print("module attribute")
module.x = Noted(7)
module.__dict__["x"] = None
print("module dict")


class Many:
    def __init__(self):
        self.a = self.b = self.c = self.d = self.e = self.f = 1
        self.g = self.h = self.i = self.j = self.k = self.last = 2


many = Many()
for i in range(3):
    many.last = Noted(10 + i)
    many.last = None
    print("attribute", i)


class Counted:
    x = 1


for i in range(6):
    Counted.x = Noted(20 + i)
    Counted.x = None
    print("class attribute", i)
many.__dict__["more"] = Noted(30)
many.__dict__["more"] = 0
print("instance dict")
many.__dict__["more"] = Noted(31)
many.__dict__.clear()
print("instance dict cleared")
