// The module gc: what programs may ask of the collector.
//
// Krait has two generations where CPython has three: 0 and 1 are the young one, 2 is everything. There are no reference
// counts, so collect() tells how many cells it freed, not only those in cycles, and nothing is ever uncollectable.
// Python code sees objects only: cells of hidden classes (list items, dict tables, overflow) count as part of the
// object that refers to them.
#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/thread/safepoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
  DEBUG_STATS = 1,
  DEBUG_COLLECTABLE = 2,
  DEBUG_UNCOLLECTABLE = 4,
  DEBUG_SAVEALL = 32,
  DEBUG_LEAK = DEBUG_COLLECTABLE | DEBUG_UNCOLLECTABLE | DEBUG_SAVEALL,
  GENERATIONS = 3,
};

static Value callbacks, garbage; // lists, created with the module
static int debug_flags;
static int thresholds[GENERATIONS] = {700, 10, 10};
static bool enabled = true; // by enable() and disable(); a first threshold of 0 has its own say
static int64_t frozen_count;
static _Atomic bool collecting;
static struct {
  uint64_t collections, collected;
} requested[GENERATIONS]; // by collect()

// ---- What is an object ----

static bool is_hidden(const Cell *cell) {
  const Class *class = cell_shape(cell)->class;
  return !class || class == BUILTIN(INTERNAL) || (class->flags & CLASS_GC_HIDDEN);
}

// Of a type whose instances cannot refer to anything.
static bool is_atomic(Value value) {
  if (!value_is_cell(value)) return true;
  Class *class = value_class(value);
  const ClassId atomic[] = {CLASS_INT,   CLASS_FLOAT,     CLASS_COMPLEX, CLASS_STR,
                            CLASS_BYTES, CLASS_BYTEARRAY, CLASS_RANGE,   CLASS_OBJECT};
  for (size_t i = 0; i < sizeof atomic / sizeof *atomic; i++)
    if (class == builtin_classes[atomic[i]]) return true;
  if (class->flags & CLASS_IS_TYPE) return !(((Class *)value_cell(value))->flags & CLASS_HEAP_TYPE);
  return value == tuple_empty;
}

// Calls `visit` for each object that `cell` refers to, directly or through hidden cells.
typedef struct Walk {
  void (*visit)(Value value, void *context);
  void *context;
  int depth;
} Walk;
static void walk_reference(Value value, void *context) {
  enum { DEPTH_LIMIT = 16 };
  Walk *walk = context;
  if (value == VALUE_DELETED || value == VALUE_STOP || value == VALUE_MISSING) return;
  if (!value_is_cell(value) || !is_hidden(value_cell(value))) {
    walk->visit(value, walk->context);
  } else if (walk->depth < DEPTH_LIMIT) {
    walk->depth++;
    heap_each_reference(value_cell(value), walk_reference, walk);
    walk->depth--;
  }
}
static void each_referent(Cell *cell, void (*visit)(Value value, void *context), void *context) {
  Walk walk = {.visit = visit, .context = context};
  heap_each_reference(cell, walk_reference, &walk);
}

static void note_container(Value value, void *context) {
  if (!is_atomic(value)) *(bool *)context = true;
}
// As CPython: a dict or tuple that holds only atoms needs no attention. With the world stopped.
static bool is_tracked(Value value) {
  if (is_atomic(value)) return false;
  if (value_class(value) != BUILTIN(DICT) && value_class(value) != BUILTIN(TUPLE)) return true;
  bool holds_container = false;
  each_referent(value_cell(value), note_container, &holds_container);
  return holds_container;
}

// ---- Lists of objects, gathered while the world stands still ----

// Nothing can be allocated meanwhile, so they first go into malloc memory, which a root range keeps alive.
typedef struct Gathering {
  Value *items;
  size_t count, capacity;
  bool failed;
  int generation;       // of the objects wanted, -1: all
  const Tuple *targets; // referents wanted
  bool found;
} Gathering;

static void gather(Gathering *gathering, Value value) {
  if (gathering->count == gathering->capacity) {
    size_t capacity = gathering->capacity ? 2 * gathering->capacity : 256;
    Value *items = realloc(gathering->items, capacity * sizeof *items);
    if (!items) {
      gathering->failed = true;
      return;
    }
    gathering->items = items;
    gathering->capacity = capacity;
  }
  gathering->items[gathering->count++] = value;
}
static void gather_value(Value value, void *context) {
  gather(context, value);
}

// With the world stopped: makes the items safe for what allocates afterwards.
static void gathering_root(Gathering *gathering) {
  if (gathering->items) heap_add_root_range(gathering->items, gathering->count);
}
static Value gathering_finish(Gathering *gathering) {
  Value list = gathering->failed ? raise_memory_error() : list_new(gathering->items, gathering->count);
  if (gathering->items) heap_remove_root_range(gathering->items);
  free(gathering->items);
  return list;
}

static void gather_object(Cell *cell, void *context) {
  Gathering *gathering = context;
  Value value = value_from_cell(cell);
  if (is_hidden(cell) || !is_tracked(value)) return;
  if (gathering->generation < 0 || gathering->generation == (cell_is_young(cell) ? 0 : GENERATIONS - 1))
    gather(gathering, value);
}

static size_t collect(int generation, bool direct) {
  return direct ? heap_collect_between(generation) : heap_collect(generation);
}

// What has died just now is not shown, as it is not where references are counted.
static Value gc_get_objects(Value generation) {
  bool direct = native_is_called_directly((const void *)gc_get_objects);
  Gathering gathering = {.generation = -1};
  if (generation && generation != VALUE_NONE) {
    Value number = value_index(generation);
    int64_t wanted;
    if (!number) return NULL;
    if (!int_fits_int64(number, &wanted) || wanted >= GENERATIONS)
      return raise_value_error("generation parameter must be less than the number of available generations (%d)",
                               GENERATIONS);
    if (wanted < 0) return raise_value_error("generation parameter cannot be negative");
    gathering.generation = (int)wanted;
  }
  if (gathering.generation < 0) collect(0, direct);
  world_stop();
  heap_each_cell(gather_object, &gathering);
  gathering_root(&gathering);
  world_start();
  return gathering_finish(&gathering);
}

static Value gc_get_referents(Value objects) {
  Gathering gathering = {};
  world_stop();
  for (size_t i = 0; i < tuple_count(objects); i++) {
    Value object = tuple_item(objects, i);
    if (!is_atomic(object)) each_referent(value_cell(object), gather_value, &gathering);
  }
  gathering_root(&gathering);
  world_start();
  return gathering_finish(&gathering);
}

static void note_target(Value value, void *context) {
  Gathering *gathering = context;
  for (size_t i = 0; i < gathering->targets->count; i++)
    if (gathering->targets->items[i] == value) gathering->found = true;
}
static void gather_referrer(Cell *cell, void *context) {
  Gathering *gathering = context;
  if (is_hidden(cell) || is_atomic(value_from_cell(cell)) || cell == (const Cell *)gathering->targets) return;
  gathering->found = false;
  each_referent(cell, note_target, gathering);
  if (gathering->found) gather(gathering, value_from_cell(cell));
}
static Value gc_get_referrers(Value objects) {
  Gathering gathering = {.targets = value_as_tuple(objects)};
  world_stop();
  heap_each_cell(gather_referrer, &gathering);
  gathering_root(&gathering);
  world_start();
  return gathering_finish(&gathering);
}

static void count_object(Cell *cell, void *context) {
  if (!is_hidden(cell) && !is_atomic(value_from_cell(cell))) ++*(int64_t *)context;
}
static int64_t count_objects(void) {
  int64_t count = 0;
  heap_each_cell(count_object, &count);
  return count;
}

// ---- Collecting ----

static void tell_callbacks(const char *phase, int generation, size_t collected) {
  for (size_t i = 0; i < list_count(callbacks); i++) {
    Value callback = list_item(callbacks, i), name = str_from_c(phase), information = dict_new();
    bool done =
        callback && name && information && dict_set_c(information, "generation", value_from_small_int(generation)) &&
        dict_set_c(information, "collected", value_from_small_int((int64_t)collected)) &&
        dict_set_c(information, "uncollectable", value_from_small_int(0)) && value_call_2(callback, name, information);
    if (!done) exception_write_unraisable(callback, NULL);
  }
}

// Moves what collections have saved into gc.garbage. False: an exception is pending.
static void gather_saved(Cell *cell, void *context) {
  if (!is_hidden(cell) && is_tracked(value_from_cell(cell))) gather(context, value_from_cell(cell));
}
static bool fill_garbage(void) {
  Gathering gathering = {};
  world_stop();
  heap_take_saved(gather_saved, &gathering);
  gathering_root(&gathering);
  world_start();
  Value list = gathering_finish(&gathering);
  return list && list_extend(garbage, list);
}

static Value gc_collect(Value generation) {
  bool direct = native_is_called_directly((const void *)gc_collect);
  int64_t wanted = GENERATIONS - 1;
  if (generation) {
    Value number = value_index(generation);
    if (!number) return NULL;
    if (!int_fits_int64(number, &wanted) || wanted < 0 || wanted >= GENERATIONS)
      return raise_value_error("invalid generation");
  }
  if (atomic_exchange(&collecting, true)) return value_from_small_int(0);
  tell_callbacks("start", (int)wanted, 0);
  if (debug_flags & DEBUG_STATS) {
    fprintf(stderr, "gc: collecting generation %d...\n", (int)wanted);
    fprintf(stderr, "gc: objects in permanent generation: %lld\n", (long long)frozen_count);
  }
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  size_t collected = collect((int)wanted, direct);
  clock_gettime(CLOCK_MONOTONIC, &end);
  if ((debug_flags & DEBUG_SAVEALL) && !fill_garbage()) exception_write_unraisable(garbage, NULL);
  if (debug_flags & DEBUG_STATS) {
    double elapsed = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) * 1e-9;
    fprintf(stderr, "gc: done, %zu unreachable, 0 uncollectable, %.4fs elapsed\n", collected, elapsed);
  }
  requested[wanted].collections++;
  requested[wanted].collected += collected;
  tell_callbacks("stop", (int)wanted, collected);
  atomic_store(&collecting, false);
  return value_from_small_int((int64_t)collected);
}

static void settings_apply(void) {
  heap_set_enabled(enabled && thresholds[0] != 0);
}
static Value gc_enable(void) {
  enabled = true;
  settings_apply();
  return VALUE_NONE;
}
static Value gc_disable(void) {
  enabled = false;
  settings_apply();
  return VALUE_NONE;
}
static Value gc_isenabled(void) {
  return value_from_bool(enabled);
}

// ---- Settings and figures ----

// An int argument of C's type int; false with an exception pending.
static bool int_argument(Value argument, int *result) {
  Value number = value_index(argument);
  int64_t wide;
  if (!number) return false;
  if (!int_fits_int64(number, &wide) || wide != (int)wide) {
    raise(CLASS_OVERFLOW_ERROR, "Python int too large to convert to C int");
    return false;
  }
  *result = (int)wide;
  return true;
}

// The first says whether there are automatic collections at all; when they happen, the heap decides.
static Value gc_set_threshold([[maybe_unused]] Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!arguments_check_none_by_keyword("set_threshold", keyword_names)) return NULL;
  if (!arguments_check_count("set_threshold", count, 1, GENERATIONS)) return NULL;
  for (size_t i = 0; i < count; i++)
    if (!int_argument(arguments[i], &thresholds[i])) return NULL;
  settings_apply();
  return VALUE_NONE;
}
static Value gc_get_threshold(void) {
  return tuple_of(GENERATIONS, value_from_small_int(thresholds[0]), value_from_small_int(thresholds[1]),
                  value_from_small_int(thresholds[2]));
}

// Estimates: objects allocated since the last collection, young collections since the last full one, always 0.
static Value gc_get_count(void) {
  enum { OBJECT_BYTES = 64 };
  HeapStatistics statistics;
  heap_statistics(&statistics);
  return tuple_of(GENERATIONS, int_from_uint64(statistics.allocated_since / OBJECT_BYTES),
                  int_from_uint64(statistics.young_since_full), value_from_small_int(0));
}

static Value generation_statistics(uint64_t collections, uint64_t collected) {
  Value dict = dict_new(), collections_value = int_from_uint64(collections),
        collected_value = int_from_uint64(collected);
  bool done = dict && collections_value && collected_value && dict_set_c(dict, "collections", collections_value) &&
              dict_set_c(dict, "collected", collected_value) &&
              dict_set_c(dict, "uncollectable", value_from_small_int(0));
  return done ? dict : NULL;
}
static Value gc_get_stats(void) {
  HeapStatistics statistics;
  heap_statistics(&statistics);
  uint64_t others = requested[1].collections;
  const uint64_t collections[GENERATIONS] = {statistics.young.count - others, others, statistics.full.count};
  Value list = list_new(NULL, 0);
  for (int i = 0; list && i < GENERATIONS; i++) {
    Value dict = generation_statistics(collections[i], requested[i].collected);
    if (!dict || !list_append(list, dict)) return NULL;
  }
  return list;
}

static Value gc_set_debug(Value flags) {
  if (!int_argument(flags, &debug_flags)) return NULL;
  heap_save_dead(debug_flags & DEBUG_SAVEALL);
  return VALUE_NONE;
}
static Value gc_get_debug(void) {
  return value_from_small_int(debug_flags);
}

static Value gc_is_tracked(Value object) {
  world_stop();
  bool tracked = is_tracked(object);
  world_start();
  return value_from_bool(tracked);
}
static Value gc_is_finalized(Value object) {
  return value_from_bool(value_is_cell(object) && cell_has_flag(value_cell(object), CELL_FINALIZED));
}

// Freezing spares CPython's children of a fork the copying of pages; here marks stand in the objects anyway.
static Value gc_freeze(void) {
  frozen_count = count_objects();
  return VALUE_NONE;
}
static Value gc_unfreeze(void) {
  frozen_count = 0;
  return VALUE_NONE;
}
static Value gc_get_freeze_count(void) {
  return int_from_int64(frozen_count);
}

static const NativeMethod gc_functions[] = {
    NATIVE("enable", gc_enable, "()", "Let collections happen by themselves."),
    NATIVE("disable", gc_disable, "()", "Collect only on request."),
    NATIVE("isenabled", gc_isenabled, "()", "Do collections happen by themselves?"),
    NATIVE("collect", gc_collect, "(generation=2)", "Collect now; tell how many cells were unreachable."),
    NATIVE("get_count", gc_get_count, "()",
           "Estimates of what was allocated and collected since the last collections."),
    NATIVE("set_threshold", gc_set_threshold, NULL, "Set the thresholds; a first one of 0 disables collections."),
    NATIVE("get_threshold", gc_get_threshold, "()", "The thresholds last set."),
    NATIVE("get_stats", gc_get_stats, "()", "A dict of figures for each generation."),
    NATIVE("get_objects", gc_get_objects, "(generation=None)", "All objects that can refer to others."),
    NATIVE("get_referents", gc_get_referents, "(*objs)", "What the objects refer to directly."),
    NATIVE("get_referrers", gc_get_referrers, "(*objs)", "The objects that refer directly to any of these."),
    NATIVE("is_tracked", gc_is_tracked, "(obj, /)", "Can the object be part of a reference cycle?"),
    NATIVE("is_finalized", gc_is_finalized, "(obj, /)", "Has the object's finalizer been called?"),
    NATIVE("freeze", gc_freeze, "()", "Note how many objects there are."),
    NATIVE("unfreeze", gc_unfreeze, "()", "Forget what freeze() noted."),
    NATIVE("get_freeze_count", gc_get_freeze_count, "()", "How many objects freeze() found."),
    NATIVE("set_debug", gc_set_debug, "(flags, /)", "Set the DEBUG_* flags."),
    NATIVE("get_debug", gc_get_debug, "()", "The DEBUG_* flags."),
    {}};

static bool gc_initialize(Value module) {
  if (!callbacks) {
    heap_add_root_range(&callbacks, 1);
    heap_add_root_range(&garbage, 1);
    callbacks = list_new(NULL, 0);
    garbage = list_new(NULL, 0);
  }
  return module_add(module, "callbacks", callbacks) && module_add(module, "garbage", garbage) &&
         module_add_int(module, "DEBUG_STATS", DEBUG_STATS) &&
         module_add_int(module, "DEBUG_COLLECTABLE", DEBUG_COLLECTABLE) &&
         module_add_int(module, "DEBUG_UNCOLLECTABLE", DEBUG_UNCOLLECTABLE) &&
         module_add_int(module, "DEBUG_SAVEALL", DEBUG_SAVEALL) && module_add_int(module, "DEBUG_LEAK", DEBUG_LEAK);
}

const NativeModule gc_module = {
    .name = "gc",
    .doc = "The garbage collector: when it runs, what it knows.",
    .functions = gc_functions,
    .initialize = gc_initialize,
};
