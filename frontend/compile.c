// See compile.h.
#include "frontend/compile.h"

const CodeUnit *compile_tree(ParseSession *session, AstModule *module, const CompilerOptions *options) {
  return compiler_compile(&session->arena, &session->names, &session->report, module, options);
}

const CodeUnit *compile_text(ParseSession *session, const char *text, size_t length, const CompileOptions *options) {
  AstModule *module = parse_text(session, text, length, &options->parse);
  return module ? compile_tree(session, module, &options->compiler) : NULL;
}

const CodeUnit *compile_bytes(ParseSession *session, const char *bytes, size_t length, const CompileOptions *options) {
  AstModule *module = parse_bytes(session, bytes, length, &options->parse);
  return module ? compile_tree(session, module, &options->compiler) : NULL;
}
