// Calling a class: __new__, then __init__ of what it gave.
#include "runtime/object/call.h"
#include "runtime/object/class_internal.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/object_type.h"
#include "runtime/object/type.h"

static Value make_instance(Class *class, Value *arguments, size_t count, Value keyword_names) {
  Value self = value_from_cell(class);
  Value method = class_special(class, SPECIAL_NEW);
  if (VALUE_IS_EXACT(method, BUILTIN_FUNCTION)) {
    NativeObject *native = (NativeObject *)value_cell(method);
    if (native->method->function.raw == object_new) return object_new(self, arguments, count, keyword_names);
    if (native->method->flags & NATIVE_STATIC) return native_invoke(native, self, arguments, count, keyword_names);
  }
  Value function = descriptor_get(method, NULL, class);
  return function ? call_with_first(function, self, arguments, count, keyword_names) : NULL;
}

Value class_call(Class *class, Value *arguments, size_t count, Value keyword_names) {
  if (class->construct.raw) return class->construct.raw(value_from_cell(class), arguments, count, keyword_names);
  if (class == BUILTIN(TYPE) && count == 1 && (!keyword_names || !tuple_count(keyword_names)))
    return value_from_cell(value_class(arguments[0]));
  if (__builtin_expect(class->flags & CLASS_NO_NEW, 0)) {
    Value name = class_full_name(class);
    return name ? raise_type_error("cannot create '%.100U' instances", name) : NULL;
  }
  Value object = make_instance(class, arguments, count, keyword_names);
  if (!object || !value_is_instance(object, class)) return object;
  Value init = value_special(object, SPECIAL_INIT);
  Value result;
  if (init == BUILTIN(OBJECT)->special[SPECIAL_INIT]) {
    // A __new__ of its own has looked at the arguments already.
    if (!class_inherits_new(class)) return object;
    result = object_init(object, arguments, count, keyword_names);
  } else {
    result = special_call(init, object, arguments, count, keyword_names);
  }
  if (!result) return NULL;
  if (result != VALUE_NONE) return raise_type_error("__init__() should return None, not '%.200T'", result);
  return object;
}
