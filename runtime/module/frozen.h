// Frozen modules: those whose code comes with the interpreter instead of being searched for. It stands in a file beside
// the executable (vm/freeze.py makes it) that is mapped at start. A module whose source has changed since is not taken
// from there: importlib itself is then compiled from its source, all others are imported as any module is.
#pragma once

#include "runtime/value.h"

#include <stddef.h>
#include <stdint.h>

typedef struct FrozenModule {
  const char *name;
  const char *origin; // the name of the module whose source it is; "<" before it: its package's __init__; "": none
  const char *path;   // of the source, below the standard library
  bool is_package;
  bool is_essential;   // importlib needs it
  const uint8_t *code; // marshalled; NULL: to be compiled
  size_t length;
} FrozenModule;

// Maps `path`, if it is there and was made by this very build; `library_path`: where the standard library is.
void frozen_start(const char *path, const char *library_path, bool enabled);
// The module of this name (ASCII). False: there is none that may be used now.
bool frozen_find(const char *name, FrozenModule *module);
// As frozen_find: the one with number `index`; false behind the last one. It may be one that must not be used.
bool frozen_get(size_t index, FrozenModule *module);
// >0: all modules may be used, <0: the essential ones only, 0: as the command line says.
void frozen_override(int override);
// The module's code object. Zero: exception.
Value frozen_code(const FrozenModule *module);
// What identifies the build of this executable; empty if the linker has left nothing.
const uint8_t *frozen_build(size_t *length);
