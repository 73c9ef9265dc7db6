// Printing an uncaught exception.
//
// The text is made by the standard library's traceback module, so that there is one source of the format; hints for
// misspelt names are added here. When that module cannot be had or fails (start-up, exhausted memory, a broken
// sys.path), a plain report without source lines is written instead: an error never goes unreported.
#include "runtime/heap/heap.h"
#include "runtime/module/sys.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/frame.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/object/suggestion.h"
#include "runtime/runtime.h"

#include <stdio.h>
#include <stdlib.h>

static void write_to(Value file, Value text) {
  if (text && file && file != VALUE_NONE) {
    if (value_call_method_1(file, "write", text)) return;
  } else if (text) { // no sys.stderr any more: the descriptor itself
    size_t length;
    char *bytes = str_wtf8(text, &length);
    if (bytes) fwrite(bytes, 1, length, stderr);
    free(bytes);
  }
  exception_clear();
}

// ---- The plain report ----

static void write_plain(Value file, Value exception) {
  Value traceback = ((Exception *)value_cell(exception))->traceback;
  if (traceback) write_to(file, str_from_c("Traceback (most recent call last):\n"));
  for (; traceback; traceback = ((Traceback *)value_cell(traceback))->next) {
    const Traceback *entry = (Traceback *)value_cell(traceback);
    const Code *code = value_as_code(((FrameObject *)value_cell(entry->frame))->code);
    Value line = value_get_attribute_c(traceback, "tb_lineno");
    if (line) write_to(file, str_format_c("  File \"%U\", line %S, in %U\n", code->filename, line, code->name));
  }
  Value text = value_str(exception);
  if (!text) {
    exception_clear();
    text = str_from_c("<exception str() failed>");
  }
  if (text && str_length(text))
    write_to(file, str_format_c("%T: %U\n", exception, text));
  else
    write_to(file, str_format_c("%T\n", exception));
}

// ---- The full report ----

// Appends hints to the texts of a TracebackException and of those it is chained to.
static bool add_suggestions(Value report, Value exception, int depth) {
  if (report == VALUE_NONE || !report || depth > 100) return report != NULL;
  Value name = suggestion_for(exception);
  if (name != VALUE_MISSING) {
    Value text = value_get_attribute_c(report, "_str");
    Value hinted = text ? str_format_c("%S. Did you mean: '%U'?", text, name) : NULL;
    if (!hinted || !value_set_attribute_c(report, "_str", hinted)) return false;
  }
  const Exception *object = (Exception *)value_cell(exception);
  if (object->cause && !add_suggestions(value_get_attribute_c(report, "__cause__"), object->cause, depth + 1))
    return false;
  if (object->context && !add_suggestions(value_get_attribute_c(report, "__context__"), object->context, depth + 1))
    return false;
  return true;
}

// Bounds the carets below the line of a syntax error: one at least, none behind the end of the line.
static bool fit_carets(Value report, Value exception) {
  if (!value_is_instance(exception, BUILTIN(SYNTAX_ERROR))) return true;
  Value text = value_get_attribute_c(exception, "text"), end = value_get_attribute_c(exception, "end_offset"),
        start = value_get_attribute_c(exception, "offset");
  if (!text || !end || !start) return false;
  int64_t first, last;
  if (!value_is_str(text) || !value_is_int(start) || !value_is_int(end) || !int_fits_int64(start, &first) ||
      !int_fits_int64(end, &last))
    return true;
  int64_t most = (int64_t)str_length(text) + 1;
  int64_t fitting = last > most ? most : last;
  if (fitting <= first) fitting = first; // the report then shows one
  return fitting == last || value_set_attribute_c(report, "end_offset", int_from_int64(fitting));
}

// sys.tracebacklimit as the traceback module's limit: the innermost entries are shown, which is a negative number
// there.
static Value traceback_limit(void) {
  Value limit = dict_get_c(runtime.sys_dict, "tracebacklimit");
  int64_t number;
  if (!limit || !value_is_int(limit)) return VALUE_NONE;
  if (!int_fits_int64(limit, &number)) return int_sign(limit) < 0 ? value_from_small_int(0) : VALUE_NONE;
  return number <= 0 ? value_from_small_int(0) : int_from_int64(-number);
}

static bool write_full(Value file, Value exception) {
  Value module_name = str_from_c("traceback");
  Value module = module_name ? runtime_hooks.import_module(module_name, VALUE_NONE, VALUE_NONE, tuple_empty, 0) : NULL;
  Value class = module ? value_get_attribute_c(module, "TracebackException") : NULL;
  if (!class) return false;
  Value traceback = ((Exception *)value_cell(exception))->traceback;
  Value limit = traceback_limit();
  if (limit == value_from_small_int(0)) traceback = NULL;
  Value names[2] = {str_intern_c("compact"), str_intern_c("limit")};
  Value keywords = names[0] && names[1] ? tuple_new(names, 2) : NULL;
  Value operands[5] = {value_from_cell(value_class(exception)), exception, traceback ? traceback : VALUE_NONE,
                       VALUE_TRUE, limit};
  Value report = keywords ? value_call(class, operands, 3, keywords) : NULL;
  if (!report || !fit_carets(report, exception) || !add_suggestions(report, exception, 0)) return false;
  Value lines = value_call_method_0(report, "format");
  Value list = lines ? value_to_list(lines) : NULL;
  if (!list) return false;
  for (size_t i = 0; i < list_count(list); i++) write_to(file, value_str(list_item(list, i)));
  return true;
}

void exception_print(Value exception) {
  Value file = runtime.sys_dict ? dict_get_c(runtime.sys_dict, "stderr") : NULL;
  if (file == VALUE_NONE) return; // the user wants no reports
  exception_print_to(file, exception);
}

void exception_print_to(Value file, Value exception) {
  Thread *thread = thread_current();
  Value handled = thread->handled;
  thread->handled = NULL;
  if (!runtime_hooks.import_module || !write_full(file, exception)) {
    exception_clear();
    write_plain(file, exception);
  }
  thread->handled = handled;
  if (file && !value_call_method_0(file, "flush")) exception_clear();
}
