// Start and end of the interpreter. The order matters: each step uses what the one before made.
//
//   runtime (heap, classes) -> builtins, sys -> interpreter hooks -> importlib -> standard streams -> warnings -> site
#include "vm/start.h"
#include "runtime/heap/finalize.h"
#include "runtime/heap/heap.h"
#include "runtime/module/faulthandler.h"
#include "runtime/module/frozen.h"
#include "runtime/module/sys.h"
#include "runtime/module/tracemalloc.h"
#include "runtime/object/dict.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/module.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include "runtime/thread/thread.h"
#include "vm/import.h"
#include "vm/interpreter.h"

#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// ---- Paths ----

static Value first_builtins; // a copy of the namespace of builtins, from before the program
static char executable_path[PATH_MAX], prefix_path[PATH_MAX], library_path[PATH_MAX], own_library_path[PATH_MAX],
    frozen_path[PATH_MAX];

static void find_paths(void) {
  ssize_t length = readlink("/proc/self/exe", executable_path, sizeof executable_path - 1);
  executable_path[length > 0 ? length : 0] = 0;
  const char *home = runtime.ignore_environment ? NULL : getenv("PYTHONHOME");
  snprintf(prefix_path, sizeof prefix_path, "%s", home && *home ? home : "/usr");
  snprintf(library_path, sizeof library_path, "%.4000s/lib/python3.11", prefix_path);
  // The modules that Krait provides itself, and frozen ones, stand beside the executable.
  const char *slash = strrchr(executable_path, '/');
  int folder = slash ? (int)(slash - executable_path) : 0;
  snprintf(own_library_path, sizeof own_library_path, "%.*s/lib", folder, executable_path);
  snprintf(frozen_path, sizeof frozen_path, "%.*s/frozen_modules", folder, executable_path);
}

// ---- Standard streams ----

static Value keyword_call(Value callable, Value *arguments, size_t count, const char *const *names) {
  size_t keywords = 0;
  while (names[keywords]) keywords++;
  Value tuple[8];
  for (size_t i = 0; i < keywords; i++)
    if (!(tuple[i] = str_intern_c(names[i]))) return NULL;
  Value keyword_names = tuple_new(tuple, keywords);
  return keyword_names ? value_call(callable, arguments, count, keyword_names) : NULL;
}

typedef struct StreamConfiguration {
  const char *encoding, *errors;
} StreamConfiguration;

static StreamConfiguration stream_configuration(void) {
  static char setting[128];
  StreamConfiguration configuration = {"utf-8", NULL};
  const char *locale = setlocale(LC_CTYPE, NULL);
  bool c_locale = locale && (strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0);
  configuration.errors = c_locale || runtime.utf8_mode ? "surrogateescape" : "strict";
  const char *wanted = runtime.ignore_environment ? NULL : getenv("PYTHONIOENCODING");
  if (wanted && *wanted) {
    snprintf(setting, sizeof setting, "%s", wanted);
    char *colon = strchr(setting, ':');
    if (colon) {
      *colon = 0;
      if (colon[1]) configuration.errors = colon + 1;
    }
    if (*setting) {
      configuration.encoding = setting;
      if (!colon || !colon[1]) configuration.errors = "strict";
    }
  }
  return configuration;
}

static Value open_stream(Value io, int descriptor, const char *name, const char *encoding, const char *errors) {
  if (fcntl(descriptor, F_GETFD) < 0) return VALUE_NONE; // closed by whoever started us
  bool writing = descriptor != STDIN_FILENO;
  bool raw_access = runtime.unbuffered && writing;
  Value open = value_get_attribute_c(io, "open");
  Value open_arguments[4] = {value_from_small_int(descriptor), str_from_c(writing ? "wb" : "rb"),
                             value_from_small_int(raw_access ? 0 : -1), VALUE_FALSE};
  Value buffer = open && open_arguments[1]
                     ? keyword_call(open, open_arguments, 2, (const char *const[]){"buffering", "closefd", NULL})
                     : NULL;
  if (!buffer) return NULL;
  Value raw = raw_access ? buffer : value_get_attribute_c(buffer, "raw");
  if (!raw || !value_set_attribute_c(raw, "name", str_from_c(name))) return NULL;
  Value terminal = value_call_method_0(raw, "isatty");
  if (!terminal) return NULL;
  bool line_buffered = terminal == VALUE_TRUE || descriptor == STDERR_FILENO;
  Value wrapper = value_get_attribute_c(io, "TextIOWrapper");
  Value arguments[6] = {buffer,           str_from_c(encoding),           str_from_c(errors),
                        str_from_c("\n"), value_from_bool(line_buffered), value_from_bool(raw_access)};
  if (!wrapper || !arguments[1] || !arguments[2] || !arguments[3]) return NULL;
  if (!writing) arguments[3] = VALUE_NONE; // universal newlines on input
  Value stream =
      keyword_call(wrapper, arguments, 1,
                   (const char *const[]){"encoding", "errors", "newline", "line_buffering", "write_through", NULL});
  return stream && value_set_attribute_c(stream, "mode", str_from_c(writing ? "w" : "r")) ? stream : NULL;
}

static bool start_streams(void) {
  Value io = import_by_name("io");
  if (!io) return false;
  StreamConfiguration configuration = stream_configuration();
  static const struct {
    int descriptor;
    const char *name, *shown;
  } streams[] = {
      {STDIN_FILENO, "stdin", "<stdin>"}, {STDOUT_FILENO, "stdout", "<stdout>"}, {STDERR_FILENO, "stderr", "<stderr>"}};
  for (size_t i = 0; i < 3; i++) {
    const char *errors = streams[i].descriptor == STDERR_FILENO ? "backslashreplace" : configuration.errors;
    Value stream = open_stream(io, streams[i].descriptor, streams[i].shown, configuration.encoding, errors);
    char saved[16];
    snprintf(saved, sizeof saved, "__%s__", streams[i].name);
    if (!stream || !dict_set_c(runtime.sys_dict, streams[i].name, stream) ||
        !dict_set_c(runtime.sys_dict, saved, stream))
      return false;
  }
  Value open = value_get_attribute_c(io, "open");
  return open && dict_set_c(runtime.builtins, "open", open);
}

// ---- Start ----

static bool start_builtins(const SysConfiguration *configuration) {
  Value name = str_intern_c("builtins");
  Value module = name ? native_module_create(name) : NULL;
  if (!module) return false;
  runtime.builtins = module_dict(module);
  return runtime.builtins && sys_start(configuration) && dict_set(runtime.modules, name, module);
}

// PYTHONPATH goes to the front, Krait's own modules before the standard library's.
static bool extend_path(void) {
  Value path = dict_get_c(runtime.sys_dict, "path");
  Value own = str_from_c(own_library_path);
  if (!path || !own || (access(own_library_path, R_OK) == 0 && !list_insert(path, 1, own))) return false;
  const char *extra = runtime.ignore_environment ? NULL : getenv("PYTHONPATH");
  if (!extra || !*extra) return true;
  char *copy = strdup(extra), *rest = copy;
  ptrdiff_t at = 0;
  bool added = copy != NULL;
  for (char *entry; added && (entry = strsep(&rest, ":"));) {
    Value text = str_from_c(entry);
    added = text && list_insert(path, at++, text);
  }
  free(copy);
  return added;
}

static bool start_main_module(void) {
  Value name = str_intern_c("__main__");
  Value module = name ? module_new(name, NULL) : NULL;
  Value builtins = dict_get_c(runtime.modules, "builtins");
  return module && builtins && dict_set_name(module_dict(module), NAME(__builtins__), builtins) &&
         dict_set_c(module_dict(module), "__annotations__", dict_new()) && dict_set(runtime.modules, name, module);
}

static bool fail(const char *step) {
  fprintf(stderr, "Fatal Python error: %s\n", step);
  Value exception = exception_take();
  if (exception) exception_print(exception);
  return false;
}

bool vm_start(const CommandLine *line, char **original_arguments) {
  setlocale(LC_CTYPE, "");
  find_paths();
  if (runtime.hash_seed_random) {
    HashKey key = hash_key_random();
    runtime.hash_seed = (uint32_t)key.low;
  }
  frozen_start(frozen_path, library_path, runtime.frozen_modules);
  SysConfiguration configuration = {.executable = executable_path,
                                    .prefix = prefix_path,
                                    .library_path = library_path,
                                    .arguments = line->arguments,
                                    .original_arguments = original_arguments,
                                    .warning_options = line->warnings,
                                    .x_options = line->x_options,
                                    .debug = line->debug,
                                    .int_digit_flag = line->int_digit_flag,
                                    .pycache_prefix = line->pycache_prefix};
  runtime_start(line->gc_stress);
  heap_add_root_range(&runtime.builtins, 1);
  heap_add_root_range(&runtime.modules, 1);
  heap_add_root_range(&runtime.sys_dict, 1);
  heap_suspend_prompt(true);
  interpreter_start();
  runtime_hooks.import_module = import_statement;
  if (!start_builtins(&configuration) || !extend_path()) return fail("can't make the module sys");
  if (!import_start()) return fail("can't start the import system");
  if (!import_by_name("_signal")) return fail("can't import _signal"); // installs the handler of SIGINT
  if (!start_streams()) return fail("can't initialize sys standard streams");
  if (line->faulthandler && (!import_by_name("faulthandler") || !faulthandler_start()))
    return fail("can't start faulthandler");
  if (line->tracemalloc > 0) tracemalloc_start(line->tracemalloc);
  if (!start_main_module()) return fail("can't make the module __main__");
  if (line->warnings && !import_by_name("warnings")) return fail("can't import warnings");
  if (!runtime.no_site && !import_by_name("site")) return fail("Failed to import the site module");
  heap_settle_finalizable();
  heap_suspend_prompt(false);
  heap_add_root_range(&first_builtins, 1);
  first_builtins = dict_copy(runtime.builtins);
  return first_builtins || fail("out of memory");
}

// ---- End ----

// Calls `name` of an already imported module; failures are reported, not raised.
static void call_if_imported(const char *module_name, const char *name) {
  Value module = dict_get_c(runtime.modules, module_name);
  if (!module || module == VALUE_NONE) return;
  if (!value_call_method_0(module, name)) {
    if (exception_clear_if(CLASS_ATTRIBUTE_ERROR)) return;
    exception_write_unraisable(module, NULL);
  }
}

static bool flush_stream(const char *name) {
  Value stream = dict_get_c(runtime.sys_dict, name);
  if (!stream || stream == VALUE_NONE) return true;
  Value closed = value_get_attribute_c(stream, "closed");
  if (closed == VALUE_TRUE) return true;
  exception_clear();
  if (value_call_method_0(stream, "flush")) return true;
  if (strcmp(name, "stdout") == 0)
    exception_write_unraisable(stream, NULL);
  else
    exception_clear();
  return false;
}

// Is this a module of the program, and not of the library?
static bool module_is_of_program(Value name, Value module) {
  if (!value_is_str(name)) return false;
  if (str_equals_c(name, "__main__")) return true;
  Value file = value_is_module(module) ? dict_get_c(module_dict(module), "__file__") : NULL;
  const char *path = file && value_is_str(file) ? str_utf8(file, NULL) : NULL;
  if (!path) return false;
  return strncmp(path, library_path, strlen(library_path)) != 0 &&
         strncmp(path, own_library_path, strlen(own_library_path)) != 0;
}

// Takes out of `dict` what the program has put there under names of its own.
static void drop_additions(Value dict, bool (*is_original)(Value name)) {
  Value names = value_to_list(dict); // a copy: the dict changes below
  for (size_t i = 0; names && i < list_count(names); i++)
    if (!is_original(list_item(names, i))) dict_delete(dict, list_item(names, i));
  exception_clear();
}
static bool is_original_builtin(Value name) {
  return dict_get(first_builtins, name);
}
static bool is_no_module(Value name) {
  Value value = dict_get(runtime.sys_dict, name);
  return !value || !value_is_module(value);
}

// Lets go of what only the interpreter still holds of the program, so that it can be finalized: files left open are
// written, __del__ runs. The library's modules stay for the finalizers, which may need them.
static void drop_program(void) {
  static const char *const last[] = {"last_type", "last_value", "last_traceback"};
  for (size_t i = 0; i < sizeof last / sizeof *last; i++)
    if (dict_get_c(runtime.sys_dict, last[i]) && !dict_set_c(runtime.sys_dict, last[i], VALUE_NONE)) exception_clear();
  static const char *const streams[][2] = {{"stdin", "__stdin__"}, {"stdout", "__stdout__"}, {"stderr", "__stderr__"}};
  for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
    Value original = dict_get_c(runtime.sys_dict, streams[i][1]);
    if (original && !dict_set_c(runtime.sys_dict, streams[i][0], original)) exception_clear();
  }
  Value names = value_to_list(runtime.modules); // a copy: the dict changes below
  for (size_t i = 0; names && i < list_count(names); i++) {
    Value name = list_item(names, i), module = dict_get(runtime.modules, name);
    if (module && module_is_of_program(name, module)) dict_delete(runtime.modules, name);
  }
  drop_additions(runtime.builtins, is_original_builtin);
  drop_additions(runtime.sys_dict, is_no_module);
  exception_clear();
}

int vm_finish(int status) {
  call_if_imported("threading", "_shutdown");
  atexit_call_registered();
  bool flushed = flush_stream("stdout");
  flush_stream("stderr");
  // Daemon threads run on until the process ends, and still need their modules.
  if (thread_count() == 1) drop_program();
  runtime_finish();
  flushed = flush_stream("stdout") && flushed;
  flush_stream("stderr");
  return flushed ? status : 120;
}
