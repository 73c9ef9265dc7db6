#include "tests/unit/thread/thread_probe.h"
#include "runtime/heap/alloc.h"
#include "runtime/heap/heap_state.h"
#include "runtime/object/shape.h"
#include "runtime/thread/lock.h"
#include "runtime/thread/safepoint.h"
#include "runtime/thread/shared_lock.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NO_INLINE __attribute__((noinline))
enum { MAX_THREADS = 16 };

typedef struct Node {
  Cell head;
  Value next, payload;
} Node;
static size_t released;
static void node_release([[maybe_unused]] Cell *cell) {
  __atomic_fetch_add(&released, 1, __ATOMIC_RELAXED);
}
static const CellType node_type = {.name = "node", CELL_VALUES(Node, next, payload)};
static const CellType tracked_type = {.name = "tracked", .release = node_release};
static Shape *node_shape, *tracked_shape;
static Value roots[MAX_THREADS];

void thread_probe_start(void) {
  heap_start(false);
  if (!thread_attach()) abort();
  node_shape = shape_create_root(&node_type, NULL, 0, 0, 0);
  tracked_shape = shape_create_root(&tracked_type, NULL, 0, 0, 0);
  heap_add_root_range(roots, MAX_THREADS);
}

static Node *node_create(Value next, int64_t payload) {
  Node *node = cell_alloc_inline(node_shape, sizeof *node);
  gc_init(node, &node->next, next);
  gc_init(node, &node->payload, value_from_small_int(payload));
  return node;
}
static Node *as_node(Value value) {
  return (Node *)value_cell(value);
}

// Runs `body` in attached threads, the calling one waiting in a blocking region; true if all returned true.
typedef struct Job {
  bool (*body)(int index, int count);
  int index, count;
  bool result;
} Job;
static void *job_run(void *context) {
  Job *job = context;
  if (!thread_attach()) abort();
  job->result = job->body(job->index, job->count);
  thread_detach();
  return NULL;
}
static bool in_threads(bool (*body)(int index, int count), int threads, int count) {
  pthread_t handles[MAX_THREADS];
  Job jobs[MAX_THREADS];
  for (int i = 0; i < threads; i++) {
    jobs[i] = (Job){.body = body, .index = i, .count = count};
    BLOCKING(if (pthread_create(&handles[i], NULL, job_run, &jobs[i])) abort());
  }
  bool result = true;
  for (int i = 0; i < threads; i++) {
    BLOCKING(pthread_join(handles[i], NULL));
    result = result && jobs[i].result;
  }
  return result;
}

bool thread_probe_stack_bounds(void) {
  Thread *thread = thread_current();
  char *here = __builtin_frame_address(0);
  return here < thread->c_stack_base && here > thread->c_stack_limit && !c_stack_is_low();
}

static NO_INLINE int recurse(int depth) {
  volatile char space[8000];
  space[0] = (char)depth;
  KEEP(space);
  if (c_stack_is_low()) return depth;
  return recurse(depth + 1) + space[0] * 0;
}
static bool recursion_body([[maybe_unused]] int index, [[maybe_unused]] int count) {
  return recurse(0) > 100;
}
bool thread_probe_deep_recursion(void) {
  return recurse(0) > 100 && in_threads(recursion_body, 2, 0);
}

static bool allocate_body(int index, int count) {
  for (int round = 0; round < 5; round++) {
    Node *list = NULL;
    for (int i = 0; i < count; i++) {
      if (i % 1000 == 0) safepoint_poll();
      list = node_create(list ? value_from_cell(list) : NULL, i * 100 + index);
      if (i % 3 == 0) (void)!cell_alloc(tracked_shape, 8 + (size_t)(i % 100) * 8);
      if (i % 10000 == 5000) heap_collect(i % 20000 == 5000 ? 2 : 0);
      if (i == count / 2) gc_store(list, &list->next, list->next);
    }
    int length = count;
    for (Node *node = list; node; node = node->next ? as_node(node->next) : NULL)
      if (node->payload != value_from_small_int(--length * 100 + index)) return false;
    if (length) return false;
    if (index == 0) heap_verify();
  }
  return true;
}
bool thread_probe_allocate(int threads, int length) {
  return in_threads(allocate_body, threads, length);
}

// As threads that compile do: held now by one, now by several, each in its own time.
static bool holds_body(int index, int rounds) {
  for (int round = 0; round < rounds; round++) {
    heap_hold_collections();
    heap_account_external(1 << 30);
    bool due = heap_collection_is_due();
    for (int i = 0; i < (round + index) % 5 * 50; i++) __builtin_ia32_pause();
    due = due || heap_collection_is_due();
    heap_release_collections();
    if (due) return false;
    safepoint_poll();
  }
  return true;
}
bool thread_probe_held_collections(int threads, int rounds) {
  if (!in_threads(holds_body, threads, rounds)) return false;
  heap_account_external(1 << 30);
  bool due = heap_collection_is_due();
  heap_collect(0);
  return due && !heap_collection_is_due();
}

static int64_t counter;
static bool locks_body(int index, int rounds) {
  Cell *lock = value_cell(roots[0]);
  for (int i = 0; i < rounds; i++) {
    cell_lock(lock);
    int64_t seen = counter;
    if (i % 1000 == 0) usleep(10);
    counter = seen + 1;
    cell_unlock(lock);
    if (i % 100 == 0) safepoint_poll();
    if (index == 0 && i % 5000 == 0) heap_collect(0);
  }
  return true;
}
bool thread_probe_locks(int threads, int rounds) {
  roots[0] = value_from_cell(node_create(NULL, 0));
  counter = 0;
  return in_threads(locks_body, threads, rounds) && counter == (int64_t)threads * rounds &&
         value_cell(roots[0])->lock == LOCK_FREE;
}

// Sharers change numbers of their own; who has the lock sees all numbers stand still.
static int64_t shared_numbers[16];
static bool sharing_body(int index, int rounds) {
  Cell *lock = value_cell(roots[0]);
  for (int i = 0; i < rounds; i++) {
    if (i % 16 && lock_share(lock)) {
      shared_numbers[index]++;
      lock_unshare();
    } else {
      cell_lock(lock);
      lock_await_sharers(lock);
      int64_t before[16];
      memcpy(before, shared_numbers, sizeof before);
      if (i % 1024 == 0) usleep(10);
      bool still = memcmp(before, shared_numbers, sizeof before) == 0;
      shared_numbers[index]++;
      cell_unlock(lock);
      if (!still) return false;
    }
    if (i % 100 == 0) safepoint_poll();
  }
  return true;
}
bool thread_probe_shared_locks(int threads, int rounds) {
  roots[0] = value_from_cell(node_create(NULL, 0));
  memset(shared_numbers, 0, sizeof shared_numbers);
  if (!in_threads(sharing_body, threads, rounds)) return false;
  int64_t sum = 0;
  for (int i = 0; i < threads; i++) sum += shared_numbers[i];
  return sum == (int64_t)threads * rounds;
}

static bool pairs_body(int index, int rounds) {
  for (int i = 0; i < rounds; i++) {
    Cell *a = value_cell(roots[(i + index) % 3]), *b = value_cell(roots[(i * 7 + index) % 3]);
    lock_two(a, b);
    ((Node *)a)->payload = value_from_small_int(value_small_int(((Node *)a)->payload) + 1);
    if (a != b) ((Node *)b)->payload = value_from_small_int(value_small_int(((Node *)b)->payload) + 1);
    unlock_two(a, b);
    if (i % 100 == 0) safepoint_poll();
  }
  return true;
}
bool thread_probe_lock_pairs(int threads, int rounds) {
  for (int i = 0; i < 3; i++) roots[i] = value_from_cell(node_create(NULL, 0));
  if (!in_threads(pairs_body, threads, rounds)) return false;
  int64_t expected = 0, found = 0;
  for (int index = 0; index < threads; index++)
    for (int i = 0; i < rounds; i++) expected += (i + index) % 3 == (i * 7 + index) % 3 ? 1 : 2;
  for (int i = 0; i < 3; i++) found += value_small_int(as_node(roots[i])->payload);
  return expected == found;
}

static _Atomic bool go;
static bool blocking_body([[maybe_unused]] int index, [[maybe_unused]] int count) {
  Node *node = node_create(NULL, 42);
  BLOCKING(while (!go) usleep(100));
  return node->payload == value_from_small_int(42);
}
static void *collect_then_go([[maybe_unused]] void *context) {
  if (!thread_attach()) abort();
  usleep(5000);
  for (int i = 0; i < 20; i++) {
    heap_collect(i % 2 * 2);
    for (int j = 0; j < 1000; j++) (void)!node_create(NULL, j);
  }
  go = true;
  thread_detach();
  return NULL;
}
bool thread_probe_blocking(void) {
  go = false;
  pthread_t collector;
  if (pthread_create(&collector, NULL, collect_then_go, NULL)) return false;
  bool result = in_threads(blocking_body, 4, 0);
  BLOCKING(pthread_join(collector, NULL));
  return result;
}

static NO_INLINE void *tracked_create(void) {
  return cell_alloc(tracked_shape, 64);
}
static NO_INLINE void scrub_stack(void) {
  volatile char space[8192];
  for (size_t i = 0; i < sizeof space; i++) space[i] = 0;
}
static bool registers_body([[maybe_unused]] int index, [[maybe_unused]] int count) {
  // The pointer lives in a callee-saved register, and nowhere else, while the thread is blocked.
  register void *cell __asm__("rbx") = tracked_create();
  __asm__ volatile("" : "+r"(cell));
  scrub_stack();
  blocking_enter();
  while (!go) usleep(100);
  blocking_leave();
  __asm__ volatile("" : "+r"(cell));
  return ((Cell *)cell)->shape == shape_word(tracked_shape);
}
bool thread_probe_blocked_registers(void) {
  heap_collect(2);
  released = 0;
  go = false;
  pthread_t collector;
  if (pthread_create(&collector, NULL, collect_then_go, NULL)) return false;
  bool result = in_threads(registers_body, 1, 0);
  BLOCKING(pthread_join(collector, NULL));
  return result;
}

static int exclusive;
static bool stops_body([[maybe_unused]] int index, int rounds) {
  for (int i = 0; i < rounds; i++) {
    world_stop();
    world_stop();
    if (++exclusive != 1) return false;
    --exclusive;
    world_start();
    if (++exclusive != 1) return false;
    --exclusive;
    world_start();
    safepoint_poll();
  }
  return true;
}
bool thread_probe_stops(int threads, int rounds) {
  return in_threads(stops_body, threads, rounds);
}

static bool come_and_go_body([[maybe_unused]] int index, int count) {
  Node *list = NULL;
  for (int i = 0; i < count; i++) list = node_create(list ? value_from_cell(list) : NULL, i);
  heap_collect(0);
  return list->payload == value_from_small_int(count - 1);
}
bool thread_probe_attach_detach(int threads) {
  for (int i = 0; i < threads; i += 4)
    if (!in_threads(come_and_go_body, 4, 100)) return false;
  return thread_count() == 1 && threads_started;
}

static bool started_when_called;
static int calls_of_hook;
static void note_start(void) {
  calls_of_hook++;
  started_when_called = threads_started;
}
static bool started_body([[maybe_unused]] int index, [[maybe_unused]] int count) {
  return threads_started && calls_of_hook == 1;
}
bool thread_probe_starting_hook(void) {
  threads_starting_hook = note_start;
  bool result = in_threads(started_body, 1, 0) && in_threads(started_body, 2, 0);
  threads_starting_hook = NULL;
  return result && !started_when_called;
}

// Thread 0 plays the one that changes a class: it clears `valid`, shakes hands, and changes `fact`. The others play
// compiled code: they look at `valid` once after each poll and believe `fact` until the next.
static _Atomic int valid, fact, believers;
static bool handshake_body(int index, int turns) {
  if (index == 0) {
    for (int i = 0; believers; i++) {
      atomic_store_explicit(&valid, 0, memory_order_release);
      threads_handshake();
      atomic_fetch_add(&fact, 1);
      atomic_store_explicit(&valid, 1, memory_order_release);
      if (i % 1000 == 0) heap_collect(0);
    }
    return true;
  }
  bool believed = true;
  for (int turn = 0; turn < turns; turn++) {
    if (turn % 64 == index) BLOCKING(usleep(1));
    safepoint_poll();
    if (!atomic_load_explicit(&valid, memory_order_acquire)) continue;
    int seen = atomic_load(&fact);
    for (int i = 0; i < 100; i++) believed = believed && atomic_load(&fact) == seen;
  }
  atomic_fetch_sub(&believers, 1);
  return believed;
}
bool thread_probe_handshake(int threads, int turns) {
  threads_code_installed();
  valid = 1;
  believers = threads - 1;
  return in_threads(handshake_body, threads, turns);
}

// A loop that reads a flag again only after a slow poll, as compiled code does.
static bool flag;
static bool ticks_body(int index, [[maybe_unused]] int count) {
  if (index == 0) {
    BLOCKING(usleep(3000));
    __atomic_store_n(&flag, true, __ATOMIC_RELAXED);
    return true;
  }
  for (bool seen = false; !seen;) {
    if (!safepoint_wanted()) continue;
    if (!safepoint_handle()) return false;
    seen = __atomic_load_n(&flag, __ATOMIC_RELAXED);
  }
  return true;
}
bool thread_probe_ticks(void) {
  threads_code_installed();
  flag = false;
  return in_threads(ticks_body, 2, 0);
}
