// Objects made into trees; see ast_objects.h. What is read may be anything that a program has put together.
#include "frontend/ast_objects.h"

#include "frontend/ast_objects_internal.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct TreeReader {
  Arena *arena;
  NameTable *names;
} TreeReader;

static bool read_node(TreeReader *reader, AstType type, Value object, void **node);

static bool out_of_memory(void) {
  raise_memory_error();
  return false;
}

// ---- constants and names

static bool read_text(TreeReader *reader, Value text, const char **data, size_t *length) {
  char *utf8 = str_wtf8(text, length);
  if (!utf8) return false;
  *data = arena_copy(reader->arena, utf8, *length);
  free(utf8);
  return *data || out_of_memory();
}

static bool read_int(TreeReader *reader, Value number, Constant *constant) {
  if (int_fits_int64(number, &constant->integer)) {
    constant->kind = CONSTANT_INT;
    return true;
  }
  Value text = int_to_str(number, 16, false);
  const char *digits;
  size_t length;
  if (!text || !read_text(reader, text, &digits, &length)) return false;
  constant->kind = CONSTANT_BIG_INT;
  constant->big.negative = digits[0] == '-';
  constant->big.digits = digits + constant->big.negative;
  constant->big.length = (uint32_t)(length - constant->big.negative);
  constant->big.base = 16;
  return true;
}

static bool read_constant(TreeReader *reader, Value object, const Constant **result);

static bool read_items(TreeReader *reader, Value items, Constant *constant) {
  Value tuple = value_to_tuple(items);
  if (!tuple) return false;
  size_t count = tuple_count(tuple);
  const Constant **values = arena_allocate_array(reader->arena, count + 1, sizeof *values);
  if (!values) return out_of_memory();
  for (size_t i = 0; i < count; i++) {
    if (!read_constant(reader, tuple_item(tuple, i), &values[i])) return false;
  }
  constant->items.items = values;
  constant->items.count = count;
  return true;
}

static bool read_constant_value(TreeReader *reader, Value object, Constant *constant) {
  if (object == VALUE_NONE)
    constant->kind = CONSTANT_NONE;
  else if (object == VALUE_TRUE)
    constant->kind = CONSTANT_TRUE;
  else if (object == VALUE_FALSE)
    constant->kind = CONSTANT_FALSE;
  else if (object == VALUE_ELLIPSIS)
    constant->kind = CONSTANT_ELLIPSIS;
  else if (value_is_exact_int(object))
    return read_int(reader, object, constant);
  else if (value_is_exact_float(object)) {
    constant->kind = CONSTANT_FLOAT;
    constant->floating = float_as_double(object);
  } else if (VALUE_IS_EXACT(object, COMPLEX)) {
    constant->kind = CONSTANT_COMPLEX;
    constant->complex.real = ((Complex *)value_cell(object))->real;
    constant->complex.imaginary = ((Complex *)value_cell(object))->imaginary;
  } else if (VALUE_IS_EXACT(object, STR)) {
    const char *data;
    size_t length;
    if (!read_text(reader, object, &data, &length)) return false;
    Constant *text = constant_new_str(reader->arena, data, length);
    if (!text) return out_of_memory();
    *constant = *text;
  } else if (VALUE_IS_EXACT(object, BYTES)) {
    const Bytes *bytes = value_as_bytes(object);
    const char *data = arena_copy(reader->arena, (const char *)bytes->data, bytes->length);
    Constant *copy = data ? constant_new_bytes(reader->arena, data, bytes->length) : NULL;
    if (!copy) return out_of_memory();
    *constant = *copy;
  } else if (VALUE_IS_EXACT(object, TUPLE)) {
    constant->kind = CONSTANT_TUPLE;
    return read_items(reader, object, constant);
  } else if (VALUE_IS_EXACT(object, FROZENSET)) {
    constant->kind = CONSTANT_FROZENSET;
    return read_items(reader, object, constant);
  } else {
    raise_type_error("got an invalid type in Constant: %T", object);
    return false;
  }
  return true;
}

static bool read_constant(TreeReader *reader, Value object, const Constant **result) {
  Constant *constant = constant_new(reader->arena, CONSTANT_NONE);
  if (!constant) return out_of_memory();
  if (!recursion_enter(" during compilation")) return false;
  bool read = read_constant_value(reader, object, constant);
  recursion_leave();
  *result = constant;
  return read;
}

static bool read_name(TreeReader *reader, AstType type, Value object, const Name **result) {
  *result = NULL;
  if (object == VALUE_NONE) return true;
  bool is_text = type == AST_TYPE_IDENTIFIER ? VALUE_IS_EXACT(object, STR) : value_is_str(object);
  if (!is_text) {
    raise_type_error("AST %s must be of type str", type == AST_TYPE_IDENTIFIER ? "identifier" : "string");
    return false;
  }
  const char *data;
  size_t length;
  if (!read_text(reader, object, &data, &length)) return false;
  *result = name_intern(reader->names, data, length);
  return *result || out_of_memory();
}

static bool read_integer(Value object, int32_t *result) {
  int number;
  if (!value_is_int(object)) {
    raise_value_error("invalid integer value: %R", object);
    return false;
  }
  if (!value_as_int(object, &number)) return false;
  *result = number;
  return true;
}

static bool read_enum(AstType type, Value object, uint8_t *result) {
  const AstTypeDescription *description = &ast_types[type];
  for (unsigned i = 0; i < description->count; i++) {
    if (value_is_instance(object, value_as_class(ast_classes.enum_classes[type][i]))) {
      *result = (uint8_t)i;
      return true;
    }
  }
  raise_type_error("expected some sort of %s, but got %R", description->name, object);
  return false;
}

// ---- fields

static bool read_item(TreeReader *reader, AstType type, Value object, void **result) {
  switch (type) {
  case AST_TYPE_IDENTIFIER:
  case AST_TYPE_STRING:
    return read_name(reader, type, object, (const Name **)(void *)result);
  case AST_TYPE_CONSTANT:
    return read_constant(reader, object, (const Constant **)(void *)result);
  default:
    return read_node(reader, type, object, result);
  }
}

static bool refuse_none(AstType type) {
  raise_value_error("None disallowed in %s list", type == AST_TYPE_STMT         ? "statement"
                                                  : type == AST_TYPE_EXPR       ? "expression"
                                                  : type == AST_TYPE_IDENTIFIER ? "identifier"
                                                                                : ast_types[type].name);
  return false;
}

static bool read_sequence(TreeReader *reader, const AstKindDescription *kind, const AstField *field, Value list,
                          void **result) {
  if (!value_is_list(list)) {
    raise_type_error("%s field \"%s\" must be a list, not a %.200T", kind->name, field->name, list);
    return false;
  }
  size_t count = list_count(list);
  bool is_enum = ast_types[field->type].form == AST_FORM_ENUM;
  AstComparisonSequence *enums = is_enum ? ast_new_comparisons(reader->arena, count) : NULL;
  AstSequence *sequence = is_enum ? (AstSequence *)(void *)enums : ast_new_sequence(reader->arena, count);
  if (!sequence) return out_of_memory();
  for (size_t i = 0; i < count; i++) {
    Value item = i < list_count(list) ? list_item(list, i) : NULL;
    bool read;
    if (!item) break;
    if (is_enum) {
      uint8_t value;
      read = read_enum(field->type, item, &value);
      if (read) enums->items[i] = (AstComparison)value;
    } else {
      read = read_item(reader, field->type, item, &sequence->items[i]);
      if (read && !sequence->items[i] && field->quantity == AST_MANY) return refuse_none(field->type);
    }
    if (!read) return false;
    if (list_count(list) == count) continue;
    raise(CLASS_RUNTIME_ERROR, "%s field \"%s\" changed size during iteration", kind->name, field->name);
    return false;
  }
  *result = sequence;
  return true;
}

static bool read_field(TreeReader *reader, const AstKindDescription *kind, const AstField *field, Value object,
                       char *place) {
  Value value, name = str_intern_c(field->name);
  int found = name ? value_find_attribute(object, name, &value) : -1;
  if (found < 0) return false;
  if (!found) {
    if (field->quantity == AST_OPTIONAL) return true;
    raise_type_error("required field \"%s\" missing from %s", field->name, kind->name);
    return false;
  }
  if (field->quantity == AST_MANY || field->quantity == AST_MANY_OPTIONAL)
    return read_sequence(reader, kind, field, value, (void **)(void *)place);
  if (field->quantity == AST_OPTIONAL && value == VALUE_NONE) return true;
  if (field->type == AST_TYPE_INT) return read_integer(value, (int32_t *)(void *)place);
  if (ast_types[field->type].form == AST_FORM_ENUM) {
    if (value != VALUE_NONE) return read_enum(field->type, value, (uint8_t *)place);
    raise_value_error("field '%s' is required for %s", field->name, kind->name);
    return false;
  }
  void **slot = (void **)(void *)place;
  if (!read_item(reader, field->type, value, slot)) return false;
  if (*slot || field->quantity == AST_OPTIONAL) return true;
  raise_value_error("field '%s' is required for %s", field->name, kind->name);
  return false;
}

// ---- nodes

// An attribute with a position. 1 read, 0 missing or (if `optional`) None, -1 an exception.
static int read_position(Value object, const char *name, bool optional, int32_t *result) {
  Value value, key = str_intern_c(name);
  int found = key ? value_find_attribute(object, key, &value) : -1;
  if (found <= 0) return found;
  if (optional && value == VALUE_NONE) return 0;
  return read_integer(value, result) ? 1 : -1;
}

static bool read_range(const AstTypeDescription *type, Value object, AstRange *range) {
  int32_t *places[] = {&range->lineno, &range->col_offset, &range->end_lineno, &range->end_col_offset};
  static const char *const names[] = {"lineno", "col_offset", "end_lineno", "end_col_offset"};
  for (int i = 0; i < 4; i++) {
    int read = read_position(object, names[i], i >= 2, places[i]);
    if (read < 0) return false;
    if (read) continue;
    if (i < 2) {
      raise_type_error("required field \"%s\" missing from %s", names[i], type->name);
      return false;
    }
    *places[i] = *places[i - 2];
  }
  return true;
}

static int find_kind(const AstTypeDescription *type, Value object, AstKind *kind) {
  for (unsigned i = 0; i < type->count; i++) {
    *kind = (AstKind)(type->first_kind + i);
    int is_instance = value_isinstance(object, ast_classes.kinds[*kind]);
    if (is_instance) return is_instance;
  }
  return 0;
}

static bool fill_node(TreeReader *reader, const AstTypeDescription *type, Value object, void **result) {
  AstRange range = {};
  if (type->has_range && !read_range(type, object, &range)) return false;
  AstKind number;
  // A product type accepts whatever has its fields.
  int found = type->form == AST_FORM_PRODUCT ? (number = type->first_kind, 1) : find_kind(type, object, &number);
  if (found < 0) return false;
  if (!found) {
    raise_type_error("expected some sort of %s, but got %R", type->name, object);
    return false;
  }
  char *node = arena_allocate(reader->arena, type->size);
  if (!node) return out_of_memory();
  memset(node, 0, type->size);
  ((AstNode *)(void *)node)->kind = number;
  const AstKindDescription *kind = &ast_kinds[number];
  for (size_t i = 0; i < kind->field_count; i++) {
    if (!read_field(reader, kind, &kind->fields[i], object, node + kind->fields[i].offset)) return false;
  }
  if (type->has_range) *(AstRange *)(void *)(node + type->range_offset) = range;
  *result = node;
  return true;
}

static bool read_node(TreeReader *reader, AstType number, Value object, void **node) {
  const AstTypeDescription *type = &ast_types[number];
  *node = NULL;
  if (object == VALUE_NONE) return true;
  char where[64];
  snprintf(where, sizeof where, " while traversing '%s' node", type->name);
  if (!recursion_enter(where)) return false;
  bool read = fill_node(reader, type, object, node);
  recursion_leave();
  return read;
}

AstModule *ast_from_object(Arena *arena, NameTable *names, Value object, AstKind wanted) {
  if (!ast_classes_prepare()) return NULL;
  int is_wanted = value_isinstance(object, ast_classes.kinds[wanted]);
  if (is_wanted < 0) return NULL;
  if (!is_wanted) {
    raise_type_error("expected %s node, got %.400T", ast_kinds[wanted].name, object);
    return NULL;
  }
  TreeReader reader = {arena, names};
  void *module;
  return read_node(&reader, AST_TYPE_MOD, object, &module) ? module : NULL;
}
