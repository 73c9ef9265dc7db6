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

#ifdef __cplusplus
}
#endif
#endif
