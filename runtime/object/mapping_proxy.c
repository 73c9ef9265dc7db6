// mappingproxy: a read-only view of a mapping. What it does not define itself it asks of the mapping.
//
// Threads: as atomic as the mapping.
#include "runtime/object/mapping_proxy.h"

#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/generic_alias.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/str.h"

typedef struct MappingProxy {
  Cell head;
  Value mapping;
} MappingProxy;

static Value mapping_of(Value self) {
  return ((MappingProxy *)value_cell(self))->mapping;
}

static Value unwrap(Value value) {
  return VALUE_IS_EXACT(value, MAPPING_PROXY) ? mapping_of(value) : value;
}

Value mapping_proxy_new(Value mapping) {
  MappingProxy *proxy = cell_alloc(SHAPE(MAPPING_PROXY), sizeof *proxy);
  if (!proxy) return NULL;
  gc_init(proxy, &proxy->mapping, mapping);
  return value_from_cell(proxy);
}

static Value proxy_new(Value, Value mapping) {
  bool is_sequence = value_is_class(mapping) || (value_class(mapping)->flags & (CLASS_IS_LIST | CLASS_IS_TUPLE));
  if (is_sequence || !value_special(mapping, SPECIAL_GETITEM))
    return raise_type_error("mappingproxy() argument must be a mapping, not %T", mapping);
  return mapping_proxy_new(mapping);
}

static Value proxy_getitem(Value self, Value key) {
  return value_get_item(mapping_of(self), key);
}

static Value proxy_contains(Value self, Value key) {
  int found = value_contains(mapping_of(self), key);
  return found < 0 ? NULL : value_from_bool(found);
}

static Value proxy_len(Value self) {
  ptrdiff_t length = value_length(mapping_of(self));
  return length < 0 ? NULL : int_from_size((size_t)length);
}

static Value proxy_iter(Value self) {
  return value_iterate(mapping_of(self));
}

static Value proxy_reversed(Value self) {
  return value_call_method_0(mapping_of(self), "__reversed__");
}

static Value proxy_repr(Value self) {
  return str_format_c("mappingproxy(%R)", mapping_of(self));
}

static Value proxy_str(Value self) {
  return value_str(mapping_of(self));
}

static Value proxy_or(Value self, Value other) {
  return value_binary(BINARY_OR, unwrap(self), unwrap(other));
}

static Value proxy_ror(Value self, Value other) {
  return value_binary(BINARY_OR, unwrap(other), unwrap(self));
}

static Value proxy_ior(Value, Value) {
  return raise_type_error("'|=' is not supported by mappingproxy; use '|' instead");
}

static Value proxy_get(Value self, Value key, Value otherwise) {
  return value_call_method_2(mapping_of(self), "get", key, otherwise ? otherwise : VALUE_NONE);
}

static Value proxy_keys(Value self) {
  return value_call_method_0(mapping_of(self), "keys");
}

static Value proxy_values(Value self) {
  return value_call_method_0(mapping_of(self), "values");
}

static Value proxy_items(Value self) {
  return value_call_method_0(mapping_of(self), "items");
}

static Value proxy_copy(Value self) {
  return value_call_method_0(mapping_of(self), "copy");
}

#define COMPARISON(NAME, symbol, method, swapped)                                                                      \
  static Value proxy_##method(Value self, Value other) {                                                               \
    return value_compare(COMPARE_##NAME, mapping_of(self), unwrap(other));                                             \
  }
#include "runtime/object/operators.def"

static const NativeMethod proxy_methods[] = {
    NATIVE("__new__", proxy_new, "($type, /, mapping)", "A read-only view of mapping.", NATIVE_STATIC),
    NATIVE("__getitem__", proxy_getitem, "($self, key, /)", "Return self[key]."),
    NATIVE("__contains__", proxy_contains, "($self, key, /)", "Return key in self."),
    NATIVE("__len__", proxy_len, "($self, /)", "Return len(self)."),
    NATIVE("__iter__", proxy_iter, "($self, /)", "Implement iter(self)."),
    NATIVE("__reversed__", proxy_reversed, "($self, /)", "Implement reversed(self)."),
    NATIVE("__repr__", proxy_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__str__", proxy_str, "($self, /)", "Return str(self)."),
    NATIVE("__or__", proxy_or, "($self, value, /)", "Return self|value."),
    NATIVE("__ror__", proxy_ror, "($self, value, /)", "Return value|self."),
    NATIVE("__ior__", proxy_ior, "($self, value, /)", "Return self|=value."),
    NATIVE("get", proxy_get, "($self, key, default=None, /)", "The value for key if there is one, else default."),
    NATIVE("keys", proxy_keys, "($self, /)", "The mapping's keys."),
    NATIVE("values", proxy_values, "($self, /)", "The mapping's values."),
    NATIVE("items", proxy_items, "($self, /)", "The mapping's items."),
    NATIVE("copy", proxy_copy, "($self, /)", "A shallow copy of the mapping."),
    NATIVE("__class_getitem__", generic_alias_new, "($type, object, /)", "See PEP 585", NATIVE_CLASS),
#define COMPARISON(NAME, symbol, method, swapped)                                                                      \
  NATIVE(#method, proxy_##method, "($self, value, /)", "Return self" symbol "value."),
#include "runtime/object/operators.def"
    {}};
static const CellType proxy_cell_type = {.name = "mappingproxy", CELL_VALUES(MappingProxy, mapping, mapping)};

const ClassDef mapping_proxy_class = {
    .name = "mappingproxy",
    .cell_type = &proxy_cell_type,
    .instance_size = sizeof(MappingProxy),
    .flags = CLASS_MAPPING | CLASS_UNHASHABLE,
    .methods = proxy_methods,
};
