// Decimal.__format__: the format specification mini-language for decimal numbers, whose digits are exact.
//
// A specification is parsed, the number rounded as it asks, its digits split at the point, grouped, and padded.
#include "runtime/module/_decimal.h"
#include "runtime/object/dict.h"
#include "runtime/object/str.h"

#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Format {
  uint32_t fill;
  char align; // < > = ^
  char sign;  // - + space
  char type;  // e E f F g G %
  bool no_negative_zero;
  int64_t width, precision;                 // precision -1: none
  const char *point, *separator, *grouping; // texts in UTF-8; grouping as localeconv() has it
} Format;

static bool raise_invalid(void) {
  raise_value_error("invalid format string");
  return false;
}

static bool is_align(uint32_t character) {
  return character == '<' || character == '>' || character == '=' || character == '^';
}
// A number at *at, which moves on; -1: none, -2: too large.
static int64_t parse_number(const Str *text, size_t *at) {
  int64_t number = -1;
  for (; *at < text->length; ++*at) {
    uint32_t character = str_character(text, *at);
    if (character < '0' || character > '9') break;
    number = (number < 0 ? 0 : number) * 10 + (character - '0');
    if (number > INT_MAX) return -2;
  }
  return number;
}

// Takes the next character if it is `wanted`.
static bool take(const Str *text, size_t *at, uint32_t wanted) {
  if (*at >= text->length || str_character(text, *at) != wanted) return false;
  ++*at;
  return true;
}

static void use_locale(Format *format) {
  const struct lconv *conventions = localeconv();
  format->point = conventions->decimal_point;
  format->separator = conventions->thousands_sep;
  format->grouping = conventions->grouping;
}
// What a dict says in the locale's place. False: exception.
static bool use_override(Format *format, Value override) {
  const struct {
    const char *name, **slot;
  } items[] = {
      {"decimal_point", &format->point}, {"thousands_sep", &format->separator}, {"grouping", &format->grouping}};
  for (int i = 0; i < 3; i++) {
    Value item = dict_get_c(override, items[i].name);
    if (!item) continue;
    if (value_is_str(item) && !(*items[i].slot = str_utf8(item, &(size_t){}))) return false;
    bool bad = !value_is_str(item) || (i < 2 && str_length(item) > 1) || (i == 0 && !str_length(item));
    for (const char *size = bad || i < 2 ? "" : *items[i].slot; *size; size++) bad = bad || (unsigned char)*size > 127;
    if (!bad) continue;
    raise_value_error("invalid override dict");
    return false;
  }
  return true;
}

static bool parse(Format *format, Value specification, Value override, bool capitals) {
  const Str *text = value_as_str(specification);
  size_t at = 0;
  bool aligned = true;
  *format = (Format){.fill = ' ', .align = '>', .sign = '-', .point = ".", .separator = "", .grouping = ""};
  if (text->length >= 2 && is_align(str_character(text, 1))) {
    format->fill = str_character(text, 0);
    format->align = (char)str_character(text, 1);
    at = 2;
  } else if (text->length && is_align(str_character(text, 0))) {
    format->align = (char)str_character(text, 0);
    at = 1;
  } else {
    aligned = false;
  }
  for (const char *sign = "+- "; *sign; sign++)
    if (take(text, &at, (uint32_t)*sign)) {
      format->sign = *sign;
      break;
    }
  format->no_negative_zero = take(text, &at, 'z');
  if (take(text, &at, '0')) {
    if (aligned) return raise_invalid(); // zeros are an alignment, too
    format->fill = '0';
    format->align = '=';
  }
  format->width = parse_number(text, &at);
  bool comma = take(text, &at, ',');
  if (comma) {
    format->separator = ",";
    format->grouping = "\3";
  }
  format->precision = -1;
  if (take(text, &at, '.') && (format->precision = parse_number(text, &at)) < 0) return raise_invalid();
  if (format->width == -2) return raise_invalid();
  format->type = capitals ? 'G' : 'g';
  if (at < text->length) {
    uint32_t type = str_character(text, at++);
    if (type == 'n' || type == 'N') {
      if (comma) return raise_invalid();
      use_locale(format);
      format->type = type == 'n' ? 'g' : 'G';
    } else if (type < 128 && type && strchr("eEfFgG%", (int)type)) {
      format->type = (char)type;
    } else {
      return raise_invalid();
    }
  }
  if (at < text->length) return raise_invalid();
  return !override || use_override(format, override);
}

// ---- Rounding ----

static bool is_one_of(char type, const char *types) {
  return strchr(types, type) != NULL;
}

// To that many digits, more of them being zeros.
static void round_to_digits(Number *number, int64_t digits, Rounding rounding, uint32_t *status) {
  if (number_is_zero(number)) return;
  int64_t adjusted = number_adjusted(number);
  uint32_t ignored = 0;
  number_rescale(number, adjusted + 1 - digits, rounding, &ignored);
  if (number_adjusted(number) != adjusted)
    number_rescale(number, number_adjusted(number) + 1 - digits, rounding, &ignored);
  *status |= ignored & STATUS_MEMORY;
}
static void round_as_asked(Number *number, const Format *format, Rounding rounding, uint32_t *status) {
  uint32_t ignored = 0;
  bool fixed = is_one_of(format->type, "fF%");
  if (format->precision >= 0) {
    if (is_one_of(format->type, "eE"))
      round_to_digits(number, format->precision + 1, rounding, status);
    else if (fixed)
      number_rescale(number, -format->precision, rounding, &ignored);
    else if (number_digits(number) > (format->precision ? format->precision : 1))
      round_to_digits(number, format->precision ? format->precision : 1, rounding, status);
  }
  if (number_is_zero(number) && number->exponent > 0 && fixed) number->exponent = 0;
  *status |= ignored & STATUS_MEMORY;
}

// ---- Text ----

// Pieces of the number, in ASCII, malloc'ed.
typedef struct Pieces {
  char *whole;
  char *fraction; // NULL: no point
  char suffix[40];
} Pieces;

static char *zeros_and(const char *digits, size_t length, size_t before, size_t after) {
  char *text = malloc(before + length + after + 1);
  if (!text) return NULL;
  memset(text, '0', before);
  memcpy(text + before, digits, length);
  memset(text + before + length, '0', after);
  text[before + length + after] = 0;
  return text;
}

// Where the point goes, behind how many of the digits.
static int64_t point_place(const Number *number, const Format *format, int64_t left) {
  if (is_one_of(format->type, "eE"))
    return number_is_zero(number) && format->precision >= 0 ? 1 - format->precision : 1;
  if (is_one_of(format->type, "fF%")) return left;
  return number->exponent <= 0 && left > -6 ? left : 1;
}

// False: MemoryError.
static bool split(Pieces *pieces, const Number *number, const Format *format) {
  char *digits = digits_text(number->coefficient);
  int64_t length = (int64_t)strlen(digits), left = number->exponent + length, place = point_place(number, format, left);
  if (place > DECIMAL_DIGIT_LIMIT || place < -DECIMAL_DIGIT_LIMIT) {
    free(digits);
    raise_memory_error();
    return false;
  }
  if (place < 0) {
    pieces->whole = zeros_and("0", 1, 0, 0);
    pieces->fraction = zeros_and(digits, (size_t)length, (size_t)-place, 0);
  } else if (place > length) {
    pieces->whole = zeros_and(digits, (size_t)length, 0, (size_t)(place - length));
    pieces->fraction = zeros_and("", 0, 0, 0);
  } else {
    pieces->whole = place ? zeros_and(digits, (size_t)place, 0, 0) : zeros_and("0", 1, 0, 0);
    pieces->fraction = zeros_and(digits + place, (size_t)(length - place), 0, 0);
  }
  free(digits);
  if (!pieces->whole || !pieces->fraction) {
    raise_memory_error();
    return false;
  }
  int64_t exponent = left - place;
  if (exponent || is_one_of(format->type, "eE"))
    snprintf(pieces->suffix, sizeof pieces->suffix, "%c%+ld", is_one_of(format->type, "EG") ? 'E' : 'e',
             (long)exponent);
  if (format->type == '%') strcpy(pieces->suffix, "%");
  return true;
}

static size_t characters_in(const char *utf8) {
  size_t count = 0;
  for (; *utf8; utf8++) count += ((unsigned char)*utf8 & 0xc0) != 0x80;
  return count;
}

// The size of the group at `index`, the lowest being 0; 0: no more groups.
static size_t group_size(const char *grouping, size_t index) {
  unsigned char size = 0;
  for (size_t i = 0;; i++) {
    if (!grouping[i]) return size; // the last one repeats
    if ((unsigned char)grouping[i] >= 127) return 0;
    size = (unsigned char)grouping[i];
    if (i == index) return size;
  }
}

// The digits with separators, and zeros in front until it has `minimum` characters.
static Value group(const char *digits, const Format *format, int64_t minimum) {
  int64_t left = (int64_t)strlen(digits), separator = (int64_t)characters_in(format->separator);
  size_t room = 2 * (size_t)(left > minimum ? left : minimum) + 2, count = 0;
  char *reversed = malloc(room); // from the last to the first; 0: a separator
  if (!reversed) return raise_memory_error();
  for (size_t i = 0;; i++) {
    int64_t size = separator ? (int64_t)group_size(format->grouping, i) : 0;
    int64_t wanted = left > minimum ? left : minimum > 1 ? minimum : 1;
    if (size && wanted > size) wanted = size;
    for (int64_t k = 0; k < wanted; k++, left -= left > 0) reversed[count++] = left > 0 ? digits[left - 1] : '0';
    minimum -= wanted;
    if (!size || (left == 0 && minimum <= 0)) break;
    minimum -= separator;
    reversed[count++] = 0;
  }
  StrBuilder builder;
  str_builder_start(&builder);
  while (count--)
    if (reversed[count])
      str_builder_add_character(&builder, (uint32_t)reversed[count]);
    else
      str_builder_add_c(&builder, format->separator);
  free(reversed);
  return str_builder_finish(&builder);
}

static void add_fill(StrBuilder *builder, uint32_t fill, int64_t count) {
  for (; count > 0; count--) str_builder_add_character(builder, fill);
}
static Value pad(Value body, char sign, const Format *format) {
  int64_t missing = format->width - (int64_t)str_length(body) - (sign != 0);
  int64_t before = format->align == '>' ? missing : format->align == '^' ? missing / 2 : 0;
  int64_t inside = format->align == '=' ? missing : 0;
  if (missing < 0) missing = before = inside = 0;
  StrBuilder builder;
  str_builder_start(&builder);
  add_fill(&builder, format->fill, before);
  if (sign) str_builder_add_character(&builder, (uint32_t)sign);
  add_fill(&builder, format->fill, inside);
  str_builder_add(&builder, body);
  add_fill(&builder, format->fill, missing - before - inside);
  return str_builder_finish(&builder);
}
static char sign_of(bool negative, const Format *format) {
  return negative ? '-' : format->sign == '-' ? 0 : format->sign;
}

static Value format_special(const Number *number, Format *format) {
  if (format->fill == '0' && format->align == '=') format->fill = ' ', format->align = '>';
  static const char *const names[] = {
      [DECIMAL_INFINITE] = "Infinity", [DECIMAL_NAN] = "NaN", [DECIMAL_SIGNALING] = "sNaN"};
  Value body = str_from_c(names[number->kind]);
  if (body && mpz_sgn(number->coefficient)) {
    char *payload = digits_text(number->coefficient);
    body = str_format_c("%U%s", body, payload);
    free(payload);
  }
  if (body && format->type == '%') body = str_format_c("%U%%", body);
  return body ? pad(body, sign_of(number->negative, format), format) : NULL;
}

static Value format_finite(Number *number, Format *format, const Settings *settings, uint32_t *status) {
  bool was_zero = number_is_zero(number);
  if (format->type == '%') number->exponent += 2;
  round_as_asked(number, format, settings->rounding, status);
  if (*status & STATUS_MEMORY) return raise_memory_error();
  // As in CPython, F keeps the sign of what rounding makes zero.
  bool plain_zero = format->no_negative_zero && (format->type == 'F' ? was_zero : number_is_zero(number));
  bool negative = number->negative && !plain_zero;
  char sign = sign_of(negative, format);
  Pieces pieces = {};
  Value body = NULL;
  if (split(&pieces, number, format)) {
    Value fraction = *pieces.fraction ? str_format_c("%s%s%s", format->point, pieces.fraction, pieces.suffix)
                                      : str_from_c(pieces.suffix);
    bool zeros = format->fill == '0' && format->align == '=';
    int64_t minimum = zeros && fraction ? format->width - (int64_t)str_length(fraction) - (sign != 0) : 0;
    Value whole = fraction ? group(pieces.whole, format, minimum) : NULL;
    body = whole ? str_concatenate(whole, fraction) : NULL;
  }
  free(pieces.whole);
  free(pieces.fraction);
  return body ? pad(body, sign, format) : NULL;
}

Value number_format(const Number *number, Value specification, Value override, const Settings *settings,
                    uint32_t *status) {
  Format format;
  if (!parse(&format, specification, override, settings->capitals)) return NULL;
  if (number->kind != DECIMAL_FINITE) return format_special(number, &format);
  Number copy;
  number_init(&copy);
  number_set(&copy, number);
  Value text = format_finite(&copy, &format, settings, status);
  number_clear(&copy);
  KEEP(specification);
  KEEP(override);
  return text;
}
