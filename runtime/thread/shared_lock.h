// Holding an object's lock in common: for operations that do not get in each other's way, but in that of all who take
// the lock as such.
//
// If many threads do little else than change one object, its lock goes from processor to processor, and they are no
// faster than one thread. Who shares it instead writes only to a line of memory of his own, where he says which object
// he shares. Whoever has taken the lock of an object that is shared now and then must wait for those who share it just
// now (lock_await_sharers): that is what a shared lock costs, so it is for objects that threads have been seen to fight
// for.
//
// The same rules hold as under an object lock; and no object lock is taken, or another one shared, meanwhile.
#pragma once

#include "runtime/thread/lock.h"

// False: the lock is held, or cannot be shared just now; take it instead.
[[nodiscard]] bool lock_share(const void *owner);
void lock_unshare(void);

// After cell_lock(owner): returns when nobody shares the lock any more.
void lock_await_sharers(const void *owner);

// Of a lock that this thread holds: do threads fight for it?
static inline bool lock_is_fought_for(const void *owner) {
  return __atomic_load_n(&((const Cell *)owner)->lock, __ATOMIC_RELAXED) & LOCK_MARK &&
         thread_current()->lock_patience >= LOCK_PATIENCE_FIGHT;
}
