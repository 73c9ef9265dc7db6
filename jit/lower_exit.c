// Leaving compiled code, and bringing the VM up to date before calls.
//
// An exit block is one call, of what carries out its LeaveRecord (leave.h): there are many of them, and none is hot.
// Guards with the same state share one, as long as no call lies between them.
#include "jit/lower_internal.h"

#include "jit/leave_map.h"
#include "runtime/object/frame.h"
#include <string.h>

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
    if (!node) continue;
    bool is_virtual = hir_node_is_virtual(node);
    if (!register_map_same(register_map_in_flight(node), lower->map.nodes[i]))
      store_register(lower, i, is_virtual ? lower_word(lower, 0) : lower_tagged(lower, node));
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

void lower_relink_records(Lower *lower, HirState *state) {
  for (const HirInline *frame = state->frame; frame->caller; frame = frame->caller)
    mark_result(lower, frame, lower_frame_of(lower, frame), true);
}

static Exit *find_exit(Lower *lower, const HirState *state, bool relinks) {
  for (Exit *exit = lower->exits; exit; exit = exit->next)
    if (exit->state == state && exit->block == lower->block && exit->synchronizations == lower->synchronizations &&
        exit->relinks == relinks)
      return exit;
  return NULL;
}

// The LeaveRecord that is being written, and what it refers to.
enum : uint32_t { VALUE_LIMIT = 512 };
struct Leaving {
  Lower *lower;
  LeaveRecord record;
  LeaveValue values[VALUE_LIMIT];
  HirNode *nodes[VALUE_LIMIT]; // by value: what it is
  uint32_t inputs[VALUE_LIMIT];
  LLVMValueRef live[VALUE_LIMIT];
};

static uint32_t add_value(Leaving *leaving, HirNode *node, LeaveValue value) {
  uint32_t number = leaving->record.value_count++;
  if (number == VALUE_LIMIT) compile_give_up("an exit that says too much");
  leaving->values[number] = value;
  leaving->nodes[number] = node;
  return number;
}

static bool constant_word(LLVMValueRef value, uint64_t *word) {
  if (LLVMIsAConstantInt(value)) {
    *word = LLVMConstIntGetZExtValue(value);
    return true;
  }
  if (!LLVMIsAConstantFP(value)) return false;
  LLVMBool inexact;
  double number = LLVMConstRealGetDouble(value, &inexact);
  memcpy(word, &number, sizeof *word);
  return true;
}

// A value that exists, in its own representation.
static uint32_t add_word(Leaving *leaving, HirNode *node, HirNode *source) {
  LLVMValueRef value = lower_value(leaving->lower, source);
  LeaveValue described = {.kind = LEAVE_CONSTANT, .representation = source->representation};
  if (!constant_word(value, &described.word)) {
    described.kind = LEAVE_LIVE;
    described.first = leaving->record.live_count++;
    leaving->live[described.first] = value;
  }
  return add_value(leaving, node, described);
}

static uint32_t value_of(Leaving *leaving, HirNode *node);

static uint32_t add_made(Leaving *leaving, HirNode *node, LeaveMaker *maker) {
  uint32_t numbers[64];
  if (node->input_count > 64) compile_give_up("a large cell that was not made");
  for (uint32_t i = 0; i < node->input_count; i++) numbers[i] = value_of(leaving, hir_node_input(node, i));
  uint32_t first = leaving->record.input_count;
  leaving->record.input_count += node->input_count;
  if (leaving->record.input_count > VALUE_LIMIT) compile_give_up("an exit that says too much");
  memcpy(leaving->inputs + first, numbers, node->input_count * sizeof *numbers);
  return add_value(
      leaving, node,
      (LeaveValue){
          .kind = LEAVE_MADE, .count = node->input_count, .first = first, .maker = maker, .shape = node->shape});
}

// One that stands in several places is there once: what is made keeps its identity.
static uint32_t value_of(Leaving *leaving, HirNode *node) {
  node = hir_resolve(node);
  for (uint32_t i = 0; i < leaving->record.value_count; i++)
    if (leaving->nodes[i] == node) return i;
  LeaveMaker *maker = node->data ? NULL : leave_maker_of(node->op);
  if (maker) return add_made(leaving, node, maker);
  bool is_unmade_box =
      !node->data && (node->op == HIR_BOX_INT || node->op == HIR_BOX_DOUBLE || node->op == HIR_BOX_BOOL);
  return add_word(leaving, node, is_unmade_box ? hir_node_input(node, 0) : node);
}

// Those that memory does not hold yet; in flight: those alone whose cells are to be made.
static void describe_registers(Leaving *leaving, HirState *state) {
  Lower *lower = leaving->lower;
  LeaveRegister *registers = hir_allocate(lower->function, (state->count + 1) * sizeof *registers);
  leaving->record.registers = registers;
  for (uint32_t i = 0; i < state->count; i++) {
    HirNode *node = hir_state_register(state, i);
    bool is_there = leaving->record.in_flight ? node && !hir_node_is_virtual(node)
                                              : node && register_map_same(node, lower->map.nodes[i]);
    if (!node || is_there) continue;
    registers[leaving->record.register_count++] = (LeaveRegister){i, value_of(leaving, node)};
  }
}

static void describe_frames(Leaving *leaving, const HirInline *innermost) {
  LeaveFrame *frames = hir_allocate(leaving->lower->function, (innermost->depth + 1) * sizeof *frames);
  leaving->record.frames = frames;
  leaving->record.frame_count = innermost->depth;
  for (const HirInline *frame = innermost; frame->caller; frame = frame->caller)
    frames[frame->depth - 1] = (LeaveFrame){
        .record = inline_record(frame),
        .exit_flags = exit_flags_of(frame),
        .function = is_known_function(frame) ? LEAVE_NO_VALUE : value_of(leaving, frame->function),
        .result = frame->instance ? value_of(leaving, frame->instance) : LEAVE_NO_VALUE,
    };
}

static LLVMValueRef live_word(Lower *lower, LLVMValueRef value) {
  return LLVMTypeOf(value) == lower->bit ? LLVMBuildZExt(lower->builder, value, lower->word, "") : value;
}

// Space for live values, which all exits share: one of each power of two.
static LLVMValueRef live_buffer(Lower *lower, uint32_t count) {
  unsigned size = 3;
  while (1u << size < count) size++;
  if (!lower->live_buffers[size]) lower->live_buffers[size] = lower_stack_words(lower, 1u << size);
  return lower->live_buffers[size];
}

static LLVMValueRef call_leave(Leaving *leaving, LLVMValueRef *arguments) {
  Lower *lower = leaving->lower;
  LLVMValueRef buffer = live_buffer(lower, leaving->record.live_count);
  for (uint32_t i = 0; i < leaving->record.live_count; i++)
    lower_store_own(lower, live_word(lower, leaving->live[i]), buffer, (int64_t)(i * sizeof(uint64_t)));
  arguments[4] = buffer;
  return lower_call_address(lower, (const void *)runtime_leave, 'v', "ppphp", arguments);
}

// The patchpoint: its identifier, its size, what it calls, how many arguments that has, these, live values.
static LLVMValueRef call_by_map(Leaving *leaving, LLVMValueRef *leave_arguments) {
  enum : unsigned { HEAD = 4, ARGUMENTS = 4 };
  Lower *lower = leaving->lower;
  uint32_t live_count = leaving->record.live_count, count = HEAD + ARGUMENTS + live_count;
  LLVMValueRef *arguments = hir_allocate(lower->function, count * sizeof *arguments);
  arguments[0] = lower_word(lower, lower->request->data->leave_count - 1);
  arguments[1] = lower_half(lower, PATCHPOINT_BYTES);
  arguments[2] = lower_address(lower, (const void *)leave_by_map);
  arguments[3] = lower_half(lower, ARGUMENTS);
  memcpy(arguments + HEAD, leave_arguments, ARGUMENTS * sizeof *arguments);
  for (uint32_t i = 0; i < live_count; i++) arguments[HEAD + ARGUMENTS + i] = live_word(lower, leaving->live[i]);
  static const char name[] = "llvm.experimental.patchpoint";
  unsigned intrinsic = LLVMLookupIntrinsicID(name, sizeof name - 1);
  LLVMValueRef patchpoint = LLVMGetIntrinsicDeclaration(lower->module, intrinsic, &lower->word, 1);
  LLVMTypeRef type = LLVMIntrinsicGetType(lower->context, intrinsic, &lower->word, 1);
  return LLVMBuildCall2(lower->builder, type, patchpoint, arguments, count, "");
}

static Leaving *leaving_begin(Lower *lower, const HirState *state) {
  if (!lower->leaving) lower->leaving = hir_allocate(lower->function, sizeof *lower->leaving);
  Leaving *leaving = lower->leaving;
  leaving->lower = lower;
  leaving->record = (LeaveRecord){
      .pc = instruction_of(state->frame, state->word), .values = leaving->values, .inputs = leaving->inputs};
  return leaving;
}

static void leaving_end(Leaving *leaving, LLVMValueRef number) {
  Lower *lower = leaving->lower;
  LeaveRecord *record = code_data_add_leave(lower->request->data, &leaving->record);
  if (!record) compile_give_up("out of memory");
  LLVMValueRef arguments[5] = {lower->thread, lower->frame, lower_address(lower, record), number};
  LLVMBuildRet(lower->builder, lower->request->maps ? call_by_map(leaving, arguments) : call_leave(leaving, arguments));
}

void lower_leave_in_flight(Lower *lower, HirState *state, uint32_t exit) {
  bool has_virtual = false;
  for (uint32_t i = 0; i < state->count; i++) {
    const HirNode *node = hir_state_register(state, i);
    has_virtual |= node && hir_node_is_virtual(node);
  }
  if (has_virtual) {
    Leaving *leaving = leaving_begin(lower, state);
    leaving->record.in_flight = true;
    describe_registers(leaving, state);
    leaving_end(leaving, lower_half(lower, exit));
  } else {
    lower_store_own(lower, lower_half(lower, exit), lower->thread, offsetof(Thread, left_exit));
    LLVMBuildBr(lower->builder, lower->left);
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
  Leaving *leaving = leaving_begin(lower, state);
  leaving->record.records_stand = relinks;
  describe_registers(leaving, state);
  describe_frames(leaving, state->frame);
  leaving_end(leaving, exit->number);
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
