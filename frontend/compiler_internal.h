// What the compiler's files share: the unit being compiled, its blocks and operations, registers.
//
// Code of a unit is a list of operations in basic blocks; a block ends with its only jump, or falls through to the next
// one. Registers are numbered by class while the unit is open, because the number of named locals is known only at its
// end: locals from 0, cells and free variables from REGISTER_CELL, temporaries from REGISTER_TEMPORARY. The assembler
// puts them behind each other.
//
// Temporaries are a stack: `temporary_top` says how many hold a value that is still needed, and every operation notes
// it (operands included, result excluded). So a register below an operation's `live` has been written, and has been
// live ever since: the collector may trust it.
//
// Evaluation has three forms: `compile_into` writes the value to a given register, as the last thing it does, so that
// `x = a + b` needs no move and an exception leaves x alone; `compile_operand` yields a register to read, a named local
// itself where possible; `compile_push` puts it on the temporaries' stack.
//
// Errors leave by longjmp: everything is in the arena, so there is nothing to release on the way.
#pragma once

#include "frontend/compiler.h"
#include "frontend/constant_fold.h"
#include "frontend/symtable.h"
#include "runtime/object/opcodes.h"

#include <setjmp.h>

typedef uint32_t Register;
enum : Register {
  REGISTER_CELL = 0x40000000,
  REGISTER_TEMPORARY = 0x80000000,
  REGISTER_NUMBER = 0x3fffffff,
};

typedef struct Block Block;

// Where exceptions of a block go.
typedef struct Handler {
  Block *block;
  uint32_t depth; // temporaries that it may use; the exception is stored into the next one
} Handler;

// `auxiliary` of a JUMP that goes backwards but is no iteration of a loop: it stays a JUMP (others become LOOP).
enum { JUMP_NO_LOOP = 1 };

typedef struct Operation {
  uint8_t opcode;
  uint8_t auxiliary;
  uint16_t live; // temporaries that hold values while it runs
  uint32_t a, b, c;
  Block *target;  // of jumps
  AstRange range; // lineno -1: none of its own
} Operation;

struct Block {
  Block *next; // in the order of the code
  Block *copy; // the last one made of this block for a line of its own (compiler_flow.c)
  Handler *handler;
  uint32_t first, count; // in Unit.operations
  uint32_t offset;       // in words (assembler)
  uint32_t predecessors;
  bool reachable, visited;
  uint64_t *bound; // locals that are bound on entry (compiler_bound.c)
};

// Positions of keys, in order of appearance: constants and names of a unit.
typedef struct IndexMap {
  const void **keys;
  uint32_t *index; // open addressing: 1 + position; NULL while there are few
  uint32_t count, capacity, mask;
} IndexMap;

typedef enum UnitKind : uint8_t {
  UNIT_MODULE,
  UNIT_CLASS,
  UNIT_FUNCTION,
  UNIT_ASYNC_FUNCTION,
  UNIT_LAMBDA,
  UNIT_COMPREHENSION,
} UnitKind;

// A statement that control may leave early, by return, break or continue, and what is to be done then.
typedef enum FrameBlockKind : uint8_t {
  FRAME_BLOCK_WHILE,
  FRAME_BLOCK_FOR,
  FRAME_BLOCK_TRY,           // body of try/except
  FRAME_BLOCK_FINALLY,       // body of try/finally: `finally_body` runs
  FRAME_BLOCK_FINALLY_END,   // the finally body itself, after an exception: stop handling it
  FRAME_BLOCK_HANDLER,       // an except clause: stop handling, unbind `name`
  FRAME_BLOCK_GROUP_HANDLER, // except*: may not be left
  FRAME_BLOCK_WITH,          // `with_statement`: call __exit__
  FRAME_BLOCK_ASYNC_WITH,
  FRAME_BLOCK_ASYNC_GENERATOR, // of a comprehension
} FrameBlockKind;
enum { FRAME_BLOCK_LIMIT = 20 };

typedef struct FrameBlock {
  struct FrameBlock *outer;
  FrameBlockKind kind;
  Block *continue_to, *break_to;
  Handler *outer_handler; // where exceptions go outside; NULL: out of the function; not for loops
  uint32_t depth;         // temporaries outside
  const AstStmtSequence *finally_body;
  const AstStmt *with_statement;
  const Name *name;
} FrameBlock;

// A name that the present loop does nothing with but add to (compiler_growth.c).
typedef struct Growth {
  struct Growth *outer;
  const Name *name;
  uint32_t number; // of its temporary
} Growth;

typedef struct Unit {
  struct Unit *outer;
  UnitKind kind;
  Scope *scope;
  const Name *name;
  const Name *class_name; // for mangling
  const char *qualified_name;
  size_t qualified_name_length;
  uint32_t argument_count, positional_only_count, keyword_only_count, first_line;

  Operation *operations;
  uint32_t operation_count, operation_capacity;
  Block *first_block, *block; // the latter is being filled
  Handler *handler;
  FrameBlock *frame_blocks;
  uint32_t frame_block_count;
  AstRange range; // given to operations

  uint32_t temporary_top, temporary_limit;
  Growth *growths;        // of the loops around
  const Name **variables; // named locals
  uint32_t variable_count, variable_capacity;
  const Name **cells; // cells, then free variables
  uint32_t cell_count, free_count;
  IndexMap names, constants; // constants: Constant, or what code_key says
  bool has_closure;
} Unit;

typedef struct ConstantTable {
  const Constant **slots;
  uint32_t mask, count;
} ConstantTable;

typedef struct Compiler {
  Arena *arena;
  NameTable *names;
  SyntaxErrorReport *report;
  SymbolTable *table;
  const AstModule *module;
  uint32_t future_flags;
  int32_t future_last_line;
  uint8_t optimize;
  bool top_level_await;
  bool interactive;
  Unit *unit;
  ConstantTable constants;
  const Constant *none, *empty_text;
  Operation *spare_operations; // kept from the last unit of this depth: operations are needed only until assembly
  uint32_t spare_capacity;
  jmp_buf failure;
} Compiler;

// ---- errors and memory (compiler.c)
[[noreturn]] void compiler_out_of_memory(Compiler *compiler);
[[noreturn, gnu::format(printf, 2, 3)]] void compiler_fail(Compiler *compiler, const char *format, ...);
[[gnu::format(printf, 2, 3)]] void compiler_warn(Compiler *compiler, const char *format, ...);
void *compiler_allocate(Compiler *compiler, size_t count, size_t size);
const Name *compiler_intern(Compiler *compiler, const char *text);
// Position of `key`, added at the end if it is new.
uint32_t index_map_add(Compiler *compiler, IndexMap *map, const void *key);

// ---- constants (compiler_constant.c)
// The one Constant that stands for all equal to `constant` (same type and value, recursively; 0.0 differs from -0.0).
const Constant *compiler_share_constant(Compiler *compiler, const Constant *constant);
bool constant_equal(const Constant *left, const Constant *right);
// repr(constant), in the arena.
const char *constant_repr(Compiler *compiler, const Constant *constant);

// ---- operations and blocks (compiler.c)
Block *block_new(Compiler *compiler);
void compiler_use_block(Compiler *compiler, Block *block); // what follows goes there
void compiler_set_handler(Compiler *compiler, Handler *handler);
Handler *handler_new(Compiler *compiler, Block *block); // with the present depth
// The next operation. For opcodes whose b and c are one number, that is `b`.
Operation *emit(Compiler *compiler, Opcode opcode, unsigned auxiliary, uint32_t a, uint32_t b, uint32_t c);
void emit_jump(Compiler *compiler, Opcode opcode, uint32_t a, Block *target);
void emit_jump_no_line(Compiler *compiler, Block *target);
void emit_load_constant(Compiler *compiler, Register destination, const Constant *constant);
void emit_load_none(Compiler *compiler, Register destination);
uint32_t constant_index(Compiler *compiler, const Constant *constant);
uint32_t name_index(Compiler *compiler, const Name *name); // mangles
void unset_range(Compiler *compiler);                      // what follows has no line of its own

// ---- temporaries
static inline Register temporary_next(Compiler *compiler) {
  Unit *unit = compiler->unit;
  if (unit->temporary_limit <= unit->temporary_top) unit->temporary_limit = unit->temporary_top + 1;
  return REGISTER_TEMPORARY | unit->temporary_top;
}
static inline Register temporary_push(Compiler *compiler) {
  Register result = temporary_next(compiler);
  compiler->unit->temporary_top++;
  return result;
}

// ---- units (compiler.c)
void compiler_enter(Compiler *compiler, UnitKind kind, const Name *name, const void *node, uint32_t first_line);
const CodeUnit *compiler_leave(Compiler *compiler);
// Flow passes and assembly of the present unit (compiler_assemble.c).
CodeUnit *compiler_assemble(Compiler *compiler);
void compiler_optimize_flow(Compiler *compiler); // compiler_flow.c
void compiler_remove_checks(Compiler *compiler); // compiler_bound.c

// ---- text that loops build (compiler_growth.c)
// A loop begins: temporaries for the names that it only adds to. `test` is evaluated each time; NULL: nothing is. Who
// calls puts `growths` and the temporaries back to what they were where the body ends.
void compiler_begin_growths(Compiler *compiler, const AstExpr *test, const AstStmtSequence *body);
// What ADD is told of the growth of a name: 0, there is none, or one more than its temporary's number.
unsigned compiler_growth(const Compiler *compiler, const Name *name);

// ---- names (compiler_name.c)
void compile_load_name(Compiler *compiler, const Name *name, Register destination);
void compile_store_name(Compiler *compiler, const Name *name, Register source);
void compile_delete_name(Compiler *compiler, const Name *name);
// Unbinds a name that is certainly bound, or may be anything afterwards (`except ... as name`).
void compile_unbind_name(Compiler *compiler, const Name *name);
// True if `name` is a register of its own.
bool compile_local_register(Compiler *compiler, const Name *name, Register *result);
void compiler_check_name(Compiler *compiler, const Name *name, AstContext context); // __debug__
// Making a function takes two steps: its code's register comes first, but the code is compiled last.
typedef struct FunctionPlace {
  uint32_t operation; // that loads the code
  Register base;
} FunctionPlace;
FunctionPlace compile_begin_function(Compiler *compiler);
// `bits` (of MAKE_FUNCTION, closure excluded) announce what has been pushed since. Pops all.
void compile_make_function(Compiler *compiler, FunctionPlace place, const CodeUnit *code, unsigned bits,
                           Register destination);

// ---- expressions (compiler_expression.c, compiler_call.c, compiler_comprehension.c, compiler_display.c)
void compile_into(Compiler *compiler, AstExpr *expr, Register destination);
Register compile_operand(Compiler *compiler, AstExpr *expr);
// As compile_operand for a value that is read only after `later` has been evaluated, too.
Register compile_operand_before(Compiler *compiler, AstExpr *expr, const AstExpr *later);
Register compile_push(Compiler *compiler, AstExpr *expr);
void compile_line(Compiler *compiler, const AstExpr *expr);
void compile_effect(Compiler *compiler, AstExpr *expr);
void compile_jump_if(Compiler *compiler, AstExpr *expr, Block *target, bool condition);
void compile_call(Compiler *compiler, AstExpr *expr, Register destination);
// Calls what is in the register below the `pushed` topmost temporaries, with these and the given arguments.
void compile_call_arguments(Compiler *compiler, Register callable, uint32_t pushed, AstExprSequence *arguments,
                            AstKeywordSequence *keywords, Register destination);
void compile_display(Compiler *compiler, AstExpr *expr, Register destination);
void compile_comprehension(Compiler *compiler, AstExpr *expr, Register destination);
void compile_joined_string(Compiler *compiler, AstExpr *expr, Register destination);
void compile_formatted_value(Compiler *compiler, AstExpr *expr, Register destination);
void compile_lambda(Compiler *compiler, AstExpr *expr, Register destination);
// Waits for the awaitable in `source` (the topmost temporary, which is popped, or a local). `place`: 0, 1 __aenter__,
// 2 __aexit__.
void compile_await(Compiler *compiler, Register source, unsigned place, Register destination);
// Yields `value` (the topmost temporary, which is popped, or a local).
void compile_yield(Compiler *compiler, Register value, Register destination);
bool expression_may_rebind(Compiler *compiler, const AstExpr *expr);
// Stores a value to any target. `source` stays as it is.
void compile_store(Compiler *compiler, AstExpr *target, Register source);
// Stores the topmost temporary and pops it.
void compile_store_top(Compiler *compiler, AstExpr *target);
// The type of a literal, display or lambda, for warnings; NULL: cannot be told.
const char *expression_type_name(const AstExpr *expr);
void compile_attribute_range(Compiler *compiler, const AstExpr *attribute);
Opcode binary_opcode(AstOperator operator);

// ---- statements (compiler_statement.c, compiler_function.c, compiler_try.c, compiler_match.c)
void compile_statement(Compiler *compiler, AstStmt *statement);
void compile_statements(Compiler *compiler, const AstStmtSequence *statements);
Register compile_iteration_register(Compiler *compiler, const AstExpr *target);
void compile_store_iteration(Compiler *compiler, AstExpr *target, Register item);
void compile_body(Compiler *compiler,
                  const AstStmtSequence *statements); // of a module or class: docstring, annotations
void compile_function(Compiler *compiler, AstStmt *statement);
void compile_class(Compiler *compiler, AstStmt *statement);
void compile_annotation(Compiler *compiler, AstExpr *annotation, Register destination);
void compile_try(Compiler *compiler, AstStmt *statement);
void compile_with(Compiler *compiler, AstStmt *statement, uint32_t item);
// Calls the bound __exit__ in `exit` as at the end of a body that raised nothing.
void compile_exit_with(Compiler *compiler, Register exit, bool is_async);
void compile_match(Compiler *compiler, AstStmt *statement);
void compiler_push_frame_block(Compiler *compiler, FrameBlock *block, FrameBlockKind kind);
void compiler_pop_frame_block(Compiler *compiler);
// Emits what leaving the nested statements takes: those inside the innermost loop (*loop is set; NULL if there is
// none), or, with `loop` NULL, all of the function's.
void compile_unwind(Compiler *compiler, FrameBlock **loop);
const Constant *docstring_of(const AstStmtSequence *body);

// ---- constant folding (compiler_fold.c)
// Folds constant expressions in the whole tree. Returns false when `report` has been given an error.
bool compiler_fold(Arena *arena, NameTable *names, SyntaxErrorReport *report, AstModule *module, uint32_t future_flags,
                   uint8_t optimize, uint32_t recursion_limit);

// In a unit's constants the address of a CodeUnit is marked, to tell it from a Constant.
static inline const void *code_key(const CodeUnit *code) {
  return (const char *)code + 1;
}
static inline const CodeUnit *code_of_key(const void *key) {
  return (uintptr_t)key & 1 ? (const CodeUnit *)((const char *)key - 1) : NULL;
}

static inline bool unit_is_function(const Unit *unit) {
  return unit->scope->kind == SCOPE_FUNCTION;
}
