// A lock that names its holder, for what takes longer than an object lock may be held: allocations, polls and stops of
// the world are allowed under it, since whoever waits for it counts as blocked. Each user says whether Python code may
// run under it; where two threads can come to take two such locks in different order, it must not.
//
// The child of a fork finds free what other threads of its parent held.
#pragma once

#include "runtime/thread/thread.h"

// (serial of the holding thread + 1) << 2, and in the lowest bit whether somebody waits; zero: free. The upper half of
// serials is cut off: of two threads that are mistaken for each other a thousand million have been started in between.
typedef struct OwnerLock {
  _Atomic uint32_t word;
} OwnerLock;

// False: this thread holds it already.
[[nodiscard]] bool owner_lock_take(OwnerLock *lock);
void owner_lock_release(OwnerLock *lock);
bool owner_lock_is_mine(const OwnerLock *lock);
// In the child of a fork: what other threads held is free. Later threads have serials from `next` on.
void owner_locks_after_fork(uint64_t next);
