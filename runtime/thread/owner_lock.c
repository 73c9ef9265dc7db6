// Owner locks: a futex word that names its holder. Before a second thread is started it is a plain word.
#include "runtime/thread/owner_lock.h"
#include "runtime/thread/safepoint.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

enum : uint32_t { CONTENDED = 1, HOLDER_SHIFT = 2 };

// Threads whose word is below `first_of_process` have stayed behind in a parent, but for the one that forked.
static uint32_t first_of_process, survivor;

static uint32_t word_of(uint64_t serial) {
  return (uint32_t)(serial + 1) << HOLDER_SHIFT;
}

void owner_locks_after_fork(uint64_t next) {
  survivor = word_of(thread_current()->serial);
  first_of_process = word_of(next);
}

static bool is_free(uint32_t word) {
  uint32_t holder = word & ~CONTENDED;
  return word == 0 || (holder < first_of_process && holder != survivor);
}

bool owner_lock_take(OwnerLock *lock) {
  uint32_t mine = word_of(thread_current()->serial), word = 0;
  if (!threads_started) {
    if (atomic_load_explicit(&lock->word, memory_order_relaxed) == mine) return false;
    atomic_store_explicit(&lock->word, mine, memory_order_relaxed);
    return true;
  }
  if (atomic_compare_exchange_strong_explicit(&lock->word, &word, mine, memory_order_acquire, memory_order_relaxed))
    return true;
  if ((word & ~CONTENDED) == mine) return false;
  for (;;) {
    // Once there were waiters there may be more of them: so the word stays contended.
    if (is_free(word)) {
      if (atomic_compare_exchange_weak(&lock->word, &word, mine | CONTENDED)) return true;
      continue;
    }
    if (!(word & CONTENDED) && !atomic_compare_exchange_weak(&lock->word, &word, word | CONTENDED)) continue;
    BLOCKING(syscall(SYS_futex, &lock->word, FUTEX_WAIT_PRIVATE, word | CONTENDED, NULL, NULL, 0));
    word = atomic_load(&lock->word);
  }
}

bool owner_lock_is_mine(const OwnerLock *lock) {
  uint32_t word = atomic_load_explicit(&lock->word, memory_order_relaxed);
  return (word & ~CONTENDED) == word_of(thread_current()->serial);
}

void owner_lock_release(OwnerLock *lock) {
  if (!threads_started) {
    atomic_store_explicit(&lock->word, 0, memory_order_relaxed);
    return;
  }
  if (atomic_exchange_explicit(&lock->word, 0, memory_order_release) & CONTENDED)
    syscall(SYS_futex, &lock->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
