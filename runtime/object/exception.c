// The exception in flight: raising from C, chaining, matching. The classes themselves stand in exception_types.c.
//
// Threads: all state is the current thread's. Exception objects are ordinary mutable objects whose fields are single
// words.
#include "runtime/object/exception.h"
#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/frame.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/runtime.h"

#include <string.h>

static Exception *as_exception(Value value) {
  return (Exception *)value_cell(value);
}

Value exception_take(void) {
  Thread *thread = thread_current();
  Value exception = thread->exception;
  thread->exception = NULL;
  return exception;
}

void exception_clear(void) {
  thread_current()->exception = NULL;
}
void exception_restore(Value exception) {
  thread_current()->exception = exception;
}
bool exception_is(ClassId class) {
  return exception_pending() && value_is_instance(exception_peek(), builtin_classes[class]);
}

bool exception_clear_if(ClassId class) {
  if (!exception_is(class)) return false;
  exception_clear();
  return true;
}

// Makes `context` the context of `exception`, cutting the chain where it would become a circle.
static void set_context(Value exception, Value context) {
  if (exception == context) return;
  // Floyd's two walkers: user code may have made a circle of its own.
  Value slow = context;
  bool step = false;
  for (Value at = context; at;) {
    Value next = as_exception(at)->context;
    if (!next) break;
    if (next == exception) {
      gc_store(value_cell(at), &as_exception(at)->context, NULL);
      break;
    }
    at = next;
    if (at == slow) break;
    if (step) slow = as_exception(slow)->context;
    step = !step;
  }
  gc_store(value_cell(exception), &as_exception(exception)->context, context);
}

Value raise_object(Value exception) {
  Thread *thread = thread_current();
  if (thread->handled) set_context(exception, thread->handled);
  thread->exception = exception;
  return NULL;
}

// An instance of a built-in class made without running Python code.
static Value make_exception(Class *class, Value argument) {
  if (class->construct.any || !(class->flags & CLASS_HEAP_TYPE)) {
    Value arguments = argument ? tuple_new(&argument, 1) : tuple_empty;
    if (!arguments) return NULL;
    Exception *exception = class_allocate(class, 0);
    if (!exception) return NULL;
    gc_init(exception, &exception->arguments, arguments);
    gc_init(exception, &exception->suppress_context, VALUE_FALSE);
    return value_from_cell(exception);
  }
  return argument ? value_call_1(value_from_cell(class), argument) : value_call_0(value_from_cell(class));
}

static Value raise_with(Class *class, Value argument) {
  Value exception = make_exception(class, argument);
  return exception ? raise_object(exception) : NULL;
}

Value raise_value(ClassId class, Value argument) {
  return raise_with(builtin_classes[class], argument);
}
Value raise_none(ClassId class) {
  return raise_with(builtin_classes[class], NULL);
}
Value raise_key_error(Value key) {
  return raise_value(CLASS_KEY_ERROR, key);
}

static Value raise_list(Class *class, const char *format, va_list arguments) {
  Value message = str_format_list(format, arguments);
  return message ? raise_with(class, message) : NULL;
}

Value raise(ClassId class, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  raise_list(builtin_classes[class], format, arguments);
  va_end(arguments);
  return NULL;
}

Value raise_in(Class *class, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  raise_list(class, format, arguments);
  va_end(arguments);
  return NULL;
}

Value raise_bad_argument(const char *function, const char *argument, const char *expected, Value actual) {
  const char *quote = *argument >= '0' && *argument <= '9' ? "" : "'"; // a number or a name
  if (actual == VALUE_NONE)
    return raise_type_error("%s() argument %s%s%s must be %s, not None", function, quote, argument, quote, expected);
  return raise_type_error("%s() argument %s%s%s must be %s, not %T", function, quote, argument, quote, expected,
                          actual);
}

// The exception objects below exist before they are needed, because making them would need what is missing.
static Value memory_error;

bool exceptions_prepare(void) {
  heap_add_root_range(&memory_error, 1);
  memory_error = make_exception(BUILTIN(MEMORY_ERROR), NULL);
  return memory_error != NULL;
}

Value raise_memory_error(void) {
  Thread *thread = thread_current();
  if (!memory_error) return NULL;
  // It begins anew, unless it is being handled: then nobody can tell the two apart, and it keeps what it has.
  if (thread->handled != memory_error) {
    Exception *exception = (Exception *)value_cell(memory_error);
    gc_store(exception, &exception->traceback, NULL);
    gc_store(exception, &exception->context, NULL);
    gc_store(exception, &exception->cause, NULL);
  }
  thread->exception = memory_error;
  return NULL;
}

Value raise_attribute_error(Value object, Value name) {
  Value message;
  if (value_is_class(object))
    message = str_format_c("type object '%.50N' has no attribute '%U'", value_as_class(object), name);
  else
    message = str_format_c("'%.50T' object has no attribute '%U'", object, name);
  if (!message) return NULL;
  Value exception = make_exception(BUILTIN(ATTRIBUTE_ERROR), message);
  if (!exception) return NULL;
  AttributeErrorException *error = (AttributeErrorException *)value_cell(exception);
  gc_init(error, &error->object, object);
  gc_init(error, &error->name, name);
  return raise_object(exception);
}

Value raise_name_error(ClassId class, Value name, const char *format) {
  Value message = str_format_c(format, name);
  Value exception = message ? make_exception(builtin_classes[class], message) : NULL;
  if (!exception) return NULL;
  NameErrorException *error = (NameErrorException *)value_cell(exception);
  gc_init(error, &error->name, name);
  return raise_object(exception);
}

Value raise_stop_iteration(Value value) {
  if (value == VALUE_NONE) value = NULL;
  Value exception = make_exception(BUILTIN(STOP_ITERATION), value);
  if (!exception) return NULL;
  StopIterationException *stop = (StopIterationException *)value_cell(exception);
  gc_init(stop, &stop->value, value ? value : VALUE_NONE);
  return raise_object(exception);
}

Value raise_import_error(Value message, Value name, Value path) {
  Value exception = make_exception(BUILTIN(IMPORT_ERROR), message);
  if (!exception) return NULL;
  ImportErrorException *error = (ImportErrorException *)value_cell(exception);
  gc_init(error, &error->message, message);
  gc_init(error, &error->name, name);
  gc_init(error, &error->path, path);
  return raise_object(exception);
}

Value raise_os_error2(int error_number, Value filename, Value filename2) {
  Value message = str_from_c(strerror(error_number));
  Value number = int_from_int64(error_number);
  if (!message || !number) return NULL;
  Value arguments[5] = {number, message, filename, VALUE_NONE, filename2};
  size_t count = filename2 ? 5 : filename ? 3 : 2;
  if (filename2 && !filename) arguments[2] = VALUE_NONE;
  // OSError() itself picks the subclass that belongs to the number.
  Value exception = value_call(value_from_cell(BUILTIN(OS_ERROR)), arguments, count, NULL);
  return exception ? raise_object(exception) : NULL;
}
Value raise_os_error(int error_number, Value filename) {
  return raise_os_error2(error_number, filename, NULL);
}

static Value raise_unicode_error(ClassId class, const char *encoding, Value object, size_t start, size_t end,
                                 const char *reason) {
  Value arguments[5] = {str_from_c(encoding), object, int_from_size(start), int_from_size(end), str_from_c(reason)};
  if (!arguments[0] || !arguments[2] || !arguments[3] || !arguments[4]) return NULL;
  Value exception = value_call(value_from_cell(builtin_classes[class]), arguments, 5, NULL);
  return exception ? raise_object(exception) : NULL;
}
Value raise_unicode_encode_error(const char *encoding, Value text, size_t start, size_t end, const char *reason) {
  return raise_unicode_error(CLASS_UNICODE_ENCODE_ERROR, encoding, text, start, end, reason);
}
Value raise_unicode_decode_error(const char *encoding, Value bytes, size_t start, size_t end, const char *reason) {
  return raise_unicode_error(CLASS_UNICODE_DECODE_ERROR, encoding, bytes, start, end, reason);
}

void exception_chain(Value context) {
  if (!context) return;
  Value exception = exception_peek();
  if (!exception || exception == context) return;
  Value end = exception;
  while (as_exception(end)->context) {
    end = as_exception(end)->context;
    if (end == context || end == exception) return;
  }
  gc_store(value_cell(end), &as_exception(end)->context, context);
}

// All of a tuple is looked at, also behind a class that matches: what is no exception class there is an error.
int exception_matches(Value exception, Value type) {
  if (value_is_tuple(type)) {
    int result = 0;
    for (size_t i = 0; i < tuple_count(type); i++) {
      if (!recursion_enter(" in except clause")) return -1;
      int match = exception_matches(exception, tuple_item(type, i));
      recursion_leave();
      if (match < 0) return -1;
      result |= match;
    }
    return result;
  }
  if (!value_is_class(type) || !class_is_subclass(value_as_class(type), BUILTIN(BASE_EXCEPTION))) {
    raise_type_error("catching classes that do not inherit from BaseException is not allowed");
    return -1;
  }
  return class_is_subclass(value_class(exception), value_as_class(type));
}

// An instance from `value`, the operand of raise: an exception, or an exception class to be called.
static Value instantiate(Value value) {
  if (value_is_exception(value)) return value;
  if (!value_is_class(value) || !class_is_subclass(value_as_class(value), BUILTIN(BASE_EXCEPTION)))
    return VALUE_MISSING;
  Value exception = value_call_0(value);
  if (exception && !value_is_exception(exception))
    return raise_type_error("calling %R should have returned an instance of BaseException, not %R", value,
                            value_from_cell(value_class(exception)));
  return exception;
}

Value exception_raise_from(Value value, Value cause) {
  Value exception = instantiate(value);
  if (!exception) return NULL;
  if (exception == VALUE_MISSING) return raise_type_error("exceptions must derive from BaseException");
  if (cause) {
    Value instance = cause == VALUE_NONE ? NULL : instantiate(cause);
    if (!instance && cause != VALUE_NONE) return NULL;
    if (instance == VALUE_MISSING) return raise_type_error("exception causes must derive from BaseException");
    gc_store(value_cell(exception), &as_exception(exception)->cause, instance);
    gc_store(value_cell(exception), &as_exception(exception)->suppress_context, VALUE_TRUE);
  }
  return raise_object(exception);
}

void exception_write_unraisable(Value where, const char *message) {
  Frame *frame = frame_skip_entries(thread_current()->frame);
  if (exception_pending() && frame && !as_exception(exception_peek())->traceback) exception_add_traceback(frame);
  Value exception = exception_take();
  if (!exception) return;
  Value hook = runtime.sys_dict ? dict_get_c(runtime.sys_dict, "unraisablehook") : NULL;
  Value text = message ? str_from_c(message) : VALUE_NONE;
  Value factory = runtime.sys_dict ? dict_get_c(runtime.sys_dict, "UnraisableHookArgs") : NULL;
  if (hook && factory && text) {
    Value traceback = as_exception(exception)->traceback;
    Value fields[5] = {value_from_cell(value_class(exception)), exception, traceback ? traceback : VALUE_NONE, text,
                       where ? where : VALUE_NONE};
    Value tuple = tuple_new(fields, 5);
    Value argument = tuple ? value_call_1(factory, tuple) : NULL;
    if (argument && value_call_1(hook, argument)) return;
  }
  exception_clear();
}

bool warn(ClassId category, int stack_level, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  Value message = str_format_list(format, arguments);
  va_end(arguments);
  if (!message) return false;
  Value module = runtime.modules ? dict_get_c(runtime.modules, "_warnings") : NULL;
  if (!module) return true; // too early in start-up, or too late in shutdown, for anybody to listen
  Value values[3] = {message, value_from_cell(builtin_classes[category]), int_from_int64(stack_level)};
  return values[2] && value_call_method(module, "warn", values, 3) != NULL;
}
