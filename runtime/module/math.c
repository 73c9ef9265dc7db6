// The module math: functions of floats. Those on ints (factorial, gcd, isqrt ...) stand in math_int.c.
//
// A function of the C library that meets a number outside its domain gives ValueError("math domain error"), one whose
// result is too large OverflowError("math range error"): decided from arguments and result, since errno is not reliable
// for all of them.
//
// Threads: no shared state.
#include "runtime/module/math.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static Value domain_error(void) {
  return raise_value_error("math domain error");
}
static Value range_error(void) {
  return raise(CLASS_OVERFLOW_ERROR, "math range error");
}

// Checks the result of a function of one finite-or-not argument. `can_overflow`: an infinite result is too large, not a
// pole.
static Value checked(double x, double result, bool can_overflow) {
  if (isnan(result) && !isnan(x)) return domain_error();
  if (isinf(result) && isfinite(x)) return can_overflow ? range_error() : domain_error();
  return float_from_double(result);
}

#define FUNCTION_1(name, expression, can_overflow)                                                                     \
  static Value math_##name(Value value) {                                                                              \
    double x;                                                                                                          \
    return value_as_double(value, &x) ? checked(x, expression, can_overflow) : NULL;                                   \
  }
FUNCTION_1(acos, acos(x), false)
FUNCTION_1(acosh, acosh(x), false)
FUNCTION_1(asin, asin(x), false)
FUNCTION_1(asinh, asinh(x), false)
FUNCTION_1(atan, atan(x), false)
FUNCTION_1(atanh, atanh(x), false)
FUNCTION_1(cbrt, cbrt(x), false)
FUNCTION_1(cos, cos(x), false)
FUNCTION_1(cosh, cosh(x), true)
FUNCTION_1(erf, erf(x), false)
FUNCTION_1(erfc, erfc(x), false)
FUNCTION_1(exp, exp(x), true)
FUNCTION_1(exp2, exp2(x), true)
FUNCTION_1(expm1, expm1(x), true)
FUNCTION_1(fabs, fabs(x), false)
FUNCTION_1(log1p, log1p(x), false)
FUNCTION_1(sin, sin(x), false)
FUNCTION_1(sinh, sinh(x), true)
FUNCTION_1(sqrt, sqrt(x), false)
FUNCTION_1(tan, tan(x), false)
FUNCTION_1(tanh, tanh(x), false)
FUNCTION_1(degrees, x * (180.0 / M_PI), true)
FUNCTION_1(radians, x *(M_PI / 180.0), false)

static double gamma_of(double x) {
  return x == floor(x) && x <= 0 ? NAN : tgamma(x);
}
static Value math_gamma(Value value) {
  double x;
  if (!value_as_double(value, &x)) return NULL;
  if (x == -INFINITY) return domain_error();
  return checked(x, gamma_of(x), true);
}
static Value math_lgamma(Value value) {
  double x;
  if (!value_as_double(value, &x)) return NULL;
  if (isfinite(x) && x == floor(x) && x <= 0) return domain_error(); // poles
  int sign;
  return checked(x, isinf(x) ? INFINITY : lgamma_r(x, &sign), true);
}

#define FUNCTION_2(name, expression)                                                                                   \
  static Value math_##name(Value first, Value second) {                                                                \
    double x, y;                                                                                                       \
    return value_as_double(first, &x) && value_as_double(second, &y) ? float_from_double(expression) : NULL;           \
  }
FUNCTION_2(atan2, atan2(x, y))
FUNCTION_2(copysign, copysign(x, y))
FUNCTION_2(nextafter, nextafter(x, y))

static Value math_fmod(Value first, Value second) {
  double x, y;
  if (!value_as_double(first, &x) || !value_as_double(second, &y)) return NULL;
  if (isinf(y) && isfinite(x)) return float_from_double(x);
  double result = fmod(x, y);
  return isnan(result) && !isnan(x) && !isnan(y) ? domain_error() : float_from_double(result);
}
static Value math_remainder(Value first, Value second) {
  double x, y;
  if (!value_as_double(first, &x) || !value_as_double(second, &y)) return NULL;
  double result = remainder(x, y);
  return isnan(result) && !isnan(x) && !isnan(y) ? domain_error() : float_from_double(result);
}
static Value math_pow(Value first, Value second) {
  double x, y;
  if (!value_as_double(first, &x) || !value_as_double(second, &y)) return NULL;
  double result = pow(x, y);
  if (isfinite(x) && isfinite(y)) {
    if (isnan(result)) return domain_error();
    if (isinf(result)) return x == 0 ? domain_error() : range_error();
  }
  return float_from_double(result);
}

// ---- Logarithms ----

// Of any positive int, however large, by its size and leading bits.
static bool log_of(Value value, double (*logarithm)(double), double *result) {
  if (value_is_int(value)) {
    if (int_sign(value) <= 0) {
      domain_error();
      return false;
    }
    double x = int_as_double(value);
    if (!(x == -1.0 && exception_pending())) {
      *result = logarithm(x);
      return true;
    }
    exception_clear();
    size_t bits = int_bit_length(value);
    Value top = int_right_shift(value, int_from_size(bits - 64));
    if (!top) return false;
    *result = logarithm(int_as_double(top)) + logarithm(2.0) * (double)(bits - 64);
    return true;
  }
  double x;
  if (!value_as_double(value, &x)) return false;
  if (x <= 0) {
    domain_error();
    return false;
  }
  *result = logarithm(x);
  return true;
}

static Value math_log(Value value, Value base) {
  double numerator, denominator;
  if (!log_of(value, log, &numerator)) return NULL;
  if (!base) return float_from_double(numerator);
  if (!log_of(base, log, &denominator)) return NULL;
  if (denominator == 0) return raise(CLASS_ZERO_DIVISION_ERROR, "float division by zero");
  return float_from_double(numerator / denominator);
}
static Value math_log2(Value value) {
  double result;
  return log_of(value, log2, &result) ? float_from_double(result) : NULL;
}
static Value math_log10(Value value) {
  double result;
  return log_of(value, log10, &result) ? float_from_double(result) : NULL;
}

// ---- Parts and classes of floats ----

static Value math_frexp(Value value) {
  double x;
  if (!value_as_double(value, &x)) return NULL;
  int exponent = 0;
  double mantissa = isfinite(x) ? frexp(x, &exponent) : x;
  return tuple_of(2, float_from_double(mantissa), value_from_small_int(exponent));
}
static Value math_ldexp(Value value, Value exponent_value) {
  double x;
  if (!value_as_double(value, &x)) return NULL;
  if (!value_is_int(exponent_value)) return raise_type_error("Expected an int as second argument to ldexp.");
  int64_t exponent;
  if (!int_fits_int64(exponent_value, &exponent)) exponent = int_sign(exponent_value) < 0 ? INT32_MIN : INT32_MAX;
  if (exponent > 100000) exponent = 100000;
  if (exponent < -100000) exponent = -100000;
  double result = ldexp(x, (int)exponent);
  return isinf(result) && isfinite(x) ? range_error() : float_from_double(result);
}
static Value math_modf(Value value) {
  double x, whole;
  if (!value_as_double(value, &x)) return NULL;
  double fraction = modf(x, &whole);
  return tuple_of(2, float_from_double(fraction), float_from_double(whole));
}
static Value math_ulp(Value value) {
  double x;
  if (!value_as_double(value, &x)) return NULL;
  if (isnan(x)) return float_from_double(x);
  x = fabs(x);
  if (isinf(x)) return float_from_double(x);
  double next = nextafter(x, INFINITY);
  return float_from_double(isinf(next) ? x - nextafter(x, -INFINITY) : next - x);
}

#define PREDICATE(name, test)                                                                                          \
  static Value math_##name(Value value) {                                                                              \
    double x;                                                                                                          \
    return value_as_double(value, &x) ? value_from_bool(test(x)) : NULL;                                               \
  }
PREDICATE(isfinite, isfinite)
PREDICATE(isinf, isinf)
PREDICATE(isnan, isnan)

static Value math_isclose(Value first, Value second, Value relative_value, Value absolute_value) {
  double a, b, relative = 1e-09, absolute = 0;
  if (!value_as_double(first, &a) || !value_as_double(second, &b) ||
      (relative_value && !value_as_double(relative_value, &relative)) ||
      (absolute_value && !value_as_double(absolute_value, &absolute)))
    return NULL;
  if (relative < 0 || absolute < 0) return raise_value_error("tolerances must be non-negative");
  if (a == b) return VALUE_TRUE;
  if (isinf(a) || isinf(b)) return VALUE_FALSE;
  double difference = fabs(b - a);
  return value_from_bool(difference <= fabs(relative * b) || difference <= fabs(relative * a) ||
                         difference <= absolute);
}

// ceil, floor and trunc defer to the value's own method, if it is no float.
static Value rounded(Value value, Special special, double (*round_double)(double)) {
  if (value_is_exact_float(value)) return int_from_double(round_double(float_as_double(value)));
  Value method = value_special(value, special);
  if (method) return special_call_1(method, value);
  if (special == SPECIAL_TRUNC) return raise_type_error("type %.100T doesn't define __trunc__ method", value);
  double x;
  return value_as_double(value, &x) ? int_from_double(round_double(x)) : NULL;
}
static Value math_ceil(Value value) {
  return rounded(value, SPECIAL_CEIL, ceil);
}
static Value math_floor(Value value) {
  return rounded(value, SPECIAL_FLOOR, floor);
}
static Value math_trunc(Value value) {
  return rounded(value, SPECIAL_TRUNC, trunc);
}

// ---- Sums and distances ----

// Shewchuk's exact sum: partials that do not overlap, rounded once at the end.
static Value math_fsum(Value iterable) {
  double fixed[64], *partials = fixed;
  size_t count = 0, capacity = 64;
  double special_sum = 0, infinity_sum = 0;
  Value item, result = NULL;
  Iteration iteration = iteration_start(iterable);
  while (iteration_next(&iteration, &item)) {
    double x;
    if (!value_as_double(item, &x)) goto done;
    double original = x;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
      double y = partials[i];
      if (fabs(x) < fabs(y)) {
        double swap = x;
        x = y;
        y = swap;
      }
      volatile double high = x + y;
      volatile double low = y - (high - x);
      if (low != 0) partials[kept++] = low;
      x = high;
    }
    count = kept;
    if (x == 0) continue;
    if (!isfinite(x)) {
      if (isfinite(original)) {
        raise(CLASS_OVERFLOW_ERROR, "intermediate overflow in fsum");
        goto done;
      }
      if (isinf(original)) infinity_sum += original;
      special_sum += original;
      count = 0;
      continue;
    }
    if (count == capacity) {
      double *grown =
          partials == fixed ? malloc(2 * capacity * sizeof *grown) : realloc(partials, 2 * capacity * sizeof *grown);
      if (!grown) {
        raise_memory_error();
        goto done;
      }
      if (partials == fixed)
        for (size_t i = 0; i < count; i++) grown[i] = fixed[i];
      partials = grown;
      capacity *= 2;
    }
    partials[count++] = x;
  }
  if (iteration_failed(&iteration)) goto done;
  if (special_sum != 0 || isnan(special_sum)) {
    result = isnan(infinity_sum) ? raise_value_error("-inf + inf in fsum") : float_from_double(special_sum);
    goto done;
  }
  double high = 0, low = 0;
  if (count > 0) {
    high = partials[--count];
    while (count > 0) {
      double x = high, y = partials[--count];
      volatile double sum = x + y;
      volatile double rest = y - (sum - x);
      high = sum;
      low = rest;
      if (low != 0) break;
    }
    // Half-way cases look at what is below.
    if (count > 0 && ((low < 0 && partials[count - 1] < 0) || (low > 0 && partials[count - 1] > 0))) {
      double twice = low * 2;
      volatile double moved = high + twice;
      if (twice == moved - high) high = moved;
    }
  }
  result = float_from_double(high);
done:
  if (partials != fixed) free(partials);
  return result;
}

// The Euclidean length of a vector: scaled, so that nothing overflows, and summed with compensation.
static double vector_length(double *values, size_t count, double largest, bool has_nan) {
  if (isinf(largest)) return largest;
  if (has_nan) return NAN;
  if (largest == 0 || count <= 1) return largest;
  int exponent;
  frexp(largest, &exponent);
  double sum = 0, compensation = 0;
  for (size_t i = 0; i < count; i++) {
    double x = ldexp(values[i], -exponent);
    double square = x * x, error = fma(x, x, -square);
    volatile double next = sum + square;
    compensation += (fabs(sum) >= square ? (sum - next) + square : (square - next) + sum) + error;
    sum = next;
  }
  double total = sum + compensation, root = sqrt(total);
  // One Newton step with the exact residue makes the root right to the last bit nearly always.
  double residue = fma(-root, root, sum) + compensation;
  root += residue / (2 * root);
  return ldexp(root, exponent);
}

static Value math_hypot([[maybe_unused]] Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!arguments_check_none_by_keyword("math.hypot", keyword_names)) return NULL;
  double *values = malloc((count + 1) * sizeof *values), largest = 0;
  if (!values) return raise_memory_error();
  bool has_nan = false;
  for (size_t i = 0; i < count; i++) {
    if (!value_as_double(arguments[i], &values[i])) {
      free(values);
      return NULL;
    }
    values[i] = fabs(values[i]);
    has_nan |= isnan(values[i]);
    if (values[i] > largest) largest = values[i];
  }
  double result = vector_length(values, count, largest, has_nan);
  free(values);
  return float_from_double(result);
}

static Value math_dist(Value p, Value q) {
  Value a = value_to_tuple(p), b = a ? value_to_tuple(q) : NULL;
  if (!b) return NULL;
  size_t count = tuple_count(a);
  if (count != tuple_count(b)) return raise_value_error("both points must have the same number of dimensions");
  double *values = malloc((count + 1) * sizeof *values), largest = 0;
  if (!values) return raise_memory_error();
  bool has_nan = false;
  for (size_t i = 0; i < count; i++) {
    double x, y;
    if (!value_as_double(tuple_item(a, i), &x) || !value_as_double(tuple_item(b, i), &y)) {
      free(values);
      return NULL;
    }
    values[i] = fabs(x - y);
    has_nan |= isnan(values[i]);
    if (values[i] > largest) largest = values[i];
  }
  double result = vector_length(values, count, largest, has_nan);
  free(values);
  return float_from_double(result);
}

static Value math_prod(Value iterable, Value start) {
  Value product = start ? start : value_from_small_int(1), item;
  Iteration iteration = iteration_start(iterable);
  while (iteration_next(&iteration, &item))
    if (!(product = value_binary(BINARY_MULTIPLY, product, item))) return NULL;
  return iteration_failed(&iteration) ? NULL : product;
}

#define ENTRY_1(name, doc) NATIVE(#name, math_##name, "(x, /)", doc, NATIVE_PURE)
#define ENTRY_2(name, doc) NATIVE(#name, math_##name, "(x, y, /)", doc, NATIVE_PURE)
static const NativeMethod math_functions[] = {
    ENTRY_1(acos, "The angle whose cosine is x."),
    ENTRY_1(acosh, "The inverse hyperbolic cosine of x."),
    ENTRY_1(asin, "The angle whose sine is x."),
    ENTRY_1(asinh, "The inverse hyperbolic sine of x."),
    ENTRY_1(atan, "The angle whose tangent is x."),
    NATIVE("atan2", math_atan2, "(y, x, /)", "The angle of the point (x, y).", NATIVE_PURE),
    ENTRY_1(atanh, "The inverse hyperbolic tangent of x."),
    ENTRY_1(cbrt, "The cube root of x."),
    ENTRY_1(ceil, "The least int that is not below x."),
    ENTRY_2(copysign, "x with the sign of y."),
    ENTRY_1(cos, "The cosine of x."),
    ENTRY_1(cosh, "The hyperbolic cosine of x."),
    ENTRY_1(degrees, "x radians in degrees."),
    NATIVE("dist", math_dist, "(p, q, /)", "The distance of two points."),
    ENTRY_1(erf, "The error function at x."),
    ENTRY_1(erfc, "The complementary error function at x."),
    ENTRY_1(exp, "e to the power x."),
    ENTRY_1(exp2, "2 to the power x."),
    ENTRY_1(expm1, "exp(x) - 1, precise for small x."),
    ENTRY_1(fabs, "The magnitude of x."),
    ENTRY_1(floor, "The greatest int that is not above x."),
    ENTRY_2(fmod, "The remainder of x / y with the sign of x."),
    ENTRY_1(frexp, "The pair (m, e) with x = m * 2**e."),
    NATIVE("fsum", math_fsum, "(seq, /)", "The exact sum of floats, rounded once."),
    ENTRY_1(gamma, "The gamma function at x."),
    NATIVE("hypot", math_hypot, NULL, "The length of a vector."),
    NATIVE("isclose", math_isclose, "(a, b, *, rel_tol=1e-09, abs_tol=0.0)", "Are two numbers close to each other?"),
    ENTRY_1(isfinite, "Is x neither infinite nor nan?"),
    ENTRY_1(isinf, "Is x infinite?"),
    ENTRY_1(isnan, "Is x nan?"),
    NATIVE("ldexp", math_ldexp, "(x, i, /)", "x * 2**i."),
    ENTRY_1(lgamma, "The logarithm of the magnitude of the gamma function at x."),
    NATIVE("log", math_log, "(x, base=math.e, /)", "The logarithm of x."),
    ENTRY_1(log10, "The logarithm of x to base 10."),
    ENTRY_1(log1p, "log(1 + x), precise for small x."),
    ENTRY_1(log2, "The logarithm of x to base 2."),
    ENTRY_1(modf, "Fraction and whole part of x."),
    ENTRY_2(nextafter, "The next float after x towards y."),
    ENTRY_2(pow, "x to the power y."),
    NATIVE("prod", math_prod, "(iterable, /, *, start=1)", "The product of the items."),
    ENTRY_1(radians, "x degrees in radians."),
    ENTRY_2(remainder, "The difference of x and the nearest multiple of y."),
    ENTRY_1(sin, "The sine of x."),
    ENTRY_1(sinh, "The hyperbolic sine of x."),
    ENTRY_1(sqrt, "The square root of x."),
    ENTRY_1(tan, "The tangent of x."),
    ENTRY_1(tanh, "The hyperbolic tangent of x."),
    ENTRY_1(trunc, "The integral part of x."),
    ENTRY_1(ulp, "The value of the last bit of x."),
    NATIVE("comb", math_comb, "(n, k, /)", "How many ways to choose k of n things."),
    NATIVE("factorial", math_factorial, "(n, /)", "n!"),
    NATIVE("gcd", math_gcd, NULL, "The greatest common divisor."),
    NATIVE("isqrt", math_isqrt, "(n, /)", "The integral part of the square root."),
    NATIVE("lcm", math_lcm, NULL, "The least common multiple."),
    NATIVE("perm", math_perm, "(n, k=None, /)", "How many ways to choose k of n things, in order."),
    {}};

static bool math_initialize(Value module) {
  return module_add(module, "pi", float_from_double(M_PI)) && module_add(module, "e", float_from_double(M_E)) &&
         module_add(module, "tau", float_from_double(2 * M_PI)) &&
         module_add(module, "inf", float_from_double(INFINITY)) && module_add(module, "nan", float_from_double(NAN));
}
const NativeModule math_module = {
    .name = "math", .doc = "Mathematical functions.", .functions = math_functions, .initialize = math_initialize};
