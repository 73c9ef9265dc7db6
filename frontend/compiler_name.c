// Names: loads, stores and deletions according to where the symbol table says a name lives; closures of functions.
#include "frontend/compiler_internal.h"

#include <string.h>

typedef enum Access : uint8_t { ACCESS_REGISTER, ACCESS_CELL, ACCESS_GLOBAL, ACCESS_NAME } Access;

static Register local_register(Compiler *compiler, Symbol *symbol) {
  Unit *unit = compiler->unit;
  if (symbol->index >= 0) return (Register)symbol->index;
  if (unit->variable_count == unit->variable_capacity) {
    uint32_t capacity = unit->variable_capacity < 4 ? 8 : 2 * unit->variable_capacity;
    const Name **variables = compiler_allocate(compiler, capacity, sizeof *variables);
    if (unit->variable_count) memcpy(variables, unit->variables, unit->variable_count * sizeof *variables);
    unit->variables = variables;
    unit->variable_capacity = capacity;
  }
  unit->variables[unit->variable_count] = symbol->name;
  symbol->index = (int32_t)unit->variable_count++;
  return (Register)symbol->index;
}

static Access name_access(Compiler *compiler, const Name *name, Register *result) {
  Unit *unit = compiler->unit;
  const Name *mangled = name_mangle(compiler->names, unit->class_name, name);
  if (!mangled) compiler_out_of_memory(compiler);
  Symbol *symbol = scope_find(unit->scope, mangled);
  switch (symbol ? symbol->scope : NAME_SCOPE_UNKNOWN) {
  case NAME_SCOPE_FREE:
  case NAME_SCOPE_CELL:
    *result = REGISTER_CELL | (Register)symbol->index;
    return ACCESS_CELL;
  case NAME_SCOPE_LOCAL:
    if (!unit_is_function(unit)) break;
    *result = local_register(compiler, symbol);
    return ACCESS_REGISTER;
  case NAME_SCOPE_GLOBAL_IMPLICIT:
    if (unit_is_function(unit)) return ACCESS_GLOBAL;
    break;
  case NAME_SCOPE_GLOBAL_EXPLICIT:
    return ACCESS_GLOBAL;
  default:
    break;
  }
  return ACCESS_NAME;
}

void compiler_check_name(Compiler *compiler, const Name *name, AstContext context) {
  if (context == AST_LOAD || name->text[0] != '_' || strcmp(name->text, "__debug__") != 0) return;
  compiler_fail(compiler, context == AST_STORE ? "cannot assign to __debug__" : "cannot delete __debug__");
}

bool compile_local_register(Compiler *compiler, const Name *name, Register *result) {
  return unit_is_function(compiler->unit) && name_access(compiler, name, result) == ACCESS_REGISTER;
}

void compile_load_name(Compiler *compiler, const Name *name, Register destination) {
  Register place = 0;
  switch (name_access(compiler, name, &place)) {
  case ACCESS_REGISTER:
    emit(compiler, OP_CHECK_BOUND, 0, place, 0, 0);
    emit(compiler, place == destination ? OP_NOP : OP_MOVE, 0, destination, place, 0);
    break;
  case ACCESS_CELL:
    if (compiler->unit->scope->kind == SCOPE_CLASS) {
      uint32_t index = name_index(compiler, name);
      if (index > UINT16_MAX) compiler_fail(compiler, "too many names in a class body");
      emit(compiler, OP_LOAD_CLASS_CELL, 0, destination, place, index);
    } else {
      emit(compiler, OP_LOAD_CELL, 0, destination, place, 0);
    }
    break;
  case ACCESS_GLOBAL:
    emit(compiler, OP_LOAD_GLOBAL, 0, destination, name_index(compiler, name), 0);
    break;
  case ACCESS_NAME:
    emit(compiler, OP_LOAD_NAME, 0, destination, name_index(compiler, name), 0);
    break;
  }
}

void compile_store_name(Compiler *compiler, const Name *name, Register source) {
  compiler_check_name(compiler, name, AST_STORE);
  Register place = 0;
  switch (name_access(compiler, name, &place)) {
  case ACCESS_REGISTER:
    emit(compiler, OP_MOVE, 0, place, source, 0);
    break;
  case ACCESS_CELL:
    emit(compiler, OP_STORE_CELL, 0, place, source, 0);
    break;
  case ACCESS_GLOBAL:
    emit(compiler, OP_STORE_GLOBAL, 0, source, name_index(compiler, name), 0);
    break;
  case ACCESS_NAME:
    emit(compiler, OP_STORE_NAME, 0, source, name_index(compiler, name), 0);
    break;
  }
}

void compile_delete_name(Compiler *compiler, const Name *name) {
  compiler_check_name(compiler, name, AST_DEL);
  Register place = 0;
  switch (name_access(compiler, name, &place)) {
  case ACCESS_REGISTER:
    emit(compiler, OP_DELETE_LOCAL, 0, place, 0, 0);
    break;
  case ACCESS_CELL:
    emit(compiler, OP_DELETE_CELL, 0, place, 0, 0);
    break;
  case ACCESS_GLOBAL:
    emit(compiler, OP_DELETE_GLOBAL, 0, 0, name_index(compiler, name), 0);
    break;
  case ACCESS_NAME:
    emit(compiler, OP_DELETE_NAME, 0, 0, name_index(compiler, name), 0);
    break;
  }
}

void compile_unbind_name(Compiler *compiler, const Name *name) {
  Register place = 0;
  if (name_access(compiler, name, &place) == ACCESS_REGISTER) {
    emit(compiler, OP_CLEAR, 0, place, 0, 0);
    return;
  }
  // The body may have deleted it: bind it first, so that deleting works.
  Register none = temporary_next(compiler);
  emit_load_none(compiler, none);
  temporary_push(compiler);
  compile_store_name(compiler, name, none);
  compiler->unit->temporary_top--;
  compile_delete_name(compiler, name);
}

// The register of the present unit that holds the cell of an inner function's free variable.
static Register closure_register(Compiler *compiler, const Name *name) {
  Unit *unit = compiler->unit;
  Symbol *symbol = scope_find(unit->scope, name);
  if (unit->scope->kind == SCOPE_CLASS) {
    // A class body has its own cell __class__, and the free variables of its methods.
    uint32_t total = unit->cell_count + unit->free_count;
    for (uint32_t i = 0; i < total; i++) {
      if (unit->cells[i] == name) return REGISTER_CELL | i;
    }
  }
  return REGISTER_CELL | (Register)symbol->index;
}

FunctionPlace compile_begin_function(Compiler *compiler) {
  FunctionPlace place = {.operation = compiler->unit->operation_count, .base = temporary_next(compiler)};
  emit(compiler, OP_LOAD_CONST, 0, place.base, 0, 0);
  temporary_push(compiler);
  return place;
}

void compile_make_function(Compiler *compiler, FunctionPlace place, const CodeUnit *code, unsigned bits,
                           Register destination) {
  Unit *unit = compiler->unit;
  unit->operations[place.operation].b = index_map_add(compiler, &unit->constants, code_key(code));
  if (code->free_count) {
    uint32_t first = unit->temporary_top;
    for (uint32_t i = 0; i < code->free_count; i++) {
      Register cell = closure_register(compiler, code->free_names[i]);
      emit(compiler, OP_MOVE, 0, temporary_next(compiler), cell, 0);
      temporary_push(compiler);
    }
    emit(compiler, OP_BUILD_TUPLE, 0, REGISTER_TEMPORARY | first, REGISTER_TEMPORARY | first, code->free_count);
    unit->temporary_top = first + 1;
    bits |= 8;
  }
  emit(compiler, OP_MAKE_FUNCTION, bits, destination, place.base, 0);
  unit->temporary_top = place.base & REGISTER_NUMBER;
}
