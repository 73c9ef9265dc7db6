// Reads the sets of charset.h from iconv, and knows where CPython's tables differ.
//
// Invariant: each character has one code, the lowest that stands for it, but for codes that are marked as read only.
#include "runtime/module/charset.h"
#include "runtime/object/exception.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

// ---- What differs from libc ----

typedef enum Correction : uint8_t {
  CORRECTIONS_END,
  BOTH_WAYS,     // codes stand for characters, both in order
  NO_CHARACTER,  // codes stand for nothing
  LATER_EDITION, // nor do these, but they are well known: see CHARSET_LATER
  ONLY_DECODED,  // codes keep their characters, which are not encoded so
  DECODED_AS,    // codes stand for characters that are not encoded so
  ENCODED_AS,    // characters are encoded so, besides those that the codes stand for
} Correction;

typedef struct Run {
  Correction kind;
  uint16_t code, count;
  uint32_t character;
} Run;

typedef struct Definition {
  const char *encoding; // iconv's name
  uint8_t prefix;       // a byte before those of the code; 0: none
  uint8_t lead, last_lead, trail, last_trail;
  uint8_t gap, gap_end; // trails from `gap` on, up to `gap_end`, do not exist
  bool one_byte;        // there is no lead
  const Run *corrections;
} Definition;

// The rows that manufacturers have added to Big5, which libc has in the private area of Unicode.
#define ETEN_ROWS                                                                                                      \
  {BOTH_WAYS, 0xc6a1, 1, 0x30fe}, {BOTH_WAYS, 0xc6a2, 2, 0x309d}, {BOTH_WAYS, 0xc6a4, 1, 0x3005},                      \
      {BOTH_WAYS, 0xc6a5, 83, 0x3041}, {BOTH_WAYS, 0xc6f8, 86, 0x30a1}, {BOTH_WAYS, 0xc7b1, 2, 0x414},                 \
      {BOTH_WAYS, 0xc7b3, 1, 0x401}, {BOTH_WAYS, 0xc7b4, 7, 0x416}, {BOTH_WAYS, 0xc7bb, 19, 0x423},                    \
      {BOTH_WAYS, 0xc7ce, 1, 0x451}, {BOTH_WAYS, 0xc7cf, 26, 0x436}, {BOTH_WAYS, 0xc7e9, 10, 0x2460},                  \
      {BOTH_WAYS, 0xc7f3, 10, 0x2474}, {NO_CHARACTER, 0xc7fd, 159, 0}
static const Run big5_corrections[] = {{BOTH_WAYS, 0xa145, 1, 0x2022},
                                       {BOTH_WAYS, 0xa14e, 1, 0xff64},
                                       {BOTH_WAYS, 0xa1c2, 1, 0x203e},
                                       {BOTH_WAYS, 0xa1e3, 1, 0x223c},
                                       {BOTH_WAYS, 0xa1f2, 1, 0x2641},
                                       {BOTH_WAYS, 0xa1f3, 1, 0x2609},
                                       {BOTH_WAYS, 0xa241, 1, 0xff0f},
                                       {BOTH_WAYS, 0xa242, 1, 0xff3c},
                                       {BOTH_WAYS, 0xa244, 1, 0xa5},
                                       {BOTH_WAYS, 0xa246, 2, 0xa2},
                                       {NO_CHARACTER, 0xa3e1, 1, 0},
                                       {NO_CHARACTER, 0xf9d6, 41, 0},
                                       {ONLY_DECODED, 0xa1fe, 1, 0},
                                       {ONLY_DECODED, 0xa240, 1, 0},
                                       {ONLY_DECODED, 0xa2cc, 1, 0},
                                       {ONLY_DECODED, 0xa2ce, 1, 0},
                                       ETEN_ROWS,
                                       {}};
static const Run cp950_corrections[] = {{ONLY_DECODED, 0xa2cc, 1, 0},
                                        {ONLY_DECODED, 0xa2ce, 1, 0},
                                        {ENCODED_AS, 0xa145, 1, 0x2022},
                                        {ENCODED_AS, 0xa14e, 1, 0xff64},
                                        {ENCODED_AS, 0xa1c2, 1, 0x203e},
                                        {ENCODED_AS, 0xa1e3, 1, 0x223c},
                                        {ENCODED_AS, 0xa1f2, 1, 0x2641},
                                        {ENCODED_AS, 0xa1f3, 1, 0x2609},
                                        {ENCODED_AS, 0xa244, 1, 0xa5},
                                        {ENCODED_AS, 0xa246, 2, 0xa2},
                                        ETEN_ROWS,
                                        {}};
static const Run big5hkscs_corrections[] = {
    {NO_CHARACTER, 0x877a, 5, 0},    {NO_CHARACTER, 0x87a1, 63, 0},   {BOTH_WAYS, 0xa15a, 1, 0x2574},
    {BOTH_WAYS, 0xa1c3, 1, 0xffe3},  {BOTH_WAYS, 0xa1c5, 1, 0x2cd},   {DECODED_AS, 0xa1fe, 1, 0xff0f},
    {DECODED_AS, 0xa240, 1, 0xff3c}, {ONLY_DECODED, 0xa27e, 1, 0},    {ONLY_DECODED, 0xa2a1, 7, 0},
    {DECODED_AS, 0xa2cc, 1, 0x5341}, {DECODED_AS, 0xa2ce, 1, 0x5345}, {}};
// What was in the private area when the first edition was written.
static const Run gb18030_corrections[] = {{BOTH_WAYS, 0xa6d9, 7, 0xe78d}, {BOTH_WAYS, 0xa6ec, 2, 0xe794},
                                          {BOTH_WAYS, 0xa6f3, 1, 0xe796}, {BOTH_WAYS, 0xa8bc, 1, 0xe7c7},
                                          {BOTH_WAYS, 0xfe51, 3, 0xe816}, {BOTH_WAYS, 0xfe59, 1, 0xe81e},
                                          {BOTH_WAYS, 0xfe61, 1, 0xe826}, {BOTH_WAYS, 0xfe66, 2, 0xe82b},
                                          {BOTH_WAYS, 0xfe6c, 2, 0xe831}, {BOTH_WAYS, 0xfe76, 1, 0xe83b},
                                          {BOTH_WAYS, 0xfe7e, 1, 0xe843}, {BOTH_WAYS, 0xfe90, 2, 0xe854},
                                          {BOTH_WAYS, 0xfea0, 1, 0xe864}, {}};
static const Run ksx1001_corrections[] = {{NO_CHARACTER, 0xa2e8, 1, 0}, {}};
static const Run johab_corrections[] = {{DECODED_AS, 0x8441, 1, 0x3000},
                                        {DECODED_AS, 0x8442, 2, 0x3131},
                                        {DECODED_AS, 0x8445, 1, 0x3134},
                                        {DECODED_AS, 0x8448, 1, 0x3137},
                                        {DECODED_AS, 0x8449, 1, 0x3139},
                                        {DECODED_AS, 0x8451, 1, 0x3141},
                                        {DECODED_AS, 0x8453, 1, 0x3142},
                                        {DECODED_AS, 0x8455, 4, 0x3145},
                                        {DECODED_AS, 0x8459, 5, 0x314a},
                                        {NO_CHARACTER, 0xd9e8, 1, 0},
                                        {}};
static const Run jisx0212_corrections[] = {{DECODED_AS, 0xa2b7, 1, 0x7e}, {}};
// Beside the first edition of JIS X 0213: without three characters that it has otherwise, or its second one.
static const Run jisx0212_2000_corrections[] = {{DECODED_AS, 0xa2b7, 1, 0x7e},
                                                {ONLY_DECODED, 0xcdf7, 1, 0},
                                                {ONLY_DECODED, 0xd4da, 1, 0},
                                                {ONLY_DECODED, 0xeaae, 1, 0},
                                                {}};
#define JISX0213_BRACKETS {BOTH_WAYS, 0xa1bd, 1, 0x2015}, {BOTH_WAYS, 0xa2d6, 2, 0x2985}
static const Run jisx0213_2004_corrections[] = {JISX0213_BRACKETS, {}};
#define SECOND_EDITION                                                                                                 \
  {LATER_EDITION, 0xaea1, 1, 0}, {LATER_EDITION, 0xaffe, 1, 0}, {LATER_EDITION, 0xcfd4, 1, 0},                         \
      {LATER_EDITION, 0xcffe, 1, 0}, {LATER_EDITION, 0xf4a7, 1, 0}, {LATER_EDITION, 0xfefa, 5, 0}
static const Run jisx0213_2000_corrections[] = {JISX0213_BRACKETS, SECOND_EDITION, {}};
// In encodings with escape sequences the wide tilde is the one of ASCII.
#define WIDE_TILDE {DECODED_AS, 0xa2b2, 1, 0x7e}
static const Run jisx0213_2004_switched_corrections[] = {JISX0213_BRACKETS, WIDE_TILDE, {}};
static const Run jisx0213_2000_switched_corrections[] = {JISX0213_BRACKETS, SECOND_EDITION, WIDE_TILDE, {}};
static const Run jisx0213_2_2000_corrections[] = {{BOTH_WAYS, 0xfdbb, 1, 0x9b1d}, {}};
#define SHIFT_JISX0213_SIGNS                                                                                           \
  {BOTH_WAYS, 0x815c, 1, 0x2015}, {BOTH_WAYS, 0x815f, 1, 0x5c}, {BOTH_WAYS, 0x81b0, 1, 0x7e},                          \
      {BOTH_WAYS, 0x81d4, 2, 0x2985}
static const Run shift_jis_2004_corrections[] = {SHIFT_JISX0213_SIGNS, {}};
static const Run shift_jisx0213_corrections[] = {
    SHIFT_JISX0213_SIGNS,          {LATER_EDITION, 0x879f, 1, 0},  {LATER_EDITION, 0x889e, 1, 0},
    {LATER_EDITION, 0x9873, 1, 0}, {LATER_EDITION, 0x989e, 1, 0},  {LATER_EDITION, 0xeaa5, 1, 0},
    {LATER_EDITION, 0xeff8, 5, 0}, {BOTH_WAYS, 0xfc5a, 1, 0x9b1d}, {}};
// NEC's and IBM's rows have many characters that stand elsewhere, too.
static const Run cp932_corrections[] = {{ONLY_DECODED, 0x8790, 3, 0},
                                        {ONLY_DECODED, 0x8795, 3, 0},
                                        {ONLY_DECODED, 0x879a, 3, 0},
                                        {ONLY_DECODED, 0xeef9, 1, 0},
                                        {ONLY_DECODED, 0xfa40, 388, 0},
                                        {ENCODED_AS, 0x8191, 2, 0xa2},
                                        {ENCODED_AS, 0x81ca, 1, 0xac},
                                        {ENCODED_AS, 0x8161, 1, 0x2016},
                                        {ENCODED_AS, 0x817c, 1, 0x2212},
                                        {ENCODED_AS, 0x8160, 1, 0x301c},
                                        {}};

#define EUC_RANGES  .lead = 0xa1, .last_lead = 0xfe, .trail = 0xa1, .last_trail = 0xfe
#define BIG5_RANGES .lead = 0x81, .last_lead = 0xfe, .trail = 0x40, .last_trail = 0xfe, .gap = 0x7f, .gap_end = 0xa1
#define SHIFT_JIS_RANGES                                                                                               \
  .lead = 0x81, .last_lead = 0xfc, .trail = 0x40, .last_trail = 0xfc, .gap = 0x7f, .gap_end = 0x80
static const Definition definitions[CHARSET_COUNT] = {
    [CHARSET_GB2312] = {"EUC-CN", EUC_RANGES},
    [CHARSET_GBK] = {"GBK", .lead = 0x81, .last_lead = 0xfe, .trail = 0x40, .last_trail = 0xfe},
    [CHARSET_GB18030] = {"GB18030", .lead = 0x81, .last_lead = 0xfe, .trail = 0x40, .last_trail = 0xfe,
                         .corrections = gb18030_corrections},
    [CHARSET_BIG5] = {"BIG5", BIG5_RANGES, .corrections = big5_corrections},
    [CHARSET_CP950] = {"BIG5", BIG5_RANGES, .corrections = cp950_corrections},
    [CHARSET_BIG5HKSCS] = {"BIG5-HKSCS", BIG5_RANGES, .corrections = big5hkscs_corrections},
    [CHARSET_KSX1001] = {"EUC-KR", EUC_RANGES, .corrections = ksx1001_corrections},
    [CHARSET_CP949] = {"UHC", .lead = 0x81, .last_lead = 0xfe, .trail = 0x41, .last_trail = 0xfe},
    [CHARSET_JOHAB] = {"JOHAB", .lead = 0x84, .last_lead = 0xf9, .trail = 0x31, .last_trail = 0xfe,
                       .corrections = johab_corrections},
    [CHARSET_JISX0208] = {"EUC-JP", EUC_RANGES},
    [CHARSET_JISX0212] = {"EUC-JP", EUC_RANGES, .prefix = 0x8f, .corrections = jisx0212_corrections},
    [CHARSET_JISX0213_2000] = {"EUC-JISX0213", EUC_RANGES, .corrections = jisx0213_2000_corrections},
    [CHARSET_JISX0213_2004] = {"EUC-JISX0213", EUC_RANGES, .corrections = jisx0213_2004_corrections},
    [CHARSET_JISX0212_2000] = {"EUC-JP", EUC_RANGES, .prefix = 0x8f, .corrections = jisx0212_2000_corrections},
    [CHARSET_JISX0213_2000_SWITCHED] = {"EUC-JISX0213", EUC_RANGES, .corrections = jisx0213_2000_switched_corrections},
    [CHARSET_JISX0213_2004_SWITCHED] = {"EUC-JISX0213", EUC_RANGES, .corrections = jisx0213_2004_switched_corrections},
    [CHARSET_JISX0213_2_2000] = {"EUC-JISX0213", EUC_RANGES, .prefix = 0x8f,
                                 .corrections = jisx0213_2_2000_corrections},
    [CHARSET_JISX0213_2] = {"EUC-JISX0213", EUC_RANGES, .prefix = 0x8f},
    [CHARSET_CP932] = {"CP932", SHIFT_JIS_RANGES, .corrections = cp932_corrections},
    [CHARSET_SHIFT_JIS] = {"SJIS", SHIFT_JIS_RANGES},
    [CHARSET_SHIFT_JISX0213] = {"SHIFT_JISX0213", SHIFT_JIS_RANGES, .corrections = shift_jisx0213_corrections},
    [CHARSET_SHIFT_JIS_2004] = {"SHIFT_JISX0213", SHIFT_JIS_RANGES, .corrections = shift_jis_2004_corrections},
    [CHARSET_ISO8859_7] = {"ISO-8859-7", .one_byte = true, .lead = 0x80, .last_lead = 0x80, .trail = 0xa0,
                           .last_trail = 0xff},
};

// ---- Reading a set ----

// The code after `code`, in the order of the encoding.
static uint16_t next_code(const Definition *definition, uint16_t code) {
  uint8_t lead = code >> 8, trail = code & 0xff;
  if (trail == definition->last_trail) return (uint16_t)((lead + 1) << 8 | definition->trail);
  trail++;
  return (uint16_t)(lead << 8 | (definition->gap && trail == definition->gap ? definition->gap_end : trail));
}

// What iconv makes of one code: one character, two, or none.
static size_t convert(iconv_t converter, const Definition *definition, uint16_t code, uint32_t characters[4]) {
  char bytes[3], *in = bytes, *out = (char *)characters;
  size_t size = 0, room = 4 * sizeof *characters;
  if (definition->prefix) bytes[size++] = (char)definition->prefix;
  if (!definition->one_byte) bytes[size++] = (char)(code >> 8);
  bytes[size++] = (char)(code & 0xff);
  iconv(converter, NULL, NULL, NULL, NULL); // forget the last one
  if (iconv(converter, &in, &size, &out, &room) != 0) return 0;
  iconv(converter, NULL, NULL, &out, &room); // a character may wait for one that combines with it
  return 4 - room / sizeof *characters;
}

typedef struct Making {
  Charset *set;
  uint8_t decoded_only[CHARSET_CODES];
  bool failed;
} Making;

static void set_code(Making *making, uint32_t character, uint16_t code, bool replace) {
  const uint16_t **page = &making->set->pages[character >> 8];
  if (!*page && !(*page = calloc(256, sizeof **page))) {
    making->failed = true;
    return;
  }
  uint16_t *place = (uint16_t *)(uintptr_t)*page + (character & 0xff);
  if (!*place || replace) *place = code;
}

static void read_codes(Making *making, iconv_t converter, const Definition *definition) {
  Charset *set = making->set;
  uint16_t code = (uint16_t)(definition->lead << 8 | definition->trail);
  for (; code >> 8 >= definition->lead && code >> 8 <= definition->last_lead; code = next_code(definition, code)) {
    uint32_t characters[4];
    size_t count = convert(converter, definition, code, characters);
    uint32_t *place = &set->characters[code & 0x7fff];
    if (count == 1 && characters[0] >= 0x80 && characters[0] < CHARSET_PAGES << 8) {
      *place = characters[0];
    } else if (count == 2 && characters[0] >= 0x80 && set->pair_count < CHARSET_MOST_PAIRS) {
      *place = CHARSET_PAIR | (uint32_t)set->pair_count;
      set->pairs[set->pair_count++] = (CharsetPair){(uint16_t)characters[0], (uint16_t)characters[1], code};
    }
    if (code == (uint16_t)(definition->last_lead << 8 | definition->last_trail)) break;
  }
}

static void correct(Making *making, const Definition *definition) {
  for (const Run *run = definition->corrections; run && run->kind; run++) {
    uint16_t code = run->code;
    for (uint32_t i = 0; i < run->count; i++, code = next_code(definition, code)) {
      if (run->kind == ENCODED_AS) {
        set_code(making, run->character + i, code, true);
        continue;
      }
      if (run->kind != ONLY_DECODED)
        making->set->characters[code & 0x7fff] = run->kind == NO_CHARACTER    ? 0
                                                 : run->kind == LATER_EDITION ? CHARSET_LATER
                                                                              : run->character + i;
      making->decoded_only[code & 0x7fff] = run->kind == ONLY_DECODED || run->kind == DECODED_AS;
    }
  }
}

static void charset_free(Charset *set) {
  for (size_t i = 0; set && i < CHARSET_PAGES; i++) free((void *)(uintptr_t)set->pages[i]);
  free(set);
}

static Charset *charset_read(const Definition *definition) {
  iconv_t converter = iconv_open("UTF-32LE", definition->encoding);
  if (converter == (iconv_t)-1) {
    raise(CLASS_LOOKUP_ERROR, "the C library has no encoding %s", definition->encoding);
    return NULL;
  }
  Making *making = calloc(1, sizeof *making);
  if (making) making->set = calloc(1, sizeof *making->set);
  bool made = making && making->set;
  if (made) {
    read_codes(making, converter, definition);
    correct(making, definition);
    for (size_t i = 0; i < CHARSET_CODES; i++) {
      uint32_t character = making->set->characters[i];
      if (character > CHARSET_LATER && !(character & CHARSET_PAIR) && !making->decoded_only[i])
        set_code(making, character, (uint16_t)(0x8000 | i), false);
    }
    made = !making->failed;
  }
  Charset *set = making ? making->set : NULL;
  free(making);
  iconv_close(converter);
  if (made) return set;
  charset_free(set);
  raise_memory_error();
  return NULL;
}

static _Atomic(Charset *) charsets[CHARSET_COUNT];

const Charset *charset_get(CharsetId id) {
  Charset *known = __c11_atomic_load(&charsets[id], __ATOMIC_ACQUIRE);
  if (known) return known;
  Charset *made = charset_read(&definitions[id]);
  if (!made || __c11_atomic_compare_exchange_strong(&charsets[id], &known, made, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    return made;
  charset_free(made); // another thread was first
  return known;
}

uint16_t charset_encode_pair(const Charset *set, uint32_t first, uint32_t second) {
  for (size_t i = 0; i < set->pair_count; i++)
    if (set->pairs[i].first == first && (!second || set->pairs[i].second == second)) return set->pairs[i].code;
  return 0;
}
