// Code objects: made from their parts, and asked for positions. Their Python side is in code_object.c.
#include "runtime/object/code.h"
#include "runtime/heap/heap.h"
#include "runtime/object/code_object.h"
#include "runtime/object/exception.h"
#include "runtime/object/object.h"
#include "runtime/object/opcodes.h"
#include "runtime/object/sequence.h"
#include <string.h>

// The instruction words, whose cache words refer to cells.
typedef struct InstructionWords {
  Cell head;
  size_t count;
  Instruction words[];
} InstructionWords;
// The tables that need no tracing.
typedef struct CodeTables {
  Cell head;
  size_t size;
  char bytes[];
} CodeTables;

// How many cache words follow the instruction at `at`.
static size_t cache_words(const Instruction *words, size_t at, size_t count) {
  unsigned base = opcode_base[words[at] & 0xff];
  size_t caches = base < OPCODE_COUNT ? opcode_information[base].caches : 0;
  return caches < count - at ? caches : count - at - 1;
}
static void words_trace(Cell *cell, Tracer *tracer) {
  InstructionWords *words = (InstructionWords *)cell;
  for (size_t at = 0; at < words->count;) {
    size_t caches = cache_words(words->words, at, words->count);
    Value *cache = (Value *)&words->words[at + 1];
    if (caches > 0) trace_range(tracer, cache, cache + caches);
    at += 1 + caches;
  }
}
static const CellType words_type = {.name = "instructions", .trace = words_trace, .has_tail = true};
static const CellType tables_type = {.name = "code tables", .has_tail = true};
static Shape *words_shape, *tables_shape;

Value code_words_new(const Instruction *from, size_t count) {
  Shape *shape = shape_internal(&words_shape, &words_type);
  InstructionWords *words = shape ? cell_alloc(shape, sizeof *words + count * sizeof *from) : NULL;
  if (!words) return NULL;
  words->count = count;
  memcpy(words->words, from, count * sizeof *from);
  for (size_t at = 0; at < count;) { // the collector takes cache words for values, whoever wrote them
    size_t caches = cache_words(words->words, at, count);
    for (size_t i = 1; i <= caches; i++) words->words[at + i] = 0;
    at += 1 + caches;
  }
  return value_from_cell(words);
}

Instruction *code_words(Value cell) {
  return ((InstructionWords *)value_cell(cell))->words;
}

static void *table_put(CodeTables *tables, size_t *offset, const void *from, size_t size) {
  if (!from || size == 0) return NULL;
  void *to = tables->bytes + *offset;
  memcpy(to, from, size);
  *offset += (size + 7) / 8 * 8;
  return to;
}
static bool tables_make(Code *code, const CodeParts *parts) {
  size_t exceptions = parts->exception_count * sizeof(ExceptionRange);
  size_t positions = parts->position_count * sizeof(PositionRange);
  size_t live = parts->live_count * sizeof(LiveRange);
  size_t cells = parts->cell_arguments ? code->cell_count * sizeof(uint16_t) : 0;
  Shape *shape = shape_internal(&tables_shape, &tables_type);
  CodeTables *tables =
      shape ? cell_alloc(shape, sizeof *tables + exceptions + positions + live + cells + 4 * sizeof(uint64_t)) : NULL;
  if (!tables) return false;
  size_t offset = 0;
  code->exceptions = table_put(tables, &offset, parts->exceptions, exceptions);
  code->positions = table_put(tables, &offset, parts->positions, positions);
  code->live_ranges = table_put(tables, &offset, parts->live_ranges, live);
  code->cell_arguments = table_put(tables, &offset, parts->cell_arguments, cells);
  code->exception_count = parts->exception_count;
  code->position_count = parts->position_count;
  code->live_count = parts->live_count;
  gc_init(code, &code->tables, value_from_cell(tables));
  return true;
}

// How many arguments an exact call has; UINT32_MAX: no call is exact, as binding them, or pushing the frame, takes
// more.
static uint32_t exact_count(uint32_t flags, uint32_t arguments, uint32_t keyword_only) {
  bool binds = flags & (CODE_VARARGS | CODE_VARKEYWORDS) || keyword_only > 0;
  return binds || !(flags & CODE_OPTIMIZED) ? UINT32_MAX : arguments;
}

Value code_new(const CodeParts *parts) {
  Value instructions = code_words_new(parts->words, parts->word_count);
  Code *code = instructions ? cell_alloc(SHAPE(CODE), sizeof *code) : NULL;
  if (!code) return NULL;
  gc_init(code, &code->name, parts->name);
  gc_init(code, &code->qualified_name, parts->qualified_name);
  gc_init(code, &code->filename, parts->filename);
  gc_init(code, &code->constants, parts->constants);
  gc_init(code, &code->names, parts->names);
  gc_init(code, &code->variable_names, parts->variable_names);
  gc_init(code, &code->cell_names, parts->cell_names);
  gc_init(code, &code->free_names, parts->free_names);
  gc_init(code, &code->instructions, instructions);
  code->words = code_words(instructions);
  code->word_count = parts->word_count;
  code->flags = parts->flags;
  code->argument_count = parts->argument_count;
  code->positional_only_count = parts->positional_only_count;
  code->keyword_only_count = parts->keyword_only_count;
  code->local_count = (uint32_t)tuple_count(parts->variable_names);
  code->cell_count = (uint32_t)tuple_count(parts->cell_names);
  code->free_count = (uint32_t)tuple_count(parts->free_names);
  code->register_count = parts->register_count;
  code->first_line = parts->first_line;
  code->clear_count = code_named_count(code);
  code->exact_count = exact_count(parts->flags, parts->argument_count, parts->keyword_only_count);
  return tables_make(code, parts) ? value_from_cell(code) : NULL;
}

bool code_position(const Code *code, uint32_t word_index, PositionRange *position) {
  uint32_t low = 0, high = code->position_count;
  while (low < high) { // the last entry that starts at or before the word
    uint32_t middle = (low + high) / 2;
    if (code->positions[middle].start <= word_index)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0 || word_index >= code->word_count) return false;
  *position = code->positions[low - 1];
  return position->line > 0;
}

uint32_t code_live_registers(const Code *code, uint32_t word_index) {
  uint32_t low = 0, high = code->live_count;
  while (low < high) { // the last range that starts at or before the word
    uint32_t middle = (low + high) / 2;
    if (code->live_ranges[middle].start <= word_index)
      low = middle + 1;
    else
      high = middle;
  }
  return low > 0 ? code->live_ranges[low - 1].live : 0;
}

void code_distrust(Code *code) {
  code->is_foreign = true;
  code->clear_count = code->register_count;
  __atomic_store_n(&code->exact_count, UINT32_MAX, __ATOMIC_RELAXED);
  __atomic_store_n(&code->untrusted, true, __ATOMIC_RELEASE);
}
void code_trust(Code *code, bool liveness) {
  if (liveness) {
    code->is_foreign = false;
    code->clear_count = code_named_count(code);
  }
  uint32_t count = exact_count(code->flags, code->argument_count, code->keyword_only_count);
  // Whoever sees that it is trusted must see the rest.
  __atomic_store_n(&code->exact_count, count, __ATOMIC_RELEASE);
  __atomic_store_n(&code->untrusted, false, __ATOMIC_RELEASE);
}

Instruction code_plain_word(const Code *code, uint32_t index) {
  Instruction word = __atomic_load_n(&code->words[index], __ATOMIC_RELAXED);
  unsigned base = opcode_base[word & 0xff];
  if (base >= OPCODE_COUNT) return word;
  Instruction auxiliary = word >> 8 & 0xff;
  if (base >= OP_ADD && base <= OP_COMPARE_GREATER_EQUAL_CONST) auxiliary &= 0xf;
  return (word & ~(Instruction)0xffff) | auxiliary << 8 | base;
}
