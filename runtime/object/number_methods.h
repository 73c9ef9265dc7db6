// Entries in the method tables of the built-in numbers: operators, whose functions are named alike in each file.
#pragma once

#include "runtime/object/native.h"

// __METHOD__ by FUNCTION_operator and __rMETHOD__ by FUNCTION_reversed.
#define NUMBER_BINARY(method, function)                                                                                \
  NATIVE("__" method "__", function##_operator, "($self, value, /)", "Return self " method " value.",                  \
         NATIVE_NO_PYTHON),                                                                                            \
      NATIVE("__r" method "__", function##_reversed, "($self, value, /)", "Return value " method " self.",             \
             NATIVE_NO_PYTHON)
// __METHOD__ by FUNCTION_operator.
#define NUMBER_COMPARE(method, function)                                                                               \
  NATIVE("__" method "__", function##_operator, "($self, value, /)", "Compare with value.",                            \
         NATIVE_NO_PYTHON | NATIVE_PURE)
