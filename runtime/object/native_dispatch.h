// Calling the C function of a NativeMethod.
#pragma once

#include "runtime/object/native.h"

// A function of at most four parameters. `v`: the receiver, if the function takes one, and the arguments.
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
