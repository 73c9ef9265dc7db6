// Calls of native functions that are known: their C functions are called at once. See build.h.
//
// Three ways, from the best to the general one: a plain operation (runtime_try.h) that stands for a method of a
// built-in class; the C function itself without a word to the VM, if with such arguments it runs no Python code
// (NATIVE_PLAIN); the C function itself as any call, without looking at signature and arguments again.
#include "jit/build_internal.h"

#include "runtime/object/arguments.h"
#include "runtime/object/native.h"
#include <string.h>

enum : uint32_t { NATIVE_ARGUMENTS = 4 }; // the receiver counts

// Methods, by the plain operation that does what they do. Absent arguments are None.
static const struct {
  ClassId class;
  const char *name;
  uint8_t least, most; // arguments, with the receiver
  RuntimeFunction which;
} plain_methods[] = {
    {CLASS_DICT, "get", 2, 3, RUNTIME_TRY_DICT_GET},
    {CLASS_DICT, "setdefault", 2, 3, RUNTIME_TRY_SET_DEFAULT},
    {CLASS_SET, "add", 2, 2, RUNTIME_TRY_SET_ADD},
    {CLASS_SET, "discard", 2, 2, RUNTIME_TRY_SET_DISCARD},
    {CLASS_SET, "isdisjoint", 2, 2, RUNTIME_TRY_IS_DISJOINT},
    {CLASS_FROZENSET, "isdisjoint", 2, 2, RUNTIME_TRY_IS_DISJOINT},
    {CLASS_LIST, "pop", 1, 1, RUNTIME_TRY_LIST_POP},
    {CLASS_STR, "join", 2, 2, RUNTIME_TRY_JOIN},
};

static bool build_plain_method(Builder *builder, const NativeObject *native, HirNode **arguments, uint32_t count) {
  for (size_t i = 0; i < sizeof plain_methods / sizeof *plain_methods; i++) {
    ClassId class = plain_methods[i].class;
    if (native->owner != value_from_cell(builtin_classes[class]) || count < plain_methods[i].least ||
        count > plain_methods[i].most || strcmp(native->method->name, plain_methods[i].name) != 0)
      continue;
    bool is_get = plain_methods[i].which == RUNTIME_TRY_DICT_GET;
    HirNode *otherwise = count > 2 ? arguments[2] : emit_constant(builder, VALUE_NONE);
    if (is_get && build_dict_get(builder, arguments[0], arguments[1], otherwise)) return true;
    HirNode *inputs[NATIVE_ARGUMENTS];
    inputs[0] = guard_shape(builder, arguments[0], builtin_shapes[class]);
    for (uint32_t j = 1; j < plain_methods[i].most; j++)
      inputs[j] = j < count ? arguments[j] : emit_constant(builder, VALUE_NONE);
    set_result(builder, emit_runtime(builder, plain_methods[i].which, plain_methods[i].most, inputs));
    return true;
  }
  return false;
}

// Of a kind that NATIVE_PLAIN means; behind a guard, if it is not known.
static HirNode *plain_argument(Builder *builder, HirNode *argument) {
  if (!(argument->kinds & KIND_CELL)) return argument;
  if (node_hint(argument) == KIND_INT) {
    as_int(builder, argument);
    return argument;
  }
  return guard_shape(builder, argument, SHAPE(STR));
}

// Is the receiver exactly of the class, or, if `exactly` is false, at least an instance of it?
static bool receiver_is(const Builder *builder, const HirNode *receiver, Value owner, bool exactly) {
  Class *class = receiver->kinds == KIND_INT                                             ? BUILTIN(INT)
                 : receiver->kinds == KIND_FLOAT                                         ? BUILTIN(FLOAT)
                 : receiver->shape && node_has_shape(builder, receiver, receiver->shape) ? receiver->shape->class
                                                                                         : NULL;
  if (!class) return false;
  return exactly ? value_from_cell(class) == owner : class_is_subclass(class, value_as_class(owner));
}

// Can the C function take `count` arguments (with the receiver) as they are, absent ones being zero?
static bool takes_directly(const NativeObject *native, uint32_t count, bool is_method) {
  const NativeMethod *method = native->method;
  if (method->flags & (NATIVE_STATIC | NATIVE_CLASS) || (uintptr_t)method->function.any & 3) return false;
  if (method->arity == NATIVE_RAW) return count >= is_method && count <= NATIVE_ARGUMENTS;
  if (method->arity == NATIVE_0 || method->arity > NATIVE_4) return false;
  const Signature *signature = __atomic_load_n(&native->signature, __ATOMIC_ACQUIRE);
  return signature && signature->plain && count >= signature->required + is_method &&
         count <= signature->count + is_method && signature->count + is_method == method->arity;
}

// These say by VALUE_STOP that something has ended, which the call itself would turn into an exception.
static bool may_stop(const NativeMethod *method) {
  return strcmp(method->name, "__next__") == 0 || strcmp(method->name, "next") == 0 ||
         strcmp(method->name, "send") == 0 || strcmp(method->name, "throw") == 0;
}

static const RuntimeFunction try_functions[NATIVE_ARGUMENTS + 1] = {
    RUNTIME_COUNT, RUNTIME_TRY_NATIVE_1, RUNTIME_TRY_NATIVE_2, RUNTIME_TRY_NATIVE_3, RUNTIME_TRY_NATIVE_4};
static const RuntimeFunction call_functions[NATIVE_ARGUMENTS + 1] = {RUNTIME_COUNT, RUNTIME_NATIVE_1, RUNTIME_NATIVE_2,
                                                                     RUNTIME_NATIVE_3, RUNTIME_NATIVE_4};
static const RuntimeFunction raw_functions[NATIVE_ARGUMENTS + 1] = {RUNTIME_COUNT, RUNTIME_TRY_RAW_1, RUNTIME_TRY_RAW_2,
                                                                    RUNTIME_TRY_RAW_3, RUNTIME_TRY_RAW_4};

bool build_native(Builder *builder, Value callee, HirNode **arguments, uint32_t count) {
  const NativeObject *native = (const NativeObject *)value_cell(callee);
  const NativeMethod *method = native->method;
  bool is_method = VALUE_IS_EXACT(callee, METHOD_DESCRIPTOR), first_time = builder_failures(builder) == 0;
  if (is_method ? count == 0 : native->owner != NULL) return false;
  if (is_method && first_time && build_plain_method(builder, native, arguments, count)) return true;
  if (!takes_directly(native, count, is_method) || may_stop(method)) return false;
  if (is_method && !receiver_is(builder, arguments[0], native->owner, false)) return false;
  bool is_raw = method->arity == NATIVE_RAW;
  bool is_plain = first_time && (method->flags & NATIVE_PLAIN) &&
                  (!is_method || receiver_is(builder, arguments[0], native->owner, true));
  if (is_raw && !(is_plain && is_method)) return false;
  HirNode *inputs[1 + NATIVE_ARGUMENTS];
  uint32_t total = is_raw ? count : (uint32_t)method->arity;
  for (uint32_t i = 0; i < total; i++) {
    inputs[1 + i] = i < count ? arguments[i] : builder->unbound;
    if (is_plain && i >= is_method) inputs[1 + i] = plain_argument(builder, inputs[1 + i]);
  }
  inputs[0] = emit_int(builder, (int64_t)((uintptr_t)method->function.any >> 2)); // scaled it is the address
  const RuntimeFunction *functions = is_raw ? raw_functions : is_plain ? try_functions : call_functions;
  set_result(builder, emit_runtime(builder, functions[total], total + 1, inputs));
  if (!is_plain) emit_recheck(builder);
  return true;
}
