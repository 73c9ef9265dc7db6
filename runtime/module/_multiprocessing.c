// The module _multiprocessing: semaphores that processes share.
//
// A SemLock is a POSIX named semaphore, unlinked by Python code as soon as it is inherited. Waiting is a blocking
// region that signals interrupt. Atomic: acquire and release. Depth and owner are this process's own view, and threads
// that do not hold the semaphore read them too, to learn that they do not: so the owner is stored before the depth
// grows, and the depth falls before the semaphore is posted, since the next holder may run from then on.
#include "runtime/heap/heap.h"
#include "runtime/module/system.h"
#include "runtime/module/waiting.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/str.h"
#include "runtime/thread/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum : int { KIND_RECURSIVE = 0, KIND_SEMAPHORE = 1 };

typedef struct SemLock {
  Cell head;
  Value name; // str or None
  // ---- end of values
  sem_t *semaphore;
  _Atomic uint64_t owner; // identity of the thread that acquired it last
  _Atomic int depth;      // how often this process holds it
  int kind, maximum;
} SemLock;
static void semlock_release_memory(Cell *cell) {
  SemLock *lock = (SemLock *)cell;
  if (lock->semaphore) sem_close(lock->semaphore);
}
static const CellType semlock_cell_type = {
    .name = "SemLock", CELL_VALUES(SemLock, name, name), .release = semlock_release_memory};
static Class *semlock_type;
static SemLock *as_lock(Value value) {
  return (SemLock *)value_cell(value);
}
static bool is_mine(const SemLock *lock) {
  return lock->depth > 0 && lock->owner == thread_current()->identity;
}

static Value semlock_make(Class *class, sem_t *semaphore, int kind, int maximum, Value name) {
  SemLock *lock = class_allocate(class, 0);
  if (!lock) return NULL;
  gc_init(lock, &lock->name, name);
  lock->semaphore = semaphore;
  lock->kind = kind;
  lock->maximum = maximum;
  return value_from_cell(lock);
}

static Value semlock_new(Value class, Value kind_value, Value value, Value maximum_value, Value name,
                         Value unlink_value) {
  int kind, start, maximum;
  if (!value_as_int(kind_value, &kind) || !value_as_int(value, &start) || !value_as_int(maximum_value, &maximum))
    return NULL;
  int unlink = value_truth(unlink_value);
  if (unlink < 0) return NULL;
  if (kind != KIND_RECURSIVE && kind != KIND_SEMAPHORE) return raise_value_error("unrecognized kind");
  if (!value_is_str(name)) return raise_type_error("SemLock() argument 'name' must be str, not %T", name);
  const char *path = str_utf8(name, NULL);
  if (!path) return NULL;
  sem_t *semaphore = sem_open(path, O_CREAT | O_EXCL, 0600, (unsigned)start);
  if (semaphore == SEM_FAILED) return raise_os_error(errno, NULL);
  if (unlink && sem_unlink(path) < 0) {
    int error = errno;
    sem_close(semaphore);
    return raise_os_error(error, NULL);
  }
  return semlock_make(value_as_class(class), semaphore, kind, maximum, unlink ? VALUE_NONE : name);
}

// The semaphore of another process, by its name.
static Value semlock_rebuild(Value class, Value handle, Value kind_value, Value maximum_value, Value name) {
  int kind, maximum;
  if (!value_as_int(kind_value, &kind) || !value_as_int(maximum_value, &maximum)) return NULL;
  sem_t *semaphore;
  if (value_is_str(name)) {
    const char *path = str_utf8(name, NULL);
    if (!path) return NULL;
    semaphore = sem_open(path, 0);
    if (semaphore == SEM_FAILED) return raise_os_error(errno, NULL);
  } else {
    int64_t address; // inherited by fork: the same address is good here
    if (!value_as_int64(handle, &address)) return NULL;
    semaphore = (sem_t *)(uintptr_t)address;
  }
  return semlock_make(value_as_class(class), semaphore, kind, maximum, name);
}

// Waits for the semaphore. *result: as of sem_wait. False: exception pending, or the call is to be made again.
static bool semlock_wait(SemLock *lock, Lookout *lookout, int *result) {
  enum : int64_t { SECOND = 1'000'000'000 };
  for (;;) {
    bool looks;
    int64_t end = lookout_end(lookout, time_monotonic(), &looks);
    struct timespec time = {end / SECOND, end % SECOND};
    waiting_begin(lookout_is_direct(lookout));
    *result = end < 0 ? sem_wait(lock->semaphore) : sem_clockwait(lock->semaphore, CLOCK_MONOTONIC, &time);
    blocking_leave();
    looks = looks && *result < 0 && errno == ETIMEDOUT;
    if (*result == 0 || (errno != EINTR && !looks)) return true;
    if (looks && !lookout_look(lookout)) return false;
    if (safepoint_wanted() && !safepoint_handle()) return false;
  }
}

// What the arguments mean. False: exception.
static bool semlock_start(Lookout *lookout, NativeCaller caller, Value block_value, Value timeout_value, bool *block) {
  int truth = block_value ? value_truth(block_value) : 1;
  double timeout = -1;
  bool limited = timeout_value && timeout_value != VALUE_NONE;
  if (truth < 0 || (limited && !value_as_double(timeout_value, &timeout))) return false;
  if (limited && !(timeout > 0)) timeout = 0;
  int64_t nanoseconds = timeout < (double)INT64_MAX / 1e9 ? (int64_t)(timeout * 1e9) : INT64_MAX;
  *block = truth;
  *lookout = lookout_start(caller, limited ? time_deadline(nanoseconds) : -1, false);
  return true;
}

static Value semlock_take(Value self, Value block_value, Value timeout_value, NativeCaller caller) {
  SemLock *lock = as_lock(self);
  Lookout lookout;
  bool block = true;
  if (!lookout_goes_on(&lookout, caller, false) && !semlock_start(&lookout, caller, block_value, timeout_value, &block))
    return NULL;
  if (lock->kind == KIND_RECURSIVE && is_mine(lock)) {
    lock->depth++;
    return VALUE_TRUE;
  }
  int result = sem_trywait(lock->semaphore);
  if (result < 0 && block && !semlock_wait(lock, &lookout, &result)) return NULL;
  if (result < 0) {
    if (errno == EAGAIN || errno == ETIMEDOUT) return VALUE_FALSE;
    return raise_os_error(errno, NULL);
  }
  lock->owner = thread_current()->identity;
  lock->depth++;
  return VALUE_TRUE;
}

static Value semlock_acquire(Value self, Value block_value, Value timeout_value) {
  return semlock_take(self, block_value, timeout_value, native_caller((const void *)semlock_acquire));
}

// Posts the semaphore, which a thread that waits may acquire before this returns. What it returns is 0 or an errno.
static int semlock_post(SemLock *lock) {
  lock->depth--;
  if (sem_post(lock->semaphore) == 0) return 0;
  lock->depth++;
  return errno;
}
// Under the object's lock, so that threads of this process cannot together exceed the maximum: EOVERFLOW if one would.
static int semlock_post_counted(SemLock *lock) {
  int error = 0, value;
  cell_lock(lock);
  if (sem_getvalue(lock->semaphore, &value) < 0)
    error = errno;
  else
    error = value >= lock->maximum ? EOVERFLOW : semlock_post(lock);
  cell_unlock(lock);
  return error;
}

static Value semlock_release(Value self) {
  SemLock *lock = as_lock(self);
  int error = 0;
  if (lock->kind == KIND_SEMAPHORE)
    error = semlock_post_counted(lock);
  else if (!is_mine(lock))
    return raise(CLASS_ASSERTION_ERROR, "attempt to release recursive lock not owned by thread");
  else if (lock->depth > 1)
    lock->depth--;
  else
    error = semlock_post(lock);
  if (error == EOVERFLOW) return raise_value_error("semaphore or lock released too many times");
  return error ? raise_os_error(error, NULL) : VALUE_NONE;
}

static Value semlock_enter(Value self) {
  return semlock_take(self, NULL, NULL, native_caller((const void *)semlock_enter));
}
static Value semlock_exit(Value self, [[maybe_unused]] Value type, [[maybe_unused]] Value value,
                          [[maybe_unused]] Value traceback) {
  return semlock_release(self);
}
static Value semlock_count(Value self) {
  return value_from_small_int(as_lock(self)->depth);
}
static Value semlock_is_mine(Value self) {
  return value_from_bool(is_mine(as_lock(self)));
}
static Value semlock_get_value(Value self) {
  int value;
  if (sem_getvalue(as_lock(self)->semaphore, &value) < 0) return raise_os_error(errno, NULL);
  return value_from_small_int(value < 0 ? 0 : value);
}
static Value semlock_is_zero(Value self) {
  Value value = semlock_get_value(self);
  return value ? value_from_bool(value == value_from_small_int(0)) : NULL;
}
static Value semlock_after_fork(Value self) {
  as_lock(self)->depth = 0;
  return VALUE_NONE;
}
static Value get_handle(Value self) {
  return int_from_int64((int64_t)(uintptr_t)as_lock(self)->semaphore);
}
static Value get_kind(Value self) {
  return value_from_small_int(as_lock(self)->kind);
}
static Value get_maximum(Value self) {
  return value_from_small_int(as_lock(self)->maximum);
}
static Value get_name(Value self) {
  return as_lock(self)->name;
}

static const NativeMethod semlock_methods[] = {
    NATIVE("__new__", semlock_new, "($type, kind, value, maxvalue, name, unlink)", "Create a semaphore.",
           NATIVE_STATIC),
    NATIVE("_rebuild", semlock_rebuild, "($type, handle, kind, maxvalue, name, /)", "A semaphore of another process.",
           NATIVE_CLASS),
    NATIVE("acquire", semlock_acquire, "($self, /, block=True, timeout=None)", "Acquire the semaphore.", NATIVE_WAITS),
    NATIVE("release", semlock_release, "($self, /)", "Release the semaphore."),
    NATIVE("__enter__", semlock_enter, "($self, /)", "Acquire the semaphore.", NATIVE_WAITS),
    NATIVE("__exit__", semlock_exit, "($self, exc_type=None, exc_value=None, exc_tb=None, /)",
           "Release the semaphore."),
    NATIVE("_count", semlock_count, "($self, /)", "How often this process holds it."),
    NATIVE("_is_mine", semlock_is_mine, "($self, /)", "Does this thread hold it?"),
    NATIVE("_get_value", semlock_get_value, "($self, /)", "The semaphore's value."),
    NATIVE("_is_zero", semlock_is_zero, "($self, /)", "Is the value zero?"),
    NATIVE("_after_fork", semlock_after_fork, "($self, /)", "Forget what the parent process held."),
    {}};
static const NativeProperty semlock_properties[] = {{"handle", get_handle, NULL, NULL},
                                                    {"kind", get_kind, NULL, NULL},
                                                    {"maxvalue", get_maximum, NULL, NULL},
                                                    {"name", get_name, NULL, NULL},
                                                    {}};
static const ClassDef semlock_class = {.name = "_multiprocessing.SemLock",
                                       .doc = "A semaphore that processes share.",
                                       .cell_type = &semlock_cell_type,
                                       .instance_size = sizeof(SemLock),
                                       .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE,
                                       .methods = semlock_methods,
                                       .properties = semlock_properties};

static Value multiprocessing_unlink(Value name) {
  const char *path = value_is_str(name) ? str_utf8(name, NULL) : NULL;
  if (!path) return exception_pending() ? NULL : raise_type_error("sem_unlink() argument must be str, not %T", name);
  return sem_unlink(path) < 0 ? raise_os_error(errno, NULL) : VALUE_NONE;
}
static const NativeMethod multiprocessing_functions[] = {
    NATIVE("sem_unlink", multiprocessing_unlink, "(name, /)", "Remove the name of a semaphore."), {}};

static bool multiprocessing_initialize(Value module) {
  heap_add_root_range((Value *)&semlock_type, 1);
  if (!module_add_class(module, &semlock_class, NULL, &semlock_type)) return false;
  Value flags = dict_new();
  static const char *const names[] = {"HAVE_SEM_OPEN", "HAVE_SEM_TIMEDWAIT", "HAVE_FD_TRANSFER"};
  for (size_t i = 0; flags && i < 3; i++)
    if (!dict_set_c(flags, names[i], value_from_small_int(1))) return false;
  return flags && class_set_attribute(semlock_type, str_intern_c("SEM_VALUE_MAX"), int_from_int64(SEM_VALUE_MAX)) &&
         module_add(module, "flags", flags);
}
const NativeModule multiprocessing_module = {.name = "_multiprocessing",
                                             .doc = "Semaphores that processes share.",
                                             .functions = multiprocessing_functions,
                                             .initialize = multiprocessing_initialize};
