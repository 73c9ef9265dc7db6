// Arithmetic of decimal numbers, as the General Decimal Arithmetic Specification defines it.
//
// Each operation computes its result exactly, or to a few digits more than the precision with the last one made sticky
// (so that it is rounded as the exact result would be), and then has number_fix round it once. The result may not be an
// operand.
#include "runtime/module/_decimal.h"

// ---- Addition ----

// Exact, but that what lies far below the precision becomes one sticky digit.
static void add_finite(Number *result, const Number *a, const Number *b, bool negative_b, const Settings *settings,
                       uint32_t *status) {
  const Number *high = a->exponent >= b->exponent ? a : b, *low = high == a ? b : a;
  bool negative_high = high == a ? a->negative : negative_b, negative_low = low == a ? a->negative : negative_b;
  bool zero_high = number_is_zero(high), zero_low = number_is_zero(low);
  if (zero_high && zero_low) {
    bool negative = negative_high && negative_low;
    if (negative_high != negative_low) negative = settings->rounding == ROUND_FLOOR;
    number_set_zero(result, negative, low->exponent);
    return;
  }
  if (zero_high) {
    number_set(result, low);
    result->negative = negative_low;
    return;
  }
  int64_t exponent = low->exponent;
  if (zero_low) {
    int64_t least = high->exponent - settings->precision - 1;
    if (exponent < least) exponent = least;
    number_set(result, high);
    result->negative = negative_high;
    if (coefficient_scale(result->coefficient, high->exponent - exponent, status)) result->exponent = exponent;
    return;
  }
  int64_t digits = number_digits(high), room = digits - settings->precision - 2;
  int64_t least = high->exponent + (room < -1 ? room : -1);
  bool sticky = number_digits(low) + low->exponent - 1 < least;
  if (sticky) exponent = least;
  mpz_set(result->coefficient, high->coefficient);
  if (!coefficient_scale(result->coefficient, high->exponent - exponent, status)) return;
  result->kind = DECIMAL_FINITE;
  result->exponent = exponent;
  result->negative = negative_high;
  if (negative_high == negative_low) {
    if (sticky)
      mpz_add_ui(result->coefficient, result->coefficient, 1);
    else
      mpz_add(result->coefficient, result->coefficient, low->coefficient);
    return;
  }
  if (sticky)
    mpz_sub_ui(result->coefficient, result->coefficient, 1);
  else
    mpz_sub(result->coefficient, result->coefficient, low->coefficient);
  int sign = mpz_sgn(result->coefficient);
  if (sign < 0) {
    mpz_neg(result->coefficient, result->coefficient);
    result->negative = !result->negative;
  } else if (sign == 0) {
    result->negative = settings->rounding == ROUND_FLOOR;
  }
}

static void add_signed(Number *result, const Number *a, const Number *b, bool negative_b, const Settings *settings,
                       uint32_t *status) {
  if (a->kind == DECIMAL_INFINITE || b->kind == DECIMAL_INFINITE) {
    if (a->kind == b->kind && a->negative != negative_b)
      number_invalid(result, STATUS_INVALID_OPERATION, status);
    else
      number_set_special(result, DECIMAL_INFINITE, a->kind == DECIMAL_INFINITE ? a->negative : negative_b);
    return;
  }
  add_finite(result, a, b, negative_b, settings, status);
  number_fix(result, settings, status);
}
void number_add(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status) {
  if (!number_check_nans(result, a, b, settings, status)) add_signed(result, a, b, b->negative, settings, status);
}
void number_subtract(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status) {
  if (!number_check_nans(result, a, b, settings, status)) add_signed(result, a, b, !b->negative, settings, status);
}

// ---- Multiplication ----

static bool multiply_exactly(Number *result, const Number *a, const Number *b, uint32_t *status) {
  bool negative = a->negative != b->negative;
  if (a->kind == DECIMAL_INFINITE || b->kind == DECIMAL_INFINITE) {
    if (number_is_zero(a) || number_is_zero(b)) {
      number_invalid(result, STATUS_INVALID_OPERATION, status);
      return false;
    }
    number_set_special(result, DECIMAL_INFINITE, negative);
    return true;
  }
  mpz_mul(result->coefficient, a->coefficient, b->coefficient);
  result->exponent = a->exponent + b->exponent;
  result->kind = DECIMAL_FINITE;
  result->negative = negative;
  return true;
}
void number_multiply(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status) {
  if (number_check_nans(result, a, b, settings, status)) return;
  if (multiply_exactly(result, a, b, status)) number_fix(result, settings, status);
}
void number_fma(Number *result, const Number *a, const Number *b, const Number *c, const Settings *settings,
                uint32_t *status) {
  if (a->kind == DECIMAL_SIGNALING || b->kind == DECIMAL_SIGNALING || number_is_nan(a) || number_is_nan(b)) {
    bool quiet = a->kind != DECIMAL_SIGNALING && b->kind != DECIMAL_SIGNALING;
    number_check_nans(result, quiet && c->kind == DECIMAL_SIGNALING ? c : a, b, settings, status);
    return;
  }
  Number product;
  number_init(&product);
  if (!multiply_exactly(&product, a, b, status)) {
    number_set(result, &product);
    if (c->kind == DECIMAL_NAN) number_check_nans(result, c, NULL, settings, status);
  } else {
    number_add(result, &product, c, settings, status);
  }
  number_clear(&product);
}

// ---- Division ----

void number_strip_zeros(Number *number, int64_t ideal) {
  // In larger steps first.
  static const int steps[] = {16, 8, 4, 2, 1};
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    while (number->exponent + steps[i] <= ideal &&
           mpz_divisible_ui_p(number->coefficient, decimal_small_powers[steps[i]])) {
      mpz_divexact_ui(number->coefficient, number->coefficient, decimal_small_powers[steps[i]]);
      number->exponent += steps[i];
    }
}

// A quotient that ends, where the precision has far more digits than it can have; `result` is zero with the ideal
// exponent. False: nothing was done.
static bool divide_exactly(Number *result, const Number *a, const Number *b, const Settings *settings) {
  int64_t bits = (int64_t)mpz_sizeinbase(b->coefficient, 2);
  if (settings->precision < number_digits(a) + 4 * bits + 1000) return false;
  // b, without what it has in common with a, is 2^twos * 5^fives: then multiply both until it is a power of ten.
  mpz_t common, divisor, prime;
  mpz_inits(common, divisor, NULL);
  mpz_gcd(common, a->coefficient, b->coefficient);
  mpz_divexact(divisor, b->coefficient, common);
  mp_bitcnt_t twos = mpz_scan1(divisor, 0);
  mpz_tdiv_q_2exp(divisor, divisor, twos);
  mpz_init_set_ui(prime, 5);
  mp_bitcnt_t fives = mpz_remove(divisor, divisor, prime), places = twos > fives ? twos : fives;
  bool ends = mpz_cmp_ui(divisor, 1) == 0;
  if (ends) {
    mpz_divexact(result->coefficient, a->coefficient, common);
    mpz_mul_2exp(result->coefficient, result->coefficient, places - twos);
    mpz_ui_pow_ui(prime, 5, places - fives);
    mpz_mul(result->coefficient, result->coefficient, prime);
    result->exponent -= (int64_t)places;
  }
  mpz_clears(common, divisor, prime, NULL);
  return ends;
}

void number_divide(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status) {
  if (number_check_nans(result, a, b, settings, status)) return;
  bool negative = a->negative != b->negative;
  if (a->kind == DECIMAL_INFINITE) {
    if (b->kind == DECIMAL_INFINITE)
      number_invalid(result, STATUS_INVALID_OPERATION, status);
    else
      number_set_special(result, DECIMAL_INFINITE, negative);
    return;
  }
  if (b->kind == DECIMAL_INFINITE) {
    *status |= STATUS_CLAMPED;
    number_set_zero(result, negative, settings_tiny(settings));
    return;
  }
  if (number_is_zero(b)) {
    if (number_is_zero(a)) {
      number_invalid(result, STATUS_DIVISION_UNDEFINED, status);
    } else {
      *status |= STATUS_DIVISION_BY_ZERO;
      number_set_special(result, DECIMAL_INFINITE, negative);
    }
    return;
  }
  int64_t ideal = a->exponent - b->exponent;
  number_set_zero(result, negative, ideal);
  if (!number_is_zero(a) && !divide_exactly(result, a, b, settings)) {
    int64_t shift = number_digits(b) - number_digits(a) + settings->precision + 1;
    mpz_t scaled, rest;
    mpz_inits(scaled, rest, NULL);
    bool possible;
    if (shift >= 0) {
      mpz_set(scaled, a->coefficient);
      possible = coefficient_scale(scaled, shift, status);
      mpz_tdiv_qr(result->coefficient, rest, scaled, b->coefficient);
    } else {
      mpz_set(scaled, b->coefficient);
      possible = coefficient_scale(scaled, -shift, status);
      mpz_tdiv_qr(result->coefficient, rest, a->coefficient, scaled);
    }
    result->exponent = ideal - shift;
    if (mpz_sgn(rest)) {
      if (mpz_divisible_ui_p(result->coefficient, 5)) mpz_add_ui(result->coefficient, result->coefficient, 1);
    } else if (possible) {
      number_strip_zeros(result, ideal);
    }
    mpz_clears(scaled, rest, NULL);
  }
  number_fix(result, settings, status);
}

// Integer quotient and remainder of finite numbers, b not zero; unrounded. False: the quotient has too many digits.
static bool divide_integers(Number *quotient, Number *remainder, const Number *a, const Number *b,
                            const Settings *settings, uint32_t *status) {
  bool negative = a->negative != b->negative;
  int64_t ideal = a->exponent < b->exponent ? a->exponent : b->exponent;
  number_set_zero(quotient, negative, 0);
  number_set_zero(remainder, a->negative, ideal);
  if (b->kind == DECIMAL_INFINITE) {
    number_set(remainder, a);
    return true;
  }
  if (number_is_zero(a)) return true;
  int64_t difference = number_adjusted(a) - number_adjusted(b);
  if (difference < 0) {
    number_set(remainder, a);
    return coefficient_scale(remainder->coefficient, a->exponent - ideal, status) &&
           ((remainder->exponent = ideal), true);
  }
  if (difference > settings->precision) return false;
  mpz_t dividend, divisor;
  mpz_init_set(dividend, a->coefficient);
  mpz_init_set(divisor, b->coefficient);
  bool possible = coefficient_scale(dividend, a->exponent - ideal, status) &&
                  coefficient_scale(divisor, b->exponent - ideal, status);
  if (possible) {
    mpz_tdiv_qr(quotient->coefficient, remainder->coefficient, dividend, divisor);
    possible = mpz_sgn(quotient->coefficient) == 0 || number_digits(quotient) <= settings->precision;
  }
  mpz_clears(dividend, divisor, NULL);
  return possible;
}

// What does not need numbers: NaNs, infinities, zero. True: the results are there. `quotient` or `remainder` may be
// NULL.
static bool divide_special(Number *quotient, Number *remainder, const Number *a, const Number *b,
                           const Settings *settings, uint32_t *status) {
  Number *results[2] = {quotient, remainder};
  for (int i = 0; i < 2; i++)
    if (results[i] && number_check_nans(results[i], a, b, settings, status)) {
      if (results[1 - i]) number_set(results[1 - i], results[i]);
      return true;
    }
  bool negative = a->negative != b->negative;
  if (a->kind == DECIMAL_INFINITE) {
    if (remainder) number_invalid(remainder, STATUS_INVALID_OPERATION, status);
    if (!quotient) return true;
    if (b->kind == DECIMAL_INFINITE)
      number_invalid(quotient, STATUS_INVALID_OPERATION, status);
    else
      number_set_special(quotient, DECIMAL_INFINITE, negative);
    return true;
  }
  if (!number_is_zero(b)) return false;
  if (number_is_zero(a)) {
    for (int i = 0; i < 2; i++)
      if (results[i]) number_invalid(results[i], STATUS_DIVISION_UNDEFINED, status);
    return true;
  }
  if (remainder) number_invalid(remainder, STATUS_INVALID_OPERATION, status);
  if (quotient) {
    *status |= STATUS_DIVISION_BY_ZERO;
    number_set_special(quotient, DECIMAL_INFINITE, negative);
  }
  return true;
}

void number_divmod(Number *quotient, Number *remainder, const Number *a, const Number *b, const Settings *settings,
                   uint32_t *status) {
  if (divide_special(quotient, remainder, a, b, settings, status)) return;
  if (!divide_integers(quotient, remainder, a, b, settings, status)) {
    number_invalid(quotient, STATUS_DIVISION_IMPOSSIBLE, status);
    number_invalid(remainder, STATUS_DIVISION_IMPOSSIBLE, status);
    return;
  }
  if (b->kind == DECIMAL_FINITE) number_fix(quotient, settings, status);
  number_fix(remainder, settings, status);
}
void number_divide_integer(Number *result, const Number *a, const Number *b, const Settings *settings,
                           uint32_t *status) {
  if (divide_special(result, NULL, a, b, settings, status)) return;
  Number remainder;
  number_init(&remainder);
  if (!divide_integers(result, &remainder, a, b, settings, status))
    number_invalid(result, STATUS_DIVISION_IMPOSSIBLE, status);
  else if (b->kind == DECIMAL_FINITE)
    number_fix(result, settings, status);
  number_clear(&remainder);
}
void number_remainder(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status) {
  if (divide_special(NULL, result, a, b, settings, status)) return;
  Number quotient;
  number_init(&quotient);
  if (!divide_integers(&quotient, result, a, b, settings, status))
    number_invalid(result, STATUS_DIVISION_IMPOSSIBLE, status);
  else
    number_fix(result, settings, status);
  number_clear(&quotient);
}
void number_remainder_near(Number *result, const Number *a, const Number *b, const Settings *settings,
                           uint32_t *status) {
  if (divide_special(NULL, result, a, b, settings, status)) return;
  if (b->kind == DECIMAL_FINITE && !number_is_zero(a) && a->exponent <= b->exponent &&
      number_adjusted(a) < number_adjusted(b) - 1) { // far less than half of it
    number_set(result, a);
    number_fix(result, settings, status);
    return;
  }
  Number quotient, divisor;
  number_init(&quotient);
  number_init(&divisor);
  // With b infinite, a is its own remainder.
  bool possible = divide_integers(&quotient, result, a, b, settings, status);
  if (possible && b->kind == DECIMAL_FINITE && mpz_sgn(result->coefficient) != 0) {
    number_set(&divisor, b);
    possible = number_rescale(&divisor, result->exponent, ROUND_DOWN, status);
    mpz_t twice;
    mpz_init(twice);
    mpz_mul_2exp(twice, result->coefficient, 1);
    int half = mpz_cmp(twice, divisor.coefficient);
    mpz_clear(twice);
    if (half > 0 || (half == 0 && mpz_odd_p(quotient.coefficient))) {
      mpz_sub(result->coefficient, divisor.coefficient, result->coefficient);
      result->negative = !result->negative;
      mpz_add_ui(quotient.coefficient, quotient.coefficient, 1);
      possible = possible && number_digits(&quotient) <= settings->precision;
    }
  }
  if (!possible)
    number_invalid(result, STATUS_DIVISION_IMPOSSIBLE, status);
  else
    number_fix(result, settings, status);
  number_clear(&quotient);
  number_clear(&divisor);
}
