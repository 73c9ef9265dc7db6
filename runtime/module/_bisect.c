// The module _bisect: binary search in sorted sequences.
//
// Searching a list that other threads change is begun again when items have moved meanwhile; insort() inserts only into
// the list that it has searched. After many tries they search a copy.

#include "runtime/object/container.h"
#include "runtime/object/list.h"

enum { SEARCH_TRIES = 1000 };

// Where `item` belongs in sequence[low:high]: behind its equals, or with `left` before them. -1: exception.
static ptrdiff_t bisect_once(Value sequence, Value item, Value low_value, Value high_value, Value key, bool left) {
  ptrdiff_t low = 0, high = -1;
  if (low_value && !value_as_size(low_value, &low, CLASS_OVERFLOW_ERROR)) return -1;
  if (high_value && high_value != VALUE_NONE && !value_as_size(high_value, &high, CLASS_OVERFLOW_ERROR)) return -1;
  if (low < 0) {
    raise_value_error("lo must be non-negative");
    return -1;
  }
  if (high == -1 && (high = value_length(sequence)) < 0) return -1;
  bool keyed = key && key != VALUE_NONE, is_list = VALUE_IS_EXACT(sequence, LIST);
  while (low < high) {
    ptrdiff_t middle = (ptrdiff_t)(((size_t)low + (size_t)high) / 2);
    Value candidate = is_list ? list_item(sequence, (size_t)middle) : NULL;
    if (!candidate && !(candidate = value_get_index(sequence, middle))) return -1;
    if (keyed && !(candidate = value_call_1(key, candidate))) return -1;
    int less =
        left ? value_compare_truth(COMPARE_LESS, candidate, item) : value_compare_truth(COMPARE_LESS, item, candidate);
    if (less < 0) return -1;
    if (left ? less : !less)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

// The list's state that the answer holds for.
typedef struct ListState {
  uint64_t version;
  size_t count;
  bool is_past; // it was that of a copy
} ListState;

static ptrdiff_t bisect(Value sequence, Value item, Value low, Value high, Value key, bool left, ListState *state) {
  if (!threads_started || !VALUE_IS_EXACT(sequence, LIST)) return bisect_once(sequence, item, low, high, key, left);
  List *list = value_as_list(sequence);
  for (int tries = 0; tries < SEARCH_TRIES; tries++) {
    *state = (ListState){.version = list_version_settled(list), .count = list_count(sequence)};
    ptrdiff_t index = bisect_once(sequence, item, low, high, key, left);
    bool holds = list_version_holds(list, state->version) && list_count(sequence) == state->count;
    if (holds || (index < 0 && !exception_is(CLASS_INDEX_ERROR))) return index;
    exception_clear();
  }
  state->is_past = true;
  Value copy = list_copy(sequence);
  return copy ? bisect_once(copy, item, low, high, key, left) : -1;
}

static Value bisect_right(Value a, Value x, Value lo, Value hi, Value key) {
  ListState state;
  ptrdiff_t index = bisect(a, x, lo, hi, key, false, &state);
  return index < 0 ? NULL : int_from_int64(index);
}
static Value bisect_left(Value a, Value x, Value lo, Value hi, Value key) {
  ListState state;
  ptrdiff_t index = bisect(a, x, lo, hi, key, true, &state);
  return index < 0 ? NULL : int_from_int64(index);
}

static Value insort(Value a, Value x, Value lo, Value hi, Value key, bool left) {
  Value searched = key && key != VALUE_NONE ? value_call_1(key, x) : x;
  if (!searched) return NULL;
  for (int tries = 0;; tries++) {
    ListState state = {};
    ptrdiff_t index = bisect(a, searched, lo, hi, key, left, &state);
    if (index < 0) return NULL;
    if (!VALUE_IS_EXACT(a, LIST)) return value_call_method_2(a, "insert", int_from_int64(index), x) ? VALUE_NONE : NULL;
    if (!threads_started || state.is_past || tries == SEARCH_TRIES) return list_insert(a, index, x) ? VALUE_NONE : NULL;
    int done = list_insert_if(a, state.version, state.count, (size_t)index, x);
    if (done) return done > 0 ? VALUE_NONE : NULL;
  }
}
static Value insort_right(Value a, Value x, Value lo, Value hi, Value key) {
  return insort(a, x, lo, hi, key, false);
}
static Value insort_left(Value a, Value x, Value lo, Value hi, Value key) {
  return insort(a, x, lo, hi, key, true);
}

#define SIGNATURE "(a, x, lo=0, hi=None, *, key=None)"
static const NativeMethod bisect_functions[] = {
    NATIVE("bisect_right", bisect_right, SIGNATURE,
           "Return the index where to insert item x in list a, behind equals."),
    NATIVE("bisect_left", bisect_left, SIGNATURE, "Return the index where to insert item x in list a, before equals."),
    NATIVE("insort_right", insort_right, SIGNATURE, "Insert item x in list a, and keep it sorted, behind equals."),
    NATIVE("insort_left", insort_left, SIGNATURE, "Insert item x in list a, and keep it sorted, before equals."),
    {},
};
const NativeModule bisect_module = {.name = "_bisect", .doc = "Binary search.", .functions = bisect_functions};
