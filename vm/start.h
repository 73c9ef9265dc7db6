// From a started process to a usable interpreter, and back.
#pragma once

#include "vm/command_line.h"

// Brings up everything: runtime, sys, importlib, standard streams, site. False: the reason is printed.
bool vm_start(const CommandLine *line, char **original_arguments);
// Waits for threads, runs atexit functions, flushes the standard streams, finalizes. The exit status: `status`, or 120
// when flushing failed.
int vm_finish(int status);
