// Moves, constants, jumps, safepoints, iteration: what steers a program.
#include "runtime/object/generator.h"
#include "vm/handler.h"
#include "vm/import.h"
#include "vm/jit_hooks.h"
#include "vm/trace.h"

HANDLER(NOP) {
  NEXT(1);
}
HANDLER(MOVE) {
  A = B;
  NEXT(1);
}
HANDLER(LOAD_CONST) {
  Value *destination = &A, value = frame->constants[(uint32_t)instruction_bc(word)];
  if (UNLIKELY(value == VALUE_NONE) && heap_watches() && instruction_a(word) < frame->code->local_count &&
      value_is_prompt(*destination)) { // name = None is how programs let go of things
    *destination = value;
    NEXT_PROMPT(1);
  }
  *destination = value;
  NEXT(1);
}
HANDLER(CLEAR) { // the name of an except clause, mostly; a temporary may have held anything before
  Value *local = &A;
  bool is_name = instruction_a(word) < frame->code->local_count;
  if (is_name && heap_watches() && *local && value_is_prompt(*local)) {
    *local = NULL;
    NEXT_PROMPT(1);
  }
  *local = NULL;
  NEXT(1);
}

static bool raise_unbound_local(const Frame *frame, Instruction word) {
  Value name = tuple_item(frame->code->variable_names, instruction_a(word));
  raise(CLASS_UNBOUND_LOCAL_ERROR, "cannot access local variable '%U' where it is not associated with a value", name);
  return false;
}
SLOW_HANDLER(unbound_local) {
  SAVE();
  raise_unbound_local(frame, word);
  FAIL();
}
HANDLER(CHECK_BOUND) {
  if (UNLIKELY(!A)) TAIL(unbound_local);
  NEXT(1);
}
OPERATION_FUNCTION(operation_MOVE) {
  A = B;
  return true;
}
OPERATION_FUNCTION(operation_CLEAR) {
  bool watched = heap_watches() && A && value_is_prompt(A);
  A = NULL;
  if (watched) END_PROMPT();
  return true;
}
OPERATION_FUNCTION(operation_LOAD_CONST) {
  bool watched = heap_watches() && instruction_a(word) < frame->code->local_count && value_is_prompt(A);
  A = frame->constants[(uint32_t)instruction_bc(word)];
  if (watched && A == VALUE_NONE) END_PROMPT();
  return true;
}
OPERATION_FUNCTION(operation_CHECK_BOUND) {
  return A || raise_unbound_local(frame, word);
}
OPERATION_FUNCTION(operation_DELETE_LOCAL) {
  if (UNLIKELY(!A)) return raise_unbound_local(frame, word);
  bool watched = heap_watches() && value_is_prompt(A);
  A = NULL;
  if (watched) END_PROMPT();
  return true;
}
// Cells whose end somebody can see go at once when the name that held them does. It costs a load while there are none.
static void forget_prompt(Thread *thread) {
  if (atomic_load_explicit(&thread->poll, memory_order_relaxed) & POLL_PROMPT)
    atomic_fetch_and_explicit(&thread->poll, ~(uint32_t)POLL_PROMPT, memory_order_relaxed);
}
SLOW_HANDLER(prompt) {
  forget_prompt(thread);
  if (!import_is_running(frame)) heap_prompt_collect(PROMPT_BETWEEN);
  RESUME_FRAME(0);
}
HANDLER(DELETE_LOCAL) {
  Value *local = &A;
  if (UNLIKELY(!*local)) TAIL(unbound_local);
  if (heap_watches() && value_is_prompt(*local)) {
    *local = NULL;
    NEXT_PROMPT(1);
  }
  *local = NULL;
  NEXT(1);
}

// Safepoints. They count too: what is executed often is hot (vm/jit_hooks.h).

static inline bool is_now_hot(Thread *thread, const Instruction *pc) {
  return --*jit_counter(thread, pc) == 0;
}
SLOW_HANDLER(resume_slow) {
  SAVE();
  if (import_is_running(frame)) forget_prompt(thread); // its locks of modules, which have weak references
  if (!safepoint_handle()) FAIL();
  NEXT_RELOAD(2);
}
HANDLER(RESUME) {
  if (UNLIKELY(atomic_load_explicit(&thread->poll, memory_order_relaxed) != 0)) TAIL(resume_slow);
  if (UNLIKELY(is_now_hot(thread, pc))) TAIL(hot);
  NEXT(2);
}
SLOW_HANDLER(loop_slow) {
  SAVE();
  if (!safepoint_handle()) FAIL();
  NEXT_RELOAD(instruction_bc(word));
}
HANDLER(LOOP) {
  if (UNLIKELY(atomic_load_explicit(&thread->poll, memory_order_relaxed) != 0)) TAIL(loop_slow);
  if (UNLIKELY(is_now_hot(thread, pc))) TAIL(hot);
  NEXT(instruction_bc(word));
}

HANDLER(JUMP) {
  NEXT(instruction_bc(word));
}
HANDLER(JUMP_IF_NONE) {
  if (A == VALUE_NONE) NEXT(instruction_bc(word));
  NEXT(1);
}
HANDLER(JUMP_IF_NOT_NONE) {
  if (A != VALUE_NONE) NEXT(instruction_bc(word));
  NEXT(1);
}

// Iteration

OPERATION_HANDLER(GET_ITERATOR) {
  Value iterable = B, iterator = value_iterate(iterable);
  if (UNLIKELY(!iterator)) return false;
  bool is_new = VALUE_IS_EXACT(iterable, RANGE)   ? VALUE_IS_EXACT(iterator, RANGE_ITERATOR)
                : VALUE_IS_EXACT(iterable, LIST)  ? VALUE_IS_EXACT(iterator, LIST_ITERATOR)
                : VALUE_IS_EXACT(iterable, TUPLE) ? VALUE_IS_EXACT(iterator, TUPLE_ITERATOR)
                                                  : false;
  if (is_new && !frame->code->is_foreign) iterator_set_private(iterator);
  A = iterator;
  return true;
}

// FOR_ITERATOR finds out what R[b] is and quickens; a form that meets another iterator takes the general path.
// iterator_next(), but a StopIteration that was raised is reported.
static Value iterator_next_traced(Thread *thread, Frame *frame, Value iterator) {
  Value item = iterator_step(iterator);
  if (item || !exception_is(CLASS_STOP_ITERATION)) return item;
  trace_exception(thread, frame);
  return exception_clear_if(CLASS_STOP_ITERATION) ? VALUE_STOP : NULL;
}
SLOW_HANDLER(for_iterator_slow) {
  SAVE();
  Value item = UNLIKELY(table == tracing_handlers) ? iterator_next_traced(thread, frame, B) : iterator_next(B);
  if (UNLIKELY(!item)) FAIL();
  table = thread->dispatch;
  if (item == VALUE_STOP) NEXT(instruction_c(word));
  A = item;
  NEXT(1);
}
static unsigned iterator_form(Value iterator) {
  if (VALUE_IS_EXACT(iterator, GENERATOR)) return OP_FOR_ITERATOR_GENERATOR;
  if (VALUE_IS_EXACT(iterator, LIST_ITERATOR)) return OP_FOR_ITERATOR_LIST;
  if (VALUE_IS_EXACT(iterator, RANGE_ITERATOR)) return OP_FOR_ITERATOR_RANGE;
  if (VALUE_IS_EXACT(iterator, TUPLE_ITERATOR)) return OP_FOR_ITERATOR_TUPLE;
  return OP_FOR_ITERATOR;
}
HANDLER(FOR_ITERATOR) {
  Value iterator = B;
  unsigned form = iterator_form(iterator);
  if (form != OP_FOR_ITERATOR) instruction_quicken(pc, word, form);
  if (form == OP_FOR_ITERATOR_GENERATOR) TAIL(resume_generator);
  TAIL(for_iterator_slow);
}
HANDLER(FOR_ITERATOR_GENERATOR) {
  if (UNLIKELY(!VALUE_IS_EXACT(B, GENERATOR))) TAIL(for_iterator_slow);
  TAIL(resume_generator);
}
// May no other thread be moving this iterator?
static inline bool iterator_is_private(Value iterator) {
  return !threads_started || cell_has_flag(value_cell(iterator), ITERATOR_PRIVATE);
}
#define FOR_SEQUENCE(ID, sequence_count, sequence_item)                                                                \
  {                                                                                                                    \
    Value iterator = B;                                                                                                \
    if (UNLIKELY(!VALUE_IS_EXACT(iterator, ID) || !iterator_is_private(iterator))) TAIL(for_iterator_slow);            \
    SequenceIterator *state = (SequenceIterator *)value_cell(iterator);                                                \
    Value sequence = state->sequence;                                                                                  \
    size_t index = state->index;                                                                                       \
    if (UNLIKELY(!sequence || index >= sequence_count(sequence))) TAIL(for_iterator_slow);                             \
    Value item = sequence_item(sequence, index);                                                                       \
    if (UNLIKELY(!item)) TAIL(for_iterator_slow);                                                                      \
    state->index = index + 1;                                                                                          \
    A = item;                                                                                                          \
    NEXT(1);                                                                                                           \
  }
static inline Value list_item_unlocked(Value list, size_t index) {
  if (threads_started) return list_item(list, index);
  const ListItems *items = (const ListItems *)value_cell(value_as_list(list)->items);
  return index < items->capacity ? gc_load(&items->items[index]) : NULL;
}
HANDLER(FOR_ITERATOR_LIST)
FOR_SEQUENCE(LIST_ITERATOR, list_count, list_item_unlocked)
HANDLER(FOR_ITERATOR_TUPLE) FOR_SEQUENCE(TUPLE_ITERATOR, tuple_count, tuple_item) HANDLER(FOR_ITERATOR_RANGE) {
  Value iterator = B;
  if (UNLIKELY(!VALUE_IS_EXACT(iterator, RANGE_ITERATOR) || !iterator_is_private(iterator))) TAIL(for_iterator_slow);
  RangeIterator *range = (RangeIterator *)value_cell(iterator);
  size_t index = range->index;
  if (UNLIKELY(index >= range->length)) NEXT(instruction_c(word));
  range->index = index + 1;
  A = value_from_small_int(range->start + (int64_t)index * range->step);
  NEXT(1);
}
