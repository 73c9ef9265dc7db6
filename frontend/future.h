// `from __future__ import ...`: the features a source asks for.
#pragma once

#include "frontend/syntax_error.h"

typedef struct FutureFeatures {
  uint32_t flags;    // CODE_FUTURE_* (runtime/object/code.h)
  int32_t last_line; // where such imports may stand at the latest; later ones are an error
} FutureFeatures;

// Reads the imports at the start of `module`. Returns false when one names an unknown feature (see `report`).
bool future_features_read(const AstModule *module, Arena *arena, SyntaxErrorReport *report, FutureFeatures *features);
