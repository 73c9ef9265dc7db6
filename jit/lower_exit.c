// Leaving compiled code, and bringing the VM up to date before calls.
//
// An exit block writes the registers that memory does not hold yet, makes the records of inlined calls, says through
// which exit it goes, and returns VALUE_LEFT. Guards with the same state share one, as long as no call lies between
// them.
#include "jit/lower_internal.h"

#include "runtime/object/frame.h"

// `registers` of the unit: one numbering for all inlined frames.
static void store_register(Lower *lower, uint32_t number, LLVMValueRef value) {
  lower_store_own(lower, value, lower->registers, (int64_t)number * (int64_t)sizeof(Value));
}

static void write_registers(Lower *lower, HirState *state) {
  for (uint32_t i = 0; i < state->count; i++) {
    HirNode *node = hir_state_register(state, i);
    if (node && !register_map_same(node, lower->map.nodes[i])) store_register(lower, i, lower_tagged(lower, node));
  }
}

static const Instruction *instruction_of(const HirInline *frame, uint32_t word) {
  return frame->code->words + word;
}

static void set_pc(Lower *lower, LLVMValueRef frame, const Instruction *pc) {
  lower_store_own(lower, lower_word(lower, (uintptr_t)pc), frame, offsetof(Frame, pc));
}

// The frame record of an inlined call: records follow each other.
static LLVMValueRef record_of(Lower *lower, const HirInline *frame) {
  return lower_pointer(lower, lower->frame, (int64_t)(frame->depth * sizeof(Frame)));
}

// An __init__ that its class has called: the record says what the call gives. Free records say nothing.
static void mark_instance(Lower *lower, const HirInline *frame, LLVMValueRef record, bool called) {
  if (!frame->instance) return;
  LLVMValueRef instance = called ? lower_tagged(lower, frame->instance) : lower_word(lower, 0);
  lower_store_own(lower, instance, record, offsetof(Frame, result));
  lower_store_own(lower, LLVMConstInt(lower->byte, called ? FRAME_RETURNS_RESULT : 0, false), record,
                  offsetof(Frame, exit_flags));
}

static void push_records(Lower *lower, const HirInline *frame) {
  if (!frame->caller) return;
  push_records(lower, frame->caller);
  InlineRecord *record = code_data_add_record(
      lower->request->data, (InlineRecord){
                                .code = frame->code,
                                .function = (Function *)value_cell(hir_resolve(frame->function)->payload.value),
                                .base = frame->base - frame->caller->base,
                                .return_register = frame->return_register,
                                .return_words = frame->return_words,
                                .call = instruction_of(frame->caller, frame->call_word),
                            });
  if (!record) compile_give_up("out of memory");
  LLVMValueRef arguments[] = {lower->thread, record_of(lower, frame->caller), lower_address(lower, record)};
  LLVMValueRef made = lower_call_address(lower, (const void *)runtime_push_record, 'p', "ppp", arguments);
  mark_instance(lower, frame, made, true);
}

static void add_depth(Lower *lower, int64_t depth) {
  LLVMValueRef recursion = lower_load_own(lower, lower->half, lower->thread, offsetof(Thread, recursion_depth));
  recursion = LLVMBuildAdd(lower->builder, recursion, lower_half(lower, (uint32_t)depth), "");
  lower_store_own(lower, recursion, lower->thread, offsetof(Thread, recursion_depth));
}

void lower_synchronize(Lower *lower, HirState *state) {
  write_registers(lower, state);
  push_records(lower, state->frame);
  set_pc(lower, record_of(lower, state->frame), instruction_of(state->frame, state->word));
  lower->synchronizations++;
}

void lower_unlink_records(Lower *lower, HirState *state) {
  if (state->frame->depth == 0) return;
  for (const HirInline *frame = state->frame; frame->caller; frame = frame->caller)
    mark_instance(lower, frame, record_of(lower, frame), false);
  lower_store_own(lower, lower->frame, lower->thread, offsetof(Thread, frame));
  add_depth(lower, -(int64_t)state->frame->depth);
}

// Behind a call inside an inlined function its records still stand, and somebody may hold frame objects for them.
static void link_records(Lower *lower, const HirState *state) {
  if (state->frame->depth == 0) return;
  for (const HirInline *frame = state->frame; frame->caller; frame = frame->caller)
    mark_instance(lower, frame, record_of(lower, frame), true);
  lower_store_own(lower, record_of(lower, state->frame), lower->thread, offsetof(Thread, frame));
  add_depth(lower, state->frame->depth);
}

static Exit *find_exit(Lower *lower, const HirState *state, bool relinks) {
  for (Exit *exit = lower->exits; exit; exit = exit->next)
    if (exit->state == state && exit->block == lower->block && exit->synchronizations == lower->synchronizations &&
        exit->relinks == relinks)
      return exit;
  return NULL;
}

// The code of an exit must not be reached by an instruction that does not dominate what it stores: it is made when its
// first guard is, so everything in the state exists.
static Exit *make_exit(Lower *lower, HirState *state, bool relinks) {
  Exit *exit = hir_allocate(lower->function, sizeof *exit);
  *exit = (Exit){.next = lower->exits,
                 .state = state,
                 .block = lower->block,
                 .synchronizations = lower->synchronizations,
                 .relinks = relinks};
  lower->exits = exit;
  exit->llvm_block = lower_new_block(lower, "exit");
  lower_continue_in(lower, exit->llvm_block);
  exit->number = LLVMBuildPhi(lower->builder, lower->half, "");
  write_registers(lower, state);
  if (relinks)
    link_records(lower, state);
  else
    push_records(lower, state->frame);
  set_pc(lower, record_of(lower, state->frame), instruction_of(state->frame, state->word));
  lower_forget_virtuals(lower);
  lower_store_own(lower, exit->number, lower->thread, offsetof(Thread, left_exit));
  LLVMBuildBr(lower->builder, lower->left);
  return exit;
}

LLVMBasicBlockRef lower_exit_block(Lower *lower, HirState *state) {
  LLVMBasicBlockRef from = LLVMGetInsertBlock(lower->builder);
  bool relinks = lower->node->op == HIR_RECHECK;
  Exit *exit = find_exit(lower, state, relinks);
  if (!exit) exit = make_exit(lower, state, relinks);
  uint32_t number = code_data_add_exit(lower->request->data, state->frame->code, state->word, lower->node->op);
  LLVMValueRef value = lower_half(lower, number);
  LLVMAddIncoming(exit->number, &value, &from, 1);
  lower_continue_in(lower, from);
  return exit->llvm_block;
}
