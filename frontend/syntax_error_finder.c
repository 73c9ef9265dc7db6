// What CPython says about a faulty source.
#include "frontend/syntax_error_finder.h"
void syntax_error_find(ParseSession *session, const SourceText *source, const ParseOptions *options) {
  (void)source;
  (void)options;
  syntax_report_plain(&session->report, &session->arena, SYNTAX_ERROR, "invalid syntax");
}
