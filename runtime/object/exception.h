// Exceptions: raising them from C, the one in flight, the layouts of the built-in classes.
//
// A function that fails stores the exception in its thread and returns zero (Value), false, NULL or -1. ExceptionGroup,
// which has two bases, is made by the exceptions' own start-up code.
#pragma once

#include "runtime/object/class.h"
#include "runtime/thread/thread.h"

typedef struct Exception {
  Cell head;
  Value arguments;                 // tuple
  Value cause, context, traceback; // zero: none
  Value suppress_context;          // bool
} Exception;
typedef Exception RootException, KeyErrorException;
typedef struct SystemExitException {
  Exception base;
  Value code;
} SystemExitException;
typedef struct StopIterationException {
  Exception base;
  Value value;
} StopIterationException;
typedef struct AttributeErrorException {
  Exception base;
  Value object, name;
} AttributeErrorException;
typedef struct NameErrorException {
  Exception base;
  Value name;
} NameErrorException;
typedef struct ImportErrorException {
  Exception base;
  Value message, name, path;
} ImportErrorException;
typedef struct OSErrorException {
  Exception base;
  Value error_number, message, filename, filename2, characters_written;
} OSErrorException;
typedef struct SyntaxErrorException {
  Exception base;
  Value message, filename, line, column, text, end_line, end_column, print_file_and_line;
} SyntaxErrorException;
typedef struct UnicodeErrorException {
  Exception base;
  Value encoding, object, start, end, reason;
} UnicodeErrorException, UnicodeDecodeException, UnicodeEncodeException, UnicodeTranslateException;
typedef struct ExceptionGroup {
  Exception base;
  Value message, exceptions;
} ExceptionGroup;

// Raising. All return zero, so that `return raise(...)` serves. The format knows %s (C string), %d %u (int), %ld %lu
// %zd %zu %c %x %%, and of Values: %U (str), %R (repr), %S (str()), %T (class name of the value), %N (Class *: its
// name), each with .precision as in %.200s. Formatting may run Python code (%R, %S). They allocate.
// (Its symbol is not "raise", which is the C library's. Files that need <signal.h> include runtime/support/signals.h
// instead.)
Value raise(ClassId class, const char *format, ...) __asm__("krait_raise");
#define raise_type_error(...)  raise(CLASS_TYPE_ERROR, __VA_ARGS__)
#define raise_value_error(...) raise(CLASS_VALUE_ERROR, __VA_ARGS__)
Value raise_in(Class *class, const char *format, ...); // for classes of native modules
Value raise_value(ClassId class, Value argument);      // class(argument)
Value raise_none(ClassId class);                       // class()
Value raise_object(Value exception);                   // an instance; sets its context from what is being handled
Value raise_key_error(Value key);
Value raise_attribute_error(Value object, Value name); // "'T' object has no attribute 'name'"
// NameError or UnboundLocalError; the format takes the name as %U.
Value raise_name_error(ClassId class, Value name, const char *format);
Value raise_stop_iteration(Value value);                // zero or None: without argument
Value raise_os_error(int error_number, Value filename); // from errno; filename zero: none. Picks the subclass.
Value raise_os_error2(int error_number, Value filename, Value filename2);
Value raise_unicode_encode_error(const char *encoding, Value text, size_t start, size_t end, const char *reason);
Value raise_unicode_decode_error(const char *encoding, Value bytes, size_t start, size_t end, const char *reason);
Value raise_memory_error(void); // preallocated; never allocates
Value raise_import_error(Value message, Value name, Value path);
Value raise_bad_argument(const char *function, const char *argument, const char *expected,
                         Value actual); // "f() argument 'x' must be int, not str"

// Makes the exceptions that must exist before they are needed. Called once by runtime_start, after the classes.
bool exceptions_prepare(void);

// The pending exception.
static inline bool exception_pending(void) {
  return thread_current()->exception != NULL;
}
static inline Value exception_peek(void) {
  return thread_current()->exception;
}
Value exception_take(void); // returns it and clears
void exception_clear(void);
bool exception_is(ClassId class); // is one pending, and of this class?
bool exception_clear_if(ClassId class);
void exception_restore(Value exception); // sets it as it is: no change to context or traceback
// Makes the pending exception's context (innermost end of the chain) `context`.
void exception_chain(Value context);
// Does `exception` match the class or tuple of classes `type` (which may be anything)? -1: TypeError pending.
int exception_matches(Value exception, Value type);
// Turns `raise value [from cause]` operands into an instance and raises it.
Value exception_raise_from(Value value, Value cause);
// Adds a traceback entry for `frame` at its current line to the pending exception.
void exception_add_traceback(Frame *frame);
// Reports an exception that cannot be raised (in __del__, callbacks): sys.unraisablehook. Clears it.
void exception_write_unraisable(Value where, const char *message);
// Issues a warning through the warnings machinery. False: it became an exception.
bool warn(ClassId category, int stack_level, const char *format, ...);
