// What the two halves of code objects share.
#pragma once

#include "runtime/object/code.h"

// The instruction at `index` as the compiler wrote it: not quickened, without feedback.
Instruction code_plain_word(const Code *code, uint32_t index);
// Has every call of `code` go through verification first.
void code_distrust(Code *code);
