// Decimal numbers: their parts, rounding, NaNs, comparison. What the operations (_decimal_arithmetic.c,
// _decimal_digits.c, _decimal_functions.c) are made of.
#include "runtime/module/_decimal.h"
#include "runtime/object/int.h"

void number_init(Number *number) {
  mpz_init2(number->coefficient, 320); // enough for products at the usual precision
  number->exponent = 0;
  number->kind = DECIMAL_FINITE;
  number->negative = number->borrowed = false;
}
void number_clear(Number *number) {
  if (!number->borrowed) mpz_clear(number->coefficient);
}
void number_borrow(Number *number, Value value) {
  const Decimal *decimal = (const Decimal *)value_cell(value);
  number->exponent = decimal->exponent;
  number->kind = decimal->kind;
  number->negative = decimal->negative;
  number->borrowed = true;
  if (value_is_small_int(decimal->coefficient)) {
    number->small = (mp_limb_t)value_small_int(decimal->coefficient);
    mpz_roinit_n(number->coefficient, &number->small, number->small != 0);
  } else {
    const Int *limbs = (const Int *)value_cell(decimal->coefficient);
    mpz_roinit_n(number->coefficient, limbs->limbs, limbs->size);
  }
}
void number_set(Number *result, const Number *number) {
  mpz_set(result->coefficient, number->coefficient);
  result->exponent = number->exponent;
  result->kind = number->kind;
  result->negative = number->negative;
}
void number_set_special(Number *result, DecimalKind kind, bool negative) {
  mpz_set_ui(result->coefficient, 0);
  result->exponent = 0;
  result->kind = kind;
  result->negative = negative;
}
void number_set_zero(Number *result, bool negative, int64_t exponent) {
  number_set_special(result, DECIMAL_FINITE, negative);
  result->exponent = exponent;
}
void number_set_small(Number *result, unsigned long coefficient, bool negative, int64_t exponent) {
  number_set_zero(result, negative, exponent);
  mpz_set_ui(result->coefficient, coefficient);
}

// ---- Powers of ten, digits ----

const uint64_t decimal_small_powers[20] = {1,
                                           10,
                                           100,
                                           1000,
                                           10000,
                                           100000,
                                           1000000,
                                           10000000,
                                           100000000,
                                           1000000000,
                                           10000000000,
                                           100000000000,
                                           1000000000000,
                                           10000000000000,
                                           100000000000000,
                                           1000000000000000,
                                           10000000000000000,
                                           100000000000000000,
                                           1000000000000000000,
                                           10000000000000000000u};

// Made once, when the module is initialized.
enum : int64_t { TABLE_POWERS = 256 };
static mpz_t table[TABLE_POWERS];
void decimal_number_prepare(void) {
  for (int i = 0; i < TABLE_POWERS; i++) {
    mpz_init(table[i]);
    mpz_ui_pow_ui(table[i], 10, (unsigned long)i);
  }
}

bool ten_to(mpz_t result, int64_t power, uint32_t *status) {
  if (power > DECIMAL_DIGIT_LIMIT) {
    *status |= STATUS_MEMORY;
    mpz_set_ui(result, 1);
    return false;
  }
  if (power < TABLE_POWERS)
    mpz_set(result, table[power]);
  else
    mpz_ui_pow_ui(result, 10, (unsigned long)power);
  return true;
}

static int64_t small_digits(uint64_t number) {
  if (number < 10) return 1;
  int digits = (64 - __builtin_clzll(number)) * 1233 >> 12;
  return digits + (number >= decimal_small_powers[digits]);
}
int64_t digits_of(const mpz_t coefficient) {
  if (mpz_size(coefficient) <= 1) return small_digits(mpz_get_ui(coefficient));
  // That many digits, or one more.
  int64_t digits = (int64_t)((__uint128_t)mpz_sizeinbase(coefficient, 2) * 30103 / 100000);
  if (digits < TABLE_POWERS) return digits + (mpz_cmp(coefficient, table[digits]) >= 0);
  // The estimate is right or one too large.
  digits = (int64_t)mpz_sizeinbase(coefficient, 10);
  mpz_t power;
  uint32_t ignored = 0;
  mpz_init(power);
  bool less = ten_to(power, digits - 1, &ignored) && mpz_cmp(coefficient, power) < 0;
  mpz_clear(power);
  return digits - less;
}

bool coefficient_scale(mpz_t coefficient, int64_t power, uint32_t *status) {
  if (power <= 0 || mpz_sgn(coefficient) == 0) return true;
  if (power < TABLE_POWERS) {
    mpz_mul(coefficient, coefficient, table[power]);
    return true;
  }
  mpz_t factor;
  mpz_init(factor);
  bool done = ten_to(factor, power, status);
  if (done) mpz_mul(coefficient, coefficient, factor);
  mpz_clear(factor);
  return done;
}

// ---- Rounding ----

// `half`: the remainder against one half, -1, 0, 1; only asked for if it is not zero.
static bool rounds_away(Rounding rounding, bool negative, int half, unsigned last_digit) {
  switch (rounding) {
  case ROUND_UP:
    return true;
  case ROUND_DOWN:
    return false;
  case ROUND_CEILING:
    return !negative;
  case ROUND_FLOOR:
    return negative;
  case ROUND_HALF_UP:
    return half >= 0;
  case ROUND_HALF_DOWN:
    return half > 0;
  case ROUND_HALF_EVEN:
    return half > 0 || (half == 0 && (last_digit & 1));
  default:
    return last_digit == 0 || last_digit == 5;
  }
}

bool coefficient_cut(mpz_t coefficient, int64_t count, Rounding rounding, bool negative) {
  if (count <= 0 || mpz_sgn(coefficient) == 0) return false;
  if (count > number_digits(&(Number){.coefficient = {*coefficient}}) + 1) {
    // Far below one half.
    bool away = rounds_away(rounding, negative, -1, 0);
    mpz_set_ui(coefficient, away);
    return true;
  }
  if (count < 20) {
    uint64_t divisor = decimal_small_powers[count], rest = mpz_tdiv_q_ui(coefficient, coefficient, divisor);
    if (!rest) return false;
    int half = rest > divisor - rest ? 1 : rest < divisor - rest ? -1 : 0;
    if (rounds_away(rounding, negative, half, (unsigned)mpz_fdiv_ui(coefficient, 10)))
      mpz_add_ui(coefficient, coefficient, 1);
    return true;
  }
  mpz_t divisor, rest;
  uint32_t ignored = 0;
  mpz_inits(divisor, rest, NULL);
  ten_to(divisor, count, &ignored);
  mpz_tdiv_qr(coefficient, rest, coefficient, divisor);
  bool inexact = mpz_sgn(rest) != 0;
  if (inexact) {
    mpz_mul_2exp(rest, rest, 1);
    int half = mpz_cmp(rest, divisor);
    half = (half > 0) - (half < 0);
    if (rounds_away(rounding, negative, half, (unsigned)mpz_fdiv_ui(coefficient, 10)))
      mpz_add_ui(coefficient, coefficient, 1);
  }
  mpz_clears(divisor, rest, NULL);
  return inexact;
}

void number_set_largest(Number *number, const Settings *settings, uint32_t *status) {
  if (ten_to(number->coefficient, settings->precision, status)) mpz_sub_ui(number->coefficient, number->coefficient, 1);
  number->exponent = settings_top(settings);
}

static void overflow(Number *number, const Settings *settings, uint32_t *status) {
  *status |= STATUS_OVERFLOW | STATUS_INEXACT | STATUS_ROUNDED;
  Rounding rounding = settings->rounding;
  bool largest = rounding == ROUND_DOWN || rounding == ROUND_05UP || (rounding == ROUND_CEILING && number->negative) ||
                 (rounding == ROUND_FLOOR && !number->negative);
  if (largest)
    number_set_largest(number, settings, status);
  else
    number_set_special(number, DECIMAL_INFINITE, number->negative);
}

// The payload of a NaN keeps as many digits as fit.
static void fix_payload(Number *number, const Settings *settings, uint32_t *status) {
  int64_t most = settings->precision - settings->clamp;
  if (mpz_sgn(number->coefficient) == 0 || number_digits(number) <= most) return;
  mpz_t modulus;
  mpz_init(modulus);
  if (ten_to(modulus, most, status)) mpz_tdiv_r(number->coefficient, number->coefficient, modulus);
  mpz_clear(modulus);
}

void number_fix(Number *number, const Settings *settings, uint32_t *status) {
  if (number_is_nan(number)) fix_payload(number, settings, status);
  if (number->kind != DECIMAL_FINITE) return;
  int64_t tiny = settings_tiny(settings), top = settings_top(settings);
  if (mpz_sgn(number->coefficient) == 0) {
    int64_t most = settings->clamp ? top : settings->maximum, exponent = number->exponent;
    number->exponent = exponent < tiny ? tiny : exponent > most ? most : exponent;
    if (number->exponent != exponent) *status |= STATUS_CLAMPED;
    return;
  }
  int64_t digits = number_digits(number), least = digits + number->exponent - settings->precision;
  if (least > top) {
    overflow(number, settings, status);
    return;
  }
  bool subnormal = least < tiny;
  if (subnormal) least = tiny;
  if (number->exponent < least) {
    bool inexact = coefficient_cut(number->coefficient, least - number->exponent, settings->rounding, number->negative);
    number->exponent = least;
    if (number_digits(number) > settings->precision) {
      mpz_tdiv_q_ui(number->coefficient, number->coefficient, 10);
      number->exponent++;
    }
    *status |= STATUS_ROUNDED;
    if (inexact) *status |= STATUS_INEXACT;
    if (inexact && subnormal) *status |= STATUS_UNDERFLOW;
    if (subnormal) *status |= STATUS_SUBNORMAL;
    if (mpz_sgn(number->coefficient) == 0) *status |= STATUS_CLAMPED;
    if (number->exponent > top) overflow(number, settings, status);
    return;
  }
  if (subnormal) *status |= STATUS_SUBNORMAL;
  if (settings->clamp && number->exponent > top) {
    *status |= STATUS_CLAMPED;
    if (coefficient_scale(number->coefficient, number->exponent - top, status)) number->exponent = top;
  }
}

bool number_rescale(Number *number, int64_t exponent, Rounding rounding, uint32_t *status) {
  if (mpz_sgn(number->coefficient) != 0) {
    if (number->exponent >= exponent) {
      if (!coefficient_scale(number->coefficient, number->exponent - exponent, status)) return false;
    } else {
      *status |= STATUS_ROUNDED;
      if (coefficient_cut(number->coefficient, exponent - number->exponent, rounding, number->negative))
        *status |= STATUS_INEXACT;
    }
  }
  number->exponent = exponent;
  return true;
}

// ---- NaNs ----

void number_invalid(Number *result, uint32_t reason, uint32_t *status) {
  *status |= reason;
  number_set_special(result, DECIMAL_NAN, false);
}

bool number_check_nans(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status) {
  bool signals = a->kind == DECIMAL_SIGNALING || (b && b->kind == DECIMAL_SIGNALING);
  const Number *nan = a->kind == DECIMAL_SIGNALING        ? a
                      : b && b->kind == DECIMAL_SIGNALING ? b
                      : a->kind == DECIMAL_NAN            ? a
                      : b && b->kind == DECIMAL_NAN       ? b
                                                          : NULL;
  if (!nan) return false;
  if (signals) *status |= STATUS_INVALID_OPERATION;
  number_set(result, nan);
  result->kind = DECIMAL_NAN;
  fix_payload(result, settings, status);
  return true;
}

// ---- Comparison ----

// Magnitudes of finite numbers.
static int order_magnitudes(const Number *a, const Number *b) {
  int zero_a = mpz_sgn(a->coefficient) == 0, zero_b = mpz_sgn(b->coefficient) == 0;
  if (zero_a || zero_b) return zero_b - zero_a;
  if (a->exponent == b->exponent) {
    int order = mpz_cmp(a->coefficient, b->coefficient);
    return (order > 0) - (order < 0);
  }
  int64_t adjusted_a = number_adjusted(a), adjusted_b = number_adjusted(b);
  if (adjusted_a != adjusted_b) return adjusted_a > adjusted_b ? 1 : -1;
  const Number *high = a->exponent > b->exponent ? a : b, *low = high == a ? b : a;
  mpz_t scaled;
  uint32_t ignored = 0;
  mpz_init_set(scaled, high->coefficient);
  coefficient_scale(scaled, high->exponent - low->exponent, &ignored);
  int order = mpz_cmp(scaled, low->coefficient);
  mpz_clear(scaled);
  order = (order > 0) - (order < 0);
  return high == a ? order : -order;
}
int number_order_absolute(const Number *a, const Number *b) {
  if (a->kind == DECIMAL_INFINITE || b->kind == DECIMAL_INFINITE)
    return (a->kind == DECIMAL_INFINITE) - (b->kind == DECIMAL_INFINITE);
  return order_magnitudes(a, b);
}
int number_order(const Number *a, const Number *b) {
  if (number_is_zero(a) && number_is_zero(b)) return 0;
  if (number_is_zero(a)) return b->negative ? 1 : -1;
  if (number_is_zero(b)) return a->negative ? -1 : 1;
  if (a->negative != b->negative) return a->negative ? -1 : 1;
  int order = number_order_absolute(a, b);
  return a->negative ? -order : order;
}

static int order_total_absolute(const Number *a, const Number *b) {
  // Finite and infinite numbers come before signaling NaNs, and those before quiet ones.
  static const int ranks[] = {[DECIMAL_FINITE] = 0, [DECIMAL_INFINITE] = 0, [DECIMAL_SIGNALING] = 1, [DECIMAL_NAN] = 2};
  if (ranks[a->kind] != ranks[b->kind]) return ranks[a->kind] > ranks[b->kind] ? 1 : -1;
  if (ranks[a->kind]) {
    int order = mpz_cmp(a->coefficient, b->coefficient);
    return (order > 0) - (order < 0);
  }
  int order = number_order_absolute(a, b);
  if (order == 0 && a->kind == DECIMAL_FINITE) order = (a->exponent > b->exponent) - (a->exponent < b->exponent);
  return order;
}
int number_order_total(const Number *a, const Number *b) {
  if (a->negative != b->negative) return a->negative ? -1 : 1;
  int order = order_total_absolute(a, b);
  return a->negative ? -order : order;
}
static void set_order(Number *result, int order) {
  number_set_small(result, order != 0, order < 0, 0);
}
void number_compare_total(Number *result, const Number *a, const Number *b, const Settings *, uint32_t *) {
  set_order(result, number_order_total(a, b));
}
void number_compare_total_magnitude(Number *result, const Number *a, const Number *b, const Settings *, uint32_t *) {
  set_order(result, order_total_absolute(a, b));
}
void number_compare(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status) {
  if (!number_check_nans(result, a, b, settings, status)) set_order(result, number_order(a, b));
}
void number_compare_signal(Number *result, const Number *a, const Number *b, const Settings *settings,
                           uint32_t *status) {
  if (number_check_nans(result, a, b, settings, status))
    *status |= STATUS_INVALID_OPERATION;
  else
    set_order(result, number_order(a, b));
}

static void choose(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status,
                   bool magnitudes, bool largest) {
  // A number is preferred to a quiet NaN.
  const Number *chosen = NULL;
  if (a->kind == DECIMAL_NAN && b->kind < DECIMAL_NAN) chosen = b;
  if (b->kind == DECIMAL_NAN && a->kind < DECIMAL_NAN) chosen = a;
  if (!chosen) {
    if (number_check_nans(result, a, b, settings, status)) return;
    int order = magnitudes ? number_order_absolute(a, b) : number_order(a, b);
    if (order == 0) order = number_order_total(a, b);
    chosen = (order < 0) == largest ? b : a;
  }
  number_set(result, chosen);
  number_fix(result, settings, status);
}
void number_max(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status) {
  choose(result, a, b, settings, status, false, true);
}
void number_min(Number *result, const Number *a, const Number *b, const Settings *settings, uint32_t *status) {
  choose(result, a, b, settings, status, false, false);
}
void number_max_magnitude(Number *result, const Number *a, const Number *b, const Settings *settings,
                          uint32_t *status) {
  choose(result, a, b, settings, status, true, true);
}
void number_min_magnitude(Number *result, const Number *a, const Number *b, const Settings *settings,
                          uint32_t *status) {
  choose(result, a, b, settings, status, true, false);
}

// ---- Copies and signs ----

void number_apply(Number *result, const Number *a, const Settings *settings, uint32_t *status) {
  number_set(result, a);
  number_fix(result, settings, status);
}
void number_copy_absolute(Number *result, const Number *a, const Settings *, uint32_t *) {
  number_set(result, a);
  result->negative = false;
}
void number_copy_negate(Number *result, const Number *a, const Settings *, uint32_t *) {
  number_set(result, a);
  result->negative = !a->negative;
}
void number_copy_sign(Number *result, const Number *a, const Number *b, const Settings *, uint32_t *) {
  number_set(result, a);
  result->negative = b->negative;
}
static void with_sign(Number *result, const Number *a, bool negative, const Settings *settings, uint32_t *status) {
  if (number_check_nans(result, a, NULL, settings, status)) return;
  number_set(result, a);
  result->negative = negative;
  if (number_is_zero(a)) result->negative = negative && settings->rounding == ROUND_FLOOR;
  number_fix(result, settings, status);
}
void number_plus(Number *result, const Number *a, const Settings *settings, uint32_t *status) {
  with_sign(result, a, a->negative, settings, status);
}
void number_minus(Number *result, const Number *a, const Settings *settings, uint32_t *status) {
  with_sign(result, a, !a->negative, settings, status);
}
void number_absolute(Number *result, const Number *a, const Settings *settings, uint32_t *status) {
  with_sign(result, a, false, settings, status);
}

// ---- Classes of numbers ----

bool number_is_integer(const Number *number) {
  if (number->exponent >= 0 || number_is_zero(number)) return true;
  if (-number->exponent >= number_digits(number)) return false;
  Number copy;
  number_init(&copy);
  number_set(&copy, number);
  bool exact = !coefficient_cut(copy.coefficient, -number->exponent, ROUND_DOWN, false);
  number_clear(&copy);
  return exact;
}
bool number_is_subnormal(const Number *number, const Settings *settings) {
  return number->kind == DECIMAL_FINITE && !number_is_zero(number) && number_adjusted(number) < settings->minimum;
}
bool number_is_normal(const Number *number, const Settings *settings) {
  return number->kind == DECIMAL_FINITE && !number_is_zero(number) && number_adjusted(number) >= settings->minimum;
}
const char *number_class_name(const Number *number, const Settings *settings) {
  if (number->kind == DECIMAL_NAN) return "NaN";
  if (number->kind == DECIMAL_SIGNALING) return "sNaN";
  bool negative = number->negative;
  if (number->kind == DECIMAL_INFINITE) return negative ? "-Infinity" : "+Infinity";
  if (number_is_zero(number)) return negative ? "-Zero" : "+Zero";
  if (number_is_subnormal(number, settings)) return negative ? "-Subnormal" : "+Subnormal";
  return negative ? "-Normal" : "+Normal";
}
