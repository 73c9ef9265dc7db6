// The coded character sets of East Asia, from which the multibyte codecs are made: two bytes to a character and back.
//
// A set is read from libc's iconv when it is first asked for, and then stays: one table for each direction. Where
// CPython's tables differ from libc's, a short list of corrections says so (charset.c). The bytes are those of the
// encoding that the set is read from: with high bits set where a codec has seven bits (JISX0208 as in EUC-JP).
//
// Threads: a table is published once, complete, and never changes after that.
#pragma once

#include "runtime/value.h"

typedef enum CharsetId : uint8_t {
  CHARSET_NONE,
  CHARSET_GB2312,
  CHARSET_GBK,
  CHARSET_GB18030, // its codes of two bytes
  CHARSET_BIG5,
  CHARSET_CP950,
  CHARSET_BIG5HKSCS,
  CHARSET_KSX1001,
  CHARSET_CP949,
  CHARSET_JOHAB,
  CHARSET_JISX0208,
  CHARSET_JISX0212,
  CHARSET_JISX0212_2000, // as it is used beside JISX0213_2000
  CHARSET_JISX0213_2000, // the first plane, in both editions
  CHARSET_JISX0213_2004,
  CHARSET_JISX0213_2000_SWITCHED, // the same in encodings with escape sequences
  CHARSET_JISX0213_2004_SWITCHED,
  CHARSET_JISX0213_2_2000, // the second plane
  CHARSET_JISX0213_2,
  CHARSET_CP932,
  CHARSET_SHIFT_JIS,
  CHARSET_SHIFT_JISX0213,
  CHARSET_SHIFT_JIS_2004,
  CHARSET_ISO8859_7, // one byte: the code is 0x8000 | byte
  CHARSET_COUNT
} CharsetId;

enum { CHARSET_MOST_PAIRS = 32, CHARSET_CODES = 0x8000, CHARSET_PAGES = 0x300 };

// Two characters that one code stands for.
typedef struct CharsetPair {
  uint16_t first, second, code;
} CharsetPair;

typedef struct Charset {
  uint32_t characters[CHARSET_CODES];   // by code - 0x8000; 0: none; with CHARSET_PAIR: the number of a pair
  const uint16_t *pages[CHARSET_PAGES]; // codes by character; 0: none; NULL: a page without any
  CharsetPair pairs[CHARSET_MOST_PAIRS];
  size_t pair_count;
} Charset;

constexpr uint32_t CHARSET_PAIR = 1u << 31;
constexpr uint32_t CHARSET_LATER = 1; // what only a later edition has: both bytes are illegal together

// The set; NULL: libc has no such encoding, or memory is out (an exception is pending).
const Charset *charset_get(CharsetId id);

// What `lead` (0x80 and above) and `trail` stand for: a character, CHARSET_PAIR | number, CHARSET_LATER, or 0.
static inline uint32_t charset_decode(const Charset *set, uint8_t lead, uint8_t trail) {
  return set->characters[(lead & 0x7f) << 8 | trail];
}
// The code of a character, 0 if it has none.
static inline uint16_t charset_encode(const Charset *set, uint32_t character) {
  const uint16_t *page = character >> 8 < CHARSET_PAGES ? set->pages[character >> 8] : NULL;
  return page ? page[character & 0xff] : 0;
}
// The pair's code, 0 if there is none. `second` zero: of any pair that begins so.
uint16_t charset_encode_pair(const Charset *set, uint32_t first, uint32_t second);
