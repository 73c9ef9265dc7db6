// `object.__dict__` of an instance whose shape is known: subscripts, stores, get() and `in` of names that are known are
// loads and stores of the instance's slots. See build.h.
//
// The dict itself is a NEW_INSTANCE_DICT, which is not made unless somebody else sees it. It is used while the instance
// has the shape that it had then: once that has got an attribute, its node stands for another one.
#include "jit/build_internal.h"

#include "runtime/object/attributes.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/exception.h"
#include "runtime/object/slots.h"

bool build_is_dict_property(const LookupResult *result) {
  return result->kind == LOOKUP_NATIVE_PROPERTY && VALUE_IS_EXACT(result->value, GETSET_DESCRIPTOR) &&
         ((const Descriptor *)value_cell(result->value))->property == &instance_dict_property &&
         (result->shape->flags & SHAPE_HAS_ATTRIBUTES) && !(result->shape->flags & SHAPE_EXTERNAL_DICT);
}

HirNode *build_instance_dict(Builder *builder, HirNode *object) {
  HirNode *dict = emit_1(builder, HIR_NEW_INSTANCE_DICT, object);
  dict->kinds = KIND_CELL;
  node_set_shape(builder, dict, SHAPE(DICT));
  return dict;
}

// An instance's dict and a key that are known.
typedef struct Entry {
  HirNode *object;
  Shape *shape;
  Value name;
  int slot; // of the shape, inline; -1: there is none
} Entry;

// False: this is none, or not one that is reached by loads.
static bool find_entry(Builder *builder, HirNode *container, HirNode *key, Entry *entry) {
  HirNode *dict = strip_guards(container);
  if (dict->op != HIR_NEW_INSTANCE_DICT || builder_failures(builder) > 0) return false;
  HirNode *object = dict->inputs[0];
  Shape *shape = object->shape;
  if (!shape || !node_has_shape(builder, object, shape) || (shape->flags & SHAPE_EXTERNAL_DICT)) return false;
  Value name = build_known_name(builder, key);
  if (!name) return false;
  *entry = (Entry){object, shape, name, shape_find(shape, name)};
  return entry->slot < (int)shape->inline_capacity;
}

static HirNode *load_entry(Builder *builder, const Entry *entry) {
  HirNode *value = emit_field(builder, entry->object, shape_slot_offset(entry->shape, (uint32_t)entry->slot));
  value->kinds = KIND_BOUND;
  return value;
}

bool build_dict_get(Builder *builder, HirNode *container, HirNode *key, HirNode *otherwise) {
  Entry entry;
  if (!find_entry(builder, container, key, &entry) || (entry.slot < 0 && !otherwise)) return false;
  set_result(builder, entry.slot < 0 ? otherwise : load_entry(builder, &entry));
  return true;
}

bool build_dict_contains(Builder *builder, HirNode *container, HirNode *key, bool *answer) {
  Entry entry;
  if (!find_entry(builder, container, key, &entry)) return false;
  *answer = entry.slot >= 0;
  return true;
}

bool build_dict_set(Builder *builder, HirNode *container, HirNode *key, HirNode *value) {
  Entry entry;
  if (!find_entry(builder, container, key, &entry)) return false;
  const LookupResult *result = resolve_attribute_by_shape(entry.shape, entry.name, ACCESS_DICT_STORE);
  if (!result) exception_clear();
  return result && lookup_is_valid(result) && build_store_slot(builder, entry.object, value, result);
}
