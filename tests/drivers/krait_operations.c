// A Krait whose "compiler" is the engine of operations: with -X jit=always every function and every loop of a program
// runs through vm/operations.h and vm/compiled_call.h, so that the language tests are tests of these.
#include "tests/unit/vm/operations_engine.h"
#include "vm/jit_hooks.h"
#include "vm/run.h"
#include "vm/start.h"

static void hot(Thread *, Frame *frame, uint32_t entry_word) {
  if (compiled_code_at(frame->code, entry_word)) return;
  CompiledCode *compiled = compiled_code_new(frame->code, entry_word);
  if (!compiled) abort();
  compiled->entry = operations_engine_run;
  compiled_code_install(compiled);
}
static void left(Thread *, CompiledCode *, uint32_t) {}
static void nothing(void) {}
static void after_fork(bool) {}

int main(int count, char **values) {
  static const JitHooks hooks = {hot, left, nothing, nothing, after_fork, nothing};
  CommandLine line;
  int status;
  if (!command_line_parse(count, values, &line, &status) || !vm_start(&line, values)) return 1;
  atomic_store(&jit_hooks, &hooks);
  return vm_finish(vm_run(&line));
}
