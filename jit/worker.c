// See worker.h.
#include "jit/worker.h"
#include "jit/budget.h"

#include "runtime/thread/safepoint.h"
#include <pthread.h>
#include <signal.h>
#include <time.h>

enum {
  QUEUE_LIMIT = 64,
  QUEUE_FULL = 4,        // so many jobs keep the worker busy while others become hot
  UPGRADE_TICKS = 12000, // calls and iterations that make code worth full optimization, for each millisecond that the
                         // quick compilation took: the full one takes many times that
  URGENT_TICKS = 200000, // likewise, even while other code waits for its first compilation
  REST_SHORT = 4,        // milliseconds between looks at what may be upgraded: doubled while there is nothing to do
  REST_LONG = 256,
};

typedef struct Queue {
  CompileJob *first, **end;
  unsigned count;
} Queue;

typedef struct Worker {
  pthread_mutex_t mutex;  // of the queues and flags
  pthread_mutex_t engine; // held while LLVM is at work
  pthread_cond_t wanted;  // there is something to do
  pthread_cond_t rested;  // nothing is in work
  Queue waiting, finished;
  Queue upgrades; // jobs whose quick code runs
  CompileJob *in_work;
  unsigned forks; // in progress: the worker rests
  bool is_running;
} Worker;
static Worker worker = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                        .engine = PTHREAD_MUTEX_INITIALIZER,
                        .wanted = PTHREAD_COND_INITIALIZER,
                        .rested = PTHREAD_COND_INITIALIZER};

static void queue_add(Queue *queue, CompileJob *job) {
  if (!queue->first) queue->end = &queue->first;
  job->next = NULL;
  *queue->end = job;
  queue->end = &job->next;
  queue->count++;
}
static void queue_add_first(Queue *queue, CompileJob *job) {
  if (!queue->first) queue->end = &job->next;
  job->next = queue->first;
  queue->first = job;
  queue->count++;
}
static CompileJob *queue_take(Queue *queue) {
  CompileJob *job = queue->first;
  if (!job) return NULL;
  queue->first = job->next;
  queue->count--;
  return job;
}
static CompileJob *queue_remove(Queue *queue, CompileJob **place) {
  CompileJob *job = *place;
  *place = job->next;
  if (queue->end == &job->next) queue->end = place;
  queue->count--;
  return job;
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t thread_time(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

// Under the engine's lock. The context goes with the module: it keeps every constant that was ever asked of it.
static void compile(CompileJob *job) {
  uint64_t start = thread_time();
  LLVMContextRef context = LLVMContextCreate();
  job->queue_nanoseconds = now() - job->queued_at;
  LLVMModuleRef module = compile_lower(job, context);
  if (module) {
    if (!engine_start() || !engine_compile(module, job->name, job->level, &job->engine_code))
      job->failure = engine_error();
    else if (!compile_read_maps(job))
      job->failure = "its exits are not where they should be";
  }
  LLVMContextDispose(context);
  budget_spend(thread_time() - start);
}

void worker_compile_here(CompileJob *job) {
  job->queued_at = now();
  BLOCKING(pthread_mutex_lock(&worker.engine)); // somebody may be about to stop the world for a fork
  compile(job);
  pthread_mutex_unlock(&worker.engine);
}

// Ticks for each millisecond.
static double worth_of(const CompileJob *job, uint32_t ticks) {
  uint64_t nanoseconds = job->pass_nanoseconds + job->code_nanoseconds;
  return ticks * 1e6 / (double)(nanoseconds ? nanoseconds : 1);
}

// The upgrade that is worth most by its ticks since the last look, of those that are worth enough by all their ticks.
// Code that nobody runs any more (the code of what surrounds it may have taken its place) is not worth it. Those of
// code that is no longer valid go to the finished jobs.
static CompileJob *take_upgrade(uint32_t least) {
  CompileJob **best = NULL;
  double most = 0;
  for (CompileJob **place = &worker.upgrades.first; *place;) {
    CompileJob *job = *place;
    uint32_t ticks = compile_ticks(job);
    if (ticks == UINT32_MAX) {
      queue_remove(&worker.upgrades, place);
      job->failure = "given up before it was compiled in full";
      queue_add(&worker.finished, job);
      continue;
    }
    double worth = worth_of(job, ticks - job->seen_ticks);
    if (worth > most && worth_of(job, ticks) >= least) most = worth, best = place;
    job->seen_ticks = ticks;
    place = &job->next;
  }
  return best ? queue_remove(&worker.upgrades, best) : NULL;
}

static void wait_at_most(uint64_t nanoseconds) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  nanoseconds += (uint64_t)until.tv_nsec;
  until.tv_sec += (time_t)(nanoseconds / 1000000000u);
  until.tv_nsec = (long)(nanoseconds % 1000000000u);
  pthread_cond_timedwait(&worker.wanted, &worker.mutex, &until);
}

// Under the queues' lock: the next job to compile; waits for it, and until the budget allows it.
static CompileJob *next_job(void) {
  for (unsigned rest = REST_SHORT;;) {
    if (worker.forks) {
      pthread_cond_wait(&worker.wanted, &worker.mutex);
      continue;
    }
    if (!worker.waiting.first && !worker.upgrades.first) {
      pthread_cond_wait(&worker.wanted, &worker.mutex);
      rest = REST_SHORT;
      continue;
    }
    uint64_t missing = budget_missing();
    if (!missing) {
      CompileJob *job = take_upgrade(worker.waiting.first ? URGENT_TICKS : UPGRADE_TICKS);
      if (!job) job = queue_take(&worker.waiting);
      if (job) return job;
    }
    // A program that waits does not come nearer to what is missing, so the rests grow here as well.
    uint64_t pause = (uint64_t)rest * 1000000u;
    wait_at_most(pause > missing ? pause : missing);
    if (rest < REST_LONG) rest *= 2;
  }
}

static void *work(void *) {
  pthread_mutex_lock(&worker.mutex);
  for (;;) {
    worker.in_work = next_job();
    pthread_mutex_unlock(&worker.mutex);
    pthread_mutex_lock(&worker.engine);
    compile(worker.in_work);
    pthread_mutex_unlock(&worker.engine);
    pthread_mutex_lock(&worker.mutex);
    queue_add(&worker.finished, worker.in_work);
    worker.in_work = NULL;
    pthread_cond_broadcast(&worker.rested);
    pthread_mutex_unlock(&worker.mutex);
    safepoint_request_all(POLL_COMPILED);
    pthread_mutex_lock(&worker.mutex);
  }
  return NULL;
}

static bool start(void) {
  sigset_t all, former;
  sigfillset(&all);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, (size_t)8 << 20);
  pthread_sigmask(SIG_SETMASK, &all, &former); // the program's threads handle signals
  pthread_t thread;
  worker.is_running = pthread_create(&thread, &attributes, work, NULL) == 0;
  pthread_sigmask(SIG_SETMASK, &former, NULL);
  pthread_attr_destroy(&attributes);
  return worker.is_running;
}

bool worker_submit(CompileJob *job) {
  job->queued_at = now();
  pthread_mutex_lock(&worker.mutex);
  bool taken = worker.waiting.count < QUEUE_LIMIT && (worker.is_running || start());
  if (taken) {
    if (job->is_repeated)
      queue_add_first(&worker.waiting, job);
    else
      queue_add(&worker.waiting, job);
    pthread_cond_signal(&worker.wanted);
  }
  pthread_mutex_unlock(&worker.mutex);
  return taken;
}

bool worker_is_free(void) {
  pthread_mutex_lock(&worker.mutex);
  bool is_free = worker.waiting.count < QUEUE_FULL;
  pthread_mutex_unlock(&worker.mutex);
  return is_free && !budget_missing();
}

void worker_submit_upgrade(CompileJob *job) {
  pthread_mutex_lock(&worker.mutex);
  queue_add(&worker.upgrades, job);
  pthread_cond_signal(&worker.wanted);
  pthread_mutex_unlock(&worker.mutex);
}

static bool is_for(const CompileJob *job, const Code *code, uint32_t entry_word) {
  return job && job->code == code && job->entry_word == entry_word;
}
static bool queue_has(const Queue *queue, const Code *code, uint32_t entry_word) {
  for (const CompileJob *job = queue->first; job; job = job->next)
    if (is_for(job, code, entry_word)) return true;
  return false;
}

bool worker_has(const Code *code, uint32_t entry_word) {
  pthread_mutex_lock(&worker.mutex);
  bool found = is_for(worker.in_work, code, entry_word) || queue_has(&worker.waiting, code, entry_word) ||
               queue_has(&worker.finished, code, entry_word);
  pthread_mutex_unlock(&worker.mutex);
  return found;
}

CompileJob *worker_take_finished(void) {
  pthread_mutex_lock(&worker.mutex);
  CompileJob *job = queue_take(&worker.finished);
  pthread_mutex_unlock(&worker.mutex);
  return job;
}

// The job in hand is finished first; then the worker waits for `wanted` and changes nothing. No lock that a Python
// thread may be waiting for outside of a blocking region is held from one to the other: the world is about to stop.
static void rest(void) {
  pthread_mutex_lock(&worker.mutex);
  worker.forks++;
  while (worker.in_work) pthread_cond_wait(&worker.rested, &worker.mutex);
  pthread_mutex_unlock(&worker.mutex);
  pthread_mutex_lock(&worker.engine);
}
void worker_before_fork(void) {
  BLOCKING(rest());
}
void worker_after_fork(bool in_child) {
  pthread_mutex_unlock(&worker.engine);
  if (in_child) { // the worker is gone, with whatever it was doing to these
    worker.mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    worker.wanted = worker.rested = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    worker.forks = 0;
    worker.is_running = false;
    budget_restart();
    if (worker.waiting.first || worker.upgrades.first) start();
    return;
  }
  pthread_mutex_lock(&worker.mutex);
  worker.forks--;
  pthread_cond_broadcast(&worker.wanted);
  pthread_mutex_unlock(&worker.mutex);
}
