// The parking lot behind object locks: a thread that finds a lock taken spins a little, marks it contended, and sleeps
// on a futex that it shares with the other locks of its bucket. Whoever releases a contended lock wakes the bucket.
//
// A waiter does not count as blocked: the holder of an object lock never stops, so it releases it soon.
#include "runtime/thread/lock.h"
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BUCKET_COUNT = 64, SPINS = 100 };

static struct Bucket {
  alignas(64) _Atomic uint32_t releases;
} buckets[BUCKET_COUNT];

static _Atomic uint32_t *cell_bucket(const Cell *cell) {
  return &buckets[((uintptr_t)cell * 0x9e3779b97f4a7c15u) >> 58].releases;
}

void lock_take_slow(Cell *cell) {
  for (int spin = 0; spin < SPINS; spin++) {
    uint8_t expected = LOCK_FREE;
    if (__atomic_load_n(&cell->lock, __ATOMIC_RELAXED) == LOCK_FREE &&
        __atomic_compare_exchange_n(&cell->lock, &expected, LOCK_HELD, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
      return;
    __builtin_ia32_pause();
  }
  _Atomic uint32_t *releases = cell_bucket(cell);
  for (;;) {
    uint32_t seen = atomic_load(releases);
    if (__atomic_exchange_n(&cell->lock, LOCK_CONTENDED, __ATOMIC_SEQ_CST) == LOCK_FREE) return;
    syscall(SYS_futex, releases, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
  }
}

void lock_release_slow(Cell *cell) {
  __atomic_store_n(&cell->lock, LOCK_FREE, __ATOMIC_SEQ_CST);
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
