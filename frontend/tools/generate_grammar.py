"""Turns syntax_error.grammar into tables: usage generate_grammar.py syntax_error.grammar token.h OUTPUT_FOLDER."""
import re
import sys
from pathlib import Path

TOKEN_CLASSES = ["END", "NAME", "NUMBER", "STRING", "NEWLINE", "INDENT", "DEDENT", "TYPE_COMMENT", "ASYNC", "AWAIT"]
WORDS = ["match", "case", "_"]
NONE = 255

LEXEMES = re.compile(
    r"""\s+ | (?P<text>"(?:\\.|[^"])*") | (?P<token>'[^']+') | (?P<arrow>=>) | (?P<forced>&&) | (?P<dots>\.\.)
      | (?P<word>\w+) | (?P<sign>[\[\]()?*+.|&!~=,])""",
    re.VERBOSE,
)


def split(text):
    lexemes = []
    at = 0
    while at < len(text):
        match = LEXEMES.match(text, at)
        if not match:
            raise SystemExit(f"cannot read: {text[at:]}")
        at = match.end()
        if match.lastgroup:
            lexemes.append((match.lastgroup, match[match.lastgroup]))
    return lexemes


class Rule:
    def __init__(self, name, flags=()):
        self.name = name
        self.flags = flags
        self.alternatives = []


class Grammar:
    """Rules, alternatives and items in the order in which the tables hold them."""

    def __init__(self, operators):
        self.operators = operators
        self.rules = []
        self.by_name = {}
        self.items = []
        self.alternatives = []
        self.functions = []
        self.used_names = set()

    def add_rule(self, name, flags=()):
        rule = Rule(name, flags)
        rule.number = len(self.rules)
        self.rules.append(rule)
        self.by_name[name] = rule
        return rule

    def add_item(self, op, first=0, second=0):
        self.items.append((op, first, second))
        return len(self.items) - 1

    def read(self, text):
        bodies = []
        for line in text.splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            if line.startswith("  | "):
                bodies[-1][1].append(line[4:])
            else:
                head, _, rest = line.partition(":")
                name, *flags = head.split()
                bodies.append((self.add_rule(name, flags), [rest] if rest.strip() else []))
        for rule, lines in bodies:
            for line in lines:
                reader = Reader(self, split(line))
                rule.alternatives += reader.alternatives()
                if reader.lexemes:
                    raise SystemExit(f"{rule.name}: cannot read {reader.lexemes}")


class Reader:
    def __init__(self, grammar, lexemes):
        self.grammar = grammar
        self.lexemes = lexemes

    def peek(self, count=0):
        return self.lexemes[count] if len(self.lexemes) > count else (None, None)

    def accept(self, text):
        if self.peek()[1] == text and self.peek()[0] != "text":
            return self.lexemes.pop(0)
        return None

    def take(self):
        return self.lexemes.pop(0)

    def alternatives(self):
        result = [self.alternative()]
        while self.accept("|"):
            result.append(self.alternative())
        return result

    def alternative(self):
        items, labels = [], {}
        while self.peek()[0] and self.peek()[1] not in ("|", ")", "]", "=>"):
            label = None
            if self.peek()[0] == "word" and self.peek(1)[1] == "=":
                label = self.take()[1]
                self.take()
            item = self.item()
            if label is not None:
                labels.setdefault(label, len(items))
            items.append(item)
        action = self.action(labels) if self.accept("=>") else None
        return items, action

    def item(self):
        grammar = self.grammar
        if self.accept("&&"):
            return ("FORCED", grammar.operators[self.take()[1][1:-1]], 0)
        if self.accept("&"):
            return ("AND", grammar.add_item(*self.item()), 0)
        if self.accept("!"):
            return ("NOT", grammar.add_item(*self.item()), 0)
        if self.accept("~"):
            return ("CUT", 0, 0)
        atom = self.atom()
        if self.accept("?"):
            return ("OPTIONAL", grammar.add_item(*atom), 0)
        if self.accept("*"):
            return ("ANY", grammar.add_item(*atom), 0)
        if self.accept("+"):
            return ("SOME", grammar.add_item(*atom), 0)
        if self.peek()[1] == "." and self.peek()[0] == "sign":
            self.take()
            part = self.atom()
            assert self.accept("+")
            return ("SEPARATED", grammar.add_item(*atom), grammar.add_item(*part))
        return atom

    def group(self, close):
        alternatives = self.alternatives()
        assert self.accept(close), self.lexemes
        if len(alternatives) == 1 and len(alternatives[0][0]) == 1 and alternatives[0][1] is None:
            return alternatives[0][0][0]
        rule = self.grammar.add_rule(f"group_{len(self.grammar.rules)}")
        rule.alternatives = alternatives
        return ("RULE", rule.number, 0)

    def atom(self):
        grammar = self.grammar
        if self.accept("("):
            return self.group(")")
        if self.accept("["):
            return ("OPTIONAL", grammar.add_item(*self.group("]")), 0)
        kind, text = self.take()
        if kind == "token":
            return ("TOKEN", grammar.operators[text[1:-1]], 0)
        if kind == "text":
            return ("WORD", WORDS.index(text[1:-1]), 0)
        if text == "SOFT_KEYWORD":
            return ("SOFT_KEYWORD", 0, 0)
        if text in TOKEN_CLASSES:
            return ("TOKEN", f"TOKEN_{text}", 0)
        grammar.used_names.add(text)
        return ("RULE", grammar.by_name[text].number, 0)

    def arguments(self):
        arguments = []
        if self.accept("("):
            while not self.accept(")"):
                arguments.append(self.take())
                self.accept(",")
        return arguments

    def action(self, labels):
        kind, word = self.take()
        arguments = [a for a in self.arguments()]
        text = self.take()[1] if self.peek()[0] == "text" else "NULL"
        has_dots = any(k == "dots" for k, _ in arguments)
        places = [labels[t] for k, t in arguments if t in labels]
        names = [t for k, t in arguments if k == "word" and t not in labels and not t.isdigit()]
        numbers = [t for k, t in arguments if t.isdigit()]
        if word == "error":
            op = "ERROR_FROM" if has_dots and len(places) == 1 else ("ERROR_AT", "ERROR_RANGE")[len(places) == 2]
            op = op if places else "ERROR_HERE"
            return (op, places, "0", text)
        if word == "indentation":
            return ("INDENTATION", places, "0", text)
        if word == "target":
            return ("TARGET", places, f"TARGET_{names[0]}", text)
        if word == "version":
            text = next(t for k, t in arguments if k == "text")
            if names:
                return ("VERSION_NODE", [int(numbers[0])], f"AST_{names[0]}", text)
            return ("VERSION", places + [NONE, int(numbers[0])], "0", text)
        if word == "constant":
            return ("CONSTANT", [], f"CONSTANT_{names[0]}", "NULL")
        if word == "LIST":
            return ("LIST", places, "0", "NULL")
        if word == "LIST_DISPLAY":
            return ("NODE", places, "AST_LIST", "NULL")
        if word == "PATTERN":
            return ("NODE", places, "AST_MATCH_AS", "NULL")
        if word.isupper():
            return ("NODE", places, f"AST_{word}", "NULL")
        if word in labels:
            return ("YIELD", [labels[word]], "0", "NULL")
        if word not in self.grammar.functions:
            self.grammar.functions.append(word)
        return ("CALL", places, f"FUNCTION_{word.upper()}", "NULL")


def operators(path):
    names = {"async": "TOKEN_ASYNC", "await": "TOKEN_AWAIT"}
    for name, text in re.findall(r'X\((\w+), "([^"]+)"\)', Path(path).read_text()):
        names[text] = f"TOKEN_{name}"
    return names


def write(grammar, folder):
    lines = ["// Generated from frontend/syntax_error.grammar; included by frontend/syntax_error_engine.c only.", ""]
    out = lines.append
    alternatives, rules = [], []
    for rule in grammar.rules:
        first = len(alternatives)
        for items, action in rule.alternatives:
            start = len(grammar.items)
            grammar.items += items
            gated = len(items) == 1 and items[0][0] == "RULE" and action is None
            gated = gated and grammar.rules[items[0][1]].name.startswith("wrong_")
            alternatives.append((start, len(items), gated, action))
        rules.append((rule, first, len(rule.alternatives)))
    out("static const GrammarItem grammar_items[] = {")
    for op, a, b in grammar.items:
        out(f"    {{ITEM_{op}, {a}, {b}}},")
    out("};\n\nstatic const GrammarAlternative grammar_alternatives[] = {")
    for start, count, gated, action in alternatives:
        op, places, detail, text = action or ("DEFAULT", [], "0", "NULL")
        places = ", ".join(str(p) for p in (places + [NONE] * 3)[:3])
        out(f"    {{{start}, {count}, {str(gated).lower()}, ACTION_{op}, {{{places}}}, {detail}, {text}}},")
    out("};\n\nstatic const GrammarRule grammar_rules[] = {")
    for rule, first, count in rules:
        flags = " | ".join(f"RULE_{f.upper()}" for f in rule.flags) or "0"
        out(f'    {{"{rule.name}", {first}, {count}, {flags}}},')
    out("};")
    Path(folder, "syntax_error_tables.h").write_text("\n".join(lines) + "\n")

    head = ["// Generated from frontend/syntax_error.grammar.", "#pragma once", ""]
    starts = ["file", "single", "eval", "func_type", "field", "statements", "statement"]
    head.append("// Rules that C code names.\nenum {")
    head += [f"  RULE_{name.upper()} = {grammar.by_name[name].number}," for name in starts]
    head.append(f"  RULE_COUNT = {len(rules)},\n}};\n")
    head.append("// Functions that actions call.\ntypedef enum GrammarFunction {")
    head += [f"  FUNCTION_{name.upper()}," for name in grammar.functions]
    head.append("} GrammarFunction;")
    Path(folder, "syntax_error_rules.h").write_text("\n".join(head) + "\n")


def main():
    grammar = Grammar(operators(sys.argv[2]))
    grammar.read(Path(sys.argv[1]).read_text())
    folder = Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    write(grammar, folder)


main()
