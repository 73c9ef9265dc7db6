# Events of sys.settrace and sys.setprofile in their order, jumps, f_locals.
import sys
def show(*a): print(*a)
events = []
def tracer(frame, event, arg):
    events.append((frame.f_code.co_name, event, frame.f_lineno - frame.f_code.co_firstlineno, type(arg).__name__))
    return tracer
def run(f, *a):
    events.clear()
    sys.settrace(tracer)
    try: f(*a)
    except Exception as e: pass
    sys.settrace(None)
    for e in events: show(e)
    show("--")
def f1():
    x = 1
    y = 2
    return x + y
def f2():
    for i in range(3):
        x = i
    else:
        x = 3
    while x:
        x -= 1
def f3():
    try:
        raise ValueError
    except ValueError:
        pass
    finally:
        x = 1
def f4():
    def g():
        yield 1
        yield 2
    for v in g():
        pass
def f5():
    f1()
    raise KeyError
def f6():
    x = [i for i in range(2)]
    if x:
        y = 1
    elif y:
        z = 2
    return (x,
            y)
class CM:
    def __enter__(self): return 1
    def __exit__(self, *a): return True
def f7():
    with CM() as c:
        x = 1
        raise ValueError
    y = 2
def f8(a, b=1):
    return (lambda: a)()
def f9():
    x = 0
    while True:
        x += 1
        if x > 2:
            break
    assert x
    del x
for f in (f1, f2, f3, f4, f5, f6, f7, f9): run(f)
run(f8, 1)
prof = []
def profiler(frame, event, arg):
    prof.append((frame.f_code.co_name, event, getattr(arg, "__name__", None) if event[0] == "c" else None))
def p1():
    len([1]); x = abs(-1)
    try: int("q")
    except ValueError: pass
    f1()
    return sorted([2, 1])
sys.setprofile(profiler)
p1()
sys.setprofile(None)
for e in prof: show(e)
def jump():
    x = 1
    x = 2
    x = 3
    show("x", x)
def jt(frame, event, arg):
    if event == "line" and frame.f_lineno == frame.f_code.co_firstlineno + 2 and frame.f_code.co_name == "jump":
        frame.f_lineno = frame.f_code.co_firstlineno + 4
    return jt
sys.settrace(jt); jump(); sys.settrace(None)
def loc():
    a = 1
    b = 2
    return sys._getframe().f_locals
show(loc())
def fl():
    a = 1
    def inner(): return a
    f = sys._getframe()
    show(sorted(f.f_locals), f.f_back.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno)
    show(sorted(inner.__code__.co_freevars))
fl()
