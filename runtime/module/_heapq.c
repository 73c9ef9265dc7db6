// The module _heapq: binary heaps in lists.
//
// Comparisons run Python code, which may change the list: every item is read afresh and the size is checked after each
// comparison.

#include "runtime/object/container.h"

static Value raise_changed(void) {
  return raise(CLASS_RUNTIME_ERROR, "list changed size during iteration");
}

// `argument`: how the message calls it, "argument" if the function has no other.
static bool check_list(Value heap, const char *function, const char *argument) {
  if (value_is_list(heap)) return true;
  raise_type_error("%s() %s must be list, not %T", function, argument, heap);
  return false;
}

// Is item `a` to be nearer to the root than item `b`? In a max heap the larger one is. -1: exception.
static int goes_up(Value a, Value b, bool maximum) {
  return maximum ? value_compare_truth(COMPARE_LESS, b, a) : value_compare_truth(COMPARE_LESS, a, b);
}

// Moves the item at `position` towards the root (not beyond `start`) until its parent does not follow it.
static bool sift_down(Value heap, size_t start, size_t position, bool maximum) {
  size_t count = list_count(heap);
  if (position >= count) {
    raise(CLASS_INDEX_ERROR, "index out of range");
    return false;
  }
  while (position > start) {
    size_t parent = (position - 1) / 2;
    Value item = list_item(heap, position), above = list_item(heap, parent);
    if (!item || !above) return raise_changed();
    int up = goes_up(item, above, maximum);
    if (up < 0) return false;
    if (list_count(heap) != count) return raise_changed();
    if (!up) break;
    // What stands there now is exchanged: a comparison may have replaced items.
    item = list_item(heap, position);
    above = list_item(heap, parent);
    if (!item || !above) return raise_changed();
    list_set_item(heap, parent, item);
    list_set_item(heap, position, above);
    position = parent;
  }
  return true;
}

// Moves the hole at `position` down to a leaf along the children that go up, then the item up from there.
static bool sift_up(Value heap, size_t position, bool maximum) {
  size_t count = list_count(heap), start = position;
  if (position >= count) {
    raise(CLASS_INDEX_ERROR, "index out of range");
    return false;
  }
  while (position < count / 2) {
    size_t child = 2 * position + 1;
    if (child + 1 < count) {
      Value left = list_item(heap, child), right = list_item(heap, child + 1);
      if (!left || !right) return raise_changed();
      int first = goes_up(left, right, maximum);
      if (first < 0) return false;
      child += !first;
      if (list_count(heap) != count) return raise_changed();
    }
    Value item = list_item(heap, position), below = list_item(heap, child);
    if (!item || !below) return raise_changed();
    list_set_item(heap, position, below);
    list_set_item(heap, child, item);
    position = child;
  }
  return sift_down(heap, start, position, maximum);
}

static Value heap_push(Value heap, Value item) {
  if (!check_list(heap, "heappush", "argument 1") || !list_append(heap, item)) return NULL;
  return sift_down(heap, 0, list_count(heap) - 1, false) ? VALUE_NONE : NULL;
}

static Value heap_pop_by(Value heap, bool maximum) {
  if (!check_list(heap, maximum ? "_heappop_max" : "heappop", "argument")) return NULL;
  Value last = list_pop(heap);
  if (!last) return raise(CLASS_INDEX_ERROR, "index out of range");
  Value first = list_item(heap, 0);
  if (!first) return last;
  list_set_item(heap, 0, last);
  return sift_up(heap, 0, maximum) ? first : NULL;
}
static Value heap_pop(Value heap) {
  return heap_pop_by(heap, false);
}
static Value heap_pop_maximum(Value heap) {
  return heap_pop_by(heap, true);
}

static Value heap_replace_by(Value heap, Value item, bool maximum) {
  if (!check_list(heap, maximum ? "_heapreplace_max" : "heapreplace", "argument 1")) return NULL;
  Value first = list_item(heap, 0);
  if (!first) return raise(CLASS_INDEX_ERROR, "index out of range");
  list_set_item(heap, 0, item);
  return sift_up(heap, 0, maximum) ? first : NULL;
}
static Value heap_replace(Value heap, Value item) {
  return heap_replace_by(heap, item, false);
}
static Value heap_replace_maximum(Value heap, Value item) {
  return heap_replace_by(heap, item, true);
}

static Value heap_push_pop(Value heap, Value item) {
  if (!check_list(heap, "heappushpop", "argument 1")) return NULL;
  Value first = list_item(heap, 0);
  if (!first) return item;
  int smaller = value_compare_truth(COMPARE_LESS, first, item);
  if (smaller <= 0) return smaller < 0 ? NULL : item;
  if (!(first = list_item(heap, 0))) return raise(CLASS_INDEX_ERROR, "index out of range");
  list_set_item(heap, 0, item);
  return sift_up(heap, 0, false) ? first : NULL;
}

static Value heapify_by(Value heap, bool maximum) {
  if (!check_list(heap, maximum ? "_heapify_max" : "heapify", "argument")) return NULL;
  for (size_t i = list_count(heap) / 2; i-- > 0;) {
    if (!sift_up(heap, i, maximum)) return NULL;
    safepoint_poll();
  }
  return VALUE_NONE;
}
static Value heapify(Value heap) {
  return heapify_by(heap, false);
}
static Value heapify_maximum(Value heap) {
  return heapify_by(heap, true);
}

static const NativeMethod heapq_functions[] = {
    NATIVE("heappush", heap_push, "(heap, item, /)", "Push item onto heap, maintaining the heap invariant."),
    NATIVE("heappushpop", heap_push_pop, "(heap, item, /)", "Push an item, then pop and return the smallest."),
    NATIVE("heappop", heap_pop, "(heap, /)", "Pop the smallest item off the heap."),
    NATIVE("heapreplace", heap_replace, "(heap, item, /)", "Pop and return the smallest item, then push an item."),
    NATIVE("heapify", heapify, "(heap, /)", "Transform list into a heap, in-place, in O(len(heap)) time."),
    NATIVE("_heappop_max", heap_pop_maximum, "(heap, /)", "Maxheap variant of heappop."),
    NATIVE("_heapreplace_max", heap_replace_maximum, "(heap, item, /)", "Maxheap variant of heapreplace."),
    NATIVE("_heapify_max", heapify_maximum, "(heap, /)", "Maxheap variant of heapify."),
    {},
};
static bool heapq_initialize(Value module) {
  return module_add_str(module, "__about__", "Heaps are lists in which no item is larger than its children.");
}
const NativeModule heapq_module = {
    .name = "_heapq",
    .doc = "Binary heaps in lists.",
    .functions = heapq_functions,
    .initialize = heapq_initialize,
};
