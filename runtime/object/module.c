// Module objects.
//
// Threads: attributes are as atomic as the items of the dict.
#include "runtime/object/module.h"

#include "runtime/heap/heap.h"
#include "runtime/object/attributes.h"
#include "runtime/object/call.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/dict.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

Value module_dict(Value module) {
  return gc_load(attributes_extra(module, cell_shape(value_cell(module))));
}

static bool fill_dict(Value dict, Value name, Value doc) {
  return dict_set_name(dict, NAME(__name__), name) && dict_set_name(dict, NAME(__doc__), doc ? doc : VALUE_NONE) &&
         dict_set_name(dict, NAME(__package__), VALUE_NONE) && dict_set_name(dict, NAME(__loader__), VALUE_NONE) &&
         dict_set_name(dict, NAME(__spec__), VALUE_NONE);
}

// Every module has a globals Dict from the beginning, so that code can hold on to its cells.
static Value module_allocate(Class *class) {
  Value dict = dict_new_globals();
  Module *module = dict ? class_allocate(class, 0) : NULL;
  if (!module) return NULL;
  Value self = value_from_cell(module);
  gc_store(module, attributes_extra(self, cell_shape(&module->head)), dict);
  return self;
}

Value module_new(Value name, Value doc) {
  Value module = module_allocate(BUILTIN(MODULE));
  return module && fill_dict(module_dict(module), name, doc) ? module : NULL;
}

static Value module_new_method(Value class, Value *, size_t, Value) {
  return module_allocate(value_as_class(class));
}

static Value module_init(Value self, Value name, Value doc) {
  if (!value_is_str(name)) return raise_bad_argument("module", "name", "str", name);
  return fill_dict(instance_live_dict(self), name, doc) ? VALUE_NONE : NULL;
}

// PEP 562, and a helpful error

static bool is_initializing(Value spec) {
  Value flag;
  int found = spec ? value_find_attribute(spec, NAME(_initializing), &flag) : 0;
  if (found > 0) found = value_truth(flag);
  if (found < 0) exception_clear();
  return found > 0;
}

static bool is_uninitialized_submodule(Value spec, Value name) {
  Value submodules;
  int found = spec ? value_find_attribute(spec, NAME(_uninitialized_submodules), &submodules) : 0;
  if (found > 0) found = value_contains(submodules, name);
  if (found < 0) exception_clear();
  return found > 0;
}

static Value raise_no_attribute(Value module, Value name) {
  Value dict = module_dict(module);
  Value own_name = dict ? dict_get_name(dict, NAME(__name__)) : NULL;
  if (!own_name || !value_is_str(own_name)) return raise(CLASS_ATTRIBUTE_ERROR, "module has no attribute '%U'", name);
  if (is_initializing(dict_get_name(dict, NAME(__spec__))))
    return raise(CLASS_ATTRIBUTE_ERROR,
                 "partially initialized module '%U' has no attribute '%U' (most likely due to a circular import)",
                 own_name, name);
  if (is_uninitialized_submodule(dict_get_name(dict, NAME(__spec__)), name))
    return raise(CLASS_ATTRIBUTE_ERROR,
                 "cannot access submodule '%U' of module '%U' (most likely due to a circular import)", name, own_name);
  return raise(CLASS_ATTRIBUTE_ERROR, "module '%U' has no attribute '%U'", own_name, name);
}

Value module_get_attribute(Value module, Value name, bool *missing) {
  Class *class = value_class(module);
  Value on_class = class_lookup(class, name);
  if (on_class && descriptor_beats_instance(on_class)) return descriptor_get(on_class, module, class);
  Value value = instance_get(module, name);
  if (value) return value;
  if (on_class) return descriptor_get(on_class, module, class);
  Value hook = instance_get(module, NAME(__getattr__));
  if (hook) {
    value = value_call_1(hook, name);
    if (value || !missing || !exception_clear_if(CLASS_ATTRIBUTE_ERROR)) return value;
  }
  if (!missing) return raise_no_attribute(module, name);
  *missing = true;
  return NULL;
}

static Value module_getattribute(Value self, Value name) {
  if (!value_is_str(name)) return raise_type_error("attribute name must be string, not '%.200T'", name);
  return (name = str_intern(name)) ? module_get_attribute(self, name, NULL) : NULL;
}

// importlib knows how to show a module.
static Value module_repr(Value self) {
  Value importlib = runtime.modules ? dict_get_c(runtime.modules, "_frozen_importlib") : NULL;
  if (importlib) return value_call_method_1(importlib, "_module_repr", self);
  Value dict = module_dict(self);
  Value name = dict ? dict_get_name(dict, NAME(__name__)) : NULL;
  return str_format_c("<module %R>", name ? name : str_intern_c("?"));
}

static Value module_dir(Value self) {
  Value dict = value_get_attribute(self, NAME(__dict__));
  if (!dict) return NULL;
  if (!value_is_dict(dict)) return raise_type_error("%.200T.__dict__ is not a dictionary", self);
  Value hook = dict_get_name(dict, NAME(__dir__));
  return hook ? value_call_0(hook) : dict_keys(dict);
}

static Value get_annotations(Value self) {
  Value dict = instance_live_dict(self);
  if (!dict) return NULL;
  Value annotations = dict_get_name(dict, NAME(__annotations__));
  if (annotations) return annotations;
  annotations = dict_new();
  return annotations && dict_set_name(dict, NAME(__annotations__), annotations) ? annotations : NULL;
}

static bool set_annotations(Value self, Value value) {
  Value dict = instance_live_dict(self);
  if (!dict) return false;
  if (value) return dict_set_name(dict, NAME(__annotations__), value);
  int deleted = dict_delete(dict, NAME(__annotations__));
  if (deleted == 0) raise(CLASS_ATTRIBUTE_ERROR, "__annotations__");
  return deleted > 0;
}

static const NativeMethod module_methods[] = {
    NATIVE("__new__", module_new_method, "($type, *args, **kwargs)", "Create and return a new object.", NATIVE_STATIC),
    NATIVE("__init__", module_init, "($self, /, name, doc=None)", "Initialize self."),
    NATIVE("__getattribute__", module_getattribute, "($self, name, /)", "Return getattr(self, name)."),
    NATIVE("__repr__", module_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__dir__", module_dir, NULL, "Names of the module's attributes."),
    {}};

static Value get_dict(Value self) {
  return instance_live_dict(self);
}

static bool set_dict(Value, Value) {
  raise(CLASS_ATTRIBUTE_ERROR, "readonly attribute");
  return false;
}
static const NativeProperty module_properties[] = {
    {"__annotations__", get_annotations, set_annotations, NULL}, {"__dict__", get_dict, set_dict, NULL}, {}};
static const CellType module_cell_type = {.name = "module", CELL_VALUES(Module, results, results)};

const ClassDef module_class = {
    .name = "module",
    .doc = "A module.",
    .cell_type = &module_cell_type,
    .instance_size = sizeof(Module),
    .flags = CLASS_BASE_TYPE | CLASS_HAS_DICT | CLASS_EXTERNAL_DICT | CLASS_HAS_WEAKREF,
    .methods = module_methods,
    .properties = module_properties,
};
