// The import statement: names, packages and sys.modules; importlib does the rest. Invariant: a module is only returned
// from the fast path when its loading has finished, in this thread's eyes (importlib's module locks say so).
//
// Threads: sys.modules is a dict and as safe as one; loading is serialized by importlib's locks.
#include "vm/import.h"
#include "runtime/heap/heap.h"
#include "runtime/module/frozen.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/frame.h"
#include "runtime/object/function.h"
#include "runtime/object/module.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static Value importlib;        // _frozen_importlib, once it runs
static Value own_filenames[2]; // what its code and its external half's say

// ---- Bootstrap ----

// importlib itself: a new module in sys.modules.
static Value run_importlib(void) {
  FrozenModule frozen;
  Value name = str_intern_c("_frozen_importlib");
  Value code = name && frozen_find("_frozen_importlib", &frozen) ? frozen_code(&frozen) : NULL;
  Value module = code ? module_new(name, NULL) : NULL;
  Value dict = module ? module_dict(module) : NULL;
  // importlib wants to know under which name it was frozen.
  if (!dict || !dict_set_name(dict, NAME(__builtins__), runtime.builtins) || !dict_set(runtime.modules, name, module) ||
      !dict_set_c(dict, "__origname__", str_from_c(frozen.origin)))
    return NULL;
  return runtime_hooks.run_code(code, dict, dict, NULL) ? module : NULL;
}

// ---- Zip archives ----

// zipimport is loaded when the first path entry leads to a file; until then this stands for zipimport.zipimporter on
// sys.path_hooks.
static Value zip_hook;

static bool leads_to_file(const char *path) {
  char part[PATH_MAX];
  struct stat status;
  size_t length = strnlen(path, sizeof part - 1);
  memcpy(part, path, length);
  for (part[length] = 0; length > 0; part[length] = 0) {
    if (stat(part, &status) == 0) return S_ISREG(status.st_mode);
    while (length > 0 && part[length - 1] != '/') length--; // the folder, or archive, that it would be in
    while (length > 0 && part[length - 1] == '/') length--;
  }
  return false;
}

static Value import_zip_hook(Value path) {
  if (value_is_str(path)) {
    char *name = str_wtf8(path, NULL);
    if (!name) return NULL;
    bool is_candidate = leads_to_file(name);
    free(name);
    if (!is_candidate) return raise(CLASS_IMPORT_ERROR, "not a Zip file: %R", path);
  }
  Value module = import_by_name("zipimport");
  Value importer = module ? value_get_attribute_c(module, "zipimporter") : NULL;
  if (!importer) return NULL;
  Value hooks = dict_get_c(runtime.sys_dict, "path_hooks");
  for (size_t i = 0; hooks && value_is_list(hooks) && i < list_count(hooks); i++)
    if (list_item(hooks, i) == zip_hook) list_set_item(hooks, i, importer);
  return value_call_1(importer, path);
}
static const NativeMethod zip_hook_method =
    NATIVE("zipimporter", import_zip_hook, "(path, /)", "The importer of a zip archive, or ImportError.");

static bool add_zip_hook(void) {
  heap_add_root_range(&zip_hook, 1);
  Value hooks = dict_get_c(runtime.sys_dict, "path_hooks");
  zip_hook = native_function_new(&zip_hook_method, NULL, str_intern_c("zipimport"));
  return zip_hook && hooks && list_insert(hooks, 0, zip_hook);
}

static bool is_own(const Code *code) {
  return code->filename == own_filenames[0] || code->filename == own_filenames[1];
}
bool import_is_running(const Frame *frame) {
  if (is_own(frame->code)) return true;
  const Frame *caller = frame->function ? NULL : frame_skip_entries(frame->previous);
  return caller && is_own(caller->code);
}

static Value filename_of(Value function) {
  return function && value_is_function(function) ? value_as_code(((Function *)value_cell(function))->code)->filename
                                                 : raise(CLASS_IMPORT_ERROR, "importlib is not as expected");
}

bool import_start(void) {
  heap_add_root_range(&importlib, 1);
  heap_add_root_range(own_filenames, 2);
  Value imp_name = str_intern_c("_imp"), sys_name = str_intern_c("sys");
  Value module = run_importlib();
  if (!module || !imp_name || !sys_name) return false;
  Value imp = native_module_create(imp_name);
  if (!imp || !dict_set(runtime.modules, imp_name, imp)) return false;
  importlib = module;
  if (!value_call_method_2(module, "_install", dict_get(runtime.modules, sys_name), imp) ||
      !value_call_method_0(module, "_install_external_importers"))
    return false;
  own_filenames[0] = filename_of(value_get_attribute_c(module, "_find_and_load"));
  Value external = value_get_attribute_c(module, "_bootstrap_external");
  own_filenames[1] = external ? filename_of(value_get_attribute_c(external, "cache_from_source")) : NULL;
  return own_filenames[0] && own_filenames[1] && add_zip_hook();
}

// ---- Names ----

// The package that a relative import is relative to, from the importing module's globals.
static Value find_package(Value globals) {
  if (!globals || globals == VALUE_NONE) return raise(CLASS_KEY_ERROR, "'__name__' not in globals");
  if (!value_is_dict(globals)) return raise_type_error("globals must be a dict");
  Value package = dict_get_name(globals, NAME(__package__)), spec = dict_get_name(globals, NAME(__spec__));
  if (package && package != VALUE_NONE) {
    if (!value_is_str(package)) return raise_type_error("package must be a string");
    if (spec && spec != VALUE_NONE) {
      Value parent = value_get_attribute(spec, NAME(parent));
      int same = parent ? value_equal(package, parent) : -1;
      if (same < 0) return NULL;
      if (!same && !warn(CLASS_IMPORT_WARNING, 1, "__package__ != __spec__.parent")) return NULL;
    }
  } else if (spec && spec != VALUE_NONE) {
    package = value_get_attribute(spec, NAME(parent));
    if (!package) return NULL;
    if (!value_is_str(package)) return raise_type_error("__spec__.parent must be a string");
  } else {
    if (!warn(CLASS_IMPORT_WARNING, 1,
              "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__"))
      return NULL;
    package = dict_get_name(globals, NAME(__name__));
    if (!package) return raise_key_error(NAME(__name__));
    if (!value_is_str(package)) return raise_type_error("__name__ must be a string");
    if (!dict_get_name(globals, NAME(__path__))) { // not a package: its parent
      size_t dot = str_length(package);
      while (dot > 0 && str_character(value_as_str(package), dot - 1) != '.') dot--;
      if (dot == 0) return raise(CLASS_IMPORT_ERROR, "attempted relative import with no known parent package");
      package = str_substring(package, 0, dot - 1);
    }
  }
  if (package && str_length(package) == 0)
    return raise(CLASS_IMPORT_ERROR, "attempted relative import with no known parent package");
  return package;
}

static Value resolve_name(Value name, Value globals, int level) {
  Value package = find_package(globals);
  if (!package) return NULL;
  size_t end = str_length(package);
  for (int up = 1; up < level; up++) {
    while (end > 0 && str_character(value_as_str(package), end - 1) != '.') end--;
    if (end == 0) return raise(CLASS_IMPORT_ERROR, "attempted relative import beyond top-level package");
    end--;
  }
  Value base = str_substring(package, 0, end);
  if (!base || str_length(name) == 0) return base;
  return str_format_c("%U.%U", base, name);
}

// ---- import ----

// Waits for another thread that is still loading the module.
static bool ensure_initialized(Value module, Value name) {
  Value spec;
  int found = value_find_attribute(module, NAME(__spec__), &spec);
  if (found <= 0) return found == 0;
  Value initializing;
  found = spec == VALUE_NONE ? 0 : value_find_attribute(spec, NAME(_initializing), &initializing);
  if (found < 0) return false;
  int busy = found ? value_truth(initializing) : 0;
  if (busy < 0) return false;
  return !busy || value_call_method_1(importlib, "_lock_unlock_module", name) != NULL;
}

// Takes importlib's own frames out of the pending exception's traceback: all of them for an ImportError, else those
// that end where importlib calls foreign code. What is left is what the user wrote. (With -v everything stays.)
static void trim_traceback(void) {
  if (runtime.verbose) return;
  Value exception_value = exception_peek();
  Exception *exception = (Exception *)value_cell(exception_value);
  bool trim_all = class_is_subclass(value_class(exception_value), BUILTIN(IMPORT_ERROR));
  // `link` is the word that points to the current entry, `outer` the one that points to the first of a run in
  // importlib.
  Cell *link_owner = &exception->head, *outer_owner = NULL;
  Value *link = &exception->traceback, *outer = NULL;
  bool inside = false;
  while (*link) {
    Traceback *entry = (Traceback *)value_cell(*link);
    const Code *code = value_as_code(((FrameObject *)value_cell(entry->frame))->code);
    bool in_importlib = str_equals_c(code->filename, "<frozen importlib._bootstrap>") ||
                        str_equals_c(code->filename, "<frozen importlib._bootstrap_external>");
    if (in_importlib && !inside) {
      outer = link;
      outer_owner = link_owner;
    }
    inside = in_importlib;
    if (inside && (trim_all || str_equals_c(code->name, "_call_with_frames_removed"))) {
      gc_store(outer_owner, outer, entry->next);
      link = outer;
      link_owner = outer_owner;
    } else {
      link = &entry->next;
      link_owner = &entry->head;
    }
  }
}

static Value load_absolute(Value name) {
  Value module = dict_get(runtime.modules, name);
  if (!module && exception_pending()) return NULL;
  if (module && module != VALUE_NONE) return ensure_initialized(module, name) ? module : NULL;
  Value import = dict_get_c(runtime.builtins, "__import__");
  if (!import) return raise(CLASS_IMPORT_ERROR, "__import__ not found");
  module = value_call_method_2(importlib, "_find_and_load", name, import);
  if (!module) trim_traceback();
  return module;
}

// The top-level package of `name`, for `import a.b.c`.
static Value top_package(Value name, Value absolute, Value module, int level) {
  size_t dot = 0, length = str_length(name);
  while (dot < length && str_character(value_as_str(name), dot) != '.') dot++;
  if (dot == length) return module;
  if (level == 0) {
    Value front = str_substring(name, 0, dot);
    return front ? load_absolute(front) : NULL;
  }
  Value front = str_substring(absolute, 0, str_length(absolute) - (length - dot));
  Value top = front ? dict_get(runtime.modules, front) : NULL;
  if (!top && front && !exception_pending()) raise(CLASS_KEY_ERROR, "%R not in sys.modules as expected", front);
  return top;
}

Value import_statement(Value name, Value globals, [[maybe_unused]] Value locals, Value from_list, int level) {
  if (!value_is_str(name)) return raise_type_error("module name must be a string");
  if (level < 0) return raise_value_error("level must be >= 0");
  Value absolute = name;
  if (level > 0) {
    absolute = resolve_name(name, globals, level);
  } else if (str_length(name) == 0) {
    return raise_value_error("Empty module name");
  }
  Value module = absolute ? load_absolute(absolute) : NULL;
  if (!module) return NULL;
  int has_from = from_list && from_list != VALUE_NONE ? value_truth(from_list) : 0;
  if (has_from < 0) return NULL;
  if (!has_from) return level == 0 || str_length(name) > 0 ? top_package(name, absolute, module, level) : module;
  Value path;
  int found = value_find_attribute(module, NAME(__path__), &path);
  if (found < 0) return NULL;
  if (!found) return module;
  Value import = dict_get_c(runtime.builtins, "__import__");
  Value operands[3] = {module, from_list, import ? import : VALUE_NONE};
  Value result = value_call_method(importlib, "_handle_fromlist", operands, 3);
  if (!result) trim_traceback();
  return result;
}

Value import_by_name(const char *name) {
  Value text = str_intern_c(name);
  return text ? load_absolute(text) : NULL;
}

static bool spec_is_initializing(Value module) {
  Value spec, flag;
  if (value_find_attribute(module, NAME(__spec__), &spec) <= 0 || spec == VALUE_NONE ||
      value_find_attribute(spec, NAME(_initializing), &flag) <= 0) {
    exception_clear();
    return false;
  }
  return value_truth(flag) == 1;
}

Value import_from(Value module, Value name) {
  Value result;
  int found = value_find_attribute(module, name, &result);
  if (found) return found > 0 ? result : NULL;
  // A submodule that is being imported in a circle is in sys.modules before it is an attribute.
  Value package;
  if (value_find_attribute(module, NAME(__name__), &package) < 0) return NULL;
  bool named =
      exception_pending() == false && value_has_attribute(module, NAME(__name__)) == 1 && value_is_str(package);
  if (named) {
    Value full = str_format_c("%U.%U", package, name);
    Value submodule = full ? dict_get(runtime.modules, full) : NULL;
    if (submodule || !full) return submodule;
  }
  Value shown = named ? package : str_from_c("<unknown module name>");
  Value file;
  int has_file = value_find_attribute(module, NAME(__file__), &file);
  if (has_file < 0) return NULL;
  Value path = has_file && value_is_str(file) ? file : VALUE_NONE;
  Value message;
  if (path == VALUE_NONE)
    message = str_format_c("cannot import name %R from %R (unknown location)", name, shown);
  else if (spec_is_initializing(module))
    message = str_format_c(
        "cannot import name %R from partially initialized module %R (most likely due to a circular import) (%S)", name,
        shown, path);
  else
    message = str_format_c("cannot import name %R from %R (%S)", name, shown, path);
  return message ? raise_import_error(message, shown, path) : NULL;
}
