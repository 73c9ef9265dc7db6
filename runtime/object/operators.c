// Operators: which special method of which operand is asked, and in what order.
//
// Binary: if the right operand's class derives from the left one's and its reflected method is another one, that goes
// first; then the left method; then the reflected one, unless both operands are of the same class. A native sequence's
// __add__ and __mul__ (NATIVE_SEQUENCE) come after the other operand's reflected method.
#include "runtime/object/call.h"
#include "runtime/object/container.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/float.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

#include <string.h>

static const char *const binary_symbols[BINARY_COUNT] = {
#define BINARY_OPERATOR(NAME, symbol, method, reversed, in_place) symbol,
#include "runtime/object/operators.def"
};
static const char *const comparison_symbols[COMPARE_COUNT] = {
#define COMPARISON(NAME, symbol, method, swapped) symbol,
#include "runtime/object/operators.def"
};
static const uint8_t comparison_swapped[COMPARE_COUNT] = {
#define COMPARISON(NAME, symbol, method, swapped) COMPARE_##swapped,
#include "runtime/object/operators.def"
};
static const char *const unary_symbols[UNARY_COUNT] = {
#define UNARY_OPERATOR(NAME, symbol, method) symbol,
#include "runtime/object/operators.def"
};

// Special numbers: operators come first in the enum, three for each binary one.
static inline Special special_of_binary(BinaryOperator operator) {
  return (Special)(SPECIAL_ADD + 3 * operator);
}
static inline Special special_of_reflected(BinaryOperator operator) {
  return (Special)(SPECIAL_RADD + 3 * operator);
}
static inline Special special_of_in_place(BinaryOperator operator) {
  return (Special)(SPECIAL_IADD + 3 * operator);
}
static_assert((int)SPECIAL_OR == 3 * BINARY_OR && (int)SPECIAL_LESS == 3 * BINARY_COUNT);

static bool is_sequence_method(Value method) {
  if (!VALUE_IS_EXACT(method, SLOT_WRAPPER)) return false;
  return ((NativeObject *)value_cell(method))->method->flags & NATIVE_SEQUENCE;
}

// Has `derived` a reflected method of its own, that is, one that is not simply inherited from `base`?
static bool overrides(Class *derived, Class *base, Special special) {
  Value method = class_special(derived, special);
  return method && method != class_special(base, special);
}

// sequence * number: says what is wrong with the other operand better than the method itself could.
static bool can_repeat(Special first, Value method, Value other) {
  bool repeats = first == SPECIAL_MULTIPLY || first == SPECIAL_RMULTIPLY || first == SPECIAL_IMULTIPLY;
  if (!repeats || !is_sequence_method(method) || value_is_int(other) || value_special(other, SPECIAL_INDEX))
    return true;
  raise_type_error("can't multiply sequence by non-int of type '%.200T'", other);
  return false;
}

// VALUE_NOT_IMPLEMENTED when neither operand knows the other. `first` and `reflected` are the two special methods.
static Value binary_try(Special first, Special reflected, Value a, Value b) {
  Class *left = value_class(a), *right = value_class(b);
  Value method = class_special(left, first);
  Value other = left == right ? NULL : class_special(right, reflected);
  Value result;
  if (other && ((method && is_sequence_method(method) && !is_sequence_method(other)) ||
                (overrides(right, left, reflected) && class_is_subclass(right, left)))) {
    result = special_call_2(other, b, a);
    if (result != VALUE_NOT_IMPLEMENTED) return result;
    other = NULL;
  }
  if (method) {
    if (!can_repeat(first, method, b)) return NULL;
    result = special_call_2(method, a, b);
    if (result != VALUE_NOT_IMPLEMENTED) return result;
  }
  if (!other) return VALUE_NOT_IMPLEMENTED;
  return can_repeat(reflected, other, a) ? special_call_2(other, b, a) : NULL;
}

static Value raise_unsupported(const char *symbol, const char *more, Value a, Value b) {
  return raise_type_error("unsupported operand type(s) for %s%s: '%.100T' and '%.100T'", symbol, more, a, b);
}

static bool is_print(Value value) {
  return VALUE_IS_EXACT(value, BUILTIN_FUNCTION) &&
         strcmp(((NativeObject *)value_cell(value))->method->name, "print") == 0;
}

static Value raise_unsupported_binary(BinaryOperator operator, Value a, Value b) {
  if (operator == BINARY_RIGHT_SHIFT && is_print(a))
    return raise_type_error("unsupported operand type(s) for >>: '%.100T' and '%.100T'. Did you mean "
                            "\"print(<message>, file=<output_stream>)\"?",
                            a, b);
  return raise_unsupported(operator == BINARY_POWER ? "** or pow()" : binary_symbols[operator], "", a, b);
}

static inline bool is_small_int_or_bool(Value value) {
  return value_is_small_int(value) || value_is_bool(value);
}
static inline int64_t small_int_or_bool(Value value) {
  return value_is_small_int(value) ? value_small_int(value) : value == VALUE_TRUE;
}

// What programs that count truths do most; zero: something else.
static inline Value binary_small(BinaryOperator operator, Value a, Value b) {
  if (!is_small_int_or_bool(a) || !is_small_int_or_bool(b)) return NULL;
  int64_t x = small_int_or_bool(a), y = small_int_or_bool(b), product;
  switch (operator) {
  case BINARY_ADD:
    return int_from_int64(x + y);
  case BINARY_SUBTRACT:
    return int_from_int64(x - y);
  case BINARY_MULTIPLY:
    return __builtin_mul_overflow(x, y, &product) ? NULL : int_from_int64(product);
  default:
    return NULL;
  }
}

// What the operators of exact ints do; NULL: something else.
static Value (*const int_operations[BINARY_COUNT])(Value a, Value b) = {
    [BINARY_ADD] = int_add,
    [BINARY_SUBTRACT] = int_subtract,
    [BINARY_MULTIPLY] = int_multiply,
    [BINARY_FLOOR_DIVIDE] = int_floor_divide,
    [BINARY_REMAINDER] = int_remainder,
    [BINARY_LEFT_SHIFT] = int_left_shift,
    [BINARY_RIGHT_SHIFT] = int_right_shift,
    [BINARY_AND] = int_and,
    [BINARY_XOR] = int_xor,
    [BINARY_OR] = int_or,
};

Value value_binary(BinaryOperator operator, Value a, Value b) {
  Value small = binary_small(operator, a, b);
  if (small) return small;
  if (value_is_exact_int(a) && value_is_exact_int(b) && int_operations[operator]) return int_operations[operator](a, b);
  Value result = binary_try(special_of_binary(operator), special_of_reflected(operator), a, b);
  return __builtin_expect(result == VALUE_NOT_IMPLEMENTED, 0) ? raise_unsupported_binary(operator, a, b) : result;
}

Value value_binary_in_place(BinaryOperator operator, Value a, Value b) {
  Value small = binary_small(operator, a, b);
  if (small) return small;
  Value method = value_special(a, special_of_in_place(operator));
  if (method) {
    if (is_sequence_method(method)) {
      Value other = value_special(b, special_of_reflected(operator));
      if (other && value_class(a) != value_class(b) && !is_sequence_method(other)) {
        Value result = special_call_2(other, b, a);
        if (result != VALUE_NOT_IMPLEMENTED) return result;
      }
    }
    if (!can_repeat(special_of_in_place(operator), method, b)) return NULL;
    Value result = special_call_2(method, a, b);
    if (result != VALUE_NOT_IMPLEMENTED) return result;
  }
  Value result = binary_try(special_of_binary(operator), special_of_reflected(operator), a, b);
  return result == VALUE_NOT_IMPLEMENTED ? raise_unsupported(binary_symbols[operator], "=", a, b) : result;
}

Value value_binary_declined(BinaryOperator operator, Value a, Value b, bool in_place) {
  Class *left = value_class(a), *right = value_class(b);
  bool left_has_declined = left->flags & CLASS_HEAP_TYPE;
  Special reflected = special_of_reflected(operator);
  Value other = left_has_declined && left != right ? right->special[reflected] : NULL;
  if (other) {
    Value result = can_repeat(reflected, other, a) ? special_call_2(other, b, a) : NULL;
    if (result != VALUE_NOT_IMPLEMENTED) return result;
  }
  return in_place ? raise_unsupported(binary_symbols[operator], "=", a, b) : raise_unsupported_binary(operator, a, b);
}

Value value_power(Value base, Value exponent, Value modulus) {
  if (modulus == VALUE_NONE) return value_binary(BINARY_POWER, base, exponent);
  Value method = value_special(base, SPECIAL_POWER);
  if (method) {
    Value result = special_call_3(method, base, exponent, modulus);
    if (result != VALUE_NOT_IMPLEMENTED) return result;
  }
  // Of the other operands only native classes are asked, never a __rpow__ written in Python: float and complex say what
  // is wrong.
  Value others[] = {exponent, modulus};
  for (int i = 0; i < 2; i++) {
    method = value_special(others[i], special_of_reflected(BINARY_POWER));
    if (!method || value_class(method) != BUILTIN(SLOT_WRAPPER)) continue;
    Value result = special_call_3(method, others[i], base, i ? exponent : modulus);
    if (result != VALUE_NOT_IMPLEMENTED) return result;
  }
  return raise_type_error("unsupported operand type(s) for ** or pow(): '%.100T', '%.100T', '%.100T'", base, exponent,
                          modulus);
}

Value value_divmod(Value a, Value b) {
  Value result = binary_try(SPECIAL_DIVMOD, SPECIAL_RDIVMOD, a, b);
  return result == VALUE_NOT_IMPLEMENTED ? raise_unsupported("divmod()", "", a, b) : result;
}

Value value_unary(UnaryOperator operator, Value a) {
  Value method = value_special(a, (Special)(SPECIAL_NEGATIVE + operator));
  if (method) return special_call_1(method, a);
  return raise_type_error("bad operand type for unary %s: '%.200T'", unary_symbols[operator], a);
}

// Comparison

// A comparison method that cannot be bound counts as missing.
static Value compare_by(Value method, Value a, Value b) {
  if (!method) return VALUE_NOT_IMPLEMENTED;
  if (value_class(method)->flags & CLASS_BINDS_AS_METHOD) return special_call_2(method, a, b);
  Value bound = descriptor_get(method, a, value_class(a));
  if (bound) return value_call_1(bound, b);
  exception_clear();
  return VALUE_NOT_IMPLEMENTED;
}

// Nobody knows how to compare them.
static Value compare_by_default(Comparison comparison, Value a, Value b) {
  if (comparison == COMPARE_EQUAL) return value_from_bool(a == b);
  if (comparison == COMPARE_NOT_EQUAL) return value_from_bool(a != b);
  return raise_type_error("'%s' not supported between instances of '%.100T' and '%.100T'",
                          comparison_symbols[comparison], a, b);
}

Value value_compare_declined(Comparison comparison, Value a, Value b) {
  Value result = compare_by(value_class(b)->special[SPECIAL_LESS + comparison_swapped[comparison]], b, a);
  return result != VALUE_NOT_IMPLEMENTED ? result : compare_by_default(comparison, a, b);
}

static Value compare(Comparison comparison, Value a, Value b) {
  Class *left = value_class(a), *right = value_class(b);
  Special swapped = (Special)(SPECIAL_LESS + comparison_swapped[comparison]);
  bool tried = false;
  Value result;
  if (left != right && class_is_subclass(right, left)) {
    tried = true;
    result = compare_by(class_special(right, swapped), b, a);
    if (result != VALUE_NOT_IMPLEMENTED) return result;
  }
  result = compare_by(class_special(left, SPECIAL_LESS + comparison), a, b);
  if (result != VALUE_NOT_IMPLEMENTED) return result;
  if (!tried) {
    result = compare_by(class_special(right, swapped), b, a);
    if (result != VALUE_NOT_IMPLEMENTED) return result;
  }
  return compare_by_default(comparison, a, b);
}

// Numbers and strings, which most comparisons are about. 1, 0, or -1: something else.
static inline int compare_simple(Comparison comparison, Value a, Value b) {
  if (values_are_small_ints(a, b)) return order_satisfies(comparison, value_small_int(a), value_small_int(b));
  if (value_is_immediate_float(a) && value_is_immediate_float(b)) {
    double left = value_immediate_double(a), right = value_immediate_double(b);
    if (left != left || right != right) return comparison == COMPARE_NOT_EQUAL;
    return order_satisfies(comparison, left > right, left < right);
  }
  if (!VALUE_IS_EXACT(a, STR) || !VALUE_IS_EXACT(b, STR)) return -1;
  if (comparison == COMPARE_EQUAL || comparison == COMPARE_NOT_EQUAL)
    return str_equals(a, b) == (comparison == COMPARE_EQUAL);
  return order_satisfies(comparison, str_compare(a, b), 0);
}

Value value_compare(Comparison comparison, Value a, Value b) {
  int simple = compare_simple(comparison, a, b);
  if (simple >= 0) return value_from_bool(simple);
  if (__builtin_expect(c_stack_is_low(), 0))
    return raise(CLASS_RECURSION_ERROR, "maximum recursion depth exceeded in comparison");
  return compare(comparison, a, b);
}

int value_compare_truth(Comparison comparison, Value a, Value b) {
  int simple = compare_simple(comparison, a, b);
  if (simple >= 0) return simple;
  Value result = value_compare(comparison, a, b);
  if (result == VALUE_TRUE) return 1;
  if (result == VALUE_FALSE) return 0;
  return result ? value_truth(result) : -1;
}

int value_equal(Value a, Value b) {
  if (a == b) return 1;
  if (values_are_small_ints(a, b)) return 0;
  if (VALUE_IS_EXACT(a, STR) && VALUE_IS_EXACT(b, STR)) return str_equals(a, b);
  if (VALUE_IS_EXACT(a, TUPLE) && VALUE_IS_EXACT(b, TUPLE) && !c_stack_is_low()) return tuple_items_equal(a, b);
  return value_compare_truth(COMPARE_EQUAL, a, b);
}

int value_truth(Value value) {
  if (value == VALUE_TRUE) return 1;
  if (value == VALUE_FALSE || value == VALUE_NONE) return 0;
  if (value_is_small_int(value)) return value_small_int(value) != 0;
  Class *class = value_class(value);
  Value method = class_special(class, SPECIAL_BOOL);
  if (method) {
    Value result = special_call_1(method, value);
    if (result == VALUE_TRUE) return 1;
    if (result == VALUE_FALSE) return 0;
    if (result) raise_type_error("__bool__ should return bool, returned %.200T", result);
    return -1;
  }
  method = class_special(class, SPECIAL_LEN);
  if (!method) return 1;
  ptrdiff_t length = special_length(method, value);
  return length < 0 ? -1 : length > 0;
}
