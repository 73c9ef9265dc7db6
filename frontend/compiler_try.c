// try, except, except*, finally and with.
//
// An exception handler starts with the exception in the first temporary that its range leaves free, and begins to
// handle it (PUSH_HANDLED) so that `raise` and sys.exc_info() see it. Whatever way control leaves the handler, what was
// handled before must be put back; for exceptions inside the handler a small cleanup block does that and raises them
// again. A finally body is compiled once for each way that leads through it.
#include "frontend/compiler_internal.h"

// Enters the handler block: the exception is on the stack, then what was handled before. Returns the former's register.
static Register begin_handler(Compiler *compiler, Block *block, Handler *outer, Block *cleanup) {
  compiler_set_handler(compiler, outer);
  compiler_use_block(compiler, block);
  unset_range(compiler);
  Register exception = temporary_push(compiler);
  emit(compiler, OP_PUSH_HANDLED, 0, temporary_next(compiler), exception, 0);
  temporary_push(compiler);
  compiler_set_handler(compiler, handler_new(compiler, cleanup));
  return exception;
}

// The cleanup block of a handler whose exception is in `exception`. Pops what begin_handler pushed. Tracing shows the
// current range: in CPython a finally body's cleanup is part of the body's last line, and that of others has none.
static void end_handler(Compiler *compiler, Handler *outer, Block *cleanup, Register exception) {
  Unit *unit = compiler->unit;
  compiler_set_handler(compiler, outer);
  compiler_use_block(compiler, cleanup);
  unit->temporary_top = (exception & REGISTER_NUMBER) + 2;
  Register raised = temporary_push(compiler);
  emit(compiler, OP_POP_HANDLED, 0, exception + 1, 0, 0);
  emit(compiler, OP_RERAISE, 1, raised, 0, 0);
  unit->temporary_top = exception & REGISTER_NUMBER;
}

// The body of an except clause whose exception has been bound to `name`; at its end the name is unbound and `end`
// taken.
static void compile_clause_body(Compiler *compiler, const AstExceptHandler *clause, Handler *outer, bool is_group,
                                Register handled, Block *end) {
  Unit *unit = compiler->unit;
  const Name *name = clause->except_handler.name;
  Handler *clause_handler = unit->handler;
  Block *name_cleanup = block_new(compiler);
  FrameBlock frame_block = {.name = name, .outer_handler = outer};
  compiler_push_frame_block(compiler, &frame_block, is_group ? FRAME_BLOCK_GROUP_HANDLER : FRAME_BLOCK_HANDLER);
  if (name && !is_group) compiler_set_handler(compiler, handler_new(compiler, name_cleanup));
  compile_statements(compiler, clause->except_handler.body);
  compiler_pop_frame_block(compiler);
  unset_range(compiler);
  compiler_set_handler(compiler, is_group ? clause_handler : outer);
  if (!is_group) emit(compiler, OP_POP_HANDLED, 0, handled, 0, 0);
  if (name) compile_unbind_name(compiler, name);
  emit_jump(compiler, OP_JUMP, 0, end);
  compiler_set_handler(compiler, clause_handler);
  if (!name || is_group) return;
  compiler_use_block(compiler, name_cleanup);
  Register raised = temporary_push(compiler);
  compile_unbind_name(compiler, name);
  emit(compiler, OP_RERAISE, 1, raised, 0, 0);
  unit->temporary_top--;
}

static void compile_try_except(Compiler *compiler, AstStmt *statement) {
  Unit *unit = compiler->unit;
  Block *handlers = block_new(compiler), *cleanup = block_new(compiler), *end = block_new(compiler);
  Handler *outer = unit->handler;
  emit(compiler, OP_NOP, 0, 0, 0, 0); // the line of `try` exists for tracing
  compiler_set_handler(compiler, handler_new(compiler, handlers));
  FrameBlock frame_block = {.outer_handler = outer};
  compiler_push_frame_block(compiler, &frame_block, FRAME_BLOCK_TRY);
  compile_statements(compiler, statement->try.body);
  compiler_pop_frame_block(compiler);
  compiler_set_handler(compiler, outer);
  compile_statements(compiler, statement->try.orelse);
  emit_jump_no_line(compiler, end);

  Register exception = begin_handler(compiler, handlers, outer, cleanup);
  const AstExceptHandlerSequence *clauses = statement->try.handlers;
  for (uint32_t i = 0; i < clauses->count; i++) {
    AstExceptHandler *clause = clauses->items[i];
    unit->range = clause->range;
    if (!clause->except_handler.type && i + 1 < clauses->count)
      compiler_fail(compiler, "default 'except:' must be last");
    Block *next = block_new(compiler);
    if (clause->except_handler.type) {
      uint32_t top = unit->temporary_top;
      Register type = compile_operand(compiler, clause->except_handler.type);
      Register matches = REGISTER_TEMPORARY | top;
      if (unit->temporary_limit <= top) unit->temporary_limit = top + 1;
      emit(compiler, OP_MATCH_EXCEPTION, 0, matches, exception, type);
      unit->temporary_top = top + 1;
      emit_jump(compiler, OP_JUMP_IF_FALSE, matches, next);
      unit->temporary_top = top;
    } else {
      emit(compiler, OP_NOP, 0, 0, 0, 0);
    }
    if (clause->except_handler.name) compile_store_name(compiler, clause->except_handler.name, exception);
    compile_clause_body(compiler, clause, outer, false, exception + 1, end);
    compiler_use_block(compiler, next);
  }
  unset_range(compiler);
  emit(compiler, OP_RERAISE, 0, exception, 0, 0);
  unset_range(compiler);
  end_handler(compiler, outer, cleanup, exception);
  compiler_use_block(compiler, end);
}

// try/except*. Registers: the original exception, what was handled before, the list of exceptions raised by clauses and
// of what is left, the part that no clause has matched yet.
static void compile_try_star(Compiler *compiler, AstStmt *statement) {
  Unit *unit = compiler->unit;
  Block *handlers = block_new(compiler), *cleanup = block_new(compiler), *end = block_new(compiler);
  Handler *outer = unit->handler;
  emit(compiler, OP_NOP, 0, 0, 0, 0);
  compiler_set_handler(compiler, handler_new(compiler, handlers));
  FrameBlock frame_block = {.outer_handler = outer};
  compiler_push_frame_block(compiler, &frame_block, FRAME_BLOCK_TRY);
  compile_statements(compiler, statement->try_star.body);
  compiler_pop_frame_block(compiler);
  compiler_set_handler(compiler, outer);
  compile_statements(compiler, statement->try_star.orelse);
  emit_jump_no_line(compiler, end);

  Register original = begin_handler(compiler, handlers, outer, cleanup);
  Register raised = temporary_next(compiler);
  emit(compiler, OP_BUILD_LIST, 0, raised, raised, 0);
  temporary_push(compiler);
  Register rest = temporary_next(compiler);
  emit(compiler, OP_MOVE, 0, rest, original, 0);
  temporary_push(compiler);
  const AstExceptHandlerSequence *clauses = statement->try_star.handlers;
  for (uint32_t i = 0; i < clauses->count; i++) {
    AstExceptHandler *clause = clauses->items[i];
    unit->range = clause->range;
    Block *next = block_new(compiler), *failed = block_new(compiler);
    uint32_t top = unit->temporary_top;
    Register type = compile_operand(compiler, clause->except_handler.type);
    Register parts = REGISTER_TEMPORARY | top; // rest, match
    if (unit->temporary_limit < top + 2) unit->temporary_limit = top + 2;
    emit(compiler, OP_MATCH_EXCEPTION_GROUP, 0, parts, rest, type);
    unit->temporary_top = top + 2;
    emit(compiler, OP_MOVE, 0, rest, parts, 0);
    emit_jump(compiler, OP_JUMP_IF_NONE, parts + 1, next);
    // The matching part is what is being handled in the body.
    Register match = parts + 1;
    emit(compiler, OP_PUSH_HANDLED, 0, parts, match, 0);
    Handler *clauses_handler = unit->handler;
    Block *leave = block_new(compiler);
    if (clause->except_handler.name) compile_store_name(compiler, clause->except_handler.name, match);
    compiler_set_handler(compiler, handler_new(compiler, failed));
    compile_clause_body(compiler, clause, outer, true, parts, leave);
    compiler_set_handler(compiler, clauses_handler);
    compiler_use_block(compiler, leave);
    unset_range(compiler);
    emit(compiler, OP_POP_HANDLED, 0, parts, 0, 0);
    emit_jump(compiler, OP_JUMP, 0, next);
    // An exception in the body joins the list.
    compiler_use_block(compiler, failed);
    Register error = temporary_push(compiler);
    emit(compiler, OP_POP_HANDLED, 0, parts, 0, 0);
    if (clause->except_handler.name) compile_unbind_name(compiler, clause->except_handler.name);
    emit(compiler, OP_LIST_APPEND, 0, raised, error, 0);
    unit->temporary_top = top;
    compiler_use_block(compiler, next);
  }
  unset_range(compiler);
  emit(compiler, OP_LIST_APPEND, 0, raised, rest, 0);
  emit(compiler, OP_PREPARE_RERAISE_STAR, 0, raised, original, raised);
  compiler_set_handler(compiler, outer);
  emit(compiler, OP_POP_HANDLED, 0, original + 1, 0, 0);
  emit_jump(compiler, OP_JUMP_IF_NONE, raised, end);
  emit(compiler, OP_RERAISE, 0, raised, 0, 0);
  unset_range(compiler);
  end_handler(compiler, outer, cleanup, original);
  compiler_use_block(compiler, end);
}

static void compile_try_body(Compiler *compiler, AstStmt *statement) {
  if (!statement->try.handlers->count)
    compile_statements(compiler, statement->try.body);
  else if (statement->kind == AST_TRY)
    compile_try_except(compiler, statement);
  else
    compile_try_star(compiler, statement);
}

static void compile_try_finally(Compiler *compiler, AstStmt *statement) {
  Unit *unit = compiler->unit;
  Block *handler = block_new(compiler), *cleanup = block_new(compiler), *end = block_new(compiler);
  Handler *outer = unit->handler;
  const AstStmtSequence *body = statement->try.finalbody;
  emit(compiler, OP_NOP, 0, 0, 0, 0); // the line of `try` exists for tracing
  compiler_set_handler(compiler, handler_new(compiler, handler));
  FrameBlock frame_block = {.finally_body = body, .outer_handler = outer};
  compiler_push_frame_block(compiler, &frame_block, FRAME_BLOCK_FINALLY);
  compile_try_body(compiler, statement);
  compiler_pop_frame_block(compiler);
  compiler_set_handler(compiler, outer);
  compile_statements(compiler, body);
  emit_jump_no_line(compiler, end);

  Register exception = begin_handler(compiler, handler, outer, cleanup);
  FrameBlock end_block = {.outer_handler = outer};
  compiler_push_frame_block(compiler, &end_block, FRAME_BLOCK_FINALLY_END);
  compile_statements(compiler, body);
  compiler_pop_frame_block(compiler);
  emit(compiler, OP_RERAISE, 0, exception, 0, 0);
  end_handler(compiler, outer, cleanup, exception);
  compiler_use_block(compiler, end);
}

void compile_try(Compiler *compiler, AstStmt *statement) {
  if (statement->try.finalbody->count)
    compile_try_finally(compiler, statement);
  else
    compile_try_body(compiler, statement);
}

// ---- with

void compile_exit_with(Compiler *compiler, Register exit, bool is_async) {
  Unit *unit = compiler->unit;
  uint32_t top = unit->temporary_top;
  Register base = temporary_next(compiler);
  emit(compiler, OP_MOVE, 0, base, exit, 0);
  temporary_push(compiler);
  for (int i = 0; i < 3; i++) {
    emit_load_none(compiler, temporary_next(compiler));
    temporary_push(compiler);
  }
  emit(compiler, OP_CALL, 0, base, base, 3);
  unit->temporary_top = top + 1;
  if (is_async) compile_await(compiler, base, 2, base);
  unit->temporary_top = top;
}

void compile_with(Compiler *compiler, AstStmt *statement, uint32_t number) {
  Unit *unit = compiler->unit;
  const AstWithItemSequence *items = statement->with.items; // AsyncWith has the same fields
  AstWithItem *item = items->items[number];
  bool is_async = statement->kind == AST_ASYNC_WITH;
  if (is_async) {
    if (compiler->top_level_await && unit->kind == UNIT_MODULE)
      unit->scope->is_coroutine = true;
    else if (unit->kind != UNIT_ASYNC_FUNCTION)
      compiler_fail(compiler, "'async with' outside async function");
  }
  Block *handler = block_new(compiler), *cleanup = block_new(compiler), *end = block_new(compiler);
  Block *suppressed = block_new(compiler);
  Handler *outer = unit->handler;
  uint32_t top = unit->temporary_top;
  Register context = compile_operand(compiler, item->context_expr);
  Register exit = REGISTER_TEMPORARY | top, entered = exit + 1;
  if (unit->temporary_limit < top + 2) unit->temporary_limit = top + 2;
  emit(compiler, is_async ? OP_ENTER_ASYNC_WITH : OP_ENTER_WITH, 0, exit, context, 0);
  unit->temporary_top = top + 2;
  if (is_async) {
    compile_await(compiler, entered, 1, entered);
    unit->temporary_top = top + 2;
  }
  unit->temporary_top = top + 1;
  compiler_set_handler(compiler, handler_new(compiler, handler));
  FrameBlock frame_block = {.with_statement = statement, .outer_handler = outer};
  compiler_push_frame_block(compiler, &frame_block, is_async ? FRAME_BLOCK_ASYNC_WITH : FRAME_BLOCK_WITH);
  if (item->optional_vars) {
    temporary_push(compiler);
    compile_store_top(compiler, item->optional_vars);
  }
  if (number + 1 < items->count)
    compile_with(compiler, statement, number + 1);
  else
    compile_statements(compiler, statement->with.body);
  compiler_pop_frame_block(compiler);
  compiler_set_handler(compiler, outer);
  unit->range = statement->range;
  compile_exit_with(compiler, exit, is_async);
  emit_jump(compiler, OP_JUMP, 0, end);

  Register exception = begin_handler(compiler, handler, outer, cleanup);
  unit->range = statement->range;
  Register result = temporary_next(compiler);
  emit(compiler, OP_EXIT_WITH_EXCEPTION, 0, result, exit, exception);
  temporary_push(compiler);
  if (is_async) {
    compile_await(compiler, result, 2, result);
    temporary_push(compiler);
  }
  unset_range(compiler);
  emit_jump(compiler, OP_JUMP_IF_TRUE, result, suppressed);
  unit->temporary_top--;
  emit(compiler, OP_RERAISE, 1, exception, 0, 0);
  compiler_set_handler(compiler, outer);
  compiler_use_block(compiler, suppressed);
  emit(compiler, OP_POP_HANDLED, 0, exception + 1, 0, 0);
  emit_jump(compiler, OP_JUMP, 0, end);
  unset_range(compiler);
  end_handler(compiler, outer, cleanup, exception);
  unit->temporary_top = top;
  compiler_use_block(compiler, end);
}
