// Where the attributes of an instance are: inline slots, the overflow cell, or a Dict.
//
// Publication order when an attribute is added: value into its slot, then the shape. Adding takes the object's lock;
// replacing a value takes it only for overflow slots, which a grower may be copying. Moving to a Dict stops the world,
// so that no reader or writer stands between its check of the shape and its access to the slot.
#include "runtime/object/attributes.h"

#include "runtime/heap/heap.h"
#include "runtime/heap/let_go.h"
#include "runtime/object/class_internal.h"
#include "runtime/object/dict.h"

static void overflow_trace(Cell *cell, Tracer *tracer) {
  Overflow *overflow = (Overflow *)cell;
  trace_range(tracer, overflow->slots, overflow->slots + overflow->capacity);
}
static const CellType overflow_type = {
    .name = "attributes",
    .values_start = offsetof(Overflow, dict),
    .values_end = offsetof(Overflow, dict) + sizeof(Value),
    .trace = overflow_trace,
    .has_tail = true,
};
static Shape *overflow_shape;

enum : uint16_t { INLINE_LIMIT = 32 };

Value *attributes_extra(Value object, const Shape *shape) {
  if (shape->flags & SHAPE_TAIL_EXTRA)
    return cell_word(value_cell(object), cell_size(value_cell(object)) - sizeof(Value));
  return cell_word(value_cell(object), shape->attributes_offset);
}

static Overflow *overflow_of(Value object, const Shape *shape) {
  return (Overflow *)value_cell(gc_load(attributes_extra(object, shape)));
}

Value attribute_load_overflow(Value object, const Shape *shape, uint32_t slot) {
  Overflow *overflow = overflow_of(object, shape);
  size_t index = slot - shape->inline_capacity;
  // Of another shape meanwhile: `extra` may be a Dict, which the caller will see when it looks at the shape again.
  if (!overflow || !value_has_shape(value_from_cell(overflow), overflow_shape) || index >= overflow->capacity)
    return NULL;
  return gc_load(&overflow->slots[index]);
}

static Value *inline_slot(Value object, const Shape *shape, uint32_t slot) {
  return cell_word(value_cell(object), shape->attributes_offset + sizeof(Value)) + slot;
}

bool attribute_store_slot(Value object, const Shape *shape, uint32_t slot, Value value) {
  if (!value_has_shape(object, shape)) return false;
  if (slot < shape->inline_capacity) {
    Value *place = inline_slot(object, shape, slot), former = gc_load(place);
    gc_store(value_cell(object), place, value);
    heap_let_go(former);
    return true;
  }
  Value former = NULL;
  cell_lock(value_cell(object));
  bool same = value_has_shape(object, shape);
  if (same) {
    Overflow *overflow = overflow_of(object, shape);
    Value *place = &overflow->slots[slot - shape->inline_capacity];
    former = gc_load(place);
    gc_store(overflow, place, value);
  }
  cell_unlock(value_cell(object));
  heap_let_go(former);
  return same;
}

// Makes sure that there is an overflow cell with room for `count` slots. False: the shape has changed, or MemoryError.
static bool overflow_reserve(Value object, const Shape *shape, size_t count) {
  Overflow *old = overflow_of(object, shape);
  if (old && old->capacity >= count) return true;
  size_t capacity = old ? old->capacity + old->capacity / 2 : 0;
  if (capacity < count) capacity = count ? count + 3 : 0;
  Shape *own = shape_internal(&overflow_shape, &overflow_type);
  Overflow *larger = own ? cell_alloc(own, sizeof *larger + capacity * sizeof(Value)) : NULL;
  if (!larger) return false;
  larger->capacity = capacity;
  cell_lock(value_cell(object));
  bool same = value_has_shape(object, shape) && overflow_of(object, shape) == old;
  if (same) {
    if (old) {
      gc_init(larger, &larger->dict, old->dict);
      gc_move(larger, larger->slots, old->slots, old->capacity);
    }
    gc_store(value_cell(object), attributes_extra(object, shape), value_from_cell(larger));
  }
  cell_unlock(value_cell(object));
  return same;
}

// Instances of this class have more attributes than inline slots: let later ones have more.
static void widen_instances(Class *class, const Shape *shape) {
  const Shape *root = shape;
  while (root->parent) root = root->parent;
  if (root != __atomic_load_n(&class->instance_shape, __ATOMIC_ACQUIRE) ||
      (root->flags & (SHAPE_TAIL_EXTRA | SHAPE_EXTERNAL_DICT)) || root->inline_capacity == 0 ||
      root->inline_capacity >= INLINE_LIMIT)
    return;
  uint32_t slots_start = root->flags & SHAPE_HAS_SLOTS ? root->class_slots_start : 0;
  if (!class_make_root_shape(class, root->type, slots_start, root->inline_capacity * 2)) exception_clear();
}

bool attribute_add_slot(Value object, const LookupResult *result, Value value) {
  Shape *shape = result->shape, *next = result->next_shape;
  uint32_t slot = result->slot;
  if (slot >= shape->inline_capacity) {
    if (slot == shape->inline_capacity) widen_instances(shape->class, shape);
    if (!value_has_shape(object, shape) || !overflow_reserve(object, shape, slot - shape->inline_capacity + 1))
      return false;
  }
  cell_lock(value_cell(object));
  bool same = value_has_shape(object, shape);
  if (same) {
    if (slot < shape->inline_capacity) {
      gc_store(value_cell(object), inline_slot(object, shape, slot), value);
    } else {
      Overflow *overflow = overflow_of(object, shape);
      gc_store(overflow, &overflow->slots[slot - shape->inline_capacity], value);
    }
    __atomic_store_n(&value_cell(object)->shape, shape_word(next), __ATOMIC_RELEASE);
  }
  cell_unlock(value_cell(object));
  return same;
}

// Attributes in a Dict

static Shape *external_shape_of(Class *class) {
  Shape *external = __atomic_load_n(&class->external_shape, __ATOMIC_ACQUIRE);
  if (external) return external;
  const Shape *root = class->instance_shape;
  external = shape_create_root(root->type, class, root->flags | SHAPE_EXTERNAL_DICT, root->attributes_offset,
                               root->inline_capacity);
  if (!external) return NULL;
  external->class_slots_start = root->class_slots_start;
  external->class_slots_end = root->class_slots_end;
  Shape *expected = NULL;
  if (!__atomic_compare_exchange_n(&class->external_shape, &expected, external, false, __ATOMIC_ACQ_REL,
                                   __ATOMIC_ACQUIRE))
    return expected;
  return external;
}

// The external shape for an object whose inline slots are as in `shape` (a class's instances may differ in that).
static Shape *external_shape_for(const Shape *shape) {
  Shape *external = external_shape_of(shape->class);
  if (!external || external->inline_capacity == shape->inline_capacity) return external;
  external = shape_create_root(shape->type, shape->class, shape->flags | SHAPE_EXTERNAL_DICT, shape->attributes_offset,
                               shape->inline_capacity);
  if (!external) return NULL;
  external->class_slots_start = shape->class_slots_start;
  external->class_slots_end = shape->class_slots_end;
  return external;
}

// The Dict of an object with SHAPE_EXTERNAL_DICT, made if need be.
static Value external_dict(Value object, const Shape *shape) {
  Value *extra = attributes_extra(object, shape);
  Value dict = gc_load(extra);
  if (dict) return dict;
  dict = dict_new();
  if (!dict) return NULL;
  return gc_cas(value_cell(object), extra, NULL, dict) ? dict : gc_load(extra);
}

static void move_to_dict(Value object, const Shape *shape, Shape *external, Value dict) {
  gc_store(value_cell(object), attributes_extra(object, shape), dict);
  __atomic_store_n(&value_cell(object)->shape, shape_word(external), __ATOMIC_RELEASE);
  for (uint32_t i = 0; i < shape->inline_capacity; i++)
    gc_store(value_cell(object), inline_slot(object, shape, i), NULL);
}

// Gives a live view a table of its own, with the contents of `dict`.
static void view_detach(Value view, Value dict) {
  Dict *target = value_as_dict(view), *source = value_as_dict(dict);
  gc_store(target, &target->table, source->table);
  target->count = source->count;
  cell_clear_flag(&target->head, DICT_INSTANCE);
}

static bool same_contents(Value object, Value dict) {
  if (instance_count(object) != dict_count(dict)) return false;
  size_t position = 0, i = 0;
  Value name, value, other_name, other_value;
  while (instance_next(object, &position, &name, &value))
    if (!dict_next(dict, &i, &other_name, &other_value) || name != other_name || value != other_value) return false;
  return true;
}

bool instance_make_external(Value object) {
  for (;;) {
    Shape *shape = cell_shape(value_cell(object));
    if (shape->flags & SHAPE_EXTERNAL_DICT) return true;
    Shape *external = external_shape_for(shape);
    Value dict = dict_new_sized(shape->slot_count);
    if (!external || !dict) return false;
    size_t position = 0;
    Value name, value;
    while (instance_next(object, &position, &name, &value))
      if (!dict_set_name(dict, name, value)) return false;
    world_stop();
    bool same = value_has_shape(object, shape) && same_contents(object, dict);
    if (same) {
      Overflow *overflow = overflow_of(object, shape);
      Value view = overflow ? overflow->dict : NULL;
      if (view) view_detach(view, dict);
      move_to_dict(object, shape, external, view ? view : dict);
    }
    world_start();
    if (same) return true;
  }
}

bool instance_set_dict(Value object, Value dict) {
  for (;;) {
    Shape *shape = cell_shape(value_cell(object));
    if (shape->flags & SHAPE_EXTERNAL_DICT) {
      gc_store(value_cell(object), attributes_extra(object, shape), dict);
      return true;
    }
    Shape *external = external_shape_for(shape);
    if (!external) return false;
    if (instance_existing_dict(object)) { // somebody holds the live view: it keeps what it shows
      if (!instance_make_external(object)) return false;
      continue;
    }
    world_stop();
    bool same = value_has_shape(object, shape);
    if (same) move_to_dict(object, shape, external, dict);
    world_start();
    if (same) return true;
  }
}

// The shape of `class` for an object that has the inline slots and attribute names of `shape`; NULL: there is none.
static Shape *shape_in_class(const Shape *shape, Class *class) {
  if (shape->last_name) {
    Shape *parent = shape_in_class(shape->parent, class);
    return parent ? shape_add(parent, shape->last_name) : NULL;
  }
  if (shape->flags & SHAPE_EXTERNAL_DICT) return NULL;
  return class->instance_shape->inline_capacity == shape->inline_capacity ? class->instance_shape : NULL;
}

bool instance_set_class(Value object, Class *class) {
  for (;;) {
    Shape *shape = cell_shape(value_cell(object));
    Shape *target;
    if (shape->flags & SHAPE_EXTERNAL_DICT) {
      target = class->flags & CLASS_EXTERNAL_DICT ? class->instance_shape : NULL;
      if (!target) { // the same, but of the other class
        target = shape_create_root(shape->type, class, shape->flags, shape->attributes_offset, shape->inline_capacity);
        if (!target) return false;
        target->class_slots_start = shape->class_slots_start;
        target->class_slots_end = shape->class_slots_end;
      }
    } else {
      target = shape_in_class(shape, class);
      if (!target) {
        if (exception_pending() || !instance_make_external(object)) return false;
        continue;
      }
    }
    world_stop();
    bool same = value_has_shape(object, shape);
    if (same) __atomic_store_n(&value_cell(object)->shape, shape_word(target), __ATOMIC_RELEASE);
    world_start();
    if (same) break;
  }
  if (class->flags & CLASS_HAS_DEL) heap_set_finalizable(value_cell(object));
  return true;
}

Value instance_existing_dict(Value object) {
  Shape *shape = cell_shape(value_cell(object));
  if (!(shape->flags & SHAPE_HAS_ATTRIBUTES)) return NULL;
  if (shape->flags & SHAPE_EXTERNAL_DICT) return gc_load(attributes_extra(object, shape));
  Overflow *overflow = overflow_of(object, shape);
  return overflow && value_has_shape(value_from_cell(overflow), overflow_shape) ? gc_load(&overflow->dict) : NULL;
}

Value instance_live_dict(Value object) {
  Value view = NULL;
  for (;;) {
    Shape *shape = cell_shape(value_cell(object));
    if (shape->flags & SHAPE_EXTERNAL_DICT) return external_dict(object, shape);
    Value existing = instance_existing_dict(object);
    if (existing) return existing;
    if (!view && !(view = dict_new_instance(object))) return NULL;
    if (!overflow_reserve(object, shape, 0)) {
      if (exception_pending()) return NULL;
      continue;
    }
    cell_lock(value_cell(object));
    if (value_has_shape(object, shape)) {
      Overflow *overflow = overflow_of(object, shape);
      if (!overflow->dict) gc_store(overflow, &overflow->dict, view);
    }
    cell_unlock(value_cell(object));
  }
}

// The attributes as a mapping

Value instance_get(Value object, Value name) {
  for (;;) {
    Shape *shape = cell_shape(value_cell(object));
    if (!(shape->flags & SHAPE_HAS_ATTRIBUTES)) return NULL;
    if (shape->flags & SHAPE_EXTERNAL_DICT) {
      Value dict = gc_load(attributes_extra(object, shape));
      return dict ? dict_get_name(dict, name) : NULL;
    }
    int slot = shape_find(shape, name);
    if (slot < 0) return NULL;
    Value value = attribute_load_slot(object, shape, (uint32_t)slot);
    if (value) return value;
    if (value_has_shape(object, shape)) return NULL;
  }
}

bool instance_set(Value object, Value name, Value value) {
  for (;;) {
    Shape *shape = cell_shape(value_cell(object));
    if (shape->flags & SHAPE_EXTERNAL_DICT) {
      Value dict = external_dict(object, shape);
      return dict && dict_set_name(dict, name, value);
    }
    int slot = shape_find(shape, name);
    if (slot >= 0) {
      if (attribute_store_slot(object, shape, (uint32_t)slot, value)) return true;
      continue;
    }
    Shape *next = shape_add(shape, name);
    if (next) {
      LookupResult addition = {.shape = shape, .next_shape = next, .slot = shape->slot_count};
      if (attribute_add_slot(object, &addition, value)) return true;
    } else if (!exception_pending() && !instance_make_external(object)) {
      return false;
    }
    if (exception_pending()) return false;
  }
}

// Where keys that are not str may be: zero, the object's attributes are in slots.
static Value instance_own_dict(Value object) {
  Shape *shape = cell_shape(value_cell(object));
  constexpr uint32_t in_dict = SHAPE_HAS_ATTRIBUTES | SHAPE_EXTERNAL_DICT;
  return (shape->flags & in_dict) == in_dict ? gc_load(attributes_extra(object, shape)) : NULL;
}

Value instance_find(Value object, Value name) {
  Value dict = instance_own_dict(object);
  return dict ? dict_get(dict, name) : instance_get(object, name);
}

bool instance_put(Value object, Value name, Value value) {
  Value dict = instance_own_dict(object);
  return dict ? dict_set(dict, name, value) : instance_set(object, name, value);
}

int instance_delete(Value object, Value name) {
  Shape *shape = cell_shape(value_cell(object));
  if (!(shape->flags & SHAPE_EXTERNAL_DICT)) {
    if (shape_find(shape, name) < 0) return 0;
    if (!instance_make_external(object)) return -1;
    shape = cell_shape(value_cell(object));
  }
  Value dict = gc_load(attributes_extra(object, shape));
  return dict ? dict_delete(dict, name) : 0;
}

size_t instance_count(Value object) {
  Shape *shape = cell_shape(value_cell(object));
  if (!(shape->flags & SHAPE_EXTERNAL_DICT)) return shape->slot_count;
  Value dict = gc_load(attributes_extra(object, shape));
  return dict ? dict_count(dict) : 0;
}

bool instance_next(Value object, size_t *position, Value *name, Value *value) {
  Shape *shape = cell_shape(value_cell(object));
  if (shape->flags & SHAPE_EXTERNAL_DICT) {
    Value dict = gc_load(attributes_extra(object, shape));
    return dict && dict_next(dict, position, name, value);
  }
  while (*position < shape->slot_count) {
    uint32_t slot = (uint32_t)(*position)++;
    const Shape *naming = shape;
    while (naming->slot_count > slot + 1) naming = naming->parent;
    *value = attribute_load_slot(object, shape, slot);
    *name = naming->last_name;
    if (*value) return true;
  }
  return false;
}
