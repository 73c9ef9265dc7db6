// The functions of math that work on ints, for the module's table (math_int.c).
#pragma once

#include "runtime/object/native.h"

Value math_comb(Value n, Value k);
Value math_perm(Value n, Value k);
Value math_factorial(Value n);
Value math_isqrt(Value n);
RawFunction math_gcd, math_lcm;
