// What the parts of the builder share: build_blocks.c (basic blocks), build.c (control flow, states),
// build_operators.c, build_attributes.c, build_items.c, build_calls.c, build_names.c.
#pragma once

#include "jit/build.h"
#include "jit/compile_error.h"
#include "jit/runtime_functions.h"
#include "runtime/object/dict.h"
#include "runtime/object/opcodes.h"
#include "runtime/object/sequence.h"
#include "runtime/runtime.h"
#include "vm/profile.h"

enum : uint32_t {
  BUILD_REGISTER_LIMIT = 4096,  // VM registers of a unit, inlined calls included
  BUILD_WORD_LIMIT = 20000,     // of one code
  BUILD_NODE_LIMIT = 12000,     // then the rest leaves to the interpreter
  BUILD_INLINE_WORD_LIMIT = 80, // of an inlined code
  BUILD_INLINE_DEPTH = 6,
  BUILD_SPLIT_WORD_LIMIT = 60, // of what a way repeats that goes on alone (split_ways)
  // How much may be inlined and split in front of the first loop, and from each loop's header to the next: a long
  // function's last loop is worth as much as its first.
  BUILD_LOOP_NODES = 1500,   // from there on nothing is inlined
  BUILD_LOOP_SPLITS = 12,    // ways that go on alone
  BUILD_INLINE_NODES = 6000, // of all loops together
};

typedef struct Edge Edge;
struct Edge {
  Edge *next;
  HirBlock *from;
  HirNode **registers; // as they are at the end of `from`
  HirNode *result;     // of a return from an inlined call
  uint32_t shape_epoch;
};

// A basic block of bytecode.
typedef struct CodeLoop CodeLoop;
typedef struct CodeBlock CodeBlock;
struct CodeBlock {
  uint32_t start, end; // words
  CodeBlock *plain;    // itself, or what it is a copy of
  CodeLoop *bypassed;  // of a copy: the innermost loop around it whose header was not passed (build_blocks.c)
  CodeBlock *copies;   // the next copy
  CodeBlock *successors[3];
  uint32_t successor_count;
  CodeBlock **predecessors;
  uint32_t predecessor_count;
  const ExceptionRange *range; // what catches exceptions in it; NULL: nothing
  CodeBlock *handler;          // of that
  bool is_header;              // a back edge leads here
  bool is_outside;             // not part of the loop that is compiled: leave there
  enum : uint8_t { BLOCK_NEW, BLOCK_OPEN, BLOCK_DONE } visit;
  uint8_t loop_mark;
  uint8_t *written; // of a header: the registers that its loop writes
  CodeBlock *next;  // in reverse postorder
  Edge *edges;      // forward edges met so far
  HirBlock *header; // of a header: its HIR block, whose phis get one more input for each back edge
  HirNode **header_phis;
};

// The code that is being built at the moment: the function itself or an inlined one.
typedef struct CodeScope CodeScope;
struct CodeScope {
  CodeScope *caller;
  HirInline *frame;
  Code *code;
  Function *known_function; // inlined: which; NULL in the outermost code
  Value globals, builtins;
  CodeBlock **block_at; // by word; no copies
  CodeBlock **roots;    // where the code begins: one, but for a generator's
  uint32_t root_count;
  CodeBlock *first; // in reverse postorder
  CodeBlock *block; // the one that is being built
  Edge *returns;    // inlined: where it returns
  uint32_t extent;  // registers of the unit in use, this scope's and its callers'
  uint8_t growths;  // a bit for each growth (opcodes.h) whose ADDs have met text: they go by the frame's memory
};

typedef struct Builder {
  HirFunction *function;
  const Frame *vm_frame;
  CodeScope *scope;
  HirBlock *block;     // the current one; NULL: what follows cannot be reached
  HirNode **registers; // all of the unit
  uint32_t word;       // the current instruction
  uint32_t next_word;  // the one behind it
  Instruction instruction;
  uint32_t skip_to;           // a following instruction has been built with this one: goes on there; 0: at next_word
  bool is_split;              // the rest of the block is built once for each of several ways
  bool is_following;          // the current instruction is built on one of two ways of an earlier one
  HirState *state;            // in front of the current instruction, once needed
  uint32_t shape_epoch;       // another one where shapes may have changed
  uint32_t last_epoch;        // the highest so far
  HirNode *unbound;           // constants made once
  uint32_t inline_node_limit; // nothing is inlined or split when the function has more nodes
  uint32_t splits;            // that are left
  bool calls_operand;         // what build_known_call calls is an operator's method
} Builder;

// Facts about a node that hold while the builder works on it stand in HirNode.data: hinted kinds, and the epoch of its
// shape.
static inline uint8_t node_hint(const HirNode *node) {
  return (uint8_t)node->data;
}
static inline void node_set_hint(HirNode *node, uint8_t kinds) {
  node->data = (node->data & ~(uint64_t)0xff) | kinds;
}
static inline void node_set_shape(const Builder *builder, HirNode *node, Shape *shape) {
  node->shape = shape;
  node->data = (node->data & 0xff) | (uint64_t)builder->shape_epoch << 8;
}
// Is `node`, if it is a cell, known to have this shape at this moment?
static inline bool node_has_shape(const Builder *builder, const HirNode *node, const Shape *shape) {
  return node->kinds == KIND_CELL && node->shape == shape &&
         (hir_shape_is_stable(shape) || node->data >> 8 == builder->shape_epoch);
}

static inline size_t shape_slot_offset(const Shape *shape, uint32_t slot) {
  return shape->attributes_offset + sizeof(Value) + slot * sizeof(Value);
}

// The shape that a cell is known to have, or had a while ago and may be asked for; NULL: none. That of a new instance,
// or of one with a new attribute, may not, as passes take it for what the node always has.
static inline Shape *node_likely_shape(const Builder *builder, const HirNode *node) {
  if (!(node->kinds & KIND_CELL) || !node->shape) return NULL;
  bool is_new = node->op == HIR_NEW_INSTANCE || node->op == HIR_ADD_SLOT;
  return !is_new || node_has_shape(builder, node, node->shape) ? node->shape : NULL;
}

static inline unsigned builder_opcode(const Builder *builder) {
  return builder->instruction & 0xff;
}
static inline Value builder_name(const Builder *builder, uint32_t index) {
  return tuple_item(builder->scope->code->names, index);
}
static inline unsigned builder_failures(const Builder *builder) {
  return profile_leaves(builder->scope->code, builder->word);
}
// Registers of the current code
static inline HirNode *get_register(Builder *builder, uint32_t number) {
  HirNode *node = builder->registers[builder->scope->frame->base + number];
  return node ? node : builder->unbound;
}
void set_register(Builder *builder, uint32_t number, HirNode *value);
static inline HirNode *operand_a(Builder *builder) {
  return get_register(builder, instruction_a(builder->instruction));
}
static inline HirNode *operand_b(Builder *builder) {
  return get_register(builder, instruction_b(builder->instruction));
}
static inline HirNode *operand_c(Builder *builder) {
  return get_register(builder, instruction_c(builder->instruction));
}
static inline void set_result(Builder *builder, HirNode *value) {
  set_register(builder, instruction_a(builder->instruction), value);
}

// build_blocks.c: the blocks of `scope`, from `entry` on or, of a generator's whole code, from all RESUMEs on.
void build_find_blocks(Builder *builder, CodeScope *scope, uint32_t entry, bool loop_only);
// Where the block goes on at `word`; NULL: nowhere.
CodeBlock *build_successor_at(const CodeBlock *block, uint32_t word);
Instruction build_load_word(const Code *code, uint32_t at);
uint32_t build_instruction_words(Instruction word);
uint32_t build_jump_target(Instruction word, uint32_t at); // UINT32_MAX: it does not jump
uint32_t build_written_count(Instruction word);            // registers that one with OPERAND_DESTS writes
// Does a compilation that begins at `entry` stand for a call, not for a loop?
bool build_is_function_entry(const Code *code, uint32_t entry);

// The state in front of the current instruction is what the registers hold now, however they change until its end.
void fix_state(Builder *builder);
// Emitting. Nodes that leave or call get the state in front of the current instruction.
HirNode *emit(Builder *builder, HirOp op, uint32_t count, HirNode *const *inputs);
HirNode *emit_0(Builder *builder, HirOp op);
HirNode *emit_1(Builder *builder, HirOp op, HirNode *a);
HirNode *emit_2(Builder *builder, HirOp op, HirNode *a, HirNode *b);
HirNode *emit_3(Builder *builder, HirOp op, HirNode *a, HirNode *b, HirNode *c);
HirNode *emit_constant(Builder *builder, Value value);
HirNode *emit_int(Builder *builder, int64_t number);
HirNode *emit_double(Builder *builder, double number);
HirNode *emit_bool_value(Builder *builder, HirNode *truth); // BOX_BOOL
HirNode *emit_field(Builder *builder, HirNode *cell, size_t offset);
// A C function of runtime.def.
HirNode *emit_runtime(Builder *builder, RuntimeFunction which, uint32_t count, HirNode *const *inputs);
// Behind a node that calls, once its result is in its register: the state behind the current instruction.
void emit_recheck(Builder *builder);
// The rest of the current block cannot be reached: leaves to the interpreter at the current instruction.
void emit_leave(Builder *builder);
void emit_leave_for_good(Builder *builder);
// The current instruction as a whole by its operation (vm/operations.h): results are loaded from their registers.
void emit_step(Builder *builder);

// Guards. What holds behind them is said of the registers that hold the value, too. Nothing is emitted where it is
// known already.
HirNode *guard_shape(Builder *builder, HirNode *value, Shape *shape);
HirNode *guard_identity(Builder *builder, HirNode *value, Value constant);
HirNode *guard_bound(Builder *builder, HirNode *value);
void guard_valid(Builder *builder, const LookupResult *result);
HirNode *as_int(Builder *builder, HirNode *value);           // INT
HirNode *as_double(Builder *builder, HirNode *value);        // DOUBLE, of a float
HirNode *number_as_double(Builder *builder, HirNode *value); // DOUBLE, of a float or a small int
HirNode *box_int(Builder *builder, HirNode *number);
HirNode *box_double(Builder *builder, HirNode *number);
HirNode *box_bool(Builder *builder, HirNode *truth);
static inline Value node_constant(const HirNode *node) {
  return node->op == HIR_CONST ? node->payload.value : NULL;
}
// The value without the guards that it has gone through.
HirNode *strip_guards(HirNode *node);

// Shapes may have changed: begins another epoch.
static inline void builder_new_epoch(Builder *builder) {
  builder->shape_epoch = ++builder->last_epoch;
}

// Control flow inside an instruction: a block that goes on with the registers as they are, entered from `from`.
HirBlock *block_after(Builder *builder, HirBlock *from);
// Ends the current block with a BRANCH and makes blocks for both ways; the current block is none of them.
void emit_branch(Builder *builder, HirNode *condition, HirBlock **if_true, HirBlock **if_false);
HirNode **save_registers(Builder *builder);
void restore_registers(Builder *builder, HirNode *const *saved);
// From now on registers that hold `value` hold `by`.
void replace_in_registers(Builder *builder, HirNode *value, HirNode *by);
// Ways that meet again: each ends where the current block stands, with the registers as they are.
void add_way(Builder *builder, Edge **ways);
// A way that is taken if a condition holds: what stands where it does not.
typedef struct Fork {
  HirNode **registers;
  uint32_t shape_epoch;
  HirBlock *otherwise;
} Fork;
// Goes on where `condition` holds.
Fork begin_way(Builder *builder, HirNode *condition);
// Adds what has been built since begin_way to the ways; goes on where the condition does not hold.
void end_way(Builder *builder, const Fork *way, Edge **ways);
// Goes on where the ways meet.
void join_ways(Builder *builder, Edge *ways);
// The same, or each way goes on alone, with what is known on it, to the end of the block, if that is short: then the
// current instruction is the last one that is built (builder->block is NULL).
void split_ways(Builder *builder, Edge *ways);
HirNode *emit_is(Builder *builder, HirNode *a, HirNode *b);
HirNode *emit_not(Builder *builder, HirNode *truth);

// The current block goes on with `target`, a block of builder->scope.
void build_go_to(Builder *builder, CodeBlock *target);
// `call`, which the current instruction has just emitted, may raise: where a handler of this unit would catch that, its
// way there is built; the current block goes on with the result (build_handlers.c).
void build_catch(Builder *builder, HirNode *call);
// Has the code caught exceptions? Then it is better not inlined: catching makes a frame object, which needs a frame.
bool build_code_catches(const Code *code); // often, or nobody knows
// The state that the interpreter would go on with at `word` of the current scope.
HirState *build_state_at(Builder *builder, uint32_t word);

// Instructions. Each emits the current one.
void build_raise(Builder *builder);
void build_match_exception(Builder *builder);
void build_binary(Builder *builder, unsigned base);
void build_compare(Builder *builder, unsigned base);
void build_unary(Builder *builder, unsigned base);
void build_contains(Builder *builder);
HirNode *build_truth(Builder *builder, HirNode *value); // BOOL
void build_load_attribute(Builder *builder);
void build_store_attribute(Builder *builder);
void build_load_method(Builder *builder);
// Of a store's `result`: a slot is written or added. False: it is neither; nothing has been emitted.
bool build_store_slot(Builder *builder, HirNode *object, HirNode *value, const LookupResult *result);
// The name that an argument or a key is, interned; behind a guard, where it is an attribute of a constant. NULL:
// unknown.
Value build_known_name(Builder *builder, HirNode *node);
// object.__dict__ (build_dict.c): is that what `result` is about? The dict; what is done with one as the current
// instruction. False: it is another dict, or not known well enough; nothing but guards has been emitted.
bool build_is_dict_property(const LookupResult *result);
HirNode *build_instance_dict(Builder *builder, HirNode *object);
bool build_dict_get(Builder *builder, HirNode *container, HirNode *key, HirNode *otherwise); // NULL: KeyError
bool build_dict_set(Builder *builder, HirNode *container, HirNode *key, HirNode *value);
bool build_dict_contains(Builder *builder, HirNode *container, HirNode *key, bool *answer);
// getattr(object, name[, otherwise]), hasattr() and setattr() as the current instruction, for an object whose shape is
// known or was met. False: not done, nothing has been emitted.
bool build_get_by_name(Builder *builder, HirNode *object, Value name, HirNode *otherwise);
bool build_has_by_name(Builder *builder, HirNode *object, Value name);
bool build_set_by_name(Builder *builder, HirNode *object, Value name, HirNode *value, LookupAccess access);
void build_load_item(Builder *builder, bool constant);
void build_store_item(Builder *builder);
void build_get_iterator(Builder *builder);
// FOR_ITERATOR: the item is in its register in the current block; *done is the block where the iterator is exhausted.
void build_for_iterator(Builder *builder, HirBlock **done);
// SEND: the item is in its register in the current block; *done is the block where the receiver has returned, and the
// result what it has.
HirNode *build_send(Builder *builder, HirBlock **done);
// zip() or enumerate(), by the result's shape. False: not done.
bool build_pairs(Builder *builder, Shape *shape, HirNode **arguments, uint32_t count);
void build_unpack_sequence(Builder *builder);
void build_sequence(Builder *builder, HirOp op);
bool build_add_item(Builder *builder, unsigned base); // LIST_APPEND, SET_ADD, DICT_ADD; false: not done
bool build_slice_item(Builder *builder);              // BUILD_SLICE with the LOAD_ITEM behind it; false: not done
void build_load_global(Builder *builder);
void build_load_name(Builder *builder);
void build_store_global(Builder *builder, bool is_name);
HirNode *load_global_cell(Builder *builder, const GlobalCell *cell); // the value of one that is not empty
bool build_make_function(Builder *builder);                          // false: not done
void build_enter_closure(Builder *builder);
void build_load_cell(Builder *builder);
void build_store_cell(Builder *builder);
void build_call(Builder *builder, bool is_method);
void build_call_general(Builder *builder);
// The current instruction calls `known` with `count` arguments, which begin at register `first`; those of Python
// functions and classes that are NULL are left to defaults. False: not done.
bool build_constant_call(Builder *builder, Value known, HirNode **arguments, uint32_t count, uint32_t first);
// CALL_KEYWORDS and CALL_METHOD_KEYWORDS. False: not done, nothing but guards has been emitted.
bool build_call_keywords(Builder *builder, bool is_method);
// A native function, or a method descriptor with its receiver among the arguments (build_natives.c). False: not done.
bool build_native(Builder *builder, Value callee, HirNode **arguments, uint32_t count);
// Built-in functions of numbers (build_numbers.c). False: not done.
bool intrinsic_abs(Builder *builder, HirNode **arguments, uint32_t count);
bool intrinsic_max(Builder *builder, HirNode **arguments, uint32_t count);
bool intrinsic_min(Builder *builder, HirNode **arguments, uint32_t count);
bool intrinsic_index(Builder *builder, HirNode **arguments, uint32_t count);
bool intrinsic_bit_length(Builder *builder, HirNode **arguments, uint32_t count);
bool intrinsic_random(Builder *builder, HirNode **arguments, uint32_t count);
bool build_int_of_number(Builder *builder, HirNode **arguments, uint32_t count);
bool build_float_of_number(Builder *builder, HirNode **arguments, uint32_t count);
// super() together with the LOAD_METHOD on it that follows, where it is known what that finds. False: not done.
bool build_super_method(Builder *builder);
bool build_uses_super(const Code *code); // then its function must be known to inline it
// Operators, comparisons and subscripts (`value`: what is stored, or NULL) of instances of Python classes, by what the
// instruction has met. `operator`: BinaryOperator, Comparison. False: not done, nothing but guards has been emitted.
bool build_special_binary(Builder *builder, uint8_t operator, bool in_place, HirNode *a, HirNode *b);
bool build_complex_binary(Builder *builder, uint8_t operator, HirNode * a, HirNode *b); // build_complex.c, likewise
bool build_special_compare(Builder *builder, uint8_t comparison, HirNode *a, HirNode *b);
bool build_special_item(Builder *builder, HirNode *container, HirNode *key, HirNode *value);

// Calls `function` with `count` arguments that are in `arguments`, as the current instruction, whose result goes to
// register `destination`. `base`: register of the current frame where the arguments are or may be put. `instance`: an
// __init__'s, or NULL. False: not done.
bool build_known_call(Builder *builder, Function *function, HirNode **arguments, uint32_t count, uint32_t base,
                      uint32_t destination, HirNode *instance);
// The register of the current frame where the registers of a callee begin that is called with arguments at `base`.
uint32_t callee_base(const Builder *builder, uint32_t base);
// Can build_known_call do it?
bool function_can_be_called(const void *function, uint32_t count);
// Builds the code of `scope` from word `entry`, the registers being set.
void build_scope(Builder *builder, CodeScope *scope, uint32_t entry);
// Goes on in the caller where the inlined `scope` has returned; gives its result, NULL if it never returns.
HirNode *leave_scope(Builder *builder, CodeScope *scope);
