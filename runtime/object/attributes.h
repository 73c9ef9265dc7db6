// Attributes of objects: where they are stored, and lookup results, the immutable records that inline caches and
// compiled code trust.
//
// resolve_attribute(shape, name) says once and for all what `object.name` means for every object of that shape, as long
// as the result is valid: which slot, or which descriptor found in which class. Results are interned by (shape, name),
// so all caches share them. A change to a class in the MRO clears `valid`; a reader checks shape, then valid, then acts
// on the record it loaded and nothing else.
#pragma once

#include "runtime/object/class.h"
#include "runtime/object/shape.h"
#include <stdatomic.h>

typedef enum LookupKind : uint8_t {
  LOOKUP_GENERIC,           // take the slow path (custom __getattribute__, attributes in a Dict ...)
  LOOKUP_SLOT,              // attribute slot of the instance; nothing on the class gets in the way
  LOOKUP_MEMBER,            // __slots__ member or native member: field at byte `slot`
  LOOKUP_METHOD,            // function or method descriptor on the class: binds to the object
  LOOKUP_PLAIN,             // plain value on the class: itself
  LOOKUP_PROPERTY,          // property: call `value`'s getter (setter for stores)
  LOOKUP_NATIVE_PROPERTY,   // NativeProperty: call the C getter
  LOOKUP_CLASSMETHOD,       // `value` is the wrapped function: binds it to the object's class
  LOOKUP_STATICMETHOD,      // `value` is the wrapped callable itself
  LOOKUP_DATA_DESCRIPTOR,   // other: call type(value).__get__
  LOOKUP_DESCRIPTOR,        // other non-data descriptor, and no instance slot in this shape
  LOOKUP_GETATTR,           // nothing found, the class has __getattr__: `value`
  LOOKUP_MISSING,           // nothing found: AttributeError
  LOOKUP_SETATTR,           // stores only: the class has a __setattr__ of its own: `value`
  LOOKUP_ADD_SLOT,          // stores only: moves the object from `shape` to `next_shape`, new slot `slot`
  LOOKUP_CLASS_PLAIN,       // the object is a class: value found in its own MRO that needs no binding
  LOOKUP_CLASS_FUNCTION,    // the object is a class: function in its own MRO, unbound
  LOOKUP_CLASS_CLASSMETHOD, // the object is a class: `value` is a function, binds it to the object
  LOOKUP_GLOBAL, // a module's attribute, or a plain one of a class that keeps changing: `value` is the GlobalCell
} LookupKind;

// What is done with the attribute.
typedef enum LookupAccess : uint8_t {
  ACCESS_LOAD,
  ACCESS_STORE,
  ACCESS_OBJECT_STORE, // as object.__setattr__ does, whatever __setattr__ the class has
  ACCESS_DICT_STORE,   // into __dict__, whatever the class has
  ACCESS_SUPER,        // loaded through super(): `receiver` is the class behind which the search begins
} LookupAccess;

typedef struct LookupResult {
  Cell head;
  Value name;
  Value value;    // what was found on the class, or the GlobalCell; zero if nothing
  Value owner;    // the class whose namespace it was found in
  Value receiver; // a class or a module: the very object this result is for (shape alone does not identify it)
  // ---- end of values
  Shape *shape;
  Shape *next_shape;
  LookupKind kind;
  LookupAccess access;
  uint32_t slot;          // slot number (LOOKUP_SLOT, ADD_SLOT), byte offset (MEMBER)
  _Atomic uint32_t valid; // 1, or 0 for ever
} LookupResult;

// Never NULL but for MemoryError. May collect; runs no Python code.
LookupResult *resolve_attribute(Value object, Value name);
LookupResult *resolve_attribute_store(Value object, Value name);
// The same for any object of the shape; `name` is interned. NULL without exception: the shape is that of classes or
// modules, of which each has attributes of its own.
LookupResult *resolve_attribute_by_shape(const Shape *shape, Value name, LookupAccess access);
// What super(start, object) finds for any object of the shape: LOOKUP_METHOD or LOOKUP_GENERIC.
LookupResult *resolve_super_by_shape(const Shape *shape, Class *start, Value name);
// The results that were found last, for loads from instances, each where the hash of its shape and name says. An
// instruction that meets many shapes finds them here with half the loads that the classes' tables take. Collections
// empty it.
enum : size_t { RECENT_RESULTS = 1024 };
extern LookupResult *recent_results[RECENT_RESULTS];
static inline LookupResult **recent_result_place(const Shape *shape, Value name) {
  uint32_t key = ((uint32_t)(uintptr_t)shape + (uint32_t)(value_bits(name) >> 4)) * 0x9e3779b1u;
  return &recent_results[key / (UINT32_MAX / RECENT_RESULTS + 1)];
}
// NULL: it is not there, which says nothing.
static inline LookupResult *recent_result(const Shape *shape, Value name) {
  LookupResult *result = __atomic_load_n(recent_result_place(shape, name), __ATOMIC_ACQUIRE);
  return result && result->shape == shape && result->name == name ? result : NULL;
}
static inline bool lookup_is_valid(const LookupResult *result) {
  return atomic_load_explicit(&result->valid, memory_order_acquire) != 0;
}

// Slots. The object's shape must be the one that `slot` belongs to. Reading is lock-free; zero: take the slow path.
typedef struct Overflow {
  Cell head;
  Value dict; // the live view that __dict__ gave out, or zero
  size_t capacity;
  Value slots[];
} Overflow;
Value *attributes_extra(Value object, const Shape *shape);                      // address of the `extra` word
Value attribute_load_overflow(Value object, const Shape *shape, uint32_t slot); // of a slot that is not inline
static inline Value attribute_load_slot(Value object, const Shape *shape, uint32_t slot) {
  if (__builtin_expect(slot < shape->inline_capacity, 1))
    return __atomic_load_n(cell_word(object, shape->attributes_offset + sizeof(Value)) + slot, __ATOMIC_ACQUIRE);
  return attribute_load_overflow(object, shape, slot);
}
// Replaces an existing attribute; false: the shape has changed meanwhile, start over.
bool attribute_store_slot(Value object, const Shape *shape, uint32_t slot, Value value);
// Adds an attribute by moving to next_shape. False: start over; exception pending only for MemoryError.
bool attribute_add_slot(Value object, const LookupResult *result, Value value);

// The instance's own attributes as a mapping, whatever the storage (used by Dict's instance strategy,
// object.__getattribute__, copying).
Value instance_get(Value object, Value name);             // zero: missing
bool instance_set(Value object, Value name, Value value); // no descriptors; false: exception
int instance_delete(Value object, Value name);            // 1, 0 missing, -1
// The same for what a program asks by name: compares with keys that are not str, if there are any. They may run Python
// code, and raise.
Value instance_find(Value object, Value name); // zero: missing, or an exception
bool instance_put(Value object, Value name, Value value);
size_t instance_count(Value object);
bool instance_next(Value object, size_t *position, Value *name, Value *value); // insertion order
bool instance_set_dict(Value object, Value dict);                              // o.__dict__ = dict
// Gives the object another class, which class_same_layout() has found to fit. False: MemoryError.
bool instance_set_class(Value object, Class *class);
// Moves the attributes into a Dict for good (a key that is not a str was stored, one was deleted, there are too many).
// The live view, if there is one, becomes that Dict: it loses DICT_INSTANCE. False: MemoryError.
bool instance_make_external(Value object);
// The object's __dict__, the live view or its Dict, made if need be. The object must have attributes. Zero:
// MemoryError.
Value instance_live_dict(Value object);
// The object's __dict__ if it exists already, else zero. Never fails.
Value instance_existing_dict(Value object);
// object.__getattribute__ as a native method.
Value object_getattribute_method(Value self, Value name);
