// dict_keys, dict_values, dict_items: live views. Keys and items behave like sets.
//
// Threads: a view holds nothing but its dict. Set operations read the dict at one moment; iterating over it is as for
// the dict.

#include "runtime/object/dict_view.h"
#include "runtime/object/container.h"
#include "runtime/object/set.h"

static const CellType dict_view_type = {.name = "dict view", CELL_VALUES(DictView, dict, dict)};
static const ClassId view_classes[] = {CLASS_DICT_KEYS, CLASS_DICT_VALUES, CLASS_DICT_ITEMS};

Value dict_view_new(Value dict, DictPart part) {
  DictView *view = cell_alloc(builtin_shapes[view_classes[part]], sizeof(DictView));
  if (view) gc_init(view, &view->dict, dict);
  return value_from_cell(view);
}

static inline Value view_dict(Value self) {
  return ((DictView *)value_cell(self))->dict;
}

static bool value_is_keys_view(Value value) {
  return value_is_cell(value) && class_is_subclass(value_class(value), BUILTIN(DICT_KEYS));
}
static bool value_is_items_view(Value value) {
  return value_is_cell(value) && class_is_subclass(value_class(value), BUILTIN(DICT_ITEMS));
}
bool value_is_set_view(Value value) {
  return value_is_keys_view(value) || value_is_items_view(value);
}

static Value view_length(Value self) {
  return int_from_size(dict_count(view_dict(self)));
}

static Value view_repr(Value self) {
  int entered = repr_enter(self);
  if (entered) return entered < 0 ? NULL : str_from_c("...");
  Value list = value_to_list(self);
  Value text = list ? str_format_c("%T(%R)", self, list) : NULL;
  repr_leave(self);
  return text;
}

static Value view_mapping(Value self) {
  return value_call_1(value_from_cell(BUILTIN(MAPPING_PROXY)), view_dict(self));
}

static Value keys_iterate(Value self) {
  return dict_iterator_new(view_dict(self), DICT_PART_KEY, false);
}
static Value values_iterate(Value self) {
  return dict_iterator_new(view_dict(self), DICT_PART_VALUE, false);
}
static Value items_iterate(Value self) {
  return dict_iterator_new(view_dict(self), DICT_PART_ITEM, false);
}
static Value keys_reversed(Value self) {
  return dict_iterator_new(view_dict(self), DICT_PART_KEY, true);
}
static Value values_reversed(Value self) {
  return dict_iterator_new(view_dict(self), DICT_PART_VALUE, true);
}
static Value items_reversed(Value self) {
  return dict_iterator_new(view_dict(self), DICT_PART_ITEM, true);
}

static Value keys_contains(Value self, Value key) {
  int there = dict_contains(view_dict(self), key);
  return there < 0 ? NULL : value_from_bool(there);
}

static Value items_contains(Value self, Value item) {
  if (!value_is_tuple(item) || tuple_count(item) != 2) return VALUE_FALSE;
  Value found = dict_get(view_dict(self), tuple_item(item, 0));
  if (!found) return exception_pending() ? NULL : VALUE_FALSE;
  int equal = value_equal(found, tuple_item(item, 1));
  return equal < 0 ? NULL : value_from_bool(equal);
}

// Set operations. Either operand may be the view: reflected operators call these as well.

static Value view_subtract(Value a, Value b) {
  Value result = set_new(a);
  return result && value_call_method_1(result, "difference_update", b) ? result : NULL;
}

static Value view_and(Value a, Value b) {
  Value view = value_is_set_view(a) ? a : b, other = view == a ? b : a;
  size_t count = dict_count(view_dict(view));
  if (VALUE_IS_EXACT(other, SET) && count <= set_count(other)) return value_call_method_1(other, "intersection", view);
  if (value_is_set_view(other) && dict_count(view_dict(other)) > count) {
    Value larger = other;
    other = view;
    view = larger;
  }
  Value result = set_new(NULL), item;
  if (!result) return NULL;
  Iteration i = iteration_start(other);
  while (iteration_next(&i, &item)) {
    Value there = value_is_keys_view(view) ? keys_contains(view, item) : items_contains(view, item);
    if (!there || (there == VALUE_TRUE && !set_add(result, item))) return NULL;
  }
  return iteration_failed(&i) ? NULL : result;
}

static Value view_or(Value a, Value b) {
  Value result = set_new(a);
  return result && set_update(result, b) ? result : NULL;
}

// The items that only one of two dicts has; equal ones are not hashed.
static Value items_xor(Value a, Value b) {
  Value rest = dict_copy(view_dict(a)), result = set_new(NULL);
  if (!rest || !result) return NULL;
  Value pairs = dict_items(view_dict(b));
  if (!pairs) return NULL;
  for (size_t i = 0; i < list_count(pairs); i++) {
    Value pair = list_item(pairs, i), key = tuple_item(pair, 0), found = dict_get(rest, key);
    if (!found && exception_pending()) return NULL;
    int equal = found ? value_equal(found, tuple_item(pair, 1)) : 0;
    if (equal < 0) return NULL;
    if (equal ? dict_delete(rest, key) < 0 : !set_add(result, pair)) return NULL;
  }
  pairs = dict_items(rest);
  return pairs && set_update(result, pairs) ? result : NULL;
}

static Value view_xor(Value a, Value b) {
  if (value_is_items_view(a) && value_is_items_view(b)) return items_xor(a, b);
  Value result = set_new(a);
  return result && value_call_method_1(result, "symmetric_difference_update", b) ? result : NULL;
}

static Value view_reflected_subtract(Value self, Value other) {
  return view_subtract(other, self);
}
static Value view_reflected_and(Value self, Value other) {
  return view_and(other, self);
}
static Value view_reflected_or(Value self, Value other) {
  return view_or(other, self);
}
static Value view_reflected_xor(Value self, Value other) {
  return view_xor(other, self);
}

// Is each element of `a` in `b`?
static int all_contained(Value a, Value b) {
  Value item;
  Iteration i = iteration_start(a);
  while (iteration_next(&i, &item)) {
    int there = value_contains(b, item);
    if (there <= 0) return there;
  }
  return iteration_failed(&i) ? -1 : 1;
}

static Value view_compare(Value self, Value other, Comparison comparison) {
  if (!value_is_set(other) && !value_is_set_view(other)) return VALUE_NOT_IMPLEMENTED;
  ptrdiff_t count = value_length(self), other_count = value_length(other);
  if (count < 0 || other_count < 0) return NULL;
  // Sets are equal or included in each other if the sizes allow it and the elements of the smaller are in the larger.
  Comparison sizes = comparison == COMPARE_NOT_EQUAL ? COMPARE_EQUAL : comparison;
  bool upwards = comparison == COMPARE_GREATER || comparison == COMPARE_GREATER_EQUAL;
  int included = order_satisfies(sizes, count, other_count);
  if (included) included = upwards ? all_contained(other, self) : all_contained(self, other);
  if (included < 0) return NULL;
  return value_from_bool(comparison == COMPARE_NOT_EQUAL ? !included : included);
}
COMPARISON_METHODS(view, view_compare)

static Value view_is_disjoint(Value self, Value other) {
  if (self == other) return value_from_bool(dict_count(view_dict(self)) == 0);
  if (value_is_set(other) || value_is_set_view(other)) {
    ptrdiff_t count = value_length(self), other_count = value_length(other);
    if (count < 0 || other_count < 0) return NULL;
    if (other_count > count) {
      Value smaller = self;
      self = other;
      other = smaller;
    }
  }
  Value item;
  Iteration i = iteration_start(other);
  while (iteration_next(&i, &item)) {
    int there = value_contains(self, item);
    if (there) return there < 0 ? NULL : VALUE_FALSE;
  }
  return iteration_failed(&i) ? NULL : VALUE_TRUE;
}

#define VIEW_ENTRIES(prefix)                                                                                           \
  NATIVE("__repr__", view_repr, "($self, /)", "Return repr(self)."),                                                   \
      NATIVE("__len__", view_length, "($self, /)", "Return len(self)."),                                               \
      NATIVE("__iter__", prefix##_iterate, "($self, /)", "Implement iter(self)."),                                     \
      NATIVE("__reversed__", prefix##_reversed, "($self, /)", "Return a reverse iterator over the view.")
#define SET_VIEW_ENTRIES(prefix)                                                                                       \
  VIEW_ENTRIES(prefix), COMPARISON_ENTRIES(view),                                                                      \
      NATIVE("__contains__", prefix##_contains, "($self, key, /)", "Return key in self."),                             \
      NATIVE("__sub__", view_subtract, "($self, value, /)", "Return self-value."),                                     \
      NATIVE("__rsub__", view_reflected_subtract, "($self, value, /)", "Return value-self."),                          \
      NATIVE("__and__", view_and, "($self, value, /)", "Return self&value."),                                          \
      NATIVE("__rand__", view_reflected_and, "($self, value, /)", "Return value&self."),                               \
      NATIVE("__or__", view_or, "($self, value, /)", "Return self|value."),                                            \
      NATIVE("__ror__", view_reflected_or, "($self, value, /)", "Return value|self."),                                 \
      NATIVE("__xor__", view_xor, "($self, value, /)", "Return self^value."),                                          \
      NATIVE("__rxor__", view_reflected_xor, "($self, value, /)", "Return value^self."),                               \
      NATIVE("isdisjoint", view_is_disjoint, "($self, other, /)",                                                      \
             "Return True if the view and an iterable have nothing in common.")

static const NativeMethod dict_keys_methods[] = {SET_VIEW_ENTRIES(keys), {}};
static const NativeMethod dict_items_methods[] = {SET_VIEW_ENTRIES(items), {}};
static const NativeMethod dict_values_methods[] = {VIEW_ENTRIES(values), {}};
static const NativeProperty view_properties[] = {
    {"mapping", view_mapping, NULL, "dictionary that this view refers to"},
    {},
};

#define VIEW_CLASS(variable, name_, methods_, flags_)                                                                  \
  const ClassDef variable = {                                                                                          \
      .name = name_,                                                                                                   \
      .cell_type = &dict_view_type,                                                                                    \
      .instance_size = sizeof(DictView),                                                                               \
      .flags = CLASS_NO_NEW | (flags_),                                                                                \
      .methods = methods_,                                                                                             \
      .properties = view_properties,                                                                                   \
  };
VIEW_CLASS(dict_keys_class, "dict_keys", dict_keys_methods, CLASS_UNHASHABLE)
VIEW_CLASS(dict_items_class, "dict_items", dict_items_methods, CLASS_UNHASHABLE)
VIEW_CLASS(dict_values_class, "dict_values", dict_values_methods, 0)
