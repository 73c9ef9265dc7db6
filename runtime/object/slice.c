// slice: start, stop and step as they were written; resolved against a length when used. Immutable.

#include "runtime/object/container.h"

Value slice_new(Value start, Value stop, Value step) {
  Slice *slice = cell_alloc(SHAPE(SLICE), sizeof(Slice));
  if (!slice) return NULL;
  gc_init(slice, &slice->start, start);
  gc_init(slice, &slice->stop, stop);
  gc_init(slice, &slice->step, step);
  return value_from_cell(slice);
}

// One field as a machine word, clipped; None gives `otherwise`.
static bool slice_field(Value field, ptrdiff_t otherwise, ptrdiff_t *number) {
  if (field == VALUE_NONE) {
    *number = otherwise;
    return true;
  }
  if (value_is_small_int(field)) {
    *number = (ptrdiff_t)value_small_int(field);
    return true;
  }
  if (value_has_index(field)) return value_as_size(field, number, CLASS_COUNT);
  raise_type_error("slice indices must be integers or None or have an __index__ method");
  return false;
}

static ptrdiff_t clip_bound(ptrdiff_t bound, ptrdiff_t length, bool backwards) {
  if (bound < 0) {
    bound += length;
    return bound < 0 ? (backwards ? -1 : 0) : bound;
  }
  return bound < length ? bound : backwards ? length - 1 : length;
}

ptrdiff_t slice_resolve(Value value, ptrdiff_t length, ptrdiff_t *start, ptrdiff_t *stop, ptrdiff_t *step) {
  const Slice *slice = (const Slice *)value_cell(value);
  if (!slice_field(slice->step, 1, step)) return -1;
  if (*step == 0) {
    raise_value_error("slice step cannot be zero");
    return -1;
  }
  if (*step < -PTRDIFF_MAX) *step = -PTRDIFF_MAX; // so that it can be negated
  bool backwards = *step < 0;
  if (!slice_field(slice->start, backwards ? PTRDIFF_MAX : 0, start)) return -1;
  if (!slice_field(slice->stop, backwards ? PTRDIFF_MIN : PTRDIFF_MAX, stop)) return -1;
  *start = clip_bound(*start, length, backwards);
  *stop = clip_bound(*stop, length, backwards);
  if (backwards) return *stop < *start ? (*start - *stop - 1) / -*step + 1 : 0;
  return *start < *stop ? (*stop - *start - 1) / *step + 1 : 0;
}

static Value slice_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  (void)class;
  if (!refuse_keywords("slice", keyword_names) || !arguments_check_count("slice", count, 1, 3)) return NULL;
  if (count == 1) return slice_new(VALUE_NONE, arguments[0], VALUE_NONE);
  return slice_new(arguments[0], arguments[1], count == 3 ? arguments[2] : VALUE_NONE);
}

static Value slice_repr(Value self) {
  const Slice *slice = (const Slice *)value_cell(self);
  return str_format_c("slice(%R, %R, %R)", slice->start, slice->stop, slice->step);
}

// A field of slice.indices() as an int: exact arithmetic, so that huge lengths work.
static Value slice_index_field(Value field) {
  if (value_has_index(field)) return value_index(field);
  return raise_type_error("slice indices must be integers or None or have an __index__ method");
}

static Value clip_long(Value bound, Value length, bool backwards) {
  if (!(bound = slice_index_field(bound))) return NULL;
  Value low = value_from_small_int(backwards ? -1 : 0);
  if (int_sign(bound) < 0) {
    if (!(bound = int_add(bound, length))) return NULL;
    return int_compare(bound, low) < 0 ? low : bound;
  }
  Value high = backwards ? int_subtract(length, value_from_small_int(1)) : length;
  return !high ? NULL : int_compare(bound, high) > 0 ? high : bound;
}

bool slice_resolve_long(Value value, Value length, Value *start, Value *stop, Value *step) {
  const Slice *slice = (const Slice *)value_cell(value);
  *step = slice->step == VALUE_NONE ? value_from_small_int(1) : slice_index_field(slice->step);
  if (!*step) return false;
  int sign = int_sign(*step);
  if (sign == 0) {
    raise_value_error("slice step cannot be zero");
    return false;
  }
  Value first = value_from_small_int(0), before = value_from_small_int(-1);
  Value last = sign < 0 ? int_add(length, before) : length;
  if (!last) return false;
  *start = slice->start == VALUE_NONE ? (sign < 0 ? last : first) : clip_long(slice->start, length, sign < 0);
  if (!*start) return false;
  *stop = slice->stop == VALUE_NONE ? (sign < 0 ? before : length) : clip_long(slice->stop, length, sign < 0);
  return *stop != NULL;
}

static Value slice_indices(Value self, Value length) {
  if (!(length = value_index(length))) return NULL;
  if (int_sign(length) < 0) return raise_value_error("length should not be negative");
  Value start, stop, step;
  if (!slice_resolve_long(self, length, &start, &stop, &step)) return NULL;
  return tuple_of(3, start, stop, step);
}

static Value slice_reduce(Value self) {
  const Slice *slice = (const Slice *)value_cell(self);
  return tuple_of(2, value_from_cell(value_class(self)), tuple_of(3, slice->start, slice->stop, slice->step));
}

static Value slice_compare(Value self, Value other, Comparison comparison) {
  if (!VALUE_IS_EXACT(self, SLICE) || !VALUE_IS_EXACT(other, SLICE)) return VALUE_NOT_IMPLEMENTED;
  if (self == other) return value_from_bool(order_satisfies(comparison, 0, 0));
  const Slice *a = (const Slice *)value_cell(self), *b = (const Slice *)value_cell(other);
  Value left = tuple_of(3, a->start, a->stop, a->step), right = tuple_of(3, b->start, b->stop, b->step);
  return left && right ? value_compare(comparison, left, right) : NULL;
}
COMPARISON_METHODS(slice, slice_compare)

static const NativeMethod slice_methods[] = {
    NATIVE("__new__", slice_create, NULL, "Create a slice.", NATIVE_STATIC),
    NATIVE("__repr__", slice_repr, "($self, /)", "Return repr(self)."),
    COMPARISON_ENTRIES(slice),
    NATIVE("indices", slice_indices, "($self, length, /)", "Return start, stop and step for a sequence of a length."),
    NATIVE("__reduce__", slice_reduce, "($self, /)", "What pickle needs to rebuild the slice."),
    {},
};
static const NativeMember slice_members[] = {
    {"start", MEMBER_VALUE, false, offsetof(Slice, start), NULL},
    {"stop", MEMBER_VALUE, false, offsetof(Slice, stop), NULL},
    {"step", MEMBER_VALUE, false, offsetof(Slice, step), NULL},
    {},
};
static const CellType slice_type = {.name = "slice", CELL_VALUES(Slice, start, step)};

const ClassDef slice_class = {
    .name = "slice",
    .doc = "slice(stop)\nslice(start, stop[, step])\n\nThe bounds of an extended subscript such as a[0:10:2].",
    .cell_type = &slice_type,
    .instance_size = sizeof(Slice),
    .flags = CLASS_UNHASHABLE,
    .methods = slice_methods,
    .members = slice_members,
};
