// Which layouts go together: the base that a class extends, and classes whose instances may change places.
//
// A class is *solid* if its instances have fields that its base's have not (a native struct, __slots__ members); a
// __dict__ or being weakly referable do not count. All bases' solid ancestors must lie on one line.
#include "runtime/object/class_internal.h"

#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/type.h"

static Class *base_of(const Class *class) {
  Value base = gc_load(&class->base);
  return base ? value_as_class(base) : NULL;
}

static bool adds_fields(const Class *class, const Class *base) {
  return class->instance_size != base->instance_size || ((class->flags ^ base->flags) & CLASS_VARIABLE_SIZE);
}

static Class *solid_base(Class *class) {
  for (Class *base; (base = base_of(class)); class = base)
    if (adds_fields(class, base)) return class;
  return class;
}

Class *class_best_base(Value bases) {
  Class *best = NULL, *winner = NULL;
  for (size_t i = 0; i < tuple_count(bases); i++) {
    Value item = tuple_item(bases, i);
    if (!value_is_class(item)) {
      raise_type_error("bases must be types");
      return NULL;
    }
    Class *base = value_as_class(item);
    if (!(base->flags & CLASS_BASE_TYPE)) {
      raise_type_error("type '%.100N' is not an acceptable base type", base);
      return NULL;
    }
    Class *candidate = solid_base(base);
    if (!winner) {
      winner = candidate;
      best = base;
    } else if (class_is_subclass(winner, candidate)) {
      continue;
    } else if (class_is_subclass(candidate, winner)) {
      winner = candidate;
      best = base;
    } else {
      raise_type_error("multiple bases have instance lay-out conflict");
      return NULL;
    }
  }
  return best;
}

bool class_layout_fits(Class *class, Class *base) {
  Class *wanted = solid_base(base);
  for (Class *solid = solid_base(class); solid; solid = base_of(solid))
    if (solid == wanted) return true;
  return false;
}

static bool adds_nothing(const Class *class, const Class *base) {
  return !adds_fields(class, base) && !((class->flags ^ base->flags) & (CLASS_HAS_DICT | CLASS_HAS_WEAKREF));
}

static const Class *layout_of(const Class *class) {
  for (Class *base; (base = base_of(class)) && adds_nothing(class, base);) class = base;
  return class;
}

static bool same_names(Value a, Value b) {
  if (!a || !b) return a == b;
  if (tuple_count(a) != tuple_count(b)) return false;
  for (size_t i = 0; i < tuple_count(a); i++)
    if (!str_equals(tuple_item(a, i), tuple_item(b, i))) return false;
  return true;
}

bool class_same_layout(const Class *a, const Class *b) {
  const Class *x = layout_of(a), *y = layout_of(b);
  if (x == y) return true;
  if (!(x->flags & CLASS_HEAP_TYPE) || !(y->flags & CLASS_HEAP_TYPE)) return false;
  if ((x->flags & CLASS_VARIABLE_SIZE) && !(x->flags & CLASS_IS_STR)) return false; // as CPython has it
  return x->base && y->base && layout_of(base_of(x)) == layout_of(base_of(y)) && x->instance_size == y->instance_size &&
         !((x->flags ^ y->flags) & (CLASS_HAS_DICT | CLASS_HAS_WEAKREF)) && same_names(x->slot_names, y->slot_names);
}
