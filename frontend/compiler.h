// Syntax tree to bytecode.
//
//   tree -> constants folded (compiler_fold.c, in the tree itself) -> symbol table -> for each scope: operations in
//   basic blocks (compiler_expression.c, compiler_statement.c, ...) -> flow passes (compiler_flow.c, compiler_bound.c)
//   -> instruction words and tables (compiler_assemble.c)
//
// The result is plain data in the session's arena; no Python object is made and no Python code runs.
#pragma once

#include "frontend/code_unit.h"
#include "frontend/syntax_error.h"

typedef struct CompilerOptions {
  uint32_t future_flags;    // CODE_FUTURE_* that hold from the first line
  uint8_t optimize;         // 0; 1: without assert; 2: and without docstrings
  bool top_level_await;     // `await` is allowed in a module, whose code then is a coroutine
  uint32_t recursion_limit; // nesting of statements and expressions that is accepted; 0: CPython's default
} CompilerOptions;

// Compiles a tree, which is changed by constant folding. Returns NULL when `report` has been given an error; warnings
// are added to the report in either case.
const CodeUnit *compiler_compile(Arena *arena, NameTable *names, SyntaxErrorReport *report, AstModule *module,
                                 const CompilerOptions *options);
