// Waiting, and looking for the dead meanwhile.
//
// With reference counts, what a thread has let go of is dead when it begins to wait, and its files are closed, its
// finalizers have run. Here some of it may have grown old before it died: so a thread that waits for something outside
// looks once, when it has waited for longer than a collection of a small heap takes, and such a collection can be
// afforded. Threads that wait for each other look again and again. Before the first look compiled code that waits for
// the call is left, and the call made again: Thread.leaving and Thread.again.
//
// A signal interrupts a wait in the thread that receives it, if that has begun. But it may come just before, or to
// another thread, while its Python handler is to run in the main one. So the main thread waits for two words at once:
// the one that it was told, and its own Thread.poll, which every signal changes. Where the system cannot do that, the
// main thread looks at its poll word a few times a second.
#include "runtime/module/waiting.h"
#include "runtime/heap/heap.h"
#include "runtime/module/signals.h"
#include "runtime/module/system.h"
#include "runtime/object/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
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
  waiting_begin(direct);
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

enum : int64_t {
  MILLISECOND = SECOND / 1000,
  FIRST_PART = 20 * MILLISECOND,
  LAST_PART = SECOND,
  REST = 30 * MILLISECOND, // or more must be left: a collection should make nobody late
};

int64_t time_left(int64_t now, int64_t deadline) {
  return deadline < 0 ? -1 : deadline > now ? deadline - now : 0;
}

Lookout lookout_start(NativeCaller caller, int64_t deadline, bool for_thread) {
  return (Lookout){.part = FIRST_PART, .deadline = deadline, .caller = caller, .for_thread = for_thread};
}

int64_t time_deadline(int64_t timeout) {
  int64_t deadline;
  if (timeout < 0) return -1;
  return __builtin_add_overflow(time_monotonic(), timeout, &deadline) ? INT64_MAX : deadline;
}

int64_t lookout_part(const Lookout *lookout, int64_t left) {
  int64_t rest = lookout->for_thread ? 1 : REST;
  return lookout->part && (left < 0 || left >= lookout->part + rest) ? lookout->part : -1;
}

int64_t lookout_end(const Lookout *lookout, int64_t now, bool *looks) {
  int64_t part = lookout_part(lookout, time_left(now, lookout->deadline));
  *looks = part >= 0;
  return *looks ? now + part : lookout->deadline;
}

static void look(Lookout *lookout) {
  lookout->waited += lookout->part;
  HeapWait wait = {
      .waited = (uint64_t)lookout->waited, .for_thread = lookout->for_thread, .endless = lookout->deadline < 0};
  bool done = heap_waiting_collect(lookout_is_direct(lookout) ? PROMPT_BETWEEN : PROMPT_RUN, &wait);
  bool ends = !lookout->for_thread && (done || lookout->part >= LAST_PART);
  lookout->part = ends ? 0 : lookout->part < INT64_MAX / 4 ? lookout->part * 2 : lookout->part;
}

// Does compiled code, which can be left, wait for the call?
static bool compiled_code_waits(const Thread *thread, NativeCaller caller) {
  if (caller == CALLER_NATIVE || thread->trace_function || thread->profile_function) return false;
  if (caller == CALLER_COMPILED) return true;
  for (const Frame *frame = thread->frame; frame->kind != FRAME_ENTRY; frame = frame->previous)
    if (frame->exit_flags & FRAME_RETURNS_TO_NATIVE) return frame->exit_flags & FRAME_LEAVES_CALLER;
  return false;
}

bool lookout_look(Lookout *lookout) {
  Thread *thread = thread_current();
  if (!lookout->again && compiled_code_waits(thread, lookout->caller)) {
    thread->again.frame = thread->frame;
    thread->again.pc = thread->frame->pc;
    thread->again.deadline = lookout->deadline;
    thread->leaving = true;
    return false;
  }
  look(lookout);
  return true;
}

bool lookout_goes_on(Lookout *lookout, NativeCaller caller, bool for_thread) {
  Thread *thread = thread_current();
  if (!thread->again.frame || caller != CALLER_INTERPRETER || thread->again.frame != thread->frame ||
      thread->again.pc != thread->frame->pc)
    return false;
  *lookout = lookout_start(caller, thread->again.deadline, for_thread);
  lookout->again = true;
  thread->again.frame = NULL;
  look(lookout);
  return true;
}

// To ask whether there is something to read takes a system call. A thread that has found something there many times in
// a row, and has let go of nothing that is watched meanwhile, asks seldom.
static bool is_probably_ready(Thread *thread) {
  enum { MANY = 64 };
  uint32_t let_go = heap_let_go_count();
  if (let_go != thread->reads_let_go) thread->ready_reads = 0;
  thread->reads_let_go = let_go;
  return ++thread->ready_reads > MANY && thread->ready_reads % MANY != 0;
}

bool lookout_before_read(int descriptor, int64_t left, NativeCaller caller) {
  struct pollfd fd = {.fd = descriptor, .events = POLLIN};
  Lookout lookout;
  if (!lookout_goes_on(&lookout, caller, false)) lookout = lookout_start(caller, time_deadline(left), false);
  int64_t part = lookout_part(&lookout, left);
  if (part < 0 || descriptor < 0 || is_probably_ready(thread_current()) || poll(&fd, 1, 0) != 0) return true;
  thread_current()->ready_reads = 0;
  int flags = left < 0 ? fcntl(descriptor, F_GETFL) : 0;
  if (flags < 0 || flags & O_NONBLOCK) return true;
  for (; part >= 0; part = lookout_part(&lookout, left)) {
    waiting_begin(lookout_is_direct(&lookout));
    int ready = poll(&fd, 1, (int)(part / MILLISECOND));
    blocking_leave();
    if (ready == 0 && !lookout_look(&lookout)) return false;
    if (!safepoint_handle()) return false;
    if (ready != 0) break;
    if (left >= 0) left -= part;
  }
  return true;
}
