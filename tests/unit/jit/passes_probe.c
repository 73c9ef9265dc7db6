#include "tests/unit/jit/passes_probe.h"

#include "jit/passes.h"
#include "runtime/runtime.h"
#include <string.h>

void probe_start(void) {
  runtime_start(false);
}

static void run_all(HirFunction *function) {
  hir_optimize(function, NULL);
}
static void run_none(HirFunction *function) {
  hir_order_blocks(function);
}

static const struct {
  const char *name;
  HirPass *run;
} passes[] = {{"parse", run_none},     {"verify", run_none},    {"phis", pass_phis},
              {"types", pass_types},   {"unbox", pass_unbox},   {"values", pass_values},
              {"hoist", pass_hoist},   {"dead", pass_dead},     {"functions", pass_functions},
              {"escape", pass_escape}, {"lists", pass_lists},   {"ranges", pass_ranges},
              {"floats", pass_floats}, {"bounds", pass_bounds}, {"sink", pass_sink},
              {"lazy", pass_lazy},     {"all", run_all}};

static HirPass *pass_named(const char *name) {
  for (size_t i = 0; i < sizeof passes / sizeof passes[0]; i++)
    if (strcmp(passes[i].name, name) == 0) return passes[i].run;
  return NULL;
}

char *probe_pass(const char *pass, const char *text) {
  char *result;
  size_t length;
  FILE *out = open_memstream(&result, &length);
  char error[200];
  HirPass *run = pass_named(pass);
  HirFunction *function = run ? hir_parse(text, error, sizeof error) : NULL;
  const char *problem = function ? hir_verify(function) : run ? error : "no such pass";
  if (!problem) {
    run(function);
    problem = hir_verify(function);
    if (!problem || strcmp(pass, "verify") != 0) hir_print(function, out);
  }
  if (problem) fprintf(out, "ERROR: %s\n", problem);
  hir_function_free(function);
  fclose(out);
  return result;
}
