# skip: sanitizer
# Objects whose end can be seen go as soon as the name, attribute or frame that held them does.
# With a sanitizer a dead word in a frame of the C stack can keep one longer.
class A:
    def __init__(s, n): s.n = n
    def __del__(s): print("del", s.n)
a = A(1); del a; print("after 1")
a = A(2); a = None; print("after 2")
def f():
    x = A(3)
    print("in f")
f(); print("after 3")
class H: pass
h = H(); h.a = A(4); h.a = None; print("after 4")
h.a = A(5); del h.a; print("after 5")
d = {1: A(6)}; del d[1]; print("after 6")
def g():
    x = A(7)
    x = None
    print("after 7")
    y = A(8)
    del y
    print("after 8")
g()
def gen():
    try: yield 1
    finally: print("gen closed")
g = gen(); next(g); g = None; print("after 9")
