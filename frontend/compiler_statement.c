// Statements: assignment, deletion, loops, conditions, imports, return, break, continue.
#include "frontend/compiler_internal.h"

#include <string.h>

// ---- leaving nested statements early

// How much a block counts towards FRAME_BLOCK_LIMIT: CPython has two for an except clause.
static uint32_t frame_block_weight(FrameBlockKind kind) {
  return kind == FRAME_BLOCK_HANDLER ? 2 : 1;
}

void compiler_push_frame_block(Compiler *compiler, FrameBlock *block, FrameBlockKind kind) {
  Unit *unit = compiler->unit;
  unit->frame_block_count += frame_block_weight(kind);
  if (unit->frame_block_count > FRAME_BLOCK_LIMIT) compiler_fail(compiler, "too many statically nested blocks");
  block->outer = unit->frame_blocks;
  block->kind = kind;
  block->depth = unit->temporary_top;
  unit->frame_blocks = block;
}

void compiler_pop_frame_block(Compiler *compiler) {
  Unit *unit = compiler->unit;
  unit->frame_block_count -= frame_block_weight(unit->frame_blocks->kind);
  unit->frame_blocks = unit->frame_blocks->outer;
}

static void unwind_one(Compiler *compiler, const FrameBlock *block) {
  Unit *unit = compiler->unit;
  switch (block->kind) {
  case FRAME_BLOCK_FINALLY:
    compiler_set_handler(compiler, block->outer_handler);
    compile_statements(compiler, block->finally_body);
    unset_range(compiler); // the body seems to run after the statement that left: what follows has no line
    break;
  case FRAME_BLOCK_FINALLY_END:
  case FRAME_BLOCK_HANDLER:
    compiler_set_handler(compiler, block->outer_handler);
    emit(compiler, OP_POP_HANDLED, 0, REGISTER_TEMPORARY | (block->depth - 1), 0, 0);
    if (block->name) compile_unbind_name(compiler, block->name);
    break;
  case FRAME_BLOCK_WITH:
  case FRAME_BLOCK_ASYNC_WITH:
    unit->range = block->with_statement->range;
    compiler_set_handler(compiler, block->outer_handler);
    compile_exit_with(compiler, REGISTER_TEMPORARY | (block->depth - 1), block->kind == FRAME_BLOCK_ASYNC_WITH);
    unset_range(compiler);
    break;
  case FRAME_BLOCK_TRY:
  case FRAME_BLOCK_ASYNC_GENERATOR:
    compiler_set_handler(compiler, block->outer_handler);
    break;
  default:
    break;
  }
}

void compile_unwind(Compiler *compiler, FrameBlock **loop) {
  Unit *unit = compiler->unit;
  FrameBlock *saved = unit->frame_blocks;
  uint32_t saved_count = unit->frame_block_count;
  if (loop) *loop = NULL;
  while (unit->frame_blocks) {
    FrameBlock *block = unit->frame_blocks;
    if (block->kind == FRAME_BLOCK_GROUP_HANDLER)
      compiler_fail(compiler, "'break', 'continue' and 'return' cannot appear in an except* block");
    if (loop && (block->kind == FRAME_BLOCK_WHILE || block->kind == FRAME_BLOCK_FOR)) {
      *loop = block;
      break;
    }
    compiler_pop_frame_block(compiler);
    unwind_one(compiler, block);
  }
  unit->frame_blocks = saved;
  unit->frame_block_count = saved_count;
}

// True if leaving the function from here runs code that could change a local.
static bool unwinding_runs_code(const Unit *unit) {
  for (const FrameBlock *block = unit->frame_blocks; block; block = block->outer) {
    switch (block->kind) {
    case FRAME_BLOCK_FINALLY:
    case FRAME_BLOCK_HANDLER:
    case FRAME_BLOCK_WITH:
    case FRAME_BLOCK_ASYNC_WITH:
      return true;
    default:
      break;
    }
  }
  return false;
}

static void compile_return(Compiler *compiler, AstStmt *statement) {
  Unit *unit = compiler->unit;
  AstExpr *value = statement->return_stmt.value;
  if (!unit_is_function(unit)) compiler_fail(compiler, "'return' outside function");
  if (value && unit->scope->is_coroutine && unit->scope->is_generator)
    compiler_fail(compiler, "'return' with value in async generator");
  Handler *handler = unit->handler;
  uint32_t top = unit->temporary_top;
  const Constant *constant = !value ? compiler->none : value->kind == AST_CONSTANT ? value->constant.value : NULL;
  Register result = 0;
  if (!constant) {
    result = unwinding_runs_code(unit) ? compile_push(compiler, value) : compile_operand(compiler, value);
  } else if (value) {
    unit->range = value->range;
    emit(compiler, OP_NOP, 0, 0, 0, 0);
  }
  if (!value || value->range.lineno != statement->range.lineno) {
    unit->range = statement->range;
    emit(compiler, OP_NOP, 0, 0, 0, 0);
  }
  compile_unwind(compiler, NULL);
  if (constant)
    emit(compiler, OP_RETURN_CONST, 0, 0, constant_index(compiler, constant), 0);
  else
    emit(compiler, OP_RETURN, 0, result, 0, 0);
  unit->temporary_top = top;
  compiler_set_handler(compiler, handler);
}

static void compile_break(Compiler *compiler, bool is_continue) {
  Unit *unit = compiler->unit;
  Handler *handler = unit->handler;
  FrameBlock *loop;
  emit(compiler, OP_NOP, 0, 0, 0, 0); // the line exists for tracing
  AstRange range = unit->range;
  compile_unwind(compiler, &loop);
  if (!loop) {
    unit->range = range;
    compiler_fail(compiler, is_continue ? "'continue' not properly in loop" : "'break' outside loop");
  }
  emit_jump(compiler, OP_JUMP, 0, is_continue ? loop->continue_to : loop->break_to);
  compiler_set_handler(compiler, handler);
}

// ---- loops and conditions

static void compile_if(Compiler *compiler, AstStmt *statement) {
  Block *end = block_new(compiler);
  bool has_else = statement->if_stmt.orelse->count;
  Block *otherwise = has_else ? block_new(compiler) : end;
  compile_jump_if(compiler, statement->if_stmt.test, otherwise, false);
  compile_statements(compiler, statement->if_stmt.body);
  if (has_else) {
    emit_jump_no_line(compiler, end);
    compiler_use_block(compiler, otherwise);
    compile_statements(compiler, statement->if_stmt.orelse);
  }
  compiler_use_block(compiler, end);
}

static void compile_while(Compiler *compiler, AstStmt *statement) {
  Unit *unit = compiler->unit;
  Growth *outer_growths = unit->growths;
  uint32_t top = unit->temporary_top;
  Block *start = block_new(compiler), *otherwise = block_new(compiler), *end = block_new(compiler);
  compiler_begin_growths(compiler, statement->while_stmt.test, statement->while_stmt.body);
  compiler_use_block(compiler, start);
  FrameBlock frame_block = {.continue_to = start, .break_to = end};
  compiler_push_frame_block(compiler, &frame_block, FRAME_BLOCK_WHILE);
  compile_jump_if(compiler, statement->while_stmt.test, otherwise, false);
  compile_statements(compiler, statement->while_stmt.body);
  emit_jump_no_line(compiler, start);
  compiler_pop_frame_block(compiler);
  unit->growths = outer_growths;
  unit->temporary_top = top;
  compiler_use_block(compiler, otherwise);
  compile_statements(compiler, statement->while_stmt.orelse);
  compiler_use_block(compiler, end);
}

// Where a loop puts its next item: a local target itself, or the next temporary.
Register compile_iteration_register(Compiler *compiler, const AstExpr *target) {
  Register local;
  if (target->kind == AST_NAME && compile_local_register(compiler, target->name.id, &local)) return local;
  return temporary_next(compiler);
}

// Stores the item that has been put there.
void compile_store_iteration(Compiler *compiler, AstExpr *target, Register item) {
  if (item & REGISTER_TEMPORARY) {
    temporary_push(compiler);
    compile_store_top(compiler, target);
  } else {
    AstRange saved = compiler->unit->range;
    compiler->unit->range = target->range;
    compiler_check_name(compiler, target->name.id, AST_STORE);
    emit(compiler, OP_NOP, 0, 0, 0, 0); // for a target on a line of its own
    compiler->unit->range = saved;
  }
}

static void compile_for(Compiler *compiler, AstStmt *statement) {
  Unit *unit = compiler->unit;
  Growth *outer_growths = unit->growths;
  uint32_t outer_top = unit->temporary_top;
  compiler_begin_growths(compiler, NULL, statement->for_stmt.body);
  Block *start = block_new(compiler), *otherwise = block_new(compiler), *end = block_new(compiler);
  FrameBlock frame_block = {.continue_to = start, .break_to = end};
  compiler_push_frame_block(compiler, &frame_block, FRAME_BLOCK_FOR);
  Register iterator = temporary_next(compiler);
  Register iterable = compile_operand(compiler, statement->for_stmt.iter);
  emit(compiler, OP_GET_ITERATOR, 0, iterator, iterable, 0);
  uint32_t top = iterator & REGISTER_NUMBER;
  unit->temporary_top = top + 1;
  compiler_use_block(compiler, start);
  Register item = compile_iteration_register(compiler, statement->for_stmt.target);
  emit(compiler, OP_FOR_ITERATOR, 0, item, iterator, 0)->target = otherwise;
  compiler_use_block(compiler, block_new(compiler));
  compile_store_iteration(compiler, statement->for_stmt.target, item);
  compile_statements(compiler, statement->for_stmt.body);
  emit_jump_no_line(compiler, start);
  compiler_pop_frame_block(compiler);
  unit->growths = outer_growths;
  unit->temporary_top = outer_top;
  compiler_use_block(compiler, otherwise);
  compile_statements(compiler, statement->for_stmt.orelse);
  compiler_use_block(compiler, end);
}

static void compile_async_for(Compiler *compiler, AstStmt *statement) {
  Unit *unit = compiler->unit;
  if (compiler->top_level_await && unit->kind == UNIT_MODULE)
    unit->scope->is_coroutine = true;
  else if (unit->kind != UNIT_ASYNC_FUNCTION)
    compiler_fail(compiler, "'async for' outside async function");
  Block *start = block_new(compiler), *finished = block_new(compiler), *end = block_new(compiler);
  Register iterator = temporary_next(compiler);
  uint32_t top = unit->temporary_top;
  Register iterable = compile_operand(compiler, statement->async_for.iter);
  emit(compiler, OP_GET_ASYNC_ITERATOR, 0, iterator, iterable, 0);
  unit->temporary_top = top + 1;
  compiler_use_block(compiler, start);
  FrameBlock frame_block = {.continue_to = start, .break_to = end};
  compiler_push_frame_block(compiler, &frame_block, FRAME_BLOCK_FOR);
  Handler *outer = unit->handler;
  compiler_set_handler(compiler, handler_new(compiler, finished));
  Register awaitable = temporary_next(compiler);
  emit(compiler, OP_GET_ASYNC_NEXT, 0, awaitable, iterator, 0);
  temporary_push(compiler);
  Register item = compile_iteration_register(compiler, statement->async_for.target);
  if (item & REGISTER_TEMPORARY) item = awaitable;
  compile_await(compiler, awaitable, 0, item);
  compiler_set_handler(compiler, outer); // success: the item is there
  compile_store_iteration(compiler, statement->async_for.target, item);
  compile_statements(compiler, statement->async_for.body);
  emit_jump_no_line(compiler, start);
  compiler_pop_frame_block(compiler);
  compiler_use_block(compiler, finished);
  unit->range = statement->async_for.iter->range; // where __anext__ failed
  Register exception = temporary_push(compiler);
  emit(compiler, OP_END_ASYNC_FOR, 0, exception, 0, 0);
  unit->temporary_top = top;
  compile_statements(compiler, statement->async_for.orelse);
  compiler_use_block(compiler, end);
}

// ---- assignment

// a, b = c, d: the values are assigned without a tuple. Each is computed first; those that a register or constant
// already holds until its turn are not copied.
static bool compile_parallel_assignment(Compiler *compiler, AstExpr *target, AstExpr *value) {
  if ((target->kind != AST_TUPLE && target->kind != AST_LIST) || value->kind != AST_TUPLE) return false;
  AstExprSequence *targets = target->list.elts, *values = value->tuple.elts;
  if (targets->count != values->count || targets->count > UINT8_MAX || !targets->count) return false;
  for (uint32_t i = 0; i < targets->count; i++) {
    if (targets->items[i]->kind == AST_STARRED || values->items[i]->kind == AST_STARRED) return false;
  }
  Unit *unit = compiler->unit;
  bool names_only = !unit->scope->has_named_expression;
  Register registers[UINT8_MAX];
  uint32_t top = unit->temporary_top;
  for (uint32_t i = 0; i < values->count; i++) {
    Register local;
    bool direct = names_only && values->items[i]->kind == AST_NAME &&
                  compile_local_register(compiler, values->items[i]->name.id, &local);
    for (uint32_t k = 0; direct && k < i; k++) {
      Register earlier;
      const AstExpr *store = targets->items[k];
      if (store->kind == AST_NAME)
        direct = !compile_local_register(compiler, store->name.id, &earlier) || earlier != local;
      else
        direct = store->kind == AST_ATTRIBUTE || store->kind == AST_SUBSCRIPT;
    }
    registers[i] = direct ? compile_operand(compiler, values->items[i]) : compile_push(compiler, values->items[i]);
  }
  AstRange saved = unit->range;
  for (uint32_t i = 0; i < targets->count; i++) {
    unit->range = target->range;
    compile_store(compiler, targets->items[i], registers[i]);
  }
  unit->range = saved;
  unit->temporary_top = top;
  return true;
}

static void compile_assignment(Compiler *compiler, AstStmt *statement) {
  AstExprSequence *targets = statement->assign.targets;
  AstExpr *value = statement->assign.value;
  Unit *unit = compiler->unit;
  Register local;
  if (targets->count == 1) {
    AstExpr *target = targets->items[0];
    if (target->kind == AST_NAME && compile_local_register(compiler, target->name.id, &local)) {
      AstRange saved = unit->range;
      unit->range = target->range;
      compiler_check_name(compiler, target->name.id, AST_STORE);
      unit->range = saved;
      compile_into(compiler, value, local);
      if (value->range.lineno != target->range.lineno || value->range.end_lineno != target->range.lineno) {
        unit->range = target->range; // the store, which takes no operation, is seen on the line of the target
        emit(compiler, OP_NOP, 0, 0, 0, 0);
        unit->range = saved;
      }
      return;
    }
    if (compile_parallel_assignment(compiler, target, value)) return;
    if (target->kind == AST_TUPLE || target->kind == AST_LIST) {
      compile_push(compiler, value);
      compile_store_top(compiler, target);
      return;
    }
  }
  bool kept = unit->scope->has_named_expression || targets->count > 1;
  Register source = kept ? compile_push(compiler, value) : compile_operand(compiler, value);
  for (uint32_t i = 0; i < targets->count; i++) compile_store(compiler, targets->items[i], source);
}

static void compile_augmented_operation(Compiler *compiler, AstStmt *statement, Register destination, Register left,
                                        unsigned growth) {
  Opcode opcode = binary_opcode(statement->aug_assign.op);
  unsigned auxiliary = 1 | growth << GROWTH_SHIFT;
  AstExpr *value = statement->aug_assign.value;
  if (value->kind == AST_CONSTANT) {
    uint32_t constant = constant_index(compiler, value->constant.value);
    if (constant <= UINT16_MAX) {
      compile_line(compiler, value);
      emit(compiler, opcode + 1, auxiliary, destination, left, constant);
      return;
    }
  }
  Register right = compile_operand(compiler, value);
  emit(compiler, opcode, auxiliary, destination, left, right);
}

static void compile_augmented_name(Compiler *compiler, AstStmt *statement) {
  AstExpr *target = statement->aug_assign.target;
  Register local;
  if (compile_local_register(compiler, target->name.id, &local)) {
    Register left = compile_operand_before(compiler, target, statement->aug_assign.value);
    unsigned growth =
        statement->aug_assign.op == AST_ADD && left == local ? compiler_growth(compiler, target->name.id) : 0;
    compile_augmented_operation(compiler, statement, local, left, growth);
    return;
  }
  Register value = compile_push(compiler, target);
  compile_augmented_operation(compiler, statement, value, value, 0);
  AstRange saved = compiler->unit->range;
  compiler->unit->range = target->range;
  compile_store_name(compiler, target->name.id, value);
  compiler->unit->range = saved;
}

static void compile_augmented_assignment(Compiler *compiler, AstStmt *statement) {
  Unit *unit = compiler->unit;
  AstExpr *target = statement->aug_assign.target;
  AstExpr *value = statement->aug_assign.value;
  AstRange range = unit->range;
  switch (target->kind) {
  case AST_NAME:
    compile_augmented_name(compiler, statement);
    break;
  case AST_ATTRIBUTE: {
    unit->range = target->range;
    Register object = compile_operand_before(compiler, target->attribute.value, value);
    compile_attribute_range(compiler, target);
    AstRange attribute_range = unit->range;
    uint32_t name = name_index(compiler, target->attribute.attr);
    if (name > UINT16_MAX) compiler_fail(compiler, "too many names");
    Register result = temporary_next(compiler);
    emit(compiler, OP_LOAD_ATTRIBUTE, 0, result, object, name);
    temporary_push(compiler);
    unit->range = range;
    compile_augmented_operation(compiler, statement, result, result, 0);
    unit->range = attribute_range;
    compiler_check_name(compiler, target->attribute.attr, AST_STORE);
    emit(compiler, OP_STORE_ATTRIBUTE, 0, object, result, name);
    break;
  }
  case AST_SUBSCRIPT: {
    unit->range = target->range;
    bool rebinds = expression_may_rebind(compiler, value) || expression_may_rebind(compiler, target->subscript.slice);
    Register object =
        rebinds ? compile_push(compiler, target->subscript.value) : compile_operand(compiler, target->subscript.value);
    Register index = compile_operand_before(compiler, target->subscript.slice, value);
    Register result = temporary_next(compiler);
    emit(compiler, OP_LOAD_ITEM, 0, result, object, index);
    temporary_push(compiler);
    unit->range = range;
    compile_augmented_operation(compiler, statement, result, result, 0);
    unit->range = target->range;
    emit(compiler, OP_STORE_ITEM, 0, object, index, result);
    break;
  }
  default:
    compiler_fail(compiler, "illegal expression for augmented assignment");
  }
  unit->range = range;
}

static void compile_annotated_assignment(Compiler *compiler, AstStmt *statement) {
  Unit *unit = compiler->unit;
  AstExpr *target = statement->ann_assign.target, *annotation = statement->ann_assign.annotation;
  bool evaluated = unit->kind == UNIT_MODULE || unit->kind == UNIT_CLASS;
  bool future = compiler->future_flags & CODE_FUTURE_ANNOTATIONS;
  uint32_t top = unit->temporary_top;
  if (statement->ann_assign.value) {
    Register value = compile_operand(compiler, statement->ann_assign.value);
    compile_store(compiler, target, value);
    unit->temporary_top = top;
  }
  switch (target->kind) {
  case AST_NAME:
    compiler_check_name(compiler, target->name.id, AST_STORE);
    // Annotations of simple names are kept; those of locals are not even evaluated.
    if (statement->ann_assign.simple && evaluated) {
      compile_annotation(compiler, annotation, temporary_next(compiler));
      Register value = temporary_push(compiler);
      Register annotations = temporary_next(compiler);
      compile_load_name(compiler, compiler_intern(compiler, "__annotations__"), annotations);
      temporary_push(compiler);
      const Name *mangled = name_mangle(compiler->names, unit->class_name, target->name.id);
      const Constant *key = mangled ? constant_new_str(compiler->arena, mangled->text, mangled->length) : NULL;
      if (!key) compiler_out_of_memory(compiler);
      Register name = temporary_next(compiler);
      emit_load_constant(compiler, name, key);
      temporary_push(compiler);
      emit(compiler, OP_STORE_ITEM, 0, annotations, name, value);
    }
    break;
  case AST_ATTRIBUTE:
    compiler_check_name(compiler, target->attribute.attr, AST_STORE);
    if (!statement->ann_assign.value) compile_effect(compiler, target->attribute.value);
    break;
  case AST_SUBSCRIPT:
    if (!statement->ann_assign.value) {
      compile_effect(compiler, target->subscript.value);
      AstExpr *slice = target->subscript.slice;
      if (slice->kind == AST_SLICE) {
        AstExpr *parts[] = {slice->slice.lower, slice->slice.upper, slice->slice.step};
        for (int i = 0; i < 3; i++) {
          if (parts[i]) compile_effect(compiler, parts[i]);
        }
      } else {
        compile_effect(compiler, slice);
      }
    }
    break;
  default:
    compiler_fail(compiler, "invalid node type (%d) for annotated assignment", target->kind);
  }
  if (!statement->ann_assign.simple && evaluated && !future) compile_effect(compiler, annotation);
  unit->temporary_top = top;
}

static void compile_delete(Compiler *compiler, AstExpr *target) {
  Unit *unit = compiler->unit;
  AstRange saved = unit->range;
  uint32_t top = unit->temporary_top;
  unit->range = target->range;
  switch (target->kind) {
  case AST_NAME:
    compile_delete_name(compiler, target->name.id);
    break;
  case AST_ATTRIBUTE: {
    Register object = compile_operand(compiler, target->attribute.value);
    compile_attribute_range(compiler, target);
    emit(compiler, OP_DELETE_ATTRIBUTE, 0, object, name_index(compiler, target->attribute.attr), 0);
    break;
  }
  case AST_SUBSCRIPT: {
    Register object = compile_operand_before(compiler, target->subscript.value, target->subscript.slice);
    Register index = compile_operand(compiler, target->subscript.slice);
    emit(compiler, OP_DELETE_ITEM, 0, object, index, 0);
    break;
  }
  case AST_LIST:
  case AST_TUPLE:
    for (uint32_t i = 0; i < target->list.elts->count; i++) compile_delete(compiler, target->list.elts->items[i]);
    break;
  default:
    compiler_fail(compiler, "cannot delete this expression");
  }
  unit->temporary_top = top;
  unit->range = saved;
}

// ---- imports

static void emit_import(Compiler *compiler, Register destination, const Constant *names, int32_t level,
                        const Name *module) {
  Unit *unit = compiler->unit;
  Register base = temporary_next(compiler);
  emit_load_constant(compiler, base, names);
  temporary_push(compiler);
  const Constant *level_constant = constant_new_int(compiler->arena, level);
  if (!level_constant) compiler_out_of_memory(compiler);
  emit_load_constant(compiler, temporary_next(compiler), level_constant);
  temporary_push(compiler);
  // Module names are not mangled.
  uint32_t name = index_map_add(compiler, &unit->names, module);
  if (name > UINT16_MAX) compiler_fail(compiler, "too many names");
  emit(compiler, OP_IMPORT_NAME, 0, destination, base, name);
  unit->temporary_top -= 2;
}

static uint32_t unmangled_name(Compiler *compiler, const char *text, size_t length) {
  const Name *name = name_intern(compiler->names, text, length);
  if (!name) compiler_out_of_memory(compiler);
  uint32_t index = index_map_add(compiler, &compiler->unit->names, name);
  if (index > UINT16_MAX) compiler_fail(compiler, "too many names");
  return index;
}

static void compile_import(Compiler *compiler, AstStmt *statement) {
  Unit *unit = compiler->unit;
  for (uint32_t i = 0; i < statement->import.names->count; i++) {
    const AstAlias *alias = statement->import.names->items[i];
    const Name *name = alias->name;
    Register module = temporary_next(compiler);
    emit_import(compiler, module, compiler->none, 0, name);
    temporary_push(compiler);
    const char *dot = memchr(name->text, '.', name->length);
    if (alias->asname) {
      // import a.b.c as d: what __import__ returns is a
      const char *end = name->text + name->length;
      while (dot) {
        const char *start = dot + 1;
        dot = memchr(start, '.', (size_t)(end - start));
        size_t length = (size_t)((dot ? dot : end) - start);
        emit(compiler, OP_IMPORT_FROM, 0, module, module, unmangled_name(compiler, start, length));
      }
      compile_store_name(compiler, alias->asname, module);
    } else {
      const Name *store = dot ? name_intern(compiler->names, name->text, (size_t)(dot - name->text)) : name;
      if (!store) compiler_out_of_memory(compiler);
      compile_store_name(compiler, store, module);
    }
    unit->temporary_top--;
  }
}

static void compile_import_from(Compiler *compiler, AstStmt *statement) {
  Unit *unit = compiler->unit;
  const AstAliasSequence *aliases = statement->import_from.names;
  const Name *module_name = statement->import_from.module;
  if (statement->range.lineno > compiler->future_last_line && module_name &&
      strcmp(module_name->text, "__future__") == 0)
    compiler_fail(compiler, "from __future__ imports must occur at the beginning of the file");
  const Constant **items = compiler_allocate(compiler, aliases->count, sizeof *items);
  for (uint32_t i = 0; i < aliases->count; i++) {
    const Name *name = aliases->items[i]->name;
    items[i] = constant_new_str(compiler->arena, name->text, name->length);
    if (!items[i]) compiler_out_of_memory(compiler);
  }
  Constant *names = constant_new(compiler->arena, CONSTANT_TUPLE);
  if (!names) compiler_out_of_memory(compiler);
  names->items.items = items;
  names->items.count = aliases->count;
  Register module = temporary_next(compiler);
  emit_import(compiler, module, names, statement->import_from.level,
              module_name ? module_name : compiler_intern(compiler, ""));
  temporary_push(compiler);
  for (uint32_t i = 0; i < aliases->count; i++) {
    const AstAlias *alias = aliases->items[i];
    if (i == 0 && strcmp(alias->name->text, "*") == 0) {
      emit(compiler, OP_IMPORT_STAR, 0, module, 0, 0);
      break;
    }
    const Name *store = alias->asname ? alias->asname : alias->name;
    Register value;
    if (compile_local_register(compiler, store, &value)) {
      compiler_check_name(compiler, store, AST_STORE);
      emit(compiler, OP_IMPORT_FROM, 0, value, module,
           unmangled_name(compiler, alias->name->text, alias->name->length));
      continue;
    }
    value = temporary_next(compiler);
    emit(compiler, OP_IMPORT_FROM, 0, value, module, unmangled_name(compiler, alias->name->text, alias->name->length));
    temporary_push(compiler);
    compile_store_name(compiler, store, value);
    unit->temporary_top--;
  }
  unit->temporary_top--;
}

// ---- the rest

static void compile_assert(Compiler *compiler, AstStmt *statement) {
  Unit *unit = compiler->unit;
  AstExpr *test = statement->assert.test;
  bool is_tuple =
      (test->kind == AST_TUPLE && test->tuple.elts->count) ||
      (test->kind == AST_CONSTANT && test->constant.value->kind == CONSTANT_TUPLE && test->constant.value->items.count);
  if (is_tuple) compiler_warn(compiler, "assertion is always true, perhaps remove parentheses?");
  if (compiler->optimize) return;
  Block *end = block_new(compiler);
  compile_jump_if(compiler, test, end, true);
  uint32_t top = unit->temporary_top;
  Register error = temporary_next(compiler);
  emit(compiler, OP_LOAD_ASSERTION_ERROR, 0, error, 0, 0);
  temporary_push(compiler);
  if (statement->assert.msg) {
    compile_push(compiler, statement->assert.msg);
    emit(compiler, OP_CALL, 0, error, error, 1);
    unit->temporary_top = top + 1;
  }
  emit(compiler, OP_RAISE, 1, error, 0, 0);
  unit->temporary_top = top;
  compiler_use_block(compiler, end);
}

static void compile_raise(Compiler *compiler, AstStmt *statement) {
  Register exception = 0, cause = 0;
  unsigned count = 0;
  if (statement->raise.exc) {
    exception = compile_operand_before(compiler, statement->raise.exc, statement->raise.cause);
    count = 1;
    if (statement->raise.cause) {
      cause = compile_operand(compiler, statement->raise.cause);
      count = 2;
    }
  }
  emit(compiler, OP_RAISE, count, exception, cause, 0);
}

static void compile_expression_statement(Compiler *compiler, AstStmt *statement) {
  AstExpr *value = statement->expr.value;
  if (compiler->interactive && compiler->unit->kind == UNIT_MODULE) {
    Register printed = compile_operand(compiler, value);
    emit(compiler, OP_PRINT_EXPRESSION, 0, printed, 0, 0);
  } else if (value->kind == AST_CONSTANT) {
    emit(compiler, OP_NOP, 0, 0, 0, 0);
  } else {
    if (value->kind == AST_NAME) emit(compiler, OP_NOP, 0, 0, 0, 0); // a check of the name may vanish
    compile_effect(compiler, value);
  }
}

void compile_statement(Compiler *compiler, AstStmt *statement) {
  Unit *unit = compiler->unit;
  uint32_t top = unit->temporary_top;
  unit->range = statement->range;
  switch (statement->kind) {
  case AST_FUNCTION_DEF:
  case AST_ASYNC_FUNCTION_DEF:
    compile_function(compiler, statement);
    break;
  case AST_CLASS_DEF:
    compile_class(compiler, statement);
    break;
  case AST_RETURN:
    compile_return(compiler, statement);
    break;
  case AST_DELETE:
    for (uint32_t i = 0; i < statement->delete.targets->count; i++)
      compile_delete(compiler, statement->delete.targets->items[i]);
    break;
  case AST_ASSIGN:
    compile_assignment(compiler, statement);
    break;
  case AST_AUG_ASSIGN:
    compile_augmented_assignment(compiler, statement);
    break;
  case AST_ANN_ASSIGN:
    compile_annotated_assignment(compiler, statement);
    break;
  case AST_FOR:
    compile_for(compiler, statement);
    break;
  case AST_ASYNC_FOR:
    compile_async_for(compiler, statement);
    break;
  case AST_WHILE:
    compile_while(compiler, statement);
    break;
  case AST_IF:
    compile_if(compiler, statement);
    break;
  case AST_MATCH:
    compile_match(compiler, statement);
    break;
  case AST_RAISE:
    compile_raise(compiler, statement);
    break;
  case AST_TRY:
  case AST_TRY_STAR:
    compile_try(compiler, statement);
    break;
  case AST_WITH:
  case AST_ASYNC_WITH:
    compile_with(compiler, statement, 0);
    break;
  case AST_ASSERT:
    compile_assert(compiler, statement);
    break;
  case AST_IMPORT:
    compile_import(compiler, statement);
    break;
  case AST_IMPORT_FROM:
    compile_import_from(compiler, statement);
    break;
  case AST_EXPR:
    compile_expression_statement(compiler, statement);
    break;
  case AST_PASS:
    emit(compiler, OP_NOP, 0, 0, 0, 0);
    break;
  case AST_BREAK:
    compile_break(compiler, false);
    break;
  case AST_CONTINUE:
    compile_break(compiler, true);
    break;
  default:
    break; // Global, Nonlocal
  }
  unit->temporary_top = top;
}

void compile_statements(Compiler *compiler, const AstStmtSequence *statements) {
  for (uint32_t i = 0; i < statements->count; i++) compile_statement(compiler, statements->items[i]);
}

// ---- bodies of modules and classes

static bool has_annotation(const AstStmtSequence *statements);

static bool handlers_have_annotation(const AstExceptHandlerSequence *handlers) {
  for (uint32_t i = 0; i < handlers->count; i++) {
    if (has_annotation(handlers->items[i]->except_handler.body)) return true;
  }
  return false;
}

static bool cases_have_annotation(const AstMatchCaseSequence *cases) {
  for (uint32_t i = 0; i < cases->count; i++) {
    if (has_annotation(cases->items[i]->body)) return true;
  }
  return false;
}

static bool has_annotation(const AstStmtSequence *statements) {
  for (uint32_t i = 0; i < statements->count; i++) {
    const AstStmt *statement = statements->items[i];
    bool found = false;
    switch (statement->kind) {
    case AST_ANN_ASSIGN:
      return true;
    case AST_FOR:
    case AST_ASYNC_FOR:
      found = has_annotation(statement->for_stmt.body) || has_annotation(statement->for_stmt.orelse);
      break;
    case AST_WHILE:
    case AST_IF:
      found = has_annotation(statement->if_stmt.body) || has_annotation(statement->if_stmt.orelse);
      break;
    case AST_MATCH:
      found = cases_have_annotation(statement->match.cases);
      break;
    case AST_WITH:
    case AST_ASYNC_WITH:
      found = has_annotation(statement->with.body);
      break;
    case AST_TRY:
    case AST_TRY_STAR:
      found = has_annotation(statement->try.body) || handlers_have_annotation(statement->try.handlers) ||
              has_annotation(statement->try.orelse) || has_annotation(statement->try.finalbody);
      break;
    default:
      break;
    }
    if (found) return true;
  }
  return false;
}

void compile_body(Compiler *compiler, const AstStmtSequence *statements) {
  Unit *unit = compiler->unit;
  if (unit->kind == UNIT_MODULE && statements->count) unit->range = statements->items[0]->range;
  if (has_annotation(statements)) emit(compiler, OP_SETUP_ANNOTATIONS, 0, 0, 0, 0);
  uint32_t i = 0;
  const Constant *docstring = docstring_of(statements);
  if (docstring && compiler->optimize < 2 && !compiler->interactive) {
    i = 1;
    Register value = compile_push(compiler, statements->items[0]->expr.value);
    unset_range(compiler);
    compile_store_name(compiler, compiler_intern(compiler, "__doc__"), value);
    unit->temporary_top = 0;
  }
  for (; i < statements->count; i++) compile_statement(compiler, statements->items[i]);
}
