// complex: two doubles. Parsing, text, operators and methods.
//
// Threads: immutable; nothing to share.
#include "runtime/heap/heap.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/format.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/number_methods.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/support/hash.h"
#include "runtime/support/number_text.h"
#include "runtime/support/unicode.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Number {
  double real, imaginary;
} Number;

static Number as_number(Value value) {
  const Complex *cell = (const Complex *)value_cell(value);
  return (Number){cell->real, cell->imaginary};
}
static Value from_number(Number number) {
  return complex_from_doubles(number.real, number.imaginary);
}

static Value complex_in_class(Class *class, Number number) {
  Complex *cell = class_allocate(class, 0);
  if (!cell) return NULL;
  cell->real = number.real;
  cell->imaginary = number.imaginary;
  return value_from_cell(cell);
}
Value complex_from_doubles(double real, double imaginary) {
  Complex *cell = cell_alloc(SHAPE(COMPLEX), sizeof *cell);
  if (!cell) return NULL;
  cell->real = real;
  cell->imaginary = imaginary;
  return value_from_cell(cell);
}

// ---- Text ----

static size_t part_repr(double number, bool with_sign, char *buffer) {
  char *at = buffer;
  char digits[FLOAT_REPR_MAX];
  size_t length = float_format(number, 'r', 0, with_sign ? FLOAT_FORMAT_SIGN : 0, digits, sizeof digits);
  memcpy(at, digits, length);
  return length;
}

static Value complex_repr(Value self) {
  Number number = as_number(self);
  char text[2 * FLOAT_REPR_MAX + 8];
  size_t length = 0;
  bool only_imaginary = number.real == 0 && copysign(1, number.real) == 1;
  if (!only_imaginary) {
    text[length++] = '(';
    length += part_repr(number.real, false, text + length);
  }
  length += part_repr(number.imaginary, !only_imaginary, text + length);
  text[length++] = 'j';
  if (!only_imaginary) text[length++] = ')';
  return str_from_latin1((uint8_t *)text, length);
}

// One signed float at *at; moves behind it. False: none there.
static bool parse_part(const char *text, size_t length, size_t *at, double *number) {
  size_t used = float_parse(text + *at, length - *at, FLOAT_PARSE_UNDERSCORES | FLOAT_PARSE_WORDS, number);
  *at += used;
  return used > 0;
}

// "a", "bj", "a+bj", with parentheses and white space around.
static bool parse_complex(const char *text, size_t length, Number *result) {
  size_t at = 0;
  while (at < length && strchr(" \t\n\r\v\f", text[at])) at++;
  bool bracket = at < length && text[at] == '(';
  if (bracket) {
    at++;
    while (at < length && strchr(" \t\n\r\v\f", text[at])) at++;
  }
  double first = 0, second = 0;
  *result = (Number){};
  bool has_first = parse_part(text, length, &at, &first);
  bool is_imaginary = at < length && (text[at] == 'j' || text[at] == 'J');
  if (has_first && !is_imaginary) {
    result->real = first;
    if (at < length && (text[at] == '+' || text[at] == '-')) {
      bool negative = text[at] == '-';
      if (!parse_part(text, length, &at, &second)) { // "+j"
        at++;
        second = negative ? -1 : 1;
      }
      if (at >= length || (text[at] != 'j' && text[at] != 'J')) return false;
      at++;
      result->imaginary = second;
    }
  } else if (has_first) {
    result->imaginary = first;
    at++;
  } else {
    double sign = 1; // "j", "+j", "-j"
    if (at < length && (text[at] == '+' || text[at] == '-')) sign = text[at++] == '-' ? -1 : 1;
    if (at >= length || (text[at] != 'j' && text[at] != 'J')) return false;
    at++;
    result->imaginary = sign;
  }
  while (at < length && strchr(" \t\n\r\v\f", text[at])) at++;
  if (bracket) {
    if (at >= length || text[at] != ')') return false;
    at++;
    while (at < length && strchr(" \t\n\r\v\f", text[at])) at++;
  }
  return at == length;
}

static Value complex_from_text(Class *class, Value text) {
  const Str *source = value_as_str(text);
  char *ascii = malloc(source->length + 1);
  if (!ascii) return raise_memory_error();
  for (size_t i = 0; i < source->length; i++) {
    uint32_t character = str_character(source, i);
    int digit = character < 0x80 ? -1 : unicode_decimal(character);
    ascii[i] = digit >= 0                    ? (char)('0' + digit)
               : !character                  ? '?'
               : character < 0x80            ? (char)character
               : unicode_is_space(character) ? ' '
                                             : '?';
  }
  ascii[source->length] = 0;
  Number number;
  bool valid = parse_complex(ascii, source->length, &number);
  free(ascii);
  return valid ? complex_in_class(class, number) : raise_value_error("complex() arg is a malformed string");
}

// ---- Conversion ----

// Calls __complex__ if the value has one. *found tells.
static bool through_complex_method(Value value, Number *number, bool *found) {
  *found = true;
  if (VALUE_IS_EXACT(value, COMPLEX)) {
    *number = as_number(value);
    return true;
  }
  Value method = value_special(value, SPECIAL_COMPLEX);
  *found = method != NULL;
  if (!method) return true;
  Value result = special_call_1(method, value);
  if (!result) return false;
  if (!value_is_complex(result)) {
    raise_type_error("__complex__ returned non-complex (type %.200T)", result);
    return false;
  }
  if (!VALUE_IS_EXACT(result, COMPLEX) && !warn(CLASS_DEPRECATION_WARNING, 1,
                                                "__complex__ returned non-complex (type %.200T).  The ability to "
                                                "return an instance of a strict subclass of complex is "
                                                "deprecated, and may not be allowed in a future version of Python.",
                                                result))
    return false;
  *number = as_number(result);
  return true;
}

// One argument of complex(): a complex number, or a real one.
static bool argument_number(Value value, const char *which, Number *number, bool *is_complex) {
  if (strcmp(which, "first") == 0 || value_is_complex(value)) {
    if (!through_complex_method(value, number, is_complex)) return false;
    if (*is_complex) return true;
  }
  *is_complex = false;
  number->imaginary = 0;
  if (!value_is_float(value) && !value_special(value, SPECIAL_FLOAT) && !value_special(value, SPECIAL_INDEX)) {
    raise_type_error(strcmp(which, "first") == 0 ? "complex() first argument must be a string or a number, not '%.200T'"
                                                 : "complex() second argument must be a number, not '%.200T'",
                     value);
    return false;
  }
  return value_as_double(value, &number->real);
}

static Value complex_new(Value class_value, Value real, Value imaginary) {
  Class *class = value_as_class(class_value);
  if (!real && !imaginary) return complex_in_class(class, (Number){});
  if (real && !imaginary && VALUE_IS_EXACT(real, COMPLEX) && class == BUILTIN(COMPLEX)) return real;
  if (real && value_is_str(real)) {
    if (imaginary) return raise_type_error("complex() can't take second arg if first is a string");
    return complex_from_text(class, real);
  }
  if (imaginary && value_is_str(imaginary)) return raise_type_error("complex() second arg can't be a string");
  Number first = {}, second = {};
  bool first_complex = false, second_complex = false;
  if (real && !argument_number(real, "first", &first, &first_complex)) return NULL;
  if (imaginary && !argument_number(imaginary, "second", &second, &second_complex)) return NULL;
  // real + imaginary * 1j, adding only the parts that there are, so that signs of zeros survive
  Number result = {first.real, imaginary ? second.real : first.imaginary};
  if (second_complex) result.real -= second.imaginary;
  if (imaginary && first_complex) result.imaginary += first.imaginary;
  return complex_in_class(class, result);
}

// ---- Operators ----

typedef enum Operand { OPERAND_BAD, OPERAND_GOOD, OPERAND_ERROR } Operand;
static Operand operand(Value value, Number *number) {
  number->imaginary = 0;
  if (value_is_complex(value)) {
    *number = as_number(value);
  } else if (value_is_float(value)) {
    number->real = float_as_double(value);
  } else if (value_is_int(value)) {
    number->real = int_as_double(value);
    if (number->real == -1.0 && exception_pending()) return OPERAND_ERROR;
  } else {
    return OPERAND_BAD;
  }
  return OPERAND_GOOD;
}

static Value add(Number a, Number b) {
  return from_number((Number){a.real + b.real, a.imaginary + b.imaginary});
}
static Value subtract(Number a, Number b) {
  return from_number((Number){a.real - b.real, a.imaginary - b.imaginary});
}
static Number product(Number a, Number b) {
  return (Number){a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real};
}
static Value multiply(Number a, Number b) {
  return from_number(product(a, b));
}

// Smith's method: scales by the larger part of the divisor, so that nothing overflows that need not. False: division by
// zero.
static bool quotient(Number a, Number b, Number *result) {
  double real_size = fabs(b.real), imaginary_size = fabs(b.imaginary);
  if (real_size >= imaginary_size) {
    if (real_size == 0) return false;
    double ratio = b.imaginary / b.real, divisor = b.real + b.imaginary * ratio;
    *result = (Number){(a.real + a.imaginary * ratio) / divisor, (a.imaginary - a.real * ratio) / divisor};
  } else if (imaginary_size >= real_size) {
    double ratio = b.real / b.imaginary, divisor = b.real * ratio + b.imaginary;
    *result = (Number){(a.real * ratio + a.imaginary) / divisor, (a.imaginary * ratio - a.real) / divisor};
  } else {
    *result = (Number){NAN, NAN};
  }
  return true;
}
static Value divide(Number a, Number b) {
  Number result;
  return quotient(a, b, &result) ? from_number(result) : raise(CLASS_ZERO_DIVISION_ERROR, "complex division by zero");
}

static Number integer_power(Number base, long exponent) {
  Number result = {1, 0}, factor = base;
  for (unsigned long bits = exponent < 0 ? -(unsigned long)exponent : (unsigned long)exponent; bits; bits >>= 1) {
    if (bits & 1) result = product(result, factor);
    factor = product(factor, factor);
  }
  return result;
}

static Value power(Number a, Number b) {
  Number result;
  if (b.imaginary == 0 && b.real == floor(b.real) && fabs(b.real) <= 100) {
    result = integer_power(a, (long)b.real);
    if (b.real < 0) {
      Number inverse;
      if (!quotient((Number){1, 0}, result, &inverse))
        return raise(CLASS_ZERO_DIVISION_ERROR, "0.0 to a negative or complex power");
      result = inverse;
    }
  } else if (a.real == 0 && a.imaginary == 0) {
    if (b.imaginary != 0 || b.real < 0) return raise(CLASS_ZERO_DIVISION_ERROR, "0.0 to a negative or complex power");
    result = (Number){};
  } else {
    double size = hypot(a.real, a.imaginary), angle = atan2(a.imaginary, a.real);
    double length = pow(size, b.real), turn = angle * b.real;
    if (b.imaginary != 0) {
      length *= exp(-angle * b.imaginary);
      turn += b.imaginary * log(size);
    }
    result = (Number){length * cos(turn), length * sin(turn)};
  }
  if (isinf(result.real) || isinf(result.imaginary)) {
    bool inputs_finite = isfinite(a.real) && isfinite(a.imaginary) && isfinite(b.real) && isfinite(b.imaginary);
    if (inputs_finite) return raise(CLASS_OVERFLOW_ERROR, "complex exponentiation");
  }
  return from_number(result);
}

#define COMPLEX_OPERATOR(name)                                                                                         \
  static Value name##_operator(Value self, Value other) {                                                              \
    Number b;                                                                                                          \
    Operand kind = operand(other, &b);                                                                                 \
    return kind == OPERAND_GOOD ? name(as_number(self), b) : kind == OPERAND_BAD ? VALUE_NOT_IMPLEMENTED : NULL;       \
  }                                                                                                                    \
  static Value name##_reversed(Value self, Value other) {                                                              \
    Number b;                                                                                                          \
    Operand kind = operand(other, &b);                                                                                 \
    return kind == OPERAND_GOOD ? name(b, as_number(self)) : kind == OPERAND_BAD ? VALUE_NOT_IMPLEMENTED : NULL;       \
  }
COMPLEX_OPERATOR(add)
COMPLEX_OPERATOR(subtract)
COMPLEX_OPERATOR(multiply)
COMPLEX_OPERATOR(divide)
COMPLEX_OPERATOR(power)

// What pow() with three arguments comes to.
static Value raise_modulo(Value other) {
  Number number;
  Operand kind = operand(other, &number);
  if (kind == OPERAND_GOOD) return raise_value_error("complex modulo");
  return kind == OPERAND_BAD ? VALUE_NOT_IMPLEMENTED : NULL;
}

static Value complex_power(Value self, Value exponent, Value modulus) {
  if (modulus && modulus != VALUE_NONE) return raise_modulo(exponent);
  return power_operator(self, exponent);
}
static Value complex_power_reversed(Value self, Value base, Value modulus) {
  if (modulus && modulus != VALUE_NONE) return raise_modulo(base);
  return power_reversed(self, base);
}

// 1, 0, -1: cannot be compared
static int equals(Value self, Value other) {
  Number a = as_number(self);
  if (value_is_complex(other)) {
    Number b = as_number(other);
    return a.real == b.real && a.imaginary == b.imaginary;
  }
  if (value_is_float(other)) return a.real == float_as_double(other) && a.imaginary == 0;
  if (!value_is_int(other)) return -1;
  if (a.imaginary != 0) return 0;
  Value real = float_from_double(a.real);
  return real ? value_equal(real, other) : -1; // exact, however large the int
}
static Value complex_equal(Value self, Value other) {
  int result = equals(self, other);
  return result < 0 ? VALUE_NOT_IMPLEMENTED : value_from_bool(result);
}
static Value complex_not_equal(Value self, Value other) {
  int result = equals(self, other);
  return result < 0 ? VALUE_NOT_IMPLEMENTED : value_from_bool(!result);
}
static Value complex_unordered([[maybe_unused]] Value self, [[maybe_unused]] Value other) {
  return VALUE_NOT_IMPLEMENTED;
}

static int64_t part_hash(Value self, double number) {
  return isnan(number) ? value_identity_hash(self) : hash_double(number);
}
static Value complex_hash(Value self) {
  Number number = as_number(self);
  return int_from_int64(hash_complex(part_hash(self, number.real), part_hash(self, number.imaginary)));
}

// ---- Methods ----

static Value complex_negative(Value self) {
  return complex_from_doubles(-as_number(self).real, -as_number(self).imaginary);
}
static Value complex_exact(Value self) {
  return VALUE_IS_EXACT(self, COMPLEX) ? self : from_number(as_number(self));
}
static Value complex_conjugate(Value self) {
  return complex_from_doubles(as_number(self).real, -as_number(self).imaginary);
}
static Value complex_truth(Value self) {
  return value_from_bool(as_number(self).real != 0 || as_number(self).imaginary != 0);
}
static Value complex_absolute(Value self) {
  Number number = as_number(self);
  double size = hypot(number.real, number.imaginary);
  if (isinf(size) && isfinite(number.real) && isfinite(number.imaginary))
    return raise(CLASS_OVERFLOW_ERROR, "absolute value too large");
  return float_from_double(size);
}
static Value complex_getnewargs(Value self) {
  return tuple_of(2, float_from_double(as_number(self).real), float_from_double(as_number(self).imaginary));
}
static Value complex_format(Value self, Value specification) {
  if (!value_is_str(specification)) return raise_type_error("__format__() argument must be str, not %T", specification);
  return format_complex(self, specification);
}
static const NativeMethod complex_methods[] = {
    NATIVE("__new__", complex_new, "($type, real=0, imag=0)", "Create a complex number.", NATIVE_STATIC),
    NATIVE("__repr__", complex_repr, "($self, /)", "The number's text."),
    NATIVE("__hash__", complex_hash, "($self, /)", "Hash value."),
    NATIVE("__eq__", complex_equal, "($self, value, /)", "Return self==value."),
    NATIVE("__ne__", complex_not_equal, "($self, value, /)", "Return self!=value."),
    NATIVE("__lt__", complex_unordered, "($self, value, /)", "Complex numbers have no order."),
    NATIVE("__le__", complex_unordered, "($self, value, /)", "Complex numbers have no order."),
    NATIVE("__gt__", complex_unordered, "($self, value, /)", "Complex numbers have no order."),
    NATIVE("__ge__", complex_unordered, "($self, value, /)", "Complex numbers have no order."),
    NUMBER_BINARY("add", add),
    NUMBER_BINARY("sub", subtract),
    NUMBER_BINARY("mul", multiply),
    NUMBER_BINARY("truediv", divide),
    NATIVE("__pow__", complex_power, "($self, value, mod=None, /)", "Return pow(self, value)."),
    NATIVE("__rpow__", complex_power_reversed, "($self, value, mod=None, /)", "Return pow(value, self)."),
    NATIVE("__neg__", complex_negative, "($self, /)", "-self"),
    NATIVE("__pos__", complex_exact, "($self, /)", "+self"),
    NATIVE("__abs__", complex_absolute, "($self, /)", "abs(self)"),
    NATIVE("__bool__", complex_truth, "($self, /)", "True if self is not zero"),
    NATIVE("__complex__", complex_exact, "($self, /)", "Return an exact complex."),
    NATIVE("__getnewargs__", complex_getnewargs, "($self, /)", "Arguments for copying."),
    NATIVE("__format__", complex_format, "($self, format_spec, /)", "Format by the specification."),
    NATIVE("conjugate", complex_conjugate, "($self, /)", "The number with the imaginary part negated."),
    {}};
static const NativeMember complex_members[] = {
    {"real", MEMBER_DOUBLE, false, offsetof(Complex, real), "the real part of a complex number"},
    {"imag", MEMBER_DOUBLE, false, offsetof(Complex, imaginary), "the imaginary part of a complex number"},
    {}};
static const CellType complex_cell_type = {.name = "complex"};
const ClassDef complex_class = {.name = "complex",
                                .doc = "complex(real=0, imag=0)\n--\n\nA complex number.",
                                .cell_type = &complex_cell_type,
                                .instance_size = sizeof(Complex),
                                .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE | CLASS_IS_COMPLEX,
                                .methods = complex_methods,
                                .members = complex_members};
