"""Compares how Krait and CPython write expressions back as text, as `from __future__ import annotations` stores them.

The expressions are those of the library's own sources, as ast.unparse writes them, and the strings of CPython's tests that are
expressions.
"""
import argparse
import ast
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

LIBRARY = Path("/usr/lib/python3.11")
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
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--sample", action="store_true", help="few files")
    parser.add_argument("--show", type=int, default=10)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    files = sorted(LIBRARY.rglob("*.py"))[:: 100 if arguments.sample else 5]
    if not arguments.sample:
        files += [LIBRARY / "test" / f"{name}.py" for name in ("test_future", "test_fstring", "test_unparse", "test_grammar")]
    program = f"{arguments.build}/drivers/krait_ast"
    process = subprocess.Popen([program, "-b", "-x", "-u", "-m", "eval", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    passed = failed = 0
    with tempfile.NamedTemporaryFile(suffix=".py") as file:
        for expression in {e for path in files for e in expressions(path) if len(e) < 2000}:
            if "\0" in expression or any("\ud800" <= c <= "\udfff" for c in expression):
                continue
            want = cpython(expression)
            if want is None:
                continue
            Path(file.name).write_text(f"({expression}\n)")
            process.stdin.write(file.name.encode() + b"\n")
            process.stdin.flush()
            got = process.stdout.read(int(process.stdout.readline()[3:])).decode("utf-8", "surrogatepass")[:-1]
            if got == want:
                passed += 1
                continue
            failed += 1
            if failed <= arguments.show:
                print(f"{expression}\n   CPython: {want}\n   Krait:   {got}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
