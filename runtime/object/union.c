// types.UnionType: alternatives of types, flattened and without repetitions.
//
// Threads: immutable.
#include "runtime/object/union.h"

#include "runtime/heap/heap.h"
#include "runtime/object/call.h"
#include "runtime/object/dict.h"
#include "runtime/object/generic_alias.h"
#include "runtime/object/generic_parameters.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

typedef struct Union {
  Cell head;
  Value arguments;  // tuple
  Value parameters; // tuple of type variables, or zero: not yet computed
} Union;

static Union *union_of(Value value) {
  return (Union *)value_cell(value);
}

Value union_arguments(Value union_type) {
  return union_of(union_type)->arguments;
}

// Is `value` of the typing module's class `name`?
static bool is_typing_object(Value value, const char *name) {
  Class *class = value_class(value);
  if (!str_equals_c(class->name, name)) return false;
  Value module = dict_get_name(class->namespace_dict, NAME(__module__));
  return module && value_is_str(module) && str_equals_c(module, "typing");
}

static bool is_unionable(Value value) {
  return value == VALUE_NONE || value_is_class(value) || value_is_instance(value, BUILTIN(GENERIC_ALIAS)) ||
         VALUE_IS_EXACT(value, UNION) || is_typing_object(value, "TypeVar") || is_typing_object(value, "NewType");
}

static int is_known(Value list, Value item) {
  for (size_t i = 0; i < list_count(list); i++) {
    Value known = list_item(list, i);
    if (known == item) return 1;
    // Two aliases of the same type are equal without being identical; other things are told apart by identity.
    bool aliases = value_is_instance(known, BUILTIN(GENERIC_ALIAS)) && value_is_instance(item, BUILTIN(GENERIC_ALIAS));
    int equal = aliases || !value_is_class(item) ? value_equal(known, item) : 0;
    if (equal) return equal;
  }
  return 0;
}

static bool add_alternatives(Value list, Value value) {
  if (VALUE_IS_EXACT(value, UNION)) {
    Value arguments = union_arguments(value);
    for (size_t i = 0; i < tuple_count(arguments); i++)
      if (!add_alternatives(list, tuple_item(arguments, i))) return false;
    return true;
  }
  if (value == VALUE_NONE) value = value_from_cell(BUILTIN(NONE));
  int known = is_known(list, value);
  return known < 0 ? false : known || list_append(list, value);
}

static Value union_from_list(Value list) {
  if (list_count(list) == 1) return list_item(list, 0);
  Value arguments = list_to_tuple(list);
  Union *made = arguments ? cell_alloc(SHAPE(UNION), sizeof *made) : NULL;
  if (!made) return NULL;
  gc_init(made, &made->arguments, arguments);
  return value_from_cell(made);
}

Value union_or(Value a, Value b) {
  if (!is_unionable(a) || !is_unionable(b)) return VALUE_NOT_IMPLEMENTED;
  Value list = list_new_sized(2);
  return list && add_alternatives(list, a) && add_alternatives(list, b) ? union_from_list(list) : NULL;
}

static Value union_ror(Value self, Value other) {
  return union_or(other, self);
}

static Value union_repr(Value self) {
  StrBuilder text;
  str_builder_start(&text);
  Value arguments = union_arguments(self);
  for (size_t i = 0; i < tuple_count(arguments); i++) {
    if (i) str_builder_add_c(&text, " | ");
    Value item = tuple_item(arguments, i);
    Value part = item == value_from_cell(BUILTIN(NONE)) ? NAME(None) : generic_item_repr(item);
    if (!part) return NULL;
    str_builder_add(&text, part);
  }
  return str_builder_finish(&text);
}

static Value union_hash(Value self) {
  Value set = frozenset_new(union_arguments(self));
  int64_t hash = set ? value_hash(set) : -1;
  return hash == -1 ? NULL : int_from_int64(hash);
}

static Value union_equal(Value a, Value b) {
  if (!VALUE_IS_EXACT(b, UNION)) return VALUE_NOT_IMPLEMENTED;
  Value x = set_new(union_arguments(a)), y = set_new(union_arguments(b));
  return x && y ? value_compare(COMPARE_EQUAL, x, y) : NULL;
}

static Value get_parameters(Value self) {
  Union *made = union_of(self);
  Value parameters = gc_load(&made->parameters);
  if (parameters) return parameters;
  parameters = generic_collect_parameters(made->arguments);
  if (parameters) gc_store(made, &made->parameters, parameters);
  return parameters;
}

static Value union_getitem(Value self, Value item) {
  Value parameters = get_parameters(self);
  Value arguments = parameters ? generic_substitute(self, union_arguments(self), parameters, item) : NULL;
  if (!arguments) return NULL;
  Value list = list_new_sized(tuple_count(arguments));
  for (size_t i = 0; list && i < tuple_count(arguments); i++) {
    // Whatever the argument is: `|` decides.
    Value argument = tuple_item(arguments, i);
    if (is_unionable(argument) && add_alternatives(list, argument)) continue;
    if (exception_pending()) return NULL;
    Value result = tuple_item(arguments, 0);
    for (size_t j = 1; result && j < tuple_count(arguments); j++)
      result = value_binary(BINARY_OR, result, tuple_item(arguments, j));
    return result;
  }
  return list ? union_from_list(list) : NULL;
}

// Where it comes from is an attribute of the class, but instances are asked, too.
static Value union_getattribute(Value self, Value name) {
  bool of_class = value_is_str(name) && str_equals_c(name, "__module__");
  return of_class ? value_get_attribute(value_from_cell(value_class(self)), name) : object_get_attribute(self, name);
}

static const NativeMethod union_methods[] = {
    NATIVE("__getattribute__", union_getattribute, "($self, name, /)", "Return getattr(self, name)."),
    NATIVE("__repr__", union_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__hash__", union_hash, "($self, /)", "Return hash(self)."),
    NATIVE("__eq__", union_equal, "($self, value, /)", "Return self==value."),
    NATIVE("__or__", union_or, "($self, value, /)", "Return self|value."),
    NATIVE("__ror__", union_ror, "($self, value, /)", "Return value|self."),
    NATIVE("__getitem__", union_getitem, "($self, key, /)", "Return self[key]."),
    {}};
static const NativeProperty union_properties[] = {
    {"__parameters__", get_parameters, NULL, "Type variables in the types.UnionType."}, {}};
static const NativeMember union_members[] = {{"__args__", MEMBER_VALUE, false, offsetof(Union, arguments), NULL}, {}};
static const CellType union_cell_type = {.name = "union", CELL_VALUES(Union, arguments, parameters)};

const ClassDef union_class = {
    .name = "types.UnionType",
    .doc = "Represent a PEP 604 union type\n\nE.g. for int | str",
    .cell_type = &union_cell_type,
    .instance_size = sizeof(Union),
    .flags = CLASS_NO_NEW,
    .methods = union_methods,
    .properties = union_properties,
    .members = union_members,
};
