"""Syntax trees as objects: made, shown, compiled again, and refused."""
def dump(n):
    if isinstance(n, list): return '[' + ', '.join([dump(x) for x in n]) + ']'
    if hasattr(n, '_fields'):
        return type(n).__name__ + '(' + ', '.join([f + '=' + dump(getattr(n, f)) for f in n._fields] + [a + '=' + dump(getattr(n, a)) for a in n._attributes]) + ')'
    return repr(n)
src = '''
@d
async def f(a: int, /, b=2, *c, d=3, **e) -> None:
    x: int = 1 + 2 ** 100
    async with a as b: await c
    return [i async for i in y if i] is not None
class C(B, k=1): 
    """doc"""
    def f(self): return f"{self!r:>{w}}" + 'é'
match x:
    case [1, *r] if z: pass
    case {'a': b, **c}: pass
    case C(x, y=None): pass
try: a[1:2, ...] += 1j
except* E as e: raise X from Y
lambda *a: (yield)
from . import x as y
del a, b
print(1 < 2 <= 3, not x, -1.5, b'x')
'''
t = compile(src, 'f', 'exec', 0x400)
d = dump(t)
print(d)
print(type(t).__mro__, t._attributes, type(t).__doc__, type(t.body[0])._attributes, type(t.body[0]).returns)
code = compile(t, 'f', 'exec')
print(code.co_consts == compile(src, 'f', 'exec').co_consts or [type(c) for c in code.co_consts])
t2 = compile('x = 5 + y', 'f', 'exec', 0x400)
g = {'y': 3}; exec(compile(t2, 'f', 'exec'), g); print(g['x'])
t2 = compile('a + 1', 'f', 'eval', 0x400)
print(eval(compile(t2, 'f', 'eval'), {'a': 4}))
M = type(t)
def bad(f):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
Assign = type(compile('x = 1', '', 'exec', 0x400).body[0]); Name = type(compile('x', '', 'eval', 0x400).body)
def mk(**k):
    n = Assign(); 
    for a, b in k.items(): setattr(n, a, b)
    return n
bad(lambda: compile(M(body=[mk()], type_ignores=[]), '', 'exec'))
bad(lambda: compile(M(body=[mk(lineno=1, col_offset=0)], type_ignores=[]), '', 'exec'))
bad(lambda: compile(M(body=[mk(lineno=1, col_offset=0, targets=5)], type_ignores=[]), '', 'exec'))
bad(lambda: compile(M(body=[mk(lineno=1, col_offset=0, targets=[], value=5)], type_ignores=[]), '', 'exec'))
bad(lambda: compile(M(body=[mk(lineno=1, col_offset=0, targets=[], value=None)], type_ignores=[]), '', 'exec'))
bad(lambda: compile(M(body=[mk(lineno=1, col_offset=0, targets=[], value=Name('x', t2.body.left.ctx, lineno=1, col_offset=0))], type_ignores=[]), '', 'exec'))
bad(lambda: compile(M(body=[mk(lineno=1, col_offset=0, targets=[Name('x', t2.body.left.ctx, lineno=1, col_offset=0)], value=Name('x', t2.body.left.ctx, lineno=1, col_offset=0))], type_ignores=[]), '', 'exec'))
bad(lambda: compile(M(body=[None], type_ignores=[]), '', 'exec'))
bad(lambda: compile(M(body=[5], type_ignores=[]), '', 'exec'))
bad(lambda: compile(M(), '', 'exec'))
bad(lambda: compile(M(), '', 'eval'))
bad(lambda: M(1, 2, 3))
bad(lambda: M(1, body=3))
bad(lambda: dump(Name('x', lineno=3)))
bad(lambda: Name.__match_args__)
