// Classes as cells: layout, registry, native classes made from their tables, attributes of a class's own namespace.
#include "runtime/object/class_internal.h"

#include "runtime/heap/alloc.h"
#include "runtime/heap/heap.h"
#include "runtime/object/attributes.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/native.h"
#include "runtime/object/slots.h"
#include "runtime/object/str.h"
#include "runtime/thread/safepoint.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

Class *builtin_classes[CLASS_COUNT];
Shape *builtin_shapes[CLASS_COUNT];

// The change lock

static pthread_mutex_t change_mutex = PTHREAD_MUTEX_INITIALIZER;

void class_change_lock(void) {
  if (pthread_mutex_trylock(&change_mutex) == 0) return;
  BLOCKING(pthread_mutex_lock(&change_mutex));
}

void class_change_unlock(void) {
  pthread_mutex_unlock(&change_mutex);
}

// The registry of all classes

static pthread_mutex_t registry_mutex = PTHREAD_MUTEX_INITIALIZER;
static Class *registry;

static void forget_dead_classes(void *);

static void registry_lock(void) {
  if (pthread_mutex_trylock(&registry_mutex) == 0) return;
  BLOCKING(pthread_mutex_lock(&registry_mutex));
}

static void registry_add(Class *class) {
  registry_lock();
  if (!registry) heap_add_weak_hook(forget_dead_classes, NULL);
  class->next = registry;
  if (registry) registry->previous = class;
  registry = class;
  pthread_mutex_unlock(&registry_mutex);
}

void class_each(void (*visit)(Class *class, void *context), void *context) {
  registry_lock();
  for (Class *class = registry; class; class = class->next) visit(class, context);
  pthread_mutex_unlock(&registry_mutex);
}

// Weak hook: takes classes that are about to be freed out of the registry and of their bases' lists.
static void forget_dead_classes(void *) {
  bool any_dead = false;
  for (Class *class = registry, *next; class; class = next) {
    next = class->next;
    if (heap_is_live(class)) continue;
    any_dead = true;
    if (class->next) class->next->previous = class->previous;
    if (class->previous)
      class->previous->next = class->next;
    else
      registry = class->next;
  }
  if (!any_dead) return;
  for (Class *class = registry; class; class = class->next) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < class->subclass_count; i++)
      if (heap_is_live(class->subclasses[i])) class->subclasses[kept++] = class->subclasses[i];
    class->subclass_count = kept;
  }
}

static void class_trace(Cell *cell, Tracer *tracer) {
  Class *class = (Class *)cell;
  trace_shape(tracer, class->instance_shape);
  trace_shape(tracer, class->external_shape);
}

static void class_release(Cell *cell) {
  free(((Class *)cell)->subclasses);
}

const CellType class_cell_type = {
    .name = "type",
    CELL_VALUES(Class, name, volatile_names),
    .trace = class_trace,
    .is_durable = true,
    .release = class_release,
};

Class *class_new_cell(Class *metaclass) {
  Class *class = cell_alloc(metaclass->instance_shape, sizeof(Class));
  if (!class) return NULL;
  class->version = 1;
  registry_add(class);
  heap_keep_young(class); // the registry is only cleared by full collections
  return class;
}

bool class_add_subclass(Class *base, Class *class) {
  if (base->subclass_count == base->subclass_capacity) {
    uint32_t capacity = base->subclass_capacity ? 2 * base->subclass_capacity : 4;
    Class **larger = realloc(base->subclasses, capacity * sizeof *larger);
    if (!larger) return raise_memory_error();
    base->subclasses = larger;
    base->subclass_capacity = capacity;
  }
  base->subclasses[base->subclass_count++] = class;
  return true;
}

void class_remove_subclass(Class *base, Class *class) {
  for (uint32_t i = 0; i < base->subclass_count; i++) {
    if (base->subclasses[i] != class) continue;
    memmove(base->subclasses + i, base->subclasses + i + 1, (base->subclass_count - i - 1) * sizeof *base->subclasses);
    base->subclass_count--;
    return;
  }
}

Value class_list_subclasses(Class *class) {
  Value list = list_new_sized(class->subclass_count);
  if (!list) return NULL;
  class_change_lock();
  for (uint32_t i = 0; i < class->subclass_count; i++) {
    if (list_append(list, value_from_cell(class->subclasses[i]))) continue;
    list = NULL;
    break;
  }
  class_change_unlock();
  return list;
}

// Names of attributes: an identity set that only grows

typedef struct NameSet {
  Cell head;
  size_t count, capacity; // capacity: a power of two
  Value names[];
} NameSet;

static void name_set_trace(Cell *cell, Tracer *tracer) {
  NameSet *set = (NameSet *)cell;
  trace_range(tracer, set->names, set->names + set->capacity);
}
static const CellType name_set_type = {.name = "attribute names", .trace = name_set_trace, .has_tail = true};
static Shape *name_set_shape;

static Value *name_set_place(NameSet *set, Value name) {
  size_t i = (size_t)(value_bits(name) >> 4) * 0x9e3779b97f4a7c15u >> 20 & (set->capacity - 1);
  for (Value other; (other = gc_load(&set->names[i])) && other != name;) i = (i + 1) & (set->capacity - 1);
  return set->names + i;
}

static bool name_set_contains(Value set, Value name) {
  return set && gc_load(name_set_place((NameSet *)value_cell(set), name));
}

// At least half of the places stay free: a search ends at a free one.
static bool name_set_is_full(const NameSet *set) {
  return __atomic_load_n(&set->count, __ATOMIC_RELAXED) * 2 >= set->capacity;
}

// Adds `name` to the set at `*slot`, a field of the class. False: MemoryError.
static bool name_set_add(Class *class, Value *slot, Value name) {
  for (;;) {
    NameSet *set = (NameSet *)value_cell(gc_load(slot));
    if (set && gc_load(name_set_place(set, name))) return true;
    NameSet *larger = NULL;
    if (!set || name_set_is_full(set)) {
      size_t capacity = set ? set->capacity * 2 : 8;
      Shape *shape = shape_internal(&name_set_shape, &name_set_type);
      larger = shape ? cell_alloc(shape, sizeof *larger + capacity * sizeof(Value)) : NULL;
      if (!larger) return false;
      larger->capacity = capacity;
    }
    cell_lock(class);
    bool current = *slot == value_from_cell(set) && (larger || !name_set_is_full(set)); // others may have filled it
    if (current) {
      if (larger) {
        for (size_t i = 0; set && i < set->capacity; i++)
          if (set->names[i]) gc_init(larger, name_set_place(larger, set->names[i]), set->names[i]);
        larger->count = set ? set->count : 0;
        set = larger;
        gc_store(class, slot, value_from_cell(larger));
      }
      Value *place = name_set_place(set, name);
      if (!*place) {
        __atomic_store_n(&set->count, set->count + 1, __ATOMIC_RELAXED);
        gc_store(set, place, name);
      }
    }
    cell_unlock(class);
    if (current) return true;
  }
}

bool class_keep_name(Class *class, Value name) {
  return name_set_add(class, &class->attribute_names, name);
}

bool class_name_is_volatile(Class *class, Value name) {
  return name_set_contains(gc_load(&class->volatile_names), name);
}

// Layout

uint32_t class_inherited_flags(const Class *base) {
  constexpr uint32_t inherited = CLASS_VARIABLE_SIZE | CLASS_HAS_DICT | CLASS_HAS_WEAKREF | CLASS_SEQUENCE |
                                 CLASS_MAPPING | CLASS_MATCH_SELF | CLASS_EXTERNAL_DICT | CLASS_IS_TYPE | CLASS_IS_INT |
                                 CLASS_IS_FLOAT | CLASS_IS_COMPLEX | CLASS_IS_STR | CLASS_IS_BYTES | CLASS_IS_TUPLE |
                                 CLASS_IS_LIST | CLASS_IS_DICT | CLASS_IS_SET | CLASS_IS_EXCEPTION |
                                 CLASS_IS_BYTEARRAY | CLASS_HAD_NEW;
  return base->flags & inherited;
}

bool class_make_root_shape(Class *class, const CellType *type, uint32_t slots_start, uint16_t inline_capacity) {
  uint16_t flags = 0, offset = 0;
  // Classes have a __dict__ of their own kind: their namespace.
  if ((class->flags & CLASS_HAS_DICT) && !(class->flags & CLASS_IS_TYPE)) {
    flags |= SHAPE_HAS_ATTRIBUTES;
    if (class->flags & CLASS_VARIABLE_SIZE)
      flags |= SHAPE_TAIL_EXTRA;
    else
      offset = (uint16_t)class->instance_size;
    if (class->flags & CLASS_EXTERNAL_DICT) flags |= SHAPE_EXTERNAL_DICT;
  }
  if (flags & (SHAPE_TAIL_EXTRA | SHAPE_EXTERNAL_DICT) || !(flags & SHAPE_HAS_ATTRIBUTES)) inline_capacity = 0;
  if (slots_start) flags |= SHAPE_HAS_SLOTS;
  Shape *shape = shape_create_root(type, class, flags, offset, inline_capacity);
  if (!shape) return false;
  if (slots_start) {
    shape->class_slots_start = (uint16_t)slots_start;
    shape->class_slots_end = (uint16_t)class->instance_size;
  }
  __atomic_store_n(&class->instance_shape, shape, __ATOMIC_RELEASE);
  return true;
}

void *class_allocate(Class *class, size_t extra_items_size) {
  Shape *shape = __atomic_load_n(&class->instance_shape, __ATOMIC_ACQUIRE);
  size_t size = class->instance_size + extra_items_size;
  if (shape->flags & SHAPE_HAS_ATTRIBUTES)
    size = (size + sizeof(Value) - 1) / sizeof(Value) * sizeof(Value) +
           (1 + (size_t)shape->inline_capacity) * sizeof(Value);
  if (__builtin_expect(size > EXACT_CELL_MAX || shape->type->release || (class->flags & CLASS_HAS_DEL), 0)) {
    void *cell = cell_alloc(shape, size);
    if (cell && (class->flags & CLASS_HAS_DEL)) heap_set_finalizable(cell);
    return cell;
  }
  return cell_alloc_inline(shape, size);
}

// Native classes

bool class_prepare_native(Class *class, const ClassDef *definition, Class *base) {
  class->native = definition;
  class->construct.raw = definition->construct;
  class->flags = definition->flags | CLASS_IMMUTABLE;
  if (base) class->flags |= class_inherited_flags(base);
  class->instance_size = definition->instance_size ? definition->instance_size
                         : base                    ? base->instance_size
                                                   : sizeof(Cell);
  static const CellType plain_type = {.name = "object"};
  const CellType *type = definition->cell_type ? definition->cell_type
                         : base                ? base->instance_shape->type
                                               : &plain_type;
  return class_make_root_shape(class, type, 0, 0);
}

static bool namespace_add(Class *class, const char *name, Value value) {
  Value key = value ? str_intern_c(name) : NULL;
  return key && dict_set_name(class->namespace_dict, key, value);
}

bool class_fill_native(Class *class, const ClassDef *definition, Class *base) {
  Value self = value_from_cell(class);
  const char *dot = strrchr(definition->name, '.');
  Value name = str_intern_c(dot ? dot + 1 : definition->name);
  Value module = dot ? str_from_utf8(definition->name, (size_t)(dot - definition->name)) : NAME(builtins);
  Value bases = base ? tuple_of(1, value_from_cell(base)) : tuple_new(NULL, 0);
  Value namespace_dict = dict_new();
  if (!name || !module || !(module = str_intern(module)) || !bases || !namespace_dict) return false;
  gc_store(class, &class->name, name);
  gc_store(class, &class->qualified_name, name);
  gc_store(class, &class->module, module);
  gc_store(class, &class->bases, bases);
  gc_store(class, &class->namespace_dict, namespace_dict);
  if (base) gc_store(class, &class->base, value_from_cell(base));
  size_t depth = base ? tuple_count(base->mro) : 0;
  Tuple *mro = tuple_allocate(depth + 1);
  if (!mro) return false;
  gc_init(mro, &mro->items[0], self);
  for (size_t i = 0; i < depth; i++) gc_init(mro, &mro->items[i + 1], tuple_item(base->mro, i));
  gc_store(class, &class->mro, value_from_cell(mro));

  for (const NativeMethod *method = definition->methods; method && method->name; method++)
    if (!namespace_add(class, method->name, native_descriptor_new(method, class))) return false;
  for (const NativeProperty *property = definition->properties; property && property->name; property++)
    if (!namespace_add(class, property->name, getset_descriptor_new(property, class))) return false;
  for (const NativeMember *member = definition->members; member && member->name; member++)
    if (!namespace_add(class, member->name, member_descriptor_new(member, class))) return false;
  if ((definition->flags & CLASS_UNHASHABLE) && !namespace_add(class, "__hash__", VALUE_NONE)) return false;
  if ((definition->flags & CLASS_HAS_DICT) && !(base->flags & CLASS_HAS_DICT) &&
      !dict_get_name(namespace_dict, NAME(__dict__)) &&
      !namespace_add(class, "__dict__", getset_descriptor_new(&instance_dict_property, class)))
    return false;
  if (!dict_get_name(namespace_dict, NAME(__doc__))) {
    Value doc = definition->doc ? str_from_c(definition->doc) : VALUE_NONE;
    if (!doc || !dict_set_name(namespace_dict, NAME(__doc__), doc)) return false;
  }

  class_change_lock();
  bool done = !base || class_add_subclass(base, class);
  if (done) class_inherit_specials(class);
  class_change_unlock();
  return done;
}

Class *class_from_definition(const ClassDef *definition, Class *base) {
  if (!base) base = BUILTIN(OBJECT);
  Class *class = class_new_cell(BUILTIN(TYPE));
  if (!class || !class_prepare_native(class, definition, base) || !class_fill_native(class, definition, base))
    return NULL;
  bool has_module = strchr(definition->name, '.') != NULL;
  return !has_module || namespace_add(class, "__module__", class->module) ? class : NULL;
}

const char *class_name(const Class *class) {
  if (!(class->flags & CLASS_HEAP_TYPE)) return class->native->name;
  const char *name = str_utf8(class->name, NULL);
  if (name) return name;
  exception_clear();
  return "?";
}

// Changing a class

void class_changed(Class *class, Value name) {
  cell_lock(class);
  atomic_fetch_add_explicit(&class->version, 1, memory_order_acq_rel);
  gc_store(class, &class->method_cache, NULL);
  cell_unlock(class);
  int special = name ? special_of_name(name) : -1;
  if (special >= 0)
    class_update_special(class, (Special)special);
  else if (!name)
    class_update_all_specials(class);
  results_invalidate(class, name);
  if (class->flags & CLASS_IS_TYPE) results_invalidate_metaclass(class);
  if (atomic_load_explicit(&class->is_trusted, memory_order_acquire)) trust_broken(class);
  for (uint32_t i = 0; i < class->subclass_count; i++) class_changed(class->subclasses[i], name);
}

bool class_has_native_setattr(const Class *class) {
  while (class->flags & CLASS_HEAP_TYPE) class = value_as_class(class->base);
  return class_special(class, SPECIAL_SETATTR) != BUILTIN(OBJECT)->special[SPECIAL_SETATTR];
}

GlobalCell *class_variable(Class *class, Value name) {
  if (!class_name_is_volatile(class, name)) return NULL;
  GlobalCell *cell = dict_global_cell(class->namespace_dict, name, false);
  return cell && gc_load(&cell->value) ? cell : NULL;
}

// A plain value takes the place of another. Once or twice that is worth forgetting what was cached; a name whose value
// keeps changing is then kept in a GlobalCell, which caches and compiled code load from and store to themselves, so
// that there is nothing to forget.
static bool class_replace_plain(Class *class, Value name, Value value) {
  if (class_name_is_volatile(class, name)) return dict_set_name(class->namespace_dict, name, value);
  bool is_variable = name_set_contains(class->rewritten_names, name);
  if (is_variable && !dict_make_globals(class->namespace_dict, GLOBAL_CELL_WRITES_MANY)) return false;
  if (!name_set_add(class, is_variable ? &class->volatile_names : &class->rewritten_names, name) ||
      !dict_set_name(class->namespace_dict, name, value))
    return false;
  if (is_variable) {
    // A constant to nobody from now on: those who store to it tell nobody.
    GlobalCell *cell = dict_global_cell(class->namespace_dict, name, false);
    if (cell) __atomic_store_n(&cell->writes, GLOBAL_CELL_WRITES_MANY, __ATOMIC_RELAXED);
  }
  class_changed(class, name);
  return true;
}

// Anything but a plain value in place of a plain one: a descriptor, or nothing (`value` zero).
static bool class_replace(Class *class, Value name, Value value) {
  // Others store to its GlobalCell without a lock, once they have seen that it is a plain attribute: they may not be
  // between the two.
  bool is_variable = class_variable(class, name) != NULL;
  if (is_variable) world_stop();
  bool done = value ? dict_set_name(class->namespace_dict, name, value) : dict_delete(class->namespace_dict, name) > 0;
  if (done) class_changed(class, name);
  if (is_variable) world_start();
  return done;
}

bool class_set_attribute(Class *class, Value name, Value value) {
  bool done = true;
  class_change_lock();
  Value former = value ? dict_get_name(class->namespace_dict, name) : NULL;
  if (former && descriptor_is_plain(former) && descriptor_is_plain(value) && special_of_name(name) < 0) {
    done = class_replace_plain(class, name, value);
  } else {
    done = class_replace(class, name, value);
    if (done && name == NAME(__init__)) class_init_changed(class);
  }
  class_change_unlock();
  threads_handshake();
  if (!done && !exception_pending())
    raise(CLASS_ATTRIBUTE_ERROR, "type object '%.50s' has no attribute '%U'", class_name(class), name);
  return done;
}
