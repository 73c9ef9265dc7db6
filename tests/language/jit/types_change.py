# timeout: 300
# The types of values change while code is hot: numbers at their boundaries, subclasses, containers that change while they are walked.
from _feet import case

NUMBERS = """
box = [1]
other = [2]
class Int(int):
    def __add__(self, value): return 'Int'
    def __radd__(self, value): return 'reflected Int'
class Float(float):
    def __mul__(self, value): return 'Float'
class Equal:
    def __eq__(self, value): return 'equal'
    def __lt__(self, value): return []
    def __bool__(self): return False
    def __index__(self): return 0
"""
case("int to float", NUMBERS, "box[0] + other[0]", "box[0] = 1.5", "box, other")
case("int to large int", NUMBERS, "box[0] + other[0]", "box[0] = 2**62", "box, other")
case("int to the last small int", NUMBERS, "box[0] + other[0]", "box[0] = 2**61 - 2", "box, other")
case("int sum at the boundary", NUMBERS, "box[0] + other[0]", "box[0] = 2**61 - 1", "box, other")
case("int difference at the boundary", NUMBERS, "box[0] - other[0]", "box[0] = -2**61 + 1", "box, other")
case("int product overflows", NUMBERS, "box[0] * other[0] * 3", "box[0] = 2**60 + 1", "box, other")
case("int negation at the boundary", NUMBERS, "-box[0]", "box[0] = -2**61", "box, other")
case("int shift overflows", NUMBERS, "box[0] << 3", "box[0] = 2**60", "box")
case("int shift by a negative", NUMBERS, "1 << box[0]", "box[0] = -1", "box")
case("int shift by much", NUMBERS, "1 << box[0]", "box[0] = 200", "box")
case("int division by zero", NUMBERS, "7 // box[0]", "box[0] = 0", "box")
case("int division of the smallest by -1", NUMBERS, "box[0] // other[0]", "box[0], other[0] = -2**61, -1", "box, other")
case("int remainder, negative", NUMBERS, "7 % box[0]", "box[0] = -4", "box")
case("true division becomes large", NUMBERS, "box[0] / other[0]", "box[0] = 2**80", "box, other")
case("true division of ints beyond 53 bits", NUMBERS, "box[0] / other[0]", "box[0], other[0] = 2**61 - 1, 3", "box, other")
case("int to bool", NUMBERS, "box[0] + other[0]", "box[0] = False", "box, other")
case("int to bool, and", NUMBERS, "box[0] & other[0]", "box[0] = other[0] = True", "box, other")
case("int to None", NUMBERS, "box[0] + other[0]", "box[0] = None", "box, other")
case("int to subclass", NUMBERS, "box[0] + other[0]", "box[0] = Int(5)", "box, other")
case("int to subclass on the right", NUMBERS, "box[0] + other[0]", "other[0] = Int(5)", "box, other")
case("int compared with float", NUMBERS, "box[0] < other[0]", "other[0] = 0.5", "box, other")
case("int compared with nan", NUMBERS, "box[0] < other[0]", "other[0] = float('nan')", "box, other")
case("large int compared with float", NUMBERS, "box[0] == other[0]", "box[0], other[0] = 2**53 + 1, 2.0**53; other[0] += 1.0; box[0] -= 1", "box, other")
case("compared with an object", NUMBERS, "box[0] == other[0]", "other[0] = Equal()", "box, other")
case("object that is less", NUMBERS, "box[0] < other[0]", "box[0] = Equal()", "box, other")
case("int as condition", NUMBERS, "'yes' if box[0] else 'no'", "box[0] = 0", "box")
case("condition becomes a float", NUMBERS, "'yes' if box[0] else 'no'", "box[0] = -0.0", "box")
case("condition becomes an object", NUMBERS, "'yes' if box[0] else 'no'", "box[0] = Equal()", "box")

FLOATS = NUMBERS + "box[0] = 1.5; other[0] = 0.25\n"
case("float to int", FLOATS, "box[0] + other[0]", "box[0] = 3", "box, other")
case("float to infinity", FLOATS, "box[0] * other[0]", "box[0] = float('inf')", "box, other")
case("float to huge", FLOATS, "box[0] * other[0]", "box[0] = 1e300", "box, other")
case("float to tiny", FLOATS, "box[0] * other[0]", "box[0] = 5e-324", "box, other")
case("float to negative zero", FLOATS, "str(box[0] * other[0])", "box[0] = -0.0", "box, other")
case("float product overflows", FLOATS, "box[0] * other[0]", "box[0] = other[0] = 1e200", "box, other")
case("float division by zero", FLOATS, "box[0] / other[0]", "other[0] = 0.0", "box, other")
case("float remainder, signs", FLOATS, "box[0] % other[0]", "other[0] = -0.4", "box, other")
case("float power of a negative", FLOATS, "box[0] ** other[0]", "box[0] = -8.0", "box, other")
case("float to large int", FLOATS, "box[0] + other[0]", "box[0] = 2**70", "box, other")
case("float to int beyond its range", FLOATS, "box[0] + other[0]", "box[0] = 10**400", "box, other")
case("float to subclass", FLOATS, "box[0] * other[0]", "box[0] = Float(3.0)", "box, other")
case("float to str", FLOATS, "box[0] * 2", "box[0] = 'ab'", "box")

CONTAINERS = """
import collections
class L(list):
    def __getitem__(self, key): return ('L', key)
    def __len__(self): return 99
    def __iter__(self): return iter((7, 8))
    def __contains__(self, value): return True
class D(dict):
    def __getitem__(self, key): return ('D', key)
    def __missing__(self, key): return ('missing', key)
class M(dict):
    def __missing__(self, key): return ('missing', key)
class S(str):
    def __getitem__(self, key): return 'S'
class T(tuple):
    def __getitem__(self, key): return 'T'
box = [[1, 2, 3]]
key = [1]
"""
case("list to subclass, item", CONTAINERS, "box[0][key[0]]", "box[0] = L([4, 5, 6])", "box, key")
case("list to subclass, len", CONTAINERS, "len(box[0])", "box[0] = L([4, 5, 6])", "box")
case("list to subclass, iteration", CONTAINERS, "[item for item in box[0]]", "box[0] = L([4, 5, 6])", "box")
case("list to subclass, in", CONTAINERS, "9 in box[0]", "box[0] = L([4, 5, 6])", "box")
case("list to tuple", CONTAINERS, "box[0][key[0]]", "box[0] = (4, 5, 6)", "box, key")
case("list to str", CONTAINERS, "box[0][key[0]]", "box[0] = 'text'", "box, key")
case("list to dict", CONTAINERS, "box[0][key[0]]", "box[0] = {1: 'one'}", "box, key")
case("list to range", CONTAINERS, "box[0][key[0]]", "box[0] = range(10, 20)", "box, key")
case("index beyond the end", CONTAINERS, "box[0][key[0]]", "key[0] = 3", "box, key")
case("index negative", CONTAINERS, "box[0][key[0]]", "key[0] = -3", "box, key")
case("index beyond the beginning", CONTAINERS, "box[0][key[0]]", "key[0] = -4", "box, key")
case("index large", CONTAINERS, "box[0][key[0]]", "key[0] = 2**63", "box, key")
case("index becomes a bool", CONTAINERS, "box[0][key[0]]", "key[0] = False", "box, key")
case("index becomes a float", CONTAINERS, "box[0][key[0]]", "key[0] = 1.0", "box, key")
case("index becomes a slice", CONTAINERS, "box[0][key[0]]", "key[0] = slice(1)", "box, key")
case("list becomes shorter", CONTAINERS, "box[0][key[0]]", "del box[0][1:]", "box, key")
case("list becomes empty", CONTAINERS, "box[0][-1]", "box[0].clear()", "box")
case("unpacked list becomes longer", CONTAINERS, "(lambda items: [a + b + c for a, b, c in [items]])(box[0])", "box[0].append(4)", "box")
case("unpacked list becomes a generator", CONTAINERS, "(lambda items: [a + b + c for a, b, c in [items]])(box[0])", "box[0] = {5: 1, 6: 1, 7: 1}", "box")

DICTS = CONTAINERS + "box[0] = {1: 'one', 'a': 'A', 2.5: 'f'}\n"
case("dict to subclass", DICTS, "box[0][key[0]]", "box[0] = D(a=1)", "box, key")
case("dict to subclass with __missing__", DICTS, "box[0][key[0]]", "box[0] = M(a=1)", "box, key")
case("dict to defaultdict", DICTS, "box[0][key[0]]", "box[0] = collections.defaultdict(lambda: 'default')", "box, key")
case("key deleted", DICTS, "box[0][key[0]]", "del box[0][1]", "box, key")
case("key overwritten", DICTS, "box[0][key[0]]", "box[0][1.0] = 'by the float'", "box, key")
case("key becomes a float", DICTS, "box[0][key[0]]", "key[0] = 2.5", "box, key")
case("key becomes a str", DICTS, "box[0][key[0]]", "key[0] = 'a'", "box, key")
case("key becomes unhashable", DICTS, "box[0][key[0]]", "key[0] = []", "box, key")
case("dict grows", DICTS, "box[0].get(key[0])", "box[0].update(dict.fromkeys(range(1000)))", "box, key")
case("dict cleared", DICTS, "box[0].get(key[0], 'gone')", "box[0].clear()", "box, key")
case("membership ends", DICTS, "key[0] in box[0]", "box[0].pop(1)", "box, key")

TEXT = CONTAINERS + "box[0] = 'text'\n"
case("str to subclass", TEXT, "box[0][1]", "box[0] = S('other')", "box")
case("str to bytes", TEXT, "box[0][1]", "box[0] = b'bytes'", "box")
case("str beyond ASCII", TEXT, "box[0][1]", "box[0] = 't\\u20act'", "box")
case("str beyond 16 bits", TEXT, "box[0] + 'x'", "box[0] = '\\U0001f40d'", "box")
case("str concatenated with int", TEXT, "box[0] + 'x'", "box[0] = 5", "box")
case("tuple to subclass", CONTAINERS + "box[0] = (1, 2)\n", "box[0][1]", "box[0] = T((3, 4))", "box")
