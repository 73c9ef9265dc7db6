// Generators, coroutines: resumed and suspended in place, without recursion in C.
//
// Whoever resumes a generator stands at a FOR_ITERATOR or SEND (C stands at an imitation of SEND, interpreter.c). So
// YIELD and RETURN find out from the resumer's instruction where the value goes and where it goes on. A generator that
// C or machine code resumes (vm/compiled_call.h) returns to it: what it yields, or VALUE_STOP.
#include "runtime/object/generator.h"
#include "vm/call.h"
#include "vm/consumers.h"
#include "vm/generators.h"
#include "vm/handler.h"
#include "vm/trace.h"

HANDLER(RETURN_GENERATOR) {
  SAVE();
  if (consumer_takes_over(thread, frame)) RESUME_FRAME(0);
  Value generator = generator_new(frame);
  if (UNLIKELY(!generator)) FAIL();
  if (UNLIKELY(frame->exit_flags & FRAME_RETURNS_RESULT)) {
    raise_type_error("__init__() should return None, not '%T'", generator);
    FAIL();
  }
  unsigned destination = frame->return_register, words = frame->return_words;
  bool to_native = frame->exit_flags & FRAME_RETURNS_TO_NATIVE;
  frame_pop(thread);
  frame = thread->frame;
  frame->registers[destination] = generator;
  if (to_native) return generator;
  RESUME_FRAME(words);
}

SLOW_HANDLER(resume_finished) {
  if ((word & 0xff) == OP_SEND) {
    if (VALUE_IS_EXACT(B, COROUTINE)) {
      raise(CLASS_RUNTIME_ERROR, "cannot reuse already awaited coroutine");
      FAIL();
    }
    A = VALUE_NONE;
  }
  NEXT(instruction_c(word));
}
HANDLER(resume_generator) {
  Generator *generator = value_as_generator(B);
  SAVE();
  if (atomic_load_explicit(&generator->state, memory_order_relaxed) == GENERATOR_FINISHED) TAIL(resume_finished);
  Value sent = (word & 0xff) == OP_SEND ? A : VALUE_NONE;
  if (UNLIKELY(!generator_link(thread, generator, sent))) FAIL();
  frame = &generator->frame;
  registers = frame->registers;
  pc = frame->pc;
  NEXT(1);
}

HANDLER(YIELD) {
  SAVE();
  Value value = B;
  bool to_native = frame->exit_flags & FRAME_RETURNS_TO_NATIVE;
  generator_suspend(thread);
  if (UNLIKELY(to_native)) return value;
  frame = thread->frame;
  registers = frame->registers;
  pc = frame->pc;
  word = instruction_load(pc);
  A = value;
  NEXT(1);
}
// A resumer that is traced gets to see a StopIteration where CPython raises one: if the generator returns something, if
// it was sent something, and of every coroutine. (`frame` stands at its FOR_ITERATOR or SEND, which `value` is for.)
SLOW_HANDLER(generator_ends_traced) {
  Value value = thread->returned;
  bool is_send = (word & 0xff) == OP_SEND;
  bool raises = value != VALUE_NONE || (is_send && (A != VALUE_NONE || VALUE_IS_EXACT(B, COROUTINE)));
  if (is_send) A = value;
  if (raises && !trace_stop(thread, frame, value)) FAIL();
  NEXT_RELOAD(instruction_c(word));
}
HANDLER(return_from_generator) {
  Value value = (word & 0xff) == OP_RETURN ? A : frame->constants[(uint32_t)instruction_bc(word)];
  bool to_native = frame->exit_flags & FRAME_RETURNS_TO_NATIVE;
  generator_return(thread);
  thread->returned = value;
  if (UNLIKELY(to_native)) return VALUE_STOP;
  frame = thread->frame;
  registers = frame->registers;
  pc = frame->pc;
  word = instruction_load(pc);
  if (UNLIKELY(table == tracing_handlers)) TAIL(generator_ends_traced);
  if ((word & 0xff) == OP_SEND) A = value;
  NEXT(instruction_c(word));
}

// Sends to what is neither a generator nor a coroutine.
SLOW_HANDLER(send_slow) {
  SAVE();
  Value value = iterator_send(thread, B, A);
  if (UNLIKELY(!value)) FAIL();
  table = thread->dispatch;
  if (value == VALUE_STOP) {
    A = thread->returned;
    NEXT(instruction_c(word));
  }
  A = value;
  NEXT(1);
}
HANDLER(SEND) {
  Value receiver = B;
  if (VALUE_IS_EXACT(receiver, COROUTINE) || VALUE_IS_EXACT(receiver, GENERATOR)) TAIL(resume_generator);
  TAIL(send_slow);
}

OPERATION_RESULT(ASYNC_GENERATOR_WRAP, async_generator_wrap(B))

OPERATION_RESULT(GET_YIELD_FROM_ITERATOR, coroutine_yield_from_iterator(B, frame->code))

OPERATION_RESULT(GET_AWAITABLE, coroutine_get_awaitable(B, AUX))

OPERATION_RESULT(GET_ASYNC_ITERATOR, async_iterator_of(B))
OPERATION_RESULT(GET_ASYNC_NEXT, async_next_awaitable(B))
