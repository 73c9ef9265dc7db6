// The character map codec: any encoding of single bytes, by a table.
//
// Decoding maps bytes to characters (a str of up to 256, or a mapping); encoding maps characters to bytes (an
// EncodingMap made from a decoding table, or a mapping).
//
// Threads: an EncodingMap never changes; mappings are asked item by item, as Python code would ask them.
#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec_internal.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/support/unicode.h"

#include <stdlib.h>

enum : uint32_t { UNDEFINED = 0xfffe }; // in a decoding table: no such byte
static const char undefined_reason[] = "character maps to <undefined>";

// ---- Decoding ----

// Adds what the mapping says of `byte`. 1; 0: undefined; -1: an exception is pending.
static int decode_byte(StrBuilder *out, Value mapping, uint8_t byte) {
  Value found = value_get_item(mapping, value_from_small_int(byte));
  if (!found) return exception_clear_if(CLASS_LOOKUP_ERROR) ? 0 : -1;
  if (found == VALUE_NONE) return 0;
  if (value_is_str(found)) {
    if (str_length(found) == 1 && str_character(value_as_str(found), 0) == UNDEFINED) return 0;
    str_builder_add(out, found);
    return 1;
  }
  if (!value_is_int(found)) {
    raise_type_error("character mapping must return integer, None or str");
    return -1;
  }
  int64_t code;
  if (!int_fits_int64(found, &code) || code < 0 || code > UNICODE_MAX) {
    raise_type_error("character mapping must be in range(0x%x)", (unsigned)UNICODE_MAX + 1);
    return -1;
  }
  if (code == UNDEFINED) return 0;
  str_builder_add_character(out, (uint32_t)code);
  return 1;
}

Value decode_charmap(Decode *state, Value mapping) {
  if (!mapping || mapping == VALUE_NONE) return decode_latin1(state);
  const Str *table = VALUE_IS_EXACT(mapping, STR) ? value_as_str(mapping) : NULL;
  while (state->at < state->size) {
    uint8_t byte = state->bytes[state->at];
    int known;
    if (table) {
      uint32_t character = byte < table->length ? str_character(table, byte) : UNDEFINED;
      known = character != UNDEFINED;
      if (known) str_builder_add_character(&state->out, character);
    } else {
      known = decode_byte(&state->out, mapping, byte);
    }
    if (known < 0 || state->out.failed) return NULL;
    if (known)
      state->at++;
    else if (!decode_error(state, state->at, state->at + 1, undefined_reason))
      return NULL;
  }
  KEEP(mapping);
  return decode_finish(state);
}

// ---- Encoding maps ----

typedef struct EncodingMap {
  Cell head;
  int16_t low[256]; // bytes of the characters below 256; -1: none
  uint16_t count;   // other characters, sorted
  uint16_t characters[256];
  uint8_t bytes[256];
} EncodingMap;

static Value encoding_map_size([[maybe_unused]] Value self) {
  return value_from_small_int(sizeof(EncodingMap));
}
static const CellType encoding_map_cell_type = {.name = "EncodingMap", .has_tail = true};
static const NativeMethod encoding_map_methods[] = {
    NATIVE("size", encoding_map_size, NULL, "Return the size (in bytes) of this object."), {}};
static const ClassDef encoding_map_definition = {.name = "EncodingMap",
                                                 .cell_type = &encoding_map_cell_type,
                                                 .instance_size = sizeof(EncodingMap),
                                                 .flags = CLASS_IMMUTABLE | CLASS_NO_NEW,
                                                 .methods = encoding_map_methods};
static Value encoding_map_class; // made with the first map, kept for ever

static void map_insert(EncodingMap *map, uint32_t character, uint8_t byte) {
  if (character < 256) {
    map->low[character] = byte;
    return;
  }
  size_t at = 0;
  while (at < map->count && map->characters[at] < character) at++;
  if (at == map->count || map->characters[at] != character) {
    for (size_t i = map->count++; i > at; i--) {
      map->characters[i] = map->characters[i - 1];
      map->bytes[i] = map->bytes[i - 1];
    }
    map->characters[at] = (uint16_t)character;
  }
  map->bytes[at] = byte;
}

static int map_find(const EncodingMap *map, uint32_t character) {
  if (character < 256) return map->low[character];
  size_t low = 0, high = map->count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (map->characters[middle] < character)
      low = middle + 1;
    else
      high = middle;
  }
  return low < map->count && map->characters[low] == character ? map->bytes[low] : -1;
}

static Value build_dict(const Str *table) {
  Value dict = dict_new();
  for (size_t i = 0; dict && i < table->length; i++)
    if (!dict_set(dict, value_from_small_int((int64_t)str_character(table, i)), value_from_small_int((int64_t)i)))
      return NULL;
  return dict;
}

Value charmap_build(Value value) {
  const Str *table = value_as_str(value);
  size_t length = table->length < 256 ? table->length : 256;
  bool simple = length > 0 && str_character(table, 0) == 0; // only then can zero mean what it says
  for (size_t i = 1; i < length && simple; i++) {
    uint32_t character = str_character(table, i);
    simple = character != 0 && character <= 0xffff;
  }
  if (!simple) return build_dict(table);
  if (!gc_load(&encoding_map_class)) {
    Class *made = class_from_definition(&encoding_map_definition, NULL);
    if (!made) return NULL;
    heap_add_root_range(&encoding_map_class, 1); // registering twice, when two threads race, is harmless
    __atomic_store_n(&encoding_map_class, value_from_cell(made), __ATOMIC_RELEASE);
  }
  EncodingMap *map = class_allocate(value_as_class(encoding_map_class), 0);
  if (!map) return NULL;
  for (int i = 0; i < 256; i++) map->low[i] = -1;
  for (size_t i = 0; i < length; i++)
    if (str_character(table, i) != UNDEFINED) map_insert(map, str_character(table, i), (uint8_t)i);
  return value_from_cell(map);
}

// ---- Encoding ----

static bool is_encoding_map(Value mapping) {
  return value_is_cell(mapping) && cell_shape(value_cell(mapping))->type == &encoding_map_cell_type;
}

// Adds what the mapping says of a character. 1; 0: undefined; -1: an exception is pending.
static int encode_character(Encode *state, Value mapping, uint32_t character) {
  uint8_t byte;
  if (is_encoding_map(mapping)) {
    int found = map_find((const EncodingMap *)value_cell(mapping), character);
    byte = (uint8_t)found;
    if (found >= 0) encode_add(state, &byte, 1);
    return found >= 0;
  }
  Value found = value_get_item(mapping, value_from_small_int((int64_t)character));
  if (!found) return exception_clear_if(CLASS_LOOKUP_ERROR) ? 0 : -1;
  if (found == VALUE_NONE) return 0;
  if (value_is_int(found)) {
    int64_t code;
    if (!int_fits_int64(found, &code) || code < 0 || code > 255) {
      raise_type_error("character mapping must be in range(256)");
      return -1;
    }
    byte = (uint8_t)code;
    encode_add(state, &byte, 1);
    return 1;
  }
  if (value_is_bytes(found)) {
    encode_add(state, value_as_bytes(found)->data, value_as_bytes(found)->length);
    return 1;
  }
  raise_type_error("character mapping must return integer, bytes or None, not %.400T", found);
  return -1;
}

// Whether a character has an encoding: as encode_character, but what it added is taken back.
static int can_encode(Encode *state, Value mapping, uint32_t character) {
  size_t length = state->length;
  int known = encode_character(state, mapping, character);
  state->length = length;
  return known;
}

static bool handle_undefined(Encode *state, Value mapping) {
  const Str *text = value_as_str(state->text);
  size_t start = state->at, end = start + 1;
  for (; end < text->length; end++) { // all that follow and have no encoding either are one error
    int known = can_encode(state, mapping, str_character(text, end));
    if (known < 0) return false;
    if (known) break;
  }
  Value replacement;
  if (!encode_error(state, start, end, undefined_reason, &replacement)) return false;
  if (value_is_bytes(replacement)) {
    encode_add(state, value_as_bytes(replacement)->data, value_as_bytes(replacement)->length);
    return true;
  }
  const Str *added = value_as_str(replacement);
  for (size_t i = 0; i < added->length; i++) {
    int known = encode_character(state, mapping, str_character(added, i));
    if (known < 0) return false;
    if (!known) return encode_give_up(state, start, end, undefined_reason);
  }
  return true;
}

Value encode_charmap(Value text, const char *errors, Value mapping) {
  if (!mapping || mapping == VALUE_NONE) return encode_latin1(text, errors);
  Encode state;
  encode_start(&state, "charmap", errors, text);
  state.all_or_nothing = true;
  const Str *source = value_as_str(text);
  while (!state.failed && state.at < source->length) {
    int known = encode_character(&state, mapping, str_character(source, state.at));
    if (known > 0)
      state.at++;
    else if (known < 0 || !handle_undefined(&state, mapping))
      state.failed = true;
  }
  return encode_finish(&state);
}
