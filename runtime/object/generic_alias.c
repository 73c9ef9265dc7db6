// types.GenericAlias: a type with arguments, such as list[int]. All but a few attributes are those of the type.
//
// Threads: immutable.
#include "runtime/object/generic_alias.h"

#include "runtime/heap/heap.h"
#include "runtime/object/attributes.h"
#include "runtime/object/call.h"
#include "runtime/object/dict.h"
#include "runtime/object/generic_parameters.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/object/union.h"
#include "runtime/runtime.h"

typedef struct GenericAlias {
  Cell head;
  Value origin;
  Value arguments;  // tuple
  Value parameters; // tuple of type variables, or zero: not yet computed
  Value starred;    // True: *alias
} GenericAlias;

static GenericAlias *alias_of(Value value) {
  return (GenericAlias *)value_cell(value);
}

static Value alias_make(Class *class, Value origin, Value arguments, bool starred) {
  if (!value_is_tuple(arguments) && !(arguments = tuple_of(1, arguments))) return NULL;
  GenericAlias *alias = class_allocate(class, 0);
  if (!alias) return NULL;
  gc_init(alias, &alias->origin, origin);
  gc_init(alias, &alias->arguments, arguments);
  gc_init(alias, &alias->starred, starred ? VALUE_TRUE : NULL);
  return value_from_cell(alias);
}

Value generic_alias_new(Value origin, Value item) {
  return alias_make(BUILTIN(GENERIC_ALIAS), origin, item, false);
}

static Value alias_new(Value class, Value *arguments, size_t count, Value keyword_names) {
  if (!arguments_check_none_by_keyword("GenericAlias", keyword_names)) return NULL;
  if (!arguments_check_count("GenericAlias", count, 2, 2)) return NULL;
  return alias_make(value_as_class(class), arguments[0], arguments[1], false);
}

// One argument, which may be a list of types (of a ParamSpec).
static bool add_argument(StrBuilder *text, Value item) {
  if (!VALUE_IS_EXACT(item, LIST)) {
    Value part = generic_item_repr(item);
    if (part) str_builder_add(text, part);
    return part != NULL;
  }
  str_builder_add_c(text, "[");
  for (size_t i = 0; i < list_count(item); i++) {
    Value one = list_item(item, i), part = one ? generic_item_repr(one) : NULL;
    if (!part) return !one;
    if (i) str_builder_add_c(text, ", ");
    str_builder_add(text, part);
  }
  str_builder_add_c(text, "]");
  return true;
}

static Value alias_repr(Value self) {
  GenericAlias *alias = alias_of(self);
  StrBuilder text;
  str_builder_start(&text);
  if (alias->starred) str_builder_add_c(&text, "*");
  Value origin = generic_item_repr(alias->origin);
  if (!origin) return NULL;
  str_builder_add(&text, origin);
  str_builder_add_c(&text, "[");
  for (size_t i = 0; i < tuple_count(alias->arguments); i++) {
    if (i) str_builder_add_c(&text, ", ");
    if (!add_argument(&text, tuple_item(alias->arguments, i))) return NULL;
  }
  if (!tuple_count(alias->arguments)) str_builder_add_c(&text, "()");
  str_builder_add_c(&text, "]");
  return str_builder_finish(&text);
}

static Value alias_hash(Value self) {
  int64_t origin = value_hash(alias_of(self)->origin);
  int64_t arguments = origin == -1 ? -1 : value_hash(alias_of(self)->arguments);
  return arguments == -1 ? NULL : int_from_int64(origin ^ arguments);
}

static Value alias_equal(Value a, Value b) {
  if (!value_is_instance(b, BUILTIN(GENERIC_ALIAS))) return VALUE_NOT_IMPLEMENTED;
  GenericAlias *x = alias_of(a), *y = alias_of(b);
  if (x->starred != y->starred) return VALUE_FALSE;
  int equal = value_equal(x->origin, y->origin);
  if (equal > 0) equal = value_equal(x->arguments, y->arguments);
  return equal < 0 ? NULL : value_from_bool(equal);
}

static Value alias_call(Value self, Value *arguments, size_t count, Value keyword_names) {
  Value object = value_call(alias_of(self)->origin, arguments, count, keyword_names);
  if (object && !value_set_attribute(object, NAME(__orig_class__), self) &&
      !exception_clear_if(CLASS_ATTRIBUTE_ERROR) && !exception_clear_if(CLASS_TYPE_ERROR))
    return NULL;
  return object;
}

static const char *const own_attributes[] = {
    "__class__",       "__origin__",     "__args__",
    "__unpacked__",    "__parameters__", "__typing_unpacked_tuple_args__",
    "__mro_entries__", "__reduce_ex__",  "__reduce__",
    "__copy__",        "__deepcopy__",
};

static Value alias_getattribute(Value self, Value name) {
  if (!value_is_str(name)) return raise_type_error("attribute name must be string, not '%.200T'", name);
  bool is_own = false;
  for (size_t i = 0; i < sizeof own_attributes / sizeof *own_attributes && !is_own; i++)
    is_own = str_equals_c(name, own_attributes[i]);
  if (is_own) return object_get_attribute(self, name);
  return value_get_attribute(alias_of(self)->origin, name);
}

static Value get_parameters(Value self) {
  GenericAlias *alias = alias_of(self);
  Value parameters = gc_load(&alias->parameters);
  if (parameters) return parameters;
  parameters = generic_collect_parameters(alias->arguments);
  if (parameters) gc_store(alias, &alias->parameters, parameters);
  return parameters;
}

static Value alias_getitem(Value self, Value item) {
  GenericAlias *alias = alias_of(self);
  Value parameters = get_parameters(self);
  Value arguments = parameters ? generic_substitute(self, alias->arguments, parameters, item) : NULL;
  return arguments ? alias_make(BUILTIN(GENERIC_ALIAS), alias->origin, arguments, alias->starred != NULL) : NULL;
}

static Value alias_mro_entries(Value self, Value) {
  return tuple_of(1, alias_of(self)->origin);
}

static Value alias_instancecheck(Value, Value) {
  return raise_type_error("isinstance() argument 2 cannot be a parameterized generic");
}

static Value alias_subclasscheck(Value, Value) {
  return raise_type_error("issubclass() argument 2 cannot be a parameterized generic");
}

static Value alias_ror(Value self, Value other) {
  return union_or(other, self);
}

// iter(alias) gives *alias, once: what tuple[*Ts] relies on.
typedef struct AliasIterator {
  Cell head;
  Value alias; // zero: exhausted
} AliasIterator;

static Value alias_iter(Value self) {
  AliasIterator *iterator = cell_alloc(SHAPE(GENERIC_ALIAS_ITERATOR), sizeof *iterator);
  if (!iterator) return NULL;
  gc_init(iterator, &iterator->alias, self);
  return value_from_cell(iterator);
}

static Value iterator_self(Value self) {
  return self;
}

static Value iterator_next_method(Value self) {
  AliasIterator *iterator = (AliasIterator *)value_cell(self);
  Value alias = gc_load(&iterator->alias);
  if (!alias) return VALUE_STOP;
  gc_store(iterator, &iterator->alias, NULL);
  return alias_make(BUILTIN(GENERIC_ALIAS), alias_of(alias)->origin, alias_of(alias)->arguments, true);
}

static Value iterator_reduce(Value self) {
  Value alias = gc_load(&((AliasIterator *)value_cell(self))->alias);
  return tuple_of(2, dict_get_name(runtime.builtins, NAME(iter)), tuple_of(1, alias ? alias : tuple_empty));
}

static const NativeMethod iterator_methods[] = {
    NATIVE("__iter__", iterator_self, "($self, /)", "Implement iter(self)."),
    NATIVE("__next__", iterator_next_method, "($self, /)", "Implement next(self)."),
    NATIVE("__reduce__", iterator_reduce, NULL, "Return state information for pickling."),
    {}};
static const CellType iterator_cell_type = {.name = "generic alias iterator", CELL_VALUES(AliasIterator, alias, alias)};

const ClassDef generic_alias_iterator_class = {
    .name = "generic_alias_iterator",
    .cell_type = &iterator_cell_type,
    .instance_size = sizeof(AliasIterator),
    .flags = CLASS_NO_NEW,
    .methods = iterator_methods,
};

static Value alias_reduce(Value self) {
  GenericAlias *alias = alias_of(self);
  if (alias->starred) {
    Value plain = generic_alias_new(alias->origin, alias->arguments);
    Value iterator = plain ? value_iterate(plain) : NULL;
    return iterator ? tuple_of(2, dict_get_name(runtime.builtins, NAME(next)), tuple_of(1, iterator)) : NULL;
  }
  return tuple_of(2, value_from_cell(BUILTIN(GENERIC_ALIAS)), tuple_of(2, alias->origin, alias->arguments));
}

static Value alias_dir(Value self) {
  Value names = value_dir(alias_of(self)->origin);
  for (size_t i = 0; names && i < sizeof own_attributes / sizeof *own_attributes; i++) {
    Value name = str_from_c(own_attributes[i]);
    int known = name ? value_contains(names, name) : -1;
    if (known < 0 || (!known && !list_append(names, name))) return NULL;
  }
  return names;
}

static Value get_unpacked(Value self) {
  return value_from_bool(alias_of(self)->starred != NULL);
}

static Value get_unpacked_arguments(Value self) {
  GenericAlias *alias = alias_of(self);
  return alias->starred && alias->origin == value_from_cell(BUILTIN(TUPLE)) ? alias->arguments : VALUE_NONE;
}

static const NativeMethod alias_methods[] = {
    NATIVE("__new__", alias_new, "($type, *args, **kwargs)", "Create and return a new object.", NATIVE_STATIC),
    NATIVE("__repr__", alias_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__hash__", alias_hash, "($self, /)", "Return hash(self)."),
    NATIVE("__eq__", alias_equal, "($self, value, /)", "Return self==value."),
    NATIVE("__call__", alias_call, "($self, /, *args, **kwargs)", "Call self as a function."),
    NATIVE("__getattribute__", alias_getattribute, "($self, name, /)", "Return getattr(self, name)."),
    NATIVE("__getitem__", alias_getitem, "($self, key, /)", "Return self[key]."),
    NATIVE("__or__", union_or, "($self, value, /)", "Return self|value."),
    NATIVE("__ror__", alias_ror, "($self, value, /)", "Return value|self."),
    NATIVE("__iter__", alias_iter, "($self, /)", "Implement iter(self)."),
    NATIVE("__mro_entries__", alias_mro_entries, NULL, "The classes that stand for the alias among bases."),
    NATIVE("__instancecheck__", alias_instancecheck, NULL, "Refuse: arguments are not known at run time."),
    NATIVE("__subclasscheck__", alias_subclasscheck, NULL, "Refuse: arguments are not known at run time."),
    NATIVE("__reduce__", alias_reduce, NULL, "Return state information for pickling."),
    NATIVE("__dir__", alias_dir, NULL, "Names of the attributes."),
    {}};
static const NativeProperty alias_properties[] = {
    {"__parameters__", get_parameters, NULL, "Type variables in the GenericAlias."},
    {"__unpacked__", get_unpacked, NULL, NULL},
    {"__typing_unpacked_tuple_args__", get_unpacked_arguments, NULL, NULL},
    {}};
static const NativeMember alias_members[] = {{"__origin__", MEMBER_VALUE, false, offsetof(GenericAlias, origin), NULL},
                                             {"__args__", MEMBER_VALUE, false, offsetof(GenericAlias, arguments), NULL},
                                             {}};
static const CellType alias_cell_type = {.name = "generic alias", CELL_VALUES(GenericAlias, origin, starred)};

const ClassDef generic_alias_class = {
    .name = "types.GenericAlias",
    .doc = "Represent a PEP 585 generic type\n\nE.g. for t = list[int], t.__origin__ is list and t.__args__ is (int,).",
    .cell_type = &alias_cell_type,
    .instance_size = sizeof(GenericAlias),
    .flags = CLASS_BASE_TYPE | CLASS_HAS_WEAKREF,
    .methods = alias_methods,
    .properties = alias_properties,
    .members = alias_members,
};
