// The module _heapq: binary heaps in lists.
//
// Comparisons run Python code, which may change the list: every item is read afresh and the size is checked after each
// comparison. Once there are several threads an operation is a transaction: it notes which items it read and what it
// wants to store, and does all of it in one step under the list's lock, or begins again if an item that it read is no
// longer there. So each operation is atomic, also where comparing runs Python code.

#include "runtime/object/container.h"
#include "runtime/object/list.h"
#include "runtime/object/order.h"

enum { NOTES_MAX = 4 * 64, TRANSACTION_TRIES = 1000 };

// An item that an operation has read or wants to store.
typedef struct Note {
  size_t index;
  Value read, stored; // zero: not
} Note;
typedef struct Heap {
  Value list;
  size_t count;    // items that belong to the heap, as this operation wants it
  bool maximum;    // the largest item is the first
  size_t original; // items in the list when the operation began
  size_t note_count;
  Note notes[NOTES_MAX]; // in a transaction; a heap has no more than 64 levels
} Heap;

static Value raise_changed(void) {
  return raise(CLASS_RUNTIME_ERROR, "list changed size during iteration");
}

// `argument`: how the message calls it, "argument" if the function has no other.
static bool check_list(Value heap, const char *function, const char *argument) {
  if (value_is_list(heap)) return true;
  raise_type_error("%s() %s must be list, not %T", function, argument, heap);
  return false;
}

static Note *find_note(Heap *heap, size_t index) {
  for (size_t i = heap->note_count; i-- > 0;)
    if (heap->notes[i].index == index) return &heap->notes[i];
  heap->notes[heap->note_count] = (Note){.index = index};
  return &heap->notes[heap->note_count++];
}

// Zero (no exception): the list has become shorter.
static Value get(Heap *heap, size_t index) {
  if (!threads_started) return list_item(heap->list, index);
  Note *note = find_note(heap, index);
  if (note->stored) return note->stored;
  if (!note->read) note->read = list_item(heap->list, index);
  return note->read;
}
static void put(Heap *heap, size_t index, Value item) {
  if (threads_started)
    find_note(heap, index)->stored = item;
  else
    list_set_item(heap->list, index, item);
}
// Exchanges what stands at two places now: a comparison may have replaced items. False: the list has become shorter.
static bool exchange(Heap *heap, size_t a, size_t b) {
  if (!threads_started) {
    const List *list = value_as_list(heap->list);
    if (a >= list->count || b >= list->count) return false;
    ListItems *items = list_items(list);
    Value former = items->items[a];
    gc_store(items, &items->items[a], items->items[b]);
    gc_store(items, &items->items[b], former);
    return true;
  }
  Value first = get(heap, a), second = get(heap, b);
  if (!first || !second) return false;
  put(heap, a, second);
  put(heap, b, first);
  return true;
}
static bool size_holds(const Heap *heap) {
  return threads_started || list_count(heap->list) == heap->count;
}

// Ends a transaction: false (no exception) if it must be begun again.
static bool commit(const Heap *heap) {
  bool grows = heap->count > heap->original;
  List *list = value_as_list(heap->list);
  if (!list_lock_with_room(list, grows)) return false;
  ListItems *items = list_items(list);
  bool holds = list->count == heap->original;
  for (size_t i = 0; holds && i < heap->note_count; i++)
    holds = !heap->notes[i].read || items->items[heap->notes[i].index] == heap->notes[i].read;
  if (holds) {
    list_move_begin(list);
    for (size_t i = 0; i < heap->note_count; i++) {
      const Note *note = &heap->notes[i];
      if (note->stored && note->index < heap->count) gc_store(items, &items->items[note->index], note->stored);
    }
    list_set_count(list, heap->count);
    if (heap->count < heap->original) gc_store(items, &items->items[heap->count], NULL);
    list_move_end(list);
  }
  cell_unlock(list);
  return holds;
}

// Is item `a` to be nearer to the root than item `b`? In a max heap the larger one is. -1: exception.
static int goes_up(Value a, Value b, bool maximum) {
  return maximum ? value_less(b, a) : value_less(a, b);
}

// Moves the item at `position` towards the root (not beyond `start`) until its parent does not follow it.
static bool sift_down(Heap *heap, size_t start, size_t position) {
  if (position >= heap->count) {
    raise(CLASS_INDEX_ERROR, "index out of range");
    return false;
  }
  while (position > start) {
    size_t parent = (position - 1) / 2;
    Value item = get(heap, position), above = get(heap, parent);
    if (!item || !above) return raise_changed();
    int up = goes_up(item, above, heap->maximum);
    if (up < 0) return false;
    if (!size_holds(heap)) return raise_changed();
    if (!up) break;
    if (!exchange(heap, position, parent)) return raise_changed();
    position = parent;
  }
  return true;
}

// Moves the hole at `position` down to a leaf along the children that go up, then the item up from there.
static bool sift_up(Heap *heap, size_t position) {
  size_t start = position, count = heap->count;
  if (position >= count) {
    raise(CLASS_INDEX_ERROR, "index out of range");
    return false;
  }
  while (position < count / 2) {
    size_t child = 2 * position + 1;
    if (child + 1 < count) {
      Value left = get(heap, child), right = get(heap, child + 1);
      if (!left || !right) return raise_changed();
      int first = goes_up(left, right, heap->maximum);
      if (first < 0) return false;
      child += !first;
      if (!size_holds(heap)) return raise_changed();
    }
    if (!exchange(heap, position, child)) return raise_changed();
    position = child;
  }
  return sift_down(heap, start, position);
}

// Operations: what they do to a heap; zero: exception pending. `item` may be zero.
typedef Value Operation(Heap *heap, Value item);

static Value push(Heap *heap, Value item) {
  heap->count++;
  if (threads_started)
    put(heap, heap->count - 1, item);
  else if (!list_append(heap->list, item))
    return NULL;
  return sift_down(heap, 0, heap->count - 1) ? VALUE_NONE : NULL;
}

static Value pop(Heap *heap, [[maybe_unused]] Value item) {
  if (heap->count == 0) return raise(CLASS_INDEX_ERROR, "index out of range");
  heap->count--;
  Value last = threads_started ? get(heap, heap->count) : list_pop(heap->list);
  if (!last) return raise_changed();
  if (heap->count == 0) return last;
  Value first = get(heap, 0);
  if (!first) return raise_changed();
  put(heap, 0, last);
  return sift_up(heap, 0) ? first : NULL;
}

static Value replace(Heap *heap, Value item) {
  Value first = heap->count ? get(heap, 0) : NULL;
  if (!first) return raise(CLASS_INDEX_ERROR, "index out of range");
  put(heap, 0, item);
  return sift_up(heap, 0) ? first : NULL;
}

static Value push_pop(Heap *heap, Value item) {
  Value first = heap->count ? get(heap, 0) : NULL;
  if (!first) return item;
  int smaller = value_less(first, item);
  if (smaller <= 0) return smaller < 0 ? NULL : item;
  if (!(first = get(heap, 0))) return raise(CLASS_INDEX_ERROR, "index out of range");
  put(heap, 0, item);
  return sift_up(heap, 0) ? first : NULL;
}

static void heap_open(Heap *heap, Value list, bool maximum) {
  heap->list = list;
  heap->count = heap->original = list_count(list);
  heap->maximum = maximum;
  heap->note_count = 0;
}

static Value operate(Operation *operation, Value list, Value item, bool maximum) {
  Heap heap;
  if (!threads_started) {
    heap_open(&heap, list, maximum);
    return operation(&heap, item);
  }
  for (int tries = 0; tries < TRANSACTION_TRIES; tries++) {
    heap_open(&heap, list, maximum);
    Value result = operation(&heap, item);
    // What was read may not have been a heap at any moment: then its failure means nothing.
    if (!result && !exception_clear_if(CLASS_RUNTIME_ERROR)) return NULL;
    if (result && commit(&heap)) return result;
    if (exception_pending()) return NULL;
  }
  return raise_changed();
}

static Value heapify_by(Value list, bool maximum) {
  if (!check_list(list, maximum ? "_heapify_max" : "heapify", "argument")) return NULL;
  for (int tries = 0; tries < TRANSACTION_TRIES; tries++) {
    // Of a private copy, if there are other threads.
    Value before = threads_started ? list_to_tuple(list) : NULL;
    if (threads_started && !before) return NULL;
    Value own = before ? list_new(value_as_tuple(before)->items, tuple_count(before)) : list;
    if (!own) return NULL;
    size_t count = list_count(own);
    for (size_t i = count / 2; i-- > 0;) {
      Heap heap;
      heap_open(&heap, own, maximum);
      if (!sift_up(&heap, i) || (before && !commit(&heap))) return NULL;
      safepoint_poll();
    }
    if (!before || count == 0 || list_publish(list, value_as_tuple(before), list_items(value_as_list(own))))
      return VALUE_NONE;
  }
  return raise_changed();
}

static Value heap_push(Value heap, Value item) {
  return check_list(heap, "heappush", "argument 1") ? operate(push, heap, item, false) : NULL;
}
static Value heap_pop(Value heap) {
  return check_list(heap, "heappop", "argument") ? operate(pop, heap, NULL, false) : NULL;
}
static Value heap_pop_maximum(Value heap) {
  return check_list(heap, "_heappop_max", "argument") ? operate(pop, heap, NULL, true) : NULL;
}
static Value heap_replace(Value heap, Value item) {
  return check_list(heap, "heapreplace", "argument 1") ? operate(replace, heap, item, false) : NULL;
}
static Value heap_replace_maximum(Value heap, Value item) {
  return check_list(heap, "_heapreplace_max", "argument 1") ? operate(replace, heap, item, true) : NULL;
}
static Value heap_push_pop(Value heap, Value item) {
  return check_list(heap, "heappushpop", "argument 1") ? operate(push_pop, heap, item, false) : NULL;
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
