// Exceptions that are raised and caught in one unit.
//
// A call that raises gives zero. Where the bytecode's exception table has a handler for its instruction, or for the
// call of an inlined function that it stands in, the way to that handler is part of the unit: RAISED asks, CATCH
// unwinds as the interpreter does, with the same frames, traceback entries and registers, and the handler's block goes
// on from there. All other exceptions leave: the interpreter finds their handlers.
#include "jit/build_internal.h"

// Has the handler run so far? What has no feedback would only leave.
static bool has_run(const Code *code, uint32_t at) {
  enum { LOOK_AHEAD = 8 };
  for (uint32_t i = 0; i < LOOK_AHEAD && at < code->word_count; i++) {
    Instruction word = build_load_word(code, at);
    unsigned base = opcode_base[word & 0xff];
    if (opcode_information[base].caches && base != OP_RESUME && base != OP_LOOP)
      return (word & 0xff) != base || build_load_word(code, at + 1) != 0;
    if (opcode_information[base].flags & OPCODE_ENDS) break;
    at += build_instruction_words(word);
  }
  return true;
}

bool build_code_catches(const Code *code) {
  for (uint32_t i = 0; i < code->exception_count; i++) {
    const ExceptionRange *range = &code->exceptions[i];
    if (!has_run(code, range->handler)) continue;
    for (uint32_t at = range->start; at < range->end; at++)
      if (profile_leaves(code, at) > 0) return true;
  }
  return false;
}

// The innermost scope that catches what the current instruction raises; NULL: none, or its handler is not worth it. An
// inlined function that caught would leave all the same: the traceback has its frame object, which needs a frame. So
// that exceptions are rare is assumed of it, as of a handler that has not run; *misses: that is to be checked.
static CodeScope *catching_scope(const Builder *builder, bool *misses) {
  for (CodeScope *scope = builder->scope; scope; scope = scope->caller) {
    const CodeBlock *block = scope->block;
    if (!block || !block->range) {
      if (scope->code->consumer != CONSUMER_NONE) return NULL; // whose frame not every traceback shows
      continue;
    }
    const CodeBlock *handler = block->handler;
    if (handler->is_header || handler->is_outside) return NULL;
    *misses = scope->caller || !has_run(scope->code, handler->start);
    return *misses ? NULL : scope;
  }
  return NULL;
}

static bool may_be_asked(const HirNode *call) {
  switch (call->op) {
  case HIR_CALL_RUNTIME:
    return call->representation == HIR_VALUE;
  case HIR_CALL_INSTRUCTION:
  case HIR_CALL_FUNCTION:
  case HIR_SEND:
  case HIR_STEP:
    return true;
  default:
    return false;
  }
}

void build_catch(Builder *builder, HirNode *call) {
  CodeScope *scope = may_be_asked(call) ? catching_scope(builder, &call->misses) : NULL;
  if (!scope) return;
  CodeScope *current = builder->scope;
  const ExceptionRange *range = scope->block->range;
  call->catches = true;
  HirBlock *raised, *goes_on;
  HirNode **before = save_registers(builder);
  uint32_t epoch = builder->shape_epoch;
  emit_branch(builder, emit_1(builder, HIR_RAISED, call), &raised, &goes_on);
  builder->block = raised;
  for (uint32_t i = 0; i < current->extent; i++)
    builder->registers[i] = i < call->state->count ? call->state->registers[i] : NULL;
  HirNode *exception = hir_node_new(builder->function, HIR_CATCH, 0, NULL);
  exception->state = call->state;
  exception->index = scope->frame->base + range->target;
  exception->payload.number = scope->frame->depth;
  exception->kinds = KIND_CELL;
  hir_node_append(raised, exception);
  builder_new_epoch(builder);
  builder->scope = scope;
  set_register(builder, range->target, exception);
  HirNode *recheck = hir_node_new(builder->function, HIR_RECHECK, 0, NULL);
  recheck->state = build_state_at(builder, range->handler);
  hir_node_append(raised, recheck);
  build_go_to(builder, scope->block->handler);
  builder->scope = current;
  restore_registers(builder, before);
  builder->block = goes_on;
  builder->shape_epoch = epoch;
}

void build_raise(Builder *builder) {
  unsigned kind = instruction_auxiliary(builder->instruction); // 1: an exception, 2: and its cause
  if (kind != 0) {
    HirNode *inputs[] = {operand_a(builder), kind == 2 ? operand_b(builder) : builder->unbound};
    emit_runtime(builder, RUNTIME_RAISE, 2, inputs);
  }
  emit_leave_for_good(builder);
}

void build_match_exception(Builder *builder) {
  HirNode *exception = operand_b(builder), *class = operand_c(builder);
  Value known = node_constant(class);
  bool is_plain = known && value_is_class(known) && class_is_subclass(value_as_class(known), BUILTIN(BASE_EXCEPTION));
  if (is_plain && strip_guards(exception)->op == HIR_CATCH) {
    HirNode *matches = emit_runtime(builder, RUNTIME_IS_INSTANCE, 2, (HirNode *[]){exception, class});
    set_result(builder, box_bool(builder, matches));
    return;
  }
  emit_step(builder);
  operand_a(builder)->kinds = KIND_BOOL;
}
