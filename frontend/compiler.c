// The compiler's frame: units, blocks, operations, errors; see compiler.h and compiler_internal.h.
#include "frontend/compiler_internal.h"

#include "frontend/future.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- errors and memory

[[noreturn]] void compiler_out_of_memory(Compiler *compiler) {
  syntax_report_memory_error(compiler->report);
  longjmp(compiler->failure, 1);
}

static const char *format_text(Compiler *compiler, const char *format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  if (length < 0) compiler_out_of_memory(compiler);
  char *text = compiler_allocate(compiler, (size_t)length + 1, 1);
  vsnprintf(text, (size_t)length + 1, format, arguments);
  return text;
}

[[noreturn]] void compiler_fail(Compiler *compiler, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const char *message = format_text(compiler, format, arguments);
  va_end(arguments);
  syntax_report_at(compiler->report, compiler->arena, SYNTAX_ERROR, compiler->unit->range, "%s", message);
  longjmp(compiler->failure, 1);
}

void compiler_warn(Compiler *compiler, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const char *message = format_text(compiler, format, arguments);
  va_end(arguments);
  AstRange range = compiler->unit->range;
  // A finally body is compiled more than once, but warned about once.
  for (SyntaxWarningEntry *entry = compiler->report->warnings; entry; entry = entry->next) {
    if (memcmp(&entry->range, &range, sizeof range) == 0 && strcmp(entry->message, message) == 0) return;
  }
  if (!syntax_report_warn(compiler->report, compiler->arena, SYNTAX_WARNING, message, range))
    compiler_out_of_memory(compiler);
}

void *compiler_allocate(Compiler *compiler, size_t count, size_t size) {
  void *result = arena_allocate_array(compiler->arena, count ? count : 1, size);
  if (!result) compiler_out_of_memory(compiler);
  return result;
}

const Name *compiler_intern(Compiler *compiler, const char *text) {
  const Name *name = name_intern_string(compiler->names, text);
  if (!name) compiler_out_of_memory(compiler);
  return name;
}

// ---- index maps

enum { INDEX_FROM = 16 }; // keys that are searched one by one

static uint32_t key_hash(const void *key) {
  return (uint32_t)(((uintptr_t)key >> 3) * 0x9E3779B97F4A7C15u >> 32);
}

static void index_map_insert(IndexMap *map, uint32_t position) {
  uint32_t at = key_hash(map->keys[position]);
  while (map->index[at & map->mask]) at++;
  map->index[at & map->mask] = position + 1;
}

uint32_t index_map_add(Compiler *compiler, IndexMap *map, const void *key) {
  if (!map->index) {
    for (uint32_t i = 0; i < map->count; i++) {
      if (map->keys[i] == key) return i;
    }
  } else {
    for (uint32_t at = key_hash(key); map->index[at & map->mask]; at++) {
      uint32_t position = map->index[at & map->mask] - 1;
      if (map->keys[position] == key) return position;
    }
  }
  if (map->count == map->capacity) {
    uint32_t capacity = map->capacity ? 2 * map->capacity : 8;
    const void **keys = compiler_allocate(compiler, capacity, sizeof *keys);
    if (map->count) memcpy(keys, map->keys, map->count * sizeof *keys);
    map->keys = keys;
    map->capacity = capacity;
    if (capacity > INDEX_FROM) {
      map->index = compiler_allocate(compiler, 2 * (size_t)capacity, sizeof *map->index);
      memset(map->index, 0, 2 * (size_t)capacity * sizeof *map->index);
      map->mask = 2 * capacity - 1;
      for (uint32_t i = 0; i < map->count; i++) index_map_insert(map, i);
    }
  }
  map->keys[map->count++] = key;
  if (map->index) index_map_insert(map, map->count - 1);
  return map->count - 1;
}

// ---- blocks and operations

Block *block_new(Compiler *compiler) {
  Block *block = compiler_allocate(compiler, 1, sizeof *block);
  *block = (Block){};
  return block;
}

void compiler_use_block(Compiler *compiler, Block *block) {
  Unit *unit = compiler->unit;
  block->handler = unit->handler;
  block->first = unit->operation_count;
  if (unit->block)
    unit->block->next = block;
  else
    unit->first_block = block;
  unit->block = block;
}

void compiler_set_handler(Compiler *compiler, Handler *handler) {
  Unit *unit = compiler->unit;
  unit->handler = handler;
  if (unit->block->count)
    compiler_use_block(compiler, block_new(compiler));
  else
    unit->block->handler = handler;
}

Handler *handler_new(Compiler *compiler, Block *block) {
  Handler *handler = compiler_allocate(compiler, 1, sizeof *handler);
  temporary_next(compiler); // the exception's register must exist
  *handler = (Handler){block, compiler->unit->temporary_top};
  return handler;
}

Operation *emit(Compiler *compiler, Opcode opcode, unsigned auxiliary, uint32_t a, uint32_t b, uint32_t c) {
  Unit *unit = compiler->unit;
  if (unit->operation_count == unit->operation_capacity) {
    if (unit->operation_capacity > UINT32_MAX / 2) compiler_out_of_memory(compiler);
    uint32_t capacity = unit->operation_capacity ? 2 * unit->operation_capacity : 64;
    Operation *operations = compiler_allocate(compiler, capacity, sizeof *operations);
    if (unit->operation_count) memcpy(operations, unit->operations, unit->operation_count * sizeof *operations);
    unit->operations = operations;
    unit->operation_capacity = capacity;
  }
  Operation *operation = &unit->operations[unit->operation_count++];
  *operation = (Operation){.opcode = (uint8_t)opcode,
                           .auxiliary = (uint8_t)auxiliary,
                           .live = (uint16_t)unit->temporary_top,
                           .a = a,
                           .b = b,
                           .c = c,
                           .range = unit->range};
  unit->block->count++;
  if (opcode_information[opcode].flags & OPCODE_ENDS && opcode != OP_RETURN_GENERATOR)
    compiler_use_block(compiler, block_new(compiler));
  return operation;
}

void emit_jump(Compiler *compiler, Opcode opcode, uint32_t a, Block *target) {
  emit(compiler, opcode, 0, a, 0, 0)->target = target;
  if (!(opcode_information[opcode].flags & OPCODE_ENDS)) compiler_use_block(compiler, block_new(compiler));
}

void emit_jump_no_line(Compiler *compiler, Block *target) {
  AstRange range = compiler->unit->range;
  unset_range(compiler);
  emit_jump(compiler, OP_JUMP, 0, target);
  compiler->unit->range = range;
}

void unset_range(Compiler *compiler) {
  compiler->unit->range = (AstRange){-1, -1, -1, -1};
}

uint32_t constant_index(Compiler *compiler, const Constant *constant) {
  return index_map_add(compiler, &compiler->unit->constants, compiler_share_constant(compiler, constant));
}

uint32_t name_index(Compiler *compiler, const Name *name) {
  const Name *mangled = name_mangle(compiler->names, compiler->unit->class_name, name);
  if (!mangled) compiler_out_of_memory(compiler);
  return index_map_add(compiler, &compiler->unit->names, mangled);
}

void emit_load_constant(Compiler *compiler, Register destination, const Constant *constant) {
  emit(compiler, OP_LOAD_CONST, 0, destination, constant_index(compiler, constant), 0);
}

void emit_load_none(Compiler *compiler, Register destination) {
  emit(compiler, OP_LOAD_CONST, 0, destination, index_map_add(compiler, &compiler->unit->constants, compiler->none), 0);
}

// ---- units

static int compare_names(const void *left, const void *right) {
  return strcmp((*(const Name *const *)left)->text, (*(const Name *const *)right)->text);
}

// Cells and free variables, each sorted by name as co_cellvars and co_freevars are.
static void find_cells(Compiler *compiler, Unit *unit) {
  Scope *scope = unit->scope;
  uint32_t count = scope->needs_class_closure;
  for (uint32_t i = 0; i < scope->symbol_count; i++) {
    Symbol *symbol = &scope->symbols[i];
    symbol->index = -1;
    count +=
        symbol->scope == NAME_SCOPE_CELL || symbol->scope == NAME_SCOPE_FREE || symbol->flags & SYMBOL_FREE_IN_CLASS;
  }
  unit->variables = scope->parameters;
  unit->variable_count = scope->parameter_count;
  unit->variable_capacity = scope->parameter_count; // the array is the scope's: adding a variable copies it
  for (uint32_t i = 0; i < scope->parameter_count; i++) scope_find(scope, scope->parameters[i])->index = (int32_t)i;
  if (count == 0) return;
  unit->has_closure = true;
  unit->cells = compiler_allocate(compiler, count, sizeof *unit->cells);
  for (uint32_t i = 0; i < scope->symbol_count; i++) {
    if (scope->symbols[i].scope == NAME_SCOPE_CELL) unit->cells[unit->cell_count++] = scope->symbols[i].name;
  }
  if (scope->needs_class_closure) unit->cells[unit->cell_count++] = compiler_intern(compiler, "__class__");
  uint32_t total = unit->cell_count;
  for (uint32_t i = 0; i < scope->symbol_count; i++) {
    const Symbol *symbol = &scope->symbols[i];
    if (symbol->scope == NAME_SCOPE_FREE || symbol->flags & SYMBOL_FREE_IN_CLASS) unit->cells[total++] = symbol->name;
  }
  unit->free_count = total - unit->cell_count;
  qsort(unit->cells, unit->cell_count, sizeof *unit->cells, compare_names);
  qsort(unit->cells + unit->cell_count, unit->free_count, sizeof *unit->cells, compare_names);
  for (uint32_t i = 0; i < total; i++) {
    Symbol *symbol = scope_find(scope, unit->cells[i]);
    if (symbol && !(i < unit->cell_count && symbol->scope != NAME_SCOPE_CELL)) symbol->index = (int32_t)i;
  }
}

static void set_qualified_name(Compiler *compiler, Unit *unit) {
  unit->qualified_name = unit->name->text;
  unit->qualified_name_length = unit->name->length;
  const Unit *outer = unit->outer;
  if (!outer || outer->kind == UNIT_MODULE) return;
  if (unit->kind == UNIT_FUNCTION || unit->kind == UNIT_ASYNC_FUNCTION || unit->kind == UNIT_CLASS) {
    const Name *mangled = name_mangle(compiler->names, outer->class_name, unit->name);
    if (!mangled) compiler_out_of_memory(compiler);
    const Symbol *symbol = scope_find(outer->scope, mangled);
    if (symbol && symbol->scope == NAME_SCOPE_GLOBAL_EXPLICIT) return;
  }
  bool is_function = outer->kind == UNIT_FUNCTION || outer->kind == UNIT_ASYNC_FUNCTION || outer->kind == UNIT_LAMBDA;
  const char *middle = is_function ? ".<locals>." : ".";
  size_t middle_length = strlen(middle);
  size_t length = outer->qualified_name_length + middle_length + unit->name->length;
  char *text = compiler_allocate(compiler, length + 1, 1);
  memcpy(text, outer->qualified_name, outer->qualified_name_length);
  memcpy(text + outer->qualified_name_length, middle, middle_length);
  memcpy(text + outer->qualified_name_length + middle_length, unit->name->text, unit->name->length + 1);
  unit->qualified_name = text;
  unit->qualified_name_length = length;
}

void compiler_enter(Compiler *compiler, UnitKind kind, const Name *name, const void *node, uint32_t first_line) {
  Unit *outer = compiler->unit;
  Unit *unit = compiler_allocate(compiler, 1, sizeof *unit);
  *unit = (Unit){.outer = outer, .kind = kind, .name = name, .first_line = first_line};
  unit->scope = symbol_table_scope(compiler->table, node);
  unit->class_name = outer ? outer->class_name : NULL;
  unit->operations = compiler->spare_operations;
  unit->operation_capacity = compiler->spare_capacity;
  compiler->spare_operations = NULL;
  compiler->spare_capacity = 0;
  set_qualified_name(compiler, unit);
  find_cells(compiler, unit);
  compiler->unit = unit;
  // Whether this is a generator may turn out later; the assembler removes what is not needed.
  compiler_use_block(compiler, block_new(compiler));
  unset_range(compiler);
  emit(compiler, OP_ENTER_CLOSURE, 0, 0, 0, 0);
  int32_t line = kind == UNIT_MODULE ? 0 : (int32_t)first_line;
  unit->range = (AstRange){line, 0, line, 0};
  emit(compiler, OP_RETURN_GENERATOR, 0, 0, 0, 0);
  emit(compiler, OP_RESUME, 0, 0, 0, 0);
  compiler_use_block(compiler, block_new(compiler));
}

const CodeUnit *compiler_leave(Compiler *compiler) {
  Unit *unit = compiler->unit;
  CodeUnit *code = compiler_assemble(compiler);
  compiler->spare_operations = unit->operations;
  compiler->spare_capacity = unit->operation_capacity;
  compiler->unit = unit->outer;
  return code;
}

static const CodeUnit *compile_module(Compiler *compiler) {
  const AstModule *module = compiler->module;
  compiler_enter(compiler, UNIT_MODULE, compiler_intern(compiler, "<module>"), module, 1);
  switch (module->kind) {
  case AST_MODULE:
    compile_body(compiler, module->module.body);
    break;
  case AST_INTERACTIVE:
    compiler->interactive = true;
    compile_body(compiler, module->interactive.body);
    break;
  default: {
    Register value = compile_operand(compiler, module->expression.body);
    unset_range(compiler);
    emit(compiler, OP_RETURN, 0, value, 0, 0);
    compiler->unit->temporary_top = 0;
  }
  }
  return compiler_leave(compiler);
}

const CodeUnit *compiler_compile(Arena *arena, NameTable *names, SyntaxErrorReport *report, AstModule *module,
                                 const CompilerOptions *options) {
  FutureFeatures features;
  if (!future_features_read(module, arena, report, &features)) return NULL;
  Compiler compiler = {.arena = arena, .names = names, .report = report, .module = module};
  compiler.future_flags = features.flags | options->future_flags;
  compiler.future_last_line = features.last_line;
  compiler.optimize = options->optimize;
  compiler.top_level_await = options->top_level_await;
  if (!compiler_fold(arena, names, report, module, compiler.future_flags, options->optimize, options->recursion_limit))
    return NULL;
  SymbolTableOptions table_options = {.future_annotations = compiler.future_flags & CODE_FUTURE_ANNOTATIONS,
                                      .recursion_limit = options->recursion_limit};
  compiler.table = symbol_table_build(arena, names, report, module, &table_options);
  if (!compiler.table) return NULL;
  if (setjmp(compiler.failure)) return NULL;
  static const Constant none = {.kind = CONSTANT_NONE};
  static const Constant empty_text = {.kind = CONSTANT_STR, .is_ascii = true, .text = {.data = "", .length = 0}};
  compiler.none = compiler_share_constant(&compiler, &none);
  compiler.empty_text = compiler_share_constant(&compiler, &empty_text);
  return compile_module(&compiler);
}
