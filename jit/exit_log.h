// Exits taken, for -X jit-log=stats: kept by their text, since the code that they left and the machine code may be gone
// in the end.
#pragma once

#include "jit/code_data.h"
#include <stdio.h>

// "NAME line N word N: REASON" of an exit, with a newline.
void exit_log_print(const CodeExit *exit, FILE *log);
// Counts an exit that is being taken. Any thread of the runtime; no Python code.
void exit_log_note(CodeExit *exit);
// All that were noted, the most frequent first.
void exit_log_print_all(FILE *log);
