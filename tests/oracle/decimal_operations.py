"""Random operations of decimal, one a line with its result and the signals: python decimal_operations.py SEED COUNT. Run by decimal_oracle.py
under both interpreters, which must print the same.
"""
import decimal
import math
import random
import sys
from decimal import Context, Decimal
from fractions import Fraction

SEED, COUNT = int(sys.argv[1]), int(sys.argv[2])
source = random.Random(SEED)
ROUNDINGS = [name for name in dir(decimal) if name.startswith("ROUND_")]
SIGNALS = list(Context().flags)


def pick(*choices):
    return source.choice(choices)


def digits(most):
    kind = source.randrange(5)
    length = source.randint(1, most)
    if kind == 0:
        return "9" * length
    if kind == 1:
        return "1" + "0" * (length - 1)
    if kind == 2:
        return "".join(source.choice("0005") for _ in range(length))
    return str(source.randrange(10 ** length))


def exponent():
    return pick(0, 0, 0, source.randint(-8, 8), source.randint(-40, 40), source.randint(-400, 400), pick(-1, 1) * source.randint(0, 10 ** 7))


def text():
    if source.random() < 0.04:
        return pick("NaN", "sNaN", "-NaN123", "sNaN45", "Infinity", "-inf", "nan0", "snan00123456789012")
    number, at = digits(pick(3, 9, 30, 60)), source.randrange(10)
    if at < 4:
        number = number[:at] + "." + number[at:]
    if number == ".":
        number = "0."
    return pick("", "", "-", "+") + number + pick("", f"E{exponent()}", f"e{exponent():+}")


def number(context):
    value = Decimal(text())
    return context.plus(value) if source.random() < 0.5 and not value.is_snan() else value


def small(context):
    """Operands for functions whose results would leave all bounds otherwise."""
    value = Decimal(f"{pick('', '-')}{digits(pick(1, 5, 20))}E{source.randint(-25, 3)}")
    return pick(value, abs(value), 1 + value.scaleb(-source.randrange(30)))


def a_context():
    context = Context(prec=pick(1, 2, 5, 9, 16, 28, 28, 40, 99), rounding=source.choice(ROUNDINGS), Emin=-pick(0, 3, 99, 400, 999999),
                      Emax=pick(0, 3, 99, 400, 999999), capitals=pick(0, 1), clamp=pick(0, 0, 1), flags=[], traps=[])
    return context


UNARY = ("abs", "minus", "plus", "next_minus", "next_plus", "normalize", "sqrt", "logb", "to_integral_value", "to_integral_exact", "is_normal",
         "is_subnormal", "number_class", "to_sci_string", "to_eng_string", "logical_invert", "copy_abs", "_apply", "is_signed", "is_zero")
BINARY = ("add", "subtract", "multiply", "divide", "divide_int", "remainder", "remainder_near", "divmod", "compare", "compare_signal",
          "compare_total", "compare_total_mag", "max", "min", "max_mag", "min_mag", "next_toward", "quantize", "copy_sign", "same_quantum")
COUNTS = ("rotate", "shift", "scaleb")
LOGICAL = ("logical_and", "logical_or", "logical_xor")
COMPARISONS = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, "==": lambda a, b: a == b, "!=": lambda a, b: a != b, ">": lambda a, b: a > b}


def compute(context):
    name, a, b = source.choice(UNARY + BINARY * 2), number(context), number(context)
    if name in UNARY:
        return f"{name} {a!r}", lambda: getattr(context, name)(a)
    return f"{name} {a!r} {b!r}", lambda: getattr(context, name)(a, b)


def compute_digits(context):
    name = source.choice(COUNTS + LOGICAL)
    if name in COUNTS:
        a, b = number(context), pick(source.randint(-12, 12), source.randint(-10 ** 6, 10 ** 6))
    else:
        a, b = (Decimal("".join(source.choice("01") for _ in range(source.randint(1, 40)))) for _ in range(2))
    return f"{name} {a!r} {b!r}", lambda: getattr(context, name)(a, b)


def compute_function(context):
    name, a = pick("exp", "ln", "log10"), small(context)
    return f"{name} {a!r}", lambda: getattr(context, name)(a)


def power(context):
    """CPython's powers may differ from the exact ones in the last place, so both are only compared with those."""
    a, b = abs(small(context)), pick(Decimal(source.randint(-30, 30)), small(context))
    wide = Context(prec=context.prec + 25, Emin=-10 ** 9, Emax=10 ** 9, traps=[])

    def run():
        result, exact = context.power(a, b), wide.power(a, b)
        if not exact.is_finite() or not context.Emin + 2 < exact.adjusted() < context.Emax - 2:
            return "no number"
        step = Decimal((0, (1,), result.adjusted() - context.prec + 1))
        return abs(wide.subtract(result, exact)) <= 2 * step

    return f"power {a!r} {b!r}", run


def fused(context):
    a, b, c = number(context), number(context), number(context)
    return f"fma {a!r} {b!r} {c!r}", lambda: context.fma(a, b, c)


def power_modulo(context):
    a, b, c = (Decimal(source.randint(-10 ** 6, 10 ** 6)).scaleb(pick(0, 0, 1, -1)) for _ in range(3))
    return f"pow {a!r} {b!r} {c!r}", lambda: context.power(a, b, c)


def create(context):
    value = pick(text(), source.uniform(-1e6, 1e6), math.ldexp(source.random(), source.randint(-1070, 1000)), source.getrandbits(200), "x", "1_000.5",
                 " 12 ", "\u0661\u0662.\u0663", (1, (1, 2, 3), -2), (0, (), "n"), [0, (0, 9), 3], (1, (1,), "F"), (2, (1,), 0), "1e", "--1", "", ".",
                 "1e9999999999999999999", "-1e-9999999999999999999", "0e9999999999999999999")
    name = pick("create_decimal", "Decimal")
    return f"{name} {value!r}", lambda: context.create_decimal(value) if name == "create_decimal" else Decimal(value, context)


def convert(context):
    value = Decimal(f"{pick('', '-')}{digits(pick(5, 20))}E{source.randint(-30, 30)}") if source.random() < 0.9 else number(context)
    if abs(value.adjusted()) > 1000:
        value = Decimal(0)
    name = pick("int", "float", "hash", "round", "round 2", "ratio", "tuple", "floor", "ceil", "trunc", "complex", "str")
    actions = {"int": int, "float": float, "hash": lambda x: "nan" if x.is_qnan() else hash(x), "round": round, "round 2": lambda x: round(x, 2),
               "ratio": lambda x: x.as_integer_ratio(), "tuple": lambda x: x.as_tuple(), "floor": math.floor, "ceil": math.ceil,
               "trunc": math.trunc, "complex": complex, "str": str}
    return f"{name} {value!r}", lambda: actions[name](value)


def compare(context):
    name, a = source.choice(list(COMPARISONS)), number(context)
    b = pick(number(context), source.randint(-10 ** 6, 10 ** 6), source.uniform(-10, 10), Fraction(source.randint(-99, 99), source.randint(1, 99)),
             complex(1, 0), complex(1, 2), "1", None)
    if isinstance(b, Fraction) and abs(a.adjusted()) > 1000:
        b = 1
    a, b = pick((a, b), (b, a))
    return f"{a!r} {name} {b!r}", lambda: COMPARISONS[name](a, b)


def show(context):
    value = Decimal(f"{pick('', '-')}{digits(pick(5, 20))}E{source.randint(-30, 30)}") if source.random() < 0.9 else number(context)
    if abs(value.adjusted()) > 1000:
        value = Decimal("NaN")
    form = pick("", "", "<", ">", "=", "^", "*^", "\u20ac<") + pick("", "", "+", " ", "-") + pick("", "", "z") + pick("", "", "", "0")
    form += pick("", str(source.randint(1, 40))) + pick("", "", ",") + pick("", "", f".{source.randint(0, 12)}") + pick("", *"eEfFgG%nx")
    return f"format {value!r} {form!r}", lambda: format(value, form)


KINDS = (compute, compute, compute, compute, compute_digits, compute_function, power, fused, power_modulo, create, convert, compare, show, show)

for _ in range(COUNT):
    context = a_context()
    kind = source.choice(KINDS)
    decimal.setcontext(Context(prec=50, Emin=-999999999, Emax=999999999, traps=[]))
    what, action = kind(context)
    context.clear_flags()
    if source.random() < 0.2 and kind is not power:
        context.traps = dict.fromkeys(SIGNALS, True)
    decimal.setcontext(context)
    try:
        answer = repr(action())
    except Exception as error:
        answer = f"{type(error).__name__}: {error}"
    flags = [] if kind is power else [signal.__name__ for signal, raised in context.flags.items() if raised]
    print(ascii(f"{context.prec} {context.rounding} {context.Emin} {context.Emax} {context.clamp} {what} -> {answer} {flags}"))
