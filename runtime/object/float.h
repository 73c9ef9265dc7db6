// float: most values are immediate (value.h), the rest (huge, infinite, nan, and instances of subclasses) are cells.
#pragma once

#include "runtime/object/class.h"

typedef struct Float {
  Cell head;
  double number;
} Float;
typedef struct Complex {
  Cell head;
  double real, imaginary;
} Complex;

static inline bool value_is_float(Value value) {
  return value_is_immediate_float(value) || value_has_class_flag(value, CLASS_IS_FLOAT);
}
static inline bool value_is_exact_float(Value value) {
  return value_is_immediate_float(value) || VALUE_IS_EXACT(value, FLOAT);
}
// `value` must be a float.
static inline double float_as_double(Value value) {
  return value_is_immediate_float(value) ? value_immediate_double(value) : ((Float *)value_cell(value))->number;
}
Value float_box(double number); // the cell form; zero: MemoryError
static inline Value float_from_double(double number) {
  Value value = value_try_immediate_float(number);
  return value_is_immediate_float(value) ? value : float_box(number);
}
// Quotient and remainder as divmod() gives them; b is not zero.
void float_divmod(double a, double b, double *quotient, double *remainder);
Value float_repr_value(Value number);
Value float_from_text(Value text); // float("..."); ValueError
static inline bool value_is_complex(Value value) {
  return value_has_class_flag(value, CLASS_IS_COMPLEX);
}
Value complex_from_doubles(double real, double imaginary);
