/* The shortest decimal that reads back as the same double: Schubfach (Raffaele Giulietti, "The Schubfach way to render
 * doubles", 2020).
 *
 * A double v = c * 2^q stands for all reals between the midpoints to its neighbours. Choose k so that this interval is
 * at least 10^k and less than 10^(k+1) long: then it holds at least one multiple of 10^k and at most one of 10^(k+1),
 * and the shortest decimal is that one, or else the multiple of 10^k nearest to v. Four times v and its two bounds are
 * computed in units of 10^k with 128-bit powers of ten; the last bit of each is sticky ("round to odd"), which makes
 * every comparison below exact.
 */
#include "runtime/support/float_tables.h"
#include "runtime/support/number_text.h"
#include <string.h>

enum { SIGNIFICAND_BITS = 52, EXPONENT_BIAS = 1075, EXPONENT_MASK = 0x7FF };

typedef struct {
  uint64_t digits;
  int exponent; /* value = digits * 10^exponent */
} Decimal;

static inline uint64_t multiply_round_to_odd(PowerOfTen power, uint64_t factor) {
  unsigned __int128 low = (unsigned __int128)power.low * factor;
  unsigned __int128 high = (unsigned __int128)power.high * factor + (uint64_t)(low >> 64);
  return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

static Decimal shortest_decimal(uint64_t fraction, int biased) {
  uint64_t significand = biased ? fraction | (uint64_t)1 << SIGNIFICAND_BITS : fraction;
  int exponent = (biased ? biased : 1) - EXPONENT_BIAS;

  if (exponent <= 0 && exponent > -53 && (significand & (((uint64_t)1 << -exponent) - 1)) == 0)
    return (Decimal){significand >> -exponent, 0}; /* an integer below 2^53: its digits are exact and shortest */

  bool even = (significand & 1) == 0;
  bool lower_is_closer = fraction == 0 && biased > 1; /* below a power of two the neighbours are half as far */
  uint64_t lower = 4 * significand - 2 + lower_is_closer, middle = 4 * significand, upper = 4 * significand + 2;
  /* k = floor(log10(2^exponent)), or of 3/4 of that. */
  int k = (exponent * 1262611 - (lower_is_closer ? 524031 : 0)) >> 22;
  int shift = exponent + floor_log2_power_of_ten(-k) + 1;
  PowerOfTen power = float_powers_of_ten[-k - POWER_OF_TEN_FIRST];
  lower = multiply_round_to_odd(power, lower << shift) + !even; /* a bound belongs to the interval of an even double */
  middle = multiply_round_to_odd(power, middle << shift);
  upper = multiply_round_to_odd(power, upper << shift) - !even;

  uint64_t below = middle / 4;
  if (below >= 10) {
    uint64_t tens = below / 10;
    bool low_inside = lower <= 40 * tens, high_inside = 40 * tens + 40 <= upper;
    if (low_inside != high_inside) return (Decimal){tens + high_inside, k + 1};
  }
  bool low_inside = lower <= 4 * below, high_inside = 4 * below + 4 <= upper;
  if (low_inside != high_inside) return (Decimal){below + high_inside, k};
  uint64_t half = 4 * below + 2;
  bool up = middle > half || (middle == half && (below & 1));
  return (Decimal){below + up, k};
}

int float_shortest_digits(double value, char digits[FLOAT_DIGITS_MAX], int *point) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint64_t fraction = bits & (((uint64_t)1 << SIGNIFICAND_BITS) - 1);
  int biased = (int)(bits >> SIGNIFICAND_BITS) & EXPONENT_MASK;
  if (fraction == 0 && biased == 0) {
    digits[0] = '0';
    *point = 1;
    return 1;
  }
  Decimal decimal = shortest_decimal(fraction, biased);
  char text[20];
  int start = sizeof text;
  for (; decimal.digits >= 10; decimal.digits /= 10) text[--start] = (char)('0' + decimal.digits % 10);
  text[--start] = (char)('0' + decimal.digits);
  int count = (int)sizeof text - start;
  *point = count + decimal.exponent;
  while (text[start + count - 1] == '0') count--;
  memcpy(digits, text + start, (size_t)count);
  return count;
}

/* Appends an exponent as repr does: sign, at least two digits. */
static char *append_exponent(char *out, int exponent) {
  *out++ = 'e';
  *out++ = exponent < 0 ? '-' : '+';
  unsigned magnitude = exponent < 0 ? (unsigned)-exponent : (unsigned)exponent;
  if (magnitude >= 100) *out++ = (char)('0' + magnitude / 100);
  *out++ = (char)('0' + magnitude / 10 % 10);
  *out++ = (char)('0' + magnitude % 10);
  return out;
}

size_t float_repr(double value, char buffer[FLOAT_REPR_MAX]) {
  if (value != value) {
    memcpy(buffer, "nan", 4);
    return 3;
  }
  char *out = buffer;
  if (__builtin_signbit(value)) *out++ = '-';
  if (__builtin_isinf(value)) {
    memcpy(out, "inf", 4);
    return (size_t)(out + 3 - buffer);
  }
  char digits[FLOAT_DIGITS_MAX];
  int point, count = float_shortest_digits(value, digits, &point);
  if (point <= -4 || point > 16) { /* d.ddde+XX */
    *out++ = digits[0];
    if (count > 1) {
      *out++ = '.';
      memcpy(out, digits + 1, (size_t)count - 1);
      out += count - 1;
    }
    out = append_exponent(out, point - 1);
  } else if (point <= 0) { /* 0.000ddd */
    *out++ = '0';
    *out++ = '.';
    for (int i = point; i < 0; i++) *out++ = '0';
    memcpy(out, digits, (size_t)count);
    out += count;
  } else if (point >= count) { /* ddd000.0 */
    memcpy(out, digits, (size_t)count);
    out += count;
    for (int i = count; i < point; i++) *out++ = '0';
    *out++ = '.';
    *out++ = '0';
  } else { /* dd.ddd */
    memcpy(out, digits, (size_t)point);
    out += point;
    *out++ = '.';
    memcpy(out, digits + point, (size_t)(count - point));
    out += count - point;
  }
  *out = 0;
  return (size_t)(out - buffer);
}
