// Compiled code as readable text, for tests and for people.
#pragma once

#include "frontend/code_unit.h"

#include <stdio.h>

typedef enum DisassemblyFlags : unsigned {
  DISASSEMBLY_POSITIONS = 1, // line and columns of every instruction, not only the lines where they change
  DISASSEMBLY_LIVE = 2,      // how many registers are live
  DISASSEMBLY_NESTED = 4,    // inner code follows
} DisassemblyFlags;

// Writes the code of a unit.
void code_unit_disassemble(const CodeUnit *unit, unsigned flags, FILE *output);

// Checks what every unit must satisfy: operands in range, jumps and handlers at instructions, registers that are marked
// live written before on every path. Inner code included. NULL: all is well; else what is wrong, in a static buffer of
// the thread.
const char *code_unit_check(const CodeUnit *unit);
