// The module cmath: functions of complex numbers, by the C library's; its special values follow C99 Annex G as
// CPython's do.
//
// A result that is not finite although the argument is gives OverflowError (or ValueError at a pole or outside the
// domain).
//
// Threads: no shared state.
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"

#include <complex.h>
#include <math.h>

#define complex_number double _Complex
#ifndef CMPLX
#define CMPLX(x, y) __builtin_complex((double)(x), (double)(y))
#endif

// Any number as a complex one, through __complex__, __float__, __index__.
static bool operand(Value value, complex_number *z) {
  if (!value_is_complex(value)) {
    if (!value_is_float(value) && !value_is_int(value)) {
      Value method = value_special(value, SPECIAL_COMPLEX);
      if (method) {
        value = special_call_1(method, value);
        if (!value) return false;
        if (!value_is_complex(value)) {
          raise_type_error("__complex__ returned non-complex (type %.200T)", value);
          return false;
        }
      }
    }
    if (!value_is_complex(value)) {
      double x;
      if (!value_as_double(value, &x)) return false;
      *z = CMPLX(x, 0);
      return true;
    }
  }
  const Complex *cell = (const Complex *)value_cell(value);
  *z = CMPLX(cell->real, cell->imaginary);
  return true;
}
static bool is_finite(complex_number z) {
  return isfinite(creal(z)) && isfinite(cimag(z));
}
static Value result(complex_number z) {
  return complex_from_doubles(creal(z), cimag(z));
}

static Value checked(complex_number z, complex_number w) {
  if (is_finite(z) && !is_finite(w)) {
    if (isnan(creal(w)) && isnan(cimag(w))) return raise_value_error("math domain error");
    return raise(CLASS_OVERFLOW_ERROR, "math range error");
  }
  return result(w);
}

// Trigonometric functions of an infinite angle have no value.
static bool infinite_angle(double angle, double other) {
  return isinf(angle) && !isnan(other);
}

#define FUNCTION(name, expression)                                                                                     \
  static Value cmath_##name(Value value) {                                                                             \
    complex_number z;                                                                                                  \
    return operand(value, &z) ? checked(z, expression) : NULL;                                                         \
  }
FUNCTION(acos, cacos(z))
// The imaginary part of acosh(0 + nan j) is unspecified; C libraries differ.
FUNCTION(acosh, creal(z) == 0 && isnan(cimag(z)) ? CMPLX(NAN, NAN) : cacosh(z))
FUNCTION(asin, casin(z))
FUNCTION(asinh, casinh(z))
FUNCTION(sqrt, csqrt(z))

static Value cmath_atan(Value value) {
  complex_number z;
  if (!operand(value, &z)) return NULL;
  if (creal(z) == 0 && fabs(cimag(z)) == 1) return raise_value_error("math domain error"); // poles
  return checked(z, catan(z));
}
static Value cmath_atanh(Value value) {
  complex_number z;
  if (!operand(value, &z)) return NULL;
  if (cimag(z) == 0 && fabs(creal(z)) == 1) return raise_value_error("math domain error");
  return checked(z, catanh(z));
}

// `angle` is the part that is turned by, `size` the part that grows.
#define PERIODIC(name, expression, angle, size)                                                                        \
  static Value cmath_##name(Value value) {                                                                             \
    complex_number z;                                                                                                  \
    if (!operand(value, &z)) return NULL;                                                                              \
    if (infinite_angle(angle, size)) return raise_value_error("math domain error");                                    \
    return checked(z, expression);                                                                                     \
  }
PERIODIC(cos, ccos(z), creal(z), cimag(z))
PERIODIC(cosh, ccosh(z), cimag(z), creal(z))
PERIODIC(sin, csin(z), creal(z), cimag(z))
PERIODIC(sinh, csinh(z), cimag(z), creal(z))

static Value cmath_exp(Value value) {
  complex_number z;
  if (!operand(value, &z)) return NULL;
  if (isinf(cimag(z)) && (isfinite(creal(z)) || creal(z) == INFINITY)) return raise_value_error("math domain error");
  return checked(z, cexp(z));
}
static Value cmath_tan(Value value) {
  complex_number z;
  if (!operand(value, &z)) return NULL;
  if (isinf(creal(z)) && isfinite(cimag(z))) return raise_value_error("math domain error");
  // C23 gives an imaginary zero here; CPython, as C99, a nan.
  return checked(z, isnan(creal(z)) && cimag(z) == 0 ? CMPLX(NAN, NAN) : ctan(z));
}
static Value cmath_tanh(Value value) {
  complex_number z;
  if (!operand(value, &z)) return NULL;
  if (isinf(cimag(z)) && isfinite(creal(z))) return raise_value_error("math domain error");
  return checked(z, creal(z) == 0 && isnan(cimag(z)) ? CMPLX(NAN, NAN) : ctanh(z));
}

static bool logarithm(Value value, complex_number *w) {
  complex_number z;
  if (!operand(value, &z)) return false;
  if (creal(z) == 0 && cimag(z) == 0) {
    raise_value_error("math domain error");
    return false;
  }
  *w = clog(z);
  return true;
}
static Value cmath_log(Value value, Value base) {
  complex_number w, divisor;
  if (!logarithm(value, &w)) return NULL;
  if (!base) return result(w);
  if (!logarithm(base, &divisor)) return NULL;
  return value_binary(BINARY_TRUE_DIVIDE, result(w), result(divisor));
}
static Value cmath_log10(Value value) {
  complex_number w;
  if (!logarithm(value, &w)) return NULL;
  return complex_from_doubles(creal(w) / M_LN10, cimag(w) / M_LN10);
}

// ---- Polar form, classes, closeness ----

static Value cmath_phase(Value value) {
  complex_number z;
  return operand(value, &z) ? float_from_double(carg(z)) : NULL;
}
static Value cmath_polar(Value value) {
  complex_number z;
  if (!operand(value, &z)) return NULL;
  double size = cabs(z);
  if (isinf(size) && is_finite(z)) return raise(CLASS_OVERFLOW_ERROR, "math range error");
  return tuple_of(2, float_from_double(size), float_from_double(carg(z)));
}
static Value cmath_rect(Value size_value, Value angle_value) {
  double size, angle;
  if (!value_as_double(size_value, &size) || !value_as_double(angle_value, &angle)) return NULL;
  if (isinf(angle) && size != 0 && !isnan(size)) return raise_value_error("math domain error");
  if (size == 0 && !isfinite(angle)) return complex_from_doubles(0, 0);
  if (angle == 0 && isnan(size)) return complex_from_doubles(size, 0);
  if (angle == 0) return complex_from_doubles(size, signbit(size) ? -angle : angle); // also of an infinite size
  if (isinf(size) && isnan(angle)) return complex_from_doubles(INFINITY, NAN);
  if (isinf(size))
    return complex_from_doubles(copysign(INFINITY, cos(angle) * size), copysign(INFINITY, sin(angle) * size));
  return complex_from_doubles(size * cos(angle), size * sin(angle));
}

#define PREDICATE(name, test)                                                                                          \
  static Value cmath_##name(Value value) {                                                                             \
    complex_number z;                                                                                                  \
    return operand(value, &z) ? value_from_bool(test) : NULL;                                                          \
  }
PREDICATE(isfinite, is_finite(z))
PREDICATE(isinf, isinf(creal(z)) || isinf(cimag(z)))
PREDICATE(isnan, isnan(creal(z)) || isnan(cimag(z)))

static Value cmath_isclose(Value first, Value second, Value relative_value, Value absolute_value) {
  complex_number a, b;
  double relative = 1e-09, absolute = 0;
  if (!operand(first, &a) || !operand(second, &b) || (relative_value && !value_as_double(relative_value, &relative)) ||
      (absolute_value && !value_as_double(absolute_value, &absolute)))
    return NULL;
  if (relative < 0 || absolute < 0) return raise_value_error("tolerances must be non-negative");
  if (creal(a) == creal(b) && cimag(a) == cimag(b)) return VALUE_TRUE;
  if (isinf(creal(a)) || isinf(cimag(a)) || isinf(creal(b)) || isinf(cimag(b))) return VALUE_FALSE;
  double difference = cabs(a - b);
  return value_from_bool(difference <= relative * cabs(b) || difference <= relative * cabs(a) ||
                         difference <= absolute);
}

#define ENTRY(name, doc) NATIVE(#name, cmath_##name, "(z, /)", doc, NATIVE_PURE)
static const NativeMethod cmath_functions[] = {
    ENTRY(acos, "The inverse cosine of z."),
    ENTRY(acosh, "The inverse hyperbolic cosine of z."),
    ENTRY(asin, "The inverse sine of z."),
    ENTRY(asinh, "The inverse hyperbolic sine of z."),
    ENTRY(atan, "The inverse tangent of z."),
    ENTRY(atanh, "The inverse hyperbolic tangent of z."),
    ENTRY(cos, "The cosine of z."),
    ENTRY(cosh, "The hyperbolic cosine of z."),
    ENTRY(exp, "e to the power z."),
    NATIVE("isclose", cmath_isclose, "(a, b, *, rel_tol=1e-09, abs_tol=0.0)", "Are two numbers close to each other?"),
    ENTRY(isfinite, "Are both parts finite?"),
    ENTRY(isinf, "Is a part infinite?"),
    ENTRY(isnan, "Is a part nan?"),
    NATIVE("log", cmath_log, "(z, base=<unrepresentable>, /)", "The logarithm of z."),
    ENTRY(log10, "The logarithm of z to base 10."),
    ENTRY(phase, "The angle of z."),
    ENTRY(polar, "Size and angle of z."),
    NATIVE("rect", cmath_rect, "(r, phi, /)", "The number of a size and angle."),
    ENTRY(sin, "The sine of z."),
    ENTRY(sinh, "The hyperbolic sine of z."),
    ENTRY(sqrt, "The square root of z."),
    ENTRY(tan, "The tangent of z."),
    ENTRY(tanh, "The hyperbolic tangent of z."),
    {}};
static bool cmath_initialize(Value module) {
  return module_add(module, "pi", float_from_double(M_PI)) && module_add(module, "e", float_from_double(M_E)) &&
         module_add(module, "tau", float_from_double(2 * M_PI)) &&
         module_add(module, "inf", float_from_double(INFINITY)) &&
         module_add(module, "infj", complex_from_doubles(0, INFINITY)) &&
         module_add(module, "nan", float_from_double(NAN)) && module_add(module, "nanj", complex_from_doubles(0, NAN));
}
const NativeModule cmath_module = {.name = "cmath",
                                   .doc = "Functions of complex numbers.",
                                   .functions = cmath_functions,
                                   .initialize = cmath_initialize};
