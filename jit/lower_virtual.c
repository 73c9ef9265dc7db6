// Cells that compiled code never made (pass_escape.c): they are made in the exits whose states have them, by C
// functions. One that stands in several registers of a state is made once.
#include "jit/lower_internal.h"

#include "runtime/heap/heap.h"
#include "runtime/object/call.h"
#include "runtime/object/function.h"
#include "runtime/object/sequence.h"
#include <stdlib.h>

// Out of memory for a cell on the way to the interpreter: there is no way back and no instruction that could raise.
static Value made_or_abort(Value made) {
  if (made) return made;
  fputs("Fatal Python error: out of memory on leaving compiled code\n", stderr);
  abort();
}

static Value make_virtual_tuple(Value *words, size_t count, const Shape *) {
  return made_or_abort(tuple_new(words, count));
}
static Value make_virtual_method(Value *words, size_t, const Shape *) {
  return made_or_abort(method_new(words[0], words[1]));
}
static Value make_virtual_range(Value *words, size_t, const Shape *) {
  return made_or_abort(value_call(value_from_cell(BUILTIN(RANGE)), words, 3, NULL));
}
static Value make_virtual_range_iterator(Value *words, size_t count, const Shape *shape) {
  return made_or_abort(value_iterate(make_virtual_range(words, count, shape)));
}
static Value make_virtual_sequence_iterator(Value *words, size_t, const Shape *) {
  Value iterator = made_or_abort(value_iterate(words[0]));
  ((SequenceIterator *)value_cell(iterator))->index = (size_t)value_small_int(words[1]);
  return iterator;
}
static Value make_virtual_instance(Value *words, size_t count, const Shape *shape) {
  Value *cell = cell_alloc(shape, (1 + count) * sizeof(Value));
  made_or_abort(value_from_cell(cell));
  for (size_t i = 0; i < count; i++)
    if (words[i]) gc_init(cell, cell + 1 + i, words[i]);
  return value_from_cell(cell);
}

static const void *maker_of(HirOp op) {
  switch (op) {
  case HIR_VIRTUAL_TUPLE:
    return (const void *)make_virtual_tuple;
  case HIR_VIRTUAL_METHOD:
    return (const void *)make_virtual_method;
  case HIR_VIRTUAL_RANGE:
    return (const void *)make_virtual_range;
  case HIR_VIRTUAL_RANGE_ITERATOR:
    return (const void *)make_virtual_range_iterator;
  case HIR_VIRTUAL_SEQUENCE_ITERATOR:
    return (const void *)make_virtual_sequence_iterator;
  case HIR_VIRTUAL_INSTANCE:
    return (const void *)make_virtual_instance;
  default:
    return NULL;
  }
}

LLVMValueRef lower_virtual(Lower *lower, HirNode *node) {
  LLVMValueRef values[64];
  if (node->input_count > 64) compile_give_up("a large cell that was not made");
  for (uint32_t i = 0; i < node->input_count; i++) values[i] = lower_tagged(lower, hir_node_input(node, i));
  LLVMValueRef words = lower_stack_words(lower, node->input_count);
  for (uint32_t i = 0; i < node->input_count; i++)
    lower_store_own(lower, values[i], words, (int64_t)(i * sizeof(Value)));
  LLVMValueRef arguments[] = {words, lower_word(lower, node->input_count), lower_address(lower, node->shape)};
  LLVMValueRef made = lower_call_address(lower, maker_of(node->op), 'v', "pvp", arguments);
  MadeVirtual *entry = hir_allocate(lower->function, sizeof *entry);
  *entry = (MadeVirtual){lower->made, node};
  lower->made = entry;
  node->data = (uintptr_t)made;
  return made;
}

void lower_forget_virtuals(Lower *lower) {
  for (MadeVirtual *entry = lower->made; entry; entry = entry->next) entry->node->data = 0;
  lower->made = NULL;
}
