"""Random programs: `generate(seed)` gives the text of one; the same seed gives the same text.

A program has classes (inheritance, properties, descriptors, slots, __getattr__), functions (hot loops, closures, generators, recursion,
numeric kernels, and the situations of protocols.py) and a main part that calls them again and again, while methods, globals, defaults and
classes change. It ends, since every loop is counted and statements are charged with how often they run; values in loops stay small, since
`clamp` of the prelude bounds what a loop assigns. Names are unique in the whole program, and tell what they most likely hold.
"""

import random

from classes import Classes
from expressions import Expressions
from generator_state import Scope
from kernels import Kernels
from protocols import Protocols
from statements import Statements


class Generator(Expressions, Statements, Kernels, Protocols, Classes):
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = []
        self.indent = 0
        self.counter = 0
        self.scope = Scope(None, self)
        self.classes = []
        self.functions = []
        self.globals = []
        self.multiplier = 1  # how often the statement that is being made will run
        self.cost = 0  # of the function that is being made, in statements
        self.limit = 3000
        self.loops = 0  # loops around this place, within the function
        self.result = None  # the kind that the function returns
        self.nesting = 0
        self.guarded = 0  # try and with statements around this place, within the function
        self.saved = []
        self.counters = []  # of the loops around
        self.loop_counts = []
        # Careful programs run long without an error and get hot; careless ones fail in many places.
        self.confusion = self.pick((0.0, 0.0, 0.002, 0.01, 0.03))
        self.risk = self.pick((0.0, 0.05, 0.3, 0.8))
        self.extremes = self.pick((0.05, 0.2, 0.6))

    def emit(self, text):
        self.lines.append("    " * self.indent + text)

    def program(self):
        self.emit_globals()
        if self.chance(0.75):
            self.emit_classes()
        for _ in range(self.random.randint(1, 4)):
            self.emit_situation() if self.chance(0.4) else self.emit_function()
        self.emit_main()
        return "\n".join(self.lines) + "\n"

    def emit_globals(self):
        for number in range(self.random.randint(2, 4)):
            kind = self.pick(("int", "float", "list", "str", "dict", "int"))
            name = f"G{number}"
            self.emit(f"{name} = {self.of(kind, 1)}")
            self.globals.append((name, kind))
        self.scope.borrowed = list(self.globals)

    def emit_main(self):
        self.emit("def main():")
        self.indent += 1
        self.start_function(20000)
        for name, kind in self.globals:
            if self.chance(0.4):
                self.emit(f"global {name}")
                self.scope.own.append((name, kind))
        self.declare(self.random.randint(2, 4))
        for _ in range(self.random.randint(4, 9)):
            self.main_statement()
        for name, _ in self.scope.own:
            self.emit(f"show({name})")
        self.end_function()
        self.indent -= 1
        self.emit("main()")


def generate(seed):
    return Generator(seed).program()


if __name__ == "__main__":
    import sys

    sys.stdout.write(generate(int(sys.argv[1])))
