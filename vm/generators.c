// Resuming generators in place. See generators.h.
#include "vm/generators.h"
#include "runtime/heap/heap.h"
#include "runtime/object/exception.h"
#include "runtime/object/generator_internal.h"
#include "runtime/object/object.h"
#include "runtime/object/opcodes.h"
#include "runtime/runtime.h"

static const char *kind_of(const Generator *generator) {
  uint32_t flags = value_as_code(generator->code)->flags;
  return flags & CODE_COROUTINE ? "coroutine" : flags & CODE_ASYNC_GENERATOR ? "async generator" : "generator";
}

// Makes this thread the one that runs the generator.
static bool take(Generator *generator) {
  GeneratorState state = atomic_load_explicit(&generator->state, memory_order_acquire);
  while (state == GENERATOR_CREATED || state == GENERATOR_SUSPENDED) {
    if (!threads_started) {
      atomic_store_explicit(&generator->state, GENERATOR_RUNNING, memory_order_relaxed);
      return true;
    }
    if (atomic_compare_exchange_weak(&generator->state, &state, GENERATOR_RUNNING)) return true;
  }
  if (state == GENERATOR_RUNNING && generator_handed_over == generator) {
    generator_handed_over = NULL;
    return true;
  }
  raise_value_error("%s already executing", kind_of(generator));
  return false;
}

bool generator_link(Thread *thread, Generator *generator, Value sent) {
  if (thread->recursion_depth >= runtime.recursion_limit) {
    raise(CLASS_RECURSION_ERROR, "maximum recursion depth exceeded");
    return false;
  }
  if (!take(generator)) return false;
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

static Generator *unlink(Thread *thread) {
  Frame *frame = thread->frame;
  Generator *generator = frame_generator(frame);
  thread->handled = frame->outer_handled;
  thread->frame = frame->previous;
  thread->recursion_depth--;
  frame->outer_handled = NULL;
  frame->previous = NULL;
  frame->exit_flags &= (uint8_t)~FRAME_RETURNS_TO_NATIVE;
  return generator;
}

void generator_suspend(Thread *thread) {
  Generator *generator = unlink(thread);
  gc_remember(generator); // its registers were written without barrier
  atomic_store_explicit(&generator->state, GENERATOR_SUSPENDED, memory_order_release);
}

void generator_return(Thread *thread) {
  generator_finish(unlink(thread));
}

Value iterator_send(Thread *thread, Value iterator, Value sent) {
  Value value = sent == VALUE_NONE ? iterator_step(iterator) : value_call_method_1(iterator, "send", sent);
  if (value && value != VALUE_STOP) return value;
  Value returned = VALUE_NONE;
  if (!value) {
    if (!exception_is(CLASS_STOP_ITERATION)) return NULL;
    returned = ((StopIterationException *)value_cell(exception_take()))->value;
  }
  thread->returned = returned ? returned : VALUE_NONE;
  return VALUE_STOP;
}

void generator_raised(Thread *thread) {
  Generator *generator = unlink(thread);
  generator_finish(generator);
  bool is_async = value_as_code(generator->code)->flags & CODE_ASYNC_GENERATOR;
  const char *raised = exception_is(CLASS_STOP_ITERATION)                     ? "StopIteration"
                       : is_async && exception_is(CLASS_STOP_ASYNC_ITERATION) ? "StopAsyncIteration"
                                                                              : NULL;
  if (!raised) return;
  Value cause = exception_take();
  raise(CLASS_RUNTIME_ERROR, "%s raised %s", kind_of(generator), raised);
  if (!exception_is(CLASS_RUNTIME_ERROR)) return;
  Exception *error = (Exception *)value_cell(exception_peek());
  gc_store(error, &error->cause, cause);
  gc_store(error, &error->context, cause);
  gc_store(error, &error->suppress_context, VALUE_TRUE);
}
