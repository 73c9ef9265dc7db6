// See budget.h.
#include "jit/budget.h"
#include "runtime/runtime.h"

#include <stdatomic.h>
#include <time.h>

enum : uint64_t {
  PROGRAM_FOR_ONE = 3,  // nanoseconds of the program for each of compiling
  ADVANCE = 20'000'000, // free of charge: enough for the loop that a small program spends its time in
};

static atomic_uint_fast64_t spent;

void budget_spend(uint64_t nanoseconds) {
  atomic_fetch_add_explicit(&spent, nanoseconds, memory_order_relaxed);
}

static uint64_t process_time(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t budget_missing(void) {
  uint64_t compiling = atomic_load_explicit(&spent, memory_order_relaxed);
  if (compiling <= ADVANCE || runtime.jit_mode != JIT_ON) return 0;
  uint64_t needed = compiling + (compiling - ADVANCE) * PROGRAM_FOR_ONE, used = process_time();
  return needed > used ? needed - used : 0;
}

void budget_restart(void) {
  atomic_store_explicit(&spent, 0, memory_order_relaxed);
}
