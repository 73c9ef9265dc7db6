// Finding out what is wrong with a source that the fast parser has rejected.
#pragma once

#include "frontend/source.h"

// Fills in the session's report with what CPython 3.11 says about the source. `statement`, unless NULL, is the start of
// the line on which the faulty statement of the module begins, statement_lineno its number. Returns false, with the
// report empty, if there is nothing wrong after all: then the source only is nested so deeply that the fast parser was
// in doubt whether CPython's could read it.
bool syntax_error_find(ParseSession *session, const SourceText *source, const ParseOptions *options,
                       const char *statement, int32_t statement_lineno);
