// The inside of the module _asyncio: futures and tasks in C, which asyncio takes instead of its own in Python.
//
// A Task is a Future that runs a coroutine; tasks and futures meet in the event loop, which stays Python's. Futures
// belong to one loop and so to one thread: their fields need no lock.
#pragma once

#include "runtime/object/native.h"
#include "runtime/object/object.h"

typedef enum FutureState : uint8_t { FUTURE_PENDING, FUTURE_CANCELLED, FUTURE_FINISHED } FutureState;

typedef struct Future {
  Cell head;
  Value loop;      // zero: not initialized
  Value callbacks; // list of (function, context); zero: none
  Value result, exception, exception_traceback;
  Value source_traceback, cancel_message, cancelled_exception;
  // ---- end of values
  FutureState state;
  bool log_traceback; // the exception has not been retrieved
  bool blocking;      // somebody awaits it: set by its iterator, taken back by the task that received it
} Future;

typedef struct Task {
  Future future;
  Value coroutine, context, name;
  Value waiter; // the future that the coroutine waits for; zero: a step is scheduled
  // ---- end of values
  int64_t cancel_requests;
  bool must_cancel, log_destroy_pending;
} Task;

extern struct AsyncioState {
  Class *future, *task, *future_iterator, *task_step;
  Value all_tasks, current_tasks; // weakref.WeakSet, dict: loop -> task
  Value running_loops;            // dict: thread -> (loop, process)
  Value call_soon_names;          // ("context",)
  Value task_wakeup;              // the method that a task gives to the future that it waits for
} asyncio_state;

static inline Future *as_future(Value value) {
  return (Future *)value_cell(value);
}
static inline Task *as_task(Value value) {
  return (Task *)value_cell(value);
}
// A future or task of the very classes of this module, whose fields say all there is to know.
static inline bool asyncio_is_exact(Value value) {
  Class *class = value_class(value);
  return class == asyncio_state.future || class == asyncio_state.task;
}

// `name` of a module, imported at the first use: asyncio's modules are being loaded when this one is. Zero: exception.
typedef struct AsyncioImport {
  const char *module, *name;
  Value value;
} AsyncioImport;
Value asyncio_import(AsyncioImport *import);
Value asyncio_call(AsyncioImport *import, Value *arguments, size_t count);

Value asyncio_running_loop(void); // None: there is none
Value asyncio_event_loop(void);   // the running one, or the policy's
Value asyncio_copy_context(void);
// loop.call_soon(function, argument, context=context); `argument` zero: none, `context` zero: the keyword is left out.
bool asyncio_call_soon(Value loop, Value function, Value argument, Value context);

// Futures (_asyncio_future.c)
bool future_start(Value self, Value loop); // what Future.__init__ does
bool future_require(Value self);           // has it been initialized? RuntimeError
Value future_take_result(Value self);      // what result() returns or raises
Value future_make_cancelled_error(Future *future);
bool future_finish(Value self, Value result); // pending futures only
bool future_fail(Value self, Value exception);
bool future_cancel(Value self, Value message);
Value future_add_callback(Value self, Value function, Value context);
void future_retrieved(Value self); // nobody needs to be told of the exception any more
void future_finalize(Value self);
bool asyncio_add_future_classes(Value module);

// Tasks (_asyncio_task.c)
bool asyncio_enter_task(Value loop, Value task);
bool asyncio_leave_task(Value loop, Value task);
bool asyncio_add_task_classes(Value module);
