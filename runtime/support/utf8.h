/* UTF-8, as CPython's codec reads and writes it, and what other modules need to know of code units.
 *
 * Decoding is in two steps, so that the caller can choose the storage: utf8_scan validates up to the first error and
 * says how many code points there are and the largest; utf8_decode then fills units of 1, 2 or 4 bytes. Encoding
 * likewise: utf8_encoded_size, then utf8_encode. No heap, no locks.
 */
#ifndef KRAIT_SUPPORT_UTF8_H
#define KRAIT_SUPPORT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  UTF_OK,
  UTF_INVALID_START,        /* UTF-8 */
  UTF_INVALID_CONTINUATION, /* UTF-8 */
  UTF_UNEXPECTED_END,       /* UTF-8, UTF-16 */
  UTF_TRUNCATED,            /* UTF-16, UTF-32: not a whole number of units */
  UTF_ILLEGAL_ENCODING,     /* UTF-16: a low surrogate without a high one */
  UTF_ILLEGAL_SURROGATE,    /* UTF-16: a high surrogate without a low one */
  UTF_SURROGATE_RANGE,      /* UTF-32 */
  UTF_OUT_OF_RANGE,         /* UTF-32 */
  UTF_NOT_ASCII,            /* ASCII */
} UtfStatus;

/* The reason in UnicodeDecodeError's words. */
const char *utf_reason(UtfStatus status);

typedef struct {
  size_t size;      /* bytes of valid input before the first error (all of it if UTF_OK) */
  size_t length;    /* code points in them */
  uint32_t maximum; /* the largest of them; 0x7F if all are ASCII, 0 if there are none */
  UtfStatus status;
  size_t bad_size; /* bytes of the bad sequence: UnicodeDecodeError's end is size + bad_size */
  bool incomplete; /* more input could make the bad sequence good: an incremental decoder keeps it */
} UtfScan;

/* How many leading bytes are ASCII. */
size_t ascii_prefix(const uint8_t *bytes, size_t size);

/* Validates. With `surrogates`, encoded surrogates are accepted (the "surrogatepass" reading). */
UtfScan utf8_scan(const uint8_t *bytes, size_t size, bool surrogates);

/* Decodes valid input (`size` as found by utf8_scan) to units of `width` 1, 2 or 4 bytes, which must hold its maximum.
 */
void utf8_decode(const uint8_t *bytes, size_t size, void *units, int width);

/* Decodes one code point of valid input and steps over it. */
uint32_t utf8_next(const uint8_t **bytes);

/* Bytes needed to encode units. Stops at the first surrogate unless `surrogates`; *valid is how many units were
 * counted. */
size_t utf8_encoded_size(const void *units, int width, size_t length, bool surrogates, size_t *valid);

/* Encodes units (surrogates as three bytes); returns the end of what was written. */
uint8_t *utf8_encode(const void *units, int width, size_t length, uint8_t *out);

/* Encodes one code point in one to four bytes and returns how many. */
int utf8_encode_one(uint32_t code_point, uint8_t out[4]);

/* The largest of the units, 0 if there are none. */
uint32_t utf_maximum(const void *units, int width, size_t length);

/* How many leading units are below the limit: 0x80 to encode ASCII, 0x100 for Latin-1. */
size_t utf_prefix_below(const void *units, int width, size_t length, uint32_t limit);

/* The narrowest width that holds a code point. */
static inline int utf_width(uint32_t maximum) {
  return maximum < 0x100 ? 1 : maximum < 0x10000 ? 2 : 4;
}

static inline uint32_t utf_unit(const void *units, int width, size_t index) {
  switch (width) {
  case 1:
    return ((const uint8_t *)units)[index];
  case 2:
    return ((const uint16_t *)units)[index];
  default:
    return ((const uint32_t *)units)[index];
  }
}

#ifdef __cplusplus
}
#endif
#endif
