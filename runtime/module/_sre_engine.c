// The regular expression matcher (_sre_kernel.h), for text of each width, and the searches that use it.
//
// Threads: a pattern never changes; each search has an engine of its own. Long matches poll the safepoint.
#include "runtime/heap/heap.h"
#include "runtime/module/_sre.h"
#include "runtime/object/exception.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/support/unicode.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum : uint32_t {
  NO_BARRIER = UINT32_MAX,
  POLL_MASK = 0xfff,
  FIRST_ENTRIES = 32,
  FIRST_NODES = 16,
  MAX_ENTRIES = 1u << 27, // 4 GB: then MemoryError
};

typedef enum EntryKind : uint32_t {
  UNDO_MARK,         // pc: the mark; at: its old value; limit: the old last_index
  CHOICE_BRANCH,     // pc: the length of the next alternative
  CHOICE_TAIL,       // pc: what follows the repeat
  CHOICE_GREEDY_ONE, // pc: what follows; at: the end tried last; limit: the least end
  CHOICE_LAZY_ONE,   // pc: the operator; at: the end tried last; limit: the greatest end
  CHOICE_LAZY_BODY,  // pc: the MIN_UNTIL
  BARRIER_ASSERT,    // pc: what follows
  BARRIER_ASSERT_NOT,
  BARRIER_ATOMIC,
  BARRIER_POSSESSIVE, // pc: the operands; at: where the iteration began; limit: iterations before
} EntryKind;

typedef struct Entry {
  EntryKind kind : 4;
  uint32_t pc : 28;
  uint32_t repeat, nodes, barrier; // registers to load
  const void *at, *limit;
} Entry;
static_assert(sizeof(Entry) == 32);

// An open repeat after some iterations. Never overwritten: the next iteration has its own.
typedef struct RepeatNode {
  uint32_t pc;       // its operands
  uint32_t previous; // the repeat around it
  ptrdiff_t count;   // iterations begun, less one
  const void *last;  // where the last optional one began: an empty iteration ends the loop
} RepeatNode;

struct Engine {
  Program program;
  const void *begin, *end; // of the text; `end` is endpos
  const void *start, *stop;
  const void *forbidden_stop; // an empty match is not allowed here; NULL: anywhere
  bool whole;                 // the match must reach the end
  bool marks_dirty;           // marks were set without an undo record
  const void **marks;
  size_t mark_count;
  ptrdiff_t last_index;
  Entry *stack;
  uint32_t height, capacity;
  RepeatNode *nodes;
  uint32_t node_count, node_capacity;
  uint32_t steps;
};

static void engine_clear_marks(Engine *engine) {
  memset(engine->marks, 0, engine->mark_count * sizeof *engine->marks);
  engine->last_index = -1;
  engine->marks_dirty = false;
}

[[gnu::noinline]] static bool engine_grow_stack(Engine *engine) {
  uint32_t capacity = engine->capacity ? engine->capacity * 2 : FIRST_ENTRIES;
  Entry *stack = capacity <= MAX_ENTRIES ? realloc(engine->stack, capacity * sizeof *stack) : NULL;
  if (!stack) {
    raise_memory_error();
    return false;
  }
  engine->stack = stack;
  engine->capacity = capacity;
  return true;
}
static inline Entry *engine_push(Engine *engine) {
  if (__builtin_expect(engine->height == engine->capacity, 0) && !engine_grow_stack(engine)) return NULL;
  return &engine->stack[engine->height++];
}

[[gnu::noinline]] static bool engine_grow_nodes(Engine *engine) {
  uint32_t capacity = engine->node_capacity ? engine->node_capacity * 2 : FIRST_NODES;
  RepeatNode *nodes = capacity <= MAX_ENTRIES ? realloc(engine->nodes, capacity * sizeof *nodes) : NULL;
  if (!nodes) {
    raise_memory_error();
    return false;
  }
  engine->nodes = nodes;
  engine->node_capacity = capacity;
  return true;
}
// The new node's index, from 1; 0: MemoryError.
static inline uint32_t engine_node(Engine *engine, RepeatNode node) {
  if (engine->node_count >= engine->node_capacity && !engine_grow_nodes(engine)) return 0;
  engine->nodes[engine->node_count] = node;
  return engine->node_count++;
}

// Forgets the choices above `barrier`, and itself, but keeps what must be undone should the search go further back.
static void engine_cut(Engine *engine, uint32_t barrier) {
  uint32_t kept = barrier;
  for (uint32_t i = barrier + 1; i < engine->height; i++)
    if (engine->stack[i].kind == UNDO_MARK) engine->stack[kept++] = engine->stack[i];
  engine->height = kept;
}
// Undoes everything since `barrier` and forgets it.
static void engine_undo_to(Engine *engine, uint32_t barrier) {
  while (engine->height > barrier) {
    const Entry *entry = &engine->stack[--engine->height];
    if (entry->kind != UNDO_MARK) continue;
    engine->marks[entry->pc] = entry->at;
    engine->last_index = (ptrdiff_t)(uintptr_t)entry->limit;
  }
}

static bool engine_poll(void) {
  return !safepoint_wanted() || safepoint_handle();
}

// ---- Characters ----

uint32_t sre_lower_ascii(uint32_t character) {
  return character - 'A' < 26 ? character + 32 : character;
}
uint32_t sre_lower_locale(uint32_t character) {
  return character < 256 ? (uint32_t)tolower((int)character) : character;
}
uint32_t sre_upper_locale(uint32_t character) {
  return character < 256 ? (uint32_t)toupper((int)character) : character;
}

bool sre_category(SreCategory category, uint32_t character) {
  bool member;
  switch (category & ~1u) {
  case SRE_CATEGORY_DIGIT:
    member = character - '0' < 10;
    break;
  case SRE_CATEGORY_SPACE:
    member = character == ' ' || character - '\t' < 5;
    break;
  case SRE_CATEGORY_WORD:
    member = character < 128 && (character == '_' || (character | 0x20) - 'a' < 26 || character - '0' < 10);
    break;
  case SRE_CATEGORY_LINEBREAK:
    member = character == '\n';
    break;
  case SRE_CATEGORY_LOC_WORD:
    member = character == '_' || (character < 256 && isalnum((int)character));
    break;
  case SRE_CATEGORY_UNI_DIGIT:
    member = unicode_is_decimal(character);
    break;
  case SRE_CATEGORY_UNI_SPACE:
    member = unicode_is_space(character);
    break;
  case SRE_CATEGORY_UNI_WORD:
    member = character == '_' || unicode_is_alnum(character);
    break;
  default:
    member = unicode_is_line_break(character);
    break;
  }
  return member != (category & 1);
}

bool sre_charset(const uint32_t *set, uint32_t character) {
  bool member = true;
  for (;;) {
    switch (*set++) {
    case SRE_FAILURE:
      return !member;
    case SRE_NEGATE:
      member = !member;
      break;
    case SRE_LITERAL:
      if (character == *set++) return member;
      break;
    case SRE_CATEGORY:
      if (sre_category((SreCategory)*set++, character)) return member;
      break;
    case SRE_CHARSET:
      if (character < 256 && (set[character >> 5] >> (character & 31)) & 1) return member;
      set += 8;
      break;
    case SRE_RANGE:
      if (set[0] <= character && character <= set[1]) return member;
      set += 2;
      break;
    case SRE_RANGE_UNI_IGNORE: {
      if (set[0] <= character && character <= set[1]) return member;
      uint32_t upper = unicode_to_upper(character);
      if (set[0] <= upper && upper <= set[1]) return member;
      set += 2;
      break;
    }
    case SRE_BIGCHARSET: {
      uint32_t count = *set++;
      const uint8_t *chunks = (const uint8_t *)set;
      set += 64;
      if (character < 65536) {
        uint32_t bit = chunks[character >> 8] * 256u + (character & 255);
        if ((set[bit >> 5] >> (bit & 31)) & 1) return member;
      }
      set += (size_t)count * 8;
      break;
    }
    default:
      return false;
    }
  }
}

bool sre_charset_locale(const uint32_t *set, uint32_t character) {
  uint32_t lower = sre_lower_locale(character), upper = sre_upper_locale(character);
  return sre_charset(set, lower) || (upper != lower && sre_charset(set, upper));
}

// The set operator at `op`: by its bitmap if it has one.
static inline bool in_set(const Engine *engine, const uint32_t *op, uint32_t character) {
  uint32_t number = engine->program.bitmap_of[op - engine->program.codes];
  if (number && character < 256) return (engine->program.bitmaps[number - 1][character >> 5] >> (character & 31)) & 1;
  switch (op[0]) {
  case SRE_IN:
    return sre_charset(op + 2, character);
  case SRE_IN_IGNORE:
    return sre_charset(op + 2, sre_lower_ascii(character));
  case SRE_IN_UNI_IGNORE:
    return sre_charset(op + 2, unicode_to_lower(character));
  default:
    return sre_charset_locale(op + 2, character);
  }
}

static bool matches_folded(const uint32_t *op, uint32_t character) {
  switch (op[0]) {
  case SRE_LITERAL_IGNORE:
    return sre_lower_ascii(character) == op[1];
  case SRE_NOT_LITERAL_IGNORE:
    return sre_lower_ascii(character) != op[1];
  case SRE_LITERAL_UNI_IGNORE:
    return unicode_to_lower(character) == op[1];
  case SRE_NOT_LITERAL_UNI_IGNORE:
    return unicode_to_lower(character) != op[1];
  default: {
    bool same = character == op[1] || sre_lower_locale(character) == op[1] || sre_upper_locale(character) == op[1];
    return same == (op[0] == SRE_LITERAL_LOC_IGNORE);
  }
  }
}

static bool same_folded(uint32_t op, uint32_t a, uint32_t b) {
  switch (op) {
  case SRE_GROUPREF_IGNORE:
    return sre_lower_ascii(a) == sre_lower_ascii(b);
  case SRE_GROUPREF_UNI_IGNORE:
    return unicode_to_lower(a) == unicode_to_lower(b);
  default:
    return sre_lower_locale(a) == sre_lower_locale(b);
  }
}

#define CHAR    uint8_t
#define NAME(x) x##_1
#include "runtime/module/_sre_kernel.h"
#undef CHAR
#undef NAME
#define CHAR    uint16_t
#define NAME(x) x##_2
#include "runtime/module/_sre_kernel.h"
#undef CHAR
#undef NAME
#define CHAR    uint32_t
#define NAME(x) x##_4
#include "runtime/module/_sre_kernel.h"
#undef CHAR
#undef NAME

// ---- Subjects ----

bool subject_acquire(Subject *subject, Value string, const Pattern *pattern) {
  *subject = (Subject){.string = string, .width = 1};
  if (value_is_str(string)) {
    const Str *text = value_as_str(string);
    subject->data = text->data;
    subject->width = str_width(text);
    subject->length = text->length;
  } else {
    if (!value_has_buffer(string)) {
      raise_type_error("expected string or bytes-like object, got '%.200T'", string);
      return false;
    }
    if (!buffer_acquire(string, &subject->buffer, BUFFER_SIMPLE)) return false;
    subject->data = subject->buffer.data;
    subject->length = subject->buffer.length;
    subject->is_bytes = true;
  }
  if (!pattern || pattern->is_bytes < 0 || (pattern->is_bytes > 0) == subject->is_bytes) return true;
  subject_release(subject);
  raise_type_error(pattern->is_bytes ? "cannot use a bytes pattern on a string-like object"
                                     : "cannot use a string pattern on a bytes-like object");
  return false;
}

void subject_release(Subject *subject) {
  if (subject->buffer.owner) buffer_release(&subject->buffer);
  subject->buffer.owner = NULL;
}

Value subject_slice(const Subject *subject, size_t start, size_t end) {
  if (!subject->is_bytes) return str_substring(subject->string, start, end);
  if (VALUE_IS_EXACT(subject->string, BYTES) && start == 0 && end == subject->length) return subject->string;
  return bytes_new((const uint8_t *)subject->data + start, end > start ? end - start : 0);
}

// ---- Searches ----

static const void *unit_address(const Subject *subject, size_t index) {
  return (const uint8_t *)subject->data + index * (size_t)subject->width;
}
static size_t unit_index(const Subject *subject, const void *address) {
  return (size_t)((const uint8_t *)address - (const uint8_t *)subject->data) / (size_t)subject->width;
}

bool search_start(Search *search, Value pattern_value, Value string, ptrdiff_t position, ptrdiff_t end) {
  const Pattern *pattern = (const Pattern *)value_cell(pattern_value);
  memset(search, 0, offsetof(Search, space));
  search->pattern = pattern;
  search->last_index = -1;
  if (!subject_acquire(&search->subject, string, pattern)) return false;
  ptrdiff_t length = (ptrdiff_t)search->subject.length;
  end = end < 0 ? 0 : end > length ? length : end;
  position = position < 0 ? 0 : position > end ? end : position;
  search->position = search->start = (size_t)position;
  search->end = (size_t)end;
  size_t mark_count = 2 * (size_t)pattern->group_count;
  // Engine and marks in one piece: the marks of the engine (pointers), then those of the search (indexes).
  size_t size = sizeof(Engine) + mark_count * (sizeof(void *) + sizeof(ptrdiff_t));
  Engine *engine = size <= SEARCH_SPACE ? (Engine *)(void *)search->space : malloc(size);
  if (!engine) {
    subject_release(&search->subject);
    raise_memory_error();
    return false;
  }
  memset(engine, 0, size);
  engine->program = pattern_program(pattern);
  engine->marks = (const void **)(engine + 1);
  engine->mark_count = mark_count;
  engine->last_index = -1;
  search->marks = (ptrdiff_t *)(engine->marks + mark_count);
  search->engine = engine;
  return true;
}

void search_finish(Search *search) {
  if (search->engine) {
    free(search->engine->stack);
    free(search->engine->nodes);
    if ((char *)search->engine != search->space) free(search->engine);
    search->engine = NULL;
  }
  subject_release(&search->subject);
  KEEP(search->pattern);
  KEEP(search->subject.string);
}

int search_run(Search *search, SearchMode mode) {
  Engine *engine = search->engine;
  const Subject *subject = &search->subject;
  if (search->start > search->end) return 0;
  engine->begin = subject->data;
  engine->end = unit_address(subject, search->end);
  engine->whole = mode == SEARCH_WHOLE;
  engine->start = unit_address(subject, search->start);
  engine->forbidden_stop = search->must_advance ? engine->start : NULL;
  engine_clear_marks(engine);
  uint32_t pc = 0;
  int found;
  switch (subject->width) {
  case 1:
    found = mode == SEARCH_ANYWHERE ? search_1(engine, engine->start) : match_1(engine, pc, engine->start);
    break;
  case 2:
    found = mode == SEARCH_ANYWHERE ? search_2(engine, engine->start) : match_2(engine, pc, engine->start);
    break;
  default:
    found = mode == SEARCH_ANYWHERE ? search_4(engine, engine->start) : match_4(engine, pc, engine->start);
  }
  if (found <= 0) return found;
  search->start = unit_index(subject, engine->start);
  search->stop = unit_index(subject, engine->stop);
  search->last_index = engine->last_index;
  for (size_t i = 0; i < engine->mark_count; i += 2) {
    const void *from = engine->marks[i], *to = engine->marks[i + 1];
    bool set = from && to;
    search->marks[i] = set ? (ptrdiff_t)unit_index(subject, from) : -1;
    search->marks[i + 1] = set ? (ptrdiff_t)unit_index(subject, to) : -1;
  }
  return 1;
}

void search_advance(Search *search) {
  search->must_advance = search->stop == search->start;
  search->start = search->stop;
}

Value search_group(const Search *search, size_t group, Value otherwise) {
  if (group == 0) return subject_slice(&search->subject, search->start, search->stop);
  ptrdiff_t from = search->marks[2 * group - 2], to = search->marks[2 * group - 1];
  return from < 0 ? otherwise : subject_slice(&search->subject, (size_t)from, (size_t)to);
}
