// Bringing the runtime up: first everything that needs no Values (heap, class cells, shapes), then what needs only
// strings, tuples and dicts (namespaces), then the rest.
#include "runtime/runtime.h"

#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/class_internal.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/exception_group.h"
#include "runtime/object/generator.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/weakref.h"
#include "runtime/thread/thread.h"

#include <stdio.h>
#include <stdlib.h>

Runtime runtime = {.recursion_limit = 1000, .optimize = 0, .int_digit_limit = 4300};

static const ClassDef *const definitions[CLASS_COUNT] = {
#define BUILTIN_CLASS(ID, definition, base) &definition,
#include "runtime/object/classes.def"
};
static const ClassId bases[CLASS_COUNT] = {
#define BUILTIN_CLASS(ID, definition, base) CLASS_##base,
#include "runtime/object/classes.def"
};

static void require(bool succeeded) {
  if (succeeded) return;
  fputs("krait: out of memory at start\n", stderr);
  exit(1);
}

// Cells and shapes of all classes. The first cells are classes, whose shape belongs to the class `type` itself, which
// therefore has its shape before it has a cell.
static void make_class_cells(void) {
  heap_add_constant_range((Value *)(void *)builtin_classes, CLASS_COUNT);
  static Class unborn; // stands for `type` until its cell exists
  unborn.instance_shape = shape_create_root(&class_cell_type, NULL, 0, 0, 0);
  require(unborn.instance_shape != NULL);
  for (int i = 0; i < CLASS_COUNT; i++) require((builtin_classes[i] = class_new_cell(&unborn)) != NULL);
  unborn.instance_shape->class = BUILTIN(TYPE);
  for (int i = 0; i < CLASS_COUNT; i++) {
    Class *class = builtin_classes[i];
    if (i == CLASS_TYPE) {
      class->native = &type_class;
      class->flags = type_class.flags | CLASS_IMMUTABLE | CLASS_IS_TYPE;
      class->instance_size = sizeof(Class);
      class->instance_shape = unborn.instance_shape;
    } else {
      require(class_prepare_native(class, definitions[i], i == CLASS_OBJECT ? NULL : builtin_classes[bases[i]]));
    }
    builtin_shapes[i] = class->instance_shape;
  }
  shape_adopt_internal(BUILTIN(INTERNAL));
}

static void fill_classes(void) {
  special_names_start();
  for (int i = 0; i < CLASS_COUNT; i++)
    require(
        class_fill_native(builtin_classes[i], definitions[i], i == CLASS_OBJECT ? NULL : builtin_classes[bases[i]]));
}

// Called by the collector for a cell that has become unreachable and wants to know.
static void finalize(Value object) {
  Value method = value_special(object, SPECIAL_DEL);
  if (!method) return;
  Value pending = exception_pending() ? exception_take() : NULL;
  if (!special_call_1(method, object)) exception_write_unraisable(method, NULL);
  if (pending) exception_restore(pending);
}

// Native finalizers take none, but for those that go on with Python code: generators', those that say so, and a file's
// if it is a class of the program that closes it.
static bool finalizer_may_lock(Value object) {
  Value method = value_special(object, SPECIAL_DEL);
  if (!method) return false;
  if (!VALUE_IS_EXACT(method, SLOT_WRAPPER) || ((NativeObject *)value_cell(method))->method->flags & NATIVE_MAY_LOCK)
    return true;
  return value_is_generator(object) || value_class(object)->flags & CLASS_HEAP_TYPE;
}

void runtime_start(bool gc_stress) {
  heap_start(gc_stress);
  require(thread_attach() != NULL);
  runtime.hash_key = runtime.hash_seed_random ? hash_key_random() : hash_key_from_seed(runtime.hash_seed);
  make_class_cells();
  fill_classes();
  finalize_hook = finalize;
  finalize_may_lock_hook = finalizer_may_lock;
  weakrefs_start();
  require(exceptions_prepare());
  require(exception_group_prepare());
  bytes_prepare();
  bytearray_prepare();
  memoryview_prepare();
}

void runtime_finish(void) {
  runtime.finalizing = true;
  heap_finish();
}
