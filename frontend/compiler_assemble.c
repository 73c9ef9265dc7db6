// Blocks to instruction words, and the tables that go with them: exception ranges, positions, liveness.
#include "frontend/compiler_internal.h"

#include <string.h>

typedef struct Assembler {
  Compiler *compiler;
  Unit *unit;
  CodeUnit *code;
  uint32_t cell_base, temporary_base;
  Instruction *words;
  ExceptionRange *exceptions;
  PositionRange *positions;
  LiveRange *live_ranges;
} Assembler;

static uint32_t operation_size(const Operation *operation) {
  return 1 + opcode_information[operation->opcode].caches;
}

static Operation *operations_of(const Assembler *assembler, const Block *block) {
  return assembler->unit->operations + block->first;
}

// ---- the start of a unit

// ENTER_CLOSURE, RETURN_GENERATOR, RESUME have been emitted; those that this unit does not need go.
static void finish_prefix(Unit *unit, uint32_t flags) {
  Operation *operations = unit->operations + unit->first_block->first;
  const AstRange none = {-1, -1, -1, -1};
  if (!unit->has_closure) operations[0] = (Operation){.opcode = OP_NOP, .range = none};
  if (!(flags & (CODE_GENERATOR | CODE_COROUTINE | CODE_ASYNC_GENERATOR)))
    operations[1] = (Operation){.opcode = OP_NOP, .range = none};
}

static uint32_t unit_flags(const Compiler *compiler) {
  const Unit *unit = compiler->unit;
  const Scope *scope = unit->scope;
  uint32_t flags = compiler->future_flags;
  if (scope->kind == SCOPE_FUNCTION) {
    flags |= CODE_OPTIMIZED | CODE_NEW_LOCALS;
    if (scope->nested) flags |= CODE_NESTED;
    if (scope->is_generator)
      flags |= scope->is_coroutine ? CODE_ASYNC_GENERATOR : CODE_GENERATOR;
    else if (scope->is_coroutine)
      flags |= CODE_COROUTINE;
    if (scope->has_varargs) flags |= CODE_VARARGS;
    if (scope->has_varkeywords) flags |= CODE_VARKEYWORDS;
  } else if (compiler->top_level_await && scope->is_coroutine && !scope->is_generator) {
    flags |= CODE_COROUTINE;
  }
  return flags;
}

// ---- offsets

// A jump that does not lead forward becomes a LOOP, which has another size, so that this comes before the offsets.
static void find_loops(Assembler *assembler) {
  for (Block *block = assembler->unit->first_block; block; block = block->next) block->offset = UINT32_MAX;
  for (Block *block = assembler->unit->first_block; block; block = block->next) {
    block->offset = 0; // it has been met
    if (!block->count) continue;
    Operation *last = &operations_of(assembler, block)[block->count - 1];
    if (last->opcode == OP_JUMP && last->auxiliary != JUMP_NO_LOOP && last->target->offset == 0) last->opcode = OP_LOOP;
  }
}

// A forward jump of 16 bits that does not reach gets a long jump behind it: "jump there if exhausted" becomes "jump two
// words on if exhausted, else past the long jump". Returns whether blocks were added.
static bool extend_short_jumps(Assembler *assembler) {
  Unit *unit = assembler->unit;
  bool added = false;
  for (Block *block = unit->first_block; block; block = block->next) {
    if (!block->count) continue;
    Operation *last = &operations_of(assembler, block)[block->count - 1];
    if (last->opcode != OP_FOR_ITERATOR && last->opcode != OP_SEND) continue;
    uint32_t at = block->offset + 0;
    if (last->target->offset > at && last->target->offset - at < UINT16_MAX - 8) continue;
    Block *body = block->next, *skip = block_new(assembler->compiler), *far = block_new(assembler->compiler);
    AstRange none = {-1, -1, -1, -1};
    Block *target = last->target;
    uint16_t live = last->live;
    Block *blocks[2] = {skip, far}, *targets[2] = {body, target};
    last->target = far;
    for (int i = 0; i < 2; i++) {
      *blocks[i] = (Block){.handler = block->handler, .first = unit->operation_count, .count = 1, .reachable = true};
      if (unit->operation_count == unit->operation_capacity) {
        uint32_t capacity = 2 * unit->operation_capacity;
        Operation *operations = compiler_allocate(assembler->compiler, capacity, sizeof *operations);
        if (unit->operation_count) memcpy(operations, unit->operations, unit->operation_count * sizeof *operations);
        unit->operations = operations;
        unit->operation_capacity = capacity;
      }
      unit->operations[unit->operation_count++] =
          (Operation){.opcode = OP_JUMP, .auxiliary = JUMP_NO_LOOP, .live = live, .target = targets[i], .range = none};
    }
    block->next = skip;
    skip->next = far;
    far->next = body;
    added = true;
  }
  return added;
}

static void assign_offsets(Assembler *assembler) {
  uint32_t offset = 0;
  for (Block *block = assembler->unit->first_block; block; block = block->next) {
    block->offset = offset;
    for (uint32_t i = 0; i < block->count; i++) offset += operation_size(&operations_of(assembler, block)[i]);
  }
  if (offset > INT32_MAX / 2) compiler_out_of_memory(assembler->compiler);
  assembler->code->word_count = offset;
}

// ---- words

static unsigned register_number(Assembler *assembler, Register place) {
  uint32_t number = place & REGISTER_NUMBER;
  if (place & REGISTER_TEMPORARY) return assembler->temporary_base + number;
  return place & REGISTER_CELL ? assembler->cell_base + number : number;
}

static uint32_t operand(Assembler *assembler, OperandKind kind, uint32_t value) {
  switch (kind) {
  case OPERAND_DEST:
  case OPERAND_REG:
  case OPERAND_UPDATE:
  case OPERAND_BASE:
  case OPERAND_DESTS:
    return register_number(assembler, value);
  case OPERAND_NONE:
    return 0;
  default:
    if (value > UINT16_MAX) compiler_fail(assembler->compiler, "too many values in one function");
    return value;
  }
}

static Instruction encode(Assembler *assembler, const Operation *operation, uint32_t at) {
  const OpcodeInformation *information = &opcode_information[operation->opcode];
  unsigned opcode = operation->opcode, auxiliary = operation->auxiliary;
  // FORMAT_VALUE and RAISE have registers that only some forms use.
  unsigned a = operand(assembler, information->a, operation->a);
  switch (information->b) {
  case OPERAND_CONST32:
  case OPERAND_NAME32:
    return instruction_make_bc(opcode, auxiliary, a, (int32_t)operation->b);
  case OPERAND_JUMP: {
    int32_t distance = (int32_t)operation->target->offset - (int32_t)at;
    return instruction_make_bc(opcode, opcode == OP_JUMP ? 0 : auxiliary, a, distance);
  }
  default:
    break;
  }
  unsigned b = operand(assembler, information->b, operation->b);
  unsigned c = information->c == OPERAND_JUMP16 ? operation->target->offset - at
                                                : operand(assembler, information->c, operation->c);
  return instruction_make(opcode, auxiliary, a, b, c);
}

// ---- tables

static void note_exceptions(Assembler *assembler, const Block *block, uint32_t end) {
  const Handler *handler = block->handler;
  if (!handler || block->offset == end) return;
  CodeUnit *code = assembler->code;
  ExceptionRange *last = code->exception_count ? &assembler->exceptions[code->exception_count - 1] : NULL;
  uint16_t target = (uint16_t)(assembler->temporary_base + handler->depth);
  if (last && last->end == block->offset && last->handler == handler->block->offset && last->target == target) {
    last->end = end;
    return;
  }
  assembler->exceptions[code->exception_count++] =
      (ExceptionRange){block->offset, end, handler->block->offset, target, target};
}

static void note_position(Assembler *assembler, AstRange range, uint32_t at) {
  CodeUnit *code = assembler->code;
  PositionRange position = {at, range.lineno, range.end_lineno, range.col_offset, range.end_col_offset};
  if (range.lineno < 0) position = (PositionRange){at, 0, 0, -1, -1};
  PositionRange *last = code->position_count ? &assembler->positions[code->position_count - 1] : NULL;
  if (last && last->line == position.line && last->end_line == position.end_line && last->column == position.column &&
      last->end_column == position.end_column)
    return;
  assembler->positions[code->position_count++] = position;
}

static void note_live(Assembler *assembler, uint32_t live, uint32_t at) {
  CodeUnit *code = assembler->code;
  live += assembler->temporary_base;
  if (code->live_count && assembler->live_ranges[code->live_count - 1].live == live) return;
  assembler->live_ranges[code->live_count++] = (LiveRange){at, live};
}

static void write_words(Assembler *assembler) {
  Instruction *word = assembler->words;
  for (Block *block = assembler->unit->first_block; block; block = block->next) {
    uint32_t at = block->offset;
    for (uint32_t i = 0; i < block->count; i++) {
      const Operation *operation = &operations_of(assembler, block)[i];
      note_position(assembler, operation->range, at);
      note_live(assembler, operation->live, at);
      *word++ = encode(assembler, operation, at);
      for (unsigned cache = opcode_information[operation->opcode].caches; cache; cache--) *word++ = 0;
      at += operation_size(operation);
    }
    note_exceptions(assembler, block, at);
  }
}

static const uint16_t *cell_arguments(Compiler *compiler, const Unit *unit) {
  uint16_t *result = compiler_allocate(compiler, unit->cell_count, sizeof *result);
  for (uint32_t i = 0; i < unit->cell_count; i++) {
    result[i] = 0;
    for (uint32_t k = 0; k < unit->scope->parameter_count; k++) {
      if (unit->scope->parameters[k] == unit->cells[i]) result[i] = (uint16_t)(k + 1);
    }
  }
  return result;
}

static void copy_constants(Compiler *compiler, const Unit *unit, CodeUnit *code) {
  UnitConstant *constants = compiler_allocate(compiler, unit->constants.count, sizeof *constants);
  for (uint32_t i = 0; i < unit->constants.count; i++) {
    const void *key = unit->constants.keys[i];
    const CodeUnit *code_constant = code_of_key(key);
    constants[i] = (UnitConstant){.constant = code_constant ? NULL : key, .code = code_constant};
  }
  code->constants = constants;
  code->constant_count = unit->constants.count;
}

CodeUnit *compiler_assemble(Compiler *compiler) {
  Unit *unit = compiler->unit;
  unset_range(compiler);
  emit(compiler, OP_RETURN_CONST, 0, 0, index_map_add(compiler, &unit->constants, compiler->none), 0);
  CodeUnit *code = compiler_allocate(compiler, 1, sizeof *code);
  *code = (CodeUnit){.name = unit->name,
                     .qualified_name = unit->qualified_name,
                     .qualified_name_length = unit->qualified_name_length,
                     .flags = unit_flags(compiler),
                     .argument_count = unit->argument_count,
                     .positional_only_count = unit->positional_only_count,
                     .keyword_only_count = unit->keyword_only_count,
                     .first_line = unit->first_line};
  finish_prefix(unit, code->flags);
  compiler_optimize_flow(compiler);
  Assembler assembler = {.compiler = compiler, .unit = unit, .code = code};
  assembler.cell_base = unit->variable_count;
  assembler.temporary_base = unit->variable_count + unit->cell_count + unit->free_count;
  code->register_count = assembler.temporary_base + unit->temporary_limit;
  if (code->register_count > UINT16_MAX) {
    unit->range = unit->scope->range;
    compiler_fail(compiler, "too many local variables or too deeply nested expressions");
  }
  find_loops(&assembler);
  do assign_offsets(&assembler);
  while (code->word_count > UINT16_MAX - 8 && extend_short_jumps(&assembler));

  uint32_t operations = 0, blocks = 0;
  for (Block *block = unit->first_block; block; block = block->next) {
    operations += block->count;
    blocks++;
  }
  assembler.words = compiler_allocate(compiler, code->word_count, sizeof(Instruction));
  assembler.positions = compiler_allocate(compiler, operations, sizeof(PositionRange));
  assembler.live_ranges = compiler_allocate(compiler, operations, sizeof(LiveRange));
  assembler.exceptions = compiler_allocate(compiler, blocks, sizeof(ExceptionRange));
  write_words(&assembler);
  code->words = assembler.words;
  code->positions = assembler.positions;
  code->live_ranges = assembler.live_ranges;
  code->exceptions = assembler.exceptions;
  code->names = (const Name *const *)unit->names.keys;
  code->name_count = unit->names.count;
  code->variable_names = unit->variables;
  code->variable_count = unit->variable_count;
  code->cell_names = unit->cells;
  code->cell_count = unit->cell_count;
  code->free_names = unit->cells + unit->cell_count;
  code->free_count = unit->free_count;
  code->cell_arguments = cell_arguments(compiler, unit);
  copy_constants(compiler, unit, code);
  return code;
}
