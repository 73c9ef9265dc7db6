// weakref.ref, weakref.proxy and their callbacks.
//
// A reference without callback is shared: asking again gives the same object. The heap clears `target` when the
// referent dies and later, between bytecodes, has the callback called.
#include "runtime/object/weakref.h"

#include "runtime/object/arguments.h"
#include "runtime/object/attributes.h"
#include "runtime/object/call.h"
#include "runtime/object/generic_alias.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

static Weakref *reference_of(Value value) {
  return (Weakref *)value_cell(value);
}

// The referent, after it has been given the chance to die. Runs Python code.
static Value settled_target(Value reference) {
  Thread *thread = thread_current();
  bool direct = thread->called == reference;
  thread->called = NULL;
  heap_settle_weak(&reference_of(reference)->target, direct ? PROMPT_BETWEEN : PROMPT_RUN);
  return weakref_target(reference);
}

static bool is_shared(Cell *reference, void *shape) {
  return cell_shape(reference) == shape && !((Weakref *)reference)->callback;
}

static Value make(Class *class, Value target, Value callback) {
  if (!(value_class(target)->flags & CLASS_HAS_WEAKREF))
    return raise_type_error("cannot create weak reference to '%T' object", target);
  if (callback == VALUE_NONE) callback = NULL;
  if (!callback && class->native && !(class->flags & CLASS_HEAP_TYPE)) {
    Cell *known = weak_find(target, is_shared, class->instance_shape);
    if (known) return value_from_cell(known);
  }
  Weakref *reference = class_allocate(class, 0);
  if (!reference) return NULL;
  gc_init(reference, &reference->callback, callback);
  reference->target = target;
  reference->hash = -1;
  if (!weak_register(target, &reference->head, &reference->target)) return NULL;
  return value_from_cell(reference);
}

Value weakref_new(Value target, Value callback) {
  return make(BUILTIN(WEAKREF), target, callback);
}

Value weakproxy_new(Value target, Value callback) {
  return make(value_is_callable(target) ? BUILTIN(WEAKCALLABLEPROXY) : BUILTIN(WEAKPROXY), target, callback);
}

static bool is_reference(Cell *cell, void *) {
  return class_is_subclass(cell_shape(cell)->class, BUILTIN(WEAKREF));
}

Value weakref_first(Value target) {
  Cell *reference = weak_find(target, is_reference, NULL);
  return reference ? value_from_cell(reference) : VALUE_NONE;
}

// The heap says that a referent has died.
static void referent_died(Cell *cell) {
  Weakref *reference = (Weakref *)cell;
  Value callback = gc_load(&reference->callback);
  if (!callback) return;
  gc_store(reference, &reference->callback, NULL);
  Value pending = exception_pending() ? exception_take() : NULL;
  if (!value_call_1(callback, value_from_cell(cell))) exception_write_unraisable(callback, NULL);
  if (pending) exception_restore(pending);
}

void weakrefs_start(void) {
  weak_died_hook = referent_died;
}

// weakref.ref

static Value ref_new(Value class, Value *arguments, size_t count, Value keyword_names) {
  if (class == value_from_cell(BUILTIN(WEAKREF)) && !arguments_check_none_by_keyword("ref", keyword_names)) return NULL;
  if (!arguments_check_count("__new__", count, 1, 2)) return NULL;
  return make(value_as_class(class), arguments[0], count > 1 ? arguments[1] : NULL);
}

static Value ref_init(Value, Value *, size_t count, Value keyword_names) {
  if (!arguments_check_none_by_keyword("ref", keyword_names)) return NULL;
  return arguments_check_count("__init__", count, 1, 2) ? VALUE_NONE : NULL;
}

static Value ref_call(Value self, Value *, size_t count, Value keyword_names) {
  if (!arguments_check_none_by_keyword("weakref", keyword_names)) return NULL;
  if (!arguments_check_count("weakref", count, 0, 0)) return NULL;
  Value target = settled_target(self);
  return target ? target : VALUE_NONE;
}

static Value ref_repr(Value self) {
  Value target = settled_target(self);
  if (!target) return str_format_c("<weakref at 0x%lx; dead>", value_bits(self));
  Value name;
  int found = value_find_attribute(target, NAME(__name__), &name);
  if (found < 0) return NULL;
  if (found && value_is_str(name))
    return str_format_c("<weakref at 0x%lx; to '%T' at 0x%lx (%U)>", value_bits(self), target, value_bits(target),
                        name);
  return str_format_c("<weakref at 0x%lx; to '%T' at 0x%lx>", value_bits(self), target, value_bits(target));
}

static Value ref_hash(Value self) {
  Weakref *reference = reference_of(self);
  int64_t hash = __atomic_load_n(&reference->hash, __ATOMIC_RELAXED);
  if (hash == -1) {
    Value target = settled_target(self);
    if (!target) return raise_type_error("weak object has gone away");
    hash = value_hash(target);
    if (hash == -1) return NULL;
    __atomic_store_n(&reference->hash, hash, __ATOMIC_RELAXED);
  }
  return int_from_int64(hash);
}

// Equal if the referents are, while both live; afterwards only identical references are.
static Value ref_compare(Comparison comparison, Value a, Value b) {
  if (!value_is_instance(b, BUILTIN(WEAKREF))) return VALUE_NOT_IMPLEMENTED;
  Value x = weakref_target(a), y = weakref_target(b);
  if (x && y) return value_compare(comparison, x, y);
  return value_from_bool((a == b) == (comparison == COMPARE_EQUAL));
}

static Value ref_equal(Value a, Value b) {
  return ref_compare(COMPARE_EQUAL, a, b);
}

static Value ref_not_equal(Value a, Value b) {
  return ref_compare(COMPARE_NOT_EQUAL, a, b);
}

static const NativeMethod ref_methods[] = {
    NATIVE("__new__", ref_new, "($type, *args, **kwargs)", "Create and return a new object.", NATIVE_STATIC),
    NATIVE("__init__", ref_init, "($self, /, *args, **kwargs)", "Initialize self."),
    NATIVE("__call__", ref_call, "($self, /, *args, **kwargs)", "Call self as a function."),
    NATIVE("__repr__", ref_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__hash__", ref_hash, "($self, /)", "Return hash(self)."),
    NATIVE("__eq__", ref_equal, "($self, value, /)", "Return self==value."),
    NATIVE("__ne__", ref_not_equal, "($self, value, /)", "Return self!=value."),
    NATIVE("__class_getitem__", generic_alias_new, "($type, object, /)", "See PEP 585", NATIVE_CLASS),
    {}};
static const NativeMember ref_members[] = {
    {"__callback__", MEMBER_VALUE_OR_NONE, false, offsetof(Weakref, callback), NULL}, {}};
static const CellType weakref_cell_type = {.name = "weak reference", CELL_VALUES(Weakref, callback, callback)};

const ClassDef weakref_class = {
    .name = "weakref.ReferenceType",
    .cell_type = &weakref_cell_type,
    .instance_size = sizeof(Weakref),
    .flags = CLASS_BASE_TYPE,
    .methods = ref_methods,
    .members = ref_members,
};

// Proxies: every operation goes to the referent

static Value alive(Value proxy) {
  Value target = settled_target(proxy);
  return target ? target : raise(CLASS_REFERENCE_ERROR, "weakly-referenced object no longer exists");
}

static bool is_proxy(Value value) {
  return VALUE_IS_EXACT(value, WEAKPROXY) || VALUE_IS_EXACT(value, WEAKCALLABLEPROXY);
}

// The operand itself, or what it is a proxy for; zero: ReferenceError.
static Value unwrap(Value value) {
  return is_proxy(value) ? alive(value) : value;
}

#define BINARY_OPERATOR(NAME, symbol, method, reversed, in_place)                                                      \
  static Value proxy_##method(Value a, Value b) {                                                                      \
    return (a = unwrap(a)) && (b = unwrap(b)) ? value_binary(BINARY_##NAME, a, b) : NULL;                              \
  }                                                                                                                    \
  static Value proxy_##reversed(Value a, Value b) {                                                                    \
    return proxy_##method(b, a);                                                                                       \
  }                                                                                                                    \
  static Value proxy_##in_place(Value a, Value b) {                                                                    \
    return (a = unwrap(a)) && (b = unwrap(b)) ? value_binary_in_place(BINARY_##NAME, a, b) : NULL;                     \
  }
#define COMPARISON(NAME, symbol, method, swapped)                                                                      \
  static Value proxy_##method(Value a, Value b) {                                                                      \
    return (a = unwrap(a)) && (b = unwrap(b)) ? value_compare(COMPARE_##NAME, a, b) : NULL;                            \
  }
#define UNARY_OPERATOR(NAME, symbol, method)                                                                           \
  static Value proxy_##method(Value a) {                                                                               \
    return (a = alive(a)) ? value_unary(UNARY_##NAME, a) : NULL;                                                       \
  }
#include "runtime/object/operators.def"

static Value proxy_abs(Value self) {
  return (self = alive(self)) ? value_call_method_0(self, "__abs__") : NULL;
}

static Value proxy_divmod(Value a, Value b) {
  return (a = unwrap(a)) && (b = unwrap(b)) ? value_divmod(a, b) : NULL;
}

static Value proxy_rdivmod(Value a, Value b) {
  return proxy_divmod(b, a);
}

static Value proxy_int(Value self) {
  return (self = alive(self)) ? value_to_int(self) : NULL;
}

static Value proxy_float(Value self) {
  return (self = alive(self)) ? value_call_1(value_from_cell(BUILTIN(FLOAT)), self) : NULL;
}

static Value proxy_index(Value self) {
  return (self = alive(self)) ? value_index(self) : NULL;
}

static Value proxy_bool(Value self) {
  if (!(self = alive(self))) return NULL;
  int truth = value_truth(self);
  return truth < 0 ? NULL : value_from_bool(truth);
}

static Value proxy_len(Value self) {
  if (!(self = alive(self))) return NULL;
  ptrdiff_t length = value_length(self);
  return length < 0 ? NULL : int_from_size((size_t)length);
}

static Value proxy_getitem(Value self, Value key) {
  return (self = alive(self)) && (key = unwrap(key)) ? value_get_item(self, key) : NULL;
}

static Value proxy_setitem(Value self, Value key, Value value) {
  return (self = alive(self)) && value_set_item(self, key, value) ? VALUE_NONE : NULL;
}

static Value proxy_delitem(Value self, Value key) {
  return (self = alive(self)) && value_delete_item(self, key) ? VALUE_NONE : NULL;
}

static Value proxy_contains(Value self, Value item) {
  if (!(self = alive(self))) return NULL;
  int found = value_contains(self, item);
  return found < 0 ? NULL : value_from_bool(found);
}

static Value proxy_iter(Value self) {
  return (self = alive(self)) ? value_iterate(self) : NULL;
}

static Value proxy_next(Value self) {
  if (!(self = alive(self))) return NULL;
  if (!value_is_iterator(self))
    return raise_type_error("Weakref proxy referenced a non-iterator '%.200T' object", self);
  return iterator_next(self);
}

static Value proxy_getattribute(Value self, Value name) {
  return (self = alive(self)) ? value_get_attribute(self, name) : NULL;
}

static Value proxy_setattr(Value self, Value name, Value value) {
  return (self = alive(self)) && value_set_attribute(self, name, value) ? VALUE_NONE : NULL;
}

static Value proxy_delattr(Value self, Value name) {
  return (self = alive(self)) && value_set_attribute(self, name, NULL) ? VALUE_NONE : NULL;
}

static Value proxy_str(Value self) {
  return (self = alive(self)) ? value_str(self) : NULL;
}

static Value proxy_bytes(Value self) {
  return (self = alive(self)) ? value_call_method_0(self, "__bytes__") : NULL;
}

static Value proxy_reversed(Value self) {
  return (self = alive(self)) ? value_call_method_0(self, "__reversed__") : NULL;
}

static Value proxy_repr(Value self) {
  Value target = settled_target(self);
  if (!target) target = VALUE_NONE;
  return str_format_c("<weakproxy at 0x%lx to %T at 0x%lx>", value_bits(self), target, value_bits(target));
}

static Value proxy_call(Value self, Value *arguments, size_t count, Value keyword_names) {
  return (self = alive(self)) ? value_call(self, arguments, count, keyword_names) : NULL;
}

static const NativeMethod proxy_methods[] = {
#include "runtime/object/weakproxy_methods.def"
    {}};
static const NativeMethod callable_proxy_methods[] = {
#include "runtime/object/weakproxy_methods.def"
    NATIVE("__call__", proxy_call, "($self, /, *args, **kwargs)", "Call self as a function."), {}};

const ClassDef weakproxy_class = {
    .name = "weakref.ProxyType",
    .cell_type = &weakref_cell_type,
    .instance_size = sizeof(Weakref),
    .flags = CLASS_NO_NEW | CLASS_UNHASHABLE,
    .methods = proxy_methods,
};
const ClassDef weakcallableproxy_class = {
    .name = "weakref.CallableProxyType",
    .cell_type = &weakref_cell_type,
    .instance_size = sizeof(Weakref),
    .flags = CLASS_NO_NEW | CLASS_UNHASHABLE,
    .methods = callable_proxy_methods,
};
