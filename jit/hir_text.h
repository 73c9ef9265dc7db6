// What the printer and the parser of HIR's text share.
//
//   function NAME @0 variables 2                  entry word, variables of frame f0
//   b0:
//     v0:any = LOAD_REGISTER r0                   result, what it may be unless "any bound value", operation, inputs,
//     parameters JUMP b1
//   b1: preds b0 b3 loop entry s1                 also: cold
//     v2:INT = PHI v1 v9
//     v4:cell = GUARD_SHAPE v3 <Point.1> @s2      `@s2`: the state it leaves to
//     BRANCH v7 b2 b4
//   frames:                                       inlined calls
//     f1: f0 @12 base 8 variables 3 returns r3+1 function v4
//   states:
//     s2: f0 @5: v0 - v4                          frame, word, registers
//
// Types: INT DOUBLE BOOL are representations; else kinds of a VALUE joined by `|`, with <shape> if its cells have a
// known one. Shapes are named by class; those of built-in classes are the real ones. Cells are written CLASS#number,
// other pointers $number; what has a name in the text keeps it.
#pragma once

#include "jit/hir.h"

// What an operation has beside its inputs.
typedef enum HirParameter : uint8_t {
  PARAMETER_NONE,
  PARAMETER_VALUE,      // payload value
  PARAMETER_INT,        // payload number
  PARAMETER_REAL,       // payload real
  PARAMETER_OFFSET,     // payload number, as +16
  PARAMETER_COMPARISON, // payload number
  PARAMETER_POINTER,    // payload pointer
  PARAMETER_RUNTIME,    // payload pointer: HirRuntime
  PARAMETER_REGISTER,   // index, as r3
  PARAMETER_CATCH,      // index and payload number, as r3 1
  PARAMETER_SIGN,       // index, as `positive` or nothing
  PARAMETER_SHAPE,      // shape
  PARAMETER_SLOT,       // shape and index, as <Point.1> #2
  PARAMETER_INDEX,      // index, as #2
  PARAMETER_NEW,        // payload value and shape
  PARAMETER_ADD,        // shape, and payload pointer: LookupResult, as <Point.1> <Point.2> #2
} HirParameter;
extern const HirParameter hir_parameters[HIR_OP_COUNT];

typedef struct HirSymbol HirSymbol;
struct HirSymbol {
  HirSymbol *next;
  const void *pointer;
  const char *name;
};
HirSymbol *hir_symbol_of(const HirFunction *function, const void *pointer);
HirSymbol *hir_symbol_named(const HirFunction *function, const char *name);
HirSymbol *hir_symbol_add(HirFunction *function, const void *pointer, const char *name);
// The built-in class whose instances' root shape it is, as its name; NULL: none.
const char *hir_builtin_shape_name(const Shape *shape);
Shape *hir_builtin_shape(const char *name); // or NULL

enum : uint32_t { HIR_ALL_VARIABLES = UINT32_MAX }; // of a frame of which the text does not say how many it has

extern const char *const hir_comparison_texts[]; // by HirComparison
enum { HIR_COMPARISONS = 6 };
extern const struct HirKindName {
  const char *name;
  uint8_t kinds;
} hir_kind_names[];                                  // ends with NULL
extern const char *const hir_representation_names[]; // by HirRepresentation
