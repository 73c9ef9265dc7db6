// The bytecode table as data.
#include "runtime/object/opcodes.h"

#define MAY_RAISE OPCODE_MAY_RAISE
#define JUMPS     OPCODE_JUMPS
#define ENDS      OPCODE_ENDS
const OpcodeInformation opcode_information[OPCODE_COUNT] = {
#define OPCODE(NAME, a_, b_, c_, caches_, flags_)                                                                      \
  {.name = #NAME, .a = OPERAND_##a_, .b = OPERAND_##b_, .c = OPERAND_##c_, .caches = caches_, .flags = flags_},
#include "runtime/object/opcodes.def"
};

const uint8_t opcode_base[256] = {
#define OPCODE(NAME, a_, b_, c_, caches_, flags_) [OP_##NAME] = OP_##NAME,
#include "runtime/object/opcodes.def"
#define QUICK(NAME, BASE) [OP_##NAME] = OP_##BASE,
#include "runtime/object/opcodes_quick.def"
    [OPCODE_ALL_COUNT... 255] = OPCODE_COUNT,
};
