// types.SimpleNamespace: an object that is nothing but its attributes.
//
// Threads: attributes are as atomic as any instance's.
#include "runtime/object/attributes.h"
#include "runtime/object/dict.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

static Value namespace_init(Value self, Value *arguments, size_t count, Value keyword_names) {
  if (count) return raise_type_error("no positional arguments expected");
  for (size_t i = 0; keyword_names && i < tuple_count(keyword_names); i++) {
    Value name = str_intern(tuple_item(keyword_names, i));
    if (!name || !instance_set(self, name, arguments[i])) return NULL;
  }
  return VALUE_NONE;
}

static Value namespace_repr(Value self) {
  bool is_plain = value_class(self) == BUILTIN(SIMPLE_NAMESPACE); // its shape tells its attributes
  StrBuilder text;
  str_builder_start(&text);
  if (is_plain)
    str_builder_add_c(&text, "namespace");
  else
    str_builder_add(&text, value_class(self)->name);
  int entered = repr_enter(self);
  if (entered < 0) return NULL;
  if (entered) {
    str_builder_add_c(&text, "(...)");
    return str_builder_finish(&text);
  }
  str_builder_add_c(&text, "(");
  Value dict = instance_live_dict(self), name, value;
  size_t position = 0, shown = 0;
  bool failed = !dict;
  while (!failed && dict_next(dict, &position, &name, &value)) {
    if (!value_is_str(name) || !str_length(name)) continue;
    Value part = str_format_c("%s%U=%R", shown++ ? ", " : "", name, value);
    failed = !part;
    if (part) str_builder_add(&text, part);
  }
  repr_leave(self);
  str_builder_add_c(&text, ")");
  return failed ? NULL : str_builder_finish(&text);
}

static Value namespace_compare(Comparison comparison, Value a, Value b) {
  if (!value_is_instance(a, BUILTIN(SIMPLE_NAMESPACE)) || !value_is_instance(b, BUILTIN(SIMPLE_NAMESPACE)))
    return VALUE_NOT_IMPLEMENTED;
  Value x = instance_live_dict(a), y = instance_live_dict(b);
  return x && y ? value_compare(comparison, x, y) : NULL;
}

static Value namespace_equal(Value a, Value b) {
  return namespace_compare(COMPARE_EQUAL, a, b);
}

static Value namespace_not_equal(Value a, Value b) {
  return namespace_compare(COMPARE_NOT_EQUAL, a, b);
}

static Value namespace_reduce(Value self) {
  return tuple_of(3, value_from_cell(value_class(self)), tuple_empty, instance_live_dict(self));
}

static const NativeMethod namespace_methods[] = {
    NATIVE("__init__", namespace_init, "($self, /, *args, **kwargs)", "Initialize self."),
    NATIVE("__repr__", namespace_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__eq__", namespace_equal, "($self, value, /)", "Return self==value."),
    NATIVE("__ne__", namespace_not_equal, "($self, value, /)", "Return self!=value."),
    NATIVE("__reduce__", namespace_reduce, "($self, /)", "Return state information for pickling"),
    {}};

const ClassDef simple_namespace_class = {
    .name = "types.SimpleNamespace",
    .doc = "An object with the attributes that are given by keyword.",
    .flags = CLASS_BASE_TYPE | CLASS_HAS_DICT | CLASS_UNHASHABLE,
    .methods = namespace_methods,
};
