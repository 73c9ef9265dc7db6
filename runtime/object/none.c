// The classes of the singletons None, Ellipsis and NotImplemented, and of internal cells.
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

Class *value_class_of_immediate(Value value) {
  if (value_is_small_int(value)) return BUILTIN(INT);
  if (value_is_immediate_float(value)) return BUILTIN(FLOAT);
  if (value_is_bool(value)) return BUILTIN(BOOL);
  if (value == VALUE_NONE) return BUILTIN(NONE);
  if (value == VALUE_ELLIPSIS) return BUILTIN(ELLIPSIS);
  if (value == VALUE_NOT_IMPLEMENTED) return BUILTIN(NOT_IMPLEMENTED);
  return BUILTIN(INTERNAL);
}

// type(singleton)() gives the singleton.
static Value singleton_new(Value class, size_t count, Value keyword_names, Value singleton) {
  if (count || (keyword_names && tuple_count(keyword_names)))
    return raise_type_error("%N takes no arguments", value_as_class(class));
  return singleton;
}

static Value none_new(Value class, Value *, size_t count, Value keyword_names) {
  return singleton_new(class, count, keyword_names, VALUE_NONE);
}

static Value ellipsis_new(Value class, Value *, size_t count, Value keyword_names) {
  if (count || (keyword_names && tuple_count(keyword_names)))
    return raise_type_error("EllipsisType takes no arguments");
  return singleton_new(class, 0, NULL, VALUE_ELLIPSIS);
}

static Value not_implemented_new(Value class, Value *, size_t count, Value keyword_names) {
  return singleton_new(class, count, keyword_names, VALUE_NOT_IMPLEMENTED);
}

static Value none_repr(Value) {
  return NAME(None);
}

static Value ellipsis_repr(Value) {
  return NAME(Ellipsis);
}

static Value not_implemented_repr(Value) {
  return NAME(NotImplemented);
}

static Value none_bool(Value) {
  return VALUE_FALSE;
}

static Value not_implemented_bool(Value) {
  if (!warn(CLASS_DEPRECATION_WARNING, 1, "NotImplemented should not be used in a boolean context")) return NULL;
  return VALUE_TRUE;
}

static const NativeMethod none_methods[] = {
    NATIVE("__new__", none_new, "($type, *args, **kwargs)", "Return None.", NATIVE_STATIC),
    NATIVE("__repr__", none_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__bool__", none_bool, "($self, /)", "True if self else False"),
    {}};
static const NativeMethod ellipsis_methods[] = {
    NATIVE("__new__", ellipsis_new, "($type, *args, **kwargs)", "Return Ellipsis.", NATIVE_STATIC),
    NATIVE("__repr__", ellipsis_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__reduce__", ellipsis_repr, "($self, /)", "Return the name under which pickle finds it."),
    {}};
static const NativeMethod not_implemented_methods[] = {
    NATIVE("__new__", not_implemented_new, "($type, *args, **kwargs)", "Return NotImplemented.", NATIVE_STATIC),
    NATIVE("__repr__", not_implemented_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__reduce__", not_implemented_repr, "($self, /)", "Return the name under which pickle finds it."),
    NATIVE("__bool__", not_implemented_bool, "($self, /)", "True if self else False"),
    {}};

const ClassDef none_class = {.name = "NoneType", .methods = none_methods};
const ClassDef ellipsis_class = {.name = "ellipsis", .methods = ellipsis_methods};
const ClassDef not_implemented_class = {.name = "NotImplementedType", .methods = not_implemented_methods};
const ClassDef internal_class = {.name = "internal", .flags = CLASS_NO_NEW};
