// What machine code calls to call Python.
//
// All functions here: `frame` is the caller's frame and the innermost one, its pc at the instruction and its registers
// up to date. They run Python code and collect. The result is
//   a Value      what the call gives; the caller's frame is the innermost one again. The destination register may or
//                may not have been written
//   zero         an exception is pending, without a traceback entry for `frame`, which is the innermost one; or none is
//                (Thread.leaving): compiled code is to be left as it is, the innermost frame may be a callee's
//   VALUE_LEFT   the C stack or the VM's stacks are low: nothing was done, the interpreter must execute the instruction
// Behind a call the caller looks whether its own code is still valid and thread->dispatch is still plain_handlers.
#pragma once

#include "runtime/object/frame.h"
#include "runtime/object/function.h"

// Executes `word`, a CALL, CALL_METHOD, CALL_KEYWORDS, CALL_METHOD_KEYWORDS or CALL_UNPACKED (or a quickened form).
Value compiled_call(Thread *thread, Frame *frame, Instruction word);
// An exact positional call (of each parameter there is an argument; of *rest the tuple) of `function`, whose code is
// `code`, with the arguments at `base`, outgoing registers of the caller (of a generator: frame->top), where the
// callee's registers begin. The instruction at frame->pc has its destination in a.
Value compiled_call_function(Thread *thread, Frame *frame, Function *function, Code *code, Value *base, size_t count);
// A call by native code that the innermost frame has called: positional arguments, one for each parameter. VALUE_LEFT:
// it is another call, or it must be made in another way.
Value compiled_call_exactly(Thread *thread, Function *function, const Value *arguments, size_t count);
// Resumes a generator (exactly that class) or coroutine with `sent`: what it yields, or VALUE_STOP when it has
// returned; thread->returned is what, until something else runs. The innermost frame is the resumer's. Only if
// that is at a FOR_ITERATOR or SEND can it be left meanwhile.
Value compiled_resume(Thread *thread, Value generator, Value sent);
// The same for native code that the innermost frame has called.
Value compiled_resume_for_native(Thread *thread, Value generator, Value sent);
// The same of any iterator, as SEND does it.
Value compiled_send(Thread *thread, Value receiver, Value sent);
// For a generator's compiled code, whose frame is the innermost one: ends its run. It returns to its caller what these
// give.
Value compiled_yield(Thread *thread, Value value);
Value compiled_return_from_generator(Thread *thread, Value value);
// An exception is pending that was raised at `innermost`, the record of a call that is inlined `from` deep into the
// code of `outermost`; it is known that the record `to` deep catches it. Unwinds, gives the exception, which stands in
// register `target` of that record; the innermost frame is then `outermost` again. Zero if none is pending: compiled
// code is to be left (Thread.leaving), the frames are linked again. May collect and trace.
Value compiled_catch(Thread *thread, Frame *outermost, Frame *innermost, uint32_t from, uint32_t to, uint32_t target);
// Runs `callee`, the innermost frame, which has been pushed above the caller's and stands at its first instruction; its
// return_register and return_words are set. The C stack is not low.
Value compiled_run_frame(Thread *thread, Frame *callee);
