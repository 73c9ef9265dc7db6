// Paths, file descriptors and times as the modules that talk to the operating system take them.
#include "runtime/module/system.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include "runtime/support/utf8.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- Paths ----

Value path_decode(const char *text, size_t length) {
  const uint8_t *bytes = (const uint8_t *)text;
  if (ascii_prefix(bytes, length) == length) return str_from_latin1(bytes, length);
  uint32_t *characters = malloc(length * sizeof *characters);
  if (!characters) return raise_memory_error();
  size_t count = 0;
  for (size_t at = 0; at < length;) {
    UtfScan scan = utf8_scan(bytes + at, length - at, false);
    utf8_decode(bytes + at, scan.size, characters + count, 4);
    count += scan.length;
    at += scan.size;
    if (scan.status == UTF_OK) break;
    for (size_t i = 0; i < scan.bad_size; i++) characters[count++] = 0xdc00u + bytes[at++];
  }
  Value result = str_from_ucs4(characters, count);
  free(characters);
  return result;
}

Value path_encode(Value value) {
  Str *text = value_as_str(value);
  size_t length = text->length;
  if (str_is_ascii(text)) return bytes_new(text->data, length);
  int width = str_width(text);
  size_t size = 0;
  for (size_t i = 0; i < length; i++) {
    uint32_t character = utf_unit(text->data, width, i);
    bool escaped = character >= 0xdc80 && character <= 0xdcff;
    if (character >= 0xd800 && character <= 0xdfff && !escaped) {
      size_t end = i + 1;
      while (end < length && utf_unit(text->data, width, end) >= 0xd800 && utf_unit(text->data, width, end) <= 0xdfff)
        end++;
      return raise_unicode_encode_error("utf-8", value, i, end, "surrogates not allowed");
    }
    size += escaped || character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
  }
  Bytes *bytes = bytes_allocate(size);
  if (!bytes) return NULL;
  uint8_t *out = bytes->data;
  for (size_t i = 0; i < length; i++) {
    uint32_t character = utf_unit(text->data, width, i);
    if (character >= 0xdc80 && character <= 0xdcff)
      *out++ = (uint8_t)character;
    else
      out += utf8_encode_one(character, out);
  }
  return value_from_cell(bytes);
}

static Value path_call_protocol(Value path, Value method) {
  Value result = special_call_1(method, path);
  if (result && !value_is_str(result) && !value_is_bytes(result))
    return raise_type_error("expected %.200T.__fspath__() to return str or bytes, not %.200T", path, result);
  return result;
}

Value path_protocol(Value path) {
  if (value_is_str(path) || value_is_bytes(path)) return path;
  Value method = value_special(path, SPECIAL_FSPATH);
  if (!method) return raise_type_error("expected str, bytes or os.PathLike object, not %.200T", path);
  return path_call_protocol(path, method);
}

static Value path_check_bytes(Value bytes) {
  if (bytes && memchr(value_as_bytes(bytes)->data, 0, value_as_bytes(bytes)->length))
    return raise_value_error("embedded null byte");
  return bytes;
}

Value path_as_bytes(Value path) {
  Value plain = path_protocol(path);
  if (!plain) return NULL;
  return path_check_bytes(value_is_bytes(plain) ? plain : path_encode(plain));
}

bool path_parse(Value value, const char *function, const char *argument, unsigned flags, Path *path) {
  *path = (Path){.object = value, .descriptor = -1};
  bool none = !value || value == VALUE_NONE;
  if (none && (flags & PATH_ALLOW_NONE)) return true;
  Value plain = value;
  if (!none && !value_is_str(value) && !value_is_bytes(value)) {
    bool index = (flags & PATH_ALLOW_DESCRIPTOR) && value_special(value, SPECIAL_INDEX);
    Value method = value_special(value, SPECIAL_FSPATH);
    if (index) return descriptor_parse(value, &path->descriptor);
    if (method) {
      if (!(plain = path_call_protocol(value, method))) return false;
    } else if (value_has_buffer(value)) {
      if (!warn(CLASS_DEPRECATION_WARNING, 1, "%s: %s should be %s, not %.200T", function, argument,
                flags == (PATH_ALLOW_DESCRIPTOR | PATH_ALLOW_NONE) ? "string, bytes, os.PathLike, integer or None"
                : flags & PATH_ALLOW_DESCRIPTOR                    ? "string, bytes, os.PathLike or integer"
                : flags & PATH_ALLOW_NONE                          ? "string, bytes, os.PathLike or None"
                                                                   : "string, bytes or os.PathLike",
                value))
        return false;
      Buffer buffer;
      if (!buffer_acquire(value, &buffer, BUFFER_SIMPLE)) return false;
      plain = bytes_new(buffer.data, buffer.length);
      buffer_release(&buffer);
      if (!plain) return false;
    } else {
      plain = NULL;
    }
  } else if (none) {
    plain = NULL;
  }
  if (!plain) {
    raise_type_error("%s: %s should be %s, not %.200T", function, argument,
                     flags == (PATH_ALLOW_DESCRIPTOR | PATH_ALLOW_NONE) ? "string, bytes, os.PathLike, integer or None"
                     : flags & PATH_ALLOW_DESCRIPTOR                    ? "string, bytes, os.PathLike or integer"
                     : flags & PATH_ALLOW_NONE                          ? "string, bytes, os.PathLike or None"
                                                                        : "string, bytes or os.PathLike",
                     value ? value : VALUE_NONE);
    return false;
  }
  path->is_bytes = value_is_bytes(plain);
  path->bytes = path_check_bytes(path->is_bytes ? plain : path_encode(plain));
  if (!path->bytes) return false;
  path->text = (const char *)value_as_bytes(path->bytes)->data;
  return true;
}

static Value path_name(const Path *path) {
  return path->object == VALUE_NONE ? NULL : path->object;
}
Value path_error(const Path *path) {
  if (exception_pending()) return NULL;
  return raise_os_error(errno, path_name(path));
}
Value path_error2(const Path *path, const Path *path2) {
  if (exception_pending()) return NULL;
  return raise_os_error2(errno, path_name(path), path_name(path2));
}

// ---- File descriptors ----

void warn_unclosed(Value reporter, const char *what, Value source) {
  Value module = runtime.modules ? dict_get_c(runtime.modules, "_warnings") : NULL;
  if (!module) return; // nobody listens
  Value message = str_format_c("unclosed %s%R", what, source);
  Value values[4] = {message, value_from_cell(BUILTIN(RESOURCE_WARNING)), value_from_small_int(1), source};
  if (!message || !value_call_method(module, "warn", values, 4)) exception_write_unraisable(reporter, NULL);
}

bool descriptor_parse(Value value, int *descriptor) {
  Value number = value_index(value);
  int64_t result;
  if (!number) return false;
  if (!int_fits_int64(number, &result) || result > INT32_MAX || result < INT32_MIN) {
    raise(CLASS_OVERFLOW_ERROR, int_sign(number) > 0 ? "fd is greater than maximum" : "fd is less than minimum");
    return false;
  }
  *descriptor = (int)result;
  return true;
}

int descriptor_from_value(Value value) {
  int descriptor;
  if (!value_is_int(value)) {
    Value method;
    int found = value_find_attribute(value, NAME(fileno), &method);
    if (found < 0) return -1;
    if (!found) {
      raise_type_error("argument must be an int, or have a fileno() method.");
      return -1;
    }
    value = value_call_0(method);
    if (!value) return -1;
    if (!value_is_int(value)) {
      raise_type_error("fileno() returned a non-integer");
      return -1;
    }
  }
  if (!value_as_int(value, &descriptor)) return -1;
  if (descriptor < 0) {
    raise_value_error("file descriptor cannot be a negative integer (%i)", descriptor);
    return -1;
  }
  return descriptor;
}

bool descriptor_set_inheritable(int descriptor, bool inheritable) {
  int flags = fcntl(descriptor, F_GETFD);
  if (flags < 0) return false;
  int wanted = inheritable ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC;
  return wanted == flags || fcntl(descriptor, F_SETFD, wanted) == 0;
}

Value system_error(void) {
  return exception_pending() ? NULL : raise_os_error(errno, NULL);
}

// ---- Times ----

static double time_round(double number, TimeRounding rounding) {
  switch (rounding) {
  case TIME_ROUND_FLOOR:
    return floor(number);
  case TIME_ROUND_CEILING:
    return ceil(number);
  case TIME_ROUND_UP:
    return number >= 0 ? ceil(number) : floor(number);
  default:
    return nearbyint(number);
  }
}

static bool time_raise_overflow(const char *type) {
  raise(CLASS_OVERFLOW_ERROR, "timestamp out of range for platform %s", type);
  return false;
}
static bool time_check_nan(double number) {
  if (!isnan(number)) return true;
  raise_value_error("Invalid value NaN (not a number)");
  return false;
}

static bool time_raise_too_large(void) {
  raise(CLASS_OVERFLOW_ERROR, "timestamp too large to convert to C _PyTime_t");
  return false;
}

bool time_parse_nanoseconds(Value seconds, TimeRounding rounding, int64_t *nanoseconds) {
  constexpr int64_t second = 1000000000;
  if (value_is_float(seconds)) {
    double number = float_as_double(seconds);
    if (!time_check_nan(number)) return false;
    number = time_round(number * 1e9, rounding);
    if (!(number >= -0x1p63 && number < 0x1p63)) return time_raise_too_large();
    *nanoseconds = (int64_t)number;
    return true;
  }
  Value number = value_index(seconds);
  int64_t whole;
  if (!number) return false;
  bool fits = int_fits_int64(number, &whole) && !__builtin_mul_overflow(whole, second, nanoseconds);
  return fits || time_raise_too_large();
}

bool time_parse_timespec(Value seconds, TimeRounding rounding, struct timespec *time) {
  if (value_is_float(seconds)) {
    double whole, fraction = modf(float_as_double(seconds), &whole);
    if (!time_check_nan(fraction)) return false;
    fraction = time_round(fraction * 1e9, rounding);
    if (fraction >= 1e9) {
      fraction -= 1e9;
      whole += 1;
    } else if (fraction < 0) {
      fraction += 1e9;
      whole -= 1;
    }
    if (!(whole >= -0x1p63 && whole < 0x1p63)) return time_raise_overflow("time_t");
    *time = (struct timespec){.tv_sec = (time_t)whole, .tv_nsec = (long)fraction};
    return true;
  }
  time->tv_nsec = 0;
  return time_parse_time_t(seconds, rounding, &time->tv_sec);
}

bool time_parse_time_t(Value seconds, TimeRounding rounding, time_t *time) {
  if (value_is_float(seconds)) {
    double number = float_as_double(seconds);
    if (!time_check_nan(number)) return false;
    number = time_round(number, rounding);
    if (!(number >= -0x1p63 && number < 0x1p63)) return time_raise_overflow("time_t");
    *time = (time_t)number;
    return true;
  }
  Value number = value_index(seconds);
  int64_t whole;
  if (!number) return false;
  if (!int_fits_int64(number, &whole)) return time_raise_overflow("time_t");
  *time = whole;
  return true;
}

int64_t time_monotonic(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000 + now.tv_nsec;
}

bool module_add_constants(Value module, const IntConstant *constants) {
  for (; constants->name; constants++)
    if (!module_add_int(module, constants->name, constants->number)) return false;
  return true;
}
