// itertools: product, permutations, combinations, combinations_with_replacement.
//
// Each keeps the pool(s) and, in a private tuple of small ints, the indexes of the last result, from which the next
// ones follow in lexicographic order. A step is made under the iterator's lock, so that threads which share one get
// each result once; indexes are checked where a pool is read all the same.

#include "runtime/module/itertools.h"

typedef struct Combiner {
  Cell head;
  Value pool;    // tuple; product: tuple of tuples
  Value indexes; // private tuple of small ints
  Value cycles;  // permutations: private tuple of small ints, else zero
  size_t length; // of a result
  bool started, finished;
} Combiner;

static inline Combiner *combiner_of(Value value) {
  return (Combiner *)value_cell(value);
}
static inline int64_t index_at(Value indexes, size_t i) {
  return value_small_int(__atomic_load_n(&value_as_tuple(indexes)->items[i], __ATOMIC_RELAXED));
}
static inline void index_set(Value indexes, size_t i, int64_t index) { // an immediate value needs no barrier
  __atomic_store_n(&value_as_tuple(indexes)->items[i], value_from_small_int(index), __ATOMIC_RELAXED);
}

// A private array of `count` indexes, all zero (never the shared empty tuple's cell, which nobody writes to anyway).
static Value indexes_new(size_t count) {
  Tuple *indexes = tuple_allocate(count);
  for (size_t i = 0; indexes && i < count; i++) gc_init(indexes, &indexes->items[i], value_from_small_int(0));
  return value_from_cell(indexes);
}

static Value indexes_copy(Value indexes) {
  return tuple_new(value_as_tuple(indexes)->items, tuple_count(indexes));
}

static Value combiner_new(Value class, Value pool, size_t length, size_t index_count) {
  Value indexes = indexes_new(index_count);
  Combiner *self = indexes ? class_allocate(value_as_class(class), 0) : NULL;
  if (!self) return NULL;
  gc_init(self, &self->pool, pool);
  gc_init(self, &self->indexes, indexes);
  self->length = length;
  return value_from_cell(self);
}

// Element i of the result that the indexes stand for.
static Value combiner_element(const Combiner *self, size_t i) {
  size_t index = (size_t)index_at(self->indexes, i);
  return index < tuple_count(self->pool) ? tuple_item(self->pool, index) : VALUE_NONE;
}

// The next result. `advance` moves the indexes on, or says that there is no further one; `element` reads the pool.
static Value combiner_step(Value value, bool (*advance)(Combiner *), Value (*element)(const Combiner *, size_t)) {
  Combiner *self = combiner_of(value);
  if (__atomic_load_n(&self->finished, __ATOMIC_RELAXED)) return VALUE_STOP;
  Value result = self->length ? value_from_cell(tuple_allocate(self->length)) : tuple_new(NULL, 0);
  if (!result) return NULL;
  cell_lock(self);
  bool finished = self->finished || (self->started && !advance(self));
  if (finished) __atomic_store_n(&self->finished, true, __ATOMIC_RELAXED);
  self->started = true;
  Tuple *tuple = value_as_tuple(result);
  for (size_t i = 0; !finished && i < self->length; i++) gc_init(tuple, &tuple->items[i], element(self, i));
  cell_unlock(self);
  return finished ? VALUE_STOP : result;
}

static Value combiner_reduce(Value value) {
  Combiner *self = combiner_of(value);
  Value class = class_of(value), length = int_from_size(self->length);
  if (!self->started) return tuple_of(2, class, tuple_of(2, self->pool, length));
  if (self->finished) return tuple_of(2, class, tuple_of(2, tuple_new(NULL, 0), length));
  return tuple_of(3, class, tuple_of(2, self->pool, length), indexes_copy(self->indexes));
}

// Takes indexes from a pickled state; `maximum(self, i)` bounds the i-th.
static Value combiner_set_state(Value value, Value state, int64_t (*maximum)(const Combiner *, size_t)) {
  Combiner *self = combiner_of(value);
  if (!value_is_tuple(state) || tuple_count(state) != self->length) return raise_value_error("invalid arguments");
  for (size_t i = 0; i < self->length; i++) {
    ptrdiff_t index;
    if (!value_as_size(tuple_item(state, i), &index, CLASS_OVERFLOW_ERROR)) return NULL;
    int64_t limit = maximum(self, i);
    if (index > limit) index = limit;
    index_set(self->indexes, i, index < 0 ? 0 : index);
  }
  self->started = true;
  return VALUE_NONE;
}

// A length argument: None or absent gives `otherwise`.
static bool parse_length(Value argument, size_t *length) {
  ptrdiff_t number;
  if (!value_as_size(argument, &number, CLASS_OVERFLOW_ERROR)) return false;
  if (number < 0) {
    raise_value_error("r must be non-negative");
    return false;
  }
  *length = (size_t)number;
  return true;
}

// combinations: increasing indexes

static Value combinations_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  Value given[2];
  PARSE("combinations", "(iterable, r)", given);
  size_t length;
  Value pool = value_to_tuple(given[0]);
  if (!pool || !parse_length(given[1], &length)) return NULL;
  Value self = combiner_new(class, pool, length, length);
  if (!self) return NULL;
  for (size_t i = 0; i < length; i++) index_set(combiner_of(self)->indexes, i, (int64_t)i);
  combiner_of(self)->finished = length > tuple_count(pool);
  return self;
}

static int64_t combinations_maximum(const Combiner *self, size_t i) {
  return (int64_t)(tuple_count(self->pool) - self->length + i);
}

static bool combinations_advance(Combiner *self) {
  size_t i = self->length;
  while (i > 0 && index_at(self->indexes, i - 1) >= combinations_maximum(self, i - 1)) i--;
  if (i == 0) return false;
  int64_t index = index_at(self->indexes, --i);
  for (; i < self->length; i++) index_set(self->indexes, i, ++index);
  return true;
}
static Value combinations_next(Value value) {
  return combiner_step(value, combinations_advance, combiner_element);
}

static Value combinations_set_state(Value value, Value state) {
  return combiner_set_state(value, state, combinations_maximum);
}

// combinations_with_replacement: non-decreasing indexes

static Value combinations_repeated_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  Value given[2];
  PARSE("combinations_with_replacement", "(iterable, r)", given);
  size_t length;
  Value pool = value_to_tuple(given[0]);
  if (!pool || !parse_length(given[1], &length)) return NULL;
  Value self = combiner_new(class, pool, length, length);
  if (self) combiner_of(self)->finished = tuple_count(pool) == 0 && length > 0;
  return self;
}

static int64_t combinations_repeated_maximum(const Combiner *self, size_t i) {
  (void)i;
  return (int64_t)tuple_count(self->pool) - 1;
}

static bool combinations_repeated_advance(Combiner *self) {
  int64_t maximum = combinations_repeated_maximum(self, 0);
  size_t i = self->length;
  while (i > 0 && index_at(self->indexes, i - 1) >= maximum) i--;
  if (i == 0) return false;
  int64_t index = index_at(self->indexes, --i) + 1;
  for (; i < self->length; i++) index_set(self->indexes, i, index);
  return true;
}
static Value combinations_repeated_next(Value value) {
  return combiner_step(value, combinations_repeated_advance, combiner_element);
}

static Value combinations_repeated_set_state(Value value, Value state) {
  return combiner_set_state(value, state, combinations_repeated_maximum);
}

// permutations: the first `length` of all indexes are the result; `cycles` counts how often each place may still
// advance

static Value permutations_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  Value given[2];
  PARSE("permutations", "(iterable, r=None)", given);
  Value pool = value_to_tuple(given[0]);
  if (!pool) return NULL;
  size_t all = tuple_count(pool), length = all;
  if (given[1] && given[1] != VALUE_NONE) {
    if (!value_is_int(given[1])) return raise_type_error("Expected int as r");
    if (!parse_length(given[1], &length)) return NULL;
  }
  Value self = combiner_new(class, pool, length, all);
  Value cycles = self ? indexes_new(length) : NULL;
  if (!cycles) return NULL;
  Combiner *combiner = combiner_of(self);
  gc_store(combiner, &combiner->cycles, cycles);
  for (size_t i = 0; i < all; i++) index_set(combiner->indexes, i, (int64_t)i);
  for (size_t i = 0; i < length; i++) index_set(cycles, i, (int64_t)all - (int64_t)i);
  combiner->finished = length > all;
  return self;
}

// Advances to the next permutation; false: that was the last.
static bool permutations_advance(Combiner *self) {
  size_t all = tuple_count(self->pool);
  for (size_t i = self->length; i-- > 0;) {
    int64_t cycle = index_at(self->cycles, i) - 1;
    int64_t index = index_at(self->indexes, i);
    if (cycle <= 0) { // back to the start: index i moves to the end
      for (size_t j = i; j + 1 < all; j++) index_set(self->indexes, j, index_at(self->indexes, j + 1));
      index_set(self->indexes, all - 1, index);
      index_set(self->cycles, i, (int64_t)(all - i));
    } else {
      size_t other = all - (size_t)cycle;
      if (other >= all) return false; // a state that was set by hand
      index_set(self->cycles, i, cycle);
      index_set(self->indexes, i, index_at(self->indexes, other));
      index_set(self->indexes, other, index);
      return true;
    }
  }
  return false;
}

static Value permutations_next(Value value) {
  return combiner_step(value, permutations_advance, combiner_element);
}

static Value permutations_reduce(Value value) {
  Combiner *self = combiner_of(value);
  if (!self->started || self->finished) return combiner_reduce(value);
  return tuple_of(3, class_of(value), tuple_of(2, self->pool, int_from_size(self->length)),
                  tuple_of(2, indexes_copy(self->indexes), indexes_copy(self->cycles)));
}

static bool take_indexes(Value to, Value from, int64_t (*bound)(size_t all, size_t i, int64_t index), size_t all) {
  for (size_t i = 0; i < tuple_count(to); i++) {
    ptrdiff_t index;
    if (!value_as_size(tuple_item(from, i), &index, CLASS_OVERFLOW_ERROR)) return false;
    index_set(to, i, bound(all, i, index));
  }
  return true;
}
static int64_t bound_index(size_t all, size_t i, int64_t index) {
  (void)i;
  return index<0 ? 0 : index>(int64_t) all - 1 ? (int64_t)all - 1 : index;
}
static int64_t bound_cycle(size_t all, size_t i, int64_t cycle) {
  int64_t most = (int64_t)all - (int64_t)i;
  return cycle < 1 ? 1 : cycle > most ? most : cycle;
}

static Value permutations_set_state(Value value, Value state) {
  Combiner *self = combiner_of(value);
  if (!value_is_tuple(state) || tuple_count(state) != 2) return raise_value_error("invalid arguments");
  Value indexes = tuple_item(state, 0), cycles = tuple_item(state, 1);
  size_t all = tuple_count(self->pool);
  if (!value_is_tuple(indexes) || !value_is_tuple(cycles) || tuple_count(indexes) != all ||
      tuple_count(cycles) != self->length)
    return raise_value_error("invalid arguments");
  if (!take_indexes(self->indexes, indexes, bound_index, all) || !take_indexes(self->cycles, cycles, bound_cycle, all))
    return NULL;
  self->started = true;
  return VALUE_NONE;
}

// product: one index for each pool, the last one advancing fastest

static Value product_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  ptrdiff_t repeat = 1;
  keyword_names = own_keywords(class, keyword_names);
  for (size_t i = 0; keyword_names && i < tuple_count(keyword_names); i++) {
    Value name = tuple_item(keyword_names, i);
    if (!str_equals_c(name, "repeat"))
      return raise_type_error("'%U' is an invalid keyword argument for product()", name);
    if (!value_as_size(arguments[count + i], &repeat, CLASS_OVERFLOW_ERROR)) return NULL;
    if (repeat < 0) return raise_value_error("repeat argument cannot be negative");
  }
  size_t total;
  if (__builtin_mul_overflow(count, (size_t)repeat, &total) || total > PTRDIFF_MAX / sizeof(Value))
    return raise(CLASS_OVERFLOW_ERROR, "repeat argument too large");
  Tuple *pools = tuple_allocate(total);
  if (!pools) return NULL;
  bool empty = false;
  for (size_t i = 0; i < count; i++) {
    Value pool = value_to_tuple(arguments[i]);
    if (!pool) return NULL;
    empty |= tuple_count(pool) == 0;
    for (size_t at = i; at < total; at += count) gc_store(pools, &pools->items[at], pool);
  }
  Value self = combiner_new(class, value_from_cell(pools), total, total);
  if (self && empty && total) combiner_of(self)->finished = true;
  return self;
}

static bool product_advance(Combiner *self) {
  for (size_t i = self->length; i > 0; i--) {
    int64_t index = index_at(self->indexes, i - 1) + 1;
    if ((size_t)index < tuple_count(tuple_item(self->pool, i - 1))) {
      index_set(self->indexes, i - 1, index);
      return true;
    }
    index_set(self->indexes, i - 1, 0);
  }
  return false;
}
static Value product_element(const Combiner *self, size_t i) {
  Value pool = tuple_item(self->pool, i);
  size_t index = (size_t)index_at(self->indexes, i);
  return index < tuple_count(pool) ? tuple_item(pool, index) : VALUE_NONE;
}
static Value product_next(Value value) {
  return combiner_step(value, product_advance, product_element);
}

static Value product_reduce(Value value) {
  Combiner *self = combiner_of(value);
  Value class = class_of(value);
  if (self->finished) return tuple_of(2, class, tuple_of(1, tuple_new(NULL, 0)));
  if (!self->started) return tuple_of(2, class, self->pool);
  return tuple_of(3, class, self->pool, indexes_copy(self->indexes));
}

static Value product_set_state(Value value, Value state) {
  Combiner *self = combiner_of(value);
  if (!value_is_tuple(state) || tuple_count(state) != self->length) return raise_value_error("invalid arguments");
  for (size_t i = 0; i < self->length; i++) {
    ptrdiff_t index;
    if (!value_as_size(tuple_item(state, i), &index, CLASS_OVERFLOW_ERROR)) return NULL;
    size_t size = tuple_count(tuple_item(self->pool, i));
    if (size == 0) {
      self->finished = true;
      return VALUE_NONE;
    }
    index_set(self->indexes, i, bound_index(size, 0, index));
  }
  self->started = true;
  return VALUE_NONE;
}

#define COMBINER(prefix, name, reduce, doc)                                                                            \
  static const NativeMethod prefix##_methods[] = {                                                                     \
      NATIVE("__new__", prefix##_create, NULL, "Create the iterator.", NATIVE_STATIC),                                 \
      ITERATOR_ENTRIES(prefix##_next),                                                                                 \
      REDUCE_ENTRY(reduce),                                                                                            \
      SET_STATE_ENTRY(prefix##_set_state),                                                                             \
      {},                                                                                                              \
  };                                                                                                                   \
  ITERTOOLS_CLASS(prefix##_class, "itertools." name, Combiner, pool, cycles, prefix##_methods, doc,                    \
                  CLASS_PLAIN_ITERATOR)
COMBINER(combinations, "combinations", combiner_reduce,
         "combinations(iterable, r)\n--\n\nReturn successive r-length combinations of elements in the iterable.")
COMBINER(combinations_repeated, "combinations_with_replacement", combiner_reduce,
         "combinations_with_replacement(iterable, r)\n--\n\nCombinations in which elements may repeat.")
COMBINER(permutations, "permutations", permutations_reduce,
         "permutations(iterable, r=None)\n--\n\nReturn successive r-length permutations of elements in the iterable.")
COMBINER(product, "product", product_reduce,
         "product(*iterables, repeat=1)\n\nThe Cartesian product, as nested for loops give it.")
