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
bool trace_call(Thread *thread, Frame *frame) {
  return trace_frame(thread, frame, TRACE_CALL, NULL) && profile_frame(thread, frame, TRACE_CALL, NULL);
}
bool trace_return(Thread *thread, Frame *frame, Value value) {
  return with_pending(thread, frame, trace_frame, TRACE_RETURN, value) &&
         with_pending(thread, frame, profile_frame, TRACE_RETURN, value);
}

// Does the instruction at word `at` follow the SEND at word `send` because its awaitable has come to its end, in a way
// that CPython raises StopIteration for? It does without for generators and native iterators that return nothing.
static bool ends_send(const Frame *frame, uint32_t send, uint32_t at) {
  Instruction word = frame->code->words[send];
  if (opcode_base[word & 0xff] != OP_SEND || at != send + instruction_c(word)) return false;
  Value receiver = frame->registers[instruction_b(word)], returned = frame->registers[instruction_a(word)];
  if (!receiver || returned != VALUE_NONE) return true;
  Value next = value_special(receiver, SPECIAL_NEXT);
  return !next || value_is_function(next);
}
// A trace function gets to see the exception.
static bool trace_end_of_send(Thread *thread, Frame *frame) {
  Value exception = value_call_0(value_from_cell(BUILTIN(STOP_ITERATION)));
  Value argument = exception ? tuple_of(3, value_from_cell(BUILTIN(STOP_ITERATION)), exception, VALUE_NONE) : NULL;
  return argument && trace_frame(thread, frame, TRACE_EXCEPTION, argument);
}

// A line event stands before the first instruction of each line, and of a line that a backward jump comes back to.
static bool trace_instruction(Thread *thread, Frame *frame) {
  uint32_t at = (uint32_t)(frame->pc - frame->code->words), before = frame->traced_word;
  frame->traced_word = at + 1;
  if (!thread->trace_function || !frame->frame_object) return true;
  FrameObject *object = value_as_frame(frame->frame_object);
  if (!object->trace) return true;
  if (before > 0 && ends_send(frame, before - 1, at) && !trace_end_of_send(thread, frame)) return false;
  PositionRange now, last;
  int line = code_position(frame->code, at, &now) ? now.line : 0;
  int last_line = before > 0 && code_position(frame->code, before - 1, &last) ? last.line : 0;
  bool is_new = line > 0 && (line != last_line || (at + 1 < before && opcode_base[*frame->pc & 0xff] != OP_SEND));
  if (is_new && object->trace_lines && !trace_frame(thread, frame, TRACE_LINE, NULL)) return false;
  return !object->trace_opcodes || trace_frame(thread, frame, TRACE_OPCODE, NULL);
}

static bool report_before(Thread *thread, Frame *frame, Value *registers, Instruction word) {
  switch (opcode_base[word & 0xff]) {
  case OP_RESUME:
    frame->traced_word = AUX == 0 ? 0 : (uint32_t)(frame->pc - frame->code->words) + 1;
    return trace_call(thread, frame);
  case OP_ENTER_CLOSURE:
  case OP_RETURN_GENERATOR:
    return true;
  case OP_RETURN:
    return trace_instruction(thread, frame) && trace_return(thread, frame, A);
  case OP_RETURN_CONST:
    return trace_instruction(thread, frame) &&
           trace_return(thread, frame, frame->constants[(uint32_t)instruction_bc(word)]);
  case OP_YIELD:
    return trace_instruction(thread, frame) && trace_return(thread, frame, B);
  default:
    return trace_instruction(thread, frame);
  }
}

SLOW_HANDLER(trace) {
  SAVE();
  if (thread_is_traced(thread)) {
    if (UNLIKELY(!report_before(thread, frame, registers, word))) FAIL();
    if (frame->pc != pc) { // f_lineno has been set: the line that was chosen is not reported once more
      pc = frame->pc;
      frame->traced_word = (uint32_t)(pc - frame->code->words) + 1;
      word = instruction_load(pc);
    }
  }
  table = thread->dispatch;
  [[clang::musttail]] return ((const Handler *)plain_handlers)[opcode_base[word & 0xff]](HANDLER_ARGUMENTS);
}
