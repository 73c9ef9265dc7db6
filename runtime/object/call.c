// Calling anything: dispatch on what the callable is, binding of special methods, the guard against deep C recursion.
#include "runtime/object/call.h"

#include "runtime/heap/heap.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/dict.h"
#include "runtime/object/function.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/object/type.h"
#include "runtime/runtime.h"

#include <string.h>

RuntimeHooks runtime_hooks;

enum : size_t { STACK_ARGUMENTS = 64 }; // more arguments than this are gathered in a tuple

// Recursion

bool recursion_enter(const char *where) {
  Thread *thread = thread_current();
  if (c_stack_is_low() || thread->recursion_depth >= runtime.recursion_limit) {
    raise(CLASS_RECURSION_ERROR, "maximum recursion depth exceeded%s", where);
    return false;
  }
  thread->recursion_depth++;
  return true;
}

void recursion_leave(void) {
  thread_current()->recursion_depth--;
}

// Calls

Value call_with_first(Value callable, Value first, Value *arguments, size_t count, Value keyword_names) {
  size_t total = count + (keyword_names ? tuple_count(keyword_names) : 0);
  if (total < STACK_ARGUMENTS) {
    Value all[total + 1]; // no more: an unused part would keep alive what it happens to refer to
    all[0] = first;
    if (arguments) memcpy(all + 1, arguments, total * sizeof(Value));
    return value_call(callable, all, count + 1, keyword_names);
  }
  Tuple *all = tuple_allocate(total + 1);
  if (!all) return NULL;
  gc_init(all, &all->items[0], first);
  for (size_t i = 0; i < total; i++) gc_init(all, &all->items[i + 1], arguments[i]);
  Value result = value_call(callable, all->items, count + 1, keyword_names);
  KEEP(all);
  return result;
}

static Value call_by_special(Value callable, Value *arguments, size_t count, Value keyword_names) {
  Value call = value_special(callable, SPECIAL_CALL);
  if (!call) return raise_type_error("'%.200T' object is not callable", callable);
  if (!recursion_enter(" while calling a Python object")) return NULL;
  Value result = special_call(call, callable, arguments, count, keyword_names);
  recursion_leave();
  return result;
}

Value value_call(Value callable, Value *arguments, size_t count, Value keyword_names) {
  if (!value_is_cell(callable)) return call_by_special(callable, arguments, count, keyword_names);
  if (__builtin_expect(c_stack_is_low(), 0))
    return raise(CLASS_RECURSION_ERROR, "maximum recursion depth exceeded while calling a Python object");
  Class *class = cell_shape(value_cell(callable))->class;
  if (class == BUILTIN(FUNCTION)) return runtime_hooks.call_function(callable, arguments, count, keyword_names);
  if (class == BUILTIN(BUILTIN_FUNCTION) || class == BUILTIN(METHOD_DESCRIPTOR) || class == BUILTIN(SLOT_WRAPPER) ||
      class == BUILTIN(METHOD_WRAPPER))
    return native_call((NativeObject *)value_cell(callable), NULL, arguments, count, keyword_names);
  if (class == BUILTIN(METHOD)) {
    Method *method = (Method *)value_cell(callable);
    return call_with_first(method->function, method->self, arguments, count, keyword_names);
  }
  if ((class->flags & CLASS_IS_TYPE) && class->special[SPECIAL_CALL] == BUILTIN(TYPE)->special[SPECIAL_CALL])
    return class_call(value_as_class(callable), arguments, count, keyword_names);
  return call_by_special(callable, arguments, count, keyword_names);
}

Value value_call_0(Value callable) {
  return value_call(callable, NULL, 0, NULL);
}

Value value_call_1(Value callable, Value a) {
  return value_call(callable, &a, 1, NULL);
}

Value value_call_2(Value callable, Value a, Value b) {
  Value arguments[] = {a, b};
  return value_call(callable, arguments, 2, NULL);
}

Value value_call_3(Value callable, Value a, Value b, Value c) {
  Value arguments[] = {a, b, c};
  return value_call(callable, arguments, 3, NULL);
}

Value value_call_tuple(Value callable, Value arguments, Value keywords) {
  size_t count = tuple_count(arguments);
  if (!keywords || dict_count(keywords) == 0) {
    Value result = value_call(callable, value_as_tuple(arguments)->items, count, NULL);
    KEEP(arguments);
    return result;
  }
  size_t keyword_count = dict_count(keywords);
  Tuple *names = tuple_allocate(keyword_count);
  Tuple *all = tuple_allocate(count + keyword_count);
  if (!names || !all) return NULL;
  for (size_t i = 0; i < count; i++) gc_init(all, &all->items[i], tuple_item(arguments, i));
  size_t position = 0, i = 0;
  Value name, value;
  while (i < keyword_count && dict_next(keywords, &position, &name, &value)) {
    if (!value_is_str(name)) return raise_type_error("keywords must be strings");
    gc_init(names, &names->items[i], name);
    gc_init(all, &all->items[count + i++], value);
  }
  Value result = value_call(callable, all->items, count, value_from_cell(names));
  KEEP(all);
  return result;
}

bool value_is_callable(Value value) {
  return value_special(value, SPECIAL_CALL) != NULL;
}

// Methods by name

// What `object.name` calls, without making a bound method where that can be avoided: then *self is the object.
static Value find_method(Value object, Value name, Value *self) {
  *self = NULL;
  Class *class = value_class(object);
  if (class->special[SPECIAL_GETATTRIBUTE] == BUILTIN(OBJECT)->special[SPECIAL_GETATTRIBUTE]) {
    Value method = class_lookup(class, name);
    if (method && (value_class(method)->flags & CLASS_BINDS_AS_METHOD) &&
        !(value_is_cell(object) && instance_get(object, name))) {
      *self = object;
      return method;
    }
  }
  return value_get_attribute(object, name);
}

static Value call_method_by_name(Value object, Value name, Value *arguments, size_t count) {
  Value self;
  Value method = name ? find_method(object, name, &self) : NULL;
  if (!method) return NULL;
  return self ? call_with_first(method, self, arguments, count, NULL) : value_call(method, arguments, count, NULL);
}

Value value_call_method(Value object, const char *name, Value *arguments, size_t count) {
  return call_method_by_name(object, str_intern_c(name), arguments, count);
}

Value value_call_method_0(Value object, const char *name) {
  return value_call_method(object, name, NULL, 0);
}

Value value_call_method_1(Value object, const char *name, Value a) {
  return value_call_method(object, name, &a, 1);
}

Value value_call_method_2(Value object, const char *name, Value a, Value b) {
  Value arguments[] = {a, b};
  return value_call_method(object, name, arguments, 2);
}

// Special methods, as class_special() gives them

static inline NativeObject *trusted_native(Value method) {
  if (!VALUE_IS_EXACT(method, SLOT_WRAPPER) && !VALUE_IS_EXACT(method, METHOD_DESCRIPTOR)) return NULL;
  return value_cell(method)->flags & NATIVE_FOREIGN ? NULL : (NativeObject *)value_cell(method);
}

Value special_call(Value method, Value self, Value *arguments, size_t count, Value keyword_names) {
  NativeObject *native = trusted_native(method);
  if (native) return native_invoke(native, self, arguments, count, keyword_names);
  if (value_class(method)->flags & CLASS_BINDS_AS_METHOD)
    return call_with_first(method, self, arguments, count, keyword_names);
  Value bound = descriptor_get(method, self, value_class(self));
  return bound ? value_call(bound, arguments, count, keyword_names) : NULL;
}

Value special_call_1(Value method, Value self) {
  NativeObject *native = trusted_native(method);
  if (native && native->method->arity == NATIVE_1) return native->method->function.f1(self);
  if (value_is_function(method)) return runtime_hooks.call_function(method, &self, 1, NULL);
  return special_call(method, self, NULL, 0, NULL);
}

Value special_call_2(Value method, Value self, Value a) {
  NativeObject *native = trusted_native(method);
  if (native && native->method->arity == NATIVE_2) return native->method->function.f2(self, a);
  if (value_is_function(method)) {
    Value arguments[] = {self, a};
    return runtime_hooks.call_function(method, arguments, 2, NULL);
  }
  return special_call(method, self, &a, 1, NULL);
}

Value special_call_3(Value method, Value self, Value a, Value b) {
  NativeObject *native = trusted_native(method);
  if (native && native->method->arity == NATIVE_3) return native->method->function.f3(self, a, b);
  Value arguments[] = {self, a, b};
  if (value_is_function(method)) return runtime_hooks.call_function(method, arguments, 3, NULL);
  return special_call(method, self, arguments + 1, 2, NULL);
}

Value value_lookup_special(Value object, Special special) {
  Value method = value_special(object, special);
  return method ? descriptor_get(method, object, value_class(object)) : NULL;
}
