// What belongs to machine code besides its instructions: through which exits it can leave, and the records of inlined
// calls. Owned by the CompiledCode cell (vm/compiled_code.h), freed with it.
#pragma once

#include "jit/hir.h"
#include "jit/leave.h"
#include "runtime/thread/thread.h"

typedef struct ExitEntry ExitEntry; // exit_log.h

// Why and where compiled code leaves. Exit numbers start at 1.
typedef struct CodeExit {
  Code *code;
  uint32_t word;
  HirOp reason;
  uint32_t failures; // at this instruction, of which the code knew when it was built
  uint32_t count;    // how often it has been taken
  ExitEntry *entry;  // what the log counts it by, if it has been noted
} CodeExit;

// What the code relies on without looking (lower_trust.c): whoever changes it says so (trust_broken).
typedef struct Trust {
  enum : uint8_t { TRUST_RESULT, TRUST_FUNCTION, TRUST_CLASS, TRUST_FIELD, TRUST_GLOBAL } kind;
  const void *cell; // LookupResult, Function, Class, Class, GlobalCell. Kept alive by the code's constants
  uint32_t version; // of the Function or Class
  uint32_t offset;  // of the field
  Value value;      // of the field or the global
  Code *code;       // the instruction that relies on it
  uint32_t word;
} Trust;

// Calls and iterations of the threads of one lane (Thread.lane). A count that all shared would cost two threads that
// run the same code more than twice the time of one.
typedef struct TickLane {
  alignas(THREAD_LANE_SIZE) uint32_t ticks;
} TickLane;

typedef struct CodeData {
  TickLane *lanes; // THREAD_LANES of them, in code that counts its calls and iterations; else NULL
  CodeExit *exits; // exits[number - 1]
  uint32_t exit_count, exit_capacity;
  InlineRecord **records;
  uint32_t record_count, record_capacity;
  LeaveRecord **leaves;
  uint32_t leave_count, leave_capacity;
  Trust *trusts;
  uint32_t trust_count, trust_capacity;
} CodeData;

// Both NULL or 0: out of memory.
CodeData *code_data_new(void);
void code_data_free(CodeData *data);
// Makes `lanes`. False: out of memory.
bool code_data_count_ticks(CodeData *data);
// Of all threads; 0 without `lanes`.
uint32_t code_data_ticks(const CodeData *data);
uint32_t code_data_add_exit(CodeData *data, const HirState *state, HirOp reason);
// False: out of memory.
bool code_data_add_trust(CodeData *data, const Trust *trust);
// Is it as the code relies on it? The cell must be alive.
bool trust_holds(const Trust *trust);
InlineRecord *code_data_add_record(CodeData *data, InlineRecord record);
// Copies the record and what it points to.
LeaveRecord *code_data_add_leave(CodeData *data, const LeaveRecord *leave);
