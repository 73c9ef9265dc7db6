// Installing and removing compiled code. See compiled_code.h.
#include "vm/compiled_code.h"
#include "runtime/heap/heap.h"
#include "runtime/object/opcodes.h"
#include "runtime/thread/lock.h"
#include "runtime/thread/safepoint.h"

static void compiled_code_release(Cell *cell) {
  CompiledCode *compiled = (CompiledCode *)cell;
  if (compiled->release_data) compiled->release_data(compiled->data);
}
static const CellType compiled_code_type = {
    .name = "compiled code",
    CELL_VALUES(CompiledCode, code, constants),
    .release = compiled_code_release,
};
static Shape *compiled_code_shape;

CompiledCode *compiled_code_new(Code *code, uint32_t entry_word) {
  Shape *shape = shape_internal(&compiled_code_shape, &compiled_code_type);
  CompiledCode *compiled = shape ? cell_alloc(shape, sizeof *compiled) : NULL;
  if (!compiled) return NULL;
  gc_init(compiled, &compiled->code, value_from_cell(code));
  compiled->entry_word = entry_word;
  atomic_store_explicit(&compiled->valid, 1, memory_order_relaxed);
  return compiled;
}

// The instruction words are rewritten under the code's lock: two threads that install and remove agree on what stands
// there. (Other quickening never touches RESUME and LOOP.)

static Instruction word_at(const Code *code, uint32_t at) {
  return __atomic_load_n(&code->words[at], __ATOMIC_RELAXED);
}
static bool is_resume(const Code *code, uint32_t at) {
  return opcode_base[instruction_opcode(word_at(code, at))] == OP_RESUME;
}

// Does the instruction at `at` lead to the entry at `entry_word`?
static bool leads_to(const Code *code, uint32_t at, uint32_t entry_word) {
  Instruction word = word_at(code, at);
  switch (opcode_base[instruction_opcode(word)]) {
  case OP_RESUME:
    return at == entry_word || (code_makes_generators(code) && is_resume(code, entry_word));
  case OP_LOOP:
    return (int64_t)at + instruction_bc(word) == entry_word;
  default:
    return false;
  }
}
static Value *cache_at(const Code *code, uint32_t at) {
  return (Value *)&code->words[at + 1];
}
static uint32_t next_instruction(const Code *code, uint32_t at) {
  return at + 1 + opcode_information[opcode_base[instruction_opcode(word_at(code, at))]].caches;
}
// The first instruction from `at` on that leads to the entry; word_count: none.
static uint32_t find_leading(const Code *code, uint32_t at, uint32_t entry_word) {
  while (at < code->word_count && !leads_to(code, at, entry_word)) at = next_instruction(code, at);
  return at;
}
static void set_opcode(const Code *code, uint32_t at, unsigned opcode) {
  __atomic_store_n(&code->words[at], (word_at(code, at) & ~(Instruction)0xff) | opcode, __ATOMIC_RELEASE);
}

uint32_t compiled_code_first_resume(const Code *code) {
  uint32_t at = 0;
  while (!is_resume(code, at)) at = next_instruction(code, at);
  return at;
}

bool compiled_code_install(CompiledCode *compiled) {
  Code *code = value_as_code(compiled->code);
  threads_code_installed();
  bool found = false;
  cell_lock(code);
  for (uint32_t at = 0; (at = find_leading(code, at, compiled->entry_word)) < code->word_count;
       at = next_instruction(code, at)) {
    gc_store(value_cell(code->instructions), cache_at(code, at), value_from_cell(compiled));
    set_opcode(code, at, is_resume(code, at) ? OP_RESUME_COMPILED : OP_LOOP_COMPILED);
    found = true;
  }
  cell_unlock(code);
  return found;
}

void compiled_code_remove(CompiledCode *compiled) {
  Code *code = value_as_code(compiled->code);
  atomic_store_explicit(&compiled->valid, 0, memory_order_release);
  cell_lock(code);
  for (uint32_t at = 0; (at = find_leading(code, at, compiled->entry_word)) < code->word_count;
       at = next_instruction(code, at)) {
    if (*cache_at(code, at) != value_from_cell(compiled)) continue;
    set_opcode(code, at, is_resume(code, at) ? OP_RESUME : OP_LOOP);
    gc_store(value_cell(code->instructions), cache_at(code, at), NULL);
  }
  cell_unlock(code);
}

CompiledCode *compiled_code_at(const Code *code, uint32_t entry_word) {
  uint32_t at = find_leading(code, 0, entry_word);
  return at < code->word_count ? (CompiledCode *)value_cell(gc_load(cache_at(code, at))) : NULL;
}
