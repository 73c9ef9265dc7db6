// What machine code calls to call Python.
//
// All functions here: `frame` is the caller's frame and the innermost one, on the VM stack (no generator's), its pc at
// the instruction and its registers up to date. They run Python code and collect. The result is
//   a Value      what the call gives; the caller's frame is the innermost one again. The destination register may or
//                may not have been written
//   zero         an exception is pending, without a traceback entry for `frame`, which is the innermost one
//   VALUE_LEFT   the C stack or the VM's stacks are low: nothing was done, the interpreter must execute the instruction
// Behind a call the caller looks whether its own code is still valid and thread->dispatch is still plain_handlers.
#pragma once

#include "runtime/object/frame.h"
#include "runtime/object/function.h"

// Executes `word`, a CALL, CALL_METHOD, CALL_KEYWORDS, CALL_METHOD_KEYWORDS or CALL_UNPACKED (or a quickened form).
Value compiled_call(Thread *thread, Frame *frame, Instruction word);
// An exact positional call (count == code->exact_count) of `function`, whose code is `code`, with the arguments at
// `base`, outgoing registers of the caller, where the callee's registers begin. The instruction at frame->pc has its
// destination in a.
Value compiled_call_function(Thread *thread, Frame *frame, Function *function, Code *code, Value *base, size_t count);
// The next item of a generator (exactly that class) for a FOR_ITERATOR, with `sent` (None). VALUE_STOP when it ends.
Value compiled_resume_generator(Thread *thread, Frame *frame, Value generator, Value sent);
// Runs `callee`, the innermost frame, which has been pushed above the caller's and stands at its first instruction; its
// return_register and return_words are set. The C stack is not low.
Value compiled_run_frame(Thread *thread, Frame *callee);
