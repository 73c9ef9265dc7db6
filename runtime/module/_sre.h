// The regular expression engine: what its files share.
//
// A pattern is the list of 32-bit codes that the library's re/_compiler.py makes. _sre_check.c verifies it, so that
// the engine can trust it; _sre_engine.c matches; _sre_match.c has match objects; _sre.c has patterns and the module.
#pragma once

#include "runtime/object/bytes.h"
#include "runtime/object/class.h"
#include "runtime/object/native.h"

typedef enum SreOp : uint32_t {
  SRE_FAILURE,
  SRE_SUCCESS,
  SRE_ANY,
  SRE_ANY_ALL,
  SRE_ASSERT,
  SRE_ASSERT_NOT,
  SRE_AT,
  SRE_BRANCH,
  SRE_CATEGORY,
  SRE_CHARSET,
  SRE_BIGCHARSET,
  SRE_GROUPREF,
  SRE_GROUPREF_EXISTS,
  SRE_IN,
  SRE_INFO,
  SRE_JUMP,
  SRE_LITERAL,
  SRE_MARK,
  SRE_MAX_UNTIL,
  SRE_MIN_UNTIL,
  SRE_NOT_LITERAL,
  SRE_NEGATE,
  SRE_RANGE,
  SRE_REPEAT,
  SRE_REPEAT_ONE,
  SRE_SUBPATTERN,
  SRE_MIN_REPEAT_ONE,
  SRE_ATOMIC_GROUP,
  SRE_POSSESSIVE_REPEAT,
  SRE_POSSESSIVE_REPEAT_ONE,
  SRE_GROUPREF_IGNORE,
  SRE_IN_IGNORE,
  SRE_LITERAL_IGNORE,
  SRE_NOT_LITERAL_IGNORE,
  SRE_GROUPREF_LOC_IGNORE,
  SRE_IN_LOC_IGNORE,
  SRE_LITERAL_LOC_IGNORE,
  SRE_NOT_LITERAL_LOC_IGNORE,
  SRE_GROUPREF_UNI_IGNORE,
  SRE_IN_UNI_IGNORE,
  SRE_LITERAL_UNI_IGNORE,
  SRE_NOT_LITERAL_UNI_IGNORE,
  SRE_RANGE_UNI_IGNORE,
} SreOp;

typedef enum SreAt : uint32_t {
  SRE_AT_BEGINNING,
  SRE_AT_BEGINNING_LINE,
  SRE_AT_BEGINNING_STRING,
  SRE_AT_BOUNDARY,
  SRE_AT_NON_BOUNDARY,
  SRE_AT_END,
  SRE_AT_END_LINE,
  SRE_AT_END_STRING,
  SRE_AT_LOC_BOUNDARY,
  SRE_AT_LOC_NON_BOUNDARY,
  SRE_AT_UNI_BOUNDARY,
  SRE_AT_UNI_NON_BOUNDARY,
  SRE_AT_COUNT,
} SreAt;

// Every second one is the negation of the one before.
typedef enum SreCategory : uint32_t {
  SRE_CATEGORY_DIGIT,
  SRE_CATEGORY_NOT_DIGIT,
  SRE_CATEGORY_SPACE,
  SRE_CATEGORY_NOT_SPACE,
  SRE_CATEGORY_WORD,
  SRE_CATEGORY_NOT_WORD,
  SRE_CATEGORY_LINEBREAK,
  SRE_CATEGORY_NOT_LINEBREAK,
  SRE_CATEGORY_LOC_WORD,
  SRE_CATEGORY_LOC_NOT_WORD,
  SRE_CATEGORY_UNI_DIGIT,
  SRE_CATEGORY_UNI_NOT_DIGIT,
  SRE_CATEGORY_UNI_SPACE,
  SRE_CATEGORY_UNI_NOT_SPACE,
  SRE_CATEGORY_UNI_WORD,
  SRE_CATEGORY_UNI_NOT_WORD,
  SRE_CATEGORY_UNI_LINEBREAK,
  SRE_CATEGORY_UNI_NOT_LINEBREAK,
  SRE_CATEGORY_COUNT,
} SreCategory;

enum : uint32_t {
  SRE_FLAG_TEMPLATE = 1,
  SRE_FLAG_IGNORECASE = 2,
  SRE_FLAG_LOCALE = 4,
  SRE_FLAG_MULTILINE = 8,
  SRE_FLAG_DOTALL = 16,
  SRE_FLAG_UNICODE = 32,
  SRE_FLAG_VERBOSE = 64,
  SRE_FLAG_DEBUG = 128,
  SRE_FLAG_ASCII = 256,
  SRE_INFO_PREFIX = 1,
  SRE_INFO_LITERAL = 2,
  SRE_INFO_CHARSET = 4,
  SRE_MAX_REPEAT = UINT32_MAX,
  SRE_MAX_GROUPS = INT32_MAX / 2,
  SRE_MAGIC = 20220615,
};

// ---- Patterns ----

typedef struct Pattern {
  Cell head;
  Value source;      // the str or bytes it was made from, or None
  Value group_index; // dict: name -> number
  Value index_group; // tuple: number -> name or None
  Value program;     // bytes: the codes, then their bitmap numbers, then the bitmaps (see Program)
  // ---- end of values
  uint32_t flags;
  uint32_t group_count;
  int8_t is_bytes; // -1: matches both
} Pattern;

// A verified code and, for each set in it, a bitmap of the characters below 256, so that most tests are one load.
typedef struct Program {
  const uint32_t *codes;
  size_t length;
  const uint32_t *bitmap_of; // by position of a set's opcode: number of its bitmap, from 1; 0: none
  const uint32_t (*bitmaps)[8];
} Program;

Program pattern_program(const Pattern *pattern);
extern Value sre_pattern_class, sre_match_class, sre_scanner_class; // classes; roots

// _sre_check.c: RuntimeError "invalid SRE code", or RecursionError. Sets `sets[i]` (zero before) to 1 for each operator
// with a set at position i (an INFO too).
bool sre_check(const uint32_t *codes, size_t length, size_t group_count, uint32_t *sets);

// ---- Matching ----

// The text that is searched.
typedef struct Subject {
  Value string;
  const void *data;
  int width;
  size_t length;
  bool is_bytes;
  Buffer buffer; // held while not a str
} Subject;
// TypeError for what is neither text nor buffer, or does not go with the pattern.
bool subject_acquire(Subject *subject, Value string, const Pattern *pattern);
void subject_release(Subject *subject);
// string[start:end]
Value subject_slice(const Subject *subject, size_t start, size_t end);

typedef struct Engine Engine;
enum { SEARCH_SPACE = 640 }; // enough for the engine and the marks of a dozen groups
// One search through a subject: `start`, the place and groups of the last match.
typedef struct Search {
  const Pattern *pattern;
  Subject subject;
  size_t position, end; // pos and endpos, clipped
  size_t start;         // where the next match may begin; afterwards where it began
  size_t stop;          // where it ended
  bool must_advance;    // the next match may not be empty if it is at `start`
  ptrdiff_t *marks;     // 2 for each group; -1: unset
  ptrdiff_t last_index; // number of the group closed last, or -1
  Engine *engine;
  alignas(16) char space[SEARCH_SPACE]; // the engine stands here, or on the heap if it needs more
} Search;

bool search_start(Search *search, Value pattern, Value string, ptrdiff_t position, ptrdiff_t end);
void search_finish(Search *search);
typedef enum SearchMode : uint8_t { SEARCH_ANYWHERE, SEARCH_HERE, SEARCH_WHOLE } SearchMode;
// 1: found; 0: not; -1: an exception is pending (MemoryError, or what a signal handler raised).
int search_run(Search *search, SearchMode mode);
// After a match: the next one begins behind it.
void search_advance(Search *search);
// Text of a group of the last match; `otherwise` if it took no part.
Value search_group(const Search *search, size_t group, Value otherwise);

// ---- Characters ----

bool sre_category(SreCategory category, uint32_t character);
// Is the character in the set that begins at `set` (behind the length of an IN)?
bool sre_charset(const uint32_t *set, uint32_t character);
bool sre_charset_locale(const uint32_t *set, uint32_t character);
uint32_t sre_lower_ascii(uint32_t character);
uint32_t sre_lower_locale(uint32_t character);
uint32_t sre_upper_locale(uint32_t character);

// ---- Match objects (_sre_match.c) ----

Value match_new(Value pattern, const Search *search); // of the last match
extern const ClassDef sre_match_definition;
// Expands a template that re._parser.parse_template made, (groups, literals). `match` gives the groups.
Value match_expand_parsed(Value match, Value parsed);
