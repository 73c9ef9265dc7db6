// Square root, exponential, logarithms and powers of decimal numbers.
//
// Transcendental functions are computed in binary fixed point: a real number x is the integer x * 2^bits. A result is
// asked for with some digits more than the precision, known to be wrong by less than a few units of the last of them;
// if that does not decide how it is rounded, it is computed again with more. (Results that are exact are found before.)
#include "runtime/module/_decimal.h"

#include <stdlib.h>

// ---- Square root ----

void number_square_root(Number *result, const Number *a, const Settings *settings, uint32_t *status) {
  if (number_check_nans(result, a, NULL, settings, status)) return;
  if (number_is_zero(a)) {
    number_set_zero(result, a->negative, a->exponent >> 1);
    number_fix(result, settings, status);
    return;
  }
  if (a->negative) {
    number_invalid(result, STATUS_INVALID_OPERATION, status);
    return;
  }
  if (a->kind == DECIMAL_INFINITE) {
    number_set(result, a);
    return;
  }
  // One digit more than the precision; what lies below it becomes sticky.
  int64_t ideal = a->exponent >> 1, digits = number_digits(a);
  bool odd = a->exponent & 1;
  int64_t length = odd ? (digits >> 1) + 1 : (digits + 1) >> 1, shift = settings->precision + 1 - length;
  mpz_t scaled, factor, rest;
  mpz_inits(scaled, factor, rest, NULL);
  mpz_mul_ui(scaled, a->coefficient, odd ? 10 : 1);
  bool exact = true;
  if (shift > 0 && mpz_perfect_square_p(scaled)) {
    shift = 0; // whatever the precision is
  } else if (!ten_to(factor, 2 * (shift < 0 ? -shift : shift), status)) {
    exact = false;
  } else if (shift >= 0) {
    mpz_mul(scaled, scaled, factor);
  } else {
    mpz_tdiv_qr(scaled, rest, scaled, factor);
    exact = mpz_sgn(rest) == 0;
  }
  number_set_zero(result, false, ideal - shift);
  mpz_sqrtrem(result->coefficient, rest, scaled);
  exact = exact && mpz_sgn(rest) == 0;
  if (!exact) {
    if (mpz_divisible_ui_p(result->coefficient, 5)) mpz_add_ui(result->coefficient, result->coefficient, 1);
  } else if (number_rescale(result, ideal, ROUND_DOWN, &(uint32_t){0})) {
    result->exponent = ideal;
  }
  mpz_clears(scaled, factor, rest, NULL);
  Settings even = *settings;
  even.rounding = ROUND_HALF_EVEN;
  number_fix(result, &even, status);
}

// ---- Fixed point ----

// Sets `sum` to the sum of weights[i] * atanh(1 / bases[i]).
typedef struct InverseTerm {
  unsigned long weight, base;
  bool minus;
} InverseTerm;
static void add_inverse_tangents(mpz_t sum, const InverseTerm *terms, size_t count, mp_bitcnt_t bits) {
  mpz_t power, term;
  mpz_inits(power, term, NULL);
  mpz_set_ui(sum, 0);
  for (size_t i = 0; i < count; i++) {
    mpz_set_ui(power, terms[i].weight);
    mpz_mul_2exp(power, power, bits);
    mpz_tdiv_q_ui(power, power, terms[i].base);
    for (unsigned long k = 1; mpz_sgn(power); k += 2) {
      mpz_tdiv_q_ui(term, power, k);
      if (terms[i].minus)
        mpz_sub(sum, sum, term);
      else
        mpz_add(sum, sum, term);
      mpz_tdiv_q_ui(power, power, terms[i].base * terms[i].base);
    }
  }
  mpz_clears(power, term, NULL);
}
static void fixed_ln_2(mpz_t result, mp_bitcnt_t bits) {
  static const InverseTerm terms[] = {{18, 26, false}, {2, 4801, true}, {8, 8749, false}};
  add_inverse_tangents(result, terms, 3, bits);
}
static void fixed_ln_10(mpz_t result, mp_bitcnt_t bits) {
  static const InverseTerm terms[] = {{46, 31, false}, {34, 49, false}, {20, 161, false}};
  add_inverse_tangents(result, terms, 3, bits);
}

// e to the power of `x`, 0 <= x < 1.
static void fixed_exp(mpz_t result, const mpz_t x, mp_bitcnt_t bits) {
  // x is halved often enough for the series to be short, and the result squared as often.
  mp_bitcnt_t halvings = 4;
  while (halvings * halvings < bits) halvings += 4;
  mp_bitcnt_t working = bits + 2 * halvings + 16;
  mpz_t reduced, term;
  mpz_inits(reduced, term, NULL);
  mpz_mul_2exp(reduced, x, working - bits);
  mpz_tdiv_q_2exp(reduced, reduced, halvings);
  mpz_set_ui(term, 1);
  mpz_mul_2exp(term, term, working);
  mpz_set(result, term);
  for (unsigned long k = 1; mpz_sgn(term); k++) {
    mpz_mul(term, term, reduced);
    mpz_tdiv_q_2exp(term, term, working);
    mpz_tdiv_q_ui(term, term, k);
    mpz_add(result, result, term);
  }
  for (mp_bitcnt_t i = 0; i < halvings; i++) {
    mpz_mul(result, result, result);
    mpz_tdiv_q_2exp(result, result, working);
  }
  mpz_tdiv_q_2exp(result, result, working - bits);
  mpz_clears(reduced, term, NULL);
}

// The natural logarithm of `x`, 1/2 <= x < 2.
static void fixed_ln(mpz_t result, const mpz_t x, mp_bitcnt_t bits) {
  // Square roots bring x near 1; then 2 atanh((x - 1) / (x + 1)).
  mp_bitcnt_t roots = 4;
  while (roots * roots * 4 < bits) roots += 2;
  mp_bitcnt_t working = bits + 2 * roots + 16;
  mpz_t value, square, power, term;
  mpz_inits(value, square, power, term, NULL);
  mpz_mul_2exp(value, x, working - bits);
  for (mp_bitcnt_t i = 0; i < roots; i++) {
    mpz_mul_2exp(value, value, working);
    mpz_sqrt(value, value);
  }
  mpz_set_ui(term, 1);
  mpz_mul_2exp(term, term, working);
  mpz_sub(power, value, term);
  mpz_add(value, value, term);
  mpz_mul_2exp(power, power, working);
  mpz_tdiv_q(power, power, value);
  mpz_mul(square, power, power);
  mpz_tdiv_q_2exp(square, square, working);
  mpz_set_ui(result, 0);
  for (unsigned long k = 1; mpz_sgn(power); k += 2) {
    mpz_tdiv_q_ui(term, power, k);
    mpz_add(result, result, term);
    mpz_mul(power, power, square);
    mpz_tdiv_q_2exp(power, power, working);
  }
  mpz_mul_2exp(result, result, roots + 1);
  mpz_tdiv_q_2exp(result, result, working - bits);
  mpz_clears(value, square, power, term, NULL);
}

// A finite number that is not negative, as fixed point: floor. False: far too large.
static bool fixed_from_number(mpz_t result, const Number *number, mp_bitcnt_t bits, uint32_t *status) {
  mpz_t power;
  mpz_init(power);
  mpz_mul_2exp(result, number->coefficient, bits);
  bool done = ten_to(power, number->exponent < 0 ? -number->exponent : number->exponent, status);
  if (done && number->exponent >= 0)
    mpz_mul(result, result, power);
  else if (done)
    mpz_tdiv_q(result, result, power);
  mpz_clear(power);
  return done;
}

// The natural logarithm of a positive finite number, as fixed point, wrong by a few units at most.
static bool fixed_ln_of(mpz_t result, const Number *number, mp_bitcnt_t bits, uint32_t *status) {
  // number = coefficient * 10^exponent, coefficient = m * 2^k with 1/2 <= m < 1 (or up to 2 below)
  mp_bitcnt_t working = bits + 80, size = mpz_sizeinbase(number->coefficient, 2);
  mpz_t mantissa, constant;
  mpz_inits(mantissa, constant, NULL);
  if (size > working)
    mpz_tdiv_q_2exp(mantissa, number->coefficient, size - working);
  else
    mpz_mul_2exp(mantissa, number->coefficient, working - size);
  fixed_ln(result, mantissa, working);
  fixed_ln_2(constant, working);
  mpz_addmul_ui(result, constant, size);
  fixed_ln_10(constant, working);
  mpz_t factor;
  mpz_init_set_si(factor, number->exponent);
  mpz_addmul(result, constant, factor);
  mpz_fdiv_q_2exp(result, result, working - bits);
  mpz_clears(mantissa, constant, factor, NULL);
  return *status & STATUS_MEMORY ? false : true;
}

// ---- From fixed point to digits ----

static mp_bitcnt_t bits_for(int64_t digits) {
  return (mp_bitcnt_t)digits * 3322 / 1000 + 8;
}

// Whether a coefficient that is wrong by less than `error` is rounded to `precision` digits the same way throughout.
static bool rounding_is_decided(const mpz_t coefficient, int64_t precision, unsigned long error) {
  int64_t surplus = digits_of(coefficient) - precision;
  if (surplus <= 1) return false;
  mpz_t low, high, half;
  uint32_t ignored = 0;
  mpz_inits(low, high, half, NULL);
  bool decided = ten_to(half, surplus, &ignored);
  mpz_tdiv_q_2exp(half, half, 1);
  mpz_sub_ui(low, coefficient, error);
  mpz_add_ui(high, coefficient, error);
  mpz_fdiv_q(low, low, half);
  mpz_fdiv_q(high, high, half);
  decided = decided && mpz_cmp(low, high) == 0;
  mpz_clears(low, high, half, NULL);
  return decided;
}

// e^x of a fixed point number x of either sign, as `digits` digits: the coefficient and exponent of `result`.
static void exp_to_digits(Number *result, const mpz_t x, mp_bitcnt_t bits, int64_t digits, uint32_t *status) {
  // x = n ln 10 + r, 0 <= r < ln 10; e^x = e^r 10^n
  mpz_t constant, count, rest, power;
  mpz_inits(constant, count, rest, power, NULL);
  fixed_ln_10(constant, bits);
  mpz_fdiv_qr(count, rest, x, constant);
  // Below 1: a quarter of it, to the fourth power.
  mpz_fdiv_q_2exp(rest, rest, 2);
  fixed_exp(power, rest, bits);
  for (int i = 0; i < 2; i++) {
    mpz_mul(power, power, power);
    mpz_fdiv_q_2exp(power, power, bits);
  }
  if (ten_to(constant, digits - 1, status)) {
    mpz_mul(power, power, constant);
    mpz_fdiv_q_2exp(result->coefficient, power, bits);
  }
  result->exponent = (mpz_fits_slong_p(count) ? mpz_get_si(count) : 0) - (digits - 1);
  mpz_clears(constant, count, rest, power, NULL);
}

static void fix_half_even(Number *result, const Settings *settings, uint32_t *status) {
  Settings even = *settings;
  even.rounding = ROUND_HALF_EVEN;
  number_fix(result, &even, status);
}

// Sets `result` to a number so near to 1 that it is rounded as any other such number on its side is.
static void set_nearly_one(Number *result, bool above, const Settings *settings, uint32_t *status) {
  if (!ten_to(result->coefficient, settings->precision + 1, status)) return;
  result->exponent = -settings->precision - 1;
  if (above)
    mpz_add_ui(result->coefficient, result->coefficient, 1);
  else
    mpz_sub_ui(result->coefficient, result->coefficient, 1);
}

static bool precision_is_possible(Number *result, const Settings *settings, uint32_t *status) {
  enum : int64_t { MOST = 20'000'000 };
  if (settings->precision <= MOST) return true;
  *status |= STATUS_MEMORY;
  number_set_special(result, DECIMAL_NAN, false);
  return false;
}

static int64_t decimal_length(uint64_t number) {
  int64_t length = 1;
  for (; number >= 10; number /= 10) length++;
  return length;
}

// Is it so small that the result is 1 to this precision, and a few digits more?
static bool exponential_is_one(const Number *a, int64_t precision) {
  Number limit;
  number_init(&limit);
  mpz_set_ui(limit.coefficient, 9);
  limit.exponent = -precision - 4;
  limit.negative = a->negative;
  int order = number_order(a, &limit);
  number_clear(&limit);
  return a->negative ? order >= 0 : order <= 0;
}

void number_exponential(Number *result, const Number *a, const Settings *settings, uint32_t *status) {
  if (number_check_nans(result, a, NULL, settings, status)) return;
  if (a->kind == DECIMAL_INFINITE) {
    if (a->negative)
      number_set_zero(result, false, 0);
    else
      number_set(result, a);
    return;
  }
  number_set_zero(result, false, 0);
  if (number_is_zero(a)) {
    mpz_set_ui(result->coefficient, 1);
    return;
  }
  if (!precision_is_possible(result, settings, status)) return;
  int64_t adjusted = number_adjusted(a), precision = settings->precision;
  uint64_t farthest = a->negative ? (uint64_t)(1 - settings_tiny(settings)) : (uint64_t)(settings->maximum + 1);
  if (adjusted > decimal_length(farthest * 3)) {
    mpz_set_ui(result->coefficient, 1);
    result->exponent = a->negative ? settings_tiny(settings) - 1 : settings->maximum + 1;
  } else if (exponential_is_one(a, precision)) {
    ten_to(result->coefficient, precision - 1, status);
    result->exponent = 1 - precision;
    *status |= STATUS_INEXACT | STATUS_ROUNDED;
    return;
  } else {
    mpz_t x;
    mpz_init(x);
    for (int64_t digits = precision + 8;; digits += 16) {
      // The integer part of x costs as many digits as it has.
      mp_bitcnt_t bits = bits_for(digits + (adjusted > 0 ? adjusted : 0) + 8);
      if (!fixed_from_number(x, a, bits, status)) break;
      if (a->negative) mpz_neg(x, x);
      exp_to_digits(result, x, bits, digits, status);
      if (rounding_is_decided(result->coefficient, precision, 16) || (*status & STATUS_MEMORY)) break;
    }
    mpz_clear(x);
  }
  fix_half_even(result, settings, status);
}

// The power of ten that a number is, if it is one.
static bool is_power_of_ten(const Number *number, int64_t *power) {
  mpz_t ten;
  uint32_t ignored = 0;
  mpz_init(ten);
  int64_t digits = number_digits(number);
  bool is_one = ten_to(ten, digits - 1, &ignored) && mpz_cmp(ten, number->coefficient) == 0;
  mpz_clear(ten);
  *power = number->exponent + digits - 1;
  return is_one;
}

static void logarithm(Number *result, const Number *a, const Settings *settings, uint32_t *status, bool base_10) {
  if (number_check_nans(result, a, NULL, settings, status)) return;
  if (number_is_zero(a)) {
    number_set_special(result, DECIMAL_INFINITE, true);
    return;
  }
  if (a->negative) {
    number_invalid(result, STATUS_INVALID_OPERATION, status);
    return;
  }
  if (a->kind == DECIMAL_INFINITE) {
    number_set(result, a);
    return;
  }
  int64_t power, precision = settings->precision;
  bool is_power = is_power_of_ten(a, &power);
  number_set_zero(result, false, 0);
  if (is_power && !base_10 && power == 0) return;
  if (is_power && base_10) {
    mpz_set_ui(result->coefficient, (unsigned long)(power < 0 ? -power : power));
    result->negative = power < 0;
    fix_half_even(result, settings, status);
    return;
  }
  if (!precision_is_possible(result, settings, status)) return;
  mpz_t value, scale;
  mpz_inits(value, scale, NULL);
  // Near 1 the logarithm is small, and its leading zeros cost digits.
  int64_t lost = number_adjusted(a) == 0 || number_adjusted(a) == -1 ? number_digits(a) + 2 : 2;
  for (int64_t digits = precision + lost + 8;; digits += 16) {
    mp_bitcnt_t bits = bits_for(digits) + 64;
    if (!fixed_ln_of(value, a, bits, status)) break;
    if (base_10) {
      fixed_ln_10(scale, bits);
      mpz_mul_2exp(value, value, bits);
      mpz_tdiv_q(value, value, scale);
    }
    result->negative = mpz_sgn(value) < 0;
    mpz_abs(value, value);
    if (!ten_to(scale, digits, status)) break;
    mpz_mul(value, value, scale);
    mpz_fdiv_q_2exp(result->coefficient, value, bits);
    result->exponent = -digits;
    if (rounding_is_decided(result->coefficient, precision, 16)) break;
  }
  mpz_clears(value, scale, NULL);
  fix_half_even(result, settings, status);
}
void number_logarithm(Number *result, const Number *a, const Settings *settings, uint32_t *status) {
  logarithm(result, a, settings, status, false);
}
void number_logarithm_10(Number *result, const Number *a, const Settings *settings, uint32_t *status) {
  logarithm(result, a, settings, status, true);
}

// ---- Powers ----

static bool is_odd_integer(const Number *number) {
  if (number->exponent > 0 || !number_is_integer(number)) return false;
  if (number->exponent == 0) return mpz_odd_p(number->coefficient);
  Number whole;
  number_init(&whole);
  number_set(&whole, number);
  coefficient_cut(whole.coefficient, -number->exponent, ROUND_DOWN, false);
  bool odd = mpz_odd_p(whole.coefficient);
  number_clear(&whole);
  return odd;
}
// The value of a finite integral number, if it fits.
static bool integer_value(const Number *number, int64_t *value) {
  if (number->kind != DECIMAL_FINITE || !number_is_integer(number) || number_adjusted(number) > 17) return false;
  Number whole;
  number_init(&whole);
  number_set(&whole, number);
  number_rescale(&whole, 0, ROUND_DOWN, &(uint32_t){0});
  *value = mpz_get_si(whole.coefficient);
  if (number->negative) *value = -*value;
  number_clear(&whole);
  return true;
}

// 1 to any power: only the exponent is to be found.
static void power_of_one(Number *result, const Number *a, const Number *b, bool negative, const Settings *settings,
                         uint32_t *status) {
  int64_t exponent = 1 - settings->precision;
  if (number_is_integer(b)) {
    int64_t times;
    if (b->negative)
      times = 0;
    else if (!integer_value(b, &times) || times > settings->precision)
      times = settings->precision;
    // a->exponent is not above 0, and the product may be far below
    if (a->exponent > -settings->precision && a->exponent * times >= exponent)
      exponent = a->exponent * times;
    else if (times)
      *status |= STATUS_ROUNDED;
    else
      exponent = 0;
  } else {
    *status |= STATUS_INEXACT | STATUS_ROUNDED;
  }
  number_set_zero(result, negative, exponent);
  ten_to(result->coefficient, -exponent, status);
}

// At least as many digits as log10 of the result's distance from 1 has, roughly: whether it may overflow.
static int64_t exponent_bound(const Number *a) {
  int64_t adjusted = number_adjusted(a);
  if (adjusted >= 1) return decimal_length((uint64_t)adjusted) - 1;
  if (adjusted <= -2) return decimal_length((uint64_t)(-1 - adjusted)) - 1;
  // 0.1 <= a < 10, not 1: how far from 1?
  Number one, difference;
  Settings exact = {.precision = DECIMAL_MAX_PRECISION,
                    .maximum = DECIMAL_MAX_EXPONENT,
                    .minimum = DECIMAL_MIN_EXPONENT,
                    .rounding = ROUND_HALF_EVEN};
  uint32_t ignored = 0;
  number_init(&one);
  number_init(&difference);
  mpz_set_ui(one.coefficient, 1);
  number_subtract(&difference, a, &one, &exact, &ignored);
  int64_t bound = number_adjusted(&difference) - 1;
  number_clear(&one);
  number_clear(&difference);
  return bound;
}

// a^times by multiplication, when that is short. False: it is not.
static bool power_exactly(Number *result, const Number *a, int64_t times, const Settings *settings, uint32_t *status) {
  enum : int64_t { SURPLUS = 2000 };
  uint64_t count = times < 0 ? -(uint64_t)times : (uint64_t)times;
  int64_t digits = number_digits(a);
  bool is_one = mpz_cmp_ui(a->coefficient, 1) == 0;
  if (!is_one &&
      (count > 1'000'000 ||
       (uint64_t)digits * count >
           (uint64_t)(4 * (settings->precision < SURPLUS * SURPLUS ? settings->precision : SURPLUS * SURPLUS)) +
               SURPLUS))
    return false;
  int64_t exponent;
  if (__builtin_mul_overflow(a->exponent, (int64_t)count, &exponent) || exponent > 2 * DECIMAL_MAX_EXPONENT ||
      exponent < 2 * DECIMAL_MIN_TINY)
    return false;
  Number power;
  number_init(&power);
  mpz_pow_ui(power.coefficient, a->coefficient, is_one ? 1 : count);
  power.exponent = exponent;
  if (times >= 0) {
    bool negative = result->negative;
    number_set(result, &power);
    result->negative = negative;
    number_fix(result, settings, status);
  } else {
    Number one;
    number_init(&one);
    mpz_set_ui(one.coefficient, 1);
    one.negative = result->negative;
    number_divide(result, &one, &power, settings, status);
    number_clear(&one);
  }
  number_clear(&power);
  return true;
}

// The same for numbers that end with zeros, such as 10, whose powers are short without them.
static bool power_without_zeros(Number *result, const Number *a, int64_t times, const Settings *settings,
                                uint32_t *status) {
  mpz_t ten;
  Number stripped;
  if (!mpz_divisible_ui_p(a->coefficient, 10)) return false;
  number_init(&stripped);
  number_set(&stripped, a);
  mpz_init_set_ui(ten, 10);
  stripped.exponent += (int64_t)mpz_remove(stripped.coefficient, stripped.coefficient, ten);
  bool done = power_exactly(result, &stripped, times, settings, status);
  if (done && times > 0 && result->kind == DECIMAL_FINITE) {
    // The zeros come back as far as the precision goes; some are lost, or else it would have been short before.
    *status |= STATUS_ROUNDED;
    number_rescale(result, result->exponent - (settings->precision - number_digits(result)), ROUND_DOWN, status);
  }
  mpz_clear(ten);
  number_clear(&stripped);
  return done;
}

void number_power(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status) {
  if (number_check_nans(result, a, b, settings, status)) return;
  if (number_is_zero(b)) {
    if (number_is_zero(a)) {
      number_invalid(result, STATUS_INVALID_OPERATION, status);
    } else {
      number_set_zero(result, false, 0);
      mpz_set_ui(result->coefficient, 1);
    }
    return;
  }
  bool integral = b->kind == DECIMAL_FINITE && number_is_integer(b), negative = false;
  if (a->negative) {
    if (integral)
      negative = is_odd_integer(b);
    else if (!number_is_zero(a)) {
      number_invalid(result, STATUS_INVALID_OPERATION, status);
      return;
    }
  }
  if (number_is_zero(a) || a->kind == DECIMAL_INFINITE) {
    if (number_is_zero(a) == b->negative)
      number_set_special(result, DECIMAL_INFINITE, negative);
    else
      number_set_zero(result, negative, 0);
    return;
  }
  Number base;
  number_init(&base);
  number_set(&base, a);
  base.negative = false;
  number_set_zero(result, negative, 0);
  int64_t power, adjusted = number_adjusted(&base), times;
  if (adjusted == 0 && is_power_of_ten(&base, &power)) {
    if (b->kind == DECIMAL_INFINITE) {
      *status |= STATUS_INEXACT | STATUS_ROUNDED;
      if (ten_to(result->coefficient, settings->precision - 1, status)) result->exponent = 1 - settings->precision;
    } else {
      power_of_one(result, &base, b, negative, settings, status);
    }
    number_clear(&base);
    return;
  }
  bool grows = (adjusted >= 0) == !b->negative;
  if (b->kind == DECIMAL_INFINITE) {
    if (grows) number_set_special(result, DECIMAL_INFINITE, negative);
    number_clear(&base);
    return;
  }
  int64_t bound = exponent_bound(&base) + number_adjusted(b);
  int64_t limit = decimal_length((uint64_t)(grows ? settings->maximum : -settings_tiny(settings)));
  if (bound >= limit) {
    mpz_set_ui(result->coefficient, 1);
    result->exponent = grows ? settings->maximum + 1 : settings_tiny(settings) - 1;
    number_fix(result, settings, status);
  } else if (number_adjusted(b) + decimal_length((uint64_t)(adjusted < 0 ? -adjusted : adjusted) + 1) + 2 <
             -settings->precision - 2) { // the logarithm has no more digits in front than that
    set_nearly_one(result, grows, settings, status);
    number_fix(result, settings, status);
  } else if (!integral || !integer_value(b, &times) ||
             !(power_exactly(result, &base, times, settings, status) ||
               power_without_zeros(result, &base, times, settings, status))) {
    if (precision_is_possible(result, settings, status)) {
      mpz_t logarithm, exponent;
      mpz_inits(logarithm, exponent, NULL);
      int64_t precision = settings->precision, whole = number_adjusted(b) > 0 ? number_adjusted(b) : 0;
      // A result that never decides itself is one that fits: the error then is far below the last digit.
      bool decided = false;
      for (int attempt = 0; attempt < 4 && !decided; attempt++) {
        int64_t digits = precision + 8 + 24 * attempt;
        mp_bitcnt_t bits = bits_for(digits + whole + 24 + (adjusted < 0 ? decimal_length((uint64_t)-adjusted) : 0));
        if (!fixed_ln_of(logarithm, &base, bits, status)) break;
        // logarithm * b, b = coefficient * 10^exponent
        mpz_mul(logarithm, logarithm, b->coefficient);
        if (!ten_to(exponent, b->exponent < 0 ? -b->exponent : b->exponent, status)) break;
        if (b->exponent < 0)
          mpz_fdiv_q(logarithm, logarithm, exponent);
        else
          mpz_mul(logarithm, logarithm, exponent);
        if (b->negative) mpz_neg(logarithm, logarithm);
        exp_to_digits(result, logarithm, bits, digits, status);
        result->negative = negative;
        if (*status & STATUS_MEMORY) break;
        decided = rounding_is_decided(result->coefficient, precision, 64);
      }
      mpz_clears(logarithm, exponent, NULL);
      // Of one that fits, the digits that are no more than noise go, by rounding to the nearest.
      int64_t surplus = number_digits(result) - precision - 4;
      if (!decided && surplus > 0) {
        coefficient_cut(result->coefficient, surplus, ROUND_HALF_EVEN, false);
        result->exponent += surplus;
      }
      number_fix(result, settings, status);
      *status |= STATUS_INEXACT | STATUS_ROUNDED;
      if (*status & STATUS_SUBNORMAL) *status |= STATUS_UNDERFLOW;
    }
  }
  number_clear(&base);
}

void number_power_modulo(Number *result, const Number *a, const Number *b, const Number *modulus,
                         const Settings *settings, uint32_t *status) {
  const Number *operands[3] = {a, b, modulus};
  for (DecimalKind kind = DECIMAL_SIGNALING; kind >= DECIMAL_NAN; kind--)
    for (int i = 0; i < 3; i++)
      if (operands[i]->kind == kind) {
        number_check_nans(result, operands[i], NULL, settings, status);
        return;
      }
  bool valid = true;
  for (int i = 0; i < 3; i++) valid = valid && operands[i]->kind == DECIMAL_FINITE && number_is_integer(operands[i]);
  valid = valid && !(b->negative && !number_is_zero(b)) && !number_is_zero(modulus) &&
          number_adjusted(modulus) < settings->precision && !(number_is_zero(a) && number_is_zero(b));
  if (!valid) {
    number_invalid(result, STATUS_INVALID_OPERATION, status);
    return;
  }
  Number numbers[3];
  bool possible = true;
  for (int i = 0; i < 3; i++) {
    number_init(&numbers[i]);
    number_set(&numbers[i], operands[i]);
    uint32_t exact = 0; // it is an integer
    if (i > 0) possible = number_rescale(&numbers[i], 0, ROUND_DOWN, &exact) && possible;
    *status |= exact & STATUS_MEMORY;
  }
  if (possible) {
    // a may have a large exponent: ten to it is found modulo the modulus.
    number_set_zero(result, a->negative && mpz_odd_p(numbers[1].coefficient), 0);
    mpz_t ten, scale;
    mpz_init_set_ui(ten, 10);
    mpz_init_set_si(scale, a->exponent < 0 ? 0 : a->exponent);
    if (a->exponent < 0) coefficient_cut(numbers[0].coefficient, -a->exponent, ROUND_DOWN, false);
    mpz_powm(ten, ten, scale, numbers[2].coefficient);
    mpz_mul(numbers[0].coefficient, numbers[0].coefficient, ten);
    mpz_powm(result->coefficient, numbers[0].coefficient, numbers[1].coefficient, numbers[2].coefficient);
    mpz_clears(ten, scale, NULL);
  }
  for (int i = 0; i < 3; i++) number_clear(&numbers[i]);
}
