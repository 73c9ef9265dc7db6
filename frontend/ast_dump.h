// The tree as text, exactly as Python's ast.dump writes it.
#pragma once

#include "frontend/ast.h"

#include <stdio.h>

// Writes ast.dump(node, include_attributes=attributes), without a newline. Returns false if the tree is nested more
// than AST_DUMP_MAX_DEPTH deep; what has been written then is of no use.
enum { AST_DUMP_MAX_DEPTH = 4000 };
bool ast_dump(const void *node, bool attributes, FILE *out);

// Writes repr() of a constant, as Python does.
void constant_dump(const Constant *constant, FILE *out);
