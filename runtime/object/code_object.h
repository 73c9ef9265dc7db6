// What the two halves of code objects share.
#pragma once

#include "runtime/object/code.h"

// The instruction at `index` as the compiler wrote it: not quickened, without feedback.
Instruction code_plain_word(const Code *code, uint32_t index);
// The cell that holds instruction words, copied from `from`, their cache words empty; zero: MemoryError. The words in
// it.
Value code_words_new(const Instruction *from, size_t count);
Instruction *code_words(Value cell);
// Has every call of `code` go through verification first.
void code_distrust(Code *code);
