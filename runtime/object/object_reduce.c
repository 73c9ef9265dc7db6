// object.__reduce_ex__ and its parts: how pickle and copy take an object to pieces.
#include "runtime/object/attributes.h"
#include "runtime/object/call.h"
#include "runtime/object/dict.h"
#include "runtime/object/function.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/object_type.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

static Value import_copyreg(void) {
  Value known = runtime.modules ? dict_get_c(runtime.modules, "copyreg") : NULL;
  if (known) return known;
  return runtime_hooks.import_module(str_intern_c("copyreg"), VALUE_NONE, VALUE_NONE, VALUE_NONE, 0);
}

static Value copyreg_attribute(const char *name) {
  Value copyreg = import_copyreg();
  return copyreg ? value_get_attribute_c(copyreg, name) : NULL;
}

// Fields that only C code knows cannot be saved by the default.
static bool has_hidden_state(Class *class, Value slot_names) {
  size_t size = sizeof(Cell) + (value_is_list(slot_names) ? list_count(slot_names) * sizeof(Value) : 0);
  return (class->flags & CLASS_VARIABLE_SIZE) || class->instance_size > ((size + 7) & ~(size_t)7);
}

static Value default_state(Value self, bool required) {
  Class *class = value_class(self);
  bool has_dict = value_is_cell(self) && (cell_shape(value_cell(self))->flags & SHAPE_HAS_ATTRIBUTES);
  if (required && (class->flags & CLASS_VARIABLE_SIZE)) return raise_type_error("cannot pickle '%.200T' object", self);
  Value state = VALUE_NONE;
  if (has_dict && instance_count(self) && !(state = instance_live_dict(self))) return NULL;
  Value slot_names_of = copyreg_attribute("_slotnames");
  Value slot_names = slot_names_of ? value_call_1(slot_names_of, value_from_cell(class)) : NULL;
  if (!slot_names) return NULL;
  if (required && has_hidden_state(class, slot_names)) return raise_type_error("cannot pickle '%.200T' object", self);
  if (!value_is_list(slot_names) || !list_count(slot_names)) return state;
  Value slots = dict_new();
  for (size_t i = 0; slots && i < list_count(slot_names); i++) {
    Value name = list_item(slot_names, i), value;
    int found = value_find_attribute(self, name, &value);
    if (found < 0 || (found && !dict_set(slots, name, value))) return NULL;
  }
  if (!slots) return NULL;
  return dict_count(slots) ? tuple_of(2, state, slots) : state;
}

Value object_getstate(Value self) {
  return default_state(self, false);
}

static Value state_of(Value self, bool required) {
  Value method = value_get_attribute(self, NAME(__getstate__));
  if (!method) return NULL;
  bool is_default = VALUE_IS_EXACT(method, BUILTIN_FUNCTION) &&
                    ((NativeObject *)value_cell(method))->method->function.f1 == object_getstate &&
                    ((NativeObject *)value_cell(method))->self == self;
  return is_default ? default_state(self, required) : value_call_0(method);
}

// What __getnewargs_ex__ or __getnewargs__ say: positional (tuple) and keyword (dict) arguments, zero if neither
// exists.
static bool new_arguments(Value self, Value *arguments, Value *keywords) {
  Class *class = value_class(self);
  *arguments = *keywords = NULL;
  Value method = class_lookup(class, NAME(__getnewargs_ex__));
  if (method) {
    Value both = special_call_1(method, self);
    if (!both) return false;
    if (!value_is_tuple(both)) return raise_type_error("__getnewargs_ex__ should return a tuple, not '%.200T'", both);
    if (tuple_count(both) != 2)
      return raise_value_error("__getnewargs_ex__ should return a tuple of length 2, not %zu", tuple_count(both));
    *arguments = tuple_item(both, 0);
    *keywords = tuple_item(both, 1);
    if (!value_is_tuple(*arguments))
      return raise_type_error("first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '%.200T'",
                              *arguments);
    if (!value_is_dict(*keywords))
      return raise_type_error("second item of the tuple returned by __getnewargs_ex__ must be a dict, not '%.200T'",
                              *keywords);
    return true;
  }
  method = class_lookup(class, NAME(__getnewargs__));
  if (!method) return true;
  *arguments = special_call_1(method, self);
  if (!*arguments) return false;
  return value_is_tuple(*arguments) ||
         raise_type_error("__getnewargs__ should return a tuple, not '%.200T'", *arguments);
}

static Value prepend(Value first, Value rest) {
  Value head = tuple_of(1, first);
  return head && rest ? tuple_concatenate(head, rest) : head;
}

static Value reduce_by_new(Value self) {
  Class *class = value_class(self);
  if (class->flags & CLASS_NO_NEW) return raise_type_error("cannot pickle '%.200T' object", self);
  Value arguments, keywords;
  if (!new_arguments(self, &arguments, &keywords)) return NULL;
  bool has_arguments = arguments != NULL;
  Value maker, maker_arguments;
  if (!keywords || !dict_count(keywords)) {
    maker = copyreg_attribute("__newobj__");
    maker_arguments = prepend(value_from_cell(class), arguments);
  } else {
    maker = copyreg_attribute("__newobj_ex__");
    maker_arguments = tuple_of(3, value_from_cell(class), arguments, keywords);
  }
  if (!maker || !maker_arguments) return NULL;
  bool is_list = value_is_list(self), is_dict = value_is_dict(self);
  Value state = state_of(self, !has_arguments && !is_list && !is_dict);
  if (!state) return NULL;
  Value list_items = is_list ? value_iterate(self) : VALUE_NONE;
  Value dict_items = VALUE_NONE;
  if (is_dict) {
    Value items = value_call_method_0(self, "items");
    dict_items = items ? value_iterate(items) : NULL;
  }
  return list_items && dict_items ? tuple_of(5, maker, maker_arguments, state, list_items, dict_items) : NULL;
}

static Value common_reduce(Value self, int64_t protocol) {
  if (protocol >= 2) return reduce_by_new(self);
  Value reduce = copyreg_attribute("_reduce_ex");
  return reduce ? value_call_2(reduce, self, value_from_small_int(protocol)) : NULL;
}

Value object_reduce(Value self) {
  return common_reduce(self, 0);
}

Value object_reduce_ex(Value self, Value protocol) {
  int number;
  if (!value_as_int(protocol, &number)) return NULL;
  Value method;
  int found = value_find_attribute(self, NAME(__reduce__), &method);
  if (found < 0) return NULL;
  if (found) {
    Value on_class = value_get_attribute(value_from_cell(value_class(self)), NAME(__reduce__));
    if (!on_class) return NULL;
    if (on_class != class_lookup(BUILTIN(OBJECT), NAME(__reduce__))) return value_call_0(method);
  }
  return common_reduce(self, number);
}
