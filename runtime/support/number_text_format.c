/* Formatting and rounding of doubles to a given number of digits, correctly rounded (exact halves to even).
 *
 * A double has a finite decimal expansion. Where value * 10^places fits in 128 bits it is rounded there; otherwise the
 * expansion (at most 767 significant digits) is written out whole and cut. Both give digits without trailing zeros, and
 * `point`, the position of the decimal point relative to the first: value = 0.DIGITS * 10^point. No digits: the value
 * rounds to zero.
 */
#include "runtime/support/number_text.h"
#include <string.h>

enum {
  EXPANSION_MAX = 800,
  LIMB_DIGITS = 9,
  LIMB_BASE = 1000000000,
  FIVES_A_STEP = 13, /* 5^13 times a limb and a carry fit in 64 bits */
  SHORT_PLACES = 22, /* 2^53 * 10^22 fits in 128 bits */
};

typedef struct {
  char text[EXPANSION_MAX];
  int count;
  int64_t point;
} Digits;

/* Which digit is the last one kept. */
typedef enum { BY_SIGNIFICANT_DIGITS, BY_PLACES } Cut;

static void strip_zeros(Digits *digits) {
  while (digits->count > 0 && digits->text[digits->count - 1] == '0') digits->count--;
}

/* ---- The exact expansion. ---- */

static void expand(double value, Digits *digits) {
  int exponent;
  uint64_t significand = float_decompose(value, &exponent);
  uint32_t limbs[EXPANSION_MAX / LIMB_DIGITS + 1]; /* least significant first */
  int count = 0;
  for (; significand; significand /= LIMB_BASE) limbs[count++] = (uint32_t)(significand % LIMB_BASE);
  /* significand * 2^-k is significand * 5^k * 10^-k. */
  int left = exponent < 0 ? -exponent : exponent;
  while (left > 0) {
    int step = exponent < 0 ? FIVES_A_STEP : 30;
    if (step > left) step = left;
    uint64_t factor = 1, carry = 0;
    for (int i = 0; i < step; i++) factor *= exponent < 0 ? 5 : 2;
    for (int i = 0; i < count; i++) {
      carry += limbs[i] * factor;
      limbs[i] = (uint32_t)(carry % LIMB_BASE);
      carry /= LIMB_BASE;
    }
    for (; carry; carry /= LIMB_BASE) limbs[count++] = (uint32_t)(carry % LIMB_BASE);
    left -= step;
  }
  digits->count = 0;
  for (int i = count - 1; i >= 0; i--) {
    char block[LIMB_DIGITS];
    uint32_t rest = limbs[i];
    for (int j = LIMB_DIGITS - 1; j >= 0; j--, rest /= 10) block[j] = (char)('0' + rest % 10);
    int skip = 0;
    if (i == count - 1) {
      while (block[skip] == '0') skip++;
    }
    memcpy(digits->text + digits->count, block + skip, (size_t)(LIMB_DIGITS - skip));
    digits->count += LIMB_DIGITS - skip;
  }
  digits->point = digits->count + (exponent < 0 ? exponent : 0);
  strip_zeros(digits);
}

/* Keeps the first `kept` digits, rounded. */
static void cut(Digits *digits, int64_t kept) {
  if (kept >= digits->count) return;
  if (kept < 0) {
    digits->count = 0;
    return;
  }
  char first = digits->text[kept];
  bool odd = kept > 0 && (digits->text[kept - 1] - '0') % 2;
  bool up = first > '5' || (first == '5' && (digits->count > kept + 1 || odd));
  digits->count = (int)kept;
  if (up) {
    while (digits->count > 0 && digits->text[digits->count - 1] == '9') digits->count--;
    if (digits->count > 0) {
      digits->text[digits->count - 1]++;
    } else {
      digits->text[0] = '1';
      digits->count = 1;
      digits->point++;
    }
  }
  strip_zeros(digits);
}

/* ---- The short way. ---- */

static uint64_t power_of_ten(int power) {
  uint64_t result = 1;
  for (; power > 0; power--) result *= 10;
  return result;
}

/* The integer nearest to |value| * 10^places, if that can be told in 128 bits and it is below 2^63. */
static bool scaled_integer(double value, int64_t places, uint64_t *result) {
  if (places < 0 || places > SHORT_PLACES) return false;
  int exponent;
  unsigned __int128 product = float_decompose(value, &exponent);
  int first = places < 19 ? (int)places : 19;
  product *= power_of_ten(first);
  product *= power_of_ten((int)places - first);
  if (exponent >= 0) {
    if (exponent > 10 || product >> (63 - exponent)) return false;
    *result = (uint64_t)(product << exponent);
    return true;
  }
  if (exponent < -127 || product >> -exponent >> 63) return false;
  unsigned __int128 rest = product & (((unsigned __int128)1 << -exponent) - 1);
  unsigned __int128 half = (unsigned __int128)1 << (-exponent - 1);
  uint64_t whole = (uint64_t)(product >> -exponent);
  *result = whole + (rest > half || (rest == half && (whole & 1)));
  return true;
}

/* floor(log10(|value|)) or one less; value not zero. */
static int64_t estimate_log10(double value) {
  int exponent;
  uint64_t significand = float_decompose(value, &exponent);
  int64_t log2 = exponent + 63 - __builtin_clzll(significand);
  return (log2 * 315653) >> 20;
}

static void digits_of_integer(uint64_t integer, int64_t places, Digits *digits) {
  char text[20];
  int start = sizeof text;
  for (; integer; integer /= 10) text[--start] = (char)('0' + integer % 10);
  digits->count = (int)sizeof text - start;
  digits->point = digits->count - places;
  memcpy(digits->text, text + start, (size_t)digits->count);
  strip_zeros(digits);
}

static bool round_short(double value, Cut by, int64_t limit, Digits *digits) {
  uint64_t integer;
  int64_t places = limit;
  if (by == BY_SIGNIFICANT_DIGITS) {
    if (limit > 18) return false;
    places = limit - 1 - estimate_log10(value);
  }
  if (!scaled_integer(value, places, &integer)) return false;
  /* One digit too many: the estimate was low, or rounding carried, which happens again with one place less. */
  if (by == BY_SIGNIFICANT_DIGITS && integer >= power_of_ten((int)limit) && !scaled_integer(value, --places, &integer))
    return false;
  digits_of_integer(integer, places, digits);
  return true;
}

/* Digits of a finite value, rounded to `limit` significant digits (at least 1) or places after the point. Zero is "0"
 * with point 1. */
static void round_digits(double value, Cut by, int64_t limit, Digits *digits) {
  if (value == 0) {
    digits->text[0] = '0';
    digits->count = 1;
    digits->point = 1;
  } else if (!round_short(value, by, limit, digits)) {
    expand(value, digits);
    cut(digits, by == BY_PLACES ? digits->point + limit : limit);
  }
}

/* ---- Layout. ---- */

/* Output that is only counted until it is known to fit. */
typedef struct {
  char *text; /* NULL: count only */
  size_t length;
} Output;

static void put(Output *out, const char *text, size_t length) {
  if (out->text) memcpy(out->text + out->length, text, length);
  out->length += length;
}

static void put_zeros(Output *out, size_t count) {
  if (out->text) memset(out->text + out->length, '0', count);
  out->length += count;
}

/* `count` digits of the expansion from position `from` on, zeros where there are none. */
static void put_digits(Output *out, const Digits *digits, int64_t from, int64_t count) {
  if (from < 0) {
    int64_t zeros = -from < count ? -from : count;
    put_zeros(out, (size_t)zeros);
    from += zeros;
    count -= zeros;
  }
  int64_t present = digits->count - from < count ? digits->count - from : count;
  if (present < 0) present = 0;
  if (present > 0) put(out, digits->text + from, (size_t)present);
  put_zeros(out, (size_t)(count - present));
}

static void put_exponent(Output *out, int exponent, bool upper) {
  unsigned magnitude = exponent < 0 ? (unsigned)-exponent : (unsigned)exponent;
  char text[5] = {upper ? 'E' : 'e', exponent < 0 ? '-' : '+'};
  int length = 2;
  if (magnitude >= 100) text[length++] = (char)('0' + magnitude / 100);
  text[length++] = (char)('0' + magnitude / 10 % 10);
  text[length++] = (char)('0' + magnitude % 10);
  put(out, text, (size_t)length);
}

/* How the digits are set: with an exponent or not, and how many after the point. */
typedef struct {
  bool negative, exponential, upper, percent;
  int64_t fraction;
} Layout;

static void put_number(Output *out, const Digits *digits, const Layout *layout, unsigned flags) {
  if (layout->negative)
    put(out, "-", 1);
  else if (flags & FLOAT_FORMAT_SIGN)
    put(out, "+", 1);
  int64_t point = layout->exponential ? 1 : digits->point;
  if (point > 0)
    put_digits(out, digits, 0, point);
  else
    put(out, "0", 1);
  if (layout->fraction > 0 || (flags & FLOAT_FORMAT_ALTERNATE)) put(out, ".", 1);
  put_digits(out, digits, point, layout->fraction);
  if (layout->exponential) put_exponent(out, (int)digits->point - 1, layout->upper);
  if (layout->percent) put(out, "%", 1);
}

static size_t format_special(double value, const Layout *layout, unsigned flags, char *buffer, size_t size) {
  char text[8];
  Output out = {.text = text};
  if (value == value && layout->negative)
    put(&out, "-", 1);
  else if (flags & FLOAT_FORMAT_SIGN)
    put(&out, "+", 1);
  put(&out, value != value ? (layout->upper ? "NAN" : "nan") : (layout->upper ? "INF" : "inf"), 3);
  if (layout->percent) put(&out, "%", 1);
  if (out.length < size) {
    memcpy(buffer, text, out.length);
    buffer[out.length] = 0;
  }
  return out.length;
}

static int64_t at_least(int64_t value, int64_t minimum) {
  return value > minimum ? value : minimum;
}

size_t float_format(double value, char code, int precision, unsigned flags, char *buffer, size_t size) {
  Layout layout = {.upper = code >= 'A' && code <= 'Z', .percent = code == '%'};
  if (layout.percent) value *= 100;
  layout.negative = __builtin_signbit(value);
  if (value != value || __builtin_isinf(value)) return format_special(value, &layout, flags, buffer, size);

  Digits digits;
  switch (code) {
  case 'e':
  case 'E':
    round_digits(value, BY_SIGNIFICANT_DIGITS, (int64_t)precision + 1, &digits);
    layout.exponential = true;
    layout.fraction = precision;
    break;
  case 'g':
  case 'G':
    if (precision == 0) precision = 1;
    round_digits(value, BY_SIGNIFICANT_DIGITS, precision, &digits);
    layout.exponential = digits.point <= -4 || digits.point > precision - ((flags & FLOAT_FORMAT_ADD_DOT_0) != 0);
    layout.fraction =
        (flags & FLOAT_FORMAT_ALTERNATE ? precision : digits.count) - (layout.exponential ? 1 : digits.point);
    break;
  case 'r': {
    int point;
    digits.count = float_shortest_digits(value, digits.text, &point);
    digits.point = point;
    layout.exponential = point <= -4 || point > 16;
    layout.fraction = digits.count - (layout.exponential ? 1 : digits.point);
    break;
  }
  default:
    round_digits(value, BY_PLACES, precision, &digits);
    layout.fraction = precision;
    break;
  }
  if ((flags & FLOAT_FORMAT_ADD_DOT_0) && !layout.exponential) layout.fraction = at_least(layout.fraction, 1);
  layout.fraction = at_least(layout.fraction, 0);
  bool zero = digits.count == 0 || digits.text[0] == '0';
  if (zero && (flags & FLOAT_FORMAT_NO_NEGATIVE_ZERO)) layout.negative = false;

  Output out = {.text = NULL};
  put_number(&out, &digits, &layout, flags);
  if (out.length < size) {
    out = (Output){.text = buffer};
    put_number(&out, &digits, &layout, flags);
    buffer[out.length] = 0;
  }
  return out.length;
}

double float_round(double value, int64_t ndigits) {
  if (value != value || __builtin_isinf(value) || value == 0) return value;
  /* Beyond these no digit is cut, or all are. */
  if (ndigits > 323) return value;
  if (ndigits < -308) return 0 * value;
  uint64_t integer;
  double result;
  if (scaled_integer(value, ndigits, &integer) && integer >> 53 == 0) {
    result = (double)integer;
    double scale = 1; /* 10^ndigits, exact: ndigits is at most 22 here */
    for (int64_t i = 0; i < ndigits; i++) scale *= 10;
    result /= scale;
  } else {
    Digits digits;
    round_digits(value, BY_PLACES, ndigits, &digits);
    char text[EXPANSION_MAX + 32];
    Output out = {.text = text};
    put(&out, "0.", 2);
    put(&out, digits.text, (size_t)digits.count);
    put_exponent(&out, (int)digits.point, false);
    float_parse(text, out.length, 0, &result);
  }
  return __builtin_copysign(result, value);
}
