// Leaving compiled code, and bringing the VM up to date before calls.
//
// An exit block writes the registers that memory does not hold yet, as they are, and lets runtime_leave do the rest:
// box what is raw, make the records of inlined calls. So it is small: there are many of them, and none is hot. Guards
// with the same state share one, as long as no call lies between them.
#include "jit/lower_internal.h"

#include "runtime/object/frame.h"

LLVMValueRef lower_register(Lower *lower, uint32_t number) {
  bool is_own = number < lower->own_registers;
  uint32_t offset = is_own ? number : number - lower->own_registers;
  return lower_pointer(lower, is_own ? lower->registers : lower->inner_registers,
                       (int64_t)offset * (int64_t)sizeof(Value));
}

// `registers` of the unit: one numbering for all inlined frames.
static void store_register(Lower *lower, uint32_t number, LLVMValueRef value) {
  lower_store_own(lower, value, lower_register(lower, number), 0);
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

// The records of inlined calls follow each other.
LLVMValueRef lower_frame_of(Lower *lower, const HirInline *frame) {
  if (frame->depth == 0) return lower->frame;
  return lower_pointer(lower, lower->inner_frames, (int64_t)((frame->depth - 1) * sizeof(Frame)));
}

static uint8_t exit_flags_of(const HirInline *frame) {
  return (frame->instance ? FRAME_RETURNS_RESULT : 0) | (frame->is_operand ? FRAME_RETURNS_OPERAND : 0);
}
static bool is_known_function(const HirInline *frame) {
  return hir_resolve(frame->function)->op == HIR_CONST;
}

// An __init__ that its class has called: the record says what the call gives. Likewise an operator's method. Free
// records say nothing.
static void mark_result(Lower *lower, const HirInline *frame, LLVMValueRef record, bool called) {
  uint8_t flags = exit_flags_of(frame);
  if (!flags) return;
  if (frame->instance) {
    LLVMValueRef instance = called ? lower_tagged(lower, frame->instance) : lower_word(lower, 0);
    lower_store_own(lower, instance, record, offsetof(Frame, result));
  }
  lower_store_own(lower, LLVMConstInt(lower->byte, called ? flags : 0, false), record, offsetof(Frame, exit_flags));
}
// The function, where the InlineRecord cannot name it.
static void set_function(Lower *lower, const HirInline *frame, LLVMValueRef record) {
  if (!is_known_function(frame))
    lower_store_own(lower, lower_tagged(lower, frame->function), record, offsetof(Frame, function));
}

static InlineRecord inline_record(const HirInline *frame) {
  return (InlineRecord){
      .code = frame->code,
      .function = is_known_function(frame) ? hir_resolve(frame->function)->payload.value : NULL,
      .globals = frame->globals,
      .builtins = frame->builtins,
      .base = frame->base - frame->caller->base,
      .return_register = frame->return_register,
      .return_words = frame->return_words,
      .call = instruction_of(frame->caller, frame->call_word),
  };
}

static void push_records(Lower *lower, const HirInline *frame) {
  if (!frame->caller) return;
  push_records(lower, frame->caller);
  InlineRecord *record = code_data_add_record(lower->request->data, inline_record(frame));
  if (!record) compile_give_up("out of memory");
  LLVMValueRef arguments[] = {lower->thread, lower_frame_of(lower, frame->caller), lower_address(lower, record)};
  LLVMValueRef made = lower_call_address(lower, (const void *)runtime_push_record, 'p', "ppp", arguments);
  set_function(lower, frame, made);
  mark_result(lower, frame, made, true);
}

static void add_depth(Lower *lower, int64_t depth) {
  LLVMValueRef recursion = lower_load_own(lower, lower->half, lower->thread, offsetof(Thread, recursion_depth));
  recursion = LLVMBuildAdd(lower->builder, recursion, lower_half(lower, (uint32_t)depth), "");
  lower_store_own(lower, recursion, lower->thread, offsetof(Thread, recursion_depth));
}

void lower_synchronize(Lower *lower, HirState *state) {
  write_registers(lower, state);
  push_records(lower, state->frame);
  set_pc(lower, lower_frame_of(lower, state->frame), instruction_of(state->frame, state->word));
  lower->synchronizations++;
}

void lower_unlink_records(Lower *lower, HirState *state) {
  if (state->frame->depth == 0) return;
  for (const HirInline *frame = state->frame; frame->caller; frame = frame->caller)
    mark_result(lower, frame, lower_frame_of(lower, frame), false);
  lower_store_own(lower, lower->frame, lower->thread, offsetof(Thread, frame));
  add_depth(lower, -(int64_t)state->frame->depth);
}

static Exit *find_exit(Lower *lower, const HirState *state, bool relinks) {
  for (Exit *exit = lower->exits; exit; exit = exit->next)
    if (exit->state == state && exit->block == lower->block && exit->synchronizations == lower->synchronizations &&
        exit->relinks == relinks)
      return exit;
  return NULL;
}

// Writes registers in their own representation; gives how many are raw, and which, in `raw`. Cells that are only made
// here come first: making them may collect, and the collector must find no raw words.
static uint32_t write_raw_registers(Lower *lower, HirState *state, LeaveRegister *raw) {
  LLVMValueRef *values = hir_allocate(lower->function, (state->count + 1) * sizeof *values);
  uint32_t raw_count = 0;
  for (uint32_t i = 0; i < state->count; i++) {
    HirNode *node = hir_state_register(state, i);
    if (!node || register_map_same(node, lower->map.nodes[i])) continue;
    HirNode *source = node;
    bool is_unmade_box =
        !node->data && (node->op == HIR_BOX_INT || node->op == HIR_BOX_DOUBLE || node->op == HIR_BOX_BOOL);
    if (is_unmade_box) source = hir_node_input(node, 0);
    values[i] = lower_value(lower, source);
    if (source->representation != HIR_VALUE) raw[raw_count++] = (LeaveRegister){i, source->representation};
  }
  for (uint32_t i = 0; i < state->count; i++) {
    if (!values[i]) continue;
    if (LLVMTypeOf(values[i]) == lower->bit) values[i] = LLVMBuildZExt(lower->builder, values[i], lower->word, "");
    store_register(lower, i, values[i]);
  }
  return raw_count;
}

static void fill_frames(LeaveRecord *leave, const HirInline *frame) {
  for (; frame->caller; frame = frame->caller) {
    LeaveFrame *inlined = &leave->frames[frame->depth - 1];
    inlined->record = inline_record(frame);
    inlined->exit_flags = exit_flags_of(frame);
  }
}

// An exit is made when its first guard is, so everything in the state exists there.
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
  LeaveRegister *raw = hir_allocate(lower->function, (state->count + 1) * sizeof *raw);
  uint32_t raw_count = write_raw_registers(lower, state, raw);
  LeaveRecord *leave = code_data_add_leave(lower->request->data, raw_count, state->frame->depth);
  if (!leave) compile_give_up("out of memory");
  leave->pc = instruction_of(state->frame, state->word);
  leave->records_stand = relinks;
  leave->register_count = raw_count;
  leave->frame_count = state->frame->depth;
  for (uint32_t i = 0; i < raw_count; i++) leave->registers[i] = raw[i];
  fill_frames(leave, state->frame);
  for (const HirInline *frame = state->frame; frame->caller; frame = frame->caller) {
    set_function(lower, frame, lower_frame_of(lower, frame));
    if (frame->instance)
      lower_store_own(lower, lower_tagged(lower, frame->instance), lower_frame_of(lower, frame),
                      offsetof(Frame, result));
  }
  lower_forget_virtuals(lower);
  LLVMValueRef arguments[] = {lower->thread, lower->frame, lower_address(lower, leave), exit->number};
  LLVMBuildRet(lower->builder, lower_call_address(lower, (const void *)runtime_leave, 'v', "ppph", arguments));
  return exit;
}

LLVMBasicBlockRef lower_exit_block(Lower *lower, HirState *state) {
  LLVMBasicBlockRef from = LLVMGetInsertBlock(lower->builder);
  bool relinks = lower->node->op == HIR_RECHECK;
  Exit *exit = find_exit(lower, state, relinks);
  if (!exit) exit = make_exit(lower, state, relinks);
  uint32_t number = code_data_add_exit(lower->request->data, state, lower->node->op);
  LLVMValueRef value = lower_half(lower, number);
  LLVMAddIncoming(exit->number, &value, &from, 1);
  lower_continue_in(lower, from);
  return exit->llvm_block;
}
