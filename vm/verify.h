// Bytecode that did not come from the compiler (types.CodeType, code.replace, a damaged cache file) is checked before
// it runs, so that the interpreter need not check operands.
#pragma once

#include "runtime/object/code.h"

// True: `code` is safe to run, now and later (its `untrusted` mark is gone). False: SystemError says what is wrong.
bool code_verify(Code *code);
