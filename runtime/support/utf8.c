/* UTF-8: validation, decoding, encoding. Runs of ASCII, the usual case, are handled in blocks that the compiler
 * vectorizes. */
#include "runtime/support/utf8.h"
#include <string.h>

const char *utf_reason(UtfStatus status) {
  static const char *const REASONS[] = {
      [UTF_OK] = "",
      [UTF_INVALID_START] = "invalid start byte",
      [UTF_INVALID_CONTINUATION] = "invalid continuation byte",
      [UTF_UNEXPECTED_END] = "unexpected end of data",
      [UTF_TRUNCATED] = "truncated data",
      [UTF_ILLEGAL_ENCODING] = "illegal encoding",
      [UTF_ILLEGAL_SURROGATE] = "illegal UTF-16 surrogate",
      [UTF_SURROGATE_RANGE] = "code point in surrogate code point range(0xd800, 0xe000)",
      [UTF_OUT_OF_RANGE] = "code point not in range(0x110000)",
      [UTF_NOT_ASCII] = "ordinal not in range(128)",
  };
  return REASONS[status];
}

enum { BLOCK = 32 };

/* Whether a block has a byte above 0x7F. */
static inline bool block_has_high(const uint8_t *bytes) {
  uint64_t words[BLOCK / 8];
  memcpy(words, bytes, sizeof words);
  return ((words[0] | words[1] | words[2] | words[3]) & 0x8080808080808080) != 0;
}

size_t ascii_prefix(const uint8_t *bytes, size_t size) {
  size_t i = 0;
  while (size - i >= BLOCK && !block_has_high(bytes + i)) i += BLOCK;
  for (; size - i >= 8; i += 8) {
    uint64_t word;
    memcpy(&word, bytes + i, sizeof word);
    word &= 0x8080808080808080;
    if (word) return i + (size_t)__builtin_ctzll(word) / 8;
  }
  while (i < size && bytes[i] < 0x80) i++;
  return i;
}

static inline bool is_continuation(uint8_t byte) {
  return (byte & 0xC0) == 0x80;
}

/* The range of second bytes that may follow a first byte of three or four: it excludes overlong forms, surrogates and
 * what is above U+10FFFF. */
static inline bool second_byte_fits(uint8_t first, uint8_t second, bool surrogates) {
  uint8_t low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  uint8_t high = first == 0xED && !surrogates ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  return second >= low && second <= high;
}

/* Decodes the sequence at p, which does not start with ASCII. Returns its length, or 0 with status and *bad_size set.
 */
static inline size_t check_sequence(const uint8_t *p, size_t rest, bool surrogates, uint32_t *code_point,
                                    UtfScan *scan) {
  uint8_t first = p[0];
  if (first < 0xC2 || first > 0xF4) {
    scan->status = UTF_INVALID_START;
    scan->bad_size = 1;
    return 0;
  }
  size_t needed = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  uint32_t value = first & (0xFFu >> (needed + 1));
  for (size_t i = 1; i < needed; i++) {
    if (i == rest) {
      scan->status = UTF_UNEXPECTED_END;
      scan->bad_size = rest;
      scan->incomplete = true;
      return 0;
    }
    /* A surrogate is only let through whole. */
    bool fits = i == 1 ? second_byte_fits(first, p[1], surrogates && rest >= 3 && is_continuation(p[2])) : true;
    if (!is_continuation(p[i]) || !fits) {
      scan->status = UTF_INVALID_CONTINUATION;
      scan->bad_size = i;
      scan->incomplete = first == 0xED && rest == 2 && is_continuation(p[1]);
      return 0;
    }
    value = value << 6 | (p[i] & 0x3F);
  }
  *code_point = value;
  return needed;
}

UtfScan utf8_scan(const uint8_t *bytes, size_t size, bool surrogates) {
  UtfScan scan = {.status = UTF_OK};
  size_t i = 0, length = 0;
  uint32_t maximum = 0;
  while (i < size) {
    uint8_t first = bytes[i];
    if (first < 0x80) {
      /* A run that ends within eight bytes is not worth a call. */
      uint64_t word;
      size_t run = 1;
      if (size - i >= 8 && (memcpy(&word, bytes + i, 8), (word & 0x8080808080808080) == 0))
        run = 8 + ascii_prefix(bytes + i + 8, size - i - 8);
      i += run;
      length += run;
      if (maximum < 0x7F) maximum = 0x7F;
      continue;
    }
    uint32_t code_point;
    if (first >= 0xC2 && first < 0xE0 && size - i >= 2 && is_continuation(bytes[i + 1])) {
      code_point = (first & 0x1Fu) << 6 | (bytes[i + 1] & 0x3F);
      i += 2;
    } else {
      size_t used = check_sequence(bytes + i, size - i, surrogates, &code_point, &scan);
      if (used == 0) break;
      i += used;
    }
    length++;
    if (code_point > maximum) maximum = code_point;
  }
  scan.size = i;
  scan.length = length;
  scan.maximum = maximum;
  return scan;
}

uint32_t utf8_next(const uint8_t **bytes) {
  const uint8_t *p = *bytes;
  if (p[0] < 0x80) {
    *bytes = p + 1;
    return p[0];
  }
  if (p[0] < 0xE0) {
    *bytes = p + 2;
    return (p[0] & 0x1Fu) << 6 | (p[1] & 0x3F);
  }
  if (p[0] < 0xF0) {
    *bytes = p + 3;
    return (p[0] & 0xFu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3F);
  }
  *bytes = p + 4;
  return (p[0] & 7u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3F);
}

void utf8_decode(const uint8_t *bytes, size_t size, void *units, int width) {
  const uint8_t *end = bytes + size;
  switch (width) {
  case 1: {
    uint8_t *out = units;
    while (bytes < end) {
      size_t run = ascii_prefix(bytes, (size_t)(end - bytes));
      memcpy(out, bytes, run);
      out += run;
      bytes += run;
      while (bytes < end && *bytes >= 0x80) *out++ = (uint8_t)utf8_next(&bytes);
    }
    return;
  }
  case 2: {
    uint16_t *out = units;
    while (bytes < end) {
      for (; end - bytes >= BLOCK && !block_has_high(bytes); bytes += BLOCK, out += BLOCK) {
        for (int i = 0; i < BLOCK; i++) out[i] = bytes[i];
      }
      for (const uint8_t *stop = end - bytes > BLOCK ? bytes + BLOCK : end; bytes < stop;)
        *out++ = (uint16_t)utf8_next(&bytes);
    }
    return;
  }
  default: {
    uint32_t *out = units;
    while (bytes < end) *out++ = utf8_next(&bytes);
    return;
  }
  }
}

int utf8_encode_one(uint32_t code_point, uint8_t out[4]) {
  if (code_point < 0x80) {
    out[0] = (uint8_t)code_point;
    return 1;
  }
  if (code_point < 0x800) {
    out[0] = (uint8_t)(0xC0 | code_point >> 6);
    out[1] = (uint8_t)(0x80 | (code_point & 0x3F));
    return 2;
  }
  if (code_point < 0x10000) {
    out[0] = (uint8_t)(0xE0 | code_point >> 12);
    out[1] = (uint8_t)(0x80 | (code_point >> 6 & 0x3F));
    out[2] = (uint8_t)(0x80 | (code_point & 0x3F));
    return 3;
  }
  out[0] = (uint8_t)(0xF0 | code_point >> 18);
  out[1] = (uint8_t)(0x80 | (code_point >> 12 & 0x3F));
  out[2] = (uint8_t)(0x80 | (code_point >> 6 & 0x3F));
  out[3] = (uint8_t)(0x80 | (code_point & 0x3F));
  return 4;
}

size_t utf8_encoded_size(const void *units, int width, size_t length, bool surrogates, size_t *valid) {
  size_t size = 0, i = 0;
  if (width == 1) {
    const uint8_t *bytes = units;
    size = length;
    for (i = 0; i < length; i++) size += bytes[i] >> 7;
  }
  for (; i < length; i++) {
    uint32_t unit = utf_unit(units, width, i);
    if (!surrogates && (unit & 0xFFFFF800) == 0xD800) break;
    size += 1 + (unit >= 0x80) + (unit >= 0x800) + (unit >= 0x10000);
  }
  if (valid) *valid = i;
  return size;
}

uint8_t *utf8_encode(const void *units, int width, size_t length, uint8_t *out) {
  size_t i = 0;
  while (i < length) {
    if (width == 1) {
      size_t run = ascii_prefix((const uint8_t *)units + i, length - i);
      memcpy(out, (const uint8_t *)units + i, run);
      out += run;
      i += run;
      if (i == length) break;
    }
    out += utf8_encode_one(utf_unit(units, width, i++), out);
  }
  return out;
}

uint32_t utf_maximum(const void *units, int width, size_t length) {
  switch (width) {
  case 1: {
    uint8_t maximum = 0;
    for (size_t i = 0; i < length; i++) {
      uint8_t unit = ((const uint8_t *)units)[i];
      maximum = unit > maximum ? unit : maximum;
    }
    return maximum;
  }
  case 2: {
    uint16_t maximum = 0;
    for (size_t i = 0; i < length; i++) {
      uint16_t unit = ((const uint16_t *)units)[i];
      maximum = unit > maximum ? unit : maximum;
    }
    return maximum;
  }
  default: {
    uint32_t maximum = 0;
    for (size_t i = 0; i < length; i++) {
      uint32_t unit = ((const uint32_t *)units)[i];
      maximum = unit > maximum ? unit : maximum;
    }
    return maximum;
  }
  }
}

size_t utf_prefix_below(const void *units, int width, size_t length, uint32_t limit) {
  if (width == 1) {
    if (limit > 0xFF) return length;
    if (limit == 0x80) return ascii_prefix(units, length);
  }
  size_t i = 0;
  while (i < length && utf_unit(units, width, i) < limit) i++;
  return i;
}
