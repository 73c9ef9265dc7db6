// The classes of syntax trees, and trees made into objects; see ast_objects.h.
#include "frontend/ast_objects.h"

#include "frontend/ast_objects_internal.h"
#include "frontend/code_objects.h"
#include "runtime/heap/heap.h"
#include "runtime/object/attributes.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

AstClasses ast_classes;

// ---- ast.AST

static Value tree_init(Value self, Value *arguments, size_t count, Value keyword_names) {
  Value fields = class_lookup(value_class(self), NAME(_fields));
  Value names = fields ? value_to_tuple(fields) : tuple_empty;
  if (!names) return NULL;
  size_t field_count = tuple_count(names);
  if (count > field_count)
    return raise_type_error("%.400T constructor takes at most %zu positional argument%s", self, field_count,
                            field_count == 1 ? "" : "s");
  for (size_t i = 0; i < count; i++) {
    if (!value_set_attribute(self, tuple_item(names, i), arguments[i])) return NULL;
  }
  size_t keywords = keyword_names ? tuple_count(keyword_names) : 0;
  for (size_t i = 0; i < keywords; i++) {
    Value name = tuple_item(keyword_names, i);
    for (size_t k = 0; k < count; k++) {
      int equal = value_equal(tuple_item(names, k), name);
      if (equal < 0) return NULL;
      if (equal) return raise_type_error("%.400T got multiple values for argument '%U'", self, name);
    }
    if (!value_set_attribute(self, name, arguments[count + i])) return NULL;
  }
  return VALUE_NONE;
}

// Takes any arguments: they are for __init__.
static Value tree_new(Value self, Value *arguments, size_t count, Value keyword_names) {
  (void)arguments, (void)count, (void)keyword_names;
  if (!value_is_class(self)) return raise_type_error("AST.__new__(X): X is not a type object (%T)", self);
  void *cell = class_allocate(value_as_class(self), 0);
  return cell ? value_from_cell(cell) : NULL;
}

static Value tree_reduce(Value self) {
  Value dict = value_get_attribute(self, NAME(__dict__));
  if (dict) return tuple_of(3, value_from_cell(value_class(self)), tuple_empty, dict);
  exception_clear();
  return tuple_of(2, value_from_cell(value_class(self)), tuple_empty);
}

static const NativeMethod tree_methods[] = {
    NATIVE("__new__", tree_new, "($type, /, *args, **kwargs)", "Create a node.", NATIVE_STATIC),
    NATIVE("__init__", tree_init, "($self, /, *args, **kwargs)", "Initialize self."),
    NATIVE("__reduce__", tree_reduce, "($self, /)", "Return state information for pickling."),
    {}};

static const ClassDef tree_class = {
    .name = "ast.AST",
    .doc = "A node of a syntax tree.",
    .flags = CLASS_BASE_TYPE | CLASS_HAS_DICT | CLASS_HAS_WEAKREF,
    .methods = tree_methods,
};

// ---- the other classes

static Value names_tuple(const char *const *names, size_t count) {
  Value items[8];
  for (size_t i = 0; i < count; i++) {
    if (!(items[i] = str_intern_c(names[i]))) return NULL;
  }
  return tuple_new(items, count);
}

static Value field_names(const AstKindDescription *kind) {
  const char *names[8];
  for (size_t i = 0; i < kind->field_count; i++) names[i] = kind->fields[i].name;
  return names_tuple(names, kind->field_count);
}

// class `name`(`base`), with the attributes that every node class has. `fields` zero: inherited.
static Value make_class(const char *name, Value base, Value fields, const char *doc) {
  Value namespace_dict = dict_new(), bases = tuple_of(1, base), name_text = str_intern_c(name);
  Value doc_text = str_from_c(doc), module = str_intern_c("ast");
  if (!namespace_dict || !bases || !name_text || !doc_text || !module) return NULL;
  bool filled = dict_set_c(namespace_dict, "__module__", module) && dict_set_c(namespace_dict, "__doc__", doc_text);
  if (fields) {
    filled =
        filled && dict_set_c(namespace_dict, "_fields", fields) && dict_set_c(namespace_dict, "__match_args__", fields);
  }
  return filled ? class_create(BUILTIN(TYPE), name_text, bases, namespace_dict, NULL, NULL) : NULL;
}

static bool set(Value class, const char *name, Value value) {
  Value key = value ? str_intern_c(name) : NULL;
  return key && class_set_attribute(value_as_class(class), key, value);
}

static bool add_range(Value class, bool has_range) {
  static const char *const names[] = {"lineno", "col_offset", "end_lineno", "end_col_offset"};
  if (!has_range) return set(class, "_attributes", tuple_empty);
  return set(class, "_attributes", names_tuple(names, 4)) && set(class, "end_lineno", VALUE_NONE) &&
         set(class, "end_col_offset", VALUE_NONE);
}

// Optional fields are None unless they are set.
static bool add_optional_fields(Value class, const AstKindDescription *kind) {
  for (size_t i = 0; i < kind->field_count; i++) {
    if (kind->fields[i].quantity == AST_OPTIONAL && !set(class, kind->fields[i].name, VALUE_NONE)) return false;
  }
  return true;
}

static bool make_sum(AstType number) {
  const AstTypeDescription *type = &ast_types[number];
  Value class = make_class(type->name, ast_classes.tree, tuple_empty, type->text);
  if (!class || !add_range(class, type->has_range)) return false;
  ast_classes.types[number] = class;
  for (unsigned i = 0; i < type->count; i++) {
    const AstKindDescription *kind = &ast_kinds[type->first_kind + i];
    Value fields = field_names(kind);
    Value kind_class = fields ? make_class(kind->name, class, fields, kind->text) : NULL;
    if (!kind_class || !add_optional_fields(kind_class, kind)) return false;
    ast_classes.kinds[type->first_kind + i] = kind_class;
  }
  return true;
}

static bool make_product(AstType number) {
  const AstTypeDescription *type = &ast_types[number];
  const AstKindDescription *kind = &ast_kinds[type->first_kind];
  Value fields = field_names(kind);
  Value class = fields ? make_class(type->name, ast_classes.tree, fields, kind->text) : NULL;
  if (!class || !add_range(class, type->has_range) || !add_optional_fields(class, kind)) return false;
  ast_classes.types[number] = ast_classes.kinds[type->first_kind] = class;
  return true;
}

static bool make_enum(AstType number) {
  const AstTypeDescription *type = &ast_types[number];
  Value class = make_class(type->name, ast_classes.tree, tuple_empty, type->text);
  if (!class || !add_range(class, false)) return false;
  ast_classes.types[number] = class;
  for (unsigned i = 0; i < type->count; i++) {
    Value value_class = make_class(type->values[i], class, tuple_empty, type->values[i]);
    Value instance = value_class ? value_call_0(value_class) : NULL;
    if (!instance) return false;
    ast_classes.enum_classes[number][i] = value_class;
    ast_classes.enum_values[number][i] = instance;
  }
  return true;
}

static bool make_classes(void) {
  Class *tree = class_from_definition(&tree_class, NULL);
  if (!tree) return false;
  ast_classes.tree = value_from_cell(tree);
  if (!set(ast_classes.tree, "_fields", tuple_empty) || !set(ast_classes.tree, "__match_args__", tuple_empty) ||
      !set(ast_classes.tree, "_attributes", tuple_empty))
    return false;
  for (AstType number = 0; number < AST_TYPE_COUNT; number++) {
    bool made = true;
    switch (ast_types[number].form) {
    case AST_FORM_SUM:
      made = make_sum(number);
      break;
    case AST_FORM_PRODUCT:
      made = make_product(number);
      break;
    case AST_FORM_ENUM:
      made = make_enum(number);
      break;
    case AST_FORM_BUILT_IN:
      break;
    }
    if (!made) return false;
  }
  return true;
}

bool ast_classes_prepare(void) {
  if (ast_classes.ready) return true;
  static bool rooted;
  if (!rooted) heap_add_root_range((Value *)&ast_classes, offsetof(AstClasses, ready) / sizeof(Value));
  rooted = true;
  return ast_classes.ready = make_classes();
}

static bool add_class(Value module, const char *name, Value class) {
  return !class || module_add(module, name, class);
}

bool ast_classes_add(Value module) {
  if (!ast_classes_prepare() || !module_add(module, "AST", ast_classes.tree)) return false;
  for (AstType number = 0; number < AST_TYPE_COUNT; number++) {
    const AstTypeDescription *type = &ast_types[number];
    if (type->form == AST_FORM_BUILT_IN) continue;
    if (!add_class(module, type->name, ast_classes.types[number])) return false;
    for (unsigned i = 0; i < type->count; i++) {
      bool added = type->form == AST_FORM_ENUM ? add_class(module, type->values[i], ast_classes.enum_classes[number][i])
                                               : add_class(module, ast_kinds[type->first_kind + i].name,
                                                           ast_classes.kinds[type->first_kind + i]);
      if (!added) return false;
    }
  }
  return true;
}

bool value_is_tree(Value value) {
  return ast_classes.ready && value_is_instance(value, value_as_class(ast_classes.tree));
}

// ---- trees to objects

static Value node_to_object(const void *node);

static Value text_to_object(const Name *name) {
  Value text = name ? str_from_utf8(name->text, name->length) : VALUE_NONE;
  return text && name ? str_intern(text) : text;
}

static Value item_to_object(AstType type, const void *item) {
  switch (type) {
  case AST_TYPE_IDENTIFIER:
  case AST_TYPE_STRING:
    return text_to_object(item);
  case AST_TYPE_CONSTANT:
    return item ? constant_to_value(item) : VALUE_NONE;
  default:
    return item ? node_to_object(item) : VALUE_NONE;
  }
}

static Value sequence_to_object(AstType type, const AstSequence *sequence) {
  Value list = list_new_sized(sequence->count);
  for (uint32_t i = 0; list && i < sequence->count; i++) {
    Value item = ast_types[type].form == AST_FORM_ENUM
                     ? ast_classes.enum_values[type][((const AstComparisonSequence *)(const void *)sequence)->items[i]]
                     : item_to_object(type, sequence->items[i]);
    if (!item || !list_append(list, item)) return NULL;
  }
  return list;
}

static Value field_to_object(const AstField *field, const char *place) {
  if (field->quantity == AST_MANY || field->quantity == AST_MANY_OPTIONAL)
    return sequence_to_object(field->type, *(const AstSequence *const *)(const void *)place);
  if (field->type == AST_TYPE_INT) return int_from_int64(*(const int32_t *)(const void *)place);
  if (ast_types[field->type].form == AST_FORM_ENUM)
    return ast_classes.enum_values[field->type][*(const uint8_t *)place];
  return item_to_object(field->type, *(const void *const *)(const void *)place);
}

static bool set_position(Value object, Value name, int32_t position) {
  Value number = int_from_int64(position);
  return number && value_set_attribute(object, name, number);
}

static bool fill_object(Value object, const void *node) {
  const AstKindDescription *kind = &ast_kinds[((const AstNode *)node)->kind];
  for (size_t i = 0; i < kind->field_count; i++) {
    Value value = field_to_object(&kind->fields[i], (const char *)node + kind->fields[i].offset);
    Value name = value ? str_intern_c(kind->fields[i].name) : NULL;
    if (!name || !value_set_attribute(object, name, value)) return false;
  }
  const AstTypeDescription *type = &ast_types[kind->type];
  if (!type->has_range) return true;
  const AstRange *range = (const AstRange *)(const void *)((const char *)node + type->range_offset);
  return set_position(object, NAME(lineno), range->lineno) &&
         set_position(object, NAME(col_offset), range->col_offset) &&
         set_position(object, NAME(end_lineno), range->end_lineno) &&
         set_position(object, NAME(end_col_offset), range->end_col_offset);
}

static Value node_to_object(const void *node) {
  if (!recursion_enter(" during  ast construction")) return NULL;
  Class *class = value_as_class(ast_classes.kinds[((const AstNode *)node)->kind]);
  void *cell = class_allocate(class, 0);
  Value object = cell ? value_from_cell(cell) : NULL;
  bool filled = object && fill_object(object, node);
  recursion_leave();
  return filled ? object : NULL;
}

Value ast_to_object(const AstModule *module) {
  return ast_classes_prepare() ? node_to_object(module) : NULL;
}
