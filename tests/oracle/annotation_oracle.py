"""Compares how Krait and CPython write expressions back as text, as `from __future__ import annotations` stores them.

The expressions are those of the library's own sources, as ast.unparse writes them, and the strings of CPython's tests that are
expressions.
"""
import ast
import sys
import tempfile
import warnings
from pathlib import Path

from harness import LIBRARY, Batch, Report, option_parser

HEAD = "from __future__ import annotations\n"


def cpython(expression):
    """The stored text, or None if this is no annotation."""
    scope = {}
    try:
        code = compile(f"{HEAD}x: ({expression}\n)", "<oracle>", "exec")
        exec(code, scope)
        return scope["__annotations__"]["x"]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def expressions(path):
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "test" in path.name:
            yield node.value
        if isinstance(node, ast.expr) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            if not isinstance(node, (ast.Slice, ast.Starred, ast.Name)):
                yield ast.unparse(node)


def main():
    parser = option_parser("few files")
    parser.add_argument("--show", type=int, default=10)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    files = sorted(LIBRARY.rglob("*.py"))[:: 100 if arguments.sample else 5]
    if not arguments.sample:
        files += [LIBRARY / "test" / f"{name}.py" for name in ("test_future", "test_fstring", "test_unparse", "test_grammar")]
    batch = Batch(arguments.build / "drivers/krait_ast", "-x", "-u", "-m", "eval")
    report = Report(arguments.show)
    with tempfile.NamedTemporaryFile(suffix=".py") as file:
        for expression in {e for path in files for e in expressions(path) if len(e) < 2000}:
            if "\0" in expression or any("\ud800" <= c <= "\udfff" for c in expression):
                continue
            want = cpython(expression)
            if want is None:
                continue
            Path(file.name).write_text(f"({expression}\n)")
            report.compare(expression, want, batch.ask(file.name, "surrogatepass")[:-1])
    return report.finish()


sys.exit(main())
