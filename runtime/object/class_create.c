// Making a class: what the class statement and type(name, bases, namespace) come down to.
#include "runtime/object/class_create.h"

#include "runtime/heap/heap.h"
#include "runtime/object/call.h"
#include "runtime/object/class_internal.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/slots.h"
#include "runtime/object/str.h"
#include "runtime/object/type.h"
#include "runtime/thread/owner_lock.h"

Class *class_calculate_metaclass(Class *metaclass, Value bases) {
  Class *winner = metaclass;
  for (size_t i = 0; i < tuple_count(bases); i++) {
    Class *other = value_class(tuple_item(bases, i));
    if (class_is_subclass(winner, other)) continue;
    if (!class_is_subclass(other, winner)) {
      raise_type_error("metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the "
                       "metaclasses of all its bases");
      return NULL;
    }
    winner = other;
  }
  return winner;
}

// Held while the MROs of a class are found out from its bases' and until it is registered with them, so that of two
// threads that change bases one sees what the other has done. Not while an mro() written in Python runs.
static OwnerLock hierarchy;

static bool hierarchy_enter(void) {
  return owner_lock_take(&hierarchy);
}
static void hierarchy_leave(bool entered) {
  if (entered) owner_lock_release(&hierarchy);
}

static Value call_mro(Value method, Class *class) {
  bool held = owner_lock_is_mine(&hierarchy);
  hierarchy_leave(held);
  Value result = special_call_1(method, value_from_cell(class));
  Value mro = result ? value_to_tuple(result) : NULL;
  if (held) held = hierarchy_enter(); // true, since it was given up
  return mro;
}

// The MRO, by the metaclass's mro() if it has one of its own. Runs Python code then.
static Value resolve_mro(Class *class) {
  Class *metaclass = value_class(value_from_cell(class));
  Value method = class_lookup(metaclass, NAME(mro));
  if (!method || method == class_lookup(BUILTIN(TYPE), NAME(mro))) return class_compute_mro(class, class->bases);
  Value mro = call_mro(method, class);
  if (!mro) return NULL;
  for (size_t i = 0; i < tuple_count(mro); i++) {
    Value item = tuple_item(mro, i);
    if (!value_is_class(item)) return raise_type_error("mro() returned a non-class ('%.500T')", item);
    Class *base = value_as_class(item);
    if (class_layout_fits(class, base)) continue;
    return raise_type_error("mro() returned base with unsuitable layout ('%.500N')", base);
  }
  return mro;
}

// The namespace

static bool wrap_function(Value namespace_dict, Value name, Value (*wrap)(Value)) {
  Value function = dict_get_name(namespace_dict, name);
  if (!function || !value_is_function(function)) return true;
  Value wrapped = wrap(function);
  return wrapped && dict_set_name(namespace_dict, name, wrapped);
}

static bool take_qualified_name(Class *class) {
  Value name = dict_get_name(class->namespace_dict, NAME(__qualname__));
  if (!name) {
    gc_store(class, &class->qualified_name, class->name);
    return true;
  }
  if (!value_is_str(name)) {
    raise_type_error("type __qualname__ must be a str, not %T", name);
    return false;
  }
  gc_store(class, &class->qualified_name, name);
  return dict_delete(class->namespace_dict, NAME(__qualname__)) >= 0;
}

static bool set_module(Class *class) {
  if (dict_get_name(class->namespace_dict, NAME(__module__))) return true;
  Value globals = runtime_hooks.current_globals ? runtime_hooks.current_globals() : NULL;
  Value module = globals ? dict_get_name(globals, NAME(__name__)) : NULL;
  return !module || dict_set_name(class->namespace_dict, NAME(__module__), module);
}

// Methods may refer to the class through the cell __class__, which the compiler passes on in the namespace.
static bool fill_class_cell(Class *class) {
  Value cell = dict_get_name(class->namespace_dict, NAME(__classcell__));
  if (!cell) return true;
  if (!VALUE_IS_EXACT(cell, CELL)) {
    raise_type_error("__classcell__ must be a nonlocal cell, not %R", value_from_cell(value_class(cell)));
    return false;
  }
  gc_store(value_cell(cell), &((ClosureCell *)value_cell(cell))->contents, value_from_cell(class));
  return dict_delete(class->namespace_dict, NAME(__classcell__)) >= 0;
}

static bool prepare_namespace(Class *class) {
  Value namespace_dict = class->namespace_dict;
  if (!set_module(class) || !take_qualified_name(class)) return false;
  Value doc = dict_get_name(namespace_dict, NAME(__doc__));
  if (doc ? value_is_str(doc) && !str_utf8(doc, NULL) : !dict_set_name(namespace_dict, NAME(__doc__), VALUE_NONE))
    return false;
  if (!wrap_function(namespace_dict, NAME(__new__), staticmethod_new) ||
      !wrap_function(namespace_dict, NAME(__init_subclass__), classmethod_new) ||
      !wrap_function(namespace_dict, NAME(__class_getitem__), classmethod_new))
    return false;
  if (dict_get_name(namespace_dict, NAME(__eq__)) && !dict_get_name(namespace_dict, NAME(__hash__)) &&
      !dict_set_name(namespace_dict, NAME(__hash__), VALUE_NONE))
    return false;
  return true;
}

// Name that a namespace lists but a class must find by pointer: interned.
static Value copy_namespace(Value source) {
  Value copy = dict_new_sized(dict_count(source));
  size_t position = 0;
  Value name, value;
  while (copy && dict_next(source, &position, &name, &value)) {
    bool is_name = VALUE_IS_EXACT(name, STR);
    if (is_name && !str_is_interned(name) && !(name = str_intern(name))) return NULL;
    if (!(is_name ? dict_set_name(copy, name, value) : dict_set(copy, name, value))) return NULL;
  }
  return copy;
}

// Hooks that run once the class is complete

static bool call_set_name(Class *class, Value namespace_dict) {
  size_t position = 0;
  Value name, value;
  Value entries = dict_copy(namespace_dict);
  if (!entries) return false;
  while (dict_next(entries, &position, &name, &value)) {
    Value hook = value_special(value, SPECIAL_SET_NAME);
    if (!hook || special_call_3(hook, value, value_from_cell(class), name)) continue;
    Value cause = exception_take();
    raise(CLASS_RUNTIME_ERROR, "Error calling __set_name__ on '%.100T' instance %R in '%.100N'", value, name, class);
    Exception *error = (Exception *)value_cell(exception_peek());
    gc_store(error, &error->cause, cause);
    gc_store(error, &error->context, cause);
    gc_store(error, &error->suppress_context, VALUE_TRUE);
    return false;
  }
  return true;
}

static bool call_init_subclass(Class *class, Value *keywords, Value keyword_names) {
  Value mro = gc_load(&class->mro);
  bool is_in_mro = false;
  for (size_t i = 0; i < tuple_count(mro); i++) is_in_mro |= tuple_item(mro, i) == value_from_cell(class);
  if (!is_in_mro) {
    raise_type_error("super(type, obj): obj must be an instance or subtype of type");
    return false;
  }
  for (size_t i = 1; i < tuple_count(mro); i++) {
    Value hook = dict_get_name(value_as_class(tuple_item(mro, i))->namespace_dict, NAME(__init_subclass__));
    if (!hook) continue;
    Value bound = descriptor_get(hook, NULL, class);
    return bound && value_call(bound, keywords, 0, keyword_names);
  }
  return true;
}

// Assembling

static Value validate_name(Value name) {
  size_t length;
  const char *text = str_utf8(name, &length);
  if (!text) return NULL;
  if (__builtin_strlen(text) != length) return raise_value_error("type name must not contain null characters");
  return name;
}

static void inherit_facts(Class *class) {
  class->native = value_as_class(class->base)->native;
  class->flags = class_inherited_flags(value_as_class(class->base)) | CLASS_HEAP_TYPE | CLASS_BASE_TYPE;
  // A class is a sequence or a mapping, never both: the first base that is one decides.
  constexpr uint32_t collection = CLASS_SEQUENCE | CLASS_MAPPING;
  class->flags &= ~collection;
  for (size_t i = 0; i < tuple_count(class->bases) && !(class->flags & collection); i++)
    class->flags |= value_as_class(tuple_item(class->bases, i))->flags & collection;
  bool odd = false;
  for (size_t i = 0; i < tuple_count(class->bases); i++)
    odd |= (value_as_class(tuple_item(class->bases, i))->flags & CLASS_ODD_KEYS) != 0;
  Value key, value;
  for (size_t position = 0; !odd && dict_next(class->namespace_dict, &position, &key, &value);)
    odd = !VALUE_IS_EXACT(key, STR);
  if (odd) class->flags |= CLASS_ODD_KEYS;
}

// Registers the class with its bases and brings its tables up to date; from here on it can be found.
static bool connect(Class *class, bool custom_mro) {
  class_change_lock();
  bool done = true;
  for (size_t i = 0; done && i < tuple_count(class->bases); i++)
    done = class_add_subclass(value_as_class(tuple_item(class->bases, i)), class);
  if (done && custom_mro)
    class_update_all_specials(class);
  else if (done)
    class_inherit_specials(class);
  class_change_unlock();
  return done;
}

static bool has_default_mro(const Class *class) {
  return class_lookup(cell_shape(&class->head)->class, NAME(mro)) == class_lookup(BUILTIN(TYPE), NAME(mro));
}

Value class_create(Class *metaclass, Value name, Value bases, Value namespace_dict, Value *keywords,
                   Value keyword_names) {
  if (tuple_count(bases) == 0 && !(bases = tuple_of(1, value_from_cell(BUILTIN(OBJECT))))) return NULL;
  Class *base = class_best_base(bases);
  if (!base || !(name = validate_name(name)) || !(namespace_dict = copy_namespace(namespace_dict))) return NULL;

  Class *class = class_new_cell(metaclass);
  if (!class) return NULL;
  gc_store(class, &class->name, name);
  gc_store(class, &class->bases, bases);
  gc_store(class, &class->base, value_from_cell(base));
  gc_store(class, &class->namespace_dict, namespace_dict);
  inherit_facts(class);
  uint32_t slots_start = 0;
  if (!slots_apply(class, base, &slots_start) || !prepare_namespace(class)) return NULL;
  if (!(class->flags & CLASS_VARIABLE_SIZE)) class->instance_size = (class->instance_size + 7u) & ~7u;
  if (!class_make_root_shape(class, base->instance_shape->type, slots_start, class_expected_slots(class))) return NULL;
  // The cell is filled early: a metaclass's mro() may run methods that need it.
  if (!fill_class_cell(class) || !slots_add_descriptors(class, base, slots_start)) return NULL;
  bool entered = hierarchy_enter();
  Value mro = resolve_mro(class);
  if (mro) gc_store(class, &class->mro, mro);
  bool connected = mro && connect(class, !has_default_mro(class));
  hierarchy_leave(entered);
  if (!connected) return NULL;
  if (!call_set_name(class, class->namespace_dict) || !call_init_subclass(class, keywords, keyword_names)) return NULL;
  return value_from_cell(class);
}

static bool is_type_new(Value method) {
  return VALUE_IS_EXACT(method, BUILTIN_FUNCTION) &&
         ((NativeObject *)value_cell(method))->method->function.raw == type_new;
}

Value type_new(Value metaclass, Value *arguments, size_t count, Value keyword_names) {
  if (count != 3) {
    if (metaclass == value_from_cell(BUILTIN(TYPE)) && count == 1 && !keyword_names)
      return value_from_cell(value_class(arguments[0]));
    if (metaclass == value_from_cell(BUILTIN(TYPE))) return raise_type_error("type() takes 1 or 3 arguments");
    return raise_type_error("type.__new__() takes exactly 3 arguments (%zu given)", count);
  }
  static const char *const expected[] = {"str", "tuple", "dict"};
  for (int i = 0; i < 3; i++)
    if (!(i == 0 ? value_is_str(arguments[i]) : i == 1 ? value_is_tuple(arguments[i]) : value_is_dict(arguments[i])))
      return raise_type_error("type.__new__() argument %d must be %s, not %T", i + 1, expected[i], arguments[i]);
  Value bases = arguments[1];
  for (size_t i = 0; i < tuple_count(bases); i++) {
    Value base = tuple_item(bases, i), entries;
    if (value_is_class(base)) continue;
    int found = value_find_attribute(base, NAME(__mro_entries__), &entries);
    if (found < 0) return NULL;
    if (found) return raise_type_error("type() doesn't support MRO entry resolution; use types.new_class()");
  }
  Class *winner = class_calculate_metaclass(value_as_class(metaclass), bases);
  if (!winner) return NULL;
  if (winner != value_as_class(metaclass) && !is_type_new(class_special(winner, SPECIAL_NEW))) {
    Value function = descriptor_get(class_special(winner, SPECIAL_NEW), NULL, winner);
    return function ? call_with_first(function, value_from_cell(winner), arguments, count, keyword_names) : NULL;
  }
  return class_create(winner, arguments[0], bases, arguments[2], arguments + 3, keyword_names);
}

// Changing bases

// Gives the class and its subclasses new MROs. `undo` receives (class, old MRO) pairs.
static bool renew_mros(Class *class, Value undo) {
  Value mro = resolve_mro(class);
  Value old = gc_load(&class->mro);
  Value entry = mro ? tuple_of(2, value_from_cell(class), old ? old : VALUE_NONE) : NULL;
  if (!entry || !list_append(undo, entry)) return false;
  gc_store(class, &class->mro, mro); // subclasses build on it
  Value subclasses = class_list_subclasses(class);
  bool done = subclasses != NULL;
  for (size_t i = 0; done && i < list_count(subclasses); i++)
    done = renew_mros(value_as_class(list_item(subclasses, i)), undo);
  return done;
}

static void restore_mros(Value undo) {
  for (size_t i = list_count(undo); i-- > 0;) {
    Class *class = value_as_class(tuple_item(list_item(undo, i), 0));
    Value mro = tuple_item(list_item(undo, i), 1);
    gc_store(class, &class->mro, mro == VALUE_NONE ? NULL : mro);
  }
}

// By the bases' layout chain too: an mro() that is running may not have let the MRO say so yet.
static bool derives_from(const Class *class, const Class *base) {
  if (class_is_subclass(class, base)) return true;
  for (; class; class = class->base ? value_as_class(class->base) : NULL)
    if (class == base) return true;
  return false;
}

static bool check_new_bases(Class *class, Value bases) {
  if (!value_is_tuple(bases))
    raise_type_error("can only assign tuple to %N.__bases__, not %T", class, bases);
  else if (tuple_count(bases) == 0)
    raise_type_error("can only assign non-empty tuple to %N.__bases__, not ()", class);
  else {
    for (size_t i = 0; i < tuple_count(bases); i++) {
      Value base = tuple_item(bases, i);
      if (!value_is_class(base))
        raise_type_error("%N.__bases__ must be tuple of classes, not '%T'", class, base);
      else if (derives_from(value_as_class(base), class))
        raise_type_error("a __bases__ item causes an inheritance cycle");
      else
        continue;
      return false;
    }
    return true;
  }
  return false;
}

static bool set_bases(Class *class, Value bases) {
  if (class->flags & CLASS_IMMUTABLE) {
    raise_type_error("cannot set '__bases__' attribute of immutable type '%N'", class);
    return false;
  }
  if (!bases) {
    raise_type_error("cannot delete '__bases__' attribute of immutable type '%N'", class);
    return false;
  }
  if (!check_new_bases(class, bases)) return false;
  Class *base = class_best_base(bases);
  if (!base) return false;
  if (!class_same_layout(base, value_as_class(class->base))) {
    bool is_native = !(base->flags & value_as_class(class->base)->flags & CLASS_HEAP_TYPE);
    raise_type_error("__bases__ assignment: '%N' %s differs from '%N'", base,
                     is_native ? "deallocator" : "object layout", value_as_class(class->base));
    return false;
  }
  Value old_bases = class->bases, old_base = class->base;
  Value undo = list_new_sized(4);
  if (!undo) return false;
  gc_store(class, &class->bases, bases);
  gc_store(class, &class->base, value_from_cell(base));
  bool done = renew_mros(class, undo);
  bool is_current = class->bases == bases; // no mro() has changed the bases meanwhile
  if (!done) {
    restore_mros(undo);
    if (is_current) {
      gc_store(class, &class->bases, old_bases);
      gc_store(class, &class->base, old_base);
    }
    return false;
  }
  class_change_lock();
  for (size_t i = 0; is_current && i < tuple_count(old_bases); i++)
    class_remove_subclass(value_as_class(tuple_item(old_bases, i)), class);
  for (size_t i = 0; is_current && done && i < tuple_count(bases); i++) {
    base = value_as_class(tuple_item(bases, i));
    class_remove_subclass(base, class); // from an assignment that mro() has interrupted
    done = class_add_subclass(base, class);
  }
  class_changed(class, NULL);
  class_change_unlock();
  return done;
}

bool class_set_bases(Value self, Value bases) {
  bool entered = hierarchy_enter();
  bool done = set_bases(value_as_class(self), bases);
  hierarchy_leave(entered);
  threads_handshake();
  return done;
}
