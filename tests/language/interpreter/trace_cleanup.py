# Line events of handlers that raise themselves: a finally body's cleanup shows the body's last line.
import sys
def f1():
    try:
        a
    finally:
        b
        c = 1
def f2():
    try:
        a
    except NameError as e:
        b
        c = 1
def f3():
    try:
        a
    except NameError:
        b
        c = 1
def f4():
    with open("/dev/null"):
        a
        c = 1
def f5():
    try:
        a
    finally:
        if 1:
            b
            c = 1
        d = 2
        e = 3
def f6():
    try:
        a
    except ValueError:
        pass
    except NameError:
        for i in range(2):
            if i: b
        d = 1
    else:
        x = 1
    finally:
        y = 1
        z
        y = 2
for f in (f1,f2,f3,f4,f5,f6):
    ev=[]
    def tr(fr,e,a):
        if fr.f_code is not f.__code__: return
        ev.append((e,fr.f_lineno-f.__code__.co_firstlineno)); return tr
    sys.settrace(tr)
    try: f()
    except Exception: pass
    sys.settrace(None)
    print(f.__name__, ev)
