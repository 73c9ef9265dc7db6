"""pickle: every protocol, all opcodes' worth of objects, the same bytes as the Python implementation."""
import copyreg
import io
import pickle


class Plain:
    def __init__(self, *values):
        self.values = values
        self.me = self

    def __eq__(self, other):
        return self.values == other.values


class Slots:
    __slots__ = "a", "b"

    def __init__(self):
        self.a, self.b = 1, [self]


class WithNew(tuple):
    def __new__(cls, a, *, b):
        self = super().__new__(cls, (a,))
        self.b = b
        return self

    def __getnewargs_ex__(self):
        return (self[0],), {"b": self.b}


class Listed(list):
    pass


class Nested:
    class Inner:
        pass


class Complex:
    def __init__(self, z):
        self.z = z


copyreg.pickle(Complex, lambda c: (Complex, (c.z,)))
shared = ["shared"]
loop = []
loop.append((loop,))
listed = Listed([1, 2])
listed.name = "x"
objects = [
    None, True, False, ..., NotImplemented, 0, 1, 255, 256, 65535, 65536, -1, -129, 2**31 - 1, 2**31, -(2**31), 2**63, -(2**63), 2**2100, -(2**200),
    0.0, -1.5, 1e308, float("inf"), "", "a", "h\xe9\u20ac\U0001f600\n\\", "x" * 300, b"", b"ab", bytes(300), bytearray(b"abc"),
    (), (1,), (1, 2), (1, 2, 3), tuple(range(5)), [], [1], list(range(2500)), {}, {"a": 1}, dict.fromkeys(range(1200)), set(), {1, 2}, frozenset({3}),
    [shared, shared], Plain(1, "two"), WithNew(1, b=2), Nested.Inner, len, print, int, type(None), type(...), range(3), Complex(1j), listed, 1j, slice(1, 2),
]
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    for value in objects:
        data = pickle.dumps(value, protocol)
        assert pickle._loads(data) == pickle.loads(pickle._dumps(value, protocol)) or isinstance(value, Complex), value
        again = pickle.loads(data)
        assert type(again) is type(value) and (again == value or isinstance(value, Complex)), (value, again)
    assert pickle.loads(pickle.dumps(loop, protocol))[0][0][0][0] is not None
    print(protocol, pickle.dumps([Plain(1), "text", 1.5, {"k": (1, 2)}, {3}, 2**40], protocol))

slots = pickle.loads(pickle.dumps(Slots(), 2))
print(slots.a, slots.b[0] is slots, pickle.loads(pickle.dumps(listed)).name)


class PersistentPickler(pickle.Pickler):
    def persistent_id(self, value):
        return ("id", value.values) if isinstance(value, Plain) else None

    def reducer_override(self, value):
        return (str, ("reduced",)) if isinstance(value, Nested.Inner) else NotImplemented


class PersistentUnpickler(pickle.Unpickler):
    def persistent_load(self, identity):
        return identity

    def find_class(self, module, name):
        print("find", module, name)
        return super().find_class(module, name)


for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    file = io.BytesIO()
    pickler = PersistentPickler(file, protocol)
    pickler.dump([Plain(4), Nested.Inner(), 2])
    pickler.dump(shared)
    file.write(b"rest")
    file.seek(0)
    unpickler = PersistentUnpickler(file)
    print(unpickler.load(), unpickler.load(), file.read())

buffers = []
data = pickle.dumps([pickle.PickleBuffer(b"read only"), pickle.PickleBuffer(bytearray(b"writable"))], 5, buffer_callback=buffers.append)
print(data, [bytes(b.raw()) for b in buffers], pickle.loads(data, buffers=buffers)[0].raw().readonly)

for bad in (b"", b".", b"(", b"]e.", b"0.", b"1.", b"t.", b"}u.", b"]a.", b"R.", b"NNR.", b"\x80\x09.", b"g99\n.", b"h\x05.", b"cos\n", b"X\xff\xff\xff\xff", b"I1x\n.", b"S'a\n.",
            b"cos\nnothing\n.", b"\x95\xff\xff\xff\xff\xff\xff\xff\x7f.", b"NN\x81.", b"\x93.", b"q", b"p-1\n.", b"\xff", b"z", b"(]b."):
    try:
        print(bad, pickle.loads(bad))
    except Exception as error:
        print(bad, type(error).__name__)

for value in (lambda: 0, (i for i in ()), open):
    try:
        pickle.dumps(value)
        print("pickled")
    except Exception as error:
        print(type(error).__name__)
deep = []
for _ in range(100000):
    deep = [deep]
try:
    pickle.dumps(deep)
except RecursionError:
    print("too deep")

import io

pickler = pickle.Pickler(io.BytesIO())
for fast in (3, 0, -1, 2**40, 2**80):
    try:
        pickler.fast = fast
    except OverflowError as error:
        print(error)
    print(pickler.fast)
pickler.fast = 0
pickler.dump([()])
memo = list(pickler.memo.copy().values())
for wrong in ({1: 2}, {1: (2, 3, 4)}, {1: ("a", 2), 2: 3}, 5):
    try:
        pickler.memo = wrong
    except TypeError as error:
        print(type(error).__name__)
    print(list(pickler.memo.copy().values()) == memo)
