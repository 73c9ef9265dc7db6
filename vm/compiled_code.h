// Compiled code, as the interpreter sees it: an accelerator for one frame.
//
// One compilation begins at one instruction of a Code: its RESUME (a call of the function) or a loop header, the target
// of LOOPs (on-stack replacement). The CompiledCode cell stands in the cache word of that RESUME, or of those LOOPs,
// which are quickened to RESUME_COMPILED or LOOP_COMPILED. The compilation of a generator's code begins at all its
// RESUMEs, and is named after the first: it finds out from the frame's pc which one it is. So it lives as long as its
// Code, or until it is removed; who calls it keeps the cell in a local meanwhile.
//
// The frame chain and the VM's registers are complete whenever compiled code calls anything. A compiled function is
// entered with its frame pushed as the interpreter pushes it (arguments in place, other locals cleared, cells made). It
// returns
//   a Value     the Python function's result. Nothing needs cleaning up: exit_flags are zero and no local is watched.
//               The receiver pops the frame (compiled_frame_pop)
//               A generator's: what it yields, its frame being suspended and unlinked already; or VALUE_STOP: it has
//               returned and is finished, thread->returned is what
//   VALUE_LEFT  it has not come to an end. thread->frame is the innermost frame, `frame` itself or an inlined callee's
//               above it, and each frame's pc and registers are right. With an exception pending it was raised by the
//               instruction at thread->frame->pc and has no traceback entry yet; otherwise the interpreter executes
//               that instruction next; with thread->leaving once whoever called compiled code has been left, too.
//               thread->left_exit tells through which exit it left; 0: none to count
#pragma once

#include "runtime/object/frame.h"

typedef Value CompiledFunction(Thread *thread, Frame *frame, Value *registers);

typedef struct CompiledCode {
  Cell head;
  Value code;      // Code
  Value constants; // a cell that keeps alive what the machine code refers to; zero: nothing
  // ---- end of values
  CompiledFunction *entry;
  uint32_t entry_word;              // the instruction where it begins
  _Atomic uint32_t valid;           // 0: it must not be entered again, and leaves behind its next call or poll
  void *data;                       // the compiler's
  void (*release_data)(void *data); // called when the cell is swept, on any thread; must not touch cells. May be NULL
} CompiledCode;

// Calls the machine code. UBSan would look for the type of a function in front of it, where there may be no memory.
__attribute__((no_sanitize("function"))) static inline Value
compiled_code_enter(const CompiledCode *compiled, Thread *thread, Frame *frame, Value *registers) {
  return compiled->entry(thread, frame, registers);
}

// A cell for machine code of `code` that begins at `entry_word`; the caller fills in the rest before it is installed.
// Valid, not installed. NULL: MemoryError.
CompiledCode *compiled_code_new(Code *code, uint32_t entry_word);
// Lets the interpreter enter `compiled` from now on; whatever stood there before stays valid but is not entered any
// more. False: nothing at its entry word can lead to it. Does not allocate.
bool compiled_code_install(CompiledCode *compiled);
// Makes it invalid and, if it is installed, takes it out again. Other threads may still be running it. Does not
// allocate.
void compiled_code_remove(CompiledCode *compiled);
// The word of the code's first RESUME.
uint32_t compiled_code_first_resume(const Code *code);
// What is installed at `entry_word`; NULL: nothing.
CompiledCode *compiled_code_at(const Code *code, uint32_t entry_word);

// May it be entered?
static inline bool compiled_code_is_valid(const CompiledCode *compiled) {
  return compiled && atomic_load_explicit(&compiled->valid, memory_order_acquire);
}
// After VALUE_LEFT: reports through which exit, if that is to be counted. May collect.
void compiled_code_left(Thread *thread, CompiledCode *compiled);
// Pops the frame of a compiled function that has returned a result.
static inline void compiled_frame_pop(Thread *thread, Frame *frame) {
  thread->frame = frame->previous;
  thread->recursion_depth--;
}
