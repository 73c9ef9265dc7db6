# pow() with three arguments: which operand's class decides, and what it says.


class Reflected:
    def __rpow__(self, base, modulus=None):
        return "reflected"


class Own:
    def __pow__(self, exponent, modulus=None):
        return "own" if modulus is not None else NotImplemented


class FloatSubclass(float):
    pass


for base in (1, 7, 1.5, True, "a", None, 2j, Own()):
    for exponent in (2, -1, 2.5, FloatSubclass(2), Reflected()):
        for modulus in (3, 0, 3.5, "c", Reflected()):
            try:
                print(pow(base, exponent, modulus))
            except (TypeError, ValueError) as error:
                print(repr(error))
