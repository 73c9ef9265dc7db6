// Loading the compiler's library, and what precedes a question to it. See jit_hooks.h.
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/support/signals.h"
#include "runtime/thread/safepoint.h"
#include "vm/jit_hooks.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const JitHooks *_Atomic jit_hooks;

// Loading happens once; whoever forks or ends waits for it, or prevents it, by taking the lock.
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool asked, finished;

static const char *library_load(void) {
  static char path[PATH_MAX + 32];
  ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);
  if (length <= 0) return "the executable is not known";
  char *slash = memrchr(path, '/', (size_t)length);
  strcpy(slash ? slash + 1 : path, "libkrait-jit.so");
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) return dlerror();
  JitLibraryStart *start = (JitLibraryStart *)dlsym(library, "jit_library_start");
  if (!start) return "it has no jit_library_start";
  const JitHooks *hooks = start();
  if (!hooks) return "LLVM does not know this machine";
  atomic_store_explicit(&jit_hooks, hooks, memory_order_release);
  return NULL;
}
static void load(void) {
  pthread_mutex_lock(&loading);
  const char *problem = atomic_load(&finished) ? NULL : library_load();
  pthread_mutex_unlock(&loading);
  if (problem && runtime.jit_log) fprintf(stderr, "jit: running without the compiler: %s\n", problem);
}
static void *loader(void *) {
  load();
  return NULL;
}
// Signals are for the threads that run Python.
static void load_in_background(void) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  if (pthread_create(&thread, NULL, loader, NULL) == 0) pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

// A program that has run for less than this many milliseconds of processor time is not worth LLVM, which takes as long
// as interpreting half of it to load and to compile the first loop. What ends a little later loses no more than it has
// gained over CPython by then.
enum { WORTH_LOADING = 100 };

static bool is_worth_loading(void) {
  struct timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return used.tv_sec > 0 || used.tv_nsec >= WORTH_LOADING * 1000000L;
}

// Compiling on the calling thread (HIR, and with JIT_ALWAYS what LLVM does) takes more C stack than native code is
// promised.
enum : ptrdiff_t { COMPILER_STACK = 1 << 20 };

// Code that exec() runs in a dict of the program's, and functions defined there, find their globals as those of modules
// are found: in cells, of which the interpreter keeps pointers from now on, before the code is compiled. (A dict of
// very many entries is a table of something else.)
enum : size_t { NAMESPACE_LIMIT = 10000 };

static bool gets_global_cells(const Frame *frame) {
  Value globals = frame->globals;
  if (!VALUE_IS_EXACT(globals, DICT) || cell_has_flag(value_cell(globals), DICT_GLOBALS | DICT_INSTANCE) ||
      dict_count(globals) > NAMESPACE_LIMIT)
    return false;
  if (dict_make_globals(globals, 1)) return true;
  exception_clear();
  return false;
}

void jit_hot(Thread *thread, Frame *frame, uint32_t entry_word) {
  if (runtime.jit_mode == JIT_OFF || !runtime.jit_threshold) return;
  if (gets_global_cells(frame)) return;
  if ((char *)__builtin_frame_address(0) - thread->c_stack_limit < COMPILER_STACK) return;
  const JitHooks *hooks = atomic_load_explicit(&jit_hooks, memory_order_acquire);
  if (!hooks) {
    if (runtime.jit_mode == JIT_ON && !is_worth_loading()) return;
    if (atomic_exchange(&asked, true)) return;
    if (runtime.jit_mode != JIT_ALWAYS) {
      load_in_background();
      return;
    }
    BLOCKING(load());
    hooks = atomic_load_explicit(&jit_hooks, memory_order_acquire);
  }
  if (hooks) hooks->hot(thread, frame, entry_word);
}

void jit_thread_begin(Thread *thread) {
  for (size_t i = 0; i < HOTNESS_COUNTERS; i++) thread->hotness[i] = runtime.jit_threshold;
}

static void before_fork(void) {
  BLOCKING(pthread_mutex_lock(&loading));
  const JitHooks *hooks = atomic_load(&jit_hooks);
  if (hooks) hooks->before_fork();
}
static void after_fork(bool in_child) {
  const JitHooks *hooks = atomic_load(&jit_hooks);
  if (in_child && !hooks) atomic_store(&asked, false); // the loader may have been lost
  if (hooks) hooks->after_fork(in_child);
  pthread_mutex_unlock(&loading);
}
static void install_finished(void) {
  const JitHooks *hooks = atomic_load(&jit_hooks);
  if (hooks) hooks->install_finished();
}

void jit_begin(void) {
  runtime.jit_threshold = runtime.jit_mode == JIT_OFF      ? JIT_THRESHOLD_NEVER
                          : runtime.jit_mode != JIT_ALWAYS ? JIT_THRESHOLD
                          : runtime.jit_stress             ? JIT_THRESHOLD_STRESS
                                                           : JIT_THRESHOLD_ALWAYS;
  jit_thread_begin(thread_current());
  runtime_hooks.before_fork = before_fork;
  runtime_hooks.after_fork = after_fork;
  compiled_hook = install_finished;
}

bool jit_was_asked(void) {
  return atomic_load(&asked);
}
// A loader that is still at work finds that it is too late; one in the middle is left to it.
void jit_finish(void) {
  atomic_store(&finished, true);
  const JitHooks *hooks = atomic_load(&jit_hooks);
  if (hooks) hooks->finish();
}
