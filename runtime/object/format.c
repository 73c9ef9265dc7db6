// The format specification mini-language:
//   [[fill]align][sign][z][#][0][width][grouping][.precision][type]
//
// A specification is parsed once into a Specification. A number then becomes a NumberText (sign, prefix, digits, point,
// rest), which is laid out with grouping and padding into one str of known length.
//
// Threads: immutable values only. Type 'n' reads the process's locale, as setlocale() left it.
#include "runtime/object/format.h"
#include "runtime/heap/heap.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/str_internal.h"
#include "runtime/support/number_text.h"
#include "runtime/support/unicode.h"

#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

typedef enum Grouping : uint8_t {
  GROUP_NONE,
  GROUP_COMMA,
  GROUP_UNDERSCORE,
  GROUP_UNDERSCORE_FOUR,
  GROUP_LOCALE
} Grouping;

typedef struct Specification {
  uint32_t fill;
  char align; // < > = ^
  char sign;  // '+', '-', ' ', or 0
  bool no_negative_zero, alternate;
  Grouping grouping;
  ptrdiff_t width, precision; // -1: not given
  uint32_t type;
} Specification;

// ---- Parsing ----

static bool is_alignment(uint32_t character) {
  return character == '<' || character == '>' || character == '=' || character == '^';
}

// A decimal number at `*at`; -1 if there is none. False: too large.
static bool parse_size(const Str *text, size_t *at, ptrdiff_t *number) {
  *number = -1;
  for (; *at < text->length; ++*at) {
    int digit = unicode_decimal(str_character(text, *at));
    if (digit < 0) break;
    ptrdiff_t value = *number < 0 ? 0 : *number;
    if (value > (PTRDIFF_MAX - digit) / 10) {
      raise_value_error("Too many decimal digits in format string");
      return false;
    }
    *number = value * 10 + digit;
  }
  return true;
}

// " with 'x'", where x may be unprintable.
static Value refuse_type(const char *format_printable, const char *format_other, uint32_t type, Value value) {
  if (type > 32 && type < 128) return raise_value_error(format_printable, (int)type, value);
  return raise_value_error(format_other, (unsigned)type, value);
}
static Value unknown_type(const Specification *specification, Value value) {
  return refuse_type("Unknown format code '%c' for object of type '%.200T'",
                     "Unknown format code '\\x%x' for object of type '%.200T'", specification->type, value);
}

// Grouping goes with some types only. False: raised.
static bool check_grouping(Specification *specification) {
  switch (specification->type) {
  case 'd':
  case 'e':
  case 'f':
  case 'g':
  case 'E':
  case 'G':
  case '%':
  case 'F':
  case 0:
    return true;
  case 'b':
  case 'o':
  case 'x':
  case 'X':
    if (specification->grouping == GROUP_UNDERSCORE) {
      specification->grouping = GROUP_UNDERSCORE_FOUR;
      return true;
    }
    break;
  default:
    break;
  }
  int separator = specification->grouping == GROUP_COMMA ? ',' : '_';
  if (specification->type > 32 && specification->type < 128)
    raise_value_error("Cannot specify '%c' with '%c'.", separator, (int)specification->type);
  else
    raise_value_error("Cannot specify '%c' with '\\x%x'.", separator, (unsigned)specification->type);
  return false;
}

static bool parse(Value value, Value source, uint32_t default_type, char default_align, Specification *out) {
  const Str *text = value_as_str(source);
  size_t at = 0, end = text->length;
  bool has_fill = false, has_align = false;
  *out = (Specification){.fill = ' ', .align = default_align, .width = -1, .precision = -1, .type = default_type};
#define PEEK() (at < end ? str_character(text, at) : UINT32_MAX)
  if (end >= 2 && is_alignment(str_character(text, 1))) {
    out->fill = str_character(text, 0);
    out->align = (char)str_character(text, 1);
    has_fill = has_align = true;
    at = 2;
  } else if (end >= 1 && is_alignment(str_character(text, 0))) {
    out->align = (char)str_character(text, 0);
    has_align = true;
    at = 1;
  }
  if (PEEK() == '+' || PEEK() == '-' || PEEK() == ' ') out->sign = (char)str_character(text, at++);
  if (PEEK() == 'z') {
    out->no_negative_zero = true;
    at++;
  }
  if (PEEK() == '#') {
    out->alternate = true;
    at++;
  }
  if (!has_fill && PEEK() == '0') {
    out->fill = '0';
    if (!has_align && default_align == '>') out->align = '=';
    at++;
  }
  if (!parse_size(text, &at, &out->width)) return false;
  if (PEEK() == ',') {
    out->grouping = GROUP_COMMA;
    at++;
  }
  if (PEEK() == '_') {
    if (out->grouping != GROUP_NONE) {
      raise_value_error("Cannot specify both ',' and '_'.");
      return false;
    }
    out->grouping = GROUP_UNDERSCORE;
    at++;
  }
  if (PEEK() == ',' && out->grouping == GROUP_UNDERSCORE) {
    raise_value_error("Cannot specify both ',' and '_'.");
    return false;
  }
  if (PEEK() == '.') {
    at++;
    if (!parse_size(text, &at, &out->precision)) return false;
    if (out->precision < 0) {
      raise_value_error("Format specifier missing precision");
      return false;
    }
  }
#undef PEEK
  if (end - at > 1) {
    raise_value_error("Invalid format specifier '%U' for object of type '%.200T'", source, value);
    return false;
  }
  if (end - at == 1) out->type = str_character(text, at);
  return out->grouping == GROUP_NONE || check_grouping(out);
}

// ---- Laying out ----

static size_t put_fill(Str *out, size_t at, size_t count, uint32_t fill) {
  for (size_t i = 0; i < count; i++) str_put(out, at + i, fill);
  return at + count;
}
static size_t put_text(Str *out, size_t at, Value text) {
  if (!text) return at;
  const Str *source = value_as_str(text);
  str_copy_units(out, at, source, 0, source->length);
  return at + source->length;
}
static size_t put_ascii(Str *out, size_t at, const char *text, size_t count) {
  if (str_width(out) == 1)
    memcpy(out->data + at, text, count);
  else
    for (size_t i = 0; i < count; i++) str_put(out, at + i, (uint8_t)text[i]);
  return at + count;
}

// How `missing` characters of padding are shared out.
static void share_padding(size_t missing, char align, size_t *left, size_t *right) {
  *left = align == '>' ? missing : align == '^' ? missing / 2 : 0;
  *right = align == '=' ? 0 : missing - *left;
}

static uint32_t wider(uint32_t a, uint32_t b) {
  return a > b ? a : b;
}
static uint32_t widest_of(Value text) {
  return text ? str_widest(value_as_str(text)) : 0;
}

// How digits are grouped and what stands for the point.
typedef struct Separators {
  Value point, thousands;  // str
  const char *group_sizes; // as in localeconv(): sizes from the right, the last one repeats; CHAR_MAX or "" ends
} Separators;

static Value decode_locale(const char *text) {
  size_t count = mbstowcs(NULL, text, 0);
  if (count == (size_t)-1) return str_from_latin1((const uint8_t *)text, strlen(text));
  wchar_t *wide = malloc((count + 1) * sizeof *wide);
  if (!wide) return raise_memory_error();
  mbstowcs(wide, text, count + 1);
  Value result = str_from_ucs4((const uint32_t *)(const void *)wide, count);
  free(wide);
  return result;
}

static bool separators_find(Separators *out, Grouping grouping) {
  static const char no_groups[] = {CHAR_MAX, 0};
  *out = (Separators){.group_sizes = no_groups};
  switch (grouping) {
  case GROUP_LOCALE: {
    const struct lconv *locale = localeconv();
    out->point = decode_locale(locale->decimal_point);
    out->thousands = decode_locale(locale->thousands_sep);
    out->group_sizes = locale->grouping;
    return out->point && out->thousands;
  }
  case GROUP_NONE:
    break;
  default:
    out->group_sizes = grouping == GROUP_UNDERSCORE_FOUR ? "\4" : "\3";
    out->thousands = str_from_character(grouping == GROUP_COMMA ? ',' : '_');
    if (!out->thousands) return false;
  }
  out->point = str_from_character('.');
  return out->point != NULL;
}

// A number's text in pieces, ASCII.
typedef struct NumberText {
  char sign; // 0: none
  const char *prefix;
  const char *digits;
  size_t digit_count;
  bool upper; // digits and prefix in upper case
  bool has_point;
  const char *rest; // fraction, exponent, percent sign; or inf, nan
  size_t rest_count;
} NumberText;

// Writes the digits with separators so that they take at least `width` characters (zeros in front); ends before
// `end`. Without `out` it only counts. Returns the length.
static size_t group_digits(Str *out, size_t end, const NumberText *number, const Separators *separators,
                           ptrdiff_t width) {
  const char *sizes = separators->group_sizes;
  ptrdiff_t remaining = (ptrdiff_t)number->digit_count;
  ptrdiff_t separator_length = separators->thousands ? (ptrdiff_t)str_length(separators->thousands) : 0;
  size_t length = 0;
  char size = 0;
  for (bool first = true, last = false; !last; first = false) {
    if (*sizes) size = *sizes++;
    ptrdiff_t wanted = remaining > width ? remaining : width;
    if (wanted < 1) wanted = 1;
    ptrdiff_t group = size == 0 || size == CHAR_MAX || size > wanted ? wanted : size;
    ptrdiff_t digits = remaining < group ? remaining : group;
    if (!first) length += (size_t)separator_length;
    length += (size_t)group;
    if (out) {
      if (!first) put_text(out, end - length + (size_t)group, separators->thousands);
      size_t at = put_fill(out, end - length, (size_t)(group - digits), '0');
      for (ptrdiff_t i = 0; i < digits; i++) {
        char c = number->digits[remaining - digits + i];
        str_put(out, at + (size_t)i, (uint8_t)(number->upper && c >= 'a' ? c - 32 : c));
      }
    }
    remaining -= digits;
    width -= group;
    last = remaining <= 0 && width <= 0;
    width -= separator_length;
    if (size == 0 || size == CHAR_MAX) last = true;
  }
  return length;
}

static char sign_to_show(char sign, bool negative) {
  if (negative) return '-';
  return sign == '+' || sign == ' ' ? sign : 0;
}

static Value layout(const Specification *specification, const NumberText *number, const Separators *separators) {
  size_t fixed = (number->sign != 0) + (number->prefix ? 2 : 0) +
                 (number->has_point ? str_length(separators->point) : 0) + number->rest_count;
  ptrdiff_t zeros_to = 0;
  if (specification->fill == '0' && specification->align == '=') zeros_to = specification->width - (ptrdiff_t)fixed;
  size_t grouped = number->digit_count == 0 ? 0 : group_digits(NULL, 0, number, separators, zeros_to);
  size_t length = fixed + grouped, left = 0, right = 0, inner = 0;
  if (specification->width > 0 && (size_t)specification->width > length) {
    size_t missing = (size_t)specification->width - length;
    if (specification->align == '=')
      inner = missing;
    else
      share_padding(missing, specification->align, &left, &right);
    length = (size_t)specification->width;
  }
  uint32_t widest = wider(left + right + inner ? specification->fill : 0x7f, widest_of(separators->thousands));
  if (number->has_point) widest = wider(widest, widest_of(separators->point));
  Str *out = str_allocate(length, wider(widest, 0x7f));
  if (!out) return NULL;
  size_t at = put_fill(out, 0, left, specification->fill);
  if (number->sign) str_put(out, at++, (uint8_t)number->sign);
  if (number->prefix) {
    str_put(out, at++, (uint8_t)number->prefix[0]);
    str_put(out, at++, (uint8_t)(number->upper ? number->prefix[1] - 32 : number->prefix[1]));
  }
  at = put_fill(out, at, inner, specification->fill);
  at += grouped;
  if (grouped) group_digits(out, at, number, separators, zeros_to);
  if (number->has_point) at = put_text(out, at, separators->point);
  at = put_ascii(out, at, number->rest, number->rest_count);
  put_fill(out, at, right, specification->fill);
  // The storage was chosen by bounds; a result that could be narrower is copied (one that is plain ASCII is not).
  return str_is_ascii(out) ? value_from_cell(out) : str_from_units(out->data, str_width(out), out->length);
}

static Value layout_text(const Specification *specification, Value text, size_t count) {
  size_t left = 0, right = 0;
  if (specification->width > 0 && (size_t)specification->width > count)
    share_padding((size_t)specification->width - count, specification->align, &left, &right);
  if (left + right == 0) return str_substring(text, 0, count);
  Str *out = str_allocate(left + count + right, wider(specification->fill, widest_of(text)));
  if (!out) return NULL;
  put_fill(out, 0, left, specification->fill);
  str_copy_units(out, left, value_as_str(text), 0, count);
  put_fill(out, left + count, right, specification->fill);
  return str_is_ascii(out) ? value_from_cell(out) : str_from_units(out->data, str_width(out), out->length);
}

// ---- str ----

Value format_str(Value text, Value source) {
  if (str_length(source) == 0) return VALUE_IS_EXACT(text, STR) ? text : value_str(text);
  Specification specification;
  if (!parse(text, source, 's', '<', &specification)) return NULL;
  if (specification.type != 's') return unknown_type(&specification, text);
  if (specification.sign)
    return raise_value_error(specification.sign == ' ' ? "Space not allowed in string format specifier"
                                                       : "Sign not allowed in string format specifier");
  if (specification.no_negative_zero)
    return raise_value_error("Negative zero coercion (z) not allowed in string format specifier");
  if (specification.alternate) return raise_value_error("Alternate form (#) not allowed in string format specifier");
  if (specification.align == '=') return raise_value_error("'=' alignment not allowed in string format specifier");
  size_t count = str_length(text);
  if (specification.precision >= 0 && (size_t)specification.precision < count) count = (size_t)specification.precision;
  return layout_text(&specification, text, count);
}

// ---- float ----

// Formats to malloc'ed text. NULL: MemoryError.
static char *float_text(double number, char code, int precision, unsigned flags, size_t *length) {
  char small[64];
  *length = float_format(number, code, precision, flags, small, sizeof small);
  char *text = malloc(*length + 1);
  if (!text) {
    raise_memory_error();
    return NULL;
  }
  if (*length < sizeof small)
    memcpy(text, small, *length + 1);
  else
    float_format(number, code, precision, flags, text, *length + 1);
  return text;
}

// Splits a float's text into its pieces.
static NumberText split_float(const char *text, size_t length, char sign) {
  NumberText number = {};
  bool negative = length > 0 && text[0] == '-';
  const char *at = text + negative, *end = text + length;
  number.sign = sign_to_show(sign, negative);
  number.digits = at;
  while (at < end && *at >= '0' && *at <= '9') at++;
  number.digit_count = (size_t)(at - number.digits);
  number.has_point = at < end && *at == '.';
  number.rest = at + number.has_point;
  number.rest_count = (size_t)(end - number.rest);
  return number;
}

static unsigned float_flags(const Specification *specification) {
  return (specification->alternate ? FLOAT_FORMAT_ALTERNATE : 0) |
         (specification->no_negative_zero ? FLOAT_FORMAT_NO_NEGATIVE_ZERO : 0);
}

// The conversion code and precision that a specification asks for; `missing` is what no type means. False: raised.
static bool float_code(const Specification *specification, char *code, int *precision) {
  int otherwise = 6;
  *code = (char)specification->type;
  if (specification->type == 0) {
    *code = 'r';
    otherwise = 0;
  } else if (specification->type == 'n') {
    *code = 'g';
  }
  if (specification->precision > INT_MAX) {
    raise_value_error("precision too big");
    return false;
  }
  if (specification->precision < 0) {
    *precision = otherwise;
  } else {
    *precision = (int)specification->precision;
    if (*code == 'r') *code = 'g';
  }
  return true;
}

static bool is_float_type(uint32_t type) {
  return type != 0 && type < 128 && strchr("eEfFgG%", (int)type);
}

static Value format_double(double number, const Specification *specification) {
  char code;
  int precision;
  if (!float_code(specification, &code, &precision)) return NULL;
  unsigned flags = float_flags(specification) | (specification->type == 0 ? FLOAT_FORMAT_ADD_DOT_0 : 0);
  size_t length;
  char *text = float_text(number, code, precision, flags, &length);
  if (!text) return NULL;
  NumberText pieces = split_float(text, length, specification->sign);
  Separators separators;
  Value result = NULL;
  if (separators_find(&separators, specification->type == 'n' ? GROUP_LOCALE : specification->grouping))
    result = layout(specification, &pieces, &separators);
  free(text);
  return result;
}

Value format_float(Value number, Value source) {
  if (str_length(source) == 0) return value_str(number);
  Specification specification;
  if (!parse(number, source, 0, '>', &specification)) return NULL;
  if (specification.type != 0 && specification.type != 'n' && !is_float_type(specification.type))
    return unknown_type(&specification, number);
  return format_double(float_as_double(number), &specification);
}

// ---- int ----

static Value format_character(const Specification *specification, Value number) {
  if (specification->sign) return raise_value_error("Sign not allowed with integer format specifier 'c'");
  if (specification->alternate)
    return raise_value_error("Alternate form (#) not allowed with integer format specifier 'c'");
  int64_t code;
  if (!int_fits_int64(number, &code)) return raise(CLASS_OVERFLOW_ERROR, "Python int too large to convert to C long");
  if (code < 0 || code > UNICODE_MAX) return raise(CLASS_OVERFLOW_ERROR, "%%c arg not in range(0x110000)");
  Value text = str_from_character((uint32_t)code);
  if (!text) return NULL;
  Specification padded = *specification;
  if (padded.align == '=') padded.align = '>';
  return layout_text(&padded, text, 1);
}

static Value format_digits(const Specification *specification, Value number) {
  if (specification->precision >= 0) return raise_value_error("Precision not allowed in integer format specifier");
  if (specification->no_negative_zero)
    return raise_value_error("Negative zero coercion (z) not allowed in integer format specifier");
  if (specification->type == 'c') return format_character(specification, number);
  int base = specification->type == 'b'                                 ? 2
             : specification->type == 'o'                               ? 8
             : specification->type == 'x' || specification->type == 'X' ? 16
                                                                        : 10;
  Value text = int_to_str(number, base, false);
  if (!text) return NULL;
  const Str *digits = value_as_str(text);
  bool negative = digits->length > 0 && digits->data[0] == '-';
  NumberText pieces = {.sign = sign_to_show(specification->sign, negative),
                       .digits = (const char *)digits->data + negative,
                       .digit_count = digits->length - negative,
                       .upper = specification->type == 'X',
                       .rest = ""};
  if (specification->alternate && base != 10) pieces.prefix = base == 2 ? "0b" : base == 8 ? "0o" : "0x";
  Separators separators;
  if (!separators_find(&separators, specification->type == 'n' ? GROUP_LOCALE : specification->grouping)) return NULL;
  Value result = layout(specification, &pieces, &separators);
  KEEP(text);
  return result;
}

Value format_int(Value number, Value source) {
  if (str_length(source) == 0) return value_is_exact_int(number) ? int_to_str(number, 10, false) : value_str(number);
  Specification specification;
  if (!parse(number, source, 'd', '>', &specification)) return NULL;
  if (is_float_type(specification.type)) {
    double value = int_as_double(number);
    return value == -1.0 && exception_pending() ? NULL : format_double(value, &specification);
  }
  if (specification.type == 0 || specification.type >= 128 || !strchr("bcdoxXn", (int)specification.type))
    return unknown_type(&specification, number);
  return format_digits(&specification, number);
}

// ---- complex ----

// One part without padding, as a str.
static Value complex_part(double number, const Specification *specification, char code, int precision,
                          const Separators *separators) {
  size_t length;
  char *text = float_text(number, code, precision, float_flags(specification), &length);
  if (!text) return NULL;
  NumberText pieces = split_float(text, length, specification->sign);
  Value part = layout(specification, &pieces, separators);
  free(text);
  return part;
}

Value format_complex(Value number, Value source) {
  if (str_length(source) == 0) return value_str(number);
  Specification specification;
  if (!parse(number, source, 0, '>', &specification)) return NULL;
  if (specification.type != 0 && specification.type != 'n' &&
      (specification.type == '%' || !is_float_type(specification.type)))
    return unknown_type(&specification, number);
  if (specification.fill == '0') return raise_value_error("Zero padding is not allowed in complex format specifier");
  if (specification.align == '=')
    return raise_value_error("'=' alignment flag is not allowed in complex format specifier");
  char code;
  int precision;
  if (!float_code(&specification, &code, &precision)) return NULL;
  Separators separators;
  if (!separators_find(&separators, specification.type == 'n' ? GROUP_LOCALE : specification.grouping)) return NULL;
  const Complex *complex = (const Complex *)value_cell(number);
  bool skip_real = specification.type == 0 && complex->real == 0 && !signbit(complex->real);
  bool parentheses = specification.type == 0 && !skip_real;
  Specification part = specification;
  part.width = -1;
  Value real = skip_real ? NULL : complex_part(complex->real, &part, code, precision, &separators);
  if (!skip_real) {
    if (!real) return NULL;
    part.sign = '+';
  }
  Value imaginary = complex_part(complex->imaginary, &part, code, precision, &separators);
  if (!imaginary) return NULL;
  StrBuilder builder;
  str_builder_start(&builder);
  if (parentheses) str_builder_add_character(&builder, '(');
  if (real) str_builder_add(&builder, real);
  str_builder_add(&builder, imaginary);
  str_builder_add_character(&builder, 'j');
  if (parentheses) str_builder_add_character(&builder, ')');
  Value text = str_builder_finish(&builder);
  return text ? layout_text(&specification, text, str_length(text)) : NULL;
}
