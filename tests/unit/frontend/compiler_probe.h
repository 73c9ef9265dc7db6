// What the compiler's unit tests, which are C++, ask of the front end, which is C.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// Compiles `source` and returns its disassembly (inner code included), or "ERROR TYPE: message (line, column)".
// Freed by the caller.
char *probe_disassemble(const char *source);
// The result of code_unit_check, "" if all is well, or the error as above. Freed by the caller.
char *probe_check(const char *source);
// The warnings, one a line. Freed by the caller.
char *probe_warnings(const char *source);

#ifdef __cplusplus
}
#endif
