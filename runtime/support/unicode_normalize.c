/* Normalization forms (UAX #15): decompose, order combining marks, compose.
 *
 * While text is decomposed, each element of the output carries its canonical combining class above the 21 bits of the
 * code point, so that ordering and composing need no second table look-up; the last pass strips it.
 */
#include "runtime/support/unicode.h"
#include "runtime/support/unicode_tables.h"

enum {
  HANGUL_SYLLABLES = 0xAC00,
  HANGUL_LEADING = 0x1100,
  HANGUL_VOWELS = 0x1161,
  HANGUL_TRAILING = 0x11A7,
  LEADING_COUNT = 19,
  VOWEL_COUNT = 21,
  TRAILING_COUNT = 28,
  SYLLABLE_COUNT = LEADING_COUNT * VOWEL_COUNT * TRAILING_COUNT,
  CLASS_SHIFT = 24,
  CODE_POINT_MASK = (1 << CLASS_SHIFT) - 1,
};

static inline uint32_t class_of(uint32_t element) {
  return element >> CLASS_SHIFT;
}

static inline bool is_compatibility(UnicodeForm form) {
  return form == UNICODE_NFKD || form == UNICODE_NFKC;
}
static inline bool is_composed(UnicodeForm form) {
  return form == UNICODE_NFC || form == UNICODE_NFKC;
}

UnicodeQuick unicode_quick_check(UnicodeForm form, const uint32_t *text, size_t length) {
  UnicodeQuick result = UNICODE_QUICK_YES;
  uint8_t previous = 0;
  for (size_t i = 0; i < length; i++) {
    if (text[i] < 0x80) {
      previous = 0;
      continue;
    }
    const UnicodeDatabaseRecord *record = unicode_database_record(text[i]);
    if (record->combining != 0 && record->combining < previous) return UNICODE_QUICK_NO;
    previous = record->combining;
    UnicodeQuick one = (UnicodeQuick)(record->quick_check >> (2 * form) & 3);
    if (one == UNICODE_QUICK_NO) return one;
    if (one == UNICODE_QUICK_MAYBE) result = one;
  }
  return result;
}

static uint32_t corrected_mapping(uint32_t code_point) {
  const UnicodeCorrection *correction = unicode_old_corrections;
  while (correction->code_point < code_point) correction++;
  return correction->code_point == code_point ? correction->decomposed : 0;
}

/* Appends the full decomposition of code_point at out[0..] unless out is NULL; returns its length. The recursion is as
 * deep as the mappings of the database nest, which is four. */
static size_t decompose(UnicodeForm form, UnicodeVersion version, uint32_t code_point, uint32_t *out) {
  uint32_t syllable = code_point - HANGUL_SYLLABLES;
  if (syllable < SYLLABLE_COUNT) {
    uint32_t trailing = syllable % TRAILING_COUNT;
    if (out) {
      out[0] = HANGUL_LEADING + syllable / (VOWEL_COUNT * TRAILING_COUNT);
      out[1] = HANGUL_VOWELS + syllable / TRAILING_COUNT % VOWEL_COUNT;
      if (trailing) out[2] = HANGUL_TRAILING + trailing;
    }
    return trailing ? 3 : 2;
  }
  if (version == UNICODE_3_2_0) {
    uint32_t corrected = corrected_mapping(code_point);
    if (corrected) return decompose(form, UNICODE_14_0_0, corrected, out);
  }
  uint32_t offset = unicode_unassigned_in(version, code_point) ? 0 : unicode_decomposition_index(code_point);
  const uint32_t *data = &unicode_decomposition_data[offset];
  bool compatibility = (data[0] & 255) != 0;
  if (offset == 0 || (compatibility && !is_compatibility(form))) {
    if (out) *out = code_point | (uint32_t)unicode_database_record(code_point)->combining << CLASS_SHIFT;
    return 1;
  }
  size_t total = 0;
  for (uint32_t i = 1; i <= data[0] >> 8; i++) total += decompose(form, version, data[i], out ? out + total : NULL);
  return total;
}

size_t unicode_normalize_capacity(UnicodeForm form, UnicodeVersion version, const uint32_t *text, size_t length) {
  size_t total = 0;
  for (size_t i = 0; i < length; i++) {
    size_t one = text[i] < 0x80 ? 1 : decompose(form, version, text[i], NULL);
    if (__builtin_add_overflow(total, one, &total) || total > SIZE_MAX / sizeof(uint32_t)) return SIZE_MAX;
  }
  return total;
}

static void reverse(uint32_t *first, uint32_t *end) {
  while (first + 1 < end) {
    uint32_t element = *first;
    *first++ = *--end;
    *end = element;
  }
}

/* Merges the ordered runs [first, middle) and [middle, end) in place and stably, by rotation: a hostile run of a
 * million marks costs n log(n)^2, not a quadratic insertion sort. */
static void merge_marks(uint32_t *first, uint32_t *middle, uint32_t *end) {
  while (first < middle && middle < end) {
    if (end - first == 2) {
      if (class_of(*middle) < class_of(*first)) reverse(first, end);
      return;
    }
    uint32_t *left = first, *right = middle; /* [left, middle) and [middle, right) change places */
    if (middle - first > end - middle) {
      left += (middle - first) / 2;
      for (size_t count = (size_t)(end - middle); count > 0;) {
        size_t half = count / 2;
        if (class_of(right[half]) < class_of(*left)) {
          right += half + 1;
          count -= half + 1;
        } else {
          count = half;
        }
      }
    } else {
      right += (end - middle) / 2;
      for (size_t count = (size_t)(middle - first); count > 0;) {
        size_t half = count / 2;
        if (class_of(left[half]) <= class_of(*right)) {
          left += half + 1;
          count -= half + 1;
        } else {
          count = half;
        }
      }
    }
    reverse(left, middle);
    reverse(middle, right);
    reverse(left, right);
    uint32_t *joint = left + (right - middle);
    merge_marks(first, left, joint);
    first = joint;
    middle = right;
  }
}

static void order_marks(uint32_t *first, uint32_t *end) {
  if (end - first <= 24) {
    for (uint32_t *next = first + 1; next < end; next++) {
      uint32_t element = *next, *place = next;
      for (; place > first && class_of(place[-1]) > class_of(element); place--) *place = place[-1];
      *place = element;
    }
    return;
  }
  uint32_t *middle = first + (end - first) / 2;
  order_marks(first, middle);
  order_marks(middle, end);
  merge_marks(first, middle, end);
}

/* The primary composite of a pair, 0 if it has none. (No composite ends in a character below U+0300.) */
static uint32_t compose_pair(uint32_t first, uint32_t last) {
  uint32_t leading = first - HANGUL_LEADING, vowel = last - HANGUL_VOWELS;
  if (leading < LEADING_COUNT && vowel < VOWEL_COUNT)
    return HANGUL_SYLLABLES + (leading * VOWEL_COUNT + vowel) * TRAILING_COUNT;
  uint32_t syllable = first - HANGUL_SYLLABLES, trailing = last - HANGUL_TRAILING;
  if (syllable < SYLLABLE_COUNT && syllable % TRAILING_COUNT == 0 && trailing - 1 < TRAILING_COUNT - 1)
    return first + trailing;
  uint32_t slot = (first * 0x9E3779B1u + last * 0x85EBCA6Bu) >> 21;
  for (; unicode_compositions[slot].composed; slot = (slot + 1) % UNICODE_COMPOSITION_SLOTS) {
    if (unicode_compositions[slot].first == first && unicode_compositions[slot].last == last)
      return unicode_compositions[slot].composed;
  }
  return 0;
}

/* Composes decomposed, ordered text in place; returns the new length. */
static size_t compose(uint32_t *text, size_t length) {
  size_t written = 0, starter = SIZE_MAX;
  uint32_t last_class = 0; /* of the last mark kept after the starter */
  for (size_t i = 0; i < length; i++) {
    uint32_t element = text[i], class = class_of(element);
    bool adjacent = starter != SIZE_MAX && starter + 1 == written;
    if (element >= 0x300 && starter != SIZE_MAX && (adjacent || last_class < class)) {
      uint32_t composed = compose_pair(text[starter] & CODE_POINT_MASK, element & CODE_POINT_MASK);
      if (composed) {
        text[starter] = composed;
        continue;
      }
    }
    if (class == 0) starter = written;
    last_class = class;
    text[written++] = element;
  }
  return written;
}

size_t unicode_normalize(UnicodeForm form, UnicodeVersion version, const uint32_t *text, size_t length, uint32_t *out) {
  size_t written = 0, marks = 0; /* out[marks..written) all have a class other than zero */
  for (size_t i = 0; i < length; i++) {
    size_t count = 1;
    if (text[i] < 0x80)
      out[written] = text[i];
    else
      count = decompose(form, version, text[i], out + written);
    for (size_t end = written + count; written < end; written++) {
      if (class_of(out[written]) == 0) {
        if (written - marks > 1) order_marks(out + marks, out + written);
        marks = written + 1;
      }
    }
  }
  if (written - marks > 1) order_marks(out + marks, out + written);
  if (is_composed(form)) written = compose(out, written);
  for (size_t i = 0; i < written; i++) out[i] &= CODE_POINT_MASK;
  return written;
}
