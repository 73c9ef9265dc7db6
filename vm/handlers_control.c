// Moves, constants, jumps, safepoints, iteration: what steers a program.
#include "runtime/object/container.h"
#include "vm/handler.h"

HANDLER(NOP) {
  NEXT(1);
}
HANDLER(MOVE) {
  A = B;
  NEXT(1);
}
HANDLER(LOAD_CONST) {
  A = frame->constants[(uint32_t)instruction_bc(word)];
  NEXT(1);
}
HANDLER(CLEAR) {
  A = NULL;
  NEXT(1);
}

SLOW_HANDLER(unbound_local) {
  SAVE();
  Value name = tuple_item(frame->code->variable_names, instruction_a(word));
  raise(CLASS_UNBOUND_LOCAL_ERROR, "cannot access local variable '%U' where it is not associated with a value", name);
  FAIL();
}
HANDLER(CHECK_BOUND) {
  if (UNLIKELY(!A)) TAIL(unbound_local);
  NEXT(1);
}
HANDLER(DELETE_LOCAL) {
  if (UNLIKELY(!A)) TAIL(unbound_local);
  A = NULL;
  NEXT(1);
}

// Safepoints

SLOW_HANDLER(resume_slow) {
  SAVE();
  if (!safepoint_handle()) FAIL();
  NEXT_RELOAD(1);
}
HANDLER(RESUME) {
  if (UNLIKELY(atomic_load_explicit(&thread->poll, memory_order_relaxed) != 0)) TAIL(resume_slow);
  NEXT(1);
}
SLOW_HANDLER(loop_slow) {
  SAVE();
  if (!safepoint_handle()) FAIL();
  NEXT_RELOAD(instruction_bc(word));
}
HANDLER(LOOP) {
  if (UNLIKELY(atomic_load_explicit(&thread->poll, memory_order_relaxed) != 0)) TAIL(loop_slow);
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

HANDLER(GET_ITERATOR) {
  SAVE();
  Value iterator = value_iterate(B);
  if (UNLIKELY(!iterator)) FAIL();
  A = iterator;
  NEXT_RELOAD(1);
}

// FOR_ITERATOR itself runs once: it finds out what R[b] is and quickens. A quickened form that meets another iterator
// comes back here.
SLOW_HANDLER(for_iterator_slow) {
  SAVE();
  Value item = iterator_next(B);
  if (UNLIKELY(!item)) FAIL();
  table = thread->dispatch;
  if (item == VALUE_STOP) NEXT(instruction_c(word));
  A = item;
  NEXT(1);
}
HANDLER(FOR_ITERATOR) {
  Value iterator = B;
  if (VALUE_IS_EXACT(iterator, GENERATOR)) {
    instruction_quicken(pc, word, OP_FOR_ITERATOR_GENERATOR);
    TAIL(resume_generator);
  }
  TAIL(for_iterator_slow);
}
HANDLER(FOR_ITERATOR_GENERATOR) {
  if (UNLIKELY(!VALUE_IS_EXACT(B, GENERATOR))) TAIL(for_iterator_slow);
  TAIL(resume_generator);
}
HANDLER(FOR_ITERATOR_LIST) {
  TAIL(FOR_ITERATOR);
}
HANDLER(FOR_ITERATOR_TUPLE) {
  TAIL(FOR_ITERATOR);
}
HANDLER(FOR_ITERATOR_RANGE) {
  TAIL(FOR_ITERATOR);
}
HANDLER(FOR_ITERATOR_NATIVE) {
  TAIL(FOR_ITERATOR);
}
