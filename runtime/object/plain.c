// Values, operators and containers without Python code. See plain.h; what needs to know how dicts, sets and iterators
// are made stands with them.
#include "runtime/object/plain.h"

#include "runtime/object/container.h"
#include "runtime/object/dict_table.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/names.h"
#include "runtime/object/sequence.h"
#include "runtime/object/set_table.h"
#include "runtime/object/step.h"
#include "runtime/object/str.h"

enum : unsigned { DEPTH_LIMIT = 8 }; // of tuples in tuples

// What a function that makes a cell has come to: its errors are found again in the general way.
static Value made(Value value) {
  if (!value) exception_clear();
  return value;
}

// Numbers and strings that no class statement has made: whatever is done with two of them, C does it.
static bool is_scalar(Value value) {
  if (!value_is_cell(value)) return true;
  const Class *class = value_class(value);
  return class == BUILTIN(STR) || class == BUILTIN(INT) || class == BUILTIN(FLOAT);
}

// Instances that are equal to nothing but themselves.
static bool is_identity(Value value) {
  const Class *class = value_class(value), *object = BUILTIN(OBJECT);
  return class_special(class, SPECIAL_EQUAL) == class_special(object, SPECIAL_EQUAL) &&
         class_special(class, SPECIAL_HASH) == class_special(object, SPECIAL_HASH);
}

static bool is_plain_sequence(Value value) {
  return VALUE_IS_EXACT(value, TUPLE) || VALUE_IS_EXACT(value, LIST);
}
static bool is_exact_set(Value value) {
  return VALUE_IS_EXACT(value, SET) || VALUE_IS_EXACT(value, FROZENSET);
}

// Of two such values C says whether they are equal; of tuples, if their items are such.
static bool is_known(Value value) {
  return is_scalar(value) || VALUE_IS_EXACT(value, TUPLE) || is_identity(value);
}

static int equal_plainly(Value a, Value b, unsigned depth);

static int tuples_equal(Value a, Value b, unsigned depth) {
  if (depth == DEPTH_LIMIT) return -1;
  size_t count = tuple_count(a), other = tuple_count(b);
  // Like the general way, the first difference decides, not the counts: an item before it may have a say.
  for (size_t i = 0; i < count && i < other; i++) {
    int equal = equal_plainly(tuple_item(a, i), tuple_item(b, i), depth + 1);
    if (equal != 1) return equal;
  }
  return count == other;
}

static int equal_plainly(Value a, Value b, unsigned depth) {
  if (a == b) return 1;
  if (values_are_small_ints(a, b)) return 0;
  if (is_scalar(a) && is_scalar(b)) {
    int equal = value_equal(a, b);
    if (equal < 0) exception_clear(); // the C stack is low
    return equal;
  }
  if (VALUE_IS_EXACT(a, TUPLE) && VALUE_IS_EXACT(b, TUPLE)) return tuples_equal(a, b, depth);
  return is_known(a) && is_known(b) ? 0 : -1;
}

int value_equal_plainly(Value a, Value b) {
  return equal_plainly(a, b, 0);
}

static bool hash_plainly(Value value, int64_t *hash, unsigned depth) {
  if (value_is_small_int(value) || is_scalar(value)) {
    *hash = dict_key_hash(value);
    return true;
  }
  if (VALUE_IS_EXACT(value, TUPLE)) {
    if (depth == DEPTH_LIMIT) return false;
    size_t count = tuple_count(value);
    uint64_t state = HASH_TUPLE_START;
    for (size_t i = 0; i < count; i++) {
      int64_t item;
      if (!hash_plainly(tuple_item(value, i), &item, depth + 1)) return false;
      state = hash_tuple_add(state, item);
    }
    *hash = hash_tuple_finish(state, count);
    return true;
  }
  if (!is_identity(value)) return false;
  *hash = value_hash(value);
  return true;
}

bool value_hash_plainly(Value value, int64_t *hash) {
  return hash_plainly(value, hash, 0);
}

ptrdiff_t value_length_plainly(Value value) {
  if (!value_is_cell(value)) return -1;
  const Class *class = value_class(value);
  if (class == BUILTIN(STR)) return (ptrdiff_t)str_length(value);
  if (class == BUILTIN(LIST)) return (ptrdiff_t)list_count(value);
  if (class == BUILTIN(TUPLE)) return (ptrdiff_t)tuple_count(value);
  if (class == BUILTIN(DICT)) return (ptrdiff_t)dict_count(value);
  if (class == BUILTIN(SET) || class == BUILTIN(FROZENSET)) return (ptrdiff_t)set_count(value);
  return -1;
}

int value_truth_plainly(Value value) {
  if (!value_is_cell(value)) return value_truth(value);
  const Class *class = value_class(value);
  bool has_bool = class_special(class, SPECIAL_BOOL) != NULL;
  if (!has_bool && !class_special(class, SPECIAL_LEN)) return 1;
  if (has_bool) return is_scalar(value) ? value_truth(value) : -1;
  ptrdiff_t length = value_length_plainly(value);
  return length < 0 ? -1 : length > 0;
}

// What a sequence is searched for, and what can be said of it once.
typedef struct Searched {
  Value item;
  const Class *unequal; // of instances of it only itself is equal; NULL: none
} Searched;

static Searched searched(Value item) {
  const Class *class = value_is_cell(item) ? value_class(item) : NULL;
  return (Searched){item, class && !is_scalar(item) && is_identity(item) ? class : NULL};
}

static inline int searched_equals(const Searched *what, Value other) {
  if (other == what->item) return 1;
  if (values_are_small_ints(other, what->item)) return 0;
  if (what->unequal && value_is_cell(other) && value_class(other) == what->unequal) return 0;
  return value_equal_plainly(other, what->item);
}

static int list_contains_plainly(Value list, Value item) {
  Searched what = searched(item);
  for (size_t i = 0;; i++) {
    Value other = list_item(list, i);
    if (!other) return 0;
    int equal = searched_equals(&what, other);
    if (equal) return equal;
  }
}

static int tuple_contains_plainly(Value tuple, Value item) {
  Searched what = searched(item);
  for (size_t i = 0, count = tuple_count(tuple); i < count; i++) {
    int equal = searched_equals(&what, tuple_item(tuple, i));
    if (equal) return equal;
  }
  return 0;
}

int value_contains_plainly(Value container, Value item) {
  if (!value_is_cell(container)) return -1;
  const Class *class = value_class(container);
  if (class == BUILTIN(DICT)) {
    Value found = dict_get_plainly(container, item);
    return found ? found != VALUE_DELETED : -1;
  }
  if (class == BUILTIN(SET) || class == BUILTIN(FROZENSET)) return set_contains_plainly(container, item);
  if (class == BUILTIN(LIST)) return list_contains_plainly(container, item);
  if (class == BUILTIN(TUPLE)) return tuple_contains_plainly(container, item);
  if (class == BUILTIN(STR) && VALUE_IS_EXACT(item, STR)) return str_find(container, item, 0, PTRDIFF_MAX) >= 0;
  return -1;
}

int set_is_disjoint_plainly(Value set, Value other) {
  bool sets = value_is_cell(set) && value_is_cell(other) && is_exact_set(set) && is_exact_set(other);
  if (!sets || threads_started) return -1; // the general way takes the elements of one moment
  bool swap = set_count(other) < set_count(set);
  Value smaller = swap ? other : set, larger = swap ? set : other, item;
  const SetTable *table = set_table(value_as_set(smaller));
  for (size_t position = 0; set_table_next(table, &position, &item, NULL);) {
    int found = set_contains_plainly(larger, item);
    if (found) return found < 0 ? -1 : 0;
  }
  return 1;
}

// Its __class__ is its class.
static bool is_honest(Value value) {
  if (is_scalar(value)) return true;
  Class *class = value_class(value), *object = BUILTIN(OBJECT);
  return class_special(class, SPECIAL_GETATTRIBUTE) == class_special(object, SPECIAL_GETATTRIBUTE) &&
         class_lookup(class, NAME(__class__)) == class_lookup(object, NAME(__class__));
}

int value_isinstance_plainly(Value value, Value class_or_tuple) {
  if (!value_is_cell(class_or_tuple)) return -1;
  if (VALUE_IS_EXACT(class_or_tuple, TUPLE)) {
    for (size_t i = 0; i < tuple_count(class_or_tuple); i++) {
      Value class = tuple_item(class_or_tuple, i);
      int answer = VALUE_IS_EXACT(class, TUPLE) ? -1 : value_isinstance_plainly(value, class);
      if (answer) return answer;
    }
    return 0;
  }
  if (value_class(class_or_tuple) != BUILTIN(TYPE)) return -1; // a metaclass may have a say
  if (value_is_instance(value, value_as_class(class_or_tuple))) return 1;
  return is_honest(value) ? 0 : -1;
}

Value value_str_plainly(Value value) {
  return is_scalar(value) ? made(value_str(value)) : NULL;
}

Value str_join_plainly(Value separator, Value sequence) {
  return value_is_cell(sequence) && is_plain_sequence(sequence) ? made(str_join(separator, sequence)) : NULL;
}

// Items

// An index from the start; false: out of range.
static bool resolve_index(Value key, size_t count, size_t *index) {
  if (!value_is_small_int(key)) return false;
  int64_t number = value_small_int(key);
  if (number < 0) number += (int64_t)count;
  *index = (size_t)number;
  return number >= 0 && *index < count;
}

Value value_get_item_plainly(Value container, Value key) {
  if (!value_is_cell(container)) return NULL;
  if (VALUE_IS_EXACT(key, SLICE)) {
    const Slice *slice = (const Slice *)value_cell(key);
    return value_get_slice_plainly(container, slice->start, slice->stop, slice->step);
  }
  const Class *class = value_class(container);
  size_t index;
  if (class == BUILTIN(DICT)) {
    Value found = dict_get_plainly(container, key);
    return found == VALUE_DELETED ? NULL : found;
  }
  if (class == BUILTIN(LIST))
    return resolve_index(key, list_count(container), &index) ? list_item(container, index) : NULL;
  if (class == BUILTIN(TUPLE))
    return resolve_index(key, tuple_count(container), &index) ? tuple_item(container, index) : NULL;
  if (class == BUILTIN(STR) && resolve_index(key, str_length(container), &index))
    return made(str_from_character(str_character(value_as_str(container), index)));
  return NULL;
}

// A bound of a slice with step 1, between 0 and `count`; false: it is no small int.
static bool resolve_bound(Value bound, size_t count, size_t absent, size_t *result) {
  *result = absent;
  if (bound == VALUE_NONE) return true;
  if (!value_is_small_int(bound)) return false;
  int64_t number = value_small_int(bound);
  if (number < 0) number = number + (int64_t)count < 0 ? 0 : number + (int64_t)count;
  *result = (size_t)number > count ? count : (size_t)number;
  return true;
}

static bool is_bound(Value value) {
  return value == VALUE_NONE || value_is_small_int(value);
}

Value value_get_slice_plainly(Value container, Value start, Value stop, Value step) {
  if (!value_is_cell(container)) return NULL;
  const Class *class = value_class(container);
  if (class != BUILTIN(STR) && class != BUILTIN(LIST) && class != BUILTIN(TUPLE)) return NULL;
  if (step != VALUE_NONE && step != value_from_small_int(1)) {
    bool is_plain = is_bound(start) && is_bound(stop) && is_bound(step);
    Value slice = is_plain ? slice_new(start, stop, step) : NULL;
    return made(slice ? value_get_item(container, slice) : NULL);
  }
  size_t count = (size_t)value_length_plainly(container), from, to;
  if (!resolve_bound(start, count, 0, &from) || !resolve_bound(stop, count, count, &to)) return NULL;
  if (to < from) to = from;
  if (class == BUILTIN(STR)) return made(str_substring(container, from, to));
  return made(class == BUILTIN(LIST) ? list_slice(container, count, from, to) : tuple_slice(container, from, to));
}

// Operators

static bool is_scalars(Value tuple) {
  for (size_t i = 0; i < tuple_count(tuple); i++)
    if (!is_scalar(tuple_item(tuple, i))) return false;
  return true;
}

static bool binary_is_plain(BinaryOperator operator, Value a, Value b, bool in_place) {
  bool scalar_a = is_scalar(a), scalar_b = is_scalar(b);
  if (scalar_a && scalar_b) return true;
  if (in_place && (VALUE_IS_EXACT(a, LIST) || VALUE_IS_EXACT(a, SET))) return false; // changes it
  switch (operator) {
  case BINARY_ADD:
    return is_plain_sequence(a) && is_plain_sequence(b);
  case BINARY_MULTIPLY:
    return (is_plain_sequence(a) && scalar_b) || (scalar_a && is_plain_sequence(b));
  case BINARY_REMAINDER:
    return VALUE_IS_EXACT(a, STR) && VALUE_IS_EXACT(b, TUPLE) && is_scalars(b);
  case BINARY_SUBTRACT:
  case BINARY_AND:
  case BINARY_OR:
  case BINARY_XOR:
    return is_exact_set(a) && is_exact_set(b) && set_is_plain(a) && set_is_plain(b);
  default:
    return false;
  }
}

Value value_binary_plainly(BinaryOperator operator, Value a, Value b, bool in_place) {
  if (operator == BINARY_ADD && VALUE_IS_EXACT(a, STR) && VALUE_IS_EXACT(b, STR)) return made(str_concatenate(a, b));
  if (!binary_is_plain(operator, a, b, in_place)) return NULL;
  return made(in_place ? value_binary_in_place(operator, a, b) : value_binary(operator, a, b));
}

Value value_compare_plainly(Comparison comparison, Value a, Value b) {
  if (comparison == COMPARE_EQUAL || comparison == COMPARE_NOT_EQUAL) {
    if (is_exact_set(a) && is_exact_set(b) && set_is_plain(a) && set_is_plain(b))
      return made(value_compare(comparison, a, b));
    // A nan is not equal to itself.
    bool same_is_equal = is_known(a) && is_known(b) && !value_is_exact_float(a);
    int equal = same_is_equal ? value_equal_plainly(a, b) : -1;
    if (equal >= 0) return value_from_bool(equal == (comparison == COMPARE_EQUAL));
  }
  if (is_scalar(a) && is_scalar(b)) return made(value_compare(comparison, a, b));
  if (VALUE_IS_EXACT(a, TUPLE) && VALUE_IS_EXACT(b, TUPLE) && is_scalars(a) && is_scalars(b))
    return made(value_compare(comparison, a, b));
  return NULL;
}

// Iterators

// Of a list or tuple, while nobody else may move the iterator.
static Value sequence_next(SequenceIterator *iterator, bool is_list) {
  Value sequence = iterator->sequence, item = NULL;
  if (is_list) {
    item = list_iterator_next_alone(iterator);
    return item ? item : VALUE_STOP;
  }
  if (!sequence) return VALUE_STOP;
  if (iterator->index < tuple_count(sequence)) item = tuple_item(sequence, iterator->index);
  if (item)
    iterator->index++;
  else
    gc_store(iterator, &iterator->sequence, NULL);
  return item ? item : VALUE_STOP;
}

Value iterator_next_plainly(Value iterator) {
  if (!value_is_cell(iterator)) return NULL;
  const Class *class = value_class(iterator);
  Value value, key;
  if (class == BUILTIN(DICT_KEY_ITERATOR)) return dict_iterator_next_plainly(iterator, &value);
  if (class == BUILTIN(DICT_VALUE_ITERATOR)) {
    key = dict_iterator_next_plainly(iterator, &value);
    return !key || key == VALUE_STOP ? key : value;
  }
  bool is_list = class == BUILTIN(LIST_ITERATOR), is_sequence = is_list || class == BUILTIN(TUPLE_ITERATOR);
  if (is_sequence && !threads_started) return sequence_next((SequenceIterator *)value_cell(iterator), is_list);
  if (class == BUILTIN(STR_ITERATOR)) return made(str_iterator_next(iterator));
  if (class == BUILTIN(SET_ITERATOR)) return made(set_iterator_next(iterator));
  constexpr uint32_t asked = CLASS_PLAIN_ITERATOR | CLASS_RAISES_ONCE | CLASS_HEAP_TYPE;
  return (class->flags & asked) == CLASS_PLAIN_ITERATOR ? made(iterator_next(iterator)) : NULL;
}

Value iterator_next_pair_plainly(Value iterator, Value *second) {
  if (!value_is_cell(iterator)) return NULL;
  const Class *class = value_class(iterator);
  if (class == BUILTIN(DICT_ITEM_ITERATOR)) return dict_iterator_next_plainly(iterator, second);
  if (class == BUILTIN(ZIP)) return zip_next_pair_plainly(iterator, second);
  if (class == BUILTIN(ENUMERATE)) {
    Value number;
    return enumerate_next_plainly(iterator, &number, second) ? number : NULL;
  }
  return NULL;
}
