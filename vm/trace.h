// sys.settrace and sys.setprofile.
//
// While a thread has a trace or profile function its dispatch table is `tracing_handlers`: every instruction passes
// through a handler that reports line, call, return and opcode events and then jumps to the plain handler. So programs
// that are not traced pay nothing.
#pragma once

#include "runtime/object/frame.h"

typedef enum TraceEvent : uint8_t {
  TRACE_CALL,
  TRACE_LINE,
  TRACE_RETURN,
  TRACE_EXCEPTION,
  TRACE_OPCODE,
  TRACE_C_CALL,
  TRACE_C_RETURN,
  TRACE_C_EXCEPTION,
} TraceEvent;

// Handlers by opcode: the plain ones, and those that trace.
extern const void *const plain_handlers;
// The same handlers; but since it is another table, compiled code is not entered, and left behind its next call. In use
// while allocations are observed, so that each is made by the interpreter and its frame tells the line.
extern const void *const observed_handlers;
// Which of the two the interpreter uses where nothing is traced.
const void *untraced_handlers(void);
extern const void *const tracing_handlers;

static inline bool thread_is_traced(const Thread *thread) {
  return (thread->trace_function || thread->profile_function) && !thread->tracing;
}
// Reports a call of native code to the profile function; C_RETURN and C_EXCEPTION keep a pending exception. False: the
// profile function raised.
bool trace_native(Thread *thread, TraceEvent event, Value callee);
// Reports that `frame` is entered. False: the function raised.
bool trace_call(Thread *thread, Frame *frame);
// Reports the exception pending in the innermost frame.
void trace_exception(Thread *thread, Frame *frame);
// Reports the StopIteration by which a generator that returned `value` would tell `frame`, which has resumed it, that
// it has ended. False: the function raised.
bool trace_stop(Thread *thread, Frame *frame, Value value);
// Reports that `frame` returns `value`, or raises (zero: None, the exception stays pending). False: the function
// raised.
bool trace_return(Thread *thread, Frame *frame, Value value);
