// Marking with several threads, for full collections of large heaps.
//
// Each marker has a Tracer of its own. When others have nothing to do it gives them the older half of its stack; when
// nobody has anything left, marking is done. That two markers reach a cell at the same moment and both trace it does no
// harm: they write the same mark.
//
// The helpers are threads of the collector only: they have no Thread, wait between collections, and end with the
// process. The child of a fork makes its own.
#include "runtime/heap/heap_state.h"
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  HELPERS_MAXIMUM = 3,
  PACKET_CELLS = 512,
  SHARE_FROM = 16, // a stack shorter than this is not shared
};

typedef struct Packet Packet;
struct Packet {
  Packet *next;
  size_t count;
  void *cells[PACKET_CELLS];
};

static struct {
  pthread_mutex_t lock;
  pthread_cond_t started, changed; // a collection began; work was shared, or all is done
  pid_t process;                   // whose helpers these are
  int helpers;
  unsigned round; // counts parallel markings
  int marking, idle;
  Packet *work, *spare;
  Tracer tracers[HELPERS_MAXIMUM];
  alignas(64) _Atomic bool hungry; // somebody is idle; read after each cell
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .started = PTHREAD_COND_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

bool mark_is_hungry(void) {
  return atomic_load_explicit(&pool.hungry, memory_order_relaxed);
}

void mark_share(Tracer *tracer) {
  PointerList *stack = &tracer->stack;
  if (stack->count < SHARE_FROM) return;
  pthread_mutex_lock(&pool.lock);
  Packet *packet = pool.spare;
  if (packet)
    pool.spare = packet->next;
  else
    packet = malloc(sizeof *packet);
  if (packet) {
    // The oldest entries lead to the most work.
    packet->count = stack->count / 2 < PACKET_CELLS ? stack->count / 2 : PACKET_CELLS;
    memcpy(packet->cells, stack->items, packet->count * sizeof *stack->items);
    stack->count -= packet->count;
    memmove(stack->items, stack->items + packet->count, stack->count * sizeof *stack->items);
    packet->next = pool.work;
    pool.work = packet;
    atomic_store_explicit(&pool.hungry, false, memory_order_relaxed);
    pthread_cond_signal(&pool.changed);
  }
  pthread_mutex_unlock(&pool.lock);
}

// Waits for work of others; false: there is none left anywhere.
static bool take_work(Tracer *tracer) {
  pthread_mutex_lock(&pool.lock);
  pool.idle++;
  if (!pool.work && pool.idle == pool.marking) pthread_cond_broadcast(&pool.changed);
  while (!pool.work && pool.idle < pool.marking) {
    atomic_store_explicit(&pool.hungry, true, memory_order_relaxed);
    pthread_cond_wait(&pool.changed, &pool.lock);
  }
  Packet *packet = pool.work;
  if (packet) {
    pool.work = packet->next;
    pool.idle--;
    for (size_t i = 0; i < packet->count; i++) pointer_list_must_push(&tracer->stack, packet->cells[i]);
    packet->next = pool.spare;
    pool.spare = packet;
  }
  pthread_mutex_unlock(&pool.lock);
  return packet;
}

static void mark_with_others(Tracer *tracer) {
  do mark_drain(tracer);
  while (take_work(tracer));
}

static void *helper_run(void *context) {
  Tracer *tracer = context;
  unsigned seen = 0;
  for (;;) {
    pthread_mutex_lock(&pool.lock);
    while (pool.round == seen) pthread_cond_wait(&pool.started, &pool.lock);
    seen = pool.round;
    pthread_mutex_unlock(&pool.lock);
    mark_with_others(tracer);
    pthread_mutex_lock(&pool.lock);
    pool.marking--;
    pthread_cond_broadcast(&pool.changed);
    pthread_mutex_unlock(&pool.lock);
  }
}

// Starts the helpers of this process, if there are processors for them.
static void helpers_start(void) {
  if (pool.process == getpid()) return;
  pool.process = getpid();
  pool.helpers = 0;
  pool.round = 0;
  pthread_mutex_init(&pool.lock, NULL);
  pthread_cond_init(&pool.started, NULL);
  pthread_cond_init(&pool.changed, NULL);
  cpu_set_t processors;
  int count = sched_getaffinity(0, sizeof processors, &processors) ? 1 : CPU_COUNT(&processors);
  sigset_t all, former;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &former);
  while (pool.helpers < count - 1 && pool.helpers < HELPERS_MAXIMUM) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, helper_run, &pool.tracers[pool.helpers])) break;
    pthread_detach(thread);
    pool.helpers++;
  }
  pthread_sigmask(SIG_SETMASK, &former, NULL);
}

void mark_drain_parallel(Tracer *tracer) {
  helpers_start();
  if (!pool.helpers) {
    mark_drain(tracer);
    return;
  }
  tracer->is_parallel = true;
  pthread_mutex_lock(&pool.lock);
  for (int i = 0; i < pool.helpers; i++) {
    PointerList stack = pool.tracers[i].stack;
    pool.tracers[i] = (Tracer){.stack = stack, .color = tracer->color, .kind = tracer->kind, .is_parallel = true};
  }
  pool.marking = pool.helpers + 1;
  pool.idle = 0;
  pool.round++;
  atomic_store_explicit(&pool.hungry, true, memory_order_relaxed);
  pthread_cond_broadcast(&pool.started);
  pthread_mutex_unlock(&pool.lock);
  mark_with_others(tracer);
  // All are idle; wait until they have noticed.
  pthread_mutex_lock(&pool.lock);
  while (pool.marking > 1) pthread_cond_wait(&pool.changed, &pool.lock);
  pthread_mutex_unlock(&pool.lock);
  tracer->is_parallel = false;
  for (int i = 0; i < pool.helpers; i++) tracer->marked_bytes += pool.tracers[i].marked_bytes;
}
