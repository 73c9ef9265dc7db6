// Sums and products of short numbers, without GMP: what programs that count money do all day.
//
// Only results that are exact, normal and within the precision are found here, so that there is nothing to round and
// nothing to report. Everything else, zeros among it with their rules for signs, goes the general way.
#include "runtime/module/_decimal.h"

static bool is_quick(const Decimal *number) {
  return number->kind == DECIMAL_FINITE && value_is_small_int(number->coefficient) &&
         number->coefficient != value_from_small_int(0);
}
static int64_t signed_coefficient(const Decimal *number) {
  int64_t coefficient = value_small_int(number->coefficient);
  return number->negative ? -coefficient : coefficient;
}

// Zero: it is not within the context's limits, or too long.
static Value finish(int64_t coefficient, int64_t exponent, const Settings *settings) {
  bool negative = coefficient < 0;
  uint64_t magnitude = negative ? -(uint64_t)coefficient : (uint64_t)coefficient;
  int64_t digits = 1;
  while (digits < 19 && magnitude >= decimal_small_powers[digits]) digits++;
  int64_t adjusted = exponent + digits - 1;
  if (!magnitude || magnitude > (uint64_t)SMALL_INT_MAX || digits > settings->precision) return NULL;
  if (adjusted < settings->minimum || adjusted > settings->maximum) return NULL;
  if (settings->clamp && exponent > settings_top(settings)) return NULL;
  return decimal_make(decimal_state.decimal, DECIMAL_FINITE, negative, value_from_small_int((int64_t)magnitude),
                      exponent);
}

// coefficient * 10^power. False: too large.
static bool scale(int64_t *coefficient, int64_t power) {
  return power < 19 && !__builtin_mul_overflow(*coefficient, (int64_t)decimal_small_powers[power], coefficient);
}
static Value add(Value a, Value b, bool subtract, const Settings *settings) {
  const Decimal *x = as_decimal(a), *y = as_decimal(b);
  if (!is_quick(x) || !is_quick(y)) return NULL;
  int64_t left = signed_coefficient(x), right = signed_coefficient(y), exponent = x->exponent;
  if (subtract) right = -right;
  if (x->exponent > y->exponent) {
    exponent = y->exponent;
    if (!scale(&left, x->exponent - exponent)) return NULL;
  } else if (!scale(&right, y->exponent - exponent)) {
    return NULL;
  }
  return __builtin_add_overflow(left, right, &left) ? NULL : finish(left, exponent, settings);
}
Value decimal_add_quickly(Value a, Value b, const Settings *settings) {
  return add(a, b, false, settings);
}
Value decimal_subtract_quickly(Value a, Value b, const Settings *settings) {
  return add(a, b, true, settings);
}
Value decimal_multiply_quickly(Value a, Value b, const Settings *settings) {
  const Decimal *x = as_decimal(a), *y = as_decimal(b);
  int64_t product;
  if (!is_quick(x) || !is_quick(y) || __builtin_mul_overflow(signed_coefficient(x), signed_coefficient(y), &product))
    return NULL;
  return finish(product, x->exponent + y->exponent, settings);
}
