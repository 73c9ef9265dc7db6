// Native modules: the table of them, and making their module objects.
#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/module.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/str.h"

#include <string.h>

#define NATIVE_MODULE(variable, name) extern const NativeModule variable;
#include "runtime/module/modules.def"

static const struct {
  const char *name;
  const NativeModule *module;
} native_modules[] = {
#define NATIVE_MODULE(variable, name) {name, &variable},
#include "runtime/module/modules.def"
};

const NativeModule *const *native_modules_above;

static const NativeModule *find_module(Value name) {
  for (size_t i = 0; i < sizeof native_modules / sizeof *native_modules; i++)
    if (str_equals_c(name, native_modules[i].name)) return native_modules[i].module;
  for (const NativeModule *const *module = native_modules_above; module && *module; module++)
    if (str_equals_c(name, (*module)->name)) return *module;
  return NULL;
}

bool native_module_exists(Value name) {
  return find_module(name) != NULL;
}

Value native_module_create(Value name) {
  const NativeModule *native = find_module(name);
  if (!native) {
    Value message = str_format_c("no built-in module named %U", name);
    return message ? raise_import_error(message, name, NULL) : NULL;
  }
  name = str_intern(name);
  Value doc = native->doc ? str_from_c(native->doc) : VALUE_NONE;
  Value module = name && doc ? module_new(name, doc) : NULL;
  if (!module) return NULL;
  ((Module *)value_cell(module))->native = native;
  for (const NativeMethod *function = native->functions; function && function->name; function++)
    if (!module_add(module, function->name, native_function_new(function, module, name))) return NULL;
  return !native->initialize || native->initialize(module) ? module : NULL;
}

bool module_add(Value module, const char *name, Value value) {
  Value key = value ? str_intern_c(name) : NULL;
  return key && dict_set_name(module_dict(module), key, value);
}

bool module_add_int(Value module, const char *name, int64_t number) {
  return module_add(module, name, int_from_int64(number));
}

bool module_add_str(Value module, const char *name, const char *text) {
  return module_add(module, name, str_from_c(text));
}

bool module_add_class(Value module, const ClassDef *definition, Class *base, Class **slot) {
  Class *class = class_from_definition(definition, base);
  if (!class) return false;
  *slot = class;
  const char *dot = strrchr(definition->name, '.');
  return module_add(module, dot ? dot + 1 : definition->name, value_from_cell(class));
}
