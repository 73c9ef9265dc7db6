// How compiled code leaves, as data: what each exit says about the VM's state, and the functions that carry it out.
//
// An exit has a LeaveRecord. It tells, for each VM register that memory does not hold yet, which value belongs there: a
// constant, a value that the machine code has at hand (a *live* one, in its own representation), or a cell that escape
// analysis removed and that is made now. So the machine code of an exit is one call, and says no more than where its
// live values are: in a buffer on the stack that it fills (quick code), or in machine registers and stack slots that
// LLVM lists (leave_map.h).
#pragma once

#include "jit/hir.h"
#include "jit/runtime_functions.h"

// A cell, or a lazy value, of what its inputs are. Gives no failure: out of memory ends the process.
typedef Value LeaveMaker(Value *inputs, size_t count, const Shape *shape);
LeaveMaker *leave_maker_of(HirOp op); // NULL: it makes nothing

typedef struct LeaveValue {
  enum : uint8_t { LEAVE_CONSTANT, LEAVE_LIVE, LEAVE_MADE } kind;
  HirRepresentation representation; // of the word. INT: scaled; DOUBLE: the bits; BOOL: 0 or 1
  uint32_t count;                   // MADE: inputs
  uint32_t first;                   // LIVE: which of the live words; MADE: its first input in `inputs`
  uint64_t word;                    // CONSTANT
  LeaveMaker *maker;                // MADE
  const Shape *shape;
} LeaveValue;
typedef struct LeaveRegister {
  uint32_t number, value;
} LeaveRegister;
enum : uint32_t { LEAVE_NO_VALUE = UINT32_MAX };
typedef struct LeaveFrame {
  InlineRecord record;
  uint8_t exit_flags;        // of the frame
  uint32_t function, result; // values of the frame, or LEAVE_NO_VALUE: as the InlineRecord has it; none
} LeaveFrame;
typedef struct LeaveRecord {
  const Instruction *pc; // of the innermost frame
  bool records_stand;    // those of the inlined frames are there, but not linked
  bool in_flight;        // the frames are linked and up to date; an exception may be pending
  uint32_t value_count, input_count, register_count, frame_count, live_count;
  LeaveValue *values;       // inputs before what is made of them
  uint32_t *inputs;         // numbers of values
  LeaveRegister *registers; // those that change
  LeaveFrame *frames;       // inlined ones, outermost first
  struct LeaveSite *sites;  // leave_map.h
} LeaveRecord;

// Brings the VM's state up to date and gives VALUE_LEFT. `exit`: which one, or 0. `live`: live_count words. May
// collect.
Value runtime_leave(Thread *thread, Frame *frame, const LeaveRecord *leave, uint32_t exit, const uint64_t *live);
