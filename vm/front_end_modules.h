// The native modules that need the front end, and so cannot stand in the runtime: _ast, _symtable, _opcode.
#pragma once

#include "runtime/object/native.h"

extern const NativeModule symtable_module, opcode_module;

// Makes them importable. Once, at start.
void front_end_modules_start(void);
