// The interpreter, as everyone else sees it: run a function, a code object, a generator.
//
// Each instruction has a handler (handler.h). C enters by pushing a FRAME_ENTRY record and running until that record is
// reached again; Python calling Python pushes records only, so Python recursion costs no C stack.
#pragma once

#include "runtime/object/frame.h"
#include "runtime/object/function.h"

// Calls a Function (RuntimeHooks.call_function). RecursionError when Python calls or the C stack run too deep.
Value interpreter_call_function(Value function, Value *arguments, size_t count, Value keyword_names);
// Runs `code` as a module, class body or exec() does: names live in `locals` (a mapping), or, for code that has its own
// locals, in registers. `closure`: tuple of cells or zero.
Value interpreter_run_code(Value code, Value globals, Value locals, Value closure);
// RuntimeHooks.resume_generator.
Value interpreter_resume_generator(Value generator, Value sent, bool *returned);
// For machine code: `frame`, which it called, or the innermost one, which compiled code has left, stands above the
// frame of machine code on the C stack. Runs until `frame` has ended, beginning where thread->frame stands (the
// innermost frame, `frame` or one above it), with the exception that may be pending. Its return_register and
// return_words are set. The result, with the frame popped; zero: it raised, or (Thread.leaving, no
// exception) its compiled caller is to be left, the frames standing as they are. The C stack must not be low.
Value interpreter_continue(Thread *thread, Frame *frame);
// Chooses the calling thread's table of handlers after its trace or profile function has changed.
void interpreter_update_tracing(void);
// Fills in runtime_hooks. Once.
void interpreter_start(void);
