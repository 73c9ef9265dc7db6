// Promptness of containers: what removes or replaces an item says so.
//
// The native function that removes cannot look at once whether the item has died, because its callers may still hold
// it. It asks for a poll; the interpreter looks when the call is over, at the latest at the thread's next safepoint.
#pragma once

#include "runtime/heap/heap.h"
#include "runtime/thread/safepoint.h"

// Would heap_prompt_collect look for dead cells now? Otherwise nobody need be told that a flagged value has gone.
bool heap_prompt_would_collect(void);

// A container has let go of `value`: an item, or the cell in which it kept its items. May be zero.
static inline void heap_let_go(Value value) {
  if (heap_watches() && value_is_prompt(value) && heap_prompt_would_collect())
    safepoint_request(thread_current(), POLL_PROMPT);
}
