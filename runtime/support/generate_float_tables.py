"""Writes the powers of ten of runtime/support/float_tables.h as one C file. Usage: generate_float_tables.py OUTPUT"""

import sys

FIRST, LAST = -342, 324


def significand(power):
    """10**power scaled by a power of two into [2**127, 2**128), rounded up."""
    numerator, denominator = 10 ** max(power, 0), 10 ** max(-power, 0)
    exponent = numerator.bit_length() - denominator.bit_length()
    if numerator << max(-exponent, 0) < denominator << max(exponent, 0):
        exponent -= 1
    shift = 127 - exponent
    return -(-(numerator << max(shift, 0)) // (denominator << max(-shift, 0)))


def main():
    with open(sys.argv[1], "w", encoding="ascii") as file:
        file.write("/* Written by generate_float_tables.py. */\n#include \"runtime/support/float_tables.h\"\n")
        file.write("const PowerOfTen float_powers_of_ten[POWER_OF_TEN_LAST - POWER_OF_TEN_FIRST + 1] = {\n")
        for power in range(FIRST, LAST + 1):
            value = significand(power)
            assert 1 << 127 <= value < 1 << 128
            file.write(f"{{{value >> 64:#x},{value & 0xFFFFFFFFFFFFFFFF:#x}}},\n")
        file.write("};\n")


main()
