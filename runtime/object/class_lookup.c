// Finding a name along the MRO, with a cache in each class.
//
// The cache is a cell that is filled under the class's lock and read without one: an entry's name is stored last. A
// change to the class (or to one it inherits from) bumps `version` and drops the cache; a search that began before the
// change sees the other version and caches nothing. Names whose values keep changing are not in it.
#include "runtime/heap/heap.h"
#include "runtime/object/class_internal.h"
#include "runtime/object/str.h"
#include "runtime/thread/safepoint.h"

typedef struct CacheEntry {
  Value name, value, owner; // value VALUE_MISSING: the MRO has no such name
} CacheEntry;

typedef struct MethodCache {
  Cell head;
  size_t count, capacity; // capacity: a power of two
  CacheEntry entries[];
} MethodCache;

static void method_cache_trace(Cell *cell, Tracer *tracer) {
  MethodCache *cache = (MethodCache *)cell;
  trace_range(tracer, &cache->entries[0].name, &cache->entries[cache->capacity].name);
}
static const CellType method_cache_type = {.name = "method cache", .trace = method_cache_trace, .has_tail = true};
static Shape *method_cache_shape;

enum : size_t { FIRST_CAPACITY = 8, LAST_CAPACITY = 4096 };

static CacheEntry *cache_place(MethodCache *cache, Value name) {
  size_t i = (size_t)(value_bits(name) >> 4) * 0x9e3779b97f4a7c15u >> 20 & (cache->capacity - 1);
  for (;; i = (i + 1) & (cache->capacity - 1)) {
    Value found = gc_load(&cache->entries[i].name);
    if (!found || found == name) return cache->entries + i;
  }
}

static void cache_put(MethodCache *cache, CacheEntry entry) {
  CacheEntry *place = cache_place(cache, entry.name);
  if (place->name) return;
  __atomic_store_n(&cache->count, cache->count + 1, __ATOMIC_RELAXED);
  gc_store(cache, &place->value, entry.value);
  gc_store(cache, &place->owner, entry.owner);
  gc_store(cache, &place->name, entry.name);
}

static bool cache_is_full(const MethodCache *cache) {
  return __atomic_load_n(&cache->count, __ATOMIC_RELAXED) * 4 >= cache->capacity * 3;
}

static void cache_add(Class *class, uint32_t version, CacheEntry entry) {
  MethodCache *cache = (MethodCache *)value_cell(gc_load(&class->method_cache));
  MethodCache *larger = NULL;
  if (!cache || cache_is_full(cache)) {
    // Names without end (getattr with computed names): begin anew rather than grow without end.
    size_t capacity = !cache || cache->capacity >= LAST_CAPACITY ? FIRST_CAPACITY : 2 * cache->capacity;
    Shape *shape = shape_internal(&method_cache_shape, &method_cache_type);
    larger = shape ? cell_alloc(shape, sizeof *larger + capacity * sizeof *larger->entries) : NULL;
    if (!larger) {
      exception_clear(); // it was only a cache
      return;
    }
    larger->capacity = capacity;
  }
  cell_lock(class);
  // Others may have filled it up meanwhile: then this result is not kept.
  if (class->method_cache == value_from_cell(cache) && (larger || !cache_is_full(cache)) &&
      atomic_load(&class->version) == version) {
    if (larger) {
      for (size_t i = 0; cache && larger->capacity > cache->capacity && i < cache->capacity; i++)
        if (cache->entries[i].name) cache_put(larger, cache->entries[i]);
      cache = larger;
      gc_store(class, &class->method_cache, value_from_cell(larger));
    }
    cache_put(cache, entry);
  }
  cell_unlock(class);
}

Value class_lookup_where(Class *class, Value name, Class **where) {
  MethodCache *cache = (MethodCache *)value_cell(gc_load(&class->method_cache));
  if (cache) {
    CacheEntry *entry = cache_place(cache, name);
    // Not only whether there is one: what was free a moment ago may have been given to another name.
    if (gc_load(&entry->name) == name) {
      Value value = gc_load(&entry->value);
      if (value == VALUE_MISSING) return NULL;
      *where = value_as_class(entry->owner);
      return value;
    }
  }
  uint32_t version = atomic_load(&class->version);
  Value mro = gc_load(&class->mro);
  if (!mro) return NULL;
  for (size_t i = 0; i < tuple_count(mro); i++) {
    Class *owner = value_as_class(tuple_item(mro, i));
    Value value = dict_get_name(owner->namespace_dict, name);
    if (!value) continue;
    *where = owner;
    if (!class_name_is_volatile(owner, name))
      cache_add(class, version, (CacheEntry){name, value, value_from_cell(owner)});
    return value;
  }
  cache_add(class, version, (CacheEntry){name, VALUE_MISSING, NULL});
  return NULL;
}

Value class_lookup(Class *class, Value name) {
  Class *where;
  return class_lookup_where(class, name, &where);
}

Value class_lookup_odd(Class *class, Value name) {
  Value mro = gc_load(&class->mro);
  for (size_t i = 0; mro && i < tuple_count(mro); i++) {
    Value value = dict_get(value_as_class(tuple_item(mro, i))->namespace_dict, name);
    if (value) return value;
    if (!exception_pending()) continue;
    exception_clear();
    return NULL;
  }
  return NULL;
}

bool class_is_subclass(const Class *class, const Class *base) {
  if (class == base) return true;
  Value mro = gc_load(&class->mro);
  if (!mro) {
    for (Value next = class->base; next; next = value_as_class(next)->base)
      if (value_as_class(next) == base) return true;
    return base == BUILTIN(OBJECT);
  }
  const Tuple *order = value_as_tuple(mro);
  for (size_t i = 0; i < order->count; i++) // anywhere: mro() may have put the class itself last
    if (order->items[i] == value_from_cell(base)) return true;
  return false;
}
