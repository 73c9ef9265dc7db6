// The executable: options, start, run, end.
#include "runtime/runtime.h"
#include "runtime/support/signals.h"
#include "vm/command_line.h"
#include "vm/jit_hooks.h"
#include "vm/run.h"
#include "vm/start.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int count, char **values) {
  CommandLine line;
  int status = 0;
  // Whoever reads our output may go away: writes then fail with BrokenPipeError instead of ending the process.
  signal(SIGPIPE, SIG_IGN);
  char **original = calloc((size_t)count + 1, sizeof *original);
  for (int i = 0; original && i < count; i++) original[i] = values[i];
  if (!command_line_parse(count, values, &line, &status)) return status;
  if (line.show_help) {
    command_line_print_help(&line);
    return 0;
  }
  if (line.show_version) {
    printf(line.show_long_version ? "Python 3.11.2 (Krait 0.1) [Clang %s]\n" : "Python 3.11.2\n", __clang_version__);
    return 0;
  }
  if (!vm_start(&line, original)) return 1;
  status = vm_run(&line);
  status = vm_finish(status);
  if (status == 128 + SIGINT) { // die of the signal, so that whoever started us sees it
    signal(SIGINT, SIG_DFL);
    kill(getpid(), SIGINT);
  }
  jit_finish();
  if (jit_was_asked()) { // exit() would tear down what its threads are using
    fflush(NULL);
    _exit(status);
  }
  return status;
}
