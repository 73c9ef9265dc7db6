// Flow of control: unreachable code goes, jumps to jumps are shortened, short ways out of the function are copied to
// where they are taken, and operations without a line get one.
//
// What remains visible is which lines a debugger sees, so that is what these passes take care of: a NOP stays where it
// is the only operation of its line, and a jump is not shortened past a line.
#include "frontend/compiler_internal.h"

#include <string.h>

enum { EXIT_COPY_LIMIT = 4 }; // operations of a way out that is copied rather than jumped to

static Operation *block_operations(const Unit *unit, const Block *block) {
  return unit->operations + block->first;
}

static Operation *block_last(const Unit *unit, const Block *block) {
  return block->count ? unit->operations + block->first + block->count - 1 : NULL;
}

static bool operation_ends(const Operation *operation) {
  return (opcode_information[operation->opcode].flags & OPCODE_ENDS) && operation->opcode != OP_RETURN_GENERATOR;
}

static bool falls_through(const Unit *unit, const Block *block) {
  const Operation *last = block_last(unit, block);
  return !last || !operation_ends(last);
}

// True if the block leaves the function.
static bool is_exit(const Unit *unit, const Block *block) {
  const Operation *last = block_last(unit, block);
  return last && operation_ends(last) && !last->target;
}

static bool is_exit_without_line(const Unit *unit, const Block *block) {
  if (!is_exit(unit, block)) return false;
  for (uint32_t i = 0; i < block->count; i++) {
    if (block_operations(unit, block)[i].range.lineno >= 0) return false;
  }
  return true;
}

static Block *skip_empty(Block *block) {
  while (block && !block->count && block->next) block = block->next;
  return block;
}

// ---- reachability

static void reach(Block *block, Block ***top) {
  block->predecessors++;
  if (block->reachable) return;
  block->reachable = true;
  *(*top)++ = block;
}

static void mark_reachable(Compiler *compiler) {
  Unit *unit = compiler->unit;
  uint32_t count = 0;
  for (Block *block = unit->first_block; block; block = block->next) {
    block->reachable = block->visited = false;
    block->predecessors = 0;
    count++;
  }
  Block **stack = compiler_allocate(compiler, count, sizeof *stack), **top = stack;
  reach(unit->first_block, &top);
  while (top != stack) {
    Block *block = *--top;
    const Operation *last = block_last(unit, block);
    if (last && last->target) reach(last->target, &top);
    if (block->next && falls_through(unit, block)) reach(block->next, &top);
    if (block->handler && block->count && !block->handler->block->visited) {
      block->handler->block->visited = true; // counts once
      reach(block->handler->block, &top);
    }
  }
  // Unlink the rest.
  for (Block **link = &unit->first_block; *link;) {
    if ((*link)->reachable)
      link = &(*link)->next;
    else
      *link = (*link)->next;
  }
}

// ---- operations that do nothing

// Removes NOPs that no line needs. `line`: of the operation before the block.
static void clean_block(Unit *unit, Block *block, int32_t line) {
  Operation *operations = block_operations(unit, block);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < block->count; i++) {
    Operation *operation = &operations[i];
    int32_t own_line = operation->range.lineno;
    if (operation->opcode == OP_NOP) {
      if (own_line < 0 || own_line == line) continue;
      if (i + 1 < block->count) {
        int32_t next_line = operations[i + 1].range.lineno;
        if (next_line < 0 || next_line == own_line) {
          if (next_line < 0) operations[i + 1].range = operation->range;
          continue;
        }
      } else {
        const Block *next = skip_empty(block->next);
        if (next && next->count && block_operations(unit, next)->range.lineno == own_line) continue;
      }
    }
    if (kept != i) operations[kept] = *operation;
    kept++;
    line = own_line;
  }
  block->count = kept;
}

static void clean_blocks(Unit *unit) {
  const Block *before = NULL;
  for (Block *block = unit->first_block; block; block = block->next) {
    const Operation *last = before ? block_last(unit, before) : NULL;
    clean_block(unit, block, last ? last->range.lineno : -1);
    before = falls_through(unit, block) ? block : NULL;
  }
}

// ---- jumps

static void thread_jumps(Unit *unit) {
  uint32_t number = 0;
  for (Block *block = unit->first_block; block; block = block->next) block->offset = number++;
  for (Block *block = unit->first_block; block; block = block->next) {
    Operation *last = block_last(unit, block);
    if (!last || !last->target) continue;
    for (int limit = 0; limit < 64; limit++) {
      last->target = skip_empty(last->target);
      if (!last->target->count) break;
      const Operation *next = block_operations(unit, last->target);
      // FOR_ITERATOR and SEND reach less far.
      if (next->opcode != OP_JUMP || last->opcode == OP_FOR_ITERATOR || last->opcode == OP_SEND) break;
      if (next->auxiliary == JUMP_NO_LOOP || next->target == last->target) break;
      if (next->range.lineno >= 0 && next->range.lineno != last->range.lineno) break;
      // Backwards only JUMP goes, which becomes LOOP: every loop passes a safepoint.
      if (last->opcode != OP_JUMP && next->target->offset <= block->offset) break;
      last->target = next->target;
    }
  }
}

static Block *copy_block(Compiler *compiler, const Block *block) {
  Unit *unit = compiler->unit;
  Block *copy = block_new(compiler);
  *copy = *block;
  copy->first = unit->operation_count;
  if (unit->operation_count + block->count > unit->operation_capacity) {
    uint32_t capacity = 2 * unit->operation_capacity + block->count;
    Operation *operations = compiler_allocate(compiler, capacity, sizeof *operations);
    if (unit->operation_count) memcpy(operations, unit->operations, unit->operation_count * sizeof *operations);
    unit->operations = operations;
    unit->operation_capacity = capacity;
  }
  memcpy(unit->operations + copy->first, unit->operations + block->first, block->count * sizeof(Operation));
  unit->operation_count += block->count;
  return copy;
}

static void copy_short_exits(Compiler *compiler) {
  Unit *unit = compiler->unit;
  for (Block *block = unit->first_block; block; block = block->next) {
    Operation *last = block_last(unit, block);
    if (!last || last->opcode != OP_JUMP || !last->target) continue;
    Block *target = last->target;
    if (!is_exit(unit, target) || target->count > EXIT_COPY_LIMIT) continue;
    Block *copy = copy_block(compiler, target);
    last = block_last(unit, block);
    *last = (Operation){.opcode = OP_NOP, .live = last->live, .range = last->range};
    copy->next = block->next;
    block->next = copy;
  }
}

static void remove_redundant_jumps(Unit *unit) {
  for (Block *block = unit->first_block; block; block = block->next) {
    Operation *last = block_last(unit, block);
    if (!last || last->opcode != OP_JUMP || !block->next) continue;
    if (skip_empty(last->target) != skip_empty(block->next)) continue;
    *last = (Operation){.opcode = OP_NOP, .live = last->live, .range = last->range};
  }
}

// ---- lines

// Ways out without a line of their own show the line of each place that leads to them.
static void duplicate_exits_without_lines(Compiler *compiler) {
  Unit *unit = compiler->unit;
  for (Block *block = unit->first_block; block; block = block->next) {
    Operation *last = block_last(unit, block);
    if (!last || !last->target) continue;
    Block *target = last->target = skip_empty(last->target);
    if (!is_exit_without_line(unit, target) || target->predecessors <= 1) continue;
    target->predecessors--;
    Block *copy = target->copy;
    if (copy && block_operations(unit, copy)->range.lineno == last->range.lineno) {
      last->target = copy;
      copy->predecessors++;
      continue;
    }
    copy = target->copy = copy_block(compiler, target);
    last = block_last(unit, block);
    block_operations(unit, copy)->range = last->range;
    last->target = copy;
    copy->predecessors = 1;
    copy->next = target->next;
    target->next = copy;
  }
  for (Block *block = unit->first_block; block; block = block->next) {
    Block *next = block->next;
    if (next && block->count && falls_through(unit, block) && is_exit_without_line(unit, next))
      block_operations(unit, next)->range = block_last(unit, block)->range;
  }
}

static void give_line(Unit *unit, Block *block, AstRange range) {
  if (block->predecessors != 1 || !block->count) return;
  Operation *first = block_operations(unit, block);
  if (first->range.lineno < 0) first->range = range;
}

static void propagate_lines(Unit *unit) {
  for (Block *block = unit->first_block; block; block = block->next) {
    AstRange range = {-1, -1, -1, -1};
    for (uint32_t i = 0; i < block->count; i++) {
      Operation *operation = &block_operations(unit, block)[i];
      if (operation->range.lineno < 0)
        operation->range = range;
      else
        range = operation->range;
    }
    if (!block->count) continue;
    if (block->next && falls_through(unit, block)) give_line(unit, skip_empty(block->next), range);
    const Operation *last = block_last(unit, block);
    if (last->target) give_line(unit, last->target, range);
  }
}

static void guarantee_exit_lines(Unit *unit) {
  for (Block *block = unit->first_block; block; block = block->next) {
    const Operation *last = block_last(unit, block);
    if (!last || last->range.lineno >= 0) continue;
    if (last->opcode != OP_RETURN && last->opcode != OP_RETURN_CONST) continue;
    for (uint32_t i = 0; i < block->count; i++)
      block_operations(unit, block)[i].range.lineno = (int32_t)unit->first_line;
  }
}

void compiler_optimize_flow(Compiler *compiler) {
  Unit *unit = compiler->unit;
  mark_reachable(compiler);
  compiler_remove_checks(compiler);
  clean_blocks(unit);
  thread_jumps(unit);
  copy_short_exits(compiler);
  mark_reachable(compiler);
  clean_blocks(unit);
  remove_redundant_jumps(unit);
  clean_blocks(unit);
  mark_reachable(compiler);
  duplicate_exits_without_lines(compiler);
  propagate_lines(unit);
  guarantee_exit_lines(unit);
}
