// The registry of threads, and stopping them.
//
// A thread is RUNNING or BLOCKED; a BLOCKED one has published its registers and stack and touches no cell. To stop the
// world is to hold world.mutex, to set POLL_STOP everywhere, and to wait until no other thread is RUNNING. Threads that
// want to run while the world is stopped wait for the mutex. Both sides first write their own word (state, poll), then
// read the other's, all sequentially consistent: one of the two always notices.
//
// A handshake is the weaker thing: each other thread passes a safepoint once, not all at the same time. It holds the
// mutex as well, so that handshakes and stops take turns, and whoever waits for his turn counts as BLOCKED.
//
// The registry changes only under the mutex.
#include "runtime/heap/alloc.h"
#include "runtime/object/frame.h"
#include "runtime/thread/owner_lock.h"
#include "runtime/thread/safepoint.h"
#include "runtime/thread/spill.h"
#include "runtime/thread/ticker.h"
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

_Thread_local Thread *thread_current_pointer __attribute__((tls_model("initial-exec")));
bool threads_started;
bool (*signal_hook)(void);
bool (*async_exception_hook)(void);
void (*compiled_hook)(void);
void (*threads_starting_hook)(void);
void (*_Atomic trust_broken_hook)(const void *cell);

enum : size_t {
  C_STACK_RESERVE = 256u << 10, // what native code may use below c_stack_limit
  C_STACK_MAXIMUM = 64u << 20,  // of a stack without limit
};

static _Atomic uint64_t serials; // how many were given out

// How long to look whether a stop has come about, or is over, before sleeping: in pauses of the processor, some 20
// nanoseconds each. Most stops are shorter than it takes to be woken; while each thread has a processor of its own,
// looking costs nobody anything.
enum : uint32_t { STOP_SPINS = 1000, STOP_SPINS_ALONE = 15000 };

static struct {
  pthread_mutex_t mutex;
  Thread *_Atomic owner; // who has stopped it
  int depth;             // of nested stops
  Thread *first;
  size_t thread_count, processor_count; // the latter is found out when there is a second thread
  _Atomic uint32_t spins;               // how long the present stop, or the last one, is worth looking for
  _Atomic uint32_t arrivals; // futex: counts threads that became BLOCKED, or passed, while somebody wanted that
  _Atomic bool sleeping;     // somebody waits on that futex
} world = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void futex_wait(_Atomic uint32_t *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}
static void futex_wake(_Atomic uint32_t *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

// States

static void announce_arrival(void) {
  atomic_fetch_add(&world.arrivals, 1);
  if (atomic_load(&world.sleeping)) futex_wake(&world.arrivals);
}

static void thread_block(Thread *thread) {
  atomic_store(&thread->state, THREAD_BLOCKED);
  if (atomic_load(&thread->poll) & (POLL_STOP | POLL_HANDSHAKE)) announce_arrival();
}

static bool stop_ends_soon(Thread *thread) {
  for (uint32_t spin = 0, spins = atomic_load_explicit(&world.spins, memory_order_relaxed); spin < spins; spin++) {
    if (!(atomic_load_explicit(&thread->poll, memory_order_relaxed) & POLL_STOP)) return true;
    __builtin_ia32_pause();
  }
  return false;
}

static void thread_unblock(Thread *thread) {
  atomic_store(&thread->state, THREAD_RUNNING);
  while (atomic_load(&thread->poll) & POLL_STOP) {
    thread_block(thread);
    if (stop_ends_soon(thread)) {
      atomic_store(&thread->state, THREAD_RUNNING);
      continue;
    }
    pthread_mutex_lock(&world.mutex);
    atomic_store(&thread->state, THREAD_RUNNING);
    pthread_mutex_unlock(&world.mutex);
  }
}

void blocking_entered(Thread *thread);
void blocking_entered(Thread *thread) {
  thread_block(thread);
}

void blocking_enter_called(void) {
  Thread *thread = thread_current();
  thread->c_stack_published = thread->interpreter_stack;
  memset(thread->spilled_registers, 0, sizeof thread->spilled_registers);
  thread_block(thread);
}

void blocking_leave(void) {
  int error = errno;
  Thread *thread = thread_current();
  thread_unblock(thread);
  // What the registers held then keeps nothing alive from now on.
  memset(thread->spilled_registers, 0, sizeof thread->spilled_registers);
  errno = error;
}

static void stop_here(void *context, void *stack_pointer) {
  Thread *thread = context;
  thread->c_stack_published = stack_pointer;
  thread_block(thread);
  thread_unblock(thread);
}

void safepoint_stop_here(void) {
  Thread *thread = thread_current();
  uint32_t reasons = atomic_load(&thread->poll);
  if (reasons & POLL_HANDSHAKE) {
    atomic_fetch_and(&thread->poll, ~(uint32_t)POLL_HANDSHAKE);
    announce_arrival();
  }
  if (reasons & POLL_STOP) call_with_spilled_registers(stop_here, thread);
}

// The world

static Thread *world_owner(void) {
  return atomic_load_explicit(&world.owner, memory_order_relaxed);
}
static void world_set_owner(Thread *thread) {
  atomic_store_explicit(&world.owner, thread, memory_order_relaxed);
}

static bool lock_world_soon(void) {
  for (uint32_t spin = 0, spins = atomic_load_explicit(&world.spins, memory_order_relaxed); spin < spins; spin++) {
    if (!world_owner() && pthread_mutex_trylock(&world.mutex) == 0) return true;
    __builtin_ia32_pause();
  }
  return false;
}

static void lock_world(void *context, void *stack_pointer) {
  Thread *thread = context;
  if (pthread_mutex_trylock(&world.mutex) == 0) return;
  if (thread) {
    thread->c_stack_published = stack_pointer;
    thread_block(thread);
  }
  // Who is no thread of the world, as the ticker, has time.
  if (!thread || !lock_world_soon()) pthread_mutex_lock(&world.mutex);
  if (thread) atomic_store(&thread->state, THREAD_RUNNING);
}

static bool thread_is_running(Thread *thread) {
  return atomic_load(&thread->state) == THREAD_RUNNING;
}

static bool thread_has_passed(Thread *thread) {
  return !(atomic_load(&thread->poll) & POLL_HANDSHAKE) || !thread_is_running(thread);
}
static bool thread_is_blocked(Thread *thread) {
  return !thread_is_running(thread);
}

static void wait_until(bool (*arrived)(Thread *thread), Thread *thread) {
  for (uint32_t spin = 0, spins = atomic_load_explicit(&world.spins, memory_order_relaxed); spin < spins; spin++) {
    if (arrived(thread)) return;
    __builtin_ia32_pause();
  }
  atomic_store(&world.sleeping, true);
  for (;;) {
    uint32_t arrivals = atomic_load(&world.arrivals);
    if (arrived(thread)) break;
    futex_wait(&world.arrivals, arrivals);
  }
  atomic_store(&world.sleeping, false);
}

#ifndef NDEBUG
void lock_check_none(void) {
  Thread *self = thread_current();
  if (!self || self->cells_locked == 0 || world_owner() == self) return;
  fputs("Krait: a cell is locked where none may be\n", stderr);
  abort();
}
#endif

static void stop_others(Thread *self) {
  world_set_owner(self);
  world.depth = 1;
  size_t running = 1;
  for (Thread *thread = world.first; thread; thread = thread->next)
    if (thread != self) running += thread_is_running(thread);
  atomic_store_explicit(&world.spins, running <= world.processor_count ? STOP_SPINS_ALONE : STOP_SPINS,
                        memory_order_relaxed);
  for (Thread *thread = world.first; thread; thread = thread->next)
    if (thread != self) atomic_fetch_or(&thread->poll, POLL_STOP);
  for (Thread *thread = world.first; thread; thread = thread->next)
    if (thread != self) wait_until(thread_is_blocked, thread);
}

void world_stop(void) {
  Thread *self = thread_current();
  lock_check_none();
  if (self && world_owner() == self) {
    world.depth++;
    return;
  }
  call_with_spilled_registers(lock_world, self);
  stop_others(self);
}

bool world_stop_first(void) {
  Thread *self = thread_current();
  lock_check_none();
  if (world_owner() == self) {
    world.depth++;
    return true;
  }
  if (pthread_mutex_trylock(&world.mutex) == 0) {
    stop_others(self);
    return true;
  }
  call_with_spilled_registers(lock_world, self);
  pthread_mutex_unlock(&world.mutex);
  return false;
}

void world_start(void) {
  if (--world.depth) return;
  for (Thread *thread = world.first; thread; thread = thread->next)
    atomic_fetch_and(&thread->poll, ~(uint32_t)POLL_STOP);
  world_set_owner(NULL);
  pthread_mutex_unlock(&world.mutex);
}

// Handshakes

static _Atomic bool code_is_installed;

void threads_code_installed(void) {
  if (!atomic_exchange(&code_is_installed, true) && thread_count() > 1) ticker_start();
}

void threads_handshake(void) {
  Thread *self = thread_current();
  lock_check_none();
  if (!threads_started || !atomic_load(&code_is_installed) || world_owner() == self) return;
  call_with_spilled_registers(lock_world, self);
  for (Thread *thread = world.first; thread; thread = thread->next)
    if (thread != self) atomic_fetch_or(&thread->poll, POLL_HANDSHAKE);
  for (Thread *thread = world.first; thread; thread = thread->next) {
    if (thread == self) continue;
    wait_until(thread_has_passed, thread);
    atomic_fetch_and(&thread->poll, ~(uint32_t)POLL_HANDSHAKE);
  }
  pthread_mutex_unlock(&world.mutex);
}

// Requests

void safepoint_request(Thread *thread, uint32_t reason) {
  atomic_fetch_or(&thread->poll, reason);
}

static void request(Thread *thread, void *reason) {
  safepoint_request(thread, *(uint32_t *)reason);
}
void safepoint_request_all(uint32_t reason) {
  thread_each(request, &reason);
}

bool safepoint_handle(void) {
  Thread *thread = thread_current();
  safepoint_stop_here();
  uint32_t reasons = atomic_load(&thread->poll);
  atomic_fetch_and(&thread->poll,
                   ~(reasons & (POLL_TICK | POLL_PROMPT | POLL_SIGNAL | POLL_ASYNC | POLL_PENDING | POLL_COMPILED)));
  if (reasons & POLL_COMPILED && compiled_hook) compiled_hook();
  if (reasons & POLL_PROMPT) heap_prompt_collect(PROMPT_ONLY);
  // A finalizer's own polls leave the rest of the queue to the loop that called it.
  if (reasons & (POLL_PROMPT | POLL_PENDING) && !thread->finalizer_depth) heap_run_pending(false);
  if (reasons & POLL_SIGNAL && signal_hook && !signal_hook()) return false;
  if (reasons & POLL_ASYNC && async_exception_hook && !async_exception_hook()) return false;
  return !thread->exception;
}

// The registry

// Under the mutex; read without.
static void count_threads(ptrdiff_t by) {
  __atomic_store_n(&world.thread_count, world.thread_count + (size_t)by, __ATOMIC_RELAXED);
}

static size_t count_processors(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? (size_t)CPU_COUNT(&set) : 1;
}

extern void *__libc_stack_end __attribute__((weak));

static bool find_stack(Thread *thread) {
  char *low;
  struct rlimit limit;
  if (getpid() == gettid() && &__libc_stack_end && !getrlimit(RLIMIT_STACK, &limit)) {
    // The initial thread's stack grows on demand; asking pthread for its bounds means parsing /proc/self/maps.
    size_t size = limit.rlim_cur > C_STACK_MAXIMUM ? C_STACK_MAXIMUM : (size_t)limit.rlim_cur;
    thread->c_stack_base = __libc_stack_end;
    low = thread->c_stack_base - size;
  } else {
    pthread_attr_t attributes;
    void *address;
    size_t size;
    if ((errno = pthread_getattr_np(pthread_self(), &attributes))) return false;
    pthread_attr_getstack(&attributes, &address, &size);
    pthread_attr_destroy(&attributes);
    low = address;
    thread->c_stack_base = low + size;
  }
  size_t size = (size_t)(thread->c_stack_base - low);
  thread->c_stack_limit = low + (size / 4 < C_STACK_RESERVE ? size / 4 : C_STACK_RESERVE);
  return true;
}

void *thread_memory(size_t size) {
  size_t whole = (size + THREAD_MEMORY_UNIT - 1) / THREAD_MEMORY_UNIT * THREAD_MEMORY_UNIT;
  void *memory = aligned_alloc(THREAD_MEMORY_UNIT, whole);
  return memory ? memset(memory, 0, whole) : NULL;
}

void threads_begin(void) {
  if (threads_started) return;
  if (threads_starting_hook) threads_starting_hook();
  threads_started = true;
}

Thread *thread_attach(void) {
  Thread *thread = thread_memory(sizeof *thread);
  if (thread) thread->heap = thread_heap_create();
  if (!thread || !thread->heap || !find_stack(thread)) {
    int error = thread && thread->heap ? errno : ENOMEM;
    if (thread) thread_heap_destroy(thread->heap);
    free(thread);
    errno = error;
    return NULL;
  }
  thread->serial = atomic_fetch_add_explicit(&serials, 1, memory_order_relaxed);
  thread->lane = thread->serial % THREAD_LANES * THREAD_LANE_SIZE;
  thread->identity = (uint64_t)pthread_self();
  thread->native_identity = gettid();
  // With a first thread running, stopping it once makes sure that it holds no object lock that it did not really take.
  world_stop();
  if (world.first) {
    threads_begin();
    if (!world.processor_count) world.processor_count = count_processors();
    world.first->previous = thread;
  }
  thread->next = world.first;
  world.first = thread;
  count_threads(1);
  thread_current_pointer = thread;
  world_set_owner(thread);
  bool ticks = world.thread_count > 1 && atomic_load(&code_is_installed);
  world_start();
  if (ticks) ticker_start();
  return thread;
}

void thread_forget_stack(void) {
  Thread *thread = thread_current();
  thread->c_stack_base = thread->c_stack_limit;
}

void thread_detach(void) {
  Thread *thread = thread_current();
  world_stop();
  if (thread->previous)
    thread->previous->next = thread->next;
  else
    world.first = thread->next;
  if (thread->next) thread->next->previous = thread->previous;
  count_threads(-1);
  thread_current_pointer = NULL;
  thread_heap_destroy(thread->heap);
  // Somebody else must run what this thread was asked to.
  if (world.first && atomic_load(&thread->poll) & POLL_PENDING) safepoint_request(world.first, POLL_PENDING);
  world_start();
  frame_stacks_unmap(thread);
  free(thread);
}

void thread_after_fork(void) {
  Thread *self = thread_current();
  for (Thread *thread = world.first, *next; thread; thread = next) {
    next = thread->next;
    if (thread == self) continue;
    heap_keep_references_of(thread);
    thread_heap_destroy(thread->heap);
    frame_stacks_unmap(thread);
    free(thread);
  }
  self->previous = self->next = NULL;
  self->native_identity = gettid();
  self->locks_entered = 0; // most children never come to the end of the with statement in which they were started
  world.first = self;
  world.thread_count = 1;
  ticker_after_fork();
  owner_locks_after_fork(atomic_load(&serials));
}

void thread_each(void (*visit)(Thread *thread, void *context), void *context) {
  Thread *self = thread_current();
  bool stopped = self && world_owner() == self;
  if (!stopped) call_with_spilled_registers(lock_world, self);
  for (Thread *thread = world.first, *next; thread; thread = next) {
    next = thread->next;
    visit(thread, context);
  }
  if (!stopped) pthread_mutex_unlock(&world.mutex);
}

void thread_each_unlocked(void (*visit)(Thread *thread, void *context), void *context) {
  for (Thread *thread = world.first; thread; thread = thread->next) visit(thread, context);
}

size_t thread_count(void) {
  return __atomic_load_n(&world.thread_count, __ATOMIC_RELAXED);
}
