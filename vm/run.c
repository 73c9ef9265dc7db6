// Running the main program. Whatever it is, it runs in the module __main__; its exceptions end here.
#include "vm/run.h"
#include "runtime/heap/heap.h"
#include "runtime/module/sys.h"
#include "runtime/module/system.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/module.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include "runtime/support/signals.h"
#include "vm/compile_source.h"
#include "vm/import.h"
#include "vm/jit_hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static Value main_dict(void) {
  Value module = dict_get_c(runtime.modules, "__main__");
  return module ? module_dict(module) : raise(CLASS_RUNTIME_ERROR, "lost __main__");
}

// ---- Exit status ----

// Prints the pending exception, or for SystemExit finds the status it carries.
static int finish_exception(void) {
  Value exception = exception_take();
  if (!value_is_instance(exception, BUILTIN(SYSTEM_EXIT))) {
    Value hook = dict_get_c(runtime.sys_dict, "excepthook");
    Exception *object = (Exception *)value_cell(exception);
    Value traceback = object->traceback ? object->traceback : VALUE_NONE;
    dict_set_c(runtime.sys_dict, "last_type", value_from_cell(value_class(exception)));
    dict_set_c(runtime.sys_dict, "last_value", exception);
    dict_set_c(runtime.sys_dict, "last_traceback", traceback);
    if (!hook || !value_call_3(hook, value_from_cell(value_class(exception)), exception, traceback)) {
      Value second = exception_take();
      Value file = dict_get_c(runtime.sys_dict, "stderr");
      if (second && value_is_instance(second, BUILTIN(SYSTEM_EXIT))) {
        exception_restore(second);
        return finish_exception();
      }
      if (second && file && file != VALUE_NONE) {
        value_call_method_1(file, "write", str_from_c("Error in sys.excepthook:\n"));
        exception_clear();
        exception_print(second);
        value_call_method_1(file, "write", str_from_c("\nOriginal exception was:\n"));
        exception_clear();
      }
      exception_print(exception);
    }
    exception_clear();
    if (value_is_instance(exception, BUILTIN(KEYBOARD_INTERRUPT))) return 128 + SIGINT;
    return 1;
  }
  Value code = value_get_attribute_c(exception, "code");
  if (!code) {
    exception_clear();
    return 1;
  }
  if (code == VALUE_NONE) return 0;
  if (value_is_int(code)) {
    int64_t number;
    return int_fits_int64(code, &number) ? (int)(number & 0xff) : 255;
  }
  Value file = dict_get_c(runtime.sys_dict, "stderr"), text = value_str(code);
  Value line = text ? str_format_c("%U\n", text) : NULL;
  if (file && file != VALUE_NONE && line) value_call_method_1(file, "write", line);
  exception_clear();
  return 1;
}

// ---- Ways to run ----

static bool run_source(Value source, Value filename) {
  Value globals = main_dict();
  int flags = value_is_bytes(source) ? COMPILE_FROM_FILE : 0;
  Value code = globals ? runtime_hooks.compile(source, filename, "exec", flags, true, -1, -1) : NULL;
  return code && runtime_hooks.run_code(code, globals, globals, NULL);
}

static bool run_module(const char *name, bool set_argument) {
  Value runpy = import_by_name("runpy");
  Value text = str_from_c(name);
  return runpy && text && value_call_method_2(runpy, "_run_module_as_main", text, value_from_bool(set_argument));
}

static bool insert_path(Value entry) {
  Value path = dict_get_c(runtime.sys_dict, "path");
  return entry && path && value_is_list(path) && list_insert(path, 0, entry);
}

// All of a descriptor as bytes.
static Value read_all(int descriptor) {
  Value buffer = bytearray_new(NULL, 0);
  size_t filled = 0;
  while (buffer) {
    if (!bytearray_resize(buffer, filled + 65536)) return NULL;
    uint8_t *data = bytearray_data(buffer);
    ssize_t count;
    BLOCKING(count = read(descriptor, data + filled, 65536));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return raise_os_error(errno, NULL);
    if (count == 0) break;
    filled += (size_t)count;
  }
  return buffer ? bytes_new(bytearray_data(buffer), filled) : NULL;
}

static bool set_main_loader(Value globals, Value filename) {
  Value external = dict_get_c(runtime.modules, "_frozen_importlib_external");
  Value loader = external ? value_get_attribute_c(external, "SourceFileLoader") : NULL;
  Value instance = loader ? value_call_2(loader, NAME(__main__), filename) : NULL;
  return instance && dict_set_name(globals, NAME(__loader__), instance) &&
         dict_set_name(globals, NAME(__file__), filename) && dict_set_c(globals, "__cached__", VALUE_NONE);
}

// Is there an importer for the path itself (a folder or zip file)?
static int path_has_importer(Value path) {
  Value pkgutil_hooks = dict_get_c(runtime.sys_dict, "path_hooks");
  for (size_t i = 0; pkgutil_hooks && i < list_count(pkgutil_hooks); i++) {
    if (value_call_1(list_item(pkgutil_hooks, i), path)) return 1;
    if (!exception_clear_if(CLASS_IMPORT_ERROR)) return -1;
  }
  return 0;
}

// The path as __file__ shows it: absolute, otherwise as it was given.
static Value absolute_path(const char *path) {
  char folder[PATH_MAX];
  if (path[0] == '/' || !getcwd(folder, sizeof folder)) return str_from_c(path);
  return str_format_c("%s/%s", folder, path);
}

static bool run_file(const CommandLine *line, int *status) {
  Value filename = absolute_path(line->target);
  if (!filename) return false;
  struct stat information;
  if (stat(line->target, &information) < 0) {
    int error = errno;
    Value shown = value_repr(filename);
    fprintf(stderr, "%s: can't open file %s: [Errno %d] %s\n",
            str_utf8(dict_get_c(runtime.sys_dict, "executable"), NULL), shown ? str_utf8(shown, NULL) : line->target,
            error, strerror(error));
    *status = 2;
    return true;
  }
  int importer = path_has_importer(filename);
  if (importer < 0) return false;
  if (importer) {
    if (!insert_path(filename)) return false;
    return run_module("__main__", false);
  }
  int descriptor = open(line->target, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    int error = errno;
    fprintf(stderr, "%s: can't open file '%s': [Errno %d] %s\n",
            str_utf8(dict_get_c(runtime.sys_dict, "executable"), NULL), str_utf8(filename, NULL), error,
            strerror(error));
    *status = 2;
    return true;
  }
  Value source = read_all(descriptor);
  close(descriptor);
  if (!source) return false;
  if (!runtime.safe_path) {
    char resolved[PATH_MAX];
    if (!realpath(line->target, resolved)) snprintf(resolved, sizeof resolved, "%s", line->target);
    char *slash = strrchr(resolved, '/');
    if (slash) *(slash == resolved ? slash + 1 : slash) = 0;
    if (!insert_path(str_from_c(slash ? resolved : ""))) return false;
  }
  if (line->skip_first_line) {
    const Bytes *bytes = value_as_bytes(source);
    const uint8_t *newline = memchr(bytes->data, '\n', bytes->length);
    if (newline) source = bytes_new(newline, bytes->length - (size_t)(newline - bytes->data)); // keeps line numbers
    if (!source) return false;
  }
  Value globals = main_dict();
  return globals && set_main_loader(globals, filename) && run_source(source, filename);
}

static bool run_standard_input(void) {
  Value source = read_all(STDIN_FILENO), filename = str_from_c("<stdin>");
  return source && filename && (runtime.safe_path || insert_path(str_from_c(""))) && run_source(source, filename);
}

// What a session begins with: PYTHONSTARTUP, and site's hook, which sets up history and completion. Failures are
// reported, no more.
static void prepare_console(bool runs_startup) {
  const char *path = runs_startup && !runtime.ignore_environment ? getenv("PYTHONSTARTUP") : NULL;
  int descriptor = path && *path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (descriptor >= 0) {
    Value source = read_all(descriptor), filename = path_decode_c(path);
    close(descriptor);
    if (!source || !filename || !run_source(source, filename)) exception_print(exception_take());
  } else if (path && *path) {
    fprintf(stderr, "Could not open PYTHONSTARTUP\n%s: %s\n", path, strerror(errno));
  }
  Value hook = dict_get_c(runtime.sys_dict, "__interactivehook__");
  if (!hook || value_call_0(hook)) return;
  fputs("Failed calling sys.__interactivehook__\n", stderr);
  exception_print(exception_take());
}

// An interactive session in __main__, by the standard library's console. `runs_startup`: no program ran before.
static bool run_console(bool runs_startup) {
  prepare_console(runs_startup);
  Value code = import_by_name("code");
  Value version = dict_get_c(runtime.sys_dict, "version");
  Value banner = runtime.quiet ? str_from_c("") : version ? str_format_c("Krait, Python %U on linux", version) : NULL;
  Value class = code ? value_get_attribute_c(code, "InteractiveConsole") : NULL, namespace_dict = main_dict();
  Value filename = str_from_c("<stdin>"), farewell = str_from_c("");
  if (!class || !banner || !namespace_dict || !filename || !farewell) return false;
  Value console = value_call_2(class, namespace_dict, filename);
  return console && value_call_method_2(console, "interact", banner, farewell);
}

int vm_run(const CommandLine *line) {
  heap_prompt_begin();
  jit_begin();
  bool succeeded = false;
  int status = 0;
  bool on_terminal = isatty(STDIN_FILENO);
  switch (line->kind) {
  case RUN_COMMAND: {
    Value filename = str_from_c("<string>"), source = path_decode_c(line->target);
    if (source && !str_utf8(source, NULL)) fputs("Unable to decode the command from the command line:\n", stderr);
    Value with_newline = source && !exception_pending() ? str_format_c("%U\n", source) : NULL;
    succeeded = with_newline && filename && (runtime.safe_path || insert_path(str_from_c(""))) &&
                run_source(with_newline, filename);
    break;
  }
  case RUN_MODULE: {
    char folder[PATH_MAX];
    succeeded = (runtime.safe_path || !getcwd(folder, sizeof folder) || insert_path(str_from_c(folder))) &&
                run_module(line->target, true);
    break;
  }
  case RUN_FILE:
    succeeded = run_file(line, &status);
    break;
  case RUN_STANDARD_INPUT:
  case RUN_INTERACTIVE:
    if (on_terminal || (line->kind == RUN_INTERACTIVE && line->interactive_after))
      return (runtime.safe_path || insert_path(str_from_c(""))) && run_console(true) ? 0 : finish_exception();
    succeeded = run_standard_input();
    break;
  }
  if (!succeeded) status = finish_exception();
  if (line->interactive_after || getenv("PYTHONINSPECT")) {
    if (!run_console(false)) status = finish_exception();
  }
  return status;
}
