// The module _thread: starting threads, locks, identities.
//
// A lock is one word in its cell: 0 free, 1 held, 2 held with waiters, waited on by futex. Waiting is a blocking
// region, so a waiter holds up nobody; it wakes for signals, runs their handlers and waits on. Atomic: acquire and
// release of both kinds of locks. A lock knows who holds it by a `with` statement, for finalizers (heap/finalize.h).
#include "runtime/module/_thread_local.h"
#include "runtime/module/signals.h"
#include "runtime/module/sys.h"
#include "runtime/module/system.h"
#include "runtime/module/waiting.h"

#include "runtime/heap/finalize.h"
#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/object/struct_sequence.h"
#include "runtime/runtime.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct {
  Class *lock, *rlock, *except_hook_arguments;
} state;
static _Atomic long running_threads; // started by start_new_thread and not yet ended
static size_t stack_size;            // 0: the system's default

// ---- Futex locks ----

// LOCK_INTERRUPTED: a signal handler has raised an exception, or the call is to be made again (waiting.h)
typedef enum LockOutcome { LOCK_ACQUIRED, LOCK_TIMED_OUT, LOCK_INTERRUPTED } LockOutcome;

// How a lock is to be taken: without waiting, or by a wait.
typedef struct LockWait {
  bool waits;
  Lookout lookout;
} LockWait;

static bool word_try(_Atomic uint32_t *word) {
  uint32_t free = 0;
  return atomic_compare_exchange_strong(word, &free, 1);
}

static LockOutcome word_acquire_interruptibly(_Atomic uint32_t *word, LockWait *wait) {
  if (word_try(word)) return LOCK_ACQUIRED;
  if (!wait->waits) return LOCK_TIMED_OUT;
  while (atomic_exchange(word, 2) != 0) {
    bool looks;
    int64_t end = lookout_end(&wait->lookout, time_monotonic(), &looks);
    int error = wait_for_change(word, 2, end, lookout_is_direct(&wait->lookout));
    if (error == ETIMEDOUT && !looks) return LOCK_TIMED_OUT;
    if (error == ETIMEDOUT && !lookout_look(&wait->lookout)) return LOCK_INTERRUPTED;
    if (!safepoint_wanted()) continue;
    // Whoever was woken because the lock is free takes it, as if the signal had come a moment later.
    if (atomic_exchange(word, 2) == 0) return LOCK_ACQUIRED;
    if (!safepoint_handle()) {
      // The release that woke this thread may have been the only one, and others wait for it, too.
      wait_wake_one(word);
      return LOCK_INTERRUPTED;
    }
  }
  return LOCK_ACQUIRED;
}

// Waits whatever happens; signals are handled afterwards.
static void word_acquire(_Atomic uint32_t *word) {
  if (word_try(word)) return;
  while (atomic_exchange(word, 2) != 0) wait_for_change(word, 2, -1, false);
}

static bool word_release(_Atomic uint32_t *word) {
  uint32_t held = atomic_exchange(word, 0);
  if (held == 2) wait_wake_one(word);
  return held != 0;
}

// What acquire() returns. A signal is handled now, rather than when the next function begins: Condition.wait() is ready
// for an exception here, and holds the lock, but at the beginning of what it calls to take its lock again it is not.
static Value acquire_end(LockOutcome outcome) {
  bool wanted = outcome == LOCK_ACQUIRED && safepoint_wanted() && signals_is_main_thread();
  if (outcome == LOCK_INTERRUPTED || (wanted && !safepoint_handle())) return NULL;
  return value_from_bool(outcome == LOCK_ACQUIRED);
}

static LockWait wait_until(NativeCaller caller, int64_t deadline) {
  return (LockWait){.waits = true, .lookout = lookout_start(caller, deadline, true)};
}

// acquire(blocking=True, timeout=-1): what the arguments mean. False: exception.
static bool parse_acquire(LockWait *wait, NativeCaller caller, Value blocking_value, Value timeout_value) {
  *wait = (LockWait){.waits = true};
  if (lookout_goes_on(&wait->lookout, caller, true)) return true;
  enum : int64_t { UNLIMITED = -1'000'000'000 };
  int blocking = 1;
  int64_t timeout = UNLIMITED;
  if (blocking_value && !value_as_int(blocking_value, &blocking)) return false;
  if (timeout_value && !time_parse_nanoseconds(timeout_value, TIME_ROUND_UP, &timeout)) return false;
  if (!blocking && timeout != UNLIMITED) {
    raise_value_error("can't specify a timeout for a non-blocking call");
    return false;
  }
  if (timeout < 0 && timeout != UNLIMITED) {
    raise_value_error("timeout value must be positive");
    return false;
  }
  *wait = wait_until(caller, timeout == 0 ? -1 : time_deadline(timeout));
  wait->waits = blocking && timeout != 0;
  return true;
}

// ---- lock ----

typedef struct Lock {
  Cell head;
  _Atomic uint32_t word;
  _Atomic uint32_t entered_by; // serial_here() of the thread that holds it by `with`, 0: none. Written by the holder
  _Atomic bool wanted;         // finalizers take it (heap/finalize.h)
} Lock;
static const CellType lock_cell_type = {.name = "lock"};
static Lock *as_lock(Value value) {
  return (Lock *)value_cell(value);
}

// Never 0.
static uint32_t serial_here(void) {
  return (uint32_t)thread_current()->serial + 1;
}

static LockOutcome lock_take(Lock *lock, LockWait *wait) {
  if (__builtin_expect(thread_current()->finalizer_depth != 0, 0)) {
    lock->wanted = true;
    uint32_t holder = lock->entered_by;
    if (holder && holder != serial_here()) heap_lock_wanted(holder - 1);
  }
  LockOutcome outcome = word_acquire_interruptibly(&lock->word, wait);
  KEEP(lock);
  return outcome;
}
static Value lock_acquire(Value self, Value blocking, Value timeout) {
  LockWait wait;
  if (!parse_acquire(&wait, native_caller((const void *)lock_acquire), blocking, timeout)) return NULL;
  return acquire_end(lock_take(as_lock(self), &wait));
}
static void lock_forget_holder(Lock *lock) {
  uint32_t holder = atomic_load_explicit(&lock->entered_by, memory_order_relaxed);
  if (!holder) return;
  if (holder == serial_here()) heap_lock_left();
  atomic_store_explicit(&lock->entered_by, 0, memory_order_relaxed);
}
static Value lock_release(Value self) {
  lock_forget_holder(as_lock(self));
  return word_release(&as_lock(self)->word) ? VALUE_NONE : raise(CLASS_RUNTIME_ERROR, "release unlocked lock");
}
// Once it is acquired there must be no exception: nobody would release it.
static Value lock_enter(Value self) {
  Lock *lock = as_lock(self);
  LockWait wait = wait_until(CALLER_NATIVE, -1);
  if (lock_take(lock, &wait) != LOCK_ACQUIRED) return NULL;
  // A finalizer in another thread that misses the one or the other sees it the next time.
  atomic_store_explicit(&lock->entered_by, serial_here(), memory_order_relaxed);
  heap_lock_entered(atomic_load_explicit(&lock->wanted, memory_order_relaxed));
  return VALUE_TRUE;
}
static Value lock_exit(Value self, [[maybe_unused]] Value arguments) {
  return lock_release(self);
}
static Value lock_locked(Value self) {
  return value_from_bool(as_lock(self)->word != 0);
}
static Value lock_repr(Value self) {
  return str_format_c("<%s %T object at %p>", as_lock(self)->word ? "locked" : "unlocked", self, value_cell(self));
}
static Value lock_at_fork_reinit(Value self) {
  lock_forget_holder(as_lock(self));
  as_lock(self)->word = 0;
  return VALUE_NONE;
}

static const NativeMethod lock_methods[] = {
    NATIVE("acquire", lock_acquire, "($self, /, blocking=True, timeout=-1)",
           "Acquire the lock; False if that was not possible in time.", NATIVE_WAITS),
    NATIVE("acquire_lock", lock_acquire, "($self, /, blocking=True, timeout=-1)", "An old name of acquire().",
           NATIVE_WAITS),
    NATIVE("release", lock_release, "($self, /)", "Release the lock."),
    NATIVE("release_lock", lock_release, "($self, /)", "An old name of release()."),
    NATIVE("locked", lock_locked, "($self, /)", "Is the lock held?"),
    NATIVE("locked_lock", lock_locked, "($self, /)", "An old name of locked()."),
    NATIVE("__enter__", lock_enter, "($self, /)", "Acquire the lock."),
    NATIVE("__exit__", lock_exit, "($self, /, *args)", "Release the lock."),
    NATIVE("__repr__", lock_repr, "($self, /)", "State and address."),
    NATIVE("_at_fork_reinit", lock_at_fork_reinit, "($self, /)", "Make the lock free in the child of a fork."),
    {}};
static const ClassDef lock_class = {.name = "_thread.lock",
                                    .doc = "A lock that one thread at a time can hold.",
                                    .cell_type = &lock_cell_type,
                                    .instance_size = sizeof(Lock),
                                    .flags = CLASS_IMMUTABLE | CLASS_NO_NEW | CLASS_HAS_WEAKREF,
                                    .methods = lock_methods};

static Value allocate_lock(void) {
  Lock *lock = class_allocate(state.lock, 0);
  return lock ? value_from_cell(lock) : NULL;
}

// ---- RLock ----

typedef struct RLock {
  Cell head;
  _Atomic uint32_t word;
  _Atomic uint64_t owner; // identity of the holding thread, 0: none
  uint64_t depth;         // written by the owner only
} RLock;
static const CellType rlock_cell_type = {.name = "RLock"};
static RLock *as_rlock(Value value) {
  return (RLock *)value_cell(value);
}

static Value rlock_new(Value class, [[maybe_unused]] Value *arguments, [[maybe_unused]] size_t count,
                       [[maybe_unused]] Value names) {
  void *cell = class_allocate(value_as_class(class), 0);
  return cell ? value_from_cell(cell) : NULL;
}
static LockOutcome rlock_take(RLock *lock, LockWait *wait) {
  uint64_t me = thread_current()->identity;
  if (lock->owner == me) {
    lock->depth++;
    return LOCK_ACQUIRED;
  }
  LockOutcome outcome = word_acquire_interruptibly(&lock->word, wait);
  if (outcome == LOCK_ACQUIRED) {
    lock->owner = me;
    lock->depth = 1;
  }
  KEEP(lock);
  return outcome;
}
static Value rlock_acquire(Value self, Value blocking, Value timeout) {
  LockWait wait;
  if (!parse_acquire(&wait, native_caller((const void *)rlock_acquire), blocking, timeout)) return NULL;
  return acquire_end(rlock_take(as_rlock(self), &wait));
}
static Value rlock_release(Value self) {
  RLock *lock = as_rlock(self);
  if (lock->owner != thread_current()->identity) return raise(CLASS_RUNTIME_ERROR, "cannot release un-acquired lock");
  if (--lock->depth == 0) {
    lock->owner = 0;
    word_release(&lock->word);
  }
  return VALUE_NONE;
}
static Value rlock_enter(Value self) {
  LockWait wait = wait_until(CALLER_NATIVE, -1);
  return rlock_take(as_rlock(self), &wait) == LOCK_ACQUIRED ? VALUE_TRUE : NULL;
}
static Value rlock_exit(Value self, [[maybe_unused]] Value arguments) {
  return rlock_release(self);
}
static Value rlock_is_owned(Value self) {
  return value_from_bool(as_rlock(self)->owner == thread_current()->identity);
}
// For Condition: releases all levels, and takes them again.
static Value rlock_release_save(Value self) {
  RLock *lock = as_rlock(self);
  if (lock->depth == 0) return raise(CLASS_RUNTIME_ERROR, "cannot release un-acquired lock");
  Value saved = tuple_of(2, int_from_uint64(lock->depth), int_from_uint64(lock->owner));
  if (!saved) return NULL;
  lock->depth = 0;
  lock->owner = 0;
  word_release(&lock->word);
  return saved;
}
static Value rlock_acquire_restore(Value self, Value saved) {
  uint64_t depth, owner;
  if (!value_is_tuple(saved) || tuple_count(saved) != 2 || !int_fits_uint64(tuple_item(saved, 0), &depth) ||
      !int_fits_uint64(tuple_item(saved, 1), &owner))
    return raise_type_error("_acquire_restore() argument must be what _release_save() returned");
  RLock *lock = as_rlock(self);
  // Must not fail: whoever calls Condition.wait() relies on holding the lock when it returns, or raises.
  word_acquire(&lock->word);
  lock->owner = owner;
  lock->depth = depth;
  return VALUE_NONE;
}
static Value rlock_recursion_count(Value self) {
  RLock *lock = as_rlock(self);
  return int_from_uint64(lock->owner == thread_current()->identity ? lock->depth : 0);
}
static Value rlock_repr(Value self) {
  RLock *lock = as_rlock(self);
  return str_format_c("<%s %T object owner=%lu count=%lu at %p>", lock->depth ? "locked" : "unlocked", self,
                      (unsigned long)lock->owner, lock->depth, value_cell(self));
}
static Value rlock_at_fork_reinit(Value self) {
  RLock *lock = as_rlock(self);
  lock->word = 0;
  lock->owner = 0;
  lock->depth = 0;
  return VALUE_NONE;
}

static const NativeMethod rlock_methods[] = {
    NATIVE("__new__", rlock_new, NULL, "Create a lock.", NATIVE_STATIC),
    NATIVE("acquire", rlock_acquire, "($self, /, blocking=True, timeout=-1)",
           "Acquire the lock, once more if this thread holds it.", NATIVE_WAITS),
    NATIVE("release", rlock_release, "($self, /)", "Release one level."),
    NATIVE("__enter__", rlock_enter, "($self, /)", "Acquire the lock."),
    NATIVE("__exit__", rlock_exit, "($self, /, *args)", "Release the lock."),
    NATIVE("_is_owned", rlock_is_owned, "($self, /)", "Does this thread hold the lock?"),
    NATIVE("_release_save", rlock_release_save, "($self, /)", "Release all levels; for Condition."),
    NATIVE("_acquire_restore", rlock_acquire_restore, "($self, state, /)", "Take all levels again; for Condition."),
    NATIVE("_recursion_count", rlock_recursion_count, "($self, /)", "How often this thread holds the lock."),
    NATIVE("_at_fork_reinit", rlock_at_fork_reinit, "($self, /)", "Make the lock free in the child of a fork."),
    NATIVE("__repr__", rlock_repr, "($self, /)", "State and address."),
    {}};
static const ClassDef rlock_class = {.name = "_thread.RLock",
                                     .doc = "A lock that its holder can acquire again.",
                                     .cell_type = &rlock_cell_type,
                                     .instance_size = sizeof(RLock),
                                     .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE | CLASS_HAS_WEAKREF,
                                     .methods = rlock_methods};

// ---- Threads ----

// What a new thread is to run; rooted until it has taken it over.
typedef struct StartRecord {
  Value function, arguments, keywords;
} StartRecord;

static void report_thread_exception(Value function) {
  if (exception_clear_if(CLASS_SYSTEM_EXIT)) return;
  exception_write_unraisable(function, "Exception ignored in thread started by");
}

// The lock that threading wants released when a thread ends (_set_sentinel), kept weakly reachable through the thread.
static void release_sentinel(Thread *thread) {
  Value dict = thread->thread_dict;
  Value lock = dict ? dict_get_c(dict, "_sentinel") : NULL;
  if (lock) word_release(&as_lock(lock)->word);
}

[[gnu::noinline]] static void run_and_forget(StartRecord *record) {
  Value function = record->function;
  Value arguments = record->arguments, keywords = record->keywords;
  heap_remove_root_range(&record->function);
  if (!value_call_tuple(function, arguments, keywords)) report_thread_exception(function);
  thread_local_end_thread();
}

static void *thread_main(void *pointer) {
  StartRecord *record = pointer;
  Thread *thread = thread_attach();
  if (thread) {
    run_and_forget(record);
    // Whoever has joined it may let go of it at once, and it should die of that: not live on through this stack.
    thread_forget_stack();
    release_sentinel(thread);
    running_threads--;
    thread_detach();
  } else {
    running_threads--;
  }
  free(record);
  return NULL;
}

static Value start_new_thread(Value function, Value arguments, Value keywords) {
  if (!value_is_callable(function)) return raise_type_error("first arg must be callable");
  if (!value_is_tuple(arguments)) return raise_type_error("2nd arg must be a tuple");
  if (keywords && !value_is_dict(keywords)) return raise_type_error("optional 3rd arg must be a dictionary");
  StartRecord *record = calloc(1, sizeof *record);
  if (!record) return raise_memory_error();
  *record = (StartRecord){function, arguments, keywords};
  heap_add_root_range(&record->function, 3);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  if (stack_size) pthread_attr_setstacksize(&attributes, stack_size);
  running_threads++;
  // From now on, not only from when the new thread is attached: this thread is in no native step now, then it may be.
  threads_begin();
  pthread_t thread;
  int error = pthread_create(&thread, &attributes, thread_main, record);
  pthread_attr_destroy(&attributes);
  if (error) {
    running_threads--;
    heap_remove_root_range(&record->function);
    free(record);
    return raise(CLASS_RUNTIME_ERROR, "can't start new thread");
  }
  return int_from_uint64((uint64_t)thread);
}

static Value set_sentinel(void) {
  Thread *thread = thread_current();
  if (!thread->thread_dict && !(thread->thread_dict = dict_new())) return NULL;
  Value lock = allocate_lock();
  return lock && dict_set_c(thread->thread_dict, "_sentinel", lock) ? lock : NULL;
}

static Value get_ident(void) {
  return int_from_uint64(thread_current()->identity);
}
static Value get_native_id(void) {
  return int_from_int64(gettid());
}
static Value thread_count_started(void) {
  return int_from_int64(running_threads);
}
static Value exit_thread(void) {
  return raise_none(CLASS_SYSTEM_EXIT);
}

static Value set_stack_size(Value size_value) {
  ptrdiff_t size = 0;
  if (size_value && !value_as_size(size_value, &size, CLASS_OVERFLOW_ERROR)) return NULL;
  if (size < 0) return raise_value_error("size must be 0 or a positive value");
  if (size != 0 && (size < 32768 || size < (ptrdiff_t)PTHREAD_STACK_MIN))
    return raise_value_error("size not valid: %zd bytes", size);
  size_t before = stack_size;
  stack_size = (size_t)size;
  return int_from_size(before);
}

static Value interrupt_main(Value number_value) {
  int number = 2;
  if (number_value && !value_as_int(number_value, &number)) return NULL;
  if (number < 1 || number > 64) return raise_value_error("signal number out of range");
  return signals_simulate(number) ? VALUE_NONE : NULL;
}

// What threading.excepthook is by default: args is (exc_type, exc_value, exc_traceback, thread).
static Value thread_excepthook(Value arguments) {
  if (value_class(arguments) != state.except_hook_arguments)
    return raise_type_error("_thread.excepthook argument type must be ExceptHookArgs");
  Value type = tuple_item(arguments, 0), value = tuple_item(arguments, 1), traceback = tuple_item(arguments, 2);
  Value thread = tuple_item(arguments, 3);
  if (type == value_from_cell(BUILTIN(SYSTEM_EXIT))) return VALUE_NONE;
  Value file = dict_get_c(runtime.sys_dict, "stderr");
  if (!file || file == VALUE_NONE) {
    if (thread == VALUE_NONE || !(file = value_get_attribute_c(thread, "_stderr")))
      return exception_pending() ? NULL : VALUE_NONE;
    if (file == VALUE_NONE) return VALUE_NONE;
  }
  Value name = thread != VALUE_NONE ? value_get_attribute_c(thread, "_name") : get_ident();
  if (!name) return NULL;
  Value text = str_format_c("Exception in thread %S:\n", name);
  if (!text || !value_call_method_1(file, "write", text)) return NULL;
  if (value_is_exception(value)) {
    Exception *exception = (Exception *)value_cell(value);
    if (VALUE_IS_EXACT(traceback, TRACEBACK) && !exception->traceback)
      gc_store(exception, &exception->traceback, traceback);
    exception_print_to(file, value);
  }
  return value_call_method_0(file, "flush") ? VALUE_NONE : NULL;
}

static const StructField hook_fields[] = {{"exc_type", "Exception type"},
                                          {"exc_value", "Exception value"},
                                          {"exc_traceback", "Exception traceback"},
                                          {"thread", "Thread"},
                                          {}};
static const StructSequenceDef hook_definition = {"_thread._ExceptHookArgs", "What threading.excepthook receives.",
                                                  hook_fields, 4, false};

static const NativeMethod thread_functions[] = {
    NATIVE("start_new_thread", start_new_thread, "(function, args, kwargs=<unrepresentable>, /)",
           "Start a thread; returns its identity."),
    NATIVE("start_new", start_new_thread, "(function, args, kwargs=<unrepresentable>, /)",
           "An old name of start_new_thread()."),
    NATIVE("allocate_lock", allocate_lock, "()", "A new lock."),
    NATIVE("allocate", allocate_lock, "()", "An old name of allocate_lock()."),
    NATIVE("exit_thread", exit_thread, "()", "An old name of exit()."),
    NATIVE("exit", exit_thread, "()", "End this thread by raising SystemExit."),
    NATIVE("interrupt_main", interrupt_main, "(signum=signal.SIGINT, /)", "Simulate the arrival of a signal."),
    NATIVE("get_ident", get_ident, "()", "A number that identifies this thread among those that live."),
    NATIVE("get_native_id", get_native_id, "()", "The kernel's number of this thread."),
    NATIVE("_count", thread_count_started, "()", "How many threads started here are running."),
    NATIVE("stack_size", set_stack_size, "(size=0, /)", "Set the stack size of new threads; returns the former one."),
    NATIVE("_set_sentinel", set_sentinel, "()", "A lock that is released when this thread ends."),
    NATIVE("_excepthook", thread_excepthook, "(excepthookargs, /)", "Show an uncaught exception of a thread."),
    {}};

static bool thread_initialize(Value module) {
  heap_add_root_range((Value *)&state, sizeof state / sizeof(Value));
  if (!module_add_class(module, &lock_class, NULL, &state.lock) ||
      !module_add_class(module, &rlock_class, NULL, &state.rlock) || !thread_local_add_class(module))
    return false;
  state.except_hook_arguments = struct_sequence_class_new(&hook_definition);
  return state.except_hook_arguments &&
         module_add(module, "_ExceptHookArgs", value_from_cell(state.except_hook_arguments)) &&
         module_add(module, "LockType", value_from_cell(state.lock)) &&
         module_add(module, "error", value_from_cell(BUILTIN(RUNTIME_ERROR))) &&
         module_add(module, "TIMEOUT_MAX", float_from_double(9223372036.0));
}

const NativeModule thread_module = {
    .name = "_thread", .doc = "Threads and locks.", .functions = thread_functions, .initialize = thread_initialize};
