// str: looking for parts: find, index, count, startswith, replace and their kin.
//
// Threads: immutable texts only.
#include "runtime/heap/heap.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str_internal.h"
#include "runtime/object/str_search.h"

#include <string.h>

static bool slice_bound(Value value, ptrdiff_t length, ptrdiff_t *bound) {
  if (!value || value == VALUE_NONE) return true;
  if (value_is_small_int(value)) {
    *bound = value_small_int(value);
  } else {
    if (!value_special(value, SPECIAL_INDEX)) {
      raise_type_error("slice indices must be integers or None or have an __index__ method");
      return false;
    }
    if (!value_as_size(value, bound, CLASS_COUNT)) return false;
  }
  if (*bound < 0) *bound = *bound + length < 0 ? 0 : *bound + length;
  return true;
}

bool str_slice_bounds(Value start_value, Value end_value, size_t length, size_t *start, size_t *end) {
  ptrdiff_t from = 0, to = (ptrdiff_t)length;
  if (!slice_bound(start_value, (ptrdiff_t)length, &from) || !slice_bound(end_value, (ptrdiff_t)length, &to))
    return false;
  *start = (size_t)from; // may lie beyond the end: then nothing is found there, not even the empty string
  *end = to > (ptrdiff_t)length ? length : (size_t)to;
  return true;
}

bool str_check_argument(Value value, const char *function, const char *argument) {
  if (value_is_str(value)) return true;
  raise_type_error("%s() argument %s%smust be str, not %.50T", function, argument ? argument : "", argument ? " " : "",
                   value);
  return false;
}

// What find and its kin take: (sub[, start[, end]]).
typedef struct Search {
  const Str *text;
  Value part;
  size_t start, end;
} Search;

static bool search_arguments(Search *search, const char *name, Value self, Value *arguments, size_t count,
                             Value keyword_names) {
  if (keyword_names && tuple_count(keyword_names) > 0) {
    raise_type_error("str.%s() takes no keyword arguments", name);
    return false;
  }
  if (count < 1 || count > 3) {
    raise_type_error("%s() takes at %s %d argument%s (%zu given)", name, count < 1 ? "least" : "most",
                     count < 1 ? 1 : 3, count < 1 ? "" : "s", count);
    return false;
  }
  search->text = value_as_str(self);
  search->part = arguments[0];
  return str_slice_bounds(count > 1 ? arguments[1] : NULL, count > 2 ? arguments[2] : NULL, search->text->length,
                          &search->start, &search->end);
}

// Where the part is: -1 not there, -2 an exception is pending.
static ptrdiff_t search_run(const Search *search, bool last) {
  if (!value_is_str(search->part)) {
    raise_type_error("must be str, not %.100T", search->part);
    return -2;
  }
  StrNeedle needle;
  int possible = needle_prepare(&needle, search->part, str_width(search->text));
  if (possible <= 0) return possible < 0 ? -2 : -1;
  ptrdiff_t at = (last ? needle_find_last : needle_find)(&needle, search->text->data, search->start, search->end);
  KEEP(search->text);
  KEEP(needle.owner);
  return at;
}

static Value find_or(const char *name, Value self, Value *arguments, size_t count, Value keyword_names, bool last,
                     bool must_exist) {
  Search search;
  if (!search_arguments(&search, name, self, arguments, count, keyword_names)) return NULL;
  ptrdiff_t at = search_run(&search, last);
  if (at == -2) return NULL;
  if (at < 0 && must_exist) return raise_value_error("substring not found");
  return value_from_small_int(at);
}

Value str_find_method(Value self, Value *arguments, size_t count, Value keyword_names) {
  return find_or("find", self, arguments, count, keyword_names, false, false);
}
Value str_rfind_method(Value self, Value *arguments, size_t count, Value keyword_names) {
  return find_or("rfind", self, arguments, count, keyword_names, true, false);
}
Value str_index_method(Value self, Value *arguments, size_t count, Value keyword_names) {
  return find_or("index", self, arguments, count, keyword_names, false, true);
}
Value str_rindex_method(Value self, Value *arguments, size_t count, Value keyword_names) {
  return find_or("rindex", self, arguments, count, keyword_names, true, true);
}

ptrdiff_t str_find(Value text, Value part, ptrdiff_t start, ptrdiff_t end) {
  const Str *source = value_as_str(text);
  if (end < 0 || (size_t)end > source->length) end = (ptrdiff_t)source->length;
  Search search = {source, part, (size_t)(start < 0 ? 0 : start), (size_t)end};
  ptrdiff_t at = search_run(&search, false);
  return at < 0 ? -1 : at;
}

Value str_contains_method(Value self, Value part) {
  if (!value_is_str(part)) return raise_type_error("'in <string>' requires string as left operand, not %.100T", part);
  Search search = {value_as_str(self), part, 0, str_length(self)};
  ptrdiff_t at = search_run(&search, false);
  return at == -2 ? NULL : value_from_bool(at >= 0);
}

Value str_count_method(Value self, Value *arguments, size_t count, Value keyword_names) {
  Search search;
  if (!search_arguments(&search, "count", self, arguments, count, keyword_names)) return NULL;
  if (!value_is_str(search.part)) return raise_type_error("must be str, not %.100T", search.part);
  if (search.start > search.end) return value_from_small_int(0);
  StrNeedle needle;
  int possible = needle_prepare(&needle, search.part, str_width(search.text));
  if (possible <= 0) return possible < 0 ? NULL : value_from_small_int(0);
  if (needle.length == 0) return int_from_size(search.end - search.start + 1);
  size_t found = needle_count(&needle, search.text->data, search.start, search.end, SIZE_MAX);
  KEEP(self);
  KEEP(needle.owner);
  return int_from_size(found);
}

// ---- Beginnings and ends ----

static bool matches_at(const Str *text, size_t at, const Str *part) {
  int width = str_width(text);
  if (width == str_width(part))
    return memcmp(text->data + at * (size_t)width, part->data, part->length * (size_t)width) == 0;
  for (size_t i = 0; i < part->length; i++)
    if (str_character(text, at + i) != str_character(part, i)) return false;
  return true;
}

static bool tail_matches(const Search *search, Value part, bool at_end) {
  const Str *wanted = value_as_str(part);
  if (search->start > search->end || search->end - search->start < wanted->length) return false;
  return matches_at(search->text, at_end ? search->end - wanted->length : search->start, wanted);
}

static Value tail_test(const char *name, Value self, Value *arguments, size_t count, Value keyword_names, bool at_end) {
  Search search;
  if (!search_arguments(&search, name, self, arguments, count, keyword_names)) return NULL;
  if (value_is_str(search.part)) return value_from_bool(tail_matches(&search, search.part, at_end));
  if (!value_is_tuple(search.part))
    return raise_type_error("%s first arg must be str or a tuple of str, not %.100T", name, search.part);
  for (size_t i = 0; i < tuple_count(search.part); i++) {
    Value part = tuple_item(search.part, i);
    if (!value_is_str(part)) return raise_type_error("tuple for %s must only contain str, not %.100T", name, part);
    if (tail_matches(&search, part, at_end)) return VALUE_TRUE;
  }
  return VALUE_FALSE;
}

Value str_startswith_method(Value self, Value *arguments, size_t count, Value keyword_names) {
  return tail_test("startswith", self, arguments, count, keyword_names, false);
}
Value str_endswith_method(Value self, Value *arguments, size_t count, Value keyword_names) {
  return tail_test("endswith", self, arguments, count, keyword_names, true);
}

Value str_removeprefix_method(Value self, Value prefix) {
  if (!str_check_argument(prefix, "removeprefix", NULL)) return NULL;
  Search search = {value_as_str(self), prefix, 0, str_length(self)};
  if (!tail_matches(&search, prefix, false)) return str_exact(self);
  return str_substring(self, str_length(prefix), search.end);
}
Value str_removesuffix_method(Value self, Value suffix) {
  if (!str_check_argument(suffix, "removesuffix", NULL)) return NULL;
  Search search = {value_as_str(self), suffix, 0, str_length(self)};
  if (!tail_matches(&search, suffix, true)) return str_exact(self);
  return str_substring(self, 0, search.end - str_length(suffix));
}

// ---- replace ----

// Puts `new` before each of the first `limit` characters, and at the end if there are not so many.
static Value replace_empty(Value self, Value new, size_t limit) {
  const Str *text = value_as_str(self);
  StrBuilder builder;
  str_builder_start(&builder);
  size_t at = 0;
  for (; at < text->length && at < limit; at++) {
    str_builder_add(&builder, new);
    str_builder_add_character(&builder, str_character(text, at));
  }
  if (at < limit)
    str_builder_add(&builder, new);
  else
    str_builder_add_part(&builder, self, at, text->length);
  return str_builder_finish(&builder);
}

// All in ASCII, the old part as long as the new one: a copy, some of it overwritten.
static Value replace_same_length(const Str *text, const StrNeedle *needle, const Str *new, size_t limit, size_t first) {
  Str *result = str_allocate(text->length, 0x7f);
  if (!result) return NULL;
  memcpy(result->data, text->data, text->length);
  ptrdiff_t at = (ptrdiff_t)first;
  for (size_t i = 0; i < limit && at >= 0; i++) {
    memcpy(result->data + at, new->data, needle->length);
    at = needle_find(needle, text->data, (size_t)at + needle->length, text->length);
  }
  return value_from_cell(result);
}

// All in ASCII, of different lengths: counted first, so that the result is allocated once.
static Value replace_ascii(const Str *text, const StrNeedle *needle, const Str *new, size_t limit, size_t first) {
  size_t count = needle_count(needle, text->data, first, text->length, limit), added, length;
  if (__builtin_mul_overflow(count, new->length, &added) ||
      __builtin_add_overflow(text->length - count * needle->length, added, &length) || length > PTRDIFF_MAX)
    return raise(CLASS_OVERFLOW_ERROR, "replace string is too long");
  if (length == 0) return str_from_ascii("", 0);
  Str *result = str_allocate(length, 0x7f);
  if (!result) return NULL;
  uint8_t *out = result->data;
  size_t from = 0;
  for (size_t i = 0, at = first; i < count; i++) {
    memcpy(out, text->data + from, at - from);
    out += at - from;
    memcpy(out, new->data, new->length);
    out += new->length;
    from = at + needle->length;
    if (i + 1 < count) at = (size_t)needle_find(needle, text->data, from, text->length);
  }
  memcpy(out, text->data + from, text->length - from);
  return value_from_cell(result);
}

Value str_replace_method(Value self, Value old, Value new, Value count_value) {
  if (!str_check_argument(old, "replace", "1") || !str_check_argument(new, "replace", "2")) return NULL;
  ptrdiff_t count = -1;
  if (count_value && !value_as_size(count_value, &count, CLASS_OVERFLOW_ERROR)) return NULL;
  const Str *text = value_as_str(self);
  size_t limit = count < 0 ? SIZE_MAX : (size_t)count;
  if (limit == 0 || str_equals(old, new)) return str_exact(self);
  if (str_length(old) == 0) return replace_empty(self, new, limit);
  StrNeedle needle;
  int possible = needle_prepare(&needle, old, str_width(text));
  if (possible < 0) return NULL;
  ptrdiff_t first = possible ? needle_find(&needle, text->data, 0, text->length) : -1;
  if (first < 0) return str_exact(self);
  const Str *inserted = value_as_str(new);
  if (str_is_ascii(text) && str_is_ascii(inserted)) {
    Value (*replace)(const Str *, const StrNeedle *, const Str *, size_t, size_t) =
        needle.length == inserted->length ? replace_same_length : replace_ascii;
    Value result = replace(text, &needle, inserted, limit, (size_t)first);
    KEEP(needle.owner);
    KEEP(self);
    KEEP(new);
    return result;
  }
  StrBuilder builder;
  str_builder_start(&builder);
  size_t from = 0;
  ptrdiff_t at = first;
  for (size_t i = 0; at >= 0 && i < limit && !builder.failed; i++) {
    str_builder_add_part(&builder, self, from, (size_t)at);
    str_builder_add(&builder, new);
    from = (size_t)at + needle.length;
    at = needle_find(&needle, text->data, from, text->length);
  }
  str_builder_add_part(&builder, self, from, text->length);
  KEEP(needle.owner);
  return str_builder_finish(&builder);
}
