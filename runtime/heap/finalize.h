// Which cells are no longer finalized, and when finalizers had better wait; heap_set_finalizable (heap.h) asks for one.
#pragma once

#include "runtime/thread/thread.h"

// The calling thread holds a lock of Python code that it cannot take twice, and says so when it lets it go. Meanwhile
// it should not run finalizers that take locks: most likely they were meant to run at another time, when their object
// was let go of, or in another thread. After a while it does so all the same, but not while it holds a `wanted` lock:
// one that finalizers have been seen to take.
static inline void heap_lock_entered(bool wanted) {
  Thread *thread = thread_current();
  bool outermost = thread->locks_entered++ == 0;
  if (wanted || outermost) atomic_store_explicit(&thread->finalizers_want_lock, wanted, memory_order_relaxed);
}
void heap_locks_left(void); // none is left: what waited for that may run
static inline void heap_lock_left(void) {
  Thread *thread = thread_current();
  if (thread->locks_entered && --thread->locks_entered == 0) heap_locks_left();
}
// A finalizer is about to take a lock that the thread with this serial number holds.
void heap_lock_wanted(uint32_t serial);

// `cell` needs no finalizer any more: a file that was closed, a generator that has ended. What flagged cells it
// referred to it has let go of.
void heap_clear_finalizable(void *cell);
// While the interpreter starts nobody waits for what it lets go of: no prompt collections until they are allowed again.
void heap_suspend_prompt(bool suspended);
// What is finalizable now belongs to the interpreter (the standard streams) and is no reason to look for dead cells
// when it ends.
void heap_settle_finalizable(void);
