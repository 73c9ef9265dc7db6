// Source text to syntax tree.
//
// A valid source is parsed by a predictive recursive-descent parser in linear time. When that stops, the source is
// given to a second, slower parser (syntax_error_*.c) whose only purpose is to find what CPython 3.11 would say about
// it.
#pragma once

#include "frontend/syntax_error.h"

typedef enum ParseMode : uint8_t { PARSE_EXEC, PARSE_SINGLE, PARSE_EVAL, PARSE_FUNC_TYPE } ParseMode;

typedef enum ParseFlags : uint32_t {
  PARSE_TYPE_COMMENTS = 1 << 0,          // fill in type_comment and type_ignores (PyCF_TYPE_COMMENTS)
  PARSE_BARRY_AS_FLUFL = 1 << 1,         // `<>` instead of `!=` (from __future__ import barry_as_FLUFL)
  PARSE_DONT_IMPLY_DEDENT = 1 << 2,      // a missing last newline does not end open blocks (PyCF_DONT_IMPLY_DEDENT)
  PARSE_ALLOW_INCOMPLETE_INPUT = 1 << 3, // say "incomplete input" where more lines could help
  PARSE_FROM_FILE = 1 << 4,              // the source is the content of the file it is named after
} ParseFlags;

typedef struct ParseOptions {
  ParseMode mode;
  uint32_t flags;       // of ParseFlags
  int feature_version;  // minor version whose syntax is accepted; 0 means 11
  const char *filename; // UTF-8, for messages that name the file; NULL means "<string>"
  int max_int_digits;   // decimal digits allowed in an int literal (sys.get_int_max_str_digits()); 0 means no limit
} ParseOptions;

// Decodes source in an encoding the front end does not know itself. Returns true with *text set to UTF-8 (in `arena`);
// or false with *text set to a message such as "unknown encoding: x", or to NULL when memory is exhausted.
typedef struct SourceDecoder {
  bool (*decode)(void *data, Arena *arena, const char *encoding, const char *bytes, size_t length, char **text,
                 size_t *text_length);
  void *data;
} SourceDecoder;

// The memory and names that parser, symbol table and compiler share for one source.
typedef struct ParseSession {
  Arena arena;
  NameTable names;
  SyntaxErrorReport report;
  const char
      *stack_limit; // the C stack may not grow below this; may be set after parse_session_init, NULL means no limit
  SourceDecoder decoder; // may be set after parse_session_init; without it such encodings are unknown
  const Name *name_match, *name_case, *name_underscore;
} ParseSession;

// Prepares a session; returns false when memory is exhausted (destroying it is still allowed).
bool parse_session_init(ParseSession *session);
void parse_session_destroy(ParseSession *session);

// Parses `length` bytes of UTF-8 (surrogates in generalized form are an error of the caller). The text is copied.
// Returns the tree, which lives in the session's arena; or NULL, and session->report says why. Warnings are in
// session->report in either case. Heap-free: makes no Python objects, runs no Python code, needs no lock.
AstModule *parse_text(ParseSession *session, const char *text, size_t length, const ParseOptions *options);

// The same for bytes, whose encoding a byte order mark or a coding cookie may declare; otherwise it is UTF-8.
AstModule *parse_bytes(ParseSession *session, const char *bytes, size_t length, const ParseOptions *options);
