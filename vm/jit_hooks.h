// How the interpreter and the compiler tier find each other.
//
// RESUME and LOOP count down a counter of their thread; at zero they are hot and call jit_hot. The compiler is a shared
// library of its own (LLVM takes tens of milliseconds to load), which is loaded when something is hot and the program
// has run for a while, on a pthread of its own, and then hands over its hooks. Until then, and without it, hot code is
// interpreted. With -X jit=always everything is hot when the main program executes it first, and is compiled at once,
// on the thread that executes it.
#pragma once

#include "runtime/runtime.h"
#include "vm/compiled_code.h"

// Executions before an instruction is hot. The numbers are chosen so that what runs for a few milliseconds is not
// compiled. JIT_THRESHOLD_STRESS: -X jit=always -X jit-stress, enough for feedback, without which there is hardly a
// guard to fail.
enum : uint16_t {
  JIT_THRESHOLD = 1500,
  JIT_THRESHOLD_ALWAYS = 1,
  JIT_THRESHOLD_STRESS = 6,
  JIT_THRESHOLD_NEVER = UINT16_MAX,
};

typedef struct JitHooks {
  // `frame`, the innermost one, is about to execute `entry_word` of its code, which is hot: its RESUME or the target of
  // a LOOP. (A generator: any of its RESUMEs, `entry_word` is the first.) At an instruction boundary: may collect and
  // handle a pending installation; runs no Python code, leaves no exception.
  void (*hot)(Thread *thread, Frame *frame, uint32_t entry_word);
  // Compiled code has left through exit `exit` (not 0). May collect; runs no Python code; may find an exception pending
  // and keeps it.
  void (*left)(Thread *thread, CompiledCode *compiled, uint32_t exit);
  // POLL_COMPILED: compiled code waits to be installed. May collect; runs no Python code.
  void (*install_finished)(void);
  // No compilation is in progress from the first to the second, which is told whether this is the child.
  void (*before_fork)(void);
  void (*after_fork)(bool in_child);
  // The process ends: waits for nothing, prints what -X jit-log asks for.
  void (*finish)(void);
} JitHooks;
// NULL until the library is loaded.
extern const JitHooks *_Atomic jit_hooks;
// The library's only exported symbol for the loader: its hooks; NULL: it cannot work here.
typedef const JitHooks *JitLibraryStart(void);

static inline uint16_t *jit_counter(Thread *thread, const Instruction *pc) {
  return &thread->hotness[(uintptr_t)pc / sizeof *pc % HOTNESS_COUNTERS];
}
// The slow half of counting: see JitHooks.hot. Has the library loaded if need be.
void jit_hot(Thread *thread, Frame *frame, uint32_t entry_word);
// A thread begins to run Python code: fills its counters.
void jit_thread_begin(Thread *thread);
// The main program begins: from now on it is counted.
void jit_begin(void);
// Was something hot? Then threads of the compiler may be at work, which know nothing of the end of the process.
bool jit_was_asked(void);
// The process ends (JitHooks.finish).
void jit_finish(void);
