// Running what the command line names: a file, a command, a module, standard input, an interactive session.
#pragma once

#include "vm/command_line.h"

// Runs it and returns the exit status. Uncaught exceptions are printed, SystemExit is turned into its status.
int vm_run(const CommandLine *line);
