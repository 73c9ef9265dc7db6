// The module _collections: its table, and the helpers of namedtuple and Counter.

#include "runtime/module/_collections.h"
#include "runtime/object/dict_table.h"
#include "runtime/thread/safepoint.h"

CollectionsClasses collections;

// _tuplegetter

static Value tuple_getter_create(Value class, Value index_value, Value doc) {
  ptrdiff_t index;
  if (!value_as_size(index_value, &index, CLASS_OVERFLOW_ERROR)) return NULL;
  TupleGetter *self = class_allocate(value_as_class(class), 0);
  if (!self) return NULL;
  gc_init(self, &self->doc, doc);
  self->index = (size_t)index;
  return value_from_cell(self);
}

static Value tuple_getter_get(Value value, Value object, Value owner) {
  TupleGetter *self = (TupleGetter *)value_cell(value);
  if (!object || object == VALUE_NONE) {
    if (!owner || owner == VALUE_NONE) return raise_type_error("__get__(None, None) is invalid");
    return value;
  }
  if (!value_is_tuple(object))
    return raise_type_error("descriptor for index '%zd' for tuple subclasses doesn't apply to '%T' object", self->index,
                            object);
  if (self->index >= tuple_count(object)) return raise(CLASS_INDEX_ERROR, "tuple index out of range");
  return tuple_item(object, self->index);
}

static Value tuple_getter_set(Value self, Value object, Value value) {
  (void)self, (void)object, (void)value;
  return raise(CLASS_ATTRIBUTE_ERROR, "can't set attribute");
}
static Value tuple_getter_delete(Value self, Value object) {
  (void)self, (void)object;
  return raise(CLASS_ATTRIBUTE_ERROR, "can't delete attribute");
}

static Value tuple_getter_reduce(Value value) {
  TupleGetter *self = (TupleGetter *)value_cell(value);
  return tuple_of(2, value_from_cell(value_class(value)), tuple_of(2, int_from_size(self->index), self->doc));
}

static Value tuple_getter_repr(Value value) {
  TupleGetter *self = (TupleGetter *)value_cell(value);
  return str_format_c("%U(%zu, %R)", value_class(value)->name, self->index, self->doc);
}

static const NativeMethod tuple_getter_methods[] = {
    NATIVE("__new__", tuple_getter_create, "($type, index, doc, /)", "Create a getter.", NATIVE_STATIC),
    NATIVE("__get__", tuple_getter_get, "($self, instance, owner=None, /)", "Return an attribute of instance."),
    NATIVE("__set__", tuple_getter_set, "($self, instance, value, /)", "Set an attribute of instance to value."),
    NATIVE("__delete__", tuple_getter_delete, "($self, instance, /)", "Delete an attribute of instance."),
    NATIVE("__repr__", tuple_getter_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__reduce__", tuple_getter_reduce, NULL, "What pickle needs to rebuild the getter."),
    {},
};
static const NativeMember tuple_getter_members[] = {
    {"__doc__", MEMBER_VALUE, true, offsetof(TupleGetter, doc), NULL},
    {},
};
static const CellType tuple_getter_type = {.name = "tuple getter", CELL_VALUES(TupleGetter, doc, doc)};
static const ClassDef tuple_getter_class = {
    .name = "_collections._tuplegetter",
    .cell_type = &tuple_getter_type,
    .instance_size = sizeof(TupleGetter),
    .methods = tuple_getter_methods,
    .members = tuple_getter_members,
};

// _count_elements(mapping, iterable): Counter's inner loop.

static bool has_plain_entries(Value dict) {
  return !dict_instance(value_as_dict(dict)) && !dict_is_globals(value_as_dict(dict));
}

// Adds one to a key's count; no other thread's is lost.
static bool count_one(Value dict, Value key) {
  Value one = value_from_small_int(1);
  int64_t hash = dict_key_hash(key);
  if (hash == -1) return false;
  for (;;) {
    Value count = dict_get_hashed(dict, key, hash);
    if (!count && exception_pending()) return false;
    Value next = count ? value_binary(BINARY_ADD, count, one) : one;
    if (!next) return false;
    if (!threads_started || !has_plain_entries(dict)) return dict_set_hashed(dict, key, hash, next);
    int replaced = dict_replace(dict, key, hash, count, next);
    if (replaced) return replaced > 0;
    safepoint_poll();
  }
}

static Value count_plainly(Value dict, Value iterable) {
  Value item;
  Iteration i = iteration_start(iterable);
  while (iteration_next(&i, &item))
    if (!count_one(dict, item)) return NULL;
  return iteration_failed(&i) ? NULL : VALUE_NONE;
}

static Value count_elements(Value mapping, Value iterable) {
  Class *class = value_class(mapping);
  bool plain = value_is_dict(mapping) && class_lookup(class, NAME(get)) == class_lookup(BUILTIN(DICT), NAME(get)) &&
               class_special(class, SPECIAL_SETITEM) == class_special(BUILTIN(DICT), SPECIAL_SETITEM);
  if (plain) return count_plainly(mapping, iterable);
  Value get = value_get_attribute(mapping, NAME(get)), item;
  if (!get) return NULL;
  Iteration i = iteration_start(iterable);
  while (iteration_next(&i, &item)) {
    Value count = value_call_2(get, item, value_from_small_int(0));
    Value next = count ? value_binary(BINARY_ADD, count, value_from_small_int(1)) : NULL;
    if (!next || !value_set_item(mapping, item, next)) return NULL;
  }
  return iteration_failed(&i) ? NULL : VALUE_NONE;
}

static const NativeMethod collections_functions[] = {
    NATIVE("_count_elements", count_elements, "(mapping, iterable, /)", "Count elements in the iterable."),
    {},
};

static bool collections_initialize(Value module) {
  heap_add_root_range((Value *)(void *)&collections, sizeof collections / sizeof(Value));
  struct {
    const ClassDef *definition;
    Class *base;
    Class **slot;
  } hidden[] = {
      {&ordered_iterator_class, NULL, &collections.ordered_iterator},
      {&ordered_keys_class, BUILTIN(DICT_KEYS), &collections.ordered_keys},
      {&ordered_values_class, BUILTIN(DICT_VALUES), &collections.ordered_values},
      {&ordered_items_class, BUILTIN(DICT_ITEMS), &collections.ordered_items},
  };
  for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
    if (!(*hidden[i].slot = class_from_definition(hidden[i].definition, hidden[i].base))) return false;
  return module_add_class(module, &deque_class, NULL, &collections.deque) &&
         module_add_class(module, &deque_iterator_class, NULL, &collections.deque_iterator) &&
         module_add_class(module, &deque_reverse_iterator_class, NULL, &collections.deque_reverse_iterator) &&
         module_add_class(module, &default_dict_class, BUILTIN(DICT), &collections.default_dict) &&
         module_add_class(module, &ordered_dict_class, BUILTIN(DICT), &collections.ordered_dict) &&
         module_add_class(module, &tuple_getter_class, NULL, &collections.tuple_getter);
}

const NativeModule collections_module = {
    .name = "_collections",
    .doc = "High performance data structures.",
    .functions = collections_functions,
    .initialize = collections_initialize,
};
