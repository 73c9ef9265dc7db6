// What the modules that talk to the operating system share: paths, file descriptors, interrupted calls.
#pragma once

#include "runtime/object/bytes.h"
#include "runtime/object/object.h"

#include <errno.h>
#include <sys/types.h>
#include <time.h>

// The file system encoding: UTF-8, undecodable bytes as lone surrogates U+DC80 to U+DCFF.
Value path_decode(const char *bytes, size_t length); // str
static inline Value path_decode_c(const char *bytes) {
  return path_decode(bytes, __builtin_strlen(bytes));
}
Value path_encode(Value text); // bytes; UnicodeEncodeError
// os.fspath(): str or bytes. TypeError "expected str, bytes or os.PathLike object, not T". Runs Python code.
Value path_protocol(Value path);
// os.fspath() and encoded: bytes without NUL in them (ValueError "embedded null byte").
Value path_as_bytes(Value path);

// A path argument as the functions of os take it.
typedef struct Path {
  Value object;     // as given, for errors; zero or None when absent
  Value bytes;      // keeps `text` alive; zero for a descriptor or an absent path
  const char *text; // NULL: a descriptor, or absent
  int descriptor;   // with PATH_ALLOW_DESCRIPTOR; -1: none
  bool is_bytes;    // was given as bytes: results are bytes too
} Path;
enum : unsigned { PATH_ALLOW_DESCRIPTOR = 1, PATH_ALLOW_NONE = 2 };
// False: exception pending, with CPython's wording ("f: path should be string, bytes or os.PathLike, not T").
bool path_parse(Value value, const char *function, const char *argument, unsigned flags, Path *path);
// Raises OSError from errno with the path as filename. Zero.
Value path_error(const Path *path);
Value path_error2(const Path *path, const Path *path2);

// An int that is a file descriptor, or an object with fileno(). -1: exception pending.
int descriptor_from_value(Value value);
// ResourceWarning: "unclosed WHAT", and `source`, of which tracemalloc can tell where it was made. A failure is
// reported as one of `reporter`. Runs Python code.
void warn_unclosed(Value reporter, const char *what, Value source);
// A descriptor in place of a path or folder, an int (__index__): with a message of its own when it is too large. False:
// exception pending.
bool descriptor_parse(Value value, int *descriptor);
bool descriptor_set_inheritable(int descriptor, bool inheritable); // false: errno

// Repeats `statement` (which assigns `result`, -1 for failure) in a blocking region while signals interrupt it and
// their handlers return normally. Afterwards result is -1 with errno, or with an exception pending if a handler raised.
#define BLOCKING_RETRY(result, expression)                                                                             \
  do {                                                                                                                 \
    BLOCKING((result) = (expression));                                                                                 \
  } while ((result) < 0 && errno == EINTR && safepoint_handle())
// The end of a function whose system call failed: an exception pending already, or OSError from errno.
Value system_error(void);

// Times. Seconds as int or float; rounding away from zero (ROUND_UP) for timeouts, towards -infinity for times.
typedef enum TimeRounding : uint8_t {
  TIME_ROUND_FLOOR,
  TIME_ROUND_CEILING,
  TIME_ROUND_UP,
  TIME_ROUND_HALF_EVEN
} TimeRounding;
// Nanoseconds. False: TypeError, ValueError for nan, OverflowError "timestamp too large to convert to C _PyTime_t".
bool time_parse_nanoseconds(Value seconds, TimeRounding rounding, int64_t *nanoseconds);
// time_t and nanoseconds (os.utime). False: exception.
bool time_parse_timespec(Value seconds, TimeRounding rounding, struct timespec *time);
bool time_parse_time_t(Value seconds, TimeRounding rounding, time_t *time);
int64_t time_monotonic(void); // nanoseconds

// Tables of constants. End with {}.
typedef struct IntConstant {
  const char *name;
  int64_t number;
} IntConstant;
bool module_add_constants(Value module, const IntConstant *constants);
