// HIR: the compiler's own program form, between bytecode and LLVM IR.
//
// A function in SSA form over Python-level operations. Nodes stand in blocks; a node is at once an operation and its
// result.
//
// Representation of a result:
//   VALUE   a Value as the interpreter has it
//   INT     a small int in *scaled* form: n << 2. Sum, difference and comparison need no decoding, the overflow of 64
//   bits is the
//           overflow of a small int, boxing is `| 3`, and an index into an array of words is the scaled form times two
//   DOUBLE  an IEEE double
//   BOOL    one bit
//
// Type of a VALUE: which kinds of value it may be, and, if all cells it may be have one exact shape, that shape. A
// shape that belongs to instances with attributes holds only until the next node that WRITES_SHAPES or CALLS
// (hir_shape_is_stable tells which kind it is).
//
// States. Every node that LEAVES or CALLS has a HirState: which instruction the interpreter goes on at and what each VM
// register then holds. Compilation units contain inlined calls; a state inside one also tells all outer frames:
// registers are numbered from the first register of the outermost frame, because an inlined callee's registers are the
// arguments of its caller.
//
// Invariants (hir_verify): a definition dominates its uses, states included; a PHI has an input for each predecessor; a
// block ends with one node that ENDS; nodes that LEAVE or CALL have a state.
#pragma once

#include "runtime/object/attributes.h"
#include "runtime/object/code.h"
#include "runtime/object/function.h"
#include <stdio.h>

typedef enum HirRepresentation : uint8_t { HIR_NONE, HIR_VALUE, HIR_INT, HIR_DOUBLE, HIR_BOOL } HirRepresentation;

// Kinds of Values, as a set.
enum : uint8_t {
  KIND_UNBOUND = 1 << 0, // the zero word
  KIND_INT = 1 << 1,     // small int
  KIND_FLOAT = 1 << 2,   // exactly float, immediate or cell
  KIND_BOOL = 1 << 3,
  KIND_NONE = 1 << 4,
  KIND_SPECIAL = 1 << 5, // other immediate values
  KIND_CELL = 1 << 6,    // cells, but for exact floats
  KIND_BOUND = KIND_INT | KIND_FLOAT | KIND_BOOL | KIND_NONE | KIND_SPECIAL | KIND_CELL,
  KIND_ANY = KIND_BOUND | KIND_UNBOUND,
};

enum : uint32_t {
  HIR_PURE = 1 << 0,
  HIR_LEAVES = 1 << 1,
  HIR_CALLS = 1 << 2,
  HIR_ENDS = 1 << 3,
  HIR_FIXED = 1 << 4, // stays where it is
  HIR_ALLOCATES = 1 << 5,
  HIR_READS_SHAPES = 1 << 8,
  HIR_READS_FIELDS = 1 << 9,
  HIR_READS_ITEMS = 1 << 10,
  HIR_READS_ITERATORS = 1 << 11,
  HIR_READS = 0xf << 8,
  HIR_WRITES_SHAPES = 1 << 12, // READS_x << 4 == WRITES_x
  HIR_WRITES_FIELDS = 1 << 13,
  HIR_WRITES_ITEMS = 1 << 14,
  HIR_WRITES_ITERATORS = 1 << 15,
  HIR_WRITES = 0xf << 12,
};

typedef enum HirOp : uint8_t {
#define HIR_OP(NAME, inputs, representation, flags) HIR_##NAME,
#include "jit/hir_ops.def"
  HIR_OP_COUNT
} HirOp;
enum : uint8_t { HIR_ANY_INPUTS = 255 };
typedef struct HirOpInfo {
  const char *name;
  uint8_t inputs; // or HIR_ANY_INPUTS
  HirRepresentation representation;
  uint32_t flags;
} HirOpInfo;
extern const HirOpInfo hir_op_infos[HIR_OP_COUNT];

typedef enum HirComparison : uint8_t {
  HIR_LESS,
  HIR_LESS_EQUAL,
  HIR_EQUAL,
  HIR_NOT_EQUAL,
  HIR_GREATER,
  HIR_GREATER_EQUAL
} HirComparison;

typedef struct HirNode HirNode;
typedef struct HirBlock HirBlock;
typedef struct HirState HirState;
typedef struct HirInline HirInline;
typedef struct HirFunction HirFunction;

// A C function that compiled code calls (runtime.def).
typedef struct HirRuntime {
  const char *name;
  void *address;
  HirRepresentation result;
  uint8_t inputs;         // how many
  const char *parameters; // their representations, a letter each: v VALUE, i INT, d DOUBLE, b BOOL
} HirRuntime;

struct HirNode {
  HirOp op;
  HirRepresentation representation;
  uint8_t kinds; // of a VALUE
  bool mark;     // for passes
  bool catches;  // a call that RAISED asks for its outcome: where it raises, it goes on
  bool misses;   // a call with a handler in the unit that is not compiled: it is counted how often it raises
  uint32_t id;   // unique in the function
  uint32_t input_count;
  uint32_t index; // LOAD_REGISTER, LOAD_SLOT, CALL_FUNCTION
  HirBlock *block;
  HirNode *previous, *next; // in the block
  HirNode **inputs;
  Shape *
      shape; // the exact shape of the cells that the VALUE may be, or NULL; GUARD_SHAPE and the like: what is asked for
  HirState *state;      // where LEAVES and CALLS leave to; NULL in others
  HirNode *replacement; // what stands for this node from now on (hir_node_replace); NULL: itself
  union {
    Value value;
    int64_t number;
    double real;
    const void *pointer;
  } payload;
  uint64_t data; // for passes and lowering
};

struct HirBlock {
  uint32_t id;
  bool is_loop_header;
  bool is_cold;          // reached only in unusual cases
  uint32_t loop_depth;   // set by hir_find_loops
  HirNode *first, *last; // `last` ENDS
  HirBlock **predecessors;
  uint32_t predecessor_count, predecessor_capacity;
  HirBlock *successors[2];
  uint32_t successor_count;
  HirState
      *entry_state;    // of a loop header: the state on entry to the loop, valid at the end of its predecessors outside
  HirBlock *dominator; // immediate; set by hir_find_dominators
  HirBlock *loop_header; // of the innermost loop around it (itself if it is one), or NULL
  HirBlock *outer_loop;  // of a loop header: the header of the loop around its loop, or NULL
  HirBlock *next;        // in the function's order, which is a reverse postorder
  uint32_t order;        // position in that order
  void *data;            // for passes and lowering
};

// One call: the compiled function itself (caller NULL) or one inlined into it.
struct HirInline {
  HirInline *caller;
  Code *code;
  HirNode *function;       // the Function; NULL in the outermost one
  Value globals, builtins; // the Function's
  HirNode *instance;       // an __init__ called by its class: the new instance, which is what the call gives; else NULL
  uint32_t base;           // its register 0 among all
  uint32_t variables;      // so many registers are locals, cells and free variables; temporaries follow
  uint32_t call_word;      // the instruction in the caller that calls it
  uint32_t depth;          // 0: outermost
  bool is_operand;         // an operator's method: FRAME_RETURNS_OPERAND
  uint16_t return_register, return_words;
};

// The interpreter's state in front of the instruction at `word` of `frame`.
struct HirState {
  HirInline *frame;
  uint32_t word;
  uint32_t count;       // registers [0, count) are described, the others hold nothing that is needed
  uint32_t id;          // unique; equal states are shared
  uint32_t failures;    // of what was assumed at this instruction, so far: the code was built knowing of them
  HirNode *registers[]; // NULL: nothing that is needed. Of any representation: boxed when the interpreter goes on
};

struct HirFunction {
  Code *code;
  uint32_t entry_word;
  Value globals;  // of the frame: compiled code leaves at once when it meets others
  bool is_module; // the frame's namespace is its globals; likewise
  const char *name;
  HirBlock *entry, *last_block;
  uint32_t block_count, node_count, state_count;
  struct HirArena *arena;
  struct HirSymbol *symbols; // names that the text has for shapes, cells and other pointers (hir_text.h)
};

// Building. All memory belongs to the function; running out of it ends in hir_out_of_memory (longjmp to the
// compilation's start), so that nothing here returns NULL.
HirFunction *hir_function_new(Code *code, uint32_t entry_word, const char *name);
void hir_function_free(HirFunction *function);
void *hir_allocate(HirFunction *function, size_t size); // zeroed
HirBlock *hir_block_new(HirFunction *function);         // not yet in the function's order
void hir_block_add_predecessor(HirFunction *function, HirBlock *block, HirBlock *predecessor);
// A node that is in no block yet; inputs are copied; kinds and representation come from the table (VALUE: KIND_BOUND).
HirNode *hir_node_new(HirFunction *function, HirOp op, uint32_t input_count, HirNode *const *inputs);
void hir_node_append(HirBlock *block, HirNode *node);
void hir_node_insert_before(HirNode *node, HirNode *position);
void hir_node_remove(HirNode *node); // unlinks it
// Every use of `node`, in inputs and in states, means `by` from now on. Uses are brought up to date by hir_resolve
// (which hir_node_input and hir_state_register do for one use).
void hir_node_replace(HirNode *node, HirNode *by);
// Ints of at most this size are exact as doubles.
enum : int64_t { HIR_EXACT_DOUBLE = (int64_t)1 << 53 };
static inline bool hir_is_exact_double(Value small_int) {
  int64_t number = value_small_int(small_int);
  return number >= -HIR_EXACT_DOUBLE && number <= HIR_EXACT_DOUBLE;
}

static inline HirNode *hir_resolve(HirNode *node) {
  while (node && node->replacement) node = node->replacement;
  return node;
}
static inline HirNode *hir_node_input(HirNode *node, uint32_t number) {
  return node->inputs[number] = hir_resolve(node->inputs[number]);
}
static inline HirNode *hir_state_register(HirState *state, uint32_t number) {
  return state->registers[number] = hir_resolve(state->registers[number]);
}
void hir_phi_add_input(HirFunction *function, HirNode *phi, HirNode *input);

static inline const HirOpInfo *hir_op_info(HirOp op) {
  return &hir_op_infos[op];
}
// Is this a guard whose result is its first input?
static inline bool hir_is_value_guard(const HirNode *node) {
  switch (node->op) {
  case HIR_GUARD_INT:
  case HIR_GUARD_FLOAT:
  case HIR_GUARD_BOOL:
  case HIR_GUARD_NONE:
  case HIR_GUARD_SHAPE:
  case HIR_GUARD_IDENTITY:
  case HIR_GUARD_BOUND:
    return true;
  default:
    return false;
  }
}
static inline uint32_t hir_node_flags(const HirNode *node) {
  return hir_op_infos[node->op].flags;
}
// Memory that the node may change, as WRITES flags: everything for one that CALLS.
static inline uint32_t hir_node_writes(const HirNode *node) {
  uint32_t flags = hir_node_flags(node);
  return flags & HIR_CALLS ? HIR_WRITES : flags & HIR_WRITES;
}
// Does its payload say which C function it calls?
static inline bool hir_calls_by_table(HirOp op) {
  return op == HIR_CALL_RUNTIME || op == HIR_CALL_PURE || op == HIR_CALL_LEAF || op == HIR_CALL_TRY ||
         op == HIR_CALL_CHANGE;
}
// A cell that is not made before the interpreter goes on: states and other such nodes alone use it.
static inline bool hir_node_is_virtual(const HirNode *node) {
  return node->op >= HIR_VIRTUAL_TUPLE && node->op <= HIR_VIRTUAL_INSTANCE;
}
// Does nothing that runs during this call, nor who looks at its frames meanwhile, see the VM register `number` of its
// state? These are temporaries of the frames that are no operands of the call. A cell that is not made may stand there:
// the register is empty meanwhile, and the cell is made if the call raises.
bool hir_call_spares(const HirNode *call, uint32_t number);
// Does a cell with this shape keep it for ever?
bool hir_shape_is_stable(const Shape *shape);
// Kinds and shape of a constant.
void hir_constant_type(Value value, uint8_t *kinds, Shape **shape);

// Analyses: both bring function order, `order` and numbering up to date and drop unreachable blocks (with their phi
// inputs).
void hir_order_blocks(HirFunction *function);
void hir_find_dominators(HirFunction *function); // orders blocks first
void hir_find_loops(HirFunction *function);      // finds dominators first
bool hir_dominates(const HirBlock *a, const HirBlock *b);

// Text (hir_print.c, hir_parse.c, hir_verify.c)
void hir_print(const HirFunction *function, FILE *stream);
// Text to function. NULL: the text is wrong; a message is in `error`.
HirFunction *hir_parse(const char *text, char *error, size_t error_size);
// NULL if all invariants hold, else a message that lives as long as the function.
const char *hir_verify(HirFunction *function);
