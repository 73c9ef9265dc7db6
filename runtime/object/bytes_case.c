// Methods of bytes and bytearray that treat bytes as ASCII characters: case, classes of characters, justification.
#include "runtime/object/bytes_internal.h"
#include "runtime/object/object.h"

#include <string.h>

static bool is_upper(uint8_t c) {
  return c >= 'A' && c <= 'Z';
}
static bool is_lower(uint8_t c) {
  return c >= 'a' && c <= 'z';
}
static bool is_alpha(uint8_t c) {
  return is_upper(c) || is_lower(c);
}
static bool is_digit(uint8_t c) {
  return c >= '0' && c <= '9';
}
static bool is_alnum(uint8_t c) {
  return is_alpha(c) || is_digit(c);
}
static bool is_space(uint8_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
static uint8_t to_upper(uint8_t c) {
  return is_lower(c) ? (uint8_t)(c - 32) : c;
}
static uint8_t to_lower(uint8_t c) {
  return is_upper(c) ? (uint8_t)(c + 32) : c;
}

// A copy of self whose bytes may be changed in place before anybody else sees it.
static uint8_t *writable_copy(Value self, Value *copy, size_t *length) {
  ByteView view = byte_view(self);
  *length = view.length;
  if (value_is_bytearray(self)) {
    *copy = bytearray_new(view.data, view.length);
    return *copy ? bytearray_data(*copy) : NULL;
  }
  Bytes *bytes = bytes_allocate(view.length);
  *copy = bytes ? value_from_cell(bytes) : NULL;
  if (!bytes) return NULL;
  memcpy(bytes->data, view.data, view.length);
  return bytes->data;
}

#define CASE_METHOD(name, expression)                                                                                  \
  Value byte_##name(Value self) {                                                                                      \
    Value copy;                                                                                                        \
    if (!(self = byte_stable(self))) return NULL;                                                                      \
    size_t length;                                                                                                     \
    uint8_t *data = writable_copy(self, &copy, &length);                                                               \
    if (!copy) return NULL;                                                                                            \
    [[maybe_unused]] bool in_word = false;                                                                             \
    for (size_t i = 0; i < length; i++) {                                                                              \
      uint8_t c = data[i];                                                                                             \
      data[i] = expression;                                                                                            \
      in_word = is_alpha(c);                                                                                           \
    }                                                                                                                  \
    return copy;                                                                                                       \
  }
CASE_METHOD(upper, to_upper(c))
CASE_METHOD(lower, to_lower(c))
CASE_METHOD(swapcase, is_upper(c) ? to_lower(c) : to_upper(c))
CASE_METHOD(title, in_word ? to_lower(c) : to_upper(c))
CASE_METHOD(capitalize, i == 0 ? to_upper(c) : to_lower(c))

#define ALL_METHOD(name, test)                                                                                         \
  Value byte_##name(Value self) {                                                                                      \
    if (!(self = byte_stable(self))) return NULL;                                                                      \
    ByteView view = byte_view(self);                                                                                   \
    for (size_t i = 0; i < view.length; i++)                                                                           \
      if (!test(view.data[i])) return VALUE_FALSE;                                                                     \
    return value_from_bool(view.length > 0);                                                                           \
  }
ALL_METHOD(isalnum, is_alnum)
ALL_METHOD(isalpha, is_alpha)
ALL_METHOD(isdigit, is_digit)
ALL_METHOD(isspace, is_space)

Value byte_isascii(Value self) {
  if (!(self = byte_stable(self))) return NULL;
  ByteView view = byte_view(self);
  for (size_t i = 0; i < view.length; i++)
    if (view.data[i] >= 128) return VALUE_FALSE;
  return VALUE_TRUE;
}

static Value one_case(Value self, bool (*wanted)(uint8_t), bool (*unwanted)(uint8_t)) {
  if (!(self = byte_stable(self))) return NULL;
  ByteView view = byte_view(self);
  bool found = false;
  for (size_t i = 0; i < view.length; i++) {
    if (unwanted(view.data[i])) return VALUE_FALSE;
    found |= wanted(view.data[i]);
  }
  return value_from_bool(found);
}
Value byte_islower(Value self) {
  return one_case(self, is_lower, is_upper);
}
Value byte_isupper(Value self) {
  return one_case(self, is_upper, is_lower);
}

Value byte_istitle(Value self) {
  if (!(self = byte_stable(self))) return NULL;
  ByteView view = byte_view(self);
  bool found = false, in_word = false;
  for (size_t i = 0; i < view.length; i++) {
    uint8_t c = view.data[i];
    if (is_upper(c) ? in_word : is_lower(c) && !in_word) return VALUE_FALSE;
    in_word = is_alpha(c);
    found |= in_word;
  }
  return value_from_bool(found);
}

// ---- Fields ----

static Value pad(Value self, size_t left, size_t right, uint8_t fill) {
  if (!(self = byte_stable(self))) return NULL;
  ByteView view = byte_view(self);
  if (!left && !right) return VALUE_IS_EXACT(self, BYTES) ? self : bytes_like(self, view.data, view.length);
  Bytes *bytes = bytes_allocate(left + view.length + right);
  if (!bytes) return NULL;
  memset(bytes->data, fill, left);
  memcpy(bytes->data + left, view.data, view.length);
  memset(bytes->data + left + view.length, fill, right);
  return value_is_bytearray(self) ? bytearray_new(bytes->data, bytes->length) : value_from_cell(bytes);
}

static bool field_arguments(const char *name, Value self, Value width_value, Value fill_value, size_t *missing,
                            uint8_t *fill) {
  ptrdiff_t width;
  *fill = ' ';
  if (!value_as_size(width_value, &width, CLASS_OVERFLOW_ERROR)) return false;
  if (fill_value) {
    Value text = fill_value;
    if ((value_is_bytes(text) || value_is_bytearray(text)) && !(text = byte_stable(text))) return false;
    bool fits = (value_is_bytes(text) || value_is_bytearray(text)) && byte_view(text).length == 1;
    if (!fits) {
      raise_type_error("%s() argument 2 must be a byte string of length 1, not %T", name, fill_value);
      return false;
    }
    *fill = byte_view(text).data[0];
  }
  size_t length = byte_view(self).length;
  *missing = width > 0 && (size_t)width > length ? (size_t)width - length : 0;
  return true;
}
Value byte_ljust(Value self, Value width, Value fillchar) {
  if (!(self = byte_stable(self))) return NULL;
  size_t missing;
  uint8_t fill;
  return field_arguments("ljust", self, width, fillchar, &missing, &fill) ? pad(self, 0, missing, fill) : NULL;
}
Value byte_rjust(Value self, Value width, Value fillchar) {
  if (!(self = byte_stable(self))) return NULL;
  size_t missing;
  uint8_t fill;
  return field_arguments("rjust", self, width, fillchar, &missing, &fill) ? pad(self, missing, 0, fill) : NULL;
}
Value byte_center(Value self, Value width, Value fillchar) {
  if (!(self = byte_stable(self))) return NULL;
  size_t missing;
  uint8_t fill;
  if (!field_arguments("center", self, width, fillchar, &missing, &fill)) return NULL;
  // The odd one goes to the left only if the whole width is odd.
  size_t left = missing / 2 + (missing & (byte_view(self).length + missing) & 1);
  return pad(self, left, missing - left, fill);
}
Value byte_zfill(Value self, Value width) {
  if (!(self = byte_stable(self))) return NULL;
  size_t missing;
  uint8_t fill;
  if (!field_arguments("zfill", self, width, NULL, &missing, &fill)) return NULL;
  Value result = pad(self, missing, 0, '0');
  if (!result || !missing) return result;
  uint8_t *data = value_is_bytearray(result) ? bytearray_data(result) : value_as_bytes(result)->data;
  if (byte_view(result).length > missing && (data[missing] == '+' || data[missing] == '-')) {
    data[0] = data[missing];
    data[missing] = '0';
  }
  return result;
}

// Spaces that stand for a tab at `column`, or the one place of any other byte.
static size_t tab_step(uint8_t byte, size_t column, int size) {
  return byte != '\t' ? 1 : size > 0 ? (size_t)size - column % (size_t)size : 0;
}

Value byte_expandtabs(Value self, Value tabsize) {
  int size = 8;
  if (tabsize && !value_as_int(tabsize, &size)) return NULL;
  if (!(self = byte_stable(self))) return NULL;
  ByteView view = byte_view(self);
  size_t length = 0, column = 0;
  for (size_t i = 0; i < view.length; i++) {
    size_t step = tab_step(view.data[i], column, size);
    if (length > (size_t)PTRDIFF_MAX - step) return raise(CLASS_OVERFLOW_ERROR, "result too long");
    length += step;
    column = view.data[i] == '\n' || view.data[i] == '\r' ? 0 : column + step;
  }
  Bytes *bytes = bytes_allocate(length);
  if (!bytes) return NULL;
  view = byte_view(self);
  size_t at = 0;
  column = 0;
  for (size_t i = 0; i < view.length; i++) {
    uint8_t byte = view.data[i];
    size_t step = tab_step(byte, column, size);
    memset(bytes->data + at, byte == '\t' ? ' ' : byte, step);
    at += step;
    column = byte == '\n' || byte == '\r' ? 0 : column + step;
  }
  return value_is_bytearray(self) ? bytearray_new(bytes->data, length) : value_from_cell(bytes);
}
