// See compile.h.
#include "frontend/compile.h"

#include "frontend/future.h"

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

SymbolTable *compile_symbols(ParseSession *session, const AstModule *module, const CompilerOptions *options) {
  FutureFeatures features;
  if (!future_features_read(module, &session->arena, &session->report, &features)) return NULL;
  uint32_t flags = features.flags | options->future_flags;
  SymbolTableOptions table_options = {.future_annotations = flags & CODE_FUTURE_ANNOTATIONS,
                                      .recursion_limit = options->recursion_limit};
  return symbol_table_build(&session->arena, &session->names, &session->report, module, &table_options);
}
