# timeout: 120
# Exceptions that are raised and caught in hot code, in one function and through inlined calls.
import traceback, sys
class Problem(Exception):
    def __init__(self, code, detail):
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
class Small(Problem): pass
class Large(Problem): pass
def check(number):
    if number % 7 == 0: raise Large(number, "seven")
    if number % 3 == 0: raise Small(number, "three")
    if number % 50 == 1: raise KeyError(number)
    return number
def classify(limit):
    counts = {"small": 0, "large": 0, "key": 0, "fine": 0, "finally": 0}
    for number in range(limit):
        try: check(number)
        except Large as problem: counts["large"] += problem.code & 1
        except (Small, ValueError): counts["small"] += 1
        except LookupError as error: counts["key"] += error.args[0] & 3
        else: counts["fine"] += 1
        finally: counts["finally"] += 1
    return counts
def tb(e): return [(f.name, f.lineno) for f in traceback.extract_tb(e.__traceback__)]
def inner(n):
    if n % 5 == 0: raise ValueError(n)
    return n
def middle(n):
    return inner(n) + 1
def outer(limit):
    seen = []
    last = None
    for n in range(limit):
        try:
            x = middle(n)
        except ValueError as e:
            if n % 1000 == 0: seen.append((tb(e), repr(e.__context__), x if n else None, e is sys.exc_info()[1]))
            last = e.__traceback__.tb_frame.f_lineno
        finally:
            x = n
    return seen[-1], last, sys.exc_info()
def nested(limit):
    out = []
    for n in range(limit):
        try:
            try:
                inner(n)
                [][n]
            except IndexError as e:
                if n % 3 == 0: raise KeyError(n) from e
                elif n % 3 == 1: raise TypeError(n)
        except (KeyError, ValueError) as e:
            if n > limit - 8: out.append((repr(e), repr(e.__cause__), repr(e.__context__), tb(e), e.__suppress_context__))
        except TypeError as e:
            if n > limit - 8: out.append((repr(e), repr(e.__cause__), repr(e.__context__), tb(e)))
    return out
def stops(limit):
    stopped = 0
    for number in range(limit):
        it = iter((number,))
        next(it)
        try: next(it)
        except StopIteration: stopped += 1
        try: stopped += 1 // (number % 2)
        except ZeroDivisionError as e: stopped += 2
        try: number.foo
        except AttributeError: stopped += 1
        try: {}[number]
        except KeyError as k: stopped += k.args[0]
        d = [1]
        try: a, b = d
        except ValueError: pass
        try: undefined_name
        except NameError: stopped += 3
    return stopped
def gen(n):
    for i in range(n):
        try:
            yield inner(i)
        except ValueError as e:
            yield -e.args[0]
        finally:
            n += 1
class CM:
    def __init__(self): self.n = 0
    def __enter__(self): return self
    def __exit__(self, t, v, b):
        self.n += 1
        return t is ValueError
def withs(limit):
    cm = CM()
    for n in range(limit):
        with cm:
            inner(n)
        try:
            with cm:
                if n % 7 == 3: raise KeyError(n)
        except KeyError: cm.n += 10
    return cm.n
class In:
    def __init__(self, n):
        if n % 4 == 0: raise ValueError(n)
        self.n = n
def inits(limit):
    s = 0
    for n in range(limit):
        try:
            p = In(n)
        except ValueError as e: s += 1; last = tb(e)
        else: s += p.n
    return s, last
def rec(d):
    if d == 0: raise Small(0, "x")
    try: return rec(d - 1)
    except Small as p:
        p.code += 1
        raise
def deep():
    c = 0
    for k in range(40):
        try: rec(60)
        except Problem as p: c += p.code; t = len(tb(p))
    return c, t
for limit in (20, 5000):
    for f in (classify, outer, nested, stops, withs, inits): print(f(limit))
    print(sum(gen(limit)))
print(deep())
def uncaught(n):
    try:
        inner(n)
    finally:
        n = 3
for k in range(1, 4000):
    if k % 5: uncaught(k)
