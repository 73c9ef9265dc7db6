// Escape sequences in string and bytes literals.
//
// Errors of escapes are those of CPython's "unicodeescape" codec. CPython feeds it a copy of the text in which each
// non-ASCII character is written as \UXXXXXXXX, so the positions in its messages count ten for such a character;
// `Position` keeps that count.
#include "frontend/string_literal_internal.h"

#include "runtime/support/unicode.h"
#include "runtime/support/utf8.h"

#include <stdio.h>
#include <string.h>

static bool fail_utf8(StringContext *context, const uint8_t *start, size_t size) {
  UtfScan scan = utf8_scan(start, size, false);
  const char *reason = utf_reason(scan.status);
  if (scan.bad_size == 1)
    string_fail(context, NULL, SYNTAX_ERROR,
                "(unicode error) 'utf-8' codec can't decode byte 0x%02x in position %zu: %s", start[scan.size],
                scan.size, reason);
  else
    string_fail(context, NULL, SYNTAX_ERROR, "(unicode error) 'utf-8' codec can't decode bytes in position %zu-%zu: %s",
                scan.size, scan.size + scan.bad_size - 1, reason);
  return false;
}

bool string_append_raw(StringContext *context, TextBuffer *text, const char *start, const char *end) {
  size_t size = (size_t)(end - start);
  const uint8_t *bytes = (const uint8_t *)start;
  if (ascii_prefix(bytes, size) != size && utf8_scan(bytes, size, false).status != UTF_OK)
    return fail_utf8(context, bytes, size);
  return text_append(context, text, start, size);
}

bool string_warn_escape(StringContext *context, const char *at, const Token *token) {
  if (!context->warns) return true;
  char message[48];
  uint8_t c = (uint8_t)*at;
  int length = c >= '4' && c <= '7' ? snprintf(message, sizeof(message), "invalid octal escape sequence '\\%.3s'", at)
                                    : snprintf(message, sizeof(message), "invalid escape sequence '\\%c'", c);
  Arena *arena = &context->session->arena;
  char *copy = arena_copy(arena, message, (size_t)length);
  AstRange range = {token->lineno, token->col_offset, token->end_lineno, token->end_col_offset};
  if (copy && syntax_report_warn(&context->session->report, arena, SYNTAX_DEPRECATION_WARNING, copy, range))
    return true;
  return string_no_memory(context);
}

// The characters that stand for themselves or one other behind a backslash; 0 for all others.
static char simple_escape(char c) {
  switch (c) {
  case '\\':
    return '\\';
  case '\'':
    return '\'';
  case '"':
    return '"';
  case 'b':
    return '\b';
  case 'f':
    return '\f';
  case 't':
    return '\t';
  case 'n':
    return '\n';
  case 'r':
    return '\r';
  case 'v':
    return '\v';
  case 'a':
    return '\a';
  default:
    return 0;
  }
}

static int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// One to three octal digits.
static uint32_t octal_escape(const char **at, const char *end) {
  uint32_t value = 0;
  for (int i = 0; i < 3 && *at < end && **at >= '0' && **at <= '7'; i++) value = value * 8 + (uint32_t)(*(*at)++ - '0');
  return value;
}

// Length of the text in CPython's copy.
static size_t expanded_length(const char *start, const char *end) {
  size_t length = 0;
  for (const char *at = start; at < end; at++) {
    if ((*at & 0x80) == 0)
      length++;
    else if ((*at & 0xC0) != 0x80)
      length += 10;
    // A backslash before such a character is written \u005c.
    if (*at == '\\' && at + 1 < end) {
      at++;
      if (*at & 0x80) {
        length += 5;
        at--;
      } else {
        length++;
      }
    } else if (*at == '\\') {
      length += 5;
    }
  }
  return length;
}

static bool fail_escape(StringContext *context, const char *start, const char *escape, const char *behind,
                        const char *reason) {
  size_t first = expanded_length(start, escape), last = first + (size_t)(behind - escape) - 1;
  if (first == last)
    string_fail(context, NULL, SYNTAX_ERROR,
                "(unicode error) 'unicodeescape' codec can't decode byte 0x5c in position %zu: %s", first, reason);
  else
    string_fail(context, NULL, SYNTAX_ERROR,
                "(unicode error) 'unicodeescape' codec can't decode bytes in position %zu-%zu: %s", first, last,
                reason);
  return false;
}

bool string_append_escaped(StringContext *context, TextBuffer *text, const char *start, const char *end,
                           const Token *token) {
  // No escape sequence denotes more bytes than it has itself.
  if (!text_reserve(context, text, (size_t)(end - start))) return false;
  char *out = text->data + text->length;
  const char *invalid = NULL;
  for (const char *at = start; at < end;) {
    if (*at & 0x80) {
      const char *run = at;
      while (at < end && (*at & 0x80)) at++;
      size_t size = (size_t)(at - run);
      if (utf8_scan((const uint8_t *)run, size, false).status != UTF_OK)
        return fail_utf8(context, (const uint8_t *)run, size);
      memcpy(out, run, size);
      out += size;
      continue;
    }
    if (*at != '\\') {
      *out++ = *at++;
      continue;
    }
    const char *escape = at++;
    if (at == end || (*at & 0x80)) {
      *out++ = '\\';
      continue;
    }
    char c = *at++;
    if (c == '\n') continue;
    char simple = simple_escape(c);
    if (simple) {
      *out++ = simple;
      continue;
    }
    uint32_t value = 0;
    const char *reason;
    int digits;
    switch (c) {
    case '0' ... '7':
      at--;
      value = octal_escape(&at, end);
      if (value > 0377 && !invalid) invalid = escape + 1;
      out += utf8_encode_one(value, (uint8_t *)out);
      continue;
    case 'x':
      digits = 2;
      reason = "truncated \\xXX escape";
      break;
    case 'u':
      digits = 4;
      reason = "truncated \\uXXXX escape";
      break;
    case 'U':
      digits = 8;
      reason = "truncated \\UXXXXXXXX escape";
      break;
    case 'N': {
      reason = "malformed \\N character escape";
      if (at < end && *at == '{') {
        const char *name = ++at;
        while (at < end && *at != '}') at++;
        if (at < end && at > name) {
          at++;
          if (unicode_lookup_name(name, (size_t)(at - 1 - name), &value)) {
            out += utf8_encode_one(value, (uint8_t *)out);
            continue;
          }
          reason = "unknown Unicode character name";
        }
      }
      // Behind the name, positions count as in CPython's copy.
      size_t name_length = expanded_length(escape + 2, at);
      return fail_escape(context, start, escape, escape + 2 + name_length, reason);
    }
    default:
      if (!invalid) invalid = at - 1;
      *out++ = '\\';
      *out++ = c;
      continue;
    }
    for (; digits > 0 && at < end && hex_value(*at) >= 0; digits--, at++) value = value * 16 + (uint32_t)hex_value(*at);
    if (digits > 0) return fail_escape(context, start, escape, at, reason);
    if (value > UNICODE_MAX) return fail_escape(context, start, escape, at, "illegal Unicode character");
    out += utf8_encode_one(value, (uint8_t *)out);
  }
  text->length = (size_t)(out - text->data);
  return !invalid || string_warn_escape(context, invalid, token);
}

bool bytes_append_escaped(StringContext *context, TextBuffer *text, const char *start, const char *end,
                          const Token *token) {
  if (!text_reserve(context, text, (size_t)(end - start))) return false;
  char *out = text->data + text->length;
  const char *invalid = NULL;
  for (const char *at = start; at < end;) {
    if (*at != '\\') {
      *out++ = *at++;
      continue;
    }
    const char *escape = at++;
    char c = *at++;
    if (c == '\n') continue;
    char simple = simple_escape(c);
    if (simple) {
      *out++ = simple;
    } else if (c >= '0' && c <= '7') {
      at--;
      uint32_t value = octal_escape(&at, end);
      if (value > 0377 && !invalid) invalid = escape + 1;
      *out++ = (char)value;
    } else if (c == 'x') {
      int high = at < end ? hex_value(at[0]) : -1, low = at + 1 < end ? hex_value(at[1]) : -1;
      if (high < 0 || low < 0) {
        string_fail(context, NULL, SYNTAX_ERROR, "(value error) invalid \\x escape at position %zu",
                    (size_t)(escape - start));
        return false;
      }
      *out++ = (char)(high * 16 + low);
      at += 2;
    } else {
      if (!invalid) invalid = at - 1;
      *out++ = '\\';
      *out++ = c;
    }
  }
  text->length = (size_t)(out - text->data);
  return !invalid || string_warn_escape(context, invalid, token);
}
