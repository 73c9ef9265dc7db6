"""Whole situations that random statements seldom meet: generators driven by send, throw and close, calls in all forms of one function, containers with
keys of many types, match statements, complex numbers, values that are None or a bool now and then, changes of classes in the middle of hot loops.

Each method makes a few statements with names of their own. Loops run `protocol_count` times and are charged for it.
"""

KEYS = "1 1.0 True 0 False 0.0 -0.0 '1' 'a' '' None 2**62 2.0**62 2**61 2.0**53 2**53 2**53+1 -1 -2 (1,2) (1.0,2) () b'1' float('inf') 10**20 1e20".split()
PATTERNS = (
    "0", "1 | 2", "-1", "2.5", "None", "True", "'a' | 'ab'", "b'x'", "4611686018427387904", "int()", "str(v)", "float(v)", "int(v) if v > {n}", "bool(v)", "[]", "[v]", "[v, w]",
    "[v, *rest]", "[*rest, v]", "(1, v)", "[int(v), str(w)]", "[[v, *_], *rest]", "{{'a': v}}", "{{'a': 1, **rest}}", "{{1: v, 'b': w}}", "{{}}", "{place}(v, w)", "{place}(x=1)",
    "{place}(x=int(v), y=[w, *_])", "{place}()", "(int() | float()) as v", "[1 | 2 as v, _]", "dict()", "list()", "tuple((v, w))", "v if v == {n}", "math.pi", "range()",
)  # fmt: skip
SUBJECTS = (
    "0", "1", "2", "-1", "True", "None", "2.5", "'a'", "'abc'", "b'x'", "2**62", "[]", "[1]", "[1, 'a']", "[1, 2, 3]", "(1, 2)", "()", "[[1, 2], 3]", "{'a': 1}", "{'a': 1, 'c': 2}",
    "{1: 2, 'b': 3}", "{}", "{place}(1, 2)", "{place}(1, [5, 6])", "{place}('q', None)", "range(3)", "math.pi", "[2.5, 1]",
)  # fmt: skip

FUNCTIONS = ("abs", "len", "str", "repr", "bool", "int", "float", "sorted", "max", "hash", "ord", "math.sqrt", "math.floor", "math.isqrt", "divmod", "lambda value: value")
METHODS = {
    "[1, 2, 1]": ("append", "count", "pop", "index", "remove"), "[0.5, 'a', None]": ("append", "count"), "{1: 2, 'a': 3}": ("get", "setdefault", "pop", "__contains__"),
    "{1, 2}": ("add", "discard", "__contains__"), "'abab'": ("count", "find", "startswith"), "bytearray(b'ab')": ("append", "count", "pop"), "(1, 2, 1)": ("count", "index"),
}  # fmt: skip


class Protocols:
    def protocol_count(self):
        """How often a loop runs, charged; 0: there is no room."""
        room = (self.limit - self.cost) // (self.multiplier * 12)
        if room < 4:
            return 0
        count = min(self.pick((6, 20, 60, 200)), room)
        self.cost += self.multiplier * count * 12
        return count

    def protocol_statement(self):
        count = self.protocol_count()
        if not count:
            return self.assign()
        ways = [self.generator_session, self.call_forms, self.mixed_keys, self.match_loop, self.complex_loop, self.none_and_bool, self.text_loop, self.nested_flow, self.alias_loop, self.alias_loop]
        if self.classes:
            ways += [self.class_change_loop] * 2
        self.pick(ways)(count)

    def small(self):
        return self.pick((self.of("int", 0), self.of("any", 0), str(self.random.randint(-3, 9))))

    # Native functions and bound methods by another name.

    def alias_loop(self, count):
        call, items, step, value = (self.scope.fresh("any") + letter for letter in "cisv")
        receiver = self.pick(tuple(METHODS))
        callees = [f"{items}.{method}" for method in METHODS[receiver]] if self.chance(0.5) else list(FUNCTIONS)
        other = self.pick((*callees, *callees, self.pick(FUNCTIONS)))
        argument = self.pick((step, f"{step} % 3", f"{step} - 3", f"-0.5 * {step}", f"{items}", self.small(), self.small(), f"'ab'[{step} % 2]"))
        self.emit(f"{items} = {receiver}")
        in_function = self.chance(0.4)
        if in_function:
            name = self.scope.fresh("any") + "f"
            self.emit(f"def {name}(limit, {call}={self.pick(callees)}):")
        else:
            self.emit(f"{call} = {self.pick(callees)}")
        indent = "    " if in_function else ""
        self.emit(f"{indent}for {step} in range({'limit' if in_function else count}):")
        self.emit(f"{indent}    try:")
        self.emit(f"{indent}        {value} = {call}({argument})")
        self.emit(f"{indent}        note({value})")
        self.emit(f"{indent}    except Exception as error:")
        self.emit(f"{indent}        note(type(error).__name__)")
        if self.chance(0.5):
            self.emit(f"{indent}    if {step} == {self.random.randint(0, count)}: {call} = {other}")
        if receiver[0] in "[{b":
            self.emit(f"{indent}    if len({items}) > 20: {items}.clear()")
        if in_function:
            self.emit(f"{name}({count})")

    # Generators that are sent to.

    def generator_session(self, count):
        make, run, other = (self.scope.fresh("any") + letter for letter in "gro")
        self.emit(f"def {make}(limit):")
        self.emit(f"    total = {self.pick(('0', '0.5', '2**61', repr('')))}")
        self.emit("    try:")
        self.emit("        for step in range(limit):")
        self.emit("            try:")
        self.emit(f"                value = yield {self.pick(('total', 'step', '(step, total)', 'total if step else None'))}")
        self.emit(f"                {self.pick(('if value is None: value = step', 'note(value)', 'value = value or 1', 'if value == 3: return total'))}")
        self.emit(f"                total = clamp(total {self.pick('+-+')} {self.pick(('value', 'step', 'len(str(value))'))})")
        self.emit(f"            except {self.pick(('ValueError', 'TypeError', '(ValueError, KeyError)'))} as error:")
        self.emit(f"                {self.pick(('note(str(error))', 'total = 1', 'yield str(error)', 'raise KeyError(step) from None', 'continue', 'break'))}")
        self.emit("    finally:")
        self.emit(f"        {self.pick(('note(total)', 'note((total, step))', 'total = None'))}")
        self.emit(f"    return {self.pick(('total', 'None', 'limit'))}")
        if self.chance(0.4):
            self.emit(f"def {other}(limit):")
            self.emit(f"    for part in ({self.pick((2, 5))}, limit):")
            self.emit(f"        {self.pick(('note((yield from {0}(part)))', 'result = yield from {0}(part); yield result', 'yield (yield from {0}(part))')).format(make)}")
        else:
            self.emit(f"{other} = {make}")
        self.emit(f"{run} = {other}({self.random.randint(0, 30)})")
        counter = self.scope.fresh("int")
        self.emit(f"for {counter} in range({count}):")
        self.emit("    try:")
        actions = (f"note(next({run}))", f"note({run}.send({counter}))", f"note({run}.send({self.small()}))", f"note({run}.send(None))", f"note({run}.throw(ValueError({counter})))", f"note({run}.throw(TypeError))", f"note({run}.close())", f"note(list({run}))", f"note({run}.gi_frame is None)")
        self.emit(f"        if {counter} % {self.random.randint(2, 9)} == {self.random.randint(0, 8)}: {self.pick(actions)}")
        self.emit(f"        elif {counter} % {self.random.randint(2, 9)} == {self.random.randint(0, 8)}: {self.pick(actions)}")
        self.emit(f"        else: {self.pick(actions[:4])}")
        self.emit("    except StopIteration as stop:")
        self.emit("        note(stop.value)")
        self.emit(f"        {run} = {other}({counter} % {self.random.randint(2, 30)})")
        self.emit("    except Exception as error:")
        self.emit("        note(f'{type(error).__name__} {error}')")
        self.emit(f"        if {counter} & 1: {run} = {other}({self.random.randint(1, 30)})")
        self.emit(f"{run}.close()")

    # One function, called in every way.

    def call_forms(self, count):
        name, counter = self.scope.fresh("any") + "c", self.scope.fresh("int")
        signature = self.pick(("a, b=2, *rest, c=3, **named", "a, /, b=1.5, *, c='x'", "*rest, **named", "a, b, c=(), *rest", "a=0, *, b=1, c=2, **named", "a, b=None, c=None", "a, /, b, *rest"))
        plain = [part.strip().lstrip("*").split("=")[0] for part in signature.split(",") if part.strip() not in ("/", "*")]
        parts = [f"sorted({part}.items())" if part == "named" else part for part in plain]
        kind = self.pick(("def", "def", "lambda", "method", "class"))
        result = f"({', '.join(parts)},)"
        if kind == "lambda":
            self.emit(f"{name} = lambda {signature}: {result}")
        elif kind == "method":
            self.emit(f"class {name}_:")
            self.emit(f"    def run(self, {signature}): return {result}")
            self.emit(f"{name} = {name}_().run")
        elif kind == "class":
            self.emit(f"class {name}(Base):")
            self.emit(f"    def __init__(self, {signature}): self.a = {self.pick(parts)}; self.b = len({result})")
        else:
            self.emit(f"def {name}({signature}):")
            self.emit(f"    return {result}")
        values = [self.small() for _ in range(4)]
        forms = (
            f"{name}({counter})", f"{name}({counter}, {values[0]})", f"{name}({counter}, {values[0]}, {values[1]}, {values[2]})", f"{name}(*({counter}, {values[3]}))", f"{name}({counter}, *[{values[0]}, {values[1]}])", f"{name}({counter}, c={values[0]})",
            f"{name}(b={values[0]}, a={counter})", f"{name}(**{{'a': {values[1]}, 'c': {counter}}})", f"{name}({counter}, b=1, **{{'c': {values[2]}}})", f"{name}({counter}, z={values[0]}, c=1)", f"{name}()", f"{name}(*range({counter} % 5))", f"{name}(1, *(), **{{}})",
            f"{name}({counter}, **{{'b': {values[2]}}}, c=2)", f"{name}(*'ab', c={counter})", f"{name}(1, **{{'a': 2}})",
        )  # fmt: skip
        self.emit(f"for {counter} in range({count}):")
        self.emit("    try:")
        for form in self.random.sample(forms, self.random.randint(2, 4)):
            self.emit(f"        note({form})")
        if self.chance(0.3) and kind in ("def", "lambda") and "c=" in signature and "*" not in signature:
            self.emit(f"        if {counter} == {count // 2}: {name}.__defaults__ = ({counter}, {values[0]})")
        self.emit("    except TypeError as error:")
        self.emit("        note(str(error))")
        if self.chance(0.5):
            self.emit("    try:")
            self.emit(f"        note({self.pick(forms)})")
            self.emit("    except TypeError as error:")
            self.emit(f"        if {counter} < 3: note(str(error))")

    # Keys of many types.

    def mixed_keys(self, count):
        table, group, key, counter = (self.scope.fresh("any") + letter for letter in "dskc")
        keys = self.random.sample(KEYS, self.random.randint(2, 7))
        if self.chance(0.5):
            own = self.scope.fresh("any") + "K"
            self.emit(f"class {own}(Base):")
            self.emit("    __slots__ = ('a',)")
            self.emit("    def __init__(self, a): self.a = a")
            self.emit(f"    def __eq__(self, other): return {self.pick(('self.a == other', 'isinstance(other, Base) and self.a == other.a', 'NotImplemented', 'self is other', 'self.a == getattr(other, chr(97), other)'))}")
            self.emit(f"    def __hash__(self): return {self.pick(('hash(self.a)', '1', 'self.a', 'hash(1) ^ 0'))}")
            keys += [f"{own}({self.pick(('1', '2', '0', '2**61'))})" for _ in range(2)]
        self.random.shuffle(keys)
        self.emit(f"{table}, {group} = {{}}, set()")
        self.emit(f"for {counter} in range({max(1, count // len(keys))}):")
        self.emit(f"    for {key} in ({', '.join(keys)},):")
        self.emit("        try:")
        actions = (
            f"{table}[{key}] = {table}.get({key}, 0) + 1", f"{table}[{key}] = {counter}", f"note({table}[{key}])", f"note({key} in {table})", f"{table}.setdefault({key}, []).append({counter})" if self.chance(0.3) else f"note({table}.setdefault({key}, {counter}))",
            f"note({table}.pop({key}, None))", f"del {table}[{key}]", f"{group}.add({key})", f"{group}.discard({key})", f"note({key} in {group})", f"{group}.remove({key})", f"note({group}.isdisjoint([{key}]))", f"note(len({group} | {{{key}}}))", f"note({group} >= {{{key}}})",
            f"note(list({table}.items()) == list(zip({table}, {table}.values())))", f"note({key} == {self.pick(KEYS)})", f"note([{key}].index({self.pick(KEYS)}))", f"note({key} in ({self.pick(KEYS)}, {self.pick(KEYS)}))", f"note({{**{table}, {key}: 5}} == {table})", f"note(({table} | {{{key}: 1}}) == {table})",
            f"{group} ^= {{{key}}}", f"note(max({key}, 1))", f"note(sum(1 for part in {table} if part == {key}))", f"note(len({{{key}: {counter}, {self.pick(KEYS)}: 2}}))",
        )  # fmt: skip
        for action in self.random.sample(actions, self.random.randint(2, 5)):
            self.emit(f"            {action}")
        self.emit("        except (TypeError, KeyError, ValueError) as error:")
        self.emit("            note(type(error).__name__)")
        if self.chance(0.3):
            self.emit(f"    if {counter} == {self.random.randint(1, 5)}: {table} = {self.pick(('dict(zip({0}, {0}))', '{1}', 'dict.fromkeys({0})')).format(table, '{}')}")
        self.emit(f"note((list({table}.items()), len({group})))")

    # match.

    def match_loop(self, count):
        place, subject, name, counter = (self.scope.fresh("any") + letter for letter in "PsmC")
        self.emit(f"class {place}(Base):")
        self.emit(f"    __match_args__ = {self.pick((('x', 'y'), ('x', 'y'), ('y', 'x'), ('x',)))}")
        self.emit("    def __init__(self, x, y): self.x = x; self.y = y")
        self.emit(f"def {name}({subject}):")
        self.emit("    v = w = rest = None")
        self.emit(f"    match {subject}:")
        for number, pattern in enumerate(self.random.sample(PATTERNS, self.random.randint(2, 6))):
            self.emit(f"        case {pattern.format(place=place, n=self.random.randint(-2, 5))}: return ({number}, v, w, rest)")
        if self.chance(0.5):
            self.emit(f"        case _: {self.pick(('v = 5', 'pass', 'return None', 'raise ValueError(v)'))}")
        self.emit("    return v, w, rest")
        subjects = [text.replace("{place}", place) for text in self.random.sample(SUBJECTS, self.random.randint(2, 8))]
        self.emit(f"for {counter} in range({max(1, count // len(subjects))}):")
        self.emit(f"    for {subject} in ({', '.join(subjects)}, {counter}, {self.small()}):")
        self.emit("        try:")
        self.emit(f"            note({name}({subject}))")
        self.emit("        except (TypeError, ValueError, AttributeError) as error:")
        self.emit("            note(str(error))")

    # Complex numbers.

    def complex_loop(self, count):
        value, step, counter = (self.scope.fresh("any") + letter for letter in "zsc")
        self.emit(f"{value}, {step} = {self.pick(('0j', '1+2j', '0.5-0.25j', 'complex(0, -0.0)', '1'))}, {self.pick(('0.3+0.5j', '1j', '-0.75+0.1j', '2', '0.5', 'complex(1e300, 1)'))}")
        self.emit(f"for {counter} in range({count}):")
        self.emit("    try:")
        for _ in range(self.random.randint(1, 3)):
            operation = self.pick((f"{value} * {value} + {step}", f"{value} + {step} * {counter}", f"({value} - {step}) * 0.5", f"{value} / {step}", f"-{value} + {counter}", f"{value}.conjugate() * 1j", f"complex({value}.real, {counter})", f"{step} - {value}", f"abs({value}) * 1j", f"{value} ** 2"))
            self.emit(f"        {value} = {operation}")
        self.emit(f"        {self.pick((f'note({value})', f'note(({value}.real, {value}.imag))', f'note({value} == {step})', f'note(bool({value}))', f'note({value} < {step})'))}")
        self.emit(f"        if abs({value}) > {self.pick(('4', '1e10', '2.0'))}: {value} = {self.pick((step, '0j', '0.5', '1'))}")
        self.emit("    except (TypeError, ZeroDivisionError, OverflowError, AttributeError) as error:")
        self.emit("        note(str(error))")
        self.emit(f"        {value} = 1j")
        self.emit(f"note({value})")

    # Values that are None or a bool at times.

    def none_and_bool(self, count):
        value, flag, seen, counter = (self.scope.fresh("any") + letter for letter in "vfsc")
        self.emit(f"{value}, {flag}, {seen} = None, {self.pick(('False', 'True', 'None'))}, []")
        self.emit(f"for {counter} in range({count}):")
        lines = (
            f"{value} = None if {counter} % {self.random.randint(2, 5)} else {self.pick((counter, '1.5', repr('s'), 'True'))}", f"if {value} is None: {seen}.append({counter})", f"if {value} is not None and {value}: {flag} = not {flag}", f"{flag} = {counter} > {self.random.randint(0, count)}",
            f"{flag} = {flag} {self.pick(('and', 'or', '&', '|', '^', 'is', '=='))} ({counter} % 3 == 0)", f"{seen}.append({value} or {flag})", f"note({flag} + 1 if {flag} is not None else 0)", f"{value} = {flag}", f"note(({value} is {flag}, {value} == {flag}, not {value}))", f"{seen}.append(-{flag} if {flag} else {value})",
            f"if {flag}: {seen} = {seen}[:3]", f"note([{flag}, {value}].count(None))", f"{value} = {seen}[-1] if {seen} else None", f"note({flag} * {counter} if isinstance({flag}, bool) else ~{counter})", f"{flag} = bool({value})", f"{seen}.append((0.5, 2)[{flag} is True])",
        )  # fmt: skip
        for line in self.random.sample(lines, self.random.randint(3, 6)):
            self.emit(f"    {line}")
        self.emit(f"    if len({seen}) > 20: del {seen}[2:]")
        self.emit(f"note(({value}, {flag}, {seen}))")

    # Strings and bytes, made and walked.

    def text_loop(self, count):
        text, data, counter = (self.scope.fresh("any") + letter for letter in "tbc")
        first = self.pick(("''", "'a'", "'a,b'", "'ababababab'", "chr(233)", "chr(8364)", "chr(128013)"))
        self.emit(f"{text}, {data} = {first}, {self.pick((repr(b''), 'bytearray(4)', 'bytearray(range(40, 44))', repr(b'ab')))}")
        self.emit(f"for {counter} in range({count}):")
        self.emit("    try:")
        lines = (
            f"{text} += {self.pick(('chr(98)', f'chr({counter} % 300 + 40)', f'str({counter})'))}", f"{text} = {text}[{self.pick(('1:', ':-1', '::-1', ':5', '2:9'))}]", f"note({text}[{counter} % 7])", f"note([part for part in {text}][-2:])", f"note({text}.split({self.pick(('chr(44)', 'chr(98)', 'None'))}))", f"note({text}.count(chr(97)))",
            f"note({text} < {self.pick(('chr(98)', repr('ab'), f'str({counter})'))})", f"note({text}.find({self.pick(('chr(97)', f'str({counter} % 10)'))}))", f"{text} = {text}.replace({self.pick(('chr(97)', 'chr(98)', repr('ab')))}, {self.pick((repr('ba'), repr('')))})", f"note(ord({text}[0]) + {counter})", f"note(chr(98) in {text})",
            f"{data}[{counter} % 5] = {counter} {self.pick(('& 255', '% 300', ''))}", f"note({data}[{counter} % 4])", f"{data} = {data} + {self.pick((repr(b'x'), f'bytes([{counter} % 256])'))}", f"note(sum({data}))", f"note({data}[1:3])", f"note(bytes(reversed({data})))", f"note('-'.join([{text}, {text}]))", f"note(f'{{{text}!r:>5}}{{{counter}:3}}')", f"note({text}.isdigit() or {text}.isalpha())",
            f"note({text}.startswith(({self.pick(('chr(97)', repr('ab')))}, chr(98))))", f"note('%s:%03d' % ({text}, {counter}))", f"note({text} == {text}[:] and {text} is not None)", f"note(hash({text}) == hash({text}[:]))", f"note(int({text}))" if self.chance(0.3) else f"note(len({text}))",
        )  # fmt: skip
        for line in self.random.sample(lines, self.random.randint(2, 5)):
            self.emit(f"        {line}")
        self.emit("    except (IndexError, TypeError, ValueError) as error:")
        self.emit("        note(str(error))")
        self.emit(f"    if len({text}) > 30: {text} = {text}[:4]")
        self.emit(f"    if len({data}) > 30: {data} = {data}[:4]")
        self.emit(f"note(({text}, {data}))")

    # try, finally, with and leaving them, in a function that is called with changing arguments.

    def nested_flow(self, count):
        name, counter = self.scope.fresh("any") + "n", self.scope.fresh("int")
        error = self.pick(("ValueError", "KeyError", "ZeroDivisionError"))
        leaving = ("return seen", "break", "continue", f"raise {error}(i)", "pass", "seen.append(i)", "seen.append(1 // (i - p))", "i += 1", "{}[i]")

        def some():
            text = self.pick(leaving)
            return f"if i {self.pick(('==', '>', '!='))} {self.pick(('p', 'p + 2', '3'))}: {text}" if self.chance(0.7) else text

        self.emit(f"def {name}(p):")
        self.emit("    seen = []")
        self.emit(f"    for i in {self.pick(('range(6)', '[0, 1, 2, 3, 4]', '(2, 1, 3, 0)', 'iter(range(5))', '{0: 1, 3: 4, 5: 6}'))}:")
        self.indent += 2
        self.flow_block(2, some, error)
        self.indent -= 2
        if self.chance(0.4):
            self.emit("    else: seen.append('end')")
        self.emit("    return seen, i")
        self.emit(f"for {counter} in range({count // 4 + 1}):")
        self.emit("    try:")
        self.emit(f"        note({name}({counter} % {self.random.randint(2, 8)}))")
        self.emit("    except Exception as error:")
        self.emit(f"        if {counter} < 5: failure(error)")
        self.emit("        note(type(error).__name__)")

    def flow_block(self, depth, some, error):
        if depth == 0 or self.chance(0.2):
            for _ in range(self.random.randint(1, 2)):
                self.emit(some())
            return
        way = self.random.random()
        if way < 0.35:
            self.emit(f"with Guard({self.pick((error, 'TypeError', ''))}):")
            self.flow_inside(depth, some, error)
        elif way < 0.45:
            self.emit("while p > 0:")
            self.indent += 1
            self.emit("p -= 1")
            self.indent -= 1
            self.flow_inside(depth, some, error)
        else:
            self.emit("try:")
            self.flow_inside(depth, some, error)
            handled = self.chance(0.7)
            if handled:
                self.emit(f"except {self.pick((error, 'Exception', '(TypeError, LookupError)'))} as caught:")
                self.emit(f"    {self.pick(('seen.append(str(caught))', 'note(str(caught))', 'note(caught.__context__ is None)'))}")
                self.flow_inside(depth, some, error)
                if self.chance(0.25):
                    self.emit("else:")
                    self.flow_inside(0, some, error)
            if not handled or self.chance(0.5):
                self.emit("finally:")
                self.flow_inside(depth - 1 if self.chance(0.3) else 0, some, error)
        if self.chance(0.6):
            self.emit(some())

    def flow_inside(self, depth, some, error):
        self.indent += 1
        self.flow_block(max(0, depth - 1), some, error)
        self.indent -= 1

    # A class that changes while a loop uses it.

    def class_change_loop(self, count):
        item, counter = self.scope.fresh("object"), self.scope.fresh("int")
        made = f"{self.pick(self.classes)}({counter}, {self.of('float', 0)})"
        self.emit(f"{item} = {self.pick(self.classes)}(3, 0.5)")
        self.emit(f"for {counter} in range({count}):")
        self.indent += 1
        if self.chance(0.5):
            self.emit(f"if {counter} % {self.pick((2, 5))} == 0: {item} = {made}")
        self.emit("try:")
        uses = ("{0}.a", "{0}.k", "{0}.b", "{0}.m0({1})", "{0}.m1({1})", "{0}.m1({1}, y=2)", "{0}.m2({1}, 1, 2)", "{0}.p", "{0}.d", "{0}.g", "len({0})", "{0} + 1", "{0}[0]", "{0} == {0}", "{0}.cm(2)", "{0}.sm(2)", "bool({0})", "{0}.z3", "{0}.me() is {0}", "{0}.x1", "{1} in {0}", "{0}(2)")
        for use in self.random.sample(uses, self.random.randint(2, 5)):
            self.emit(f"    note({use.format(item, counter)})")
        self.emit(f"    {item}.{self.pick(('a', 'x1', 'b', 'p'))} = {self.pick((counter, '0.5', '2**62', 'None', repr('t')))}")
        self.emit("except (AttributeError, TypeError, IndexError, ZeroDivisionError) as error: note(str(error))")
        self.emit(f"if {counter} % {self.pick((7, 13, 50))} == {self.random.randint(2, 6)}:")
        self.indent += 1
        self.emit("try:")
        self.indent += 1
        self.change_class()
        self.indent -= 1
        self.emit("except (AttributeError, TypeError) as error: note(type(error).__name__)")
        self.indent -= 2
