// The compiler's side of vm/jit_hooks.h: what becomes of hot code, of exits, of finished compilations.
#include "jit/budget.h"
#include "jit/compile.h"
#include "jit/jit_log.h"
#include "jit/worker.h"
#include "runtime/runtime.h"
#include "runtime/thread/safepoint.h"
#include "vm/jit_hooks.h"
#include "vm/profile.h"

static FILE *hir_log(void) {
  return runtime.jit_log == JIT_LOG_HIR ? stderr : NULL;
}

static void install(CompileJob *job) {
  bool installed = job->engine_code.entry && compile_install(job);
  if (!installed && !job->failure) job->failure = "out of date";
  jit_log_compiled(job, installed);
  if (installed && job->level == ENGINE_QUICK && runtime.jit_mode != JIT_ALWAYS && compile_prepare_upgrade(job))
    worker_submit_upgrade(job);
  else
    compile_job_free(job);
}

static void install_finished(void) {
  for (CompileJob *job; (job = worker_take_finished());) install(job);
}

static void hot(Thread *, Frame *frame, uint32_t entry_word) {
  install_finished();
  Code *code = frame->code;
  // A loop in a generator is as hot as what resumes it. Only one that yields seldom is compiled on its own.
  if (code_makes_generators(code)) {
    uint32_t first = compiled_code_first_resume(code);
    if (!compiled_code_is_valid(compiled_code_at(code, first))) entry_word = first;
  }
  const CompiledCode *former = compiled_code_at(code, entry_word);
  if (compiled_code_is_valid(former) || worker_has(code, entry_word)) return;
  if (runtime.jit_mode != JIT_ALWAYS && !worker_is_free()) return; // what waits is built later, from more feedback
  if (former) compile_lose_trust(former);
  const Profile *profile = profile_existing(code);
  if (profile && (profile->is_refused || profile_compilations(profile) > COMPILATION_LIMIT)) return;
  const char *reason = NULL;
  CompileJob *job = compile_prepare(frame, entry_word, hir_log(), &reason);
  if (!job) {
    jit_log_refused(code, entry_word, reason);
    return;
  }
  budget_spend(job->build_nanoseconds);
  if (runtime.jit_mode == JIT_ALWAYS) {
    // No code stays long enough to be worth full optimization: of a fourth of all functions, so that it is tried at
    // all.
    if (runtime.jit_stress && code->first_line % 8 < 2) job->level = ENGINE_FULL;
    worker_compile_here(job);
    install(job);
  } else if (!worker_submit(job)) {
    compile_job_free(job);
  }
}

static void left(Thread *thread, CompiledCode *compiled, uint32_t exit) {
  if (runtime.jit_log == JIT_LOG_EVENTS) compile_log_exit(compiled, exit, stderr);
  compile_note_exit(thread, compiled, exit);
}

static void finish(void) {
  if (runtime.jit_log == JIT_LOG_STATISTICS) jit_log_statistics();
}

static const JitHooks hooks = {
    .hot = hot,
    .left = left,
    .install_finished = install_finished,
    .before_fork = worker_before_fork,
    .after_fork = worker_after_fork,
    .finish = finish,
};

__attribute__((visibility("default"))) const JitHooks *jit_library_start(void);
const JitHooks *jit_library_start(void) {
  if (!engine_start()) return NULL;
  threads_starting_hook = compile_invalidate_for_threads;
  trust_broken_hook = compile_trust_broken;
  threads_code_installed();
  return &hooks;
}
