// The module _imp: what importlib asks of the interpreter. Native modules, frozen modules, the import lock.
//
// Threads: the import lock is one recursive lock, held by importlib while it looks for module locks; waiting for it is
// a blocking region.
#include "runtime/heap/heap.h"
#include "runtime/module/_io.h"
#include "runtime/module/frozen.h"
#include "runtime/module/imp.h"
#include "runtime/object/bytes.h"
#include "runtime/object/code_image.h"
#include "runtime/object/dict.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/memoryview.h"
#include "runtime/object/module.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include "runtime/support/hash.h"

#include <string.h>

// ---- Frozen modules ----

static bool find_frozen(Value name, FrozenModule *module) {
  if (!value_is_str(name) || !str_is_ascii(value_as_str(name))) return false;
  return frozen_find((const char *)value_as_str(name)->data, module);
}

static Value raise_not_frozen(Value name) {
  Value message = str_format_c("No such frozen object named %R", name);
  return message ? raise_import_error(message, name, VALUE_NONE) : NULL;
}
static Value require_str(Value name, const char *function) {
  return value_is_str(name) ? name : raise_type_error("%s() argument 1 must be str, not %T", function, name);
}

// (marshalled code or None, is it a package, the module whose source it is)
static Value imp_find_frozen(Value name, Value with_data) {
  FrozenModule module;
  int wants_data = with_data ? value_truth(with_data) : 0;
  if (!require_str(name, "find_frozen") || wants_data < 0) return NULL;
  if (!find_frozen(name, &module)) return VALUE_NONE;
  Value data = VALUE_NONE, origin = *module.origin ? str_intern_c(module.origin) : VALUE_NONE;
  if (wants_data && module.code) {
    Value bytes = bytes_new(module.code, module.length);
    data = bytes ? memoryview_new(bytes) : NULL;
  }
  return data && origin ? tuple_of(3, data, value_from_bool(module.is_package), origin) : NULL;
}
static Value imp_is_frozen(Value name) {
  FrozenModule module;
  return require_str(name, "is_frozen") ? value_from_bool(find_frozen(name, &module)) : NULL;
}
static Value imp_is_frozen_package(Value name) {
  FrozenModule module;
  if (!require_str(name, "is_frozen_package")) return NULL;
  return find_frozen(name, &module) ? value_from_bool(module.is_package) : raise_not_frozen(name);
}
static Value imp_get_frozen_object(Value name, Value data) {
  FrozenModule module;
  if (!require_str(name, "get_frozen_object")) return NULL;
  if (data && data != VALUE_NONE) {
    Value marshal = runtime_hooks.import_module(str_intern_c("marshal"), NULL, NULL, NULL, 0);
    Value code = marshal ? value_call_method_1(marshal, "loads", data) : NULL;
    if (!code || value_is_code(code)) return code;
    return raise_type_error("frozen object %R is not a code object", name);
  }
  return find_frozen(name, &module) ? frozen_code(&module) : raise_not_frozen(name);
}
static Value imp_init_frozen(Value name) {
  FrozenModule frozen;
  if (!require_str(name, "init_frozen")) return NULL;
  if (!find_frozen(name, &frozen)) return VALUE_NONE;
  Value code = frozen_code(&frozen), module = code ? module_new(name, NULL) : NULL;
  Value dict = module ? module_dict(module) : NULL;
  if (!dict || !dict_set_name(dict, NAME(__builtins__), runtime.builtins) || !dict_set(runtime.modules, name, module) ||
      !dict_set_c(dict, "__origname__", *frozen.origin ? str_from_c(frozen.origin) : VALUE_NONE))
    return NULL;
  if (frozen.is_package && !dict_set_c(dict, "__path__", list_new(NULL, 0))) return NULL;
  return runtime_hooks.run_code(code, dict, dict, NULL) ? module : NULL;
}
static Value imp_frozen_module_names(void) {
  Value list = list_new(NULL, 0);
  FrozenModule module;
  for (size_t i = 0; list && frozen_get(i, &module); i++)
    if (!list_append(list, str_from_c(module.name))) return NULL;
  return list;
}
static Value imp_override_frozen(Value override) {
  int number;
  if (!value_as_int(override, &number)) return NULL;
  frozen_override(number);
  return VALUE_NONE;
}

// ---- Native modules ----

static Value imp_is_builtin(Value name) {
  if (!value_is_str(name)) return raise_type_error("is_builtin() argument must be str, not %T", name);
  return value_from_small_int(native_module_exists(name));
}
static Value imp_create_builtin(Value spec) {
  Value name = value_get_attribute(spec, NAME(name));
  if (!name) return NULL;
  Value known = runtime.modules ? dict_get(runtime.modules, name) : NULL;
  if (known) return known;
  if (exception_pending()) return NULL;
  return native_module_exists(name) ? native_module_create(name) : VALUE_NONE;
}
static Value imp_exec_module([[maybe_unused]] Value module) {
  return value_from_small_int(0);
}
static Value imp_extension_suffixes(void) {
  return list_new(NULL, 0);
}

// ---- The import lock ----

// It is taken around a fork as well, so that the child finds no half imported module.

static IoLock import_lock;

static Value imp_lock_held(void) {
  return value_from_bool(import_lock.lock.word != 0);
}
static Value imp_acquire_lock(void) {
  io_lock_take(&import_lock);
  return VALUE_NONE;
}
static Value imp_release_lock(void) {
  if (!io_lock_is_mine(&import_lock)) return raise(CLASS_RUNTIME_ERROR, "not holding the import lock");
  io_lock_release(&import_lock);
  return VALUE_NONE;
}

void import_lock_before_fork(void) {
  io_lock_take(&import_lock);
}
void import_lock_after_fork(void) {
  io_lock_release(&import_lock);
}

// ---- Code files ----

// Gives `code` and all code in it that has the same file name another one: a cache file may have moved with its source.
static bool fix_filename(Code *code, Value old, Value path) {
  if (!str_equals(code->filename, old)) return true;
  gc_store(code, &code->filename, path);
  if (!code_is_complete(code)) {
    code_image_rename(code, path);
    return true;
  }
  for (size_t i = 0; i < tuple_count(code->constants); i++) {
    Value constant = tuple_item(code->constants, i);
    if (!value_is_code(constant)) continue;
    if (!recursion_enter(" in _fix_co_filename")) return false;
    bool fixed = fix_filename(value_as_code(constant), old, path);
    recursion_leave();
    if (!fixed) return false;
  }
  return true;
}
static Value imp_fix_co_filename(Value code, Value path) {
  if (!value_is_code(code)) return raise_type_error("_fix_co_filename() argument 1 must be code, not %T", code);
  if (!value_is_str(path)) return raise_type_error("_fix_co_filename() argument 2 must be str, not %T", path);
  Value old = value_as_code(code)->filename;
  if (str_equals(old, path)) return VALUE_NONE;
  return fix_filename(value_as_code(code), old, path) ? VALUE_NONE : NULL;
}

static Value imp_source_hash(Value key, Value source) {
  uint64_t number;
  Buffer buffer;
  if (!value_is_int(key) || !int_fits_uint64(key, &number))
    return raise_type_error("source_hash() argument 1 must be int, not %T", key);
  if (!buffer_acquire(source, &buffer, BUFFER_SIMPLE)) return NULL;
  HashKey hash_key = {.low = number, .high = 0};
  uint64_t hash = (uint64_t)hash_bytes(&hash_key, buffer.data, buffer.length);
  buffer_release(&buffer);
  uint8_t bytes[8];
  memcpy(bytes, &hash, sizeof bytes);
  return bytes_new(bytes, sizeof bytes);
}

static const NativeMethod imp_functions[] = {
    NATIVE("extension_suffixes", imp_extension_suffixes, "()", "File name endings of extension modules: none."),
    NATIVE("lock_held", imp_lock_held, "()", "Is the import lock held?"),
    NATIVE("acquire_lock", imp_acquire_lock, "()", "Acquire the import lock."),
    NATIVE("release_lock", imp_release_lock, "()", "Release the import lock."),
    NATIVE("find_frozen", imp_find_frozen, "(name, /, *, withdata=False)",
           "What is known of a frozen module, or None."),
    NATIVE("get_frozen_object", imp_get_frozen_object, "(name, data=None, /)", "The code of a frozen module."),
    NATIVE("is_frozen_package", imp_is_frozen_package, "(name, /)", "Is the frozen module a package?"),
    NATIVE("create_builtin", imp_create_builtin, "(spec, /)", "Create a native module."),
    NATIVE("init_frozen", imp_init_frozen, "(name, /)", "Run a frozen module."),
    NATIVE("is_builtin", imp_is_builtin, "(name, /)", "Is there a native module of this name?"),
    NATIVE("is_frozen", imp_is_frozen, "(name, /)", "Is there a frozen module of this name?"),
    NATIVE("_frozen_module_names", imp_frozen_module_names, "()", "The names of the frozen modules."),
    NATIVE("_override_frozen_modules_for_tests", imp_override_frozen, "(override, /)",
           "1: use all frozen modules, -1: only essential ones, 0: as -X frozen_modules says."),
    NATIVE("exec_builtin", imp_exec_module, "(mod, /)", "Native modules are complete when created."),
    NATIVE("_fix_co_filename", imp_fix_co_filename, "(code, path, /)",
           "Change co_filename of code and the code in it."),
    NATIVE("source_hash", imp_source_hash, "(key, source)", "The keyed hash that validates cache files."),
    {}};

static bool imp_initialize(Value module) {
  size_t length;
  const uint8_t *build = frozen_build(&length);
  return module_add_str(module, "check_hash_based_pycs", "default") &&
         module_add(module, "build_id", bytes_new(build, length)); // vm/freeze.py marks its file with it
}

const NativeModule imp_module = {.name = "_imp",
                                 .doc = "What importlib asks of the interpreter.",
                                 .functions = imp_functions,
                                 .initialize = imp_initialize};
