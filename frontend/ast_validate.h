// Checking trees that did not come from the parser.
//
// A tree made by hand through Python's `ast` module can be anything its node types allow; symbol table and compiler
// rely on more than that. Whoever converts such a tree must have it validated before it goes on.
#pragma once

#include "frontend/syntax_error.h"

// Returns true if the tree is one that the parser might have made, in CPython's judgement. Otherwise fills in `report`:
// ValueError or TypeError with CPython's message, or RecursionError if it is nested deeper than `depth_limit`.
bool ast_validate(const AstModule *module, int depth_limit, Arena *arena, SyntaxErrorReport *report);
