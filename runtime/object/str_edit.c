// str: stripping, padding, tabs, and translation by a table.
//
// Threads: texts are immutable; translate() asks its table item by item, as Python code would.
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/str_internal.h"
#include "runtime/object/str_search.h"
#include "runtime/support/unicode.h"

#include <string.h>

// ---- strip ----

typedef struct StripSet {
  const Str *characters; // NULL: white space
  uint64_t low[4];       // bit set of the characters below 256
  bool only_low;
} StripSet;

static bool strip_set_has(const StripSet *set, uint32_t character) {
  if (!set->characters) return unicode_is_space(character);
  if (character < 256) return (set->low[character >> 6] >> (character & 63)) & 1;
  return !set->only_low && units_find_character(set->characters->data, str_width(set->characters), 0,
                                                set->characters->length, character) >= 0;
}

static Value strip(Value self, Value characters, const char *name, bool left, bool right) {
  StripSet set = {};
  if (characters && characters != VALUE_NONE) {
    if (!value_is_str(characters)) return raise_type_error("%s arg must be None or str", name);
    set.characters = value_as_str(characters);
    set.only_low = str_width(set.characters) == 1;
    for (size_t i = 0; i < set.characters->length; i++) {
      uint32_t character = str_character(set.characters, i);
      if (character < 256) set.low[character >> 6] |= (uint64_t)1 << (character & 63);
    }
  }
  const Str *text = value_as_str(self);
  size_t start = 0, end = text->length;
  if (left)
    while (start < end && strip_set_has(&set, str_character(text, start))) start++;
  if (right)
    while (end > start && strip_set_has(&set, str_character(text, end - 1))) end--;
  return str_substring(self, start, end);
}

Value str_strip_method(Value self, Value characters) {
  return strip(self, characters, "strip", true, true);
}
Value str_lstrip_method(Value self, Value characters) {
  return strip(self, characters, "lstrip", true, false);
}
Value str_rstrip_method(Value self, Value characters) {
  return strip(self, characters, "rstrip", false, true);
}

// ---- Padding ----

static void fill_units(Str *text, size_t start, size_t count, uint32_t character) {
  if (str_width(text) == 1)
    memset(text->data + start, (int)character, count);
  else
    for (size_t i = 0; i < count; i++) str_put(text, start + i, character);
}

static Value pad(Value self, size_t left, size_t right, uint32_t fill) {
  const Str *text = value_as_str(self);
  if (left == 0 && right == 0) return str_exact(self);
  size_t length;
  if (__builtin_add_overflow(text->length, left, &length) || __builtin_add_overflow(length, right, &length) ||
      length > PTRDIFF_MAX)
    return raise(CLASS_OVERFLOW_ERROR, "padded string is too long");
  Str *result = str_allocate(length, fill > str_widest(text) ? fill : str_widest(text));
  if (!result) return NULL;
  fill_units(result, 0, left, fill);
  str_copy_units(result, left, text, 0, text->length);
  fill_units(result, left + text->length, right, fill);
  return value_from_cell(result);
}

// How much is missing to the wanted width, and the fill character. False: an exception is pending.
static bool pad_arguments(Value self, Value width_value, Value fill_value, size_t *missing, size_t *wanted,
                          uint32_t *fill) {
  ptrdiff_t width;
  *fill = ' ';
  if (!value_as_size(width_value, &width, CLASS_OVERFLOW_ERROR)) return false;
  if (fill_value) {
    if (!value_is_str(fill_value)) {
      raise_type_error("The fill character must be a unicode character, not %.100T", fill_value);
      return false;
    }
    if (str_length(fill_value) != 1) {
      raise_type_error("The fill character must be exactly one character long");
      return false;
    }
    *fill = str_character(value_as_str(fill_value), 0);
  }
  size_t length = str_length(self);
  *wanted = width < 0 ? 0 : (size_t)width;
  *missing = *wanted > length ? *wanted - length : 0;
  return true;
}

Value str_center_method(Value self, Value width, Value fill) {
  size_t missing, wanted;
  uint32_t character;
  if (!pad_arguments(self, width, fill, &missing, &wanted, &character)) return NULL;
  size_t left = missing / 2 + (missing & wanted & 1);
  return pad(self, left, missing - left, character);
}
Value str_ljust_method(Value self, Value width, Value fill) {
  size_t missing, wanted;
  uint32_t character;
  return pad_arguments(self, width, fill, &missing, &wanted, &character) ? pad(self, 0, missing, character) : NULL;
}
Value str_rjust_method(Value self, Value width, Value fill) {
  size_t missing, wanted;
  uint32_t character;
  return pad_arguments(self, width, fill, &missing, &wanted, &character) ? pad(self, missing, 0, character) : NULL;
}

Value str_zfill_method(Value self, Value width) {
  size_t missing, wanted;
  uint32_t fill;
  if (!pad_arguments(self, width, NULL, &missing, &wanted, &fill)) return NULL;
  Value padded = pad(self, missing, 0, '0');
  if (!padded || missing == 0 || str_length(self) == 0) return padded;
  uint32_t first = str_character(value_as_str(self), 0);
  if (first == '+' || first == '-') { // the sign goes before the zeros
    str_put(value_as_str(padded), 0, first);
    str_put(value_as_str(padded), missing, '0');
  }
  return padded;
}

Value str_expandtabs_method(Value self, Value tab_value) {
  int tab_size = 8;
  if (tab_value && !value_as_int(tab_value, &tab_size)) return NULL;
  const Str *text = value_as_str(self);
  // First the length, so that a huge one is an error at once.
  size_t length = 0, column = 0;
  bool found = false;
  for (size_t i = 0; i < text->length; i++) {
    uint32_t character = str_character(text, i);
    size_t step = 1;
    if (character == '\t') {
      found = true;
      step = tab_size > 0 ? (size_t)tab_size - column % (size_t)tab_size : 0;
    }
    column = character == '\n' || character == '\r' ? 0 : column + step;
    length += step;
    if (length > PTRDIFF_MAX) return raise(CLASS_OVERFLOW_ERROR, "new string is too long");
  }
  if (!found) return str_exact(self);
  if (length == 0) return str_substring(self, 0, 0);
  Str *result = str_allocate(length, str_widest(text));
  if (!result) return NULL;
  size_t at = 0;
  column = 0;
  for (size_t i = 0; i < text->length; i++) {
    uint32_t character = str_character(text, i);
    if (character == '\t') {
      size_t step = tab_size > 0 ? (size_t)tab_size - column % (size_t)tab_size : 0;
      fill_units(result, at, step, ' ');
      at += step;
      column += step;
    } else {
      str_put(result, at++, character);
      column = character == '\n' || character == '\r' ? 0 : column + 1;
    }
  }
  return value_from_cell(result);
}

// ---- translate ----

// What the table says of a character: a str to put in its place (empty: delete), VALUE_MISSING to keep it, zero: error.
static Value table_lookup(Value table, uint32_t character) {
  Value found = value_get_item(table, value_from_small_int((int64_t)character));
  if (!found) {
    if (!exception_clear_if(CLASS_LOOKUP_ERROR)) return NULL;
    return VALUE_MISSING;
  }
  if (found == VALUE_NONE) return str_from_units(NULL, 1, 0);
  if (value_is_str(found)) return found;
  if (!value_is_int(found)) return raise_type_error("character mapping must return integer, None or str");
  int64_t code;
  if (!int_fits_int64(found, &code) || code < 0 || code > UNICODE_MAX)
    return raise_value_error("character mapping must be in range(0x%x)", (unsigned)UNICODE_MAX + 1);
  return str_from_character((uint32_t)code);
}

// What is known of an ASCII character: an ASCII character to put in its place, or one of these.
enum : int8_t { TRANSLATE_UNKNOWN = -1, TRANSLATE_OTHER = -2 };

// Asks the table about an ASCII character. False: exception.
static bool translate_learn(Value table, uint32_t character, int8_t *quick, Value *known, bool *changed) {
  Value replacement = known[character] = table_lookup(table, character);
  if (!replacement) return false;
  bool kept = replacement == VALUE_MISSING;
  *changed = *changed || !kept;
  bool single = !kept && str_length(replacement) == 1 && str_is_ascii(value_as_str(replacement));
  quick[character] = kept ? (int8_t)character : single ? (int8_t)value_as_str(replacement)->data[0] : TRANSLATE_OTHER;
  return true;
}

Value str_translate_method(Value self, Value table) {
  const Str *text = value_as_str(self);
  int8_t quick[128];
  Value known[128] = {}; // what the table said of ASCII characters that are TRANSLATE_OTHER
  memset(quick, TRANSLATE_UNKNOWN, sizeof quick);
  bool changed = false;
  Str *plain = NULL; // the result as long as one ASCII character takes the place of another
  size_t i = 0;
  if (str_is_ascii(text) && text->length) {
    if (!(plain = str_allocate(text->length, 0x7f))) return NULL;
    for (; i < text->length; i++) {
      uint8_t character = text->data[i];
      if (quick[character] == TRANSLATE_UNKNOWN && !translate_learn(table, character, quick, known, &changed))
        return NULL;
      if (quick[character] < 0) break;
      plain->data[i] = (uint8_t)quick[character];
    }
    if (i == text->length) return changed ? value_from_cell(plain) : str_exact(self);
  }
  StrBuilder builder;
  str_builder_start(&builder);
  if (i) str_builder_add_ascii(&builder, (const char *)plain->data, i);
  for (; i < text->length; i++) {
    uint32_t character = str_character(text, i);
    if (character < 128 && quick[character] >= 0) {
      str_builder_add_character(&builder, (uint32_t)quick[character]);
      continue;
    }
    Value replacement;
    if (character < 128) {
      if (!known[character] && !translate_learn(table, character, quick, known, &changed)) return NULL;
      replacement = known[character];
    } else {
      if (!(replacement = table_lookup(table, character))) return NULL;
      changed = changed || replacement != VALUE_MISSING;
    }
    if (replacement == VALUE_MISSING)
      str_builder_add_character(&builder, character);
    else
      str_builder_add(&builder, replacement);
  }
  return changed ? str_builder_finish(&builder) : str_exact(self);
}

static Value maketrans_from_dict(Value source) {
  if (!VALUE_IS_EXACT(source, DICT))
    return raise_type_error("if you give only one argument to maketrans it must be a dict");
  Value table = dict_new(), key, value;
  size_t position = 0;
  if (!table) return NULL;
  while (dict_next(source, &position, &key, &value)) {
    if (value_is_str(key)) {
      if (str_length(key) != 1) return raise_value_error("string keys in translate table must be of length 1");
      key = value_from_small_int((int64_t)str_character(value_as_str(key), 0));
    } else if (!value_is_int(key)) {
      return raise_type_error("keys in translate table must be strings or integers");
    }
    if (!dict_set(table, key, value)) return NULL;
  }
  return table;
}

Value str_maketrans_method(Value x, Value y, Value z) {
  if (y && !str_check_argument(y, "maketrans", "2")) return NULL;
  if (z && !str_check_argument(z, "maketrans", "3")) return NULL;
  if (!y) return maketrans_from_dict(x);
  if (!value_is_str(x))
    return raise_type_error("first maketrans argument must be a string if there is a second argument");
  if (str_length(x) != str_length(y))
    return raise_value_error("the first two maketrans arguments must have equal length");
  Value table = dict_new();
  if (!table) return NULL;
  for (size_t i = 0; i < str_length(x); i++)
    if (!dict_set(table, value_from_small_int((int64_t)str_character(value_as_str(x), i)),
                  value_from_small_int((int64_t)str_character(value_as_str(y), i))))
      return NULL;
  for (size_t i = 0; z && i < str_length(z); i++)
    if (!dict_set(table, value_from_small_int((int64_t)str_character(value_as_str(z), i)), VALUE_NONE)) return NULL;
  return table;
}
