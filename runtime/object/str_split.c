// str: taking apart and joining: split, rsplit, splitlines, partition, join.
//
// Threads: texts are immutable; join works on a snapshot of its list.
#include "runtime/heap/heap.h"
#include "runtime/object/exception.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str_internal.h"
#include "runtime/object/str_search.h"
#include "runtime/support/unicode.h"

#include <string.h>

static bool add_part(Value list, Value text, size_t start, size_t end) {
  Value part = str_substring(text, start, end);
  return part && list_append(list, part);
}

static Value split_spaces(Value self, size_t limit) {
  const Str *text = value_as_str(self);
  Value list = list_new_sized(0);
  if (!list) return NULL;
  size_t at = 0, end = text->length;
  if (str_width(text) == 1) { // the same as below, without asking for the width of each character
    for (size_t i = 0;; i++) {
      while (at < end && unicode_is_space(text->data[at])) at++;
      if (at == end || i == limit) break;
      size_t start = at;
      while (at < end && !unicode_is_space(text->data[at])) at++;
      if (!add_part(list, self, start, at)) return NULL;
    }
  } else {
    for (size_t i = 0;; i++) {
      while (at < end && unicode_is_space(str_character(text, at))) at++;
      if (at == end || i == limit) break;
      size_t start = at;
      while (at < end && !unicode_is_space(str_character(text, at))) at++;
      if (!add_part(list, self, start, at)) return NULL;
    }
  }
  if (at < end && !add_part(list, self, at, end)) return NULL; // the limit was reached: the rest as it is
  return list;
}

static Value rsplit_spaces(Value self, size_t limit) {
  const Str *text = value_as_str(self);
  Value list = list_new_sized(0);
  if (!list) return NULL;
  size_t at = text->length;
  for (size_t i = 0;; i++) {
    while (at > 0 && unicode_is_space(str_character(text, at - 1))) at--;
    if (at == 0 || i == limit) break;
    size_t end = at;
    while (at > 0 && !unicode_is_space(str_character(text, at - 1))) at--;
    if (!add_part(list, self, at, end)) return NULL;
  }
  if (at > 0 && !add_part(list, self, 0, at)) return NULL;
  return list_reverse(list) ? list : NULL;
}

static Value split_whole(Value self) {
  Value text = str_exact(self);
  return text ? list_new(&text, 1) : NULL;
}

static Value split_by(Value self, Value separator, size_t limit) {
  const Str *text = value_as_str(self);
  StrNeedle needle;
  int possible = needle_prepare(&needle, separator, str_width(text));
  if (possible < 0) return NULL;
  if (!possible) return split_whole(self);
  Value list = list_new_sized(0);
  if (!list) return NULL;
  size_t from = 0;
  for (size_t i = 0; i < limit; i++) {
    ptrdiff_t at = needle_find(&needle, text->data, from, text->length);
    if (at < 0) break;
    if (!add_part(list, self, from, (size_t)at)) return NULL;
    from = (size_t)at + needle.length;
  }
  KEEP(needle.owner);
  return add_part(list, self, from, text->length) ? list : NULL;
}

static Value rsplit_by(Value self, Value separator, size_t limit) {
  const Str *text = value_as_str(self);
  StrNeedle needle;
  int possible = needle_prepare(&needle, separator, str_width(text));
  if (possible < 0) return NULL;
  if (!possible) return split_whole(self);
  Value list = list_new_sized(0);
  if (!list) return NULL;
  size_t end = text->length;
  for (size_t i = 0; i < limit; i++) {
    ptrdiff_t at = needle_find_last(&needle, text->data, 0, end);
    if (at < 0) break;
    if (!add_part(list, self, (size_t)at + needle.length, end)) return NULL;
    end = (size_t)at;
  }
  KEEP(needle.owner);
  return add_part(list, self, 0, end) && list_reverse(list) ? list : NULL;
}

typedef Value SpaceSplitter(Value self, size_t limit);
typedef Value Splitter(Value self, Value separator, size_t limit);

static Value split_with(Value self, Value separator, Value limit_value, SpaceSplitter *at_spaces, Splitter *at) {
  ptrdiff_t limit = -1;
  if (limit_value && !value_as_size(limit_value, &limit, CLASS_OVERFLOW_ERROR)) return NULL;
  size_t count = limit < 0 ? SIZE_MAX : (size_t)limit;
  if (!separator || separator == VALUE_NONE) return at_spaces(self, count);
  if (!value_is_str(separator)) return raise_type_error("must be str or None, not %.100T", separator);
  if (str_length(separator) == 0) return raise_value_error("empty separator");
  return at(self, separator, count);
}

Value str_split_method(Value self, Value separator, Value limit) {
  return split_with(self, separator, limit, split_spaces, split_by);
}
Value str_rsplit_method(Value self, Value separator, Value limit) {
  return split_with(self, separator, limit, rsplit_spaces, rsplit_by);
}

Value str_splitlines_method(Value self, Value keep_ends) {
  int keep = 0;
  if (keep_ends && !value_as_int(keep_ends, &keep)) return NULL;
  const Str *text = value_as_str(self);
  Value list = list_new_sized(0);
  if (!list) return NULL;
  for (size_t at = 0; at < text->length;) {
    size_t start = at;
    while (at < text->length && !unicode_is_line_break(str_character(text, at))) at++;
    size_t end = at;
    if (at < text->length) {
      at += str_character(text, at) == '\r' && at + 1 < text->length && str_character(text, at + 1) == '\n' ? 2 : 1;
      if (keep) end = at;
    }
    if (!add_part(list, self, start, end)) return NULL;
  }
  return list;
}

// The parts before and after the separator, which is at `at` (-1: nowhere).
static Value partition_at(Value self, Value separator, ptrdiff_t at, bool last) {
  Value empty = str_substring(self, 0, 0);
  if (!empty) return NULL;
  if (at < 0) {
    return last ? tuple_of(3, empty, empty, self) : tuple_of(3, self, empty, empty);
  }
  Value before = str_substring(self, 0, (size_t)at);
  Value middle = str_exact(separator);
  Value after = str_substring(self, (size_t)at + str_length(separator), SIZE_MAX);
  return before && middle && after ? tuple_of(3, before, middle, after) : NULL;
}

static Value partition_with(Value self, Value separator, bool last) {
  if (!value_is_str(separator)) return raise_type_error("must be str, not %.100T", separator);
  if (str_length(separator) == 0) return raise_value_error("empty separator");
  const Str *text = value_as_str(self);
  StrNeedle needle;
  int possible = needle_prepare(&needle, separator, str_width(text));
  if (possible < 0) return NULL;
  ptrdiff_t at = -1;
  if (possible) at = (last ? needle_find_last : needle_find)(&needle, text->data, 0, text->length);
  KEEP(needle.owner);
  return partition_at(self, separator, at, last);
}
Value str_partition_method(Value self, Value separator) {
  return partition_with(self, separator, false);
}
Value str_rpartition_method(Value self, Value separator) {
  return partition_with(self, separator, true);
}

// ---- join ----

// Most pieces are short: then a loop beats a call.
static inline uint8_t *put_bytes(uint8_t *restrict out, const Str *piece) {
  size_t length = piece->length;
  if (length > 16) {
    memcpy(out, piece->data, length);
  } else {
    const uint8_t *from = piece->data;
#pragma clang loop vectorize(disable) unroll(disable)
    for (size_t i = 0; i < length; i++) out[i] = from[i];
  }
  return out + length;
}

static Value join_items(Value separator, const Value *items, size_t count) {
  const Str *between = value_as_str(separator);
  if (count == 1 && VALUE_IS_EXACT(items[0], STR)) return items[0];
  size_t length = 0;
  uint32_t widest = 0;
  for (size_t i = 0; i < count; i++) {
    if (!value_is_str(items[i]))
      return raise_type_error("sequence item %zu: expected str instance, %.80T found", i, items[i]);
    const Str *item = value_as_str(items[i]);
    if (str_widest(item) > widest) widest = str_widest(item);
    if (__builtin_add_overflow(length, item->length + (i > 0 ? between->length : 0), &length) || length > PTRDIFF_MAX)
      return raise(CLASS_OVERFLOW_ERROR, "join() result is too long for a Python string");
  }
  if (count > 1 && str_widest(between) > widest) widest = str_widest(between);
  if (length == 0) return str_substring(separator, 0, 0);
  Str *text = str_allocate(length, widest);
  if (!text) return NULL;
  if (str_width(text) == 1) {
    uint8_t *out = text->data;
    for (size_t i = 0; i < count; i++) {
      const Str *item = value_as_str(items[i]);
      if (i > 0) out = put_bytes(out, between);
      out = put_bytes(out, item);
    }
    return value_from_cell(text);
  }
  size_t at = 0;
  for (size_t i = 0; i < count; i++) {
    const Str *item = value_as_str(items[i]);
    if (i > 0) {
      str_copy_units(text, at, between, 0, between->length);
      at += between->length;
    }
    str_copy_units(text, at, item, 0, item->length);
    at += item->length;
  }
  return value_from_cell(text);
}

Value str_join(Value separator, Value iterable) {
  if (!value_is_tuple(iterable) && !value_is_list(iterable)) {
    iterable = value_to_list(iterable);
    if (!iterable) return NULL;
  }
  // A list may change while we read it, when there are other threads.
  if (value_is_list(iterable) && threads_started && !(iterable = list_to_tuple(iterable))) return NULL;
  Value text;
  if (value_is_list(iterable)) {
    const List *list = value_as_list(iterable);
    const ListItems *items = (const ListItems *)value_cell(list->items);
    text = join_items(separator, items ? items->items : NULL, list->count);
    KEEP(items);
  } else {
    text = join_items(separator, value_as_tuple(iterable)->items, tuple_count(iterable));
  }
  KEEP(iterable);
  return text;
}

Value str_join_method(Value self, Value iterable) {
  if (!value_is_tuple(iterable) && !value_is_list(iterable) && !value_special(iterable, SPECIAL_ITER) &&
      !value_special(iterable, SPECIAL_GETITEM))
    return raise_type_error("can only join an iterable");
  return str_join(self, iterable);
}
