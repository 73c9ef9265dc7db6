/* UTF-7: ASCII, with runs of UTF-16 in base 64 between '+' and '-' (shift sequences). */
#include "runtime/support/utf_7.h"
#include "runtime/support/utf8.h"
#include <string.h>

static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int base64_value(uint8_t byte) {
  if (byte >= 'A' && byte <= 'Z') return byte - 'A';
  if (byte >= 'a' && byte <= 'z') return byte - 'a' + 26;
  if (byte >= '0' && byte <= '9') return byte - '0' + 52;
  return byte == '+' ? 62 : byte == '/' ? 63 : -1;
}

static bool is_high(uint32_t unit) {
  return (unit & 0xFC00) == 0xD800;
}
static bool is_low(uint32_t unit) {
  return (unit & 0xFC00) == 0xDC00;
}

/* A shift sequence being read. */
typedef struct {
  uint32_t bits; /* not yet a whole UTF-16 unit */
  int bit_count;
  uint32_t high; /* a high surrogate that waits for its low one, or 0 */
} Shift;

static size_t take_digit(Shift *shift, int digit, uint32_t *out) {
  shift->bits = shift->bits << 6 | (uint32_t)digit;
  shift->bit_count += 6;
  if (shift->bit_count < 16) return 0;
  shift->bit_count -= 16;
  uint32_t unit = shift->bits >> shift->bit_count, high = shift->high;
  shift->bits &= ((uint32_t)1 << shift->bit_count) - 1;
  shift->high = 0;
  size_t written = 0;
  if (high) {
    if (is_low(unit)) {
      out[0] = 0x10000 + ((high & 0x3FF) << 10) + (unit & 0x3FF);
      return 1;
    }
    out[written++] = high;
  }
  if (is_high(unit))
    shift->high = unit;
  else
    out[written++] = unit;
  return written;
}

/* What is wrong with the bits left over at the end of a shift sequence; NULL if nothing. */
static const char *leftover_error(const Shift *shift) {
  if (shift->bit_count >= 6) return "partial character in shift sequence";
  if (shift->bit_count > 0 && shift->bits != 0) return "non-zero padding bits in shift sequence";
  return NULL;
}

static Utf7Result failed(Utf7Result result, const char *reason, size_t start, size_t end) {
  result.reason = reason;
  result.consumed = result.bad_start = start;
  result.bad_end = end;
  return result;
}

Utf7Result utf7_decode(const uint8_t *bytes, size_t size, bool final, uint32_t *out) {
  Utf7Result result = {.reason = NULL};
  Shift shift = {0};
  bool shifted = false;
  size_t start = 0, start_length = 0; /* of the shift sequence: its '+', and what was written before it */
  size_t i = 0;
  while (i < size) {
    uint8_t byte = bytes[i];
    if (shifted) {
      int digit = base64_value(byte);
      if (digit >= 0) {
        result.length += take_digit(&shift, digit, out + result.length);
        i++;
        continue;
      }
      shifted = false;
      const char *reason = leftover_error(&shift);
      if (reason) return failed(result, reason, start, i + 1);
      if (shift.high && byte < 0x80) out[result.length++] = shift.high;
      if (byte == '-') i++;
      continue;
    }
    if (byte >= 0x80) return failed(result, "unexpected special character", i, i + 1);
    if (byte != '+') {
      out[result.length++] = byte;
      i++;
    } else if (i + 1 < size && bytes[i + 1] == '-') {
      out[result.length++] = '+';
      i += 2;
    } else if (i + 1 < size && base64_value(bytes[i + 1]) < 0) {
      return failed(result, "ill-formed sequence", i, i + 2);
    } else {
      shifted = true;
      shift = (Shift){0};
      start = i++;
      start_length = result.length;
    }
  }
  result.consumed = i;
  if (shifted && final && (shift.high || leftover_error(&shift)))
    return failed(result, "unterminated shift sequence", start, size);
  if (shifted && !final) {
    result.consumed = start;
    result.length = start_length;
  }
  return result;
}

/* Letters, digits, the RFC's sets D and O and white space stand for themselves; '+', '\', '~' and controls do not. */
static bool is_direct(uint32_t code_point) {
  if (code_point >= 0x7F) return false;
  if (code_point < ' ') return code_point == '\t' || code_point == '\n' || code_point == '\r';
  return code_point != '+' && code_point != '\\' && code_point != '~';
}

/* Bytes that are counted, and stored where there is a place. */
typedef struct {
  uint8_t *bytes;
  size_t length;
} Output;

static void put(Output *out, char byte) {
  if (out->bytes) out->bytes[out->length] = (uint8_t)byte;
  out->length++;
}

static void put_unit(Output *out, uint32_t unit, uint64_t *bits, int *bit_count) {
  *bits = (*bits << 16 | unit) & 0xFFFFFFFF;
  for (*bit_count += 16; *bit_count >= 6; *bit_count -= 6) put(out, BASE64[*bits >> (*bit_count - 6) & 63]);
}

size_t utf7_encode(const void *units, int width, size_t length, uint8_t *bytes) {
  Output out = {.bytes = bytes};
  bool shifted = false;
  uint64_t bits = 0;
  int bit_count = 0;
  for (size_t i = 0; i < length; i++) {
    uint32_t code_point = utf_unit(units, width, i);
    if (is_direct(code_point)) {
      if (shifted) {
        if (bit_count) put(&out, BASE64[bits << (6 - bit_count) & 63]);
        if (base64_value((uint8_t)code_point) >= 0 || code_point == '-') put(&out, '-');
        shifted = false;
      }
      put(&out, (char)code_point);
      continue;
    }
    if (!shifted) {
      put(&out, '+');
      if (code_point == '+') {
        put(&out, '-');
        continue;
      }
      shifted = true;
      bit_count = 0;
    }
    if (code_point >= 0x10000) {
      put_unit(&out, 0xD800 + ((code_point - 0x10000) >> 10), &bits, &bit_count);
      code_point = 0xDC00 + (code_point & 0x3FF);
    }
    put_unit(&out, code_point, &bits, &bit_count);
  }
  if (shifted) {
    if (bit_count) put(&out, BASE64[bits << (6 - bit_count) & 63]);
    put(&out, '-');
  }
  return out.length;
}
