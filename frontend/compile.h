// The whole front end in one call: source to code.
#pragma once

#include "frontend/compiler.h"
#include "frontend/parser.h"
#include "frontend/symtable.h"

typedef struct CompileOptions {
  ParseOptions parse;
  CompilerOptions compiler;
} CompileOptions;

// Compiles source text (UTF-8, from a str), or the bytes of a file with a byte order mark or coding cookie. The result
// lives in the session's arena; code_object_new makes Python objects of it. NULL: session->report says why. Warnings
// are in the report in either case. Makes no Python objects, runs no Python code (but for session->decoder).
const CodeUnit *compile_text(ParseSession *session, const char *text, size_t length, const CompileOptions *options);
const CodeUnit *compile_bytes(ParseSession *session, const char *bytes, size_t length, const CompileOptions *options);

// The same from a tree that has been parsed, or made by hand, in the session's arena; the tree is changed.
const CodeUnit *compile_tree(ParseSession *session, AstModule *module, const CompilerOptions *options);

// Only the symbol tables of a tree, as the `symtable` module shows them (constants are not folded). NULL: as above.
SymbolTable *compile_symbols(ParseSession *session, const AstModule *module, const CompilerOptions *options);
