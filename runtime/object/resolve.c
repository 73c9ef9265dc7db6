// Lookup results: made, interned, and invalidated.
//
// Each class keeps the results that went through its MRO in one table: those of its instances, keyed by (shape, name),
// and of super() of its instances, with the class behind which the search begins,
// and those of its own attributes, keyed by (class, name); a module keeps its own in its cell. A change to a class
// clears `valid` in its own table and its subclasses' (class_changed visits them), so nothing else need be recorded.
#include "runtime/object/attributes.h"

#include "runtime/heap/heap.h"
#include "runtime/object/class_internal.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/function.h"
#include "runtime/object/module.h"
#include "runtime/object/object.h"
#include "runtime/object/str.h"
#include "runtime/object/type.h"
#include "runtime/thread/safepoint.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// The tables

typedef struct ResultTable {
  Cell head;
  size_t count, capacity; // capacity: a power of two; count: with tombstones
  Value entries[];        // LookupResult cells, VALUE_DELETED, or zero
} ResultTable;

static void result_table_trace(Cell *cell, Tracer *tracer) {
  ResultTable *table = (ResultTable *)cell;
  trace_range(tracer, table->entries, table->entries + table->capacity);
}
static const CellType result_table_type = {.name = "lookup results", .trace = result_table_trace, .has_tail = true};
static Shape *result_table_shape;

// What a result says is held by the class or module that it is about. Inline caches keep results for ever, but must not
// keep classes: full collections do not follow a result's references, and kill the results of which one has died.
static void result_trace(Cell *cell, Tracer *tracer) {
  LookupResult *result = (LookupResult *)cell;
  trace_value(tracer, result->name);
  if (!trace_is_full(tracer)) trace_range(tracer, &result->value, &result->receiver + 1);
}

static pthread_mutex_t results_mutex = PTHREAD_MUTEX_INITIALIZER;
static LookupResult **all_results;
static size_t results_count, results_capacity;

static bool value_lives(Value value) {
  return !value_is_cell(value) || heap_is_live(value_cell(value));
}

static bool value_is_young(Value value) {
  return value_is_cell(value) && cell_is_young(value_cell(value));
}

// A shape is freed with its class, or when it has no objects and its class makes no more of them.
static bool shape_lives(const Shape *shape) {
  return !shape || heap_is_live_shape(shape);
}

LookupResult *recent_results[RECENT_RESULTS];

static void kill_results(void *) {
  memset(recent_results, 0, sizeof recent_results);
  size_t kept = 0;
  for (size_t i = 0; i < results_count; i++) {
    LookupResult *result = all_results[i];
    if (!heap_is_live(result)) continue;
    all_results[kept++] = result;
    if (value_lives(result->value) && value_lives(result->owner) && value_lives(result->receiver) &&
        shape_lives(result->shape) && shape_lives(result->next_shape)) {
      if (value_is_young(result->value) || value_is_young(result->owner) || value_is_young(result->receiver))
        gc_remember(result); // flagged cells stay young, and the next young collections look at what they know of
      continue;
    }
    atomic_store_explicit(&result->valid, 0, memory_order_release);
    result->value = result->owner = result->receiver = NULL;
    result->shape = result->next_shape = NULL;
  }
  results_count = kept;
}

// False: no memory.
static bool register_result(LookupResult *result) {
  bool done = true;
  pthread_mutex_lock(&results_mutex);
  if (results_count == results_capacity) {
    if (!all_results) heap_add_weak_hook(kill_results, NULL);
    size_t capacity = results_capacity ? 2 * results_capacity : 256;
    LookupResult **larger = realloc(all_results, capacity * sizeof *larger);
    done = larger != NULL;
    if (larger) {
      all_results = larger;
      results_capacity = capacity;
    }
  }
  if (done) all_results[results_count++] = result;
  pthread_mutex_unlock(&results_mutex);
  if (done) heap_keep_young(result);
  return done;
}

// Durable: one that dies young, as flagged cells may, would still stand in all_results.
static const CellType result_type = {.name = "lookup result", .trace = result_trace, .is_durable = true};
static Shape *result_shape;

typedef struct Key {
  const Shape *shape;
  Value receiver; // zero: any object of the shape
  Value name;
  LookupAccess access;
} Key;

static size_t key_hash(Key key) {
  uint64_t hash = (value_bits(key.name) >> 4) * 0x9e3779b97f4a7c15u;
  hash ^= (uint64_t)(uintptr_t)key.shape * 0xc2b2ae3d27d4eb4fu ^ value_bits(key.receiver) * 0x165667b19e3779f9u;
  return (size_t)((hash >> 24) + key.access);
}

static bool key_matches(Key key, const LookupResult *result) {
  return result->name == key.name && result->shape == key.shape && result->receiver == key.receiver &&
         result->access == key.access;
}

static LookupResult *table_find(ResultTable *table, Key key) {
  if (!table) return NULL;
  for (size_t i = key_hash(key) & (table->capacity - 1);; i = (i + 1) & (table->capacity - 1)) {
    Value entry = gc_load(&table->entries[i]);
    if (!entry) return NULL;
    if (entry == VALUE_DELETED) continue;
    LookupResult *result = (LookupResult *)value_cell(entry);
    if (key_matches(key, result)) return result;
  }
}

static void table_put(ResultTable *table, Value entry) {
  LookupResult *result = (LookupResult *)value_cell(entry);
  Key key = {result->shape, result->receiver, result->name, result->access};
  size_t i = key_hash(key) & (table->capacity - 1);
  while (table->entries[i]) i = (i + 1) & (table->capacity - 1);
  __atomic_store_n(&table->count, table->count + 1, __ATOMIC_RELAXED);
  gc_store(table, &table->entries[i], entry);
}
static bool table_is_full(const ResultTable *table) {
  return __atomic_load_n(&table->count, __ATOMIC_RELAXED) * 4 >= table->capacity * 3;
}

// Is there a result that still holds? One whose class has died keeps its place until the table is made anew.
static bool entry_holds(Value entry) {
  return value_is_cell(entry) && lookup_is_valid((LookupResult *)value_cell(entry));
}

// Interns `result` in the table at `*slot` of `owner`, provided that `class` has not changed since `version`; returns
// the one that counts. NULL: MemoryError, or the class has changed.
static LookupResult *table_intern(Cell *owner, Value *slot, Class *class, uint32_t version, LookupResult *result) {
  Key key = {result->shape, result->receiver, result->name, result->access};
  for (;;) {
    ResultTable *table = (ResultTable *)value_cell(gc_load(slot));
    ResultTable *larger = NULL;
    if (!table || table_is_full(table)) {
      size_t live = 0;
      for (size_t i = 0; table && i < table->capacity; i++) live += entry_holds(gc_load(&table->entries[i]));
      size_t capacity = 8;
      while (capacity < live * 2 + 2) capacity *= 2;
      Shape *shape = shape_internal(&result_table_shape, &result_table_type);
      larger = shape ? cell_alloc(shape, sizeof *larger + capacity * sizeof(Value)) : NULL;
      if (!larger) return NULL;
      larger->capacity = capacity;
    }
    cell_lock(owner);
    // Others may have filled it up meanwhile.
    bool same_table = *slot == value_from_cell(table) && (larger || !table_is_full(table));
    bool same_class = atomic_load(&class->version) == version;
    LookupResult *found = NULL;
    if (same_table && same_class) {
      if (larger) {
        for (size_t i = 0; table && i < table->capacity; i++)
          if (entry_holds(table->entries[i]) && larger->count * 4 < larger->capacity * 3)
            table_put(larger, table->entries[i]);
        table = larger;
        gc_store(owner, slot, value_from_cell(larger));
      }
      found = table_find(table, key);
      if (!found) {
        table_put(table, value_from_cell(result));
        found = result;
      }
    }
    cell_unlock(owner);
    if (found || !same_class) return found;
  }
}

// Takes the next result that is meant, from entry *at on, out of the table; NULL: there is none.
static LookupResult *table_take(Cell *owner, Value *slot, size_t *at, Value name, bool receivers_only) {
  LookupResult *taken = NULL;
  cell_lock(owner);
  ResultTable *table = (ResultTable *)value_cell(*slot);
  for (size_t i = *at; table && i < table->capacity && !taken; *at = ++i) {
    if (!value_is_cell(table->entries[i])) continue;
    LookupResult *result = (LookupResult *)value_cell(table->entries[i]);
    if ((name && result->name != name) || (receivers_only && !result->receiver)) continue;
    atomic_store_explicit(&result->valid, 0, memory_order_release);
    gc_store(table, &table->entries[i], VALUE_DELETED);
    taken = result;
  }
  cell_unlock(owner);
  return taken;
}

// Telling those who trust a result may wait for the world, and so must not happen under the lock: whoever waits for
// that is no thread that stands still. A table that has grown meanwhile is looked through from its beginning.
static void table_invalidate(Cell *owner, Value *slot, Value name, bool receivers_only) {
  size_t at = 0;
  Value table = gc_load(slot);
  for (LookupResult *result; (result = table_take(owner, slot, &at, name, receivers_only));) {
    trust_broken(result);
    Value now = gc_load(slot);
    if (now != table) at = 0;
    table = now;
  }
}

static void invalidate_all(Class *class, void *) {
  table_invalidate(&class->head, &class->results, NULL, false);
}

void results_invalidate(Class *class, Value name) {
  // What a value found on some class is (data descriptor, descriptor, plain) may have been decided by this.
  bool decides_kinds =
      name == special_name(SPECIAL_GET) || name == special_name(SPECIAL_SET) || name == special_name(SPECIAL_DELETE);
  if (decides_kinds) class_each(invalidate_all, NULL);
  // A hook decides about every name.
  bool is_hook = name == special_name(SPECIAL_GETATTRIBUTE) || name == special_name(SPECIAL_GETATTR) ||
                 name == special_name(SPECIAL_SETATTR) || name == special_name(SPECIAL_DELATTR);
  table_invalidate(&class->head, &class->results, is_hook ? NULL : name, false);
}

void results_invalidate_all(void) {
  class_change_lock();
  class_each(invalidate_all, NULL);
  class_change_unlock();
  threads_handshake();
}

static void invalidate_if_instance(Class *class, void *metaclass) {
  if (cell_shape(&class->head)->class == metaclass) table_invalidate(&class->head, &class->results, NULL, true);
}

void results_invalidate_metaclass(Class *class) {
  class_each(invalidate_if_instance, class);
}

// Making results

static LookupResult *result_new(const Key *key, LookupKind kind, Value value, Class *owner) {
  Shape *shape = shape_internal(&result_shape, &result_type);
  LookupResult *result = shape ? cell_alloc(shape, sizeof *result) : NULL;
  if (!result || !register_result(result)) return NULL;
  gc_init(result, &result->name, key->name);
  gc_init(result, &result->value, value);
  if (owner) gc_init(result, &result->owner, value_from_cell(owner));
  gc_init(result, &result->receiver, key->receiver);
  result->shape = (Shape *)(uintptr_t)key->shape;
  result->kind = kind;
  result->access = key->access;
  atomic_init(&result->valid, 1);
  return result;
}

// What a value found on the class of the object means. LOOKUP_PLAIN, METHOD, CLASSMETHOD, STATICMETHOD, DESCRIPTOR give
// way to an attribute of the instance, the others do not.
static LookupKind classify(Class *class, Value *value) {
  if (!value_is_cell(*value)) return LOOKUP_PLAIN;
  Class *kind = cell_shape(value_cell(*value))->class;
  if (!class_special(kind, SPECIAL_GET) && !descriptor_is_data(*value)) return LOOKUP_PLAIN;
  if (kind == BUILTIN(FUNCTION)) return LOOKUP_METHOD;
  if (kind == BUILTIN(METHOD_DESCRIPTOR) || kind == BUILTIN(SLOT_WRAPPER)) {
    Class *owner = value_as_class(((NativeObject *)value_cell(*value))->owner);
    return class_is_subclass(class, owner) ? LOOKUP_METHOD : LOOKUP_DESCRIPTOR;
  }
  if (kind == BUILTIN(PROPERTY)) return LOOKUP_PROPERTY;
  if (kind == BUILTIN(MEMBER_DESCRIPTOR) || kind == BUILTIN(GETSET_DESCRIPTOR)) {
    Descriptor *descriptor = (Descriptor *)value_cell(*value);
    if (!class_is_subclass(class, value_as_class(descriptor->owner))) return LOOKUP_DATA_DESCRIPTOR;
    if (kind == BUILTIN(GETSET_DESCRIPTOR)) return LOOKUP_NATIVE_PROPERTY;
    return descriptor->member.kind == MEMBER_VALUE && descriptor->member.writable ? LOOKUP_MEMBER
                                                                                  : LOOKUP_DATA_DESCRIPTOR;
  }
  if (kind == BUILTIN(CLASSMETHOD) || kind == BUILTIN(STATICMETHOD)) {
    Value callable = gc_load(&((MethodDecorator *)value_cell(*value))->callable);
    bool is_static = kind == BUILTIN(STATICMETHOD);
    if (!callable || (!is_static && !value_is_function(callable))) return LOOKUP_DESCRIPTOR;
    *value = callable;
    return is_static ? LOOKUP_STATICMETHOD : LOOKUP_CLASSMETHOD;
  }
  return descriptor_is_data(*value) ? LOOKUP_DATA_DESCRIPTOR : LOOKUP_DESCRIPTOR;
}

static bool beats_instance(LookupKind kind) {
  return kind == LOOKUP_PROPERTY || kind == LOOKUP_NATIVE_PROPERTY || kind == LOOKUP_MEMBER ||
         kind == LOOKUP_DATA_DESCRIPTOR;
}

// Runs code that may raise AttributeError, which a __getattr__ of the class then answers.
static bool may_miss(LookupKind kind) {
  return kind == LOOKUP_PROPERTY || kind == LOOKUP_NATIVE_PROPERTY || kind == LOOKUP_DATA_DESCRIPTOR ||
         kind == LOOKUP_DESCRIPTOR;
}

static uint32_t member_offset(Value descriptor) {
  return ((Descriptor *)value_cell(descriptor))->member.offset;
}

// A plain attribute of `owner` that keeps changing.
static LookupResult *variable_result(const Key *key, Class *owner) {
  GlobalCell *cell = class_variable(owner, key->name);
  return cell ? result_new(key, LOOKUP_GLOBAL, value_from_cell(cell), owner)
              : result_new(key, LOOKUP_GENERIC, NULL, NULL);
}

static LookupResult *load_result(Key key, Class *class) {
  if ((class->flags & CLASS_ODD_KEYS) ||
      gc_load(&class->special[SPECIAL_GETATTRIBUTE]) != BUILTIN(OBJECT)->special[SPECIAL_GETATTRIBUTE])
    return result_new(&key, LOOKUP_GENERIC, NULL, NULL);
  Class *owner = NULL;
  Value value = class_lookup_where(class, key.name, &owner);
  LookupKind kind = value ? classify(class, &value) : LOOKUP_MISSING;
  if (kind == LOOKUP_DATA_DESCRIPTOR && !descriptor_beats_instance(value)) kind = LOOKUP_PLAIN; // it has only __set__
  if (!beats_instance(kind) && (key.shape->flags & SHAPE_HAS_ATTRIBUTES)) {
    if (key.shape->flags & SHAPE_EXTERNAL_DICT) return result_new(&key, LOOKUP_GENERIC, NULL, NULL);
    int slot = shape_find((Shape *)(uintptr_t)key.shape, key.name);
    if (slot >= 0) {
      LookupResult *result = result_new(&key, LOOKUP_SLOT, NULL, NULL);
      if (result) result->slot = (uint32_t)slot;
      return result;
    }
  }
  if (kind == LOOKUP_PLAIN && class_name_is_volatile(owner, key.name)) return variable_result(&key, owner);
  if (class_special(class, SPECIAL_GETATTR) && may_miss(kind)) return result_new(&key, LOOKUP_GENERIC, NULL, NULL);
  if (kind == LOOKUP_MISSING && (value = class_special(class, SPECIAL_GETATTR))) kind = LOOKUP_GETATTR;
  LookupResult *result = result_new(&key, kind, value, owner);
  if (result && kind == LOOKUP_MEMBER) result->slot = member_offset(value);
  return result;
}

static LookupResult *store_result(Key key, Class *class) {
  Value hook = class_special(class, SPECIAL_SETATTR);
  if (key.access == ACCESS_STORE && hook != BUILTIN(OBJECT)->special[SPECIAL_SETATTR]) {
    bool is_python = hook && value_is_function(hook);
    return result_new(&key, is_python ? LOOKUP_SETATTR : LOOKUP_GENERIC, is_python ? hook : NULL, NULL);
  }
  if (key.access != ACCESS_STORE && class_has_native_setattr(class))
    return result_new(&key, LOOKUP_GENERIC, NULL, NULL);
  Class *owner = NULL;
  Value value = key.access == ACCESS_DICT_STORE ? NULL : class_lookup_where(class, key.name, &owner);
  LookupKind kind = value ? classify(class, &value) : LOOKUP_MISSING;
  if (beats_instance(kind)) {
    LookupResult *result = result_new(&key, kind, value, owner);
    if (result && kind == LOOKUP_MEMBER) result->slot = member_offset(value);
    return result;
  }
  if (!(key.shape->flags & SHAPE_HAS_ATTRIBUTES)) return result_new(&key, LOOKUP_MISSING, NULL, NULL);
  if (key.shape->flags & SHAPE_EXTERNAL_DICT) return result_new(&key, LOOKUP_GENERIC, NULL, NULL);
  Shape *shape = (Shape *)(uintptr_t)key.shape;
  int slot = shape_find(shape, key.name);
  if (slot >= 0) {
    LookupResult *result = result_new(&key, LOOKUP_SLOT, NULL, NULL);
    if (result) result->slot = (uint32_t)slot;
    return result;
  }
  Shape *next = shape_add(shape, key.name);
  if (!next) return exception_pending() ? NULL : result_new(&key, LOOKUP_GENERIC, NULL, NULL);
  LookupResult *result = result_new(&key, LOOKUP_ADD_SLOT, NULL, NULL);
  if (!result) return NULL;
  result->slot = shape->slot_count;
  result->next_shape = next;
  return result;
}

// What the MRO has behind `key.receiver`.
static LookupResult *super_result(Key key, Class *class) {
  Value mro = gc_load(&class->mro), found = NULL;
  size_t i = 0, count = mro ? tuple_count(mro) : 0;
  while (i < count && tuple_item(mro, i) != key.receiver) i++;
  for (i++; i < count && !found; i++)
    found = dict_get_name(value_as_class(tuple_item(mro, i))->namespace_dict, key.name);
  bool is_method = found && !(class->flags & CLASS_ODD_KEYS) && classify(class, &found) == LOOKUP_METHOD;
  return is_method ? result_new(&key, LOOKUP_METHOD, found, value_as_class(tuple_item(mro, i - 1)))
                   : result_new(&key, LOOKUP_GENERIC, NULL, NULL);
}

// The object is a class. Attributes of the metaclass that come first depend on the shape alone.
static LookupResult *class_result(Key key, Class *class, Class *metaclass) {
  bool is_store = key.access == ACCESS_STORE;
  Special hook = is_store ? SPECIAL_SETATTR : SPECIAL_GETATTRIBUTE;
  if (class_special(metaclass, hook) != BUILTIN(TYPE)->special[hook])
    return result_new(&key, LOOKUP_GENERIC, NULL, NULL);
  Class *owner = NULL;
  Value on_metaclass = class_lookup_where(metaclass, key.name, &owner);
  if (on_metaclass && descriptor_is_data(on_metaclass)) return result_new(&key, LOOKUP_GENERIC, NULL, NULL);
  if (class->flags & CLASS_ODD_KEYS) return result_new(&key, LOOKUP_GENERIC, NULL, NULL);
  Value value = class_lookup_where(class, key.name, &owner);
  if (is_store) {
    bool is_variable = owner == class && value && descriptor_is_plain(value) && !(class->flags & CLASS_IMMUTABLE);
    return is_variable ? variable_result(&key, class) : result_new(&key, LOOKUP_GENERIC, NULL, NULL);
  }
  if (!value) return result_new(&key, LOOKUP_GENERIC, NULL, NULL);
  if (descriptor_is_plain(value) && class_name_is_volatile(owner, key.name)) return variable_result(&key, owner);
  if (!value_is_cell(value)) return result_new(&key, LOOKUP_CLASS_PLAIN, value, owner);
  Class *kind = cell_shape(value_cell(value))->class;
  if (kind == BUILTIN(FUNCTION) || kind == BUILTIN(METHOD_DESCRIPTOR) || kind == BUILTIN(SLOT_WRAPPER))
    return result_new(&key, LOOKUP_CLASS_FUNCTION, value, owner);
  if (!class_special(kind, SPECIAL_GET) || kind == BUILTIN(PROPERTY) || kind == BUILTIN(MEMBER_DESCRIPTOR) ||
      kind == BUILTIN(GETSET_DESCRIPTOR))
    return result_new(&key, LOOKUP_CLASS_PLAIN, value, owner);
  LookupKind bound = classify(class, &value);
  if (bound == LOOKUP_STATICMETHOD) return result_new(&key, LOOKUP_CLASS_PLAIN, value, owner);
  if (bound == LOOKUP_CLASSMETHOD) return result_new(&key, LOOKUP_CLASS_CLASSMETHOD, value, owner);
  return result_new(&key, LOOKUP_GENERIC, NULL, NULL);
}

static LookupResult *module_result(Key key) {
  bool is_store = key.access == ACCESS_STORE;
  Value hook = is_store ? BUILTIN(MODULE)->special[SPECIAL_SETATTR] : NULL;
  Class *owner = NULL;
  Value on_class = class_lookup_where(BUILTIN(MODULE), key.name, &owner);
  bool blocked = on_class && descriptor_is_data(on_class);
  if (!blocked && hook == (is_store ? BUILTIN(OBJECT)->special[SPECIAL_SETATTR] : NULL)) {
    Value dict = module_dict(key.receiver);
    if (dict && (value_cell(dict)->flags & DICT_GLOBALS)) {
      GlobalCell *cell = dict_global_cell(dict, key.name, false);
      if (cell && gc_load(&cell->value)) return result_new(&key, LOOKUP_GLOBAL, value_from_cell(cell), NULL);
    }
  }
  return result_new(&key, LOOKUP_GENERIC, NULL, NULL);
}

// The object is an instance of a class whose attributes depend on nothing but its shape.
static LookupResult *resolve_instance(Key key) {
  Class *class = key.shape->class;
  for (;;) {
    LookupResult *result = table_find((ResultTable *)value_cell(gc_load(&class->results)), key);
    if (result) {
      if (key.access == ACCESS_LOAD)
        __atomic_store_n(recent_result_place(key.shape, key.name), result, __ATOMIC_RELEASE);
      return result;
    }
    uint32_t version = atomic_load(&class->version);
    result = key.access == ACCESS_LOAD    ? load_result(key, class)
             : key.access == ACCESS_SUPER ? super_result(key, class)
                                          : store_result(key, class);
    if (result) result = table_intern(&class->head, &class->results, class, version, result);
    if (result || exception_pending()) return result;
  }
}

static LookupResult *resolve(Value object, Value name, LookupAccess access) {
  if (!str_is_interned(name) && !(name = str_intern(name))) return NULL;
  // An immediate value has no shape to check: what is said of it is never found again, and never trusted.
  Key key = {.shape = value_is_cell(object) ? cell_shape(value_cell(object)) : NULL, .name = name, .access = access};
  if (!key.shape) return result_new(&key, LOOKUP_GENERIC, NULL, NULL);
  Class *class = key.shape->class;
  bool is_class = (class->flags & CLASS_IS_TYPE) != 0;
  if (!is_class && class != BUILTIN(MODULE)) return resolve_instance(key);
  key.receiver = object;
  Value *slot = is_class ? &value_as_class(object)->results : module_results(object);
  for (;;) {
    LookupResult *result = table_find((ResultTable *)value_cell(gc_load(slot)), key);
    if (result) return result;
    Class *guard = is_class ? value_as_class(object) : class;
    uint32_t version = atomic_load(&guard->version);
    result = is_class ? class_result(key, value_as_class(object), class) : module_result(key);
    if (!result) return NULL;
    // A module's attribute that is missing or special today may be a plain one tomorrow.
    if (result->kind == LOOKUP_GENERIC && !is_class) return result;
    result = table_intern(value_cell(object), slot, guard, version, result);
    if (result || exception_pending()) return result;
  }
}

LookupResult *resolve_attribute(Value object, Value name) {
  return resolve(object, name, ACCESS_LOAD);
}

LookupResult *resolve_attribute_store(Value object, Value name) {
  return resolve(object, name, ACCESS_STORE);
}

LookupResult *resolve_attribute_by_shape(const Shape *shape, Value name, LookupAccess access) {
  if ((shape->class->flags & CLASS_IS_TYPE) || shape->class == BUILTIN(MODULE)) return NULL;
  return resolve_instance((Key){.shape = shape, .name = name, .access = access});
}

LookupResult *resolve_super_by_shape(const Shape *shape, Class *start, Value name) {
  if ((shape->class->flags & CLASS_IS_TYPE) || shape->class == BUILTIN(MODULE)) return NULL;
  Key key = {.shape = shape, .receiver = value_from_cell(start), .name = name, .access = ACCESS_SUPER};
  return resolve_instance(key);
}
