// Expressions back to source text, as `from __future__ import annotations` stores them.
#pragma once

#include "frontend/ast.h"

// Returns the text of an expression, in UTF-8 with surrogates in generalized form, exactly as CPython writes
// annotations; it lives in `arena`, and *length is its length in bytes. Returns NULL when memory is exhausted or the
// expression is nested more than AST_UNPARSE_MAX_DEPTH deep; then *too_deep says which.
enum { AST_UNPARSE_MAX_DEPTH = 6000 };
const char *ast_unparse_expression(Arena *arena, const AstExpr *expr, size_t *length, bool *too_deep);
