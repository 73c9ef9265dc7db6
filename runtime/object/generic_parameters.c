// Type variables in generic aliases: collecting them, putting types in their place.
//
// A type variable is whatever has __typing_subst__; __typing_prepare_subst__ lets variadic ones arrange the arguments.
#include "runtime/object/generic_parameters.h"

#include "runtime/object/call.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

Value generic_item_repr(Value item) {
  if (item == VALUE_ELLIPSIS) return str_from_c("...");
  Value origin, arguments, name, module;
  int found = value_find_attribute(item, NAME(__origin__), &origin);
  if (found > 0) found = value_find_attribute(item, NAME(__args__), &arguments);
  if (found < 0) return NULL;
  if (found) return value_repr(item); // an alias shows itself
  found = value_find_attribute(item, NAME(__qualname__), &name);
  if (found > 0) found = value_find_attribute(item, NAME(__module__), &module);
  if (found < 0) return NULL;
  if (!found || module == VALUE_NONE || !value_is_str(name)) return value_repr(item);
  if (value_is_str(module) && str_equals(module, NAME(builtins))) return value_str(name);
  return str_format_c("%S.%S", module, name);
}

static bool is_type_variable(Value value) {
  return !value_is_class(value) && class_lookup(value_class(value), NAME(__typing_subst__));
}

static bool add_once(Value list, Value item) {
  for (size_t i = 0; i < list_count(list); i++)
    if (list_item(list, i) == item) return true;
  return list_append(list, item);
}

static bool collect(Value list, Value arguments) {
  for (size_t i = 0; i < tuple_count(arguments); i++) {
    Value item = tuple_item(arguments, i), inner;
    if (value_is_class(item)) continue;
    if (is_type_variable(item)) {
      if (!add_once(list, item)) return false;
      continue;
    }
    int found = value_find_attribute(item, NAME(__parameters__), &inner);
    if (found < 0) return false;
    if (!found || !value_is_tuple(inner)) continue;
    for (size_t j = 0; j < tuple_count(inner); j++)
      if (!add_once(list, tuple_item(inner, j))) return false;
  }
  return true;
}

Value generic_collect_parameters(Value arguments) {
  Value list = list_new_sized(0);
  return list && collect(list, arguments) ? list_to_tuple(list) : NULL;
}

static ptrdiff_t index_of(Value tuple, Value item) {
  for (size_t i = 0; i < tuple_count(tuple); i++)
    if (tuple_item(tuple, i) == item) return (ptrdiff_t)i;
  return -1;
}

// The items of `*alias` (an unpacked tuple type), as typing tells them; else zero.
static Value unpacked_items(Value item) {
  Value items;
  if (value_is_class(item)) return NULL;
  int found = value_find_attribute(item, NAME(__typing_unpacked_tuple_args__), &items);
  if (found <= 0 || !value_is_tuple(items)) return NULL;
  size_t count = tuple_count(items);
  return count && tuple_item(items, count - 1) == VALUE_ELLIPSIS ? NULL : items;
}

static Value given_items(Value item) {
  Value list = list_new_sized(1);
  bool is_tuple = value_is_tuple(item);
  size_t count = is_tuple ? tuple_count(item) : 1;
  for (size_t i = 0; list && i < count; i++) {
    Value one = is_tuple ? tuple_item(item, i) : item;
    Value several = unpacked_items(one);
    if (exception_pending()) return NULL;
    if (several ? !list_extend(list, several) : !list_append(list, one)) return NULL;
  }
  return list ? list_to_tuple(list) : NULL;
}

// `argument`, an alias or union that contains type variables, with its own variables replaced.
static Value substitute_inside(Value argument, Value inner, Value parameters, Value given) {
  Value own = list_new_sized(tuple_count(inner));
  for (size_t i = 0; own && i < tuple_count(inner); i++) {
    Value parameter = tuple_item(inner, i);
    ptrdiff_t index = index_of(parameters, parameter);
    if (index < 0) {
      if (!list_append(own, parameter)) return NULL;
      continue;
    }
    Value replacement = tuple_item(given, (size_t)index);
    // A TypeVarTuple's replacement is a tuple of types.
    bool is_variadic = value_is_tuple(replacement) && class_lookup(value_class(parameter), NAME(__iter__));
    if (is_variadic ? !list_extend(own, replacement) : !list_append(own, replacement)) return NULL;
  }
  Value items = own ? list_to_tuple(own) : NULL;
  return items ? value_get_item(argument, items) : NULL;
}

Value generic_substitute(Value alias, Value arguments, Value parameters, Value item) {
  size_t parameter_count = tuple_count(parameters);
  if (!parameter_count) return raise_type_error("%R is not a generic class", alias);
  Value given = given_items(item);
  for (size_t i = 0; given && i < parameter_count; i++) {
    Value prepare;
    int found = value_find_attribute(tuple_item(parameters, i), NAME(__typing_prepare_subst__), &prepare);
    if (found < 0) return NULL;
    if (!found || prepare == VALUE_NONE) continue;
    Value prepared = value_call_2(prepare, alias, value_is_tuple(given) ? given : tuple_of(1, given));
    given = prepared ? value_to_tuple(prepared) : NULL;
  }
  if (!given) return NULL;
  if (tuple_count(given) != parameter_count)
    return raise_type_error("Too %s arguments for %R; actual %zu, expected %zu",
                            tuple_count(given) > parameter_count ? "many" : "few", alias, tuple_count(given),
                            parameter_count);
  Value result = list_new_sized(tuple_count(arguments));
  for (size_t i = 0; result && i < tuple_count(arguments); i++) {
    Value argument = tuple_item(arguments, i), inner;
    if (value_is_class(argument)) {
      if (!list_append(result, argument)) return NULL;
      continue;
    }
    bool unpacks = class_lookup(value_class(argument), NAME(__typing_is_unpacked_typevartuple__)) != NULL;
    Value replaced;
    if (is_type_variable(argument)) {
      ptrdiff_t index = index_of(parameters, argument);
      replaced = value_call_method_1(argument, "__typing_subst__", tuple_item(given, (size_t)index));
    } else {
      int found = value_find_attribute(argument, NAME(__parameters__), &inner);
      if (found < 0) return NULL;
      bool contains = found && value_is_tuple(inner) && tuple_count(inner);
      replaced = contains ? substitute_inside(argument, inner, parameters, given) : argument;
      unpacks = unpacks && contains;
    }
    if (!replaced) return NULL;
    if (unpacks && value_is_tuple(replaced) ? !list_extend(result, replaced) : !list_append(result, replaced))
      return NULL;
  }
  return result ? list_to_tuple(result) : NULL;
}
