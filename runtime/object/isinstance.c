// isinstance() and issubclass(): the hooks, classes, tuples of them, unions, and objects that only look like classes.
#include "runtime/object/call.h"
#include "runtime/object/class_create.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/union.h"

// __bases__ of something that is not a class, if it is a tuple: 1, 0, -1.
static int abstract_bases(Value object, Value *bases) {
  int found = value_find_attribute(object, NAME(__bases__), bases);
  return found > 0 ? value_is_tuple(*bases) : found;
}

static int check_is_class(Value class, const char *message) {
  Value bases;
  int found = abstract_bases(class, &bases);
  if (found == 0) raise_type_error("%s", message);
  return found > 0;
}

static int abstract_issubclass(Value derived, Value class) {
  if (derived == class) return 1;
  Value bases;
  int found = abstract_bases(derived, &bases);
  if (found <= 0) return found;
  if (!recursion_enter(" in __issubclass__")) return -1;
  int result = 0;
  for (size_t i = 0; !result && i < tuple_count(bases); i++) result = abstract_issubclass(tuple_item(bases, i), class);
  recursion_leave();
  return result;
}

int class_real_isinstance(Value object, Value class) {
  Value claimed;
  if (value_is_class(class)) {
    if (value_is_instance(object, value_as_class(class))) return 1;
    int found = value_find_attribute(object, NAME(__class__), &claimed);
    if (found <= 0) return found;
    return claimed != value_from_cell(value_class(object)) && value_is_class(claimed) &&
           class_is_subclass(value_as_class(claimed), value_as_class(class));
  }
  if (!check_is_class(class, "isinstance() arg 2 must be a type, a tuple of types, or a union")) return -1;
  int found = value_find_attribute(object, NAME(__class__), &claimed);
  return found > 0 ? abstract_issubclass(claimed, class) : found;
}

int class_real_issubclass(Value derived, Value class) {
  if (value_is_class(class) && value_is_class(derived))
    return class_is_subclass(value_as_class(derived), value_as_class(class));
  if (!check_is_class(derived, "issubclass() arg 1 must be a class")) return -1;
  if (!value_is_class(class) && !VALUE_IS_EXACT(class, UNION) &&
      !check_is_class(class, "issubclass() arg 2 must be a class, a tuple of classes, or a union"))
    return -1;
  return abstract_issubclass(derived, class);
}

typedef int Check(Value subject, Value class);

static int any_of(Check *check, Value subject, Value classes, const char *where) {
  if (!recursion_enter(where)) return -1;
  int result = 0;
  for (size_t i = 0; !result && i < tuple_count(classes); i++) result = check(subject, tuple_item(classes, i));
  recursion_leave();
  return result;
}

// The hook of type(class), unless it is type's own.
static int ask_hook(Value subject, Value class, Special special, const char *where, Check *otherwise) {
  Value hook = value_special(class, special);
  if (!hook || hook == BUILTIN(TYPE)->special[special]) return otherwise(subject, class);
  if (!recursion_enter(where)) return -1;
  Value result = special_call_2(hook, class, subject);
  recursion_leave();
  return result ? value_truth(result) : -1;
}

int value_isinstance(Value object, Value class_or_tuple) {
  if (value_from_cell(value_class(object)) == class_or_tuple) return 1;
  if (VALUE_IS_EXACT(class_or_tuple, UNION)) class_or_tuple = union_arguments(class_or_tuple);
  if (value_is_tuple(class_or_tuple)) return any_of(value_isinstance, object, class_or_tuple, " in __instancecheck__");
  return ask_hook(object, class_or_tuple, SPECIAL_INSTANCECHECK, " in __instancecheck__", class_real_isinstance);
}

int value_issubclass(Value class, Value class_or_tuple) {
  if (VALUE_IS_EXACT(class_or_tuple, UNION)) class_or_tuple = union_arguments(class_or_tuple);
  if (value_is_tuple(class_or_tuple)) return any_of(value_issubclass, class, class_or_tuple, " in __subclasscheck__");
  return ask_hook(class, class_or_tuple, SPECIAL_SUBCLASSCHECK, " in __subclasscheck__", class_real_issubclass);
}

bool value_is_abstract(Value value) {
  Value abstract;
  int found = value_find_attribute(value, NAME(__isabstractmethod__), &abstract);
  return found > 0 && value_truth(abstract) > 0;
}
