// str: upper, lower and their kin, with full case mappings (one character may become up to three) and the final sigma.
//
// Threads: immutable texts only.
#include "runtime/object/str_internal.h"
#include "runtime/support/unicode.h"

enum : uint32_t { CAPITAL_SIGMA = 0x3a3, SMALL_SIGMA = 0x3c3, FINAL_SIGMA = 0x3c2 };

// Changes the case of the 26 letters from `first` on: the two cases differ in one bit.
static Value ascii_flip(const Str *text, uint8_t first) {
  Str *result = str_allocate(text->length, 0x7f);
  if (!result) return NULL;
  const uint8_t *from = text->data;
  uint8_t *restrict to = result->data;
  size_t length = text->length;
  for (size_t i = 0; i < length; i++) to[i] = from[i] ^ (uint8_t)((uint8_t)(from[i] - first) < 26 ? 0x20 : 0);
  return value_from_cell(result);
}
static Value ascii_upper(const Str *text) {
  return ascii_flip(text, 'a');
}
static Value ascii_lower(const Str *text) {
  return ascii_flip(text, 'A');
}

// A capital sigma becomes the final form at the end of a word: a cased character before it, none behind, with
// case-ignorable ones left out of account.
static uint32_t lower_sigma(const Str *text, size_t at) {
  size_t before = at, after = at + 1;
  while (before > 0 && unicode_is_case_ignorable(str_character(text, before - 1))) before--;
  if (before == 0 || !unicode_is_cased(str_character(text, before - 1))) return SMALL_SIGMA;
  while (after < text->length && unicode_is_case_ignorable(str_character(text, after))) after++;
  return after < text->length && unicode_is_cased(str_character(text, after)) ? SMALL_SIGMA : FINAL_SIGMA;
}

static int lower_in_context(const Str *text, size_t at, uint32_t out[UNICODE_CASE_MAX]) {
  uint32_t character = str_character(text, at);
  if (character < 128) {
    out[0] = unicode_to_lower(character);
    return 1;
  }
  if (character != CAPITAL_SIGMA) return unicode_to_lower_full(character, out);
  out[0] = lower_sigma(text, at);
  return 1;
}

// Each character through `map`, which sees the text and its place. `state` is the mapping's own, zero at first.
typedef int CaseMap(const Str *text, size_t at, bool *state, uint32_t out[UNICODE_CASE_MAX]);

static Value map_case(Value self, CaseMap *map) {
  const Str *text = value_as_str(self);
  StrBuilder builder;
  str_builder_start(&builder);
  bool state = false;
  for (size_t i = 0; i < text->length && !builder.failed; i++) {
    uint32_t out[UNICODE_CASE_MAX];
    int count = map(text, i, &state, out);
    for (int k = 0; k < count; k++) str_builder_add_character(&builder, out[k]);
  }
  return str_builder_finish(&builder);
}

static int map_upper(const Str *text, size_t at, [[maybe_unused]] bool *state, uint32_t *out) {
  return unicode_to_upper_full(str_character(text, at), out);
}
static int map_lower(const Str *text, size_t at, [[maybe_unused]] bool *state, uint32_t *out) {
  return lower_in_context(text, at, out);
}
static int map_folded(const Str *text, size_t at, [[maybe_unused]] bool *state, uint32_t *out) {
  return unicode_to_folded_full(str_character(text, at), out);
}
static int map_swapped(const Str *text, size_t at, [[maybe_unused]] bool *state, uint32_t *out) {
  uint32_t character = str_character(text, at);
  if (unicode_is_upper(character)) return lower_in_context(text, at, out);
  if (unicode_is_lower(character)) return unicode_to_upper_full(character, out);
  out[0] = character;
  return 1;
}
static inline int title_full(uint32_t character, uint32_t *out) {
  if (character >= 128) return unicode_to_title_full(character, out);
  out[0] = unicode_to_upper(character);
  return 1;
}
// `state`: the previous character is cased.
static int map_title(const Str *text, size_t at, bool *state, uint32_t *out) {
  uint32_t character = str_character(text, at);
  int count = *state ? lower_in_context(text, at, out) : title_full(character, out);
  *state = unicode_is_cased(character);
  return count;
}
static int map_capitalized(const Str *text, size_t at, [[maybe_unused]] bool *state, uint32_t *out) {
  return at == 0 ? unicode_to_title_full(str_character(text, 0), out) : lower_in_context(text, at, out);
}

Value str_upper_method(Value self) {
  const Str *text = value_as_str(self);
  return str_is_ascii(text) && text->length > 1 ? ascii_upper(text) : map_case(self, map_upper);
}
Value str_lower_method(Value self) {
  const Str *text = value_as_str(self);
  return str_is_ascii(text) && text->length > 1 ? ascii_lower(text) : map_case(self, map_lower);
}
Value str_casefold_method(Value self) {
  const Str *text = value_as_str(self);
  return str_is_ascii(text) && text->length > 1 ? ascii_lower(text) : map_case(self, map_folded);
}
Value str_title_method(Value self) {
  return map_case(self, map_title);
}
Value str_capitalize_method(Value self) {
  return map_case(self, map_capitalized);
}
Value str_swapcase_method(Value self) {
  return map_case(self, map_swapped);
}
