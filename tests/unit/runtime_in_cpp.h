// The runtime's headers are C23; this makes them readable to the C++ of the tests. Include after all other headers.
#pragma once

#define class     class_
#define operator  operator_
#define new       new_
#define namespace namespace_
#define raise     runtime_raise // <signal.h> has another
extern "C" {
#include "runtime/object/arguments.h"
#include "runtime/object/attributes.h"
#include "runtime/object/call.h"
#include "runtime/object/class_create.h"
#include "runtime/object/class_internal.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/module.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/object/type.h"
#include "runtime/object/weakref.h"
#include "runtime/runtime.h"
}
#undef class
#undef operator
#undef new
#undef namespace
#undef raise
