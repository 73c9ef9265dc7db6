// See budget.h.
#include "jit/budget.h"
#include "runtime/runtime.h"

#include <stdatomic.h>
#include <time.h>

// Nanoseconds. What has run for long mostly runs for long again, so that it may have more.
enum : uint64_t {
  FREE = 15'000'000, // enough for the loop that a small program spends its time in
  LONG = 1'000'000'000,
  SHARE = 4, // one part in so many may be compiling
  SHARE_AFTER_LONG = 2,
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
  uint64_t compiling = atomic_load_explicit(&spent, memory_order_relaxed), in_long = FREE + LONG / SHARE;
  if (compiling <= FREE || runtime.jit_mode != JIT_ON) return 0;
  uint64_t needed = compiling <= in_long ? (compiling - FREE) * SHARE : LONG + (compiling - in_long) * SHARE_AFTER_LONG;
  uint64_t used = process_time();
  return needed > used ? needed - used : 0;
}

void budget_restart(void) {
  atomic_store_explicit(&spent, 0, memory_order_relaxed);
}
