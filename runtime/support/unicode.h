/* Unicode 14.0.0: character properties, case, normalization and names, as CPython 3.11 knows them.
 *
 * Everything is a pure function of its arguments on code points (uint32_t) and caller-owned buffers: no heap, no locks,
 * no errors beyond the documented return values. A code point above UNICODE_MAX is treated as unassigned. The tables
 * behind this header are made at build time by generate_unicode_tables.py from python3.11 itself.
 */
#ifndef KRAIT_SUPPORT_UNICODE_H
#define KRAIT_SUPPORT_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  UNICODE_MAX = 0x10FFFF,
  UNICODE_CASE_MAX = 3,           /* code points in the longest full case mapping */
  UNICODE_NAME_MAX = 128,         /* a buffer of this size holds every character name and its NUL */
  UNICODE_NAMED_SEQUENCE_MAX = 4, /* code points in the longest named sequence */
};

/* Property bits, in the order of FLAGS in the generator. Each is what the str method or unicodedata reports. */
typedef enum {
  UNICODE_ALPHA = 1 << 0,
  UNICODE_DECIMAL = 1 << 1,
  UNICODE_DIGIT = 1 << 2,
  UNICODE_NUMERIC = 1 << 3,
  UNICODE_SPACE = 1 << 4,
  UNICODE_PRINTABLE = 1 << 5,
  UNICODE_LINE_BREAK = 1 << 6,
  UNICODE_XID_START = 1 << 7,
  UNICODE_XID_CONTINUE = 1 << 8,
  UNICODE_CASED = 1 << 9,
  UNICODE_CASE_IGNORABLE = 1 << 10,
  UNICODE_LOWER = 1 << 11,
  UNICODE_UPPER = 1 << 12,
  UNICODE_TITLE = 1 << 13,
  UNICODE_MIRRORED = 1 << 14,
  UNICODE_ALNUM = UNICODE_ALPHA | UNICODE_DECIMAL | UNICODE_DIGIT | UNICODE_NUMERIC,
} UnicodeFlag;

extern const uint16_t unicode_latin1_flags[256];

/* All property bits of a code point. */
uint32_t unicode_flags(uint32_t code_point);

static inline bool unicode_has(uint32_t code_point, UnicodeFlag flag) {
  uint32_t flags = code_point < 256 ? unicode_latin1_flags[code_point] : unicode_flags(code_point);
  return (flags & flag) != 0;
}

static inline bool unicode_is_alpha(uint32_t code_point) {
  return unicode_has(code_point, UNICODE_ALPHA);
}
static inline bool unicode_is_decimal(uint32_t code_point) {
  return unicode_has(code_point, UNICODE_DECIMAL);
}
static inline bool unicode_is_digit(uint32_t code_point) {
  return unicode_has(code_point, UNICODE_DIGIT);
}
static inline bool unicode_is_numeric(uint32_t code_point) {
  return unicode_has(code_point, UNICODE_NUMERIC);
}
static inline bool unicode_is_alnum(uint32_t code_point) {
  return unicode_has(code_point, UNICODE_ALNUM);
}
static inline bool unicode_is_space(uint32_t code_point) {
  return unicode_has(code_point, UNICODE_SPACE);
}
static inline bool unicode_is_printable(uint32_t code_point) {
  return unicode_has(code_point, UNICODE_PRINTABLE);
}
static inline bool unicode_is_line_break(uint32_t code_point) {
  return unicode_has(code_point, UNICODE_LINE_BREAK);
}
static inline bool unicode_is_lower(uint32_t code_point) {
  return unicode_has(code_point, UNICODE_LOWER);
}
static inline bool unicode_is_upper(uint32_t code_point) {
  return unicode_has(code_point, UNICODE_UPPER);
}
static inline bool unicode_is_title(uint32_t code_point) {
  return unicode_has(code_point, UNICODE_TITLE);
}
static inline bool unicode_is_cased(uint32_t code_point) {
  return unicode_has(code_point, UNICODE_CASED);
}
static inline bool unicode_is_case_ignorable(uint32_t code_point) {
  return unicode_has(code_point, UNICODE_CASE_IGNORABLE);
}

/* First and later characters of an identifier as str.isidentifier takes them: '_' counts as a start. */
static inline bool unicode_is_xid_start(uint32_t code_point) {
  return unicode_has(code_point, UNICODE_XID_START);
}
static inline bool unicode_is_xid_continue(uint32_t code_point) {
  return unicode_has(code_point, UNICODE_XID_CONTINUE);
}

static inline bool unicode_is_surrogate(uint32_t code_point) {
  return (code_point & 0xFFFFF800) == 0xD800;
}

/* Simple case mappings: one code point to one, the first of the full mapping where that has several. */
uint32_t unicode_to_upper_other(uint32_t code_point);
uint32_t unicode_to_lower_other(uint32_t code_point);
uint32_t unicode_to_title(uint32_t code_point);

static inline uint32_t unicode_to_upper(uint32_t code_point) {
  if (code_point < 128) return code_point - 'a' < 26 ? code_point - 32 : code_point;
  return unicode_to_upper_other(code_point);
}

static inline uint32_t unicode_to_lower(uint32_t code_point) {
  if (code_point < 128) return code_point - 'A' < 26 ? code_point + 32 : code_point;
  return unicode_to_lower_other(code_point);
}

/* Full case mappings: write one to UNICODE_CASE_MAX code points and return how many. The context rule for a final sigma
 * is the caller's (see unicode_is_cased and unicode_is_case_ignorable). */
int unicode_to_upper_full(uint32_t code_point, uint32_t out[UNICODE_CASE_MAX]);
int unicode_to_lower_full(uint32_t code_point, uint32_t out[UNICODE_CASE_MAX]);
int unicode_to_title_full(uint32_t code_point, uint32_t out[UNICODE_CASE_MAX]);
int unicode_to_folded_full(uint32_t code_point, uint32_t out[UNICODE_CASE_MAX]);

/* The value as a decimal digit or as a digit, -1 if it has none. */
int unicode_decimal_other(uint32_t code_point);
int unicode_digit(uint32_t code_point);

static inline int unicode_decimal(uint32_t code_point) {
  if (code_point < 128) return code_point - '0' < 10 ? (int)(code_point - '0') : -1;
  return unicode_decimal_other(code_point);
}

/* Stores the numeric value (fractions too); false if the code point has none. */
bool unicode_numeric(uint32_t code_point, double *value);

/* What the unicodedata module reports, for the current database and for unicodedata.ucd_3_2_0. */
typedef enum { UNICODE_14_0_0, UNICODE_3_2_0 } UnicodeVersion;

typedef struct {
  const char *category;         /* "Lu", ...; "Cn" for unassigned */
  const char *bidirectional;    /* "" where there is none */
  const char *east_asian_width; /* "N", "W", ... */
  uint8_t combining;
  bool mirrored;
  int8_t decimal, digit; /* -1: none */
  bool has_numeric;
  double numeric;
} UnicodeProperties;

UnicodeProperties unicode_properties(uint32_t code_point, UnicodeVersion version);

/* The two letters of the general category, NUL-terminated. */
const char *unicode_category(uint32_t code_point);
/* Canonical combining class. */
uint8_t unicode_combining(uint32_t code_point);

/* Decomposition mapping, one step. `tag` is "" for a canonical mapping, "<compat>" and the like otherwise; length 0:
 * none. Hangul syllables have none here (their decomposition is computed by unicode_normalize). */
typedef struct {
  const char *tag;
  const uint32_t *code_points;
  int length;
} UnicodeDecomposition;

UnicodeDecomposition unicode_decomposition(uint32_t code_point, UnicodeVersion version);

typedef enum { UNICODE_NFD, UNICODE_NFKD, UNICODE_NFC, UNICODE_NFKC } UnicodeForm;
typedef enum { UNICODE_QUICK_YES, UNICODE_QUICK_MAYBE, UNICODE_QUICK_NO } UnicodeQuick;

/* Whether text is in a normalization form: yes and no are definite. */
UnicodeQuick unicode_quick_check(UnicodeForm form, const uint32_t *text, size_t length);

/* How many code points `out` of unicode_normalize must hold; SIZE_MAX if that overflows. */
size_t unicode_normalize_capacity(UnicodeForm form, UnicodeVersion version, const uint32_t *text, size_t length);

/* Normalizes text into `out` (not overlapping, unicode_normalize_capacity long) and returns the length of the result.
 */
size_t unicode_normalize(UnicodeForm form, UnicodeVersion version, const uint32_t *text, size_t length, uint32_t *out);

/* Writes the character's name and a NUL; returns its length, 0 if it has no name or size is too small. */
size_t unicode_name(uint32_t code_point, UnicodeVersion version, char *buffer, size_t size);

/* The character that `name` denotes, by its name or a formal alias, as \N{...} accepts; false if there is none. */
bool unicode_lookup_name(const char *name, size_t length, uint32_t *code_point);

/* As unicodedata.lookup, which also knows named sequences: writes the code points and returns how many, 0 if none. */
int unicode_lookup(const char *name, size_t length, UnicodeVersion version, uint32_t out[UNICODE_NAMED_SEQUENCE_MAX]);

#ifdef __cplusplus
}
#endif
#endif
