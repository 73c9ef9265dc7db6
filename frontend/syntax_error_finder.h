// Finding out what is wrong with a source that the fast parser has rejected.
#pragma once

#include "frontend/source.h"

// Fills in the session's report with what CPython 3.11 says about the source.
void syntax_error_find(ParseSession *session, const SourceText *source, const ParseOptions *options);
