// HIR to LLVM IR: the function, its blocks, values. See lower.h.
#include "jit/lower_internal.h"

#include "runtime/heap/heap.h"
#include "runtime/object/frame.h"
#include "runtime/object/opcodes.h"
#include "runtime/thread/thread.h"
#include "vm/compiled_call.h"
#include <string.h>

// Constants and memory

LLVMValueRef lower_word(Lower *lower, uint64_t number) {
  return LLVMConstInt(lower->word, number, false);
}
LLVMValueRef lower_half(Lower *lower, uint32_t number) {
  return LLVMConstInt(lower->half, number, false);
}
LLVMValueRef lower_address(Lower *lower, const void *address) {
  return LLVMConstIntToPtr(lower_word(lower, (uintptr_t)address), lower->pointer);
}

LLVMValueRef lower_pointer(Lower *lower, LLVMValueRef base, int64_t offset) {
  if (LLVMTypeOf(base) == lower->word) base = LLVMBuildIntToPtr(lower->builder, base, lower->pointer, "");
  if (offset == 0) return base;
  LLVMValueRef index = LLVMConstInt(lower->word, (uint64_t)offset, true);
  return LLVMBuildGEP2(lower->builder, lower->byte, base, &index, 1, "");
}

static unsigned size_of(LLVMTypeRef type) {
  return LLVMGetTypeKind(type) == LLVMIntegerTypeKind ? (LLVMGetIntTypeWidth(type) + 7) / 8 : sizeof(Value);
}

void lower_set_ordering(const Lower *lower, LLVMValueRef access, LLVMAtomicOrdering ordering) {
  if (!lower->request->is_quick) LLVMSetOrdering(access, ordering);
}

LLVMValueRef lower_load(Lower *lower, LLVMTypeRef type, LLVMValueRef cell, int64_t offset) {
  LLVMValueRef load = LLVMBuildLoad2(lower->builder, type, lower_pointer(lower, cell, offset), "");
  lower_set_ordering(lower, load, LLVMAtomicOrderingUnordered);
  LLVMSetAlignment(load, size_of(type));
  return load;
}
LLVMValueRef lower_load_own(Lower *lower, LLVMTypeRef type, LLVMValueRef base, int64_t offset) {
  LLVMValueRef load = LLVMBuildLoad2(lower->builder, type, lower_pointer(lower, base, offset), "");
  LLVMSetAlignment(load, size_of(type));
  return load;
}
void lower_store_own(Lower *lower, LLVMValueRef value, LLVMValueRef base, int64_t offset) {
  LLVMValueRef store = LLVMBuildStore(lower->builder, value, lower_pointer(lower, base, offset));
  LLVMSetAlignment(store, size_of(LLVMTypeOf(value)));
}

LLVMValueRef lower_compare(Lower *lower, LLVMIntPredicate predicate, LLVMValueRef a, LLVMValueRef b) {
  return LLVMBuildICmp(lower->builder, predicate, a, b, "");
}

// Control

LLVMBasicBlockRef lower_new_block(Lower *lower, const char *name) {
  return LLVMAppendBasicBlockInContext(lower->context, lower->llvm_function, name);
}
void lower_continue_in(Lower *lower, LLVMBasicBlockRef block) {
  LLVMPositionBuilderAtEnd(lower->builder, block);
}

void lower_branch_likely(Lower *lower, LLVMValueRef condition, LLVMBasicBlockRef likely, LLVMBasicBlockRef unlikely) {
  LLVMValueRef branch = LLVMBuildCondBr(lower->builder, condition, likely, unlikely);
  LLVMSetMetadata(branch, lower->weights_kind, lower->likely);
}

// -X jit-stress: about every `period`-th guard fails, in the same order in each run.
static uint32_t stress_holds(uint32_t period) {
  static _Thread_local uint32_t state = 12345;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state % period != 0;
}

void lower_guard(Lower *lower, LLVMValueRef condition) {
  if (lower->request->stress_period) {
    LLVMValueRef period = lower_half(lower, lower->request->stress_period);
    LLVMValueRef holds = lower_call_address(lower, (const void *)stress_holds, 'h', "h", &period);
    holds = lower_compare(lower, LLVMIntNE, holds, lower_half(lower, 0));
    condition = LLVMBuildAnd(lower->builder, condition, holds, "");
  }
  lower_guard_firm(lower, condition);
}

void lower_guard_firm(Lower *lower, LLVMValueRef condition) {
  LLVMBasicBlockRef from = LLVMGetInsertBlock(lower->builder);
  LLVMBasicBlockRef exit = lower_exit_block(lower, lower->node->state);
  LLVMBasicBlockRef next = lower_new_block(lower, "");
  lower_continue_in(lower, from);
  lower_branch_likely(lower, condition, next, exit);
  lower_continue_in(lower, next);
}

static LLVMValueRef call_address(Lower *lower, const void *address, char result, const char *parameters,
                                 LLVMValueRef *arguments, unsigned convention) {
  LLVMTypeRef types[40];
  unsigned count = 0;
  for (; parameters[count]; count++)
    types[count] = parameters[count] == 'd'   ? lower->real
                   : parameters[count] == 'b' ? lower->bit
                   : parameters[count] == 'p' ? lower->pointer
                   : parameters[count] == 'h' ? lower->half
                                              : lower->word;
  LLVMTypeRef returned = result == 'n'   ? lower->nothing
                         : result == 'd' ? lower->real
                         : result == 'b' ? lower->byte
                         : result == 'p' ? lower->pointer
                         : result == 'h' ? lower->half
                                         : lower->word;
  LLVMTypeRef type = LLVMFunctionType(returned, types, count, false);
  LLVMValueRef called = LLVMBuildCall2(lower->builder, type, lower_address(lower, address), arguments, count, "");
  LLVMSetInstructionCallConv(called, convention);
  if (result != 'b') return called;
  return LLVMBuildTrunc(lower->builder, called, lower->bit, ""); // a C bool is 0 or 1 in a byte
}

LLVMValueRef lower_call_address(Lower *lower, const void *address, char result, const char *parameters,
                                LLVMValueRef *arguments) {
  return call_address(lower, address, result, parameters, arguments, LLVMCCallConv);
}
LLVMValueRef lower_call_preserving(Lower *lower, const void *address, char result, const char *parameters,
                                   LLVMValueRef *arguments) {
  unsigned convention = lower->request->is_quick ? LLVMCCallConv : LLVMPreserveAllCallConv;
  return call_address(lower, address, result, parameters, arguments, convention);
}

// Values

static LLVMValueRef constant_of(Lower *lower, HirNode *node) {
  switch (node->op) {
  case HIR_CONST:
    return lower_word(lower, value_bits(node->payload.value));
  case HIR_INT_CONST:
    return lower_word(lower, (uint64_t)node->payload.number << 2);
  case HIR_DOUBLE_CONST:
    return LLVMConstReal(lower->real, node->payload.real);
  case HIR_BOOL_CONST:
    return LLVMConstInt(lower->bit, node->payload.number != 0, false);
  default:
    return NULL;
  }
}

static LLVMValueRef box(Lower *lower, HirRepresentation from, LLVMValueRef value) {
  switch (from) {
  case HIR_INT:
    return LLVMBuildOr(lower->builder, value, lower_word(lower, 3), "");
  case HIR_DOUBLE:
    return lower_box_double(lower, value);
  case HIR_BOOL:
    return LLVMBuildSelect(lower->builder, value, lower_word(lower, value_bits(VALUE_TRUE)),
                           lower_word(lower, value_bits(VALUE_FALSE)), "");
  default:
    return value;
  }
}

static bool is_box(const HirNode *node) {
  return node->op == HIR_BOX_INT || node->op == HIR_BOX_DOUBLE || node->op == HIR_BOX_BOOL ||
         node->op == HIR_BOX_COMPLEX;
}
static LLVMValueRef make_box(Lower *lower, HirNode *node) {
  HirNode *input = hir_node_input(node, 0);
  LLVMValueRef value = lower_value(lower, input);
  if (node->op != HIR_BOX_COMPLEX) return box(lower, input->representation, value);
  return lower_box_complex(lower, value, lower_value(lower, hir_node_input(node, 1)));
}

static Value choose_double(uint32_t is_double, double number, Value other) {
  return is_double ? runtime_box_double(number) : other;
}
static LLVMValueRef lazy_double(Lower *lower, HirNode *node) {
  LLVMValueRef arguments[3];
  for (uint32_t i = 0; i < 3; i++) arguments[i] = lower_value(lower, hir_node_input(node, i));
  arguments[0] = LLVMBuildZExt(lower->builder, arguments[0], lower->half, "");
  return lower_call_address(lower, (const void *)choose_double, 'v', "hdv", arguments);
}

LLVMValueRef lower_value(Lower *lower, HirNode *node) {
  node = hir_resolve(node);
  LLVMValueRef constant = constant_of(lower, node);
  if (constant) return constant;
  if (node->data) return (LLVMValueRef)(uintptr_t)node->data;
  if (node->op == HIR_LAZY_DOUBLE) return lazy_double(lower, node);
  // A box that only states use is made where it is used.
  if (is_box(node)) return make_box(lower, node);
  compile_give_up("a use before its definition");
}
LLVMValueRef lower_tagged(Lower *lower, HirNode *node) {
  node = hir_resolve(node);
  return box(lower, node->representation, lower_value(lower, node));
}
LLVMValueRef lower_input(Lower *lower, uint32_t number) {
  return lower_value(lower, hir_node_input(lower->node, number));
}
void lower_set(Lower *lower, LLVMValueRef value) {
  lower->node->data = (uintptr_t)value;
}

static LLVMTypeRef type_of(const Lower *lower, HirRepresentation representation) {
  return representation == HIR_DOUBLE ? lower->real : representation == HIR_BOOL ? lower->bit : lower->word;
}

// Blocks

typedef struct BlockData {
  LLVMBasicBlockRef begin, end;
} BlockData;

static LLVMBasicBlockRef block_begin(const HirBlock *block) {
  return ((BlockData *)block->data)->begin;
}

// A store boxes its double itself.
static bool is_stored(const HirNode *user, uint32_t number) {
  return (user->op == HIR_STORE_FIELD && number == 1) || (user->op == HIR_ITEMS_SET && number == 2) ||
         (user->op == HIR_LIST_APPEND && number == 1);
}

// Marks boxes that other nodes use, not only states and stores: they are made once, where they stand.
static void mark_used_boxes(HirFunction *function) {
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next) {
      node->mark = false;
      node->data = 0;
    }
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next)
      for (uint32_t i = 0; i < node->input_count; i++) {
        HirNode *input = hir_node_input(node, i);
        if (input->op == HIR_LAZY_DOUBLE && hir_node_is_virtual(node)) continue;
        if (input->op != HIR_BOX_DOUBLE || !is_stored(node, i)) input->mark = true;
      }
}

// An __init__ that its class has called gives the new instance instead of None. Other frames that need cleaning up are
// left to the interpreter.
static void lower_return(Lower *lower, HirNode *node) {
  if (code_makes_generators(lower->function->code)) {
    LLVMValueRef arguments[] = {lower->thread, lower_tagged(lower, node->inputs[0])};
    LLVMBuildRet(lower->builder,
                 lower_call_address(lower, (const void *)compiled_return_from_generator, 'v', "pv", arguments));
    return;
  }
  LLVMValueRef flags = lower_load_own(lower, lower->byte, lower->frame, offsetof(Frame, exit_flags));
  LLVMValueRef none = LLVMConstInt(lower->byte, 0, false);
  if (hir_node_input(node, 0)->kinds == KIND_NONE) {
    LLVMBasicBlockRef instance = lower_new_block(lower, "instance"), other = lower_new_block(lower, "");
    LLVMValueRef wanted = LLVMConstInt(lower->byte, FRAME_RETURNS_RESULT, false);
    LLVMBuildCondBr(lower->builder, lower_compare(lower, LLVMIntEQ, flags, wanted), instance, other);
    lower_continue_in(lower, instance);
    LLVMValueRef made = lower_load_own(lower, lower->word, lower->frame, offsetof(Frame, result));
    lower_store_own(lower, lower_word(lower, 0), lower->frame, offsetof(Frame, result));
    lower_store_own(lower, none, lower->frame, offsetof(Frame, exit_flags));
    LLVMBuildRet(lower->builder, made);
    lower_continue_in(lower, other);
  }
  lower_guard(lower, lower_compare(lower, LLVMIntEQ, flags, none));
  LLVMBuildRet(lower->builder, lower_tagged(lower, node->inputs[0]));
}

static void lower_yield(Lower *lower, HirNode *node) {
  LLVMValueRef arguments[] = {lower->thread, lower_tagged(lower, node->inputs[0])};
  lower_synchronize(lower, node->state);
  LLVMBuildRet(lower->builder, lower_call_address(lower, (const void *)compiled_yield, 'v', "pv", arguments));
}

static void lower_end(Lower *lower, HirNode *node) {
  HirBlock *block = lower->block;
  switch (node->op) {
  case HIR_JUMP:
    LLVMBuildBr(lower->builder, block_begin(block->successors[0]));
    return;
  case HIR_BRANCH: {
    LLVMValueRef branch = LLVMBuildCondBr(lower->builder, lower_input(lower, 0), block_begin(block->successors[0]),
                                          block_begin(block->successors[1]));
    if (hir_node_input(node, 0)->op == HIR_RAISED) LLVMSetMetadata(branch, lower->weights_kind, lower->unlikely);
    return;
  }
  case HIR_LEAVE:
  case HIR_LEAVE_FOR_GOOD:
  case HIR_LEAVE_LOOP:
    LLVMBuildBr(lower->builder, lower_exit_block(lower, node->state));
    return;
  case HIR_RETURN:
    lower_return(lower, node);
    return;
  case HIR_YIELD:
    lower_yield(lower, node);
    return;
  default:
    compile_give_up("an unknown end of a block");
  }
}

static void lower_phi(Lower *lower, HirNode *phi) {
  lower_set(lower, LLVMBuildPhi(lower->builder, type_of(lower, phi->representation), ""));
}

static void lower_node(Lower *lower, HirNode *node) {
  lower->node = node;
  uint32_t flags = hir_node_flags(node);
  if (constant_of(lower, node)) return;
  if (register_map_collects(node)) {
    register_map_forget_untraced(lower->function, &lower->map, lower->register_count);
    lower->synchronizations++; // exits in front of it are not for those behind it
  }
  if (lower_trust(lower, node)) {
    if (node->op == HIR_GUARD_IDENTITY) lower_set(lower, lower_word(lower, value_bits(node->payload.value)));
  } else if (node->op == HIR_PHI) {
    lower_phi(lower, node);
  } else if (flags & HIR_ENDS) {
    lower_end(lower, node);
  } else if (node->op == HIR_RESUMED_AT) {
    LLVMValueRef there = lower_word(lower, (uintptr_t)(lower->function->code->words + node->payload.number));
    lower_set(lower, lower_compare(lower, LLVMIntEQ, lower->entry_pc, there));
  } else if (hir_node_is_virtual(node)) {
    return;
  } else if (node->op == HIR_LAZY_DOUBLE) {
    if (node->mark) lower_set(lower, lazy_double(lower, node)); // else it is made where states use it
  } else if (is_box(node)) {
    if (node->mark) lower_set(lower, make_box(lower, node));
  } else if (!lower_arithmetic(lower, node) && !lower_memory(lower, node) && !lower_calls(lower, node)) {
    compile_give_up(hir_op_info(node->op)->name);
  }
  register_map_step(lower->function, node, &lower->map, lower->register_count);
}

static void lower_block(Lower *lower, HirBlock *block) {
  lower->block = block;
  BlockData *data = block->data;
  lower_continue_in(lower, data->begin);
  lower->map = lower->entries[block->order];
  lower->unchecked = lower->unchecked_entries[block->order];
  for (HirNode *node = block->first; node; node = node->next) lower_node(lower, node);
  data->end = LLVMGetInsertBlock(lower->builder);
}

static void fill_phis(Lower *lower, HirBlock *block) {
  for (HirNode *phi = block->first; phi && phi->op == HIR_PHI; phi = phi->next)
    for (uint32_t i = 0; i < phi->input_count; i++) {
      LLVMBasicBlockRef from = ((BlockData *)block->predecessors[i]->data)->end;
      HirNode *input = hir_node_input(phi, i);
      // Constants and such boxes as are made at their uses belong to the end of the predecessor.
      LLVMPositionBuilderBefore(lower->builder, LLVMGetBasicBlockTerminator(from));
      LLVMValueRef value = lower_value(lower, input);
      LLVMAddIncoming((LLVMValueRef)(uintptr_t)phi->data, &value, &from, 1);
    }
}

// The same Code may run with other globals than those that it was compiled for.
static void check_globals(Lower *lower) {
  HirFunction *function = lower->function;
  LLVMValueRef globals = lower_load_own(lower, lower->word, lower->frame, offsetof(Frame, globals));
  LLVMValueRef same = lower_compare(lower, LLVMIntEQ, globals, lower_word(lower, value_bits(function->globals)));
  LLVMBasicBlockRef other = lower_new_block(lower, "other_globals"), next = lower_new_block(lower, "");
  if (function->is_module) {
    LLVMValueRef locals = lower_load_own(lower, lower->word, lower->frame, offsetof(Frame, locals));
    same = LLVMBuildAnd(lower->builder, same, lower_compare(lower, LLVMIntEQ, locals, globals), "");
  }
  lower_branch_likely(lower, same, next, other);
  lower_continue_in(lower, other);
  // At a function's entry the interpreter goes on behind RESUME, which would bring it back here.
  LLVMValueRef pc = lower_load_own(lower, lower->word, lower->frame, offsetof(Frame, pc));
  if (opcode_base[__atomic_load_n(function->code->words + function->entry_word, __ATOMIC_RELAXED) & 0xff] ==
      OP_RESUME) {
    uint64_t words = 1 + opcode_information[OP_RESUME].caches;
    pc = LLVMBuildAdd(lower->builder, pc, lower_word(lower, words * sizeof(Instruction)), "");
  } else
    pc = lower_word(lower, (uintptr_t)(function->code->words + function->entry_word));
  lower_store_own(lower, pc, lower->frame, offsetof(Frame, pc));
  lower_store_own(lower, lower_half(lower, 0), lower->thread, offsetof(Thread, left_exit));
  LLVMBuildBr(lower->builder, lower->left);
  lower_continue_in(lower, next);
}

// Where inlined calls have their records and registers.
static void find_inner(Lower *lower) {
  const Code *code = lower->function->code;
  if (!code_makes_generators(code)) {
    lower->own_registers = UINT32_MAX;
    lower->inner_frames = lower_pointer(lower, lower->frame, sizeof(Frame));
    return;
  }
  lower->own_registers = code->register_count;
  lower->inner_frames = lower_load_own(lower, lower->pointer, lower->frame, offsetof(Frame, next));
  lower->inner_registers = lower_load_own(lower, lower->pointer, lower->frame, offsetof(Frame, top));
  lower->entry_pc = lower_load_own(lower, lower->word, lower->frame, offsetof(Frame, pc));
}

static LLVMValueRef weights(Lower *lower, uint32_t first, uint32_t second) {
  LLVMValueRef parts[] = {LLVMMDStringInContext(lower->context, "branch_weights", 14), lower_half(lower, first),
                          lower_half(lower, second)};
  return LLVMMDNodeInContext(lower->context, parts, 3);
}

static void add_attribute(Lower *lower, const char *name, uint64_t value) {
  unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
  LLVMAddAttributeAtIndex(lower->llvm_function, (LLVMAttributeIndex)LLVMAttributeFunctionIndex,
                          LLVMCreateEnumAttribute(lower->context, kind, value));
}

LLVMModuleRef lower_function(const LowerRequest *request, LLVMContextRef context, const char *name) {
  HirFunction *function = request->function;
  Lower lower = {.request = request, .function = function, .context = context};
  lower.word = LLVMInt64TypeInContext(context);
  lower.half = LLVMInt32TypeInContext(context);
  lower.byte = LLVMInt8TypeInContext(context);
  lower.bit = LLVMInt1TypeInContext(context);
  lower.real = LLVMDoubleTypeInContext(context);
  lower.pointer = LLVMPointerTypeInContext(context, 0);
  lower.nothing = LLVMVoidTypeInContext(context);
  lower.module = LLVMModuleCreateWithNameInContext(name, context);
  lower.builder = LLVMCreateBuilderInContext(context);
  LLVMTypeRef parameters[] = {lower.pointer, lower.pointer, lower.pointer};
  lower.llvm_function = LLVMAddFunction(lower.module, name, LLVMFunctionType(lower.word, parameters, 3, false));
  add_attribute(&lower, "nounwind", 0);
  add_attribute(&lower, "uwtable", 1); // debuggers unwind by it: what holds at calls is enough
  lower.thread = LLVMGetParam(lower.llvm_function, 0);
  lower.frame = LLVMGetParam(lower.llvm_function, 1);
  lower.registers = LLVMGetParam(lower.llvm_function, 2);
  lower.weights_kind = LLVMGetMDKindIDInContext(context, "prof", 4);
  lower.likely = weights(&lower, 2000, 1);
  lower.unlikely = weights(&lower, 1, 20);

  mark_used_boxes(function);
  lower.register_count = register_count_of(function);
  lower.entries = register_maps_find(function, lower.register_count);
  lower.unchecked_entries = lower_find_unchecked(function);
  LLVMBasicBlockRef prologue = lower_new_block(&lower, "entry");
  lower.left = lower_new_block(&lower, "left");
  for (HirBlock *block = function->entry; block; block = block->next) {
    BlockData *data = hir_allocate(function, sizeof *data);
    data->begin = lower_new_block(&lower, "");
    block->data = data;
  }
  lower_continue_in(&lower, lower.left);
  LLVMBuildRet(lower.builder, lower_word(&lower, value_bits(VALUE_LEFT)));
  lower_continue_in(&lower, prologue);
  find_inner(&lower);
  check_globals(&lower);
  LLVMBuildBr(lower.builder, block_begin(function->entry));
  for (HirBlock *block = function->entry; block; block = block->next) lower_block(&lower, block);
  for (HirBlock *block = function->entry; block; block = block->next) fill_phis(&lower, block);
  LLVMDisposeBuilder(lower.builder);
  return lower.module;
}
