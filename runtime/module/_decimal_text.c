// Decimal numbers to and from text: the numeric string syntax, scientific and engineering notation, format().
#include "runtime/module/_decimal.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/str.h"
#include "runtime/support/unicode.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- Reading ----

char *numeral_from_text(Value value, size_t *length, bool lenient) {
  const Str *text = value_as_str(value);
  size_t start = 0, end = text->length, count = 0;
  if (lenient) {
    while (start < end && unicode_is_space(str_character(text, start))) start++;
    while (end > start && unicode_is_space(str_character(text, end - 1))) end--;
  }
  char *numeral = malloc(end - start + 1);
  if (!numeral) {
    raise_memory_error();
    return NULL;
  }
  for (size_t i = start; i < end; i++) {
    uint32_t character = str_character(text, i);
    if (character == '_' && lenient) continue;
    int digit = character < 128 ? -1 : unicode_decimal(character);
    // Whatever else is not ASCII makes it no number.
    numeral[count++] = digit >= 0 ? (char)('0' + digit) : character && character < 128 ? (char)character : '?';
  }
  numeral[count] = 0;
  *length = count;
  return numeral;
}

static bool starts_with(const char *text, const char *lower) {
  for (; *lower; text++, lower++)
    if (tolower((unsigned char)*text) != *lower) return false;
  return true;
}

// The digits at `text` as the coefficient.
static bool read_digits(Number *number, const char *text, size_t length) {
  for (; length > 1 && *text == '0'; length--) text++;
  if (length > DECIMAL_DIGIT_LIMIT) return false;
  char *copy = strndup(text, length);
  bool read = copy && mpz_set_str(number->coefficient, copy, 10) == 0;
  free(copy);
  return read;
}

bool number_parse(Number *number, const char *text, size_t length, uint32_t *status) {
  enum : int64_t { FARTHEST = 2 * DECIMAL_MAX_EXPONENT };
  const char *at = text, *end = text + length;
  number_set_zero(number, *at == '-', 0);
  if (*at == '-' || *at == '+') at++;
  if (starts_with(at, "inf")) {
    at += starts_with(at, "infinity") ? 8 : 3;
    number->kind = DECIMAL_INFINITE;
    return at == end;
  }
  bool signals = starts_with(at, "snan");
  if (signals || starts_with(at, "nan")) {
    at += signals ? 4 : 3;
    number->kind = signals ? DECIMAL_SIGNALING : DECIMAL_NAN;
    for (const char *digit = at; digit < end; digit++)
      if (!isdigit((unsigned char)*digit)) return false;
    return at == end || read_digits(number, at, (size_t)(end - at));
  }
  const char *start = at;
  size_t digits = 0, fraction = 0;
  bool dot = false;
  for (; at < end; at++) {
    if (*at == '.' && !dot) {
      dot = true;
    } else if (isdigit((unsigned char)*at)) {
      digits++;
      fraction += dot;
    } else {
      break;
    }
  }
  if (!digits) return false;
  const char *digits_end = at;
  int64_t exponent = 0;
  if (at < end) {
    if (*at != 'e' && *at != 'E') return false;
    at++;
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) at++;
    if (at == end) return false;
    for (; at < end; at++) {
      if (!isdigit((unsigned char)*at)) return false;
      exponent = exponent > FARTHEST / 10 ? FARTHEST : exponent * 10 + (*at - '0');
    }
    if (exponent > FARTHEST) exponent = FARTHEST;
    if (negative) exponent = -exponent;
  }
  number->exponent = exponent - (int64_t)fraction;
  if (!dot) return read_digits(number, start, digits);
  char *joined = malloc(digits + 1);
  if (!joined) {
    *status |= STATUS_MEMORY;
    return true;
  }
  size_t count = 0;
  for (const char *from = start; from < digits_end; from++)
    if (*from != '.') joined[count++] = *from;
  bool read = read_digits(number, joined, count);
  free(joined);
  return read;
}

// ---- Writing ----

char *digits_text(const mpz_t coefficient) {
  return mpz_get_str(NULL, 10, coefficient); // GMP's allocator is the C library's
}

static void add_zeros(StrBuilder *builder, int64_t count) {
  for (; count > 0; count--) str_builder_add_character(builder, '0');
}
// The digits with a point behind `place` of them; `place` may lie outside.
static void add_with_point(StrBuilder *builder, const char *digits, int64_t place) {
  int64_t length = (int64_t)strlen(digits);
  if (place <= 0) {
    str_builder_add_c(builder, "0");
    if (length - place > 0) str_builder_add_c(builder, ".");
    add_zeros(builder, -place);
    str_builder_add_ascii(builder, digits, (size_t)length);
  } else if (place >= length) {
    str_builder_add_ascii(builder, digits, (size_t)length);
    add_zeros(builder, place - length);
  } else {
    str_builder_add_ascii(builder, digits, (size_t)place);
    str_builder_add_c(builder, ".");
    str_builder_add_ascii(builder, digits + place, (size_t)(length - place));
  }
}
static const char *special_name_of(const Number *number) {
  return number->kind == DECIMAL_INFINITE ? "Infinity" : number->kind == DECIMAL_NAN ? "NaN" : "sNaN";
}

Value number_to_text(const Number *number, bool engineering, bool capitals) {
  StrBuilder builder;
  str_builder_start(&builder);
  if (number->negative) str_builder_add_c(&builder, "-");
  if (number->kind != DECIMAL_FINITE) {
    str_builder_add_c(&builder, special_name_of(number));
    if (mpz_sgn(number->coefficient) == 0) return str_builder_finish(&builder);
  }
  char *digits = digits_text(number->coefficient);
  if (number->kind != DECIMAL_FINITE) {
    str_builder_add_c(&builder, digits);
  } else {
    int64_t left = number->exponent + (int64_t)strlen(digits), place;
    if (number->exponent <= 0 && left > -6)
      place = left;
    else if (!engineering)
      place = 1;
    else if (number_is_zero(number))
      place = ((left + 1) % 3 + 3) % 3 - 1;
    else
      place = ((left - 1) % 3 + 3) % 3 + 1;
    add_with_point(&builder, digits, place);
    if (left != place) {
      char exponent[32];
      snprintf(exponent, sizeof exponent, "%c%+ld", capitals ? 'E' : 'e', (long)(left - place));
      str_builder_add_c(&builder, exponent);
    }
  }
  free(digits);
  return str_builder_finish(&builder);
}
