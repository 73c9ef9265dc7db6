// The module _functools: partial, reduce, cmp_to_key and the wrapper of lru_cache.
//
// The cache of lru_cache is a dict whose order is that of use: a hit moves its key to the end, and the first key is the
// one to drop. Each step is one atomic operation of the dict, so threads may share a cache; at worst two of them
// compute the same value.

#include "runtime/object/attributes.h"
#include "runtime/object/call.h"
#include "runtime/object/container.h"
#include "runtime/object/dict_table.h"
#include "runtime/object/function.h"

static struct {
  Class *partial, *key_wrapper, *cache;
  Value keyword_mark; // separates positional arguments from keywords in a cache key
} state;

// partial

typedef struct Partial {
  Cell head;
  Value function, arguments, keywords; // callable, tuple, dict
} Partial;

static inline Partial *partial_of(Value value) {
  return (Partial *)value_cell(value);
}

static Value partial_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  if (count == 0) return raise_type_error("type 'partial' takes at least one argument");
  Value function = arguments[0];
  if (!value_is_callable(function)) return raise_type_error("the first argument must be callable");
  Value positional = tuple_new(arguments + 1, count - 1), keywords = dict_new();
  if (!positional || !keywords) return NULL;
  // A partial of a partial becomes one, unless the inner one has attributes of its own.
  if (value_class(function) == state.partial && class == value_from_cell(state.partial) &&
      instance_count(function) == 0) {
    Partial *inner = partial_of(function);
    positional = tuple_concatenate(inner->arguments, positional);
    keywords = dict_copy(inner->keywords);
    function = inner->function;
    if (!positional || !keywords) return NULL;
  }
  for (size_t i = 0; keyword_names && i < tuple_count(keyword_names); i++)
    if (!dict_set(keywords, tuple_item(keyword_names, i), arguments[count + i])) return NULL;
  Partial *self = class_allocate(value_as_class(class), 0);
  if (!self) return NULL;
  gc_init(self, &self->function, function);
  gc_init(self, &self->arguments, positional);
  gc_init(self, &self->keywords, keywords);
  return value_from_cell(self);
}

static Value partial_call(Value value, Value *arguments, size_t count, Value keyword_names) {
  enum { ON_STACK = 8 };
  Partial *self = partial_of(value);
  size_t bound = tuple_count(self->arguments), given = keyword_names ? tuple_count(keyword_names) : 0;
  if (dict_count(self->keywords) == 0 && bound + count + given <= ON_STACK) {
    Value all[ON_STACK];
    for (size_t i = 0; i < bound; i++) all[i] = tuple_item(self->arguments, i);
    for (size_t i = 0; i < count + given; i++) all[bound + i] = arguments[i];
    return value_call(self->function, all, bound + count, keyword_names);
  }
  Value more = tuple_new(arguments, count), keywords = dict_copy(self->keywords);
  Value positional = more && keywords ? tuple_concatenate(self->arguments, more) : NULL;
  if (!positional) return NULL;
  for (size_t i = 0; i < given; i++)
    if (!dict_set(keywords, tuple_item(keyword_names, i), arguments[count + i])) return NULL;
  return value_call_tuple(self->function, positional, keywords);
}

static Value partial_repr(Value value) {
  Partial *self = partial_of(value);
  int entered = repr_enter(value);
  if (entered) return entered < 0 ? NULL : str_from_c("...");
  StrBuilder builder;
  str_builder_start(&builder);
  Value part = str_format_c("%T(%R", value, self->function), key, item;
  if (part) str_builder_add(&builder, part);
  for (size_t i = 0; part && i < tuple_count(self->arguments); i++)
    if ((part = str_format_c(", %R", tuple_item(self->arguments, i)))) str_builder_add(&builder, part);
  for (size_t position = 0; part && dict_next(self->keywords, &position, &key, &item);)
    if ((part = str_format_c(", %S=%R", key, item))) str_builder_add(&builder, part);
  repr_leave(value);
  if (!part) return NULL;
  str_builder_add_character(&builder, ')');
  return str_builder_finish(&builder);
}

static Value partial_reduce(Value value) {
  Partial *self = partial_of(value);
  Value attributes = instance_count(value) ? value_get_dict(value) : VALUE_NONE;
  return tuple_of(3, value_from_cell(value_class(value)), tuple_of(1, self->function),
                  tuple_of(4, self->function, self->arguments, self->keywords, attributes));
}

static Value partial_set_state(Value value, Value new_state) {
  if (!value_is_tuple(new_state) || tuple_count(new_state) != 4) return raise_type_error("invalid partial state");
  Value function = tuple_item(new_state, 0), arguments = tuple_item(new_state, 1);
  Value keywords = tuple_item(new_state, 2), attributes = tuple_item(new_state, 3);
  if (!value_is_callable(function) || !value_is_tuple(arguments) ||
      (keywords != VALUE_NONE && !value_is_dict(keywords)))
    return raise_type_error("invalid partial state");
  if (!VALUE_IS_EXACT(arguments, TUPLE))
    arguments = tuple_new(value_as_tuple(arguments)->items, tuple_count(arguments));
  if (keywords == VALUE_NONE)
    keywords = dict_new();
  else if (!VALUE_IS_EXACT(keywords, DICT))
    keywords = dict_copy(keywords);
  if (!arguments || !keywords) return NULL;
  if (attributes == VALUE_NONE) attributes = dict_new();
  if (!attributes || !value_set_attribute(value, NAME(__dict__), attributes)) return NULL;
  Partial *self = partial_of(value);
  gc_store(self, &self->function, function);
  gc_store(self, &self->arguments, arguments);
  gc_store(self, &self->keywords, keywords);
  return VALUE_NONE;
}

static const NativeMethod partial_methods[] = {
    NATIVE("__new__", partial_create, NULL, "Create a partial.", NATIVE_STATIC),
    NATIVE("__call__", partial_call, "($self, /, *args, **kwargs)", "Call self as a function."),
    NATIVE("__repr__", partial_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__reduce__", partial_reduce, NULL, "What pickle needs to rebuild the partial."),
    NATIVE("__setstate__", partial_set_state, NULL, "Take over the state that __reduce__ gave."),
    CLASS_GETITEM_ENTRY,
    {},
};
static const NativeMember partial_members[] = {
    {"func", MEMBER_VALUE, false, offsetof(Partial, function), "function object to use in future partial calls"},
    {"args", MEMBER_VALUE, false, offsetof(Partial, arguments), "tuple of arguments to future partial calls"},
    {"keywords", MEMBER_VALUE, false, offsetof(Partial, keywords),
     "dictionary of keyword arguments to future partial calls"},
    {},
};
static const CellType partial_type = {.name = "partial", CELL_VALUES(Partial, function, keywords)};
static const ClassDef partial_class = {
    .name = "functools.partial",
    .doc = "partial(func, *args, **keywords) - new function with partial application of arguments and keywords.\n",
    .cell_type = &partial_type,
    .instance_size = sizeof(Partial),
    .flags = CLASS_BASE_TYPE | CLASS_HAS_DICT | CLASS_HAS_WEAKREF,
    .methods = partial_methods,
    .members = partial_members,
};

// reduce

static Value functools_reduce(Value self, Value *arguments, size_t count, Value keyword_names) {
  (void)self;
  if (!refuse_keywords("reduce", keyword_names) || !arguments_check_count("reduce", count, 2, 3)) return NULL;
  Value function = arguments[0], result = count == 3 ? arguments[2] : NULL;
  Value iterator = value_iterate(arguments[1]);
  if (!iterator) {
    if (!exception_clear_if(CLASS_TYPE_ERROR)) return NULL;
    return raise_type_error("reduce() arg 2 must support iteration");
  }
  for (;;) {
    Value item = iterator_next(iterator);
    if (!item) return NULL;
    if (item == VALUE_STOP) break;
    if (!result)
      result = item;
    else if (!(result = value_call_2(function, result, item)))
      return NULL;
  }
  return result ? result : raise_type_error("reduce() of empty iterable with no initial value");
}

// cmp_to_key

typedef struct KeyWrapper {
  Cell head;
  Value compare, object; // object zero: the wrapper is the key function itself
} KeyWrapper;

static Value key_wrapper_new(Value compare, Value object) {
  KeyWrapper *self = class_allocate(state.key_wrapper, 0);
  if (!self) return NULL;
  gc_init(self, &self->compare, compare);
  gc_init(self, &self->object, object);
  return value_from_cell(self);
}

static Value functools_cmp_to_key(Value compare) {
  return key_wrapper_new(compare, NULL);
}

static Value key_wrapper_call(Value value, Value *arguments, size_t count, Value keyword_names) {
  static const Signature *signature;
  Value given[1];
  if (!arguments_parse("K", "(obj)", &signature, arguments, count, keyword_names, given)) return NULL;
  return key_wrapper_new(((KeyWrapper *)value_cell(value))->compare, given[0]);
}

static Value key_wrapper_compare(Value self, Value other, Comparison comparison) {
  if (value_class(other) != state.key_wrapper) return raise_type_error("other argument must be K instance");
  KeyWrapper *left = (KeyWrapper *)value_cell(self), *right = (KeyWrapper *)value_cell(other);
  if (!left->object || !right->object) return raise(CLASS_ATTRIBUTE_ERROR, "object");
  Value order = value_call_2(left->compare, left->object, right->object);
  return order ? value_compare(comparison, order, value_from_small_int(0)) : NULL;
}
COMPARISON_METHODS(key_wrapper, key_wrapper_compare)

static const NativeMethod key_wrapper_methods[] = {
    NATIVE("__call__", key_wrapper_call, "($self, /, *args, **kwargs)", "Call self as a function."),
    COMPARISON_ENTRIES(key_wrapper),
    {},
};
static const NativeMember key_wrapper_members[] = {
    {"obj", MEMBER_VALUE_OR_NONE, true, offsetof(KeyWrapper, object), "Value wrapped by a key function."},
    {},
};
static const CellType key_wrapper_type = {.name = "key wrapper", CELL_VALUES(KeyWrapper, compare, object)};
static const ClassDef key_wrapper_class = {
    .name = "functools.KeyWrapper",
    .cell_type = &key_wrapper_type,
    .instance_size = sizeof(KeyWrapper),
    .flags = CLASS_NO_NEW | CLASS_UNHASHABLE,
    .methods = key_wrapper_methods,
    .members = key_wrapper_members,
};

// lru_cache

typedef struct LruCache {
  Cell head;
  Value function, cache, info_class; // cache: dict
  // ---- end of values
  ptrdiff_t limit; // maxsize; -1: none
  bool typed;
  int64_t hits, misses;
} LruCache;

static inline LruCache *cache_of(Value value) {
  return (LruCache *)value_cell(value);
}

static Value cache_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  static const Signature *signature;
  Value given[4];
  if (!arguments_parse("lru_cache", "(user_function, maxsize, typed, cache_info_type)", &signature, arguments, count,
                       keyword_names, given))
    return NULL;
  if (!value_is_callable(given[0])) return raise_type_error("the first argument must be callable");
  ptrdiff_t limit = -1;
  if (given[1] != VALUE_NONE) {
    if (!value_has_index(given[1])) return raise_type_error("maxsize should be integer or None");
    if (!value_as_size(given[1], &limit, CLASS_OVERFLOW_ERROR)) return NULL;
    if (limit < 0) limit = 0;
  }
  int typed = value_truth(given[2]);
  Value cache = typed < 0 ? NULL : dict_new();
  LruCache *self = cache ? class_allocate(value_as_class(class), 0) : NULL;
  if (!self) return NULL;
  gc_init(self, &self->function, given[0]);
  gc_init(self, &self->cache, cache);
  gc_init(self, &self->info_class, given[3]);
  self->limit = limit;
  self->typed = typed;
  return value_from_cell(self);
}

// The key of a call: a lone int or str itself, else a tuple of arguments, keywords and, if asked for, their types.
static Value cache_key(const LruCache *self, const Value *arguments, size_t count, Value keyword_names) {
  size_t keywords = keyword_names ? tuple_count(keyword_names) : 0;
  if (!self->typed && keywords == 0 && count == 1 &&
      (value_is_exact_int(arguments[0]) || VALUE_IS_EXACT(arguments[0], STR)))
    return arguments[0];
  size_t total = count + (keywords ? 1 + 2 * keywords : 0) + (self->typed ? count + keywords : 0), at = 0;
  if (total == 0) return tuple_new(NULL, 0);
  Tuple *key = tuple_allocate(total);
  if (!key) return NULL;
  for (size_t i = 0; i < count; i++) gc_init(key, &key->items[at++], arguments[i]);
  if (keywords) gc_init(key, &key->items[at++], state.keyword_mark);
  for (size_t i = 0; i < keywords; i++) {
    gc_init(key, &key->items[at++], tuple_item(keyword_names, i));
    gc_init(key, &key->items[at++], arguments[count + i]);
  }
  for (size_t i = 0; self->typed && i < count + keywords; i++)
    gc_init(key, &key->items[at++], value_from_cell(value_class(arguments[i])));
  return value_from_cell(key);
}

static void count_up(int64_t *counter) {
  if (threads_started)
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
  else
    ++*counter;
}

// Moves a key that was just used to the end, unless it stands there.
static bool cache_touch(Value cache, Value key, int64_t hash) {
  const DictTable *table = dict_table(value_as_dict(cache));
  uint32_t end = table ? __atomic_load_n(&table->live_end, __ATOMIC_RELAXED) : 0;
  if (end && gc_load(&table->entries[end - 1].key) == key) return true;
  Value value = dict_take_hashed(cache, key, hash);
  return value ? dict_set_hashed(cache, key, hash, value) : !exception_pending();
}

static bool cache_make_room(Value cache, size_t limit) {
  Value key, value;
  while (dict_count(cache) >= limit) {
    int taken = dict_take_first(cache, &key, &value);
    if (taken <= 0) return taken == 0;
  }
  return true;
}

static Value cache_call(Value value, Value *arguments, size_t count, Value keyword_names) {
  LruCache *self = cache_of(value);
  if (self->limit == 0) {
    count_up(&self->misses);
    return value_call(self->function, arguments, count, keyword_names);
  }
  Value key = cache_key(self, arguments, count, keyword_names);
  int64_t hash = key ? dict_key_hash(key) : -1;
  if (hash == -1) return NULL;
  Value result = dict_get_hashed(self->cache, key, hash);
  if (result) {
    count_up(&self->hits);
    return self->limit < 0 || cache_touch(self->cache, key, hash) ? result : NULL;
  }
  if (exception_pending()) return NULL;
  count_up(&self->misses);
  result = value_call(self->function, arguments, count, keyword_names);
  if (!result) return NULL;
  if (self->limit < 0) return dict_set_hashed(self->cache, key, hash, result) ? result : NULL;
  // The call itself may have cached this very key.
  if (dict_get_hashed(self->cache, key, hash)) return result;
  if (exception_pending() || !cache_make_room(self->cache, (size_t)self->limit)) return NULL;
  return dict_set_hashed(self->cache, key, hash, result) ? result : NULL;
}

static Value cache_get(Value value, Value object, Value owner) {
  (void)owner;
  return object && object != VALUE_NONE ? method_new(value, object) : value;
}

static Value cache_info(Value value) {
  LruCache *self = cache_of(value);
  Value numbers[] = {int_from_int64(__atomic_load_n(&self->hits, __ATOMIC_RELAXED)),
                     int_from_int64(__atomic_load_n(&self->misses, __ATOMIC_RELAXED)),
                     self->limit < 0 ? VALUE_NONE : int_from_int64(self->limit),
                     int_from_size(dict_count(self->cache))};
  return value_call(self->info_class, numbers, 4, NULL);
}

static Value cache_clear(Value value) {
  LruCache *self = cache_of(value);
  __atomic_store_n(&self->hits, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&self->misses, 0, __ATOMIC_RELAXED);
  dict_clear(self->cache);
  return VALUE_NONE;
}

static Value cache_reduce(Value value) {
  return value_get_attribute(value, NAME(__qualname__));
}
static Value cache_copy(Value value) {
  return value;
}
static Value cache_deep_copy(Value value, Value memo) {
  (void)memo;
  return value;
}

static const NativeMethod cache_methods[] = {
    NATIVE("__new__", cache_create, NULL, "Create a caching wrapper.", NATIVE_STATIC),
    NATIVE("__call__", cache_call, "($self, /, *args, **kwargs)", "Call self as a function."),
    NATIVE("__get__", cache_get, "($self, instance, owner=None, /)", "Return an attribute of instance."),
    NATIVE("cache_info", cache_info, NULL, "Report cache statistics"),
    NATIVE("cache_clear", cache_clear, NULL, "Clear the cache and cache statistics"),
    NATIVE("__reduce__", cache_reduce, NULL, "The name under which pickle finds the function."),
    NATIVE("__copy__", cache_copy, NULL, "The function itself."),
    NATIVE("__deepcopy__", cache_deep_copy, "($self, memo, /)", "The function itself."),
    {},
};
static const CellType cache_type = {.name = "lru_cache wrapper", CELL_VALUES(LruCache, function, info_class)};
static const ClassDef cache_class = {
    .name = "functools._lru_cache_wrapper",
    .doc = "Create a cached callable that wraps another function.",
    .cell_type = &cache_type,
    .instance_size = sizeof(LruCache),
    .flags = CLASS_BASE_TYPE | CLASS_HAS_DICT | CLASS_HAS_WEAKREF | CLASS_BINDS_AS_METHOD,
    .methods = cache_methods,
};

static const NativeMethod functools_functions[] = {
    NATIVE("reduce", functools_reduce, NULL, "Apply a function of two arguments cumulatively to the items."),
    NATIVE("cmp_to_key", functools_cmp_to_key, "(mycmp)", "Convert a cmp= function into a key= function."),
    {},
};

static bool functools_initialize(Value module) {
  heap_add_root_range((Value *)(void *)&state, sizeof state / sizeof(Value));
  state.key_wrapper = class_from_definition(&key_wrapper_class, NULL);
  state.keyword_mark = value_call_0(value_from_cell(BUILTIN(OBJECT)));
  return state.key_wrapper && state.keyword_mark && module_add_class(module, &partial_class, NULL, &state.partial) &&
         module_add_class(module, &cache_class, NULL, &state.cache);
}
const NativeModule functools_module = {
    .name = "_functools",
    .doc = "Tools that operate on functions.",
    .functions = functools_functions,
    .initialize = functools_initialize,
};
