// The codecs of East Asia as data: how each takes bytes apart and puts them together, one character at a time.
//
// A codec has no state but the eight bytes that it is handed, which begin and end with `multibyte_start`: an encoding
// that switches its sets notes there which ones are in use. The objects of Python are in _multibytecodec.c.
#pragma once

#include "runtime/module/charset.h"
#include "runtime/object/codec_internal.h"

typedef struct MultibyteState {
  uint8_t bytes[8];
} MultibyteState;

typedef struct MultibyteCodec MultibyteCodec;

// Decodes what stands at `bytes`. Above 0: how many bytes that took; its characters (or none) are in `out`. 0: it is
// incomplete. Below 0: so many bytes are illegal.
typedef ptrdiff_t MultibyteDecoder(const MultibyteCodec *codec, MultibyteState *state, const uint8_t *bytes,
                                   size_t size, StrBuilder *out);
// Encodes the character `at`. Above 0: how many characters that took. 0: the one that follows has to be known (never
// when `final`). Below 0: there is no code for it.
typedef ptrdiff_t MultibyteEncoder(const MultibyteCodec *codec, MultibyteState *state, const Str *text, size_t at,
                                   bool final, Encode *out);

enum { MULTIBYTE_MOST_SETS = 3 };

// A set of an encoding with escape sequences (multibyte_switch.c).
typedef struct Designation {
  uint8_t mark;       // what the state notes: the final letter, with the high bit set where a character has two bytes
  uint8_t place;      // 0 to 2: G0 to G2
  const char *escape; // behind ESC
  uint8_t kind;       // see multibyte_switch.c
  CharsetId set;
} Designation;

struct MultibyteCodec {
  const char *module, *name;
  MultibyteDecoder *decode;
  MultibyteEncoder *encode;
  CharsetId sets[MULTIBYTE_MOST_SETS];
  const Designation *designations; // ends with {}
  bool shifts;                     // SO and SI switch between G1 and G0
};

extern const MultibyteCodec multibyte_codecs[]; // ends with {}

// Makes sure that all sets of the codec are there. False: an exception is pending.
bool multibyte_load(const MultibyteCodec *codec);
void multibyte_start(const MultibyteCodec *codec, MultibyteState *state, bool decodes);
// Adds what takes the encoding back to its beginning.
void multibyte_finish(const MultibyteCodec *codec, MultibyteState *state, Encode *out);

// Those that switch their sets.
MultibyteDecoder hz_decode, iso2022_decode;
MultibyteEncoder hz_encode, iso2022_encode;
extern const Designation iso2022_kr_sets[], iso2022_jp_sets[], iso2022_jp_1_sets[], iso2022_jp_2_sets[],
    iso2022_jp_2004_sets[], iso2022_jp_3_sets[], iso2022_jp_ext_sets[];

// A set that multibyte_load has seen.
const Charset *multibyte_set(CharsetId id);
static inline void encode_add_byte(Encode *out, uint8_t byte) {
  encode_add(out, &byte, 1);
}
static inline void encode_add_code(Encode *out, uint16_t code) {
  encode_add(out, (uint8_t[]){(uint8_t)(code >> 8), (uint8_t)code}, 2);
}
// Adds what charset_decode gave: one character or two.
void multibyte_add(StrBuilder *out, const Charset *set, uint32_t found);
// The code of the character, or of the pair that begins `at`; *count: how many characters. `count` 0: the next one has
// to be known. Code 0: there is none.
uint16_t multibyte_code(const Charset *set, const Str *text, size_t at, bool final, ptrdiff_t *count);
