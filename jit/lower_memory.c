// HIR to LLVM IR: fields, items, iterators, new cells, guards that look at memory. See lower.h.
#include "jit/lower_internal.h"
#include "jit/passes.h"

#include "runtime/heap/alloc.h"
#include "runtime/heap/let_go.h"
#include "runtime/object/call.h"
#include "runtime/object/float.h"
#include "runtime/object/function.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/runtime.h"

static LLVMValueRef is_zero(Lower *lower, LLVMValueRef value) {
  return lower_compare(lower, LLVMIntEQ, value, lower_word(lower, 0));
}
static LLVMValueRef is_not_zero(Lower *lower, LLVMValueRef value) {
  return lower_compare(lower, LLVMIntNE, value, lower_word(lower, 0));
}

static void store_released(Lower *lower, LLVMValueRef value, LLVMValueRef address) {
  LLVMValueRef store = LLVMBuildStore(lower->builder, value, address);
  lower_set_ordering(lower, store, LLVMAtomicOrderingRelease);
  LLVMSetAlignment(store, LLVMTypeOf(value) == lower->half ? 4 : 8);
}

PRESERVE_ALL static void barrier(void *owner, Value *slot, Value value) {
  gc_barrier(owner, slot, value);
}

// A float, which is nearly always an immediate one.
PRESERVE_ALL static void store_double_slowly(void *owner, Value *slot, double number) {
  gc_store(owner, slot, runtime_box_double(number));
}
static void store_double(Lower *lower, LLVMValueRef owner, LLVMValueRef address, LLVMValueRef number) {
  LLVMBasicBlockRef fast = lower_new_block(lower, ""), slow = lower_new_block(lower, "box"),
                    done = lower_new_block(lower, "");
  LLVMValueRef value = lower_encode_double(lower, number);
  lower_branch_likely(lower, lower_is_immediate_float(lower, value), fast, slow);
  lower_continue_in(lower, slow);
  LLVMValueRef arguments[] = {owner, address, number};
  lower_call_preserving(lower, (const void *)store_double_slowly, 'n', "vpd", arguments);
  LLVMBuildBr(lower->builder, done);
  lower_continue_in(lower, fast);
  store_released(lower, value, address);
  LLVMBuildBr(lower->builder, done);
  lower_continue_in(lower, done);
}

// gc_store: `node` is the value's. Values that are no cells are no news to the collector.
static void store_with_barrier(Lower *lower, LLVMValueRef owner, LLVMValueRef address, HirNode *node) {
  node = hir_resolve(node);
  if (node->op == HIR_BOX_DOUBLE && !node->mark) {
    store_double(lower, owner, address, lower_value(lower, hir_node_input(node, 0)));
    return;
  }
  LLVMValueRef value = lower_tagged(lower, node);
  bool may_be_cell = node->representation == HIR_VALUE && node->op != HIR_BOX_INT && node->op != HIR_BOX_BOOL &&
                     (node->kinds & (KIND_CELL | KIND_FLOAT));
  if (may_be_cell && node->op == HIR_CONST) may_be_cell = value_is_cell(node->payload.value);
  if (may_be_cell) {
    LLVMBasicBlockRef look = lower_new_block(lower, "barrier"), news = lower_new_block(lower, "news"),
                      done = lower_new_block(lower, "");
    LLVMValueRef tag = LLVMBuildAnd(lower->builder, value, lower_word(lower, 7), "");
    LLVMValueRef cell = LLVMBuildAnd(lower->builder, is_zero(lower, tag), is_not_zero(lower, value), "");
    LLVMBuildCondBr(lower->builder, cell, look, done);
    lower_continue_in(lower, look);
    LLVMTypeRef bits_type = LLVMInt16TypeInContext(lower->context);
    LLVMValueRef bits[2];
    for (int i = 0; i < 2; i++) {
      LLVMValueRef at = lower_pointer(lower, i ? owner : value, offsetof(Cell, mark));
      bits[i] = LLVMBuildLoad2(lower->builder, bits_type, at, "");
      LLVMSetAlignment(bits[i], 1);
    }
    LLVMValueRef fresh = LLVMBuildAnd(lower->builder, bits[0], LLVMBuildNot(lower->builder, bits[1], ""), "");
    fresh = LLVMBuildAnd(lower->builder, fresh, LLVMConstInt(bits_type, BARRIER_BITS, false), "");
    lower_branch_likely(lower, lower_compare(lower, LLVMIntEQ, fresh, LLVMConstInt(bits_type, 0, false)), done, news);
    lower_continue_in(lower, news);
    lower_call_preserving(lower, (const void *)barrier, 'n', "vpv", (LLVMValueRef[]){owner, address, value});
    LLVMBuildBr(lower->builder, done);
    lower_continue_in(lower, done);
  }
  store_released(lower, value, address);
}

// Lists. While there is one thread items stand below the count; else a reader checks the items' own capacity.

static LLVMValueRef unscale(Lower *lower, LLVMValueRef number) {
  return LLVMBuildAShr(lower->builder, number, lower_word(lower, 2), "");
}
static LLVMValueRef scale(Lower *lower, LLVMValueRef number) {
  return LLVMBuildShl(lower->builder, number, lower_word(lower, 2), "");
}

// An index as Python has it to one from the start; leaves where it is out of range.
static LLVMValueRef checked_index(Lower *lower, LLVMValueRef scaled, LLVMValueRef count) {
  LLVMValueRef index = unscale(lower, scaled);
  bool is_positive = lower->node->op == HIR_LIST_GET && lower->node->index;
  if (LLVMIsConstant(scaled) ? LLVMConstIntGetSExtValue(scaled) < 0 : !is_positive) {
    LLVMValueRef negative = lower_compare(lower, LLVMIntSLT, index, lower_word(lower, 0));
    index = LLVMBuildSelect(lower->builder, negative, LLVMBuildAdd(lower->builder, index, count, ""), index, "");
  }
  lower_guard(lower, lower_compare(lower, LLVMIntULT, index, count));
  return index;
}

static LLVMValueRef item_address(Lower *lower, LLVMValueRef items, LLVMValueRef index, size_t offset) {
  LLVMValueRef base = lower_pointer(lower, items, (int64_t)offset);
  return LLVMBuildGEP2(lower->builder, lower->word, base, &index, 1, "");
}

static LLVMValueRef load_unordered(Lower *lower, LLVMValueRef address) {
  LLVMValueRef load = LLVMBuildLoad2(lower->builder, lower->word, address, "");
  lower_set_ordering(lower, load, LLVMAtomicOrderingUnordered);
  LLVMSetAlignment(load, 8);
  return load;
}

// The item at `index`, which is below the count that was read.
static LLVMValueRef list_item_at(Lower *lower, LLVMValueRef list, LLVMValueRef index) {
  LLVMValueRef items = lower_load(lower, lower->word, list, offsetof(List, items));
  if (!lower->request->one_thread) {
    lower_guard(lower, is_not_zero(lower, items));
    LLVMValueRef capacity = lower_load(lower, lower->word, items, offsetof(ListItems, capacity));
    lower_guard(lower, lower_compare(lower, LLVMIntULT, index, capacity));
  }
  LLVMValueRef item = load_unordered(lower, item_address(lower, items, index, offsetof(ListItems, items)));
  if (!lower->request->one_thread) lower_guard(lower, is_not_zero(lower, item));
  return item;
}

static void list_get(Lower *lower) {
  LLVMValueRef list = lower_input(lower, 0);
  LLVMValueRef count = lower_load(lower, lower->word, list, offsetof(List, count));
  LLVMValueRef index = checked_index(lower, lower_input(lower, 1), count);
  lower_set(lower, list_item_at(lower, list, index));
}

static void list_set(Lower *lower) {
  LLVMValueRef list = lower_input(lower, 0);
  LLVMValueRef count = lower_load(lower, lower->word, list, offsetof(List, count));
  LLVMValueRef index = checked_index(lower, lower_input(lower, 1), count);
  LLVMValueRef items = lower_load(lower, lower->word, list, offsetof(List, items));
  store_with_barrier(lower, items, item_address(lower, items, index, offsetof(ListItems, items)),
                     lower->node->inputs[2]);
}

static void check_index(Lower *lower) {
  LLVMValueRef index = lower_input(lower, 0), count = lower_input(lower, 1);
  if (LLVMIsConstant(index) ? LLVMConstIntGetSExtValue(index) < 0 : !lower->node->index) {
    LLVMValueRef negative = lower_compare(lower, LLVMIntSLT, index, lower_word(lower, 0));
    index = LLVMBuildSelect(lower->builder, negative, LLVMBuildAdd(lower->builder, index, count, ""), index, "");
  }
  lower_guard(lower, lower_compare(lower, LLVMIntULT, index, count));
  lower_set(lower, index);
}

// Of the item at the scaled index, an index in half words.
static LLVMValueRef scaled_item_address(Lower *lower) {
  LLVMValueRef base = lower_pointer(lower, lower_input(lower, 0), offsetof(ListItems, items));
  LLVMValueRef index = lower_input(lower, 1);
  return LLVMBuildGEP2(lower->builder, LLVMInt16TypeInContext(lower->context), base, &index, 1, "");
}

static void list_append_fast(Lower *lower) {
  HirNode *node = lower->node;
  LLVMValueRef list = lower_input(lower, 0);
  LLVMBasicBlockRef slow = lower_new_block(lower, "append"), done = lower_new_block(lower, "");
  if (lower->request->one_thread) {
    LLVMBasicBlockRef look = lower_new_block(lower, ""), fast = lower_new_block(lower, "");
    LLVMValueRef items = lower_load(lower, lower->word, list, offsetof(List, items));
    LLVMValueRef count = lower_load(lower, lower->word, list, offsetof(List, count));
    lower_branch_likely(lower, is_not_zero(lower, items), look, slow);
    lower_continue_in(lower, look);
    LLVMValueRef capacity = lower_load(lower, lower->word, items, offsetof(ListItems, capacity));
    lower_branch_likely(lower, lower_compare(lower, LLVMIntULT, count, capacity), fast, slow);
    lower_continue_in(lower, fast);
    store_with_barrier(lower, items, item_address(lower, items, count, offsetof(ListItems, items)), node->inputs[1]);
    LLVMValueRef larger = LLVMBuildAdd(lower->builder, count, lower_word(lower, 1), "");
    store_released(lower, larger, lower_pointer(lower, list, offsetof(List, count)));
    LLVMBuildBr(lower->builder, done);
  } else {
    LLVMBuildBr(lower->builder, slow);
  }
  lower_continue_in(lower, slow);
  LLVMValueRef arguments[] = {list, lower_tagged(lower, node->inputs[1])};
  lower_guard_firm(lower, lower_call_address(lower, (const void *)list_append, 'b', "vv", arguments));
  LLVMBuildBr(lower->builder, done);
  lower_continue_in(lower, done);
}

static void tuple_get(Lower *lower) {
  LLVMValueRef tuple = lower_input(lower, 0);
  LLVMValueRef index;
  if (lower->node->state) {
    LLVMValueRef count = lower_load_own(lower, lower->word, tuple, offsetof(Tuple, count));
    index = checked_index(lower, lower_input(lower, 1), count);
  } else {
    index = unscale(lower, lower_input(lower, 1));
  }
  lower_set(lower, load_unordered(lower, item_address(lower, tuple, index, offsetof(Tuple, items))));
}

// Iterators that no other thread is moving

static void range_more(Lower *lower) {
  LLVMValueRef iterator = lower_input(lower, 0);
  LLVMValueRef index = lower_load_own(lower, lower->word, iterator, offsetof(RangeIterator, index));
  LLVMValueRef length = lower_load_own(lower, lower->word, iterator, offsetof(RangeIterator, length));
  lower_set(lower, lower_compare(lower, LLVMIntULT, index, length));
}
static void range_next(Lower *lower) {
  LLVMValueRef iterator = lower_input(lower, 0);
  LLVMValueRef index = lower_load_own(lower, lower->word, iterator, offsetof(RangeIterator, index));
  LLVMValueRef start = lower_load_own(lower, lower->word, iterator, offsetof(RangeIterator, start));
  LLVMValueRef step = lower_load_own(lower, lower->word, iterator, offsetof(RangeIterator, step));
  lower_store_own(lower, LLVMBuildAdd(lower->builder, index, lower_word(lower, 1), ""), iterator,
                  offsetof(RangeIterator, index));
  LLVMValueRef number = LLVMBuildAdd(lower->builder, start, LLVMBuildMul(lower->builder, index, step, ""), "");
  lower_set(lower, scale(lower, number));
}

static void guard_ascending(Lower *lower) {
  LLVMValueRef iterator = lower_input(lower, 0), zero = lower_word(lower, 0);
  LLVMValueRef start = lower_load_own(lower, lower->word, iterator, offsetof(RangeIterator, start));
  LLVMValueRef step = lower_load_own(lower, lower->word, iterator, offsetof(RangeIterator, step));
  lower_guard(lower, lower_compare(lower, LLVMIntSGE, start, zero));
  lower_guard(lower, lower_compare(lower, LLVMIntSGT, step, zero));
}

static void guard_private(Lower *lower) {
  LLVMTypeRef bits_type = LLVMInt16TypeInContext(lower->context);
  LLVMValueRef place = lower_pointer(lower, lower_input(lower, 0), offsetof(Cell, flags));
  LLVMValueRef flags = LLVMBuildLoad2(lower->builder, bits_type, place, "");
  lower_set_ordering(lower, flags, LLVMAtomicOrderingUnordered);
  LLVMSetAlignment(flags, 2);
  LLVMValueRef bit = LLVMBuildAnd(lower->builder, flags, LLVMConstInt(bits_type, ITERATOR_PRIVATE, false), "");
  lower_guard(lower, lower_compare(lower, LLVMIntNE, bit, LLVMConstInt(bits_type, 0, false)));
}

static void sequence_more(Lower *lower, bool is_list) {
  LLVMValueRef iterator = lower_input(lower, 0);
  LLVMValueRef sequence = lower_load_own(lower, lower->word, iterator, offsetof(SequenceIterator, sequence));
  LLVMBasicBlockRef from = LLVMGetInsertBlock(lower->builder), look = lower_new_block(lower, ""),
                    done = lower_new_block(lower, "");
  lower_branch_likely(lower, is_not_zero(lower, sequence), look, done);
  lower_continue_in(lower, look);
  LLVMValueRef index = lower_load_own(lower, lower->word, iterator, offsetof(SequenceIterator, index));
  LLVMValueRef count = is_list ? lower_load(lower, lower->word, sequence, offsetof(List, count))
                               : lower_load_own(lower, lower->word, sequence, offsetof(Tuple, count));
  LLVMValueRef more = lower_compare(lower, LLVMIntULT, index, count);
  LLVMBuildBr(lower->builder, done);
  lower_continue_in(lower, done);
  LLVMValueRef phi = LLVMBuildPhi(lower->builder, lower->bit, "");
  LLVMAddIncoming(phi, (LLVMValueRef[]){LLVMConstInt(lower->bit, 0, false), more}, (LLVMBasicBlockRef[]){from, look},
                  2);
  lower_set(lower, phi);
}
static void sequence_next(Lower *lower, bool is_list) {
  LLVMValueRef iterator = lower_input(lower, 0);
  LLVMValueRef sequence = lower_load_own(lower, lower->word, iterator, offsetof(SequenceIterator, sequence));
  LLVMValueRef index = lower_load_own(lower, lower->word, iterator, offsetof(SequenceIterator, index));
  LLVMValueRef item = is_list ? list_item_at(lower, sequence, index)
                              : load_unordered(lower, item_address(lower, sequence, index, offsetof(Tuple, items)));
  lower_store_own(lower, LLVMBuildAdd(lower->builder, index, lower_word(lower, 1), ""), iterator,
                  offsetof(SequenceIterator, index));
  lower_set(lower, item);
}

// New cells

// `size` bytes from the thread's range of that size, or by `slow`, which gives the address or, if `may_fail`, zero.
static LLVMValueRef allocate(Lower *lower, const Shape *shape, size_t size, LLVMValueRef slow_cell(Lower *, HirNode *),
                             bool may_fail) {
  size_t granules = (size + CELL_GRANULE - 1) / CELL_GRANULE;
  LLVMValueRef heap = lower_load_own(lower, lower->pointer, lower->thread, offsetof(Thread, heap));
  int64_t range = (int64_t)(offsetof(ThreadHeap, ranges) + (granules - 1) * sizeof(AllocationRange));
  LLVMValueRef next = lower_load_own(lower, lower->word, heap, range + (int64_t)offsetof(AllocationRange, next));
  LLVMValueRef limit = lower_load_own(lower, lower->word, heap, range + (int64_t)offsetof(AllocationRange, limit));
  LLVMValueRef room = LLVMBuildSub(lower->builder, limit, next, "");
  LLVMBasicBlockRef fast = lower_new_block(lower, ""), slow = lower_new_block(lower, "allocate"),
                    done = lower_new_block(lower, "");
  LLVMValueRef fits = lower_compare(lower, LLVMIntUGE, room, lower_word(lower, granules * CELL_GRANULE));
  lower_branch_likely(lower, fits, fast, slow);
  lower_continue_in(lower, slow);
  LLVMValueRef made = slow_cell(lower, lower->node);
  if (may_fail) lower_guard(lower, is_not_zero(lower, made));
  LLVMBasicBlockRef slow_end = LLVMGetInsertBlock(lower->builder);
  LLVMBuildBr(lower->builder, done);
  lower_continue_in(lower, fast);
  LLVMValueRef behind = LLVMBuildAdd(lower->builder, next, lower_word(lower, granules * CELL_GRANULE), "");
  lower_store_own(lower, behind, heap, range + (int64_t)offsetof(AllocationRange, next));
  lower_store_own(lower, lower_word(lower, (uint64_t)shape_word(shape) | (uint64_t)MARK_QUIET << 40), next, 0);
  LLVMBuildBr(lower->builder, done);
  lower_continue_in(lower, done);
  LLVMValueRef phi = LLVMBuildPhi(lower->builder, lower->word, "");
  LLVMAddIncoming(phi, (LLVMValueRef[]){next, made}, (LLVMBasicBlockRef[]){fast, slow_end}, 2);
  return phi;
}

static Value make_instance(Class *class) {
  Value made = value_from_cell(class_allocate(class, 0));
  if (!made) exception_clear();
  return made;
}
static Value make_tuple(size_t count) {
  Value made = value_from_cell(tuple_allocate(count));
  if (!made) exception_clear();
  return made;
}
static Value make_list(Value *items, size_t count) {
  Value made = list_new(items, count);
  if (!made) exception_clear();
  return made;
}
static Value make_function(Value code, Value globals, Value builtins, Value closure) {
  Value made = function_make(code, globals, builtins, closure);
  if (!made) exception_clear();
  return made;
}
static Value make_instance_dict(Value object) {
  Value made = instance_live_dict(object);
  if (!made) exception_clear();
  return made;
}
static Value make_method(Value function, Value self) {
  Value made = method_new(function, self);
  if (!made) exception_clear();
  return made;
}
// The iterator of an exact list, tuple or range, if it has the shape that was expected.
static Value make_iterator(Value iterable, const Shape *expected) {
  Value made = value_iterate(iterable);
  if (!made) exception_clear();
  if (!made || !value_has_shape(made, expected)) return NULL;
  iterator_set_private(made);
  return made;
}

// zip(a, b); enumerate(a) if there is no `b`.
static Value make_pairs(const Shape *shape, Value a, Value b) {
  Value made = value_call(value_from_cell(shape->class), (Value[]){a, b}, b ? 2 : 1, NULL);
  if (!made) exception_clear();
  return made;
}
static Value make_range(Value start, Value stop, Value step) {
  Value made = value_call(value_from_cell(BUILTIN(RANGE)), (Value[]){start, stop, step}, 3, NULL);
  if (!made) exception_clear();
  return made;
}

static LLVMValueRef slow_instance(Lower *lower, HirNode *node) {
  LLVMValueRef class = lower_address(lower, value_cell(node->payload.value));
  return lower_call_address(lower, (const void *)make_instance, 'v', "p", &class);
}
static LLVMValueRef slow_complex(Lower *lower, HirNode *) {
  LLVMValueRef parts[] = {LLVMConstReal(lower->real, 0), LLVMConstReal(lower->real, 0)};
  return lower_call_address(lower, (const void *)runtime_box_complex, 'v', "dd", parts);
}
LLVMValueRef lower_box_complex(Lower *lower, LLVMValueRef real, LLVMValueRef imaginary) {
  LLVMValueRef cell = allocate(lower, SHAPE(COMPLEX), sizeof(Complex), slow_complex, false);
  lower_store_own(lower, real, cell, offsetof(Complex, real));
  lower_store_own(lower, imaginary, cell, offsetof(Complex, imaginary));
  return cell;
}
static LLVMValueRef slow_tuple(Lower *lower, HirNode *node) {
  LLVMValueRef count = lower_word(lower, node->input_count);
  return lower_call_address(lower, (const void *)make_tuple, 'v', "v", &count);
}

static void new_instance(Lower *lower, HirNode *node) {
  const Class *class = value_as_class(node->payload.value);
  const Shape *shape = node->shape;
  size_t size = class->instance_size;
  if (shape->flags & SHAPE_HAS_ATTRIBUTES)
    size = (size + sizeof(Value) - 1) / sizeof(Value) * sizeof(Value) +
           (1 + (size_t)shape->inline_capacity) * sizeof(Value);
  if (size > EXACT_CELL_MAX || shape->type->release || (class->flags & CLASS_HAS_DEL)) {
    LLVMValueRef made = slow_instance(lower, node);
    lower_guard(lower, is_not_zero(lower, made));
    lower_set(lower, made);
  } else
    lower_set(lower, allocate(lower, shape, size, slow_instance, true));
}

LLVMValueRef lower_stack_words(Lower *lower, uint32_t count) {
  LLVMBasicBlockRef here = LLVMGetInsertBlock(lower->builder);
  LLVMBasicBlockRef first = LLVMGetEntryBasicBlock(lower->llvm_function);
  LLVMPositionBuilderBefore(lower->builder, LLVMGetFirstInstruction(first));
  LLVMValueRef words = LLVMBuildArrayAlloca(lower->builder, lower->word, lower_half(lower, count ? count : 1), "");
  lower_continue_in(lower, here);
  return words;
}

// The CELL_PROMPT of a new cell's items, as they stand in a cell's flags.
static LLVMValueRef items_prompt_flag(Lower *lower, LLVMValueRef *items, uint32_t count) {
  static const Cell plain = {};
  LLVMTypeRef bits_type = LLVMInt16TypeInContext(lower->context);
  LLVMValueRef flags = LLVMConstInt(bits_type, 0, false), none = lower_word(lower, (uintptr_t)&plain);
  for (uint32_t i = 0; i < count; i++) {
    if (LLVMIsAConstantInt(items[i]) && LLVMConstIntGetZExtValue(items[i]) & 7) continue;
    LLVMValueRef is_cell = is_zero(lower, LLVMBuildAnd(lower->builder, items[i], lower_word(lower, 7), ""));
    LLVMValueRef cell = LLVMBuildSelect(lower->builder, is_cell, items[i], none, "");
    LLVMValueRef own = LLVMBuildLoad2(lower->builder, bits_type, lower_pointer(lower, cell, offsetof(Cell, flags)), "");
    lower_set_ordering(lower, own, LLVMAtomicOrderingUnordered);
    LLVMSetAlignment(own, 2);
    flags = LLVMBuildOr(lower->builder, flags, own, "");
  }
  return LLVMBuildAnd(lower->builder, flags, LLVMConstInt(bits_type, CELL_PROMPT, false), "");
}

// Where cells are watched, the flag of its items goes over to the tuple.
static void new_tuple(Lower *lower, HirNode *node) {
  size_t size = sizeof(Tuple) + node->input_count * sizeof(Value);
  LLVMValueRef values[64];
  for (uint32_t i = 0; i < node->input_count; i++) values[i] = lower_tagged(lower, node->inputs[i]);
  LLVMValueRef tuple = allocate(lower, SHAPE(TUPLE), size, slow_tuple, true);
  lower_store_own(lower, lower_word(lower, node->input_count), tuple, offsetof(Tuple, count));
  for (uint32_t i = 0; i < node->input_count; i++)
    lower_store_own(lower, values[i], tuple, (int64_t)(offsetof(Tuple, items) + i * sizeof(Value)));
  LLVMBasicBlockRef watched = lower_new_block(lower, "watched"), done = lower_new_block(lower, "");
  LLVMValueRef count = lower_load(lower, lower->word, lower_address(lower, heap_prompt_count), 0);
  lower_branch_likely(lower, is_zero(lower, count), done, watched);
  lower_continue_in(lower, watched);
  lower_store_own(lower, items_prompt_flag(lower, values, node->input_count), tuple, offsetof(Cell, flags));
  LLVMBuildBr(lower->builder, done);
  lower_continue_in(lower, done);
  lower_set(lower, tuple);
}

static void new_by_call(Lower *lower, const void *function, const char *parameters, LLVMValueRef *arguments) {
  LLVMValueRef made = lower_call_address(lower, function, 'v', parameters, arguments);
  lower_guard(lower, is_not_zero(lower, made));
  lower_set(lower, made);
}

static void new_list(Lower *lower, HirNode *node) {
  LLVMValueRef items = lower_stack_words(lower, node->input_count);
  for (uint32_t i = 0; i < node->input_count; i++)
    lower_store_own(lower, lower_tagged(lower, node->inputs[i]), items, (int64_t)(i * sizeof(Value)));
  new_by_call(lower, (const void *)make_list, "pv", (LLVMValueRef[]){items, lower_word(lower, node->input_count)});
}

// Has no other thread been able to see the object since this block made it? (Its class may have a say in what happens
// to it: but only in calls.)
static bool is_unseen(HirNode *node) {
  const HirNode *object = hir_identity(node->inputs[0]);
  if (object->op != HIR_NEW_INSTANCE || object->block != node->block) return false;
  for (HirNode *between = node->previous; between != object; between = between->previous) {
    if (!between || hir_node_flags(between) & HIR_CALLS) return false;
    bool adds = between->op == HIR_ADD_SLOT || between->op == HIR_STORE_FIELD || hir_is_value_guard(between);
    for (uint32_t i = adds ? 1 : 0; i < between->input_count; i++)
      if (hir_identity(between->inputs[i]) == object) return false;
  }
  return true;
}

// The shape that the object of an ADD_SLOT, made in its block, has before it.
static const Shape *shape_before(HirNode *node) {
  HirNode *object = hir_node_input(node, 0);
  while (object->op != HIR_ADD_SLOT && object->op != HIR_NEW_INSTANCE) object = hir_node_input(object, 0);
  return object->op == HIR_NEW_INSTANCE ? object->shape : ((const SlotAddition *)object->payload.pointer)->new_shape;
}

static void add_slot(Lower *lower, HirNode *node) {
  const SlotAddition *addition = node->payload.pointer;
  LLVMValueRef object = lower_input(lower, 0);
  LLVMValueRef shape = lower_pointer(lower, object, offsetof(Cell, shape));
  bool is_private = lower->request->one_thread || is_unseen(node);
  if (is_private) {
    // gc.get_objects() shows also what nobody refers to.
    if (!lower->request->one_thread)
      lower_guard(lower, lower_compare(lower, LLVMIntEQ, lower_load(lower, lower->half, shape, 0),
                                       lower_half(lower, shape_word(shape_before(node)))));
    store_with_barrier(lower, object, lower_pointer(lower, object, (int64_t)addition->offset), node->inputs[1]);
    store_released(lower, lower_half(lower, shape_word(addition->new_shape)), shape);
  } else {
    LLVMValueRef arguments[] = {object, lower_address(lower, addition->result), lower_tagged(lower, node->inputs[1])};
    lower_guard_firm(lower, lower_call_address(lower, (const void *)attribute_add_slot, 'b', "vpv", arguments));
  }
  lower_set(lower, object);
}

static void load_overflow_slot(Lower *lower, HirNode *node) {
  LLVMValueRef arguments[] = {lower_input(lower, 0), lower_address(lower, node->shape), lower_half(lower, node->index)};
  lower_set(lower, lower_call_address(lower, (const void *)attribute_load_overflow, 'v', "vph", arguments));
}

static void recheck(Lower *lower, HirNode *node) {
  LLVMValueRef valid = lower_load(lower, lower->half, lower_address(lower, lower->request->valid), 0);
  lower_guard(lower, lower_compare(lower, LLVMIntNE, valid, lower_half(lower, 0)));
  LLVMValueRef table = lower_load_own(lower, lower->word, lower->thread, offsetof(Thread, dispatch));
  lower_guard(lower,
              lower_compare(lower, LLVMIntEQ, table, lower_word(lower, (uintptr_t)lower->request->plain_handlers)));
  // A frame object of an inlined frame needs the frame: somebody has asked for it during the call.
  for (const HirInline *frame = node->state->frame; frame->caller; frame = frame->caller) {
    LLVMValueRef object =
        lower_load_own(lower, lower->word, lower_frame_of(lower, frame), offsetof(Frame, frame_object));
    lower_guard(lower, is_zero(lower, object));
  }
}

static void guard_no_collection(Lower *lower) {
  LLVMValueRef would = lower_call_address(lower, (const void *)heap_prompt_would_collect, 'b', "", NULL);
  lower_guard(lower, LLVMBuildNot(lower->builder, would, ""));
}

// Leaves if the value is a cell that is watched (value_is_prompt) and the interpreter would do something about it.
static void guard_no_prompt(Lower *lower, LLVMValueRef value) {
  LLVMBasicBlockRef look = lower_new_block(lower, ""), ask = lower_new_block(lower, "prompt"),
                    next = lower_new_block(lower, "");
  LLVMValueRef tag = LLVMBuildAnd(lower->builder, value, lower_word(lower, 7), "");
  LLVMValueRef cell = LLVMBuildAnd(lower->builder, is_zero(lower, tag), is_not_zero(lower, value), "");
  LLVMBuildCondBr(lower->builder, cell, look, next);
  lower_continue_in(lower, look);
  LLVMTypeRef bits_type = LLVMInt16TypeInContext(lower->context);
  LLVMValueRef flags =
      LLVMBuildLoad2(lower->builder, bits_type, lower_pointer(lower, value, offsetof(Cell, flags)), "");
  lower_set_ordering(lower, flags, LLVMAtomicOrderingUnordered);
  LLVMSetAlignment(flags, 2);
  LLVMValueRef prompt = LLVMBuildAnd(lower->builder, flags, LLVMConstInt(bits_type, CELL_PROMPT, false), "");
  lower_branch_likely(lower, lower_compare(lower, LLVMIntEQ, prompt, LLVMConstInt(bits_type, 0, false)), next, ask);
  lower_continue_in(lower, ask);
  guard_no_collection(lower);
  LLVMBuildBr(lower->builder, next);
  lower_continue_in(lower, next);
}

// While nothing at all is watched it costs a load.
static void guard_unwatched(Lower *lower, HirNode *node) {
  LLVMValueRef watched = lower_load(lower, lower->word, lower_address(lower, heap_prompt_count), 0);
  LLVMBasicBlockRef slow = lower_new_block(lower, "watched"), done = lower_new_block(lower, "");
  lower_branch_likely(lower, is_zero(lower, watched), done, slow);
  lower_continue_in(lower, slow);
  if (node->input_count == 0) guard_no_collection(lower); // nothing at all may be
  for (uint32_t i = 0; i < node->input_count; i++) {
    HirNode *input = hir_node_input(node, i);
    LLVMValueRef value = lower_tagged(lower, input);
    if (node->op == HIR_GUARD_FIELD_UNWATCHED) value = lower_load(lower, lower->word, value, node->payload.number);
    guard_no_prompt(lower, value);
  }
  LLVMBuildBr(lower->builder, done);
  lower_continue_in(lower, done);
}

bool lower_memory(Lower *lower, HirNode *node) {
  LLVMTypeRef word = lower->word;
  switch (node->op) {
  case HIR_GUARD_VALID: {
    const LookupResult *result = node->payload.pointer;
    LLVMValueRef valid = lower_load(lower, lower->half, lower_address(lower, &result->valid), 0);
    lower_guard(lower, lower_compare(lower, LLVMIntNE, valid, lower_half(lower, 0)));
    return true;
  }
  case HIR_GUARD_VERSION:
  case HIR_GUARD_CLASS_VERSION: {
    int64_t offset = node->op == HIR_GUARD_VERSION ? offsetof(Function, version) : offsetof(Class, version);
    LLVMValueRef version = lower_load(lower, lower->half, lower_input(lower, 0), offset);
    lower_guard(lower, lower_compare(lower, LLVMIntEQ, version, lower_half(lower, (uint32_t)node->payload.number)));
    return true;
  }
  case HIR_GUARD_NATIVE: {
    LLVMValueRef method = lower_load(lower, word, lower_input(lower, 0), offsetof(NativeObject, method));
    LLVMValueRef wanted = lower_word(lower, (uint64_t)node->payload.number);
    lower_guard(lower, lower_compare(lower, LLVMIntEQ, method, wanted));
    return true;
  }
  case HIR_GUARD_UNWATCHED:
  case HIR_GUARD_FIELD_UNWATCHED:
    guard_unwatched(lower, node);
    return true;
  case HIR_POLL: {
    if (lower->request->is_quick && code_data_count_ticks(lower->request->data)) {
      LLVMValueRef lane = lower_load_own(lower, lower->word, lower->thread, offsetof(Thread, lane));
      LLVMValueRef lanes = lower_word(lower, (uintptr_t)lower->request->data->lanes);
      LLVMValueRef place = LLVMBuildAdd(lower->builder, lanes, lane, "");
      LLVMValueRef ticks = lower_load_own(lower, lower->half, place, 0);
      lower_store_own(lower, LLVMBuildAdd(lower->builder, ticks, lower_half(lower, 1), ""), place, 0);
    }
    LLVMValueRef poll = lower_load(lower, lower->half, lower->thread, offsetof(Thread, poll));
    LLVMSetVolatile(poll, true); // or LLVM moves it out of a loop that stores nothing, which then never ends
    lower_guard(lower, lower_compare(lower, LLVMIntEQ, poll, lower_half(lower, 0)));
    return true;
  }
  case HIR_RECHECK:
    recheck(lower, node);
    return true;
  case HIR_LOAD_REGISTER:
    lower_set(lower, lower_load_own(lower, word, lower_register(lower, node->index), 0));
    return true;
  case HIR_LOAD_FIELD:
    lower_set(lower, lower_load(lower, word, lower_input(lower, 0), node->payload.number));
    return true;
  case HIR_LOAD_FIXED:
    lower_set(lower, lower_load_own(lower, word, lower_input(lower, 0), node->payload.number));
    return true;
  case HIR_LOAD_SLOT:
    load_overflow_slot(lower, node);
    return true;
  case HIR_STORE_FIELD: {
    LLVMValueRef owner = lower_input(lower, 0);
    store_with_barrier(lower, owner, lower_pointer(lower, owner, node->payload.number), node->inputs[1]);
    return true;
  }
  case HIR_LIST_COUNT:
    lower_set(lower, scale(lower, lower_load(lower, word, lower_input(lower, 0), offsetof(List, count))));
    return true;
  case HIR_TUPLE_COUNT:
    lower_set(lower, scale(lower, lower_load_own(lower, word, lower_input(lower, 0), offsetof(Tuple, count))));
    return true;
  case HIR_LIST_GET:
    list_get(lower);
    return true;
  case HIR_LIST_SET:
    list_set(lower);
    return true;
  case HIR_LIST_ITEMS:
    lower_set(lower, lower_load(lower, word, lower_input(lower, 0), offsetof(List, items)));
    return true;
  case HIR_CHECK_INDEX:
    check_index(lower);
    return true;
  case HIR_ITEMS_GET:
    lower_set(lower, load_unordered(lower, scaled_item_address(lower)));
    return true;
  case HIR_ITEMS_SET:
    store_with_barrier(lower, lower_input(lower, 0), scaled_item_address(lower), node->inputs[2]);
    return true;
  case HIR_LIST_APPEND:
    list_append_fast(lower);
    return true;
  case HIR_TUPLE_GET:
    tuple_get(lower);
    return true;
  case HIR_RANGE_MORE:
    range_more(lower);
    return true;
  case HIR_RANGE_NEXT:
    range_next(lower);
    return true;
  case HIR_GUARD_PRIVATE:
    guard_private(lower);
    return true;
  case HIR_GUARD_ASCENDING:
    guard_ascending(lower);
    return true;
  case HIR_LIST_MORE:
  case HIR_TUPLE_MORE:
    sequence_more(lower, node->op == HIR_LIST_MORE);
    return true;
  case HIR_LIST_NEXT:
  case HIR_TUPLE_NEXT:
    sequence_next(lower, node->op == HIR_LIST_NEXT);
    return true;
  case HIR_NEW_INSTANCE:
    new_instance(lower, node);
    return true;
  case HIR_NEW_TUPLE:
    new_tuple(lower, node);
    return true;
  case HIR_NEW_LIST:
    new_list(lower, node);
    return true;
  case HIR_NEW_METHOD:
    new_by_call(lower, (const void *)make_method, "vv",
                (LLVMValueRef[]){lower_tagged(lower, node->inputs[0]), lower_tagged(lower, node->inputs[1])});
    return true;
  case HIR_NEW_INSTANCE_DICT:
    new_by_call(lower, (const void *)make_instance_dict, "v", (LLVMValueRef[]){lower_tagged(lower, node->inputs[0])});
    return true;
  case HIR_NEW_FUNCTION:
    new_by_call(lower, (const void *)make_function, "vvvv",
                (LLVMValueRef[]){lower_input(lower, 0), lower_input(lower, 1), lower_input(lower, 2),
                                 lower_tagged(lower, node->inputs[3])});
    return true;
  case HIR_NEW_ITERATOR:
    new_by_call(lower, (const void *)make_iterator, "vp",
                (LLVMValueRef[]){lower_input(lower, 0), lower_address(lower, node->shape)});
    return true;
  case HIR_NEW_PAIRS:
    new_by_call(lower, (const void *)make_pairs, "pvv",
                (LLVMValueRef[]){lower_address(lower, node->shape), lower_tagged(lower, node->inputs[0]),
                                 node->input_count > 1 ? lower_tagged(lower, node->inputs[1]) : lower_word(lower, 0)});
    return true;
  case HIR_NEW_RANGE:
    new_by_call(lower, (const void *)make_range, "vvv",
                (LLVMValueRef[]){lower_tagged(lower, node->inputs[0]), lower_tagged(lower, node->inputs[1]),
                                 lower_tagged(lower, node->inputs[2])});
    return true;
  case HIR_ADD_SLOT:
    add_slot(lower, node);
    return true;
  default:
    return false;
  }
}
