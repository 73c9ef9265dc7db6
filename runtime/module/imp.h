// The module _imp and the frozen modules: those whose code comes with the interpreter instead of being searched for.
#pragma once

#include "runtime/object/class.h"

// The code of a frozen module: from the start-up image if it has it, else compiled from `path`, relative to the
// standard library. Zero: exception pending.
Value imp_frozen_code(const char *name, const char *path, const char *filename);
// Where the standard library is; set once by main.
void imp_set_library(const char *path);
