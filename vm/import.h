// The import system's C side: bringing up importlib, and the import statement.
//
// All finding and loading is done by the standard library's own importlib; C code runs its two bootstrap modules, keeps
// the fast path for modules that are loaded already, and supplies the module _imp.
#pragma once

#include "runtime/object/frame.h"

// Runs importlib's bootstrap code and installs the importers. After sys_start. False: exception pending.
bool import_start(void);
// What IMPORT_NAME and __import__ do (RuntimeHooks.import_module): globals may be None or zero.
Value import_statement(Value name, Value globals, Value locals, Value from_list, int level);
// `from module import name`: an attribute, or a submodule that is loaded already. ImportError as CPython words it.
Value import_from(Value module, Value name);
// Is `frame` importlib's own, or that of a module being imported? Nobody waits for what these let go of.
bool import_is_running(const Frame *frame);
// Imports a module by its dotted name and returns that module itself. For C code. Zero: exception pending.
Value import_by_name(const char *name);
