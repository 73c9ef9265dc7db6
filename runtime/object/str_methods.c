// str as Python sees it: construction, operators, items, iteration, and the table of methods. The methods themselves
// stand in str_find.c, str_split.c, str_case.c, str_tests.c, str_edit.c, str_percent.c and str_template.c.
//
// Threads: a str is immutable. An iterator's position is stored as one word: threads that share an iterator may be
// given an item twice, but never anything that is not an item.
#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/format.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/step.h"
#include "runtime/object/str_internal.h"
#include "runtime/runtime.h"
#include "runtime/support/unicode.h"

#include <string.h>

// ---- Construction ----

Value str_exact(Value value) {
  return str_substring(value, 0, SIZE_MAX);
}

static Value str_copy_in(Class *class, Value text) {
  const Str *source = value_as_str(text);
  Str *result = str_allocate_in(class, source->length, str_widest(source));
  if (!result) return NULL;
  str_copy_units(result, 0, source, 0, source->length);
  return value_from_cell(result);
}

static Value str_in_class(Class *class, Value text) {
  return class == BUILTIN(STR) ? text : str_copy_in(class, text);
}

static Value decode_argument(Value object, Value encoding, Value errors) {
  const char *encoding_name, *errors_name;
  if (!codec_name_argument(encoding, "str", "'encoding'", &encoding_name) ||
      !codec_name_argument(errors, "str", "'errors'", &errors_name))
    return NULL;
  if (value_is_str(object)) return raise_type_error("decoding str is not supported");
  if (!value_has_buffer(object))
    return raise_type_error("decoding to str: need a bytes-like object, %.80T found", object);
  return codec_decode_text(object, encoding_name, errors_name);
}

static Value str_new(Value class, Value object, Value encoding, Value errors) {
  Value text;
  if (!object)
    text = str_from_units(NULL, 1, 0);
  else if (encoding || errors)
    text = decode_argument(object, encoding, errors);
  else
    text = value_str(object);
  return text ? str_in_class(value_as_class(class), text) : NULL;
}

// str(x) is common: it needs no argument parsing.
static Value str_construct(Value class, Value *arguments, size_t count, Value keyword_names) {
  if (count == 1 && (!keyword_names || tuple_count(keyword_names) == 0)) return value_str(arguments[0]);
  return native_invoke((NativeObject *)value_cell(class_special(value_as_class(class), SPECIAL_NEW)), class, arguments,
                       count, keyword_names);
}

// ---- Text forms ----

static void repr_add(StrBuilder *builder, uint32_t character, uint32_t quote) {
  static const char digits[] = "0123456789abcdef";
  if (character == quote || character == '\\') {
    str_builder_add_character(builder, '\\');
    str_builder_add_character(builder, character);
  } else if (character == '\t' || character == '\n' || character == '\r') {
    str_builder_add_ascii(builder, character == '\t' ? "\\t" : character == '\n' ? "\\n" : "\\r", 2);
  } else if (unicode_is_printable(character)) {
    str_builder_add_character(builder, character);
  } else {
    int count = character < 0x100 ? 2 : character < 0x10000 ? 4 : 8;
    char escape[10] = {'\\', count == 2 ? 'x' : count == 4 ? 'u' : 'U'};
    for (int i = 0; i < count; i++) escape[2 + i] = digits[(character >> (4 * (count - 1 - i))) & 15];
    str_builder_add_ascii(builder, escape, (size_t)count + 2);
  }
}

Value str_repr(Value self) {
  const Str *text = value_as_str(self);
  bool plain = true, single = false, has_double = false;
  for (size_t i = 0; i < text->length; i++) {
    uint32_t character = str_character(text, i);
    plain = plain && character != '\\' && unicode_is_printable(character);
    single |= character == '\'';
    has_double |= character == '"';
  }
  uint32_t quote = single && !has_double ? '"' : '\'';
  if (plain && !(single && has_double)) {
    Str *result = str_allocate(text->length + 2, str_widest(text));
    if (!result) return NULL;
    str_put(result, 0, quote);
    str_copy_units(result, 1, text, 0, text->length);
    str_put(result, text->length + 1, quote);
    return value_from_cell(result);
  }
  StrBuilder builder;
  str_builder_start(&builder);
  str_builder_add_character(&builder, quote);
  for (size_t i = 0; i < text->length; i++) repr_add(&builder, str_character(text, i), quote);
  str_builder_add_character(&builder, quote);
  return str_builder_finish(&builder);
}

static Value str_hash_method(Value self) {
  return int_from_int64(str_hash(self));
}
static Value str_format_spec_method(Value self, Value specification) {
  if (!value_is_str(specification)) return raise_type_error("__format__() argument must be str, not %T", specification);
  if (str_length(specification) == 0) return VALUE_IS_EXACT(self, STR) ? self : value_str(self);
  return format_str(self, specification);
}
static Value str_getnewargs(Value self) {
  Value text = str_copy_in(BUILTIN(STR), self);
  return text ? tuple_new(&text, 1) : NULL;
}
static Value str_sizeof(Value self) {
  // As CPython counts: 48 bytes before ASCII text, 72 before other text, and the final NUL.
  const Str *text = value_as_str(self);
  return int_from_size(str_is_ascii(text) ? 49 + text->length : 72 + (text->length + 1) * (size_t)str_width(text));
}

static Value str_encode_method(Value self, Value encoding, Value errors) {
  const char *encoding_name, *errors_name;
  if (!codec_name_argument(encoding, "encode", "'encoding'", &encoding_name) ||
      !codec_name_argument(errors, "encode", "'errors'", &errors_name))
    return NULL;
  return codec_encode_text(self, encoding_name, errors_name);
}

// ---- Operators ----

#define STR_COMPARISON(name, expression)                                                                               \
  static Value str_##name(Value a, Value b) {                                                                          \
    return value_is_str(b) ? value_from_bool(expression) : VALUE_NOT_IMPLEMENTED;                                      \
  }
STR_COMPARISON(less, str_compare(a, b) < 0)
STR_COMPARISON(less_equal, str_compare(a, b) <= 0)
STR_COMPARISON(equal, str_equals(a, b))
STR_COMPARISON(not_equal, !str_equals(a, b))
STR_COMPARISON(greater, str_compare(a, b) > 0)
STR_COMPARISON(greater_equal, str_compare(a, b) >= 0)

static Value str_add_method(Value a, Value b) {
  if (!value_is_str(b)) return raise_type_error("can only concatenate str (not \"%.200T\") to str", b);
  return str_concatenate(a, b);
}

static Value str_multiply_method(Value self, Value times) {
  if (!value_special(times, SPECIAL_INDEX))
    return raise_type_error("can't multiply sequence by non-int of type '%.200T'", times);
  ptrdiff_t count;
  if (!value_as_size(times, &count, CLASS_OVERFLOW_ERROR)) return NULL;
  const Str *text = value_as_str(self);
  if (count <= 0 || text->length == 0) return str_from_units(NULL, 1, 0);
  if (count == 1) return str_exact(self);
  if (text->length > (size_t)PTRDIFF_MAX / (size_t)count)
    return raise(CLASS_OVERFLOW_ERROR, "repeated string is too long");
  size_t length = text->length * (size_t)count, width = (size_t)str_width(text);
  if (length > PTRDIFF_MAX / 4) return raise_memory_error();
  Str *result = str_allocate(length, str_widest(text));
  if (!result) return NULL;
  size_t size = length * width, filled = text->length * width;
  if (filled == 1) {
    memset(result->data, text->data[0], size);
    return value_from_cell(result);
  }
  memcpy(result->data, text->data, filled);
  while (filled < size) { // doubling
    size_t more = filled < size - filled ? filled : size - filled;
    memcpy(result->data + filled, result->data, more);
    filled += more;
  }
  return value_from_cell(result);
}

static Value str_length_method(Value self) {
  return int_from_size(str_length(self));
}

static Value str_slice(Value self, Value slice) {
  const Str *text = value_as_str(self);
  ptrdiff_t start, stop, step, count = slice_resolve(slice, (ptrdiff_t)text->length, &start, &stop, &step);
  if (count < 0) return NULL;
  if (count == 0) return str_from_units(NULL, 1, 0);
  if (step == 1) return str_substring(self, (size_t)start, (size_t)(start + count));
  Str *units = str_allocate((size_t)count, str_widest(text));
  if (!units) return NULL;
  if (str_is_ascii(text) && count > 1) {
    for (ptrdiff_t i = 0; i < count; i++) units->data[i] = text->data[start + i * step];
    return value_from_cell(units);
  }
  for (ptrdiff_t i = 0; i < count; i++) str_put(units, (size_t)i, str_character(text, (size_t)(start + i * step)));
  // Fewer characters may need less wide storage.
  return str_from_units(units->data, str_width(units), (size_t)count);
}

static Value str_item_method(Value self, Value key) {
  ptrdiff_t index;
  if (value_is_small_int(key)) {
    index = value_small_int(key);
  } else if (VALUE_IS_EXACT(key, SLICE)) {
    return str_slice(self, key);
  } else {
    if (!value_special(key, SPECIAL_INDEX))
      return raise_type_error("string indices must be integers, not '%.200T'", key);
    if (!value_as_size(key, &index, CLASS_INDEX_ERROR)) return NULL;
  }
  const Str *text = value_as_str(self);
  if (index < 0) index += (ptrdiff_t)text->length;
  if (index < 0 || (size_t)index >= text->length) return raise(CLASS_INDEX_ERROR, "string index out of range");
  return str_from_character(str_character(text, (size_t)index));
}

// ---- Iteration ----

typedef struct StrIterator {
  Cell head;
  Value text; // zero: exhausted
  size_t index;
} StrIterator;

static Value str_iterate_method(Value self) {
  StrIterator *iterator = class_allocate(BUILTIN(STR_ITERATOR), 0);
  if (!iterator) return NULL;
  gc_init(iterator, &iterator->text, self);
  return value_from_cell(iterator);
}

Value str_iterator_next(Value self) {
  StrIterator *iterator = (StrIterator *)value_cell(self);
  Value text = gc_load(&iterator->text);
  if (!text) return VALUE_STOP;
  size_t index = __atomic_load_n(&iterator->index, __ATOMIC_RELAXED);
  if (index >= str_length(text)) {
    gc_store(iterator, &iterator->text, NULL);
    return VALUE_STOP;
  }
  Value character = str_from_character(str_character(value_as_str(text), index));
  if (character) __atomic_store_n(&iterator->index, index + 1, __ATOMIC_RELAXED);
  return character;
}

static Value iterator_length_hint(Value self) {
  StrIterator *iterator = (StrIterator *)value_cell(self);
  Value text = gc_load(&iterator->text);
  size_t index = iterator->index;
  return int_from_size(text && index < str_length(text) ? str_length(text) - index : 0);
}

static Value iterator_reduce(Value self) {
  StrIterator *iterator = (StrIterator *)value_cell(self);
  Value function = dict_get_c(runtime.builtins, "iter"), text = gc_load(&iterator->text);
  if (!function) return raise_attribute_error(runtime.builtins, str_intern_c("iter"));
  Value arguments = tuple_of(1, text ? text : str_from_units(NULL, 1, 0));
  if (!arguments) return NULL;
  return text ? tuple_of(3, function, arguments, int_from_size(iterator->index)) : tuple_of(2, function, arguments);
}

static Value iterator_set_state(Value self, Value state) {
  StrIterator *iterator = (StrIterator *)value_cell(self);
  ptrdiff_t index;
  if (!value_as_size(state, &index, CLASS_OVERFLOW_ERROR)) return NULL;
  Value text = gc_load(&iterator->text);
  if (text) {
    size_t length = str_length(text);
    iterator->index = index < 0 ? 0 : (size_t)index > length ? length : (size_t)index;
  }
  return VALUE_NONE;
}

static Value iterator_self(Value self) {
  return self;
}

static const NativeMethod iterator_methods[] = {
    NATIVE("__iter__", iterator_self, "($self, /)", "Return self.", NATIVE_NO_PYTHON),
    NATIVE("__next__", str_iterator_next, "($self, /)", "The next character.", NATIVE_NO_PYTHON),
    NATIVE("__length_hint__", iterator_length_hint, NULL, "How many characters are left."),
    NATIVE("__reduce__", iterator_reduce, NULL, "State for pickling."),
    NATIVE("__setstate__", iterator_set_state, NULL, "Set the position."),
    {}};
static const CellType iterator_cell_type = {.name = "str_iterator", CELL_VALUES(StrIterator, text, text)};
const ClassDef str_iterator_class = {.name = "str_iterator",
                                     .cell_type = &iterator_cell_type,
                                     .instance_size = sizeof(StrIterator),
                                     .flags = CLASS_IMMUTABLE | CLASS_NO_NEW | CLASS_PLAIN_ITERATOR,
                                     .methods = iterator_methods};

// ---- The class ----

#define STR_COMPARE(method, function)                                                                                  \
  NATIVE("__" method "__", function, "($self, value, /)", "Compare with value.", NATIVE_NO_PYTHON | NATIVE_PURE)
#define STR_TEST(name, function, doc) NATIVE(name, function, "($self, /)", doc, NATIVE_NO_PYTHON | NATIVE_PURE)

static const NativeMethod str_methods[] = {
    NATIVE("__new__", str_new, "($type, object='', encoding='utf-8', errors='strict')", "Create a str.", NATIVE_STATIC),
    NATIVE("__repr__", str_repr, "($self, /)", "The text as a literal.", NATIVE_NO_PYTHON),
    NATIVE("__str__", str_exact, "($self, /)", "The text itself.", NATIVE_NO_PYTHON),
    NATIVE("__hash__", str_hash_method, "($self, /)", "Hash value.", NATIVE_NO_PYTHON | NATIVE_PURE),
    STR_COMPARE("lt", str_less),
    STR_COMPARE("le", str_less_equal),
    STR_COMPARE("eq", str_equal),
    STR_COMPARE("ne", str_not_equal),
    STR_COMPARE("gt", str_greater),
    STR_COMPARE("ge", str_greater_equal),
    NATIVE("__iter__", str_iterate_method, "($self, /)", "An iterator over the characters.", NATIVE_NO_PYTHON),
    NATIVE("__len__", str_length_method, "($self, /)", "The number of characters.", NATIVE_NO_PYTHON | NATIVE_PURE),
    NATIVE("__getitem__", str_item_method, "($self, key, /)", "A character, or the characters of a slice."),
    NATIVE("__add__", str_add_method, "($self, value, /)", "Concatenate.", NATIVE_SEQUENCE | NATIVE_NO_PYTHON),
    NATIVE("__mul__", str_multiply_method, "($self, value, /)", "Repeat.", NATIVE_SEQUENCE),
    NATIVE("__rmul__", str_multiply_method, "($self, value, /)", "Repeat.", NATIVE_SEQUENCE),
    NATIVE("__contains__", str_contains_method, "($self, key, /)", "Does the text contain another?", NATIVE_NO_PYTHON),
    NATIVE("__mod__", str_remainder_method, "($self, value, /)", "Format with % directives."),
    NATIVE("__rmod__", str_reversed_remainder_method, "($self, value, /)", "Format value with self as argument."),
    NATIVE("encode", str_encode_method, "($self, /, encoding='utf-8', errors='strict')", "Encode to bytes."),
    NATIVE("replace", str_replace_method, "($self, old, new, count=-1, /)", "Replace occurrences of a part.",
           NATIVE_PLAIN),
    NATIVE("split", str_split_method, "($self, /, sep=None, maxsplit=-1)",
           "The parts between separators (None: white space), from the left.", NATIVE_PLAIN),
    NATIVE("rsplit", str_rsplit_method, "($self, /, sep=None, maxsplit=-1)",
           "The parts between separators (None: white space), from the right.", NATIVE_PLAIN),
    NATIVE("join", str_join_method, "($self, iterable, /)", "Concatenate strings with self between them."),
    NATIVE("capitalize", str_capitalize_method, "($self, /)", "First character title case, the rest lower case.",
           NATIVE_PLAIN),
    NATIVE("casefold", str_casefold_method, "($self, /)", "A form for comparison without case.", NATIVE_PLAIN),
    NATIVE("title", str_title_method, "($self, /)", "Each word in title case.", NATIVE_PLAIN),
    NATIVE("center", str_center_method, "($self, width, fillchar=' ', /)", "Pad on both sides.", NATIVE_PLAIN),
    NATIVE("count", str_count_method, NULL, "S.count(sub[, start[, end]]): occurrences that do not overlap.",
           NATIVE_PLAIN),
    NATIVE("expandtabs", str_expandtabs_method, "($self, /, tabsize=8)", "Replace tabs by spaces.", NATIVE_PLAIN),
    NATIVE("find", str_find_method, NULL, "S.find(sub[, start[, end]]): the first place of sub, or -1.", NATIVE_PLAIN),
    NATIVE("partition", str_partition_method, "($self, sep, /)", "Before, separator, after: at its first place.",
           NATIVE_PLAIN),
    NATIVE("index", str_index_method, NULL, "S.index(sub[, start[, end]]): like find, but ValueError if missing.",
           NATIVE_PLAIN),
    NATIVE("ljust", str_ljust_method, "($self, width, fillchar=' ', /)", "Pad on the right.", NATIVE_PLAIN),
    NATIVE("lower", str_lower_method, "($self, /)", "All in lower case.", NATIVE_PLAIN),
    NATIVE("lstrip", str_lstrip_method, "($self, chars=None, /)", "Without white space, or chars, at the start.",
           NATIVE_PLAIN),
    NATIVE("rfind", str_rfind_method, NULL, "S.rfind(sub[, start[, end]]): the last place of sub, or -1.",
           NATIVE_PLAIN),
    NATIVE("rindex", str_rindex_method, NULL, "S.rindex(sub[, start[, end]]): like rfind, but ValueError if missing.",
           NATIVE_PLAIN),
    NATIVE("rjust", str_rjust_method, "($self, width, fillchar=' ', /)", "Pad on the left.", NATIVE_PLAIN),
    NATIVE("rstrip", str_rstrip_method, "($self, chars=None, /)", "Without white space, or chars, at the end.",
           NATIVE_PLAIN),
    NATIVE("rpartition", str_rpartition_method, "($self, sep, /)", "Before, separator, after: at its last place.",
           NATIVE_PLAIN),
    NATIVE("splitlines", str_splitlines_method, "($self, /, keepends=False)", "The lines.", NATIVE_PLAIN),
    NATIVE("strip", str_strip_method, "($self, chars=None, /)", "Without white space, or chars, at both ends.",
           NATIVE_PLAIN),
    NATIVE("swapcase", str_swapcase_method, "($self, /)", "Upper case to lower case and the other way round.",
           NATIVE_PLAIN),
    NATIVE("translate", str_translate_method, "($self, table, /)", "Map characters by a table."),
    NATIVE("upper", str_upper_method, "($self, /)", "All in upper case.", NATIVE_PLAIN),
    NATIVE("startswith", str_startswith_method, NULL, "S.startswith(prefix[, start[, end]]): does it begin so?",
           NATIVE_PLAIN),
    NATIVE("endswith", str_endswith_method, NULL, "S.endswith(suffix[, start[, end]]): does it end so?", NATIVE_PLAIN),
    NATIVE("removeprefix", str_removeprefix_method, "($self, prefix, /)", "Without the prefix, if it is there.",
           NATIVE_PLAIN),
    NATIVE("removesuffix", str_removesuffix_method, "($self, suffix, /)", "Without the suffix, if it is there.",
           NATIVE_PLAIN),
    STR_TEST("isascii", str_isascii_method, "Are all characters ASCII?"),
    STR_TEST("islower", str_islower_method, "Are all cased characters lower case, and is there one?"),
    STR_TEST("isupper", str_isupper_method, "Are all cased characters upper case, and is there one?"),
    STR_TEST("istitle", str_istitle_method, "Does each word begin with a capital and go on in lower case?"),
    STR_TEST("isspace", str_isspace_method, "Is all of it white space, and not empty?"),
    STR_TEST("isdecimal", str_isdecimal_method, "Are all characters decimals, and is there one?"),
    STR_TEST("isdigit", str_isdigit_method, "Are all characters digits, and is there one?"),
    STR_TEST("isnumeric", str_isnumeric_method, "Are all characters numeric, and is there one?"),
    STR_TEST("isalpha", str_isalpha_method, "Are all characters letters, and is there one?"),
    STR_TEST("isalnum", str_isalnum_method, "Are all characters letters or numeric, and is there one?"),
    STR_TEST("isidentifier", str_isidentifier_method, "Is it a valid identifier (or keyword)?"),
    STR_TEST("isprintable", str_isprintable_method, "Are all characters printable?"),
    NATIVE("zfill", str_zfill_method, "($self, width, /)", "Pad with zeros behind the sign.", NATIVE_PLAIN),
    NATIVE("format", str_format_method, NULL, "S.format(*args, **kwargs): replace the fields in braces."),
    NATIVE("format_map", str_format_map_method, NULL, "S.format_map(mapping): replace the fields in braces."),
    NATIVE("__format__", str_format_spec_method, "($self, format_spec, /)", "Format by the specification."),
    NATIVE("maketrans", str_maketrans_method, "(x, y=<unrepresentable>, z=<unrepresentable>, /)",
           "A table for translate().", NATIVE_STATIC),
    NATIVE("__sizeof__", str_sizeof, "($self, /)", "Size in memory, in bytes."),
    NATIVE("__getnewargs__", str_getnewargs, NULL, "Arguments for copying."),
    {}};

const ClassDef str_class = {.name = "str",
                            .doc = "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nText.",
                            .cell_type = &str_cell_type,
                            .instance_size = sizeof(Str),
                            .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE | CLASS_VARIABLE_SIZE | CLASS_IS_STR |
                                     CLASS_MATCH_SELF,
                            .methods = str_methods,
                            .construct = str_construct};
