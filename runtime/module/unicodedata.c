// Module unicodedata: the Unicode 14.0 database, and version 3.2.0 of it as the object ucd_3_2_0.
//
// Each function exists twice, for the module and as a method of UCD objects; both are made of one core function that
// takes the version.
//
// Threads: constant tables only.
#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/str.h"
#include "runtime/support/unicode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_NAME = 256 };

// ---- Arguments ----

static bool take_character(Value value, const char *function, const char *argument, uint32_t *character) {
  if (value_is_str(value) && str_length(value) == 1) {
    *character = str_character(value_as_str(value), 0);
    return true;
  }
  raise_type_error("%s() %s must be a unicode character, not %.50T", function, argument, value);
  return false;
}

static bool take_text(Value value, const char *function, const char *argument) {
  if (value_is_str(value)) return true;
  raise_type_error("%s() %s must be str, not %.50T", function, argument, value);
  return false;
}

// ---- Properties ----

static Value category(UnicodeVersion version, Value chr) {
  uint32_t c;
  return take_character(chr, "category", "argument", &c) ? str_intern_c(unicode_properties(c, version).category) : NULL;
}
static Value bidirectional(UnicodeVersion version, Value chr) {
  uint32_t c;
  if (!take_character(chr, "bidirectional", "argument", &c)) return NULL;
  return str_intern_c(unicode_properties(c, version).bidirectional);
}
static Value combining(UnicodeVersion version, Value chr) {
  uint32_t c;
  if (!take_character(chr, "combining", "argument", &c)) return NULL;
  return value_from_small_int(unicode_properties(c, version).combining);
}
static Value mirrored(UnicodeVersion version, Value chr) {
  uint32_t c;
  if (!take_character(chr, "mirrored", "argument", &c)) return NULL;
  return value_from_small_int(unicode_properties(c, version).mirrored);
}
static Value east_asian_width(UnicodeVersion version, Value chr) {
  uint32_t c;
  if (!take_character(chr, "east_asian_width", "argument", &c)) return NULL;
  return str_intern_c(unicode_properties(c, version).east_asian_width);
}

static Value decimal(UnicodeVersion version, Value chr, Value otherwise) {
  uint32_t c;
  if (!take_character(chr, "decimal", "argument 1", &c)) return NULL;
  int value = unicode_properties(c, version).decimal;
  if (value >= 0) return value_from_small_int(value);
  return otherwise ? otherwise : raise_value_error("not a decimal");
}
static Value digit(UnicodeVersion version, Value chr, Value otherwise) {
  uint32_t c;
  if (!take_character(chr, "digit", "argument 1", &c)) return NULL;
  int value = unicode_properties(c, version).digit;
  if (value >= 0) return value_from_small_int(value);
  return otherwise ? otherwise : raise_value_error("not a digit");
}
static Value numeric(UnicodeVersion version, Value chr, Value otherwise) {
  uint32_t c;
  if (!take_character(chr, "numeric", "argument 1", &c)) return NULL;
  UnicodeProperties properties = unicode_properties(c, version);
  if (properties.has_numeric) return float_from_double(properties.numeric);
  return otherwise ? otherwise : raise_value_error("not a numeric character");
}

static Value decomposition(UnicodeVersion version, Value chr) {
  uint32_t c;
  if (!take_character(chr, "decomposition", "argument", &c)) return NULL;
  UnicodeDecomposition found = unicode_decomposition(c, version);
  StrBuilder builder;
  str_builder_start(&builder);
  if (found.length > 0) str_builder_add_c(&builder, found.tag);
  for (int i = 0; i < found.length; i++) {
    char text[16];
    if (builder.length > 0) str_builder_add_character(&builder, ' ');
    int length = snprintf(text, sizeof text, "%04X", (unsigned)found.code_points[i]);
    str_builder_add_ascii(&builder, text, (size_t)length);
  }
  return str_builder_finish(&builder);
}

// ---- Names ----

static Value name(UnicodeVersion version, Value chr, Value otherwise) {
  uint32_t c;
  if (!take_character(chr, "name", "argument 1", &c)) return NULL;
  char buffer[UNICODE_NAME_MAX];
  size_t length = unicode_name(c, version, buffer, sizeof buffer);
  if (length > 0) return str_from_utf8(buffer, length);
  return otherwise ? otherwise : raise_value_error("no such name");
}

static Value lookup(UnicodeVersion version, Value name) {
  Buffer buffer = {};
  const char *text;
  size_t length;
  if (value_is_str(name)) {
    text = str_utf8(name, &length);
    if (!text) return NULL;
  } else {
    if (!buffer_acquire(name, &buffer, BUFFER_SIMPLE)) return NULL;
    text = (const char *)buffer.data;
    length = buffer.length;
  }
  uint32_t found[UNICODE_NAMED_SEQUENCE_MAX];
  bool too_long = length > LONGEST_NAME;
  int count = too_long ? 0 : unicode_lookup(text, length, version, found);
  Value shown = count || too_long ? NULL : str_from_utf8(text, length);
  if (buffer.owner) buffer_release(&buffer);
  if (too_long) return raise(CLASS_KEY_ERROR, "name too long");
  if (count == 0) return shown ? raise(CLASS_KEY_ERROR, "undefined character name '%U'", shown) : NULL;
  return str_from_ucs4(found, (size_t)count);
}

// ---- Normalization ----

static bool take_form(Value value, UnicodeForm *form) {
  static const char *const names[] = {
      [UNICODE_NFD] = "NFD", [UNICODE_NFKD] = "NFKD", [UNICODE_NFC] = "NFC", [UNICODE_NFKC] = "NFKC"};
  for (int i = UNICODE_NFD; i <= UNICODE_NFKC; i++) {
    *form = (UnicodeForm)i;
    if (str_equals_c(value, names[i])) return true;
  }
  raise_value_error("invalid normalization form");
  return false;
}

// The text as code points, malloc'ed. NULL: MemoryError.
static uint32_t *code_points(const Str *text) {
  uint32_t *points = malloc((text->length + 1) * sizeof *points);
  if (!points) {
    raise_memory_error();
    return NULL;
  }
  for (size_t i = 0; i < text->length; i++) points[i] = str_character(text, i);
  return points;
}

// The quick check knows the current version only. ASCII is in every form.
static UnicodeQuick quick_check(UnicodeVersion version, UnicodeForm form, const uint32_t *points, size_t length) {
  return version == UNICODE_14_0_0 ? unicode_quick_check(form, points, length) : UNICODE_QUICK_MAYBE;
}

static Value normalize_text(UnicodeVersion version, UnicodeForm form, Value text) {
  const Str *source = value_as_str(text);
  if (str_is_ascii(source)) return str_substring(text, 0, SIZE_MAX);
  uint32_t *points = code_points(source);
  if (!points) return NULL;
  Value result = NULL;
  if (quick_check(version, form, points, source->length) == UNICODE_QUICK_YES) {
    result = str_substring(text, 0, SIZE_MAX);
  } else {
    size_t capacity = unicode_normalize_capacity(form, version, points, source->length);
    uint32_t *out = capacity < SIZE_MAX / sizeof *out ? malloc((capacity + 1) * sizeof *out) : NULL;
    result =
        out ? str_from_ucs4(out, unicode_normalize(form, version, points, source->length, out)) : raise_memory_error();
    free(out);
  }
  free(points);
  return result;
}

static Value normalize(UnicodeVersion version, Value form_value, Value text) {
  UnicodeForm form;
  if (!take_text(form_value, "normalize", "argument 1") || !take_text(text, "normalize", "argument 2")) return NULL;
  if (str_length(text) == 0) return text;
  return take_form(form_value, &form) ? normalize_text(version, form, text) : NULL;
}

static Value is_normalized(UnicodeVersion version, Value form_value, Value text) {
  UnicodeForm form;
  if (!take_text(form_value, "is_normalized", "argument 1") || !take_text(text, "is_normalized", "argument 2"))
    return NULL;
  if (str_length(text) == 0) return VALUE_TRUE;
  if (!take_form(form_value, &form)) return NULL;
  Value normalized = normalize_text(version, form, text);
  return normalized ? value_from_bool(str_equals(normalized, text)) : NULL;
}

// ---- Tables ----

// For each core function NAME: NAME_of_module(...) and NAME_of_object(self, ...).
#define ONE_ARGUMENT(core)                                                                                             \
  static Value core##_of_module(Value a) {                                                                             \
    return core(UNICODE_14_0_0, a);                                                                                    \
  }                                                                                                                    \
  static Value core##_of_object([[maybe_unused]] Value self, Value a) {                                                \
    return core(UNICODE_3_2_0, a);                                                                                     \
  }
#define TWO_ARGUMENTS(core)                                                                                            \
  static Value core##_of_module(Value a, Value b) {                                                                    \
    return core(UNICODE_14_0_0, a, b);                                                                                 \
  }                                                                                                                    \
  static Value core##_of_object([[maybe_unused]] Value self, Value a, Value b) {                                       \
    return core(UNICODE_3_2_0, a, b);                                                                                  \
  }
ONE_ARGUMENT(category)
ONE_ARGUMENT(bidirectional)
ONE_ARGUMENT(combining)
ONE_ARGUMENT(mirrored)
ONE_ARGUMENT(east_asian_width)
ONE_ARGUMENT(decomposition)
ONE_ARGUMENT(lookup)
TWO_ARGUMENTS(decimal)
TWO_ARGUMENTS(digit)
TWO_ARGUMENTS(numeric)
TWO_ARGUMENTS(name)
TWO_ARGUMENTS(normalize)
TWO_ARGUMENTS(is_normalized)

#define TABLE(kind, first)                                                                                             \
  NATIVE("decimal", decimal_of_##kind, "(" first "chr, default=<unrepresentable>, /)", "Its value as a decimal."),     \
      NATIVE("digit", digit_of_##kind, "(" first "chr, default=<unrepresentable>, /)", "Its value as a digit."),       \
      NATIVE("numeric", numeric_of_##kind, "(" first "chr, default=<unrepresentable>, /)", "Its numeric value."),      \
      NATIVE("category", category_of_##kind, "(" first "chr, /)", "Its general category."),                            \
      NATIVE("bidirectional", bidirectional_of_##kind, "(" first "chr, /)", "Its bidirectional class."),               \
      NATIVE("combining", combining_of_##kind, "(" first "chr, /)", "Its canonical combining class."),                 \
      NATIVE("mirrored", mirrored_of_##kind, "(" first "chr, /)", "1 if it is mirrored in right-to-left text."),       \
      NATIVE("east_asian_width", east_asian_width_of_##kind, "(" first "chr, /)", "Its East Asian width."),            \
      NATIVE("decomposition", decomposition_of_##kind, "(" first "chr, /)", "Its decomposition mapping."),             \
      NATIVE("name", name_of_##kind, "(" first "chr, default=<unrepresentable>, /)", "Its name."),                     \
      NATIVE("lookup", lookup_of_##kind, "(" first "name, /)", "The character, or sequence, of a name."),              \
      NATIVE("is_normalized", is_normalized_of_##kind, "(" first "form, unistr, /)", "Is text in the normal form?"),   \
      NATIVE("normalize", normalize_of_##kind, "(" first "form, unistr, /)", "Text in the normal form."), {}

static const NativeMethod module_functions[] = {TABLE(module, "")};
static const NativeMethod object_methods[] = {TABLE(object, "$self, ")};

static Value object_version([[maybe_unused]] Value self) {
  return str_from_c("3.2.0");
}
static const NativeProperty object_properties[] = {{"unidata_version", object_version, NULL, NULL}, {}};
static const CellType object_cell_type = {.name = "unicodedata.UCD"};
static const ClassDef object_definition = {.name = "unicodedata.UCD",
                                           .cell_type = &object_cell_type,
                                           .instance_size = sizeof(Cell),
                                           .flags = CLASS_IMMUTABLE | CLASS_NO_NEW,
                                           .methods = object_methods,
                                           .properties = object_properties};

static bool unicodedata_initialize(Value module) {
  Class *class = class_from_definition(&object_definition, NULL);
  void *old = class ? class_allocate(class, 0) : NULL;
  return old && module_add(module, "UCD", value_from_cell(class)) &&
         module_add(module, "ucd_3_2_0", value_from_cell(old)) && module_add_str(module, "unidata_version", "14.0.0");
}

const NativeModule unicodedata_module = {.name = "unicodedata",
                                         .doc = "The Unicode Character Database.",
                                         .functions = module_functions,
                                         .initialize = unicodedata_initialize};
