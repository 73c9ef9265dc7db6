// Giving a compilation up: what cannot or should not be compiled, out of memory.
#pragma once

#include <setjmp.h>

// The jump buffer of the compilation that this OS thread is at, and why it ended.
typedef struct CompileAttempt {
  jmp_buf jump;
  const char *reason;
} CompileAttempt;
extern _Thread_local CompileAttempt *compile_attempt;

// Does not return. `reason` is static text. Without an attempt in progress (tests of single passes) it aborts.
[[noreturn]] void compile_give_up(const char *reason);
