// The codecs unicode_escape and raw_unicode_escape: text as Python writes it in literals.
//
// Threads: each coding has a state of its own, on the stack.
#include "runtime/object/codec_internal.h"
#include "runtime/object/exception.h"
#include "runtime/support/unicode.h"

#include <stdio.h>
#include <string.h>

typedef enum Escape { ESCAPE_GOOD, ESCAPE_INCOMPLETE, ESCAPE_BAD } Escape;

static int hex_digit(uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') return (c | 0x20) - 'a' + 10;
  return -1;
}

// Exactly `count` hexadecimal digits at `*at`.
static Escape read_hex(const Decode *state, size_t *at, int count, uint32_t *character) {
  *character = 0;
  for (; count > 0; count--, ++*at) {
    if (*at >= state->size) return ESCAPE_INCOMPLETE;
    int digit = hex_digit(state->bytes[*at]);
    if (digit < 0) return ESCAPE_BAD;
    *character = *character << 4 | (uint32_t)digit;
  }
  return ESCAPE_GOOD;
}

// {NAME} at `*at`.
static Escape read_name(const Decode *state, size_t *at, uint32_t *character, const char **reason) {
  *reason = "malformed \\N character escape";
  if (*at >= state->size) return ESCAPE_INCOMPLETE;
  if (state->bytes[*at] != '{') return ESCAPE_BAD;
  size_t start = ++*at;
  const uint8_t *close = memchr(state->bytes + start, '}', state->size - start);
  if (!close) {
    *at = state->size;
    return ESCAPE_INCOMPLETE;
  }
  *at = (size_t)(close - state->bytes);
  if (*at == start) return ESCAPE_BAD;
  *reason = "unknown Unicode character name";
  const char *name = (const char *)state->bytes + start;
  size_t length = (*at)++ - start;
  return unicode_lookup_name(name, length, character) ? ESCAPE_GOOD : ESCAPE_BAD;
}

static const char *hex_reason(uint8_t kind) {
  return kind == 'x'   ? "truncated \\xXX escape"
         : kind == 'u' ? "truncated \\uXXXX escape"
                       : "truncated \\UXXXXXXXX escape";
}

bool escape_warn(int unknown) {
  if (unknown <= 0377) return warn(CLASS_DEPRECATION_WARNING, 1, "invalid escape sequence '\\%c'", unknown);
  char digits[8];
  snprintf(digits, sizeof digits, "%o", (unsigned)unknown);
  return warn(CLASS_DEPRECATION_WARNING, 1, "invalid octal escape sequence '\\%s'", digits);
}

// What follows a backslash. `*character`: UINT32_MAX for "nothing" (a line continuation).
static Escape read_escape(const Decode *state, size_t *at, uint32_t *character, const char **reason, int *unknown) {
  *reason = "\\ at end of string";
  if (*at >= state->size) return ESCAPE_INCOMPLETE;
  static const char letters[] = "\\'\"bftnrva", meanings[] = "\\'\"\b\f\t\n\r\v\a";
  uint8_t kind = state->bytes[(*at)++];
  const char *letter = kind ? strchr(letters, kind) : NULL;
  if (letter) {
    *character = (uint8_t)meanings[letter - letters];
    return ESCAPE_GOOD;
  }
  if (kind == '\n') {
    *character = UINT32_MAX;
    return ESCAPE_GOOD;
  }
  if (kind >= '0' && kind <= '7') {
    *character = (uint32_t)(kind - '0');
    for (int i = 0; i < 2 && *at < state->size && state->bytes[*at] >= '0' && state->bytes[*at] <= '7'; i++)
      *character = *character << 3 | (uint32_t)(state->bytes[(*at)++] - '0');
    if (*character > 0377 && *unknown < 0) *unknown = (int)*character;
    return ESCAPE_GOOD;
  }
  if (kind == 'x' || kind == 'u' || kind == 'U') {
    *reason = hex_reason(kind);
    Escape escape = read_hex(state, at, kind == 'x' ? 2 : kind == 'u' ? 4 : 8, character);
    if (escape != ESCAPE_GOOD || *character <= UNICODE_MAX) return escape;
    *reason = "illegal Unicode character";
    return ESCAPE_BAD;
  }
  if (kind == 'N') return read_name(state, at, character, reason);
  if (*unknown < 0) *unknown = kind;
  *character = '\\'; // an unknown escape stands for itself: the letter is read as plain text
  --*at;
  return ESCAPE_GOOD;
}

// Adds the bytes up to the next backslash, each a character.
static void take_plain(Decode *state) {
  const uint8_t *from = state->bytes + state->at;
  const uint8_t *backslash = memchr(from, '\\', state->size - state->at);
  size_t count = backslash ? (size_t)(backslash - from) : state->size - state->at;
  if (count == 0) return;
  Value part = str_from_latin1(from, count);
  if (part)
    str_builder_add(&state->out, part);
  else
    state->out.failed = true;
  state->at += count;
}

Value decode_unicode_escape(Decode *state) {
  int unknown = -1;
  while (state->at < state->size) {
    take_plain(state);
    if (state->out.failed) return NULL;
    if (state->at >= state->size) break;
    size_t at = state->at + 1;
    uint32_t character;
    const char *reason;
    Escape escape = read_escape(state, &at, &character, &reason, &unknown);
    if (escape == ESCAPE_GOOD) {
      if (character != UINT32_MAX) str_builder_add_character(&state->out, character);
      state->at = at;
      continue;
    }
    if (escape == ESCAPE_INCOMPLETE && !state->final) break;
    if (!decode_error(state, state->at, at, reason)) return NULL;
  }
  if (unknown >= 0 && !escape_warn(unknown)) return NULL;
  return decode_finish(state);
}

Value decode_raw_unicode_escape(Decode *state) {
  while (state->at < state->size) {
    take_plain(state);
    if (state->out.failed) return NULL;
    if (state->at >= state->size) break;
    size_t at = state->at + 1;
    uint8_t kind = at < state->size ? state->bytes[at] : 0;
    if (at >= state->size && !state->final) break;
    if (kind != 'u' && kind != 'U') {
      str_builder_add_character(&state->out, '\\');
      if (at < state->size) str_builder_add_character(&state->out, kind);
      state->at = at < state->size ? at + 1 : at;
      continue;
    }
    at++;
    uint32_t character;
    const char *reason = hex_reason(kind);
    Escape escape = read_hex(state, &at, kind == 'u' ? 4 : 8, &character);
    if (escape == ESCAPE_GOOD && character > UNICODE_MAX) {
      reason = "\\Uxxxxxxxx out of range";
      escape = ESCAPE_BAD;
    }
    if (escape == ESCAPE_GOOD) {
      str_builder_add_character(&state->out, character);
      state->at = at;
      continue;
    }
    if (escape == ESCAPE_INCOMPLETE && !state->final) break;
    if (!decode_error(state, state->at, at, reason)) return NULL;
  }
  return decode_finish(state);
}

// ---- Encoding ----

static void add_number(Encode *state, uint32_t character) {
  char text[16];
  int length = snprintf(text, sizeof text,
                        character < 0x100     ? "\\x%02x"
                        : character < 0x10000 ? "\\u%04x"
                                              : "\\U%08x",
                        (unsigned)character);
  encode_add(state, text, (size_t)length);
}

Value encode_unicode_escape(Value text) {
  const Str *source = value_as_str(text);
  Encode state;
  encode_start(&state, "unicode_escape", NULL, text);
  for (size_t i = 0; i < source->length && !state.failed; i++) {
    uint32_t character = str_character(source, i);
    uint8_t byte = (uint8_t)character;
    if (character == '\t' || character == '\n' || character == '\r' || character == '\\')
      encode_add(&state, character == '\t' ? "\\t" : character == '\n' ? "\\n" : character == '\r' ? "\\r" : "\\\\", 2);
    else if (character >= 0x20 && character < 0x7f)
      encode_add(&state, &byte, 1);
    else
      add_number(&state, character);
  }
  return encode_finish(&state);
}

Value encode_raw_unicode_escape(Value text) {
  const Str *source = value_as_str(text);
  Encode state;
  encode_start(&state, "raw_unicode_escape", NULL, text);
  for (size_t i = 0; i < source->length && !state.failed; i++) {
    uint32_t character = str_character(source, i);
    uint8_t byte = (uint8_t)character;
    if (character < 0x100)
      encode_add(&state, &byte, 1);
    else
      add_number(&state, character);
  }
  return encode_finish(&state);
}
