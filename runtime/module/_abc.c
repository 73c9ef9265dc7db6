// The module _abc: the fast part of abstract base classes. Registered classes and the caches are weak: they keep no
// class alive.
//
// Each abstract base class has an AbcData in its namespace under _abc_impl. Its sets are Python sets of weak
// references, replaced as a whole under the object's lock when they are reset, so that readers see one state or the
// other.
#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

typedef struct AbcData {
  Cell head;
  Value registry, cache, negative_cache; // sets of weak references, or zero
  // ---- end of values
  uint64_t negative_version;
} AbcData;
static const CellType data_cell_type = {.name = "_abc_data", CELL_VALUES(AbcData, registry, negative_cache)};

// The callback of a reference whose class has died.
static Value data_forget(Value self, Value reference) {
  AbcData *data = (AbcData *)value_cell(self);
  Value sets[3] = {gc_load(&data->registry), gc_load(&data->cache), gc_load(&data->negative_cache)};
  for (size_t i = 0; i < 3; i++)
    if (sets[i] && set_discard(sets[i], reference) < 0) return NULL;
  return VALUE_NONE;
}
static const NativeMethod data_methods[] = {
    NATIVE("_forget", data_forget, "($self, reference, /)", "Forget a dead class."), {}};
static const ClassDef data_class_definition = {.name = "_abc._abc_data",
                                               .doc = "The state of an abstract base class.",
                                               .cell_type = &data_cell_type,
                                               .instance_size = sizeof(AbcData),
                                               .flags = CLASS_IMMUTABLE | CLASS_NO_NEW,
                                               .methods = data_methods};
static Class *data_class;
static _Atomic uint64_t invalidation_counter; // grows with every registration anywhere

static AbcData *data_of(Value class) {
  Value data = value_get_attribute(class, NAME(_abc_impl));
  if (!data) return NULL;
  if (value_class(data) != data_class) {
    raise_type_error("_abc_impl is set to a wrong type");
    return NULL;
  }
  return (AbcData *)value_cell(data);
}

static Value weakly(Value object) {
  return value_call_1(value_from_cell(BUILTIN(WEAKREF)), object);
}

// 1, 0, -1. Something that cannot be referenced weakly is in no set.
static int set_has(Value set, Value object) {
  if (!set || set_count(set) == 0) return 0;
  Value reference = weakly(object);
  if (!reference) return exception_clear_if(CLASS_TYPE_ERROR) ? 0 : -1;
  return set_contains(set, reference);
}

static bool set_put(AbcData *data, Value *slot, Value object) {
  Value set = gc_load(slot);
  if (!set) {
    Value fresh = set_new(NULL);
    if (!fresh) return false;
    set = gc_cas(data, slot, NULL, fresh) ? fresh : gc_load(slot);
    if (!set) return set_put(data, slot, object); // another thread has emptied the cache in between
  }
  Value callback = value_get_attribute_c(value_from_cell(data), "_forget");
  Value reference = callback ? value_call_2(value_from_cell(BUILTIN(WEAKREF)), object, callback) : NULL;
  return reference && set_add(set, reference);
}

// ---- _abc_init ----

// Does the attribute have a true __isabstractmethod__? 1, 0, -1
static int is_abstract(Value value) {
  Value flag;
  int found = value_find_attribute(value, NAME(__isabstractmethod__), &flag);
  return found > 0 ? value_truth(flag) : found;
}

// Names of the abstract methods that `class` has: its own and those of its bases that it does not override.
static bool compute_abstract_methods(Value class) {
  Value abstracts = set_new(NULL);
  Value namespace_dict = value_get_attribute(class, NAME(__dict__));
  Value items = namespace_dict ? value_call_method_0(namespace_dict, "items") : NULL;
  Value pairs = items ? value_to_list(items) : NULL;
  if (!abstracts || !pairs) return false;
  for (size_t i = 0; i < list_count(pairs); i++) {
    Value pair = list_item(pairs, i);
    int abstract = is_abstract(tuple_item(pair, 1));
    if (abstract < 0 || (abstract && !set_add(abstracts, tuple_item(pair, 0)))) return false;
  }
  Value bases = value_get_attribute(class, NAME(__bases__));
  if (!bases) return false;
  for (size_t i = 0; i < tuple_count(bases); i++) {
    Value inherited;
    int found = value_find_attribute(tuple_item(bases, i), NAME(__abstractmethods__), &inherited);
    if (found < 0) return false;
    if (!found) continue;
    Value item;
    Iteration iteration = iteration_start(inherited);
    while (iteration_next(&iteration, &item)) {
      Value value;
      int present = value_find_attribute(class, item, &value);
      int abstract = present > 0 ? is_abstract(value) : 0;
      if (present < 0 || abstract < 0 || (abstract && !set_add(abstracts, item))) return false;
    }
    if (iteration_failed(&iteration)) return false;
  }
  Value frozen = frozenset_new(abstracts);
  return frozen && value_set_attribute(class, NAME(__abstractmethods__), frozen);
}

// __abc_tpflags__ marks a class for sequence or mapping patterns.
static bool adopt_pattern_flags(Value class) {
  if (!value_is_class(class)) return true;
  Value dict = value_as_class(class)->namespace_dict;
  Value flags = dict_get_c(dict, "__abc_tpflags__");
  int64_t bits;
  if (!flags || !value_is_int(flags) || !int_fits_int64(flags, &bits)) return true;
  enum { SEQUENCE = 1 << 5, MAPPING = 1 << 6 };
  if ((bits & (SEQUENCE | MAPPING)) == (SEQUENCE | MAPPING)) {
    raise_type_error("__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING");
    return false;
  }
  Class *cell = value_as_class(class);
  if (bits & SEQUENCE) __atomic_fetch_or(&cell->flags, CLASS_SEQUENCE, __ATOMIC_RELAXED);
  if (bits & MAPPING) __atomic_fetch_or(&cell->flags, CLASS_MAPPING, __ATOMIC_RELAXED);
  return value_set_attribute_c(class, "__abc_tpflags__", NULL);
}

static Value abc_init(Value class) {
  if (!compute_abstract_methods(class)) return NULL;
  AbcData *data = class_allocate(data_class, 0);
  if (!data) return NULL;
  data->negative_version = invalidation_counter;
  if (!value_set_attribute(class, NAME(_abc_impl), value_from_cell(data))) return NULL;
  return adopt_pattern_flags(class) ? VALUE_NONE : NULL;
}

// ---- Registration ----

// A subclass takes over whether its registered base matches sequence or mapping patterns.
// (Built-in classes know what they are: str is no sequence there, although registered as one.)
static void inherit_pattern_flags(Class *class, uint32_t flags) {
  if (!(class->flags & CLASS_HEAP_TYPE) || (class->flags & (CLASS_SEQUENCE | CLASS_MAPPING)) == flags) return;
  __atomic_fetch_and(&class->flags, ~(uint32_t)(CLASS_SEQUENCE | CLASS_MAPPING), __ATOMIC_RELAXED);
  __atomic_fetch_or(&class->flags, flags, __ATOMIC_RELAXED);
  Value list = value_call_method_0(value_from_cell(class), "__subclasses__");
  for (size_t i = 0; list && value_is_list(list) && i < list_count(list); i++) {
    Value item = list_item(list, i);
    if (item && value_is_class(item)) inherit_pattern_flags(value_as_class(item), flags);
  }
  exception_clear();
}

static Value abc_register(Value self, Value subclass) {
  if (!value_is_class(subclass)) return raise_type_error("Can only register classes");
  int already = value_issubclass(subclass, self);
  if (already) return already < 0 ? NULL : subclass;
  int circle = value_issubclass(self, subclass);
  if (circle < 0) return NULL;
  if (circle) return raise(CLASS_RUNTIME_ERROR, "Refusing to create an inheritance cycle");
  AbcData *data = data_of(self);
  if (!data || !set_put(data, &data->registry, subclass)) return NULL;
  invalidation_counter++;
  uint32_t flags = value_is_class(self) ? value_as_class(self)->flags & (CLASS_SEQUENCE | CLASS_MAPPING) : 0;
  if (flags) inherit_pattern_flags(value_as_class(subclass), flags);
  return subclass;
}

// ---- Checks ----

static Value abc_instancecheck(Value self, Value instance) {
  AbcData *data = data_of(self);
  Value subclass = data ? value_get_attribute(instance, NAME(__class__)) : NULL;
  if (!subclass) return NULL;
  int cached = set_has(gc_load(&data->cache), subclass);
  if (cached) return cached < 0 ? NULL : VALUE_TRUE;
  Value type = value_from_cell(value_class(instance));
  if (type == subclass) {
    if (__atomic_load_n(&data->negative_version, __ATOMIC_RELAXED) == invalidation_counter) {
      int refused = set_has(gc_load(&data->negative_cache), subclass);
      if (refused) return refused < 0 ? NULL : VALUE_FALSE;
    }
    return value_call_method_1(self, "__subclasscheck__", subclass);
  }
  Value result = value_call_method_1(self, "__subclasscheck__", subclass);
  int truth = result ? value_truth(result) : -1;
  if (truth) return truth < 0 ? NULL : result;
  return value_call_method_1(self, "__subclasscheck__", type);
}

// Is `subclass` a subclass of something registered? 1, 0, -1
static int check_registry(AbcData *data, Value subclass) {
  Value registry = gc_load(&data->registry);
  if (!registry) return 0;
  int exact = set_has(registry, subclass);
  if (exact) return exact;
  Value copy = value_to_list(registry);
  for (size_t i = 0; copy && i < list_count(copy); i++) {
    Value registered = value_call_0(list_item(copy, i));
    if (!registered) return -1;
    if (registered == VALUE_NONE) continue;
    int result = value_issubclass(subclass, registered);
    if (result) return result;
  }
  return copy ? 0 : -1;
}

static Value remember(AbcData *data, Value *slot, Value subclass, Value result) {
  return set_put(data, slot, subclass) ? result : NULL;
}

static Value abc_subclasscheck(Value self, Value subclass) {
  if (!value_is_class(subclass)) return raise_type_error("issubclass() arg 1 must be a class");
  AbcData *data = data_of(self);
  if (!data) return NULL;
  int cached = set_has(gc_load(&data->cache), subclass);
  if (cached) return cached < 0 ? NULL : VALUE_TRUE;
  if (__atomic_load_n(&data->negative_version, __ATOMIC_RELAXED) < invalidation_counter) {
    gc_store(data, &data->negative_cache, NULL);
    __atomic_store_n(&data->negative_version, invalidation_counter, __ATOMIC_RELAXED);
  } else {
    int refused = set_has(gc_load(&data->negative_cache), subclass);
    if (refused) return refused < 0 ? NULL : VALUE_FALSE;
  }
  Value hook = value_call_method_1(self, "__subclasshook__", subclass);
  if (!hook) return NULL;
  if (hook == VALUE_TRUE) return remember(data, &data->cache, subclass, VALUE_TRUE);
  if (hook == VALUE_FALSE) return remember(data, &data->negative_cache, subclass, VALUE_FALSE);
  if (hook != VALUE_NOT_IMPLEMENTED)
    return raise(CLASS_ASSERTION_ERROR, "__subclasshook__ must return either False, True, or NotImplemented");
  if (value_is_class(self) && class_is_subclass(value_as_class(subclass), value_as_class(self)))
    return remember(data, &data->cache, subclass, VALUE_TRUE);
  int registered = check_registry(data, subclass);
  if (registered < 0) return NULL;
  if (registered) return remember(data, &data->cache, subclass, VALUE_TRUE);
  Value subclasses = value_call_method_0(self, "__subclasses__");
  if (!subclasses) return NULL;
  if (!value_is_list(subclasses)) return raise_type_error("__subclasses__() must return a list");
  for (size_t i = 0; i < list_count(subclasses); i++) {
    int result = value_issubclass(subclass, list_item(subclasses, i));
    if (result < 0) return NULL;
    if (result) return remember(data, &data->cache, subclass, VALUE_TRUE);
  }
  return remember(data, &data->negative_cache, subclass, VALUE_FALSE);
}

// ---- For tests and refleak hunters ----

static Value get_cache_token(void) {
  return int_from_uint64(invalidation_counter);
}
static Value reset_registry(Value self) {
  AbcData *data = data_of(self);
  if (!data) return NULL;
  gc_store(data, &data->registry, NULL);
  return VALUE_NONE;
}
static Value reset_caches(Value self) {
  AbcData *data = data_of(self);
  if (!data) return NULL;
  gc_store(data, &data->cache, NULL);
  gc_store(data, &data->negative_cache, NULL);
  return VALUE_NONE;
}
static Value set_copy(Value set) {
  return set_new(set);
}
static Value get_dump(Value self) {
  AbcData *data = data_of(self);
  if (!data) return NULL;
  return tuple_of(4, set_copy(data->registry), set_copy(data->cache), set_copy(data->negative_cache),
                  int_from_uint64(data->negative_version));
}

static const NativeMethod abc_functions[] = {
    NATIVE("get_cache_token", get_cache_token, "()", "A number that changes when any class is registered."),
    NATIVE("_abc_init", abc_init, "(self, /)", "Prepare a new abstract base class."),
    NATIVE("_abc_register", abc_register, "(self, subclass, /)", "Register a class as a virtual subclass."),
    NATIVE("_abc_instancecheck", abc_instancecheck, "(self, instance, /)", "isinstance() for abstract base classes."),
    NATIVE("_abc_subclasscheck", abc_subclasscheck, "(self, subclass, /)", "issubclass() for abstract base classes."),
    NATIVE("_reset_registry", reset_registry, "(self, /)", "Forget registered classes."),
    NATIVE("_reset_caches", reset_caches, "(self, /)", "Forget cached answers."),
    NATIVE("_get_dump", get_dump, "(self, /)", "Registry, caches and version."),
    {}};

static bool abc_initialize([[maybe_unused]] Value module) {
  heap_add_root_range((Value *)&data_class, 1);
  data_class = class_from_definition(&data_class_definition, NULL);
  return data_class != NULL;
}
const NativeModule abc_module = {.name = "_abc",
                                 .doc = "The fast part of abstract base classes.",
                                 .functions = abc_functions,
                                 .initialize = abc_initialize};
