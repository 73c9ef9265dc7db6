// One compilation, from a Code and an entry word to installed machine code, in the three steps that different threads
// take.
#pragma once

#include "jit/code_data.h"
#include "jit/engine.h"
#include "runtime/object/frame.h"
#include "vm/compiled_code.h"
#include <stdio.h>

enum : uint32_t { COMPILATION_LIMIT = 24 }; // of one code

typedef struct CompileJob CompileJob;
struct CompileJob {
  CompileJob *next; // in a queue
  const Code *code;
  uint32_t entry_word;
  HirFunction *function;
  Value compiled;  // CompiledCode; a root while the job lives
  Value installed; // likewise: what the job has given already
  CodeData *data;
  EngineCode engine_code;
  EngineLevel level;
  bool one_thread;
  bool is_repeated;    // something of this Code has been compiled before
  uint32_t seen_ticks; // of an upgrade, when it was looked at last
  char name[160];      // py::qualname:line:word, unique
  const char *failure; // why it came to nothing: static text, or the engine's
  uint64_t queued_at;
  uint64_t build_nanoseconds, queue_nanoseconds, pass_nanoseconds, code_nanoseconds;
  size_t code_size;
};

// On the Python thread whose `frame` is about to execute `entry_word` of its code: builds HIR and optimizes it. NULL:
// it cannot or should not be compiled; *reason says why (static text). May collect, runs no Python code, leaves no
// exception. `log`: HIR is printed there, or NULL.
CompileJob *compile_prepare(Frame *frame, uint32_t entry_word, FILE *log, const char **reason);
// On any thread, making no cells: LLVM IR. The module is the caller's. NULL: given up, job->failure says why.
LLVMModuleRef compile_lower(CompileJob *job, LLVMContextRef context);
// On any thread, with job->engine_code there: finds where its exits have their values. False: it cannot be used.
bool compile_read_maps(CompileJob *job);
// On a Python thread at a safepoint, with job->engine_code there: installs the code. False: something has changed
// meanwhile.
bool compile_install(CompileJob *job);
// Behind an installation at ENGINE_QUICK: makes the job ready to be compiled again at ENGINE_FULL. False: not worth it,
// or out of memory. May collect.
bool compile_prepare_upgrade(CompileJob *job);
// How often the code that was installed last has been called or has gone round a loop; UINT32_MAX: it is no longer
// valid. On any thread.
uint32_t compile_ticks(const CompileJob *job);
// Ends the job; what was not installed is freed.
void compile_job_free(CompileJob *job);
// Compiled code has left through `exit`: counts; gives the code up when its speculation does not hold, and makes what
// contains a loop hot when the loop ends often.
void compile_note_exit(Thread *thread, CompiledCode *compiled, uint32_t exit);
// `compiled` is installed, but no longer valid, and its code is about to be built again: what it relied on in vain
// counts as a failure of that instruction. May collect.
void compile_lose_trust(const CompiledCode *compiled);
// See trust_broken in runtime/thread/safepoint.h.
void compile_trust_broken(const void *cell);
// The second thread is about to start: code that assumed one thread must not be used any more.
void compile_invalidate_for_threads(void);
// One line about an exit.
void compile_log_exit(const CompiledCode *compiled, uint32_t exit, FILE *log);
