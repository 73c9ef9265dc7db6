// See compile_error.h.
#include "jit/compile_error.h"

#include <stdio.h>
#include <stdlib.h>

_Thread_local CompileAttempt *compile_attempt;

void compile_give_up(const char *reason) {
  if (!compile_attempt) {
    fprintf(stderr, "krait: compilation given up: %s\n", reason);
    abort();
  }
  compile_attempt->reason = reason;
  longjmp(compile_attempt->jump, 1);
}
