"""Compiling, executing, pickling and copying in all threads, with shared code objects and namespaces."""
import ast
import copy
import pickle
import types
from _harness import check, hammer

code = compile("result = sum(i * i for i in range(limit))", "<shared>", "exec")
space = {"limit": 10}


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __eq__(self, other):
        return (self.x, self.y) == (other.x, other.y)


shared = [Point(1, [2, 3]), {"k": Point(4, 5)}, (6.5, "text", b"bytes", None)]


def execute(index):
    exec(code, space)
    check(space["result"] == 285)
    own = {"limit": index}
    exec(code, own)
    check(own["result"] == sum(i * i for i in range(index)))
    check(eval(f"{index} + (lambda x: x * 2)({index})") == 3 * index)


def compile_new(index):
    source = f"class C{index}:\n def m(self, a, *b, c={index}, **d):\n  return [x + c for x in (a, *b)]\n"
    tree = ast.parse(source)
    own = {}
    exec(compile(tree, "<new>", "exec"), own)
    check(own[f"C{index}"]().m(1, 2) == [1 + index, 2 + index])
    renamed = code.replace(co_name=f"name{index}")
    check(renamed.co_name == f"name{index}" and ast.unparse(ast.parse("a+b")) == "a + b")
    types.FunctionType((lambda: limit).__code__, {"limit": 3})()


def copies(index):
    check(copy.deepcopy(shared) == shared)
    check(pickle.loads(pickle.dumps(shared)) == shared)
    check(copy.copy(shared[0]) == shared[0])


hammer(execute, compile_new, copies)
