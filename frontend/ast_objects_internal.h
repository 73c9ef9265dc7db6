// Shared by the two directions of conversion between trees and objects.
#pragma once

#include "frontend/ast.h"
#include "runtime/value.h"

enum { AST_ENUM_LIMIT = 16 }; // values of one enum type

typedef struct AstClasses {
  Value tree; // ast.AST
  Value types[AST_TYPE_COUNT];
  Value kinds[AST_KIND_COUNT];
  Value enum_classes[AST_TYPE_COUNT][AST_ENUM_LIMIT];
  Value enum_values[AST_TYPE_COUNT][AST_ENUM_LIMIT]; // their only instances, as the parser's trees have them
  // ---- end of values
  bool ready;
} AstClasses;
extern AstClasses ast_classes;
