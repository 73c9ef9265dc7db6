// -X jit-log: what the compiler does, on stderr; -X jit-log=stats: what it did, at the end.
#pragma once

#include "jit/compile.h"

void jit_log_compiled(const CompileJob *job, bool installed);
void jit_log_refused(const Code *code, uint32_t entry_word, const char *reason);
void jit_log_statistics(void);
