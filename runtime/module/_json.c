// The module _json: the inner loops of json: scanning strings and values, escaping strings, encoding values.
//
// The scanner reads the text once, character by character, with an explicit guard on nesting. Object keys are shared
// within one document through the scanner's memo. Errors are json.decoder.JSONDecodeError, as the Python code raises
// them.
//
// Threads: no shared state: a scanner or encoder is immutable after its creation.
#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/support/number_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct {
  Class *scanner, *encoder;
} state;

// ---- Errors ----

static Value raise_decode_error(const char *message, Value text, size_t position) {
  Value name = str_intern_c("json.decoder"), from = str_intern_c("JSONDecodeError");
  Value list = from ? tuple_new(&from, 1) : NULL;
  Value module = name && list ? runtime_hooks.import_module(name, VALUE_NONE, VALUE_NONE, list, 0) : NULL;
  Value class = module ? value_get_attribute(module, from) : NULL;
  Value exception = class ? value_call_3(class, str_from_c(message), text, int_from_size(position)) : NULL;
  return exception ? raise_object(exception) : NULL;
}

static Value raise_stop(size_t position) {
  Value index = int_from_size(position);
  return index ? raise_stop_iteration(index) : NULL;
}

// ---- Strings ----

static int hex_value(uint32_t c) {
  if (c >= '0' && c <= '9') return (int)(c - '0');
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? (int)(c - 'a' + 10) : -1;
}

// Four hexadecimal digits at `at`: their value, or -1.
static int32_t unicode_escape(const Str *text, size_t at) {
  if (at + 4 > text->length) return -1;
  int32_t code = 0;
  for (size_t i = 0; i < 4; i++) {
    int digit = hex_value(str_character(text, at + i));
    if (digit < 0) return -1;
    code = code << 4 | digit;
  }
  return code;
}

// Reads a string whose opening quote stands before `begin`; *end is behind the closing one.
static Value scan_string(Value value, size_t begin, bool strict, size_t *end) {
  const Str *text = value_as_str(value);
  size_t at = begin;
  StrBuilder builder;
  bool building = false;
  for (;;) {
    size_t start = at;
    uint32_t c = 0;
    while (at < text->length && (c = str_character(text, at)) != '"' && c != '\\') {
      if (c <= 0x1f && strict) return raise_decode_error("Invalid control character at", value, at);
      at++;
    }
    if (at >= text->length) return raise_decode_error("Unterminated string starting at", value, begin - 1);
    if (c == '"' && !building) {
      *end = at + 1;
      return str_substring(value, start, at);
    }
    if (!building) {
      str_builder_start(&builder);
      building = true;
    }
    str_builder_add_part(&builder, value, start, at);
    if (c == '"') {
      *end = at + 1;
      return str_builder_finish(&builder);
    }
    if (++at >= text->length) return raise_decode_error("Unterminated string starting at", value, begin - 1);
    c = str_character(text, at);
    if (c != 'u') {
      static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
      const char *found = c < 128 && c ? strchr(letters, (int)c) : NULL;
      if (!found) return raise_decode_error("Invalid \\escape: ", value, at - 1);
      str_builder_add_character(&builder, (uint32_t)(unsigned char)meanings[found - letters]);
      at++;
      continue;
    }
    int32_t code = unicode_escape(text, at + 1);
    if (code < 0) return raise_decode_error("Invalid \\uXXXX escape", value, at);
    at += 5;
    if (code >= 0xd800 && code < 0xdc00 && at + 6 <= text->length && str_character(text, at) == '\\' &&
        str_character(text, at + 1) == 'u') {
      int32_t low = unicode_escape(text, at + 2);
      if (low >= 0xdc00 && low < 0xe000) { // a surrogate pair is one character
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
      }
    }
    str_builder_add_character(&builder, (uint32_t)code);
  }
}

static Value json_scanstring(Value text, Value end_value, Value strict_value) {
  ptrdiff_t begin;
  size_t end;
  if (!value_as_size(end_value, &begin, CLASS_OVERFLOW_ERROR)) return NULL;
  if (!value_is_str(text)) return raise_type_error("first argument must be a string, not %.80T", text);
  int strict = strict_value ? value_truth(strict_value) : 1;
  if (strict < 0) return NULL;
  if (begin < 0 || (size_t)begin > str_length(text)) return raise_value_error("end is out of bounds");
  Value result = scan_string(text, (size_t)begin, strict, &end);
  return result ? tuple_of(2, result, int_from_size(end)) : NULL;
}

static void add_escaped(StrBuilder *builder, Value value, bool ascii_only) {
  const Str *text = value_as_str(value);
  str_builder_add_character(builder, '"');
  size_t start = 0;
  for (size_t i = 0; i < text->length; i++) {
    uint32_t c = str_character(text, i);
    if (c >= ' ' && c != '"' && c != '\\' && (c < 0x7f || !ascii_only)) continue;
    if (c == 0x7f && ascii_only) continue;
    str_builder_add_part(builder, value, start, i);
    start = i + 1;
    static const char letters[] = "\"\\nrtfb", meanings[] = "\"\\\n\r\t\f\b";
    const char *found = c && c < 128 ? strchr(meanings, (int)c) : NULL;
    char escape[16];
    int length;
    if (found)
      length = snprintf(escape, sizeof escape, "\\%c", letters[found - meanings]);
    else if (c < 0x10000)
      length = snprintf(escape, sizeof escape, "\\u%04x", c);
    else
      length = snprintf(escape, sizeof escape, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
                        0xdc00 + ((c - 0x10000) & 0x3ff));
    str_builder_add_ascii(builder, escape, (size_t)length);
  }
  str_builder_add_part(builder, value, start, text->length);
  str_builder_add_character(builder, '"');
}

static Value encode_string(Value text, bool ascii_only) {
  if (!value_is_str(text)) return raise_type_error("first argument must be a string, not %.80T", text);
  StrBuilder builder;
  str_builder_start(&builder);
  add_escaped(&builder, text, ascii_only);
  return str_builder_finish(&builder);
}
static Value json_encode_ascii(Value text) {
  return encode_string(text, true);
}
static Value json_encode(Value text) {
  return encode_string(text, false);
}

// ---- Scanner ----

typedef struct Scanner {
  Cell head;
  Value object_hook, object_pairs_hook, parse_float, parse_int, parse_constant; // None: none
  // ---- end of values
  bool strict;
} Scanner;
static const CellType scanner_cell_type = {.name = "Scanner", CELL_VALUES(Scanner, object_hook, parse_constant)};

typedef struct Scan {
  const Scanner *scanner;
  Value value; // the text
  const Str *text;
  Value memo; // dict: key -> key
} Scan;

static size_t skip_space(const Str *text, size_t at) {
  while (at < text->length) {
    uint32_t c = str_character(text, at);
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') break;
    at++;
  }
  return at;
}
static uint32_t peek(const Scan *scan, size_t at) {
  return at < scan->text->length ? str_character(scan->text, at) : 0;
}
static bool follows(const Scan *scan, size_t at, const char *word) {
  size_t length = strlen(word);
  if (at + length > scan->text->length) return false;
  for (size_t i = 0; i < length; i++)
    if (str_character(scan->text, at + i) != (uint32_t)(unsigned char)word[i]) return false;
  return true;
}

static Value scan_value(Scan *scan, size_t at, size_t *end);

static Value scan_object(Scan *scan, size_t at, size_t *end) {
  const Scanner *scanner = scan->scanner;
  bool pairs = scanner->object_pairs_hook != VALUE_NONE;
  Value result = pairs ? list_new(NULL, 0) : dict_new();
  if (!result) return NULL;
  at = skip_space(scan->text, at);
  if (peek(scan, at) != '}' || at >= scan->text->length) {
    for (;;) {
      if (peek(scan, at) != '"')
        return raise_decode_error("Expecting property name enclosed in double quotes", scan->value, at);
      Value key = scan_string(scan->value, at + 1, scanner->strict, &at);
      Value shared = key ? dict_set_default(scan->memo, key, key) : NULL;
      if (!shared) return NULL;
      at = skip_space(scan->text, at);
      if (peek(scan, at) != ':') return raise_decode_error("Expecting ':' delimiter", scan->value, at);
      at = skip_space(scan->text, at + 1);
      Value value = scan_value(scan, at, &at);
      if (!value) return NULL;
      if (pairs) {
        Value pair = tuple_of(2, shared, value);
        if (!pair || !list_append(result, pair)) return NULL;
      } else if (!dict_set(result, shared, value)) {
        return NULL;
      }
      at = skip_space(scan->text, at);
      uint32_t c = peek(scan, at);
      if (c == '}') break;
      if (c != ',') return raise_decode_error("Expecting ',' delimiter", scan->value, at);
      at = skip_space(scan->text, at + 1);
    }
  }
  *end = at + 1;
  if (pairs) return value_call_1(scanner->object_pairs_hook, result);
  return scanner->object_hook != VALUE_NONE ? value_call_1(scanner->object_hook, result) : result;
}

static Value scan_array(Scan *scan, size_t at, size_t *end) {
  Value list = list_new(NULL, 0);
  if (!list) return NULL;
  at = skip_space(scan->text, at);
  if (peek(scan, at) != ']' || at >= scan->text->length) {
    for (;;) {
      Value value = scan_value(scan, at, &at);
      if (!value || !list_append(list, value)) return NULL;
      at = skip_space(scan->text, at);
      uint32_t c = peek(scan, at);
      if (c == ']') break;
      if (c != ',') return raise_decode_error("Expecting ',' delimiter", scan->value, at);
      at = skip_space(scan->text, at + 1);
    }
  }
  *end = at + 1;
  return list;
}

static bool is_digit(uint32_t c) {
  return c >= '0' && c <= '9';
}

static Value scan_number(Scan *scan, size_t at, size_t *end) {
  const Str *text = scan->text;
  size_t start = at;
  if (peek(scan, at) == '-') at++;
  if (!is_digit(peek(scan, at))) return raise_stop(start);
  if (peek(scan, at) == '0')
    at++;
  else
    while (is_digit(peek(scan, at))) at++;
  bool is_float = false;
  if (peek(scan, at) == '.' && is_digit(peek(scan, at + 1))) {
    is_float = true;
    at++;
    while (is_digit(peek(scan, at))) at++;
  }
  if (peek(scan, at) == 'e' || peek(scan, at) == 'E') {
    size_t exponent = at + 1;
    if (peek(scan, exponent) == '+' || peek(scan, exponent) == '-') exponent++;
    if (is_digit(peek(scan, exponent))) {
      is_float = true;
      while (is_digit(peek(scan, exponent))) exponent++;
      at = exponent;
    }
  }
  *end = at;
  Value hook = is_float ? scan->scanner->parse_float : scan->scanner->parse_int;
  Class *usual = is_float ? BUILTIN(FLOAT) : BUILTIN(INT);
  if (hook != value_from_cell(usual)) {
    Value part = str_substring(scan->value, start, at);
    return part ? value_call_1(hook, part) : NULL;
  }
  char digits[128];
  if (at - start < sizeof digits) {
    for (size_t i = start; i < at; i++) digits[i - start] = (char)str_character(text, i);
    bool negative = digits[0] == '-';
    if (!is_float) return int_from_digits(digits + negative, at - start - negative, 10, negative);
    double number;
    float_parse(digits, at - start, 0, &number);
    return float_from_double(number);
  }
  Value part = str_substring(scan->value, start, at);
  if (!part) return NULL;
  return is_float ? float_from_text(part) : int_from_text(part, 10);
}

static Value scan_constant(Scan *scan, const char *name) {
  Value text = str_intern_c(name);
  return text ? value_call_1(scan->scanner->parse_constant, text) : NULL;
}

static Value scan_value(Scan *scan, size_t at, size_t *end) {
  if (at >= scan->text->length) return raise_stop(at);
  switch (peek(scan, at)) {
  case '"':
    return scan_string(scan->value, at + 1, scan->scanner->strict, end);
  case '{':
  case '[': {
    if (!recursion_enter(" while decoding a JSON value from a unicode string")) return NULL;
    Value result = peek(scan, at) == '{' ? scan_object(scan, at + 1, end) : scan_array(scan, at + 1, end);
    recursion_leave();
    return result;
  }
  case 'n':
    if (!follows(scan, at, "null")) break;
    *end = at + 4;
    return VALUE_NONE;
  case 't':
    if (!follows(scan, at, "true")) break;
    *end = at + 4;
    return VALUE_TRUE;
  case 'f':
    if (!follows(scan, at, "false")) break;
    *end = at + 5;
    return VALUE_FALSE;
  case 'N':
    if (!follows(scan, at, "NaN")) break;
    *end = at + 3;
    return scan_constant(scan, "NaN");
  case 'I':
    if (!follows(scan, at, "Infinity")) break;
    *end = at + 8;
    return scan_constant(scan, "Infinity");
  case '-':
    if (!follows(scan, at, "-Infinity")) break;
    *end = at + 9;
    return scan_constant(scan, "-Infinity");
  default:
    break;
  }
  return scan_number(scan, at, end);
}

static Value scanner_call(Value self, Value string, Value index_value) {
  ptrdiff_t index;
  if (!value_is_str(string)) return raise_type_error("first argument must be a string, not %.80T", string);
  if (!value_as_size(index_value, &index, CLASS_OVERFLOW_ERROR)) return NULL;
  if (index < 0) return raise_value_error("idx cannot be negative");
  Scan scan = {(Scanner *)value_cell(self), string, value_as_str(string), dict_new()};
  size_t end;
  Value result = scan.memo ? scan_value(&scan, (size_t)index, &end) : NULL;
  return result ? tuple_of(2, result, int_from_size(end)) : NULL;
}

static Value scanner_new(Value class, Value context) {
  Scanner *scanner = class_allocate(value_as_class(class), 0);
  if (!scanner) return NULL;
  static const char *const names[] = {"object_hook", "object_pairs_hook", "parse_float", "parse_int", "parse_constant"};
  Value *fields[] = {&scanner->object_hook, &scanner->object_pairs_hook, &scanner->parse_float, &scanner->parse_int,
                     &scanner->parse_constant};
  for (size_t i = 0; i < 5; i++) {
    Value value = value_get_attribute_c(context, names[i]);
    if (!value) return NULL;
    gc_store(scanner, fields[i], value);
  }
  Value strict = value_get_attribute_c(context, "strict");
  int truth = strict ? value_truth(strict) : -1;
  scanner->strict = truth == 1;
  return truth < 0 ? NULL : value_from_cell(scanner);
}
static const NativeMethod scanner_methods[] = {
    NATIVE("__new__", scanner_new, "($type, context)", "Create a scanner for a decoder.", NATIVE_STATIC),
    NATIVE("__call__", scanner_call, "($self, /, string, idx)",
           "Scan a value: the pair of it and the position behind it."),
    {}};
static const NativeMember scanner_members[] = {
    {"object_hook", MEMBER_VALUE, false, offsetof(Scanner, object_hook), NULL},
    {"object_pairs_hook", MEMBER_VALUE, false, offsetof(Scanner, object_pairs_hook), NULL},
    {"parse_float", MEMBER_VALUE, false, offsetof(Scanner, parse_float), NULL},
    {"parse_int", MEMBER_VALUE, false, offsetof(Scanner, parse_int), NULL},
    {"parse_constant", MEMBER_VALUE, false, offsetof(Scanner, parse_constant), NULL},
    {"strict", MEMBER_BOOL, false, offsetof(Scanner, strict), NULL},
    {}};
static const ClassDef scanner_class = {.name = "_json.Scanner",
                                       .doc = "Scans JSON values.",
                                       .cell_type = &scanner_cell_type,
                                       .instance_size = sizeof(Scanner),
                                       .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE,
                                       .methods = scanner_methods,
                                       .members = scanner_members};

// ---- Encoder ----

typedef struct Encoder {
  Cell head;
  Value markers, otherwise, encoder, indent, key_separator, item_separator;
  // ---- end of values
  bool sort_keys, skip_keys, allow_nan;
  uint8_t fast; // 0: call `encoder`; 1: escape as ASCII; 2: escape as text
} Encoder;
static const CellType encoder_cell_type = {.name = "Encoder", CELL_VALUES(Encoder, markers, item_separator)};

typedef struct Encode {
  const Encoder *encoder;
  StrBuilder builder;
} Encode;

static bool encode_value(Encode *encode, Value value, size_t level);

static bool encode_text(Encode *encode, Value text) {
  const Encoder *encoder = encode->encoder;
  if (encoder->fast && VALUE_IS_EXACT(text, STR)) {
    add_escaped(&encode->builder, text, encoder->fast == 1);
    return true;
  }
  Value encoded = value_call_1(encoder->encoder, text);
  if (encoded && !value_is_str(encoded))
    encoded = raise_type_error("encoder() must return a string, not %.80T", encoded);
  if (encoded) str_builder_add(&encode->builder, encoded);
  return encoded != NULL;
}

// The text of a float, as a JSON number or one of the words that JavaScript knows.
static Value float_text(const Encoder *encoder, Value value) {
  double number = float_as_double(value);
  if (isfinite(number)) return float_repr_value(value);
  if (!encoder->allow_nan) return raise_value_error("Out of range float values are not JSON compliant");
  return str_intern_c(isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
}

static bool enter_container(Encode *encode, Value container, Value *identity) {
  *identity = NULL;
  if (encode->encoder->markers == VALUE_NONE) return true;
  *identity = value_id(container);
  int inside = *identity ? dict_contains(encode->encoder->markers, *identity) : -1;
  if (inside > 0) raise_value_error("Circular reference detected");
  return inside == 0 && dict_set(encode->encoder->markers, *identity, container);
}
static bool leave_container(Encode *encode, Value identity) {
  return !identity || dict_delete(encode->encoder->markers, identity) >= 0;
}

static void add_newline(Encode *encode, size_t level) {
  if (encode->encoder->indent == VALUE_NONE) return;
  str_builder_add_character(&encode->builder, '\n');
  for (size_t i = 0; i < level; i++) str_builder_add(&encode->builder, encode->encoder->indent);
}

static Value key_text(const Encoder *encoder, Value key) {
  if (value_is_str(key)) return key;
  if (value_is_float(key)) return float_text(encoder, key);
  if (key == VALUE_TRUE) return str_intern_c("true");
  if (key == VALUE_FALSE) return str_intern_c("false");
  if (key == VALUE_NONE) return str_intern_c("null");
  if (value_is_int(key)) return int_to_str(key, 10, false);
  if (encoder->skip_keys) return VALUE_NONE;
  return raise_type_error("keys must be str, int, float, bool or None, not %.100T", key);
}

static bool encode_dict(Encode *encode, Value dict, size_t level) {
  const Encoder *encoder = encode->encoder;
  if (value_length(dict) == 0) {
    str_builder_add_ascii(&encode->builder, "{}", 2);
    return true;
  }
  Value identity;
  if (!enter_container(encode, dict, &identity)) return false;
  Value view = VALUE_IS_EXACT(dict, DICT) ? dict_items(dict) : value_call_method_0(dict, "items");
  Value items = view ? value_to_list(view) : NULL;
  if (!items || (encoder->sort_keys && !list_sort(items, NULL, false))) return false;
  str_builder_add_character(&encode->builder, '{');
  bool first = true;
  for (size_t i = 0; i < list_count(items); i++) {
    Value pair = list_item(items, i);
    if (!value_is_tuple(pair) || tuple_count(pair) != 2) {
      raise_value_error("items must return 2-tuples");
      return false;
    }
    Value key = key_text(encoder, tuple_item(pair, 0));
    if (!key) return false;
    if (key == VALUE_NONE) continue;
    if (!first) str_builder_add(&encode->builder, encoder->item_separator);
    first = false;
    add_newline(encode, level + 1);
    if (!encode_text(encode, key)) return false;
    str_builder_add(&encode->builder, encoder->key_separator);
    if (!encode_value(encode, tuple_item(pair, 1), level + 1)) return false;
  }
  add_newline(encode, level);
  str_builder_add_character(&encode->builder, '}');
  return leave_container(encode, identity);
}

static bool encode_list(Encode *encode, Value sequence, size_t level) {
  const Encoder *encoder = encode->encoder;
  // A list itself is read as it changes; of a class derived from it, what its iterator says now.
  bool is_list = VALUE_IS_EXACT(sequence, LIST);
  Value items = is_list ? sequence : value_to_tuple(sequence);
  if (!items) return false;
  Value item = is_list ? list_item(items, 0) : tuple_count(items) ? tuple_item(items, 0) : NULL;
  if (!item) {
    str_builder_add_ascii(&encode->builder, "[]", 2);
    return true;
  }
  Value identity;
  if (!enter_container(encode, sequence, &identity)) return false;
  str_builder_add_character(&encode->builder, '[');
  for (size_t i = 0; item;) {
    if (i++) str_builder_add(&encode->builder, encoder->item_separator);
    add_newline(encode, level + 1);
    if (!encode_value(encode, item, level + 1)) return false;
    item = is_list ? list_item(items, i) : i < tuple_count(items) ? tuple_item(items, i) : NULL;
  }
  add_newline(encode, level);
  str_builder_add_character(&encode->builder, ']');
  return leave_container(encode, identity);
}

static bool encode_value(Encode *encode, Value value, size_t level) {
  StrBuilder *builder = &encode->builder;
  if (value == VALUE_NONE) {
    str_builder_add_ascii(builder, "null", 4);
  } else if (value_is_bool(value)) {
    str_builder_add_c(builder, value == VALUE_TRUE ? "true" : "false");
  } else if (value_is_str(value)) {
    return encode_text(encode, value);
  } else if (value_is_int(value) || value_is_float(value)) {
    Value text = value_is_int(value) ? int_to_str(value, 10, false) : float_text(encode->encoder, value);
    if (!text) return false;
    str_builder_add(builder, text);
  } else {
    if (!recursion_enter(" while encoding a JSON object")) return false;
    bool encoded;
    if (value_is_list(value) || value_is_tuple(value)) {
      encoded = encode_list(encode, value, level);
    } else if (value_is_dict(value)) {
      encoded = encode_dict(encode, value, level);
    } else {
      Value identity = NULL;
      encoded = enter_container(encode, value, &identity);
      Value replacement = encoded ? value_call_1(encode->encoder->otherwise, value) : NULL;
      encoded = replacement && encode_value(encode, replacement, level) && leave_container(encode, identity);
    }
    recursion_leave();
    return encoded;
  }
  return true;
}

static Value encoder_call(Value self, Value value, Value level_value) {
  ptrdiff_t level;
  if (!value_as_size(level_value, &level, CLASS_OVERFLOW_ERROR)) return NULL;
  Encode encode = {.encoder = (Encoder *)value_cell(self)};
  str_builder_start(&encode.builder);
  if (!encode_value(&encode, value, level < 0 ? 0 : (size_t)level)) return NULL;
  Value text = str_builder_finish(&encode.builder);
  return text ? tuple_new(&text, 1) : NULL;
}

static Value encoder_new(Value *arguments) {
  Value class = arguments[0];
  if (arguments[1] != VALUE_NONE && !value_is_dict(arguments[1]))
    return raise_type_error("make_encoder() argument 1 must be dict or None, not %.200T", arguments[1]);
  Encoder *encoder = class_allocate(value_as_class(class), 0);
  if (!encoder) return NULL;
  Value *fields[] = {&encoder->markers, &encoder->otherwise,     &encoder->encoder,
                     &encoder->indent,  &encoder->key_separator, &encoder->item_separator};
  for (size_t i = 0; i < 6; i++) gc_init(encoder, fields[i], arguments[i + 1]);
  if (!value_is_str(encoder->key_separator) || !value_is_str(encoder->item_separator))
    return raise_type_error("make_encoder() argument %d must be str, not %T",
                            value_is_str(encoder->key_separator) ? 6 : 5,
                            value_is_str(encoder->key_separator) ? encoder->item_separator : encoder->key_separator);
  bool *flags[] = {&encoder->sort_keys, &encoder->skip_keys, &encoder->allow_nan};
  for (size_t i = 0; i < 3; i++) {
    int truth = value_truth(arguments[i + 7]);
    if (truth < 0) return NULL;
    *flags[i] = truth;
  }
  if (VALUE_IS_EXACT(encoder->encoder, BUILTIN_FUNCTION)) {
    const NativeMethod *method = ((NativeObject *)value_cell(encoder->encoder))->method;
    encoder->fast = method->function.f1 == json_encode_ascii ? 1 : method->function.f1 == json_encode ? 2 : 0;
  }
  return value_from_cell(encoder);
}
static const NativeMethod encoder_methods[] = {
    NATIVE("__new__", encoder_new,
           "($type, markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
           "Create an encoder.", NATIVE_STATIC),
    NATIVE("__call__", encoder_call, "($self, /, obj, _current_indent_level)", "A value as a tuple of texts."),
    {}};
static const ClassDef encoder_class = {.name = "_json.Encoder",
                                       .doc = "Encodes values as JSON.",
                                       .cell_type = &encoder_cell_type,
                                       .instance_size = sizeof(Encoder),
                                       .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE,
                                       .methods = encoder_methods};

static const NativeMethod json_functions[] = {
    NATIVE("encode_basestring_ascii", json_encode_ascii, "(string, /)", "A string as a JSON literal in ASCII."),
    NATIVE("encode_basestring", json_encode, "(string, /)", "A string as a JSON literal."),
    NATIVE("scanstring", json_scanstring, "(string, end, strict=True, /)",
           "Read a string literal from behind its opening quote."),
    {}};
static bool json_initialize(Value module) {
  heap_add_root_range((Value *)&state, sizeof state / sizeof(Value));
  state.scanner = class_from_definition(&scanner_class, NULL);
  state.encoder = class_from_definition(&encoder_class, NULL);
  return state.scanner && state.encoder && module_add(module, "make_scanner", value_from_cell(state.scanner)) &&
         module_add(module, "make_encoder", value_from_cell(state.encoder));
}
const NativeModule json_module = {
    .name = "_json", .doc = "The inner loops of json.", .functions = json_functions, .initialize = json_initialize};
