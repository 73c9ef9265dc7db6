// Waiting for what another thread does to a word.
//
// A signal interrupts a wait in the thread that receives it, if that has begun. But it may come just before, or to
// another thread, while its Python handler is to run in the main one. So the main thread waits for two words at once:
// the one that it was told, and its own Thread.poll, which every signal changes. Where the system cannot do that, the
// main thread looks at its poll word a few times a second.
#include "runtime/module/waiting.h"
#include "runtime/module/signals.h"
#include "runtime/thread/safepoint.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum : int64_t { SECOND = 1'000'000'000, LOOK_AGAIN = SECOND / 20 };

static struct timespec time_of(int64_t nanoseconds) {
  return (struct timespec){nanoseconds / SECOND, nanoseconds % SECOND};
}

static int wait_for_one(_Atomic uint32_t *word, uint32_t expected, int64_t deadline) {
  struct timespec time = time_of(deadline);
  long result = syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected, deadline < 0 ? NULL : &time, NULL,
                        FUTEX_BITSET_MATCH_ANY);
  return result == 0 ? 0 : errno;
}

static int wait_in_turns(_Atomic uint32_t *word, uint32_t expected, int64_t deadline) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  int64_t look = now.tv_sec * SECOND + now.tv_nsec + LOOK_AGAIN;
  if (deadline >= 0 && deadline <= look) return wait_for_one(word, expected, deadline);
  int error = wait_for_one(word, expected, look);
  return error == ETIMEDOUT ? EAGAIN : error;
}

static int wait_for_both(_Atomic uint32_t *word, uint32_t expected, _Atomic uint32_t *poll, uint32_t reasons,
                         int64_t deadline) {
  struct timespec time = time_of(deadline);
  struct futex_waitv waits[] = {
      {.val = expected, .uaddr = (uintptr_t)word, .flags = FUTEX_32 | FUTEX_PRIVATE_FLAG},
      {.val = reasons, .uaddr = (uintptr_t)poll, .flags = FUTEX_32 | FUTEX_PRIVATE_FLAG},
  };
  if (syscall(SYS_futex_waitv, waits, 2, 0, deadline < 0 ? NULL : &time, CLOCK_MONOTONIC) >= 0) return 0;
  return errno == ENOSYS || errno == EPERM ? wait_in_turns(word, expected, deadline) : errno;
}

int wait_for_change(_Atomic uint32_t *word, uint32_t expected, int64_t deadline, bool direct) {
  Thread *thread = thread_current();
  bool main = signals_is_main_thread();
  uint32_t reasons = atomic_load(&thread->poll);
  if (main && reasons & POLL_SIGNAL) return EINTR;
  (direct ? blocking_enter_called : blocking_enter)();
  int error =
      main ? wait_for_both(word, expected, &thread->poll, reasons, deadline) : wait_for_one(word, expected, deadline);
  blocking_leave();
  return error;
}

void wait_wake_one(_Atomic uint32_t *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1);
}

void wait_wake_main(Thread *main_thread) {
  if (thread_current() != main_thread) syscall(SYS_futex, &main_thread->poll, FUTEX_WAKE_PRIVATE, INT_MAX);
}
