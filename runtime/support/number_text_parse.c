/* Decimal text to the nearest double.
 *
 * Three ways, each taken only where it is exact: one multiplication or division of small numbers (Clinger 1990); a 64
 * by 128 bit product (Lemire, "Number parsing at a gigabyte per second", 2021); and for more than 19 digits, where the
 * first 19 leave two candidates, a comparison of the whole decimal with the midpoint between them in multiple precision
 * on the stack.
 */
#include "runtime/support/float_tables.h"
#include "runtime/support/number_text.h"
#include <string.h>

enum {
  SIGNIFICAND_BITS = 52,
  EXPONENT_INFINITE = 0x7FF,
  KEPT_DIGITS = 19,      /* as many as fit in 64 bits */
  COMPARED_DIGITS = 800, /* no midpoint between doubles has more than 767 */
  EXPONENT_LIMIT = 100000000,
};

/* What the scanner found: value = digits * 10^exponent, and more digits follow if `truncated`. */
typedef struct {
  uint64_t digits;
  int64_t exponent;
  bool truncated;
  const char *first, *end; /* the mantissa's text, for reading it again */
} ScannedNumber;

static inline bool is_digit(char c) {
  return (unsigned char)(c - '0') < 10;
}

/* ---- Multiple precision, only as much as the comparison needs: at most 2800 bits. ---- */

enum { BIG_LIMBS = 64 };

typedef struct {
  int count;
  uint64_t limbs[BIG_LIMBS];
} Big;

static void big_multiply_add(Big *big, uint64_t factor, uint64_t addend) {
  unsigned __int128 carry = addend;
  for (int i = 0; i < big->count; i++) {
    carry += (unsigned __int128)big->limbs[i] * factor;
    big->limbs[i] = (uint64_t)carry;
    carry >>= 64;
  }
  if (carry) big->limbs[big->count++] = (uint64_t)carry;
}

static void big_multiply_power_of_five(Big *big, int64_t power) {
  for (; power >= 27; power -= 27) big_multiply_add(big, 7450580596923828125u, 0); /* 5^27 */
  uint64_t factor = 1;
  for (; power > 0; power--) factor *= 5;
  big_multiply_add(big, factor, 0);
}

static void big_shift_left(Big *big, int64_t bits) {
  int words = (int)(bits / 64);
  big_multiply_add(big, (uint64_t)1 << bits % 64, 0);
  memmove(big->limbs + words, big->limbs, (size_t)big->count * sizeof(uint64_t));
  memset(big->limbs, 0, (size_t)words * sizeof(uint64_t));
  big->count += words;
}

static int big_compare(const Big *a, const Big *b) {
  if (a->count != b->count) return a->count < b->count ? -1 : 1;
  for (int i = a->count - 1; i >= 0; i--) {
    if (a->limbs[i] != b->limbs[i]) return a->limbs[i] < b->limbs[i] ? -1 : 1;
  }
  return 0;
}

/* Compares the whole decimal with the midpoint above the finite double `bits`. */
static int compare_with_midpoint(const ScannedNumber *number, uint64_t bits) {
  Big decimal = {.count = 0}, midpoint = {.count = 1};
  int64_t exponent = number->exponent + KEPT_DIGITS; /* of the point, relative to the first significant digit */
  int taken = 0;
  bool sticky = false;
  for (const char *p = number->first; p < number->end; p++) {
    if (!is_digit(*p) || (taken == 0 && *p == '0')) continue;
    if (taken < COMPARED_DIGITS) {
      big_multiply_add(&decimal, 10, (uint64_t)(*p - '0'));
      taken++;
    } else if (*p != '0') {
      sticky = true;
      break;
    }
  }
  exponent -= taken;
  int biased = (int)(bits >> SIGNIFICAND_BITS);
  uint64_t significand = bits & (((uint64_t)1 << SIGNIFICAND_BITS) - 1);
  if (biased) significand |= (uint64_t)1 << SIGNIFICAND_BITS;
  midpoint.limbs[0] = 2 * significand + 1;
  int64_t twos = (biased ? biased : 1) - 1076;
  /* decimal * 5^exponent * 2^exponent against midpoint * 2^twos, with no negative power. */
  if (exponent >= 0)
    big_multiply_power_of_five(&decimal, exponent);
  else
    big_multiply_power_of_five(&midpoint, -exponent);
  if (exponent > twos)
    big_shift_left(&decimal, exponent - twos);
  else
    big_shift_left(&midpoint, twos - exponent);
  int order = big_compare(&decimal, &midpoint);
  return order == 0 && sticky ? 1 : order;
}

/* ---- The 64 by 128 bit product. ---- */

/* The bits of the double nearest to digits * 10^exponent. */
static uint64_t nearest_double(uint64_t digits, int64_t exponent) {
  if (digits == 0 || exponent < POWER_OF_TEN_FIRST) return 0;
  if (exponent > 308) return (uint64_t)EXPONENT_INFINITE << SIGNIFICAND_BITS;
  int zeros = __builtin_clzll(digits);
  digits <<= zeros;
  PowerOfTen power = float_powers_of_ten[exponent - POWER_OF_TEN_FIRST];
  if (exponent > POWER_OF_TEN_EXACT && power.low-- == 0) power.high--; /* here the proof wants it rounded down */
  unsigned __int128 product = (unsigned __int128)digits * power.high;
  /* 55 bits decide; the low half of the power matters only if the bits below them are all ones. */
  if (((uint64_t)(product >> 64) & 0x1FF) == 0x1FF) product += (unsigned __int128)digits * power.low >> 64;
  uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
  int top = (int)(high >> 63), shift = top + 64 - SIGNIFICAND_BITS - 3;
  uint64_t significand = high >> shift; /* 53 bits and one to round by */
  int biased = floor_log2_power_of_ten((int)exponent) + 63 + top - zeros + 1023;
  if (biased <= 0) {
    if (biased < -62) return 0;
    significand >>= 1 - biased;
    significand = (significand + (significand & 1)) >> 1;
    return significand; /* rounding up to 2^52 gives the least normal double */
  }
  /* Exactly halfway, which only small powers can be: to even. */
  if (low <= 1 && exponent >= -4 && exponent <= 23 && (significand & 3) == 1 && significand << shift == high)
    significand &= ~(uint64_t)1;
  significand = (significand + (significand & 1)) >> 1;
  if (significand >> (SIGNIFICAND_BITS + 1)) {
    significand >>= 1;
    biased++;
  }
  if (biased >= EXPONENT_INFINITE) return (uint64_t)EXPONENT_INFINITE << SIGNIFICAND_BITS;
  return (significand & (((uint64_t)1 << SIGNIFICAND_BITS) - 1)) | (uint64_t)biased << SIGNIFICAND_BITS;
}

static double scanned_value(const ScannedNumber *number) {
  static const double EXACT_POWERS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  if (!number->truncated && number->digits >> 53 == 0 && number->exponent >= -22 && number->exponent <= 22) {
    double digits = (double)number->digits;
    return number->exponent < 0 ? digits / EXACT_POWERS[-number->exponent] : digits * EXACT_POWERS[number->exponent];
  }
  uint64_t bits = nearest_double(number->digits, number->exponent);
  if (number->truncated) {
    uint64_t above = nearest_double(number->digits + 1, number->exponent);
    if (above != bits) {
      int order = compare_with_midpoint(number, bits);
      if (order > 0 || (order == 0 && (bits & 1))) bits = above;
    }
  }
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* ---- Scanning. ---- */

/* Whether the word (lower case) starts the text, in any case. */
static bool starts_with_word(const char *text, const char *end, const char *word) {
  for (; *word; word++, text++) {
    if (text == end || (*text | 0x20) != *word) return false;
  }
  return true;
}

static size_t parse_word(const char *text, const char *end, double *value) {
  if (starts_with_word(text, end, "infinity")) {
    *value = __builtin_inf();
    return 8;
  }
  if (starts_with_word(text, end, "inf")) {
    *value = __builtin_inf();
    return 3;
  }
  if (starts_with_word(text, end, "nan")) {
    *value = __builtin_nan("");
    return 3;
  }
  return 0;
}

/* Steps over digits (and single underscores between them) and adds them to the number; `step` is what a digit adds to
 * the exponent when it is kept: 0 before the point, -1 after. */
static const char *scan_digits(const char *p, const char *end, unsigned flags, int step, int *kept,
                               ScannedNumber *number) {
  const char *start = p;
  for (; p < end; p++) {
    if (*p == '_' && (flags & FLOAT_PARSE_UNDERSCORES) && p > start && is_digit(p[-1]) && end - p > 1 && is_digit(p[1]))
      continue;
    if (!is_digit(*p)) break;
    if (*kept < KEPT_DIGITS) {
      number->digits = number->digits * 10 + (uint64_t)(*p - '0');
      *kept += number->digits != 0;
      number->exponent += step;
    } else {
      number->truncated |= *p != '0';
      number->exponent += step + 1;
    }
  }
  return p;
}

size_t float_parse(const char *text, size_t length, unsigned flags, double *value) {
  const char *p = text, *end = text + length;
  bool negative = false;
  *value = 0;
  if (p < end && (*p == '-' || *p == '+')) negative = *p++ == '-';

  ScannedNumber number = {.first = p};
  int kept = 0;
  p = scan_digits(p, end, flags, 0, &kept, &number);
  bool any = p > number.first;
  if (p < end && *p == '.') {
    const char *fraction = p + 1, *stop = scan_digits(fraction, end, flags, -1, &kept, &number);
    if (any || stop > fraction) {
      p = stop;
      any = true;
    }
  }
  if (!any) {
    size_t word = flags & FLOAT_PARSE_WORDS ? parse_word(p, end, value) : 0;
    if (negative) *value = -*value;
    return word ? (size_t)(p - text) + word : 0;
  }
  number.end = p;
  if (p < end && (*p | 0x20) == 'e') {
    const char *q = p + 1;
    bool negative_exponent = false;
    if (q < end && (*q == '-' || *q == '+')) negative_exponent = *q++ == '-';
    if (q < end && is_digit(*q)) {
      int64_t exponent = 0;
      for (; q < end; q++) {
        if (*q == '_' && (flags & FLOAT_PARSE_UNDERSCORES) && is_digit(q[-1]) && end - q > 1 && is_digit(q[1]))
          continue;
        if (!is_digit(*q)) break;
        if (exponent < (int64_t)1 << 58) exponent = exponent * 10 + (*q - '0');
      }
      number.exponent += negative_exponent ? -exponent : exponent;
      p = q;
    }
  }
  double magnitude = scanned_value(&number);
  *value = negative ? -magnitude : magnitude;
  return (size_t)(p - text);
}
