// Waiting: for what another thread does to a word, so that a signal for Python code is never slept over; and looking
// for the dead in between, since what a program waits for may depend on a death.
#pragma once

#include "runtime/thread/thread.h"

// Waits while *word is `expected`, until the monotonic time `deadline` in nanoseconds (negative: for ever). 0 or an
// errno: ETIMEDOUT when the deadline has passed; otherwise look at the word again, and handle signals. `direct`: see
// blocking_enter_called. A blocking region; no lock may be held.
int wait_for_change(_Atomic uint32_t *word, uint32_t expected, int64_t deadline, bool direct);
void wait_wake_one(_Atomic uint32_t *word);

// A wait in parts, between which the thread looks for the dead. `direct`: the native function that waits was called so
// (native_is_called_directly), and holds no Value but its arguments. `endless`: the wait has no deadline.
typedef struct Lookout {
  int64_t part;   // nanoseconds; 0: it has looked
  int64_t waited; // up to the last look
  bool direct, endless;
} Lookout;
Lookout lookout_start(bool direct, bool endless);
// From now until then, as lookout_part wants it: not negative, unless `deadline` is.
int64_t time_left(int64_t now, int64_t deadline);
// How long to wait next if one is to wait for `left` nanoseconds (negative: nobody knows). Negative: to the end.
int64_t lookout_part(const Lookout *lookout, int64_t left);
// That time is over. Runs Python code.
void lookout_look(Lookout *lookout);
// The same before one waits until `descriptor` can be read, by so many nanoseconds of poll() or (negative) by a system
// call that waits for ever unless the descriptor does not block. Handles signals; false: exception pending.
bool lookout_before_read(int descriptor, int64_t left, bool direct);
// For the C handler of a signal, once the main thread has been asked to handle it: wakes that thread if the signal has
// come to another one. Async-signal-safe.
void wait_wake_main(Thread *main_thread);
