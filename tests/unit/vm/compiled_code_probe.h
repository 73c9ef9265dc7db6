// The C half of compiled_code_test.cc: functions written in C that play the part of compiled code.
#pragma once
#ifdef __cplusplus
extern "C" {
#endif
#include <stdbool.h>

typedef enum ProbeCode {
  PROBE_ANSWERS,        // returns 42
  PROBE_LEAVES,         // leaves at its first instruction
  PROBE_RAISES,         // raises ValueError there
  PROBE_LEAVES_COUNTED, // leaves through exit 7
  PROBE_CALLS,          // operations_engine.h
} ProbeCode;

// Starts the interpreter.
void probe_start(void);
// Runs `source` in fresh globals. It may call
//   install(function, kind, at)   puts the ProbeCode `kind` at the function's RESUME (at 0) or at its first loop (at 1)
//   remove(function, at)          takes it out
//   entered(), exits()            how often probe code was entered, and the exits it took, since that was asked last
//   hot()                         how many (calls, loops) were reported as hot since that was asked last
// What str(result) gives at the end; the exception if it raises. The caller frees it.
char *probe_run(const char *source);
#ifdef __cplusplus
}
#endif
