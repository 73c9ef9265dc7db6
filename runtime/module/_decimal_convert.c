// Decimals from ints, floats, text and tuples, and back; hash.
#include "runtime/module/_decimal.h"
#include "runtime/object/container.h"
#include "runtime/object/float.h"
#include "runtime/support/hash.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- Making ----

static Value int_of_coefficient(const mpz_t coefficient) {
  if (mpz_size(coefficient) <= 1 && mpz_get_ui(coefficient) <= (unsigned long)SMALL_INT_MAX)
    return value_from_small_int((int64_t)mpz_get_ui(coefficient));
  return int_from_limbs(mpz_limbs_read(coefficient), mpz_size(coefficient), false);
}

Value decimal_make(Class *class, DecimalKind kind, bool negative, Value coefficient, int64_t exponent) {
  Decimal *decimal = coefficient ? class_allocate(class, 0) : NULL;
  if (!decimal) return NULL;
  gc_init(decimal, &decimal->coefficient, coefficient);
  decimal->exponent = exponent;
  decimal->hash = -1;
  decimal->kind = kind;
  decimal->negative = negative;
  return value_from_cell(decimal);
}
Value decimal_from_number(Class *class, const Number *number) {
  return decimal_make(class, number->kind, number->negative, int_of_coefficient(number->coefficient), number->exponent);
}
Value decimal_from_int(Class *class, Value number) {
  bool negative = int_sign(number) < 0;
  return decimal_make(class, DECIMAL_FINITE, negative, negative ? int_negative(number) : int_exact(number), 0);
}
Value decimal_finish(const Number *number, uint32_t status, Value context) {
  if (!context_report(context, status)) return NULL;
  return decimal_from_number(decimal_state.decimal, number);
}

// A number that was read exactly but may lie beyond all limits.
static Value finish_exactly(Class *class, Number *number, Value context) {
  uint32_t status = 0;
  number_fix(number, &decimal_exact_settings, &status);
  if (status & (STATUS_INEXACT | STATUS_ROUNDED | STATUS_CLAMPED)) {
    status = 0;
    number_invalid(number, STATUS_INVALID_OPERATION, &status);
  }
  status &= STATUS_INVALID | STATUS_DIVISION_BY_ZERO | STATUS_MEMORY;
  return context_report(context, status) ? decimal_from_number(class, number) : NULL;
}
static Value finish_rounded(Number *number, Value context) {
  uint32_t status = 0;
  Settings settings = *context_settings(context);
  if (number_is_nan(number)) {
    // A payload is not cut: it is wrong.
    if (mpz_sgn(number->coefficient) && number_digits(number) > settings.precision - settings.clamp)
      number_invalid(number, STATUS_CONVERSION_SYNTAX, &status);
  } else {
    number_fix(number, &settings, &status);
  }
  return decimal_finish(number, status, context);
}

// ---- Text ----

// `context` decides; `exactly`: it only hears of errors. Zero: exception.
static Value from_text(Class *class, Value text, Value context, bool exactly) {
  size_t length;
  char *numeral = numeral_from_text(text, &length, exactly);
  if (!numeral) return NULL;
  Number number;
  number_init(&number);
  uint32_t status = 0;
  if (!number_parse(&number, numeral, length, &status)) number_invalid(&number, STATUS_CONVERSION_SYNTAX, &status);
  free(numeral);
  Value result = NULL;
  if (context_report(context, status))
    result = exactly ? finish_exactly(class, &number, context) : finish_rounded(&number, context);
  number_clear(&number);
  return result;
}

// ---- Tuples ----

// The third item. False: exception.
static bool parse_exponent(Value value, DecimalKind *kind, int64_t *exponent) {
  *kind = DECIMAL_FINITE;
  *exponent = 0;
  if (!value_is_str(value)) {
    if (value_is_int(value)) return value_as_size(value, exponent, CLASS_OVERFLOW_ERROR);
    raise_value_error("string argument in the third position must be 'F', 'n' or 'N'");
    if (value_is_float(value) || value == VALUE_NONE || value_is_tuple(value)) {
      exception_clear();
      raise_value_error("exponent must be an integer");
    }
    return false;
  }
  if (str_equals_c(value, "F"))
    *kind = DECIMAL_INFINITE;
  else if (str_equals_c(value, "n"))
    *kind = DECIMAL_NAN;
  else if (str_equals_c(value, "N"))
    *kind = DECIMAL_SIGNALING;
  else
    raise_value_error("string argument in the third position must be 'F', 'n' or 'N'");
  return *kind != DECIMAL_FINITE;
}
static bool parse_digits(Value value, Number *number) {
  Value digits = value_to_tuple(value);
  if (!digits) return false;
  size_t count = tuple_count(digits);
  char *text = malloc(count + 2);
  if (!text) {
    raise_memory_error();
    return false;
  }
  text[0] = '0';
  text[count + 1] = 0;
  int64_t digit;
  for (size_t i = 0; i < count; i++) {
    Value item = tuple_item(digits, i);
    if (!value_is_int(item) || !int_fits_int64(item, &digit) || digit < 0 || digit > 9) {
      free(text);
      raise_value_error("coefficient must be a tuple of digits");
      return false;
    }
    text[i + 1] = (char)('0' + digit);
  }
  mpz_set_str(number->coefficient, text, 10);
  free(text);
  return true;
}
// Makes `number` of (sign, digits, exponent). False: exception.
static bool number_from_tuple(Value value, Number *number) {
  Value tuple = value_to_tuple(value);
  if (!tuple) return false;
  if (tuple_count(tuple) != 3) {
    raise_value_error("argument must be a sequence of length 3");
    return false;
  }
  Value sign = tuple_item(tuple, 0);
  int64_t negative;
  if (!value_is_int(sign) || !int_fits_int64(sign, &negative) || negative < 0 || negative > 1) {
    raise_value_error("sign must be an integer with the value 0 or 1");
    return false;
  }
  DecimalKind kind;
  int64_t exponent;
  if (!parse_exponent(tuple_item(tuple, 2), &kind, &exponent)) return false;
  number_set_zero(number, negative, 0);
  if (!parse_digits(tuple_item(tuple, 1), number)) return false;
  if (kind == DECIMAL_INFINITE) mpz_set_ui(number->coefficient, 0);
  constexpr int64_t farthest = 2 * DECIMAL_MAX_EXPONENT;
  number->exponent = exponent > farthest ? farthest : exponent < -farthest ? -farthest : exponent;
  number->kind = kind;
  return true;
}
static Value from_tuple(Class *class, Value value, Value context, bool exactly) {
  Number number;
  number_init(&number);
  Value result = NULL;
  if (number_from_tuple(value, &number))
    result = exactly ? finish_exactly(class, &number, context) : finish_rounded(&number, context);
  number_clear(&number);
  return result;
}

// ---- Floats ----

static void number_from_double(Number *number, double value) {
  if (isnan(value) || isinf(value)) {
    number_set_special(number, isnan(value) ? DECIMAL_NAN : DECIMAL_INFINITE, signbit(value));
    return;
  }
  int exponent;
  int64_t mantissa = (int64_t)ldexp(frexp(fabs(value), &exponent), 53);
  exponent -= 53;
  number_set_zero(number, signbit(value), 0);
  if (!mantissa) return;
  int zeros = __builtin_ctzll((uint64_t)mantissa);
  mpz_set_ui(number->coefficient, (unsigned long)(mantissa >> zeros));
  exponent += zeros;
  if (exponent >= 0) {
    mpz_mul_2exp(number->coefficient, number->coefficient, (mp_bitcnt_t)exponent);
  } else { // m / 2^n = m 5^n / 10^n
    mpz_t power;
    mpz_init(power);
    mpz_ui_pow_ui(power, 5, (unsigned long)-exponent);
    mpz_mul(number->coefficient, number->coefficient, power);
    mpz_clear(power);
    number->exponent = exponent;
  }
}
static Value from_double(Class *class, double value, Value context, bool exactly) {
  Number number;
  number_init(&number);
  number_from_double(&number, value);
  Value result = exactly ? decimal_from_number(class, &number) : finish_rounded(&number, context);
  number_clear(&number);
  return result;
}
Value decimal_from_double_exactly(Class *class, double value) {
  return from_double(class, value, NULL, true);
}

// ---- Any value ----

static Value raise_unsupported(Value value) {
  return raise_type_error("conversion from %T to Decimal is not supported", value);
}
static Value copy_into(Class *class, Value value) {
  const Decimal *decimal = as_decimal(value);
  return decimal_make(class, decimal->kind, decimal->negative, decimal->coefficient, decimal->exponent);
}

Value decimal_from_any_exactly(Class *class, Value value, Value context) {
  if (value_is_decimal(value)) {
    if (class == decimal_state.decimal && value_class(value) == class) return value;
    return copy_into(class, value);
  }
  if (value_is_str(value)) return from_text(class, value, context, true);
  if (value_is_int(value)) return decimal_from_int(class, value);
  if (value_is_tuple(value) || value_is_list(value)) return from_tuple(class, value, context, true);
  if (!value_is_float(value)) return raise_unsupported(value);
  return context_report(context, STATUS_FLOAT_OPERATION) ? decimal_from_double_exactly(class, float_as_double(value))
                                                         : NULL;
}

Value decimal_create(Value value, Value context) {
  Class *class = decimal_state.decimal;
  if (value_is_decimal(value) || value_is_int(value)) {
    Value exact = value_is_int(value) ? decimal_from_int(class, value) : value;
    if (!exact) return NULL;
    Number number, copy;
    number_borrow(&number, exact);
    number_init(&copy);
    number_set(&copy, &number);
    Value result = finish_rounded(&copy, context);
    number_clear(&copy);
    KEEP(exact);
    return result;
  }
  if (value_is_str(value)) return from_text(class, value, context, false);
  if (value_is_tuple(value) || value_is_list(value)) return from_tuple(class, value, context, false);
  if (!value_is_float(value)) return raise_unsupported(value);
  return context_report(context, STATUS_FLOAT_OPERATION) ? from_double(class, float_as_double(value), context, false)
                                                         : NULL;
}

// ---- To other values ----

Value number_to_int(const Number *number, Rounding rounding) {
  if (number_is_nan(number)) return raise_value_error("cannot convert NaN to integer");
  if (number->kind == DECIMAL_INFINITE) return raise(CLASS_OVERFLOW_ERROR, "cannot convert Infinity to integer");
  Number whole;
  uint32_t status = 0;
  number_init(&whole);
  number_set(&whole, number);
  number_rescale(&whole, 0, rounding, &status);
  Value result = status & STATUS_MEMORY ? raise_memory_error() : int_of_coefficient(whole.coefficient);
  number_clear(&whole);
  return result && number->negative ? int_negative(result) : result;
}

Value decimal_as_integer_ratio(Value self) {
  const Decimal *decimal = as_decimal(self);
  if (decimal->kind >= DECIMAL_NAN) return raise_value_error("cannot convert NaN to integer ratio");
  if (decimal->kind == DECIMAL_INFINITE) return raise(CLASS_OVERFLOW_ERROR, "cannot convert Infinity to integer ratio");
  Number number;
  uint32_t status = 0;
  number_borrow(&number, self);
  mpz_t numerator, denominator, common;
  mpz_inits(numerator, denominator, common, NULL);
  mpz_set(numerator, number.coefficient);
  mpz_set_ui(denominator, 1);
  bool zero = mpz_sgn(numerator) == 0;
  if (!zero && ten_to(common, number.exponent < 0 ? -number.exponent : number.exponent, &status))
    mpz_mul(number.exponent < 0 ? denominator : numerator, number.exponent < 0 ? denominator : numerator, common);
  mpz_gcd(common, numerator, denominator);
  mpz_divexact(numerator, numerator, common);
  mpz_divexact(denominator, denominator, common);
  Value top = int_of_coefficient(numerator), bottom = top ? int_of_coefficient(denominator) : NULL;
  mpz_clears(numerator, denominator, common, NULL);
  KEEP(self);
  if (status) return raise_memory_error();
  return bottom ? tuple_of(2, decimal->negative ? int_negative(top) : top, bottom) : NULL;
}

Value decimal_as_tuple(Value self) {
  const Decimal *decimal = as_decimal(self);
  static const char *const letters[] = {[DECIMAL_INFINITE] = "F", [DECIMAL_NAN] = "n", [DECIMAL_SIGNALING] = "N"};
  Value exponent =
      decimal->kind == DECIMAL_FINITE ? int_from_int64(decimal->exponent) : str_intern_c(letters[decimal->kind]);
  Value digits = tuple_empty;
  if (decimal->kind < DECIMAL_NAN || int_sign(decimal->coefficient)) {
    Number number;
    number_borrow(&number, self);
    char *text = digits_text(number.coefficient);
    KEEP(self);
    size_t count = strlen(text);
    Tuple *tuple = tuple_allocate(count);
    for (size_t i = 0; tuple && i < count; i++) gc_init(tuple, &tuple->items[i], value_from_small_int(text[i] - '0'));
    free(text);
    digits = tuple ? value_from_cell(tuple) : NULL;
  }
  return digits && exponent
             ? value_call_3(decimal_state.tuple, value_from_small_int(decimal->negative), digits, exponent)
             : NULL;
}

Value decimal_to_float(Value self) {
  const Decimal *decimal = as_decimal(self);
  if (decimal->kind == DECIMAL_SIGNALING) return raise_value_error("cannot convert signaling NaN to float");
  if (decimal->kind == DECIMAL_NAN) return float_from_double(copysign(NAN, decimal->negative ? -1 : 1));
  Number number;
  number_borrow(&number, self);
  Value text = number_to_text(&number, false, true);
  KEEP(self);
  return text ? float_from_text(text) : NULL;
}

// ---- Hash ----

// That of an equal int, float or Fraction: the value modulo the prime 2^61 - 1.
int64_t decimal_hash(Value self) {
  Decimal *decimal = as_decimal(self);
  int64_t hash = __atomic_load_n(&decimal->hash, __ATOMIC_RELAXED);
  if (hash != -1) return hash;
  if (decimal->kind == DECIMAL_SIGNALING) {
    raise_type_error("Cannot hash a signaling NaN value");
    return -1;
  }
  if (decimal->kind == DECIMAL_NAN) return value_identity_hash(self);
  if (decimal->kind == DECIMAL_INFINITE) {
    hash = decimal->negative ? -HASH_INFINITY : HASH_INFINITY;
  } else {
    Number number;
    number_borrow(&number, self);
    mpz_t modulus, power, exponent;
    mpz_init_set_ui(modulus, HASH_MODULUS);
    mpz_init_set_ui(power, 10);
    mpz_init_set_si(exponent, number.exponent);
    mpz_powm(power, power, exponent, modulus); // a negative exponent: of the inverse
    mpz_mul(power, power, number.coefficient);
    hash = (int64_t)mpz_fdiv_ui(power, HASH_MODULUS);
    mpz_clears(modulus, power, exponent, NULL);
    KEEP(self);
    if (decimal->negative) hash = -hash;
    hash = hash_not_minus_one(hash);
  }
  __atomic_store_n(&decimal->hash, hash, __ATOMIC_RELAXED);
  return hash;
}
