// Weak references: weakref.ref, weakref.proxy.
#pragma once

#include "runtime/heap/heap.h"
#include "runtime/object/class.h"

typedef struct Weakref {
  Cell head;
  Value callback; // zero: none
  // ---- end of values
  Value target; // weak: not traced; zero: dead
  int64_t hash; // -1: not yet computed
} Weakref;

void weakrefs_start(void);
// The referent, or zero if it is gone.
static inline Value weakref_target(Value reference) {
  return gc_load_weak(&((Weakref *)value_cell(reference))->target);
}
// weakref.ref(target, callback); weakref.proxy(target, callback). `callback` zero: none. TypeError if the target cannot
// be weakly referenced.
Value weakref_new(Value target, Value callback);
Value weakproxy_new(Value target, Value callback);
// What object.__weakref__ shows: some weak reference to the object, or None.
Value weakref_first(Value target);
