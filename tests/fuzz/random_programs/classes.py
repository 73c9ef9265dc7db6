"""The classes of a random program: one root with everything on it, and classes that inherit and override.

All instances have `a` (int), `b` (float), `s` (str) and may get `x1`, `x2`; the same attribute is a slot in one class, a property or
descriptor in another, so that attribute sites see many shapes. Methods m0, m1, m2 call only those before them: no endless recursion.
"""


class Classes:
    def emit_classes(self):
        count = self.random.randint(1, 4)
        slots = self.chance(0.3)
        for number in range(count):
            name = f"C{number}"
            bases = "Base" if number == 0 else self.pick([f"C{other}" for other in range(number)])
            if number >= 2 and bases != "C0" and self.chance(0.2):
                bases = f"{bases}, C0"
            self.emit(f"class {name}({bases}):")
            self.indent += 1
            self.emit_body(number == 0, slots)
            self.indent -= 1
            self.classes.append(name)

    def emit_body(self, root, slots):
        start = len(self.lines)
        if slots and (root or self.chance(0.5)):
            names = "('a', 'b', 's', 'x1')" if root else "('x2',)"
            self.emit(f"__slots__ = {names}")
        if root or self.chance(0.3):
            self.emit(f"k = {self.random.randint(-5, 5)}")
        if root:
            self.emit("def __init__(self, a=0, b=0.5, s='s'):")
            self.emit("    self.a = a")
            self.emit("    self.b = b")
            self.emit("    self.s = s")
        elif self.chance(0.25):
            self.emit("def __init__(self, a=1, b=1.5, s='t'):")
            self.emit(self.pick(("    super().__init__(a, b, s)", "    super().__init__(b=b, a=a, s=s)", "    Base.__init__(self); self.a = a")))
            if self.chance(0.5):
                self.emit("    self.x1 = a" if not slots else "    self.s = 'u'")
        for rank in range(3):
            if root or self.chance(0.45):
                self.emit_method(rank, root)
        for emit, probability in (
            (self.emit_property, 0.3),
            (self.emit_descriptor, 0.2),
            (self.emit_class_methods, 0.25),
            (self.emit_operators, 0.25),
            (self.emit_getattr, 0.12),
            (self.emit_container, 0.25),
        ):
            if self.chance(1.0 if root and probability > 0.22 else probability):
                emit(root)
        if root:
            self.emit("def me(self): return self")
        if len(self.lines) == start:
            self.emit("pass")

    def self_value(self):
        return self.pick(("self.a", "self.a", "self.k", "self.p", "self.b", "x", "x", "1", "3", "len(self.s)", "G0", str(self.random.randint(-9, 9))))

    def self_expression(self):
        operator = self.pick(("+", "-", "+", "*", "&", "|", "//", "%", "^"))
        return f"{self.self_value()} {operator} {self.self_value()}"

    def emit_method(self, rank, root):
        signature = {0: "self, x", 1: "self, x, y=2", 2: "self, x, *rest, z=1"}[rank]
        self.emit(f"def m{rank}({signature}):")
        self.indent += 1
        for _ in range(self.random.randint(0, 2)):
            self.pick(
                (
                    lambda: self.emit(f"self.a = clamp({self.self_expression()})"),
                    lambda: self.emit(f"self.a += {self.random.randint(-3, 9)}"),
                    lambda: self.emit(f"if {self.self_value()} {self.pick('< > =='.split())} {self.self_value()}: return {self.self_value()}"),
                    lambda: self.emit(f"x = {self.self_expression()}"),
                    lambda: self.emit(f"self.b = self.b * 0.5 + {self.self_value()}"),
                    lambda: self.emit(f"for v in range({self.random.randint(1, 4)}): x += v"),
                    lambda: self.emit(f"note(({self.self_value()}, x))") if self.chance(0.2) else self.emit("x = clamp(x)"),
                )
            )()
        if rank == 1 and self.chance(0.6):
            self.emit("x = x + y")
        if rank == 2 and self.chance(0.6):
            self.emit("x = x + z + len(rest)")
        returns = [self.self_expression(), "x", self.self_expression()]
        if rank:
            returns += [f"self.m{self.random.randrange(rank)}(x)", f"self.m{self.random.randrange(rank)}({self.self_value()}) + x"]
        if not root:
            returns += [f"super().m{rank}(x)", f"super().m{rank}(x) + {self.self_value()}"] * 2
        self.emit(f"return clamp({self.pick(returns)})" if self.chance(0.7) else f"return {self.pick(returns)}")
        self.indent -= 1

    def emit_property(self, root):
        self.emit("@property")
        self.emit(f"def p(self): return {self.pick(('self.a + 1', 'self.a', 'self.k', 'len(self.s)', 'self.a * 2 if self.a < 100 else 7'))}")
        if self.chance(0.7):
            self.emit("@p.setter")
            self.emit(f"def p(self, value): self.a = {self.pick(('value', 'value - 1', 'clamp(value)', 'value if value else 3'))}")

    def emit_descriptor(self, root):
        self.emit(f"d = Getter({self.pick(('a', 'a', 'b'))!r}, {self.random.randint(0, 9)})")
        self.emit("g = Field()")

    def emit_class_methods(self, root):
        self.emit("@classmethod")
        self.emit(f"def cm(cls, x): return cls.k {self.pick('+-*')} x")
        self.emit("@staticmethod")
        self.emit(f"def sm(x): return x {self.pick('+-&')} {self.random.randint(1, 9)}")

    def emit_operators(self, root):
        self.emit("def __add__(self, other):")
        self.emit("    if isinstance(other, int): return type(self)(clamp(self.a + other), self.b, self.s)")
        self.emit("    return NotImplemented" if self.chance(0.2) else "    self.a = other.a; return self")
        if self.chance(0.6):
            self.emit("def __eq__(self, other): return isinstance(other, Base) and self.a == other.a")
            if self.chance(0.6):
                self.emit("__hash__ = None" if self.chance(0.3) else "def __hash__(self): return 5")
        if self.chance(0.7):
            self.emit("def __lt__(self, other): return self.a < other.a")
        if self.chance(0.3):
            self.emit(f"def __bool__(self): return self.a {self.pick(('> 0', '!= 3', '% 2 == 0'))}")
        if self.chance(0.3):
            self.emit(f"def __call__(self, x): return x {self.pick('+-')} self.a")

    def emit_getattr(self, root):
        self.emit("def __getattr__(self, name):")
        self.emit("    if name.startswith('z'): return len(name) + self.k")
        self.emit("    raise AttributeError(name)")

    def emit_container(self, root):
        self.emit("def __len__(self): return len(self.s)")
        self.emit("def __getitem__(self, key):")
        self.emit("    if key == 3: raise IndexError('end')" if self.chance(0.5) else "    if key >= 3: raise IndexError(key)")
        self.emit("    return self.a + key")
        if self.chance(0.5):
            self.emit("def __iter__(self):")
            self.emit("    yield self.a")
            self.emit("    yield from (1, self.b)")
        if self.chance(0.4):
            self.emit("def __contains__(self, item): return item == self.a")
