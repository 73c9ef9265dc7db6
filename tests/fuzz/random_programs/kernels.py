"""Numeric loops over lists: what the compiler unboxes, hoists, and whose index checks it moves in front of loops.

A kernel has one or two lists (of ints, floats, bools, of both, of rows), an accumulator, and loops that read and write items at indexes made of the
loops' counters. Most indexes are in range; some are not, and now and then a list changes in the middle: its length, an item's type, which list the name
means. Values are kept small where they are stored.
"""

ERRORS = "(IndexError, TypeError, ZeroDivisionError, ValueError, OverflowError, AttributeError)"
ITEMS = {
    "int": ("[0] * {n}", "list(range({n}))", "[v * v - 7 for v in range({n})]", "[2**59] * {n}", "[1, -1] * {n}", "[2**60 + v for v in range({n})]"),
    "float": ("[0.0] * {n}", "[v * 0.5 for v in range({n})]", "[1e300, 0.25] * {n}", "[1.0] * {n}", "[-0.0, 5e-324] * {n}"),
    "mixed": ("[1, 0.5] * {n}", "[0] * {n} + [1.5]", "[True, 2, 2.5] * {n}", "[None, 1] * {n}", "[2**62, 1.0] * {n}"),
    "bool": ("[False] * {n}", "[v % 3 == 0 for v in range({n})]"),
}
FUNCTIONS = "sqrt sin cos exp floor fabs atan log ceil".split()


class Kernels:
    def kernel_statement(self):
        room = (self.limit - self.cost) // (self.multiplier * 4)
        if room < 16:
            return self.assign()
        length = self.pick((3, 8, 20, 40))
        self.kernel_kind = self.pick(("int", "int", "float", "float", "mixed", "bool"))
        lists = [self.scope.fresh("list") + "k" for _ in range(self.random.randint(1, 2))]
        for name in lists:
            self.emit(f"{name} = {self.pick(ITEMS[self.kernel_kind]).format(n=length)}")
        self.kernel_rows = self.chance(0.2)
        if self.kernel_rows:
            self.emit(f"{lists[0]} = [{lists[0]}[:] for _ in range({length})]")
        total = self.scope.fresh("any") + "k"
        self.emit(f"{total} = {self.pick(('0', '0', '0.0', '1', 'None', '2**61', 'True')) if self.chance(0.5) else {'int': 0, 'float': 0.0}.get(self.kernel_kind, 0)}")
        self.kernel = (lists, total)
        self.emit("try:")
        self.indent += 1
        cost = self.kernel_loop([], length, room)
        self.indent -= 1
        self.cost += self.multiplier * cost
        self.emit(f"except {ERRORS} as error:")
        self.emit("    note(str(error))")
        self.emit(f"note(({', '.join([*lists, total])}))")

    def kernel_loop(self, counters, length, room):
        """One loop with what is in it; what it costs."""
        lists, _ = self.kernel
        counter, name = self.scope.fresh("int") + "k", self.pick(lists)
        spans = [f"{length}", f"len({name})", f"1, len({name})", f"1, {length} - 1", f"{length} - 1, -1, -1", f"0, {length}, 2", f"len({name}) - 1, 0, -1", f"-2, {length}"]
        if counters:
            spans += [counters[-1], f"{counters[-1]} + 1, {length}", f"{counters[-1]}, {length}", f"{counters[-1]}, -1, -1"]
        way = self.random.random()
        if way < 0.75:
            self.emit(f"for {counter} in range({self.pick(spans)}):")
            self.indent += 1
        else:
            self.emit(f"{counter} = {self.pick(('0', '1', '-1', *counters))}")
            self.emit(f"while {counter} < {self.pick((str(length), f'len({name})', f'len({name}) - 1'))}:")
            self.indent += 1
            self.emit(f"{counter} += {self.pick(('1', '1', '2', '3'))}")
        inner, cost = [*counters, counter], 2
        for _ in range(self.random.randint(1, 3)):
            if len(inner) < 3 and room > length * length * 8 and self.chance(0.35):
                cost += self.kernel_loop(inner, length, room // length)
            else:
                self.kernel_step(inner, length)
                cost += 2
        self.indent -= 1
        return cost * 2 * length

    def kernel_index(self, counters, length):
        i, j = self.pick(counters), self.pick(counters)
        name = self.pick(self.kernel[0])
        plain = (i, i, i, f"{i} - 1", f"-{i}", f"{i} // 2", f"({i} + {j}) % {length}", f"{i} * {j} % {length}", f"len({name}) - 1 - {i}", f"{i} & 3", "0", "-1")
        risky = (f"{i} + 1", f"{i} + {j}", f"~{i}", f"{i} ^ 1", f"{i} * 2", f"{i} - {j}", f"{length}")
        return self.pick(risky) if self.chance(0.15) else self.pick(plain)

    def kernel_item(self, counters, length):
        lists, _ = self.kernel
        name = self.pick(lists)
        index = self.kernel_index(counters, length)
        if self.kernel_rows and name == lists[0]:
            return f"{name}[{index}][{self.kernel_index(counters, length)}]"
        return f"{name}[{index}]"

    def kernel_value(self, counters, length, depth):
        total = self.kernel[1]
        if depth <= 0:
            constants = ("1", "2", "-1", "3", "7") if self.kernel_kind != "float" else ("0.5", "1.0", "-2.0", "1", "3")
            return self.pick((self.kernel_item(counters, length), self.kernel_item(counters, length), self.pick(counters), self.pick(constants), total))
        a, b = self.kernel_value(counters, length, depth - 1), self.kernel_value(counters, length, 0)
        choices = [f"({a} + {b})", f"({a} - {b})", f"({a} * {b})", f"({a} + {b})", f"-{a}", f"abs({a})", f"{self.pick(('min', 'max'))}({a}, {b})"]
        choices += [f"({a} if {b} {self.pick('< <= == != > >='.split())} {self.kernel_value(counters, length, 0)} else {b})", f"({a} {self.pick(('or', 'and'))} {b})"]
        divisor = b if self.chance(0.1) else f"({b} or 3)"
        if self.kernel_kind in ("int", "bool"):
            choices += [f"({a} & {b})", f"({a} ^ {b})", f"({a} | {b})", f"({a} >> ({b} & 15))", f"({a} << ({b} & 7))", f"({a} // {self.pick(('2', '3', '-7', divisor))})", f"({a} % {self.pick(('2', '10', '-3', divisor))})"]
        else:
            choices += [f"({a} / {divisor})", f"({a} // {divisor})", f"({a} % {divisor})", f"({a} * 0.5)", f"math.{self.pick(FUNCTIONS)}({a if self.chance(0.2) else f'abs({a}) % 40'})", f"{a} ** {self.pick(('2', '2.0', '2', '0.5'))}", f"float({a})", f"int({a})"]
        return self.pick(choices)

    def kernel_step(self, counters, length):
        lists, total = self.kernel
        item, value = self.kernel_item(counters, length), self.kernel_value(counters, length, self.random.randint(1, 2))
        bounded = {"int": f"({value}) % 1000003", "bool": f"bool({value})"}.get(self.kernel_kind, value)
        way = self.random.random()
        if way < 0.3:
            self.emit(f"{item} = {bounded if self.chance(0.8) else f'clamp({value})'}")
        elif way < 0.55:
            self.emit(f"{total} {self.pick(('=', '+=', '+=', '-='))} {value}")
            self.emit(f"if type({total}) is int and not -2**62 < {total} < 2**{self.pick((61, 62, 63))}: {total} = 1")
        elif way < 0.65:
            self.emit(f"if {value} {self.pick('< <= == > >='.split())} {self.kernel_value(counters, length, 0)}: {self.pick((f'{item} = {bounded}', 'continue', 'break', f'{total} = {item}'))}")
        elif way < 0.75:
            other = self.kernel_item(counters, length)
            self.emit(f"{item}, {other} = {other}, {item}")
        elif way < 0.85:
            self.emit(f"{item} {self.pick(('+=', '-=', '*='))} {self.kernel_value(counters, length, 0)}")
            if self.kernel_kind != "float":
                self.emit(f"{item} = clamp({item})")
        else:
            name, at = self.pick(lists), self.random.randrange(length)
            changes = (f"{name}.append({value})", f"{name}.pop()", f"{item} = {self.pick(('0.5', '1', 'True', 'None', '2**64', repr('x')))}", f"{name} = {self.pick(lists)}[:]", f"{name} = {self.pick(lists)}", f"del {name}[0]", f"{name} = tuple({name})")
            self.emit(f"if {counters[-1]} == {at}: {self.pick(changes)}")
            self.emit(f"if len({name}) > 60: {name} = {name}[:9]")
