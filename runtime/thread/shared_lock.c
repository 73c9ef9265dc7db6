// The places in which threads say whose lock they share. See shared_lock.h.
//
// Sharer:  place = owner; is the lock held?     Locker:  lock held; is owner in a place?
// Both store before they look, by instructions that other processors see in that order: so at least one of the two sees
// the other.
#include "runtime/thread/shared_lock.h"
#include <sched.h>

enum : uint32_t { PLACE_COUNT = 64 }; // threads whose serials differ by a multiple of it do not share at the same time

static struct Place {
  alignas(64) const void *_Atomic owner;
} places[PLACE_COUNT];
static _Atomic uint32_t places_used; // those behind have never been used

static struct Place *place_of(const Thread *thread) {
  return &places[thread->serial % PLACE_COUNT];
}

bool lock_share(const void *owner) {
  struct Place *place = place_of(thread_current());
  uint32_t used = atomic_load_explicit(&places_used, memory_order_relaxed), needed = (uint32_t)(place - places) + 1;
  while (used < needed && !atomic_compare_exchange_weak(&places_used, &used, needed));
  const void *nobody = NULL;
  if (!atomic_compare_exchange_strong(&place->owner, &nobody, owner)) return false;
  lock_count(1);
  if (!(__atomic_load_n(&((const Cell *)owner)->lock, __ATOMIC_SEQ_CST) & LOCK_HELD)) return true;
  lock_unshare();
  return false;
}

void lock_unshare(void) {
  lock_count(-1);
  atomic_store_explicit(&place_of(thread_current())->owner, NULL, memory_order_release);
}

void lock_await_sharers(const void *owner) {
  enum { SPINS = 1000 };
  for (uint32_t i = 0, used = atomic_load(&places_used); i < used; i++)
    for (uint32_t spin = 0; atomic_load(&places[i].owner) == owner;)
      if (++spin % SPINS == 0)
        sched_yield(); // it may have lost its processor
      else
        __builtin_ia32_pause();
}
