// The module _lsprof: the profiler behind cProfile. It counts calls and adds up times per function, and per caller and
// callee.
//
// The profiler is this thread's profile function (sys.setprofile), called by the interpreter at each call and return.
// Entries live in malloc memory, keyed by the code object or native function, which a root hook keeps alive.
//
// Threads: a profiler watches the thread that enabled it. Its tables are touched by that thread only; getstats() of a
// running profiler from another thread is not supported, as in CPython.
#include "runtime/heap/heap.h"
#include "runtime/module/sys.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/frame.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/object/struct_sequence.h"
#include "runtime/runtime.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

// What is known of one function, or of one callee under one caller.
typedef struct Entry {
  const void *key;      // Code, NativeMethod
  Value shown;          // code object, or str that names a native function
  int64_t total, inner; // clock units: with and without callees
  int64_t calls, recursive_calls;
  int depth;              // active calls right now
  struct Entry *next;     // in the bucket
  struct Entry **callees; // hash table, or NULL
  size_t callee_count, callee_capacity;
} Entry;

typedef struct Active {        // a call in progress
  Entry *entry, *callee_entry; // callee_entry: this function under its caller, or NULL
  int64_t start, children;
  struct Active *previous;
} Active;

typedef struct Profiler {
  Cell head;
  Value timer; // external timer, or zero
  // ---- end of values
  Entry **table;
  size_t count, capacity;
  Active *active;
  double unit; // seconds a tick of the external timer
  bool subcalls, builtins, enabled, failed;
} Profiler;

static struct {
  Class *profiler, *entry, *subentry;
} state;

static Profiler *as_profiler(Value value) {
  return (Profiler *)value_cell(value);
}

// ---- Tables ----

static size_t bucket_of(const void *key, size_t capacity) {
  return ((uintptr_t)key >> 4) * 0x9e3779b97f4a7c15u >> 20 & (capacity - 1);
}

static bool table_grow(Entry ***table, size_t *capacity) {
  size_t wider = *capacity ? *capacity * 2 : 16;
  Entry **grown = calloc(wider, sizeof *grown);
  if (!grown) return false;
  for (size_t i = 0; i < *capacity; i++) {
    for (Entry *entry = (*table)[i], *next; entry; entry = next) {
      next = entry->next;
      size_t at = bucket_of(entry->key, wider);
      entry->next = grown[at];
      grown[at] = entry;
    }
  }
  free(*table);
  *table = grown;
  *capacity = wider;
  return true;
}

// The entry for a key, made if it is new. NULL: out of memory.
static Entry *table_find(Entry ***table, size_t *count, size_t *capacity, const void *key, Value shown) {
  if (*capacity)
    for (Entry *entry = (*table)[bucket_of(key, *capacity)]; entry; entry = entry->next)
      if (entry->key == key) return entry;
  if (*count >= *capacity && !table_grow(table, capacity)) return NULL;
  Entry *entry = calloc(1, sizeof *entry);
  if (!entry) return NULL;
  entry->key = key;
  entry->shown = shown;
  size_t at = bucket_of(key, *capacity);
  entry->next = (*table)[at];
  (*table)[at] = entry;
  (*count)++;
  return entry;
}

static void table_free(Entry **table, size_t capacity) {
  for (size_t i = 0; i < capacity; i++) {
    for (Entry *entry = table[i], *next; entry; entry = next) {
      next = entry->next;
      table_free(entry->callees, entry->callee_capacity);
      free(entry);
    }
  }
  free(table);
}

static void profiler_forget(Profiler *profiler) {
  table_free(profiler->table, profiler->capacity);
  profiler->table = NULL;
  profiler->count = profiler->capacity = 0;
  for (Active *active = profiler->active, *previous; active; active = previous) {
    previous = active->previous;
    free(active);
  }
  profiler->active = NULL;
}

static void profiler_trace(Cell *cell, Tracer *tracer) {
  Profiler *profiler = (Profiler *)cell;
  for (size_t i = 0; i < profiler->capacity; i++)
    for (Entry *entry = profiler->table[i]; entry; entry = entry->next) trace_value(tracer, entry->shown);
}
static void profiler_release(Cell *cell) {
  profiler_forget((Profiler *)cell);
}
static const CellType profiler_cell_type = {
    .name = "Profiler", CELL_VALUES(Profiler, timer, timer), .trace = profiler_trace, .release = profiler_release};

// ---- Events ----

static int64_t profiler_now(Profiler *profiler) {
  if (!profiler->timer) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
  }
  Value now = value_call_0(profiler->timer);
  int64_t ticks = 0;
  double seconds;
  if (!now || !(profiler->unit > 0 ? value_as_int64(now, &ticks) : value_as_double(now, &seconds))) {
    exception_write_unraisable(profiler->timer, NULL);
    return 0;
  }
  return profiler->unit > 0 ? ticks : (int64_t)(seconds * 4294967296.0); // fractions of a second, fixed point
}
static double profiler_factor(const Profiler *profiler) {
  return !profiler->timer ? 1e-9 : profiler->unit > 0 ? profiler->unit : 1 / 4294967296.0;
}

static void enter(Profiler *profiler, const void *key, Value shown) {
  Entry *entry = table_find(&profiler->table, &profiler->count, &profiler->capacity, key, shown);
  Active *active = entry ? calloc(1, sizeof *active) : NULL;
  if (!active) {
    profiler->failed = true;
    return;
  }
  gc_remember(profiler);
  active->entry = entry;
  active->previous = profiler->active;
  if (profiler->subcalls && active->previous) {
    Entry *caller = active->previous->entry;
    active->callee_entry = table_find(&caller->callees, &caller->callee_count, &caller->callee_capacity, key, shown);
    if (active->callee_entry) active->callee_entry->depth++;
  }
  entry->depth++;
  profiler->active = active;
  active->start = profiler_now(profiler);
}

static void account(Entry *entry, int64_t total, int64_t inner) {
  entry->inner += inner;
  entry->calls++;
  if (--entry->depth == 0)
    entry->total += total; // an outer call of the same function has it in its own time
  else
    entry->recursive_calls++;
}

static void leave(Profiler *profiler, const void *key) {
  Active *active = profiler->active;
  if (!active || active->entry->key != key) return; // it was entered before the profiler was
  int64_t total = profiler_now(profiler) - active->start, inner = total - active->children;
  if (active->previous) active->previous->children += total;
  account(active->entry, total, inner);
  if (active->callee_entry) account(active->callee_entry, total, inner);
  profiler->active = active->previous;
  free(active);
}

// "<built-in method math.sqrt>" and the like; made once for each function.
static Value native_description(NativeObject *function) {
  Value self = function->self, name = str_from_c(function->method->name);
  if (!name) return NULL;
  if (self && !value_is_instance(self, BUILTIN(MODULE)) && function->owner)
    return str_format_c("<method '%U' of '%N' objects>", name, value_as_class(function->owner));
  if (function->module && value_is_str(function->module))
    return str_format_c("<built-in method %U.%U>", function->module, name);
  if (function->owner) return str_format_c("<method '%U' of '%N' objects>", name, value_as_class(function->owner));
  return str_format_c("<built-in method %U>", name);
}

// The profile function: callback(frame, event, argument).
static Value profiler_event(Value self, Value frame, Value event, Value argument) {
  Profiler *profiler = as_profiler(self);
  if (!value_is_str(event)) return VALUE_NONE;
  const char *name = str_utf8(event, NULL);
  if (strcmp(name, "call") == 0 || strcmp(name, "return") == 0) {
    Value code = ((FrameObject *)value_cell(frame))->code;
    if (name[0] == 'c')
      enter(profiler, value_cell(code), code);
    else
      leave(profiler, value_cell(code));
    return VALUE_NONE;
  }
  if (!profiler->builtins || !value_is_cell(argument)) return VALUE_NONE;
  bool native = VALUE_IS_EXACT(argument, BUILTIN_FUNCTION) || VALUE_IS_EXACT(argument, METHOD_DESCRIPTOR);
  if (!native) return VALUE_NONE;
  NativeObject *function = (NativeObject *)value_cell(argument);
  if (strcmp(name, "c_call") == 0) {
    size_t at = profiler->capacity ? bucket_of(function->method, profiler->capacity) : 0;
    Entry *known = profiler->capacity ? profiler->table[at] : NULL;
    while (known && known->key != function->method) known = known->next;
    Value shown = known ? known->shown : native_description(function);
    if (!shown) return NULL;
    enter(profiler, function->method, shown);
  } else {
    leave(profiler, function->method);
  }
  return VALUE_NONE;
}

// ---- Methods ----

static Value profiler_new(Value class, [[maybe_unused]] Value *arguments, [[maybe_unused]] size_t count,
                          [[maybe_unused]] Value names) {
  Profiler *profiler = class_allocate(value_as_class(class), 0);
  return profiler ? value_from_cell(profiler) : NULL;
}
static Value profiler_init(Value self, Value timer, Value unit, Value subcalls, Value builtins) {
  Profiler *profiler = as_profiler(self);
  double seconds = 0;
  int with_subcalls = subcalls ? value_truth(subcalls) : 1, with_builtins = builtins ? value_truth(builtins) : 1;
  if ((unit && !value_as_double(unit, &seconds)) || with_subcalls < 0 || with_builtins < 0) return NULL;
  gc_store(profiler, &profiler->timer, timer == VALUE_NONE ? NULL : timer);
  profiler->unit = seconds;
  profiler->subcalls = with_subcalls;
  profiler->builtins = with_builtins;
  return VALUE_NONE;
}

static const NativeMethod event_method =
    NATIVE("_event", profiler_event, "($self, frame, event, argument, /)", "The profile function.");

Value lsprof_shown(Value function) {
  if (!function || !VALUE_IS_EXACT(function, BUILTIN_FUNCTION)) return function;
  NativeObject *native = (NativeObject *)value_cell(function);
  return native->method == &event_method ? native->self : function;
}

static bool set_profile(Value function) {
  Value module = dict_get_c(runtime.modules, "sys");
  return module && value_call_method_1(module, "setprofile", function);
}
static Value profiler_enable(Value self, Value subcalls, Value builtins) {
  Profiler *profiler = as_profiler(self);
  int with_subcalls = subcalls ? value_truth(subcalls) : -2, with_builtins = builtins ? value_truth(builtins) : -2;
  if (with_subcalls == -1 || with_builtins == -1) return NULL;
  if (with_subcalls >= 0) profiler->subcalls = with_subcalls;
  if (with_builtins >= 0) profiler->builtins = with_builtins;
  profiler->enabled = true;
  Value method = native_descriptor_new(&event_method, state.profiler);
  Value callback = method ? native_bind((NativeObject *)value_cell(method), self) : NULL;
  return callback && set_profile(callback) ? VALUE_NONE : NULL;
}
static Value profiler_disable(Value self) {
  Profiler *profiler = as_profiler(self);
  if (!set_profile(VALUE_NONE)) return NULL;
  profiler->enabled = false;
  while (profiler->active) leave(profiler, profiler->active->entry->key); // calls still in progress end now
  if (!profiler->failed) return VALUE_NONE;
  profiler->failed = false;
  return raise_memory_error();
}
static Value profiler_clear(Value self) {
  profiler_forget(as_profiler(self));
  return VALUE_NONE;
}

static Value make_record(const Profiler *profiler, const Entry *entry, Class *class, Value callees) {
  double factor = profiler_factor(profiler);
  Value fields[6] = {entry->shown,
                     int_from_int64(entry->calls),
                     int_from_int64(entry->recursive_calls),
                     float_from_double((double)entry->total * factor),
                     float_from_double((double)entry->inner * factor),
                     callees};
  return struct_sequence_new(class, fields);
}

static Value profiler_getstats(Value self) {
  Profiler *profiler = as_profiler(self);
  Value list = list_new(NULL, 0);
  for (size_t i = 0; list && i < profiler->capacity; i++) {
    for (Entry *entry = profiler->table[i]; entry; entry = entry->next) {
      if (!entry->calls) continue;
      Value callees = VALUE_NONE;
      for (size_t k = 0; k < entry->callee_capacity; k++) {
        for (Entry *callee = entry->callees[k]; callee; callee = callee->next) {
          if (!callee->calls) continue;
          if (callees == VALUE_NONE && !(callees = list_new(NULL, 0))) return NULL;
          Value record = make_record(profiler, callee, state.subentry, NULL);
          if (!record || !list_append(callees, record)) return NULL;
        }
      }
      Value record = make_record(profiler, entry, state.entry, callees);
      if (!record || !list_append(list, record)) return NULL;
    }
  }
  return list;
}

static const NativeMethod profiler_methods[] = {
    NATIVE("__new__", profiler_new, NULL, "Create a profiler.", NATIVE_STATIC),
    NATIVE("__init__", profiler_init, "($self, /, timer=None, timeunit=0.0, subcalls=True, builtins=True)",
           "Set timer and what is counted."),
    NATIVE("enable", profiler_enable, "($self, /, subcalls=True, builtins=True)", "Start to collect."),
    NATIVE("disable", profiler_disable, "($self, /)", "Stop to collect."),
    NATIVE("clear", profiler_clear, "($self, /)", "Forget what was collected."),
    NATIVE("getstats", profiler_getstats, "($self, /)", "What was collected: a list of profiler_entry."),
    {}};
static const ClassDef profiler_class = {.name = "_lsprof.Profiler",
                                        .doc = "Counts calls and measures their times.",
                                        .cell_type = &profiler_cell_type,
                                        .instance_size = sizeof(Profiler),
                                        .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE,
                                        .methods = profiler_methods};

#define RECORD_FIELDS                                                                                                  \
  {"code", "code object or built-in function name"}, {"callcount", "how many times this was called"},                  \
      {"reccallcount", "how many times called recursively"}, {"totaltime", "total time in this entry"},                \
      {"inlinetime", "inline time in this entry (not in subcalls)"}
static const StructField entry_fields[] = {RECORD_FIELDS, {"calls", "details of the calls"}, {}};
static const StructField subentry_fields[] = {RECORD_FIELDS, {}};
static const StructSequenceDef entry_definition = {"_lsprof.profiler_entry", "What was collected of a function.",
                                                   entry_fields, 6, false};
static const StructSequenceDef subentry_definition = {"_lsprof.profiler_subentry", "What was collected of a callee.",
                                                      subentry_fields, 5, false};

static bool lsprof_initialize(Value module) {
  heap_add_root_range((Value *)&state, sizeof state / sizeof(Value));
  if (!module_add_class(module, &profiler_class, NULL, &state.profiler)) return false;
  state.entry = struct_sequence_class_new(&entry_definition);
  state.subentry = state.entry ? struct_sequence_class_new(&subentry_definition) : NULL;
  return state.subentry && module_add(module, "profiler_entry", value_from_cell(state.entry)) &&
         module_add(module, "profiler_subentry", value_from_cell(state.subentry));
}
static const NativeMethod no_functions[] = {{}};
const NativeModule lsprof_module = {.name = "_lsprof",
                                    .doc = "The profiler behind cProfile.",
                                    .functions = no_functions,
                                    .initialize = lsprof_initialize};
