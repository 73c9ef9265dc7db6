// Where optimized machine code has the live values of its exits.
//
// LLVM's patchpoints are calls that name live values without computing or storing anything: LLVM lists in the section
// .llvm_stackmaps in which machine registers and stack slots they are. The exit calls leave_by_map, which saves the
// machine registers, and the list is looked up with the address that it returns to. One exit may stand in the code
// several times: each is a site of its own. Only on x86-64; elsewhere exits write their live values to memory.
#pragma once

#include "jit/code_data.h"

typedef enum LeavePlace : uint8_t { PLACE_REGISTER, PLACE_ADDRESS, PLACE_MEMORY, PLACE_CONSTANT } LeavePlace;
typedef struct LeaveLocation {
  LeavePlace kind;
  uint8_t number; // of the machine register, or of that which the address is relative to; DWARF's numbering
  int64_t offset; // of the address; the constant
} LeaveLocation;
typedef struct LeaveSite LeaveSite;
struct LeaveSite {
  LeaveSite *next;
  uintptr_t return_address;
  LeaveLocation locations[]; // of the live values
};

// Can exits be patchpoints here?
bool leave_map_is_possible(void);
// What a patchpoint calls, with the same arguments as runtime_leave but for the last.
extern Value leave_by_map(Thread *thread, Frame *frame, const LeaveRecord *leave, uint32_t exit);
enum : unsigned { PATCHPOINT_BYTES = 13 }; // the call's: it returns to what is behind them
// Takes the sites out of a .llvm_stackmaps section, whose identifiers are numbers of leave records. `entry`: the
// function's address. False: out of memory, or not understood.
bool leave_map_read(CodeData *data, const void *section, size_t size, const void *entry);
