// The module _warnings: the fast part of warnings. The filters live in lists and dicts that the Python module shares
// (warnings.filters is this module's list), so that either may change them.
//
// Threads: the lists and registries are ordinary objects; a warning raced over by two threads may be shown twice, as in
// CPython.
#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/frame.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include <stdlib.h>

#include <stdio.h>

static struct {
  Value filters;        // list of (action, message, category, module, line)
  Value default_action; // str
  Value once_registry;  // dict
} state;
static _Atomic int64_t filters_version;

// The attribute of the Python module `warnings` if that has been imported, else zero. Never raises.
static Value warnings_attribute(const char *name, bool import) {
  Value module = dict_get_c(runtime.modules, "warnings");
  if (!module && import && !runtime.finalizing) {
    Value text = str_intern_c("warnings");
    module = text ? runtime_hooks.import_module(text, VALUE_NONE, VALUE_NONE, tuple_empty, 0) : NULL;
  }
  Value result = NULL;
  if (!module || module == VALUE_NONE || value_find_attribute(module, str_intern_c(name), &result) <= 0) {
    exception_clear();
    return NULL;
  }
  return result;
}

// ---- Filters ----

// Does a filter's message or module pattern (None, str or compiled regular expression) match?
static int pattern_matches(Value pattern, Value text) {
  if (pattern == VALUE_NONE) return 1;
  if (VALUE_IS_EXACT(pattern, STR)) return value_compare_truth(COMPARE_EQUAL, pattern, text);
  Value match = value_call_method_1(pattern, "match", text);
  return match ? value_truth(match) : -1;
}

// The action for a warning, a str; *item is the filter it comes from.
static Value find_action(Value category, Value text, int64_t line, Value module, Value *item) {
  // What the Python module had last stays in use when it has been deleted there.
  Value found = warnings_attribute("filters", false);
  if (found) state.filters = found;
  Value filters = state.filters;
  if (!value_is_list(filters)) return raise_value_error("_warnings.filters must be a list");
  for (size_t i = 0; i < list_count(filters); i++) {
    Value filter = list_item(filters, i);
    if (!filter || !value_is_tuple(filter) || tuple_count(filter) != 5)
      return raise_value_error("_warnings.filters item %zu isn't a 5-tuple", i);
    Value action = tuple_item(filter, 0);
    if (!value_is_str(action)) return raise_type_error("action must be a string, not '%.200T'", action);
    int fits = pattern_matches(tuple_item(filter, 1), text);
    if (fits > 0) fits = value_issubclass(category, tuple_item(filter, 2));
    if (fits > 0) fits = pattern_matches(tuple_item(filter, 3), module);
    if (fits < 0) return NULL;
    int64_t wanted;
    if (!value_as_int64(tuple_item(filter, 4), &wanted)) return NULL;
    if (fits && (wanted == 0 || wanted == line)) {
      *item = filter;
      return action;
    }
  }
  Value action = warnings_attribute("defaultaction", false);
  if (!action) action = state.default_action;
  if (!value_is_str(action)) return raise_type_error("warnings.defaultaction must be a string, not '%.200T'", action);
  *item = VALUE_NONE;
  return action;
}

// Was this shown before? Remembers it if `add`. Registries are emptied when the filters change. 1, 0, -1
static int already_warned(Value registry, Value key, bool add) {
  Value version_key = NAME(version);
  Value version = dict_get(registry, version_key);
  int64_t number;
  if (!version || !value_is_int(version) || !int_fits_int64(version, &number) || number != filters_version) {
    if (exception_pending()) return -1;
    dict_clear(registry);
    if (!dict_set(registry, version_key, int_from_int64(filters_version))) return -1;
  } else {
    Value seen = dict_get(registry, key);
    if (seen) {
      int truth = value_truth(seen);
      if (truth) return truth;
    } else if (exception_pending()) {
      return -1;
    }
  }
  return add && !dict_set(registry, key, VALUE_TRUE) ? -1 : 0;
}

// ---- Showing ----

// Line `number` of a file, without indentation and newline. Zero, and no exception, if it cannot be had.
static Value line_of_file(Value filename, int64_t number) {
  const char *path = value_is_str(filename) ? str_utf8(filename, NULL) : NULL;
  FILE *file = path ? fopen(path, "re") : NULL;
  exception_clear();
  if (!file) return NULL;
  char *line = NULL;
  size_t capacity = 0;
  ssize_t length = -1;
  for (int64_t i = 0; i < number && (i == 0 || length >= 0); i++) length = getline(&line, &capacity, file);
  fclose(file);
  const char *start = line;
  while (length > 0 && (*start == ' ' || *start == '\t' || *start == '\f')) start++, length--;
  if (length > 0 && start[length - 1] == '\n') length--;
  Value text = length > 0 ? str_from_utf8(start, (size_t)length) : NULL;
  free(line);
  exception_clear();
  return text;
}

// When the Python module cannot be had (start, shutdown): one line on stderr, and the source line.
static bool show_plain(Value filename, int64_t line, Value text, Value category, Value source_line) {
  Value file = dict_get_c(runtime.sys_dict, "stderr");
  if (!file || file == VALUE_NONE) return true;
  Value name = value_get_attribute(category, NAME(__name__));
  Value report = name ? str_format_c("%S:%lld: %S: %S\n", filename, (long long)line, name, text) : NULL;
  Value shown = source_line && source_line != VALUE_NONE ? source_line : report ? line_of_file(filename, line) : NULL;
  if (shown) report = str_format_c("%S  %S\n", report, shown);
  if (!report || !value_call_method_1(file, "write", report)) exception_clear();
  return true;
}

static bool show(Value category, Value text, Value message, Value filename, int64_t line, Value source_line,
                 Value source) {
  Value function = warnings_attribute("_showwarnmsg", source != NULL);
  Value class = function ? warnings_attribute("WarningMessage", false) : NULL;
  if (!function || !class) return show_plain(filename, line, text, category, source_line);
  Value operands[7] = {message,
                       category,
                       filename,
                       int_from_int64(line),
                       VALUE_NONE,
                       source_line ? source_line : VALUE_NONE,
                       source ? source : VALUE_NONE};
  Value report = operands[3] ? value_call(class, operands, 7, NULL) : NULL;
  return report && value_call_1(function, report);
}

// Issues a warning whose place is known. False: an exception is pending.
static bool issue(Value category, Value message, Value filename, int64_t line, Value module, Value registry,
                  Value source_line, Value source) {
  if (!module) {
    size_t length = str_length(filename);
    if (length == 0) {
      module = str_from_c("<unknown>");
    } else {
      bool python = length >= 3 && str_equals_c(str_substring(filename, length - 3, length), ".py");
      module = python ? str_substring(filename, 0, length - 3) : filename;
    }
    if (!module) return false;
  }
  Value text;
  if (value_is_instance(message, BUILTIN(WARNING))) {
    text = value_str(message);
    category = value_from_cell(value_class(message));
  } else {
    text = message;
    message = value_call_1(category, message);
  }
  Value key = text && message ? tuple_of(3, text, category, int_from_int64(line)) : NULL;
  if (!key) return false;
  bool has_registry = registry && registry != VALUE_NONE;
  if (has_registry) {
    int seen = already_warned(registry, key, false);
    if (seen) return seen > 0;
  }
  Value item = NULL;
  Value action = find_action(category, text, line, module, &item);
  if (!action) return false;
  if (str_equals_c(action, "error")) {
    raise_object(message);
    return false;
  }
  if (str_equals_c(action, "ignore")) return true;
  int seen = 0;
  if (!str_equals_c(action, "always")) {
    if (has_registry && !dict_set(registry, key, VALUE_TRUE)) return false;
    if (str_equals_c(action, "once")) {
      Value found = warnings_attribute("onceregistry", false);
      if (found) state.once_registry = found;
      Value once = state.once_registry;
      if (!value_is_dict(once)) {
        raise_type_error("_warnings.onceregistry must be a dict, not '%.200T'", once);
        return false;
      }
      Value short_key = tuple_of(2, text, category);
      seen = short_key ? already_warned(once, short_key, true) : -1;
    } else if (str_equals_c(action, "module")) {
      Value short_key = tuple_of(3, text, category, value_from_small_int(0));
      seen = !short_key ? -1 : has_registry ? already_warned(registry, short_key, true) : 0;
    } else if (!str_equals_c(action, "default")) {
      raise(CLASS_RUNTIME_ERROR, "Unrecognized action (%R) in warnings.filters:\n %R", action, item);
      return false;
    }
  }
  if (seen) return seen > 0;
  return show(category, text, message, filename, line, source_line, source);
}

// ---- Where a warning belongs ----

static bool is_internal(const Frame *frame) {
  Value filename = frame->code->filename;
  Value importlib = NAME(importlib), bootstrap = NAME(_bootstrap);
  return str_find(filename, importlib, 0, PTRDIFF_MAX) >= 0 && str_find(filename, bootstrap, 0, PTRDIFF_MAX) >= 0;
}
static Frame *next_external(Frame *frame) {
  do frame = frame_skip_entries(frame->previous);
  while (frame && is_internal(frame));
  return frame;
}

static bool find_place(ptrdiff_t level, Value *filename, int64_t *line, Value *module, Value *registry) {
  Frame *frame = frame_skip_entries(thread_current()->frame);
  if (level <= 0 || (frame && is_internal(frame))) {
    while (--level > 0 && frame) frame = frame_skip_entries(frame->previous);
  } else {
    while (--level > 0 && frame) frame = next_external(frame);
  }
  Value globals = frame ? frame->globals : runtime.sys_dict;
  *filename = frame ? frame->code->filename : str_from_c("sys");
  *line = frame ? frame_line(frame) : 1;
  if (!*filename) return false;
  *registry = dict_get_name(globals, NAME(__warningregistry__));
  if (!*registry) {
    *registry = dict_new();
    if (!*registry || !dict_set_name(globals, NAME(__warningregistry__), *registry)) return false;
  }
  Value name = dict_get_name(globals, NAME(__name__));
  *module = name && (name == VALUE_NONE || value_is_str(name)) ? name : str_from_c("<string>");
  return *module != NULL;
}

// The category to use: given, or that of a Warning instance, or UserWarning.
static Value find_category(Value message, Value category) {
  if (value_is_instance(message, BUILTIN(WARNING))) return value_from_cell(value_class(message));
  if (!category || category == VALUE_NONE) return value_from_cell(BUILTIN(USER_WARNING));
  if (!value_is_class(category) || !class_is_subclass(value_as_class(category), BUILTIN(WARNING)))
    return raise_type_error("category must be a Warning subclass, not '%T'", category);
  return category;
}

static Value warnings_warn(Value message, Value category, Value stack_level, Value source) {
  ptrdiff_t level = 1;
  if (stack_level && !value_as_size(stack_level, &level, CLASS_OVERFLOW_ERROR)) return NULL;
  category = find_category(message, category);
  Value filename, module, registry;
  int64_t line;
  if (!category || !find_place(level, &filename, &line, &module, &registry)) return NULL;
  return issue(category, message, filename, line, module, registry, NULL, source) ? VALUE_NONE : NULL;
}

// The source line as the module's loader gives it, for zip files and the like.
static Value line_from_loader(Value globals, int64_t line) {
  Value loader = dict_get_name(globals, NAME(__loader__)), name = dict_get_name(globals, NAME(__name__)), method;
  if (!loader || !name) return VALUE_NONE;
  int found = value_find_attribute(loader, NAME(get_source), &method);
  if (found <= 0) return found < 0 ? NULL : VALUE_NONE;
  Value source = value_call_1(method, name);
  if (!source || source == VALUE_NONE) return source;
  Value lines = value_call_method_0(source, "splitlines");
  if (!lines) return NULL;
  Value result = value_is_list(lines) && line > 0 ? list_item(lines, (size_t)line - 1) : NULL;
  return result ? result : VALUE_NONE;
}

static Value warnings_warn_explicit(Value *arguments) {
  Value message = arguments[0], category = arguments[1], filename = arguments[2], module = arguments[4],
        registry = arguments[5];
  Value globals = arguments[6], source = arguments[7];
  int64_t line;
  if (!value_is_str(filename))
    return raise_type_error("warn_explicit() argument 'filename' must be str, not %T", filename);
  if (!value_as_int64(arguments[3], &line)) return NULL;
  if (registry && registry != VALUE_NONE && !value_is_dict(registry))
    return raise_type_error("'registry' must be a dict or None");
  Value source_line = NULL;
  if (globals && globals != VALUE_NONE) {
    if (!value_is_dict(globals)) return raise_type_error("module_globals must be a dict, not '%.200T'", globals);
    source_line = line_from_loader(globals, line);
    if (!source_line) return NULL;
    if (source_line == VALUE_NONE) source_line = NULL;
  }
  return issue(category, message, filename, line, module == VALUE_NONE ? NULL : module, registry, source_line, source)
             ? VALUE_NONE
             : NULL;
}

static Value filters_mutated(void) {
  filters_version++;
  return VALUE_NONE;
}

static const NativeMethod warnings_functions[] = {
    NATIVE("warn", warnings_warn, "(message, category=None, stacklevel=1, source=None)", "Issue a warning."),
    NATIVE("warn_explicit", warnings_warn_explicit,
           "(message, category, filename, lineno, module=None, registry=None, module_globals=None, source=None)",
           "Issue a warning for a given place."),
    NATIVE("_filters_mutated", filters_mutated, "()", "Tell that the filters have changed."),
    {}};

static bool add_filter(const char *action, ClassId category, const char *module) {
  Value module_name = module ? str_from_c(module) : VALUE_NONE;
  Value filter = module_name ? tuple_of(5, str_intern_c(action), VALUE_NONE, value_from_cell(builtin_classes[category]),
                                        module_name, value_from_small_int(0))
                             : NULL;
  return filter && list_append(state.filters, filter);
}

static bool warnings_initialize(Value module) {
  heap_add_root_range((Value *)&state, sizeof state / sizeof(Value));
  state.filters = list_new(NULL, 0);
  state.default_action = str_intern_c("default");
  state.once_registry = dict_new();
  return state.filters && state.default_action && state.once_registry &&
         add_filter("default", CLASS_DEPRECATION_WARNING, "__main__") &&
         add_filter("ignore", CLASS_DEPRECATION_WARNING, NULL) &&
         add_filter("ignore", CLASS_PENDING_DEPRECATION_WARNING, NULL) &&
         add_filter("ignore", CLASS_IMPORT_WARNING, NULL) && add_filter("ignore", CLASS_RESOURCE_WARNING, NULL) &&
         module_add(module, "filters", state.filters) && module_add(module, "_onceregistry", state.once_registry) &&
         module_add(module, "_defaultaction", state.default_action);
}

const NativeModule warnings_module = {.name = "_warnings",
                                      .doc = "The fast part of warnings.",
                                      .functions = warnings_functions,
                                      .initialize = warnings_initialize};
