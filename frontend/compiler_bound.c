// Which locals are certainly bound where: most CHECK_BOUND operations turn out superfluous.
//
// A forward analysis over the blocks. A local is bound on entry to a block if it is at the end of all blocks that lead
// there. Into an exception handler lead all operations of the blocks it covers: there a local counts as bound if it is
// at the block's start and nothing in the block unbinds it.
#include "frontend/compiler_internal.h"

#include <string.h>

typedef struct BoundState {
  Unit *unit;
  uint32_t words; // of a set of locals
  uint64_t *current, *unbound;
} BoundState;

static bool is_local(const BoundState *state, Register place) {
  return place < state->unit->variable_count;
}
static void set_add(uint64_t *set, Register local) {
  set[local >> 6] |= (uint64_t)1 << (local & 63);
}
static void set_remove(uint64_t *set, Register local) {
  set[local >> 6] &= ~((uint64_t)1 << (local & 63));
}
static bool set_has(const uint64_t *set, Register local) {
  return set[local >> 6] >> (local & 63) & 1;
}

// Intersects the entry state of `block` with `set` without `except`. Returns whether it changed.
static bool meet(const BoundState *state, Block *block, const uint64_t *set, const uint64_t *except) {
  bool changed = false;
  for (uint32_t i = 0; i < state->words; i++) {
    uint64_t value = block->bound[i] & (set[i] & ~(except ? except[i] : 0));
    changed |= value != block->bound[i];
    block->bound[i] = value;
  }
  return changed;
}

// Runs through the block from its entry state; with `remove`, checks of bound locals become NOPs without a line.
static void walk(BoundState *state, Block *block, bool remove) {
  memcpy(state->current, block->bound, state->words * sizeof(uint64_t));
  memset(state->unbound, 0, state->words * sizeof(uint64_t));
  Operation *operation = state->unit->operations + block->first;
  for (uint32_t i = 0; i < block->count; i++, operation++) {
    switch (operation->opcode) {
    case OP_CHECK_BOUND:
      if (remove && set_has(state->current, operation->a)) {
        operation->opcode = OP_NOP;
        operation->a = 0;
        operation->range.lineno = -1;
      } else {
        set_add(state->current, operation->a);
      }
      break;
    case OP_DELETE_LOCAL:
    case OP_CLEAR:
      if (!is_local(state, operation->a)) break;
      set_remove(state->current, operation->a);
      set_add(state->unbound, operation->a);
      break;
    case OP_FOR_ITERATOR:
      break; // only if it does not jump: the caller
    default:
      if (opcode_information[operation->opcode].a == OPERAND_DEST && is_local(state, operation->a))
        set_add(state->current, operation->a);
    }
  }
}

static bool flow(BoundState *state, Block *block) {
  walk(state, block, false);
  bool changed = false;
  if (block->handler && block->count) changed |= meet(state, block->handler->block, block->bound, state->unbound);
  const Operation *last = block->count ? &state->unit->operations[block->first + block->count - 1] : NULL;
  if (last && last->target) changed |= meet(state, last->target, state->current, NULL);
  bool falls = !last || !(opcode_information[last->opcode].flags & OPCODE_ENDS) || last->opcode == OP_RETURN_GENERATOR;
  if (falls && block->next) {
    if (last && last->opcode == OP_FOR_ITERATOR && is_local(state, last->a)) set_add(state->current, last->a);
    changed |= meet(state, block->next, state->current, NULL);
  }
  return changed;
}

void compiler_remove_checks(Compiler *compiler) {
  Unit *unit = compiler->unit;
  if (!unit->variable_count) return;
  BoundState state = {.unit = unit, .words = (unit->variable_count + 63) / 64};
  uint32_t blocks = 0;
  for (Block *block = unit->first_block; block; block = block->next) blocks++;
  uint64_t *sets = compiler_allocate(compiler, ((size_t)blocks + 2) * state.words, sizeof(uint64_t));
  memset(sets, 0xff, (size_t)blocks * state.words * sizeof(uint64_t));
  state.current = sets + (size_t)blocks * state.words;
  state.unbound = state.current + state.words;
  uint64_t *next = sets;
  for (Block *block = unit->first_block; block; block = block->next, next += state.words) block->bound = next;
  // On entry exactly the parameters are bound.
  memset(unit->first_block->bound, 0, state.words * sizeof(uint64_t));
  for (uint32_t i = 0; i < unit->scope->parameter_count; i++) set_add(unit->first_block->bound, i);
  for (bool changed = true; changed;) {
    changed = false;
    for (Block *block = unit->first_block; block; block = block->next) changed |= flow(&state, block);
  }
  for (Block *block = unit->first_block; block; block = block->next) walk(&state, block, true);
}
