// UTF-8, UTF-16, UTF-32, UTF-7, ASCII and Latin-1 with error handlers. The conversions themselves are in support/.
//
// Threads: each coding has a state of its own, on the stack.
#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec_internal.h"
#include "runtime/object/exception.h"
#include "runtime/support/unicode.h"
#include "runtime/support/utf8.h"
#include "runtime/support/utf_7.h"
#include "runtime/support/utf_wide.h"

#include <stdlib.h>
#include <string.h>

// ---- Decoding ----

typedef UtfScan Scan(const uint8_t *bytes, size_t size);
typedef void Fill(const uint8_t *bytes, size_t size, void *units, int width);

static UtfScan scan_utf8(const uint8_t *bytes, size_t size) {
  return utf8_scan(bytes, size, false);
}
static UtfScan scan_utf16_little(const uint8_t *bytes, size_t size) {
  return utf16_scan(bytes, size, false);
}
static UtfScan scan_utf16_big(const uint8_t *bytes, size_t size) {
  return utf16_scan(bytes, size, true);
}
static UtfScan scan_utf32_little(const uint8_t *bytes, size_t size) {
  return utf32_scan(bytes, size, false);
}
static UtfScan scan_utf32_big(const uint8_t *bytes, size_t size) {
  return utf32_scan(bytes, size, true);
}
static UtfScan scan_ascii(const uint8_t *bytes, size_t size) {
  size_t prefix = ascii_prefix(bytes, size);
  return (UtfScan){.size = prefix,
                   .length = prefix,
                   .maximum = 0x7f,
                   .status = prefix == size ? UTF_OK : UTF_NOT_ASCII,
                   .bad_size = 1};
}
static void fill_utf16_little(const uint8_t *bytes, size_t size, void *units, int width) {
  utf16_decode(bytes, size, false, units, width);
}
static void fill_utf16_big(const uint8_t *bytes, size_t size, void *units, int width) {
  utf16_decode(bytes, size, true, units, width);
}
static void fill_utf32_little(const uint8_t *bytes, size_t size, void *units, int width) {
  utf32_decode(bytes, size, false, units, width);
}
static void fill_utf32_big(const uint8_t *bytes, size_t size, void *units, int width) {
  utf32_decode(bytes, size, true, units, width);
}
static void fill_ascii(const uint8_t *bytes, size_t size, void *units, [[maybe_unused]] int width) {
  memcpy(units, bytes, size);
}

static Value decode_part(const uint8_t *bytes, const UtfScan *scan, Fill *fill) {
  if (scan->length == 0) return str_from_units(NULL, 1, 0);
  if (scan->length == 1) {
    uint32_t unit = 0;
    fill(bytes, scan->size, &unit, 4);
    return str_from_character(scan->maximum < 0x80 ? bytes[0] | unit : unit);
  }
  Str *text = str_allocate(scan->length, scan->maximum);
  if (!text) return NULL;
  fill(bytes, scan->size, text->data, str_width(text));
  return value_from_cell(text);
}

// Scans up to each error, decodes what is good, lets the handler deal with what is not.
static Value decode_scanning(Decode *state, Scan *scan_more, Fill *fill) {
  size_t began = state->at;
  while (state->at < state->size) {
    UtfScan scan = scan_more(state->bytes + state->at, state->size - state->at);
    if (scan.size > 0) {
      Value part = decode_part(state->bytes + state->at, &scan, fill);
      if (!part) return NULL;
      bool whole = state->at == began && scan.status == UTF_OK;
      state->at += scan.size;
      if (whole && state->out.length == 0) {
        KEEP(state->owner);
        return part;
      }
      str_builder_add(&state->out, part);
    }
    if (scan.status == UTF_OK || (!state->final && scan.incomplete)) break;
    if (!decode_error(state, state->at, state->at + scan.bad_size, utf_reason(scan.status))) return NULL;
  }
  return decode_finish(state);
}

Value decode_utf8(Decode *state) {
  return decode_scanning(state, scan_utf8, utf8_decode);
}
Value decode_ascii(Decode *state) {
  return decode_scanning(state, scan_ascii, fill_ascii);
}
Value decode_latin1(Decode *state) {
  Value text = str_from_latin1(state->bytes + state->at, state->size - state->at);
  state->at = state->size;
  KEEP(state->owner);
  return text;
}

Value decode_utf16(Decode *state, int *byte_order) {
  const uint8_t *bytes = state->bytes;
  if (*byte_order == 0 && state->size >= 2) {
    if (bytes[0] == 0xff && bytes[1] == 0xfe) *byte_order = -1;
    if (bytes[0] == 0xfe && bytes[1] == 0xff) *byte_order = 1;
    if (*byte_order != 0) state->at = 2;
  }
  bool big = *byte_order > 0;
  state->encoding = big ? "utf-16-be" : "utf-16-le";
  return decode_scanning(state, big ? scan_utf16_big : scan_utf16_little, big ? fill_utf16_big : fill_utf16_little);
}

Value decode_utf32(Decode *state, int *byte_order) {
  const uint8_t *bytes = state->bytes;
  if (*byte_order == 0 && state->size >= 4) {
    if (memcmp(bytes, "\xff\xfe\0\0", 4) == 0) *byte_order = -1;
    if (memcmp(bytes, "\0\0\xfe\xff", 4) == 0) *byte_order = 1;
    if (*byte_order != 0) state->at = 4;
  }
  bool big = *byte_order > 0;
  state->encoding = big ? "utf-32-be" : "utf-32-le";
  return decode_scanning(state, big ? scan_utf32_big : scan_utf32_little, big ? fill_utf32_big : fill_utf32_little);
}

Value decode_utf7(Decode *state) {
  if (state->size > SIZE_MAX / 8) return raise_memory_error();
  uint32_t *units = malloc((state->size + 1) * sizeof *units);
  if (!units) return raise_memory_error();
  size_t capacity = state->size;
  bool good = true;
  while (good && state->at < state->size) {
    if (state->size > capacity) { // a handler has replaced the input
      uint32_t *more = realloc(units, (state->size + 1) * sizeof *units);
      if (!more) {
        free(units);
        return raise_memory_error();
      }
      units = more;
      capacity = state->size;
    }
    Utf7Result result = utf7_decode(state->bytes + state->at, state->size - state->at, state->final, units);
    Value part = str_from_ucs4(units, result.length);
    good = part != NULL;
    if (!good) break;
    str_builder_add(&state->out, part);
    if (!result.reason) {
      state->at += result.consumed;
      break;
    }
    good = decode_error(state, state->at + result.bad_start, state->at + result.bad_end, result.reason);
  }
  free(units);
  return good ? decode_finish(state) : NULL;
}

// ---- Encoding ----

// One of the UTFs: how to measure, how to write.
typedef size_t Measure(const void *units, int width, size_t length, bool surrogates, size_t *valid);
typedef uint8_t *Write(const void *units, int width, size_t length, uint8_t *out);
typedef struct Utf {
  const char *name;
  Measure *measure;
  Write *write;
  int unit;  // bytes: replacements must be a whole number of them
  bool runs; // several surrogates in a row are one error
} Utf;

static Value encode_utf(Value text, const char *errors, const Utf *utf, const char *mark) {
  const Str *source = value_as_str(text);
  int width = str_width(source);
  size_t valid, mark_size = mark ? (size_t)utf->unit : 0;
  size_t size = utf->measure(source->data, width, source->length, false, &valid);
  if (valid == source->length) {
    Bytes *bytes = bytes_allocate(mark_size + size);
    if (!bytes) return NULL;
    if (mark) memcpy(bytes->data, mark, mark_size);
    utf->write(source->data, width, source->length, bytes->data + mark_size);
    KEEP(text);
    return value_from_cell(bytes);
  }
  static const char reason[] = "surrogates not allowed";
  Encode state;
  encode_start(&state, utf->name, errors, text);
  if (mark) encode_add(&state, mark, mark_size);
  while (!state.failed) {
    const uint8_t *units = source->data + state.at * (size_t)width;
    size = utf->measure(units, width, source->length - state.at, false, &valid);
    uint8_t *out = encode_reserve(&state, size);
    if (!out) break;
    utf->write(units, width, valid, out);
    state.length += size;
    state.at += valid;
    if (state.at >= source->length) break;
    size_t start = state.at, end = start + 1;
    while (utf->runs && end < source->length && unicode_is_surrogate(str_character(source, end))) end++;
    Value replacement;
    if (!encode_error(&state, start, end, reason, &replacement)) break;
    if (value_is_bytes(replacement)) {
      const Bytes *bytes = value_as_bytes(replacement);
      if (bytes->length % (size_t)utf->unit != 0)
        encode_give_up(&state, start, end, reason);
      else
        encode_add(&state, bytes->data, bytes->length);
    } else {
      const Str *added = value_as_str(replacement);
      if (!str_is_ascii(added)) {
        encode_give_up(&state, start, end, reason);
      } else {
        out = encode_reserve(&state, added->length * (size_t)utf->unit);
        if (out) utf->write(added->data, 1, added->length, out);
        state.length += added->length * (size_t)utf->unit;
      }
    }
  }
  return encode_finish(&state);
}

static uint8_t *write_utf16_little(const void *units, int width, size_t length, uint8_t *out) {
  return utf16_encode(units, width, length, false, out);
}
static uint8_t *write_utf16_big(const void *units, int width, size_t length, uint8_t *out) {
  return utf16_encode(units, width, length, true, out);
}
static uint8_t *write_utf32_little(const void *units, int width, size_t length, uint8_t *out) {
  return utf32_encode(units, width, length, false, out);
}
static uint8_t *write_utf32_big(const void *units, int width, size_t length, uint8_t *out) {
  return utf32_encode(units, width, length, true, out);
}

Value encode_utf8(Value text, const char *errors) {
  static const Utf utf8 = {"utf-8", utf8_encoded_size, utf8_encode, 1, true};
  const Str *source = value_as_str(text);
  if (str_is_ascii(source)) return bytes_new(source->data, source->length);
  return encode_utf(text, errors, &utf8, NULL);
}

Value encode_utf16(Value text, const char *errors, int byte_order) {
  static const Utf native = {"utf-16", utf16_encoded_size, write_utf16_little, 2, false};
  static const Utf little = {"utf-16-le", utf16_encoded_size, write_utf16_little, 2, false};
  static const Utf big = {"utf-16-be", utf16_encoded_size, write_utf16_big, 2, false};
  if (byte_order == 0) return encode_utf(text, errors, &native, "\xff\xfe");
  return encode_utf(text, errors, byte_order < 0 ? &little : &big, NULL);
}

Value encode_utf32(Value text, const char *errors, int byte_order) {
  static const Utf native = {"utf-32", utf32_encoded_size, write_utf32_little, 4, false};
  static const Utf little = {"utf-32-le", utf32_encoded_size, write_utf32_little, 4, false};
  static const Utf big = {"utf-32-be", utf32_encoded_size, write_utf32_big, 4, false};
  if (byte_order == 0) return encode_utf(text, errors, &native, "\xff\xfe\0");
  return encode_utf(text, errors, byte_order < 0 ? &little : &big, NULL);
}

Value encode_utf7(Value text) {
  const Str *source = value_as_str(text);
  Bytes *bytes = bytes_allocate(utf7_encode(source->data, str_width(source), source->length, NULL));
  if (!bytes) return NULL;
  utf7_encode(source->data, str_width(source), source->length, bytes->data);
  KEEP(text);
  return value_from_cell(bytes);
}

// ASCII and Latin-1: characters below the limit are bytes.
static Value encode_below(Value text, const char *errors, uint32_t limit, const char *encoding, const char *reason) {
  const Str *source = value_as_str(text);
  int width = str_width(source);
  if (str_is_ascii(source) || (limit == 0x100 && width == 1)) return bytes_new(source->data, source->length);
  Encode state;
  encode_start(&state, encoding, errors, text);
  while (!state.failed && state.at < source->length) {
    const uint8_t *units = source->data + state.at * (size_t)width;
    size_t good = utf_prefix_below(units, width, source->length - state.at, limit);
    uint8_t *out = encode_reserve(&state, good);
    if (!out) break;
    for (size_t i = 0; i < good; i++) out[i] = (uint8_t)utf_unit(units, width, i);
    state.length += good;
    state.at += good;
    if (state.at >= source->length) break;
    size_t start = state.at, end = start + 1;
    while (end < source->length && str_character(source, end) >= limit) end++;
    Value replacement;
    if (!encode_error(&state, start, end, reason, &replacement)) break;
    if (value_is_bytes(replacement)) {
      encode_add(&state, value_as_bytes(replacement)->data, value_as_bytes(replacement)->length);
      continue;
    }
    const Str *added = value_as_str(replacement);
    for (size_t i = 0; i < added->length && !state.failed; i++) {
      uint32_t character = str_character(added, i);
      uint8_t byte = (uint8_t)character;
      if (character >= limit)
        encode_give_up(&state, start, end, reason);
      else
        encode_add(&state, &byte, 1);
    }
  }
  return encode_finish(&state);
}

Value encode_ascii(Value text, const char *errors) {
  return encode_below(text, errors, 0x80, "ascii", "ordinal not in range(128)");
}
Value encode_latin1(Value text, const char *errors) {
  return encode_below(text, errors, 0x100, "latin-1", "ordinal not in range(256)");
}
