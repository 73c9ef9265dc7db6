// Makes code objects; see code_objects.h.
//
// Objects made on the way are remembered in arena memory, by constant and by name. The collector does not look there,
// so a list on the C stack keeps all of them alive until the outermost code object holds them.
#include "frontend/code_objects.h"

#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"

#include <string.h>

typedef struct ConstantValue {
  const Constant *constant; // NULL: a free place
  Value value;
} ConstantValue;

typedef struct Converter {
  Arena arena; // for `constants`
  Value filename;
  Value kept; // list
  ConstantValue *constants;
  uint32_t constant_count, mask;
} Converter;

// ---- constants

static bool looks_like_identifier(const Constant *constant) {
  for (size_t i = 0; i < constant->text.length; i++) {
    unsigned char byte = (unsigned char)constant->text.data[i];
    bool fits =
        byte == '_' || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    if (!fits) return false;
  }
  return true;
}

static Value text_to_value(const Constant *constant) {
  Value text = str_from_utf8(constant->text.data, constant->text.length);
  return text && looks_like_identifier(constant) ? str_intern(text) : text;
}

typedef Value ConvertItem(void *context, const Constant *constant);

static Value convert_tuple(const Constant *constant, ConvertItem *convert, void *context) {
  if (!constant->items.count) return tuple_empty;
  Tuple *tuple = tuple_allocate(constant->items.count);
  if (!tuple) return NULL;
  for (size_t i = 0; i < constant->items.count; i++) {
    Value item = convert(context, constant->items.items[i]);
    if (!item) return NULL;
    gc_store(&tuple->head, &tuple->items[i], item);
  }
  return value_from_cell(tuple);
}

static Value convert_frozenset(const Constant *constant, ConvertItem *convert, void *context) {
  Value set = frozenset_new(NULL);
  for (size_t i = 0; set && i < constant->items.count; i++) {
    Value item = convert(context, constant->items.items[i]);
    if (!item || !set_add(set, item)) return NULL;
  }
  return set;
}

static Value convert_constant(const Constant *constant, ConvertItem *convert, void *context) {
  switch (constant->kind) {
  case CONSTANT_NONE:
    return VALUE_NONE;
  case CONSTANT_TRUE:
    return VALUE_TRUE;
  case CONSTANT_FALSE:
    return VALUE_FALSE;
  case CONSTANT_ELLIPSIS:
    return VALUE_ELLIPSIS;
  case CONSTANT_INT:
    return int_from_int64(constant->integer);
  case CONSTANT_BIG_INT:
    return int_from_digits(constant->big.digits, constant->big.length, constant->big.base, constant->big.negative);
  case CONSTANT_FLOAT:
    return float_from_double(constant->floating);
  case CONSTANT_COMPLEX:
    return complex_from_doubles(constant->complex.real, constant->complex.imaginary);
  case CONSTANT_STR:
    return text_to_value(constant);
  case CONSTANT_BYTES:
    return bytes_new(constant->text.data, constant->text.length);
  case CONSTANT_TUPLE:
    return convert_tuple(constant, convert, context);
  default:
    return convert_frozenset(constant, convert, context);
  }
}

static Value convert_alone(void *context, const Constant *constant) {
  return convert_constant(constant, convert_alone, context);
}

Value constant_to_value(const Constant *constant) {
  return convert_constant(constant, convert_alone, NULL);
}

static ConstantValue *find_place(const Converter *converter, const Constant *constant) {
  size_t at = ((uintptr_t)constant >> 3) * 0x9E3779B97F4A7C15u >> 32;
  for (;; at++) {
    ConstantValue *place = &converter->constants[at & converter->mask];
    if (!place->constant || place->constant == constant) return place;
  }
}

static bool grow(Converter *converter) {
  uint32_t old_size = converter->constants ? converter->mask + 1 : 0, size = old_size ? 2 * old_size : 64;
  ConstantValue *old = converter->constants;
  converter->constants = arena_allocate_array(&converter->arena, size, sizeof *converter->constants);
  if (!converter->constants) return false;
  memset(converter->constants, 0, size * sizeof *converter->constants);
  converter->mask = size - 1;
  for (uint32_t i = 0; i < old_size; i++) {
    if (old[i].constant) *find_place(converter, old[i].constant) = old[i];
  }
  return true;
}

static Value convert_shared(void *context, const Constant *constant) {
  Converter *converter = context;
  if (constant->kind <= CONSTANT_ELLIPSIS) return convert_constant(constant, convert_shared, converter);
  if (2 * (converter->constant_count + 1) > converter->mask && !grow(converter)) return raise_memory_error();
  ConstantValue *place = find_place(converter, constant);
  if (place->constant) return place->value;
  Value value = convert_constant(constant, convert_shared, converter);
  if (!value || !list_append(converter->kept, value)) return NULL;
  place = find_place(converter, constant); // items may have made the table grow
  *place = (ConstantValue){constant, value};
  converter->constant_count++;
  return value;
}

// ---- names

static Value convert_name(Converter *converter, const Name *name) {
  if (name->user) return name->user;
  Value text = str_from_utf8(name->text, name->length);
  if (text) text = str_intern(text);
  if (!text || !list_append(converter->kept, text)) return NULL;
  ((Name *)name)->user = text;
  return text;
}

static Value convert_names(Converter *converter, const Name *const *names, uint32_t count) {
  if (!count) return tuple_empty;
  Tuple *tuple = tuple_allocate(count);
  if (!tuple) return NULL;
  for (uint32_t i = 0; i < count; i++) {
    Value name = convert_name(converter, names[i]);
    if (!name) return NULL;
    gc_store(&tuple->head, &tuple->items[i], name);
  }
  return value_from_cell(tuple);
}

// ---- code

static Value convert_unit(Converter *converter, const CodeUnit *unit);

static Value convert_constants(Converter *converter, const CodeUnit *unit) {
  if (!unit->constant_count) return tuple_empty;
  Tuple *tuple = tuple_allocate(unit->constant_count);
  if (!tuple) return NULL;
  for (uint32_t i = 0; i < unit->constant_count; i++) {
    const UnitConstant *constant = &unit->constants[i];
    Value value =
        constant->code ? convert_unit(converter, constant->code) : convert_shared(converter, constant->constant);
    if (!value) return NULL;
    gc_store(&tuple->head, &tuple->items[i], value);
  }
  return value_from_cell(tuple);
}

static Value convert_unit(Converter *converter, const CodeUnit *unit) {
  CodeParts parts = {
      .filename = converter->filename,
      .flags = unit->flags,
      .argument_count = unit->argument_count,
      .positional_only_count = unit->positional_only_count,
      .keyword_only_count = unit->keyword_only_count,
      .register_count = unit->register_count,
      .first_line = unit->first_line,
      .words = unit->words,
      .word_count = unit->word_count,
      .cell_arguments = unit->cell_arguments,
      .exceptions = unit->exceptions,
      .exception_count = unit->exception_count,
      .positions = unit->positions,
      .position_count = unit->position_count,
      .live_ranges = unit->live_ranges,
      .live_count = unit->live_count,
  };
  if (!(parts.name = convert_name(converter, unit->name))) return NULL;
  parts.qualified_name = parts.name;
  if (unit->qualified_name != unit->name->text) {
    parts.qualified_name = str_from_utf8(unit->qualified_name, unit->qualified_name_length);
    if (!parts.qualified_name || !(parts.qualified_name = str_intern(parts.qualified_name))) return NULL;
  }
  if (!(parts.constants = convert_constants(converter, unit))) return NULL;
  if (!(parts.names = convert_names(converter, unit->names, unit->name_count))) return NULL;
  if (!(parts.variable_names = convert_names(converter, unit->variable_names, unit->variable_count))) return NULL;
  if (!(parts.cell_names = convert_names(converter, unit->cell_names, unit->cell_count))) return NULL;
  if (!(parts.free_names = convert_names(converter, unit->free_names, unit->free_count))) return NULL;
  return code_new(&parts);
}

Value code_object_new(const CodeUnit *unit, Value filename) {
  Converter converter = {.filename = filename, .kept = list_new_sized(64)};
  if (!converter.kept) return NULL;
  arena_init(&converter.arena, ARENA_DEFAULT_LIMIT);
  Value code = convert_unit(&converter, unit);
  arena_destroy(&converter.arena);
  KEEP(converter.kept);
  return code;
}
