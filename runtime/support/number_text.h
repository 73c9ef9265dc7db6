/* Floats as text, both ways, exactly as CPython 3.11 does it: shortest repr, correctly rounded formatting and parsing,
 * hex.
 *
 * Pure functions on bytes and caller-owned buffers: no heap, no locks, independent of the locale.
 */
#ifndef KRAIT_SUPPORT_NUMBER_TEXT_H
#define KRAIT_SUPPORT_NUMBER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  FLOAT_REPR_MAX = 32,  /* a buffer of this size holds every repr and its NUL */
  FLOAT_DIGITS_MAX = 17 /* significant digits of the longest shortest form */
};

/* Writes repr(value) and a NUL; returns the length. */
size_t float_repr(double value, char buffer[FLOAT_REPR_MAX]);

/* The shortest digits that read back as value (finite; the sign is ignored): digits without leading or trailing zeros
 * (for zero the digit 0), value = 0.DIGITS * 10^point. Returns how many digits; no NUL is written. */
int float_shortest_digits(double value, char digits[FLOAT_DIGITS_MAX], int *point);

enum {
  FLOAT_PARSE_UNDERSCORES = 1, /* accept one '_' between two digits, as float() and literals do */
  FLOAT_PARSE_WORDS = 2,       /* accept inf, infinity and nan in any case */
};

/* Reads the longest float that starts `text` (sign, digits, point, exponent; no white space), correctly rounded; too
 * large a number is an infinity. Returns how many bytes were read, 0 if no number starts there (then *value is 0). */
size_t float_parse(const char *text, size_t length, unsigned flags, double *value);

enum {
  FLOAT_FORMAT_SIGN = 1,            /* '+' where there is no '-' */
  FLOAT_FORMAT_ALTERNATE = 2,       /* '#': always a point, and 'g' keeps trailing zeros */
  FLOAT_FORMAT_ADD_DOT_0 = 4,       /* at least one digit after the point unless there is an exponent */
  FLOAT_FORMAT_NO_NEGATIVE_ZERO = 8 /* 'z': what rounds to zero has no '-' */
};

/* Formats as printf does, correctly rounded: code 'e', 'f', 'g' (or upper case) with `precision` >= 0; '%' (100 times
 * the value as 'f' and a percent sign); 'r' (repr's digits and rules; precision is not used). Infinity and nan are inf
 * and nan, or INF and NAN for upper-case codes. Returns the length of the result; it is written, with a NUL, only if
 * size is larger. */
size_t float_format(double value, char code, int precision, unsigned flags, char *buffer, size_t size);

/* round(value, ndigits): the nearest multiple of 10^-ndigits, halves of the exact value to even. The result is infinite
 * if it is too large for a double (OverflowError in Python); an infinite or nan value is returned as it is. */
double float_round(double value, int64_t ndigits);

enum { FLOAT_HEX_MAX = 32 };

/* Writes what float.hex() returns and a NUL; returns the length. */
size_t float_hex(double value, char buffer[FLOAT_HEX_MAX]);

typedef enum {
  FLOAT_HEX_OK,
  FLOAT_HEX_INVALID,  /* ValueError: invalid hexadecimal floating-point string */
  FLOAT_HEX_TOO_LARGE /* OverflowError: hexadecimal value too large to represent as a float */
} FloatHexStatus;

/* float.fromhex: all of the text, ASCII white space around it allowed, rounded half to even. */
FloatHexStatus float_parse_hex(const char *text, size_t length, double *value);

/* |value| = significand * 2^exponent with an odd significand (0 and 0 for zero), value finite: what as_integer_ratio
 * and the conversion to int start from. */
static inline uint64_t float_decompose(double value, int *exponent) {
  uint64_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  uint64_t significand = bits & 0xFFFFFFFFFFFFF;
  int biased = (int)(bits >> 52) & 0x7FF;
  if (biased) significand |= (uint64_t)1 << 52;
  int zeros = significand ? __builtin_ctzll(significand) : 0;
  *exponent = significand ? (biased ? biased : 1) - 1075 + zeros : 0;
  return significand >> zeros;
}

#ifdef __cplusplus
}
#endif
#endif
