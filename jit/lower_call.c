// HIR to LLVM IR: calls that may run Python code. See lower.h.
//
// Before the call the VM is brought up to date (lower_synchronize), so that whatever runs finds the frames as the
// interpreter would have them. Zero as the result means that an exception is pending: everything is in its place for
// the interpreter, which unwinds (lower_leave_in_flight makes what was not).
#include "jit/lower_internal.h"
#include "jit/runtime_try.h"

#include "runtime/heap/heap.h"
#include "runtime/object/object.h"
#include "runtime/object/opcodes.h"
#include "runtime/thread/thread.h"
#include "vm/compiled_call.h"

// Goes on where `condition` holds; else the exception that is pending is the interpreter's business.
static void pass_exception_unless(Lower *lower, LLVMValueRef condition) {
  if (lower->node->catches) return;
  LLVMBasicBlockRef raised = lower_new_block(lower, "raised"), next = lower_new_block(lower, "");
  lower_branch_likely(lower, condition, next, raised);
  lower_continue_in(lower, raised);
  const HirNode *node = lower->node;
  uint32_t number = node->misses ? code_data_add_exit(lower->request->data, node->state, HIR_RAISED) : 0;
  lower_leave_in_flight(lower, node->state, number);
  lower_continue_in(lower, next);
}

static LLVMValueRef is_not(Lower *lower, LLVMValueRef value, Value constant) {
  return lower_compare(lower, LLVMIntNE, value, lower_word(lower, value_bits(constant)));
}

static void call_runtime(Lower *lower, HirNode *node) {
  const HirRuntime *function = node->payload.pointer;
  bool calls = node->op == HIR_CALL_RUNTIME;
  LLVMValueRef arguments[8];
  for (uint32_t i = 0; i < node->input_count; i++)
    arguments[i] = function->parameters[i] == 'v' ? lower_tagged(lower, node->inputs[i]) : lower_input(lower, i);
  if (calls) lower_synchronize(lower, node->state);
  bool tries = node->op == HIR_CALL_TRY || node->op == HIR_CALL_CHANGE;
  char result = function->result == HIR_DOUBLE ? 'd' : function->result == HIR_BOOL ? 'b' : 'v';
  LLVMValueRef called = lower_looks_in_set(node)
                            ? lower_look_in_set(lower, arguments[0], arguments[1])
                            : lower_call_address(lower, function->address, result, function->parameters, arguments);
  if (calls) {
    pass_exception_unless(lower, result == 'b' ? called : is_not(lower, called, NULL));
    lower_unlink_records(lower, node->state);
  }
  if (tries) lower_guard_firm(lower, is_not(lower, called, NULL));
  lower_set(lower, called);
}

// The result of a call into vm/compiled_call.h. When the C stack is low nothing has been done: the interpreter makes
// the call.
static void finish_call(Lower *lower, HirNode *node, LLVMValueRef called) {
  pass_exception_unless(lower, is_not(lower, called, NULL));
  LLVMBasicBlockRef low = lower_new_block(lower, "low"), next = lower_new_block(lower, "");
  lower_branch_likely(lower, is_not(lower, called, VALUE_LEFT), next, low);
  lower_continue_in(lower, low);
  // Arguments may have been put where the state has something else.
  for (uint32_t i = 0; i < node->state->count; i++)
    if (node->op == HIR_CALL_FUNCTION && i >= node->index && hir_state_register(node->state, i))
      lower_store_own(lower, lower_tagged(lower, node->state->registers[i]), lower_register(lower, i), 0);
  lower_leave_in_flight(lower, node->state, 0);
  lower_continue_in(lower, next);
  lower_unlink_records(lower, node->state);
  lower_set(lower, called);
}

static Instruction instruction_at(const HirState *state) {
  return __atomic_load_n(&state->frame->code->words[state->word], __ATOMIC_RELAXED);
}

static void call_instruction(Lower *lower, HirNode *node) {
  lower_synchronize(lower, node->state);
  LLVMValueRef arguments[] = {lower->thread, lower_frame_of(lower, node->state->frame),
                              lower_word(lower, instruction_at(node->state))};
  finish_call(lower, node, lower_call_address(lower, (const void *)compiled_call, 'v', "ppv", arguments));
}

static void call_function(Lower *lower, HirNode *node) {
  lower_synchronize(lower, node->state);
  // What the state has in place need not be written again.
  uint32_t count = node->input_count - 1;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t number = node->index + i;
    HirNode *there = number < node->state->count ? hir_state_register(node->state, number) : NULL;
    if (!register_map_same(there, node->inputs[1 + i]))
      lower_store_own(lower, lower_tagged(lower, node->inputs[1 + i]), lower_register(lower, number), 0);
  }
  Function *function = (Function *)value_cell(hir_node_input(node, 0)->payload.value);
  LLVMValueRef arguments[] = {
      lower->thread,
      lower_frame_of(lower, node->state->frame),
      lower_address(lower, function),
      lower_address(lower, value_cell(function->code)),
      lower_register(lower, node->index),
      lower_word(lower, count),
  };
  finish_call(lower, node, lower_call_address(lower, (const void *)compiled_call_function, 'v', "pppppv", arguments));
}

static void send(Lower *lower, HirNode *node) {
  LLVMValueRef arguments[] = {lower->thread, lower_tagged(lower, node->inputs[0]),
                              lower_tagged(lower, node->inputs[1])};
  lower_synchronize(lower, node->state);
  const void *function = node->payload.number ? (const void *)compiled_resume : (const void *)compiled_send;
  finish_call(lower, node, lower_call_address(lower, function, 'v', "pvv", arguments));
}

static void step(Lower *lower, HirNode *node) {
  lower_synchronize(lower, node->state);
  Instruction word = instruction_at(node->state);
  RuntimeOperation *operation = runtime_operation(opcode_base[word & 0xff]);
  LLVMValueRef arguments[] = {
      lower->thread,
      lower_frame_of(lower, node->state->frame),
      lower_register(lower, node->state->frame->base),
      lower_word(lower, word),
  };
  LLVMValueRef done = lower_call_address(lower, (const void *)operation, 'b', "pppv", arguments);
  pass_exception_unless(lower, done);
  lower_unlink_records(lower, node->state);
  lower_set(lower, done);
}

static void raised(Lower *lower, HirNode *node) {
  const HirNode *call = node->inputs[0];
  LLVMValueRef outcome = lower_input(lower, 0);
  lower_set(lower, call->op == HIR_STEP ? LLVMBuildNot(lower->builder, outcome, "")
                                        : lower_compare(lower, LLVMIntEQ, outcome, lower_word(lower, 0)));
}

// The records of inlined calls stand where they stood when the call raised.
static void catch(Lower *lower, HirNode *node) {
  const HirInline *frame = node->state->frame, *catching = frame;
  while (catching->depth > node->payload.number) catching = catching->caller;
  LLVMValueRef arguments[] = {
      lower->thread,
      lower->frame,
      lower_frame_of(lower, frame),
      lower_half(lower, frame->depth),
      lower_half(lower, catching->depth),
      lower_half(lower, node->index - catching->base),
  };
  LLVMValueRef exception = lower_call_address(lower, (const void *)compiled_catch, 'v', "ppphhh", arguments);
  LLVMBasicBlockRef leaving = lower_new_block(lower, "leaving"), next = lower_new_block(lower, "");
  lower_branch_likely(lower, is_not(lower, exception, NULL), next, leaving);
  lower_continue_in(lower, leaving);
  lower_relink_records(lower, node->state);
  lower_leave_in_flight(lower, node->state, 0);
  lower_continue_in(lower, next);
  lower_set(lower, exception);
}

// True, False, None and small ints need no call.
static void truth(Lower *lower, HirNode *node) {
  LLVMValueRef value = lower_input(lower, 0);
  LLVMBasicBlockRef no_bool = lower_new_block(lower, ""), slow = lower_new_block(lower, "truth"),
                    look = lower_new_block(lower, ""), done = lower_new_block(lower, "");
  LLVMValueRef is_true = lower_compare(lower, LLVMIntEQ, value, lower_word(lower, value_bits(VALUE_TRUE)));
  LLVMBasicBlockRef from_true = LLVMGetInsertBlock(lower->builder);
  LLVMBuildCondBr(lower->builder, is_true, done, no_bool);
  lower_continue_in(lower, no_bool);
  LLVMValueRef is_false = lower_compare(lower, LLVMIntEQ, value, lower_word(lower, value_bits(VALUE_FALSE)));
  is_false = LLVMBuildOr(lower->builder, is_false,
                         lower_compare(lower, LLVMIntEQ, value, lower_word(lower, value_bits(VALUE_NONE))), "");
  LLVMBuildCondBr(lower->builder, is_false, done, look);
  lower_continue_in(lower, look);
  LLVMValueRef tag = LLVMBuildAnd(lower->builder, value, lower_word(lower, 3), "");
  LLVMValueRef is_int = lower_compare(lower, LLVMIntEQ, tag, lower_word(lower, 3));
  LLVMValueRef not_zero = is_not(lower, value, value_from_small_int(0));
  LLVMBuildCondBr(lower->builder, is_int, done, slow);
  lower_continue_in(lower, slow);
  LLVMValueRef answer;
  if (node->op == HIR_TRY_TRUTH) {
    LLVMValueRef called = lower_call_address(lower, (const void *)runtime_try_truth, 'v', "v", &value);
    lower_guard(lower, is_not(lower, called, NULL));
    answer = is_not(lower, called, VALUE_FALSE);
  } else {
    lower_synchronize(lower, node->state);
    LLVMValueRef called = lower_call_address(lower, (const void *)value_truth, 'h', "v", &value);
    pass_exception_unless(lower, lower_compare(lower, LLVMIntSGE, called, lower_half(lower, 0)));
    lower_unlink_records(lower, node->state);
    answer = lower_compare(lower, LLVMIntNE, called, lower_half(lower, 0));
  }
  LLVMBasicBlockRef from_slow = LLVMGetInsertBlock(lower->builder);
  LLVMBuildBr(lower->builder, done);
  lower_continue_in(lower, done);
  LLVMValueRef phi = LLVMBuildPhi(lower->builder, lower->bit, "");
  LLVMValueRef yes = LLVMConstInt(lower->bit, 1, false), no = LLVMConstInt(lower->bit, 0, false);
  LLVMAddIncoming(phi, (LLVMValueRef[]){yes, no, not_zero, answer},
                  (LLVMBasicBlockRef[]){from_true, no_bool, look, from_slow}, 4);
  lower_set(lower, phi);
}

bool lower_calls(Lower *lower, HirNode *node) {
  switch (node->op) {
  case HIR_CALL_RUNTIME:
  case HIR_CALL_PURE:
  case HIR_CALL_LEAF:
  case HIR_CALL_TRY:
  case HIR_CALL_CHANGE:
    call_runtime(lower, node);
    return true;
  case HIR_CALL_INSTRUCTION:
    call_instruction(lower, node);
    return true;
  case HIR_CALL_FUNCTION:
    call_function(lower, node);
    return true;
  case HIR_STEP:
    step(lower, node);
    return true;
  case HIR_SEND:
    send(lower, node);
    return true;
  case HIR_RAISED:
    raised(lower, node);
    return true;
  case HIR_CATCH:
    catch(lower, node);
    return true;
  case HIR_RETURNED:
    lower_set(lower, lower_load_own(lower, lower->word, lower->thread, offsetof(Thread, returned)));
    return true;
  case HIR_HANDLED:
    lower_set(lower, lower_load_own(lower, lower->word, lower->thread, offsetof(Thread, handled)));
    return true;
  case HIR_TRUTH:
  case HIR_TRY_TRUTH:
    truth(lower, node);
    return true;
  default:
    return false;
  }
}
