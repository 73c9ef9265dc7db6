// The table of operations. See operations.h.
#include "vm/operations.h"
#include "runtime/heap/heap.h"
#include "vm/handler.h"
#include "vm/import.h"

Operation *const operation_for_opcode[OPCODE_COUNT] = {
#define OPERATION(NAME, function) [OP_##NAME] = function,
#include "vm/operations.def"
};

bool operation_prompt([[maybe_unused]] Thread *thread, Frame *frame, [[maybe_unused]] Value *registers,
                      Instruction word) {
  const Instruction *pc = frame->pc;
  frame->pc = pc + 1 + opcode_information[opcode_base[word & 0xff]].caches;
  if (!import_is_running(frame)) heap_prompt_collect(PROMPT_RUN);
  frame->pc = pc;
  return true;
}
