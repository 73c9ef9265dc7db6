// The bytecode verifier. See verify.h.
//
// It interprets the code over *kinds* instead of values: for each instruction and register, what the register certainly
// holds on every path. An instruction is accepted if its operands lie within their tables and its registers hold what
// its handler takes for granted: a value that exists, a closure cell, a list under construction. Jumps must land on
// instructions, cache words must be empty, every instruction must be reached, and no path may leave the words.
#include "vm/verify.h"
#include "runtime/object/code_image.h"
#include "runtime/object/exception.h"
#include "runtime/object/opcodes.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/thread/lock.h"
#include "vm/call.h"
#include <stdlib.h>
#include <string.h>

typedef enum Kind : uint8_t {
  KIND_UNKNOWN, // may be anything, even rubbish: must not be read
  KIND_MAYBE,   // a value, or zero (unbound name, method without receiver)
  KIND_VALUE,
  KIND_LIST,
  KIND_SET,
  KIND_DICT,
  KIND_TUPLE,
  KIND_CLOSURE, // a tuple of cells
  KIND_STR,
  KIND_CODE,
  KIND_CELL,
  KIND_UNREACHED, // no path has come here yet
} Kind;

typedef struct Verifier {
  const Code *code;
  uint32_t registers, named; // of a frame; of those, the ones with names
  size_t width;              // kinds for an instruction: one a register, and one that says: in a generator's frame
  Kind *kinds;               // word_count * width
  bool *starts;              // which words are instructions
  bool trusts_liveness;      // temporaries that the liveness table does not count are lost
  uint32_t *pending;         // instructions to be looked at again
  bool *is_pending;
  uint32_t pending_count;
  uint32_t at; // the instruction being looked at
  const char *problem;
} Verifier;

static bool refuse(Verifier *verifier, const char *problem) {
  if (!verifier->problem) verifier->problem = problem;
  return false;
}

// Shape of the code: opcodes, cache words, tables' bounds

static bool find_starts(Verifier *verifier) {
  const Code *code = verifier->code;
  for (uint32_t at = 0; at < code->word_count;) {
    Instruction word = code->words[at];
    unsigned opcode = instruction_opcode(word);
    if (opcode >= OPCODE_COUNT) return refuse(verifier, "unknown opcode");
    verifier->starts[at] = true;
    unsigned caches = opcode_information[opcode].caches;
    if (caches >= code->word_count - at) return refuse(verifier, "code ends within an instruction");
    for (unsigned i = 1; i <= caches; i++)
      if (code->words[at + i] != 0) return refuse(verifier, "a cache word is not empty");
    at += 1 + caches;
  }
  return true;
}
static bool is_start(const Verifier *verifier, int64_t target) {
  return target >= 0 && target < verifier->code->word_count && verifier->starts[target];
}

// Kinds

static Kind merge_kinds(Kind a, Kind b) {
  if (a == b || b == KIND_UNREACHED) return a;
  if (a == KIND_UNREACHED) return b;
  if (a == KIND_UNKNOWN || b == KIND_UNKNOWN) return KIND_UNKNOWN;
  if (a == KIND_MAYBE || b == KIND_MAYBE) return KIND_MAYBE;
  return KIND_VALUE;
}
static Kind *kinds_at(const Verifier *verifier, uint32_t at) {
  return verifier->kinds + at * verifier->width;
}
// How many registers the collector traces while the instruction at `at` is executed.
static uint32_t live_registers(const Verifier *verifier, uint32_t at) {
  if (!verifier->trusts_liveness) return verifier->registers;
  uint32_t live = code_live_registers(verifier->code, at);
  return live > verifier->named ? live : verifier->named;
}
static bool flow_to(Verifier *verifier, int64_t target, const Kind *kinds) {
  if (!is_start(verifier, target)) return refuse(verifier, "a jump does not lead to an instruction");
  Kind *there = kinds_at(verifier, (uint32_t)target);
  bool changed = false;
  // What is live at a yield is live while the generator waits, when it has given away what it yields.
  bool yields = instruction_opcode(verifier->code->words[target]) == OP_YIELD;
  uint32_t kept = yields ? verifier->registers : live_registers(verifier, (uint32_t)target);
  if (there[0] == KIND_UNREACHED) { // the first path, mostly the only one; no path leaves anything unreached
    changed = true;
    memcpy(there, kinds, verifier->width);
    if (kept < verifier->registers) memset(there + kept, KIND_UNKNOWN, verifier->registers - kept);
  } else {
    for (size_t i = 0; i < verifier->width; i++) {
      Kind merged = merge_kinds(there[i], i >= kept && i < verifier->registers ? KIND_UNKNOWN : kinds[i]);
      changed |= merged != there[i];
      there[i] = merged;
    }
  }
  if (changed && !verifier->is_pending[target]) {
    verifier->is_pending[target] = true;
    verifier->pending[verifier->pending_count++] = (uint32_t)target;
  }
  return true;
}
static bool flow_to_handlers(Verifier *verifier, Kind *kinds) {
  const Code *code = verifier->code;
  for (uint32_t i = 0; i < code->exception_count; i++) {
    const ExceptionRange *range = &code->exceptions[i];
    if (verifier->at < range->start || verifier->at >= range->end) continue;
    if (range->target >= verifier->registers) return refuse(verifier, "an exception goes to no register");
    Kind former = kinds[range->target];
    kinds[range->target] = KIND_VALUE;
    bool flows = flow_to(verifier, range->handler, kinds);
    kinds[range->target] = former;
    if (!flows) return false;
    break; // the first range takes the exception
  }
  return true;
}

// Reading and writing registers

static bool read_as(Verifier *verifier, const Kind *kinds, uint32_t number, Kind wanted) {
  if (number >= verifier->registers) return refuse(verifier, "a register that does not exist");
  Kind kind = kinds[number];
  if (kind == wanted || (wanted == KIND_VALUE && kind > KIND_VALUE) || (wanted == KIND_MAYBE && kind > KIND_MAYBE) ||
      (wanted == KIND_TUPLE && kind == KIND_CLOSURE))
    return true;
  return refuse(verifier, "a register does not hold what the instruction needs");
}
static bool read_many(Verifier *verifier, const Kind *kinds, uint32_t first, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (!read_as(verifier, kinds, first + i, KIND_VALUE)) return false;
  return true;
}
static bool write_as(Verifier *verifier, Kind *kinds, uint32_t first, uint32_t count, Kind kind) {
  for (uint32_t i = 0; i < count; i++) {
    if (first + i >= verifier->registers) return refuse(verifier, "a register that does not exist");
    kinds[first + i] = kind;
  }
  return true;
}
// What a callee's frame has overwritten.
static void forget_temporaries(const Verifier *verifier, Kind *kinds, uint32_t from) {
  for (uint32_t i = from > verifier->named ? from : verifier->named; i < verifier->registers; i++)
    kinds[i] = KIND_UNKNOWN;
}
static bool all_kinds(const Verifier *verifier, const Kind *kinds, uint32_t first, uint32_t count, Kind kind) {
  for (uint32_t i = 0; i < count; i++)
    if (first + i >= verifier->registers || kinds[first + i] != kind) return false;
  return true;
}
static Kind constant_kind(Value constant) {
  return value_is_code(constant)           ? KIND_CODE
         : VALUE_IS_EXACT(constant, TUPLE) ? KIND_TUPLE
         : VALUE_IS_EXACT(constant, STR)   ? KIND_STR
                                           : KIND_VALUE;
}

// The operands whose kind the table tells: tables' bounds, plain reads. Registers are written later.
static bool check_operand(Verifier *verifier, const Kind *kinds, OperandKind operand, uint32_t number, uint32_t wide) {
  const Code *code = verifier->code;
  switch (operand) {
  case OPERAND_DEST:
  case OPERAND_DESTS:
    return number < verifier->registers || refuse(verifier, "a register that does not exist");
  case OPERAND_REG:
  case OPERAND_UPDATE:
    return read_as(verifier, kinds, number, KIND_VALUE);
  case OPERAND_CONST:
    return number < tuple_count(code->constants) || refuse(verifier, "a constant that does not exist");
  case OPERAND_CONST32:
    return wide < tuple_count(code->constants) || refuse(verifier, "a constant that does not exist");
  case OPERAND_NAME:
    return number < tuple_count(code->names) || refuse(verifier, "a name that does not exist");
  case OPERAND_NAME32:
    return wide < tuple_count(code->names) || refuse(verifier, "a name that does not exist");
  default:
    return true;
  }
}
static bool check_operands(Verifier *verifier, const Kind *kinds, Instruction word) {
  const OpcodeInformation *information = &opcode_information[instruction_opcode(word)];
  uint32_t wide = (uint32_t)instruction_bc(word);
  return check_operand(verifier, kinds, information->a, instruction_a(word), wide) &&
         check_operand(verifier, kinds, information->b, instruction_b(word), wide) &&
         check_operand(verifier, kinds, information->c, instruction_c(word), wide);
}
static bool is_cell_register(const Verifier *verifier, uint32_t number) {
  return number >= verifier->code->local_count && number < verifier->named;
}
#define GENERATOR_KINDS (CODE_GENERATOR | CODE_COROUTINE | CODE_ASYNC_GENERATOR)

static bool check_calls(Verifier *verifier, Kind *kinds, unsigned opcode, uint32_t base, uint32_t count) {
  bool is_method = opcode == OP_CALL_METHOD || opcode == OP_CALL_METHOD_KEYWORDS;
  bool has_names = opcode == OP_CALL_KEYWORDS || opcode == OP_CALL_METHOD_KEYWORDS;
  uint32_t first = base + 1 + is_method;
  return read_as(verifier, kinds, base, KIND_VALUE) && (!is_method || read_as(verifier, kinds, base + 1, KIND_MAYBE)) &&
         read_many(verifier, kinds, first, count) &&
         (!has_names || read_as(verifier, kinds, first + count, KIND_TUPLE));
}
static bool check_make_function(Verifier *verifier, const Kind *kinds, Instruction word) {
  static const Kind parts[] = {KIND_TUPLE, KIND_DICT, KIND_TUPLE, KIND_CLOSURE};
  uint32_t number = instruction_b(word);
  if (!read_as(verifier, kinds, number++, KIND_CODE)) return false;
  for (unsigned i = 0; i < 4; i++)
    if (instruction_auxiliary(word) >> i & 1 && !read_as(verifier, kinds, number++, parts[i])) return false;
  return true;
}

// Instructions that treat some operands otherwise than the table says. 1: done with, 0: as the table says, -1: refused.
static int check_special(Verifier *verifier, Kind *kinds, Instruction word) {
  const Code *code = verifier->code;
  uint32_t a = instruction_a(word), b = instruction_b(word), c = instruction_c(word);
  unsigned auxiliary = instruction_auxiliary(word);
#define CHECK(condition) return (condition) ? 1 : -1
  switch (instruction_opcode(word)) {
  case OP_CHECK_BOUND:
    if (a >= code->local_count) return refuse(verifier, "not a local name") - 1;
    kinds[a] = KIND_VALUE;
    return 1;
  case OP_DELETE_LOCAL:
    if (a >= code->local_count) return refuse(verifier, "not a local name") - 1;
    kinds[a] = KIND_MAYBE;
    return 1;
  case OP_CLEAR:
    CHECK(write_as(verifier, kinds, a, 1, KIND_MAYBE));
  case OP_ENTER_CLOSURE:
    for (uint32_t i = 0; i < code->cell_count; i++)
      if (code->cell_arguments && code->cell_arguments[i]) kinds[code->cell_arguments[i] - 1] = KIND_MAYBE;
    CHECK(write_as(verifier, kinds, code->local_count, code->cell_count + code->free_count, KIND_CELL));
  case OP_LOAD_CELL:
  case OP_LOAD_CLASS_CELL:
    if (!is_cell_register(verifier, b)) return refuse(verifier, "not a cell") - 1;
    return read_as(verifier, kinds, b, KIND_CELL) ? 0 : -1;
  case OP_STORE_CELL:
  case OP_DELETE_CELL:
    if (!is_cell_register(verifier, a)) return refuse(verifier, "not a cell") - 1;
    return read_as(verifier, kinds, a, KIND_CELL) ? 0 : -1;
  case OP_MOVE:
    if (!read_as(verifier, kinds, b, KIND_VALUE)) return -1;
    CHECK(write_as(verifier, kinds, a, 1, kinds[b]));
  case OP_LOAD_CONST:
    if (!check_operands(verifier, kinds, word)) return -1;
    CHECK(write_as(verifier, kinds, a, 1, constant_kind(tuple_item(code->constants, (uint32_t)instruction_bc(word)))));
  case OP_LOAD_METHOD:
    if (!check_operands(verifier, kinds, word)) return -1;
    CHECK(write_as(verifier, kinds, a, 1, KIND_VALUE) && write_as(verifier, kinds, a + 1, 1, KIND_MAYBE));
  case OP_CALL:
  case OP_CALL_METHOD:
  case OP_CALL_KEYWORDS:
  case OP_CALL_METHOD_KEYWORDS:
    return check_calls(verifier, kinds, instruction_opcode(word), b, c) ? 0 : -1;
  case OP_CALL_UNPACKED:
    return read_many(verifier, kinds, b, auxiliary & 1 ? 3 : 2) ? 0 : -1;
  case OP_MAKE_FUNCTION:
    return check_make_function(verifier, kinds, word) ? 0 : -1;
  case OP_BUILD_TUPLE:
    if (!read_many(verifier, kinds, b, c)) return -1;
    CHECK(write_as(verifier, kinds, a, 1,
                   c > 0 && all_kinds(verifier, kinds, b, c, KIND_CELL) ? KIND_CLOSURE : KIND_TUPLE));
  case OP_BUILD_LIST:
    CHECK(read_many(verifier, kinds, b, c) && write_as(verifier, kinds, a, 1, KIND_LIST));
  case OP_BUILD_SET:
    CHECK(read_many(verifier, kinds, b, c) && write_as(verifier, kinds, a, 1, KIND_SET));
  case OP_BUILD_DICT:
    CHECK(read_many(verifier, kinds, b, 2 * c) && write_as(verifier, kinds, a, 1, KIND_DICT));
  case OP_BUILD_STRING:
    if (!all_kinds(verifier, kinds, b, c, KIND_STR)) return refuse(verifier, "not a string") - 1;
    CHECK(write_as(verifier, kinds, a, 1, KIND_STR));
  case OP_BUILD_SLICE:
    return read_many(verifier, kinds, b, 3) ? 0 : -1;
  case OP_FORMAT_VALUE:
    CHECK(read_as(verifier, kinds, b, KIND_VALUE) && (!(auxiliary & 4) || read_as(verifier, kinds, c, KIND_VALUE)) &&
          write_as(verifier, kinds, a, 1, KIND_STR));
  case OP_LIST_APPEND:
  case OP_LIST_EXTEND:
    return read_as(verifier, kinds, a, KIND_LIST) ? 0 : -1;
  case OP_SET_ADD:
  case OP_SET_UPDATE:
    return read_as(verifier, kinds, a, KIND_SET) ? 0 : -1;
  case OP_DICT_ADD:
  case OP_DICT_UPDATE:
  case OP_DICT_MERGE:
    return read_as(verifier, kinds, a, KIND_DICT) ? 0 : -1;
  case OP_LIST_TO_TUPLE:
    CHECK(read_as(verifier, kinds, b, KIND_LIST) && write_as(verifier, kinds, a, 1, KIND_TUPLE));
  case OP_UNPACK_SEQUENCE:
    CHECK(read_as(verifier, kinds, b, KIND_VALUE) && write_as(verifier, kinds, a, c, KIND_VALUE));
  case OP_UNPACK_EXTENDED:
    CHECK(read_as(verifier, kinds, b, KIND_VALUE) && write_as(verifier, kinds, a, auxiliary + 1 + c, KIND_VALUE));
  case OP_RAISE:
    CHECK(read_many(verifier, kinds, a, auxiliary >= 1) && read_many(verifier, kinds, b, auxiliary >= 2));
  case OP_PREPARE_RERAISE_STAR:
    return read_as(verifier, kinds, c, KIND_LIST) ? 0 : -1;
  case OP_MATCH_EXCEPTION_GROUP:
  case OP_ENTER_WITH:
  case OP_ENTER_ASYNC_WITH:
    if (!check_operands(verifier, kinds, word)) return -1;
    CHECK(write_as(verifier, kinds, a, 2, KIND_VALUE));
  case OP_RETURN_GENERATOR:
    if (!(code->flags & GENERATOR_KINDS) || kinds[verifier->registers] != KIND_UNKNOWN)
      return refuse(verifier, "this code makes no generator") - 1;
    kinds[verifier->registers] = KIND_VALUE;
    forget_temporaries(verifier, kinds, 0);
    return 1;
  case OP_YIELD:
    if (kinds[verifier->registers] != KIND_VALUE) return refuse(verifier, "a yield outside of a generator") - 1;
    if (!read_as(verifier, kinds, b, KIND_VALUE) || (auxiliary == 1 && !read_as(verifier, kinds, c, KIND_VALUE)))
      return -1;
    forget_temporaries(verifier, kinds, live_registers(verifier, verifier->at));
    CHECK(write_as(verifier, kinds, a, 1, KIND_VALUE));
  case OP_IMPORT_NAME:
    return read_many(verifier, kinds, b, 2) ? 0 : -1;
  case OP_MATCH_KEYS:
  case OP_COPY_DICT_WITHOUT_KEYS:
    return read_as(verifier, kinds, c, KIND_TUPLE) ? 0 : -1;
  case OP_MATCH_CLASS:
    return read_as(verifier, kinds, c, KIND_VALUE) && read_as(verifier, kinds, c + 1, KIND_TUPLE) ? 0 : -1;
  default:
    return 0;
  }
#undef CHECK
}

// Looks at one instruction with what its registers hold before it, and passes on what they hold after it.
static bool check_instruction(Verifier *verifier, Kind *kinds) {
  uint32_t at = verifier->at;
  Instruction word = verifier->code->words[at];
  unsigned opcode = instruction_opcode(word);
  const OpcodeInformation *information = &opcode_information[opcode];
  bool calls = opcode == OP_CALL || opcode == OP_CALL_METHOD || opcode == OP_CALL_KEYWORDS ||
               opcode == OP_CALL_METHOD_KEYWORDS || opcode == OP_CALL_UNPACKED;

  int special = check_special(verifier, kinds, word);
  if (special < 0 || (special == 0 && !check_operands(verifier, kinds, word))) return false;
  // An exception leaves the destinations as they were, so handlers see the kinds from before.
  if (information->flags & OPCODE_MAY_RAISE && verifier->code->exception_count > 0) {
    Kind *before = verifier->kinds + verifier->code->word_count * verifier->width;
    memcpy(before, kinds_at(verifier, at), verifier->width);
    if (calls) forget_temporaries(verifier, before, instruction_b(word));
    if (opcode == OP_YIELD) forget_temporaries(verifier, before, live_registers(verifier, at));
    if (opcode == OP_DELETE_LOCAL) before[instruction_a(word)] = KIND_MAYBE;
    if (opcode == OP_ENTER_CLOSURE) memcpy(before, kinds, verifier->width);
    if (!flow_to_handlers(verifier, before)) return false;
  }
  if (calls) forget_temporaries(verifier, kinds, instruction_b(word));

  int64_t next = (int64_t)at + 1 + information->caches;
  if (opcode == OP_FOR_ITERATOR || opcode == OP_SEND) {
    if (instruction_c(word) == 0) return refuse(verifier, "a loop without LOOP");
    if (opcode == OP_SEND && !write_as(verifier, kinds, instruction_a(word), 1, KIND_VALUE)) return false;
    if (!flow_to(verifier, (int64_t)at + instruction_c(word), kinds)) return false;
  } else if (information->flags & OPCODE_JUMPS) {
    // Only LOOP looks whether the thread is wanted elsewhere: a program that loops otherwise could not be stopped.
    // (Delegation jumps back to its SEND, and suspends in between.)
    int64_t target = (int64_t)at + instruction_bc(word);
    bool to_send = is_start(verifier, target) && instruction_opcode(verifier->code->words[target]) == OP_SEND;
    if (target <= at && opcode != OP_LOOP && !to_send) return refuse(verifier, "a loop without LOOP");
    if (!flow_to(verifier, (int64_t)at + instruction_bc(word), kinds)) return false;
  }
  if (information->flags & OPCODE_ENDS && opcode != OP_RETURN_GENERATOR) return true;
  if (special == 0 && information->a == OPERAND_DEST && !write_as(verifier, kinds, instruction_a(word), 1, KIND_VALUE))
    return false;
  return flow_to(verifier, next, kinds);
}

// The collector may rely on the liveness table if, whenever it looks, each register that it would trace holds a Value;
// that no other one is needed any more has been seen on the way.
static bool check_liveness(Verifier *verifier) {
  const Code *code = verifier->code;
  for (uint32_t i = 0; i < code->live_count; i++) {
    if (code->live_ranges[i].live > verifier->registers) return refuse(verifier, "a live register that does not exist");
    if (i > 0 && code->live_ranges[i].start <= code->live_ranges[i - 1].start)
      return refuse(verifier, "liveness out of order");
  }
  for (uint32_t at = 0; at < code->word_count; at++) {
    const Kind *kinds = kinds_at(verifier, at);
    if (!verifier->starts[at]) continue;
    uint32_t live = live_registers(verifier, at);
    for (uint32_t i = verifier->named; i < live; i++)
      if (kinds[i] == KIND_UNKNOWN) return refuse(verifier, "a live register holds nothing");
  }
  return true;
}

// Looks at all that is reached from the instructions that are pending.
static bool check_reached(Verifier *verifier) {
  Kind *kinds = verifier->kinds + (verifier->code->word_count + 1) * verifier->width;
  while (verifier->pending_count > 0) {
    verifier->at = verifier->pending[--verifier->pending_count];
    verifier->is_pending[verifier->at] = false;
    memcpy(kinds, kinds_at(verifier, verifier->at), verifier->width);
    if (!check_instruction(verifier, kinds)) return false;
  }
  return true;
}

static bool is_reached(const Verifier *verifier, uint32_t at) {
  return verifier->starts[at] && kinds_at(verifier, at)[0] != KIND_UNREACHED;
}
// Handlers of instructions that cannot raise are reached all the same; what they reach may have such handlers itself.
static bool check_quiet_handlers(Verifier *verifier) {
  const Code *code = verifier->code;
  Kind *kinds = verifier->kinds + (code->word_count + 1) * verifier->width;
  bool found;
  do {
    found = false;
    for (uint32_t i = 0; i < code->exception_count; i++) {
      const ExceptionRange *range = &code->exceptions[i];
      for (uint32_t at = range->start; at < range->end && !is_reached(verifier, range->handler); at++) {
        if (at >= code->word_count || !is_reached(verifier, at)) continue;
        verifier->at = at;
        memcpy(kinds, kinds_at(verifier, at), verifier->width);
        if (!flow_to_handlers(verifier, kinds) || !check_reached(verifier)) return false;
        found |= is_reached(verifier, range->handler);
      }
    }
  } while (found);
  return true;
}

static bool verify(Verifier *verifier) {
  const Code *code = verifier->code;
  if (code->word_count == 0 || !find_starts(verifier)) return refuse(verifier, "no instructions");
  for (uint32_t i = 0; i < code->exception_count; i++)
    if (!is_start(verifier, code->exceptions[i].handler)) return refuse(verifier, "a handler is no instruction");
  Kind *kinds = verifier->kinds + (code->word_count + 1) * verifier->width;
  uint32_t parameters = code->argument_count + code->keyword_only_count + ((code->flags & CODE_VARARGS) != 0) +
                        ((code->flags & CODE_VARKEYWORDS) != 0);
  for (uint32_t i = 0; i < verifier->width; i++)
    kinds[i] = i < parameters ? KIND_VALUE : i < code->local_count ? KIND_MAYBE : KIND_UNKNOWN;
  if (!flow_to(verifier, 0, kinds) || !check_reached(verifier) || !check_quiet_handlers(verifier)) return false;
  // The compiler reads all instructions, whether they can be reached or not.
  for (uint32_t at = 0; at < code->word_count; at++) {
    verifier->at = at;
    if (verifier->starts[at] && !is_reached(verifier, at)) return refuse(verifier, "no way leads to an instruction");
  }
  return true;
}

// Verifies from the beginning.
static bool attempt(Verifier *verifier, bool trusts_liveness) {
  size_t words = verifier->code->word_count;
  memset(verifier->kinds, KIND_UNREACHED, (words + 2) * verifier->width);
  memset(verifier->starts, 0, (words + 1) * sizeof *verifier->starts);
  memset(verifier->is_pending, 0, (words + 1) * sizeof *verifier->is_pending);
  verifier->pending_count = 0;
  verifier->problem = NULL;
  verifier->trusts_liveness = trusts_liveness;
  return verify(verifier) && (!trusts_liveness || check_liveness(verifier));
}

// What the compiler has made, and a cache file kept, passes the first attempt. For other code the collector has to
// guess which temporaries are live.
static bool verify_and_trust(Verifier *verifier, Code *code) {
  bool liveness = attempt(verifier, true);
  if (!liveness && !attempt(verifier, false)) return false;
  code_trust(code, liveness);
  return true;
}

bool code_verify(Code *code) {
  if (!code_complete(code)) return false;
  if (code_is_trusted(code)) return true; // it was only incomplete
  Verifier verifier = {
      .code = code,
      .registers = code->register_count,
      .named = code_named_count(code),
      .width = (size_t)code->register_count + 1,
  };
  size_t words = code->word_count;
  if (words > ((size_t)256 << 20) / verifier.width) {
    raise(CLASS_SYSTEM_ERROR, "code object '%U' is too large to be verified", code->name);
    return false;
  }
  verifier.kinds = malloc((words + 2) * verifier.width);
  verifier.starts = malloc((words + 1) * sizeof *verifier.starts);
  verifier.is_pending = malloc((words + 1) * sizeof *verifier.is_pending);
  verifier.pending = malloc((words + 1) * sizeof *verifier.pending);
  bool done = false;
  if (!verifier.kinds || !verifier.starts || !verifier.is_pending || !verifier.pending) {
    raise_memory_error();
  } else {
    // One thread verifies; another that comes meanwhile must not read instructions that already run and specialize.
    cell_lock(code);
    done = code_is_trusted(code) || verify_and_trust(&verifier, code);
    cell_unlock(code);
    if (!done)
      raise(CLASS_SYSTEM_ERROR, "code object '%U' is not valid: %s (instruction %u)", code->name, verifier.problem,
            verifier.at);
  }
  free(verifier.kinds);
  free(verifier.starts);
  free(verifier.is_pending);
  free(verifier.pending);
  return done;
}
