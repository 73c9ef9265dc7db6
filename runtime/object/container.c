// Helpers of the container types, see container.h.

#include "runtime/object/container.h"
#include "runtime/object/dict.h"
#include "runtime/runtime.h"

static bool search_bound(Value bound, size_t length, size_t *result) {
  ptrdiff_t number;
  if (value_is_small_int(bound)) {
    number = (ptrdiff_t)value_small_int(bound);
  } else {
    if (!value_has_index(bound)) {
      raise_type_error("slice indices must be integers or have an __index__ method");
      return false;
    }
    if (!value_as_size(bound, &number, CLASS_COUNT)) return false;
  }
  if (number < 0) {
    number += (ptrdiff_t)length;
    if (number < 0) number = 0;
  }
  *result = (size_t)number;
  return true;
}

bool search_bounds(Value start, Value stop, size_t length, size_t *from, size_t *to) {
  *from = 0;
  *to = PTRDIFF_MAX;
  if (start && !search_bound(start, length, from)) return false;
  return !stop || search_bound(stop, length, to);
}

Value builtin_named(const char *name) {
  Value found = runtime.builtins ? dict_get_c(runtime.builtins, name) : NULL;
  if (found) return found;
  return raise(CLASS_ATTRIBUTE_ERROR, "%s", name);
}

Value reduce_to(Value callable, Value arguments, Value state) {
  if (!callable || !arguments) return NULL;
  return state ? tuple_of(3, callable, arguments, state) : tuple_of(2, callable, arguments);
}

Value class_get_generic(Value class, Value item) {
  return value_call_2(value_from_cell(BUILTIN(GENERIC_ALIAS)), class, item);
}

bool refuse_keywords(const char *name, Value keyword_names) {
  if (!keyword_names || tuple_count(keyword_names) == 0) return true;
  raise_type_error("%s() takes no keyword arguments", name);
  return false;
}

Value raise_bad_subscript(const char *type, Value subscript) {
  return raise_type_error("%s indices must be integers or slices, not %T", type, subscript);
}

Value iterator_self(Value self) {
  return self;
}
