// Tracing and profiling. See trace.h.
#include "vm/trace.h"
#include "runtime/heap/heap.h"
#include "runtime/object/exception.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "vm/interpreter.h"
#include "vm/interpreter_internal.h"

static Value event_name(TraceEvent event) {
  switch (event) {
  case TRACE_CALL:
    return NAME(call);
  case TRACE_LINE:
    return NAME(line);
  case TRACE_RETURN:
    return NAME(return);
  case TRACE_EXCEPTION:
    return NAME(exception);
  case TRACE_OPCODE:
    return NAME(opcode);
  case TRACE_C_CALL:
    return NAME(c_call);
  case TRACE_C_RETURN:
    return NAME(c_return);
  default:
    return NAME(c_exception);
  }
}

// Calls function(frame, event, argument) untraced. What a debugger does to f_locals takes effect.
static Value call_hook(Thread *thread, Value function, Frame *frame, TraceEvent event, Value argument) {
  Value object = frame_get_object(frame);
  if (!object || (event != TRACE_CALL && value_as_frame(object)->locals && !frame_get_locals(frame))) return NULL;
  thread->tracing = true;
  bool yields = event == TRACE_RETURN && opcode_base[*frame->pc & 0xff] == OP_YIELD;
  thread->traced_event = event == TRACE_CALL ? TRACED_CALL : event == TRACE_LINE || yields ? TRACED_LINE : TRACED_OTHER;
  thread->dispatch = untraced_handlers();
  Value result = value_call_3(function, object, event_name(event), argument ? argument : VALUE_NONE);
  thread->tracing = false;
  interpreter_update_tracing();
  frame_write_back_locals(frame);
  return result;
}

static bool trace_frame(Thread *thread, Frame *frame, TraceEvent event, Value argument) {
  Value function = thread->trace_function;
  if (event != TRACE_CALL) function = frame->frame_object ? value_as_frame(frame->frame_object)->trace : NULL;
  if (!function || !thread->trace_function) return true;
  Value result = call_hook(thread, function, frame, event, argument);
  FrameObject *object = frame->frame_object ? value_as_frame(frame->frame_object) : NULL;
  if (!result) {
    thread->trace_function = NULL;
    interpreter_update_tracing();
    if (object) gc_store(object, &object->trace, NULL);
    return false;
  }
  if (result != VALUE_NONE) gc_store(object, &object->trace, result);
  return true;
}
static bool profile_frame(Thread *thread, Frame *frame, TraceEvent event, Value argument) {
  if (!thread->profile_function) return true;
  if (call_hook(thread, thread->profile_function, frame, event, argument)) return true;
  thread->profile_function = NULL;
  interpreter_update_tracing();
  return false;
}

// Runs a hook while an exception is pending, which survives unless the hook raises one of its own.
static bool with_pending(Thread *thread, Frame *frame, bool (*report)(Thread *, Frame *, TraceEvent, Value),
                         TraceEvent event, Value argument) {
  Value pending = exception_peek();
  if (pending) exception_take();
  if (!report(thread, frame, event, argument)) return false;
  if (pending) exception_restore(pending);
  return true;
}

bool trace_native(Thread *thread, TraceEvent event, Value callee) {
  Frame *frame = frame_skip_entries(thread->frame);
  return !frame || with_pending(thread, frame, profile_frame, event, callee);
}
void trace_exception(Thread *thread, Frame *frame) {
  if (!frame->frame_object || !value_as_frame(frame->frame_object)->trace) return;
  Value exception = exception_peek(), traceback = ((Exception *)value_cell(exception))->traceback;
  Value argument = tuple_of(3, value_from_cell(value_class(exception)), exception, traceback ? traceback : VALUE_NONE);
  if (argument) with_pending(thread, frame, trace_frame, TRACE_EXCEPTION, argument);
}
bool trace_stop(Thread *thread, Frame *frame, Value value) {
  if (!frame->frame_object || !value_as_frame(frame->frame_object)->trace) return true;
  raise_stop_iteration(value);
  trace_exception(thread, frame);
  return exception_clear_if(CLASS_STOP_ITERATION);
}
bool trace_call(Thread *thread, Frame *frame) {
  return trace_frame(thread, frame, TRACE_CALL, NULL) && profile_frame(thread, frame, TRACE_CALL, NULL);
}
bool trace_return(Thread *thread, Frame *frame, Value value) {
  return with_pending(thread, frame, trace_frame, TRACE_RETURN, value) &&
         with_pending(thread, frame, profile_frame, TRACE_RETURN, value);
}

// A line event stands before the first instruction of each line, and of a line that a backward jump comes back to.
static bool trace_instruction(Thread *thread, Frame *frame) {
  uint32_t at = (uint32_t)(frame->pc - frame->code->words), before = frame->traced_word;
  frame->traced_word = at + 1;
  if (!thread->trace_function || !frame->frame_object) return true;
  FrameObject *object = value_as_frame(frame->frame_object);
  if (!object->trace) return true;
  PositionRange now, last;
  int line = code_position(frame->code, at, &now) ? now.line : 0;
  int last_line = before > 0 && code_position(frame->code, before - 1, &last) ? last.line : 0;
  bool is_new = line > 0 && (line != last_line || (at + 1 < before && opcode_base[*frame->pc & 0xff] != OP_SEND));
  if (is_new && object->trace_lines && !trace_frame(thread, frame, TRACE_LINE, NULL)) return false;
  return !object->trace_opcodes || trace_frame(thread, frame, TRACE_OPCODE, NULL);
}

// A generator that is moved when it yields does yield, and goes on there when it is resumed.
static bool trace_yield(Thread *thread, Frame *frame, Value value) {
  const Instruction *pc = frame->pc;
  if (!trace_return(thread, frame, value)) return false;
  if (frame->pc != pc) {
    value_as_frame(frame->frame_object)->resume_word = (uint32_t)(frame->pc - frame->code->words);
    frame->pc = pc;
  }
  return true;
}
static bool go_where_moved(Frame *frame) {
  FrameObject *object = frame->frame_object ? value_as_frame(frame->frame_object) : NULL;
  if (!object || object->resume_word == 0) return false;
  frame->pc = frame->code->words + object->resume_word;
  object->resume_word = 0;
  return true;
}

static bool report_before(Thread *thread, Frame *frame, Value *registers, Instruction word) {
  const Instruction *pc = frame->pc;
  unsigned opcode = opcode_base[word & 0xff];
  if (opcode == OP_ENTER_CLOSURE || opcode == OP_RETURN_GENERATOR) return true;
  if (opcode == OP_RESUME) {
    if (AUX != 0 && go_where_moved(frame)) return true;
    frame->traced_word = AUX == 0 ? 0 : (uint32_t)(frame->pc - frame->code->words) + 1;
    return trace_call(thread, frame);
  }
  if (!trace_instruction(thread, frame)) return false;
  if (frame->pc != pc) return true; // moved away
  if (opcode == OP_RETURN) return trace_return(thread, frame, A);
  if (opcode == OP_RETURN_CONST) return trace_return(thread, frame, frame->constants[(uint32_t)instruction_bc(word)]);
  return opcode != OP_YIELD || trace_yield(thread, frame, B);
}

SLOW_HANDLER(trace) {
  SAVE();
  if (thread_is_traced(thread)) {
    if (UNLIKELY(!report_before(thread, frame, registers, word))) FAIL();
    if (frame->pc != pc) { // f_lineno has been set: the line that was chosen is not reported once more
      pc = frame->pc;
      frame->traced_word = (uint32_t)(pc - frame->code->words) + 1;
      word = instruction_load(pc);
      if (opcode_base[word & 0xff] != OP_RESUME) NEXT_RELOAD(0);
    }
  }
  table = thread->dispatch;
  [[clang::musttail]] return ((const Handler *)plain_handlers)[opcode_base[word & 0xff]](HANDLER_ARGUMENTS);
}
