// The slow halves of object locks: waiting, and the parking lot.
//
// A thread that finds a lock taken looks again after a while, a few times; then it marks the lock as awaited and sleeps
// on a futex that it shares with the other locks of its bucket. Whoever releases such a lock wakes the bucket; but who
// has just found the lock held and by nobody awaited releases it by a plain store, which costs less than an exchange,
// and may overwrite the waiter's sign: so nobody sleeps longer than a millisecond without looking again. A waiter does
// not count as blocked: the holder of an object lock never stops, so it releases it soon.
//
// How long is a while? Every look, and every change of hands, takes the object's memory from one processor to another,
// which takes longer than most operations on the object. If two threads do nothing but change it, they are faster if
// they take turns: one stays away (without looking) while the other does many operations in a row. If they meet by
// chance, a look should follow soon. So a thread that had to wait leaves its mark in the lock for a few operations. It
// learns how soon it wants the same lock again, and waits longer or shorter from then on (Thread.lock_patience); and
// another thread, which would seldom find the lock held, learns that it is not alone: it stays away as well.
#include "runtime/thread/lock.h"
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { BUCKET_COUNT = 64 };
enum : uint32_t { // in pauses of the processor, some 20 nanoseconds each
  PATIENCE_LEAST = 16,
  PATIENCE_MOST = 8192, // a turn: long enough that what it costs to begin one does not matter
  PATIENCE_ENDS = 2048, // so long between two looks: it is time to sleep
};
enum : uint64_t { AT_ONCE = 1500 }; // cycles between two operations of a thread that does nothing else
enum : uint8_t { MARKS = 8 };       // operations for which a thread leaves its mark

static struct Bucket {
  alignas(64) _Atomic uint32_t releases;
} buckets[BUCKET_COUNT];

static _Atomic uint32_t *cell_bucket(const Cell *cell) {
  return &buckets[((uintptr_t)cell * 0x9e3779b97f4a7c15u) >> 58].releases;
}

static uint8_t lock_load(const Cell *cell) {
  return __atomic_load_n(&cell->lock, __ATOMIC_RELAXED);
}

static bool lock_try(Cell *cell, uint8_t free, uint8_t taken) {
  return __atomic_compare_exchange_n(&cell->lock, &free, taken, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

// The bits by which `thread` knows its mark again, most probably.
static uint8_t mark_of(const Thread *thread) {
  return (uint8_t)((1 + thread->serial % 31) << 3);
}

static void mark_begin(Thread *thread, const Cell *cell) {
  thread->lock_marked = cell;
  thread->lock_marks = MARKS;
}

// The thread finds its own mark: what should stand in the lock now?
static uint8_t mark_found(Thread *thread) {
  bool at_once = __builtin_ia32_rdtsc() - thread->lock_released < AT_ONCE;
  uint32_t patience = at_once ? thread->lock_patience * 2 : thread->lock_patience / 4;
  thread->lock_patience = patience < PATIENCE_LEAST  ? PATIENCE_LEAST
                          : patience < PATIENCE_MOST ? patience
                                                     : PATIENCE_MOST;
  if (at_once && --thread->lock_marks > 0) return LOCK_HELD | mark_of(thread);
  thread->lock_marked = NULL;
  return LOCK_HELD;
}

// Takes a lock that seems to be free, unless it is to be left to another thread for a while.
static bool lock_take_free(Thread *thread, Cell *cell) {
  uint8_t seen = lock_load(cell), mark = mark_of(thread);
  if (seen & LOCK_HELD) return false;
  if (seen == mark && thread->lock_marked == cell) {
    if (!lock_try(cell, seen, LOCK_HELD | mark)) return false;
    uint8_t held = mark_found(thread);
    if (held == LOCK_HELD) __atomic_fetch_and(&cell->lock, (uint8_t)~LOCK_MARK, __ATOMIC_RELAXED);
    return true;
  }
  if (seen != LOCK_FREE && seen != mark && thread->lock_patience > PATIENCE_LEAST) return false;
  if (!lock_try(cell, seen, LOCK_HELD | mark)) return false;
  mark_begin(thread, cell);
  return true;
}

// Waits, then takes the lock if it is not held.
static bool lock_look_after(Thread *thread, Cell *cell, uint32_t pauses) {
  for (uint32_t i = 0; i < pauses; i++) __builtin_ia32_pause();
  uint8_t seen = lock_load(cell);
  if (seen & LOCK_HELD || !lock_try(cell, seen, LOCK_HELD | mark_of(thread))) return false;
  mark_begin(thread, cell);
  return true;
}

void lock_take_slow(Cell *cell) {
  Thread *thread = thread_current();
  if (lock_take_free(thread, cell)) return;
  uint32_t patience = thread->lock_patience;
  if (patience < PATIENCE_LEAST) patience = thread->lock_patience = PATIENCE_LEAST;
  // If it is held at the first look, then most probably for a moment, by a thread whose turn has been long enough.
  if (lock_look_after(thread, cell, patience)) return;
  for (uint32_t pauses = PATIENCE_LEAST; pauses < PATIENCE_ENDS; pauses *= 2)
    if (lock_look_after(thread, cell, pauses)) return;
  _Atomic uint32_t *releases = cell_bucket(cell);
  for (;;) {
    uint32_t before = atomic_load(releases);
    if (!(__atomic_exchange_n(&cell->lock, LOCK_HELD | LOCK_AWAITED, __ATOMIC_SEQ_CST) & LOCK_HELD)) return;
    const struct timespec limit = {.tv_nsec = 1'000'000};
    syscall(SYS_futex, releases, FUTEX_WAIT_PRIVATE, before, &limit, NULL, 0);
  }
}

void lock_release_slow(Cell *cell) {
  Thread *thread = thread_current();
  bool marked = thread->lock_marked == cell;
  if (marked) thread->lock_released = __builtin_ia32_rdtsc();
  uint8_t held = __atomic_exchange_n(&cell->lock, marked ? mark_of(thread) : LOCK_FREE, __ATOMIC_SEQ_CST);
  if (!(held & LOCK_AWAITED)) return;
  _Atomic uint32_t *releases = cell_bucket(cell);
  atomic_fetch_add(releases, 1);
  syscall(SYS_futex, releases, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

void lock_two(void *a, void *b) {
  if (a == b) {
    cell_lock(a);
    return;
  }
  cell_lock(a < b ? a : b);
  cell_lock(a < b ? b : a);
}

void unlock_two(void *a, void *b) {
  cell_unlock(a);
  if (a != b) cell_unlock(b);
}
