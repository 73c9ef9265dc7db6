// Special tables: for each special method what a class's MRO gives, so that operators find it with one load.
//
// An entry that is a native method of a class which the holder does not derive from (class A: __len__ = list.__len__)
// is replaced by a copy marked NATIVE_FOREIGN: operators call native entries directly, without checking the receiver,
// unless they are so marked.
#include "runtime/object/class_internal.h"

#include "runtime/object/native.h"
#include "runtime/object/str.h"

#include <string.h>

static const char *const special_texts[SPECIAL_COUNT] = {
#define BINARY_OPERATOR(NAME, symbol, method, reversed, in_place) #method, #reversed, #in_place,
#define COMPARISON(NAME, symbol, method, swapped)                 #method,
#define UNARY_OPERATOR(NAME, symbol, method)                      #method,
#include "runtime/object/operators.def"
#define SPECIAL(NAME, method, slot) #method,
#include "runtime/object/specials.def"
};

static const uint8_t special_slots[SPECIAL_COUNT] = {
#define BINARY_OPERATOR(NAME, symbol, method, reversed, in_place) 1, 1, 1,
#define COMPARISON(NAME, symbol, method, swapped)                 1,
#define UNARY_OPERATOR(NAME, symbol, method)                      1,
#include "runtime/object/operators.def"
#define SPECIAL(NAME, method, slot) slot,
#include "runtime/object/specials.def"
};

static Value special_names[SPECIAL_COUNT]; // roots
enum : size_t { INDEX_CAPACITY = 512 };
static uint8_t special_index[INDEX_CAPACITY]; // 1 + Special, by the name's address; 0: free
static_assert(SPECIAL_COUNT < 200);

static size_t index_place(Value name) {
  size_t i = (size_t)(value_bits(name) >> 4) * 0x9e3779b97f4a7c15u >> 40 & (INDEX_CAPACITY - 1);
  while (special_index[i] && special_names[special_index[i] - 1] != name) i = (i + 1) & (INDEX_CAPACITY - 1);
  return i;
}

void special_names_start(void) {
  for (size_t i = 0; i < SPECIAL_COUNT; i++) {
    name_make(&special_names[i], special_texts[i]);
    special_index[index_place(special_names[i])] = (uint8_t)(1 + i);
  }
}

Value special_name(Special special) {
  return special_names[special];
}

int special_of_name(Value name) {
  return special_index[index_place(name)] - 1;
}

bool special_is_slot(Special special) {
  return special_slots[special];
}

static bool is_native_method(Value value) {
  return VALUE_IS_EXACT(value, SLOT_WRAPPER) || VALUE_IS_EXACT(value, METHOD_DESCRIPTOR);
}

static void class_put_special(Class *class, Special special, Value value) {
  if (value && is_native_method(value)) {
    NativeObject *native = (NativeObject *)value_cell(value);
    if (!class_is_subclass(class, value_as_class(native->owner))) {
      NativeObject *copy = cell_alloc(cell_shape(&native->head), sizeof *copy);
      if (copy) {
        gc_init(copy, &copy->owner, native->owner);
        copy->method = native->method;
        copy->head.flags |= NATIVE_FOREIGN;
        value = value_from_cell(copy);
      } else {
        exception_clear();
        value = NULL;
      }
    }
  }
  gc_store(class, &class->special[special], value);
}

// Facts about the class that follow from one special method.
static void class_update_flags(Class *class, Special special) {
  uint32_t flags = class->flags;
  if (special == SPECIAL_DEL) flags = class->special[SPECIAL_DEL] ? flags | CLASS_HAS_DEL : flags & ~CLASS_HAS_DEL;
  if (special == SPECIAL_NEW && class->special[SPECIAL_NEW] != BUILTIN(OBJECT)->special[SPECIAL_NEW])
    flags |= CLASS_HAD_NEW;
  if (flags != class->flags) __atomic_store_n(&class->flags, flags, __ATOMIC_RELAXED); // others are reading them
  if (special == SPECIAL_NEXT && !(flags & CLASS_HEAP_TYPE)) {
    Value next = class->special[SPECIAL_NEXT];
    const NativeMethod *native =
        next && VALUE_IS_EXACT(next, SLOT_WRAPPER) ? ((NativeObject *)value_cell(next))->method : NULL;
    __atomic_store_n(&class->native_next, native && native->arity == NATIVE_1 ? native->function.f1 : NULL,
                     __ATOMIC_RELAXED);
  }
}

void class_update_special(Class *class, Special special) {
  class_put_special(class, special, class_lookup(class, special_names[special]));
  class_update_flags(class, special);
}

void class_update_all_specials(Class *class) {
  for (size_t i = 0; i < SPECIAL_COUNT; i++) class_update_special(class, (Special)i);
}

void class_inherit_specials(Class *class) {
  size_t bases = tuple_count(class->bases);
  for (size_t i = 0; i < SPECIAL_COUNT && bases; i++) {
    Value inherited = value_as_class(tuple_item(class->bases, 0))->special[i];
    bool agreed = true;
    for (size_t j = 1; j < bases; j++) agreed &= value_as_class(tuple_item(class->bases, j))->special[i] == inherited;
    if (agreed)
      gc_store(class, &class->special[i], inherited);
    else
      class_update_special(class, (Special)i);
  }
  size_t position = 0;
  Value name, value;
  while (dict_next(class->namespace_dict, &position, &name, &value)) {
    int special = value_is_str(name) && str_is_interned(name) ? special_of_name(name) : -1;
    if (special >= 0) class_put_special(class, (Special)special, value);
  }
  class_update_flags(class, SPECIAL_DEL);
  class_update_flags(class, SPECIAL_NEW);
  class_update_flags(class, SPECIAL_NEXT);
}
