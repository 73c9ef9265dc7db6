// What the parts of lowering share: lower.c (functions, blocks), lower_registers.c (what the VM's registers hold),
// lower_exit.c (leaving, synchronizing), lower_arithmetic.c, lower_memory.c, lower_call.c.
#pragma once

#include "jit/compile_error.h"
#include "jit/lower.h"

// Which node each VM register in memory is known to hold; NULL: not known.
typedef struct RegisterMap {
  HirNode **nodes;
} RegisterMap;

typedef struct Exit {
  struct Exit *next;
  const HirState *state;
  HirBlock *block;
  uint32_t synchronizations;
  bool relinks;
  LLVMBasicBlockRef llvm_block;
  LLVMValueRef number; // phi: which exit of the CodeData
} Exit;

typedef struct Leaving Leaving; // lower_exit.c

typedef struct Lower {
  const LowerRequest *request;
  HirFunction *function;
  LLVMContextRef context;
  LLVMModuleRef module;
  LLVMBuilderRef builder;
  LLVMValueRef llvm_function;
  LLVMValueRef thread, frame, registers; // parameters
  // The record of the first inlined call. Registers from `own_registers` on, those of inlined calls, begin at
  // `inner_registers`: a generator's own lie in its cell, theirs on the stack.
  LLVMValueRef inner_frames, inner_registers;
  uint32_t own_registers;
  LLVMValueRef entry_pc; // of a generator
  LLVMTypeRef word, half, byte, bit, real, pointer, nothing;
  HirBlock *block;
  HirNode *node;           // the one that is being lowered
  RegisterMap *entries;    // by block order: at its beginning
  RegisterMap map;         // at this point
  bool *unchecked_entries; // by block order, likewise; see lower_trust.c
  bool unchecked;          // something has been called, and no RECHECK is behind it
  uint32_t register_count;
  uint32_t synchronizations; // how many so far
  Exit *exits;
  Leaving *leaving;              // space for the exit that is being made
  LLVMValueRef live_buffers[32]; // by the logarithm of their size; see lower_exit.c
  LLVMBasicBlockRef left;        // returns VALUE_LEFT, everything being in its place
  InlineRecord **records;        // by HirInline depth of the last state: see lower_exit.c
  unsigned weights_kind;
  LLVMValueRef likely, unlikely;
} Lower;

// Values
LLVMValueRef lower_value(Lower *lower, HirNode *node);  // in its representation
LLVMValueRef lower_tagged(Lower *lower, HirNode *node); // as a Value; boxes at this point if need be
LLVMValueRef lower_input(Lower *lower, uint32_t number);
void lower_set(Lower *lower, LLVMValueRef value);       // the result of the current node
LLVMValueRef lower_word(Lower *lower, uint64_t number); // constants
LLVMValueRef lower_half(Lower *lower, uint32_t number);
LLVMValueRef lower_address(Lower *lower, const void *address); // as a pointer
LLVMValueRef lower_box_double(Lower *lower, LLVMValueRef number);
LLVMValueRef lower_box_complex(Lower *lower, LLVMValueRef real, LLVMValueRef imaginary); // never fails, like that
LLVMValueRef lower_encode_double(Lower *lower, LLVMValueRef number); // as an immediate float, if it is one:
LLVMValueRef lower_is_immediate_float(Lower *lower, LLVMValueRef value);

// Memory. `cell`: a Value or address as a word.
LLVMValueRef lower_pointer(Lower *lower, LLVMValueRef base, int64_t offset);
LLVMValueRef lower_load(Lower *lower, LLVMTypeRef type, LLVMValueRef cell,
                        int64_t offset); // unordered: others may write
// Makes an access of memory that other threads use atomic. Quick code goes without: LLVM's fast instruction selection
// knows no atomic accesses, and without optimization plain ones of aligned words are single instructions in their
// order.
void lower_set_ordering(const Lower *lower, LLVMValueRef access, LLVMAtomicOrdering ordering);
LLVMValueRef lower_load_own(Lower *lower, LLVMTypeRef type, LLVMValueRef base, int64_t offset);
void lower_store_own(Lower *lower, LLVMValueRef value, LLVMValueRef base, int64_t offset);

// Control
LLVMBasicBlockRef lower_new_block(Lower *lower, const char *name);
void lower_continue_in(Lower *lower, LLVMBasicBlockRef block);
// Goes on only where `condition` holds; leaves at the current node's state where not.
void lower_guard(Lower *lower, LLVMValueRef condition);
// The same behind an effect that must not happen twice: never fails at random.
void lower_guard_firm(Lower *lower, LLVMValueRef condition);
void lower_branch_likely(Lower *lower, LLVMValueRef condition, LLVMBasicBlockRef likely, LLVMBasicBlockRef unlikely);
LLVMValueRef lower_compare(Lower *lower, LLVMIntPredicate predicate, LLVMValueRef a, LLVMValueRef b);

// Leaving and synchronizing
LLVMValueRef lower_register(Lower *lower, uint32_t number);        // its address
LLVMValueRef lower_frame_of(Lower *lower, const HirInline *frame); // its record
// Ends the block: leaves behind a call that could not be made or has raised, with the state in place but for the cells
// that are not made. `exit`: its number in the CodeData, or 0.
void lower_leave_in_flight(Lower *lower, HirState *state, uint32_t exit);
LLVMBasicBlockRef lower_exit_block(Lower *lower, HirState *state); // of the current node; counts its op as the reason
void lower_synchronize(Lower *lower, HirState *state);    // registers, pc, records of inlined calls: as before a call
void lower_unlink_records(Lower *lower, HirState *state); // behind the call
// Undoes that where the call has been caught (HIR_CATCH), but for what compiled_catch does.
void lower_relink_records(Lower *lower, HirState *state);

// Space on the C stack for `count` words.
LLVMValueRef lower_stack_words(Lower *lower, uint32_t count);

// Register maps
bool register_map_same(HirNode *a, HirNode *b);
// What the register holds during a call in whose state `node` stands there: a cell that is not made leaves it empty.
HirNode *register_map_in_flight(HirNode *node);
// What the node does to the registers.
void register_map_step(const HirFunction *function, const HirNode *node, RegisterMap *map, uint32_t count);
// May the node collect without synchronizing first? The collector traces the named registers of the outermost frame
// then, and no others: what memory holds of the rest must not be relied on behind it, nor where it leaves itself.
bool register_map_collects(const HirNode *node);
void register_map_forget_untraced(const HirFunction *function, RegisterMap *map, uint32_t count);
RegisterMap *register_maps_find(HirFunction *function, uint32_t register_count);
uint32_t register_count_of(HirFunction *function);

// A call of a C function at a fixed address. Types by letters: v i (words), d, b, p (pointer), h (32 bits); result n:
// none.
LLVMValueRef lower_call_address(Lower *lower, const void *address, char result, const char *parameters,
                                LLVMValueRef *arguments);
// The same of a PRESERVE_ALL function, for ways that are rarely taken: it saves every register, so that the code that
// calls keeps its values in registers on the way that is. (Quick code has none in registers, and calls it like others.)
#define PRESERVE_ALL __attribute__((preserve_all))
LLVMValueRef lower_call_preserving(Lower *lower, const void *address, char result, const char *parameters,
                                   LLVMValueRef *arguments);

// A CALL_TRY of runtime_try_contains that may look for an int in a set; its result (lower_tables.c).
bool lower_looks_in_set(const HirNode *node);
LLVMValueRef lower_look_in_set(Lower *lower, LLVMValueRef set, LLVMValueRef item);

// Nodes. False: not theirs.
bool lower_arithmetic(Lower *lower, HirNode *node);
// Guards that need no instructions (lower_trust.c). False: it must be lowered as it stands.
bool lower_trust(Lower *lower, HirNode *node);
// By block order: may the block be entered without a RECHECK since the last call?
bool *lower_find_unchecked(HirFunction *function);
bool lower_memory(Lower *lower, HirNode *node);
bool lower_calls(Lower *lower, HirNode *node);
