// Checks compiled code for what its users rely on; see code_unit_check in disassembler.h.
//
// The collector trusts the liveness table, so the important part is a data flow analysis: which temporaries hold a
// value that has been written and has been live ever since.
#include "frontend/disassembler.h"

#include "runtime/object/opcodes.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef struct Checker {
  const CodeUnit *unit;
  uint8_t *starts;      // word is the start of an instruction
  uint32_t *live;       // at each word
  uint32_t *valid;      // temporaries [0, valid) are valid before the instruction; UINT32_MAX: not reached yet
  uint32_t temporaries; // number of the first temporary
  bool changed;
} Checker;

static thread_local char message[400];

[[gnu::format(printf, 2, 3)]] static const char *complain(const CodeUnit *unit, const char *format, ...) {
  int length = snprintf(message, sizeof message, "%.100s: ", unit->qualified_name);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message + length, sizeof message - (size_t)length, format, arguments);
  va_end(arguments);
  return message;
}

static uint32_t instruction_size(Instruction word) {
  return 1 + opcode_information[instruction_opcode(word)].caches;
}

static uint32_t jump_target(Instruction word, uint32_t at) {
  const OpcodeInformation *information = &opcode_information[instruction_opcode(word)];
  return information->c == OPERAND_JUMP16 ? at + instruction_c(word) : at + (uint32_t)instruction_bc(word);
}

// How many registers from operand b (or c) on a BASE operand reads; from a on a DESTS operand writes.
static uint32_t base_count(Instruction word) {
  uint32_t c = instruction_c(word), auxiliary = instruction_auxiliary(word);
  switch (instruction_opcode(word)) {
  case OP_CALL:
    return c + 1;
  case OP_CALL_METHOD:
  case OP_CALL_KEYWORDS:
    return c + 2;
  case OP_CALL_METHOD_KEYWORDS:
    return c + 3;
  case OP_CALL_UNPACKED:
    return 2 + auxiliary;
  case OP_MAKE_FUNCTION:
    return 1 + (uint32_t)__builtin_popcount(auxiliary);
  case OP_BUILD_DICT:
    return 2 * c;
  case OP_BUILD_SLICE:
    return 3;
  case OP_IMPORT_NAME:
  case OP_MATCH_CLASS:
    return 2;
  default:
    return c; // BUILD_TUPLE and the like
  }
}

static uint32_t destination_count(Instruction word) {
  switch (instruction_opcode(word)) {
  case OP_UNPACK_SEQUENCE:
    return instruction_c(word);
  case OP_UNPACK_EXTENDED:
    return instruction_auxiliary(word) + 1 + instruction_c(word);
  default:
    return 2;
  }
}

static bool optional_operand_unused(Instruction word, int number) {
  switch (instruction_opcode(word)) {
  case OP_RAISE:
    return instruction_auxiliary(word) <= (unsigned)number;
  case OP_FORMAT_VALUE:
    return number == 2 && !(instruction_auxiliary(word) & 4);
  case OP_YIELD:
    return number == 2 && !instruction_auxiliary(word);
  default:
    return false;
  }
}

static const char *check_operands(Checker *checker, uint32_t at) {
  const CodeUnit *unit = checker->unit;
  Instruction word = unit->words[at];
  const OpcodeInformation *information = &opcode_information[instruction_opcode(word)];
  OperandKind kinds[] = {information->a, information->b, information->c};
  uint32_t values[] = {instruction_a(word), instruction_b(word), instruction_c(word)};
  uint32_t valid = checker->temporaries + checker->valid[at];
  for (int i = 0; i < 3; i++) {
    uint32_t value = values[i], count = 1;
    if (optional_operand_unused(word, i)) continue;
    switch (kinds[i]) {
    case OPERAND_BASE:
      count = base_count(word);
      [[fallthrough]];
    case OPERAND_REG:
    case OPERAND_UPDATE:
      if (value + count > unit->register_count) return complain(unit, "%u: register out of range", at);
      if (count && value + count > checker->temporaries && value + count > valid)
        return complain(unit, "%u: %s reads temporary %u that may be unset", at, information->name,
                        value + count - 1 - checker->temporaries);
      break;
    case OPERAND_DESTS:
      count = destination_count(word);
      [[fallthrough]];
    case OPERAND_DEST:
      if (value + count > unit->register_count) return complain(unit, "%u: register out of range", at);
      break;
    case OPERAND_CONST:
      if (value >= unit->constant_count) return complain(unit, "%u: constant out of range", at);
      break;
    case OPERAND_CONST32:
      if ((uint32_t)instruction_bc(word) >= unit->constant_count)
        return complain(unit, "%u: constant out of range", at);
      break;
    case OPERAND_NAME:
      if (value >= unit->name_count) return complain(unit, "%u: name out of range", at);
      break;
    case OPERAND_NAME32:
      if ((uint32_t)instruction_bc(word) >= unit->name_count) return complain(unit, "%u: name out of range", at);
      break;
    case OPERAND_JUMP:
    case OPERAND_JUMP16: {
      uint32_t target = jump_target(word, at);
      if (target >= unit->word_count || !checker->starts[target]) return complain(unit, "%u: bad jump", at);
      break;
    }
    default:
      break;
    }
  }
  return NULL;
}

static void reach(Checker *checker, uint32_t at, uint32_t valid) {
  if (valid >= checker->valid[at]) return;
  checker->valid[at] = valid;
  checker->changed = true;
}

// Validity after the instruction: what was live during it, and what it has written next to that.
static void flow(Checker *checker, uint32_t at) {
  const CodeUnit *unit = checker->unit;
  Instruction word = unit->words[at];
  const OpcodeInformation *information = &opcode_information[instruction_opcode(word)];
  uint32_t before = checker->live[at] < checker->valid[at] ? checker->live[at] : checker->valid[at];
  uint32_t after = before;
  if (information->a == OPERAND_DEST || information->a == OPERAND_DESTS || information->a == OPERAND_UPDATE) {
    uint32_t first = instruction_a(word), count = information->a == OPERAND_DESTS ? destination_count(word) : 1;
    if (first >= checker->temporaries && first - checker->temporaries <= before &&
        first - checker->temporaries + count > after)
      after = first - checker->temporaries + count;
  }
  for (uint32_t i = 0; i < unit->exception_count; i++) {
    const ExceptionRange *range = &unit->exceptions[i];
    if (at < range->start || at >= range->end) continue;
    uint32_t depth = range->target - checker->temporaries;
    uint32_t kept = depth <= before ? depth + 1 : before;
    reach(checker, range->handler, kept);
    break;
  }
  if (information->flags & OPCODE_JUMPS) {
    bool unwritten = instruction_opcode(word) == OP_FOR_ITERATOR;
    reach(checker, jump_target(word, at), unwritten ? before : after);
  }
  bool ends = (information->flags & OPCODE_ENDS) && instruction_opcode(word) != OP_RETURN_GENERATOR;
  if (!ends) reach(checker, at + instruction_size(word), after);
}

static const char *check_flow(Checker *checker) {
  const CodeUnit *unit = checker->unit;
  checker->valid[0] = 0;
  do {
    checker->changed = false;
    for (uint32_t at = 0; at < unit->word_count; at += instruction_size(unit->words[at])) {
      if (checker->valid[at] != UINT32_MAX) flow(checker, at);
    }
  } while (checker->changed);
  for (uint32_t at = 0; at < unit->word_count; at += instruction_size(unit->words[at])) {
    if (checker->valid[at] == UINT32_MAX) return complain(unit, "%u: unreachable", at);
    if (checker->live[at] > checker->valid[at])
      return complain(unit, "%u: %u temporaries live, %u valid", at, checker->live[at], checker->valid[at]);
    const char *problem = check_operands(checker, at);
    if (problem) return problem;
  }
  return NULL;
}

static const char *check_unit(Checker *checker) {
  const CodeUnit *unit = checker->unit;
  uint32_t live = 0, last = 0;
  for (uint32_t at = 0; at < unit->word_count; at += instruction_size(unit->words[at])) {
    if (instruction_opcode(unit->words[at]) >= OPCODE_COUNT) return complain(unit, "%u: unknown opcode", at);
    while (live + 1 < unit->live_count && unit->live_ranges[live + 1].start <= at) live++;
    checker->starts[at] = 1;
    checker->live[at] = unit->live_ranges[live].live - checker->temporaries;
    checker->valid[at] = UINT32_MAX;
    last = at;
  }
  const OpcodeInformation *information = &opcode_information[instruction_opcode(unit->words[last])];
  if (!(information->flags & OPCODE_ENDS)) return complain(unit, "control runs off the end");
  for (uint32_t i = 0; i < unit->exception_count; i++) {
    const ExceptionRange *range = &unit->exceptions[i];
    if (range->handler >= unit->word_count || !checker->starts[range->handler] || range->start >= range->end ||
        range->end > unit->word_count || range->target >= unit->register_count)
      return complain(unit, "bad exception range %u", i);
  }
  return check_flow(checker);
}

const char *code_unit_check(const CodeUnit *unit) {
  Checker checker = {.unit = unit};
  checker.temporaries = unit->variable_count + unit->cell_count + unit->free_count;
  checker.starts = calloc(unit->word_count + 1, sizeof *checker.starts);
  checker.live = calloc(unit->word_count + 1, sizeof *checker.live);
  checker.valid = calloc(unit->word_count + 1, sizeof *checker.valid);
  const char *problem = checker.starts && checker.live && checker.valid ? check_unit(&checker) : "out of memory";
  free(checker.starts);
  free(checker.live);
  free(checker.valid);
  for (uint32_t i = 0; !problem && i < unit->constant_count; i++) {
    if (unit->constants[i].code) problem = code_unit_check(unit->constants[i].code);
  }
  return problem;
}
