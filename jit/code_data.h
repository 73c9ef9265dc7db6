// What belongs to machine code besides its instructions: through which exits it can leave, and the records of inlined
// calls. Owned by the CompiledCode cell (vm/compiled_code.h), freed with it.
#pragma once

#include "jit/hir.h"
#include "jit/runtime_functions.h"

typedef struct ExitEntry ExitEntry; // exit_log.h

// Why and where compiled code leaves. Exit numbers start at 1.
typedef struct CodeExit {
  Code *code;
  uint32_t word;
  HirOp reason;
  uint32_t count;   // how often it has been taken
  ExitEntry *entry; // what the log counts it by, if it has been noted
} CodeExit;

typedef struct CodeData {
  uint32_t ticks;  // calls and iterations so far, in code that counts them
  CodeExit *exits; // exits[number - 1]
  uint32_t exit_count, exit_capacity;
  InlineRecord **records;
  uint32_t record_count, record_capacity;
  LeaveRecord **leaves;
  uint32_t leave_count, leave_capacity;
} CodeData;

// Both NULL or 0: out of memory.
CodeData *code_data_new(void);
void code_data_free(CodeData *data);
uint32_t code_data_add_exit(CodeData *data, Code *code, uint32_t word, HirOp reason);
InlineRecord *code_data_add_record(CodeData *data, InlineRecord record);
// With room for so many registers and frames, to be filled in.
LeaveRecord *code_data_add_leave(CodeData *data, uint32_t registers, uint32_t frames);
