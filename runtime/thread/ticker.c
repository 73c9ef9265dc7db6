// The ticker is an operating system thread that is no Thread: it touches nothing but poll words, under the registry's
// lock, and so need not be stopped for collections.
#include "runtime/thread/ticker.h"
#include "runtime/thread/safepoint.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

enum { TICK_NANOSECONDS = 4'000'000 };

static _Atomic bool is_running;

static void *tick(void *) {
  const struct timespec pause = {.tv_nsec = TICK_NANOSECONDS};
  while (thread_count() > 1) {
    nanosleep(&pause, NULL);
    safepoint_request_all(POLL_TICK);
  }
  atomic_store(&is_running, false);
  // A thread that was attached between the count and the store took the ticker for running.
  if (thread_count() > 1) ticker_start();
  return NULL;
}

void ticker_start(void) {
  if (atomic_exchange(&is_running, true)) return;
  // Signals belong to the threads that run Python.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 64u << 10);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, tick, NULL)) atomic_store(&is_running, false);
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void ticker_after_fork(void) {
  atomic_store(&is_running, false);
}
