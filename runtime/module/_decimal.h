// What the files of the module _decimal share.
//
//   _decimal_number.c     numbers in C, without Python: rounding, NaNs, comparison
//   _decimal_arithmetic.c addition, multiplication, division
//   _decimal_quick.c      sums and products of short numbers
//   _decimal_digits.c     exponents, neighbours, digits as bits
//   _decimal_functions.c  square root, exponential, logarithms, powers
//   _decimal_text.c       numbers to and from text
//   _decimal_format.c     format()
//   _decimal_context.c    contexts, signals, flags
//   _decimal_convert.c    Decimals from other values and back
//   _decimal_operations.c the methods that compute, of Decimal and of Context
//   _decimal.c            the class Decimal, its operators, and the module
//
// A Decimal never changes. Its coefficient is an int, so that short ones are immediate; for a computation it is lent to
// GMP as it stands (Number.coefficient without ownership).
#pragma once

#include "runtime/object/class.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include <gmp.h>

typedef enum DecimalKind : uint8_t { DECIMAL_FINITE, DECIMAL_INFINITE, DECIMAL_NAN, DECIMAL_SIGNALING } DecimalKind;

typedef struct Decimal {
  Cell head;
  Value coefficient; // int >= 0; of NaNs: the payload, 0: none
  // ---- end of values
  int64_t exponent;
  int64_t hash; // -1: not yet computed
  DecimalKind kind;
  bool negative;
} Decimal;

// A number in the course of a computation.
typedef struct Number {
  mpz_t coefficient;
  int64_t exponent;
  DecimalKind kind;
  bool negative;
  bool borrowed;   // the coefficient's limbs belong to somebody else
  mp_limb_t small; // the limb of a borrowed immediate int
} Number;

// What a computation may report.
enum : uint32_t {
  STATUS_CLAMPED = 1 << 0,
  STATUS_CONVERSION_SYNTAX = 1 << 1,
  STATUS_DIVISION_BY_ZERO = 1 << 2,
  STATUS_DIVISION_IMPOSSIBLE = 1 << 3,
  STATUS_DIVISION_UNDEFINED = 1 << 4,
  STATUS_FPU_ERROR = 1 << 5,
  STATUS_INEXACT = 1 << 6,
  STATUS_INVALID_CONTEXT = 1 << 7,
  STATUS_INVALID_OPERATION = 1 << 8,
  STATUS_MEMORY = 1 << 9,
  STATUS_FLOAT_OPERATION = 1 << 10,
  STATUS_OVERFLOW = 1 << 11,
  STATUS_ROUNDED = 1 << 12,
  STATUS_SUBNORMAL = 1 << 13,
  STATUS_UNDERFLOW = 1 << 14,
  STATUS_INVALID = STATUS_CONVERSION_SYNTAX | STATUS_DIVISION_IMPOSSIBLE | STATUS_DIVISION_UNDEFINED |
                   STATUS_FPU_ERROR | STATUS_INVALID_CONTEXT | STATUS_INVALID_OPERATION | STATUS_MEMORY,
  STATUS_ALL = (1 << 15) - 1,
};

typedef enum Rounding : uint8_t {
  ROUND_UP,
  ROUND_DOWN,
  ROUND_CEILING,
  ROUND_FLOOR,
  ROUND_HALF_UP,
  ROUND_HALF_DOWN,
  ROUND_HALF_EVEN,
  ROUND_05UP,
  ROUNDING_COUNT
} Rounding;

enum : int64_t {
  DECIMAL_MAX_PRECISION = 999999999999999999,
  DECIMAL_MAX_EXPONENT = 999999999999999999,
  DECIMAL_MIN_EXPONENT = -999999999999999999,
  DECIMAL_MIN_TINY = DECIMAL_MIN_EXPONENT - (DECIMAL_MAX_PRECISION - 1),
  // Coefficients with more digits than this are refused as memory that is not there.
  DECIMAL_DIGIT_LIMIT = 500'000'000,
};

typedef struct Settings {
  int64_t precision, maximum, minimum; // exponents: Emax, Emin
  Rounding rounding;
  bool clamp, capitals;
  uint32_t traps, status;
} Settings;

// ---- _decimal_number.c ----

void number_init(Number *number);
void number_clear(Number *number);
void number_borrow(Number *number, Value decimal);
void number_set(Number *result, const Number *number); // a copy
void number_set_special(Number *result, DecimalKind kind, bool negative);
void number_set_zero(Number *result, bool negative, int64_t exponent);
static inline bool number_is_nan(const Number *number) {
  return number->kind >= DECIMAL_NAN;
}
static inline bool number_is_zero(const Number *number) {
  return number->kind == DECIMAL_FINITE && mpz_sgn(number->coefficient) == 0;
}
extern const uint64_t decimal_small_powers[20]; // of ten
void decimal_number_prepare(void);              // to be called once, before anything else
int64_t digits_of(const mpz_t coefficient);     // 1 for zero
void number_set_small(Number *result, unsigned long coefficient, bool negative, int64_t exponent);
// Multiplies by ten to the `power`. False (STATUS_MEMORY): too long.
bool coefficient_scale(mpz_t coefficient, int64_t power, uint32_t *status);
void number_set_largest(Number *number, const Settings *settings, uint32_t *status); // keeps the sign
void number_strip_zeros(Number *number, int64_t ideal);      // at the end, until the exponent is `ideal`
int number_order_absolute(const Number *a, const Number *b); // finite or infinite
// Sets `result` to ten to the `power`. False (STATUS_MEMORY): far too large.
bool ten_to(mpz_t result, int64_t power, uint32_t *status);
static inline int64_t number_digits(const Number *number) {
  return digits_of(number->coefficient);
}
static inline int64_t number_adjusted(const Number *number) {
  return number->exponent + number_digits(number) - 1;
}
static inline int64_t settings_tiny(const Settings *settings) {
  return settings->minimum - (settings->precision - 1);
}
static inline int64_t settings_top(const Settings *settings) {
  return settings->maximum - (settings->precision - 1);
}
// Cuts `count` digits off the end, as `rounding` says. True: they were not all zero.
bool coefficient_cut(mpz_t coefficient, int64_t count, Rounding rounding, bool negative);
// Makes it fit the context: precision, exponent range.
void number_fix(Number *number, const Settings *settings, uint32_t *status);
// The result is invalid: NaN.
void number_invalid(Number *result, uint32_t reason, uint32_t *status);
// If an operand is a NaN: the result is one, true. `b` may be NULL.
bool number_check_nans(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status);

typedef void UnaryOperation(Number *result, const Number *a, const Settings *settings, uint32_t *status);
typedef void BinaryOperation(Number *result, const Number *a, const Number *b, const Settings *settings,
                             uint32_t *status);
typedef void TernaryOperation(Number *result, const Number *a, const Number *b, const Number *c,
                              const Settings *settings, uint32_t *status);
UnaryOperation number_plus, number_minus, number_absolute, number_to_integral_exact, number_to_integral_value,
    number_normalize, number_next_plus, number_next_minus, number_logb, number_invert, number_apply,
    number_copy_absolute, number_copy_negate;
BinaryOperation number_add, number_subtract, number_multiply, number_divide, number_divide_integer, number_remainder,
    number_remainder_near, number_quantize, number_compare, number_compare_signal, number_compare_total,
    number_compare_total_magnitude, number_max, number_min, number_max_magnitude, number_min_magnitude,
    number_next_toward, number_and, number_or, number_xor, number_rotate, number_shift, number_scaleb, number_copy_sign;
TernaryOperation number_fma, number_power_modulo;
void number_divmod(Number *quotient, Number *remainder, const Number *a, const Number *b, const Settings *settings,
                   uint32_t *status);
// Moves the exponent to `exponent`, rounding; the coefficient must not become absurdly long.
bool number_rescale(Number *number, int64_t exponent, Rounding rounding, uint32_t *status);
int number_order(const Number *a, const Number *b);       // finite or infinite: -1, 0, 1
int number_order_total(const Number *a, const Number *b); // any
bool number_is_integer(const Number *number);             // finite
bool number_is_normal(const Number *number, const Settings *settings);
bool number_is_subnormal(const Number *number, const Settings *settings);
const char *number_class_name(const Number *number, const Settings *settings);

// ---- _decimal_functions.c ----

UnaryOperation number_square_root, number_exponential, number_logarithm, number_logarithm_10;
BinaryOperation number_power;

// ---- _decimal_text.c ----

// Reads ASCII text exactly, as far as exponents allow. False: it is no number.
char *digits_text(const mpz_t coefficient); // malloc'ed
bool number_parse(Number *number, const char *text, size_t length, uint32_t *status);
// A str. `engineering`: exponents are multiples of three.
Value number_to_text(const Number *number, bool engineering, bool capitals);
// The text of a Python str as ASCII: digits of any script become ASCII ones, surrounding space goes, underscores too.
// malloc'ed; NULL: no number (nothing pending) or MemoryError.
char *numeral_from_text(Value text, size_t *length, bool exact);

// ---- _decimal_format.c ----

// Decimal.__format__; `override` is a dict with what the locale would say, or zero.
Value number_format(const Number *number, Value specification, Value override, const Settings *settings,
                    uint32_t *status);

// ---- _decimal_context.c ----

extern struct DecimalState {
  Class *decimal, *context, *signal_dict, *manager;
  Value get_variable, set_variable; // of the ContextVar with the current context
  Value default_context, basic_context, extended_context;
  Value tuple;          // the class DecimalTuple
  Value rational;       // numbers.Rational
  Value exception;      // DecimalException
  Value exceptions[13]; // the signals, then conditions
  Value signals;        // the signals as a tuple
} decimal_state;

typedef struct DecimalContext {
  Cell head;
  Value traps, flags; // SignalDicts
  // ---- end of values
  Settings settings;
} DecimalContext;
bool decimal_context_initialize(Value module);
bool value_is_decimal_context(Value value);
Value context_current(void);
static inline Settings *context_settings(Value context) {
  return &((DecimalContext *)value_cell(context))->settings;
}
// Notes what a computation has reported; false: one of it is trapped, the exception is raised.
bool context_report(Value context, uint32_t status);
// A context argument: absent or None: the current one. Zero: TypeError.
Value context_argument(Value context);
bool rounding_parse(Value value, Rounding *rounding); // false: TypeError
extern const Settings decimal_exact_settings;         // the widest limits
extern const NativeMethod decimal_functions[];

// ---- _decimal_convert.c ----

static inline bool value_is_decimal(Value value) {
  return value_is_instance(value, decimal_state.decimal);
}
static inline Decimal *as_decimal(Value value) {
  return (Decimal *)value_cell(value);
}
Value decimal_make(Class *class, DecimalKind kind, bool negative, Value coefficient, int64_t exponent);
Value decimal_from_number(Class *class, const Number *number);
Value decimal_from_int(Class *class, Value number);
// Exactly; the context is told what is wrong with floats, text and tuples. Zero: exception.
Value decimal_from_any_exactly(Class *class, Value value, Value context);
// Rounded to the context, as Context.create_decimal() does.
Value decimal_create(Value value, Value context);
Value decimal_from_double_exactly(Class *class, double number);
// What a context has to say to a number in the context's precision.
Value decimal_finish(const Number *number, uint32_t status, Value context);
Value number_to_int(const Number *number, Rounding rounding); // ValueError, OverflowError
Value decimal_as_integer_ratio(Value self);
Value decimal_as_tuple(Value self);
Value decimal_to_float(Value self);
int64_t decimal_hash(Value self); // -1: exception

// ---- _decimal_quick.c ----

// Zero, mostly without exception: the general way must be taken.
typedef Value QuickOperation(Value a, Value b, const Settings *settings);
QuickOperation decimal_add_quickly, decimal_subtract_quickly, decimal_multiply_quickly;

// ---- _decimal_operations.c ----

// An operand: a Decimal, or an int, which becomes one; VALUE_NOT_IMPLEMENTED: neither.
Value decimal_operand(Value value);
extern const NativeMethod context_operations[], decimal_operations[]; // methods of both classes that compute
Value decimal_compute_unary(UnaryOperation *operation, Value a, Value context);
Value decimal_compute_binary(BinaryOperation *operation, Value a, Value b, Value context);
Value decimal_compute_divmod(Value a, Value b, Value context);
Value decimal_compute_power(Value a, Value b, Value modulus, Value context);
