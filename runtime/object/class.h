// Classes: the cells that `type` makes, the table of built-in ones, and method resolution.
//
// A class owns a namespace (Dict), its MRO, the root shape of its instances, and for each special method (specials.def,
// operators.def) what its MRO gives. Any change to a namespace or to bases updates those tables for the class and its
// subclasses and clears the validity word of every lookup result that went through it (attributes.h) before the change
// can be relied on.
#pragma once

#include "runtime/heap/heap.h"
#include "runtime/object/native.h"
#include "runtime/object/shape.h"

typedef enum Special : uint8_t {
#define BINARY_OPERATOR(NAME, symbol, method, reversed, in_place) SPECIAL_##NAME, SPECIAL_R##NAME, SPECIAL_I##NAME,
#define COMPARISON(NAME, symbol, method, swapped)                 SPECIAL_##NAME,
#define UNARY_OPERATOR(NAME, symbol, method)                      SPECIAL_##NAME,
#include "runtime/object/operators.def"
#define SPECIAL(NAME, method, slot) SPECIAL_##NAME,
#include "runtime/object/specials.def"
  SPECIAL_COUNT
} Special;

// Class.flags
enum : uint32_t {
  CLASS_BASE_TYPE = 1 << 0,        // may be subclassed
  CLASS_VARIABLE_SIZE = 1 << 1,    // cells of this class differ in size (their `extra` is at the tail)
  CLASS_HEAP_TYPE = 1 << 2,        // made by a class statement or type(): attributes may be set
  CLASS_IMMUTABLE = 1 << 3,        // "cannot set 'x' attribute of immutable type"
  CLASS_ABSTRACT = 1 << 4,         // has abstract methods
  CLASS_HAS_DICT = 1 << 5,         // instances have a __dict__
  CLASS_HAS_WEAKREF = 1 << 6,      // instances can be weakly referenced
  CLASS_HAS_DEL = 1 << 7,          // instances are finalizable
  CLASS_NO_NEW = 1 << 8,           // "cannot create 'x' instances"
  CLASS_SEQUENCE = 1 << 9,         // matches sequence patterns
  CLASS_MAPPING = 1 << 10,         // matches mapping patterns
  CLASS_MATCH_SELF = 1 << 11,      // a class pattern with one positional argument matches the whole object
  CLASS_BINDS_AS_METHOD = 1 << 12, // instances bind as methods do (LOAD_METHOD may skip the bound method)
  CLASS_GC_HIDDEN = 1 << 13,       // not shown by gc.get_objects
  CLASS_UNHASHABLE = 1 << 14,      // the namespace gets __hash__ = None (list, dict, set, bytearray ...)
  CLASS_EXTERNAL_DICT = 1 << 15,   // with CLASS_HAS_DICT: instances keep attributes in a Dict, never in slots, so that
                                   // they keep their shape (functions, modules)
  CLASS_HAD_NEW = 1 << 16, // it or a base once had a __new__: without one, no arguments are taken, as in CPython
  // Subclass of ..., inherited, so that value_is_list() and the like are one load and test
  CLASS_IS_TYPE = 1u << 20,
  CLASS_IS_INT = 1u << 21,
  CLASS_IS_FLOAT = 1u << 22,
  CLASS_IS_COMPLEX = 1u << 23,
  CLASS_IS_STR = 1u << 24,
  CLASS_IS_BYTES = 1u << 25,
  CLASS_IS_TUPLE = 1u << 26,
  CLASS_IS_LIST = 1u << 27,
  CLASS_IS_DICT = 1u << 28,
  CLASS_IS_SET = 1u << 29,
  CLASS_IS_EXCEPTION = 1u << 30,
  CLASS_IS_BYTEARRAY = 1u << 31,
};

struct Class {
  Cell head;
  Value name;                   // str
  Value qualified_name;         // str
  Value bases;                  // tuple
  Value mro;                    // tuple, or zero while type.mro() runs
  Value namespace_dict;         // Dict
  Value base;                   // the base whose layout this class extends; zero for object
  Value slot_names;             // tuple of mangled __slots__ names of this class alone, or zero
  Value module;                 // for native classes: "module" part of the dotted name
  Value special[SPECIAL_COUNT]; // what the MRO gives, unbound; zero: nothing
  Value method_cache;           // cell: name -> what the MRO gives (object/class_lookup.c)
  Value results;                // cell: the lookup results of instances and of the class itself (object/resolve.c)
  Value attribute_names;        // cell: the names that shapes of this class use, kept alive (class_keep_name)
  Value rewritten_names;        // cell: names in the namespace whose plain value was replaced once, or zero
  Value volatile_names;         // cell: those replaced more often: kept in GlobalCells (class_replace_plain)
  // ---- end of values
  Shape *instance_shape;  // root shape of new instances (changes when instances need more inline slots)
  Shape *external_shape;  // shape of instances whose attributes stand in a Dict (attributes.h); NULL: none yet
  const ClassDef *native; // description of the nearest native class along `base`
  uint32_t flags;
  _Atomic uint32_t version; // changes when anything that lookups through this class rely on changes
  uint32_t instance_size;   // bytes of an instance without `extra` and slots; variable-size types: without items
  uint32_t subclass_count, subclass_capacity;
  Class **subclasses;     // direct subclasses, malloc'ed; the collector's weak hook drops dead ones
  Class *previous, *next; // registry of all classes
  // Fast path of calling the class: what type.__call__ would do, when neither is overridden; `raw`, with the class as
  // self. From the ClassDef. Zero: none.
  NativeFunction construct;
  // The C function behind __next__ of a native class, whose special methods do not change. NULL: there is none.
  Value (*native_next)(Value self);
  _Atomic bool is_trusted; // compiled code relies on its version or special methods (trust_broken)
};

// A native attribute computed by C functions (CPython's getset_descriptor).
typedef struct NativeProperty {
  const char *name;
  Value (*get)(Value self);
  bool (*set)(Value self, Value value); // value zero: delete. NULL: read-only. False: an exception is pending
  const char *doc;
} NativeProperty;

// A native attribute that is a field (CPython's member_descriptor).
typedef enum MemberKind : uint8_t {
  MEMBER_VALUE,
  MEMBER_VALUE_OR_NONE,
  MEMBER_INT32,
  MEMBER_INT64,
  MEMBER_SIZE,
  MEMBER_BOOL,
  MEMBER_DOUBLE
} MemberKind;
typedef struct NativeMember {
  const char *name;
  MemberKind kind; // MEMBER_VALUE: AttributeError while zero; MEMBER_VALUE_OR_NONE: None while zero
  bool writable;
  uint16_t offset;
  const char *doc;
} NativeMember;

// Declares a native class. Static and constant. With CLASS_HAS_DICT the instance gets one more word (`extra`, shape.h)
// behind `instance_size`: allocate with class_allocate. A class without __new__ inherits its base's (so object's),
// unless CLASS_NO_NEW.
struct ClassDef {
  const char *name; // "list", or with its module: "collections.deque"
  const char *doc;
  const CellType *cell_type; // NULL: the base's
  uint32_t instance_size;    // 0: the base's
  uint32_t flags;
  const NativeMethod *methods; // ends with {}
  const NativeProperty *properties;
  const NativeMember *members;
  // Calling the class itself (not a subclass), when that is worth a way of its own: see Class.construct. May be NULL.
  RawFunction *construct;
  // All items at one moment, as a list: what C code iterates over once there are several threads. NULL: it asks for an
  // iterator. Holds for instances of exactly this class.
  Value (*snapshot)(Value self);
};

// Well-known classes: runtime.classes[CLASS_...]. X(ID, ClassDef variable, base ID)
typedef enum ClassId : uint16_t {
#define BUILTIN_CLASS(ID, definition, base) CLASS_##ID,
#include "runtime/object/classes.def"
  CLASS_COUNT
} ClassId;

#define BUILTIN_CLASS(ID, definition, base) extern const ClassDef definition;
#include "runtime/object/classes.def"

extern Class *builtin_classes[CLASS_COUNT]; // filled by runtime_start; roots
extern Shape *builtin_shapes[CLASS_COUNT];  // instance_shape of each
#define BUILTIN(ID) (builtin_classes[CLASS_##ID])
#define SHAPE(ID)   (builtin_shapes[CLASS_##ID])

Class *value_class_of_immediate(Value value);
static inline Class *value_class(Value value) {
  return value_is_cell(value) ? cell_shape(value_cell(value))->class : value_class_of_immediate(value);
}
static inline bool value_has_shape(Value value, const Shape *shape) {
  return value_is_cell(value) && __atomic_load_n(&value_cell(value)->shape, __ATOMIC_RELAXED) == shape_word(shape);
}
// Exactly this built-in class (no subclass), for classes whose exact instances have no attributes.
#define VALUE_IS_EXACT(value, ID) value_has_shape(value, SHAPE(ID))
static inline bool value_has_class_flag(Value value, uint32_t flag) {
  return value_is_cell(value) && (cell_shape(value_cell(value))->class->flags & flag) != 0;
}
static inline bool value_is_class(Value value) {
  return value_has_class_flag(value, CLASS_IS_TYPE);
}
static inline bool value_is_exception(Value value) {
  return value_has_class_flag(value, CLASS_IS_EXCEPTION);
}
static inline Class *value_as_class(Value value) {
  return (Class *)value_cell(value);
}

// Makes a native class that is not in classes.def (native modules): heap-allocated, rooted by the caller. `bases`: NULL
// for object. Zero-terminated array of bases otherwise. NULL: exception pending. May collect.
Class *class_from_definition(const ClassDef *definition, Class *base);
// type(name, bases, namespace, **keywords) with metaclass `metaclass`. Runs Python code (__set_name__,
// __init_subclass__, mro()).
Value class_create(Class *metaclass, Value name, Value bases, Value namespace_dict, Value *keywords,
                   Value keyword_names);

// What the MRO of `class` gives for the interned str `name`, unbound; zero: nothing (no exception pending). Cached;
// lock-free.
Value class_lookup(Class *class, Value name);
// The same, telling in which class's namespace it was found.
Value class_lookup_where(Class *class, Value name, Class **where);
static inline Value class_special(const Class *class, Special special) {
  return gc_load(&class->special[special]);
}
static inline Value value_special(Value value, Special special) {
  return gc_load(&value_class(value)->special[special]);
}
// The interned name of a special method.
Value special_name(Special special);
// True if `class` is `base` or derives from it (by MRO; no hooks, cannot fail).
bool class_is_subclass(const Class *class, const Class *base);
// Does the class, or the native one that it derives from, keep attributes in a way of its own (type, threading.local)?
bool class_has_native_setattr(const Class *class);
static inline bool value_is_instance(Value value, const Class *class) {
  Class *actual = value_class(value);
  return actual == class || class_is_subclass(actual, class);
}
// Sets (value zero: deletes) an attribute of the class's own namespace, bypassing the metaclass; maintains special
// tables and invalidates. False: exception pending.
bool class_set_attribute(Class *class, Value name, Value value);
// Allocates an instance: cell with the root shape, all fields zero. `extra_items_size`: bytes of items for
// variable-size classes. Marks it finalizable when the class says so. NULL with MemoryError pending.
void *class_allocate(Class *class, size_t extra_items_size);
// Is the value of `name` in the class's own namespace replaced again and again (a counter)?
bool class_name_is_volatile(Class *class, Value name);
// Keeps the interned str `name` alive as long as the class (names of its instances' attributes). False: MemoryError.
bool class_keep_name(Class *class, Value name);
// The class's name for messages, as UTF-8 (of the str cell; keep the class alive).
const char *class_name(const Class *class);
static inline const char *value_class_name(Value value) {
  return class_name(value_class(value));
}
