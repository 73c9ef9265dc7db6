// The per-object lock: one byte in the cell's header, with a parking lot behind it for waiters.
//
// Until a second thread has been started taking it costs one load and branch. Under an object lock nothing allocates,
// polls, blocks, or runs Python code: allocate first, lock, re-check, publish, unlock. Two locks at once: lock_two(),
// which orders by address.
#pragma once

#include "runtime/thread/thread.h"

void lock_take_slow(Cell *cell);
void lock_release_slow(Cell *cell);

// Bits. A lock that is free or held and nothing else never leaves the inline path.
enum : uint8_t {
  LOCK_FREE = 0,
  LOCK_HELD = 1 << 0,
  LOCK_AWAITED = 1 << 1, // held, and somebody sleeps
  LOCK_MARK = 0xf8,      // not zero: whoever takes it next goes the slow way, see lock.c
};
// Thread.lock_patience of a thread that has waited, again and again, for a lock that it wants again at once.
enum : uint32_t { LOCK_PATIENCE_FIGHT = 256 };

#ifdef NDEBUG
static inline void lock_count([[maybe_unused]] int by) {}
#else
static inline void lock_count(int by) {
  thread_current()->cells_locked += by;
}
#endif

static inline void cell_lock(void *owner) {
  if (!threads_started) return;
  Cell *cell = (Cell *)owner;
  uint8_t expected = LOCK_FREE;
  lock_count(1);
  if (!__atomic_compare_exchange_n(&cell->lock, &expected, LOCK_HELD, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
    lock_take_slow(cell);
}
static inline void cell_unlock(void *owner) {
  Cell *cell = (Cell *)owner;
  uint8_t held = __atomic_load_n(&cell->lock, __ATOMIC_RELAXED);
  if (held == LOCK_FREE) return; // taken before threads were started
  lock_count(-1);
  // A waiter may go to sleep between the load and the store: it wakes by itself (lock.c).
  if (__builtin_expect(held == LOCK_HELD, 1))
    __atomic_store_n(&cell->lock, LOCK_FREE, __ATOMIC_RELEASE);
  else
    lock_release_slow(cell);
}
// Locks both (once, if they are the same cell).
void lock_two(void *a, void *b);
void unlock_two(void *a, void *b);
