// Displays: tuples, lists, sets and dicts written out, and f-strings.
#include "frontend/compiler_internal.h"

#include <string.h>

enum { CHUNK = 30 }; // values that are built into a container at once; of more, each is added by itself

static bool all_constant(const AstExprSequence *elements) {
  for (uint32_t i = 0; i < elements->count; i++) {
    if (elements->items[i]->kind != AST_CONSTANT) return false;
  }
  return true;
}

static const Constant *collect_constants(Compiler *compiler, const AstExprSequence *elements, ConstantKind kind) {
  const Constant **items = compiler_allocate(compiler, elements->count, sizeof *items);
  for (uint32_t i = 0; i < elements->count; i++) items[i] = elements->items[i]->constant.value;
  Constant *constant = constant_new(compiler->arena, kind);
  if (!constant) compiler_out_of_memory(compiler);
  constant->items.items = items;
  constant->items.count = elements->count;
  return constant;
}

// Pushes the elements from the first on, as many as go into registers before a star; returns how many.
static uint32_t push_first(Compiler *compiler, const AstExprSequence *elements) {
  uint32_t i = 0;
  if (elements->count > CHUNK) return 0;
  for (; i < elements->count && elements->items[i]->kind != AST_STARRED; i++)
    compile_push(compiler, elements->items[i]);
  return i;
}

// Adds the elements from `i` on to the list or set in `container`, the topmost temporary.
static void add_rest(Compiler *compiler, const AstExprSequence *elements, uint32_t i, Register container, bool is_set) {
  uint32_t top = compiler->unit->temporary_top;
  for (; i < elements->count; i++) {
    AstExpr *element = elements->items[i];
    bool starred = element->kind == AST_STARRED;
    Register value = compile_operand(compiler, starred ? element->starred.value : element);
    if (is_set)
      emit(compiler, starred ? OP_SET_UPDATE : OP_SET_ADD, 0, container, value, 0);
    else
      emit(compiler, starred ? OP_LIST_EXTEND : OP_LIST_APPEND, starred, container, value, 0);
    compiler->unit->temporary_top = top;
  }
}

// A container that is built step by step lives in a temporary until it is complete.
static void compile_elements(Compiler *compiler, const AstExprSequence *elements, AstKind kind, Register destination) {
  Unit *unit = compiler->unit;
  Register container = temporary_next(compiler);
  Opcode build = kind == AST_TUPLE ? OP_BUILD_TUPLE : kind == AST_LIST ? OP_BUILD_LIST : OP_BUILD_SET;
  if (kind != AST_TUPLE && elements->count > 2 && all_constant(elements)) {
    emit(compiler, build, 0, container, container, 0);
    temporary_push(compiler);
    Register values = temporary_next(compiler);
    ConstantKind collected = kind == AST_LIST ? CONSTANT_TUPLE : CONSTANT_FROZENSET;
    emit_load_constant(compiler, values, collect_constants(compiler, elements, collected));
    temporary_push(compiler);
    emit(compiler, kind == AST_LIST ? OP_LIST_EXTEND : OP_SET_UPDATE, 0, container, values, 0);
    unit->temporary_top--;
    if (destination != container) emit(compiler, OP_MOVE, 0, destination, container, 0);
    return;
  }
  uint32_t base = unit->temporary_top;
  uint32_t count = push_first(compiler, elements);
  if (count == elements->count) {
    emit(compiler, build, 0, destination, container, count);
    return;
  }
  bool is_set = kind == AST_SET;
  emit(compiler, is_set ? OP_BUILD_SET : OP_BUILD_LIST, 0, container, container, count);
  unit->temporary_top = base + 1;
  add_rest(compiler, elements, count, container, is_set);
  if (kind == AST_TUPLE)
    emit(compiler, OP_LIST_TO_TUPLE, 0, destination, container, 0);
  else if (destination != container)
    emit(compiler, OP_MOVE, 0, destination, container, 0);
}

// CPython loads constant keys of a small dict together, after the values: their lines are not seen.
static bool has_quiet_keys(const AstExprSequence *keys) {
  if (keys->count < 2 || keys->count > CHUNK / 2) return false;
  for (uint32_t i = 0; i < keys->count; i++) {
    if (!keys->items[i] || keys->items[i]->kind != AST_CONSTANT) return false;
  }
  return true;
}

static void compile_dict(Compiler *compiler, const AstExpr *expr, Register destination) {
  Unit *unit = compiler->unit;
  AstExprSequence *keys = expr->dict.keys, *values = expr->dict.values;
  Register dict = temporary_next(compiler);
  uint32_t base = unit->temporary_top, i = 0;
  bool quiet_keys = has_quiet_keys(keys);
  for (; values->count <= CHUNK / 2 && i < values->count && keys->items[i]; i++) {
    if (quiet_keys) keys->items[i]->range = values->items[i]->range;
    compile_push(compiler, keys->items[i]);
    compile_push(compiler, values->items[i]);
  }
  bool complete = i == values->count;
  emit(compiler, OP_BUILD_DICT, 0, complete ? destination : dict, dict, i);
  unit->temporary_top = base + 1;
  for (; i < values->count; i++) {
    if (keys->items[i]) {
      Register key = compile_operand_before(compiler, keys->items[i], values->items[i]);
      Register value = compile_operand(compiler, values->items[i]);
      emit(compiler, OP_DICT_ADD, 0, dict, key, value);
    } else {
      Register mapping = compile_operand(compiler, values->items[i]);
      emit(compiler, OP_DICT_UPDATE, 0, dict, mapping, 0);
    }
    unit->temporary_top = base + 1;
  }
  if (!complete && destination != dict) emit(compiler, OP_MOVE, 0, destination, dict, 0);
}

void compile_display(Compiler *compiler, AstExpr *expr, Register destination) {
  switch (expr->kind) {
  case AST_DICT:
    compile_dict(compiler, expr, destination);
    break;
  case AST_SET:
    compile_elements(compiler, expr->set.elts, AST_SET, destination);
    break;
  case AST_TUPLE:
    if (all_constant(expr->tuple.elts)) {
      for (uint32_t i = 0; i < expr->tuple.elts->count; i++) compile_line(compiler, expr->tuple.elts->items[i]);
      emit_load_constant(compiler, destination, collect_constants(compiler, expr->tuple.elts, CONSTANT_TUPLE));
      break;
    }
    [[fallthrough]];
  default:
    compile_elements(compiler, expr->list.elts, expr->kind, destination);
    break; // list and tuple: same fields
  }
}

void compile_formatted_value(Compiler *compiler, AstExpr *expr, Register destination) {
  unsigned conversion = 0;
  switch (expr->formatted_value.conversion) {
  case 's':
    conversion = 1;
    break;
  case 'r':
    conversion = 2;
    break;
  case 'a':
    conversion = 3;
    break;
  case -1:
    break;
  default:
    compiler_fail(compiler, "Unrecognized conversion character %d", expr->formatted_value.conversion);
  }
  AstExpr *specification = expr->formatted_value.format_spec;
  Register value = compile_operand_before(compiler, expr->formatted_value.value, specification);
  Register format = 0;
  if (specification) {
    format = compile_operand(compiler, specification);
    conversion |= 4;
  }
  emit(compiler, OP_FORMAT_VALUE, conversion, destination, value, format);
}

void compile_joined_string(Compiler *compiler, AstExpr *expr, Register destination) {
  Unit *unit = compiler->unit;
  const AstExprSequence *values = expr->joined_str.values;
  uint32_t base = unit->temporary_top;
  Register first = temporary_next(compiler);
  if (values->count == 0) {
    emit_load_constant(compiler, destination, compiler->empty_text);
  } else if (values->count == 1 && values->items[0]->kind != AST_CONSTANT) {
    compile_into(compiler, values->items[0], destination);
  } else if (values->count <= CHUNK) {
    for (uint32_t i = 0; i < values->count; i++) compile_push(compiler, values->items[i]);
    emit(compiler, OP_BUILD_STRING, 0, destination, first, values->count);
  } else { // "".join([...])
    emit_load_constant(compiler, first, compiler->empty_text);
    temporary_push(compiler);
    uint32_t name = name_index(compiler, compiler_intern(compiler, "join"));
    if (name > UINT16_MAX) compiler_fail(compiler, "too many names");
    temporary_next(compiler);
    emit(compiler, OP_LOAD_METHOD, 0, first, first, name);
    temporary_push(compiler);
    Register list = temporary_next(compiler);
    emit(compiler, OP_BUILD_LIST, 0, list, list, 0);
    temporary_push(compiler);
    add_rest(compiler, values, 0, list, false);
    emit(compiler, OP_CALL_METHOD, 0, destination, first, 1);
  }
  unit->temporary_top = base;
}
