// Closure cells: variables that functions share.
//
// Threads: the contents are one word: reading, storing and emptying are atomic.
#include "runtime/heap/alloc.h"
#include "runtime/object/function.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

static ClosureCell *cell_of(Value value) {
  return (ClosureCell *)value_cell(value);
}

Value closure_cell_new(Value contents) {
  ClosureCell *cell = cell_alloc_inline(SHAPE(CELL), sizeof *cell);
  if (!cell) return NULL;
  gc_init(cell, &cell->contents, contents);
  return value_from_cell(cell);
}

static Value cell_new_method(Value, Value contents) {
  return closure_cell_new(contents);
}

static Value get_contents(Value self) {
  Value contents = gc_load(&cell_of(self)->contents);
  return contents ? contents : raise_value_error("Cell is empty");
}

static bool set_contents(Value self, Value value) {
  gc_store(cell_of(self), &cell_of(self)->contents, value);
  return true;
}

static Value cell_repr(Value self) {
  Value contents = gc_load(&cell_of(self)->contents);
  if (!contents) return str_format_c("<cell at 0x%lx: empty>", value_bits(self));
  return str_format_c("<cell at 0x%lx: %.80T object at 0x%lx>", value_bits(self), contents, value_bits(contents));
}

// Empty cells come before all others.
static Value cell_compare(Comparison comparison, Value a, Value b) {
  if (!VALUE_IS_EXACT(b, CELL)) return VALUE_NOT_IMPLEMENTED;
  Value x = gc_load(&cell_of(a)->contents), y = gc_load(&cell_of(b)->contents);
  if (x && y) return value_compare(comparison, x, y);
  return value_compare(comparison, value_from_small_int(x != NULL), value_from_small_int(y != NULL));
}

#define COMPARISON(NAME, symbol, method, swapped)                                                                      \
  static Value cell_##method(Value a, Value b) {                                                                       \
    return cell_compare(COMPARE_##NAME, a, b);                                                                         \
  }
#include "runtime/object/operators.def"

static const NativeMethod cell_methods[] = {
    NATIVE("__new__", cell_new_method, "($type, contents=<unrepresentable>, /)", "Create a cell.", NATIVE_STATIC),
    NATIVE("__repr__", cell_repr, "($self, /)", "Return repr(self)."),
#define COMPARISON(NAME, symbol, method, swapped)                                                                      \
  NATIVE(#method, cell_##method, "($self, value, /)", "Return self" symbol "value."),
#include "runtime/object/operators.def"
    {}};
static const NativeProperty cell_properties[] = {{"cell_contents", get_contents, set_contents, NULL}, {}};
static const CellType closure_cell_type = {.name = "cell", CELL_VALUES(ClosureCell, contents, contents)};

const ClassDef cell_class = {
    .name = "cell",
    .doc = "A variable shared by functions.",
    .cell_type = &closure_cell_type,
    .instance_size = sizeof(ClosureCell),
    .flags = CLASS_UNHASHABLE,
    .methods = cell_methods,
    .properties = cell_properties,
};
