// Signatures of native functions: parsed text signatures, and binding a caller's arguments to parameters.
#pragma once

#include "runtime/object/native.h"

typedef enum ParameterKind : uint8_t {
  PARAMETER_POSITIONAL_ONLY,
  PARAMETER_POSITIONAL_OR_KEYWORD,
  PARAMETER_VAR_POSITIONAL,
  PARAMETER_KEYWORD_ONLY,
  PARAMETER_VAR_KEYWORD,
} ParameterKind;

typedef struct Parameter {
  Value name; // interned, kept alive for ever
  ParameterKind kind;
  bool required;
} Parameter;

// Parameters without the `$self` one, in the order of the C function's parameters.
struct Signature {
  uint16_t count;
  uint16_t positional;                 // may be given by position
  uint16_t positional_only;            // may not be given by keyword
  uint16_t required;                   // positional ones without default
  int16_t var_positional, var_keyword; // index of *args, **kwargs; -1: none
  bool plain;                          // nothing but positional parameters: count == positional
  Parameter parameters[];
};

// Parses a text signature; `parameter_count` serves when `text` is NULL (that many positional-only ones). Kept for
// ever. NULL with MemoryError pending.
const Signature *signature_parse(const char *text, size_t parameter_count);

// Distributes arguments (RawFunction's convention) over `out[signature->count]`, absent ones zero. False: TypeError,
// which names the callee: `callee`, or, if that is NULL, `name`.
bool signature_bind(const Signature *signature, NativeObject *callee, const char *name, Value *arguments, size_t count,
                    Value keyword_names, Value *out);
