// A thread that runs Python code, and the registry of all of them.
//
// `Thread` holds everything that belongs to one thread: its allocator, its VM stack, the exception in flight. C code
// reaches its own through thread_current(), one load from thread-local storage. Other threads' structs are only touched
// while the world is stopped or through the atomic fields.
#pragma once

#include "runtime/heap/cell.h"
#include <stdatomic.h>

typedef struct Frame Frame;
typedef struct ThreadHeap ThreadHeap; // heap/alloc.c

// Why a thread must leave its fast path at the next safepoint (Thread.poll).
enum : uint32_t {
  POLL_STOP = 1 << 0,      // the world is stopping
  POLL_PENDING = 1 << 1,   // finalizers or weak reference callbacks are queued (heap_run_pending)
  POLL_SIGNAL = 1 << 2,    // a signal handler wants to run (main thread)
  POLL_ASYNC = 1 << 3,     // an exception was sent to this thread
  POLL_PROMPT = 1 << 4,    // a flagged cell has become unreachable perhaps: try a prompt collection
  POLL_TICK = 1 << 5,      // nothing to do but to reload what other threads may have changed
  POLL_HANDSHAKE = 1 << 6, // another thread waits until this one has been here (threads_handshake)
  POLL_COMPILED = 1 << 7,  // compiled code waits to be installed
};

// Whether a stop of the world must wait for the thread (Thread.state).
enum : uint32_t { THREAD_RUNNING = 0, THREAD_BLOCKED = 1 };
enum : size_t { HOTNESS_COUNTERS = 1024 };
// Counters that are written often, by all threads, are divided into lanes, each with a cache line of its own.
enum : size_t { THREAD_LANES = 8, THREAD_LANE_SIZE = 64 };
enum { SPILLED_REGISTERS = 6 }; // the callee-saved registers, but for the stack pointer

typedef struct Thread Thread;
struct Thread {
  _Atomic uint32_t poll;  // POLL_* bits; zero on the fast path
  _Atomic uint32_t state; // THREAD_*
  bool tracing;           // a trace or profile function is running: do not trace it
  enum : uint8_t { TRACED_LINE, TRACED_CALL, TRACED_OTHER } traced_event; // what it was called for
  ThreadHeap *heap;

  // Exceptions
  Value exception; // pending; zero: none. Only set by raise_* and cleared by exception_take (object/exception.h)
  Value returned;  // by the generator that ended last: who resumed it takes it at once. Not traced
  Value handled;   // what sys.exc_info() shows: the innermost exception being handled in this thread, or zero

  // VM stacks: frame records and registers, two reserved ranges that never move (object/frame.h)
  Frame *frame; // innermost frame, Python's or a native call's; NULL at the bottom
  Value *registers_limit;
  Value *registers_base;
  Frame *frames_base, *frames_limit;

  const void *dispatch; // the interpreter's table of handlers: the plain one, or the one that traces

  uint32_t left_exit; // through which of its exits compiled code has just left; 0: by an exception (vm/compiled_code.h)

  // Recursion
  int recursion_depth;                        // Python calls deep; compared with Runtime.recursion_limit
  char *c_stack_limit;                        // below this address C recursion stops with RecursionError
  char *c_stack_base;                         // the stack's end (highest address) for the conservative scan
  void *c_stack_published;                    // stack pointer at the entry of a blocking region or at a stop
  void *spilled_registers[SPILLED_REGISTERS]; // registers at the entry of a blocking region
  void *interpreter_stack; // stack pointer of the interpreter's innermost run; its handlers keep no Value below. NULL:
                           // none
  Value called; // what the interpreter itself is calling; zero: nothing, or somebody else may have come between
  // A native function wants to be called again once the compiled code that waits for it has been left, and has returned
  // zero without an exception (module/waiting.h)
  bool leaving;
  struct {
    const Frame *frame; // the call is this frame's instruction at `pc`; NULL: none is made again
    const void *pc;
    int64_t deadline; // of the wait
  } again;

  int finalizer_depth;               // calls of heap_run_pending in progress
  int locks_entered;                 // heap_lock_entered without heap_lock_left
  _Atomic bool finalizers_want_lock; // one of these
#ifndef NDEBUG
  int cells_locked; // since threads were started
#endif

  // Hooks and contexts
  Value trace_function, profile_function; // sys.settrace, sys.setprofile; zero: none
  Value context;                          // contextvars
  Value async_generator_firstiter, async_generator_finalizer;
  int coroutine_origin_depth;
  Value async_exception; // sent by another thread (atomic exchange)
  Value thread_dict;     // per-thread storage of native modules (threading.local and the like)

  uint64_t lane;     // where it counts in what has a cache line for each lane, in bytes from the first one
  uint64_t serial;   // a number that no other thread of the process has had or will have
  uint64_t identity; // threading.get_ident(): used again when the thread has ended
  int64_t native_identity;
  Thread *previous, *next; // registry

  // Object locks that were found taken (thread/lock.c)
  uint32_t lock_patience;  // how long it waits between two looks
  uint8_t lock_marks;      // how often it still leaves its mark
  const void *lock_marked; // in the lock of which cell; an address only
  uint64_t lock_released;  // when it did: a count of the processor's cycles

  // Descriptors that it reads (module/waiting.c)
  uint32_t ready_reads;  // how many in a row had something there
  uint32_t reads_let_go; // heap_let_go_count() meanwhile

  Value repr_in_progress; // list of cells whose repr is running (object/object.h)

  // By the address of a RESUME or LOOP: how often it is still to be executed before it is hot (vm/jit_hooks.h). A
  // counter of its own for each thread, since a shared one would be a shared write.
  uint16_t hotness[HOTNESS_COUNTERS];
};

extern _Thread_local Thread *thread_current_pointer __attribute__((tls_model("initial-exec")));
static inline Thread *thread_current(void) {
  return thread_current_pointer;
}

// Zeroed memory for what one thread writes all the time: no cache line of it, nor the one beside it that the processor
// fetches along, is shared with anything else. To be freed with free(). NULL: no memory.
enum { THREAD_MEMORY_UNIT = 128 };
void *thread_memory(size_t size);
// Creates the Thread of the calling OS thread and registers it. NULL with errno when memory is out.
Thread *thread_attach(void);
void thread_detach(void);
// The calling thread is about to end: none of its C frames holds a Value any more.
void thread_forget_stack(void);
// Calls `visit` for each registered thread; the world must be stopped, or the registry lock is taken for the duration
// (then `visit` must not allocate, nor stop the world).
void thread_each(void (*visit)(Thread *thread, void *context), void *context);
// The same without any lock, newest thread first, for reports about a process that may be broken: async-signal-safe.
void thread_each_unlocked(void (*visit)(Thread *thread, void *context), void *context);
size_t thread_count(void);
// True once a second thread has ever been started: from then on object locks are taken.
extern bool threads_started;
// There is, or soon will be, a second thread: sets threads_started, and tells who relies on there being one, while no
// other thread runs Python code.
void threads_begin(void);
// In the child of a fork: the calling thread is the only one left.
void thread_after_fork(void);

// Is there less C stack left than native recursion needs?
// Debug builds: under an object's lock nothing allocates, polls, stops the world or runs Python code (lock.h).
#ifdef NDEBUG
static inline void lock_check_none(void) {}
#else
void lock_check_none(void);
#endif

static inline bool c_stack_is_low(void) {
  return (char *)__builtin_frame_address(0) < thread_current()->c_stack_limit;
}
