// What the symbol table's unit tests, which are C++, ask of the front end, which is C.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// The scopes of `source`, one a line, indented: "kind name: symbol(scope) ..."; or the error's message. Freed by the
// caller.
char *probe_symbols(const char *source);

#ifdef __cplusplus
}
#endif
