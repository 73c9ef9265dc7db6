// Code objects: bytecode and everything that belongs to it. Immutable but for the instruction words' inline caches.
//
// Instructions are 64-bit words (opcodes.def): opcode and three operands, followed by the instruction's cache words.
// The words live in memory owned by the code cell (a cell of their own, so that compiled code and running frames can
// hold on to them).
#pragma once

#include "runtime/object/class.h"

typedef uint64_t Instruction; // 8 bits opcode, 8 bits auxiliary, 16 bits each a, b, c

enum : uint32_t {
  CODE_OPTIMIZED = 0x1,
  CODE_NEW_LOCALS = 0x2,
  CODE_VARARGS = 0x4,
  CODE_VARKEYWORDS = 0x8,
  CODE_NESTED = 0x10,
  CODE_GENERATOR = 0x20,
  CODE_COROUTINE = 0x80,
  CODE_ITERABLE_COROUTINE = 0x100,
  CODE_ASYNC_GENERATOR = 0x200,
  CODE_FUTURE_DIVISION = 0x20000,
  CODE_FUTURE_ABSOLUTE_IMPORT = 0x40000,
  CODE_FUTURE_WITH_STATEMENT = 0x80000,
  CODE_FUTURE_PRINT_FUNCTION = 0x100000,
  CODE_FUTURE_UNICODE_LITERALS = 0x200000,
  CODE_FUTURE_BARRY_AS_BDFL = 0x400000,
  CODE_FUTURE_GENERATOR_STOP = 0x800000,
  CODE_FUTURE_ANNOTATIONS = 0x1000000,
};

// One line of the exception table: instructions [start, end) are covered by the handler. Innermost first.
typedef struct ExceptionRange {
  uint32_t start, end, handler; // instruction word indexes
  uint16_t target;              // register that receives the exception
  uint16_t live;                // registers [0, live) hold temporaries that the handler may use
} ExceptionRange;
// Positions: sorted by start; an entry holds up to the next one's start. line 0: no line. columns -1: unknown.
typedef struct PositionRange {
  uint32_t start;
  int32_t line, end_line, column, end_column;
} PositionRange;
// Liveness of temporaries: from word `start` on, registers [0, live) may hold values that are still needed.
typedef struct LiveRange {
  uint32_t start;
  uint32_t live;
} LiveRange;

// Of a copy of a generator expression's code that yields nothing: what it does with each item (vm/consumers.h).
typedef enum Consumer : uint8_t {
  CONSUMER_NONE,
  CONSUMER_SUM,  // adds it to what it returns
  CONSUMER_ANY,  // returns True if it is true
  CONSUMER_ALL,  // returns False if it is false
  CONSUMER_LIST, // appends it to the list that it returns
  CONSUMER_SET,  // adds it to the set that it returns
} Consumer;

typedef struct Code {
  Cell head;
  Value name, qualified_name, filename; // str
  Value constants;                      // tuple
  Value names;                          // tuple of interned str
  Value variable_names;                 // tuple: arguments first, then other locals: co_varnames
  Value cell_names;                     // co_cellvars
  Value free_names;                     // co_freevars
  Value instructions;                   // internal cell: Instruction words
  Value tables;                         // keeps the tables below alive; zero: they stay for ever
  Value bytes_cache, line_table_cache,
      exception_table_cache; // what co_code, co_linetable, co_exceptiontable gave; zero: not yet asked
  Value image;               // what the code is still to be read from (code_image.h); zero: it is complete
  Value extra;               // what the vm and jit attach (feedback, compiled code); zero: nothing
  Value consuming;           // the newest copy that consumes, and the next older one of that; zero: none
  // ---- end of values
  Instruction *words; // in `instructions`
  uint32_t word_count;
  uint32_t flags; // CODE_*
  uint32_t argument_count, positional_only_count,
      keyword_only_count; // as co_argcount, co_posonlyargcount, co_kwonlyargcount
  uint32_t local_count;   // named locals: registers [0, local_count)
  uint32_t cell_count;    // cells: registers [local_count, local_count + cell_count), then free variables
  uint32_t free_count;
  uint32_t register_count; // all registers of a frame, temporaries included
  uint32_t first_line;
  // A call with exactly this many positional arguments needs no binding: they are the first registers as they stand.
  // UINT32_MAX where every call does (*args, **keywords, keyword-only parameters, code not yet verified).
  uint32_t exact_count;
  uint32_t clear_count;           // registers [0, clear_count) without an argument are emptied on entry
  Consumer consumer;              // CONSUMER_NONE: this is no such copy
  uint32_t consuming_word;        // of such a copy: the instruction that consumes
  bool untrusted;                 // made by a user: vm/verify.h must accept it before it runs
  bool is_foreign;                // its tables do not tell which temporaries are live
  const uint16_t *cell_arguments; // for cell i: 1 + number of the argument it starts with, or 0 (in `tables`)
  const ExceptionRange *exceptions;
  const PositionRange *positions;
  const LiveRange *live_ranges;
  uint32_t exception_count, position_count, live_count;
  const void *record; // in the image: its place
} Code;

// Registers [0, code_named_count) are those of locals, cells and free variables; behind them are temporaries.
static inline uint32_t code_named_count(const Code *code) {
  return code->local_count + code->cell_count + code->free_count;
}

// Do calls of it make a generator, a coroutine or an async generator?
static inline bool code_makes_generators(const Code *code) {
  return code->flags & (CODE_GENERATOR | CODE_COROUTINE | CODE_ASYNC_GENERATOR);
}
// The first local whose value nobody but the frame holds: what comes in through parameters is mostly still held by the
// caller, but what a generator expression goes through is not.
static inline uint32_t code_first_own_local(const Code *code) {
  return code->consumer != CONSUMER_NONE ? 0 : code->argument_count + code->keyword_only_count;
}
static inline bool value_is_code(Value value) {
  return VALUE_IS_EXACT(value, CODE);
}
static inline Code *value_as_code(Value value) {
  return (Code *)value_cell(value);
}
static inline unsigned instruction_opcode(Instruction word) {
  return word & 0xff;
}
static inline unsigned instruction_auxiliary(Instruction word) {
  return word >> 8 & 0xff;
}
static inline unsigned instruction_a(Instruction word) {
  return word >> 16 & 0xffff;
}
static inline unsigned instruction_b(Instruction word) {
  return word >> 32 & 0xffff;
}
static inline unsigned instruction_c(Instruction word) {
  return word >> 48;
}
static inline int32_t instruction_bc(Instruction word) {
  return (int32_t)(word >> 32);
} // b and c as one signed number
static inline Instruction instruction_make(unsigned opcode, unsigned auxiliary, unsigned a, unsigned b, unsigned c) {
  return (Instruction)opcode | (Instruction)auxiliary << 8 | (Instruction)a << 16 | (Instruction)b << 32 |
         (Instruction)c << 48;
}
static inline Instruction instruction_make_bc(unsigned opcode, unsigned auxiliary, unsigned a, int32_t bc) {
  return (Instruction)opcode | (Instruction)auxiliary << 8 | (Instruction)a << 16 | (Instruction)(uint32_t)bc << 32;
}

// Everything a code object is made of; arrays are copied.
typedef struct CodeParts {
  Value name, qualified_name, filename, constants, names, variable_names, cell_names, free_names;
  uint32_t flags, argument_count, positional_only_count, keyword_only_count, register_count, first_line;
  const Instruction *words;
  uint32_t word_count;
  const uint16_t *cell_arguments;
  const ExceptionRange *exceptions;
  uint32_t exception_count;
  const PositionRange *positions;
  uint32_t position_count;
  const LiveRange *live_ranges;
  uint32_t live_count;
} CodeParts;
// Trusts its parts (the compiler's). Zero: MemoryError. Untrusted parts go through code_verify first (vm/verify.h).
Value code_new(const CodeParts *parts);
// Position of the instruction at word index; false when unknown.
bool code_position(const Code *code, uint32_t word_index, PositionRange *position);
// Which registers [0, n) may hold values that are needed from the instruction at word index on, by the liveness table.
uint32_t code_live_registers(const Code *code, uint32_t word_index);
// The code has been verified: it may run; and, if `liveness`, its liveness table is right.
void code_trust(Code *code, bool liveness);
// Whoever sees that code is trusted sees all of it, although another thread may just have read it from its image.
static inline bool code_is_trusted(const Code *code) {
  return !__atomic_load_n(&code->untrusted, __ATOMIC_ACQUIRE);
}
