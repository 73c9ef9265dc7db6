// What the files of str share: the C functions behind its methods, and a few helpers.
#pragma once

#include "runtime/object/str.h"

// start and end of a slice-like pair of arguments (zero or None: the whole), clipped to [0, length] as slicing does.
// False: TypeError. Runs __index__.
bool str_slice_bounds(Value start_value, Value end_value, size_t length, size_t *start, size_t *end);
// `value` itself if it is exactly a str, otherwise an exact copy.
Value str_exact(Value value);
// "f() argument must be str, not T" (with `argument`: "f() argument X must be ..."). False: raised.
bool str_check_argument(Value value, const char *function, const char *argument);
// Copies `count` characters between strings; `to` is at least as wide as they need.
void str_copy_units(Str *to, size_t at, const Str *from, size_t start, size_t count);
// Makes room for `count` more characters, none above `widest`. False: it has failed, MemoryError is pending.
bool str_builder_reserve(StrBuilder *builder, size_t count, uint32_t widest);
// An upper bound of the characters in `text`, exact enough to choose the storage.
uint32_t str_widest(const Str *text);
// Stores a character; the storage must be wide enough.
static inline void str_put(Str *text, size_t index, uint32_t character) {
  switch (str_width(text)) {
  case 1:
    text->data[index] = (uint8_t)character;
    break;
  case 2:
    ((uint16_t *)(void *)text->data)[index] = (uint16_t)character;
    break;
  default:
    ((uint32_t *)(void *)text->data)[index] = character;
  }
}

// str_find.c
Value str_find_method(Value self, Value *arguments, size_t count, Value keyword_names);
Value str_rfind_method(Value self, Value *arguments, size_t count, Value keyword_names);
Value str_index_method(Value self, Value *arguments, size_t count, Value keyword_names);
Value str_rindex_method(Value self, Value *arguments, size_t count, Value keyword_names);
Value str_count_method(Value self, Value *arguments, size_t count, Value keyword_names);
Value str_startswith_method(Value self, Value *arguments, size_t count, Value keyword_names);
Value str_endswith_method(Value self, Value *arguments, size_t count, Value keyword_names);
Value str_contains_method(Value self, Value part);
Value str_removeprefix_method(Value self, Value prefix);
Value str_removesuffix_method(Value self, Value suffix);
Value str_replace_method(Value self, Value old, Value new, Value count);

// str_split.c
Value str_split_method(Value self, Value separator, Value limit);
Value str_rsplit_method(Value self, Value separator, Value limit);
Value str_splitlines_method(Value self, Value keep_ends);
Value str_partition_method(Value self, Value separator);
Value str_rpartition_method(Value self, Value separator);
Value str_join_method(Value self, Value iterable);

// str_case.c
Value str_upper_method(Value self);
Value str_lower_method(Value self);
Value str_title_method(Value self);
Value str_capitalize_method(Value self);
Value str_swapcase_method(Value self);
Value str_casefold_method(Value self);

// str_tests.c
Value str_isascii_method(Value self);
Value str_islower_method(Value self);
Value str_isupper_method(Value self);
Value str_istitle_method(Value self);
Value str_isspace_method(Value self);
Value str_isdecimal_method(Value self);
Value str_isdigit_method(Value self);
Value str_isnumeric_method(Value self);
Value str_isalpha_method(Value self);
Value str_isalnum_method(Value self);
Value str_isidentifier_method(Value self);
Value str_isprintable_method(Value self);

// str_edit.c
Value str_strip_method(Value self, Value characters);
Value str_lstrip_method(Value self, Value characters);
Value str_rstrip_method(Value self, Value characters);
Value str_center_method(Value self, Value width, Value fill);
Value str_ljust_method(Value self, Value width, Value fill);
Value str_rjust_method(Value self, Value width, Value fill);
Value str_zfill_method(Value self, Value width);
Value str_expandtabs_method(Value self, Value tab_size);
Value str_translate_method(Value self, Value table);
Value str_maketrans_method(Value x, Value y, Value z);

// str_percent.c: self % arguments
Value str_remainder_method(Value self, Value arguments);
Value str_reversed_remainder_method(Value self, Value format);

// str_template.c
Value str_format_method(Value self, Value *arguments, size_t count, Value keyword_names);
Value str_format_map_method(Value self, Value mapping);
Value str_formatter_parser(Value text);
Value str_formatter_field_name_split(Value text);
