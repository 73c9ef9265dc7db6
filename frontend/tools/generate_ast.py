"""Generates the C side of the syntax tree from ast.nodes: usage generate_ast.py ast.nodes OUTPUT_FOLDER."""
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

BUILT_IN = {"identifier": "const Name *", "string": "const Name *", "int": "int32_t ", "constant": "const Constant *"}
C_KEYWORDS = {"return", "for", "while", "if", "break", "continue"}


@dataclass
class Field:
    type: str
    quantity: str  # "", "?", "*" or "*?"
    name: str

    def text(self):
        return f"{self.type}{self.quantity.replace('*?', '*')} {self.name}"


@dataclass
class Kind:
    name: str
    fields: list
    owner: "Type" = None

    @property
    def upper(self):
        return "AST_" + snake(self.name).upper()

    @property
    def member(self):
        name = snake(self.name)
        return name + "_stmt" if name in C_KEYWORDS else name


@dataclass
class Type:
    form: str  # sum, product or enum
    name: str
    c_name: str
    has_range: bool
    kinds: list = field(default_factory=list)
    values: list = field(default_factory=list)

    @property
    def upper(self):
        return "AST_TYPE_" + self.name.upper()


def snake(name):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def parse_fields(text):
    fields = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        kind, name = part.split()
        match = re.fullmatch(r"(\w+)(\*\?|\*|\?|)", kind)
        fields.append(Field(match[1], match[2], name))
    return fields


def read(path):
    types = []
    for line in Path(path).read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line[0] == " ":
            if types[-1].form == "enum":
                types[-1].values += line.split()
            else:
                name, _, rest = line.strip().partition(" ")
                types[-1].kinds.append(Kind(name, parse_fields(rest), types[-1]))
            continue
        head, _, rest = line.partition(":")
        form, name, c_name, *options = head.split()
        types.append(Type(form, name, c_name, "range" in options))
        if form == "product":
            types[-1].kinds.append(Kind(name, parse_fields(rest), types[-1]))
    return types


class Generator:
    def __init__(self, types):
        self.types = types
        self.by_name = {t.name: t for t in types}
        self.kinds = [k for t in types for k in t.kinds]

    def is_enum(self, name):
        return name in self.by_name and self.by_name[name].form == "enum"

    def sequence_type(self, name):
        if name == "identifier":
            return "AstNameSequence"
        return self.by_name[name].c_name + "Sequence"

    def c_type(self, f):
        if "*" in f.quantity:
            return self.sequence_type(f.type) + " *"
        if f.type in BUILT_IN:
            return BUILT_IN[f.type]
        target = self.by_name[f.type]
        return target.c_name + (" " if target.form == "enum" else " *")

    def struct(self, t, out):
        out(f"struct {t.c_name} {{")
        out("  AstKind kind;")
        if t.has_range:
            out("  AstRange range;")
        if t.form == "product":
            for f in t.kinds[0].fields:
                out(f"  {self.c_type(f)}{f.name};")
        else:
            out("  union {")
            for k in t.kinds:
                if k.fields:
                    body = " ".join(f"{self.c_type(f)}{f.name};" for f in k.fields)
                    out(f"    struct {{ {body} }} {k.member};")
            out("  };")
        out("};\n")

    def prototype(self, k):
        parameters = ["Arena *arena"] + [f"{self.c_type(f)}{f.name}" for f in k.fields]
        if k.owner.has_range:
            parameters.append("AstRange range")
        name = "ast_new_" + snake(k.name)
        return f"{k.owner.c_name} *{name}({', '.join(parameters)})"

    def header(self):
        lines = []
        out = lines.append
        out("// Generated from frontend/ast.nodes; included by frontend/ast.h only.")
        out("#pragma once\n")
        out("typedef enum AstKind : uint8_t {")
        for k in self.kinds:
            out(f"  {k.upper}, // {k.owner.name}")
        out("  AST_KIND_COUNT\n} AstKind;\n")
        for t in self.types:
            if t.form == "enum":
                values = ", ".join(f"AST_{snake(v).upper()}" for v in t.values)
                out(f"typedef enum {t.c_name} : uint8_t {{ {values} }} {t.c_name};\n")
        out("typedef enum AstType : uint8_t {")
        for name in BUILT_IN:
            out(f"  AST_TYPE_{name.upper()},")
        for t in self.types:
            out(f"  {t.upper},")
        out("  AST_TYPE_COUNT\n} AstType;\n")
        for t in self.types:
            if t.form != "enum":
                out(f"typedef struct {t.c_name} {t.c_name};")
        out("")
        used = {f.type for k in self.kinds for f in k.fields if "*" in f.quantity}
        for t in self.types:
            if t.name not in used:
                continue
            item = t.c_name if t.form == "enum" else t.c_name + " *"
            out(f"typedef struct {t.c_name}Sequence {{ uint32_t count; {item} items[]; }} {t.c_name}Sequence;")
        out("typedef struct AstNameSequence { uint32_t count; const Name *items[]; } AstNameSequence;\n")
        for t in self.types:
            if t.form != "enum":
                self.struct(t, out)
        for k in self.kinds:
            out(self.prototype(k) + ";")
        return "\n".join(lines) + "\n"

    def source(self):
        lines = []
        out = lines.append
        out("// Generated from frontend/ast.nodes.")
        out('#include "frontend/ast.h"\n')
        for k in self.kinds:
            t = k.owner
            out(self.prototype(k) + " {")
            out(f"  {t.c_name} *node = arena_allocate(arena, sizeof({t.c_name}));")
            out("  if (!node) return NULL;")
            out(f"  node->kind = {k.upper};")
            if t.has_range:
                out("  node->range = range;")
            prefix = "" if t.form == "product" else k.member + "."
            for f in k.fields:
                out(f"  node->{prefix}{f.name} = {f.name};")
            out("  return node;\n}\n")
        for k in self.kinds:
            if not k.fields:
                continue
            out(f"static const AstField {snake(k.name)}_fields[] = {{")
            prefix = "" if k.owner.form == "product" else k.member + "."
            for f in k.fields:
                quantity = {"": "ONE", "?": "OPTIONAL", "*": "MANY", "*?": "MANY_OPTIONAL"}[f.quantity]
                offset = f"offsetof({k.owner.c_name}, {prefix}{f.name})"
                out(f'  {{"{f.name}", AST_TYPE_{f.type.upper()}, AST_{quantity}, {offset}}},')
            out("};\n")
        out("const AstKindDescription ast_kinds[AST_KIND_COUNT] = {")
        for k in self.kinds:
            fields = f"{snake(k.name)}_fields" if k.fields else "NULL"
            text = f"{k.name}({', '.join(f.text() for f in k.fields)})" if k.fields else k.name
            out(f'  [{k.upper}] = {{"{k.name}", "{text}", {k.owner.upper}, {len(k.fields)}, {fields}}},')
        out("};\n")
        for t in self.types:
            if t.form == "enum":
                names = ", ".join(f'"{v}"' for v in t.values)
                out(f"static const char *const {t.name}_values[] = {{{names}}};\n")
        out("const AstTypeDescription ast_types[AST_TYPE_COUNT] = {")
        for name in BUILT_IN:
            out(f'  [AST_TYPE_{name.upper()}] = {{.name = "{name}", .form = AST_FORM_BUILT_IN}},')
        for t in self.types:
            parts = [f'.name = "{t.name}"', f".form = AST_FORM_{t.form.upper()}"]
            if t.form == "enum":
                parts += [f".values = {t.name}_values", f".count = {len(t.values)}"]
                text = f"{t.name} = " + " | ".join(t.values)
            else:
                texts = [f"{k.name}({', '.join(f.text() for f in k.fields)})" if k.fields else k.name for k in t.kinds]
                indent = "\\n" + " " * len(t.name) + " | "
                text = texts[0] if t.form == "product" else f"{t.name} = " + indent.join(texts)
                parts += [f".first_kind = {t.kinds[0].upper}", f".count = {len(t.kinds)}"]
                parts += [f".size = sizeof({t.c_name})"]
                if t.has_range:
                    parts += [".has_range = true", f".range_offset = offsetof({t.c_name}, range)"]
            parts.append(f'.text = "{text}"')
            out(f"  [{t.upper}] = {{{', '.join(parts)}}},")
        out("};")
        return "\n".join(lines) + "\n"


def main():
    generator = Generator(read(sys.argv[1]))
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ast_nodes.h").write_text(generator.header())
    (folder / "ast_nodes.c").write_text(generator.source())


main()
