// Comprehensions and generator expressions: each is a function whose only argument, `.0`, is the outermost iterator.
#include "frontend/compiler_internal.h"

typedef struct Comprehension {
  AstKind kind;
  AstComprehensionSequence *generators;
  AstExpr *element, *value; // value: of a dict comprehension
  Register result;          // the container that is filled
} Comprehension;

static void compile_generator(Compiler *compiler, const Comprehension *comprehension, uint32_t number);

static void compile_element(Compiler *compiler, const Comprehension *comprehension) {
  Unit *unit = compiler->unit;
  uint32_t top = unit->temporary_top;
  switch (comprehension->kind) {
  case AST_GENERATOR_EXP: {
    Register value = compile_operand(compiler, comprehension->element);
    unit->range = comprehension->element->range;
    compile_yield(compiler, value, REGISTER_TEMPORARY | top);
    if (unit->temporary_limit <= top) unit->temporary_limit = top + 1;
    break;
  }
  case AST_DICT_COMP: {
    Register key = compile_operand_before(compiler, comprehension->element, comprehension->value);
    Register value = compile_operand(compiler, comprehension->value);
    AstRange range = comprehension->element->range;
    range.end_lineno = comprehension->value->range.end_lineno;
    range.end_col_offset = comprehension->value->range.end_col_offset;
    unit->range = range;
    emit(compiler, OP_DICT_ADD, 0, comprehension->result, key, value);
    break;
  }
  default: {
    Register value = compile_operand(compiler, comprehension->element);
    unit->range = comprehension->element->range;
    emit(compiler, comprehension->kind == AST_LIST_COMP ? OP_LIST_APPEND : OP_SET_ADD, 0, comprehension->result, value,
         0);
  }
  }
  unit->temporary_top = top;
}

static void compile_inside(Compiler *compiler, const Comprehension *comprehension, uint32_t number, Block *skip) {
  const AstComprehension *generator = comprehension->generators->items[number];
  for (uint32_t i = 0; i < generator->ifs->count; i++) compile_jump_if(compiler, generator->ifs->items[i], skip, false);
  if (number + 1 < comprehension->generators->count)
    compile_generator(compiler, comprehension, number + 1);
  else
    compile_element(compiler, comprehension);
  compiler_use_block(compiler, skip);
}

// The element of `for y in [x]`, which is an assignment rather than a loop; NULL if it is none.
static AstExpr *single_element(const AstExpr *iterable) {
  if (iterable->kind != AST_LIST && iterable->kind != AST_TUPLE) return NULL;
  const AstExprSequence *elements = iterable->list.elts;
  return elements->count == 1 && elements->items[0]->kind != AST_STARRED ? elements->items[0] : NULL;
}

static void compile_synchronous(Compiler *compiler, const Comprehension *comprehension, uint32_t number) {
  Unit *unit = compiler->unit;
  const AstComprehension *generator = comprehension->generators->items[number];
  uint32_t top = unit->temporary_top;
  Block *start = block_new(compiler), *end = block_new(compiler);
  AstExpr *single = number ? single_element(generator->iter) : NULL;
  if (single) {
    compile_push(compiler, single);
    compile_store_top(compiler, generator->target);
    compile_inside(compiler, comprehension, number, start);
    return;
  }
  Register iterator = 0; // .0
  if (number) {
    AstRange saved = unit->range;
    Register iterable = compile_operand(compiler, generator->iter);
    unit->temporary_top = top;
    iterator = temporary_next(compiler);
    unit->temporary_top = top + (iterable == iterator);
    emit(compiler, OP_GET_ITERATOR, 0, iterator, iterable, 0);
    unit->temporary_top = top + 1;
    unit->range = saved;
  }
  compiler_use_block(compiler, start);
  Register item = compile_iteration_register(compiler, generator->target);
  emit(compiler, OP_FOR_ITERATOR, 0, item, iterator, 0)->target = end;
  compiler_use_block(compiler, block_new(compiler));
  compile_store_iteration(compiler, generator->target, item);
  compile_inside(compiler, comprehension, number, block_new(compiler));
  emit_jump(compiler, OP_JUMP, 0, start);
  compiler_use_block(compiler, end);
  unit->temporary_top = top;
}

static void compile_asynchronous(Compiler *compiler, const Comprehension *comprehension, uint32_t number) {
  Unit *unit = compiler->unit;
  const AstComprehension *generator = comprehension->generators->items[number];
  uint32_t top = unit->temporary_top;
  Block *start = block_new(compiler), *end = block_new(compiler);
  Register iterator = 0;
  if (number) {
    Register iterable = compile_operand(compiler, generator->iter);
    unit->temporary_top = top;
    iterator = temporary_next(compiler);
    unit->temporary_top = top + (iterable == iterator);
    emit(compiler, OP_GET_ASYNC_ITERATOR, 0, iterator, iterable, 0);
    unit->temporary_top = top + 1;
  }
  compiler_use_block(compiler, start);
  FrameBlock frame_block = {.continue_to = start, .outer_handler = compiler->unit->handler};
  compiler_push_frame_block(compiler, &frame_block, FRAME_BLOCK_ASYNC_GENERATOR);
  Handler *outer = unit->handler;
  compiler_set_handler(compiler, handler_new(compiler, end));
  Register awaitable = temporary_next(compiler);
  emit(compiler, OP_GET_ASYNC_NEXT, 0, awaitable, iterator, 0);
  temporary_push(compiler);
  Register item = compile_iteration_register(compiler, generator->target);
  if (item & REGISTER_TEMPORARY) item = awaitable;
  compile_await(compiler, awaitable, 0, item);
  compiler_set_handler(compiler, outer);
  compile_store_iteration(compiler, generator->target, item);
  compile_inside(compiler, comprehension, number, block_new(compiler));
  emit_jump(compiler, OP_JUMP, 0, start);
  compiler_pop_frame_block(compiler);
  compiler_use_block(compiler, end);
  Register exception = temporary_push(compiler);
  emit(compiler, OP_END_ASYNC_FOR, 0, exception, 0, 0);
  unit->temporary_top = top;
}

static void compile_generator(Compiler *compiler, const Comprehension *comprehension, uint32_t number) {
  if (comprehension->generators->items[number]->is_async)
    compile_asynchronous(compiler, comprehension, number);
  else
    compile_synchronous(compiler, comprehension, number);
}

void compile_comprehension(Compiler *compiler, AstExpr *expr, Register destination) {
  Comprehension comprehension = {.kind = expr->kind};
  const char *name;
  Opcode build = OP_NOP;
  switch (expr->kind) {
  case AST_LIST_COMP:
    name = "<listcomp>", build = OP_BUILD_LIST;
    break;
  case AST_SET_COMP:
    name = "<setcomp>", build = OP_BUILD_SET;
    break;
  case AST_DICT_COMP:
    name = "<dictcomp>", build = OP_BUILD_DICT;
    break;
  default:
    name = "<genexpr>";
    break;
  }
  if (expr->kind == AST_DICT_COMP) {
    comprehension.element = expr->dict_comp.key;
    comprehension.value = expr->dict_comp.value;
    comprehension.generators = expr->dict_comp.generators;
  } else { // the others have the same fields
    comprehension.element = expr->list_comp.elt;
    comprehension.generators = expr->list_comp.generators;
  }
  Unit *outer = compiler->unit;
  bool top_level_await = compiler->top_level_await && outer->kind == UNIT_MODULE;
  AstComprehension *outermost = comprehension.generators->items[0];

  compiler_enter(compiler, UNIT_COMPREHENSION, compiler_intern(compiler, name), expr, (uint32_t)expr->range.lineno);
  Unit *unit = compiler->unit;
  unit->range = expr->range;
  unit->argument_count = 1;
  bool awaits = unit->scope->is_coroutine && expr->kind != AST_GENERATOR_EXP;
  if (awaits && outer->kind != UNIT_ASYNC_FUNCTION && outer->kind != UNIT_COMPREHENSION && !top_level_await)
    compiler_fail(compiler, "asynchronous comprehension outside of an asynchronous function");
  if (build != OP_NOP) {
    comprehension.result = temporary_next(compiler);
    emit(compiler, build, 0, comprehension.result, comprehension.result, 0);
    temporary_push(compiler);
  }
  compile_generator(compiler, &comprehension, 0);
  unit->range = expr->range;
  if (build != OP_NOP) {
    emit(compiler, OP_RETURN, 0, comprehension.result, 0, 0);
    unit->temporary_top--;
  }
  const CodeUnit *code = compiler_leave(compiler);

  if (top_level_await && awaits) outer->scope->is_coroutine = true;
  uint32_t top = outer->temporary_top;
  Register function = REGISTER_TEMPORARY | top;
  compile_make_function(compiler, compile_begin_function(compiler), code, 0, function);
  temporary_push(compiler);
  Register iterator = temporary_next(compiler);
  Register iterable = compile_operand(compiler, outermost->iter);
  emit(compiler, outermost->is_async ? OP_GET_ASYNC_ITERATOR : OP_GET_ITERATOR, 0, iterator, iterable, 0);
  outer->temporary_top = top + 2;
  emit(compiler, OP_CALL, 0, awaits ? function : destination, function, 1);
  outer->temporary_top = top + 1;
  if (awaits) compile_await(compiler, function, 0, destination);
  outer->temporary_top = top;
}
