// Shapes of internal cells: one root shape for each CellType, made when the first such cell is.

#include "runtime/object/class.h"

Shape *shape_internal_make(Shape **slot, const CellType *type) {
  Shape *made = shape_create_root(type, builtin_classes[CLASS_INTERNAL], 0, 0, 0);
  if (!made) return NULL;
  Shape *expected = NULL;
  // A thread that loses this race leaves its shape unused; both describe the same cells.
  if (__atomic_compare_exchange_n(slot, &expected, made, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return made;
  return expected;
}
