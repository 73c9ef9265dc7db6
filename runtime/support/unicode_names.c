/* Character names, both ways.
 *
 * Three kinds: Hangul syllables are spelled from their parts; "PREFIX-HEX" names come from a table of ranges; every
 * other name has an ordinal (runs map code points to ordinals; aliases and named sequences have the ordinals after
 * those) and a text that is a string of words. A word is one byte 1..single, or two bytes for the rarer ones; 0 ends
 * the text. One offset is kept for every eight texts, the rest are found by stepping over zeros. Looking a name up
 * hashes it to a bucket of ordinals and compares texts.
 */
#include "runtime/support/unicode.h"
#include "runtime/support/unicode_tables.h"
#include <string.h>

enum { HANGUL_SYLLABLES = 0xAC00, HANGUL_COUNT = 11172, VOWEL_COUNT = 21, TRAILING_COUNT = 28, LEADING_COUNT = 19 };

static const char HANGUL_PREFIX[] = "HANGUL SYLLABLE ";
static const char CJK_PREFIX[] = "CJK UNIFIED IDEOGRAPH-";
static const char *const LEADING[LEADING_COUNT] = {"G",  "GG", "N", "D",  "DD", "R", "M", "B", "BB", "S",
                                                   "SS", "",   "J", "JJ", "C",  "K", "T", "P", "H"};
static const char *const VOWELS[VOWEL_COUNT] = {"A",  "AE", "YA", "YAE", "EO", "E",  "YEO", "YE", "O",  "WA", "WAE",
                                                "OE", "YO", "U",  "WEO", "WE", "WI", "YU",  "EU", "YI", "I"};
static const char *const TRAILING[TRAILING_COUNT] = {"",   "G",  "GG", "GS", "N",  "NJ", "NH", "D", "L",  "LG",
                                                     "LM", "LB", "LS", "LT", "LP", "LH", "M",  "B", "BS", "S",
                                                     "SS", "NG", "J",  "C",  "K",  "T",  "P",  "H"};

/* Text under construction in a caller's buffer; too much text sets `full` and writes nothing beyond. */
typedef struct {
  char *text;
  size_t length, size;
} NameBuffer;

static void append(NameBuffer *buffer, const char *text, size_t length) {
  if (buffer->length + length < buffer->size) memcpy(buffer->text + buffer->length, text, length);
  buffer->length += length;
}

static size_t finish(NameBuffer *buffer) {
  if (buffer->length >= buffer->size) return 0;
  buffer->text[buffer->length] = 0;
  return buffer->length;
}

static void append_number(NameBuffer *buffer, uint32_t code_point) {
  int digits = code_point > 0xFFFF ? 5 : 4; /* no numbered name is in the last plane */
  while (digits-- > 0) append(buffer, &"0123456789ABCDEF"[code_point >> 4 * digits & 15], 1);
}

/* The next word of a text: returns its number and steps over it; -1 at the end. */
static inline int32_t next_word(const uint8_t **text) {
  uint32_t single = unicode_name_single_words[0], first = *(*text)++;
  if (first == 0) return -1;
  if (first <= single) return (int32_t)first - 1;
  return (int32_t)(single + ((first - single - 1) << 8 | *(*text)++));
}

static const uint8_t *text_of(uint32_t ordinal) {
  const uint8_t *text = unicode_name_text + unicode_name_offsets[ordinal / 8];
  for (uint32_t skip = ordinal % 8; skip > 0; skip--) {
    while (next_word(&text) >= 0) continue;
  }
  return text;
}

static size_t spell(uint32_t ordinal, NameBuffer *buffer) {
  const uint8_t *text = text_of(ordinal);
  for (int32_t word; (word = next_word(&text)) >= 0;) {
    if (buffer->length) append(buffer, " ", 1);
    const uint8_t *letter = unicode_name_letters + unicode_name_words[word];
    for (bool last = false; !last; letter++) {
      last = *letter & 0x80;
      append(buffer, &(char){(char)(*letter & 0x7F)}, 1);
    }
  }
  return finish(buffer);
}

/* The last run that starts at or before code_point / ordinal; runs ascend in both. */
static const UnicodeNameRun *run_at(uint32_t key, bool by_ordinal) {
  uint32_t low = 0, high = unicode_name_run_count[0];
  while (high - low > 1) {
    uint32_t middle = (low + high) / 2;
    uint32_t start = by_ordinal ? unicode_name_runs[middle].ordinal : unicode_name_runs[middle].code_point;
    if (start <= key)
      low = middle;
    else
      high = middle;
  }
  return &unicode_name_runs[low];
}

static const UnicodeNumberedRange *numbered_range(uint32_t code_point) {
  const UnicodeNumberedRange *range = unicode_numbered_ranges;
  while (range->last < code_point) range++;
  return range->first <= code_point ? range : NULL;
}

size_t unicode_name(uint32_t code_point, UnicodeVersion version, char *text, size_t size) {
  if (code_point > UNICODE_MAX || unicode_unassigned_in(version, code_point)) return 0;
  NameBuffer buffer = {.text = text, .size = size};
  uint32_t syllable = code_point - HANGUL_SYLLABLES;
  if (syllable < HANGUL_COUNT) {
    const char *parts[] = {HANGUL_PREFIX, LEADING[syllable / (VOWEL_COUNT * TRAILING_COUNT)],
                           VOWELS[syllable / TRAILING_COUNT % VOWEL_COUNT], TRAILING[syllable % TRAILING_COUNT]};
    for (int i = 0; i < 4; i++) append(&buffer, parts[i], strlen(parts[i]));
    return finish(&buffer);
  }
  const UnicodeNumberedRange *range = numbered_range(code_point);
  if (range) {
    append(&buffer, range->prefix, strlen(range->prefix));
    append_number(&buffer, code_point);
    return finish(&buffer);
  }
  const UnicodeNameRun *run = run_at(code_point, false);
  if (code_point < run->code_point) return 0;
  uint32_t ordinal = run->ordinal + (code_point - run->code_point);
  return ordinal < run[1].ordinal ? spell(ordinal, &buffer) : 0;
}

/* The longest of `parts` that starts the text; -1 if none does. */
static int longest_part(const char *const *parts, int count, const char **text, const char *end) {
  int best = -1;
  size_t best_length = 0;
  for (int i = 0; i < count; i++) {
    size_t length = strlen(parts[i]);
    if (length <= (size_t)(end - *text) && memcmp(parts[i], *text, length) == 0 && (best < 0 || length > best_length)) {
      best = i;
      best_length = length;
    }
  }
  *text += best_length;
  return best;
}

static bool has_prefix(const char *name, size_t length, const char *prefix) {
  size_t prefix_length = strlen(prefix);
  return length >= prefix_length && memcmp(name, prefix, prefix_length) == 0;
}

static bool lookup_hangul(const char *text, const char *end, uint32_t *code_point) {
  int leading = longest_part(LEADING, LEADING_COUNT, &text, end);
  int vowel = longest_part(VOWELS, VOWEL_COUNT, &text, end);
  int trailing = longest_part(TRAILING, TRAILING_COUNT, &text, end);
  if (leading < 0 || vowel < 0 || trailing < 0 || text != end) return false;
  *code_point = HANGUL_SYLLABLES + (uint32_t)((leading * VOWEL_COUNT + vowel) * TRAILING_COUNT + trailing);
  return true;
}

/* Upper-case hexadecimal digits; at most six, so that nothing overflows. */
static bool parse_number(const char *digits, size_t count, uint32_t *value) {
  *value = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t decimal = (uint32_t)digits[i] - '0', letter = (uint32_t)digits[i] - 'A';
    if (decimal > 9 && letter > 5) return false;
    *value = *value * 16 + (decimal <= 9 ? decimal : letter + 10);
  }
  return true;
}

/* CPython takes four or five digits here, leading zero or not. */
static bool lookup_ideograph(const char *digits, size_t count, uint32_t *code_point) {
  if ((count != 4 && count != 5) || !parse_number(digits, count, code_point)) return false;
  const UnicodeNumberedRange *range = numbered_range(*code_point);
  return range && strcmp(range->prefix, CJK_PREFIX) == 0;
}

static bool lookup_numbered(const char *name, size_t length, uint32_t *code_point) {
  for (const UnicodeNumberedRange *range = unicode_numbered_ranges; range->first <= UNICODE_MAX; range++) {
    size_t prefix = strlen(range->prefix);
    if (length < prefix + 4 || length > prefix + 6 || !has_prefix(name, length, range->prefix)) continue;
    if (!parse_number(name + prefix, length - prefix, code_point)) return false;
    if (*code_point < range->first || *code_point > range->last) continue;
    return length == prefix + (*code_point > 0xFFFF ? 5 : 4); /* no leading zeros */
  }
  return false;
}

static uint32_t bucket_of(const char *name, size_t length) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < length; i++) hash = (hash ^ (uint8_t)name[i]) * 16777619u;
  return (hash ^ hash >> 15) % UNICODE_NAME_BUCKETS;
}

/* Finds the ordinal of a name, or the code point of a computed one. */
static bool find(const char *name, size_t length, uint32_t *code_point, uint32_t *ordinal) {
  *ordinal = UINT32_MAX;
  if (has_prefix(name, length, HANGUL_PREFIX))
    return lookup_hangul(name + strlen(HANGUL_PREFIX), name + length, code_point);
  if (has_prefix(name, length, CJK_PREFIX))
    return lookup_ideograph(name + strlen(CJK_PREFIX), length - strlen(CJK_PREFIX), code_point);
  char upper[UNICODE_NAME_MAX], spelled[UNICODE_NAME_MAX];
  if (length == 0 || length >= sizeof upper) return false;
  for (size_t i = 0; i < length; i++) upper[i] = (char)(name[i] >= 'a' && name[i] <= 'z' ? name[i] - 32 : name[i]);
  uint32_t bucket = bucket_of(upper, length);
  for (uint32_t i = unicode_name_buckets[bucket]; i < unicode_name_buckets[bucket + 1]; i++) {
    NameBuffer buffer = {.text = spelled, .size = sizeof spelled};
    *ordinal = unicode_name_bucket_members[i];
    if (spell(*ordinal, &buffer) != length || memcmp(spelled, upper, length) != 0) continue;
    if (*ordinal < unicode_name_count[0]) {
      const UnicodeNameRun *run = run_at(*ordinal, true);
      *code_point = run->code_point + (*ordinal - run->ordinal);
    }
    return true;
  }
  *ordinal = UINT32_MAX;
  /* Upper case makes a Hangul syllable or a unified ideograph of what CPython does not take for one. */
  return !has_prefix(upper, length, HANGUL_PREFIX) && !has_prefix(upper, length, CJK_PREFIX) &&
         lookup_numbered(upper, length, code_point);
}

int unicode_lookup(const char *name, size_t length, UnicodeVersion version, uint32_t out[UNICODE_NAMED_SEQUENCE_MAX]) {
  uint32_t ordinal;
  if (!find(name, length, &out[0], &ordinal)) return 0;
  if (ordinal != UINT32_MAX && ordinal >= unicode_name_count[0]) {
    if (version == UNICODE_3_2_0) return 0;
    uint32_t extra = ordinal - unicode_name_count[0], start = unicode_extra_starts[extra];
    int count = unicode_extra_starts[extra + 1] - (int)start;
    for (int i = 0; i < count; i++) out[i] = unicode_extra_code_points[start + (uint32_t)i];
    return count;
  }
  /* CPython 3.11 does not ask whether the old database has an ideograph. */
  return has_prefix(name, length, CJK_PREFIX) || !unicode_unassigned_in(version, out[0]) ? 1 : 0;
}

bool unicode_lookup_name(const char *name, size_t length, uint32_t *code_point) {
  uint32_t out[UNICODE_NAMED_SEQUENCE_MAX];
  if (unicode_lookup(name, length, UNICODE_14_0_0, out) != 1) return false;
  *code_point = out[0];
  return true;
}
