// The order of the passes. See passes.h.
#include "jit/passes.h"

#include "jit/compile_error.h"
#include "runtime/runtime.h"
#include <stdlib.h>

typedef struct Pass {
  const char *name;
  HirPass *run;
} Pass;

static const Pass passes[] = {
    {"phis", pass_phis},     {"functions", pass_functions}, {"types", pass_types},   {"values", pass_values},
    {"escape", pass_escape}, {"unbox", pass_unbox},         {"lists", pass_lists},   {"values", pass_values},
    {"hoist", pass_hoist},   {"bounds", pass_bounds},       {"values", pass_values}, {"types", pass_types},
    {"ranges", pass_ranges}, {"floats", pass_floats},       {"sink", pass_sink},     {"lazy", pass_lazy},
    {"dead", pass_dead},
};

// After each pass in debug builds; elsewhere only when the compiler is put under stress.
static void check(HirFunction *function, const char *name) {
#ifdef NDEBUG
  if (!runtime.jit_stress) return;
#endif
  const char *problem = hir_verify(function);
  if (!problem) return;
  fprintf(stderr, "HIR is wrong behind %s: %s\n", name, problem);
  hir_print(function, stderr);
  abort();
}

void hir_optimize(HirFunction *function, FILE *log) {
  hir_order_blocks(function);
  if (log) {
    fprintf(log, "# built\n");
    hir_print(function, log);
  }
  check(function, "the builder");
  for (size_t i = 0; i < sizeof passes / sizeof passes[0]; i++) {
    passes[i].run(function);
    if (log) {
      fprintf(log, "# %s\n", passes[i].name);
      hir_print(function, log);
    }
    check(function, passes[i].name);
  }
}
