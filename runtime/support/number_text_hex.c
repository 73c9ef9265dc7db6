/* Hexadecimal floats: float.hex() and float.fromhex(). */
#include "runtime/support/number_text.h"
#include <string.h>

enum { FRACTION_DIGITS = 13, MANTISSA_BITS = 53, LEAST_EXPONENT = -1074 };

static size_t append_decimal(char *out, int value) {
  char text[8];
  int start = sizeof text;
  unsigned magnitude = value < 0 ? (unsigned)-value : (unsigned)value;
  do {
    text[--start] = (char)('0' + magnitude % 10);
    magnitude /= 10;
  } while (magnitude);
  text[--start] = value < 0 ? '-' : '+';
  memcpy(out, text + start, sizeof text - (size_t)start);
  return sizeof text - (size_t)start;
}

size_t float_hex(double value, char buffer[FLOAT_HEX_MAX]) {
  if (value != value || __builtin_isinf(value)) return float_repr(value, buffer);
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint64_t fraction = bits & 0xFFFFFFFFFFFFF;
  int biased = (int)(bits >> 52) & 0x7FF;
  char *out = buffer;
  if (bits >> 63) *out++ = '-';
  *out++ = '0';
  *out++ = 'x';
  *out++ = biased ? '1' : '0';
  *out++ = '.';
  if (biased == 0 && fraction == 0) {
    *out++ = '0';
  } else {
    for (int i = FRACTION_DIGITS - 1; i >= 0; i--) *out++ = "0123456789abcdef"[fraction >> 4 * i & 15];
  }
  *out++ = 'p';
  out += append_decimal(out, biased ? biased - 1023 : fraction ? -1022 : 0);
  *out = 0;
  return (size_t)(out - buffer);
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/* significand * 2^exponent, where a `sticky` bit stands for something below the significand; half to even. */
static FloatHexStatus round_binary(uint64_t significand, int64_t exponent, bool sticky, double *value) {
  *value = 0;
  if (significand == 0) return FLOAT_HEX_OK;
  int length = 64 - __builtin_clzll(significand);
  if (exponent + length > 1024) return FLOAT_HEX_TOO_LARGE;
  int64_t drop = length - MANTISSA_BITS;
  if (exponent + drop < LEAST_EXPONENT) drop = LEAST_EXPONENT - exponent;
  if (drop > length + 1) return FLOAT_HEX_OK; /* below half of the least double */
  if (drop > 0) {
    uint64_t kept = significand >> drop, half = (uint64_t)1 << (drop - 1), rest = significand & ((half << 1) - 1);
    significand = kept + (rest > half || (rest == half && (sticky || (kept & 1))));
    exponent += drop;
  }
  /* Both factors are exact and so is the product, or it is infinite. */
  double result = (double)significand;
  for (; exponent > 0; exponent -= exponent > 1000 ? 1000 : exponent)
    result *= __builtin_ldexp(1, (int)(exponent > 1000 ? 1000 : exponent));
  for (; exponent < 0; exponent += exponent < -1000 ? 1000 : -exponent)
    result *= __builtin_ldexp(1, (int)(exponent < -1000 ? -1000 : exponent));
  if (__builtin_isinf(result)) return FLOAT_HEX_TOO_LARGE;
  *value = result;
  return FLOAT_HEX_OK;
}

FloatHexStatus float_parse_hex(const char *text, size_t length, double *value) {
  const char *p = text, *end = text + length;
  *value = 0;
  while (p < end && is_space(*p)) p++;
  while (end > p && is_space(end[-1])) end--;

  const char *number = p + (p < end && (*p == '-' || *p == '+'));
  if (number < end && ((*number | 0x20) == 'i' || (*number | 0x20) == 'n'))
    return float_parse(p, (size_t)(end - p), FLOAT_PARSE_WORDS, value) == (size_t)(end - p) ? FLOAT_HEX_OK
                                                                                            : FLOAT_HEX_INVALID;
  bool negative = p < end && *p == '-';
  p = number;
  if (end - p >= 2 && p[0] == '0' && (p[1] | 0x20) == 'x') p += 2;

  /* Sixty bits are kept; a later nonzero digit only makes the last bit sticky. */
  uint64_t significand = 0;
  int64_t exponent = 0;
  bool sticky = false, point = false, any = false;
  for (; p < end; p++) {
    if (*p == '.' && !point) {
      point = true;
      continue;
    }
    int digit = hex_digit(*p);
    if (digit < 0) break;
    any = true;
    if (significand >> 56 == 0) {
      significand = significand << 4 | (unsigned)digit;
      exponent -= point ? 4 : 0;
    } else {
      sticky |= digit != 0;
      exponent += point ? 0 : 4;
    }
  }
  if (!any) return FLOAT_HEX_INVALID;
  if (p < end && (*p | 0x20) == 'p') {
    p++;
    bool negative_exponent = false;
    if (p < end && (*p == '-' || *p == '+')) negative_exponent = *p++ == '-';
    if (p == end || *p < '0' || *p > '9') return FLOAT_HEX_INVALID;
    int64_t written = 0;
    for (; p < end && *p >= '0' && *p <= '9'; p++) {
      if (written < (int64_t)1 << 58) written = written * 10 + (*p - '0');
    }
    exponent += negative_exponent ? -written : written;
  }
  FloatHexStatus status = round_binary(significand, exponent, sticky, value);
  if (status == FLOAT_HEX_OK && p != end) return FLOAT_HEX_INVALID; /* CPython, too, reports the size first */
  if (negative) *value = -*value;
  return status;
}
