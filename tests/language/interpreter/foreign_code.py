# krait-only
# Code objects put together by a program are verified before they run: right ones work, wrong ones raise SystemError.
import dis
import random
import signal
import types


def add(a, b):
    return a + b


def every(values, *rest, key=None, **options):
    found = []
    try:
        for value in values:
            if value == key:
                raise ValueError(f"{value!r}")
            found.append([value, *rest])
    except ValueError as error:
        found.append(str(error))
    else:
        found += {**options}
    def inner():
        return len(found)
    return [inner() for _ in range(2)], found


def count(limit):
    while limit:
        limit -= 1
        got = yield limit
        if got:
            yield from [got, got]


def rebuilt(function):
    code = function.__code__
    copy = types.CodeType(
        code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_nlocals, code.co_stacksize,
        code.co_flags, code.co_code, code.co_consts, code.co_names, code.co_varnames, code.co_filename, code.co_name,
        code.co_qualname, code.co_firstlineno, code.co_linetable, code.co_exceptiontable, code.co_freevars,
        code.co_cellvars)
    assert copy == code and hash(copy) == hash(code)
    return types.FunctionType(copy, globals(), function.__name__, function.__defaults__, function.__closure__)


print(rebuilt(add)(20, 22))
again = rebuilt(every)
again.__kwdefaults__ = every.__kwdefaults__
print(again([1, 2], 3, key=2), again("ab", x=1))
print(list(rebuilt(count)(3)))

swapped = add.__code__.replace(co_code=(lambda a, b: a * b).__code__.co_code)
print(types.FunctionType(swapped, {})(6, 7))

# An instruction that nothing reaches may not be wrong either: the compiler reads it.
jump = bytes([dis.opmap["JUMP"], 0, 0, 0, *(1_000_000).to_bytes(4, "little")])
unreached = types.FunctionType(add.__code__.replace(co_code=add.__code__.co_code + jump), {})
try:
    for _ in range(3000):
        unreached(1, 2)
except SystemError as error:
    print(error)


# Damage: each run ends with a result or an exception, and the interpreter goes on.
class TooLong(Exception):
    pass


def stop(number, frame):
    raise TooLong


signal.signal(signal.SIGALRM, stop)
random.seed(1)
refused = ran = 0
for attempt in range(1500):
    function = random.choice([add, every, count])
    code = bytearray(function.__code__.co_code)
    for _ in range(random.randint(1, 3)):
        code[random.randrange(len(code))] = random.choice([0, 1, 2, 3, 9, 200, random.randrange(256)])
    damaged = types.FunctionType(function.__code__.replace(co_code=bytes(code)), {"len": len, "range": range})
    damaged.__kwdefaults__ = function.__kwdefaults__
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        result = damaged(*random.choice([(3, 4), ([1, 2], 1), (5,)]))
        if isinstance(result, types.GeneratorType):
            for _ in range(5):
                next(result, None)
        ran += 1
    except SystemError as error:
        refused += "is not valid" in str(error)
    except Exception:
        ran += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
print(refused > 200, ran > 100)
