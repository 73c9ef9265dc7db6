// The module faulthandler: shows where all threads are when the process receives a fatal signal, when time is up, or on
// request.
//
// The handlers run in whatever state the process is in: they use stack_dump.h and system calls, nothing else. They run
// on a stack of their own, so that a stack overflow can be reported. The file descriptor is taken when a handler is
// installed; the file object is kept, so that it is not closed meanwhile.
//
// Threads: enabling and the like take a mutex. The watchdog is an operating system thread that is no Thread.
#include "runtime/module/faulthandler.h"
#include "runtime/heap/heap.h"
#include "runtime/module/stack_dump.h"
#include "runtime/module/system.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include "runtime/support/signals.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static struct {
  Value fatal_file, later_file, registered_files[NSIG]; // what keeps the descriptors open
} files;

// The file argument: sys.stderr, an object with fileno(), or a descriptor. `*keep` is what to keep alive. -1: exception
// pending.
static int parse_file(Value file, Value *keep) {
  if (!file || file == VALUE_NONE) {
    file = dict_get_c(runtime.sys_dict, "stderr");
    if (!file)
      raise(CLASS_RUNTIME_ERROR, "unable to get sys.stderr");
    else if (file == VALUE_NONE)
      raise(CLASS_RUNTIME_ERROR, "sys.stderr is None");
    if (!file || file == VALUE_NONE) return -1;
  } else if (value_is_int(file)) {
    int descriptor;
    if (!value_as_int(file, &descriptor)) return -1;
    if (descriptor < 0) raise_value_error("file is not a valid file descripter");
    *keep = VALUE_NONE;
    return descriptor < 0 ? -1 : descriptor;
  }
  Value number = value_call_method_0(file, "fileno");
  if (!number) return -1;
  int64_t descriptor;
  if (!value_is_int(number) || !int_fits_int64(number, &descriptor) || descriptor < 0 || descriptor > INT32_MAX) {
    raise(CLASS_RUNTIME_ERROR, "file.fileno() is not a valid file descriptor");
    return -1;
  }
  if (!value_call_method_0(file, "flush")) exception_clear();
  *keep = file;
  return (int)descriptor;
}

static bool parse_flag(Value value, bool otherwise, bool *flag) {
  int truth = value ? value_truth(value) : otherwise;
  *flag = truth > 0;
  return truth >= 0;
}

// The alternate stack of the calling thread: what is left of a thread's own after an overflow does not carry a handler.
static void use_own_stack(void) {
  stack_t present;
  if (sigaltstack(NULL, &present) < 0 || !(present.ss_flags & SS_DISABLE)) return;
  stack_t stack = {.ss_size = (size_t)SIGSTKSZ * 4};
  stack.ss_sp = malloc(stack.ss_size); // stays: a handler may run as long as the thread
  if (stack.ss_sp) sigaltstack(&stack, NULL);
}

static void dump(int descriptor, bool all_threads) {
  if (all_threads)
    dump_all_stacks(descriptor);
  else
    dump_stack(descriptor);
}

static Value faulthandler_dump_traceback(Value file, Value all_value) {
  Value keep;
  bool all_threads;
  int descriptor = parse_file(file, &keep);
  if (descriptor < 0 || !parse_flag(all_value, true, &all_threads)) return NULL;
  dump(descriptor, all_threads);
  KEEP(keep);
  return VALUE_NONE;
}

// ---- Fatal signals ----

static struct FatalSignal {
  int number;
  const char *text;
  struct sigaction previous;
} fatal_signals[] = {{SIGBUS, "Bus error", {}},
                     {SIGILL, "Illegal instruction", {}},
                     {SIGFPE, "Floating point exception", {}},
                     {SIGABRT, "Aborted", {}},
                     {SIGSEGV, "Segmentation fault", {}}};
enum { FATAL_COUNT = sizeof fatal_signals / sizeof *fatal_signals };
static struct {
  bool enabled, all_threads;
  int descriptor;
} fatal;

static void on_fatal_signal(int number) {
  if (!fatal.enabled) return;
  int error = errno;
  for (size_t i = 0; i < FATAL_COUNT; i++) {
    if (fatal_signals[i].number != number) continue;
    sigaction(number, &fatal_signals[i].previous, NULL);
    dump_text(fatal.descriptor, "Fatal Python error: ");
    dump_text(fatal.descriptor, fatal_signals[i].text);
  }
  dump_text(fatal.descriptor, "\n\n");
  dump(fatal.descriptor, fatal.all_threads);
  errno = error;
  kill(getpid(), number); // the previous handler's turn, as soon as this one returns
}

static void disable(void) {
  if (!fatal.enabled) return;
  fatal.enabled = false;
  for (size_t i = 0; i < FATAL_COUNT; i++) sigaction(fatal_signals[i].number, &fatal_signals[i].previous, NULL);
}

static Value faulthandler_enable(Value file, Value all_value) {
  Value keep;
  bool all_threads;
  int descriptor = parse_file(file, &keep);
  if (descriptor < 0 || !parse_flag(all_value, true, &all_threads)) return NULL;
  files.fatal_file = keep;
  fatal.descriptor = descriptor;
  fatal.all_threads = all_threads;
  if (fatal.enabled) return VALUE_NONE;
  use_own_stack();
  fatal.enabled = true;
  struct sigaction action = {.sa_handler = on_fatal_signal, .sa_flags = SA_NODEFER | SA_ONSTACK};
  for (size_t i = 0; i < FATAL_COUNT; i++)
    if (sigaction(fatal_signals[i].number, &action, &fatal_signals[i].previous) < 0) return system_error();
  return VALUE_NONE;
}
static Value faulthandler_disable(void) {
  bool was_enabled = fatal.enabled;
  disable();
  files.fatal_file = VALUE_NONE;
  return value_from_bool(was_enabled);
}
static Value faulthandler_is_enabled(void) {
  return value_from_bool(fatal.enabled);
}

bool faulthandler_start(void) {
  return faulthandler_enable(NULL, NULL) != NULL;
}

// ---- When time is up ----

static struct {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  pthread_t thread;
  bool running, cancelled;
  bool repeat, exits;
  int descriptor;
  struct timespec interval;
  char header[64];
} later = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void *watch([[maybe_unused]] void *unused) {
  pthread_mutex_lock(&later.mutex);
  do {
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += later.interval.tv_sec;
    end.tv_nsec += later.interval.tv_nsec;
    if (end.tv_nsec >= 1000000000) {
      end.tv_nsec -= 1000000000;
      end.tv_sec++;
    }
    int status = 0;
    while (!later.cancelled && status != ETIMEDOUT) status = pthread_cond_timedwait(&later.changed, &later.mutex, &end);
    if (later.cancelled) break;
    dump_text(later.descriptor, later.header);
    dump_all_stacks(later.descriptor);
    if (later.exits) _exit(1);
  } while (later.repeat);
  pthread_mutex_unlock(&later.mutex);
  return NULL;
}

static void cancel_later(void) {
  if (!later.running) return;
  pthread_mutex_lock(&later.mutex);
  later.cancelled = true;
  pthread_cond_signal(&later.changed);
  pthread_mutex_unlock(&later.mutex);
  BLOCKING(pthread_join(later.thread, NULL));
  later.running = false;
  files.later_file = VALUE_NONE;
}

static Value faulthandler_dump_traceback_later(Value timeout, Value repeat_value, Value file, Value exit_value) {
  int64_t nanoseconds;
  Value keep;
  bool repeat, exits;
  if (!time_parse_nanoseconds(timeout, TIME_ROUND_CEILING, &nanoseconds)) return NULL;
  if (nanoseconds < 1000) return raise_value_error("timeout must be greater than 0");
  int descriptor = parse_file(file, &keep);
  if (descriptor < 0 || !parse_flag(repeat_value, false, &repeat) || !parse_flag(exit_value, false, &exits))
    return NULL;
  cancel_later();
  files.later_file = keep;
  later.descriptor = descriptor;
  later.repeat = repeat;
  later.exits = exits;
  later.cancelled = false;
  later.interval = (struct timespec){nanoseconds / 1000000000, nanoseconds % 1000000000};
  int64_t seconds = later.interval.tv_sec;
  int length = snprintf(later.header, sizeof later.header, "Timeout (%ld:%02ld:%02ld", seconds / 3600,
                        seconds / 60 % 60, seconds % 60);
  int64_t microseconds = (later.interval.tv_nsec + 999) / 1000;
  if (microseconds)
    length += snprintf(later.header + length, sizeof later.header - (size_t)length, ".%06ld", microseconds);
  snprintf(later.header + length, sizeof later.header - (size_t)length, ")!\n");

  static bool prepared;
  if (!prepared) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&later.changed, &attributes);
    prepared = true;
  }
  sigset_t all, before; // signals are for the other threads
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&later.thread, NULL, watch, NULL);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error) return raise(CLASS_RUNTIME_ERROR, "unable to start watchdog thread");
  later.running = true;
  return VALUE_NONE;
}
static Value faulthandler_cancel_dump_traceback_later(void) {
  cancel_later();
  return VALUE_NONE;
}

// ---- Signals that ask for a dump ----

static struct RegisteredSignal {
  bool enabled, all_threads, chain;
  int descriptor;
  struct sigaction previous;
} registered[NSIG];

static bool install_registered(int number);
static void on_registered_signal(int number) {
  struct RegisteredSignal *entry = &registered[number];
  if (!entry->enabled) return;
  int error = errno;
  dump(entry->descriptor, entry->all_threads);
  errno = error;
  if (!entry->chain) return;
  sigaction(number, &entry->previous, NULL);
  kill(getpid(), number);
  sigset_t only, before; // let it through here and now
  sigemptyset(&only);
  sigaddset(&only, number);
  pthread_sigmask(SIG_UNBLOCK, &only, &before);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  install_registered(number);
}
static bool install_registered(int number) {
  // A handler that passes the signal on must be able to receive it in itself.
  struct sigaction action = {.sa_handler = on_registered_signal,
                             .sa_flags = SA_RESTART | SA_ONSTACK | (registered[number].chain ? SA_NODEFER : 0)};
  return sigaction(number, &action, NULL) == 0;
}

static bool parse_user_signal(Value value, int *number) {
  if (!value_as_int(value, number)) return false;
  for (size_t i = 0; i < FATAL_COUNT; i++) {
    if (fatal_signals[i].number != *number) continue;
    raise(CLASS_RUNTIME_ERROR, "signal %d cannot be registered, use enable() instead", *number);
    return false;
  }
  if (*number >= 1 && *number < NSIG) return true;
  raise_value_error("signal number out of range");
  return false;
}

static Value faulthandler_register(Value signal_value, Value file, Value all_value, Value chain_value) {
  int number;
  bool all_threads, chain;
  Value keep;
  if (!parse_user_signal(signal_value, &number)) return NULL;
  int descriptor = parse_file(file, &keep);
  if (descriptor < 0 || !parse_flag(all_value, true, &all_threads) || !parse_flag(chain_value, false, &chain))
    return NULL;
  struct RegisteredSignal *entry = &registered[number];
  files.registered_files[number] = keep;
  if (!entry->enabled && sigaction(number, NULL, &entry->previous) < 0) return system_error();
  entry->descriptor = descriptor;
  entry->all_threads = all_threads;
  entry->chain = chain;
  use_own_stack();
  if (!install_registered(number)) return system_error();
  entry->enabled = true;
  return VALUE_NONE;
}
static Value faulthandler_unregister(Value signal_value) {
  int number;
  if (!parse_user_signal(signal_value, &number)) return NULL;
  struct RegisteredSignal *entry = &registered[number];
  if (!entry->enabled) return VALUE_FALSE;
  entry->enabled = false;
  sigaction(number, &entry->previous, NULL);
  files.registered_files[number] = VALUE_NONE;
  return VALUE_TRUE;
}

// ---- Ways to crash, for tests of all this ----

static void crash_quietly(void) {
  struct rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
}
static Value crash(int number) {
  crash_quietly();
  pthread_kill(pthread_self(), number);
  return VALUE_NONE;
}
static Value faulthandler_read_null(void) {
  crash_quietly();
  static const int *volatile nowhere;
  return value_from_small_int(*(volatile const int *)nowhere);
}
static Value faulthandler_sigsegv([[maybe_unused]] Value release) {
  return crash(SIGSEGV);
}
static Value faulthandler_sigfpe(void) {
  return crash(SIGFPE);
}
static Value faulthandler_sigabrt(void) {
  crash_quietly();
  abort();
}
// Not a tail call: each level uses stack.
static uintptr_t descend(uintptr_t level) { // NOLINT(misc-no-recursion)
  volatile char space[4096];
  space[level % sizeof space] = 1;
  return level > SIZE_MAX / 2 ? level : descend(level + 1) + (uintptr_t)space[0];
}
static Value faulthandler_stack_overflow(void) {
  crash_quietly();
  return int_from_uint64(descend(1));
}

static const NativeMethod faulthandler_functions[] = {
    NATIVE("enable", faulthandler_enable, "(file=sys.stderr, all_threads=True)", "Show tracebacks on fatal signals."),
    NATIVE("disable", faulthandler_disable, "()", "Undo enable(); was it in effect?"),
    NATIVE("is_enabled", faulthandler_is_enabled, "()", "Are fatal signals reported?"),
    NATIVE("dump_traceback", faulthandler_dump_traceback, "(file=sys.stderr, all_threads=True)",
           "Write the tracebacks of this thread, or of all."),
    NATIVE("dump_traceback_later", faulthandler_dump_traceback_later,
           "(timeout, repeat=False, file=sys.stderr, exit=False)",
           "Write the tracebacks of all threads when time is up."),
    NATIVE("cancel_dump_traceback_later", faulthandler_cancel_dump_traceback_later, "()",
           "Undo dump_traceback_later()."),
    NATIVE("register", faulthandler_register, "(signum, file=sys.stderr, all_threads=True, chain=False)",
           "Write tracebacks when a signal arrives."),
    NATIVE("unregister", faulthandler_unregister, "(signum, /)", "Undo register(); was it in effect?"),
    NATIVE("_read_null", faulthandler_read_null, "()", "Read from address zero."),
    NATIVE("_sigsegv", faulthandler_sigsegv, "(release_gil=False, /)", "Raise SIGSEGV."),
    NATIVE("_sigfpe", faulthandler_sigfpe, "()", "Raise SIGFPE."),
    NATIVE("_sigabrt", faulthandler_sigabrt, "()", "Call abort()."),
    NATIVE("_stack_overflow", faulthandler_stack_overflow, "()", "Recurse in C until the stack ends."),
    {}};
static bool faulthandler_initialize([[maybe_unused]] Value module) {
  static_assert(sizeof files % sizeof(Value) == 0);
  heap_add_root_range((Value *)&files, sizeof files / sizeof(Value));
  return true;
}
const NativeModule faulthandler_module = {"faulthandler", "Tracebacks of a process that crashes or hangs.",
                                          faulthandler_functions, faulthandler_initialize};
