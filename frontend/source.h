// Source bytes to the text the lexer reads: UTF-8, lines ending in '\n', no NUL within.
#pragma once

#include "frontend/parser.h"

#include <stddef.h>

typedef struct SourceText {
  const char *start;
  const char *end; // a NUL stands here
  // Whether columns of errors count characters. CPython counts bytes where it was given bytes without BOM or coding
  // cookie.
  bool counts_characters;
  bool is_file;
} SourceText;

// Copies text that is UTF-8 already (from a str). With `final_newline`, one is added at the end if missing. Returns
// false with the session's report set: NUL bytes are a ValueError.
bool source_from_text(ParseSession *session, const char *text, size_t length, bool final_newline, SourceText *source);

// The same for bytes: honours a byte order mark and a coding cookie. Bytes without either are taken for UTF-8; of a
// bytes object only identifiers and literals must be valid, of a file (PARSE_FROM_FILE) all must. Encodings other than
// UTF-8, Latin-1 and ASCII are decoded by session->decoder.
bool source_from_bytes(ParseSession *session, const char *bytes, size_t length, const ParseOptions *options,
                       SourceText *source);

// Whether anything but white space and comments stands at `text`, which ends in NUL.
bool source_has_more(const char *text);

// Parses a source made by one of the functions above; otherwise as parse_text.
AstModule *parse_source(ParseSession *session, const SourceText *source, const ParseOptions *options);
