// Native functions are called directly when the arguments are exactly the C function's parameters, or when it takes
// them raw. The cache word of the call then holds the NativeMethod, tagged so that the collector does not take it for a
// cell.
#pragma once

#include "runtime/object/arguments.h"
#include "runtime/object/class.h"
#include "runtime/object/native.h"

static inline Value method_tag(const NativeMethod *method) {
  return value_from_bits((uint64_t)(uintptr_t)method | 1);
}
static inline bool native_passes_self(const NativeObject *native) {
  return native->owner != NULL;
}
// Can `native`, called with `count` arguments (the receiver not among them), be called directly?
static inline bool native_is_direct(const NativeObject *native, size_t count) {
  const NativeMethod *method = native->method;
  if (method->flags & NATIVE_WAITS || (native->owner && (method->flags & NATIVE_STATIC))) return false;
  if (method->arity == NATIVE_RAW) return true;
  const Signature *signature = __atomic_load_n(&native->signature, __ATOMIC_ACQUIRE);
  return signature && signature->plain && signature->count == count && method->arity <= NATIVE_4;
}
// `v`: the receiver, if the function takes one, and the arguments.
static inline Value native_dispatch(const NativeMethod *method, Value *v) {
  NativeFunction f = method->function;
  switch (method->arity) {
  case NATIVE_0:
    return f.f0();
  case NATIVE_1:
    return f.f1(v[0]);
  case NATIVE_2:
    return f.f2(v[0], v[1]);
  case NATIVE_3:
    return f.f3(v[0], v[1], v[2]);
  default:
    return f.f4(v[0], v[1], v[2], v[3]);
  }
}
