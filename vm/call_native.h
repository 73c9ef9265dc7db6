// Native functions are called directly when the arguments are exactly the C function's parameters, or when it takes
// them raw. The cache word of the call then holds the NativeMethod, tagged so that the collector does not take it for a
// cell.
#pragma once

#include "runtime/object/arguments.h"
#include "runtime/object/class.h"
#include "runtime/object/native.h"
#include "runtime/object/native_dispatch.h"

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
