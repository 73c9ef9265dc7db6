// Module objects. A module's attributes are its __dict__, a globals Dict, which is also the namespace that its code
// runs in.
#pragma once

#include "runtime/object/class.h"
#include "runtime/object/native.h"

typedef struct Module {
  Cell head;
  Value results; // lookup results of this module's attributes (resolve.c), or zero
  // ---- end of values
  const NativeModule *native; // NULL: not a native module
} Module;

static inline bool value_is_module(Value value) {
  return value_is_instance(value, BUILTIN(MODULE));
}
// A module with __name__, __doc__, __package__, __loader__, __spec__ (the latter three None; `doc` zero: None).
Value module_new(Value name, Value doc);
// Its __dict__; zero for a module whose __init__ has not run.
Value module_dict(Value module);
static inline Value *module_results(Value module) {
  return &((Module *)value_cell(module))->results;
}
// module.__getattribute__ with PEP 562; `missing` may be NULL, otherwise it is set instead of raising AttributeError.
Value module_get_attribute(Value module, Value name, bool *missing);
