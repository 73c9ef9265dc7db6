// The step lock of an iterator that is made of other iterators: held while one item is taken, so that threads which
// share the iterator get whole steps.
//
// Unlike an object lock it may be held across allocations, polls and stops of the world: whoever waits for it counts as
// blocked. It must not be held across Python code nor across blocking calls: then two threads that wait for each other
// would never end, and so a step takes it only if all that it calls is native (runtime/object/step.h).
#pragma once

#include "runtime/thread/thread.h"

// (serial of the holding thread + 1) << 2, and the bits HELD and CONTENDED; zero: free. The upper half of serials is
// cut off: of two threads that are mistaken for each other a thousand million threads have been started in between.
typedef struct StepLock {
  _Atomic uint32_t word;
} StepLock;

// False: this thread holds it already, in a step that was entered again by way of itself.
[[nodiscard]] bool step_lock_take(StepLock *lock);
void step_lock_release(StepLock *lock);
bool step_lock_is_mine(const StepLock *lock);
// In the child of a fork: what other threads held is free. Later threads have serials from `next` on.
void step_locks_after_fork(uint64_t next);
