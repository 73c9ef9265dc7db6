// set and frozenset as Python sees them: methods, operators, the iterator, the classes.
//
// The order in which an operation walks its operands decides the order of the result, so each follows CPython: which
// operand is iterated, when a result is built anew and when by removal.
//
// Threads: set.c says what is atomic; operators read each operand at one moment.

#include "runtime/object/container.h"
#include "runtime/object/dict_table.h"
#include "runtime/object/set_table.h"
#include "runtime/object/step.h"

// A result is an exact set or frozenset, also for subclasses.
static Value set_new_like(Value set) {
  bool frozen = class_is_subclass(value_class(set), BUILTIN(FROZENSET));
  return frozen ? frozenset_new(NULL) : set_new(NULL);
}

static Value set_copy_plain(Value self) {
  Value result = set_new_like(self);
  return result && set_update(result, self) ? result : NULL;
}

// What a loop over a set goes over: the set, or, once there are several threads, a copy of one moment. Zero:
// MemoryError.
static Value set_stable(Value set) {
  return threads_started && !VALUE_IS_EXACT(set, FROZENSET) ? set_copy_plain(set) : set;
}

// Hash of a key to look for: a set stands for the frozenset that equals it. -1: exception.
static int64_t searched_hash(Value *key) {
  int64_t hash = dict_key_hash(*key);
  if (hash != -1 || !value_is_set(*key) || !exception_is(CLASS_TYPE_ERROR)) return hash;
  exception_clear();
  *key = frozenset_new(*key);
  return *key ? value_hash(*key) : -1;
}

// Making

static Value set_create(Value class, [[maybe_unused]] Value *arguments, [[maybe_unused]] size_t count,
                        [[maybe_unused]] Value keyword_names) {
  return set_new_in(value_as_class(class));
}

static Value set_initialize(Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!refuse_keywords("set", keyword_names)) return NULL;
  if (!arguments_check_count("set", count, 0, 1)) return NULL;
  if (value_as_set(self)->table) set_clear(self);
  return count == 0 || set_update(self, arguments[0]) ? VALUE_NONE : NULL;
}

static Value frozenset_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  Class *actual = value_as_class(class);
  bool exact = actual == BUILTIN(FROZENSET);
  bool plain = exact || class_special(actual, SPECIAL_INIT) == class_special(BUILTIN(FROZENSET), SPECIAL_INIT);
  if (plain && !refuse_keywords("frozenset", keyword_names)) return NULL;
  if (!arguments_check_count("frozenset", count, 0, 1)) return NULL;
  if (exact && count && VALUE_IS_EXACT(arguments[0], FROZENSET)) return arguments[0];
  Value set = set_new_in(actual);
  return set && count && !set_update(set, arguments[0]) ? NULL : set;
}

// Looking

static Value set_repr(Value self) {
  int entered = repr_enter(self);
  if (entered) return entered < 0 ? NULL : str_format_c("%T(...)", self);
  Value text = NULL;
  if (set_count(self) == 0) {
    text = str_format_c("%T()", self);
  } else {
    Value list = value_to_list(self), items = list ? value_repr(list) : NULL;
    Value inner = items ? str_substring(items, 1, str_length(items) - 1) : NULL;
    if (inner) text = VALUE_IS_EXACT(self, SET) ? str_format_c("{%U}", inner) : str_format_c("%T({%U})", self, inner);
  }
  repr_leave(self);
  return text;
}

static Value set_length(Value self) {
  return int_from_size(set_count(self));
}

static Value set_contains_method(Value self, Value key) {
  int64_t hash = searched_hash(&key);
  int there = hash == -1 ? -1 : set_contains_hashed(self, key, hash);
  return there < 0 ? NULL : value_from_bool(there);
}

static uint64_t shuffle_bits(uint64_t hash) {
  return ((hash ^ 89869747u) ^ (hash << 16)) * 3644798167u;
}

// Independent of the order of the elements; equal to CPython's.
static Value frozenset_hash(Value self) {
  Set *set = value_as_set(self);
  int64_t known = __atomic_load_n(&set->hash, __ATOMIC_RELAXED);
  if (known != 0) return int_from_int64(known);
  uint64_t mix = 0;
  Value key;
  int64_t hash;
  for (size_t position = 0; set_next(self, &position, &key, &hash);) mix ^= shuffle_bits((uint64_t)hash);
  mix ^= (set_count(self) + 1) * 1927868237u;
  mix ^= (mix >> 11) ^ (mix >> 25);
  mix = mix * 69069u + 907133923u;
  if (mix == UINT64_MAX) mix = 590923713u;
  __atomic_store_n(&set->hash, (int64_t)mix, __ATOMIC_RELAXED);
  return int_from_int64((int64_t)mix);
}

// Operations on whole sets

static bool set_subtract_in_place(Value self, Value other);

static Value set_intersect(Value self, Value other) {
  if (self == other) return set_copy_plain(self);
  Value result = set_new_like(self), key;
  if (!result) return NULL;
  int64_t hash;
  if (value_is_set(other)) {
    Value smaller = set_count(other) > set_count(self) ? self : other, larger = smaller == self ? other : self;
    if (!(smaller = set_stable(smaller))) return NULL;
    for (size_t position = 0; set_next(smaller, &position, &key, &hash);) {
      int there = set_contains_hashed(larger, key, hash);
      if (there < 0 || (there && !set_add_hashed(result, key, hash))) return NULL;
    }
    return result;
  }
  Iteration i = iteration_start(other);
  while (iteration_next(&i, &key)) {
    if ((hash = dict_key_hash(key)) == -1) return NULL;
    int there = set_contains_hashed(self, key, hash);
    if (there < 0 || (there && !set_add_hashed(result, key, hash))) return NULL;
  }
  return iteration_failed(&i) ? NULL : result;
}

static Value set_copy_and_subtract(Value self, Value other) {
  Value result = set_copy_plain(self);
  return result && set_subtract_in_place(result, other) ? result : NULL;
}

static Value set_subtract(Value self, Value other) {
  bool is_dict = VALUE_IS_EXACT(other, DICT);
  if (!value_is_set(other) && !is_dict) return set_copy_and_subtract(self, other);
  size_t other_count = is_dict ? dict_count(other) : set_count(other);
  if (set_count(self) >> 2 > other_count) return set_copy_and_subtract(self, other);
  Value result = set_new_like(self), source = set_stable(self), key;
  if (!result || !source) return NULL;
  int64_t hash;
  for (size_t position = 0; set_next(source, &position, &key, &hash);) {
    int there;
    if (is_dict)
      there = dict_get_hashed(other, key, hash) ? 1 : exception_pending() ? -1 : 0;
    else
      there = set_contains_hashed(other, key, hash);
    if (there < 0 || (!there && !set_add_hashed(result, key, hash))) return NULL;
  }
  return result;
}

static bool set_subtract_in_place(Value self, Value other) {
  if (self == other) {
    set_clear(self);
    return true;
  }
  Value key;
  if (value_is_set(other)) {
    // From a much larger set only what is common matters.
    if (set_count(other) >> 3 > set_count(self) && !(other = set_intersect(self, other))) return false;
    if (!(other = set_stable(other))) return false;
    int64_t hash;
    for (size_t position = 0; set_next(other, &position, &key, &hash);)
      if (set_discard_hashed(self, key, hash) < 0) return false;
  } else {
    Iteration i = iteration_start(other);
    while (iteration_next(&i, &key))
      if (set_discard(self, key) < 0) return false;
    if (iteration_failed(&i)) return false;
  }
  return set_trim(self);
}

static bool set_toggle(Value self, Value key, int64_t hash) {
  int removed = set_discard_hashed(self, key, hash);
  return removed > 0 || (removed == 0 && set_add_hashed(self, key, hash));
}

static bool set_xor_in_place(Value self, Value other) {
  if (self == other) {
    set_clear(self);
    return true;
  }
  Value key;
  int64_t hash;
  if (VALUE_IS_EXACT(other, DICT)) {
    Value copy = dict_copy(other); // with the hashes, and safe from what __eq__ does
    const DictTable *table = copy ? dict_table(value_as_dict(copy)) : NULL;
    for (size_t position = 0; dict_table_next(table, false, &position, &key, NULL, &hash);)
      if (!set_toggle(self, key, hash)) return false;
    return copy != NULL;
  }
  if (!value_is_set(other)) {
    Value elements = set_new_like(self);
    if (!elements || !set_update(elements, other)) return false;
    other = elements;
  } else if (!(other = set_stable(other))) {
    return false;
  }
  for (size_t position = 0; set_next(other, &position, &key, &hash);)
    if (!set_toggle(self, key, hash)) return false;
  return true;
}

static Value set_xor(Value self, Value other) {
  Value result = set_new_like(self);
  return result && set_update(result, other) && set_xor_in_place(result, self) ? result : NULL;
}

static int set_is_subset(Value self, Value other) {
  if (!value_is_set(other)) {
    Value common = set_intersect(self, other);
    return common ? set_count(common) == set_count(self) : -1;
  }
  if (!(self = set_stable(self))) return -1;
  if (set_count(self) > set_count(other)) return 0;
  Value key;
  int64_t hash;
  for (size_t position = 0; set_next(self, &position, &key, &hash);) {
    int there = set_contains_hashed(other, key, hash);
    if (there <= 0) return there;
  }
  return 1;
}

static Value set_compare(Value self, Value other, Comparison comparison) {
  if (!value_is_set(self) || !value_is_set(other)) return VALUE_NOT_IMPLEMENTED;
  size_t count = set_count(self), other_count = set_count(other);
  int result;
  switch (comparison) {
  case COMPARE_EQUAL:
  case COMPARE_NOT_EQUAL:
    result = count == other_count ? set_is_subset(self, other) : 0;
    if (result >= 0 && comparison == COMPARE_NOT_EQUAL) result = !result;
    break;
  case COMPARE_LESS:
    result = count < other_count ? set_is_subset(self, other) : 0;
    break;
  case COMPARE_LESS_EQUAL:
    result = set_is_subset(self, other);
    break;
  case COMPARE_GREATER:
    result = count > other_count ? set_is_subset(other, self) : 0;
    break;
  default:
    result = set_is_subset(other, self);
  }
  return result < 0 ? NULL : value_from_bool(result);
}
COMPARISON_METHODS(set, set_compare)

// Operators: both operands must be sets. Reflected ones are called with the right operand first.

static bool are_sets(Value a, Value b) {
  return value_is_set(a) && value_is_set(b);
}
static Value set_or(Value a, Value b) {
  if (!are_sets(a, b)) return VALUE_NOT_IMPLEMENTED;
  Value result = set_copy_plain(a);
  return result && (a == b || set_update(result, b)) ? result : NULL;
}
static Value set_and(Value a, Value b) {
  return are_sets(a, b) ? set_intersect(a, b) : VALUE_NOT_IMPLEMENTED;
}
static Value set_minus(Value a, Value b) {
  return are_sets(a, b) ? set_subtract(a, b) : VALUE_NOT_IMPLEMENTED;
}
static Value set_exclusive_or(Value a, Value b) {
  return are_sets(a, b) ? set_xor(a, b) : VALUE_NOT_IMPLEMENTED;
}
static Value set_reflected_or(Value self, Value other) {
  return set_or(other, self);
}
static Value set_reflected_and(Value self, Value other) {
  return set_and(other, self);
}
static Value set_reflected_minus(Value self, Value other) {
  return set_minus(other, self);
}
static Value set_reflected_exclusive_or(Value self, Value other) {
  return set_exclusive_or(other, self);
}
static Value set_in_place_or(Value self, Value other) {
  if (!value_is_set(other)) return VALUE_NOT_IMPLEMENTED;
  return set_update(self, other) ? self : NULL;
}
static Value set_in_place_and(Value self, Value other) {
  if (!value_is_set(other)) return VALUE_NOT_IMPLEMENTED;
  Value result = set_intersect(self, other);
  if (!result) return NULL;
  set_take_storage(self, result);
  return self;
}
static Value set_in_place_minus(Value self, Value other) {
  if (!value_is_set(other)) return VALUE_NOT_IMPLEMENTED;
  return set_subtract_in_place(self, other) ? self : NULL;
}
static Value set_in_place_exclusive_or(Value self, Value other) {
  if (!value_is_set(other)) return VALUE_NOT_IMPLEMENTED;
  return set_xor_in_place(self, other) ? self : NULL;
}

// Methods

static Value set_add_method(Value self, Value item) {
  return set_add(self, item) ? VALUE_NONE : NULL;
}

static Value set_remove(Value self, Value key) {
  Value searched = key;
  int64_t hash = searched_hash(&searched);
  int removed = hash == -1 ? -1 : set_discard_hashed(self, searched, hash);
  return removed < 0 ? NULL : removed ? VALUE_NONE : raise_key_error(key);
}

static Value set_discard_method(Value self, Value key) {
  int64_t hash = searched_hash(&key);
  return hash == -1 || set_discard_hashed(self, key, hash) < 0 ? NULL : VALUE_NONE;
}

static Value set_pop(Value self) {
  Value item = set_take(self);
  return item ? item : raise(CLASS_KEY_ERROR, "pop from an empty set");
}

static Value set_clear_method(Value self) {
  set_clear(self);
  return VALUE_NONE;
}

static Value frozenset_copy(Value self) {
  return VALUE_IS_EXACT(self, FROZENSET) ? self : set_copy_plain(self);
}

static Value set_update_method(Value self, Value others) {
  for (size_t i = 0; i < tuple_count(others); i++)
    if (!set_update(self, tuple_item(others, i))) return NULL;
  return VALUE_NONE;
}

static Value set_union(Value self, Value others) {
  Value result = set_copy_plain(self);
  for (size_t i = 0; result && i < tuple_count(others); i++)
    if (tuple_item(others, i) != self && !set_update(result, tuple_item(others, i))) return NULL;
  return result;
}

static Value set_intersection(Value self, Value others) {
  if (tuple_count(others) == 0) return set_copy_plain(self);
  Value result = self;
  for (size_t i = 0; result && i < tuple_count(others); i++) result = set_intersect(result, tuple_item(others, i));
  return result;
}

static Value set_intersection_update(Value self, Value others) {
  Value result = set_intersection(self, others);
  if (!result) return NULL;
  set_take_storage(self, result);
  return VALUE_NONE;
}

static Value set_difference(Value self, Value others) {
  if (tuple_count(others) == 0) return set_copy_plain(self);
  Value result = set_subtract(self, tuple_item(others, 0));
  for (size_t i = 1; result && i < tuple_count(others); i++)
    if (!set_subtract_in_place(result, tuple_item(others, i))) return NULL;
  return result;
}

static Value set_difference_update(Value self, Value others) {
  for (size_t i = 0; i < tuple_count(others); i++)
    if (!set_subtract_in_place(self, tuple_item(others, i))) return NULL;
  return VALUE_NONE;
}

static Value set_symmetric_difference_update(Value self, Value other) {
  return set_xor_in_place(self, other) ? VALUE_NONE : NULL;
}

static Value set_is_subset_method(Value self, Value other) {
  int result = set_is_subset(self, other);
  return result < 0 ? NULL : value_from_bool(result);
}

static Value set_is_superset(Value self, Value other) {
  if (value_is_set(other)) return set_is_subset_method(other, self);
  Value key;
  Iteration i = iteration_start(other);
  while (iteration_next(&i, &key)) {
    int there = set_contains(self, key);
    if (there <= 0) return there < 0 ? NULL : VALUE_FALSE;
  }
  return iteration_failed(&i) ? NULL : VALUE_TRUE;
}

static Value set_is_disjoint(Value self, Value other) {
  if (self == other) return value_from_bool(set_count(self) == 0);
  Value key;
  if (VALUE_IS_EXACT(other, SET) || VALUE_IS_EXACT(other, FROZENSET)) {
    Value smaller = set_count(other) > set_count(self) ? self : other, larger = smaller == self ? other : self;
    if (!(smaller = set_stable(smaller))) return NULL;
    int64_t hash;
    for (size_t position = 0; set_next(smaller, &position, &key, &hash);) {
      int there = set_contains_hashed(larger, key, hash);
      if (there) return there < 0 ? NULL : VALUE_FALSE;
    }
    return VALUE_TRUE;
  }
  Iteration i = iteration_start(other);
  while (iteration_next(&i, &key)) {
    int there = set_contains(self, key);
    if (there) return there < 0 ? NULL : VALUE_FALSE;
  }
  return iteration_failed(&i) ? NULL : VALUE_TRUE;
}

static Value set_reduce(Value self) {
  Value items = value_to_list(self), state = items ? value_call_method_0(self, "__getstate__") : NULL;
  return state ? tuple_of(3, value_from_cell(value_class(self)), tuple_of(1, items), state) : NULL;
}

static Value set_size_of(Value self) {
  const Set *set = value_as_set(self);
  return int_from_size(cell_size(&set->head) + (set->table ? cell_size(value_cell(set->table)) : 0));
}

// Iterator

typedef struct SetIterator {
  Cell head;
  Value set; // zero: exhausted
  size_t position;
  size_t expected; // count at the start; SIZE_MAX: the set has changed
  size_t remaining;
} SetIterator;
static const CellType set_iterator_type = {.name = "set iterator", CELL_VALUES(SetIterator, set, set)};

static Value set_iterate(Value self) {
  SetIterator *iterator = cell_alloc(SHAPE(SET_ITERATOR), sizeof(SetIterator));
  if (!iterator) return NULL;
  gc_init(iterator, &iterator->set, self);
  iterator->expected = iterator->remaining = set_count(self);
  return value_from_cell(iterator);
}

Value set_iterator_next(Value self) {
  SetIterator *iterator = (SetIterator *)value_cell(self);
  Value item = VALUE_STOP;
  bool changed = false;
  cell_lock(iterator);
  if (iterator->set) {
    if ((changed = iterator->expected != set_count(iterator->set)))
      iterator->expected = SIZE_MAX;
    else if (set_next(iterator->set, &iterator->position, &item, NULL))
      iterator->remaining--;
    else
      gc_store(iterator, &iterator->set, NULL);
  }
  cell_unlock(iterator);
  return changed ? raise(CLASS_RUNTIME_ERROR, "Set changed size during iteration") : item;
}

static Value set_iterator_length_hint(Value self) {
  SetIterator *iterator = (SetIterator *)value_cell(self);
  Value set = gc_load(&iterator->set);
  return int_from_size(set && set_count(set) == iterator->expected ? iterator->remaining : 0);
}

static Value set_iterator_reduce(Value self) {
  SetIterator *iterator = (SetIterator *)value_cell(self);
  SetIterator *twin = cell_alloc(SHAPE(SET_ITERATOR), sizeof(SetIterator));
  if (!twin) return NULL;
  cell_lock(iterator);
  gc_store(twin, &twin->set, iterator->set);
  twin->position = iterator->position;
  twin->expected = iterator->expected;
  twin->remaining = iterator->remaining;
  cell_unlock(iterator);
  Value rest = value_to_list(value_from_cell(twin));
  return rest ? reduce_to(builtin_named("iter"), tuple_of(1, rest), NULL) : NULL;
}

static const NativeMethod set_iterator_methods[] = {
    ITERATOR_ENTRIES(set_iterator_next),
    NATIVE("__length_hint__", set_iterator_length_hint, "($self, /)", "How many items are left."),
    NATIVE("__reduce__", set_iterator_reduce, "($self, /)", "What pickle needs to rebuild the iterator."),
    {},
};
const ClassDef set_iterator_class = {
    .name = "set_iterator",
    .cell_type = &set_iterator_type,
    .instance_size = sizeof(SetIterator),
    .flags = CLASS_NO_NEW | CLASS_PLAIN_ITERATOR,
    .methods = set_iterator_methods,
};

// Classes

#define READING_ENTRIES                                                                                                \
  NATIVE("__repr__", set_repr, "($self, /)", "Return repr(self)."),                                                    \
      NATIVE("__len__", set_length, "($self, /)", "Return len(self)."),                                                \
      NATIVE("__contains__", set_contains_method, "($self, object, /)", "Return object in self.", NATIVE_METHOD),      \
      NATIVE("__iter__", set_iterate, "($self, /)", "Implement iter(self)."), COMPARISON_ENTRIES(set),                 \
      NATIVE("__or__", set_or, "($self, value, /)", "Return self|value."),                                             \
      NATIVE("__ror__", set_reflected_or, "($self, value, /)", "Return value|self."),                                  \
      NATIVE("__and__", set_and, "($self, value, /)", "Return self&value."),                                           \
      NATIVE("__rand__", set_reflected_and, "($self, value, /)", "Return value&self."),                                \
      NATIVE("__sub__", set_minus, "($self, value, /)", "Return self-value."),                                         \
      NATIVE("__rsub__", set_reflected_minus, "($self, value, /)", "Return value-self."),                              \
      NATIVE("__xor__", set_exclusive_or, "($self, value, /)", "Return self^value."),                                  \
      NATIVE("__rxor__", set_reflected_exclusive_or, "($self, value, /)", "Return value^self."),                       \
      NATIVE("__reduce__", set_reduce, "($self, /)", "What pickle needs to rebuild the set."),                         \
      NATIVE("__sizeof__", set_size_of, "($self, /)", "Return the size of the set in memory, in bytes."),              \
      NATIVE("union", set_union, "($self, /, *others)", "Return the elements of any of the sets."),                    \
      NATIVE("intersection", set_intersection, "($self, /, *others)", "Return the elements of all of the sets."),      \
      NATIVE("difference", set_difference, "($self, /, *others)", "Return the elements that are in no other set."),    \
      NATIVE("symmetric_difference", set_xor, "($self, other, /)", "Return the elements of exactly one of the sets."), \
      NATIVE("issubset", set_is_subset_method, "($self, other, /)", "Are all elements in another set?"),               \
      NATIVE("issuperset", set_is_superset, "($self, other, /)", "Are all elements of another set in this one?"),      \
      NATIVE("isdisjoint", set_is_disjoint, "($self, other, /)", "Have two sets no element in common?"),               \
      CLASS_GETITEM_ENTRY

static const NativeMethod set_methods[] = {
    NATIVE("__new__", set_create, NULL, "Create a set.", NATIVE_STATIC),
    NATIVE("__init__", set_initialize, "($self, /, *args, **kwargs)", "Fill the set with the items of an iterable."),
    READING_ENTRIES,
    NATIVE("__ior__", set_in_place_or, "($self, value, /)", "Return self|=value."),
    NATIVE("__iand__", set_in_place_and, "($self, value, /)", "Return self&=value."),
    NATIVE("__isub__", set_in_place_minus, "($self, value, /)", "Return self-=value."),
    NATIVE("__ixor__", set_in_place_exclusive_or, "($self, value, /)", "Return self^=value."),
    NATIVE("add", set_add_method, "($self, object, /)", "Add an element."),
    NATIVE("remove", set_remove, "($self, object, /)", "Remove an element; KeyError if it is not there."),
    NATIVE("discard", set_discard_method, "($self, object, /)", "Remove an element if it is there."),
    NATIVE("pop", set_pop, "($self, /)", "Remove and return some element; KeyError if there is none."),
    NATIVE("clear", set_clear_method, "($self, /)", "Remove all elements."),
    NATIVE("copy", set_copy_plain, "($self, /)", "Return a shallow copy."),
    NATIVE("update", set_update_method, "($self, /, *others)", "Add all elements of the others."),
    NATIVE("intersection_update", set_intersection_update, "($self, /, *others)", "Keep what is in all of the others."),
    NATIVE("difference_update", set_difference_update, "($self, /, *others)", "Remove what is in any of the others."),
    NATIVE("symmetric_difference_update", set_symmetric_difference_update, "($self, other, /)",
           "Keep what is in exactly one of the sets."),
    {},
};
static const NativeMethod frozenset_methods[] = {
    NATIVE("__new__", frozenset_create, NULL, "Create a frozenset.", NATIVE_STATIC),
    READING_ENTRIES,
    NATIVE("__hash__", frozenset_hash, "($self, /)", "Return hash(self)."),
    NATIVE("copy", frozenset_copy, "($self, /)", "Return a shallow copy."),
    {},
};

static const CellType set_type = {.name = "set", CELL_VALUES(Set, table, table)};

const ClassDef set_class = {
    .name = "set",
    .doc = "set() -> new empty set object\nset(iterable) -> new set object\n\nUnordered, mutable, unique elements.",
    .cell_type = &set_type,
    .instance_size = sizeof(Set),
    .flags = CLASS_BASE_TYPE | CLASS_MATCH_SELF | CLASS_IS_SET | CLASS_HAS_WEAKREF | CLASS_UNHASHABLE,
    .methods = set_methods,
};
const ClassDef frozenset_class = {
    .name = "frozenset",
    .doc = "frozenset() -> empty frozenset object\nfrozenset(iterable) -> frozenset object\n\nUnordered, immutable.",
    .cell_type = &set_type,
    .instance_size = sizeof(Set),
    .flags = CLASS_BASE_TYPE | CLASS_MATCH_SELF | CLASS_IS_SET | CLASS_HAS_WEAKREF,
    .methods = frozenset_methods,
};
