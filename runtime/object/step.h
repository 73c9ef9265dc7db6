// Iterators that take items from other iterators (zip, enumerate, islice ...), and how a step of theirs is one step for
// the threads that share them.
//
// In CPython such a step is one if no Python code runs in it. So it is here: if all iterators that it takes from are
// plain, the step is made under the iterator's lock. Otherwise it is as many steps as in CPython, and every word
// is stored whole.
//
// No Python code runs and nothing waits under such a lock: two threads that took from each other's iterators would
// never end.
#pragma once

#include "runtime/object/class.h"
#include "runtime/thread/owner_lock.h"

// Class.flags that are for iterators only, beside those of class.h; a subclass in Python has them without meaning.
enum : uint32_t {
  CLASS_PLAIN_ITERATOR = 1u << 17, // its step runs no Python code and waits for nothing
  CLASS_STEP_ITERATOR = 1u << 18,  // begins with StepIterator; whether it is plain stands there
  CLASS_RAISES_ONCE = 1u << 19,    // a step may raise, and has moved on by then
};

typedef struct StepIterator {
  Cell head;
  OwnerLock lock;
  bool is_plain; // so are all iterators that it takes from; written while nobody else knows the iterator
} StepIterator;

static inline bool iterator_is_plain(Value iterator) {
  uint32_t flags = value_class(iterator)->flags;
  if (flags & CLASS_HEAP_TYPE || !(flags & (CLASS_PLAIN_ITERATOR | CLASS_STEP_ITERATOR))) return false;
  return flags & CLASS_PLAIN_ITERATOR || ((StepIterator *)value_cell(iterator))->is_plain;
}

// Before and after a step; true: the lock is held. A step that comes back to itself (by __setstate__, an iterator can
// be made to take from itself) does not wait for itself.
static inline bool step_enter(StepIterator *self) {
  return threads_started && self->is_plain && owner_lock_take(&self->lock);
}
static inline void step_leave(StepIterator *self, bool entered) {
  if (entered) owner_lock_release(&self->lock);
}

// `step` as one step, if that can be.
static inline Value step_whole(Value value, Value (*step)(Value)) {
  StepIterator *self = (StepIterator *)value_cell(value);
  bool entered = step_enter(self);
  Value item = step(value);
  step_leave(self, entered);
  return item;
}
