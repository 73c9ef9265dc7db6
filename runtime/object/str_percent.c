// str % arguments: printf's directives with Python's additions.
//
//   %[(key)][flags][width][.precision][hlL]type
//
// Threads: the format is immutable; arguments are read as Python code would read them.
#include "runtime/heap/heap.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str_internal.h"
#include "runtime/support/number_text.h"
#include "runtime/support/unicode.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum : uint8_t { LEFT = 1 << 0, SIGN = 1 << 1, BLANK = 1 << 2, ALTERNATE = 1 << 3, ZERO = 1 << 4 };

typedef struct Directive {
  uint32_t type;
  uint8_t flags;
  bool has_sign;       // the text is a number, which may begin with a sign
  ptrdiff_t width;     // -1: none
  ptrdiff_t precision; // -1: none
} Directive;

typedef struct Formatting {
  Value format;
  size_t at;
  Value arguments;       // a tuple, or the only argument
  ptrdiff_t next, count; // of the tuple; for an only argument: next -2 (-1 when used), count -1
  Value mapping;         // what "%(key)s" looks into; zero: not a mapping
  StrBuilder builder;
} Formatting;

// PyMapping_Check and not a tuple or str: something with __getitem__.
static bool is_mapping(Value value) {
  return !value_is_tuple(value) && !value_is_str(value) && value_special(value, SPECIAL_GETITEM) &&
         !value_is_class(value);
}

static Value next_argument(Formatting *state) {
  if (state->next >= state->count) return raise_type_error("not enough arguments for format string");
  ptrdiff_t index = state->next++;
  return state->count < 0 ? state->arguments : tuple_item(state->arguments, (size_t)index);
}

// ---- Parsing ----

// UINT32_MAX at the end of the format.
static uint32_t peek(const Formatting *state) {
  const Str *format = value_as_str(state->format);
  return state->at < format->length ? str_character(format, state->at) : UINT32_MAX;
}

// After "%(": the argument becomes mapping[key].
static bool take_key(Formatting *state) {
  if (!state->mapping) {
    raise_type_error("format requires a mapping");
    return false;
  }
  size_t start = ++state->at;
  for (int depth = 1; depth > 0; state->at++) {
    uint32_t character = peek(state);
    if (character == UINT32_MAX) {
      raise_value_error("incomplete format key");
      return false;
    }
    depth += character == '(' ? 1 : character == ')' ? -1 : 0;
  }
  Value key = str_substring(state->format, start, state->at - 1);
  state->arguments = key ? value_get_item(state->mapping, key) : NULL;
  state->count = -1;
  state->next = -2;
  return state->arguments != NULL;
}

// Digits; `limit` and message as CPython's.
static bool take_digits(Formatting *state, ptrdiff_t limit, const char *message, ptrdiff_t *number) {
  *number = 0;
  for (uint32_t c = peek(state); c >= '0' && c <= '9'; c = peek(state)) {
    if (*number > (limit - (ptrdiff_t)(c - '0')) / 10) {
      raise_value_error("%s", message);
      return false;
    }
    *number = *number * 10 + (ptrdiff_t)(c - '0');
    state->at++;
  }
  return true;
}

static bool take_star(Formatting *state, bool as_int, ptrdiff_t *number) {
  state->at++;
  Value value = next_argument(state);
  if (!value) return false;
  if (!value_is_int(value)) {
    raise_type_error("* wants int");
    return false;
  }
  if (!as_int) return value_as_size(value, number, CLASS_OVERFLOW_ERROR);
  int small;
  if (!value_as_int(value, &small)) return false;
  *number = small;
  return true;
}

static bool parse_directive(Formatting *state, Directive *directive) {
  *directive = (Directive){.width = -1, .precision = -1};
  if (peek(state) == '(' && !take_key(state)) return false;
  for (;; state->at++) {
    uint32_t c = peek(state);
    uint8_t flag = c == '-' ? LEFT : c == '+' ? SIGN : c == ' ' ? BLANK : c == '#' ? ALTERNATE : c == '0' ? ZERO : 0;
    if (!flag) break;
    directive->flags |= flag;
  }
  if (peek(state) == '*') {
    if (!take_star(state, false, &directive->width)) return false;
    if (directive->width < 0) {
      directive->flags |= LEFT;
      directive->width = -directive->width;
    }
  } else if (peek(state) >= '0' && peek(state) <= '9') {
    if (!take_digits(state, PTRDIFF_MAX, "width too big", &directive->width)) return false;
  }
  if (peek(state) == '.') {
    state->at++;
    directive->precision = 0;
    if (peek(state) == '*') {
      if (!take_star(state, true, &directive->precision)) return false;
      if (directive->precision < 0) directive->precision = 0;
    } else if (!take_digits(state, INT_MAX, "precision too big", &directive->precision)) {
      return false;
    }
  }
  if (peek(state) == 'h' || peek(state) == 'l' || peek(state) == 'L') state->at++;
  directive->type = peek(state);
  if (directive->type == UINT32_MAX) {
    raise_value_error("incomplete format");
    return false;
  }
  state->at++;
  return true;
}

// ---- Converting ----

static Value wrong_number(const Directive *directive, Value value) {
  bool integer = directive->type == 'o' || directive->type == 'x' || directive->type == 'X';
  return raise_type_error(integer ? "%%%c format: an integer is required, not %.200T"
                                  : "%%%c format: a real number is required, not %.200T",
                          (int)directive->type, value);
}

// The digits with sign and, if asked for, prefix; at least `precision` digits.
static Value integer_text(const Directive *directive, Value number) {
  int base = directive->type == 'o' ? 8 : directive->type == 'x' || directive->type == 'X' ? 16 : 10;
  bool prefixed = (directive->flags & ALTERNATE) && base != 10;
  Value text = int_to_str(number, base, false);
  if (!text) return NULL;
  const Str *digits = value_as_str(text);
  size_t sign = digits->data[0] == '-', count = digits->length - sign;
  size_t zeros = directive->precision > (ptrdiff_t)count ? (size_t)directive->precision - count : 0;
  if (!prefixed && zeros == 0 && directive->type != 'X') return text;
  Str *out = str_allocate(sign + (prefixed ? 2 : 0) + zeros + count, 0x7f);
  if (!out) return NULL;
  uint8_t *at = out->data;
  if (sign) *at++ = '-';
  if (prefixed) {
    *at++ = '0';
    *at++ = (uint8_t)directive->type;
  }
  memset(at, '0', zeros);
  memcpy(at + zeros, digits->data + sign, count);
  if (directive->type == 'X')
    for (uint8_t *p = at + zeros; p < at + zeros + count; p++)
      if (*p >= 'a') *p -= 32;
  return value_from_cell(out);
}

static bool is_number(Value value) {
  return value_special(value, SPECIAL_INDEX) || value_special(value, SPECIAL_INT) ||
         value_special(value, SPECIAL_FLOAT) || value_is_complex(value);
}

static Value convert_integer(const Directive *directive, Value value) {
  Value number = value;
  if (!value_is_int(value)) {
    bool integer = directive->type == 'o' || directive->type == 'x' || directive->type == 'X';
    if (!is_number(value)) return wrong_number(directive, value);
    number = integer ? value_index(value) : value_to_int(value);
    if (!number) return exception_clear_if(CLASS_TYPE_ERROR) ? wrong_number(directive, value) : NULL;
  }
  return integer_text(directive, number);
}

static Value convert_float(const Directive *directive, Value value) {
  double number;
  if (!value_as_double(value, &number)) return NULL;
  int precision = directive->precision < 0 ? 6 : (int)directive->precision;
  unsigned flags = directive->flags & ALTERNATE ? FLOAT_FORMAT_ALTERNATE : 0;
  char small[128];
  size_t length = float_format(number, (char)directive->type, precision, flags, small, sizeof small);
  if (length < sizeof small) return str_from_latin1((const uint8_t *)small, length);
  Str *text = str_allocate(length, 0x7f);
  if (!text) return NULL;
  float_format(number, (char)directive->type, precision, flags, (char *)text->data, length + 1);
  return value_from_cell(text);
}

static Value convert_character(Value value) {
  if (value_is_str(value) && str_length(value) == 1) return str_exact(value);
  int64_t code = -1;
  Value number = value_is_int(value) ? value : value_is_str(value) ? NULL : value_index(value);
  if (!number) {
    exception_clear();
    return raise_type_error("%%c requires int or char");
  }
  if (!int_fits_int64(number, &code) || code < 0 || code > UNICODE_MAX)
    return raise(CLASS_OVERFLOW_ERROR, "%%c arg not in range(0x110000)");
  return str_from_character((uint32_t)code);
}

static Value convert(const Formatting *state, Directive *directive, Value value) {
  switch (directive->type) {
  case 's':
    return value_str(value);
  case 'r':
    return value_repr(value);
  case 'a':
    return value_ascii(value);
  case 'd':
  case 'i':
  case 'u':
  case 'o':
  case 'x':
  case 'X':
    directive->has_sign = true;
    return convert_integer(directive, value);
  case 'e':
  case 'E':
  case 'f':
  case 'F':
  case 'g':
  case 'G':
    directive->has_sign = true;
    return convert_float(directive, value);
  case 'c':
    return convert_character(value);
  default:
    return raise_value_error("unsupported format character '%c' (0x%x) at index %zu",
                             directive->type >= 31 && directive->type <= 126 ? (int)directive->type : '?',
                             (unsigned)directive->type, state->at - 1);
  }
}

// ---- Laying out ----

static void add_repeated(StrBuilder *builder, size_t count, char character) {
  char chunk[64];
  memset(chunk, character, sizeof chunk);
  if (!str_builder_reserve(builder, count, 0x7f)) return;
  for (; count > 0 && !builder->failed; count -= count < sizeof chunk ? count : sizeof chunk)
    str_builder_add_ascii(builder, chunk, count < sizeof chunk ? count : sizeof chunk);
}

static void add_padded(StrBuilder *builder, const Directive *directive, Value value) {
  const Str *text = value_as_str(value);
  size_t from = 0, length = text->length;
  bool is_text = directive->type == 's' || directive->type == 'r' || directive->type == 'a';
  if (is_text && directive->precision >= 0 && (size_t)directive->precision < length)
    length = (size_t)directive->precision;
  char head[3]; // sign and prefix: before zeros, but behind blanks
  size_t head_length = 0;
  if (directive->has_sign) {
    uint8_t first = text->data[0];
    if (first == '-' || first == '+') {
      head[head_length++] = (char)first;
      from++;
    } else if (directive->flags & SIGN) {
      head[head_length++] = '+';
    } else if (directive->flags & BLANK) {
      head[head_length++] = ' ';
    }
    if ((directive->flags & ALTERNATE) &&
        (directive->type == 'x' || directive->type == 'X' || directive->type == 'o')) {
      head[head_length++] = '0';
      head[head_length++] = (char)directive->type;
      from += 2;
    }
  }
  size_t used = head_length + length - from;
  size_t missing = directive->width > (ptrdiff_t)used ? (size_t)directive->width - used : 0;
  bool left = directive->flags & LEFT, zeros = directive->has_sign && (directive->flags & ZERO);
  if (!left && !zeros) add_repeated(builder, missing, ' ');
  str_builder_add_ascii(builder, head, head_length);
  if (!left && zeros) add_repeated(builder, missing, '0');
  str_builder_add_part(builder, value, from, length);
  if (left) add_repeated(builder, missing, ' ');
}

static bool format_directive(Formatting *state) {
  Directive directive;
  if (peek(state) == '%') {
    state->at++;
    str_builder_add_character(&state->builder, '%');
    return true;
  }
  if (!parse_directive(state, &directive)) return false;
  Value value = next_argument(state);
  Value text = value ? convert(state, &directive, value) : NULL;
  if (!text) return false;
  if (directive.width < 0 && directive.precision < 0 && !(directive.flags & (SIGN | BLANK)))
    str_builder_add(&state->builder, text);
  else
    add_padded(&state->builder, &directive, text);
  if (state->mapping && state->next < state->count) {
    raise_type_error("not all arguments converted during string formatting");
    return false;
  }
  return true;
}

static Value format_percent(Value format, Value arguments) {
  Formatting state = {.format = format, .arguments = arguments, .next = -2, .count = -1};
  if (value_is_tuple(arguments)) {
    state.next = 0;
    state.count = (ptrdiff_t)tuple_count(arguments);
  }
  if (is_mapping(arguments)) state.mapping = arguments;
  str_builder_start(&state.builder);
  const Str *text = value_as_str(format);
  bool plain = false;
  while (state.at < text->length) {
    size_t start = state.at;
    while (state.at < text->length && str_character(text, state.at) != '%') state.at++;
    if (start == 0 && state.at == text->length) { // nothing to convert: the format itself
      plain = true;
      break;
    }
    str_builder_add_part(&state.builder, format, start, state.at);
    if (state.at == text->length) break;
    state.at++;
    if (!format_directive(&state)) return NULL;
  }
  if (state.next < state.count && !state.mapping)
    return raise_type_error("not all arguments converted during string formatting");
  if (plain) return format;
  return str_builder_finish(&state.builder);
}

Value str_remainder_method(Value self, Value arguments) {
  return format_percent(self, arguments);
}

Value str_reversed_remainder_method(Value self, Value format) {
  return value_is_str(format) ? format_percent(format, self) : VALUE_NOT_IMPLEMENTED;
}
