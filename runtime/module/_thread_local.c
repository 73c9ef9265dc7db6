// threading.local: an object with a dict of attributes for each thread.
//
// A Local holds the dicts of all threads, keyed by the thread's serial number, which is never used again. So a dict
// lives as long as its Local, and cycles between the two are collected. When a thread ends, its dicts are taken out of
// all locals; to find them, the thread keeps weak references to the locals it has used (in its thread_dict).
//
// Threads: each looks only at its own dict, which nobody else sees; the dict of dicts has atomic operations.
#include "runtime/module/_thread_local.h"

#include "runtime/heap/heap.h"
#include "runtime/object/class.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/object/weakref.h"

typedef struct Local {
  Cell head;
  Value dicts;     // serial number of a thread: its attributes
  Value arguments; // what the class was called with: each thread's __init__ gets the same
  Value keywords;  // dict, or zero
} Local;
static const CellType local_cell_type = {.name = "local", CELL_VALUES(Local, dicts, keywords)};

static Local *as_local(Value value) {
  return (Local *)value_cell(value);
}
static Value thread_key(void) {
  return value_from_small_int((int64_t)thread_current()->serial);
}

enum { PRUNE_MIN = 64 };

// Notes that this thread uses `self`. References to locals that have died go whenever their number has doubled.
static bool note_use(Value self) {
  Thread *thread = thread_current();
  if (!thread->thread_dict && !(thread->thread_dict = dict_new())) return false;
  Value used = dict_get_c(thread->thread_dict, "_locals");
  if (!used && (!(used = list_new(NULL, 0)) || !dict_set_c(thread->thread_dict, "_locals", used))) return false;
  size_t count = list_count(used);
  if (count >= PRUNE_MIN && (count & (count - 1)) == 0) {
    Value living = list_new(NULL, 0);
    for (size_t i = 0; living && i < count; i++)
      if (weakref_target(list_item(used, i)) && !list_append(living, list_item(used, i))) return false;
    if (!living || !dict_set_c(thread->thread_dict, "_locals", living)) return false;
    used = living;
  }
  Value reference = weakref_new(self, NULL);
  return reference && list_append(used, reference);
}

void thread_local_end_thread(void) {
  Thread *thread = thread_current();
  Value used = thread->thread_dict ? dict_get_c(thread->thread_dict, "_locals") : NULL;
  for (size_t i = 0; used && i < list_count(used); i++) {
    Value local = weakref_target(list_item(used, i));
    if (local) dict_delete(as_local(local)->dicts, thread_key());
  }
}

static bool has_own_init(Class *class) {
  return class_special(class, SPECIAL_INIT) != class_special(BUILTIN(OBJECT), SPECIAL_INIT);
}

// A new dict for this thread.
static Value add_dict(Value self) {
  Value dict = dict_new();
  return dict && note_use(self) && dict_set(as_local(self)->dicts, thread_key(), dict) ? dict : NULL;
}

// This thread's attributes. The first time __init__ runs, if the class has its own.
static Value own_dict(Value self) {
  Local *local = as_local(self);
  Value dict = dict_get(local->dicts, thread_key());
  if (dict || !(dict = add_dict(self)) || !has_own_init(value_class(self))) return dict;
  Value init = value_get_attribute(self, NAME(__init__));
  if (init && value_call_tuple(init, local->arguments, local->keywords)) return dict;
  Value failure = exception_take();
  dict_delete(local->dicts, thread_key());
  exception_restore(failure);
  return NULL;
}

static Value local_create(Value class_value, Value *arguments, size_t count, Value keyword_names) {
  Class *class = value_as_class(class_value);
  size_t named = keyword_names ? tuple_count(keyword_names) : 0;
  if (count + named && !has_own_init(class)) return raise_type_error("Initialization arguments are not supported");
  Value positional = tuple_new(arguments, count), keywords = NULL, dicts = dict_new();
  if (!positional || !dicts || (named && !(keywords = dict_new()))) return NULL;
  for (size_t i = 0; i < named; i++)
    if (!dict_set(keywords, tuple_item(keyword_names, i), arguments[count + i])) return NULL;
  Local *local = class_allocate(class, 0);
  if (!local) return NULL;
  gc_init(local, &local->dicts, dicts);
  gc_init(local, &local->arguments, positional);
  if (keywords) gc_init(local, &local->keywords, keywords);
  Value self = value_from_cell(local);
  return add_dict(self) ? self : NULL; // calling the class runs __init__ for this thread
}

static bool check_name(Value *name) {
  if (!value_is_str(*name)) {
    raise_type_error("attribute name must be string, not '%.200T'", *name);
    return false;
  }
  return str_is_interned(*name) || (*name = str_intern(*name)) != NULL;
}

static Value local_get_attribute(Value self, Value name) {
  Value dict = check_name(&name) ? own_dict(self) : NULL;
  if (!dict || name == NAME(__dict__)) return dict;
  Class *class = value_class(self);
  Value on_class = class_lookup(class, name);
  if (on_class && descriptor_beats_instance(on_class)) return descriptor_get(on_class, self, class);
  Value own = dict_get_name(dict, name);
  if (own) return own;
  return on_class ? descriptor_get(on_class, self, class) : raise_attribute_error(self, name);
}

// `value` zero: deletes.
static Value store(Value self, Value name, Value value) {
  Value dict = check_name(&name) ? own_dict(self) : NULL;
  if (!dict) return NULL;
  if (name == NAME(__dict__))
    return raise(CLASS_ATTRIBUTE_ERROR, "'%.50T' object attribute '%U' is read-only", self, name);
  Value on_class = class_lookup(value_class(self), name);
  if (on_class && descriptor_is_data(on_class)) return descriptor_set(on_class, self, value) ? VALUE_NONE : NULL;
  if (value) return dict_set_name(dict, name, value) ? VALUE_NONE : NULL;
  int deleted = dict_delete(dict, name);
  return deleted > 0 ? VALUE_NONE : deleted < 0 ? NULL : raise_attribute_error(self, name);
}
static Value local_set_attribute(Value self, Value name, Value value) {
  return store(self, name, value);
}
static Value local_delete_attribute(Value self, Value name) {
  return store(self, name, NULL);
}

static const NativeMethod local_methods[] = {
    NATIVE("__new__", local_create, NULL, "Create a thread-local object.", NATIVE_STATIC),
    NATIVE("__getattribute__", local_get_attribute, "($self, name, /)", "Return getattr(self, name)."),
    NATIVE("__setattr__", local_set_attribute, "($self, name, value, /)", "Implement setattr(self, name, value)."),
    NATIVE("__delattr__", local_delete_attribute, "($self, name, /)", "Implement delattr(self, name)."),
    {}};
static const ClassDef local_class = {.name = "_thread._local",
                                     .doc = "Thread-local data",
                                     .cell_type = &local_cell_type,
                                     .instance_size = sizeof(Local),
                                     .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE | CLASS_HAS_WEAKREF,
                                     .methods = local_methods};

bool thread_local_add_class(Value module) {
  static Class *class;
  heap_add_root_range((Value *)(void *)&class, 1);
  return module_add_class(module, &local_class, NULL, &class);
}
