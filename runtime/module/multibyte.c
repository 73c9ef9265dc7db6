// The codecs whose bytes say all by themselves: those of one and two bytes, with what some have besides. The table of
// all codecs is at the end.
#include "runtime/module/multibyte.h"
#include "runtime/object/exception.h"
#include "runtime/support/unicode.h"

#include <stdlib.h>
#include <string.h>

static constexpr uint32_t HALF_WIDTH = 0xff61,
                          LAST_HALF_WIDTH = 0xff9f; // katakana, the bytes 0xa1 to 0xdf of JIS X 0201

const Charset *multibyte_set(CharsetId id) {
  return charset_get(id);
}

void multibyte_add(StrBuilder *out, const Charset *set, uint32_t found) {
  if (!(found & CHARSET_PAIR)) {
    str_builder_add_character(out, found);
    return;
  }
  const CharsetPair *pair = &set->pairs[found & ~CHARSET_PAIR];
  str_builder_add_character(out, pair->first);
  str_builder_add_character(out, pair->second);
}

uint16_t multibyte_code(const Charset *set, const Str *text, size_t at, bool final, ptrdiff_t *count) {
  uint32_t character = str_character(text, at);
  *count = 1;
  if (set->pair_count && charset_encode_pair(set, character, 0)) {
    if (at + 1 < text->length) {
      uint16_t code = charset_encode_pair(set, character, str_character(text, at + 1));
      *count = code ? 2 : 1;
      if (code) return code;
    } else if (!final) {
      *count = 0;
    }
  }
  return charset_encode(set, character);
}

// ---- One byte or two ----

static ptrdiff_t decode_code(const Charset *set, const uint8_t *bytes, StrBuilder *out) {
  uint32_t found = charset_decode(set, bytes[0], bytes[1]);
  if (found <= CHARSET_LATER) return found ? -2 : -1;
  multibyte_add(out, set, found);
  return 2;
}
static ptrdiff_t encode_code(const Charset *set, const Str *text, size_t at, bool final, Encode *out) {
  ptrdiff_t count;
  uint16_t code = multibyte_code(set, text, at, final, &count);
  if (count == 0) return 0;
  if (!code) return -1;
  encode_add_code(out, code);
  return count;
}

static ptrdiff_t plain_decode(const MultibyteCodec *codec, MultibyteState *, const uint8_t *bytes, size_t size,
                              StrBuilder *out) {
  if (bytes[0] < 0x80) {
    str_builder_add_character(out, bytes[0]);
    return 1;
  }
  return size < 2 ? 0 : decode_code(multibyte_set(codec->sets[0]), bytes, out);
}
static ptrdiff_t plain_encode(const MultibyteCodec *codec, MultibyteState *, const Str *text, size_t at, bool final,
                              Encode *out) {
  uint32_t character = str_character(text, at);
  if (character >= 0x80) return encode_code(multibyte_set(codec->sets[0]), text, at, final, out);
  encode_add_byte(out, (uint8_t)character);
  return 1;
}

// ---- GB 18030: four bytes for all that has no code of two ----

enum { FOUR_BYTE_COUNT = 39420 };
// The characters below U+10000 that have no code of two bytes, in order: their codes of four bytes count through them.
static const uint16_t *_Atomic four_byte_characters;

static bool four_byte_load(void) {
  if (__c11_atomic_load(&four_byte_characters, __ATOMIC_ACQUIRE)) return true;
  const Charset *set = multibyte_set(CHARSET_GB18030);
  uint16_t *characters = set ? malloc(FOUR_BYTE_COUNT * sizeof *characters) : NULL;
  if (!characters) {
    if (set) raise_memory_error();
    return false;
  }
  size_t count = 0;
  for (uint32_t character = 0x80; character < 0x10000 && count < FOUR_BYTE_COUNT; character++)
    if (!unicode_is_surrogate(character) && !charset_encode(set, character)) characters[count++] = (uint16_t)character;
  const uint16_t *known = NULL;
  if (!__c11_atomic_compare_exchange_strong(&four_byte_characters, &known, characters, __ATOMIC_ACQ_REL,
                                            __ATOMIC_ACQUIRE))
    free(characters);
  return true;
}

static constexpr uint32_t FIRST_SUPPLEMENTARY = (0x90 - 0x81) * 12600; // the number of U+10000's code

static ptrdiff_t gb18030_decode(const MultibyteCodec *codec, MultibyteState *state, const uint8_t *bytes, size_t size,
                                StrBuilder *out) {
  if (bytes[0] < 0x80 || size < 2 || bytes[1] < 0x30 || bytes[1] > 0x39)
    return plain_decode(codec, state, bytes, size, out);
  if (size < 4) return 0;
  if (bytes[0] < 0x81 || bytes[0] > 0xfe || bytes[2] < 0x81 || bytes[2] > 0xfe || bytes[3] < 0x30 || bytes[3] > 0x39)
    return -1;
  uint32_t number = (((bytes[0] - 0x81u) * 10 + bytes[1] - 0x30u) * 126 + bytes[2] - 0x81u) * 10 + bytes[3] - 0x30u;
  if (number < FOUR_BYTE_COUNT)
    str_builder_add_character(out, four_byte_characters[number]);
  else if (number >= FIRST_SUPPLEMENTARY && number < FIRST_SUPPLEMENTARY + 0x100000)
    str_builder_add_character(out, 0x10000 + number - FIRST_SUPPLEMENTARY);
  else
    return -1;
  return 4;
}
static int compare_characters(const void *a, const void *b) {
  return *(const uint16_t *)a - *(const uint16_t *)b;
}
static ptrdiff_t gb18030_encode(const MultibyteCodec *codec, MultibyteState *state, const Str *text, size_t at,
                                bool final, Encode *out) {
  ptrdiff_t count = plain_encode(codec, state, text, at, final, out);
  uint32_t character = str_character(text, at), number;
  if (count > 0 || unicode_is_surrogate(character)) return count;
  if (character >= 0x10000) {
    number = FIRST_SUPPLEMENTARY + character - 0x10000;
  } else {
    const uint16_t *characters = four_byte_characters, key = (uint16_t)character;
    const uint16_t *found = bsearch(&key, characters, FOUR_BYTE_COUNT, sizeof key, compare_characters);
    if (!found) return -1;
    number = (uint32_t)(found - characters);
  }
  uint8_t code[4] = {(uint8_t)(0x81 + number / 12600), (uint8_t)(0x30 + number / 1260 % 10),
                     (uint8_t)(0x81 + number / 10 % 126), (uint8_t)(0x30 + number % 10)};
  encode_add(out, code, sizeof code);
  return 1;
}

// ---- EUC-KR: syllables that KS X 1001 lacks are a filler and three letters ----

static constexpr uint8_t JAMO_ROW = 0xa4, JAMO_FILLER = 0xd4, FIRST_VOWEL = 0xbf;
// The trails of initial and final consonants in the order of Unicode's syllables; the first final is none.
static const uint8_t initials[19] = {0xa1, 0xa2, 0xa4, 0xa7, 0xa8, 0xa9, 0xb1, 0xb2, 0xb3, 0xb5,
                                     0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xbd, 0xbe};
static const uint8_t finals[28] = {JAMO_FILLER, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa9, 0xaa,
                                   0xab,        0xac, 0xad, 0xae, 0xaf, 0xb0, 0xb1, 0xb2, 0xb4, 0xb5,
                                   0xb6,        0xb7, 0xb8, 0xba, 0xbb, 0xbc, 0xbd, 0xbe};
static constexpr uint32_t FIRST_SYLLABLE = 0xac00, LAST_SYLLABLE = 0xd7a3;

static ptrdiff_t index_of(const uint8_t *table, size_t count, uint8_t byte) {
  const uint8_t *found = memchr(table, byte, count);
  return found ? found - table : -1;
}
static ptrdiff_t euc_kr_decode(const MultibyteCodec *codec, MultibyteState *state, const uint8_t *bytes, size_t size,
                               StrBuilder *out) {
  if (size < 2 || bytes[0] != JAMO_ROW || bytes[1] != JAMO_FILLER) return plain_decode(codec, state, bytes, size, out);
  if (size < 8) return 0;
  if (bytes[2] != JAMO_ROW || bytes[4] != JAMO_ROW || bytes[6] != JAMO_ROW) return -1;
  ptrdiff_t initial = index_of(initials, sizeof initials, bytes[3]);
  ptrdiff_t vowel = bytes[5] >= FIRST_VOWEL && bytes[5] < FIRST_VOWEL + 21 ? bytes[5] - FIRST_VOWEL : -1;
  ptrdiff_t last = index_of(finals, sizeof finals, bytes[7]);
  if (initial < 0 || vowel < 0 || last < 0) return -1;
  str_builder_add_character(out, FIRST_SYLLABLE + (uint32_t)((initial * 21 + vowel) * 28 + last));
  return 8;
}
static ptrdiff_t euc_kr_encode(const MultibyteCodec *codec, MultibyteState *state, const Str *text, size_t at,
                               bool final, Encode *out) {
  ptrdiff_t count = plain_encode(codec, state, text, at, final, out);
  uint32_t character = str_character(text, at);
  if (count > 0 || character < FIRST_SYLLABLE || character > LAST_SYLLABLE) return count;
  uint32_t number = character - FIRST_SYLLABLE;
  uint8_t code[8] = {JAMO_ROW, JAMO_FILLER,
                     JAMO_ROW, initials[number / 588],
                     JAMO_ROW, (uint8_t)(FIRST_VOWEL + number / 28 % 21),
                     JAMO_ROW, finals[number % 28]};
  encode_add(out, code, sizeof code);
  return 1;
}

// ---- EUC-JP: 0x8e and half-width katakana, 0x8f and a second set ----

static constexpr uint8_t SINGLE_SHIFT_2 = 0x8e, SINGLE_SHIFT_3 = 0x8f;

static ptrdiff_t euc_jp_decode(const MultibyteCodec *codec, MultibyteState *state, const uint8_t *bytes, size_t size,
                               StrBuilder *out) {
  if (bytes[0] < 0x80 || size < 2) return plain_decode(codec, state, bytes, size, out);
  if (bytes[0] == SINGLE_SHIFT_2) {
    if (bytes[1] < 0xa1 || bytes[1] > 0xdf) return -1;
    str_builder_add_character(out, HALF_WIDTH + bytes[1] - 0xa1);
    return 2;
  }
  if (bytes[0] != SINGLE_SHIFT_3) return decode_code(multibyte_set(codec->sets[0]), bytes, out);
  if (size < 3) return 0;
  if (bytes[1] < 0x80) return -1;
  for (int i = 1; i < MULTIBYTE_MOST_SETS && codec->sets[i]; i++)
    if (decode_code(multibyte_set(codec->sets[i]), bytes + 1, out) > 0) return 3;
  return -1;
}
static ptrdiff_t euc_jp_encode(const MultibyteCodec *codec, MultibyteState *state, const Str *text, size_t at,
                               bool final, Encode *out) {
  ptrdiff_t count = plain_encode(codec, state, text, at, final, out);
  if (count >= 0) return count;
  uint32_t character = str_character(text, at);
  if (character >= HALF_WIDTH && character <= LAST_HALF_WIDTH) {
    encode_add_code(out, (uint16_t)(SINGLE_SHIFT_2 << 8 | (character - HALF_WIDTH + 0xa1)));
    return 1;
  }
  if (codec->sets[0] == CHARSET_JISX0208 && (character == 0xa5 || character == 0x203e)) {
    encode_add_byte(out, character == 0xa5 ? 0x5c : 0x7e);
    return 1;
  }
  for (int i = 1; i < MULTIBYTE_MOST_SETS && codec->sets[i]; i++) {
    uint16_t code = charset_encode(multibyte_set(codec->sets[i]), character);
    if (!code) continue;
    encode_add_byte(out, SINGLE_SHIFT_3);
    encode_add_code(out, code);
    return 1;
  }
  return -1;
}

// ---- Shift JIS: half-width katakana are single bytes ----

// Besides ASCII and katakana: the single bytes of CP932, and of those with yen and overline in ASCII's place.
typedef struct SingleByte {
  uint8_t byte;
  uint16_t character;
} SingleByte;
static const SingleByte cp932_singles[] = {{0x80, 0x80},   {0xa0, 0xf8f0}, {0xfd, 0xf8f1},
                                           {0xfe, 0xf8f2}, {0xff, 0xf8f3}, {}};
static const SingleByte roman_singles[] = {{0x5c, 0xa5}, {0x7e, 0x203e}, {}};

static const SingleByte *single_bytes(const MultibyteCodec *codec) {
  return codec->sets[0] == CHARSET_CP932 ? cp932_singles : roman_singles;
}
static ptrdiff_t shift_jis_decode(const MultibyteCodec *codec, MultibyteState *, const uint8_t *bytes, size_t size,
                                  StrBuilder *out) {
  uint8_t lead = bytes[0];
  uint32_t single = lead < 0x80 ? lead : lead >= 0xa1 && lead <= 0xdf ? HALF_WIDTH + lead - 0xa1 : 0;
  if (codec->sets[0] != CHARSET_SHIFT_JIS)
    for (const SingleByte *entry = single_bytes(codec); entry->byte; entry++)
      if (entry->byte == lead) single = entry->character;
  if (single || !lead) {
    str_builder_add_character(out, single);
    return 1;
  }
  uint8_t last_lead = codec->sets[0] == CHARSET_SHIFT_JIS ? 0xea : 0xfc;
  if (lead < 0x81 || lead == 0xa0 || lead > last_lead) return -1;
  return size < 2 ? 0 : decode_code(multibyte_set(codec->sets[0]), bytes, out);
}
static ptrdiff_t shift_jis_encode(const MultibyteCodec *codec, MultibyteState *state, const Str *text, size_t at,
                                  bool final, Encode *out) {
  uint32_t character = str_character(text, at);
  if (character >= HALF_WIDTH && character <= LAST_HALF_WIDTH) {
    encode_add_byte(out, (uint8_t)(character - HALF_WIDTH + 0xa1));
    return 1;
  }
  for (const SingleByte *entry = single_bytes(codec); entry->byte; entry++)
    if (entry->character == character) {
      encode_add_byte(out, entry->byte);
      return 1;
    }
  const Charset *set = multibyte_set(codec->sets[0]);
  return charset_encode(set, character) ? encode_code(set, text, at, final, out)
                                        : plain_encode(codec, state, text, at, final, out);
}

// ---- All codecs ----

#define CODEC(module_, name_, kind, ...)                                                                               \
  {                                                                                                                    \
    .module = module_, .name = #name_, .decode = kind##_decode, .encode = kind##_encode, .sets = { __VA_ARGS__ }       \
  }
#define SWITCHING(name_, ...)                                                                                          \
  {.module = "_codecs_iso2022",                                                                                        \
   .name = #name_,                                                                                                     \
   .decode = iso2022_decode,                                                                                           \
   .encode = iso2022_encode,                                                                                           \
   .designations = name_##_sets __VA_OPT__(, ) __VA_ARGS__}
const MultibyteCodec multibyte_codecs[] = {
    CODEC("_codecs_cn", gb2312, plain, CHARSET_GB2312),
    CODEC("_codecs_cn", gbk, plain, CHARSET_GBK),
    CODEC("_codecs_cn", gb18030, gb18030, CHARSET_GB18030),
    CODEC("_codecs_cn", hz, hz, CHARSET_GB2312),
    CODEC("_codecs_hk", big5hkscs, plain, CHARSET_BIG5HKSCS),
    CODEC("_codecs_jp", cp932, shift_jis, CHARSET_CP932),
    CODEC("_codecs_jp", shift_jis, shift_jis, CHARSET_SHIFT_JIS),
    CODEC("_codecs_jp", shift_jis_2004, shift_jis, CHARSET_SHIFT_JIS_2004),
    CODEC("_codecs_jp", shift_jisx0213, shift_jis, CHARSET_SHIFT_JISX0213),
    CODEC("_codecs_jp", euc_jp, euc_jp, CHARSET_JISX0208, CHARSET_JISX0212),
    CODEC("_codecs_jp", euc_jis_2004, euc_jp, CHARSET_JISX0213_2004, CHARSET_JISX0213_2, CHARSET_JISX0212),
    CODEC("_codecs_jp", euc_jisx0213, euc_jp, CHARSET_JISX0213_2000, CHARSET_JISX0213_2_2000, CHARSET_JISX0212_2000),
    CODEC("_codecs_kr", euc_kr, euc_kr, CHARSET_KSX1001),
    CODEC("_codecs_kr", cp949, plain, CHARSET_CP949),
    CODEC("_codecs_kr", johab, plain, CHARSET_JOHAB),
    CODEC("_codecs_tw", big5, plain, CHARSET_BIG5),
    CODEC("_codecs_tw", cp950, plain, CHARSET_CP950),
    SWITCHING(iso2022_kr, .shifts = true),
    SWITCHING(iso2022_jp),
    SWITCHING(iso2022_jp_1),
    SWITCHING(iso2022_jp_2),
    SWITCHING(iso2022_jp_2004),
    SWITCHING(iso2022_jp_3),
    SWITCHING(iso2022_jp_ext),
    {}};

bool multibyte_load(const MultibyteCodec *codec) {
  for (int i = 0; i < MULTIBYTE_MOST_SETS && codec->sets[i]; i++)
    if (!charset_get(codec->sets[i])) return false;
  for (const Designation *designation = codec->designations; designation && designation->escape; designation++)
    if (designation->set && !charset_get(designation->set)) return false;
  return codec->sets[0] != CHARSET_GB18030 || four_byte_load();
}
