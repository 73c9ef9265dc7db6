// Calls. The callable and its arguments are consecutive temporaries, on top, so that they become the callee's
// registers.
#include "frontend/compiler_internal.h"

#include <string.h>

enum { DIRECT_LIMIT = 30 }; // arguments that are passed in registers; more go through a list

static void check_callable(Compiler *compiler, const AstExpr *function) {
  switch (function->kind) {
  case AST_CONSTANT:
  case AST_TUPLE:
  case AST_LIST:
  case AST_LIST_COMP:
  case AST_DICT:
  case AST_DICT_COMP:
  case AST_SET:
  case AST_SET_COMP:
  case AST_GENERATOR_EXP:
  case AST_JOINED_STR:
  case AST_FORMATTED_VALUE:
    compiler_warn(compiler, "'%.200s' object is not callable; perhaps you missed a comma?",
                  expression_type_name(function));
    break;
  default:
    break;
  }
}

static void check_keywords(Compiler *compiler, const AstKeywordSequence *keywords) {
  for (uint32_t i = 0; i < keywords->count; i++) {
    const AstKeyword *keyword = keywords->items[i];
    if (!keyword->arg) continue;
    compiler_check_name(compiler, keyword->arg, AST_STORE);
    for (uint32_t k = i + 1; k < keywords->count; k++) {
      if (keywords->items[k]->arg != keyword->arg) continue;
      compiler->unit->range = keywords->items[k]->range;
      compiler_fail(compiler, "keyword argument repeated: %s", keyword->arg->text);
    }
  }
}

static bool needs_unpacking(const AstExprSequence *arguments, const AstKeywordSequence *keywords) {
  if (arguments->count + 2 * (size_t)keywords->count > DIRECT_LIMIT) return true;
  for (uint32_t i = 0; i < arguments->count; i++) {
    if (arguments->items[i]->kind == AST_STARRED) return true;
  }
  for (uint32_t i = 0; i < keywords->count; i++) {
    if (!keywords->items[i]->arg) return true;
  }
  return false;
}

static const Constant *keyword_names(Compiler *compiler, const AstKeywordSequence *keywords) {
  const Constant **items = compiler_allocate(compiler, keywords->count, sizeof *items);
  for (uint32_t i = 0; i < keywords->count; i++) {
    const Name *name = keywords->items[i]->arg;
    items[i] = constant_new_str(compiler->arena, name->text, name->length);
    if (!items[i]) compiler_out_of_memory(compiler);
  }
  Constant *names = constant_new(compiler->arena, CONSTANT_TUPLE);
  if (!names) compiler_out_of_memory(compiler);
  names->items.items = items;
  names->items.count = keywords->count;
  return names;
}

// Pushes the arguments and the names of the keyword ones; returns how many values there are.
static uint32_t push_arguments(Compiler *compiler, const AstExprSequence *arguments,
                               const AstKeywordSequence *keywords) {
  for (uint32_t i = 0; i < arguments->count; i++) compile_push(compiler, arguments->items[i]);
  if (!keywords->count) return arguments->count;
  for (uint32_t i = 0; i < keywords->count; i++) compile_push(compiler, keywords->items[i]->value);
  emit_load_constant(compiler, temporary_next(compiler), keyword_names(compiler, keywords));
  temporary_push(compiler);
  return arguments->count + keywords->count;
}

// The positional arguments as one value on the stack, over the `pushed` topmost temporaries: those become part of it.
static void push_unpacked_positional(Compiler *compiler, const AstExprSequence *arguments, uint32_t pushed) {
  Unit *unit = compiler->unit;
  if (!pushed && arguments->count == 1 && arguments->items[0]->kind == AST_STARRED) {
    compile_push(compiler, arguments->items[0]->starred.value);
    return;
  }
  if (!pushed && !arguments->count) {
    static const Constant empty = {.kind = CONSTANT_TUPLE};
    emit_load_constant(compiler, temporary_next(compiler), &empty);
    temporary_push(compiler);
    return;
  }
  uint32_t base = unit->temporary_top - pushed, i = 0;
  for (; arguments->count <= DIRECT_LIMIT && i < arguments->count && arguments->items[i]->kind != AST_STARRED; i++)
    compile_push(compiler, arguments->items[i]);
  Register list = REGISTER_TEMPORARY | base;
  if (unit->temporary_limit <= base) unit->temporary_limit = base + 1;
  if (i == arguments->count) {
    emit(compiler, OP_BUILD_TUPLE, 0, list, list, pushed + i);
    unit->temporary_top = base + 1;
    return;
  }
  emit(compiler, OP_BUILD_LIST, 0, list, list, pushed + i);
  unit->temporary_top = base + 1;
  for (; i < arguments->count; i++) {
    AstExpr *argument = arguments->items[i];
    bool starred = argument->kind == AST_STARRED;
    Register value = compile_operand(compiler, starred ? argument->starred.value : argument);
    emit(compiler, starred ? OP_LIST_EXTEND : OP_LIST_APPEND, starred, list, value, 0);
    unit->temporary_top = base + 1;
  }
  emit(compiler, OP_LIST_TO_TUPLE, 0, list, list, 0);
}

static void push_key_value(Compiler *compiler, const AstKeyword *keyword) {
  const Constant *key = constant_new_str(compiler->arena, keyword->arg->text, keyword->arg->length);
  if (!key) compiler_out_of_memory(compiler);
  emit_load_constant(compiler, temporary_next(compiler), key);
  temporary_push(compiler);
  compile_push(compiler, keyword->value);
}

static void push_unpacked_keywords(Compiler *compiler, const AstKeywordSequence *keywords, Register callable) {
  Unit *unit = compiler->unit;
  if (keywords->count == 1 && !keywords->items[0]->arg) {
    compile_push(compiler, keywords->items[0]->value);
    return;
  }
  uint32_t base = unit->temporary_top, i = 0;
  Register dict = temporary_next(compiler);
  for (; keywords->count <= DIRECT_LIMIT / 2 && i < keywords->count && keywords->items[i]->arg; i++)
    push_key_value(compiler, keywords->items[i]);
  emit(compiler, OP_BUILD_DICT, 0, dict, dict, i);
  unit->temporary_top = base + 1;
  for (; i < keywords->count; i++) {
    const AstKeyword *keyword = keywords->items[i];
    if (keyword->arg) {
      // Through a dict of its own, so that a name that an earlier ** gave is an error.
      Register pair = temporary_next(compiler);
      push_key_value(compiler, keyword);
      emit(compiler, OP_BUILD_DICT, 0, pair, pair, 1);
      unit->temporary_top = base + 2;
      emit(compiler, OP_DICT_MERGE, 0, dict, pair, callable);
    } else {
      Register mapping = compile_operand(compiler, keyword->value);
      emit(compiler, OP_DICT_MERGE, 0, dict, mapping, callable);
    }
    unit->temporary_top = base + 1;
  }
}

void compile_call_arguments(Compiler *compiler, Register callable, uint32_t pushed, AstExprSequence *arguments,
                            AstKeywordSequence *keywords, Register destination) {
  check_keywords(compiler, keywords);
  if (!needs_unpacking(arguments, keywords)) {
    uint32_t count = pushed + push_arguments(compiler, arguments, keywords);
    emit(compiler, keywords->count ? OP_CALL_KEYWORDS : OP_CALL, 0, destination, callable, count);
    return;
  }
  push_unpacked_positional(compiler, arguments, pushed);
  if (keywords->count) push_unpacked_keywords(compiler, keywords, callable);
  emit(compiler, OP_CALL_UNPACKED, keywords->count != 0, destination, callable, 0);
}

static void compile_method_call(Compiler *compiler, AstExpr *expr, Register destination) {
  AstExpr *method = expr->call.func;
  AstKeywordSequence *keywords = expr->call.keywords;
  Unit *unit = compiler->unit;
  check_keywords(compiler, keywords);
  uint32_t base = unit->temporary_top;
  Register callable = temporary_next(compiler);
  unit->range = method->range;
  Register object = compile_operand(compiler, method->attribute.value);
  compile_attribute_range(compiler, method);
  uint32_t name = name_index(compiler, method->attribute.attr);
  if (name > UINT16_MAX) compiler_fail(compiler, "too many names");
  emit(compiler, OP_LOAD_METHOD, 0, callable, object, name);
  unit->temporary_top = base;
  temporary_push(compiler);
  temporary_push(compiler);
  uint32_t count = push_arguments(compiler, expr->call.args, keywords);
  unit->range = expr->range;
  compile_attribute_range(compiler, method);
  emit(compiler, keywords->count ? OP_CALL_METHOD_KEYWORDS : OP_CALL_METHOD, 0, destination, callable, count);
}

void compile_call(Compiler *compiler, AstExpr *expr, Register destination) {
  AstExpr *function = expr->call.func;
  if (function->kind == AST_ATTRIBUTE && !needs_unpacking(expr->call.args, expr->call.keywords)) {
    compile_method_call(compiler, expr, destination);
    return;
  }
  check_callable(compiler, function);
  Register callable = compile_push(compiler, function);
  compile_call_arguments(compiler, callable, 0, expr->call.args, expr->call.keywords, destination);
}
