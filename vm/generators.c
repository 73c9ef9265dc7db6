// Resuming generators in place. See generators.h.
#include "vm/generators.h"
#include "runtime/heap/heap.h"
#include "runtime/object/exception.h"
#include "runtime/object/generator_internal.h"
#include "runtime/object/object.h"
#include "runtime/object/opcodes.h"
#include "runtime/runtime.h"
#include "vm/trace.h"

static const char *kind_of(const Generator *generator) {
  uint32_t flags = value_as_code(generator->code)->flags;
  return flags & CODE_COROUTINE ? "coroutine" : flags & CODE_ASYNC_GENERATOR ? "async generator" : "generator";
}

// Has throw() or close(), which claimed the running generator for this thread, handed it over to be resumed?
static bool is_handed_over(const Generator *generator) {
  if (generator_handed_over != generator) return false;
  generator_handed_over = NULL;
  return true;
}

bool generator_take_slow(Generator *generator) {
  GeneratorState state = generator_claim(generator);
  return state == GENERATOR_RUNNING ? is_handed_over(generator) : state != GENERATOR_FINISHED;
}

bool generator_refuse(const Thread *thread, const Generator *generator) {
  if (thread->recursion_depth >= runtime.recursion_limit)
    raise(CLASS_RECURSION_ERROR, "maximum recursion depth exceeded");
  else
    raise_value_error("%s already executing", kind_of(generator));
  return false;
}

void generator_return(Thread *thread) {
  generator_finish(generator_unlink(thread));
}

Value iterator_send(Thread *thread, Value iterator, Value sent) {
  Value value = sent == VALUE_NONE ? iterator_step(iterator) : value_call_method_1(iterator, "send", sent);
  if (value && value != VALUE_STOP) return value;
  Value returned = VALUE_NONE;
  if (!value) {
    if (!exception_is(CLASS_STOP_ITERATION)) return NULL;
    if (thread_is_traced(thread)) trace_exception(thread, thread->frame);
    if (!exception_is(CLASS_STOP_ITERATION)) return NULL;
    returned = ((StopIterationException *)value_cell(exception_take()))->value;
  }
  thread->returned = returned ? returned : VALUE_NONE;
  return VALUE_STOP;
}

void generator_raised(Thread *thread) {
  Generator *generator = generator_unlink(thread);
  generator_finish(generator);
  bool is_async = value_as_code(generator->code)->flags & CODE_ASYNC_GENERATOR;
  generator_replace_stop(kind_of(generator), is_async);
}

void generator_replace_stop(const char *kind, bool is_async) {
  const char *raised = exception_is(CLASS_STOP_ITERATION)                     ? "StopIteration"
                       : is_async && exception_is(CLASS_STOP_ASYNC_ITERATION) ? "StopAsyncIteration"
                                                                              : NULL;
  if (!raised) return;
  Value cause = exception_take();
  raise(CLASS_RUNTIME_ERROR, "%s raised %s", kind, raised);
  if (!exception_is(CLASS_RUNTIME_ERROR)) return;
  Exception *error = (Exception *)value_cell(exception_peek());
  gc_store(error, &error->cause, cause);
  gc_store(error, &error->context, cause);
  gc_store(error, &error->suppress_context, VALUE_TRUE);
}
