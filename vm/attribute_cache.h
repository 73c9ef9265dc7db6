// Cache words of attribute instructions: one LookupResult, or a cell with several.
#pragma once

#include "runtime/object/attributes.h"
#include "runtime/object/code.h"

enum : size_t { ATTRIBUTE_CASES = 4 };
typedef struct AttributeCases {
  Cell head;
  Value results[ATTRIBUTE_CASES]; // LookupResult cells, filled from the front; immutable once published
  // ---- end of values
  Shape *shape; // NULL. A thread that still runs the form for one result takes this cell for one: no object fits it.
} AttributeCases;
static_assert(offsetof(AttributeCases, shape) == offsetof(LookupResult, shape));

extern Shape *attribute_cases_shape;

static inline const AttributeCases *cache_as_cases(Value cache) {
  return (const AttributeCases *)value_cell(cache);
}
static inline bool cache_is_result(Value cache) {
  return cache && value_cell(cache)->shape != shape_word(attribute_cases_shape);
}
// Without a cache word, for instructions that meet too many shapes, and for getattr() of a name that is known: the
// attribute, or zero where that takes Python code, or fails (no exception is pending then). They run none, but may make
// cells.
Value attribute_try_load(Value object, Value name);
Value attribute_try_load_or(Value object, Value name, Value otherwise); // where nothing is found: `otherwise`
Value attribute_try_method(Value object, Value name);                   // a Python function to be called with `object`
Value attribute_try_has(Value object, Value name);                      // True or False
// Adds `result` to what the instruction at `pc` knows and rewrites it: to `single` when this is the only one still
// valid, else to `several`. When there are more than a cell holds, nothing changes. Without memory nothing happens.
void attribute_cache_add(const Code *code, const Instruction *pc, Instruction word, LookupResult *result,
                         unsigned single, unsigned several);
