// The methods that bytes and bytearray share: searching, splitting, joining, stripping, replacing. Case and formatting
// stand in bytes_case.c and bytes_format.c.
//
// A method reads its operands through ByteView. A bytearray operand is held as an exported buffer while Python code may
// run, so that its memory cannot move. Once there are several threads it is copied first (byte_stable,
// byte_view_acquire): a method sees the bytes of one moment.
#include "runtime/heap/heap.h"
#include "runtime/object/byte_store.h"
#include "runtime/object/bytes_internal.h"
#include "runtime/object/codec.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

#include <string.h>

ByteView byte_view(Value value) {
  if (value_is_bytearray(value)) return (ByteView){bytearray_data(value), bytearray_length(value), {}};
  return (ByteView){value_as_bytes(value)->data, value_as_bytes(value)->length, {}};
}
bool byte_view_acquire(Value value, ByteView *view) {
  if (threads_started && value_is_bytearray(value)) {
    Value copy = bytearray_copy_bytes(value);
    if (copy) *view = byte_view(copy);
    return copy != NULL;
  }
  if (!buffer_acquire(value, &view->buffer, BUFFER_SIMPLE)) return false;
  view->data = view->buffer.data;
  view->length = view->buffer.length;
  return true;
}
void byte_view_release(ByteView *view) {
  buffer_release(&view->buffer);
}

Value bytes_like(Value self, const void *data, size_t length) {
  return value_is_bytearray(self) ? bytearray_new(data, length) : bytes_new(data, length);
}

// The same contents as a result: exact bytes may return themselves.
static Value unchanged(Value self) {
  if (VALUE_IS_EXACT(self, BYTES)) return self;
  ByteView view = byte_view(self);
  return bytes_like(self, view.data, view.length);
}

// Bytes under construction for a result of self's type.
static uint8_t *result_allocate(Value self, size_t length, Value *result) {
  if (!value_is_bytearray(self)) {
    Bytes *bytes = bytes_allocate(length);
    *result = bytes ? value_from_cell(bytes) : NULL;
    return bytes ? bytes->data : NULL;
  }
  *result = bytearray_new(NULL, 0);
  if (!*result || !bytearray_resize(*result, length)) return NULL;
  return length ? bytearray_data(*result) : (uint8_t *)"";
}

Value byte_length(Value self) {
  return int_from_size(value_is_bytearray(self) ? bytearray_length(self) : value_as_bytes(self)->length);
}

// ---- Operators ----

Value byte_compare(Value self, Value other, int comparison) {
  if (!value_has_buffer(other) || value_is_str(other)) {
    if (runtime.bytes_warning && (value_is_str(other) || value_is_int(other)) &&
        (comparison == COMPARE_EQUAL || comparison == COMPARE_NOT_EQUAL) &&
        !warn(CLASS_BYTES_WARNING, 1,
              value_is_str(other) ? "Comparison between bytes and string" : "Comparison between bytes and int"))
      return NULL;
    return VALUE_NOT_IMPLEMENTED;
  }
  if (!(self = byte_stable(self))) return NULL;
  ByteView a = byte_view(self), b;
  if (!byte_view_acquire(other, &b)) {
    exception_clear();
    return VALUE_NOT_IMPLEMENTED;
  }
  int order;
  if (a.length != b.length && (comparison == COMPARE_EQUAL || comparison == COMPARE_NOT_EQUAL)) {
    order = 1;
  } else {
    size_t common = a.length < b.length ? a.length : b.length;
    order = common ? memcmp(a.data, b.data, common) : 0;
    if (order == 0) order = a.length < b.length ? -1 : a.length > b.length;
  }
  byte_view_release(&b);
  switch (comparison) {
  case COMPARE_LESS:
    return value_from_bool(order < 0);
  case COMPARE_LESS_EQUAL:
    return value_from_bool(order <= 0);
  case COMPARE_EQUAL:
    return value_from_bool(order == 0);
  case COMPARE_NOT_EQUAL:
    return value_from_bool(order != 0);
  case COMPARE_GREATER:
    return value_from_bool(order > 0);
  default:
    return value_from_bool(order >= 0);
  }
}

Value byte_add(Value self, Value other) {
  ByteView b;
  if (!value_has_buffer(other)) return raise_type_error("can't concat %.100T to %.100T", other, self);
  if (!(self = byte_stable(self))) return NULL;
  if (!byte_view_acquire(other, &b)) return NULL;
  ByteView a = byte_view(self);
  Value result;
  if (a.length == 0 && VALUE_IS_EXACT(other, BYTES) && value_is_bytes(self)) {
    result = other;
  } else {
    uint8_t *data = result_allocate(self, a.length + b.length, &result);
    if (data) {
      a = byte_view(self);
      memcpy(data, a.data, a.length);
      memcpy(data + a.length, b.data, b.length);
    }
  }
  byte_view_release(&b);
  return result;
}

Value byte_multiply(Value self, Value count_value) {
  if (!value_special(count_value, SPECIAL_INDEX)) return VALUE_NOT_IMPLEMENTED;
  ptrdiff_t count;
  if (!value_as_size(count_value, &count, CLASS_OVERFLOW_ERROR)) return NULL;
  if (!(self = byte_stable(self))) return NULL;
  ByteView view = byte_view(self);
  if (count <= 0 || view.length == 0) return bytes_like(self, NULL, 0);
  if (count == 1) return unchanged(self);
  if (view.length > (size_t)PTRDIFF_MAX / (size_t)count)
    return value_is_bytes(self) ? raise(CLASS_OVERFLOW_ERROR, "repeated bytes are too long") : raise_memory_error();
  Value result;
  uint8_t *data = result_allocate(self, view.length * (size_t)count, &result);
  if (!data) return NULL;
  view = byte_view(self);
  size_t total = view.length * (size_t)count, filled = view.length;
  memcpy(data, view.data, view.length);
  while (filled < total) { // doubling
    size_t step = filled < total - filled ? filled : total - filled;
    memcpy(data + filled, data, step);
    filled += step;
  }
  KEEP(result);
  return result;
}

// Every `step`th byte of `bytes` from `start` on, `count` of them.
static Value pick(Value class_of, const Bytes *bytes, ptrdiff_t start, ptrdiff_t step, ptrdiff_t count) {
  Bytes *result = bytes_allocate((size_t)count);
  if (!result) return NULL;
  for (ptrdiff_t i = 0; i < count; i++) result->data[i] = bytes->data[start + i * step];
  KEEP(bytes);
  return value_is_bytearray(class_of) ? bytearray_new(result->data, result->length) : value_from_cell(result);
}

static Value get_slice(Value self, Value slice) {
  ptrdiff_t start, stop, step;
  if (value_is_bytes(self)) {
    const Bytes *bytes = value_as_bytes(self);
    ptrdiff_t count = slice_resolve(slice, (ptrdiff_t)bytes->length, &start, &stop, &step);
    if (count < 0) return NULL;
    if (step != 1) return pick(self, bytes, start, step, count);
    return (size_t)count == bytes->length ? unchanged(self) : bytes_new(bytes->data + start, (size_t)count);
  }
  for (;;) { // again if another thread has changed the length that the slice was resolved for
    size_t length = bytearray_length(self);
    ptrdiff_t count = slice_resolve(slice, (ptrdiff_t)length, &start, &stop, &step);
    if (count < 0) return NULL;
    // All bytes from the first to the last, whichever is the left one.
    ptrdiff_t last = count ? start + (count - 1) * step : start, low = step < 0 ? last : start;
    ptrdiff_t high = count ? (step < 0 ? start : last) + 1 : low;
    Value part = byte_store_copy_part((ByteArray *)value_cell(self), length, (size_t)low, (size_t)high);
    if (part) return pick(self, value_as_bytes(part), start - low, step, count);
    if (exception_pending()) return NULL;
  }
}

Value byte_get_item(Value self, Value key) {
  if (value_special(key, SPECIAL_INDEX)) {
    ptrdiff_t index;
    if (!value_as_size(key, &index, CLASS_INDEX_ERROR)) return NULL;
    if (value_is_bytearray(self)) {
      uint8_t byte;
      if (byte_store_load((ByteArray *)value_cell(self), index, 1, &byte)) return value_from_small_int(byte);
      return raise(CLASS_INDEX_ERROR, "bytearray index out of range");
    }
    ByteView view = byte_view(self);
    if (index < 0) index += (ptrdiff_t)view.length;
    if (index < 0 || (size_t)index >= view.length) return raise(CLASS_INDEX_ERROR, "index out of range");
    return value_from_small_int(view.data[index]);
  }
  if (VALUE_IS_EXACT(key, SLICE)) return get_slice(self, key);
  return raise_type_error(value_is_bytearray(self) ? "bytearray indices must be integers or slices, not %.200T"
                                                   : "byte indices must be integers or slices, not %.200T",
                          key);
}

// ---- Searching ----

static ptrdiff_t find_forward(const uint8_t *data, size_t length, const uint8_t *part, size_t part_length) {
  if (part_length == 0) return 0;
  const uint8_t *found = memmem(data, length, part, part_length);
  return found ? found - data : -1;
}
static ptrdiff_t find_backward(const uint8_t *data, size_t length, const uint8_t *part, size_t part_length) {
  if (part_length > length) return -1;
  if (part_length == 0) return (ptrdiff_t)length;
  for (size_t at = length - part_length + 1; at-- > 0;)
    if (data[at] == part[0] && memcmp(data + at, part, part_length) == 0) return (ptrdiff_t)at;
  return -1;
}

// A part to look for: bytes-like, or an int that stands for one byte.
static bool part_acquire(Value value, ByteView *part, uint8_t *single) {
  *part = (ByteView){};
  if (value_special(value, SPECIAL_INDEX) && !value_has_buffer(value)) {
    int byte = byte_from_value(value, "byte must be in range(0, 256)");
    if (byte < 0) return false;
    *single = (uint8_t)byte;
    part->data = single;
    part->length = 1;
    return true;
  }
  if (value_has_buffer(value)) return byte_view_acquire(value, part);
  raise_type_error("argument should be integer or bytes-like object, not '%.200T'", value);
  return false;
}

Value byte_contains(Value self, Value item) {
  ByteView part;
  uint8_t single;
  if (!value_special(item, SPECIAL_INDEX) && !value_has_buffer(item))
    return raise_type_error("a bytes-like object is required, not '%.100T'", item);
  if (!(self = byte_stable(self))) return NULL;
  if (!part_acquire(item, &part, &single)) return NULL;
  ByteView view = byte_view(self);
  bool found = find_forward(view.data, view.length, part.data, part.length) >= 0;
  byte_view_release(&part);
  return value_from_bool(found);
}

// Optional start and end of searching methods, clipped to the length as slices are.
static bool parse_range(const char *name, Value *arguments, size_t count, Value keyword_names, size_t length,
                        size_t *start, size_t *end) {
  if (!arguments_check_none_by_keyword(name, keyword_names) || !arguments_check_count(name, count, 1, 3)) return false;
  ptrdiff_t limits[2] = {0, PTRDIFF_MAX};
  for (size_t i = 1; i < count; i++)
    if (arguments[i] != VALUE_NONE && !value_as_size(arguments[i], &limits[i - 1], CLASS_COUNT)) return false;
  for (size_t i = 0; i < 2; i++) {
    if (limits[i] < 0) limits[i] += (ptrdiff_t)length;
    if (limits[i] < 0) limits[i] = 0;
  }
  *start = (size_t)limits[0];
  *end = (size_t)limits[1] > length ? length : (size_t)limits[1];
  return true;
}

typedef enum SearchKind { SEARCH_FIRST, SEARCH_LAST, SEARCH_COUNT } SearchKind;

// -2: exception; -1: not found.
static ptrdiff_t search(const char *name, Value self, Value *arguments, size_t count, Value keyword_names,
                        SearchKind kind) {
  size_t start, end;
  ByteView part;
  uint8_t single;
  if (!(self = byte_stable(self))) return -2;
  if (!parse_range(name, arguments, count, keyword_names, byte_view(self).length, &start, &end) ||
      !part_acquire(arguments[0], &part, &single))
    return -2;
  ByteView view = byte_view(self);
  if (end > view.length) end = view.length;
  ptrdiff_t result = kind == SEARCH_COUNT ? 0 : -1;
  if (start <= end) {
    const uint8_t *data = view.data + start;
    size_t length = end - start;
    if (kind == SEARCH_FIRST) {
      result = find_forward(data, length, part.data, part.length);
    } else if (kind == SEARCH_LAST) {
      result = find_backward(data, length, part.data, part.length);
    } else if (part.length == 0) {
      result = (ptrdiff_t)length + 1;
    } else {
      for (ptrdiff_t at; (at = find_forward(data, length, part.data, part.length)) >= 0; result++) {
        data += (size_t)at + part.length;
        length -= (size_t)at + part.length;
      }
    }
    if (kind != SEARCH_COUNT && result >= 0) result += (ptrdiff_t)start;
  }
  byte_view_release(&part);
  return result;
}

static Value found_or_error(ptrdiff_t position) {
  return position == -2 ? NULL : value_from_small_int(position);
}
static Value found_or_value_error(ptrdiff_t position) {
  return position == -1 ? raise_value_error("subsection not found") : found_or_error(position);
}
Value byte_find(Value self, Value *arguments, size_t count, Value keyword_names) {
  return found_or_error(search("find", self, arguments, count, keyword_names, SEARCH_FIRST));
}
Value byte_rfind(Value self, Value *arguments, size_t count, Value keyword_names) {
  return found_or_error(search("rfind", self, arguments, count, keyword_names, SEARCH_LAST));
}
Value byte_index(Value self, Value *arguments, size_t count, Value keyword_names) {
  return found_or_value_error(search("index", self, arguments, count, keyword_names, SEARCH_FIRST));
}
Value byte_rindex(Value self, Value *arguments, size_t count, Value keyword_names) {
  return found_or_value_error(search("rindex", self, arguments, count, keyword_names, SEARCH_LAST));
}
Value byte_count(Value self, Value *arguments, size_t count, Value keyword_names) {
  return found_or_error(search("count", self, arguments, count, keyword_names, SEARCH_COUNT));
}

// 1, 0, -1: exception
static int has_affix(const char *name, Value self, Value affix, size_t start, size_t end, bool at_end) {
  ByteView part;
  if (!value_has_buffer(affix)) {
    raise_type_error("%s first arg must be bytes or a tuple of bytes, not %.200T", name, affix);
    return -1;
  }
  if (!byte_view_acquire(affix, &part)) return -1;
  ByteView view = byte_view(self);
  if (end > view.length) end = view.length;
  bool result = start <= end && end - start >= part.length &&
                memcmp(view.data + (at_end ? end - part.length : start), part.data, part.length) == 0;
  byte_view_release(&part);
  return result;
}
static Value affix_method(const char *name, Value self, Value *arguments, size_t count, Value keyword_names,
                          bool at_end) {
  size_t start, end;
  if (!(self = byte_stable(self))) return NULL;
  if (!parse_range(name, arguments, count, keyword_names, byte_view(self).length, &start, &end)) return NULL;
  if (!value_is_tuple(arguments[0])) {
    int result = has_affix(name, self, arguments[0], start, end, at_end);
    return result < 0 ? NULL : value_from_bool(result);
  }
  for (size_t i = 0; i < tuple_count(arguments[0]); i++) {
    Value item = tuple_item(arguments[0], i);
    if (!value_has_buffer(item)) return raise_type_error("a bytes-like object is required, not '%.100T'", item);
    int result = has_affix(name, self, item, start, end, at_end);
    if (result) return result < 0 ? NULL : VALUE_TRUE;
  }
  return VALUE_FALSE;
}
Value byte_startswith(Value self, Value *arguments, size_t count, Value keyword_names) {
  return affix_method("startswith", self, arguments, count, keyword_names, false);
}
Value byte_endswith(Value self, Value *arguments, size_t count, Value keyword_names) {
  return affix_method("endswith", self, arguments, count, keyword_names, true);
}

static Value remove_affix(Value self, Value affix, bool at_end) {
  ByteView part;
  if (!(self = byte_stable(self))) return NULL;
  if (!byte_view_acquire(affix, &part)) return NULL;
  ByteView view = byte_view(self);
  size_t length = part.length;
  bool present = length > 0 && view.length >= length &&
                 memcmp(view.data + (at_end ? view.length - length : 0), part.data, length) == 0;
  byte_view_release(&part);
  if (!present) return unchanged(self);
  return bytes_like(self, view.data + (at_end ? 0 : length), view.length - length);
}
Value byte_removeprefix(Value self, Value prefix) {
  return remove_affix(self, prefix, false);
}
Value byte_removesuffix(Value self, Value suffix) {
  return remove_affix(self, suffix, true);
}

// ---- Stripping ----

static bool is_space(uint8_t byte) {
  return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static Value strip(Value self, Value characters, bool left, bool right) {
  bool wanted[256] = {};
  if (!characters || characters == VALUE_NONE) {
    for (int i = 0; i < 256; i++) wanted[i] = is_space((uint8_t)i);
  } else {
    ByteView set;
    if (!byte_view_acquire(characters, &set)) return NULL;
    for (size_t i = 0; i < set.length; i++) wanted[set.data[i]] = true;
    byte_view_release(&set);
  }
  if (!(self = byte_stable(self))) return NULL;
  ByteView view = byte_view(self);
  size_t start = 0, end = view.length;
  while (left && start < end && wanted[view.data[start]]) start++;
  while (right && end > start && wanted[view.data[end - 1]]) end--;
  if (start == 0 && end == view.length) return unchanged(self);
  return bytes_like(self, view.data + start, end - start);
}
Value byte_strip(Value self, Value characters) {
  return strip(self, characters, true, true);
}
Value byte_lstrip(Value self, Value characters) {
  return strip(self, characters, true, false);
}
Value byte_rstrip(Value self, Value characters) {
  return strip(self, characters, false, true);
}

// ---- Splitting and joining ----

static bool append_part(Value list, Value self, size_t start, size_t end) {
  Value part = bytes_like(self, byte_view(self).data + start, end - start);
  return part && list_append(list, part);
}

static bool split_spaces(Value list, Value self, ptrdiff_t limit, bool backwards) {
  size_t start = 0, end = byte_view(self).length;
  for (;;) {
    const uint8_t *data = byte_view(self).data;
    while (start < end && is_space(data[start])) start++;
    while (end > start && is_space(data[end - 1]) && (backwards || limit != 0)) end--;
    if (start == end) return true;
    if (limit == 0) return append_part(list, self, backwards ? 0 : start, end);
    size_t at = backwards ? end : start;
    if (backwards) {
      while (at > start && !is_space(data[at - 1])) at--;
      if (!append_part(list, self, at, end)) return false;
      end = at;
    } else {
      while (at < end && !is_space(data[at])) at++;
      if (!append_part(list, self, start, at)) return false;
      start = at;
      end = byte_view(self).length;
    }
    if (limit > 0) limit--;
  }
}

static bool split_separator(Value list, Value self, const ByteView *separator, ptrdiff_t limit, bool backwards) {
  size_t start = 0, end = byte_view(self).length;
  while (limit != 0) {
    const uint8_t *data = byte_view(self).data;
    ptrdiff_t at = backwards ? find_backward(data + start, end - start, separator->data, separator->length)
                             : find_forward(data + start, end - start, separator->data, separator->length);
    if (at < 0) break;
    size_t position = start + (size_t)at;
    if (backwards) {
      if (!append_part(list, self, position + separator->length, end)) return false;
      end = position;
    } else {
      if (!append_part(list, self, start, position)) return false;
      start = position + separator->length;
    }
    if (limit > 0) limit--;
  }
  return append_part(list, self, start, end);
}

static Value split(Value self, Value separator, Value limit_value, bool backwards) {
  ptrdiff_t limit = -1;
  if (limit_value && !value_as_size(limit_value, &limit, CLASS_OVERFLOW_ERROR)) return NULL;
  Value list = list_new(NULL, 0);
  if (!list) return NULL;
  if (!(self = byte_stable(self))) return NULL;
  bool succeeded;
  if (!separator || separator == VALUE_NONE) {
    succeeded = split_spaces(list, self, limit, backwards);
  } else {
    ByteView view;
    if (!byte_view_acquire(separator, &view)) return NULL;
    succeeded = view.length > 0;
    if (!succeeded)
      raise_value_error("empty separator");
    else
      succeeded = split_separator(list, self, &view, limit, backwards);
    byte_view_release(&view);
  }
  if (!succeeded) return NULL;
  if (backwards && !list_reverse(list)) return NULL;
  return list;
}
Value byte_split(Value self, Value sep, Value maxsplit) {
  return split(self, sep, maxsplit, false);
}
Value byte_rsplit(Value self, Value sep, Value maxsplit) {
  return split(self, sep, maxsplit, true);
}

Value byte_splitlines(Value self, Value keepends) {
  int keep = 0;
  if (keepends && !value_as_int(keepends, &keep)) return NULL;
  Value list = list_new(NULL, 0);
  if (!list) return NULL;
  if (!(self = byte_stable(self))) return NULL;
  size_t start = 0, length = byte_view(self).length;
  while (start < length) {
    const uint8_t *data = byte_view(self).data;
    size_t end = start;
    while (end < length && data[end] != '\n' && data[end] != '\r') end++;
    size_t next = end;
    if (next < length) next += data[next] == '\r' && next + 1 < length && data[next + 1] == '\n' ? 2 : 1;
    if (!append_part(list, self, start, keep ? next : end)) return NULL;
    start = next;
  }
  return list;
}

static Value partition(Value self, Value separator, bool backwards) {
  ByteView part;
  if (!(self = byte_stable(self))) return NULL;
  if (!byte_view_acquire(separator, &part)) return NULL;
  ByteView view = byte_view(self);
  Value result = NULL;
  if (part.length == 0) {
    raise_value_error("empty separator");
  } else {
    ptrdiff_t at = backwards ? find_backward(view.data, view.length, part.data, part.length)
                             : find_forward(view.data, view.length, part.data, part.length);
    size_t before = at >= 0 ? (size_t)at : backwards ? 0 : view.length;
    size_t middle = at >= 0 ? part.length : 0;
    Value pieces[3] = {bytes_like(self, view.data, before), bytes_like(self, view.data + before, middle),
                       bytes_like(self, view.data + before + middle, view.length - before - middle)};
    if (at < 0 && value_is_bytes(self)) pieces[backwards ? 2 : 0] = unchanged(self);
    if (pieces[0] && pieces[1] && pieces[2]) result = tuple_new(pieces, 3);
  }
  byte_view_release(&part);
  return result;
}
Value byte_partition(Value self, Value sep) {
  return partition(self, sep, false);
}
Value byte_rpartition(Value self, Value sep) {
  return partition(self, sep, true);
}

Value byte_join(Value self, Value iterable) {
  if (!value_special(iterable, SPECIAL_ITER) && !value_special(iterable, SPECIAL_GETITEM))
    return raise_type_error("can only join an iterable");
  Value items = value_to_tuple(iterable);
  if (!items) return NULL;
  if (!(self = byte_stable(self))) return NULL;
  size_t count = tuple_count(items), separator = byte_view(self).length, total = 0;
  if (count == 1 && VALUE_IS_EXACT(tuple_item(items, 0), BYTES) && value_is_bytes(self)) return tuple_item(items, 0);
  for (size_t i = 0; i < count; i++) {
    ByteView view;
    Value item = tuple_item(items, i);
    if (!value_has_buffer(item))
      return raise_type_error("sequence item %zu: expected a bytes-like object, %.80T found", i, item);
    if (!byte_view_acquire(item, &view)) return NULL;
    total += view.length + (i ? separator : 0);
    byte_view_release(&view);
    if (total > (size_t)PTRDIFF_MAX / 2) return raise(CLASS_OVERFLOW_ERROR, "join() result is too long");
  }
  Value result;
  uint8_t *data = result_allocate(self, total, &result);
  if (!data) return NULL;
  size_t at = 0;
  for (size_t i = 0; i < count; i++) {
    ByteView view, own = byte_view(self);
    if (!byte_view_acquire(tuple_item(items, i), &view)) return NULL;
    bool fits = at + view.length + (i ? own.length : 0) <= total; // another thread may have grown an item
    if (fits) {
      if (i) memcpy(data + at, own.data, own.length);
      at += i ? own.length : 0;
      memcpy(data + at, view.data, view.length);
      at += view.length;
    }
    byte_view_release(&view);
    if (!fits) return raise(CLASS_BUFFER_ERROR, "an item changed its size during join()");
  }
  KEEP(result);
  return result;
}

// ---- Replacing ----

Value byte_replace(Value self, Value old, Value new, Value count_value) {
  ptrdiff_t limit = -1;
  ByteView from, to;
  if (count_value && !value_as_size(count_value, &limit, CLASS_OVERFLOW_ERROR)) return NULL;
  if (!(self = byte_stable(self))) return NULL;
  if (!byte_view_acquire(old, &from)) return NULL;
  if (!byte_view_acquire(new, &to)) {
    byte_view_release(&from);
    return NULL;
  }
  ByteView view = byte_view(self);
  // First count, so that the result is allocated once.
  size_t hits = 0;
  if (from.length == 0) {
    hits = view.length + 1;
    if (limit >= 0 && hits > (size_t)limit) hits = (size_t)limit;
  } else {
    size_t at = 0;
    while (limit < 0 || hits < (size_t)limit) {
      ptrdiff_t found = find_forward(view.data + at, view.length - at, from.data, from.length);
      if (found < 0) break;
      hits++;
      at += (size_t)found + from.length;
    }
  }
  Value result = NULL;
  if (hits == 0) {
    result = unchanged(self);
  } else if (to.length > from.length && hits > ((size_t)PTRDIFF_MAX - view.length) / (to.length - from.length)) {
    raise(CLASS_OVERFLOW_ERROR, "replace bytes is too long");
  } else {
    size_t length = view.length - hits * from.length + hits * to.length;
    uint8_t *out = result_allocate(self, length, &result);
    if (out) {
      view = byte_view(self);
      size_t at = 0;
      for (size_t i = 0; i < hits; i++) {
        size_t next = from.length == 0
                          ? (i == 0 ? 0 : at + 1)
                          : at + (size_t)find_forward(view.data + at, view.length - at, from.data, from.length);
        memcpy(out, view.data + at, next - at);
        out += next - at;
        memcpy(out, to.data, to.length);
        out += to.length;
        at = next + from.length;
      }
      memcpy(out, view.data + at, view.length - at);
    }
  }
  byte_view_release(&from);
  byte_view_release(&to);
  return result;
}

Value byte_translate(Value self, Value table, Value delete) {
  uint8_t map[256];
  bool dropped[256] = {};
  for (int i = 0; i < 256; i++) map[i] = (uint8_t)i;
  if (table != VALUE_NONE) {
    ByteView view;
    if (!byte_view_acquire(table, &view)) return NULL;
    bool fits = view.length == 256;
    if (fits) memcpy(map, view.data, 256);
    byte_view_release(&view);
    if (!fits) return raise_value_error("translation table must be 256 characters long");
  }
  if (delete) {
    ByteView view;
    if (!byte_view_acquire(delete, &view)) return NULL;
    for (size_t i = 0; i < view.length; i++) dropped[view.data[i]] = true;
    byte_view_release(&view);
  }
  if (!(self = byte_stable(self))) return NULL;
  ByteView view = byte_view(self);
  size_t length = 0;
  for (size_t i = 0; i < view.length; i++) length += !dropped[view.data[i]];
  Value result;
  uint8_t *out = result_allocate(self, length, &result);
  if (!out) return NULL;
  view = byte_view(self);
  for (size_t i = 0; i < view.length; i++)
    if (!dropped[view.data[i]]) *out++ = map[view.data[i]];
  return result;
}

Value byte_maketrans(Value frm, Value to) {
  ByteView from, into;
  if (!byte_view_acquire(frm, &from)) return NULL;
  if (!byte_view_acquire(to, &into)) {
    byte_view_release(&from);
    return NULL;
  }
  Value result = NULL;
  if (from.length != into.length) {
    raise_value_error("maketrans arguments must have same length");
  } else {
    uint8_t map[256];
    for (int i = 0; i < 256; i++) map[i] = (uint8_t)i;
    for (size_t i = 0; i < from.length; i++) map[from.data[i]] = into.data[i];
    result = bytes_new(map, 256);
  }
  byte_view_release(&from);
  byte_view_release(&into);
  return result;
}

// ---- Text forms ----

Value byte_decode(Value self, Value encoding, Value errors) {
  const char *encoding_name, *errors_name;
  if (!codec_name_argument(encoding, "decode", "'encoding'", &encoding_name) ||
      !codec_name_argument(errors, "decode", "'errors'", &errors_name))
    return NULL;
  if (!(self = byte_stable(self))) return NULL;
  return codec_decode_text(self, encoding_name, errors_name);
}

static int hex_digit(uint32_t character) {
  if (character >= '0' && character <= '9') return (int)(character - '0');
  character |= 0x20;
  return character >= 'a' && character <= 'f' ? (int)(character - 'a' + 10) : -1;
}

Value byte_fromhex(Value class, Value string) {
  if (!value_is_str(string)) return raise_type_error("fromhex() argument must be str, not %T", string);
  const Str *text = value_as_str(string);
  Bytes *bytes = bytes_allocate(text->length / 2);
  if (!bytes) return NULL;
  size_t length = 0;
  for (size_t i = 0; i < text->length;) {
    uint32_t character = str_character(text, i);
    if (character < 128 && is_space((uint8_t)character)) {
      i++;
      continue;
    }
    int high = hex_digit(character), low = i + 1 < text->length ? hex_digit(str_character(text, i + 1)) : -1;
    if (high < 0 || low < 0)
      return raise_value_error("non-hexadecimal number found in fromhex() arg at position %zu", high < 0 ? i : i + 1);
    bytes->data[length++] = (uint8_t)(high << 4 | low);
    i += 2;
  }
  if (class == value_from_cell(BUILTIN(BYTEARRAY))) return bytearray_new(bytes->data, length);
  Value result = bytes_new(bytes->data, length);
  KEEP(bytes);
  return !result || class == value_from_cell(BUILTIN(BYTES)) ? result : value_call_1(class, result);
}

Value bytes_hex_text(const uint8_t *data, size_t length, Value separator, Value group_value) {
  static const char digits[] = "0123456789abcdef";
  int group = 1;
  uint32_t mark = 0;
  if (group_value && !value_as_int(group_value, &group)) return NULL;
  if (separator) {
    size_t count;
    if (value_is_str(separator)) {
      count = str_length(separator);
      mark = count ? str_character(value_as_str(separator), 0) : 0;
    } else if (value_is_bytes(separator)) {
      count = value_as_bytes(separator)->length;
      mark = count ? value_as_bytes(separator)->data[0] : 0;
    } else {
      return raise_type_error("sep must be str or bytes.");
    }
    if (count != 1) return raise_value_error("sep must be length 1.");
    if (mark > 127) return raise_value_error("sep must be ASCII.");
  }
  if (!length) return str_from_ascii("", 0);
  size_t every = group < 0 ? -(size_t)group : (size_t)group;
  size_t marks = separator && every ? (length - 1) / every : 0;
  Str *text = str_allocate(2 * length + marks, 0x7f);
  if (!text) return NULL;
  uint8_t *to = text->data;
  for (size_t i = 0; i < length; i++) {
    // Groups are counted from the right, or from the left when negative.
    if (marks && i && (group < 0 ? i : length - i) % every == 0) *to++ = (uint8_t)mark;
    *to++ = (uint8_t)digits[data[i] >> 4];
    *to++ = (uint8_t)digits[data[i] & 15];
  }
  KEEP(data);
  return value_from_cell(text);
}
Value byte_hex(Value self, Value sep, Value bytes_per_sep) {
  if (!(self = byte_stable(self))) return NULL;
  ByteView view = byte_view(self);
  return bytes_hex_text(view.data, view.length, sep, bytes_per_sep);
}
