// The C half of the tests of HIR passes.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif
void probe_start(void);
// Parses the text, checks it, runs the pass of that name ("parse": none, "all": all), checks again and prints. The
// result, or what went wrong behind "ERROR: ", is the caller's to free.
char *probe_pass(const char *pass, const char *text);
#ifdef __cplusplus
}
#endif
