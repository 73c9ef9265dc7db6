// IoLock: a recursive lock on a futex, held across calls into Python code.
//
// Without a second thread taking it is a handful of plain instructions; the owner is recorded all the same, because a
// signal handler or a finalizer can re-enter the object.
#include "runtime/module/_io.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

uint32_t io_process;

static uint64_t self_identity(void) {
  return (uint64_t)(uintptr_t)thread_current();
}

bool io_lock_is_mine(const IoLock *lock) {
  return atomic_load_explicit(&lock->owner, memory_order_relaxed) == self_identity();
}

static void io_lock_wait(IoLock *lock) {
  if (lock->process != io_process) { // held by a thread that did not survive the fork
    lock->depth = 0;
    atomic_store(&lock->state, 1);
    return;
  }
  while (atomic_exchange(&lock->state, 2) != 0)
    BLOCKING(syscall(SYS_futex, &lock->state, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0));
}

void io_lock_take(IoLock *lock) {
  if (io_lock_is_mine(lock)) {
    lock->depth++;
    return;
  }
  if (threads_started) {
    uint32_t expected = 0;
    if (!atomic_compare_exchange_strong_explicit(&lock->state, &expected, 1, memory_order_acquire,
                                                 memory_order_relaxed))
      io_lock_wait(lock);
  } else {
    atomic_store_explicit(&lock->state, 1, memory_order_relaxed);
  }
  lock->process = io_process;
  atomic_store_explicit(&lock->owner, self_identity(), memory_order_relaxed);
  lock->depth = 1;
}

void io_lock_release(IoLock *lock) {
  if (--lock->depth) return;
  atomic_store_explicit(&lock->owner, 0, memory_order_relaxed);
  if (!threads_started) {
    atomic_store_explicit(&lock->state, 0, memory_order_relaxed);
    return;
  }
  if (atomic_exchange_explicit(&lock->state, 0, memory_order_release) == 2)
    syscall(SYS_futex, &lock->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
