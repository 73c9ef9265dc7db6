// What the files that implement classes share: class.c (cells, registry, native classes), class_lookup.c (MRO walks and
// caches), class_mro.c (linearization), class_special.c (special tables), class_create.c (class statements), type.c
// (the type `type`), resolve.c (lookup results).
//
// All changes to classes (namespace, bases, MRO, special tables) are made under one lock, class_change_lock(). Python
// code never runs under it; allocation may, so that waiting for it is a blocking region.
#pragma once

#include "runtime/object/class.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/names.h"
#include "runtime/object/sequence.h"
#include "runtime/thread/lock.h"
#include "runtime/thread/safepoint.h"

extern const CellType class_cell_type;

void class_change_lock(void);
void class_change_unlock(void);

// A class cell of metaclass `metaclass`, registered, with nothing but flags zero. NULL: MemoryError.
Class *class_new_cell(Class *metaclass);
// Flags that a class takes over from `base`.
uint32_t class_inherited_flags(const Class *base);
// Makes the root shape for flags, instance_size, native, of a class whose layout extends `base`; `slots_start` is where
// __slots__ members begin (0: none). False: MemoryError.
bool class_make_root_shape(Class *class, const CellType *type, uint32_t slots_start, uint16_t inline_capacity);
// How many inline slots instances should have: those of the base, or as many as __init__ fills (class_instances.c).
uint16_t class_expected_slots(const Class *class);
// The namespace has got another __init__: while there are no instances with attributes, they may get more slots.
void class_init_changed(Class *class);
// The first half of a native class: flags, sizes, shape; no Values yet. The second: names, bases, MRO, namespace.
bool class_prepare_native(Class *class, const ClassDef *definition, Class *base);
bool class_fill_native(Class *class, const ClassDef *definition, Class *base);

// Under the change lock: `class` is, or is no longer, a direct subclass of `base`.
bool class_add_subclass(Class *base, Class *class);
void class_remove_subclass(Class *base, Class *class);
// The direct subclasses, a new list. Zero: MemoryError.
Value class_list_subclasses(Class *class);
// Calls `visit` for each live class. Under the registry's lock: no allocation.
void class_each(void (*visit)(Class *class, void *context), void *context);

// Class.flags, beside those of class.h: a key of its namespace or of a base's is not a str. What a program asks by name
// is compared with such keys, which runs their __eq__; what the runtime itself asks (special methods) is not.
enum : uint32_t { CLASS_ODD_KEYS = 1 << 17 };
// As class_lookup(), but for a class with CLASS_ODD_KEYS: runs Python code, whose errors mean that nothing was found,
// as in CPython.
Value class_lookup_odd(Class *class, Value name);
static inline Value class_find(Class *class, Value name) {
  return __builtin_expect((class->flags & CLASS_ODD_KEYS) != 0, 0) ? class_lookup_odd(class, name)
                                                                   : class_lookup(class, name);
}

// Linearization. Zero: TypeError or MemoryError.
Value class_compute_mro(Class *class, Value bases);

// Special tables. `special_of_name`: -1 when `name` is not a special method's.
int special_of_name(Value name);
bool special_is_slot(Special special); // shown as slot wrapper when native
void special_names_start(void);
// Under the change lock, after namespace or MRO have changed.
void class_update_special(Class *class, Special special);
void class_update_all_specials(Class *class);
void class_inherit_specials(Class *class); // for a new class: quick form of the former

// Under the change lock: forgets cached lookups of `name` (zero: of all names) in `class` and its subclasses, and
// brings their special tables up to date.
void class_changed(Class *class, Value name);

// The GlobalCell of an attribute of `class` itself that keeps changing; NULL: it does not, or is missing.
struct GlobalCell *class_variable(Class *class, Value name);

// Lookup results that went through `class` (resolve.c): clears their validity. `name` zero: all.
void results_invalidate(Class *class, Value name);
// Forgets every lookup result: what a value on some class gives when it is fetched has changed. Takes the change lock.
void results_invalidate_all(void);
// `class` is a metaclass that changed: forgets the results of its instances' own attributes.
void results_invalidate_metaclass(Class *class);
