// Raising, handling, and the `with` statement.
//
// What is being handled (sys.exc_info()) is Thread.handled. A handler saves what was there before in a register and
// puts it back when it ends; None stands for "nothing". A generator has a state of its own on top of its resumer's, so
// that it takes along what it handles when it is suspended.
#include "runtime/object/exception_group.h"
#include "runtime/object/generator.h"
#include "vm/handler.h"
#include "vm/unwind.h"

SLOW_HANDLER(raised) {
  SAVE();
  if (UNLIKELY(thread->leaving) && !exception_pending()) TAIL(leave_callers);
  if (!unwind(thread, true)) return NULL;
  RESUME_FRAME(0);
}
SLOW_HANDLER(unwind) {
  SAVE();
  if (!unwind(thread, false)) return NULL;
  RESUME_FRAME(0);
}

// What the compiler puts here is always an exception; bytecode made by others may be wrong.
static bool check_exception(Value value) {
  if (LIKELY(value_is_exception(value))) return true;
  raise(CLASS_SYSTEM_ERROR, "not an exception");
  return false;
}

HANDLER(RAISE) {
  SAVE();
  if (AUX == 0) {
    if (thread->handled) {
      exception_restore(thread->handled);
      TAIL(unwind);
    }
    raise(CLASS_RUNTIME_ERROR, "No active exception to reraise");
  } else
    exception_raise_from(A, AUX == 2 ? B : NULL);
  FAIL();
}
HANDLER(RERAISE) {
  SAVE();
  if (UNLIKELY(!check_exception(A))) FAIL();
  exception_restore(A);
  TAIL(unwind);
}
OPERATION_HANDLER(PUSH_HANDLED) {
  if (UNLIKELY(!check_exception(B))) return false;
  Value before = thread->handled;
  if (frame->kind == FRAME_GENERATOR) {
    Generator *generator = frame_generator(frame);
    before = generator->handled;
    gc_store(generator, &generator->handled, B);
  }
  thread->handled = B;
  A = before ? before : VALUE_NONE;
  return true;
}
OPERATION_HANDLER(POP_HANDLED) {
  Value before = value_is_exception(A) ? A : NULL;
  bool watched = heap_watches() && thread->handled && value_is_prompt(thread->handled);
  thread->handled = before ? before : frame->outer_handled;
  if (frame->kind == FRAME_GENERATOR) {
    Generator *generator = frame_generator(frame);
    gc_store(generator, &generator->handled, before);
  }
  if (watched) END_PROMPT();
  return true;
}
OPERATION_HANDLER(MATCH_EXCEPTION) {
  if (UNLIKELY(!check_exception(B))) return false;
  int matches = exception_matches(B, C);
  if (UNLIKELY(matches < 0)) return false;
  A = value_from_bool(matches);
  return true;
}
OPERATION_HANDLER(MATCH_EXCEPTION_GROUP) {
  Value match = VALUE_NONE, rest = VALUE_NONE;
  if (B != VALUE_NONE) { // None: earlier clauses have taken everything
    if (UNLIKELY(!check_exception(B) || !exception_group_match(B, C, &match, &rest))) return false;
  }
  Value *destination = &A;
  destination[0] = rest;
  destination[1] = match;
  return true;
}
OPERATION_HANDLER(PREPARE_RERAISE_STAR) {
  if (UNLIKELY(!check_exception(B))) return false;
  Value result = exception_group_reraise(B, C);
  if (UNLIKELY(!result)) return false;
  A = result;
  return true;
}
OPERATION_HANDLER(LOAD_ASSERTION_ERROR) {
  A = value_from_cell(BUILTIN(ASSERTION_ERROR));
  return true;
}

// with

static Value context_method(Value manager, Special special, const char *protocol, const char *missed) {
  Value method = value_lookup_special(manager, special);
  if (!method && !exception_pending())
    raise_type_error("'%.200T' object does not support the %scontext manager protocol%s", manager, protocol, missed);
  return method;
}
static bool enter_context(Value manager, bool is_async, Value *destination) {
  const char *protocol = is_async ? "asynchronous " : "";
  Value enter = context_method(manager, is_async ? SPECIAL_AENTER : SPECIAL_ENTER, protocol, "");
  if (!enter) return false;
  Value exit = context_method(manager, is_async ? SPECIAL_AEXIT : SPECIAL_EXIT, protocol,
                              is_async ? " (missed __aexit__ method)" : " (missed __exit__ method)");
  Value result = exit ? value_call_0(enter) : NULL;
  if (!result) return false;
  destination[0] = exit;
  destination[1] = result;
  return true;
}
OPERATION_HANDLER(ENTER_WITH) {
  if (UNLIKELY(!enter_context(B, false, &A))) return false;
  return true;
}
OPERATION_HANDLER(ENTER_ASYNC_WITH) {
  if (UNLIKELY(!enter_context(B, true, &A))) return false;
  return true;
}
OPERATION_HANDLER(EXIT_WITH_EXCEPTION) {
  if (UNLIKELY(!check_exception(C))) return false;
  Value exception = C, traceback = ((Exception *)value_cell(exception))->traceback;
  Value result =
      value_call_3(B, value_from_cell(value_class(exception)), exception, traceback ? traceback : VALUE_NONE);
  if (UNLIKELY(!result)) return false;
  A = result;
  return true;
}
HANDLER(END_ASYNC_FOR) {
  SAVE();
  if (UNLIKELY(!check_exception(A))) FAIL();
  if (value_is_instance(A, BUILTIN(STOP_ASYNC_ITERATION))) NEXT(1);
  exception_restore(A);
  TAIL(unwind);
}
