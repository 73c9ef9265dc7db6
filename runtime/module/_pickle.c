// The module _pickle: PickleBuffer, the exceptions, and what pickling (_pickle_save.c) and unpickling (_pickle_load.c)
// share.
//
// Threads: a Pickler or Unpickler belongs to the thread that is inside it; others get a RuntimeError.
#include "runtime/module/_pickle.h"
#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/function.h"
#include "runtime/object/memoryview.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

PickleState pickle_state;

// ---- PickleBuffer ----

typedef struct PickleBuffer {
  Cell head;
  Value object; // zero: released
} PickleBuffer;
static const CellType buffer_cell_type = {.name = "PickleBuffer", CELL_VALUES(PickleBuffer, object, object)};

Value pickle_buffer_object(Value buffer) {
  Value object = ((PickleBuffer *)value_cell(buffer))->object;
  return object ? object : raise_value_error("operation forbidden on released PickleBuffer object");
}
static bool buffer_lend(Value self, Buffer *buffer, int flags) {
  Value object = pickle_buffer_object(self);
  return object && buffer_acquire(object, buffer, flags);
}
static const BufferProtocol buffer_protocol = {.acquire = buffer_lend};

static Value buffer_new(Value class, Value object) {
  Buffer probe;
  if (!buffer_acquire(object, &probe, BUFFER_FULL)) return NULL;
  buffer_release(&probe);
  PickleBuffer *buffer = class_allocate(value_as_class(class), 0);
  if (!buffer) return NULL;
  gc_init(buffer, &buffer->object, object);
  return value_from_cell(buffer);
}
static Value buffer_raw(Value self) {
  Value object = pickle_buffer_object(self), view = object ? memoryview_new(object) : NULL;
  Value contiguous = view ? value_get_attribute_c(view, "contiguous") : NULL;
  if (!contiguous) return NULL;
  if (contiguous != VALUE_TRUE)
    return raise(CLASS_BUFFER_ERROR, "cannot extract raw buffer from non-contiguous buffer");
  return value_call_method_1(view, "cast", str_from_c("B"));
}
static Value buffer_forget(Value self) {
  PickleBuffer *buffer = (PickleBuffer *)value_cell(self);
  gc_store(buffer, &buffer->object, NULL);
  return VALUE_NONE;
}
static const NativeMethod buffer_methods[] = {
    NATIVE("__new__", buffer_new, "($type, object, /)", "A buffer to be pickled out of band.", NATIVE_STATIC),
    NATIVE("raw", buffer_raw, "($self, /)", "A view of the memory as bytes."),
    NATIVE("release", buffer_forget, "($self, /)", "Let go of the memory."),
    {}};
static const ClassDef buffer_class = {.name = "_pickle.PickleBuffer",
                                      .doc = "Memory that may be pickled out of band.",
                                      .cell_type = &buffer_cell_type,
                                      .instance_size = sizeof(PickleBuffer),
                                      .flags = CLASS_BASE_TYPE | CLASS_HAS_WEAKREF,
                                      .methods = buffer_methods};

// ---- Shared ----

Value pickle_get_dotted(Value object, Value name, Value *parent) {
  Value parts = value_call_method_1(name, "split", str_from_c("."));
  if (!parts) return NULL;
  for (size_t i = 0; i < list_count(parts); i++) {
    Value part = list_item(parts, i), found;
    if (str_equals_c(part, "<locals>"))
      return raise(CLASS_ATTRIBUTE_ERROR, "Can't get local attribute %R on %R", name, object);
    if (parent) *parent = object;
    int status = value_find_attribute(object, part, &found);
    if (status < 0) return NULL;
    if (status == 0) return raise(CLASS_ATTRIBUTE_ERROR, "Can't get attribute %R on %R", name, object);
    object = found;
  }
  return object;
}

Value pickle_import(Value name) {
  Value top = runtime_hooks.import_module(name, NULL, NULL, NULL, 0);
  Value module = top ? dict_get(runtime.modules, name) : NULL;
  if (top && !module && !exception_pending()) raise_key_error(name);
  return module;
}

bool pickle_find_hook(Value object, const char *name, Value *hook) {
  Value text = str_intern_c(name);
  *hook = NULL;
  return text && value_find_attribute(object, text, hook) >= 0;
}

bool pickle_set_hook(Value object, Value *slot, const char *name, Value value) {
  if (!value) return raise_type_error("attribute deletion is not supported");
  if (!value_is_callable(value)) return raise_type_error("%s must be a callable taking one argument", name);
  gc_store(value_cell(object), slot, value);
  return true;
}

bool pickle_enter(Thread *_Atomic *owner, bool *nested) {
  Thread *expected = NULL, *self = thread_current();
  *nested = atomic_load(owner) == self;
  if (*nested || atomic_compare_exchange_strong(owner, &expected, self)) return true;
  raise(CLASS_RUNTIME_ERROR, "already in use by another thread");
  return false;
}
void pickle_leave(Thread *_Atomic *owner, bool nested) {
  if (!nested) atomic_store(owner, NULL);
}

// ---- Module ----

static const NativeMethod pickle_functions[] = {
    NATIVE("dump", pickle_dump, "(obj, file, protocol=None, *, fix_imports=True, buffer_callback=None)",
           "Write an object to a file."),
    NATIVE("dumps", pickle_dumps, "(obj, protocol=None, *, fix_imports=True, buffer_callback=None)",
           "An object as bytes."),
    NATIVE("load", pickle_load, "(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())",
           "Read an object from a file."),
    NATIVE("loads", pickle_loads, "(data, /, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())",
           "The object in bytes."),
    {}};

static bool add_error(Value module, const char *name, Class *base, Class **slot) {
  Value names = dict_new(), bases = tuple_of(1, value_from_cell(base));
  if (!names || !bases || !dict_set_c(names, "__module__", str_intern_c("_pickle"))) return false;
  Value class = class_create(BUILTIN(TYPE), str_intern_c(name), bases, names, NULL, NULL);
  if (!class) return false;
  *slot = value_as_class(class);
  return module_add(module, name, class);
}

static bool take(const char *module_name, const char *const *names, Value *const *slots, size_t count) {
  Value name = str_intern_c(module_name), module = name ? pickle_import(name) : NULL;
  for (size_t i = 0; module && i < count; i++)
    if (!(*slots[i] = value_get_attribute_c(module, names[i]))) return false;
  return module != NULL;
}

static bool pickle_initialize(Value module) {
  PickleState *s = &pickle_state;
  heap_add_root_range((Value *)s, sizeof *s / sizeof(Value));
  return take("copyreg",
              (const char *const[]){"dispatch_table", "_extension_registry", "_inverted_registry", "_extension_cache"},
              (Value *const[]){&s->dispatch_table, &s->extension_registry, &s->inverted_registry, &s->extension_cache},
              4) &&
         take("_compat_pickle",
              (const char *const[]){"NAME_MAPPING", "IMPORT_MAPPING", "REVERSE_NAME_MAPPING", "REVERSE_IMPORT_MAPPING"},
              (Value *const[]){&s->name_mapping, &s->import_mapping, &s->reverse_name_mapping,
                               &s->reverse_import_mapping},
              4) &&
         take("codecs", (const char *const[]){"encode"}, (Value *const[]){&s->codecs_encode}, 1) &&
         take("functools", (const char *const[]){"partial"}, (Value *const[]){&s->partial}, 1) &&
         take("builtins", (const char *const[]){"getattr"}, (Value *const[]){&s->getattr}, 1) &&
         add_error(module, "PickleError", BUILTIN(EXCEPTION), &s->pickle_error) &&
         add_error(module, "PicklingError", s->pickle_error, &s->pickling_error) &&
         add_error(module, "UnpicklingError", s->pickle_error, &s->unpickling_error) &&
         module_add_class(module, &buffer_class, NULL, &s->buffer) &&
         (buffer_register(s->buffer, &buffer_protocol), true) && pickle_memo_classes_create() &&
         pickler_classes_add(module) && unpickler_classes_add(module);
}
const NativeModule pickle_module = {"_pickle", "Serialization of objects, the fast way.", pickle_functions,
                                    pickle_initialize};
