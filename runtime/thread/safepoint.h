// Safepoints: the moments at which a thread can be stopped, interrupted or asked to run something.
//
// The interpreter polls at function entry and loop back-edges; long C loops poll too. A system call that may wait
// stands in a blocking region, during which the thread counts as stopped: it may touch no Value. (Raw bytes in a cell
// that its stack keeps alive, and that no other thread writes, it may use: cells do not move.)
#pragma once

#include "runtime/thread/thread.h"

static inline bool safepoint_wanted(void) {
  return atomic_load_explicit(&thread_current()->poll, memory_order_relaxed) != 0;
}

// In C loops: lets a collection or another thread's stop request happen. Never runs Python code.
void safepoint_stop_here(void);
static inline void safepoint_poll(void) {
  lock_check_none();
  if (__builtin_expect(safepoint_wanted(), 0)) safepoint_stop_here();
}
// Between bytecodes: everything safepoint_stop_here() does, then finalizers, signal handlers, asynchronous exceptions.
// Runs Python code. False: an exception is pending.
[[nodiscard]] bool safepoint_handle(void);
// What safepoint_handle() calls for POLL_SIGNAL and POLL_ASYNC; false: it left an exception pending.
extern bool (*signal_hook)(void);
extern bool (*async_exception_hook)(void);
// Likewise for POLL_COMPILED. Runs no Python code.
extern void (*compiled_hook)(void);
// Asks one thread (or all) to leave its fast path. For one: async-signal-safe.
void safepoint_request(Thread *thread, uint32_t reason);
void safepoint_request_all(uint32_t reason);

// The world: stops all other threads at safepoints, until the matching start. Nests within one thread.
void world_stop(void);
// The same unless another thread is stopping or has stopped it: then waits until it goes on, and returns false.
[[nodiscard]] bool world_stop_first(void);
void world_start(void);

// Handshakes: what compiled code has been told (a class is unchanged, a global has this value) must not be believed any
// longer once the change that makes it false has returned. So the change is told to compiled code (trust_broken), and
// threads_handshake() returns when every other running thread has passed a safepoint; compiled code asks whether it is
// still valid after calls, and leaves at polls. No lock may be held. Costs two loads while there is one thread, or no
// such code.
void threads_handshake(void);
// Compiled code that trusts validity words is about to be installed: from now on handshakes are done, and a ticker
// makes every thread poll a few hundred times a second while there are several, so that code which repeats its loads
// only after slow polls sees what others store.
void threads_code_installed(void);
// Called once, before the second thread ever runs, with the world stopped and the calling thread not yet registered:
// what assumed that there is one thread (locks left out) must not be entered again. May be NULL.
extern void (*threads_starting_hook)(void);
// Something that compiled code relies on without looking has changed: a lookup result that was valid, a function's code
// or defaults; a class or a global that is marked as trusted. Called behind the change, before whoever made it goes on.
// It may wait for the world, so no cell lock may be held; it allocates nothing and runs nothing. NULL: nothing is
// compiled.
extern void (*_Atomic trust_broken_hook)(const void *cell);
static inline void trust_broken(const void *cell) {
  void (*hook)(const void *) = atomic_load_explicit(&trust_broken_hook, memory_order_relaxed);
  if (__builtin_expect(hook != NULL, 0)) hook(cell);
}

// A blocking region. Spills registers, publishes the stack, and lets collections proceed without this thread.
//   BLOCKING(result = read(fd, buffer, size));
void blocking_enter(void);
// The same for a native function that the interpreter itself has called (native_is_called_directly) and that holds no
// Value but its arguments, which are in the caller's registers: what earlier calls have left on the stack keeps nothing
// alive meanwhile.
void blocking_enter_called(void);
void blocking_leave(void); // keeps errno; waits while the world is stopped
#define BLOCKING(statement)                                                                                            \
  do {                                                                                                                 \
    blocking_enter();                                                                                                  \
    statement;                                                                                                         \
    blocking_leave();                                                                                                  \
  } while (0)
