"""Random expressions: `Expressions.of(kind, depth)` gives the text of one that most likely has a value of that kind.

Kinds are what a generator believes, not what a type checker proves: now and then an expression of another kind is slipped in, so that
sites that saw one type meet another, and operations fail. Everything else is arranged so that programs end, and print the same
wherever they run: exponents and shifts are small, no set of strings is shown, no address is printed.
"""

INTS = (
    "0 1 -1 2 3 5 7 10 -3 63 64 100 255 256 1000 -1000 65535 2147483647 2147483648 -2147483648 1 2 3 4 6 9 "
    "2**61 -2**61 2**61-1 -2**61-1 2**62 2**62-1 -2**62 2**63 2**63-1 -2**63 -2**63-1 2**64 2**53 2**53+1 10**18 10**20"
).split()
FLOATS = (
    "0.0 -0.0 1.0 -1.0 0.5 1.5 2.0 3.25 -2.75 0.1 1e10 1e-10 1e16 9007199254740993.0 1e300 -1e300 1e-300 5e-324 1e308 "
    "2.0**-255 2.0**257 2.0**-1022 inf -inf nan 1.0 2.5 0.25 -0.5 100.0"
).split()
STRINGS = ["''", "'a'", "'ab'", "'x1'", "'hello'", "'\\xe9t\\xe9'", "'\\u20ac'", "'a,b,,c'", "'  pad '", "'12'", "'-7'", "'\\U0001f40d'", "'3.5'"]
COMPARISONS = "< <= == != > >=".split()
KINDS = ("int", "float", "bool", "str", "list", "tuple", "dict", "object", "none")


class Expressions:
    """Needs from the class that mixes it in: `random`, `scope` (`names_of(kind)`), `classes` (their names), `call_of(kind, depth)`."""

    confusion = 0.015  # how often an expression has another kind than was asked for
    risk = 0.5  # how often an operation that fails for many values is among the choices
    extremes = 0.5  # how often a number is one at some boundary

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, items):
        return self.random.choice(items)

    def name(self, kind):
        """A variable of this kind, or None."""
        names = self.scope.names_of(kind)
        return self.pick(names) if names else None

    def of(self, kind, depth=2):
        if self.chance(self.confusion):
            kind = self.pick(KINDS)
        if kind == "any":
            kind = self.pick(("int", "int", "int", "float", "float", "str", "bool", "list", "tuple", "object", "none"))
        if depth <= 0 or self.chance(0.2):
            return self.leaf(kind)
        return getattr(self, kind + "_of")(depth - 1)

    def leaf(self, kind):
        if kind == "any":
            kind = self.pick(("int", "float", "str", "bool", "none"))
        if self.chance(0.75):
            name = self.name(kind)
            if name:
                return name
        return getattr(self, kind + "_leaf")()

    # Leaves: constants and the like.

    def int_leaf(self):
        return f"({self.pick(INTS)})" if self.chance(self.extremes) else f"({self.random.randint(-20, 20)})"

    def float_leaf(self):
        if not self.chance(self.extremes):
            return f"({self.random.randint(-40, 40) / 4})"
        text = self.pick(FLOATS)
        if text.strip("-") in ("inf", "nan"):
            return f"float('{text}')"
        return f"({text})"

    def bool_leaf(self):
        return self.pick(("True", "False"))

    def str_leaf(self):
        return self.pick(STRINGS)

    def list_leaf(self):
        return self.pick(("[]", "[1]", "[3, 1, 2]", "([0] * 4)", "list(range(5))", "[1, 2.5, 'a', None]", "[2**62, -1, 7]"))

    def tuple_leaf(self):
        return self.pick(("()", "(1,)", "(1, 2)", "(1.5, 'x', None)", "(2**62, -2**62)"))

    def dict_leaf(self):
        return self.pick(("{}", "{1: 2}", "{'a': 1, 'b': 2.5}", "{0: 'z', 1: 'y', 2: 'x'}", "dict(a=1)"))

    def object_leaf(self):
        return f"{self.pick(self.classes)}({self.of('int', 0)}, {self.of('float', 0)})" if self.classes else "None"

    def none_leaf(self):
        return "None"

    # Composite expressions.

    def int_of(self, depth):
        of = self.of
        choices = [
            lambda: f"({of('int', depth)} {self.pick('+ - * + - + -'.split())} {of('int', depth)})",
            lambda: f"({of('int', depth)} {self.pick('+ - * + - + -'.split())} {of('int', depth)})",
            lambda: f"({of('int', depth)} {self.pick(('//', '%'))} {self.pick('2 3 7 10 -3 16 1000'.split())})",
            lambda: f"({of('int', depth)} << ({of('int', depth)} & 31))",
            lambda: f"({of('int', depth)} >> ({of('int', depth)} & 63))",
            lambda: f"({self.pick(('-', '~', '+'))}{of('int', depth)})",
            lambda: f"({of('bool', depth)} + {of('int', depth)})",
            lambda: f"({of('int', depth)} if {of('bool', depth)} else {of('int', depth)})",
            lambda: f"({of('int', depth)} {self.pick(('and', 'or'))} {of('int', depth)})",
            lambda: f"abs({of('int', depth)})",
            lambda: f"{self.pick(('min', 'max'))}({of('int', depth)}, {of('int', depth)})",
            lambda: f"len({of(self.pick(('list', 'str', 'tuple', 'dict')), depth)})",
            lambda: f"{of('dict', depth)}.get({of('int', depth)}, {of('int', depth)})",
            lambda: f"(({of('int', depth)}) ** {self.pick('0 1 2 3'.split())})",
            lambda: f"{of('str', depth)}.find({of('str', depth)})",
            lambda: f"{of('list', depth)}.count({of('int', depth)})",
            lambda: f"({of('int', depth)}).bit_length()",
            lambda: f"number_hash({of(self.pick(('int', 'float', 'bool')), depth)})",
            lambda: f"operator.{self.pick(('add', 'sub', 'mul', 'xor', 'index'))}({of('int', depth)}, {of('int', depth)})",
            lambda: f"sum({self.pick(('i', '1', 'i * i', 'i & 3'))} for i in range({self.random.randint(0, 6)}) if {self.pick(('i', 'i % 2', 'True'))})",
            lambda: f"(lambda {self.pick(('v', 'v=3'))}: v {self.pick('+-*')} {of('int', 0)})({of('int', depth)})",
            lambda: f"sum([v * w for v in range({self.random.randint(0, 4)}) for w in range({self.pick(('v', '3'))}) if v {self.pick(COMPARISONS)} w])",
            lambda: f"len({{v % 5 for v in ({of('int', depth)}, {of('int', depth)}, 7)}})",
            lambda: f"max([{of('int', depth)}, {of('int', depth)}], key=lambda v: {self.pick(('-v', 'v & 7', 'abs(v)'))})",
            lambda: f"(lambda *values, **named: len(values) + len(named))(*{of(self.pick(('list', 'tuple')), depth)}, last={of('int', 0)})",
        ]
        if self.chance(self.risk):
            choices += [
                lambda: f"({of('int', depth)} {self.pick(('//', '%', '&', '|', '^', '%', '//'))} {of('int', depth)})",
                lambda: f"int({of('float', depth)})",
                lambda: f"int({of('str', depth)})" if self.chance(0.3) else f"int({of('bool', depth)})",
                lambda: f"sum({of('list', depth)})",
                lambda: f"{of('list', depth)}[{of('int', depth)} % 5]",
                lambda: f"{of(self.pick(('list', 'tuple')), depth)}[{self.pick(('0', '-1', '1'))}]",
                lambda: f"pow({of('int', depth)}, 3, {of('int', depth)})",
                lambda: f"divmod({of('int', depth)}, {of('int', depth)})[{self.pick('01')}]",
                lambda: f"round({of('float', depth)})",
                lambda: f"ord({of('str', depth)}[0])",
                lambda: f"math.floor({of('float', depth)})",
            ]
        attributes = [
            lambda: f"{of('object', depth)}.a",
            lambda: f"{of('object', depth)}.a",
            lambda: f"{of('object', depth)}.p",
            lambda: f"{of('object', depth)}.{self.pick(('k', 'd', 'g', 'z1', 'x1'))}",
            lambda: f"{of('object', depth)}.{self.pick(('m0', 'm1', 'm2'))}({of('int', depth)})",
            lambda: f"{of('object', depth)}.m1({of('int', depth)}, {self.pick(('y=', ''))}{of('int', depth)})",
            lambda: f"{self.pick(self.classes)}.{self.pick(('cm', 'sm'))}({of('int', depth)})",
            lambda: f"{of('object', depth)}.{self.pick(('cm', 'sm'))}({of('int', depth)})",
            lambda: f"{self.pick(self.classes)}.k",
            lambda: f"len({of('object', depth)})",
            lambda: f"{of('object', depth)}[{of('int', depth)}]",
            lambda: f"getattr({of('object', depth)}, {self.pick(STRINGS)}, {of('int', depth)})",
        ]
        if self.classes and self.chance(0.3):
            return self.pick(attributes)()
        if self.chance(0.12):
            call = self.call_of("int", depth)
            if call:
                return call
        return self.pick(choices)()

    def float_of(self, depth):
        of = self.of
        choices = [
            lambda: f"({of('float', depth)} {self.pick('+-*')} {of('float', depth)})",
            lambda: f"({of('float', depth)} {self.pick('+-*')} {of('float', depth)})",
            lambda: f"({of('float', depth)} {self.pick('+-*')} {of('int', depth)})",
            lambda: f"({of('int', depth)} {self.pick('+-*/')} {of('float', depth)})",
            lambda: f"({of('float', depth)} / {self.pick(('2.0', '3', '-7.5', '1e10', '0.1'))})",
            lambda: f"({of('int', depth)} / {self.pick(('2.0', '3', '-7', '10', '2**62'))})",
            lambda: f"(-{of('float', depth)})",
            lambda: f"abs({of('float', depth)})",
            lambda: f"math.sqrt(abs({of('float', depth)}))",
            lambda: f"{self.pick(('min', 'max'))}({of('float', depth)}, {of('float', depth)})",
            lambda: f"round({of('float', depth)}, {self.pick('0 1 2 -1'.split())})",
            lambda: f"sum([{of('float', depth)}, {of('float', depth)}], 0.0)",
            lambda: f"({of('float', depth)} if {of('bool', depth)} else {of('float', depth)})",
            lambda: f"math.copysign({of('float', depth)}, {of('float', depth)})",
        ]
        if self.chance(self.risk):
            choices += [
                lambda: f"({of('float', depth)} / {of('float', depth)})",
                lambda: f"({of('int', depth)} / {of(self.pick(('int', 'float')), depth)})",
                lambda: f"({of('float', depth)} {self.pick(('//', '%'))} {of('float', depth)})",
                lambda: f"(({of('float', depth)}) ** {self.pick(('2', '3', '0.5', '-1', '2.0'))})",
                lambda: f"float({of(self.pick(('int', 'int', 'bool', 'str')), depth)})",
                lambda: f"math.{self.pick(('floor', 'fabs', 'trunc'))}({of('float', depth)}) * 1.0",
            ]
        if self.classes and self.chance(0.25):
            return f"{of('object', depth)}.b"
        return self.pick(choices)()

    def bool_of(self, depth):
        of = self.of
        number = self.pick(("int", "int", "float"))
        choices = [
            lambda: f"({of(number, depth)} {self.pick(COMPARISONS)} {of(number, depth)})",
            lambda: f"({of(number, depth)} {self.pick(COMPARISONS)} {of(number, depth)})",
            lambda: f"({of('int', depth)} {self.pick(COMPARISONS)} {of('float', depth)})",
            lambda: f"({of('int', depth)} {self.pick(COMPARISONS)} {of('int', depth)} {self.pick(COMPARISONS)} {of('int', depth)})",
            lambda: f"({of('str', depth)} {self.pick(COMPARISONS)} {of('str', depth)})",
            lambda: f"(not {of(self.pick(('bool', 'int', 'list', 'str', 'float')), depth)})",
            lambda: f"({of('bool', depth)} {self.pick(('and', 'or', '&', '|', '^'))} {of('bool', depth)})",
            lambda: f"({of('any', depth)} {self.pick(('is', 'is not'))} None)",
            lambda: f"({of('any', depth)} in {of(self.pick(('list', 'tuple', 'dict')), depth)})",
            lambda: f"({of('str', depth)} {self.pick(('in', 'not in'))} {of('str', depth)})",
            lambda: f"isinstance({of('any', depth)}, {self.pick(('int', 'float', '(int, str)', 'list', *self.classes))})",
            lambda: f"({of('tuple', depth)} {self.pick(COMPARISONS)} {of('tuple', depth)})",
            lambda: f"({of('list', depth)} {self.pick(('==', '!='))} {of('list', depth)})",
            lambda: f"{self.pick(('any', 'all'))}({of('list', depth)})",
            lambda: f"bool({of('any', depth)})",
            lambda: f"(type({of('any', depth)}) is {self.pick(('int', 'float', 'str', *self.classes))})",
            lambda: f"{of('str', depth)}.startswith({of('str', depth)})",
            lambda: f"hasattr({of('object', depth)}, {self.pick(('a', 'x1', 'z3', 'p', 'q'))!r})",
            lambda: f"({of('object', depth)} {self.pick(('==', '<', 'is', '!='))} {of('object', depth)})",
        ]
        return self.pick(choices)()

    def str_of(self, depth):
        of = self.of
        choices = [
            lambda: f"({of('str', depth)} + {of('str', depth)})",
            lambda: f"({of('str', depth)} * ({of('int', depth)} & 3))",
            lambda: f"f'{{{of('int', 0)}}}'" if self.chance(0.5) else f"str({of('int', depth)})",
            lambda: f"'%s-%d' % ({of('any', depth)}, {of('int', depth)})",
            lambda: f"{self.pick(('str', 'repr'))}({of(self.pick(('int', 'float', 'bool', 'list', 'none')), depth)})",
            lambda: f"{of('str', depth)}[{self.pick((':2', '1:', '::-1', '-2:', ':-1', '1:3'))}]",
            lambda: f"{of('str', depth)}[{of('int', depth)} % 3]",
            lambda: f"{of('str', depth)}.{self.pick(('upper()', 'strip()', 'title()', 'replace(chr(97), chr(98))', 'zfill(6)', 'lower()'))}",
            lambda: f"','.join([{of('str', depth)}, {of('str', depth)}])",
            lambda: f"'{{}}|{{:>5}}'.format({of('any', depth)}, {of('int', depth)})",
            lambda: f"({of('str', depth)} if {of('bool', depth)} else {of('str', depth)})",
            lambda: f"type({of('any', depth)}).__name__",
            lambda: f"chr({of('int', depth)} % 1000 + 32)",
            lambda: f"f'{{{self.name('int') or 7}:{self.pick(('>6', '+d', 'x', '03'))}}}|{{{self.name('any') or 3}!r}}'",
            lambda: f"f'{{{self.name('float') or 2.5}:{self.pick(('.2f', '8.3g', 'e', '+'))}}}'",
            lambda: f"{of('str', depth)}.{self.pick(('rjust(4)', 'join([chr(97), chr(98)])', 'rpartition(chr(97))[2]', 'encode().hex()'))}",
        ]
        if self.classes and self.chance(0.15):
            return f"{of('object', depth)}.s"
        return self.pick(choices)()

    def list_of(self, depth):
        of = self.of
        kind = self.pick(("int", "int", "float", "str", "any"))
        choices = [
            lambda: f"[{', '.join(of(kind, depth) for _ in range(self.random.randint(1, 4)))}]",
            lambda: f"({of('list', depth)} + {of('list', depth)})",
            lambda: f"({of('list', depth)} * ({of('int', depth)} & 3))",
            lambda: f"{of('list', depth)}[{self.pick((':2', '1:', '::-1', '-2:', '1:3', '::2'))}]",
            lambda: f"sorted({of('list', depth)}{self.pick(('', ', reverse=True', ', key=lambda v: -v', ', key=str'))})",
            lambda: f"[v {self.pick(('+ 1', '* 2', ''))} for v in {of(self.pick(('list', 'tuple')), depth)}]",
            lambda: f"[{of('int', depth)} + v for v in range({self.random.randint(0, 6)}) if v {self.pick(COMPARISONS)} {of('int', depth)}]",
            lambda: f"list({of(self.pick(('tuple', 'str', 'dict')), depth)})",
            lambda: f"[*{of('list', depth)}, {of(kind, depth)}]",
            lambda: f"list(map({self.pick(('abs', 'str', 'int', 'lambda v: v'))}, {of('list', depth)}))",
            lambda: f"list(zip({of('list', depth)}, {of('list', depth)}))",
            lambda: f"list(enumerate({of('list', depth)}, {self.random.randint(0, 3)}))",
            lambda: f"{of('str', depth)}.split(',')",
            lambda: f"list({of('dict', depth)}.{self.pick(('keys', 'values', 'items'))}())",
            lambda: f"list(reversed({of('list', depth)}))",
            lambda: f"list(itertools.islice({of('list', depth)}, 3))",
            lambda: f"[[w, v] for v in range({self.random.randint(0, 3)}) for w in {of('tuple', depth)}]",
            lambda: f"[(lambda: v + {of('int', 0)})() for v in range({self.random.randint(0, 4)})]",
            lambda: f"sorted({{v & 7 for v in ({of('int', depth)}, {of('int', depth)})}})",
        ]
        if self.classes and self.chance(0.1):
            return f"list({of('object', depth)})"
        return self.pick(choices)()

    def tuple_of(self, depth):
        of = self.of
        choices = [
            lambda: f"({of('any', depth)}, {of('int', depth)})",
            lambda: f"({of('int', depth)}, {of('float', depth)}, {of('str', depth)})",
            lambda: f"({of('tuple', depth)} + {of('tuple', depth)})",
            lambda: f"{of('tuple', depth)}[{self.pick((':2', '1:', '::-1'))}]",
            lambda: f"tuple({of('list', depth)})",
            lambda: f"divmod({of('int', depth)}, {of('int', depth)})",
            lambda: f"{of('str', depth)}.partition({of('str', depth)})",
        ]
        return self.pick(choices)()

    def dict_of(self, depth):
        of = self.of
        key = self.pick(("int", "str", "int", "bool", "float"))
        choices = [
            lambda: "{" + ", ".join(f"{of(key, depth)}: {of('any', depth)}" for _ in range(self.random.randint(1, 3))) + "}",
            lambda: f"{{v: {of('int', depth)} for v in {of(self.pick(('list', 'str')), depth)}}}",
            lambda: f"{{**{of('dict', depth)}, {of(key, depth)}: {of('any', depth)}}}",
            lambda: f"({of('dict', depth)} | {of('dict', depth)})",
            lambda: f"dict(zip({of('list', depth)}, {of('list', depth)}))",
            lambda: f"dict.fromkeys({of('list', depth)}, {of('int', depth)})",
        ]
        return self.pick(choices)()

    def object_of(self, depth):
        if not self.classes:
            return self.leaf("object")
        of = self.of
        name = self.pick(self.classes)
        choices = [
            lambda: f"{name}({of('int', depth)}, {of('float', depth)})",
            lambda: f"{name}({of('int', depth)}, b={of('float', depth)}, s={of('str', depth)})",
            lambda: self.leaf("object"),
            lambda: f"({of('object', depth)} + {of(self.pick(('int', 'object')), depth)})",
            lambda: f"({of('object', depth)} if {of('bool', depth)} else {of('object', depth)})",
            lambda: f"{of('object', depth)}.me()",
        ]
        return self.pick(choices)()

    def none_of(self, depth):
        return self.pick(("None", f"note({self.of('any', depth)})"))
