// import, from, from *; printing at the interactive prompt.
#include "runtime/object/dict.h"
#include "runtime/object/names.h"
#include "runtime/object/str.h"
#include "vm/handler.h"

OPERATION_HANDLER(IMPORT_NAME) {
  Value *operands = &B, level = operands[1], module = NULL;
  Value hook = value_is_dict(frame->builtins) ? dict_get_name(frame->builtins, NAME(__import__)) : NULL;
  Value locals = frame->locals ? frame->locals : VALUE_NONE;
  if (UNLIKELY(!hook)) {
    raise(CLASS_IMPORT_ERROR, "__import__ not found");
  } else if (LIKELY(hook == runtime.import_function)) {
    int number;
    if (value_as_int(level, &number))
      module = runtime_hooks.import_module(NAME_C, frame->globals, locals, operands[0], number);
  } else {
    Value arguments[] = {NAME_C, frame->globals, locals, operands[0], level};
    module = value_call(hook, arguments, 5, NULL);
  }
  if (UNLIKELY(!module)) return false;
  A = module;
  return true;
}

// Is the module still running its own code?
static bool module_is_initializing(Value module) {
  Value spec, initializing;
  bool is = value_find_attribute(module, NAME(__spec__), &spec) > 0 &&
            value_find_attribute(spec, NAME(_initializing), &initializing) > 0 && value_truth(initializing) > 0;
  exception_clear();
  return is;
}
static Value attribute_or_null(Value object, Value name) {
  Value value;
  if (value_find_attribute(object, name, &value) > 0) return value;
  exception_clear();
  return NULL;
}

static Value raise_cannot_import(Value module, Value name) {
  Value module_name = attribute_or_null(module, NAME(__name__));
  Value shown = module_name ? module_name : str_from_c("<unknown module name>");
  Value path = attribute_or_null(module, NAME(__file__)), message;
  if (!shown) return NULL;
  if (!path || !value_is_str(path)) {
    path = NULL;
    message = str_format_c("cannot import name %R from %R (unknown location)", name, shown);
  } else if (module_is_initializing(module))
    message = str_format_c("cannot import name %R from partially initialized module %R (most likely due to a circular "
                           "import) (%S)",
                           name, shown, path);
  else
    message = str_format_c("cannot import name %R from %R (%S)", name, shown, path);
  if (!message) return NULL;
  return raise_import_error(message, module_name ? module_name : VALUE_NONE, path ? path : VALUE_NONE);
}
// An attribute, or a submodule that is being imported and not yet an attribute.
static Value import_from(Value module, Value name) {
  Value value;
  int found = value_find_attribute(module, name, &value);
  if (found != 0) return found > 0 ? value : NULL;
  Value package = attribute_or_null(module, NAME(__name__));
  if (package && value_is_str(package)) {
    Value full_name = str_format_c("%U.%U", package, name);
    if (!full_name) return NULL;
    value = value_get_item(runtime.modules, full_name);
    if (value) return value;
    if (!exception_clear_if(CLASS_KEY_ERROR)) return NULL;
  }
  return raise_cannot_import(module, name);
}
OPERATION_HANDLER(IMPORT_FROM) {
  Value value = import_from(B, NAME_C);
  if (UNLIKELY(!value)) return false;
  A = value;
  return true;
}

static bool raise_bad_name(Value module, Value name, bool from_all) {
  Value module_name = value_get_attribute(module, NAME(__name__));
  if (!module_name) return false;
  if (!value_is_str(module_name))
    raise_type_error("module __name__ must be a string, not %.100T", module_name);
  else if (from_all)
    raise_type_error("Item in %U.__all__ must be str, not %.100T", module_name, name);
  else
    raise_type_error("Key in %U.__dict__ must be str, not %.100T", module_name, name);
  return false;
}
static bool import_star(Value module, Value namespace) {
  Value names;
  int has_all = value_find_attribute(module, NAME(__all__), &names);
  if (has_all < 0) return false;
  if (!has_all) {
    Value dict;
    int found = value_find_attribute(module, NAME(__dict__), &dict);
    if (found < 0) return false;
    if (found == 0) {
      raise(CLASS_IMPORT_ERROR, "from-import-* object has no __dict__ and no __all__");
      return false;
    }
    names = value_call_method_0(dict, "keys");
    names = names ? value_to_list(names) : NULL;
    if (!names) return false;
  }
  Value name;
  Iteration iteration = iteration_start(names);
  while (iteration_next(&iteration, &name)) {
    if (!value_is_str(name)) return raise_bad_name(module, name, has_all);
    if (!has_all && str_length(name) > 0 && str_character(value_as_str(name), 0) == '_') continue;
    Value value = value_get_attribute(module, name);
    if (!value ||
        !(value_is_dict(namespace) ? dict_set(namespace, name, value) : value_set_item(namespace, name, value)))
      return false;
  }
  return !iteration_failed(&iteration);
}
OPERATION_HANDLER(IMPORT_STAR) {
  if (UNLIKELY(!frame->locals)) {
    raise(CLASS_SYSTEM_ERROR, "no locals found during 'import *'");
    return false;
  }
  if (UNLIKELY(!import_star(A, frame->locals))) return false;
  return true;
}

OPERATION_HANDLER(PRINT_EXPRESSION) {
  Value hook = dict_get_name(runtime.sys_dict, NAME(displayhook));
  if (!hook) raise(CLASS_RUNTIME_ERROR, "lost sys.displayhook");
  if (UNLIKELY(!hook || !value_call_1(hook, A))) return false;
  return true;
}
