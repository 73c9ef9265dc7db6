// compile(): source text, bytes or syntax tree to code object, with Python's exceptions and warnings.
#pragma once

#include "frontend/parser.h"
#include "runtime/value.h"

// The flags of compile() that are no future features (they are those of CPython's PyCF_*).
enum CompileFlags : int {
  COMPILE_DONT_IMPLY_DEDENT = 0x200,
  COMPILE_ONLY_TREE = 0x400,
  COMPILE_IGNORE_COOKIE = 0x800,
  COMPILE_TYPE_COMMENTS = 0x1000,
  COMPILE_TOP_LEVEL_AWAIT = 0x2000,
  COMPILE_ALLOW_INCOMPLETE_INPUT = 0x4000,
  COMPILE_FROM_FILE = 0x10000000, // not for compile(): the source is a file's content, with CPython's errors for files
};

// Fills in runtime_hooks.compile. Once.
void compile_source_start(void);

// The tree of a source: str, bytes-like, or objects of a tree. NULL: an exception is pending, or session->report says
// why.
AstModule *compile_source_parse(ParseSession *session, Value source, const ParseOptions *options);

// A file name that compile() has been given, as os.fsdecode() would return it. Zero: an exception is pending.
Value compile_source_filename(Value filename);

// Raises what `report` describes; `filename` (str) becomes the exception's, and the line is looked up there if the
// report does not have it. Returns zero.
Value syntax_error_raise(const SyntaxErrorReport *report, Value filename);
// Issues the report's warnings. False: one has become an exception.
bool syntax_warnings_issue(const SyntaxErrorReport *report, Value filename);
