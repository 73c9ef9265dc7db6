// The bytecode table (opcodes.def) as C constants. Codes from OPCODE_COUNT up are the interpreter's own quickened
// forms; co_code, dis and the compiler tier never see them.
#pragma once

#include <stdint.h>

typedef enum Opcode : uint8_t {
#define OPCODE(NAME, a, b, c, caches, flags) OP_##NAME,
#include "runtime/object/opcodes.def"
  OPCODE_COUNT,
  OPCODE_LAST = OPCODE_COUNT - 1,
#define QUICK(NAME, BASE) OP_##NAME,
#include "runtime/object/opcodes_quick.def"
  OPCODE_ALL_COUNT
} Opcode;
static_assert(OPCODE_ALL_COUNT < 250, "opcodes are one byte");

typedef enum OperandKind : uint8_t {
  OPERAND_NONE,
  OPERAND_DEST,
  OPERAND_REG,
  OPERAND_UPDATE,
  OPERAND_BASE,
  OPERAND_DESTS,
  OPERAND_CONST,
  OPERAND_NAME,
  OPERAND_COUNT,
  OPERAND_CONST32,
  OPERAND_NAME32,
  OPERAND_JUMP,
  OPERAND_JUMP16
} OperandKind;

// What an operator met that was not two small ints (aux).
enum : unsigned { MET_FLOAT = 1 << 4, MET_MIXED = 1 << 5, MET_OTHER = 1 << 6, MET_OVERFLOW = 1 << 7 };

// Bits of an ADD's `aux`: one more than the number, among the temporaries, of what it may append to in place
// (frontend/compiler_growth.c).
enum : uint8_t { GROWTH_SHIFT = 1, GROWTH_MAXIMUM = 7 };

enum : uint8_t { OPCODE_MAY_RAISE = 1, OPCODE_JUMPS = 2, OPCODE_ENDS = 4 };

typedef struct OpcodeInformation {
  const char *name;
  OperandKind a, b, c;
  uint8_t caches; // words that follow the instruction
  uint8_t flags;  // OPCODE_*
} OpcodeInformation;
extern const OpcodeInformation opcode_information[OPCODE_COUNT];
// The declared instruction that a quickened one stands for; a declared one is its own. Others: OPCODE_COUNT.
extern const uint8_t opcode_base[256];
