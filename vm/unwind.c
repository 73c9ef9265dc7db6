// Unwinding. Each code object has a table of instruction ranges and their handlers, innermost first, so that code which
// does not raise pays nothing.
#include "vm/unwind.h"
#include "runtime/object/exception.h"
#include "runtime/object/opcodes.h"
#include "vm/call.h"
#include "vm/consumers.h"
#include "vm/generators.h"
#include "vm/trace.h"

static const ExceptionRange *find_handler(const Frame *frame) {
  const Code *code = frame->code;
  uint32_t at = (uint32_t)(frame->pc - code->words);
  for (uint32_t i = 0; i < code->exception_count; i++)
    if (code->exceptions[i].start <= at && at < code->exceptions[i].end) return &code->exceptions[i];
  return NULL;
}

// A handler's cleanup raises again from where the exception came: a frame that ends so shows that line.
static bool is_reraise_in_place(const Frame *frame) {
  Instruction word = __atomic_load_n(frame->pc, __ATOMIC_RELAXED); // another thread may be specializing it
  return instruction_opcode(word) == OP_RERAISE && instruction_auxiliary(word);
}

bool unwind(Thread *thread, bool add_entry) {
  for (;; add_entry = true) {
    Frame *frame = thread->frame;
    if (frame->kind == FRAME_ENTRY) return false;
    bool is_consumer = consumer_raised(frame);
    if (add_entry && !is_consumer) {
      exception_add_traceback(frame);
      if (thread_is_traced(thread)) trace_exception(thread, frame);
    }
    const ExceptionRange *range = find_handler(frame);
    bool keeps_place = is_reraise_in_place(frame);
    if (range) {
      if (!keeps_place) frame->raise_word = (uint32_t)(frame->pc - frame->code->words);
      frame->registers[range->target] = exception_take();
      frame->pc = frame->code->words + range->handler;
      return true;
    }
    if (keeps_place) frame->pc = frame->code->words + frame->raise_word;
    if (thread_is_traced(thread)) trace_return(thread, frame, NULL);
    bool to_native = frame->exit_flags & FRAME_RETURNS_TO_NATIVE;
    if (frame->kind == FRAME_GENERATOR)
      generator_raised(thread);
    else {
      if (frame->code->consumer != CONSUMER_NONE && !is_consumer) generator_replace_stop("generator", false);
      frame_pop(thread);
    }
    if (to_native) return false;
  }
}
