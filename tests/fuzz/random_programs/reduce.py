"""Makes a program smaller while something stays true of it: deletes statements, unwraps compound ones, simplifies expressions.

`reduce_program(text, holds, deadline)`: `holds(text)` says whether a candidate still shows what is looked for. Works on the tree, so
that every candidate is a program; goes round until nothing can be left out any more or time is up.
"""

import ast
import time

BODIES = ("body", "orelse", "finalbody", "handlers", "cases")


class Reducer:
    def __init__(self, text, holds, deadline):
        self.tree = ast.parse(text)
        self.holds = holds
        self.deadline = deadline
        self.best = text
        self.tried = set()

    def attempt(self):
        """Tests the tree as it is now."""
        if time.monotonic() > self.deadline:
            return False
        try:
            text = ast.unparse(ast.fix_missing_locations(self.tree)) + "\n"
            compile(text, "candidate", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, AttributeError, IndexError):
            return False
        if text in self.tried:
            return False
        self.tried.add(text)
        if not self.holds(text):
            return False
        self.best = text
        return True

    def blocks(self):
        """All lists of statements (and handlers, cases), outer ones first."""
        for node in ast.walk(self.tree):
            for name in BODIES:
                block = getattr(node, name, None)
                if isinstance(block, list) and block:
                    yield block

    def replace(self, block, start, end, statements):
        old = block[start:end]
        block[start:end] = statements
        empty = not block
        if empty and old and isinstance(old[0], ast.stmt):
            block.append(ast.Pass())
        if self.attempt():
            return True
        if empty:
            block.clear()
        block[start : start + len(statements)] = old
        return False

    def delete_statements(self):
        changed = False
        for block in list(self.blocks()):
            size = len(block)
            while size >= 1:
                start = 0
                while start < len(block):
                    only_pass = len(block) == 1 and isinstance(block[0], ast.Pass)
                    if not only_pass and self.replace(block, start, min(start + size, len(block)), []):
                        changed = True
                        if len(block) == 1 and isinstance(block[0], ast.Pass):
                            break
                    else:
                        start += size
                size //= 2
        return changed

    def unwrap(self):
        """A compound statement becomes one of its blocks."""
        changed = False
        for block in list(self.blocks()):
            index = 0
            while index < len(block):
                node = block[index]
                if isinstance(node, (ast.If, ast.For, ast.While, ast.Try, ast.With)):
                    for name in ("body", "orelse", "finalbody"):
                        inner = getattr(node, name, None)
                        if inner and self.replace(block, index, index + 1, inner):
                            changed = True
                            break
                index += 1
        return changed

    def simplify_expressions(self):
        """An expression becomes one of its parts, or a constant."""
        changed = False
        for node in list(ast.walk(self.tree)):
            for name, value in list(ast.iter_fields(node)):
                if isinstance(value, ast.expr):
                    changed |= self.simplify(lambda new, n=node, f=name: setattr(n, f, new), value)
                elif isinstance(value, list):
                    for index, item in enumerate(value):
                        if isinstance(item, ast.expr) and index < len(value):
                            changed |= self.simplify(lambda new, v=value, i=index: v.__setitem__(i, new), item)
        return changed

    def simplify(self, put, value):
        if isinstance(getattr(value, "ctx", None), (ast.Store, ast.Del)) or isinstance(value, (ast.Constant, ast.Name)):
            return False
        parts = [part for part in ast.iter_child_nodes(value) if isinstance(part, ast.expr)]
        for part in [ast.Constant(1), *parts]:
            put(part)
            if self.attempt():
                return True
        put(value)
        return False

    def run(self):
        if not self.attempt():
            return self.best
        while time.monotonic() < self.deadline:
            changed = self.delete_statements()
            changed |= self.unwrap()
            if not changed and not self.simplify_expressions():
                break
            self.tree = ast.parse(self.best)
        return self.best


def reduce_program(text, holds, deadline):
    return Reducer(text, holds, deadline).run()


def reduce_list(items, holds, deadline):
    """The same for a list: leaves out whatever is not needed."""
    size = len(items) // 2
    while size >= 1:
        start = 0
        while start < len(items) and time.monotonic() < deadline:
            candidate = items[:start] + items[start + size :]
            if candidate and holds(candidate):
                items = candidate
            else:
                start += size
        size //= 2
    return items
