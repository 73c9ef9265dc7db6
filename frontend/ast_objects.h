// Syntax trees as Python sees them: the classes of the `ast` module, and conversion both ways.
//
// All of it walks the tables that are generated from ast.nodes (ast_kinds, ast_types). Classes are made on first use
// and live for ever.
#pragma once

#include "frontend/ast.h"
#include "frontend/syntax_error.h"
#include "runtime/object/class.h"

// Makes the classes. False: exception pending.
bool ast_classes_prepare(void);
// Adds the classes to the module _ast. False: exception pending.
bool ast_classes_add(Value module);
// Is `value` an instance of ast.AST? False, too, while nobody has asked for the classes.
bool value_is_tree(Value value);

// The Python objects of a tree. Zero: exception pending. May collect; runs no Python code but attribute assignment.
Value ast_to_object(const AstModule *module);

// The tree of Python objects, which may be hand-made: their types are checked, not yet what they mean (ast_validate).
// `wanted`: the kind of module (AST_MODULE, ...). NULL: exception pending. Runs Python code. The tree lives in `arena`.
AstModule *ast_from_object(Arena *arena, NameTable *names, Value object, AstKind wanted);
