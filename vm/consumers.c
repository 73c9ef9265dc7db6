// See consumers.h.
#include "vm/consumers.h"

#include "runtime/heap/heap.h"
#include "runtime/module/builtins.h"
#include "runtime/object/code_image.h"
#include "runtime/object/code_object.h"
#include "runtime/object/exception.h"
#include "runtime/object/opcodes.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include "vm/trace.h"
#include <stdlib.h>
#include <string.h>

static Instruction load_word(const Instruction *pc) {
  return __atomic_load_n(pc, __ATOMIC_RELAXED);
}
static unsigned base_at(const Instruction *pc) {
  return opcode_base[load_word(pc) & 0xff];
}

// Finding consumers

enum : uint32_t { CALL_WORDS = 2 }; // of CALL and CALL_METHOD, with their cache word

int consumption_callee(const Code *code, const Instruction *pc) {
  if (base_at(pc) != OP_CALL || pc + 2 * CALL_WORDS >= code->words + code->word_count) return -1;
  Instruction next = load_word(pc + CALL_WORDS);
  unsigned base = opcode_base[next & 0xff], callee = instruction_b(next);
  if ((base != OP_CALL && base != OP_CALL_METHOD) || instruction_c(next) != 1) return -1;
  return instruction_a(load_word(pc)) == callee + (base == OP_CALL ? 1 : 2) ? (int)callee : -1;
}

Consumption consumption_by(const Code *code, const Instruction *pc, Value callee) {
  Consumption found = {.call = pc + CALL_WORDS};
  if (!callee || consumption_callee(code, pc) < 0) return found;
  if (base_at(found.call) == OP_CALL_METHOD) {
    if (!VALUE_IS_EXACT(callee, METHOD_DESCRIPTOR)) return found;
    const NativeObject *native = (const NativeObject *)value_cell(callee);
    if (native->owner != value_from_cell(BUILTIN(STR)) || strcmp(native->method->name, "join") != 0) return found;
    found.consumer = CONSUMER_LIST;
    found.calls_again = true;
  } else if (callee == value_from_cell(BUILTIN(LIST)) || callee == value_from_cell(BUILTIN(TUPLE))) {
    found.consumer = CONSUMER_LIST;
    found.calls_again = callee == value_from_cell(BUILTIN(TUPLE));
  } else if (callee == value_from_cell(BUILTIN(SET))) {
    found.consumer = CONSUMER_SET;
  } else if (VALUE_IS_EXACT(callee, BUILTIN_FUNCTION)) {
    found.consumer = builtins_consumer(((const NativeObject *)value_cell(callee))->method);
    found.calls_again = found.consumer == CONSUMER_LIST;
  }
  found.destination = (uint16_t)instruction_a(load_word(found.calls_again ? pc : found.call));
  found.words = found.calls_again ? 0 : CALL_WORDS;
  return found;
}

// Making the copy

// What is being written.
typedef struct Copy {
  const Code *from;
  Consumer consumer;
  uint32_t first_temporary; // of the original; in the copy this is what is returned
  uint32_t word_count;      // of the original
  uint32_t begin;           // the word that makes what is returned
  uint32_t consuming_word;
  uint32_t item;      // what the original yields: its register there
  uint32_t constants; // in the original
  Instruction *words; // one more than the original has
} Copy;

static bool is_register(OperandKind kind) {
  return kind >= OPERAND_DEST && kind <= OPERAND_DESTS;
}
static unsigned shift(const Copy *copy, OperandKind kind, unsigned operand) {
  return is_register(kind) && operand >= copy->first_temporary ? operand + 1 : operand;
}
// Temporaries make room for what is returned.
static Instruction shift_word(const Copy *copy, Instruction word) {
  const OpcodeInformation *information = &opcode_information[word & 0xff];
  return instruction_make(
      (unsigned)(word & 0xff), instruction_auxiliary(word), shift(copy, information->a, instruction_a(word)),
      shift(copy, information->b, instruction_b(word)), shift(copy, information->c, instruction_c(word)));
}

// Constants that the copy has in addition.
enum : uint32_t { CONSTANT_ZERO, CONSTANT_FALSE, CONSTANT_TRUE, ADDED_CONSTANTS };

static Instruction begin_word(const Copy *copy) {
  unsigned result = copy->first_temporary;
  switch (copy->consumer) {
  case CONSUMER_SUM:
    return instruction_make_bc(OP_LOAD_CONST, 0, result, (int32_t)(copy->constants + CONSTANT_ZERO));
  case CONSUMER_LIST:
    return instruction_make(OP_BUILD_LIST, 0, result, result, 0);
  case CONSUMER_SET:
    return instruction_make(OP_BUILD_SET, 0, result, result, 0);
  default: // nothing, but the register counts as live
    return instruction_make(OP_CLEAR, 0, result, 0, 0);
  }
}
static Instruction consuming_word(const Copy *copy, unsigned item) {
  unsigned result = copy->first_temporary;
  int32_t to_end = (int32_t)(copy->word_count - copy->consuming_word);
  switch (copy->consumer) {
  case CONSUMER_SUM:
    return instruction_make(OP_ADD, 0, result, result, item);
  case CONSUMER_LIST:
    return instruction_make(OP_LIST_APPEND, 0, result, item, 0);
  case CONSUMER_SET:
    return instruction_make(OP_SET_ADD, 0, result, item, 0);
  default:
    return instruction_make_bc(copy->consumer == CONSUMER_ANY ? OP_JUMP_IF_TRUE : OP_JUMP_IF_FALSE, 0, item, to_end);
  }
}
// `early`: an item has decided what any() or all() returns.
static Instruction return_word(const Copy *copy, bool early) {
  if (copy->consumer != CONSUMER_ANY && copy->consumer != CONSUMER_ALL)
    return instruction_make(OP_RETURN, 0, copy->first_temporary, 0, 0);
  bool result = early == (copy->consumer == CONSUMER_ANY);
  return instruction_make_bc(OP_RETURN_CONST, 0, 0,
                             (int32_t)(copy->constants + (result ? CONSTANT_TRUE : CONSTANT_FALSE)));
}

static bool is_resume(const Copy *copy, uint32_t at, unsigned auxiliary) {
  if (at >= copy->word_count) return false;
  Instruction word = code_plain_word(copy->from, at);
  return (word & 0xff) == OP_RESUME && instruction_auxiliary(word) == auxiliary;
}

// The instruction at `at`. Gives the word behind what it has written; 0: this is nothing that can be copied.
static uint32_t copy_instruction(Copy *copy, uint32_t at) {
  Instruction word = code_plain_word(copy->from, at);
  Instruction *to = copy->words + at;
  switch (word & 0xff) {
  case OP_RETURN_GENERATOR: // and the RESUME behind it, with its cache word
    if (!is_resume(copy, at + 1, 0)) return 0;
    to[0] = code_plain_word(copy->from, at + 1);
    copy->begin = at + 2;
    to[2] = begin_word(copy);
    return at + 3;
  case OP_YIELD: { // the same, and the LOOP behind it
    if (copy->consuming_word || instruction_auxiliary(word) || !is_resume(copy, at + 1, 1) ||
        at + 3 >= copy->word_count)
      return 0;
    Instruction loop = code_plain_word(copy->from, at + 3);
    if ((loop & 0xff) != OP_LOOP) return 0;
    copy->consuming_word = at;
    copy->item = instruction_b(word);
    to[0] = consuming_word(copy, shift(copy, OPERAND_REG, copy->item));
    to[1] = instruction_make_bc(OP_LOOP, 0, 0, instruction_bc(loop) + 2);
    return at + 3;
  }
  case OP_RETURN_CONST:
    to[0] = return_word(copy, false);
    return at + 1;
  case OP_RETURN:
  case OP_SEND:
    return 0;
  default:
    to[0] = shift_word(copy, word);
    return at + 1 + opcode_information[word & 0xff].caches;
  }
}

static bool copy_words(Copy *copy) {
  for (uint32_t at = 0; at < copy->word_count;) {
    at = copy_instruction(copy, at);
    if (at == 0) return false;
  }
  copy->words[copy->word_count] = return_word(copy, true);
  return copy->begin && copy->consuming_word;
}

// Live are the original's temporaries, one higher, and behind its making what is returned; also the item where it is
// consumed, which says nothing of the YIELD there.
static uint32_t copy_live_ranges(const Copy *copy, LiveRange *ranges) {
  uint32_t count = 0;
  ranges[count++] = (LiveRange){0, copy->first_temporary};
  for (uint32_t at = copy->begin + 1; at < copy->word_count; at++) {
    uint32_t live = code_live_registers(copy->from, at);
    if (live < copy->first_temporary) live = copy->first_temporary;
    if (at == copy->consuming_word && live <= copy->item) live = copy->item + 1;
    if (live + 1 != ranges[count - 1].live) ranges[count++] = (LiveRange){at, live + 1};
  }
  return count;
}

static Value add_constants(const Copy *copy) {
  Value all[copy->constants + ADDED_CONSTANTS];
  for (uint32_t i = 0; i < copy->constants; i++) all[i] = tuple_item(copy->from->constants, i);
  all[copy->constants + CONSTANT_ZERO] = value_from_small_int(0);
  all[copy->constants + CONSTANT_FALSE] = VALUE_FALSE;
  all[copy->constants + CONSTANT_TRUE] = VALUE_TRUE;
  return tuple_new(all, copy->constants + ADDED_CONSTANTS);
}

static Code *make_copy(Copy *copy) {
  const Code *from = copy->from;
  LiveRange ranges[from->word_count + 1];
  Value constants = copy_words(copy) ? add_constants(copy) : NULL;
  if (!constants) return NULL;
  CodeParts parts = {
      .name = from->name,
      .qualified_name = from->qualified_name,
      .filename = from->filename,
      .constants = constants,
      .names = from->names,
      .variable_names = from->variable_names,
      .cell_names = from->cell_names,
      .free_names = from->free_names,
      .flags = from->flags & ~(uint32_t)CODE_GENERATOR,
      .argument_count = from->argument_count,
      .positional_only_count = from->positional_only_count,
      .register_count = from->register_count + 1,
      .first_line = from->first_line,
      .words = copy->words,
      .word_count = copy->word_count + 1,
      .cell_arguments = from->cell_arguments,
      .positions = from->positions,
      .position_count = from->position_count,
      .live_ranges = ranges,
      .live_count = copy_live_ranges(copy, ranges),
  };
  Value made = code_new(&parts);
  if (!made) return NULL;
  Code *code = value_as_code(made);
  code->consumer = copy->consumer;
  code->consuming_word = copy->consuming_word;
  return code;
}

enum : uint32_t { COPY_WORD_LIMIT = 2000, COPY_CONSTANT_LIMIT = 500 };

// Only the compiler names an argument ".0".
static bool is_generator_expression(const Code *code) {
  enum : uint32_t { GENERATORS = CODE_GENERATOR | CODE_COROUTINE | CODE_ASYNC_GENERATOR };
  return (code->flags & GENERATORS) == CODE_GENERATOR && code_is_trusted(code) && !code->is_foreign &&
         code->exception_count == 0 && code->argument_count == 1 && code->keyword_only_count == 0 &&
         code->word_count < COPY_WORD_LIMIT && code->register_count < UINT16_MAX - 1 &&
         tuple_count(code->constants) < COPY_CONSTANT_LIMIT && str_equals_c(tuple_item(code->variable_names, 0), ".0");
}

Code *consumer_code(Code *code, Consumer consumer) {
  for (Value older = gc_load(&code->consuming); older; older = gc_load(&value_as_code(older)->consuming))
    if (value_as_code(older)->consumer == consumer) return value_as_code(older);
  if (!code_is_complete(code) || !is_generator_expression(code)) return NULL;
  Copy copy = {.from = code,
               .consumer = consumer,
               .first_temporary = code_named_count(code),
               .word_count = code->word_count,
               .constants = (uint32_t)tuple_count(code->constants)};
  copy.words = calloc(code->word_count + 1, sizeof *copy.words);
  Code *made = copy.words ? make_copy(&copy) : NULL;
  free(copy.words);
  if (!made) {
    if (exception_pending()) exception_take();
    return NULL;
  }
  Value newest = gc_load(&code->consuming);
  gc_init(made, &made->consuming, newest);
  gc_cas(code, &code->consuming, newest, value_from_cell(made)); // else another thread's copy is there, too
  return made;
}

// Taking over

bool consumer_takes_over(Thread *thread, Frame *frame) {
  Frame *caller = frame->previous;
  if (frame->exit_flags || caller->kind == FRAME_ENTRY || thread_is_traced(thread)) return false;
  int callee = consumption_callee(caller->code, caller->pc);
  if (callee < 0) return false;
  Consumption found = consumption_by(caller->code, caller->pc, caller->registers[callee]);
  if (found.consumer == CONSUMER_NONE) return false;
  if (base_at(found.call) == OP_CALL_METHOD && !caller->registers[callee + 1]) return false;
  Code *code = consumer_code(frame->code, found.consumer);
  if (!code || frame->registers + code->register_count > thread->registers_limit) return false;
  frame->pc = code->words + (frame->pc - frame->code->words); // where the RESUME of the copy is
  frame->code = code;
  frame->constants = value_as_tuple(code->constants)->items;
  frame->top = frame->registers + code->register_count;
  frame->return_register = found.destination;
  frame->return_words = found.words;
  caller->pc = found.call;
  return true;
}
