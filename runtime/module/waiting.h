// Waiting: for what another thread does to a word, so that a signal for Python code is never slept over; and looking
// for the dead in between, since what a program waits for may depend on a death.
#pragma once

#include "runtime/object/native.h"
#include "runtime/thread/safepoint.h"

// Waits while *word is `expected`, until the monotonic time `deadline` in nanoseconds (negative: for ever). 0 or an
// errno: ETIMEDOUT when the deadline has passed; otherwise look at the word again, and handle signals. `direct`: see
// blocking_enter_called. A blocking region; no lock may be held.
int wait_for_change(_Atomic uint32_t *word, uint32_t expected, int64_t deadline, bool direct);
// Begins a blocking region, which blocking_leave ends.
static inline void waiting_begin(bool direct) {
  if (direct)
    blocking_enter_called();
  else
    blocking_enter();
}
void wait_wake_one(_Atomic uint32_t *word);

// A wait in parts, between which the thread looks for the dead. `caller`: of the native function that waits, which
// holds no Value but its arguments. `for_thread`: for another thread of the process, which may end when an object dies.
typedef struct Lookout {
  int64_t part;     // nanoseconds; 0: it has looked
  int64_t waited;   // up to the last look
  int64_t deadline; // of the monotonic clock; negative: none
  NativeCaller caller;
  bool for_thread;
  bool again; // the call has been made again
} Lookout;
Lookout lookout_start(NativeCaller caller, int64_t deadline, bool for_thread);
// Is the call of a waiting native function made again, because lookout_look wanted that? To be asked before its
// arguments are looked at, which has been done. Fills in *lookout and looks for the dead: runs Python code.
bool lookout_goes_on(Lookout *lookout, NativeCaller caller, bool for_thread);
static inline bool lookout_is_direct(const Lookout *lookout) {
  return lookout->caller == CALLER_INTERPRETER;
}
// From now until then, as lookout_part wants it: not negative, unless `deadline` is.
int64_t time_left(int64_t now, int64_t deadline);
// The moment so many nanoseconds from now, on the monotonic clock; negative if `timeout` is: never.
int64_t time_deadline(int64_t timeout);
// How long to wait next if one is to wait for `left` nanoseconds (negative: nobody knows). Negative: to the end.
int64_t lookout_part(const Lookout *lookout, int64_t left);
// Until when to wait next; *looks: then it is time to look, else the wait is over (negative: it never is).
int64_t lookout_end(const Lookout *lookout, int64_t now, bool *looks);
// That time is over. Runs Python code. False: the compiled code that waits for the caller keeps alive what it has let
// go of, so it is to be left first: the native function returns zero at once, without an exception, as if it had not
// been called, and is called again.
[[nodiscard]] bool lookout_look(Lookout *lookout);
// The same before one waits until `descriptor` can be read, by so many nanoseconds of poll() or (negative) by a system
// call that waits for ever unless the descriptor does not block. Handles signals; false: exception pending, or as
// above.
bool lookout_before_read(int descriptor, int64_t left, NativeCaller caller);
// For the C handler of a signal, once the main thread has been asked to handle it: wakes that thread if the signal has
// come to another one. Async-signal-safe.
void wait_wake_main(Thread *main_thread);
