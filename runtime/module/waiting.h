// Waiting for what another thread does to a word, so that a signal for Python code is never slept over.
#pragma once

#include "runtime/thread/thread.h"

// Waits while *word is `expected`, until the monotonic time `deadline` in nanoseconds (negative: for ever). 0 or an
// errno: ETIMEDOUT when the deadline has passed; otherwise look at the word again, and handle signals. `direct`: see
// blocking_enter_called. A blocking region; no lock may be held.
int wait_for_change(_Atomic uint32_t *word, uint32_t expected, int64_t deadline, bool direct);
void wait_wake_one(_Atomic uint32_t *word);
// For the C handler of a signal, once the main thread has been asked to handle it: wakes that thread if the signal has
// come to another one. Async-signal-safe.
void wait_wake_main(Thread *main_thread);
