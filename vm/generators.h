// Linking a generator's frame into the thread's chain of frames and out of it again.
#pragma once

#include "runtime/heap/heap.h"
#include "runtime/object/generator.h"
#include "runtime/object/opcodes.h"
#include "runtime/runtime.h"

// A generator that may not be resumed now: raises, gives false.
bool generator_refuse(const Thread *thread, const Generator *generator);

// Makes this thread the one that runs the generator. False: it runs already, or has ended.
bool generator_take_slow(Generator *generator);
static inline bool generator_take(Thread *thread, Generator *generator) {
  GeneratorState state = atomic_load_explicit(&generator->state, memory_order_acquire);
  bool is_idle = state == GENERATOR_CREATED || state == GENERATOR_SUSPENDED;
  bool is_own = !threads_started || atomic_load_explicit(&generator->owner, memory_order_relaxed) == thread;
  if (!is_idle || !is_own) return generator_take_slow(generator);
  atomic_store_explicit(&generator->state, GENERATOR_RUNNING, memory_order_relaxed);
  return true;
}

// Links the suspended generator's frame in behind the innermost one and hands it the value `sent` (zero: none, an
// exception will be raised there). False, exception pending: it is running already, or calls are too deep. Its frame's
// pc then stands before the instruction to go on with.
static inline bool generator_link(Thread *thread, Generator *generator, Value sent) {
  if (__builtin_expect(thread->recursion_depth >= runtime.recursion_limit || !generator_take(thread, generator), 0))
    return generator_refuse(thread, generator);
  Frame *frame = &generator->frame, *resumer = thread->frame;
  thread->recursion_depth++;
  frame->previous = resumer;
  frame->top = resumer->top;
  frame->next = resumer->kind == FRAME_GENERATOR ? resumer->next : resumer + 1;
  frame->outer_handled = thread->handled;
  if (generator->handled) thread->handled = generator->handled;
  thread->frame = frame;
  Instruction word = *frame->pc;
  if (sent && (word & 0xff) == OP_YIELD) frame->registers[instruction_a(word)] = sent;
  return true;
}

static inline Generator *generator_unlink(Thread *thread) {
  Frame *frame = thread->frame;
  Generator *generator = frame_generator(frame);
  thread->handled = frame->outer_handled;
  thread->frame = frame->previous;
  thread->recursion_depth--;
  frame->outer_handled = NULL;
  frame->previous = NULL;
  frame->exit_flags &= (uint8_t)~(FRAME_RETURNS_TO_NATIVE | FRAME_LEAVES_CALLER);
  return generator;
}

// The innermost frame, a generator's, is unlinked after a yield.
static inline void generator_suspend(Thread *thread) {
  Generator *generator = generator_unlink(thread);
  gc_remember(generator); // its registers were written without barrier
  atomic_store_explicit(&generator->state, GENERATOR_SUSPENDED, memory_order_release);
}
// Likewise after it has returned: it is finished.
void generator_return(Thread *thread);
// The next value of what is neither a generator nor a coroutine. VALUE_STOP: it has ended, thread->returned says with
// what. Zero: an exception is pending. Runs Python code.
Value iterator_send(Thread *thread, Value iterator, Value sent);
// Likewise after it has raised: a pending StopIteration becomes a RuntimeError.
void generator_raised(Thread *thread);
// The pending exception ends a generator (`kind`: what it is called): StopIteration, and StopAsyncIteration if
// `is_async`, become the cause of a RuntimeError.
void generator_replace_stop(const char *kind, bool is_async);
