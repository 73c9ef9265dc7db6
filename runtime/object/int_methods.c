// int and bool as Python sees them: constructors, operators, methods.
//
// Threads: immutable; every operation is atomic by having nothing to share.
#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/format.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/number_methods.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/support/unicode.h"

#include <stdlib.h>
#include <string.h>

// ---- int() ----

// Reduces text to ASCII digits: Unicode decimals become their digits, outer white space goes. Zero if some character
// cannot be part of a number. The result is malloc'ed.
static char *ascii_number(Value text, size_t *length) {
  const Str *source = value_as_str(text);
  size_t start = 0, end = source->length;
  while (start < end && unicode_is_space(str_character(source, start))) start++;
  while (end > start && unicode_is_space(str_character(source, end - 1))) end--;
  char *result = malloc(end - start + 1);
  if (!result) {
    raise_memory_error();
    return NULL;
  }
  for (size_t i = start; i < end; i++) {
    uint32_t character = str_character(source, i);
    int digit = character < 0x80 ? -1 : unicode_decimal(character);
    result[i - start] = digit >= 0 ? (char)('0' + digit) : character < 0x80 ? (char)character : '?';
  }
  result[end - start] = 0;
  *length = end - start;
  return result;
}

static int character_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') return (c | 0x20) - 'a' + 10;
  return 99;
}

// Parses sign, prefix, digits with underscores. VALUE_MISSING: not a number.
static Value parse_int(const char *text, size_t length, int base) {
  size_t at = 0;
  bool negative = false;
  if (at < length && (text[at] == '+' || text[at] == '-')) negative = text[at++] == '-';
  bool prefixed = false;
  if (at + 1 < length && text[at] == '0') {
    char letter = text[at + 1] | 0x20;
    int implied = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
    if (implied && (base == 0 || base == implied)) {
      base = implied;
      at += 2;
      prefixed = true;
    }
  }
  bool must_be_zero = false;
  if (base == 0) {
    base = 10;
    must_be_zero = at < length && text[at] == '0'; // "010" is not a literal
  }
  char *digits = malloc(length - at + 1);
  if (!digits) return raise_memory_error();
  size_t count = 0;
  bool valid = at < length, after_underscore = !prefixed, nonzero = false;
  for (; valid && at < length; at++) {
    if (text[at] == '_') {
      valid = !after_underscore;
      after_underscore = true;
    } else {
      int digit = character_digit(text[at]);
      valid = digit < base;
      nonzero |= digit != 0;
      digits[count++] = text[at];
      after_underscore = false;
    }
  }
  valid = valid && count > 0 && !after_underscore && !(must_be_zero && nonzero);
  Value number = valid ? int_from_digits(digits, count, base, negative) : VALUE_MISSING;
  free(digits);
  return number;
}

Value int_from_text(Value text, int base) {
  size_t length;
  char *ascii = ascii_number(text, &length);
  if (!ascii) return NULL;
  Value number = strlen(ascii) == length ? parse_int(ascii, length, base) : VALUE_MISSING;
  free(ascii);
  if (number == VALUE_MISSING) return raise_value_error("invalid literal for int() with base %d: %.200R", base, text);
  return number;
}

static Value int_from_byte_text(Value object, const uint8_t *bytes, size_t length, int base) {
  size_t start = 0, end = length;
  while (start < end && unicode_is_space(bytes[start]) && bytes[start] < 0x80) start++;
  while (end > start && unicode_is_space(bytes[end - 1]) && bytes[end - 1] < 0x80) end--;
  Value number = memchr(bytes, 0, length) ? VALUE_MISSING : parse_int((const char *)bytes + start, end - start, base);
  KEEP(object);
  if (number == VALUE_MISSING) {
    Value shown = bytes_new(bytes, length);
    return shown ? raise_value_error("invalid literal for int() with base %d: %.200R", base, shown) : NULL;
  }
  return number;
}

// The result of __int__ or __trunc__: must be an int; subclasses are going out of use.
static Value check_int_result(Value result, const char *method) {
  if (!result || value_is_exact_int(result)) return result;
  if (!value_is_int(result)) return raise_type_error("%s returned non-int (type %.200T)", method, result);
  if (!warn(CLASS_DEPRECATION_WARNING, 1,
            "%s returned non-int (type %.200T).  The ability to return an instance of a strict subclass of int is "
            "deprecated, and may "
            "not be allowed in a future version of Python.",
            method, result))
    return NULL;
  return int_exact(result);
}

static Value exact_index(Value value) {
  Value result = value_index(value);
  return result ? int_exact(result) : NULL;
}

Value value_to_int(Value value) {
  if (value_is_exact_int(value)) return value;
  if (value_is_immediate_float(value)) return int_from_double(value_immediate_double(value));
  Value method = value_special(value, SPECIAL_INT);
  if (method) return check_int_result(special_call_1(method, value), "__int__");
  if (value_special(value, SPECIAL_INDEX)) return exact_index(value);
  method = value_special(value, SPECIAL_TRUNC);
  if (method) {
    if (!warn(CLASS_DEPRECATION_WARNING, 1, "The delegation of int() to __trunc__ is deprecated.")) return NULL;
    Value result = special_call_1(method, value);
    if (!result || value_is_int(result)) return result ? int_exact(result) : NULL;
    if (value_special(result, SPECIAL_INDEX)) return exact_index(result);
    return raise_type_error("__trunc__ returned non-Integral (type %.200T)", result);
  }
  if (value_is_str(value)) return int_from_text(value, 10);
  Buffer buffer;
  if (value_is_bytes(value) || value_is_bytearray(value) || value_has_buffer(value)) {
    if (!buffer_acquire(value, &buffer, BUFFER_SIMPLE)) return NULL;
    Value number = int_from_byte_text(value, buffer.data, buffer.length, 10);
    buffer_release(&buffer);
    return number;
  }
  return raise_type_error("int() argument must be a string, a bytes-like object or a real number, not '%.200T'", value);
}

// An instance of `class` (a subclass of int) with the value of the exact int `number`.
static Value int_in_class(Class *class, Value number) {
  if (class == BUILTIN(INT)) return number;
  uint64_t small;
  const uint64_t *limbs = &small;
  int64_t size;
  if (value_is_small_int(number)) {
    int64_t value = value_small_int(number);
    small = value < 0 ? -(uint64_t)value : (uint64_t)value;
    size = value == 0 ? 0 : value < 0 ? -1 : 1;
  } else {
    limbs = ((Int *)value_cell(number))->limbs;
    size = ((Int *)value_cell(number))->size;
  }
  size_t count = (size_t)(size < 0 ? -size : size);
  Int *result = class_allocate(class, count * sizeof(uint64_t));
  if (!result) return NULL;
  result->size = size;
  memcpy(result->limbs, limbs, count * sizeof(uint64_t));
  KEEP(number);
  return value_from_cell(result);
}

static Value int_new(Value class, Value object, Value base_value) {
  Value number;
  if (!object) {
    if (base_value) return raise_type_error("int() missing string argument");
    number = value_from_small_int(0);
  } else if (!base_value) {
    number = value_to_int(object);
  } else {
    ptrdiff_t base;
    if (!value_as_size(base_value, &base, CLASS_COUNT)) return NULL;
    if (base != 0 && (base < 2 || base > 36)) return raise_value_error("int() base must be >= 2 and <= 36, or 0");
    if (value_is_str(object)) {
      number = int_from_text(object, (int)base);
    } else if (value_is_bytes(object) || value_is_bytearray(object)) {
      Buffer buffer;
      if (!buffer_acquire(object, &buffer, BUFFER_SIMPLE)) return NULL;
      number = int_from_byte_text(object, buffer.data, buffer.length, (int)base);
      buffer_release(&buffer);
    } else {
      return raise_type_error("int() can't convert non-string with explicit base");
    }
  }
  return number ? int_in_class(value_as_class(class), number) : NULL;
}

// int(x) is common: it needs no argument parsing.
static Value int_construct(Value class, Value *arguments, size_t count, Value keyword_names) {
  if (count == 1 && (!keyword_names || tuple_count(keyword_names) == 0)) return value_to_int(arguments[0]);
  return native_invoke((NativeObject *)value_cell(class_special(value_as_class(class), SPECIAL_NEW)), class, arguments,
                       count, keyword_names);
}

// ---- Operators ----

#define INT_OPERATOR(name, core)                                                                                       \
  static Value name##_operator(Value a, Value b) {                                                                     \
    return value_is_int(b) ? core(a, b) : VALUE_NOT_IMPLEMENTED;                                                       \
  }                                                                                                                    \
  static Value name##_reversed(Value a, Value b) {                                                                     \
    return value_is_int(b) ? core(b, a) : VALUE_NOT_IMPLEMENTED;                                                       \
  }
INT_OPERATOR(add, int_add)
INT_OPERATOR(subtract, int_subtract)
INT_OPERATOR(multiply, int_multiply)
INT_OPERATOR(floor_divide, int_floor_divide)
INT_OPERATOR(remainder, int_remainder)
INT_OPERATOR(true_divide, int_true_divide)
INT_OPERATOR(left_shift, int_left_shift)
INT_OPERATOR(right_shift, int_right_shift)
INT_OPERATOR(and, int_and)
INT_OPERATOR(or, int_or)
INT_OPERATOR(xor, int_xor)

static Value divmod_values(Value a, Value b) {
  Value quotient, remainder;
  return int_divmod(a, b, &quotient, &remainder) ? tuple_of(2, quotient, remainder) : NULL;
}
INT_OPERATOR(divmod, divmod_values)

static Value power_operator(Value base, Value exponent, Value modulus) {
  if (!value_is_int(exponent) || (modulus && modulus != VALUE_NONE && !value_is_int(modulus)))
    return VALUE_NOT_IMPLEMENTED;
  return int_power(base, exponent, modulus == VALUE_NONE ? NULL : modulus);
}
static Value power_reversed(Value exponent, Value base, Value modulus) {
  return value_is_int(base) ? power_operator(base, exponent, modulus) : VALUE_NOT_IMPLEMENTED;
}

#define INT_COMPARISON(name, test)                                                                                     \
  static Value name##_operator(Value a, Value b) {                                                                     \
    return value_is_int(b) ? value_from_bool(int_compare(a, b) test 0) : VALUE_NOT_IMPLEMENTED;                        \
  }
INT_COMPARISON(less, <)
INT_COMPARISON(less_equal, <=)
INT_COMPARISON(equal, ==)
INT_COMPARISON(not_equal, !=)
INT_COMPARISON(greater, >)
INT_COMPARISON(greater_equal, >=)

static Value int_absolute(Value self) {
  return int_sign(self) < 0 ? int_negative(self) : int_exact(self);
}
static Value int_truth(Value self) {
  return value_from_bool(int_sign(self) != 0);
}
static Value int_to_float(Value self) {
  double number = int_as_double(self);
  return number == -1.0 && exception_pending() ? NULL : float_from_double(number);
}
static Value int_repr_method(Value self) {
  return int_to_str(self, 10, false);
}
static Value int_hash_method(Value self) {
  return int_from_int64(int_hash(self));
}

// ---- Methods ----

static Value int_round_method(Value self, Value digits) {
  if (!digits) return int_exact(self);
  Value count = value_index(digits);
  if (!count) return NULL;
  if (int_sign(count) >= 0) return int_exact(self);
  // round(x, -n): the nearest multiple of 10^n, half to even
  Value unit = int_power(value_from_small_int(10), int_negative(count), NULL);
  Value quotient, remainder;
  if (!unit || !int_divmod(self, unit, &quotient, &remainder)) return NULL;
  Value twice = int_add(remainder, remainder);
  if (!twice) return NULL;
  int order = int_compare(twice, unit);
  int64_t odd = int_sign(int_and(quotient, value_from_small_int(1)));
  if (order > 0 || (order == 0 && odd)) quotient = int_add(quotient, value_from_small_int(1));
  return quotient ? int_multiply(quotient, unit) : NULL;
}

static Value int_bit_length_method(Value self) {
  return int_from_size(int_bit_length(self));
}
static Value int_bit_count_method(Value self) {
  Value magnitude = int_absolute(self);
  if (!magnitude) return NULL;
  if (value_is_small_int(magnitude))
    return value_from_small_int(__builtin_popcountll((uint64_t)value_small_int(magnitude)));
  const Int *cell = (const Int *)value_cell(magnitude);
  int64_t count = 0;
  for (int64_t i = 0; i < cell->size; i++) count += __builtin_popcountll(cell->limbs[i]);
  return value_from_small_int(count);
}

static bool byte_order(Value value, bool *little) {
  *little = false;
  if (!value || (value_is_str(value) && str_equals_c(value, "big"))) return true;
  if (!value_is_str(value)) {
    raise_type_error("byteorder must be str, not %T", value);
    return false;
  }
  *little = str_equals_c(value, "little");
  if (!*little) raise_value_error("byteorder must be either 'little' or 'big'");
  return *little;
}

static Value int_to_bytes_method(Value self, Value length_value, Value order, Value is_signed) {
  ptrdiff_t length = 1;
  bool little;
  if (length_value && !value_as_size(length_value, &length, CLASS_OVERFLOW_ERROR)) return NULL;
  if (!byte_order(order, &little)) return NULL;
  int with_sign = is_signed ? value_truth(is_signed) : 0;
  if (with_sign < 0) return NULL;
  if (length < 0) return raise_value_error("length argument must be non-negative");
  Bytes *bytes = bytes_allocate((size_t)length);
  return bytes && int_to_bytes(self, bytes->data, (size_t)length, little, with_sign) ? value_from_cell(bytes) : NULL;
}

static Value int_from_bytes_method(Value class, Value source, Value order, Value is_signed) {
  bool little;
  if (!byte_order(order, &little)) return NULL;
  int with_sign = is_signed ? value_truth(is_signed) : 0;
  if (with_sign < 0) return NULL;
  Value bytes = value_call_1(value_from_cell(BUILTIN(BYTES)), source);
  if (value_is_str(source)) return raise_type_error("cannot convert 'str' object to bytes");
  if (value_is_int(source)) return raise_type_error("cannot convert 'int' object to bytes");
  if (!bytes) return NULL;
  const Bytes *cell = value_as_bytes(bytes);
  Value number = int_from_bytes(cell->data, cell->length, little, with_sign);
  if (!number || value_as_class(class) == BUILTIN(INT)) return number;
  return value_call_1(class, number);
}

static Value int_as_integer_ratio(Value self) {
  Value number = int_exact(self);
  return number ? tuple_of(2, number, value_from_small_int(1)) : NULL;
}
static Value int_getnewargs(Value self) {
  Value number = int_exact(self);
  return number ? tuple_new(&number, 1) : NULL;
}
static Value int_format_method(Value self, Value specification) {
  if (!value_is_str(specification)) return raise_type_error("__format__() argument must be str, not %T", specification);
  return format_int(self, specification);
}
static Value int_sizeof(Value self) {
  return int_from_size(24 + (int_bit_length(self) + 29) / 30 * 4);
}

static Value get_denominator([[maybe_unused]] Value self) {
  return value_from_small_int(1);
}
static Value get_imaginary([[maybe_unused]] Value self) {
  return value_from_small_int(0);
}

static const NativeMethod int_methods[] = {
    NATIVE("__new__", int_new, "($type, x=0, /, base=10)", "Create an int.", NATIVE_STATIC),
    NATIVE("__repr__", int_repr_method, "($self, /)", "The decimal digits."),
    NATIVE("__hash__", int_hash_method, "($self, /)", "Hash value.", NATIVE_NO_PYTHON | NATIVE_PURE),
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
    NATIVE("__pow__", power_operator, "($self, value, mod=None, /)", "Return pow(self, value, mod)."),
    NATIVE("__rpow__", power_reversed, "($self, value, mod=None, /)", "Return pow(value, self, mod)."),
    NATIVE("__neg__", int_negative, "($self, /)", "-self", NATIVE_NO_PYTHON),
    NATIVE("__pos__", int_exact, "($self, /)", "+self", NATIVE_NO_PYTHON),
    NATIVE("__abs__", int_absolute, "($self, /)", "abs(self)", NATIVE_NO_PYTHON),
    NATIVE("__bool__", int_truth, "($self, /)", "True if self is not zero", NATIVE_NO_PYTHON | NATIVE_PURE),
    NATIVE("__invert__", int_invert, "($self, /)", "~self", NATIVE_NO_PYTHON),
    NUMBER_BINARY("lshift", left_shift),
    NUMBER_BINARY("rshift", right_shift),
    NUMBER_BINARY("and", and),
    NUMBER_BINARY("xor", xor),
    NUMBER_BINARY("or", or),
    NATIVE("__int__", int_exact, "($self, /)", "int(self)", NATIVE_NO_PYTHON),
    NATIVE("__float__", int_to_float, "($self, /)", "float(self)", NATIVE_NO_PYTHON),
    NUMBER_BINARY("floordiv", floor_divide),
    NUMBER_BINARY("truediv", true_divide),
    NATIVE("__index__", int_exact, "($self, /)", "Return self as an exact int.", NATIVE_NO_PYTHON),
    NATIVE("conjugate", int_exact, "($self, /)", "Return self: an int has no imaginary part."),
    NATIVE("bit_length", int_bit_length_method, "($self, /)", "Number of bits of the magnitude."),
    NATIVE("bit_count", int_bit_count_method, "($self, /)", "Number of ones in the magnitude's binary form."),
    NATIVE("to_bytes", int_to_bytes_method, "($self, /, length=1, byteorder='big', *, signed=False)",
           "The int as bytes."),
    NATIVE("from_bytes", int_from_bytes_method, "($type, /, bytes, byteorder='big', *, signed=False)",
           "The int that bytes stand for.", NATIVE_CLASS),
    NATIVE("as_integer_ratio", int_as_integer_ratio, "($self, /)", "The pair (self, 1)."),
    NATIVE("__trunc__", int_exact, "($self, /)", "Return self."),
    NATIVE("__floor__", int_exact, "($self, /)", "Return self."),
    NATIVE("__ceil__", int_exact, "($self, /)", "Return self."),
    NATIVE("__round__", int_round_method, "($self, ndigits=<unrepresentable>, /)",
           "Round to 10**-ndigits; halves go to even."),
    NATIVE("__getnewargs__", int_getnewargs, "($self, /)", "Arguments for copying."),
    NATIVE("__format__", int_format_method, "($self, format_spec, /)", "Format by the specification."),
    NATIVE("__sizeof__", int_sizeof, "($self, /)", "Size in memory, in bytes."),
    {}};
static const NativeProperty int_properties[] = {
    {"real", int_exact, NULL, "the real part of a complex number"},
    {"imag", get_imaginary, NULL, "the imaginary part of a complex number"},
    {"numerator", int_exact, NULL, "the numerator of a rational number in lowest terms"},
    {"denominator", get_denominator, NULL, "the denominator of a rational number in lowest terms"},
    {}};

static const CellType int_cell_type = {.name = "int", .has_tail = true};
const ClassDef int_class = {.name = "int",
                            .doc = "int(x=0, /, base=10)\n--\n\nA whole number of any size.",
                            .cell_type = &int_cell_type,
                            .instance_size = sizeof(Int),
                            .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE | CLASS_VARIABLE_SIZE | CLASS_IS_INT |
                                     CLASS_MATCH_SELF,
                            .methods = int_methods,
                            .properties = int_properties,
                            .construct = int_construct};

// ---- bool ----

static Value bool_new([[maybe_unused]] Value class, Value object) {
  int truth = object ? value_truth(object) : 0;
  return truth < 0 ? NULL : value_from_bool(truth);
}
static Value bool_construct(Value class, Value *arguments, size_t count, Value keyword_names) {
  if (count == 1 && (!keyword_names || tuple_count(keyword_names) == 0)) return bool_new(class, arguments[0]);
  return native_invoke((NativeObject *)value_cell(class_special(value_as_class(class), SPECIAL_NEW)), class, arguments,
                       count, keyword_names);
}

static Value bool_repr(Value self) {
  return self == VALUE_TRUE ? NAME(True) : NAME(False);
}
static Value bool_and(Value a, Value b) {
  if (value_is_bool(b)) return value_from_bool(a == VALUE_TRUE && b == VALUE_TRUE);
  return and_operator(a, b);
}
static Value bool_or(Value a, Value b) {
  if (value_is_bool(b)) return value_from_bool(a == VALUE_TRUE || b == VALUE_TRUE);
  return or_operator(a, b);
}
static Value bool_xor(Value a, Value b) {
  if (value_is_bool(b)) return value_from_bool(a != b);
  return xor_operator(a, b);
}

static const NativeMethod bool_methods[] = {
    NATIVE("__new__", bool_new, "($type, x=False, /)", "The truth of x.", NATIVE_STATIC),
    NATIVE("__repr__", bool_repr, "($self, /)", "True or False."),
    NATIVE("__and__", bool_and, "($self, value, /)", "Return self & value."),
    NATIVE("__rand__", bool_and, "($self, value, /)", "Return value & self."),
    NATIVE("__xor__", bool_xor, "($self, value, /)", "Return self ^ value."),
    NATIVE("__rxor__", bool_xor, "($self, value, /)", "Return value ^ self."),
    NATIVE("__or__", bool_or, "($self, value, /)", "Return self | value."),
    NATIVE("__ror__", bool_or, "($self, value, /)", "Return value | self."),
    {}};
const ClassDef bool_class = {.name = "bool",
                             .doc = "bool(x=False, /)\n--\n\nTrue or False.",
                             .cell_type = &int_cell_type,
                             .instance_size = sizeof(Int),
                             .flags = CLASS_IMMUTABLE | CLASS_IS_INT | CLASS_MATCH_SELF,
                             .methods = bool_methods,
                             .construct = bool_construct};
