# timeout: 300
# What a global, a builtin, a module's attribute, a closure's variable or a function's parts are changes while code is hot.
import builtins

from _feet import case

builtins.original_abs = abs

GLOBALS = """
value = 1
def function(x, y=10, *, z=100): return x + y + z
def other(x, y=20, *, z=200): return ('other', x, y, z)
def use(): return value
def call(): return function(1)
o = None
"""
case("global rebound", GLOBALS, "value + 1", "value = 5")
case("global becomes a float", GLOBALS, "value + 1", "value = 5.5")
case("global becomes a large int", GLOBALS, "value + 1", "value = 2**61 - 1")
case("global becomes a str", GLOBALS, "value + 1", "value = 'text'")
case("global deleted", GLOBALS, "value", "del value")
case("global rebound many times", GLOBALS, "value", "for value in range(100): pass")
case("global rebound, read in a callee", GLOBALS, "use()", "value = 'new'")
case("global rebound through globals()", GLOBALS, "value", "globals()['value'] = 'by the dict'")
case("global deleted, builtin below", GLOBALS + "len = 3\n", "str(len)", "del len")
case("function rebound", GLOBALS, "function(1)", "function = other")
case("function rebound, called in a callee", GLOBALS, "call()", "function = other")
case("function becomes a class", GLOBALS, "type(function(1)).__name__", "class function:\n    def __init__(self, x): pass")

BUILTINS = GLOBALS + """
import builtins
builtins.abs = builtins.original_abs
vars(builtins).pop('missing_name', None)
"""
case("builtin shadowed", GLOBALS, "len('abc')", "len = lambda value: 'shadow'")
case("builtin shadowed, range", GLOBALS, "list(range(3))", "range = lambda count: [count]")
case("builtin replaced", BUILTINS, "abs(-5)", "builtins.abs = lambda value, real=abs: ('replaced', real(value))")
case("builtin shadowed, and no more", BUILTINS, "abs(-5)", "global abs; abs = max; del abs", "o", False)
case("isinstance shadowed", GLOBALS, "isinstance(o, int)", "isinstance = lambda value, kind: 'anything'")
case("builtin added", BUILTINS, "missing_name", "builtins.missing_name = 1")
case("builtin deleted", BUILTINS + "builtins.missing_name = 1\n", "missing_name", "del builtins.missing_name")

case("defaults replaced", GLOBALS, "function(1)", "function.__defaults__ = (-1,)")
case("defaults removed", GLOBALS, "function(1)", "function.__defaults__ = None")
case("keyword defaults replaced", GLOBALS, "function(1)", "function.__kwdefaults__ = {'z': 0.5}")
case("keyword defaults changed in place", GLOBALS, "function(1)", "function.__kwdefaults__['z'] = 'text'")
case("code replaced", GLOBALS, "function(1)", "function.__code__ = other.__code__")
case("code replaced, called in a callee", GLOBALS, "call()", "function.__code__ = other.__code__")
case("code replaced by one with other parameters", GLOBALS, "function(1)", "function.__code__ = (lambda: 5).__code__")
case("globals of one function, replaced by exec", GLOBALS, "use()", "exec('value = [1]', globals())")

MODULE = """
import types, math
module = types.ModuleType('module')
module.value = 1
exec('def function(): return value', vars(module))
o = module
"""
case("module attribute changed", MODULE, "o.value", "module.value = 2.5")
case("module attribute deleted", MODULE, "o.value", "del module.value")
case("module attribute, __getattr__ of the module", MODULE, "o.value", "module.__getattr__ = lambda name: 'from getattr'; del module.value")
case("module's global changed, function called", MODULE, "o.function()", "module.value = 'new'")
case("module's function changed", MODULE, "o.function()", "module.function = lambda: 'other'")
case("module's class changed", MODULE + "class M(types.ModuleType):\n    value = property(lambda self: 'property')\n", "o.value", "module.__class__ = M")
case("native function of a module replaced", MODULE, "math.sqrt(4)", "math.sqrt = lambda value, real=math.sqrt: ('replaced', real(value))")
case("native function of a module, back", MODULE, "math.floor(4.5)", "floor = math.floor; math.floor = 3; del math.floor; math.floor = floor", "o", False)

CLOSURE = """
def make():
    variable = 1
    def read(): return variable
    def write(value):
        nonlocal variable
        variable = value
    def unbind():
        nonlocal variable
        del variable
    return read, write, unbind
o, write, unbind = make()
"""
case("closure's variable rebound", CLOSURE, "o()", "write(2)")
case("closure's variable becomes a float", CLOSURE, "o() + 1", "write(0.5)")
case("closure's variable unbound", CLOSURE, "o()", "unbind()")
case("closure's cell written from outside", CLOSURE, "o()", "o.__closure__[0].cell_contents = 'outside'")
case("closure's cell emptied from outside", CLOSURE, "o()", "del o.__closure__[0].cell_contents")

ENUM = """
import enum, dataclasses, collections, functools
class Colour(enum.Enum):
    RED = 1
    GREEN = 2
@dataclasses.dataclass
class Point:
    x: int = 1
    y: int = 2
Pair = collections.namedtuple('Pair', 'first second')
class Cached:
    @functools.cached_property
    def value(self): return 5
o = Point()
pair = Pair(1, 2)
cached = Cached()
"""
case("enum member read", ENUM, "Colour.RED.value", "Colour.RED._value_ = 'red'", "Colour")
case("dataclass field", ENUM, "o.x + o.y", "o.x = 1.5")
case("dataclass's defaults replaced", ENUM, "Point().x", "Point.__init__.__defaults__ = (7, 8)", "Point")
case("namedtuple's field replaced", ENUM, "pair.first", "Pair.first = property(lambda self: 'property')", "pair")
case("cached property deleted", ENUM, "cached.value", "del Cached.value; del cached.value", "cached")
case("cached property overwritten", ENUM, "cached.value", "cached.value = 'mine'", "cached")
