// Generators, coroutines and async generators: one layout, a frame inside a cell.
//
// The frame's record and registers live in the cell, so that resuming links the record into the thread's chain and
// copies nothing. While suspended, `frame.pc` stands at the YIELD (or at RETURN_GENERATOR: not yet started).
//
// Only one thread runs a generator at a time. Mostly it is always the same one: the first that resumes it is its owner,
// and takes it by looking at `state` and storing GENERATOR_RUNNING; there is no safepoint between the two. Another
// thread that wants it stops the world and makes it GENERATOR_SHARED; from then on all take it by compare and swap.
#pragma once

#include "runtime/object/frame.h"

typedef enum GeneratorState : uint8_t {
  GENERATOR_CREATED,
  GENERATOR_SUSPENDED,
  GENERATOR_RUNNING,
  GENERATOR_FINISHED,
} GeneratorState;

typedef struct Generator {
  Cell head;
  Value name, qualified_name; // str
  Value code;                 // kept when the frame is gone
  Value handled;              // the exception that the generator itself is handling while suspended; zero: none
  Value origin;               // cr_origin: tuple, or zero
  Value finalizer;            // async generators: what sys.set_asyncgen_hooks gave; zero: none
  // ---- end of values
  _Atomic GeneratorState state;
  bool hooks_called;  // async generators: firstiter hook
  bool closed;        // async generators: aclose() or an exception ended it
  bool running_async; // an asend/athrow/aclose is in progress
  uint32_t register_count;
  Thread *_Atomic owner; // NULL: nobody yet. Who has ended may be followed by another thread at the same address
  Frame frame;
  Value registers[];
} Generator;
#define GENERATOR_SHARED ((Thread *)1)

static inline Generator *value_as_generator(Value value) {
  return (Generator *)value_cell(value);
}
static inline Generator *frame_generator(const Frame *frame) {
  return value_as_generator(frame->generator);
}
// Generator, coroutine or async generator.
bool value_is_generator(Value value);

// Moves the innermost frame (of code with a generator flag) into a new generator of the class its code's flags say. The
// frame itself is left as it was. Zero: MemoryError.
Value generator_new(Frame *frame);
// Makes this thread the one that runs it, and returns the state before: GENERATOR_FINISHED, then there is nothing to
// run; GENERATOR_RUNNING, then somebody else does. No locks may be held.
GeneratorState generator_claim(Generator *generator);
// Releases the frame of a generator that returned or raised.
void generator_finish(Generator *generator);
// What a suspended generator waits for (yield from, await), or zero.
Value generator_delegate(Generator *generator);

// What __next__, send, throw and close do, for all three kinds. Results as of iterator_next(): the value, VALUE_STOP
// when it returned None, zero with an exception pending (StopIteration if it returned a value).
Value generator_send(Value generator, Value value);
Value generator_throw(Value generator, Value type, Value value, Value traceback);
bool generator_close(Value generator);
// Like generator_throw, but a GeneratorExit is thrown into what the generator waits for instead of closing that.
Value generator_throw_unclosed(Value generator, Value type, Value value, Value traceback);

// next(iterator) for who wants the value that the iterator ends with: an item, VALUE_STOP for None, zero with
// StopIteration or another exception.
Value iterator_step(Value iterator);

// Awaiting and asynchronous iteration, as the instructions of the same names need them.
Value coroutine_get_awaitable(Value value, int context); // context: 0 await, 1 __aenter__, 2 __aexit__ (messages)
Value coroutine_yield_from_iterator(Value value, const Code *code);
Value async_iterator_of(Value value);    // GET_ASYNC_ITERATOR
Value async_next_awaitable(Value value); // GET_ASYNC_NEXT
Value async_generator_wrap(Value value); // a yield inside an async generator, as distinct from an await's
// anext(iterator, default): awaits `awaitable`, gives `otherwise` in place of StopAsyncIteration.
Value anext_awaitable_new(Value awaitable, Value otherwise);
