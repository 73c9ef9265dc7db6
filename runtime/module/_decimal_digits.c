// Operations on the representation of decimal numbers: exponents, neighbours, digits as bits, rotation.
#include "runtime/module/_decimal.h"

#include <stdlib.h>
#include <string.h>

// ---- Exponents ----

void number_quantize(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status) {
  if (number_check_nans(result, a, b, settings, status)) return;
  if (a->kind == DECIMAL_INFINITE || b->kind == DECIMAL_INFINITE) {
    if (a->kind == b->kind)
      number_set(result, a);
    else
      number_invalid(result, STATUS_INVALID_OPERATION, status);
    return;
  }
  int64_t exponent = b->exponent;
  bool possible = exponent <= settings->maximum && exponent >= settings_tiny(settings);
  if (possible && !number_is_zero(a))
    possible = number_adjusted(a) <= settings->maximum && number_adjusted(a) - exponent + 1 <= settings->precision;
  if (!possible) {
    number_invalid(result, STATUS_INVALID_OPERATION, status);
    return;
  }
  number_set(result, a);
  uint32_t reported = 0;
  if (!number_rescale(result, exponent, settings->rounding, &reported) || number_adjusted(result) > settings->maximum ||
      number_digits(result) > settings->precision) {
    number_invalid(result, STATUS_INVALID_OPERATION, status);
    return;
  }
  if (!number_is_zero(result) && number_adjusted(result) < settings->minimum) reported |= STATUS_SUBNORMAL;
  number_fix(result, settings, &reported);
  *status |= reported;
}

static void to_integral(Number *result, const Number *a, const Settings *settings, uint32_t *status, bool exact) {
  if (number_check_nans(result, a, NULL, settings, status)) return;
  number_set(result, a);
  uint32_t reported = 0;
  if (a->kind == DECIMAL_FINITE && a->exponent < 0) number_rescale(result, 0, settings->rounding, &reported);
  if (exact) *status |= reported;
}
void number_to_integral_exact(Number *result, const Number *a, const Settings *settings, uint32_t *status) {
  to_integral(result, a, settings, status, true);
}
void number_to_integral_value(Number *result, const Number *a, const Settings *settings, uint32_t *status) {
  to_integral(result, a, settings, status, false);
}

void number_normalize(Number *result, const Number *a, const Settings *settings, uint32_t *status) {
  number_plus(result, a, settings, status);
  if (number_is_nan(a) || result->kind != DECIMAL_FINITE) return;
  if (number_is_zero(result)) {
    result->exponent = 0;
    result->negative = a->negative;
    return;
  }
  number_strip_zeros(result, settings->clamp ? settings_top(settings) : settings->maximum);
}

void number_logb(Number *result, const Number *a, const Settings *settings, uint32_t *status) {
  if (number_check_nans(result, a, NULL, settings, status)) return;
  if (a->kind == DECIMAL_INFINITE) {
    number_set_special(result, DECIMAL_INFINITE, false);
  } else if (number_is_zero(a)) {
    *status |= STATUS_DIVISION_BY_ZERO;
    number_set_special(result, DECIMAL_INFINITE, true);
  } else {
    int64_t adjusted = number_adjusted(a);
    number_set_small(result, (unsigned long)(adjusted < 0 ? -adjusted : adjusted), adjusted < 0, 0);
    number_fix(result, settings, status);
  }
}

// The value of a finite integral operand with exponent zero, within the limit. False: it is not one.
static bool small_integer(const Number *number, int64_t limit, int64_t *value) {
  if (number->kind != DECIMAL_FINITE || number->exponent != 0 || !mpz_fits_slong_p(number->coefficient)) return false;
  *value = mpz_get_si(number->coefficient);
  if (number->negative) *value = -*value;
  return *value >= -limit && *value <= limit;
}

void number_scaleb(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status) {
  if (number_check_nans(result, a, b, settings, status)) return;
  int64_t shift, limit = 2 * (settings->maximum + settings->precision);
  if (!small_integer(b, limit, &shift)) {
    number_invalid(result, STATUS_INVALID_OPERATION, status);
    return;
  }
  number_set(result, a);
  if (a->kind == DECIMAL_INFINITE) return;
  result->exponent += shift;
  number_fix(result, settings, status);
}

// ---- Neighbours ----

static void set_maximal(Number *result, bool negative, const Settings *settings, uint32_t *status) {
  number_set_zero(result, negative, 0);
  number_set_largest(result, settings, status);
}
// The next number away from `a` in the direction of rounding, ROUND_CEILING or ROUND_FLOOR.
static void next(Number *result, const Number *a, Rounding direction, const Settings *settings, uint32_t *status) {
  bool up = direction == ROUND_CEILING;
  if (a->kind == DECIMAL_INFINITE) {
    if (a->negative == up)
      set_maximal(result, a->negative, settings, status);
    else
      number_set(result, a);
    return;
  }
  Settings directed = *settings;
  directed.rounding = direction;
  uint32_t ignored = 0;
  Number rounded, step;
  number_init(&rounded);
  number_init(&step);
  number_set(&rounded, a);
  number_fix(&rounded, &directed, &ignored);
  if (rounded.kind == a->kind && number_order(&rounded, a) == 0) {
    number_set_small(&step, 1, !up, settings_tiny(settings) - 1);
    number_add(result, a, &step, &directed, &ignored);
  } else {
    number_set(result, &rounded);
  }
  *status |= ignored & STATUS_MEMORY;
  number_clear(&rounded);
  number_clear(&step);
}
void number_next_plus(Number *result, const Number *a, const Settings *settings, uint32_t *status) {
  if (!number_check_nans(result, a, NULL, settings, status)) next(result, a, ROUND_CEILING, settings, status);
}
void number_next_minus(Number *result, const Number *a, const Settings *settings, uint32_t *status) {
  if (!number_check_nans(result, a, NULL, settings, status)) next(result, a, ROUND_FLOOR, settings, status);
}
void number_next_toward(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status) {
  if (number_check_nans(result, a, b, settings, status)) return;
  int order = number_order(a, b);
  if (order == 0) {
    number_set(result, a);
    result->negative = b->negative;
    return;
  }
  next(result, a, order < 0 ? ROUND_CEILING : ROUND_FLOOR, settings, status);
  if (result->kind == DECIMAL_INFINITE) {
    *status |= STATUS_OVERFLOW | STATUS_INEXACT | STATUS_ROUNDED;
  } else if (number_adjusted(result) < settings->minimum) {
    *status |= STATUS_UNDERFLOW | STATUS_SUBNORMAL | STATUS_INEXACT | STATUS_ROUNDED;
    if (number_is_zero(result)) *status |= STATUS_CLAMPED;
  }
}

// ---- Digits as bits, rotation ----

// The digits of a logical operand, the lowest first, as many as the precision has (the others are ignored); false: it
// is none.
static bool logical_digits(const Number *number, char *digits, int64_t precision) {
  if (number->kind != DECIMAL_FINITE || number->negative || number->exponent != 0) return false;
  memset(digits, '0', (size_t)precision);
  size_t length = (size_t)number_digits(number);
  char *text = digits_text(number->coefficient);
  bool logical = text != NULL;
  for (size_t i = 0; logical && i < length; i++) {
    char digit = text[length - 1 - i];
    if ((int64_t)i < precision) digits[i] = digit;
    logical = digit <= '1';
  }
  free(text);
  return logical;
}
static void combine(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status,
                    unsigned truth) {
  int64_t length = settings->precision;
  if (length > DECIMAL_DIGIT_LIMIT / 8) {
    // Operands are as long at most as they are.
    int64_t longest = number_digits(a) > number_digits(b) ? number_digits(a) : number_digits(b);
    if (truth & 1) { // digits above both operands become ones
      *status |= STATUS_MEMORY;
      return;
    }
    length = longest;
  }
  char *digits_a = malloc((size_t)length + 1), *digits_b = malloc((size_t)length + 1);
  if (digits_a && digits_b && logical_digits(a, digits_a, length) && logical_digits(b, digits_b, length)) {
    char *text = digits_a;
    for (int64_t i = 0; i < length; i++)
      digits_a[i] = (char)('0' + (truth >> ((digits_a[i] & 1) * 2 + (digits_b[i] & 1)) & 1));
    for (int64_t i = 0, j = length - 1; i < j; i++, j--) {
      char swapped = text[i];
      text[i] = text[j];
      text[j] = swapped;
    }
    text[length] = 0;
    number_set_zero(result, false, 0);
    mpz_set_str(result->coefficient, text, 10);
  } else if (!digits_a || !digits_b) {
    *status |= STATUS_MEMORY;
  } else {
    number_invalid(result, STATUS_INVALID_OPERATION, status);
  }
  free(digits_a);
  free(digits_b);
}
// Truth tables: bit 2a+b.
void number_and(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status) {
  combine(result, a, b, settings, status, 0b1000);
}
void number_or(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status) {
  combine(result, a, b, settings, status, 0b1110);
}
void number_xor(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status) {
  combine(result, a, b, settings, status, 0b0110);
}
void number_invert(Number *result, const Number *a, const Settings *settings, uint32_t *status) {
  combine(result, a, a, settings, status, 0b0001);
}

// Moves the digits by b places within the precision; those that leave come in again, or are lost.
static void move_digits(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status,
                        bool rotates) {
  if (number_check_nans(result, a, b, settings, status)) return;
  int64_t places, precision = settings->precision;
  if (!small_integer(b, precision, &places)) {
    number_invalid(result, STATUS_INVALID_OPERATION, status);
    return;
  }
  number_set(result, a);
  if (a->kind == DECIMAL_INFINITE) return;
  mpz_t modulus, high;
  mpz_inits(modulus, high, NULL);
  mpz_ptr digits = result->coefficient;
  // Digits beyond the precision are no part of it.
  if (number_digits(a) > precision && ten_to(modulus, precision, status)) mpz_tdiv_r(digits, digits, modulus);
  if (rotates && places < 0) places += precision;
  if (places < 0) {
    if (-places >= digits_of(digits))
      mpz_set_ui(digits, 0);
    else if (ten_to(modulus, -places, status))
      mpz_tdiv_q(digits, digits, modulus);
  } else if (mpz_sgn(digits) != 0 && ten_to(modulus, precision - places, status)) {
    mpz_tdiv_qr(high, digits, digits, modulus);
    if (coefficient_scale(digits, places, status) && rotates) mpz_add(digits, digits, high);
  }
  mpz_clears(modulus, high, NULL);
}
void number_rotate(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status) {
  move_digits(result, a, b, settings, status, true);
}
void number_shift(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status) {
  move_digits(result, a, b, settings, status, false);
}
