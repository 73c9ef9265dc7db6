// The sys module: functions. Constants stand in sys_info.c, the printing of uncaught exceptions in exception_print.c.
//
// Threads: settings are single words. Trace functions, contexts and exceptions in flight belong to the calling thread.
#include "runtime/module/sys.h"
#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/frame.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/object/struct_sequence.h"
#include "runtime/runtime.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Value or_none(Value value) {
  return value ? value : VALUE_NONE;
}
static Value sys_get(const char *name) {
  return dict_get_c(runtime.sys_dict, name);
}

// ---- Exceptions ----

static Value sys_exc_info(void) {
  Value handled = thread_current()->handled;
  if (!handled) return tuple_of(3, VALUE_NONE, VALUE_NONE, VALUE_NONE);
  Value traceback = gc_load(&((Exception *)value_cell(handled))->traceback);
  return tuple_of(3, value_from_cell(value_class(handled)), handled, or_none(traceback));
}
static Value sys_exception(void) {
  return or_none(thread_current()->handled);
}

static Value sys_exit(Value status) {
  Value class = value_from_cell(BUILTIN(SYSTEM_EXIT));
  // A tuple gives the arguments, as everywhere where classes are called with an exception value.
  Value exception = !status || status == VALUE_NONE ? value_call_0(class)
                    : value_is_tuple(status)        ? value_call_tuple(class, status, NULL)
                                                    : value_call_1(class, status);
  return exception ? raise_object(exception) : NULL;
}

static Value sys_excepthook([[maybe_unused]] Value type, Value value, Value traceback) {
  if (!value_is_exception(value)) {
    Value file = sys_get("stderr");
    Value text = str_format_c("TypeError: print_exception(): Exception expected for value, %T found\n", value);
    if (!text) return NULL;
    return file && file != VALUE_NONE && !value_call_method_1(file, "write", text) ? NULL : VALUE_NONE;
  }
  Exception *exception = (Exception *)value_cell(value);
  if (traceback != VALUE_NONE && VALUE_IS_EXACT(traceback, TRACEBACK) && !exception->traceback)
    gc_store(exception, &exception->traceback, traceback);
  exception_print(value);
  return VALUE_NONE;
}

static bool write_text(Value file, Value text) {
  if (text && value_call_method_1(file, "write", text)) return true;
  exception_clear();
  return false;
}

// Prints "MESSAGE: OBJECT", the traceback and the exception; failures in between are dropped, since there is nobody to
// tell.
static Value sys_unraisablehook(Value information) {
  Value file = sys_get("stderr");
  if (!file || file == VALUE_NONE) return VALUE_NONE;
  Value value = value_get_attribute_c(information, "exc_value"),
        message = value_get_attribute_c(information, "err_msg");
  Value object = value_get_attribute_c(information, "object");
  if (!value || !message || !object) return NULL;
  if (object != VALUE_NONE) {
    Value shown = value_repr(object);
    if (!shown) {
      exception_clear();
      shown = str_from_c("<object repr() failed>");
    }
    if (message != VALUE_NONE)
      write_text(file, str_format_c("%S: %S\n", message, shown));
    else
      write_text(file, str_format_c("Exception ignored in: %S\n", shown));
  } else if (message != VALUE_NONE) {
    write_text(file, str_format_c("%S:\n", message));
  }
  if (value_is_exception(value)) exception_print(value);
  if (!value_call_method_0(file, "flush")) exception_clear();
  return VALUE_NONE;
}

// ---- Display and debugging ----

Value sys_display(Value value) {
  if (value == VALUE_NONE) return VALUE_NONE;
  if (!runtime.builtins) return raise(CLASS_RUNTIME_ERROR, "lost builtins module");
  if (!dict_set_c(runtime.builtins, "_", VALUE_NONE)) return NULL;
  Value file = sys_get("stdout");
  if (!file || file == VALUE_NONE) return raise(CLASS_RUNTIME_ERROR, "lost sys.stdout");
  Value text = value_repr(value);
  if (!text) return NULL;
  if (!value_call_method_1(file, "write", text)) {
    if (!exception_clear_if(CLASS_UNICODE_ENCODE_ERROR)) return NULL;
    // What the file cannot encode is shown escaped.
    Value encoding = value_get_attribute_c(file, "encoding");
    Value bytes = encoding ? value_call_method_2(text, "encode", encoding, str_from_c("backslashreplace")) : NULL;
    Value again = bytes ? value_call_method_2(bytes, "decode", encoding, str_from_c("strict")) : NULL;
    if (!again || !value_call_method_1(file, "write", again)) return NULL;
  }
  Value newline = str_from_c("\n");
  if (!newline || !value_call_method_1(file, "write", newline)) return NULL;
  return dict_set_c(runtime.builtins, "_", value) ? VALUE_NONE : NULL;
}

static Value sys_breakpointhook([[maybe_unused]] Value self, Value *arguments, size_t count, Value keyword_names) {
  const char *target = runtime.ignore_environment ? NULL : getenv("PYTHONBREAKPOINT");
  if (!target || !*target) target = "pdb.set_trace";
  if (strcmp(target, "0") == 0) return VALUE_NONE;
  const char *dot = strrchr(target, '.');
  Value module_name = dot ? str_from_utf8(target, (size_t)(dot - target)) : str_from_c("builtins");
  Value import = module_name ? dict_get_c(runtime.builtins, "__import__") : NULL;
  Value attribute = str_from_c(dot ? dot + 1 : target);
  Value module = NULL, hook = NULL;
  bool importable = dot != target; // ".name" has no module
  if (importable && import && attribute) {
    Value from = tuple_new(&attribute, 1);
    Value operands[5] = {module_name, VALUE_NONE, VALUE_NONE, from, value_from_small_int(0)};
    module = from ? value_call(import, operands, 5, NULL) : NULL;
    hook = module ? value_get_attribute(module, attribute) : NULL;
  }
  if (!hook) {
    if (importable && !exception_clear_if(CLASS_IMPORT_ERROR) && !exception_clear_if(CLASS_ATTRIBUTE_ERROR))
      return NULL;
    return warn(CLASS_RUNTIME_WARNING, 0, "Ignoring unimportable $PYTHONBREAKPOINT: \"%s\"", target) ? VALUE_NONE
                                                                                                     : NULL;
  }
  return value_call(hook, arguments, count, keyword_names);
}

static Value sys_settrace(Value function) {
  thread_current()->trace_function = function == VALUE_NONE ? NULL : function;
  runtime_hooks.tracing_changed();
  return VALUE_NONE;
}
static Value sys_gettrace(void) {
  return or_none(thread_current()->trace_function);
}
static Value sys_setprofile(Value function) {
  thread_current()->profile_function = function == VALUE_NONE ? NULL : function;
  runtime_hooks.tracing_changed();
  return VALUE_NONE;
}
static Value sys_getprofile(void) {
  return or_none(lsprof_shown(thread_current()->profile_function));
}

static Value sys_call_tracing(Value function, Value arguments) {
  if (!value_is_tuple(arguments))
    return raise_type_error("call_tracing() argument 2 must be tuple, not %.50T", arguments);
  Thread *thread = thread_current();
  bool tracing = thread->tracing;
  thread->tracing = false;
  Value result = value_call_tuple(function, arguments, NULL);
  thread->tracing = tracing;
  return result;
}

static Value sys_getframe(Value depth_value) {
  int depth = 0;
  if (depth_value && !value_as_int(depth_value, &depth)) return NULL;
  Frame *frame = frame_skip_entries(thread_current()->frame);
  while (frame && depth-- > 0) frame = frame_skip_entries(frame->previous);
  return frame ? frame_get_object(frame) : raise_value_error("call stack is not deep enough");
}

typedef struct FrameCollection {
  Value dict;
  bool exceptions; // collect what each thread handles, not where it is
} FrameCollection;
static void collect_thread(Thread *thread, void *context) {
  FrameCollection *collection = context;
  Value key = int_from_uint64(thread->identity), value = NULL;
  if (collection->exceptions) {
    const Exception *handled = thread->handled ? (Exception *)value_cell(thread->handled) : NULL;
    value = handled ? tuple_of(3, value_from_cell(value_class(thread->handled)), thread->handled,
                               or_none(handled->traceback))
                    : tuple_of(3, VALUE_NONE, VALUE_NONE, VALUE_NONE);
  } else {
    Frame *frame = frame_skip_entries(thread->frame);
    value = frame ? frame_get_object(frame) : NULL;
  }
  if (collection->dict && key && value && !dict_set(collection->dict, key, value)) collection->dict = NULL;
}
static Value collect_threads(bool exceptions) {
  FrameCollection collection = {dict_new(), exceptions};
  world_stop();
  thread_each(collect_thread, &collection);
  world_start();
  return collection.dict;
}
static Value sys_current_frames(void) {
  return collect_threads(false);
}
static Value sys_current_exceptions(void) {
  return collect_threads(true);
}

// ---- Settings ----

static Value sys_getrecursionlimit(void) {
  return value_from_small_int(runtime.recursion_limit);
}
static Value sys_setrecursionlimit(Value limit_value) {
  int limit;
  if (!value_as_int(limit_value, &limit)) return NULL;
  if (limit < 1) return raise_value_error("recursion limit must be greater or equal than 1");
  int depth = thread_current()->recursion_depth;
  if (depth >= limit)
    return raise(CLASS_RECURSION_ERROR,
                 "cannot set the recursion limit to %d at the recursion depth %d: the limit is too low", limit, depth);
  runtime.recursion_limit = limit;
  return VALUE_NONE;
}

static double switch_interval = 0.005; // kept for programs that set it; threads run at the same time here
static Value sys_getswitchinterval(void) {
  return float_from_double(switch_interval);
}
static Value sys_setswitchinterval(Value interval) {
  double seconds;
  if (!value_as_double(interval, &seconds)) return NULL;
  if (!(seconds > 0)) return raise_value_error("switch interval must be strictly positive");
  switch_interval = seconds;
  return VALUE_NONE;
}

static Value sys_get_int_max_str_digits(void) {
  return value_from_small_int(runtime.int_digit_limit);
}
static Value sys_set_int_max_str_digits(Value limit_value) {
  int limit;
  if (!value_as_int(limit_value, &limit)) return NULL;
  if (limit != 0 && limit < 640) return raise_value_error("maxdigits must be 0 or larger than 640");
  runtime.int_digit_limit = limit;
  return VALUE_NONE;
}

static Value sys_get_asyncgen_hooks(void) {
  Thread *thread = thread_current();
  Value values[2] = {or_none(thread->async_generator_firstiter), or_none(thread->async_generator_finalizer)};
  return struct_sequence_new(value_as_class(sys_get("_asyncgen_hooks")), values); // the class itself refuses calls
}
static bool check_hook(Value hook, const char *name) {
  if (!hook || hook == VALUE_NONE || value_is_callable(hook)) return true;
  raise_type_error("callable %s expected, got %.50T", name, hook);
  return false;
}
static Value sys_set_asyncgen_hooks(Value first, Value finalizer) {
  if (!check_hook(finalizer, "finalizer") || !check_hook(first, "firstiter")) return NULL;
  Thread *thread = thread_current();
  if (finalizer) thread->async_generator_finalizer = finalizer == VALUE_NONE ? NULL : finalizer;
  if (first) thread->async_generator_firstiter = first == VALUE_NONE ? NULL : first;
  return VALUE_NONE;
}
static Value sys_get_coroutine_depth(void) {
  return value_from_small_int(thread_current()->coroutine_origin_depth);
}
static Value sys_set_coroutine_depth(Value depth_value) {
  int depth;
  if (!value_as_int(depth_value, &depth)) return NULL;
  if (depth < 0) return raise_value_error("depth must be >= 0");
  thread_current()->coroutine_origin_depth = depth;
  return VALUE_NONE;
}

static int dlopen_flags = RTLD_NOW;
static Value sys_getdlopenflags(void) {
  return value_from_small_int(dlopen_flags);
}
static Value sys_setdlopenflags(Value flags) {
  return value_as_int(flags, &dlopen_flags) ? VALUE_NONE : NULL;
}

// ---- The rest ----

static Value sys_intern(Value text) {
  if (!value_is_str(text)) return raise_type_error("intern() argument must be str, not %T", text);
  if (!VALUE_IS_EXACT(text, STR)) return raise_type_error("can't intern %.400T", text);
  return str_intern(text);
}

static Value sys_getsizeof(Value object, Value otherwise) {
  Value method = value_special(object, SPECIAL_SIZEOF);
  Value size =
      method ? special_call_1(method, object) : raise_type_error("Type %.100T doesn't define __sizeof__", object);
  if (size && !value_is_int(size)) size = raise_type_error("'%T' object cannot be interpreted as an integer", size);
  if (!size) return otherwise && exception_clear_if(CLASS_TYPE_ERROR) ? otherwise : NULL;
  if (int_sign(size) < 0) return raise_value_error("__sizeof__() should return >= 0");
  return size;
}

// There are no reference counts. Programs that print one expect a small number, tests that compare two expect no
// growth.
static Value sys_getrefcount([[maybe_unused]] Value object) {
  return value_from_small_int(2);
}

static Value sys_getallocatedblocks(void) {
  HeapStatistics statistics;
  heap_statistics(&statistics);
  return int_from_uint64(statistics.live_bytes / 32);
}
static Value sys_clear_type_cache(void) {
  return VALUE_NONE;
}
static Value sys_debugmallocstats(void) {
  HeapStatistics statistics;
  heap_statistics(&statistics);
  fprintf(stderr, "allocated %lu bytes, live %lu bytes, %lu young and %lu full collections\n",
          statistics.allocated_bytes, statistics.live_bytes, statistics.young.count, statistics.full.count);
  return VALUE_NONE;
}
static Value sys_is_finalizing(void) {
  return value_from_bool(runtime.finalizing);
}
static Value sys_is_gil_enabled(void) {
  return VALUE_FALSE;
}
static Value sys_getdefaultencoding(void) {
  return str_from_c("utf-8");
}
static Value sys_getfilesystemencoding(void) {
  return str_from_c("utf-8");
}
static Value sys_getfilesystemencodeerrors(void) {
  return str_from_c("surrogateescape");
}

// ---- Auditing ----

static Value audit_hooks; // list of callables, or zero

static Value sys_audit([[maybe_unused]] Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!arguments_check_none_by_keyword("audit", keyword_names)) return NULL;
  if (count == 0) return raise_type_error("audit expected at least 1 argument, got 0");
  if (!value_is_str(arguments[0]))
    return raise_type_error("expected str for argument 'event', not %.200T", arguments[0]);
  if (!audit_hooks) return VALUE_NONE;
  Value operands = tuple_new(arguments + 1, count - 1);
  if (!operands) return NULL;
  for (size_t i = 0; i < list_count(audit_hooks); i++)
    if (!value_call_2(list_item(audit_hooks, i), arguments[0], operands)) return NULL;
  return VALUE_NONE;
}
static Value sys_addaudithook(Value hook) {
  Value event = str_from_c("sys.addaudithook");
  if (!event || !sys_audit(NULL, &event, 1, NULL)) {
    // A hook may veto further ones; only RuntimeError-like refusals are silent.
    return exception_clear_if(CLASS_EXCEPTION) ? VALUE_NONE : NULL;
  }
  if (!audit_hooks) {
    heap_add_root_range(&audit_hooks, 1);
    if (!(audit_hooks = list_new(NULL, 0))) return NULL;
  }
  return list_append(audit_hooks, hook) ? VALUE_NONE : NULL;
}

static const NativeMethod sys_functions[] = {
    NATIVE("addaudithook", sys_addaudithook, "(hook)", "Add a function that is told of events."),
    NATIVE("audit", sys_audit, NULL, "Tell all audit hooks of an event."),
    NATIVE("breakpointhook", sys_breakpointhook, NULL, "What breakpoint() calls."),
    NATIVE("_clear_type_cache", sys_clear_type_cache, "()", "Nothing to clear: caches are kept valid."),
    NATIVE("_current_frames", sys_current_frames, "()", "The innermost frame of each thread."),
    NATIVE("_current_exceptions", sys_current_exceptions, "()", "The exception that each thread is handling."),
    NATIVE("_debugmallocstats", sys_debugmallocstats, "()", "Write heap statistics to stderr."),
    NATIVE("displayhook", sys_display, "(object, /)", "Show the value of an expression in interactive use."),
    NATIVE("exc_info", sys_exc_info, "()", "Class, instance and traceback of the exception being handled."),
    NATIVE("exception", sys_exception, "()", "The exception being handled."),
    NATIVE("excepthook", sys_excepthook, "(exctype, value, traceback, /)", "Show an uncaught exception."),
    NATIVE("exit", sys_exit, "(status=None, /)", "End the interpreter by raising SystemExit."),
    NATIVE("getdefaultencoding", sys_getdefaultencoding, "()", "The default encoding of str."),
    NATIVE("getdlopenflags", sys_getdlopenflags, "()", "Flags for loading extension modules."),
    NATIVE("setdlopenflags", sys_setdlopenflags, "(flags, /)", "Set the flags for loading extension modules."),
    NATIVE("getallocatedblocks", sys_getallocatedblocks, "()", "An estimate of how many objects live."),
    NATIVE("getfilesystemencoding", sys_getfilesystemencoding, "()", "The encoding of file names."),
    NATIVE("getfilesystemencodeerrors", sys_getfilesystemencodeerrors, "()", "The error handler for file names."),
    NATIVE("getrecursionlimit", sys_getrecursionlimit, "()", "How deep calls may be nested."),
    NATIVE("setrecursionlimit", sys_setrecursionlimit, "(limit, /)", "Set how deep calls may be nested."),
    NATIVE("getrefcount", sys_getrefcount, "(object, /)",
           "Objects are not counted here: always the same small number."),
    NATIVE("getsizeof", sys_getsizeof, "(object, default=<unrepresentable>)", "Size of an object in bytes."),
    NATIVE("getswitchinterval", sys_getswitchinterval, "()", "What setswitchinterval() was told."),
    NATIVE("setswitchinterval", sys_setswitchinterval, "(interval, /)",
           "Accepted, without effect: threads run at the same time."),
    NATIVE("get_int_max_str_digits", sys_get_int_max_str_digits, "()",
           "The longest decimal text of an int that is converted."),
    NATIVE("set_int_max_str_digits", sys_set_int_max_str_digits, "(maxdigits)",
           "Set the longest decimal text of an int."),
    NATIVE("intern", sys_intern, "(string, /)", "The one interned string equal to this one."),
    NATIVE("is_finalizing", sys_is_finalizing, "()", "Is the interpreter shutting down?"),
    NATIVE("_is_gil_enabled", sys_is_gil_enabled, "()", "False: there is no global interpreter lock."),
    NATIVE("settrace", sys_settrace, "(function, /)", "Set this thread's trace function."),
    NATIVE("gettrace", sys_gettrace, "()", "This thread's trace function."),
    NATIVE("setprofile", sys_setprofile, "(function, /)", "Set this thread's profile function."),
    NATIVE("getprofile", sys_getprofile, "()", "This thread's profile function."),
    NATIVE("call_tracing", sys_call_tracing, "(func, args, /)", "Call a function with tracing on."),
    NATIVE("_getframe", sys_getframe, "(depth=0, /)", "A frame from the call stack."),
    NATIVE("get_asyncgen_hooks", sys_get_asyncgen_hooks, "()", "The hooks of asynchronous generators."),
    NATIVE("set_asyncgen_hooks", sys_set_asyncgen_hooks, "(firstiter=<unrepresentable>, finalizer=<unrepresentable>)",
           "Set the hooks of asynchronous generators."),
    NATIVE("get_coroutine_origin_tracking_depth", sys_get_coroutine_depth, "()",
           "How many frames coroutines remember."),
    NATIVE("set_coroutine_origin_tracking_depth", sys_set_coroutine_depth, "(depth)",
           "Set how many frames coroutines remember."),
    NATIVE("unraisablehook", sys_unraisablehook, "(unraisable, /)", "Show an exception that could not be raised."),
    {}};

const NativeModule sys_module = {
    .name = "sys",
    .doc = "The interpreter: its settings, its state, what it runs on.",
    .functions = sys_functions,
};

bool sys_start(const SysConfiguration *configuration) {
  Value name = str_intern_c("sys");
  Value module = name ? native_module_create(name) : NULL;
  if (!module) return false;
  runtime.sys_dict = value_get_attribute(module, NAME(__dict__));
  runtime.modules = dict_new();
  if (!runtime.sys_dict || !runtime.modules || !dict_set(runtime.modules, name, module)) return false;
  if (!module_add(module, "modules", runtime.modules) || !sys_add_information(module, configuration)) return false;
  static const char *const hooks[] = {"displayhook", "excepthook", "breakpointhook", "unraisablehook"};
  for (size_t i = 0; i < 4; i++) {
    char saved[32];
    snprintf(saved, sizeof saved, "__%s__", hooks[i]);
    if (!module_add(module, saved, sys_get(hooks[i]))) return false;
  }
  return true;
}
