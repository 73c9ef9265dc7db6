// Taking cells out of finalization again; heap_set_finalizable (heap.h) puts them in.
#pragma once

#include "runtime/thread/thread.h"

// The calling thread has taken a lock of Python code, and will say when it lets it go: see PendingChoice.
static inline void heap_lock_entered(void) {
  thread_current()->locks_entered++;
}
// It has let go of one. (One that another thread has taken is not counted; then the count is too high for a while, and
// finalizers wait longer than they need.)
void heap_lock_left(void);

// `cell` needs no finalizer any more: a file that was closed, a generator that has ended. What flagged cells it
// referred to it has let go of.
void heap_clear_finalizable(void *cell);
// While the interpreter starts nobody waits for what it lets go of: no prompt collections until they are allowed again.
void heap_suspend_prompt(bool suspended);
// What is finalizable now belongs to the interpreter (the standard streams) and is no reason to look for dead cells
// when it ends.
void heap_settle_finalizable(void);
