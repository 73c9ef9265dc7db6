// The methods that compute. Most exist twice: x.exp(context=None) of Decimal and context.exp(x) of Context.
//
// All take the same way: operands are lent to GMP, the operation computes with a copy of the context's settings, and
// the context is told what there was to report, which may raise.
#include "runtime/module/_decimal.h"
#include "runtime/object/container.h"
#include "runtime/object/sequence.h"

Value decimal_operand(Value value) {
  if (value_is_decimal(value)) return value;
  return value_is_int(value) ? decimal_from_int(decimal_state.decimal, value) : VALUE_NOT_IMPLEMENTED;
}
// The same for arguments. Zero: TypeError.
static Value argument(Value value) {
  Value operand = decimal_operand(value);
  if (operand != VALUE_NOT_IMPLEMENTED) return operand;
  return raise_type_error("conversion from %T to Decimal is not supported", value);
}

static Value finish(Number *result, uint32_t status, Value context) {
  Value value = decimal_finish(result, status, context);
  number_clear(result);
  return value;
}

Value decimal_compute_unary(UnaryOperation *operation, Value a, Value context) {
  Number result, x;
  uint32_t status = 0;
  Settings settings = *context_settings(context);
  number_borrow(&x, a);
  number_init(&result);
  operation(&result, &x, &settings, &status);
  KEEP(a);
  return finish(&result, status, context);
}
Value decimal_compute_binary(BinaryOperation *operation, Value a, Value b, Value context) {
  Number result, x, y;
  uint32_t status = 0;
  Settings settings = *context_settings(context);
  number_borrow(&x, a);
  number_borrow(&y, b);
  number_init(&result);
  operation(&result, &x, &y, &settings, &status);
  KEEP(a);
  KEEP(b);
  return finish(&result, status, context);
}
static Value compute_ternary(TernaryOperation *operation, Value a, Value b, Value c, Value context) {
  Number result, x, y, z;
  uint32_t status = 0;
  Settings settings = *context_settings(context);
  number_borrow(&x, a);
  number_borrow(&y, b);
  number_borrow(&z, c);
  number_init(&result);
  operation(&result, &x, &y, &z, &settings, &status);
  KEEP(a);
  KEEP(b);
  KEEP(c);
  return finish(&result, status, context);
}
Value decimal_compute_power(Value a, Value b, Value modulus, Value context) {
  return modulus ? compute_ternary(number_power_modulo, a, b, modulus, context)
                 : decimal_compute_binary(number_power, a, b, context);
}
Value decimal_compute_divmod(Value a, Value b, Value context) {
  Number quotient, remainder, x, y;
  uint32_t status = 0;
  Settings settings = *context_settings(context);
  number_borrow(&x, a);
  number_borrow(&y, b);
  number_init(&quotient);
  number_init(&remainder);
  number_divmod(&quotient, &remainder, &x, &y, &settings, &status);
  KEEP(a);
  KEEP(b);
  Value first = decimal_finish(&quotient, status, context);
  Value second = first ? decimal_from_number(decimal_state.decimal, &remainder) : NULL;
  number_clear(&quotient);
  number_clear(&remainder);
  return second ? tuple_pair(first, second) : NULL;
}

static Value unary(UnaryOperation *operation, Value a, Value context) {
  return context && (a = argument(a)) ? decimal_compute_unary(operation, a, context) : NULL;
}
static Value binary(BinaryOperation *operation, Value a, Value b, Value context) {
  return context && (a = argument(a)) && (b = argument(b)) ? decimal_compute_binary(operation, a, b, context) : NULL;
}

// UNARY(name, operation, documentation): of both classes. BINARY likewise. QUIET_: the context reports nothing.
#define UNARY_OPERATIONS(UNARY)                                                                                        \
  UNARY(exp, number_exponential, "e to this power.")                                                                   \
  UNARY(ln, number_logarithm, "The natural logarithm.")                                                                \
  UNARY(log10, number_logarithm_10, "The logarithm to the base ten.")                                                  \
  UNARY(logb, number_logb, "The adjusted exponent as a Decimal.")                                                      \
  UNARY(logical_invert, number_invert, "Each digit, 0 or 1, inverted.")                                                \
  UNARY(next_minus, number_next_minus, "The largest number below it.")                                                 \
  UNARY(next_plus, number_next_plus, "The least number above it.")                                                     \
  UNARY(normalize, number_normalize, "Without zeros at its end.")                                                      \
  UNARY(sqrt, number_square_root, "The square root.")
#define BINARY_OPERATIONS(BINARY)                                                                                      \
  BINARY(compare, number_compare, "-1, 0, 1 or NaN.")                                                                  \
  BINARY(compare_signal, number_compare_signal, "As compare(); any NaN signals.")                                      \
  BINARY(compare_total, number_compare_total, "-1, 0 or 1 by a total order of representations.")                       \
  BINARY(compare_total_mag, number_compare_total_magnitude, "The same without regard to signs.")                       \
  BINARY(copy_sign, number_copy_sign, "The first with the sign of the second.")                                        \
  BINARY(logical_and, number_and, "Digit by digit.")                                                                   \
  BINARY(logical_or, number_or, "Digit by digit.")                                                                     \
  BINARY(logical_xor, number_xor, "Digit by digit.")                                                                   \
  BINARY(max, number_max, "The larger one.")                                                                           \
  BINARY(max_mag, number_max_magnitude, "The one with the larger magnitude.")                                          \
  BINARY(min, number_min, "The smaller one.")                                                                          \
  BINARY(min_mag, number_min_magnitude, "The one with the smaller magnitude.")                                         \
  BINARY(next_toward, number_next_toward, "The next number in the direction of the second.")                           \
  BINARY(remainder_near, number_remainder_near, "What is left by the nearest multiple.")                               \
  BINARY(rotate, number_rotate, "Digits rotated within the precision.")                                                \
  BINARY(scaleb, number_scaleb, "The exponent increased.")                                                             \
  BINARY(shift, number_shift, "Digits shifted within the precision.")
// Of Context alone: operators of Decimal.
#define CONTEXT_UNARY_OPERATIONS(UNARY)                                                                                \
  UNARY(abs, number_absolute, "The absolute value.")                                                                   \
  UNARY(minus, number_minus, "-x.")                                                                                    \
  UNARY(plus, number_plus, "+x: rounded to the context.")                                                              \
  UNARY(_apply, number_apply, "Rounded to the context.")                                                               \
  UNARY(copy_abs, number_copy_absolute, "With sign 0.")                                                                \
  UNARY(copy_negate, number_copy_negate, "With the other sign.")                                                       \
  UNARY(to_integral, number_to_integral_value, "Rounded to an integer.")                                               \
  UNARY(to_integral_value, number_to_integral_value, "Rounded to an integer.")                                         \
  UNARY(to_integral_exact, number_to_integral_exact, "Rounded to an integer; it is told if that changes it.")
#define CONTEXT_BINARY_OPERATIONS(BINARY)                                                                              \
  BINARY(add, number_add, "x + y.")                                                                                    \
  BINARY(subtract, number_subtract, "x - y.")                                                                          \
  BINARY(multiply, number_multiply, "x * y.")                                                                          \
  BINARY(divide, number_divide, "x / y.")                                                                              \
  BINARY(divide_int, number_divide_integer, "x // y.")                                                                 \
  BINARY(remainder, number_remainder, "x % y.")                                                                        \
  BINARY(quantize, number_quantize, "x with the exponent of y.")

#define DEFINE_CONTEXT_UNARY(name, operation, documentation)                                                           \
  static Value context_##name(Value self, Value x) {                                                                   \
    return unary(operation, x, self);                                                                                  \
  }
#define DEFINE_CONTEXT_BINARY(name, operation, documentation)                                                          \
  static Value context_##name(Value self, Value x, Value y) {                                                          \
    return binary(operation, x, y, self);                                                                              \
  }
#define DEFINE_UNARY(name, operation, documentation)                                                                   \
  DEFINE_CONTEXT_UNARY(name, operation, documentation)                                                                 \
  static Value decimal_##name(Value self, Value context) {                                                             \
    return unary(operation, self, context_argument(context));                                                          \
  }
#define DEFINE_BINARY(name, operation, documentation)                                                                  \
  DEFINE_CONTEXT_BINARY(name, operation, documentation)                                                                \
  static Value decimal_##name(Value self, Value other, Value context) {                                                \
    return binary(operation, self, other, context_argument(context));                                                  \
  }
UNARY_OPERATIONS(DEFINE_UNARY)
BINARY_OPERATIONS(DEFINE_BINARY)
CONTEXT_UNARY_OPERATIONS(DEFINE_CONTEXT_UNARY)
CONTEXT_BINARY_OPERATIONS(DEFINE_CONTEXT_BINARY)

// ---- Questions ----

static bool number_is_infinite(const Number *number) {
  return number->kind == DECIMAL_INFINITE;
}
static bool number_is_finite(const Number *number) {
  return number->kind == DECIMAL_FINITE;
}
static bool number_is_quiet(const Number *number) {
  return number->kind == DECIMAL_NAN;
}
static bool number_is_signaling(const Number *number) {
  return number->kind == DECIMAL_SIGNALING;
}
static bool number_is_signed(const Number *number) {
  return number->negative;
}
static Value ask(bool (*question)(const Number *), Value value) {
  Number number;
  if (!(value = argument(value))) return NULL;
  number_borrow(&number, value);
  bool answer = question(&number);
  KEEP(value);
  return value_from_bool(answer);
}
static Value ask_with(bool (*question)(const Number *, const Settings *), Value value, Value context) {
  Number number;
  if (!context || !(value = argument(value))) return NULL;
  number_borrow(&number, value);
  bool answer = question(&number, context_settings(context));
  KEEP(value);
  return value_from_bool(answer);
}
#define QUESTIONS(QUESTION)                                                                                            \
  QUESTION(is_finite, number_is_finite, "Is it a finite number?")                                                      \
  QUESTION(is_infinite, number_is_infinite, "Is it infinite?")                                                         \
  QUESTION(is_nan, number_is_nan, "Is it a NaN of any kind?")                                                          \
  QUESTION(is_qnan, number_is_quiet, "Is it a quiet NaN?")                                                             \
  QUESTION(is_snan, number_is_signaling, "Is it a signaling NaN?")                                                     \
  QUESTION(is_signed, number_is_signed, "Has it a minus sign?")                                                        \
  QUESTION(is_zero, number_is_zero, "Is it a zero?")
#define CONTEXT_QUESTIONS(QUESTION)                                                                                    \
  QUESTION(is_normal, number_is_normal, "Is it a normal number?")                                                      \
  QUESTION(is_subnormal, number_is_subnormal, "Is it too small to be a normal number?")
#define DEFINE_QUESTION(name, question, documentation)                                                                 \
  static Value context_##name(Value, Value x) {                                                                        \
    return ask(question, x);                                                                                           \
  }                                                                                                                    \
  static Value decimal_##name(Value self) {                                                                            \
    return ask(question, self);                                                                                        \
  }
#define DEFINE_CONTEXT_QUESTION(name, question, documentation)                                                         \
  static Value context_##name(Value self, Value x) {                                                                   \
    return ask_with(question, x, self);                                                                                \
  }                                                                                                                    \
  static Value decimal_##name(Value self, Value context) {                                                             \
    return ask_with(question, self, context_argument(context));                                                        \
  }
QUESTIONS(DEFINE_QUESTION)
CONTEXT_QUESTIONS(DEFINE_CONTEXT_QUESTION)

static Value context_is_canonical(Value, Value x) {
  return value_is_decimal(x) ? VALUE_TRUE : raise_type_error("argument must be a Decimal");
}
static Value decimal_is_canonical([[maybe_unused]] Value self) {
  return VALUE_TRUE;
}
static Value context_canonical(Value, Value x) {
  return value_is_decimal(x) ? x : raise_type_error("argument must be a Decimal");
}

static Value same_quantum(Value a, Value b) {
  if (!(a = argument(a)) || !(b = argument(b))) return NULL;
  const Decimal *x = as_decimal(a), *y = as_decimal(b);
  if (x->kind == DECIMAL_FINITE && y->kind == DECIMAL_FINITE) return value_from_bool(x->exponent == y->exponent);
  bool nans = x->kind >= DECIMAL_NAN && y->kind >= DECIMAL_NAN;
  return value_from_bool(nans || (x->kind == DECIMAL_INFINITE && y->kind == DECIMAL_INFINITE));
}
static Value context_same_quantum(Value, Value x, Value y) {
  return same_quantum(x, y);
}
static Value decimal_same_quantum(Value self, Value other, Value context) {
  return context_argument(context) ? same_quantum(self, other) : NULL;
}

static Value class_of_number(Value value, Value context) {
  Number number;
  if (!context || !(value = argument(value))) return NULL;
  number_borrow(&number, value);
  Value name = str_intern_c(number_class_name(&number, context_settings(context)));
  KEEP(value);
  return name;
}
static Value context_number_class(Value self, Value x) {
  return class_of_number(x, self);
}
static Value decimal_number_class(Value self, Value context) {
  return class_of_number(self, context_argument(context));
}

static Value text_of(Value value, Value context, bool engineering) {
  Number number;
  if (!context || !(value = argument(value))) return NULL;
  number_borrow(&number, value);
  Value text = number_to_text(&number, engineering, context_settings(context)->capitals);
  KEEP(value);
  return text;
}
static Value context_to_eng_string(Value self, Value x) {
  return text_of(x, self, true);
}
static Value context_to_sci_string(Value self, Value x) {
  return text_of(x, self, false);
}
static Value decimal_to_eng_string(Value self, Value context) {
  return text_of(self, context_argument(context), true);
}

// ---- Others ----

// An operation with a rounding of its own.
static Value with_rounding(UnaryOperation *one, BinaryOperation *two, Value a, Value b, Value rounding, Value context) {
  if (!(context = context_argument(context)) || (b && !(b = argument(b)))) return NULL;
  Settings settings = *context_settings(context);
  if (rounding && rounding != VALUE_NONE && !rounding_parse(rounding, &settings.rounding)) return NULL;
  Number result, x, y;
  uint32_t status = 0;
  number_init(&result);
  number_borrow(&x, a);
  if (b) {
    number_borrow(&y, b);
    two(&result, &x, &y, &settings, &status);
  } else {
    one(&result, &x, &settings, &status);
  }
  KEEP(a);
  KEEP(b);
  return finish(&result, status, context);
}
static Value decimal_quantize(Value self, Value exponent, Value rounding, Value context) {
  return with_rounding(NULL, number_quantize, self, exponent, rounding, context);
}
static Value decimal_to_integral_value(Value self, Value rounding, Value context) {
  return with_rounding(number_to_integral_value, NULL, self, NULL, rounding, context);
}
static Value decimal_to_integral_exact(Value self, Value rounding, Value context) {
  return with_rounding(number_to_integral_exact, NULL, self, NULL, rounding, context);
}

static Value fma(Value a, Value b, Value c, Value context) {
  if (!context || !(a = argument(a)) || !(b = argument(b)) || !(c = argument(c))) return NULL;
  return compute_ternary(number_fma, a, b, c, context);
}
static Value context_fma(Value self, Value x, Value y, Value z) {
  return fma(x, y, z, self);
}
static Value decimal_fma(Value self, Value other, Value third, Value context) {
  return fma(self, other, third, context_argument(context));
}

static Value context_divmod(Value self, Value x, Value y) {
  return (x = argument(x)) && (y = argument(y)) ? decimal_compute_divmod(x, y, self) : NULL;
}
static Value context_power(Value self, Value a, Value b, Value modulus) {
  if (!(a = argument(a)) || !(b = argument(b))) return NULL;
  if (modulus == VALUE_NONE) modulus = NULL;
  if (modulus && !(modulus = argument(modulus))) return NULL;
  return decimal_compute_power(a, b, modulus, self);
}
static Value context_copy_decimal(Value, Value x) {
  return argument(x);
}
static Value context_radix([[maybe_unused]] Value self) {
  return decimal_from_int(decimal_state.decimal, value_from_small_int(10));
}
static Value context_create_decimal(Value self, Value number) {
  return decimal_create(number ? number : value_from_small_int(0), self);
}
static Value context_create_decimal_from_float(Value self, Value number) {
  Value exact = value_call_method_1(value_from_cell(decimal_state.decimal), "from_float", number);
  return exact ? decimal_compute_unary(number_apply, exact, self) : NULL;
}

static Value decimal_copy_abs(Value self) {
  Value context = context_current();
  return context ? decimal_compute_unary(number_copy_absolute, self, context) : NULL;
}
static Value decimal_copy_negate(Value self) {
  Value context = context_current();
  return context ? decimal_compute_unary(number_copy_negate, self, context) : NULL;
}

// ---- The tables ----

#define CONTEXT_UNARY_ENTRY(name, operation, documentation)                                                            \
  NATIVE(#name, context_##name, "($self, x, /)", documentation),
#define CONTEXT_BINARY_ENTRY(name, operation, documentation)                                                           \
  NATIVE(#name, context_##name, "($self, x, y, /)", documentation),
#define UNARY_ENTRY(name, operation, documentation)                                                                    \
  NATIVE(#name, decimal_##name, "($self, /, context=None)", documentation),
#define BINARY_ENTRY(name, operation, documentation)                                                                   \
  NATIVE(#name, decimal_##name, "($self, /, other, context=None)", documentation),
#define QUESTION_ENTRY(name, operation, documentation) NATIVE(#name, decimal_##name, "($self, /)", documentation),

const NativeMethod context_operations[] = {
    UNARY_OPERATIONS(CONTEXT_UNARY_ENTRY) BINARY_OPERATIONS(CONTEXT_BINARY_ENTRY)
        CONTEXT_UNARY_OPERATIONS(CONTEXT_UNARY_ENTRY) CONTEXT_BINARY_OPERATIONS(CONTEXT_BINARY_ENTRY)
            QUESTIONS(CONTEXT_UNARY_ENTRY) CONTEXT_QUESTIONS(CONTEXT_UNARY_ENTRY)
                NATIVE("is_canonical", context_is_canonical, "($self, x, /)", "True."),
    NATIVE("canonical", context_canonical, "($self, x, /)", "The same."),
    NATIVE("same_quantum", context_same_quantum, "($self, x, y, /)", "Have they the same exponent?"),
    NATIVE("number_class", context_number_class, "($self, x, /)", "What kind of number it is."),
    NATIVE("to_eng_string", context_to_eng_string, "($self, x, /)", "Text with exponents of three."),
    NATIVE("to_sci_string", context_to_sci_string, "($self, x, /)", "Text as of str()."),
    NATIVE("fma", context_fma, "($self, x, y, z, /)", "x * y + z, rounded once."),
    NATIVE("divmod", context_divmod, "($self, x, y, /)", "Quotient and remainder."),
    NATIVE("power", context_power, "($self, /, a, b, modulo=None)", "a to the power b, perhaps modulo a third."),
    NATIVE("copy_decimal", context_copy_decimal, "($self, x, /)", "The same."),
    NATIVE("radix", context_radix, "($self, /)", "Ten."),
    NATIVE("create_decimal", context_create_decimal, "($self, num='0', /)", "A Decimal, rounded to the context."),
    NATIVE("create_decimal_from_float", context_create_decimal_from_float, "($self, f, /)",
           "A Decimal, rounded to the context."),
    {}};

const NativeMethod decimal_operations[] = {
    UNARY_OPERATIONS(UNARY_ENTRY) BINARY_OPERATIONS(BINARY_ENTRY) QUESTIONS(QUESTION_ENTRY)
        CONTEXT_QUESTIONS(UNARY_ENTRY) NATIVE("is_canonical", decimal_is_canonical, "($self, /)", "True."),
    NATIVE("same_quantum", decimal_same_quantum, "($self, /, other, context=None)", "Have they the same exponent?"),
    NATIVE("number_class", decimal_number_class, "($self, /, context=None)", "What kind of number it is."),
    NATIVE("to_eng_string", decimal_to_eng_string, "($self, /, context=None)", "Text with exponents of three."),
    NATIVE("quantize", decimal_quantize, "($self, /, exp, rounding=None, context=None)", "With the exponent of exp."),
    NATIVE("to_integral", decimal_to_integral_value, "($self, /, rounding=None, context=None)",
           "Rounded to an integer."),
    NATIVE("to_integral_value", decimal_to_integral_value, "($self, /, rounding=None, context=None)",
           "Rounded to an integer."),
    NATIVE("to_integral_exact", decimal_to_integral_exact, "($self, /, rounding=None, context=None)",
           "Rounded to an integer; the context is told if that changes it."),
    NATIVE("fma", decimal_fma, "($self, /, other, third, context=None)", "self * other + third, rounded once."),
    NATIVE("copy_abs", decimal_copy_abs, "($self, /)", "With sign 0."),
    NATIVE("copy_negate", decimal_copy_negate, "($self, /)", "With the other sign."),
    {}};
