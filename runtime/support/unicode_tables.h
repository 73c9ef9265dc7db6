/* The generated Unicode tables: layout shared by generate_unicode_tables.py, which writes them, and unicode*.c, which
 * alone read them.
 *
 * A property of a code point is found in two stages: NAME_pages[cp >> 7] is a block number, NAME_blocks[block * 128 +
 * (cp & 127)] a record number. Equal blocks and equal records are stored once; record 0 is an unassigned code point.
 */
#ifndef KRAIT_SUPPORT_UNICODE_TABLES_H
#define KRAIT_SUPPORT_UNICODE_TABLES_H

#include "runtime/support/unicode.h"

enum { UNICODE_PAGE_SHIFT = 7, UNICODE_NO_VALUE = 255, UNICODE_COMPOSITION_SLOTS = 2048, UNICODE_NAME_BUCKETS = 16384 };

typedef struct {
  uint16_t flags;
  uint8_t decimal, digit; /* UNICODE_NO_VALUE: none */
  uint8_t numeric;        /* index into unicode_numeric_values, 0: none */
  uint8_t category;
  uint16_t case_record;
} UnicodeTypeRecord;

/* Indexed by UnicodeCase. sequence != 0: offset in unicode_case_sequences of a length and that many code points. */
typedef enum { CASE_UPPER, CASE_LOWER, CASE_TITLE, CASE_FOLD } UnicodeCase;
typedef struct {
  int32_t delta[4];
  uint16_t sequence[4];
} UnicodeCaseRecord;

typedef struct {
  uint8_t combining, bidirectional, width;
  uint8_t quick_check; /* two bits a UnicodeForm, each a UnicodeQuick */
} UnicodeDatabaseRecord;

/* A code point whose 3.2.0 properties differ has a record other than 0, which replaces all of them. */
typedef struct {
  uint8_t category, bidirectional, width, combining, mirrored, decimal, digit, numeric;
} UnicodeOldRecord;

/* A code point whose canonical decomposition was corrected after 3.2.0, and the old mapping. */
typedef struct {
  uint32_t code_point, decomposed;
} UnicodeCorrection;

typedef struct {
  uint32_t first, last, composed; /* composed 0: free slot */
} UnicodeComposition;

/* Names made of a prefix and the code point in hexadecimal. */
typedef struct {
  uint32_t first, last;
  const char *prefix;
} UnicodeNumberedRange;

/* From code_point on, consecutive code points have the names `ordinal` and following. */
typedef struct {
  uint32_t code_point, ordinal;
} UnicodeNameRun;

#define TWO_STAGE(name, type)                                                                                          \
  extern const uint16_t name##_pages[];                                                                                \
  extern const type name##_blocks[];                                                                                   \
  static inline uint32_t name##_index(uint32_t code_point) {                                                           \
    if (code_point > UNICODE_MAX) code_point = UNICODE_MAX; /* U+10FFFF is unassigned */                               \
    uint32_t block = name##_pages[code_point >> UNICODE_PAGE_SHIFT];                                                   \
    return name##_blocks[(block << UNICODE_PAGE_SHIFT) + (code_point & ((1 << UNICODE_PAGE_SHIFT) - 1))];              \
  }

TWO_STAGE(unicode_type, uint16_t)
TWO_STAGE(unicode_database, uint8_t)
TWO_STAGE(unicode_old, uint8_t)
TWO_STAGE(unicode_decomposition, uint16_t)
#undef TWO_STAGE

extern const UnicodeTypeRecord unicode_type_records[];
extern const UnicodeCaseRecord unicode_case_records[];
extern const uint16_t unicode_case_sequences[];
extern const double unicode_numeric_values[];
extern const UnicodeDatabaseRecord unicode_database_records[];
extern const UnicodeOldRecord unicode_old_records[];
extern const UnicodeCorrection unicode_old_corrections[];
extern const char *const unicode_category_names[];
extern const char *const unicode_bidirectional_names[];
extern const char *const unicode_width_names[];
extern const char *const unicode_tag_names[];

/* A decomposition is its length << 8 | tag, then its code points. Offset 0: none. */
extern const uint32_t unicode_decomposition_data[];
/* Open-addressing hash table of canonical pairs. */
extern const UnicodeComposition unicode_compositions[UNICODE_COMPOSITION_SLOTS];

/* Names: see unicode_names.c. */
extern const UnicodeNumberedRange unicode_numbered_ranges[];
extern const uint8_t unicode_name_text[];
extern const uint32_t unicode_name_offsets[];
extern const uint8_t unicode_name_letters[];
extern const uint32_t unicode_name_words[];
extern const uint32_t unicode_name_single_words[1];
extern const UnicodeNameRun unicode_name_runs[];
extern const uint32_t unicode_name_run_count[1];
extern const uint32_t unicode_name_count[1];
extern const uint16_t unicode_extra_starts[];
extern const uint32_t unicode_extra_code_points[];
extern const uint16_t unicode_name_buckets[UNICODE_NAME_BUCKETS + 1];
extern const uint16_t unicode_name_bucket_members[];

static inline const UnicodeTypeRecord *unicode_type_record(uint32_t code_point) {
  return &unicode_type_records[unicode_type_index(code_point)];
}

static inline const UnicodeDatabaseRecord *unicode_database_record(uint32_t code_point) {
  return &unicode_database_records[unicode_database_index(code_point)];
}

/* Whether the 3.2.0 database does not know a code point that 14.0.0 has. */
static inline bool unicode_unassigned_in(UnicodeVersion version, uint32_t code_point) {
  if (version == UNICODE_14_0_0) return false;
  uint32_t old = unicode_old_index(code_point);
  return old != 0 && unicode_old_records[old].category == 0;
}

#endif
