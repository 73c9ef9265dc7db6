// __build_class__: from the operands of a class statement to a class.
//
// The order of events is the language's: __mro_entries__ of the bases, the metaclass, its __prepare__, the body, the
// metaclass's call, and the check that __class__ (the cell that methods using super() close over) was filled.
#include "runtime/heap/heap.h"
#include "runtime/module/builtins.h"
#include "runtime/object/dict.h"
#include "runtime/object/function.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"

// Replaces each base that has __mro_entries__ by what that gives. Returns `bases` itself if there is none.
static Value resolve_bases(Value bases) {
  Value resolved = NULL;
  for (size_t i = 0; i < tuple_count(bases); i++) {
    Value base = tuple_item(bases, i), method = NULL;
    int found = value_is_class(base) ? 0 : value_find_attribute(base, NAME(__mro_entries__), &method);
    if (found < 0) return NULL;
    if (!found) {
      if (resolved && !list_append(resolved, base)) return NULL;
      continue;
    }
    Value entries = value_call_1(method, bases);
    if (!entries) return NULL;
    if (!value_is_tuple(entries)) return raise_type_error("__mro_entries__ must return a tuple");
    if (!resolved) {
      Value before = tuple_slice(bases, 0, i);
      resolved = before ? value_to_list(before) : NULL;
      if (!resolved) return NULL;
    }
    if (!list_extend(resolved, entries)) return NULL;
  }
  return resolved ? list_to_tuple(resolved) : bases;
}

// The most derived metaclass of `start` and the classes of the bases.
static Value winning_metaclass(Class *start, Value bases) {
  Class *winner = start;
  for (size_t i = 0; i < tuple_count(bases); i++) {
    Class *class = value_class(tuple_item(bases, i));
    if (class_is_subclass(winner, class)) continue;
    if (!class_is_subclass(class, winner))
      return raise_type_error(
          "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of "
          "all its bases");
    winner = class;
  }
  return value_from_cell(winner);
}

Value builtin_build_class([[maybe_unused]] Value self, Value *arguments, size_t count, Value keyword_names) {
  if (count < 2) return raise_type_error("__build_class__: not enough arguments");
  Value body = arguments[0], name = arguments[1];
  if (!value_is_function(body)) return raise_type_error("__build_class__: func must be a function");
  if (!value_is_str(name)) return raise_type_error("__build_class__: name is not a string");
  Value original_bases = tuple_new(arguments + 2, count - 2);
  Value bases = original_bases ? resolve_bases(original_bases) : NULL;
  if (!bases) return NULL;

  // The keywords without `metaclass`.
  Value metaclass = NULL, keywords = dict_new();
  if (!keywords) return NULL;
  for (size_t i = 0; keyword_names && i < tuple_count(keyword_names); i++) {
    Value keyword = tuple_item(keyword_names, i);
    if (str_equals_c(keyword, "metaclass"))
      metaclass = arguments[count + i];
    else if (!dict_set(keywords, keyword, arguments[count + i]))
      return NULL;
  }
  if (!metaclass)
    metaclass =
        tuple_count(bases) ? value_from_cell(value_class(tuple_item(bases, 0))) : value_from_cell(BUILTIN(TYPE));
  if (value_is_class(metaclass) && !(metaclass = winning_metaclass(value_as_class(metaclass), bases))) return NULL;

  Value prepare, namespace_dict;
  int found = value_find_attribute(metaclass, NAME(__prepare__), &prepare);
  if (found < 0) return NULL;
  if (found) {
    Value operands = tuple_of(2, name, bases);
    namespace_dict = operands ? value_call_tuple(prepare, operands, keywords) : NULL;
  } else {
    namespace_dict = dict_new();
  }
  if (!namespace_dict) return NULL;
  if (!value_special(namespace_dict, SPECIAL_GETITEM)) {
    if (value_is_class(metaclass))
      return raise_type_error("%.200N.__prepare__() must return a mapping, not %.200T", value_as_class(metaclass),
                              namespace_dict);
    return raise_type_error("<metaclass>.__prepare__() must return a mapping, not %.200T", namespace_dict);
  }

  Function *function = (Function *)value_cell(body);
  Value cell = runtime_hooks.run_code(function->code, function->globals, namespace_dict, function->closure);
  if (!cell) return NULL;
  if (bases != original_bases) {
    Value key = NAME(__orig_bases__);
    if (!value_set_item(namespace_dict, key, original_bases)) return NULL;
  }
  Value operands = tuple_of(3, name, bases, namespace_dict);
  Value class = operands ? value_call_tuple(metaclass, operands, keywords) : NULL;
  if (!class || !value_is_class(class) || !VALUE_IS_EXACT(cell, CELL)) return class;
  Value seen = gc_load(&((ClosureCell *)value_cell(cell))->contents);
  if (!seen)
    return raise(CLASS_RUNTIME_ERROR,
                 "__class__ not set defining %.200R as %.200R. Was __classcell__ propagated to type.__new__?", name,
                 class);
  if (seen != class) return raise_type_error("__class__ set to %.200R defining %.200R as %.200R", seen, name, class);
  return class;
}
