"""Random statements, functions and the changes that a program makes to its own classes, functions and globals while it runs.

`statement` makes one for the inside of functions; `main_statement` one for the main part, which may also change things under the feet of
code that is hot by then. The generator's `multiplier` and `cost` bound how much a program does: a loop multiplies, a call adds.
"""

import re

from generator_state import Function, Scope

ERRORS = "ZeroDivisionError TypeError ValueError AttributeError IndexError KeyError OverflowError".split()
GROWING = ("int", "str", "list", "tuple", "dict")


class Statements:
    # Functions.

    def start_function(self, limit):
        self.scope = Scope(self.scope, self)
        outer = self.scope.outer
        self.scope.borrowed = outer.borrowed + outer.own
        saved = (self.multiplier, self.cost, self.limit, self.loops, self.result, self.nesting, self.guarded)
        self.saved.append(saved)
        self.multiplier, self.cost, self.limit, self.loops, self.nesting, self.guarded = 1, 1, limit, 0, self.nesting + 1, 0

    def end_function(self):
        """Back to the function around; the answer is what a call of the finished one costs."""
        cost = self.cost
        self.multiplier, self.cost, self.limit, self.loops, self.result, self.nesting, self.guarded = self.saved.pop()
        self.scope = self.scope.outer
        return cost

    def declare(self, count):
        for _ in range(count):
            kind = self.pick(("int", "int", "float", "float", "list", "str", "object", "dict", "tuple", "bool", "int"))
            value = self.of(kind, 1)
            self.emit(f"{self.scope.new(kind)} = {value}")

    def emit_function(self, inner=False):
        """A function with a random signature; `inner`: inside another, a closure over its variables."""
        self.counter += 1
        name = f"f{self.counter}"
        shape = self.random.random()
        if shape < 0.15 and not inner:
            return self.emit_recursion(name)
        generator = shape > 0.8
        coroutine = 0.15 <= shape < 0.23
        kinds = [self.pick(("int", "int", "float", "object", "any", "list")) for _ in range(self.random.randint(1, 3))]
        defaults = self.random.randint(0, len(kinds) - 1)
        required = len(kinds) - defaults
        names = [f"p{self.counter}{letter}" for letter in "xyz"[: len(kinds)]]
        texts = [n if i < required else f"{n}={self.leaf(kinds[i])}" for i, n in enumerate(names)]
        keyword = f"q{self.counter}" if self.chance(0.25) else None
        if keyword:
            texts += ["*", f"{keyword}={self.of('int', 0)}"]
        self.emit(f"{'async ' if coroutine else ''}def {name}({', '.join(texts)}):")
        self.indent += 1
        self.start_function(60 if inner else self.pick((30, 300, 2500, 2500)))
        self.result = self.pick(("int", "float", "int", "any", "str"))
        self.scope.is_generator = generator
        self.scope.is_coroutine = coroutine
        # Where yields may be inside try or with, dropping the generator runs code: callers must close it, as when that happens is
        # a matter of reference counts.
        self.scope.closing = generator and self.chance(0.5)
        self.scope.own += list(zip(names, kinds)) + ([(keyword, "int")] if keyword else [])
        if inner:
            outer = [(variable, kind) for variable, kind in self.scope.outer.own if not variable.startswith("G")]
            for variable, kind in self.random.sample(outer, min(len(outer), self.random.randint(0, 2))):
                self.emit(f"nonlocal {variable}")
                self.borrow(variable, kind)
        elif self.globals and self.chance(0.3):
            variable, kind = self.pick(self.globals)
            self.emit(f"global {variable}")
            self.borrow(variable, kind)
        self.declare(self.random.randint(0, 2))
        for _ in range(self.random.randint(1, 3) if inner else self.random.randint(2, 5)):
            self.statement()
        if generator:
            self.emit(f"yield {self.of(self.result)}")
        else:
            self.emit(f"return {self.of(self.result)}")
        result = self.result
        closing = self.scope.closing
        cost = self.end_function()
        self.indent -= 1
        function = Function(name, kinds[:required], kinds[required:], result, cost, generator, keyword=keyword, closing=closing, coroutine=coroutine)
        self.scope_functions().append(function)
        return function

    def emit_situation(self):
        """A function that is about one or two kernels or situations, with room for their loops."""
        self.counter += 1
        name, parameter = f"f{self.counter}", f"p{self.counter}x"
        self.emit(f"def {name}({parameter}=2):")
        self.indent += 1
        self.start_function(2500)
        self.result = "any"
        self.scope.own.append((parameter, "int"))
        self.declare(self.random.randint(0, 2))
        for _ in range(self.random.randint(1, 2)):
            self.pick((self.kernel_statement, self.kernel_statement, self.protocol_statement))()
        self.emit(f"return {self.of('any')}")
        cost = self.end_function()
        self.indent -= 1
        self.functions.append(Function(name, [], ["int"], "any", cost))

    def borrow(self, name, kind):
        """A name of an outer scope may be assigned here; bounded at every call, as calls are in loops."""
        self.scope.own.append((name, kind))
        if kind in GROWING:
            self.emit(f"{name} = clamp({name})")

    def emit_recursion(self, name):
        depth, value = f"h{self.counter}", f"p{self.counter}x"
        self.emit(f"def {name}({depth}, {value}=1):")
        self.indent += 1
        self.start_function(60)
        self.result = "int"
        self.scope.own.append((value, "int"))
        self.emit(f"if {depth} <= 0: return {self.of('int', 1)}")
        self.statement()
        branch = self.chance(0.4)
        call = f"{name}({depth} - 1, clamp({self.of('int', 1)}))"
        if branch:
            call = f"{call} {self.pick('+-^')} {name}({depth} - 2, {self.of('int', 0)})"
        self.emit(f"return clamp({call})")
        cost = self.end_function()
        self.indent -= 1
        self.functions.append(Function(name, ["int"], ["int"], "int", cost * (60 if branch else 30), depth=7 if branch else 30))

    def scope_functions(self):
        return self.functions if self.nesting == 0 else self.scope.functions

    def callable_functions(self):
        found, scope = list(self.functions), self.scope
        while scope:
            found += scope.functions
            scope = scope.outer
        return [function for function in found if self.affordable(function.cost)]

    def affordable(self, cost):
        return self.cost + self.multiplier * cost <= self.limit

    def call(self, function, depth=1):
        self.cost += self.multiplier * function.cost
        if function.depth:
            arguments = [f"{self.random.randint(0, function.depth)}"] + ([self.of("int", depth)] if self.chance(0.7) else [])
        else:
            arguments = [self.of(kind, depth) for kind in function.required]
            for kind in function.optional:
                if self.chance(0.5):
                    break
                arguments.append(self.of(kind, depth))
            if function.keyword and self.chance(0.5):
                arguments.append(f"{function.keyword}={self.of('int', 0)}")
            if self.chance(0.12):
                # The same through a tuple and a dict.
                plain = [text for text in arguments if not text.startswith(f"{function.keyword}=")]
                named = [f"'{function.keyword}': {text.split('=', 1)[1]}" for text in arguments[len(plain) :]]
                arguments = [f"*({''.join(text + ', ' for text in plain)})"] + ([f"**{{{named[0]}}}"] if named else [])
        text = f"{function.name}({', '.join(arguments)})"
        return f"drive({text})" if function.coroutine else text

    def call_of(self, kind, depth):
        """A call with a result of this kind, or None where none can be afforded."""
        functions = [f for f in self.callable_functions() if f.result == kind and not f.generator]
        return self.call(self.pick(functions), depth) if functions else None

    # Statements.

    def statement(self):
        self.cost += self.multiplier
        deep = self.indent > 5
        simple = (
            (self.assign, 10), (self.augment, 8), (self.attribute_statement, 5 if self.classes else 0), (self.item_statement, 4), (self.unpack, 2),
            (self.list_statement, 3), (self.note_statement, 3), (self.show_sometimes, 2), (self.call_statement, 4), (self.walrus, 1),
            (self.yield_statement, 8 if self.scope.is_generator and (self.scope.closing or not self.guarded) else 0), (self.await_statement, 8 if self.scope.is_coroutine else 0),
            (self.set_statement, 1), (self.dict_statement, 1.5), (self.leave, 1.5), (self.unbind, 0.5), (self.raise_statement, 0.7),
            (self.change_type, 1.5), (self.locals_statement, 0.5), (self.traced_call, 0.3), (self.assertion, 0.5),
        )  # fmt: skip
        compound = (
            (self.if_statement, 6), (self.for_statement, 7), (self.while_statement, 3), (self.try_statement, 5), (self.with_statement, 1.5),
            (self.closure, 2 if self.nesting < 3 else 0), (self.match_statement, 1), (self.kernel_statement, 3),
            (self.protocol_statement, 3 if self.indent < 4 else 0),
        )  # fmt: skip
        choices = simple if deep or self.cost > self.limit else simple + compound
        self.random.choices([choice for choice, _ in choices], [weight for _, weight in choices])[0]()

    def block(self, low=1, high=3):
        """An indented block. Names that are new in it may be unbound behind it, so the code there seldom uses them."""
        self.indent += 1
        known = list(self.scope.own)
        for _ in range(self.random.randint(low, high)):
            self.statement()
        if self.chance(0.93):
            self.scope.own = known
        self.indent -= 1

    def value_for(self, kind, depth=2):
        """The text of a value to assign: in loops bounded most of the time (otherwise `bound_loop` does it)."""
        value = self.of(kind, depth)
        return f"clamp({value})" if kind in GROWING and (self.loops or self.nesting > 1) and self.chance(0.5) else value

    def target(self):
        """A variable to assign and its kind: an old one, or now and then a new one."""
        if self.scope.own and self.chance(0.8):
            return self.pick(self.scope.own)
        kind = self.pick(("int", "int", "float", "str", "list", "tuple", "bool", "object", "dict"))
        return None, kind

    def assign(self):
        name, kind = self.target()
        value = self.value_for(kind)
        self.emit(f"{name or self.scope.new(kind)} = {value}")

    def augment(self):
        kind = self.pick(("int", "int", "int", "float", "float", "str", "list"))
        names = self.scope.own_of(kind)
        if not names:
            return self.assign()
        operators = {"int": ("+=", "-=", "+=", "*=", "^=", "|=", "&=", "//=", "%="), "float": ("+=", "-=", "*=", "/="), "str": ("+=",), "list": ("+=",)}
        name = self.pick(names)
        other = self.pick((kind, kind, "int", "float")) if kind in ("int", "float") else kind
        self.emit(f"{name} {self.pick(operators[kind])} {self.of(other, 1)}")

    def attribute_statement(self):
        target = self.leaf("object")
        self.pick(
            (
                lambda: self.emit(f"{target}.a = {self.value_for('int', 1)}"),
                lambda: self.emit(f"{target}.a += {self.of('int', 0)}"),
                lambda: self.emit(f"{target}.b = {self.of('float', 1)}"),
                lambda: self.emit(f"{target}.b {self.pick('+-*')}= {self.of('float', 1)}"),
                lambda: self.emit(f"{target}.p = clamp({self.of('int', 1)})"),
                lambda: self.emit(f"{target}.{self.pick(('x1', 'x2', 'g', 'd', 's'))} = {self.value_for(self.pick(('int', 'str', 'float')), 1)}"),
                lambda: self.emit(f"{target}.m0({self.of('int', 1)})"),
                lambda: self.emit(f"{target}.a, {target}.b = {self.of('int', 0)}, {self.of('float', 0)}"),
            )
        )()

    def item_statement(self):
        if self.chance(0.5):
            name = self.leaf("list")
            index = self.pick((f"{self.of('int', 1)} % 4", "0", "-1", f"len({name}) - 1"))
            value = self.of(self.pick(("int", "int", "float", "str")), 1)
            self.emit(f"{name}[{index}] {self.pick(('=', '=', '+='))} {value}")
        else:
            name = self.leaf("dict")
            key = self.of(self.pick(("int", "str", "int")), 1)
            if self.chance(0.15):
                self.emit(f"{name}.pop({key}, None)" if self.chance(0.5) else f"del {name}[{key}]")
            else:
                self.emit(f"{name}[{key}] = {self.of(self.pick(('int', 'float', 'str', 'bool')), 1)}")

    def unpack(self):
        kinds = [self.pick(("int", "float", "str")) for _ in range(2)]
        values = ", ".join(self.value_for(kind, 1) for kind in kinds)
        if self.chance(0.5):
            self.emit(f"{', '.join(self.scope.new(kind) for kind in kinds)} = {values}")
        elif self.chance(0.5) and len(self.scope.own) >= 2:
            (first, _), (second, _) = self.random.sample(self.scope.own, 2)
            self.emit(f"{first}, {second} = {second}, {first}")
        else:
            value = self.of(self.pick(("list", "tuple")), 1)
            self.emit(f"{self.scope.new('any')}, *{self.scope.new('list')} = {value}")

    def list_statement(self):
        name = self.leaf("list")
        self.emit(
            self.pick(
                (
                    f"{name}.append({self.of(self.pick(('int', 'float', 'str')), 1)})",
                    f"{name}.append({self.of('int', 1)})",
                    f"{name}.pop()",
                    f"{name}.insert(0, {self.of('int', 0)})",
                    f"{name}.reverse()",
                    f"{name}.extend({self.of('tuple', 0)})",
                    f"{name}[1:2] = {self.of('list', 0)}",
                    f"{name}[{self.pick((':2', '-1:', '1:3', '::2'))}] = {self.of('tuple', 0)}",
                    f"del {name}[{self.pick((':1', '-2:', '::2', '0', '5:'))}]",
                    f"{name}.sort(key={self.pick(('str', 'lambda v: str(v)[::-1]'))})",
                )
            )
        )

    def note_statement(self):
        self.emit(f"note({self.of('any', 1)})")

    def show_sometimes(self):
        names = self.scope.own or self.scope.borrowed
        if not names:
            return self.note_statement()
        shown = ", ".join(self.pick(names)[0] for _ in range(2))
        if self.multiplier <= 8:
            self.emit(f"show({shown})")
        elif self.counters:
            self.emit(f"if {self.counters[-1]} % {self.multiplier // 4 or 1} == {self.random.randint(0, 2)}: show({shown})")

    def call_statement(self):
        functions = [f for f in self.callable_functions() if not f.generator]
        if not functions:
            return self.assign()
        function = self.pick(functions)
        text = self.call(function)
        names = self.scope.own_of(function.result)
        if names and self.chance(0.6):
            self.emit(f"{self.pick(names)} = clamp({text})")
        else:
            self.emit(f"{self.scope.new(function.result)} = clamp({text})")

    def walrus(self):
        value = self.value_for("int", 1)
        name = self.scope.new("int")
        self.emit(f"if ({name} := {value}) {self.pick('< >'.split())} {self.of('int', 0)}:")
        self.indent += 1
        self.assign()
        self.indent -= 1

    def yield_statement(self):
        if self.chance(0.15):
            self.emit(f"yield from {self.of(self.pick(('list', 'tuple')), 1)}")
        elif self.chance(0.3):
            self.emit(f"{self.scope.new('any')} = yield {self.of(self.result, 1)}")
        else:
            self.emit(f"yield {self.of(self.result, 1)}")

    def await_statement(self):
        coroutines = [f for f in self.callable_functions() if f.coroutine]
        if coroutines and self.chance(0.4):
            function = self.pick(coroutines)
            call = self.call(function, 1).removeprefix("drive(").removesuffix(")")
            self.emit(f"{self.scope.new(function.result)} = clamp(await {call})")
        else:
            self.emit(f"{self.scope.new('any')} = await Pause({self.of('any', 1)})")

    def set_statement(self):
        """A set, of which only what does not depend on its order is used."""
        name = self.scope.fresh("any") + "set"
        self.emit(f"{name} = {{{', '.join(self.of('int', 0) for _ in range(self.random.randint(1, 4)))}}}")
        value = self.of("int", 1)
        self.emit(name + self.pick((f".add({value})", f".discard({value})", f" |= {{{value}}}", f".update({self.of('tuple', 1)})")))
        self.emit(f"{self.scope.new('bool')} = {self.of('any', 0)} in {name}")
        self.emit(f"{self.scope.new('int')} = len({name} {self.pick('&|-^')} {{{self.of('int', 0)}, {self.of('int', 0)}}})")

    def dict_statement(self):
        name = self.leaf("dict")
        key, value = self.of(self.pick(("int", "str")), 1), self.of(self.pick(("int", "float", "str")), 1)
        self.emit(
            self.pick(
                (
                    f"{self.scope.new('any')} = {name}.setdefault({key}, {value})",
                    f"{self.scope.new('any')} = {name}.pop({key}, {value})",
                    f"{name}.update({{{key}: {value}}})",
                    f"if {key} in {name}: {name}[{key}] = {value}",
                    f"{self.scope.new('any')} = {name}.get({key})",
                    f"{name}[{key}] = {name}.get({key}, 0) + 1" if self.chance(0.5) or not name.isidentifier() else f"{name} |= {{{key}: {value}}}",
                )
            )
        )

    def leave(self):
        """Leaves a loop or the function, on a condition."""
        ways = [f"return {self.of(self.result, 1)}"] if self.result else []
        if self.loops:
            ways += ["break", "continue", "continue", "break"]
        if ways:
            self.emit(f"if {self.of('bool', 1)}: {self.pick(ways)}")
        else:
            self.assign()

    def unbind(self):
        plain = [name for name, _ in self.scope.own if not name.startswith("G")]
        if plain and self.result:
            self.emit(f"del {self.pick(plain)}")
        else:
            self.assign()

    def raise_statement(self):
        error = self.pick(ERRORS)
        self.emit(f"if {self.of('bool', 1)}: raise {error}({self.of('str', 0)})")

    def assertion(self):
        self.emit(f"assert {self.of('bool', 1)}, {self.of('int', 0)}")

    def change_type(self):
        """A variable, or a global, gets another type in the middle of a loop."""
        if not self.counters or not self.scope.own:
            return self.assign()
        name, _ = self.pick(self.scope.own)
        at = self.random.randrange(max(1, self.loop_counts[-1]))
        self.emit(f"if {self.counters[-1]} == {at}: {name} = {self.of(self.pick(('int', 'float', 'str', 'none', 'object', 'bool', 'list')), 1)}")

    def locals_statement(self):
        self.emit("note(caller_locals())" if self.multiplier > 30 else "print(caller_locals())")

    def traced_call(self):
        functions = [f for f in self.callable_functions() if not f.depth and not f.generator and not f.coroutine]
        if not functions or self.multiplier > 4:
            return self.assign()
        function = self.pick(functions)
        arguments = ", ".join([function.name, *(self.of(kind, 0) for kind in function.required)])
        self.cost += self.multiplier * function.cost * 5
        self.emit(f"{self.scope.new(function.result)} = clamp({self.pick(('traced', 'in_thread', 'in_thread'))}({arguments}))")

    # Compound statements.

    def if_statement(self):
        self.emit(f"if {self.of('bool')}:")
        self.block()
        if self.chance(0.3):
            self.emit(f"elif {self.of('bool', 1)}:")
            self.block(1, 2)
        if self.chance(0.5):
            self.emit("else:")
            self.block(1, 2)

    def loop_count(self):
        room = (self.limit - self.cost) // (self.multiplier * 5)
        if room < 2:
            return 0
        count = self.pick((3, 8, 20, 60, 300, 1500, 4000))
        return max(2, min(count, room) - self.random.randint(0, 2))

    def loop_body(self, counter, count, low=1, high=4):
        """The block of a loop. What it assigns is bounded where an iteration starts."""
        start = len(self.lines)
        self.multiplier *= count
        self.loops += 1
        self.counters.append(counter)
        self.loop_counts.append(count)
        before = {name for name, _ in self.scope.own}
        self.block(low, high)
        self.counters.pop()
        self.loop_counts.pop()
        self.loops -= 1
        self.multiplier //= count
        body = "\n".join(self.lines[start:])
        bounds = []
        for name, kind in self.scope.own:
            if name in before and (kind in GROWING or kind == "any") and name in body and self.assigned(name, body):
                bounds.append("    " * (self.indent + 1) + self.bound(name, kind))
        self.lines[start:start] = bounds

    def assigned(self, name, body):
        return re.search(rf"\b{name}(, [*]?\w+)* ([-+*^|/%&]|//)?= |\b{name}(\[.*\] |\.(append|insert|extend))", body) is not None

    def bound(self, name, kind):
        if kind == "int" and self.chance(0.8):
            return f"if not -{self.pick(('2**40', '2**61', '10**12'))} < {name} < 2**62: {name} = {self.random.randint(-9, 9)}"
        return f"{name} = clamp({name})"

    def for_statement(self):
        count = self.loop_count()
        if not count:
            return self.assign()
        if self.chance(0.65):
            counter = self.scope.new("int")
            step = self.pick((1, 1, 1, 2, 3, -1))
            first = self.pick((0, 0, 1, -5))
            texts = {1: f"{first}, {first + count}" if first else f"{count}"}
            span = texts.get(step, f"{first}, {first + step * count}, {step}")
            self.emit(f"for {counter} in range({span}):")
            self.loop_body(counter, count)
        else:
            self.for_items(min(count, 24))
        if self.chance(0.25):
            self.emit("else:")
            self.block(1, 2)

    def for_items(self, count):
        generators = [f for f in self.callable_functions() if f.generator and not f.closing and self.affordable(f.cost * 3)]
        counter = self.scope.new("int")
        self.emit(f"{counter} = 0")
        if generators and self.chance(0.6):
            text = self.call(self.pick(generators))
            count = 24
            names, source = self.scope.new("any"), text if self.chance(0.7) else f"itertools.islice({text}, 24)"
        else:
            way = self.pick(("list", "list", "tuple", "str", "dict", "items", "zip", "enumerate", "reversed", "object" if self.classes else "list"))
            names, source = self.items_source(way)
        self.emit(f"for {names} in {source}:")
        self.indent += 1
        self.emit(f"{counter} += 1")
        self.emit(f"if {counter} > {count}: break")
        self.indent -= 1
        self.loop_body(counter, count)

    def items_source(self, way):
        new, of = self.scope.new, self.of
        if way == "items":
            source = of("dict", 1)
            return f"{new('any')}, {new('any')}", f"{source}.items()"
        if way == "zip":
            source = f"zip({of('list', 1)}, {of('list', 1)})"
            return f"{new('any')}, {new('any')}", source
        if way == "enumerate":
            source = f"enumerate({of('list', 1)})"
            return f"{new('int')}, {new('any')}", source
        if way == "reversed":
            source = f"reversed({of('list', 1)})"
            return new("any"), source
        source = of(way, 1)
        return new({"str": "str", "list": "any"}.get(way, "any")), source

    def while_statement(self):
        count = self.loop_count()
        if not count:
            return self.assign()
        counter = self.scope.fresh("int") + "w"  # not among the names that may be assigned: the loop must end
        self.emit(f"{counter} = 0")
        condition = f" and {self.of('bool', 1)}" if self.chance(0.3) else ""
        self.emit(f"while {counter} < {count}{condition}:")
        self.emit(f"    {counter} += 1")
        self.scope.borrowed = self.scope.borrowed + [(counter, "int")]
        self.loop_body(counter, count)
        if self.chance(0.25):
            self.emit("else:")
            self.block(1, 2)

    def try_statement(self):
        self.guarded += 1
        self.guarded_statement()
        self.guarded -= 1

    def guarded_statement(self):
        self.emit("try:")
        self.block(1, 3)
        handlers = self.chance(0.85)
        if handlers:
            kinds = self.pick(("Exception", f"({', '.join(self.random.sample(ERRORS, 3))})", self.pick(ERRORS), "ArithmeticError", "LookupError"))
            self.emit(f"except {kinds} as error:")
            self.indent += 1
            self.emit("failure(error)" if self.multiplier <= 8 else "note(str(error))")
            self.indent -= 1
            self.block(1, 2)
            if self.chance(0.1):
                self.emit(self.pick(("    raise", "    raise ValueError('again') from error", "    raise KeyError('other')")))
            if self.chance(0.3):
                self.emit("else:")
                self.block(1, 2)
        if not handlers or self.chance(0.35):
            self.emit("finally:")
            self.block(1, 2)

    def with_statement(self):
        kinds = ", ".join(self.random.sample(ERRORS, 2))
        name = self.scope.new("int")
        self.emit(f"with Guard({kinds}) as {name}:")
        self.guarded += 1
        self.block(1, 3)
        self.guarded -= 1

    def closure(self):
        function = self.emit_function(inner=True)
        if function and self.affordable(function.cost):
            if function.generator:
                self.emit(f"note(take({self.call(function)}, 20))")
            else:
                name = self.scope.new(function.result)
                self.emit(f"{name} = clamp({self.call(function)})")

    def match_statement(self):
        self.emit(f"match {self.of('any', 1)}:")
        patterns = ["int(v) if v > 3", "[v, *rest]", "None", "0 | 1", "str()", "(v, w)", "{'a': v}", "float()"]
        patterns += [f"{name}(a=v)" for name in self.classes]
        self.indent += 1
        for pattern in self.random.sample(patterns, 2):
            self.emit(f"case {pattern}:")
            self.block(1, 1)
        self.emit("case _:")
        self.block(1, 1)
        self.indent -= 1

    # The main part.

    def main_statement(self):
        self.emit("try:")
        self.indent += 1
        way = self.random.random()
        if way < 0.5:
            self.warm_calls()
        elif way < 0.7:
            self.change()
        else:
            self.statement()
        self.indent -= 1
        self.emit("except Exception as error: failure(error)")

    def warm_calls(self):
        """Calls a function many times, with a change in the middle as often as not; shows first, last and what comes after the change."""
        functions = [f for f in self.callable_functions() if f.name in {known.name for known in self.functions}]
        if not functions:
            return self.statement()
        function = self.pick(functions)
        room = (self.limit - self.cost) // (function.cost + 3)
        count = max(2, min(self.pick((4, 40, 400, 3000)), room))
        counter = self.scope.new("int")
        result = self.scope.fresh("any")
        self.emit(f"for {counter} in range({count}):")
        self.indent += 1
        self.multiplier *= count
        arguments = self.call(function, 1)
        if function.generator:
            arguments = f"take({arguments}, 24)"
        for name, kind in self.globals:
            if kind in ("list", "dict"):
                self.emit(f"clamp({name})")
        self.emit("try:")
        self.emit(f"    {result} = {arguments}")
        self.emit("except Exception as error:")
        self.emit(f"    {result} = str(error)")
        self.emit(f"    if {counter} < 2 or {counter} == {count // 2}: failure(error)")
        self.emit(f"note({result})")
        self.emit(f"if {counter} % {max(1, count // 3)} == 0: show({result})")
        if self.chance(0.6):
            self.emit(f"if {counter} == {count // 2}:")
            self.indent += 1
            self.change()
            self.indent -= 1
        self.multiplier //= count
        self.indent -= 1
        self.emit(f"show({result})")

    def change(self):
        """Changes something that compiled code may have relied on."""
        ways = [self.change_global, self.change_global, self.shadow_builtin, self.change_function, self.change_function]
        if self.classes:
            ways += [self.change_class] * 6
        self.pick(ways)()

    def change_global(self):
        if not self.globals:
            return self.assign()
        name, kind = self.pick(self.globals)
        kind = self.pick((kind, kind, "int", "float", "str"))
        self.emit(f"globals()['{name}'] = {self.of(kind, 1)}")

    def shadow_builtin(self):
        name, value = self.pick(
            (
                ("len", "lambda value: 3"), ("abs", "lambda value: value"), ("range", "lambda *bounds: [1, 2, 3]"), ("min", "max"),
                ("int", "lambda value=0: 11"), ("isinstance", "lambda value, kind: True"), ("sum", "lambda *values: -1"),
            )
        )  # fmt: skip
        if self.chance(0.6):
            self.emit(f"globals()['{name}'] = {value}")
        else:
            self.emit(f"globals().pop('{name}', None)")

    def change_function(self):
        functions = [f for f in self.functions if not f.depth]
        if not functions:
            return self.assign()
        function = self.pick(functions)
        defaults = [self.of(kind, 0) for kind in function.optional]
        same = [f for f in functions if f is not function and (f.required, f.generator, f.optional, f.coroutine) == (function.required, function.generator, function.optional, function.coroutine)]
        if same and self.chance(0.5) and all(f.cost <= function.cost for f in same[:1]):
            self.emit(f"{function.name}.__code__ = {same[0].name}.__code__")
        elif defaults and self.chance(0.8):
            self.emit(f"{function.name}.__defaults__ = ({', '.join(defaults)},)")
        elif function.keyword and self.chance(0.5):
            self.emit(f"{function.name}.__kwdefaults__ = {{'{function.keyword}': {self.of('float', 0)}}}")
        elif not function.generator:
            self.emit(f"globals()['{function.name}'] = lambda *values, **named: {self.of(function.result, 0)}")
        else:
            self.emit(f"globals()['{function.name}'] = lambda *values, **named: iter(({self.of(function.result, 0)},))")

    def change_class(self):
        name, of = self.pick(self.classes), self.of
        target = self.leaf("object")
        other = self.pick(self.classes)
        value = self.random.randint(-9, 9)
        self.emit(
            self.pick(
                (
                    f"{name}.m0 = lambda self, x: {self.pick(('x', 'self.a', str(value), 'x + 1.5', 'self.b'))}",
                    f"{name}.m1 = lambda self, x, y=4: x * y",
                    f"del {name}.{self.pick(('m0', 'm1', 'm2', 'k', 'p', 'd', '__len__', '__getattr__', '__add__'))}",
                    f"{name}.k = {of(self.pick(('int', 'int', 'float', 'str')), 0)}",
                    f"{name}.p = property(lambda self: {self.pick(('self.a - 1', 'self.b', '5'))})",
                    f"{name}.p = {value}",
                    f"{name}.__getattr__ = lambda self, name: {value}",
                    f"{name}.a = property(lambda self: {value}, lambda self, value: None)",
                    f"{name}.a = {value}",
                    f"del {target}.{self.pick(('a', 'b', 's', 'x1'))}",
                    f"{target}.__class__ = {other}",
                    f"{target}.m0 = lambda x: {value}",
                    f"{name}.__bases__ = ({other},)",
                    f"{name}.__bases__ = (C0,)",
                    f"{name}.d = Field()",
                    f"{name}.d = Getter('a', {value})",
                    f"Getter.__set__ = lambda self, instance, value: None",
                    f"{name}.__add__ = lambda self, other: self",
                    f"{name}.__eq__ = lambda self, other: {self.pick(('True', 'self is other'))}",
                    f"{name}.__len__ = lambda self: {abs(value)}",
                    f"{name}.m0 = {other}.m0",
                    f"{name}.m1 = staticmethod(lambda x, y=1: x)",
                    f"{name}.cm = classmethod(lambda cls, x: cls.__name__)",
                    f"{name}.__setattr__ = lambda self, name, value: object.__setattr__(self, name, value)",
                    f"{name}.__getattribute__ = lambda self, name: object.__getattribute__(self, name)",
                    f"{name}.__init__ = lambda self, a=2, b=0.25, s='z': setattr(self, 'a', a)",
                )
            )
        )
