// The module _imp: what importlib asks of the interpreter. Native modules, frozen modules, the import lock.
//
// Threads: the import lock is one recursive lock, held by importlib while it looks for module locks; waiting for it is
// a blocking region.
#include "runtime/heap/heap.h"
#include "runtime/module/imp.h"
#include "runtime/object/bytes.h"
#include "runtime/object/code.h"
#include "runtime/object/dict.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/module.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include "runtime/support/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// ---- Frozen modules ----

typedef struct FrozenModule {
  const char *name;
  const char *path; // in the standard library
  const char *filename;
} FrozenModule;
static const FrozenModule frozen_modules[] = {
    {"_frozen_importlib", "importlib/_bootstrap.py", "<frozen importlib._bootstrap>"},
    {"_frozen_importlib_external", "importlib/_bootstrap_external.py", "<frozen importlib._bootstrap_external>"},
    {"zipimport", "zipimport.py", "<frozen zipimport>"},
};

static const char *library_path = "";
void imp_set_library(const char *path) {
  library_path = path;
}

static const FrozenModule *find_frozen(Value name) {
  if (!value_is_str(name)) return NULL;
  for (size_t i = 0; i < sizeof frozen_modules / sizeof *frozen_modules; i++)
    if (str_equals_c(name, frozen_modules[i].name)) return &frozen_modules[i];
  return NULL;
}

// The whole of a file as bytes.
static Value read_file(const char *path) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (descriptor < 0 || fstat(descriptor, &status) < 0) {
    int error = errno;
    if (descriptor >= 0) close(descriptor);
    return raise_os_error(error, str_from_c(path));
  }
  Bytes *bytes = bytes_allocate((size_t)status.st_size);
  size_t filled = 0;
  while (bytes && filled < bytes->length) {
    ssize_t count = read(descriptor, bytes->data + filled, bytes->length - filled);
    if (count <= 0) break;
    filled += (size_t)count;
  }
  close(descriptor);
  if (bytes && filled < bytes->length) return raise_os_error(EIO, str_from_c(path));
  return value_from_cell(bytes);
}

Value imp_frozen_code([[maybe_unused]] const char *name, const char *path, const char *filename) {
  char full[4096];
  snprintf(full, sizeof full, "%s/%s", library_path, path);
  Value source = read_file(full), shown = source ? str_from_c(filename) : NULL;
  return shown ? runtime_hooks.compile(source, shown, "exec", 0, true, 0, -1) : NULL;
}

static Value raise_not_frozen(Value name) {
  Value message = str_format_c("No such frozen object named %R", name);
  return message ? raise_import_error(message, name, VALUE_NONE) : NULL;
}

static Value imp_find_frozen(Value name, [[maybe_unused]] Value with_data) {
  const FrozenModule *module = find_frozen(name);
  if (!module) return VALUE_NONE;
  return tuple_of(3, VALUE_NONE, VALUE_FALSE, name);
}
static Value imp_is_frozen(Value name) {
  return value_from_bool(find_frozen(name) != NULL);
}
static Value imp_is_frozen_package(Value name) {
  return find_frozen(name) ? VALUE_FALSE : raise_not_frozen(name);
}
static Value imp_get_frozen_object(Value name, [[maybe_unused]] Value data) {
  const FrozenModule *module = find_frozen(name);
  return module ? imp_frozen_code(module->name, module->path, module->filename) : raise_not_frozen(name);
}
static Value imp_init_frozen(Value name) {
  const FrozenModule *frozen = find_frozen(name);
  if (!frozen) return VALUE_NONE;
  Value code = imp_get_frozen_object(name, NULL), module = code ? module_new(name, NULL) : NULL;
  Value dict = module ? module_dict(module) : NULL;
  if (!dict || !dict_set_name(dict, NAME(__builtins__), runtime.builtins) || !dict_set(runtime.modules, name, module))
    return NULL;
  return runtime_hooks.run_code(code, dict, dict, NULL) ? module : NULL;
}
static Value imp_frozen_module_names(void) {
  Value list = list_new(NULL, 0);
  for (size_t i = 0; list && i < sizeof frozen_modules / sizeof *frozen_modules; i++)
    if (!list_append(list, str_from_c(frozen_modules[i].name))) return NULL;
  return list;
}
static Value imp_override_frozen([[maybe_unused]] Value override) {
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

static pthread_mutex_t lock_mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static _Atomic int lock_depth;

static Value imp_lock_held(void) {
  return value_from_bool(lock_depth > 0);
}
static Value imp_acquire_lock(void) {
  if (pthread_mutex_trylock(&lock_mutex) != 0) BLOCKING(pthread_mutex_lock(&lock_mutex));
  lock_depth++;
  return VALUE_NONE;
}
static Value imp_release_lock(void) {
  lock_depth--;
  if (pthread_mutex_unlock(&lock_mutex) == 0) return VALUE_NONE;
  lock_depth++;
  return raise(CLASS_RUNTIME_ERROR, "not holding the import lock");
}

// ---- Code files ----

// Gives `code` and all code in it that has the same file name another one: a cache file may have moved with its source.
static bool fix_filename(Code *code, Value old, Value path) {
  if (!str_equals(code->filename, old)) return true;
  gc_store(code, &code->filename, path);
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
  return fix_filename(value_as_code(code), value_as_code(code)->filename, path) ? VALUE_NONE : NULL;
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
    NATIVE("_override_frozen_modules_for_tests", imp_override_frozen, "(override, /)", "Accepted, without effect."),
    NATIVE("exec_builtin", imp_exec_module, "(mod, /)", "Native modules are complete when created."),
    NATIVE("_fix_co_filename", imp_fix_co_filename, "(code, path, /)",
           "Change co_filename of code and the code in it."),
    NATIVE("source_hash", imp_source_hash, "(key, source)", "The keyed hash that validates cache files."),
    {}};

static bool imp_initialize(Value module) {
  return module_add_str(module, "check_hash_based_pycs", "default");
}

const NativeModule imp_module = {.name = "_imp",
                                 .doc = "What importlib asks of the interpreter.",
                                 .functions = imp_functions,
                                 .initialize = imp_initialize};
