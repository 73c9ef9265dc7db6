// float: boxing, text, operators and methods as Python sees them.
//
// Threads: immutable; nothing to share.
#include "runtime/object/float.h"
#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/format.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/number_methods.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/support/hash.h"
#include "runtime/support/number_text.h"
#include "runtime/support/unicode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

Value float_box(double number) {
  Float *cell = cell_alloc(SHAPE(FLOAT), sizeof(Float));
  if (!cell) return NULL;
  cell->number = number;
  return value_from_cell(cell);
}

Value float_repr_value(Value number) {
  char buffer[FLOAT_REPR_MAX];
  size_t length = float_repr(float_as_double(number), buffer);
  return str_from_latin1((const uint8_t *)buffer, length);
}

// ---- float() ----

// Parses ASCII text that may have white space around it. False: not a number.
static bool parse_double(const char *text, size_t length, double *number) {
  size_t start = 0, end = length;
  while (start < end && strchr(" \t\n\r\v\f", text[start]) && text[start]) start++;
  while (end > start && strchr(" \t\n\r\v\f", text[end - 1]) && text[end - 1]) end--;
  if (start == end) return false;
  return float_parse(text + start, end - start, FLOAT_PARSE_UNDERSCORES | FLOAT_PARSE_WORDS, number) == end - start;
}

Value float_from_text(Value text) {
  const Str *source = value_as_str(text);
  char *ascii = malloc(source->length + 1);
  if (!ascii) return raise_memory_error();
  for (size_t i = 0; i < source->length; i++) {
    uint32_t character = str_character(source, i);
    int digit = character < 0x80 ? -1 : unicode_decimal(character);
    if (digit >= 0)
      ascii[i] = (char)('0' + digit);
    else if (character < 0x80)
      ascii[i] = (char)character;
    else
      ascii[i] = unicode_is_space(character) ? ' ' : '?';
  }
  double number;
  bool valid = parse_double(ascii, source->length, &number);
  free(ascii);
  return valid ? float_from_double(number) : raise_value_error("could not convert string to float: %R", text);
}

// Calls `method`, the __float__ of the value. False: exception.
static bool call_float_method(Value method, Value value, double *number) {
  Value result = special_call_1(method, value);
  if (!result) return false;
  if (!value_is_float(result)) {
    raise_type_error("%.50T.__float__ returned non-float (type %.50T)", value, result);
    return false;
  }
  if (!value_is_exact_float(result) && !warn(CLASS_DEPRECATION_WARNING, 1,
                                             "%.50T.__float__ returned non-float (type %.50T).  The ability to "
                                             "return an instance of a strict subclass of float is "
                                             "deprecated, and may not be allowed in a future version of Python.",
                                             value, result))
    return false;
  *number = float_as_double(result);
  return true;
}

bool value_as_double(Value value, double *number) {
  if (value_is_float(value)) {
    *number = float_as_double(value);
    return true;
  }
  Value method = value_special(value, SPECIAL_FLOAT);
  if (method && !value_is_exact_int(value)) return call_float_method(method, value, number);
  if (!method && !value_special(value, SPECIAL_INDEX)) {
    raise_type_error("must be real number, not %.50T", value);
    return false;
  }
  Value whole = value_is_int(value) ? value : value_index(value);
  if (!whole) return false;
  *number = int_as_double(whole);
  return !(*number == -1.0 && exception_pending());
}

// `object` as a float object, exact; keeps the identity of one that is a float already.
static Value to_float(Value object) {
  if (value_is_exact_float(object)) return object;
  double number;
  Value method = value_special(object, SPECIAL_FLOAT);
  // float() asks a subclass of float too; other conversions take its number as it is.
  if (method && value_is_float(object))
    return call_float_method(method, object, &number) ? float_from_double(number) : NULL;
  if (!method && value_is_str(object)) return float_from_text(object);
  if (!method && !value_special(object, SPECIAL_INDEX)) {
    Buffer buffer;
    if (!value_has_buffer(object))
      return raise_type_error("float() argument must be a string or a real number, not '%.200T'", object);
    if (!buffer_acquire(object, &buffer, BUFFER_SIMPLE)) return NULL;
    bool valid = parse_double((const char *)buffer.data, buffer.length, &number);
    buffer_release(&buffer);
    return valid ? float_from_double(number) : raise_value_error("could not convert string to float: %R", object);
  }
  return value_as_double(object, &number) ? float_from_double(number) : NULL;
}

static Value float_new(Value class, Value object) {
  Value number = object ? to_float(object) : float_from_double(0.0);
  if (!number || value_as_class(class) == BUILTIN(FLOAT)) return number;
  Float *cell = class_allocate(value_as_class(class), 0);
  if (!cell) return NULL;
  cell->number = float_as_double(number);
  return value_from_cell(cell);
}

// Keywords are left to the __init__ of a subclass that has its own.
static Value float_construct(Value class, Value *arguments, size_t count, Value keyword_names) {
  bool own_init = class_special(value_as_class(class), SPECIAL_INIT) != class_special(BUILTIN(FLOAT), SPECIAL_INIT);
  if ((!own_init && !arguments_check_none_by_keyword("float", keyword_names)) ||
      !arguments_check_count("float", count, 0, 1))
    return NULL;
  return float_new(class, count ? arguments[0] : NULL);
}

// ---- Operators ----

typedef enum Operand { OPERAND_BAD, OPERAND_GOOD, OPERAND_ERROR } Operand;

// The other operand of a float operation: a float, or an int that is converted (and may be too large).
static inline Operand operand(Value value, double *number) {
  if (value_is_float(value)) {
    *number = float_as_double(value);
    return OPERAND_GOOD;
  }
  if (!value_is_int(value)) return OPERAND_BAD;
  *number = int_as_double(value);
  return *number == -1.0 && exception_pending() ? OPERAND_ERROR : OPERAND_GOOD;
}

#define FLOAT_OPERATOR(name, compute)                                                                                  \
  static Value name##_operator(Value a, Value b) {                                                                     \
    double y;                                                                                                          \
    Operand kind = operand(b, &y);                                                                                     \
    if (kind != OPERAND_GOOD) return kind == OPERAND_BAD ? VALUE_NOT_IMPLEMENTED : NULL;                               \
    return compute(float_as_double(a), y);                                                                             \
  }                                                                                                                    \
  static Value name##_reversed(Value a, Value b) {                                                                     \
    double y;                                                                                                          \
    Operand kind = operand(b, &y);                                                                                     \
    if (kind != OPERAND_GOOD) return kind == OPERAND_BAD ? VALUE_NOT_IMPLEMENTED : NULL;                               \
    return compute(y, float_as_double(a));                                                                             \
  }

static Value add_doubles(double a, double b) {
  return float_from_double(a + b);
}
static Value subtract_doubles(double a, double b) {
  return float_from_double(a - b);
}
static Value multiply_doubles(double a, double b) {
  return float_from_double(a * b);
}
static Value divide_doubles(double a, double b) {
  return b == 0 ? raise(CLASS_ZERO_DIVISION_ERROR, "float division by zero") : float_from_double(a / b);
}

void float_divmod(double a, double b, double *quotient, double *remainder) {
  double rest = fmod(a, b);
  double whole = (a - rest) / b;
  if (rest) {
    if ((b < 0) != (rest < 0)) {
      rest += b;
      whole -= 1.0;
    }
  } else {
    rest = copysign(0.0, b); // a zero remainder has the divisor's sign
  }
  if (whole) {
    double floored = floor(whole);
    if (whole - floored > 0.5) floored += 1.0;
    *quotient = floored;
  } else {
    *quotient = copysign(0.0, a / b);
  }
  *remainder = rest;
}

static Value floor_divide_doubles(double a, double b) {
  double quotient, remainder;
  if (b == 0) return raise(CLASS_ZERO_DIVISION_ERROR, "float floor division by zero");
  float_divmod(a, b, &quotient, &remainder);
  return float_from_double(quotient);
}
static Value remainder_doubles(double a, double b) {
  double quotient, remainder;
  if (b == 0) return raise(CLASS_ZERO_DIVISION_ERROR, "float modulo");
  float_divmod(a, b, &quotient, &remainder);
  return float_from_double(remainder);
}
static Value divmod_doubles(double a, double b) {
  double quotient, remainder;
  if (b == 0) return raise(CLASS_ZERO_DIVISION_ERROR, "float divmod()");
  float_divmod(a, b, &quotient, &remainder);
  return tuple_of(2, float_from_double(quotient), float_from_double(remainder));
}

static Value power_doubles(double a, double b) {
  if (a == 0 && b < 0 && isfinite(b))
    return raise(CLASS_ZERO_DIVISION_ERROR, "0.0 cannot be raised to a negative power");
  // A negative number to a broken power is complex.
  if (a < 0 && isfinite(a) && isfinite(b) && floor(b) != b) {
    Value base = complex_from_doubles(a, 0);
    Value exponent = base ? complex_from_doubles(b, 0) : NULL;
    return exponent ? value_binary(BINARY_POWER, base, exponent) : NULL;
  }
  double result = pow(a, b);
  if (isinf(result) && isfinite(a) && isfinite(b)) {
    Value arguments = tuple_of(2, value_from_small_int(34), str_from_c("Numerical result out of range"));
    Value error = arguments ? value_call_tuple(value_from_cell(BUILTIN(OVERFLOW_ERROR)), arguments, NULL) : NULL;
    return error ? raise_object(error) : NULL;
  }
  return float_from_double(result);
}

FLOAT_OPERATOR(add, add_doubles)
FLOAT_OPERATOR(subtract, subtract_doubles)
FLOAT_OPERATOR(multiply, multiply_doubles)
FLOAT_OPERATOR(divide, divide_doubles)
FLOAT_OPERATOR(floor_divide, floor_divide_doubles)
FLOAT_OPERATOR(remainder, remainder_doubles)
FLOAT_OPERATOR(divmod, divmod_doubles)
FLOAT_OPERATOR(power, power_doubles)

static Value float_power(Value base, Value exponent, Value modulus) {
  if (modulus && modulus != VALUE_NONE)
    return raise_type_error("pow() 3rd argument not allowed unless all arguments are integers");
  return power_operator(base, exponent);
}
static Value float_power_reversed(Value exponent, Value base, Value modulus) {
  if (modulus && modulus != VALUE_NONE)
    return raise_type_error("pow() 3rd argument not allowed unless all arguments are integers");
  return power_reversed(exponent, base);
}

// Exact order of a float and an int: -1, 0, 1; 2 when unordered; -2: exception.
static int compare_with_int(double x, Value whole) {
  if (isnan(x)) return 2;
  if (isinf(x)) return x < 0 ? -1 : 1;
  int64_t number;
  if (int_fits_int64(whole, &number) && number > -(1LL << 53) && number < 1LL << 53) {
    double y = (double)number;
    return x < y ? -1 : x > y;
  }
  Value truncated = int_from_double(x);
  if (!truncated) return -2;
  int order = int_compare(truncated, whole);
  if (order) return order;
  double fraction = x - trunc(x);
  return fraction < 0 ? -1 : fraction > 0;
}

#define FLOAT_COMPARISON(name, test)                                                                                   \
  static Value name##_operator(Value a, Value b) {                                                                     \
    if (value_is_float(b)) return value_from_bool(float_as_double(a) test float_as_double(b));                         \
    if (!value_is_int(b)) return VALUE_NOT_IMPLEMENTED;                                                                \
    int order = compare_with_int(float_as_double(a), b);                                                               \
    if (order == -2) return NULL;                                                                                      \
    if (order == 2) return value_from_bool(NAN test NAN);                                                              \
    return value_from_bool(order test 0);                                                                              \
  }
FLOAT_COMPARISON(less, <)
FLOAT_COMPARISON(less_equal, <=)
FLOAT_COMPARISON(equal, ==)
FLOAT_COMPARISON(not_equal, !=)
FLOAT_COMPARISON(greater, >)
FLOAT_COMPARISON(greater_equal, >=)

static Value float_exact(Value self) {
  return value_is_exact_float(self) ? self : float_from_double(float_as_double(self));
}
static Value float_negative(Value self) {
  return float_from_double(-float_as_double(self));
}
static Value float_absolute(Value self) {
  return float_from_double(fabs(float_as_double(self)));
}
static Value float_truth(Value self) {
  return value_from_bool(float_as_double(self) != 0);
}
static Value float_to_int(Value self) {
  return int_from_double(float_as_double(self));
}

static Value float_hash(Value self) {
  double number = float_as_double(self);
  // A nan equals nothing, not even itself: its identity is as good a hash as any, and spreads.
  return int_from_int64(isnan(number) ? value_identity_hash(self) : hash_double(number));
}

// ---- Methods ----

static Value float_floor_method(Value self) {
  return int_from_double(floor(float_as_double(self)));
}
static Value float_ceiling_method(Value self) {
  return int_from_double(ceil(float_as_double(self)));
}

static Value float_round_method(Value self, Value digits) {
  double number = float_as_double(self);
  if (!digits || digits == VALUE_NONE) {
    double rounded = round(number);
    if (fabs(number - trunc(number)) == 0.5) rounded = 2.0 * round(number / 2.0);
    return int_from_double(rounded);
  }
  ptrdiff_t count;
  if (!value_as_size(digits, &count, CLASS_COUNT)) return NULL;
  double rounded = float_round(number, count);
  if (isinf(rounded) && isfinite(number)) return raise(CLASS_OVERFLOW_ERROR, "rounded value too large to represent");
  return float_from_double(rounded);
}

static Value float_as_integer_ratio(Value self) {
  double number = float_as_double(self);
  if (isinf(number)) return raise(CLASS_OVERFLOW_ERROR, "cannot convert Infinity to integer ratio");
  if (isnan(number)) return raise_value_error("cannot convert NaN to integer ratio");
  int exponent;
  uint64_t significand = float_decompose(number, &exponent);
  Value numerator = int_from_int64(number < 0 ? -(int64_t)significand : (int64_t)significand);
  Value denominator = value_from_small_int(1);
  if (exponent > 0)
    numerator = int_left_shift(numerator, value_from_small_int(exponent));
  else
    denominator = int_left_shift(denominator, value_from_small_int(-exponent));
  return numerator && denominator ? tuple_of(2, numerator, denominator) : NULL;
}

static Value float_is_integer(Value self) {
  double number = float_as_double(self);
  return value_from_bool(isfinite(number) && floor(number) == number);
}

static Value float_hex_method(Value self) {
  char buffer[FLOAT_HEX_MAX];
  size_t length = float_hex(float_as_double(self), buffer);
  return str_from_latin1((const uint8_t *)buffer, length);
}

static Value float_from_hex(Value class, Value text) {
  if (!value_is_str(text)) return raise_type_error("bad argument type for built-in operation");
  size_t length;
  const char *utf8 = str_utf8(text, &length);
  if (!utf8) return NULL;
  double number;
  switch (float_parse_hex(utf8, length, &number)) {
  case FLOAT_HEX_INVALID:
    return raise_value_error("invalid hexadecimal floating-point string");
  case FLOAT_HEX_TOO_LARGE:
    return raise(CLASS_OVERFLOW_ERROR, "hexadecimal value too large to represent as a float");
  case FLOAT_HEX_OK:
    break;
  }
  Value result = float_from_double(number);
  if (!result || value_as_class(class) == BUILTIN(FLOAT)) return result;
  return value_call_1(class, result);
}

static Value float_getnewargs(Value self) {
  return tuple_of(1, float_exact(self));
}
static Value float_format_method(Value self, Value specification) {
  if (!value_is_str(specification)) return raise_type_error("__format__() argument must be str, not %T", specification);
  return format_float(self, specification);
}
static Value float_getformat([[maybe_unused]] Value class, Value kind) {
  if (!value_is_str(kind)) return raise_type_error("__getformat__() argument must be str, not %T", kind);
  if (!str_equals_c(kind, "double") && !str_equals_c(kind, "float"))
    return raise_value_error("__getformat__() argument 1 must be 'double' or 'float'");
  return str_from_c("IEEE, little-endian");
}
static Value get_imaginary([[maybe_unused]] Value self) {
  return float_from_double(0.0);
}

static const NativeMethod float_methods[] = {
    NATIVE("__new__", float_construct, "($type, x=0, /)", "Create a float.", NATIVE_STATIC),
    NATIVE("__repr__", float_repr_value, "($self, /)", "The shortest text that reads back as the same float."),
    NATIVE("__hash__", float_hash, "($self, /)", "Hash value.", NATIVE_NO_PYTHON),
    NUMBER_COMPARE("lt", less),
    NUMBER_COMPARE("le", less_equal),
    NUMBER_COMPARE("eq", equal),
    NUMBER_COMPARE("ne", not_equal),
    NUMBER_COMPARE("gt", greater),
    NUMBER_COMPARE("ge", greater_equal),
    NUMBER_BINARY("add", add),
    NUMBER_BINARY("sub", subtract),
    NUMBER_BINARY("mul", multiply),
    NUMBER_BINARY("mod", remainder),
    NUMBER_BINARY("divmod", divmod),
    NATIVE("__pow__", float_power, "($self, value, mod=None, /)", "Return pow(self, value)."),
    NATIVE("__rpow__", float_power_reversed, "($self, value, mod=None, /)", "Return pow(value, self)."),
    NATIVE("__neg__", float_negative, "($self, /)", "-self", NATIVE_NO_PYTHON),
    NATIVE("__pos__", float_exact, "($self, /)", "+self", NATIVE_NO_PYTHON),
    NATIVE("__abs__", float_absolute, "($self, /)", "abs(self)", NATIVE_NO_PYTHON),
    NATIVE("__bool__", float_truth, "($self, /)", "True if self is not zero", NATIVE_NO_PYTHON | NATIVE_PURE),
    NATIVE("__int__", float_to_int, "($self, /)", "int(self)", NATIVE_NO_PYTHON),
    NATIVE("__float__", float_exact, "($self, /)", "float(self)", NATIVE_NO_PYTHON),
    NUMBER_BINARY("floordiv", floor_divide),
    NUMBER_BINARY("truediv", divide),
    NATIVE("conjugate", float_exact, "($self, /)", "Return self: a float has no imaginary part."),
    NATIVE("__trunc__", float_to_int, "($self, /)", "The integral part."),
    NATIVE("__floor__", float_floor_method, "($self, /)", "The greatest int that is not above self."),
    NATIVE("__ceil__", float_ceiling_method, "($self, /)", "The least int that is not below self."),
    NATIVE("__round__", float_round_method, "($self, ndigits=None, /)",
           "The nearest value with ndigits decimals; halves go to even."),
    NATIVE("as_integer_ratio", float_as_integer_ratio, "($self, /)", "Two ints whose quotient is exactly self."),
    NATIVE("fromhex", float_from_hex, "($type, string, /)", "The float that a hexadecimal text stands for.",
           NATIVE_CLASS),
    NATIVE("hex", float_hex_method, "($self, /)", "The hexadecimal form."),
    NATIVE("is_integer", float_is_integer, "($self, /)", "Has self no fractional part?"),
    NATIVE("__getnewargs__", float_getnewargs, "($self, /)", "Arguments for copying."),
    NATIVE("__getformat__", float_getformat, "($type, typestr, /)", "How floats are stored; for the test suite.",
           NATIVE_CLASS),
    NATIVE("__format__", float_format_method, "($self, format_spec, /)", "Format by the specification."),
    {}};
static const NativeProperty float_properties[] = {
    {"real", float_exact, NULL, "the real part of a complex number"},
    {"imag", get_imaginary, NULL, "the imaginary part of a complex number"},
    {}};

static const CellType float_cell_type = {.name = "float"};
const ClassDef float_class = {.name = "float",
                              .doc = "float(x=0, /)\n--\n\nA number in double precision.",
                              .cell_type = &float_cell_type,
                              .instance_size = sizeof(Float),
                              .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE | CLASS_IS_FLOAT | CLASS_MATCH_SELF,
                              .methods = float_methods,
                              .properties = float_properties,
                              .construct = float_construct};
