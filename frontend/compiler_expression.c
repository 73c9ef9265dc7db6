// Expressions: operators, comparisons, conditions, attributes, items, yield and await.
#include "frontend/compiler_internal.h"

#include <string.h>

// ---- operands

// Gives the following operations the range of `expr`; returns the one to go back to.
static AstRange enter_range(Compiler *compiler, const AstExpr *expr) {
  AstRange saved = compiler->unit->range;
  compiler->unit->range = expr->range;
  return saved;
}

// An operand that needs no operation of its own still shows the line it stands on.
void compile_line(Compiler *compiler, const AstExpr *expr) {
  if (expr->range.lineno == compiler->unit->range.lineno) return;
  AstRange saved = enter_range(compiler, expr);
  emit(compiler, OP_NOP, 0, 0, 0, 0);
  compiler->unit->range = saved;
}

// Only a named expression can rebind a local while an expression is evaluated.
bool expression_may_rebind(Compiler *compiler, const AstExpr *expr) {
  return compiler->unit->scope->has_named_expression && expr && expr->kind != AST_NAME && expr->kind != AST_CONSTANT;
}

Register compile_push(Compiler *compiler, AstExpr *expr) {
  compile_into(compiler, expr, temporary_next(compiler));
  return temporary_push(compiler);
}

Register compile_operand(Compiler *compiler, AstExpr *expr) {
  Register local;
  if (expr->kind != AST_NAME || !compile_local_register(compiler, expr->name.id, &local))
    return compile_push(compiler, expr);
  compile_line(compiler, expr);
  AstRange saved = enter_range(compiler, expr);
  emit(compiler, OP_CHECK_BOUND, 0, local, 0, 0);
  compiler->unit->range = saved;
  return local;
}

Register compile_operand_before(Compiler *compiler, AstExpr *expr, const AstExpr *later) {
  return expression_may_rebind(compiler, later) ? compile_push(compiler, expr) : compile_operand(compiler, expr);
}

// True if `expr` is a constant that an instruction's 16-bit field can name.
static bool short_constant(Compiler *compiler, const AstExpr *expr, uint32_t *index) {
  if (expr->kind != AST_CONSTANT) return false;
  *index = constant_index(compiler, expr->constant.value);
  if (*index > UINT16_MAX) return false;
  compile_line(compiler, expr);
  return true;
}

void compile_effect(Compiler *compiler, AstExpr *expr) {
  uint32_t top = compiler->unit->temporary_top;
  if (expr->kind == AST_NAME)
    compile_operand(compiler, expr);
  else
    compile_into(compiler, expr, temporary_next(compiler));
  compiler->unit->temporary_top = top;
}

// ---- operators

static const Opcode binary_opcodes[] = {
    [AST_ADD] = OP_ADD,
    [AST_SUB] = OP_SUBTRACT,
    [AST_MULT] = OP_MULTIPLY,
    [AST_MAT_MULT] = OP_MATRIX_MULTIPLY,
    [AST_DIV] = OP_TRUE_DIVIDE,
    [AST_MOD] = OP_REMAINDER,
    [AST_POW] = OP_POWER,
    [AST_LSHIFT] = OP_LEFT_SHIFT,
    [AST_RSHIFT] = OP_RIGHT_SHIFT,
    [AST_BIT_OR] = OP_OR,
    [AST_BIT_XOR] = OP_XOR,
    [AST_BIT_AND] = OP_AND,
    [AST_FLOOR_DIV] = OP_FLOOR_DIVIDE,
};

Opcode binary_opcode(AstOperator operator) {
  return binary_opcodes[operator];
}

static void compile_binary(Compiler *compiler, AstExpr *expr, Register destination) {
  Opcode opcode = binary_opcodes[expr->bin_op.op];
  uint32_t constant;
  Register left = compile_operand_before(compiler, expr->bin_op.left, expr->bin_op.right);
  bool may_grow = opcode == OP_ADD && expr->bin_op.left->kind == AST_NAME && left == destination;
  unsigned auxiliary = may_grow ? compiler_growth(compiler, expr->bin_op.left->name.id) << GROWTH_SHIFT : 0;
  if (short_constant(compiler, expr->bin_op.right, &constant)) {
    emit(compiler, opcode + 1, auxiliary, destination, left, constant);
  } else {
    Register right = compile_operand(compiler, expr->bin_op.right);
    emit(compiler, opcode, auxiliary, destination, left, right);
  }
}

static void compile_unary(Compiler *compiler, AstExpr *expr, Register destination) {
  static const Opcode opcodes[] = {
      [AST_INVERT] = OP_INVERT, [AST_NOT] = OP_NOT, [AST_UADD] = OP_POSITIVE, [AST_USUB] = OP_NEGATIVE};
  Register operand = compile_operand(compiler, expr->unary_op.operand);
  emit(compiler, opcodes[expr->unary_op.op], 0, destination, operand, 0);
}

// The last operand may go to the destination at once only if nobody can see that it is written early: a local keeps its
// old value until the whole expression has succeeded.
static void compile_boolean(Compiler *compiler, AstExpr *expr, Register destination) {
  const AstExprSequence *values = expr->bool_op.values;
  Opcode jump = expr->bool_op.op == AST_AND ? OP_JUMP_IF_FALSE : OP_JUMP_IF_TRUE;
  Register result = temporary_next(compiler);
  Block *end = block_new(compiler);
  for (uint32_t i = 0; i < values->count; i++) {
    AstExpr *value = values->items[i];
    compile_into(compiler, value, result);
    if (i + 1 == values->count) break;
    // Live across the jump: the value is the result if it is taken.
    temporary_push(compiler);
    if (value->kind == AST_CONSTANT) {
      bool stops = constant_is_true(value->constant.value) == (expr->bool_op.op == AST_OR);
      if (stops) emit_jump(compiler, OP_JUMP, 0, end);
    } else {
      emit_jump(compiler, jump, result, end);
    }
    compiler->unit->temporary_top--;
  }
  compiler_use_block(compiler, end);
  if (result != destination) {
    temporary_push(compiler);
    emit(compiler, OP_MOVE, 0, destination, result, 0);
    compiler->unit->temporary_top--;
  }
}

// Jumps while the result of the expression, which the stack does not count yet, is in `destination`.
static void jump_with_result(Compiler *compiler, Register destination, Block *target) {
  Unit *unit = compiler->unit;
  uint32_t top = unit->temporary_top;
  if (destination == (REGISTER_TEMPORARY | top)) unit->temporary_top++;
  emit_jump_no_line(compiler, target);
  unit->temporary_top = top;
}

static void compile_conditional(Compiler *compiler, AstExpr *expr, Register destination) {
  Block *otherwise = block_new(compiler), *end = block_new(compiler);
  compile_jump_if(compiler, expr->if_exp.test, otherwise, false);
  compile_into(compiler, expr->if_exp.body, destination);
  jump_with_result(compiler, destination, end);
  compiler_use_block(compiler, otherwise);
  compile_into(compiler, expr->if_exp.orelse, destination);
  compiler_use_block(compiler, end);
}

// ---- comparisons

static const Opcode comparison_opcodes[] = {
    [AST_EQ] = OP_COMPARE_EQUAL,   [AST_NOT_EQ] = OP_COMPARE_NOT_EQUAL,
    [AST_LT] = OP_COMPARE_LESS,    [AST_LT_E] = OP_COMPARE_LESS_EQUAL,
    [AST_GT] = OP_COMPARE_GREATER, [AST_GT_E] = OP_COMPARE_GREATER_EQUAL,
    [AST_IS] = OP_IS_OP,           [AST_IS_NOT] = OP_IS_OP,
    [AST_IN] = OP_CONTAINS,        [AST_NOT_IN] = OP_CONTAINS,
};

static void emit_comparison_registers(Compiler *compiler, AstComparison operator, Register destination, Register left,
                                      Register right) {
  bool inverted = operator == AST_IS_NOT || operator == AST_NOT_IN;
  emit(compiler, comparison_opcodes[operator], inverted, destination, left, right);
}

static void emit_comparison(Compiler *compiler, AstComparison operator, Register destination, Register left,
                            AstExpr *right) {
  uint32_t constant;
  if (operator < AST_IS && short_constant(compiler, right, &constant))
    emit(compiler, comparison_opcodes[operator] + 1, 0, destination, left, constant);
  else
    emit_comparison_registers(compiler, operator, destination, left, compile_operand(compiler, right));
}

static bool is_identity_operand(const AstExpr *expr) {
  if (expr->kind != AST_CONSTANT) return true;
  ConstantKind kind = expr->constant.value->kind;
  return kind <= CONSTANT_ELLIPSIS;
}

static void check_comparison(Compiler *compiler, const AstExpr *expr) {
  bool left = is_identity_operand(expr->compare.left);
  for (uint32_t i = 0; i < expr->compare.ops->count; i++) {
    AstComparison operator = expr->compare.ops->items[i];
    bool right = is_identity_operand(expr->compare.comparators->items[i]);
    if ((operator == AST_IS || operator == AST_IS_NOT) && (!left || !right)) {
      compiler_warn(compiler, operator == AST_IS ? "\"is\" with a literal. Did you mean \"==\"?"
                                                 : "\"is not\" with a literal. Did you mean \"!=\"?");
      return;
    }
    left = right;
  }
}

// All comparisons of a chain but the last: leaves to `failed` with the false result in the register returned by
// *result, or goes on with the left operand of the last comparison, which is returned.
static Register compile_chain(Compiler *compiler, AstExpr *expr, Block *failed, Register *result) {
  Unit *unit = compiler->unit;
  uint32_t count = expr->compare.ops->count;
  AstExprSequence *comparators = expr->compare.comparators;
  if (count == 2) { // by far the most common: nothing needs to be copied
    Register left = compile_operand_before(compiler, expr->compare.left, comparators->items[0]);
    Register middle = compile_operand_before(compiler, comparators->items[0], comparators->items[1]);
    *result = temporary_next(compiler);
    emit_comparison_registers(compiler, expr->compare.ops->items[0], *result, left, middle);
    temporary_push(compiler);
    emit_jump(compiler, OP_JUMP_IF_FALSE, *result, failed);
    unit->temporary_top--;
    return middle;
  }
  // Two registers take turns as left and right operand; the results go to a third.
  Register slots[2];
  slots[0] = compile_push(compiler, expr->compare.left);
  slots[1] = temporary_next(compiler);
  uint32_t base = unit->temporary_top;
  *result = REGISTER_TEMPORARY | (base + 1);
  for (uint32_t i = 0; i + 1 < count; i++) {
    Register left = slots[i & 1], right = slots[~i & 1];
    compile_into(compiler, comparators->items[i], right);
    unit->temporary_top = base + 1;
    temporary_next(compiler);
    emit_comparison_registers(compiler, expr->compare.ops->items[i], *result, left, right);
    temporary_push(compiler);
    emit_jump(compiler, OP_JUMP_IF_FALSE, *result, failed);
    unit->temporary_top = base + 1;
  }
  return slots[(count - 1) & 1];
}

static void compile_comparison(Compiler *compiler, AstExpr *expr, Register destination) {
  check_comparison(compiler, expr);
  uint32_t count = expr->compare.ops->count;
  AstExpr *last = expr->compare.comparators->items[count - 1];
  if (count == 1) {
    Register left = compile_operand_before(compiler, expr->compare.left, last);
    emit_comparison(compiler, expr->compare.ops->items[0], destination, left, last);
    return;
  }
  Unit *unit = compiler->unit;
  uint32_t top = unit->temporary_top;
  Block *failed = block_new(compiler), *end = block_new(compiler);
  Register result, left = compile_chain(compiler, expr, failed, &result);
  emit_comparison(compiler, expr->compare.ops->items[count - 1], destination, left, last);
  unit->temporary_top = top;
  jump_with_result(compiler, destination, end);
  compiler_use_block(compiler, failed);
  unit->temporary_top = (result & REGISTER_NUMBER) + 1;
  emit(compiler, OP_MOVE, 0, destination, result, 0);
  unit->temporary_top = top;
  compiler_use_block(compiler, end);
}

// ---- conditions

static void jump_if_value(Compiler *compiler, AstExpr *expr, Block *target, bool condition) {
  uint32_t top = compiler->unit->temporary_top;
  Register value = compile_operand(compiler, expr);
  emit_jump(compiler, condition ? OP_JUMP_IF_TRUE : OP_JUMP_IF_FALSE, value, target);
  compiler->unit->temporary_top = top;
}

static bool is_none(const AstExpr *expr) {
  return expr->kind == AST_CONSTANT && expr->constant.value->kind == CONSTANT_NONE;
}

static void jump_if_comparison(Compiler *compiler, AstExpr *expr, Block *target, bool condition) {
  Unit *unit = compiler->unit;
  uint32_t count = expr->compare.ops->count, top = unit->temporary_top;
  AstComparison operator = expr->compare.ops->items[0];
  AstExpr *right = expr->compare.comparators->items[0];
  unit->range = expr->range; // for the jumps, too
  if (count == 1 && (operator == AST_IS || operator == AST_IS_NOT) && is_none(right)) {
    check_comparison(compiler, expr);
    Register value = compile_operand(compiler, expr->compare.left);
    bool jump_if_none = (operator == AST_IS) == condition;
    emit_jump(compiler, jump_if_none ? OP_JUMP_IF_NONE : OP_JUMP_IF_NOT_NONE, value, target);
  } else if (count == 1) {
    jump_if_value(compiler, expr, target, condition);
  } else {
    check_comparison(compiler, expr);
    Block *failed = condition ? block_new(compiler) : target;
    Register result, left = compile_chain(compiler, expr, failed, &result);
    emit_comparison(compiler, expr->compare.ops->items[count - 1], result, left,
                    expr->compare.comparators->items[count - 1]);
    unit->temporary_top = (result & REGISTER_NUMBER) + 1;
    emit_jump(compiler, condition ? OP_JUMP_IF_TRUE : OP_JUMP_IF_FALSE, result, target);
    if (condition) compiler_use_block(compiler, failed);
  }
  unit->temporary_top = top;
}

void compile_jump_if(Compiler *compiler, AstExpr *expr, Block *target, bool condition) {
  switch (expr->kind) {
  case AST_UNARY_OP:
    if (expr->unary_op.op != AST_NOT) break;
    compile_jump_if(compiler, expr->unary_op.operand, target, !condition);
    return;
  case AST_BOOL_OP: {
    const AstExprSequence *values = expr->bool_op.values;
    bool stops_on = expr->bool_op.op == AST_OR; // the value that decides early
    Block *early = stops_on == condition ? target : block_new(compiler);
    for (uint32_t i = 0; i + 1 < values->count; i++) compile_jump_if(compiler, values->items[i], early, stops_on);
    compile_jump_if(compiler, values->items[values->count - 1], target, condition);
    if (early != target) compiler_use_block(compiler, early);
    return;
  }
  case AST_IF_EXP: {
    Block *otherwise = block_new(compiler), *end = block_new(compiler);
    compile_jump_if(compiler, expr->if_exp.test, otherwise, false);
    compile_jump_if(compiler, expr->if_exp.body, target, condition);
    emit_jump_no_line(compiler, end);
    compiler_use_block(compiler, otherwise);
    compile_jump_if(compiler, expr->if_exp.orelse, target, condition);
    compiler_use_block(compiler, end);
    return;
  }
  case AST_COMPARE:
    jump_if_comparison(compiler, expr, target, condition);
    return;
  case AST_CONSTANT:
    emit(compiler, OP_NOP, 0, 0, 0, 0); // the line exists for tracing
    if (constant_is_true(expr->constant.value) == condition) emit_jump(compiler, OP_JUMP, 0, target);
    return;
  default:
    break;
  }
  jump_if_value(compiler, expr, target, condition);
}

// ---- attributes and items

// An attribute that continues on a later line is reported where its name stands.
void compile_attribute_range(Compiler *compiler, const AstExpr *attribute) {
  AstRange *range = &compiler->unit->range;
  if (range->lineno == attribute->range.end_lineno) return;
  range->lineno = attribute->range.end_lineno;
  int32_t length = 0; // in characters
  for (const char *byte = attribute->attribute.attr->text; *byte; byte++) length += (*byte & 0xC0) != 0x80;
  if (length <= attribute->range.end_col_offset) {
    range->col_offset = attribute->range.end_col_offset - length;
  } else {
    range->col_offset = -1;
    range->end_col_offset = -1;
  }
}

// The index of an attribute's name if it fits into an instruction.
static uint32_t attribute_name(Compiler *compiler, const AstExpr *expr) {
  uint32_t index = name_index(compiler, expr->attribute.attr);
  if (index > UINT16_MAX) compiler_fail(compiler, "too many names");
  return index;
}

static void compile_attribute(Compiler *compiler, AstExpr *expr, Register destination) {
  Register object = compile_operand(compiler, expr->attribute.value);
  compile_attribute_range(compiler, expr);
  emit(compiler, OP_LOAD_ATTRIBUTE, 0, destination, object, attribute_name(compiler, expr));
}

const char *expression_type_name(const AstExpr *expr) {
  static const char *const names[] = {"NoneType", "bool",    "bool", "ellipsis", "int",   "int",
                                      "float",    "complex", "str",  "bytes",    "tuple", "frozenset"};
  switch (expr->kind) {
  case AST_TUPLE:
    return "tuple";
  case AST_LIST:
  case AST_LIST_COMP:
    return "list";
  case AST_DICT:
  case AST_DICT_COMP:
    return "dict";
  case AST_SET:
  case AST_SET_COMP:
    return "set";
  case AST_GENERATOR_EXP:
    return "generator";
  case AST_LAMBDA:
    return "function";
  case AST_JOINED_STR:
  case AST_FORMATTED_VALUE:
    return "str";
  case AST_CONSTANT:
    return names[expr->constant.value->kind];
  default:
    return NULL;
  }
}

static void check_subscript(Compiler *compiler, const AstExpr *expr) {
  const AstExpr *value = expr->subscript.value;
  const char *type = NULL;
  switch (value->kind) {
  case AST_CONSTANT: {
    ConstantKind kind = value->constant.value->kind;
    bool subscriptable = kind == CONSTANT_STR || kind == CONSTANT_BYTES || kind == CONSTANT_TUPLE;
    if (!subscriptable) type = expression_type_name(value);
    break;
  }
  case AST_SET:
  case AST_SET_COMP:
  case AST_GENERATOR_EXP:
  case AST_LAMBDA:
    type = expression_type_name(value);
    break;
  default:
    break;
  }
  if (type) {
    compiler_warn(compiler, "'%.200s' object is not subscriptable; perhaps you missed a comma?", type);
    return;
  }
  const char *index = expression_type_name(expr->subscript.slice);
  if (!index || strcmp(index, "int") == 0 || strcmp(index, "bool") == 0) return;
  switch (value->kind) {
  case AST_CONSTANT:
  case AST_TUPLE:
  case AST_LIST:
  case AST_LIST_COMP:
  case AST_JOINED_STR:
  case AST_FORMATTED_VALUE:
    compiler_warn(compiler, "%.200s indices must be integers or slices, not %.200s; perhaps you missed a comma?",
                  expression_type_name(value), index);
    break;
  default:
    break;
  }
}

static void compile_slice(Compiler *compiler, AstExpr *expr, Register destination) {
  uint32_t base = compiler->unit->temporary_top;
  AstExpr *parts[] = {expr->slice.lower, expr->slice.upper, expr->slice.step};
  for (int i = 0; i < 3; i++) {
    if (parts[i]) {
      compile_push(compiler, parts[i]);
    } else {
      emit_load_none(compiler, temporary_next(compiler));
      temporary_push(compiler);
    }
  }
  emit(compiler, OP_BUILD_SLICE, 0, destination, REGISTER_TEMPORARY | base, 0);
}

static void compile_subscript(Compiler *compiler, AstExpr *expr, Register destination) {
  check_subscript(compiler, expr);
  uint32_t constant;
  Register object = compile_operand_before(compiler, expr->subscript.value, expr->subscript.slice);
  if (short_constant(compiler, expr->subscript.slice, &constant)) {
    emit(compiler, OP_LOAD_ITEM_CONST, 0, destination, object, constant);
  } else {
    Register index = compile_operand(compiler, expr->subscript.slice);
    emit(compiler, OP_LOAD_ITEM, 0, destination, object, index);
  }
}

// ---- stores

// `consume`: the source is the topmost temporary and not needed afterwards, so its place is the first element's.
static void store_elements(Compiler *compiler, AstExprSequence *elements, Register source, bool consume) {
  Unit *unit = compiler->unit;
  uint32_t star = elements->count, top = unit->temporary_top;
  for (uint32_t i = 0; i < elements->count; i++) {
    if (elements->items[i]->kind != AST_STARRED) continue;
    if (star < elements->count) compiler_fail(compiler, "multiple starred expressions in assignment");
    star = i;
  }
  if (elements->count > UINT16_MAX) compiler_fail(compiler, "too many expressions in assignment");
  uint32_t base = consume ? top - 1 : top;
  if (star < elements->count) {
    if (star > UINT8_MAX) compiler_fail(compiler, "too many expressions in star-unpacking assignment");
    emit(compiler, OP_UNPACK_EXTENDED, star, REGISTER_TEMPORARY | base, source, elements->count - star - 1);
  } else {
    emit(compiler, OP_UNPACK_SEQUENCE, 0, REGISTER_TEMPORARY | base, source, elements->count);
  }
  unit->temporary_top = base;
  for (uint32_t i = 0; i < elements->count; i++) temporary_push(compiler);
  for (uint32_t i = 0; i < elements->count; i++) {
    AstExpr *element = elements->items[i];
    if (element->kind == AST_STARRED) element = element->starred.value;
    compile_store(compiler, element, REGISTER_TEMPORARY | (base + i));
  }
  unit->temporary_top = top;
}

static void store(Compiler *compiler, AstExpr *target, Register source, bool consume) {
  Unit *unit = compiler->unit;
  uint32_t top = unit->temporary_top;
  AstRange saved = enter_range(compiler, target);
  switch (target->kind) {
  case AST_NAME:
    compile_store_name(compiler, target->name.id, source);
    break;
  case AST_ATTRIBUTE: {
    Register object = compile_operand(compiler, target->attribute.value);
    compile_attribute_range(compiler, target);
    compiler_check_name(compiler, target->attribute.attr, AST_STORE);
    emit(compiler, OP_STORE_ATTRIBUTE, 0, object, source, attribute_name(compiler, target));
    break;
  }
  case AST_SUBSCRIPT: {
    Register object = compile_operand_before(compiler, target->subscript.value, target->subscript.slice);
    Register index = compile_operand(compiler, target->subscript.slice);
    emit(compiler, OP_STORE_ITEM, 0, object, index, source);
    break;
  }
  case AST_LIST:
  case AST_TUPLE:
    store_elements(compiler, target->list.elts, source, consume);
    break; // the same fields
  case AST_STARRED:
    compiler_fail(compiler, "starred assignment target must be in a list or tuple");
  default:
    compiler_fail(compiler, "cannot assign to this expression");
  }
  unit->temporary_top = top;
  unit->range = saved;
}

void compile_store(Compiler *compiler, AstExpr *target, Register source) {
  store(compiler, target, source, false);
}

void compile_store_top(Compiler *compiler, AstExpr *target) {
  store(compiler, target, REGISTER_TEMPORARY | (compiler->unit->temporary_top - 1), true);
  compiler->unit->temporary_top--;
}

// ---- named expressions, yield, await

static void compile_named(Compiler *compiler, AstExpr *expr, Register destination) {
  AstExpr *target = expr->named_expr.target;
  compile_into(compiler, expr->named_expr.value, temporary_next(compiler));
  Register value = temporary_push(compiler);
  compile_store(compiler, target, value);
  if (value != destination) emit(compiler, OP_MOVE, 0, destination, value, 0);
}

// True if `value` is the topmost temporary.
static bool is_top(Compiler *compiler, Register value) {
  uint32_t top = compiler->unit->temporary_top;
  return top && value == (REGISTER_TEMPORARY | (top - 1));
}

// What is yielded does not stay alive in the frame: the operation's `live` leaves it out, and reads it first.
void compile_yield(Compiler *compiler, Register value, Register destination) {
  Unit *unit = compiler->unit;
  uint32_t base = unit->temporary_top - is_top(compiler, value);
  if (unit->scope->is_generator && unit->scope->is_coroutine) {
    Register wrapped = REGISTER_TEMPORARY | base;
    if (unit->temporary_limit <= base) unit->temporary_limit = base + 1;
    emit(compiler, OP_ASYNC_GENERATOR_WRAP, 0, wrapped, value, 0);
    value = wrapped;
  }
  unit->temporary_top = base;
  emit(compiler, OP_YIELD, 0, destination, value, 0);
  bool on_top = destination == temporary_next(compiler);
  unit->temporary_top = base + on_top;
  emit(compiler, OP_RESUME, 1, 0, 0, 0);
  unit->temporary_top = base;
}

static void compile_yield_expression(Compiler *compiler, AstExpr *expr, Register destination) {
  if (!unit_is_function(compiler->unit)) compiler_fail(compiler, "'yield' outside function");
  Register value;
  if (expr->yield.value) {
    value = compile_operand(compiler, expr->yield.value);
  } else {
    value = temporary_next(compiler);
    emit_load_none(compiler, value);
    temporary_push(compiler);
  }
  compile_yield(compiler, value, destination);
}

// Runs an iterator that `opcode` makes from `source` (the topmost temporary, which is consumed, or a local) to its end,
// passing on what it yields and what is sent: `yield from` and `await`.
static void compile_delegation(Compiler *compiler, Opcode opcode, unsigned auxiliary, Register source,
                               Register destination) {
  Unit *unit = compiler->unit;
  uint32_t base = unit->temporary_top - is_top(compiler, source);
  Register iterator = REGISTER_TEMPORARY | base, value = iterator + 1;
  if (unit->temporary_limit < base + 2) unit->temporary_limit = base + 2;
  emit(compiler, opcode, auxiliary, iterator, source, 0);
  unit->temporary_top = base + 1;
  emit_load_none(compiler, value);
  unit->temporary_top = base + 2;
  Block *again = block_new(compiler), *done = block_new(compiler);
  compiler_use_block(compiler, again);
  emit(compiler, OP_SEND, 0, value, iterator, 0)->target = done;
  compiler_use_block(compiler, block_new(compiler));
  unit->temporary_top = base + 1;
  emit(compiler, OP_YIELD, 1, value, value, iterator);
  unit->temporary_top = base + 2;
  emit(compiler, OP_RESUME, 2, 0, 0, 0);
  emit(compiler, OP_JUMP, JUMP_NO_LOOP, 0, 0, 0)->target = again;
  compiler_use_block(compiler, done);
  emit(compiler, OP_MOVE, 0, destination, value, 0);
  unit->temporary_top = base;
}

void compile_await(Compiler *compiler, Register source, unsigned place, Register destination) {
  compile_delegation(compiler, OP_GET_AWAITABLE, place, source, destination);
}

static void compile_await_expression(Compiler *compiler, AstExpr *expr, Register destination) {
  Unit *unit = compiler->unit;
  if (!(compiler->top_level_await && unit->kind == UNIT_MODULE)) {
    if (!unit_is_function(unit)) compiler_fail(compiler, "'await' outside function");
    if (unit->kind != UNIT_ASYNC_FUNCTION && unit->kind != UNIT_COMPREHENSION)
      compiler_fail(compiler, "'await' outside async function");
  }
  Register source = compile_operand(compiler, expr->await.value);
  compile_await(compiler, source, 0, destination);
}

static void compile_yield_from(Compiler *compiler, AstExpr *expr, Register destination) {
  Unit *unit = compiler->unit;
  if (!unit_is_function(unit)) compiler_fail(compiler, "'yield' outside function");
  if (unit->kind == UNIT_ASYNC_FUNCTION) compiler_fail(compiler, "'yield from' inside async function");
  Register source = compile_operand(compiler, expr->yield_from.value);
  compile_delegation(compiler, OP_GET_YIELD_FROM_ITERATOR, 0, source, destination);
}

// ---- everything

static void compile_expression(Compiler *compiler, AstExpr *expr, Register destination) {
  switch (expr->kind) {
  case AST_CONSTANT:
    emit_load_constant(compiler, destination, expr->constant.value);
    break;
  case AST_NAME:
    compile_load_name(compiler, expr->name.id, destination);
    break;
  case AST_ATTRIBUTE:
    compile_attribute(compiler, expr, destination);
    break;
  case AST_SUBSCRIPT:
    compile_subscript(compiler, expr, destination);
    break;
  case AST_CALL:
    compile_call(compiler, expr, destination);
    break;
  case AST_BIN_OP:
    compile_binary(compiler, expr, destination);
    break;
  case AST_UNARY_OP:
    compile_unary(compiler, expr, destination);
    break;
  case AST_BOOL_OP:
    compile_boolean(compiler, expr, destination);
    break;
  case AST_COMPARE:
    compile_comparison(compiler, expr, destination);
    break;
  case AST_IF_EXP:
    compile_conditional(compiler, expr, destination);
    break;
  case AST_NAMED_EXPR:
    compile_named(compiler, expr, destination);
    break;
  case AST_LAMBDA:
    compile_lambda(compiler, expr, destination);
    break;
  case AST_TUPLE:
  case AST_LIST:
  case AST_SET:
  case AST_DICT:
    compile_display(compiler, expr, destination);
    break;
  case AST_LIST_COMP:
  case AST_SET_COMP:
  case AST_DICT_COMP:
  case AST_GENERATOR_EXP:
    compile_comprehension(compiler, expr, destination);
    break;
  case AST_YIELD:
    compile_yield_expression(compiler, expr, destination);
    break;
  case AST_YIELD_FROM:
    compile_yield_from(compiler, expr, destination);
    break;
  case AST_AWAIT:
    compile_await_expression(compiler, expr, destination);
    break;
  case AST_JOINED_STR:
    compile_joined_string(compiler, expr, destination);
    break;
  case AST_FORMATTED_VALUE:
    compile_formatted_value(compiler, expr, destination);
    break;
  case AST_SLICE:
    compile_slice(compiler, expr, destination);
    break;
  case AST_STARRED:
    compiler_fail(compiler, "can't use starred expression here");
  default:
    compiler_fail(compiler, "unexpected expression");
  }
}

void compile_into(Compiler *compiler, AstExpr *expr, Register destination) {
  Unit *unit = compiler->unit;
  uint32_t top = unit->temporary_top;
  AstRange saved = enter_range(compiler, expr);
  compile_expression(compiler, expr, destination);
  unit->temporary_top = top;
  unit->range = saved;
}
