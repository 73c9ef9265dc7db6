// Calling functions written in C, and the objects that stand for them.
//
// Who checks what: native_invoke trusts its receiver and binds arguments; native_call is what Python code reaches: it
// checks the receiver of an unbound method and turns an exhausted native __next__ into StopIteration.
#include "runtime/object/native.h"

#include "runtime/heap/alloc.h"
#include "runtime/object/arguments.h"
#include "runtime/object/class_internal.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/frame.h"
#include "runtime/object/native_dispatch.h"
#include "runtime/object/opcodes.h"
#include "runtime/object/str.h"

#include <string.h>

enum : size_t { PARAMETERS_LIMIT = 32 };

static size_t arity_count(NativeArity arity) {
  return (size_t)arity;
}

static Value dispatch(const NativeMethod *method, Value *v) {
  NativeFunction f = method->function;
  switch (method->arity) {
  case NATIVE_5:
    return f.f5(v[0], v[1], v[2], v[3], v[4]);
  case NATIVE_6:
    return f.f6(v[0], v[1], v[2], v[3], v[4], v[5]);
  case NATIVE_ARRAY:
    return f.array(v);
  default:
    return native_dispatch(method, v);
  }
}

static const Signature *native_signature(NativeObject *callee, bool passes_self) {
  const Signature *signature = __atomic_load_n(&callee->signature, __ATOMIC_ACQUIRE);
  if (signature) return signature;
  const NativeMethod *method = callee->method;
  size_t count = method->arity <= NATIVE_6 ? arity_count(method->arity) - passes_self : 0;
  signature = signature_parse(method->signature, count);
  if (signature) __atomic_store_n(&callee->signature, signature, __ATOMIC_RELEASE);
  return signature;
}

// The two that follow have arrays no larger than needed: whatever an unused part of one holds would be taken for
// references as long as the native function runs.

// Fewer arguments than parameters, by position only: the rest are zero.
[[gnu::noinline]] static Value invoke_short(const NativeMethod *method, const Signature *signature, Value self,
                                            const Value *arguments, size_t count) {
  Value bound[1 + signature->count];
  size_t first = self != NULL;
  bound[0] = self;
  for (size_t i = 0; i < signature->count; i++) bound[first + i] = i < count ? arguments[i] : NULL;
  return dispatch(method, bound);
}
[[gnu::noinline]] static Value invoke_bound(NativeObject *callee, const Signature *signature, Value self,
                                            Value *arguments, size_t count, Value keyword_names) {
  if (signature->count > PARAMETERS_LIMIT)
    return raise(CLASS_SYSTEM_ERROR, "%s() has too many parameters", callee->method->name);
  Value bound[1 + signature->count];
  bound[0] = self;
  if (!signature_bind(signature, callee, NULL, arguments, count, keyword_names, bound + (self != NULL))) return NULL;
  return dispatch(callee->method, bound);
}

static bool refers_to(Value called, const void *function) {
  return called && (VALUE_IS_EXACT(called, BUILTIN_FUNCTION) || VALUE_IS_EXACT(called, METHOD_DESCRIPTOR)) &&
         ((NativeObject *)value_cell(called))->method->function.any == function;
}
// Finalizers that are native functions run at any instruction, which need not be over.
static bool is_called_by_instruction(const Thread *thread, const void *function) {
  const Frame *frame = thread->frame;
  if (!frame || !frame->code || thread->finalizer_depth > 0) return false;
  Instruction word = __atomic_load_n(frame->pc, __ATOMIC_RELAXED);
  unsigned base = opcode_base[word & 0xff];
  bool calls = base == OP_CALL || base == OP_CALL_METHOD || base == OP_CALL_KEYWORDS || base == OP_CALL_METHOD_KEYWORDS;
  return calls && refers_to(frame->registers[instruction_b(word)], function);
}
NativeCaller native_caller(const void *function) {
  Thread *thread = thread_current();
  Value called = thread->called;
  thread->called = NULL;
  if (refers_to(called, function)) return CALLER_INTERPRETER;
  return is_called_by_instruction(thread, function) ? CALLER_COMPILED : CALLER_NATIVE;
}

Value native_invoke(NativeObject *callee, Value self, Value *arguments, size_t count, Value keyword_names) {
  const NativeMethod *method = callee->method;
  if (method->arity == NATIVE_RAW) return method->function.raw(self, arguments, count, keyword_names);
  const Signature *signature = native_signature(callee, self != NULL);
  if (!signature) return NULL;
  if (!signature->plain || count > signature->count || count < signature->required ||
      (keyword_names && tuple_count(keyword_names)))
    return invoke_bound(callee, signature, self, arguments, count, keyword_names);
  if (count < signature->count) return invoke_short(method, signature, self, arguments, count);
  if (!self) return dispatch(method, arguments);
  NativeFunction f = method->function;
  switch (method->arity) {
  case NATIVE_1:
    return f.f1(self);
  case NATIVE_2:
    return f.f2(self, arguments[0]);
  case NATIVE_3:
    return f.f3(self, arguments[0], arguments[1]);
  case NATIVE_4:
    return f.f4(self, arguments[0], arguments[1], arguments[2]);
  default:
    return invoke_bound(callee, signature, self, arguments, count, keyword_names);
  }
}

static Value finish(Value result) {
  return __builtin_expect(result == VALUE_STOP, 0) ? raise_stop_iteration(NULL) : result;
}

// C.__new__(class, ...): `class` must be a subclass of C whose own native part is C's.
static Value call_new(NativeObject *callee, Value *arguments, size_t count, Value keyword_names) {
  Class *owner = value_as_class(callee->owner);
  if (count == 0) return raise_type_error("%N.__new__(): not enough arguments", owner);
  if (!value_is_class(arguments[0]))
    return raise_type_error("%N.__new__(X): X is not a type object (%T)", owner, arguments[0]);
  Class *class = value_as_class(arguments[0]);
  if (!class_is_subclass(class, owner))
    return raise_type_error("%N.__new__(%N): %N is not a subtype of %N", owner, class, class, owner);
  Class *native = class;
  while (native->flags & CLASS_HEAP_TYPE) native = value_as_class(native->base);
  Value proper = class_special(native, SPECIAL_NEW);
  if ((native->flags & CLASS_NO_NEW) && native != owner)
    return raise_type_error("%N.__new__(%N) is not safe, use %N.__new__()", owner, class, native);
  if (proper && VALUE_IS_EXACT(proper, BUILTIN_FUNCTION) &&
      ((NativeObject *)value_cell(proper))->method->function.any != callee->method->function.any)
    return raise_type_error("%N.__new__(%N) is not safe, use %N.__new__()", owner, class, native);
  return native_invoke(callee, arguments[0], arguments + 1, count - 1, keyword_names);
}

Value native_call(NativeObject *callee, Value self, Value *arguments, size_t count, Value keyword_names) {
  Class *kind = cell_shape(&callee->head)->class;
  if (kind == BUILTIN(BUILTIN_FUNCTION)) {
    bool is_static = callee->method->flags & NATIVE_STATIC;
    if (is_static && native_is_new(callee)) return call_new(callee, arguments, count, keyword_names);
    bool passes_self = (callee->owner && !is_static) || callee->method->arity == NATIVE_RAW;
    return finish(native_invoke(callee, passes_self ? callee->self : NULL, arguments, count, keyword_names));
  }
  if (kind == BUILTIN(METHOD_WRAPPER))
    return finish(native_invoke(callee, callee->self, arguments, count, keyword_names));

  // Unbound: the first argument is the receiver, unless the caller has split it off.
  Class *owner = value_as_class(callee->owner);
  const char *name = callee->method->name;
  if (!self) {
    if (count == 0) {
      if (kind == BUILTIN(METHOD_DESCRIPTOR))
        return raise_type_error("unbound method %U.%s() needs an argument", owner->qualified_name, name);
      return raise_type_error("descriptor '%s' of '%.100N' object needs an argument", name, owner);
    }
    self = arguments[0];
    arguments++;
    count--;
  }
  if (kind == BUILTIN(CLASSMETHOD_DESCRIPTOR)) {
    if (!value_is_class(self))
      return raise_type_error("descriptor '%s' for type '%.100N' needs a type, not a '%.100T' as arg 2", name, owner,
                              self);
    if (!class_is_subclass(value_as_class(self), owner))
      return raise_type_error("descriptor '%s' requires a subtype of '%.100N' but received '%.100N'", name, owner,
                              value_as_class(self));
  } else if (!value_is_instance(self, owner)) {
    if (kind == BUILTIN(METHOD_DESCRIPTOR))
      return raise_type_error("descriptor '%s' for '%.100N' objects doesn't apply to a '%.100T' object", name, owner,
                              self);
    return raise_type_error("descriptor '%s' requires a '%.100N' object but received a '%.100T'", name, owner, self);
  }
  return finish(native_invoke(callee, self, arguments, count, keyword_names));
}

// Making

static Value native_object_new(ClassId kind, const NativeMethod *method, Value self, Class *owner, Value module) {
  NativeObject *object = class_allocate(builtin_classes[kind], 0);
  if (!object) return NULL;
  gc_init(object, &object->self, self);
  if (owner) gc_init(object, &object->owner, value_from_cell(owner));
  gc_init(object, &object->module, module);
  object->method = method;
  return value_from_cell(object);
}

Value native_function_new(const NativeMethod *method, Value self, Value module_name) {
  return native_object_new(CLASS_BUILTIN_FUNCTION, method, self, NULL, module_name);
}

Value native_descriptor_new(const NativeMethod *method, Class *owner) {
  Value class = value_from_cell(owner);
  if (method->flags & NATIVE_STATIC) {
    if (strcmp(method->name, "__new__") == 0)
      return native_object_new(CLASS_BUILTIN_FUNCTION, method, class, owner, NULL);
    Value function = native_object_new(CLASS_BUILTIN_FUNCTION, method, class, owner, NULL);
    return function ? staticmethod_new(function) : NULL;
  }
  if (method->flags & NATIVE_CLASS) return native_object_new(CLASS_CLASSMETHOD_DESCRIPTOR, method, NULL, owner, NULL);
  Value name = str_intern_c(method->name);
  if (!name) return NULL;
  int special = special_of_name(name);
  bool is_slot = special >= 0 && special_is_slot((Special)special) && !(method->flags & NATIVE_METHOD);
  return native_object_new(is_slot ? CLASS_SLOT_WRAPPER : CLASS_METHOD_DESCRIPTOR, method, NULL, owner, NULL);
}

// The bound form of an unbound native method: method-wrapper or built-in method.
Value native_bind(NativeObject *unbound, Value self) {
  ClassId kind = VALUE_IS_EXACT(value_from_cell(unbound), SLOT_WRAPPER) ? CLASS_METHOD_WRAPPER : CLASS_BUILTIN_FUNCTION;
  NativeObject *bound = cell_alloc_inline(builtin_shapes[kind], sizeof *bound);
  if (!bound) return NULL;
  gc_init(bound, &bound->self, self);
  gc_init(bound, &bound->owner, unbound->owner);
  bound->method = unbound->method;
  // Parsed once, for all that are bound. What cannot be parsed raises when it is called.
  if (unbound->method->arity != NATIVE_RAW && !(bound->signature = native_signature(unbound, true))) exception_clear();
  return value_from_cell(bound);
}

bool native_is_new(const NativeObject *callee) {
  return callee->owner && (callee->method->flags & NATIVE_STATIC) && strcmp(callee->method->name, "__new__") == 0;
}

Class *native_holder(const NativeObject *callee) {
  if (!callee->self || !VALUE_IS_EXACT(value_from_cell(callee), BUILTIN_FUNCTION)) return value_as_class(callee->owner);
  return value_is_class(callee->self) ? value_as_class(callee->self) : value_class(callee->self);
}
