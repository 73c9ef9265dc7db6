// The module _queue: SimpleQueue, an unbounded queue.
//
// Threads: the items stand in a deque, whose own lock makes append and pop one step each. `count` is a futex that says
// how many items there are; a getter takes one off it before it takes an item, so each item has one getter. put() never
// blocks and runs no Python code: it may be called from finalizers and signal handlers, also while the same thread is
// in get().
#include "runtime/heap/heap.h"
#include "runtime/module/_collections.h"
#include "runtime/module/system.h"
#include "runtime/module/waiting.h"
#include "runtime/object/dict.h"
#include "runtime/object/function.h"
#include "runtime/object/generic_alias.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

typedef struct SimpleQueue {
  Cell head;
  Value items; // Deque
  // ---- end of values
  _Atomic uint32_t count;
  _Atomic uint32_t waiters;
} SimpleQueue;
static const CellType queue_cell_type = {.name = "SimpleQueue", CELL_VALUES(SimpleQueue, items, items)};
static struct {
  Class *queue, *empty;
} state;
static SimpleQueue *as_queue(Value value) {
  return (SimpleQueue *)value_cell(value);
}

static Value queue_new(Value class) {
  Value items = deque_new_empty();
  SimpleQueue *queue = items ? class_allocate(value_as_class(class), 0) : NULL;
  if (!queue) return NULL;
  gc_init(queue, &queue->items, items);
  return value_from_cell(queue);
}

static Value queue_put(Value self, Value item, Value, Value) {
  SimpleQueue *queue = as_queue(self);
  if (!deque_put_last(queue->items, item)) return NULL;
  atomic_fetch_add(&queue->count, 1);
  if (atomic_load(&queue->waiters)) wait_wake_one(&queue->count);
  return VALUE_NONE;
}
static Value queue_put_nowait(Value self, Value item) {
  return queue_put(self, item, NULL, NULL);
}

// Takes the right to one item. False: there is none.
static bool claim(SimpleQueue *queue) {
  uint32_t count = atomic_load(&queue->count);
  while (count > 0)
    if (atomic_compare_exchange_weak(&queue->count, &count, count - 1)) return true;
  return false;
}
static Value raise_empty(void) {
  Value exception = value_call_0(value_from_cell(state.empty));
  return exception ? raise_object(exception) : NULL;
}

// What the arguments mean. False: exception.
static bool start_to_get(Lookout *lookout, NativeCaller caller, Value block_value, Value timeout_value, bool *block) {
  int truth = block_value ? value_truth(block_value) : 1;
  int64_t timeout = -1;
  if (truth < 0) return false;
  if (truth && timeout_value && timeout_value != VALUE_NONE) {
    if (!time_parse_nanoseconds(timeout_value, TIME_ROUND_CEILING, &timeout)) return false;
    if (timeout < 0) {
      raise_value_error("'timeout' must be a non-negative number");
      return false;
    }
  }
  *block = truth;
  *lookout = lookout_start(caller, time_deadline(timeout), false);
  return true;
}

static Value queue_get(Value self, Value block_value, Value timeout_value) {
  SimpleQueue *queue = as_queue(self);
  NativeCaller caller = native_caller((const void *)queue_get);
  Lookout lookout;
  bool block = true, looks;
  if (!lookout_goes_on(&lookout, caller, false) && !start_to_get(&lookout, caller, block_value, timeout_value, &block))
    return NULL;
  while (!claim(queue)) {
    int64_t now = time_monotonic();
    if (!block || time_left(now, lookout.deadline) == 0) return raise_empty();
    int64_t end = lookout_end(&lookout, now, &looks);
    atomic_fetch_add(&queue->waiters, 1);
    int error = wait_for_change(&queue->count, 0, end, lookout_is_direct(&lookout));
    atomic_fetch_sub(&queue->waiters, 1);
    if (error == ETIMEDOUT && looks && !lookout_look(&lookout)) return NULL;
    if (safepoint_wanted() && !safepoint_handle()) {
      if (atomic_load(&queue->waiters)) wait_wake_one(&queue->count); // put() may have woken this thread, and no other
      return NULL;
    }
  }
  return deque_take_first(queue->items); // there is one: claim() counted it
}
static Value queue_get_nowait(Value self) {
  return queue_get(self, VALUE_FALSE, NULL);
}
static Value queue_qsize(Value self) {
  return int_from_uint64(atomic_load(&as_queue(self)->count));
}
static Value queue_empty(Value self) {
  return value_from_bool(atomic_load(&as_queue(self)->count) == 0);
}

static const NativeMethod queue_methods[] = {
    NATIVE("__new__", queue_new, "($type, /)", "Simple, unbounded, reentrant FIFO queue.", NATIVE_STATIC),
    NATIVE("put", queue_put, "($self, /, item, block=True, timeout=None)", "Put the item on the queue; never blocks."),
    NATIVE("put_nowait", queue_put_nowait, "($self, /, item)", "Put the item on the queue."),
    NATIVE("get", queue_get, "($self, /, block=True, timeout=None)", "Remove and return an item from the queue.",
           NATIVE_WAITS),
    NATIVE("get_nowait", queue_get_nowait, "($self, /)", "An item that is there, or the exception Empty."),
    NATIVE("qsize", queue_qsize, "($self, /)", "How many items there are."),
    NATIVE("empty", queue_empty, "($self, /)", "Is there no item?"),
    NATIVE("__class_getitem__", generic_alias_new, "($type, object, /)", "See PEP 585.", NATIVE_CLASS),
    {}};
static const ClassDef queue_class = {.name = "_queue.SimpleQueue",
                                     .doc = "Simple, unbounded, reentrant FIFO queue.",
                                     .cell_type = &queue_cell_type,
                                     .instance_size = sizeof(SimpleQueue),
                                     .flags = CLASS_BASE_TYPE | CLASS_HAS_WEAKREF,
                                     .methods = queue_methods};

static bool queue_initialize(Value module) {
  heap_add_root_range((Value *)&state, sizeof state / sizeof(Value));
  Value collections_name = str_intern_c("_collections"); // for its deque
  if (!collections_name || !runtime_hooks.import_module(collections_name, VALUE_NONE, VALUE_NONE, tuple_empty, 0))
    return false;
  Value names = dict_new(), bases = tuple_of(1, value_from_cell(BUILTIN(EXCEPTION)));
  if (!names || !bases || !dict_set_c(names, "__module__", str_intern_c("_queue"))) return false;
  Value empty = class_create(BUILTIN(TYPE), str_intern_c("Empty"), bases, names, NULL, NULL);
  if (!empty) return false;
  state.empty = value_as_class(empty);
  return module_add(module, "Empty", empty) && module_add_class(module, &queue_class, NULL, &state.queue);
}
const NativeModule queue_module = {"_queue", "The C side of queue.", NULL, queue_initialize};
