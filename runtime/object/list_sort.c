// list.sort(): prepares the elements, chooses how to compare them, runs the merge sort of list_sort_merge.h.
//
// The sort works on a private copy of the items while the list is empty, so Python code that looks at the list during
// the sort finds it so; what it stores there is detected by the items word and gives a ValueError. With a key function
// the elements are pairs of key and item. If all keys are small ints, floats or strings, comparing them needs neither
// lookups nor checks.
//
// Where no Python code can run, nobody may find the list empty: once there are several threads such items are sorted
// in a copy, which takes their place if they are still the same (list_publish).

#include "runtime/object/container.h"
#include "runtime/object/float.h"
#include "runtime/object/list.h"
#include "runtime/object/order.h"
#include <string.h>

typedef struct Sort {
  int (*less)(Value a, Value b);
  ListItems *temporary; // elements of the run that is being merged; stale ones in between do no harm
  size_t minimum_gallop;
} Sort;
typedef struct SortRun {
  size_t start, length;
  unsigned power; // of the boundary before it
} SortRun;
typedef struct SortPair {
  Value key, item;
} SortPair;

enum { SORT_STACK = 66, GALLOP_WINS = 7, SORT_RUN_MAX = 64 };

static bool sort_reserve(Sort *s, size_t words) {
  if (s->temporary && s->temporary->capacity >= words) return true;
  ListItems *larger = list_items_allocate(words);
  if (!larger) return false;
  s->temporary = larger;
  return true;
}

// Between 32 and 64, so that the number of runs is a power of two or a little less.
static size_t sort_minimum_run(size_t count) {
  size_t odd = 0;
  while (count >= SORT_RUN_MAX) {
    odd |= count & 1;
    count >>= 1;
  }
  return count + odd;
}

// The depth of the boundary between two adjacent runs in an ideal binary tree over the array: the first bit in which
// the runs' middles, as fractions of `count`, differ.
static unsigned sort_power(const SortRun *left, size_t right_length, size_t count) {
  unsigned __int128 one = 1;
  uint64_t left_middle = (uint64_t)((one * (2 * left->start + left->length) << 63) / count);
  uint64_t right_middle = (uint64_t)((one * (2 * (left->start + left->length) + right_length) << 63) / count);
  return (unsigned)__builtin_clzll((left_middle ^ right_middle) | 1) + 1;
}

// Comparisons

static inline int less_ints(Value a, Value b) {
  return (int64_t)value_bits(a) < (int64_t)value_bits(b); // equal tags: the words are ordered as the numbers
}
static inline int less_floats(Value a, Value b) {
  return float_as_double(a) < float_as_double(b);
}

#define SORT(name)    sort_ints_##name
#define ELEMENT       Value
#define LESS(s, a, b) ((void)(s), less_ints(a, b))
#include "runtime/object/list_sort_merge.h"
#define SORT(name)    sort_floats_##name
#define ELEMENT       Value
#define LESS(s, a, b) ((void)(s), less_floats(a, b))
#include "runtime/object/list_sort_merge.h"
#define SORT(name)    sort_values_##name
#define ELEMENT       Value
#define LESS(s, a, b) (s)->less(a, b)
#include "runtime/object/list_sort_merge.h"
#define SORT(name)    sort_int_pairs_##name
#define ELEMENT       SortPair
#define LESS(s, a, b) ((void)(s), less_ints((a).key, (b).key))
#include "runtime/object/list_sort_merge.h"
#define SORT(name)    sort_pairs_##name
#define ELEMENT       SortPair
#define LESS(s, a, b) (s)->less((a).key, (b).key)
#include "runtime/object/list_sort_merge.h"

typedef enum KeyKind { KEYS_INT, KEYS_FLOAT, KEYS_STR, KEYS_TUPLE, KEYS_ANY } KeyKind;

static KeyKind key_kind(Value key) {
  if (value_is_small_int(key)) return KEYS_INT;
  if (value_is_exact_float(key)) return KEYS_FLOAT;
  if (VALUE_IS_EXACT(key, STR)) return KEYS_STR;
  return VALUE_IS_EXACT(key, TUPLE) ? KEYS_TUPLE : KEYS_ANY;
}

// What all keys are; `stride` words from one to the next.
static KeyKind keys_kind(const Value *keys, size_t count, size_t stride) {
  KeyKind kind = key_kind(keys[0]);
  for (size_t i = 1; i < count && kind != KEYS_ANY; i++)
    if (key_kind(keys[i * stride]) != kind) return KEYS_ANY;
  return kind;
}

static int less_floats_slow(Value a, Value b) {
  return less_floats(a, b);
}

static bool sort_array(Value *array, size_t count, bool pairs) {
  if (count < 2) return true;
  static int (*const comparisons[])(Value, Value) = {
      [KEYS_FLOAT] = less_floats_slow, [KEYS_STR] = strings_less, [KEYS_TUPLE] = tuples_less, [KEYS_ANY] = value_less};
  KeyKind kind = keys_kind(array, count, pairs ? 2 : 1);
  Sort sort = {.less = comparisons[kind], .minimum_gallop = GALLOP_WINS};
  if (pairs)
    return kind == KEYS_INT ? sort_int_pairs_run(&sort, (SortPair *)array, count)
                            : sort_pairs_run(&sort, (SortPair *)array, count);
  if (kind == KEYS_INT) return sort_ints_run(&sort, array, count);
  if (kind == KEYS_FLOAT) return sort_floats_run(&sort, array, count);
  return sort_values_run(&sort, array, count);
}

static void reverse_array(Value *array, size_t count) {
  for (size_t low = 0, high = count; low + 1 < high;) {
    Value item = array[low];
    array[low++] = array[--high];
    array[high] = item;
  }
}

// Sorts `count` items in place by key(item); false: exception, and the items are in some order.
static bool sort_by_key(ListItems *items, size_t count, Value key) {
  if (count > PTRDIFF_MAX / sizeof(SortPair)) return raise_memory_error();
  ListItems *cell = list_items_allocate(2 * count);
  if (!cell) return false;
  for (size_t i = 0; i < count; i++) {
    Value item_key = value_call_1(key, items->items[i]);
    if (!item_key) return false;
    gc_store(cell, &cell->items[2 * i], item_key);
    gc_store(cell, &cell->items[2 * i + 1], items->items[i]);
  }
  bool ok = sort_array(cell->items, count, true);
  for (size_t i = 0; i < count; i++) gc_store(items, &items->items[i], cell->items[2 * i + 1]);
  return ok;
}

// Sorts `items` by key(item), or by themselves. False: exception, and the items are in some order.
static bool sort_items(ListItems *items, size_t count, Value key, bool reverse) {
  // Reversing before and after keeps equal items in their order.
  if (reverse) reverse_array(items->items, count);
  bool ok = key ? sort_by_key(items, count, key) : sort_array(items->items, count, false);
  if (reverse) reverse_array(items->items, count);
  return ok;
}

enum { PLAIN_DEPTH = 4, PUBLISH_TRIES = 16 };

// Is comparing such values a matter of C alone?
static bool is_plain(Value value, int depth) {
  if (value_is_small_int(value) || value_is_exact_float(value) || VALUE_IS_EXACT(value, STR) ||
      VALUE_IS_EXACT(value, INT) || VALUE_IS_EXACT(value, BYTES) || value == VALUE_NONE)
    return true;
  if (!VALUE_IS_EXACT(value, TUPLE) || depth == 0) return false;
  for (size_t i = 0; i < tuple_count(value); i++)
    if (!is_plain(tuple_item(value, i), depth - 1)) return false;
  return true;
}

// Sorts plain items in one step, as other threads see it: 1. 0: not done, they are not plain or change all the time.
// -1: exception.
static int sort_at_once(Value list, bool reverse) {
  for (int tries = 0; tries < PUBLISH_TRIES; tries++) {
    Value before_value = list_to_tuple(list);
    if (!before_value) return -1;
    const Tuple *before = value_as_tuple(before_value);
    if (before->count < 2) return 1;
    for (size_t i = 0; i < before->count; i++)
      if (!is_plain(before->items[i], PLAIN_DEPTH)) return 0;
    ListItems *items = list_items_allocate(before->count);
    if (!items) return -1;
    gc_init_copy(items, items->items, before, before->items, before->count);
    bool ok = sort_items(items, before->count, NULL, reverse);
    if (list_publish(list, before, items)) return ok ? 1 : -1;
    if (!ok) return -1;
  }
  return 0;
}

bool list_sort(Value list_value, Value key, bool reverse) {
  List *list = value_as_list(list_value);
  if (key == VALUE_NONE) key = NULL;
  if (threads_started && !key) {
    int done = sort_at_once(list_value, reverse);
    if (done) return done > 0;
  }
  ListItems *placeholder = list_items_allocate(0); // known to this sort only
  if (!placeholder) return false;
  ListItems *items;
  size_t count;
  for (bool taken = false; !taken;) {
    count = list_count(list_value);
    if (count == 0) return true; // or another thread sorts it just now
    items = list_items_allocate(count);
    if (!items) return false;
    cell_lock(list);
    if ((taken = list->count == count)) {
      gc_init_copy(items, items->items, list_items(list), list_items(list)->items, count);
      list_set_count(list, 0);
      gc_store(list, &list->items, value_from_cell(placeholder));
    }
    cell_unlock(list);
  }
  bool ok = sort_items(items, count, key, reverse);
  gc_remember(items);
  cell_lock(list);
  bool modified = list_items(list) != placeholder || list->count != 0;
  list_move_begin(list);
  gc_store(list, &list->items, value_from_cell(items));
  list_set_count(list, count);
  list_move_end(list);
  cell_unlock(list);
  if (ok && modified) {
    raise_value_error("list modified during sort");
    return false;
  }
  return ok;
}
