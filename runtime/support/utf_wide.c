/* UTF-16 and UTF-32. */
#include "runtime/support/utf_wide.h"
#include <string.h>

static inline uint32_t load16(const uint8_t *p, bool big_endian) {
  return big_endian ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static inline uint32_t load32(const uint8_t *p, bool big_endian) {
  uint32_t value;
  memcpy(&value, p, sizeof value);
  return big_endian ? __builtin_bswap32(value) : value;
}

static inline uint8_t *store16(uint8_t *p, uint32_t value, bool big_endian) {
  p[big_endian] = (uint8_t)value;
  p[!big_endian] = (uint8_t)(value >> 8);
  return p + 2;
}

static inline uint8_t *store32(uint8_t *p, uint32_t value, bool big_endian) {
  if (big_endian) value = __builtin_bswap32(value);
  memcpy(p, &value, sizeof value);
  return p + 4;
}

static inline void store_unit(void *units, int width, size_t index, uint32_t code_point) {
  switch (width) {
  case 1:
    ((uint8_t *)units)[index] = (uint8_t)code_point;
    break;
  case 2:
    ((uint16_t *)units)[index] = (uint16_t)code_point;
    break;
  default:
    ((uint32_t *)units)[index] = code_point;
    break;
  }
}

static inline bool is_surrogate(uint32_t unit) {
  return (unit & 0xFFFFF800) == 0xD800;
}
static inline bool is_high(uint32_t unit) {
  return (unit & 0xFFFFFC00) == 0xD800;
}
static inline bool is_low(uint32_t unit) {
  return (unit & 0xFFFFFC00) == 0xDC00;
}

static inline uint32_t join(uint32_t high, uint32_t low) {
  return 0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF);
}

static UtfScan failed(UtfScan scan, UtfStatus status, size_t bad_size, bool incomplete) {
  scan.status = status;
  scan.bad_size = bad_size;
  scan.incomplete = incomplete;
  return scan;
}

UtfScan utf16_scan(const uint8_t *bytes, size_t size, bool big_endian) {
  UtfScan scan = {.status = UTF_OK};
  while (size - scan.size >= 2) {
    size_t rest = size - scan.size;
    uint32_t code_point = load16(bytes + scan.size, big_endian);
    size_t used = 2;
    if (is_surrogate(code_point)) {
      if (is_low(code_point)) return failed(scan, UTF_ILLEGAL_ENCODING, 2, false);
      if (rest < 4) return failed(scan, UTF_UNEXPECTED_END, rest, true);
      uint32_t low = load16(bytes + scan.size + 2, big_endian);
      if (!is_low(low)) return failed(scan, UTF_ILLEGAL_SURROGATE, 2, false);
      code_point = join(code_point, low);
      used = 4;
    }
    scan.size += used;
    scan.length++;
    if (code_point > scan.maximum) scan.maximum = code_point;
  }
  return scan.size < size ? failed(scan, UTF_TRUNCATED, 1, true) : scan;
}

UtfScan utf32_scan(const uint8_t *bytes, size_t size, bool big_endian) {
  UtfScan scan = {.status = UTF_OK};
  for (; size - scan.size >= 4; scan.size += 4, scan.length++) {
    uint32_t code_point = load32(bytes + scan.size, big_endian);
    if (is_surrogate(code_point)) return failed(scan, UTF_SURROGATE_RANGE, 4, false);
    if (code_point > 0x10FFFF) return failed(scan, UTF_OUT_OF_RANGE, 4, false);
    if (code_point > scan.maximum) scan.maximum = code_point;
  }
  return scan.size < size ? failed(scan, UTF_TRUNCATED, size - scan.size, true) : scan;
}

void utf16_decode(const uint8_t *bytes, size_t size, bool big_endian, void *units, int width) {
  size_t index = 0;
  for (size_t i = 0; i < size; i += 2) {
    uint32_t code_point = load16(bytes + i, big_endian);
    if (is_high(code_point)) {
      i += 2;
      code_point = join(code_point, load16(bytes + i, big_endian));
    }
    store_unit(units, width, index++, code_point);
  }
}

void utf32_decode(const uint8_t *bytes, size_t size, bool big_endian, void *units, int width) {
  for (size_t i = 0; i < size / 4; i++) store_unit(units, width, i, load32(bytes + 4 * i, big_endian));
}

size_t utf16_encoded_size(const void *units, int width, size_t length, bool surrogates, size_t *valid) {
  size_t size = 2 * length;
  if (width > 1) {
    size = 0;
    for (size_t i = 0; i < length; i++) {
      uint32_t unit = utf_unit(units, width, i);
      if (!surrogates && is_surrogate(unit)) {
        length = i;
        break;
      }
      size += unit < 0x10000 ? 2 : 4;
    }
  }
  *valid = length;
  return size;
}

size_t utf32_encoded_size(const void *units, int width, size_t length, bool surrogates, size_t *valid) {
  *valid = 0;
  if (width == 1 || surrogates) *valid = length;
  while (*valid < length && !is_surrogate(utf_unit(units, width, *valid))) ++*valid;
  return 4 * *valid;
}

uint8_t *utf16_encode(const void *units, int width, size_t length, bool big_endian, uint8_t *out) {
  for (size_t i = 0; i < length; i++) {
    uint32_t unit = utf_unit(units, width, i);
    if (unit >= 0x10000) {
      out = store16(out, 0xD800 + ((unit - 0x10000) >> 10), big_endian);
      unit = 0xDC00 + (unit & 0x3FF);
    }
    out = store16(out, unit, big_endian);
  }
  return out;
}

uint8_t *utf32_encode(const void *units, int width, size_t length, bool big_endian, uint8_t *out) {
  for (size_t i = 0; i < length; i++) out = store32(out, utf_unit(units, width, i), big_endian);
  return out;
}
