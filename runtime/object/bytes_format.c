// bytes % values. Numbers and reprs are formatted by str's % operator, one directive at a time, since their text is
// ASCII; what is special to bytes are %b, %s (bytes-like values) and %c.
#include "runtime/heap/heap.h"
#include "runtime/object/bytes_internal.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

#include <string.h>

typedef struct Output {
  Value buffer; // bytearray
} Output;

static bool output_add(Output *output, const void *data, size_t length) {
  size_t at = byte_view(output->buffer).length;
  if (!bytearray_resize(output->buffer, at + length)) return false;
  if (length) memcpy(bytearray_data(output->buffer) + at, data, length);
  KEEP(data);
  return true;
}

typedef struct Arguments {
  Value values; // what stands right of %
  size_t next;
  bool is_mapping, is_tuple;
} Arguments;

static Value next_argument(Arguments *arguments) {
  if (arguments->is_tuple) {
    if (arguments->next < tuple_count(arguments->values)) return tuple_item(arguments->values, arguments->next++);
  } else if (arguments->next++ == 0) {
    return arguments->values;
  }
  return raise_type_error("not enough arguments for format string");
}

// %b and %s: bytes-like, or an object with __bytes__.
static Value bytes_argument(Value value) {
  if (value_is_bytes(value)) return value;
  Value method = value_special(value, SPECIAL_BYTES);
  if (method) {
    Value result = special_call_1(method, value);
    if (result && !value_is_bytes(result))
      return raise_type_error("__bytes__ returned non-bytes (type %.200T)", result);
    return result;
  }
  if (!value_has_buffer(value))
    return raise_type_error("%%b requires a bytes-like object, or an object that implements __bytes__, not '%.100T'",
                            value);
  ByteView view;
  if (!byte_view_acquire(value, &view)) return NULL;
  Value result = bytes_new(view.data, view.length);
  byte_view_release(&view);
  return result;
}

static Value character_argument(Value value) {
  if (value_is_bytes(value) || value_is_bytearray(value)) {
    Value text = byte_stable(value);
    if (!text) return NULL;
    if (byte_view(text).length == 1) return bytes_new(byte_view(text).data, 1);
  }
  int64_t number;
  if (value_is_int(value) || value_special(value, SPECIAL_INDEX)) {
    Value whole = value_index(value);
    if (!whole) return NULL;
    if (!int_fits_int64(whole, &number) || number < 0 || number > 255)
      return raise(CLASS_OVERFLOW_ERROR, "%%c arg not in range(256)");
    uint8_t byte = (uint8_t)number;
    return bytes_new(&byte, 1);
  }
  return raise_type_error("%%c requires an integer in range(256) or a single byte");
}

// One directive. `directive` is its text in ASCII, from % to the code, with stars already replaced by numbers and the
// key removed.
static bool format_one(Output *output, Value directive, char code, Value argument, bool left, size_t width,
                       ptrdiff_t precision) {
  if (code == 'b' || code == 's' || code == 'c') {
    Value bytes = code == 'c' ? character_argument(argument) : bytes_argument(argument);
    if (!bytes) return false;
    size_t length = value_as_bytes(bytes)->length;
    if (code != 'c' && precision >= 0 && (size_t)precision < length) length = (size_t)precision;
    size_t missing = width > length ? width - length : 0;
    for (size_t i = 0; !left && i < missing; i++)
      if (!output_add(output, " ", 1)) return false;
    if (!output_add(output, value_as_bytes(bytes)->data, length)) return false;
    for (size_t i = 0; left && i < missing; i++)
      if (!output_add(output, " ", 1)) return false;
    return true;
  }
  Value operand = tuple_new(&argument, 1);
  Value text = operand ? value_binary(BINARY_REMAINDER, directive, operand) : NULL;
  if (!text) return false;
  size_t length;
  const char *ascii = str_utf8(text, &length);
  return ascii && output_add(output, ascii, length);
}

static bool star(Arguments *arguments, ptrdiff_t *number) {
  Value value = next_argument(arguments);
  if (!value) return false;
  if (!value_is_int(value)) {
    raise_type_error("* wants int");
    return false;
  }
  return value_as_size(value, number, CLASS_OVERFLOW_ERROR);
}

Value byte_format(Value self, Value value) {
  Value format = value_is_bytearray(self) ? bytearray_copy_bytes(self) : self; // a bytearray may change meanwhile
  Output output = {bytearray_new(NULL, 0)};
  if (!format || !output.buffer) return NULL;
  const uint8_t *at = value_as_bytes(format)->data, *end = at + value_as_bytes(format)->length;
  Arguments arguments = {.values = value, .is_tuple = value_is_tuple(value)};
  arguments.is_mapping = !arguments.is_tuple && !value_is_bytes(value) && !value_is_bytearray(value) &&
                         !value_is_str(value) && value_special(value, SPECIAL_GETITEM);
  bool used_mapping = false;
  while (at < end) {
    const uint8_t *percent = memchr(at, '%', (size_t)(end - at));
    if (!percent) percent = end;
    if (!output_add(&output, at, (size_t)(percent - at))) return NULL;
    if (percent == end) break;
    at = percent + 1;
    Value argument = NULL;
    if (at < end && *at == '(') {
      if (!arguments.is_mapping) return raise_type_error("format requires a mapping");
      int depth = 1;
      const uint8_t *key = ++at;
      while (at < end && depth > 0) {
        if (*at == '(') depth++;
        if (*at == ')') depth--;
        at++;
      }
      if (depth > 0) return raise_value_error("incomplete format key");
      argument = value_get_item(value, bytes_new(key, (size_t)(at - 1 - key)));
      if (!argument) return NULL;
      used_mapping = true;
    }
    char text[64] = "%";
    size_t text_length = 1;
    bool left = false;
    while (at < end && strchr("-+ #0", *at) && *at) {
      left |= *at == '-';
      if (text_length < 8) text[text_length++] = (char)*at;
      at++;
    }
    ptrdiff_t width = 0, precision = -1;
    if (at < end && *at == '*') {
      at++;
      if (!star(&arguments, &width)) return NULL;
      if (width < 0) {
        left = true;
        width = -width;
        text[text_length++] = '-';
      }
    } else {
      for (; at < end && *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(width, 10, &width) || __builtin_add_overflow(width, *at - '0', &width))
          return raise_value_error("width too big");
    }
    if (at < end && *at == '.') {
      at++;
      precision = 0;
      if (at < end && *at == '*') {
        at++;
        if (!star(&arguments, &precision)) return NULL;
        if (precision > INT32_MAX) return raise(CLASS_OVERFLOW_ERROR, "Python int too large to convert to C int");
        if (precision < 0) precision = 0;
      } else {
        for (; at < end && *at >= '0' && *at <= '9'; at++)
          if (__builtin_mul_overflow(precision, 10, &precision) ||
              __builtin_add_overflow(precision, *at - '0', &precision))
            return raise_value_error("prec too big");
      }
    }
    while (at < end && (*at == 'l' || *at == 'h' || *at == 'L')) at++;
    if (at >= end) return raise_value_error("incomplete format");
    char code = (char)*at++;
    if (code == '%' && at[-2] == '%') {
      if (!output_add(&output, "%", 1)) return NULL;
      continue;
    }
    if (!strchr("bscdiuoxXeEfFgGar", code))
      return raise_value_error("unsupported format character '%c' (0x%x) at index %zu", code, (unsigned char)code,
                               (size_t)(at - 1 - value_as_bytes(format)->data));
    if (!argument && !(argument = next_argument(&arguments))) return NULL;
    Value directive = NULL;
    text[text_length] = 0;
    if (precision >= 0)
      directive = str_format_c("%s%zd.%zd%c", text, width, precision, code == 'r' ? 'a' : code);
    else
      directive = width ? str_format_c("%s%zd%c", text, width, code == 'r' ? 'a' : code)
                        : str_format_c("%s%c", text, code == 'r' ? 'a' : code);
    if (!directive || !format_one(&output, directive, code, argument, left, (size_t)width, precision)) return NULL;
  }
  bool all_used = arguments.is_tuple ? arguments.next == tuple_count(value)
                                     : arguments.next > 0 || arguments.is_mapping || used_mapping;
  if (!all_used) return raise_type_error("not all arguments converted during bytes formatting");
  KEEP(format);
  if (value_is_bytearray(self)) return output.buffer;
  ByteView result = byte_view(output.buffer);
  return bytes_new(result.data, result.length);
}

Value byte_format_reversed(Value self, Value value) {
  return value_is_bytes(value) || value_is_bytearray(value) ? byte_format(value, self) : VALUE_NOT_IMPLEMENTED;
}
