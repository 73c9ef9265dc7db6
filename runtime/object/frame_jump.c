// Moving a frame to another line, as debuggers do by assigning f_lineno.
//
// What the code at the target finds in its temporaries must be what it expects. Each temporary that is live there was
// written by some instruction, which says what it is: an iterator, the exception that a handler received, what a `with`
// statement needs to leave, or a part of an expression. A jump is possible where all of them exist already, of the same
// kind. What is live here only is dropped; if that is what was handled before an exception handler began, it is handled
// again. The growth of text (frontend/compiler_growth.c) may be empty anywhere. Locals that no way through the code
// leaves unbound at the target are read there without a check: those that the jump does leave unbound become None.
#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/frame.h"
#include "runtime/object/frame_internal.h"
#include "runtime/object/generator.h"
#include "runtime/object/opcodes.h"
#include "runtime/object/sequence.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// What a temporary holds. Parts of expressions: KIND_PART plus the word that made it, so that only the same ones fit.
enum : uint32_t { KIND_NOTHING, KIND_ITERATOR, KIND_EXCEPTION, KIND_HANDLED, KIND_CONTEXT, KIND_GROWTH, KIND_PART };

int frame_next_line(const Code *code, int line) {
  int best = 0;
  for (uint32_t i = 0; i < code->position_count; i++) {
    int candidate = code->positions[i].line;
    if (candidate >= line && (best == 0 || candidate < best)) best = candidate;
  }
  return best;
}

static bool writes(Instruction word, uint32_t register_index) {
  const OpcodeInformation *opcode = &opcode_information[opcode_base[word & 0xff]];
  uint32_t a = instruction_a(word);
  if (opcode->a == OPERAND_DESTS) return register_index == a || register_index == a + 1;
  return (opcode->a == OPERAND_DEST || opcode->a == OPERAND_UPDATE) && register_index == a;
}

// Where the instructions of a code object begin, and which of them comes before each.
typedef struct Map {
  const Code *code;
  uint32_t *previous; // by word; UINT32_MAX: the first one, or no instruction
} Map;
static Instruction word_at(const Code *code, uint32_t at) {
  return __atomic_load_n(&code->words[at], __ATOMIC_RELAXED); // it may be quickened meanwhile
}
static const OpcodeInformation *opcode_at(const Code *code, uint32_t at) {
  return &opcode_information[opcode_base[word_at(code, at) & 0xff]];
}
static bool map_make(Map *map, const Code *code) {
  *map = (Map){code, malloc(code->word_count * sizeof *map->previous)};
  if (!map->previous) {
    raise_memory_error();
    return false;
  }
  memset(map->previous, 0xff, code->word_count * sizeof *map->previous);
  for (uint32_t at = 0, last = UINT32_MAX; at < code->word_count; last = at, at += 1 + opcode_at(code, at)->caches)
    map->previous[at] = last;
  return true;
}
static uint32_t jump_target(const Code *code, uint32_t at) {
  const OpcodeInformation *opcode = opcode_at(code, at);
  if (opcode->c == OPERAND_JUMP16) return at + instruction_c(word_at(code, at));
  return opcode->b == OPERAND_JUMP ? at + (uint32_t)instruction_bc(word_at(code, at)) : UINT32_MAX;
}
// An instruction after which the one at `at` may come: the one before it, one that jumps there, or one that raises.
// UINT32_MAX: none.
static uint32_t predecessor(const Map *map, uint32_t at) {
  uint32_t before = map->previous[at];
  if (before != UINT32_MAX && !(opcode_at(map->code, before)->flags & OPCODE_ENDS)) return before;
  for (uint32_t from = 0; from < map->code->word_count; from += 1 + opcode_at(map->code, from)->caches)
    if (jump_target(map->code, from) == at) return from;
  for (uint32_t i = 0; i < map->code->exception_count; i++) // a handler keeps what there was where its range begins
    if (map->code->exceptions[i].handler == at) return map->code->exceptions[i].start;
  return UINT32_MAX;
}

// What the temporary holds when the instruction at word `at` begins: found by going back along the flow of control.
static uint32_t kind_at(const Map *map, uint32_t at, uint32_t register_index) {
  const Code *code = map->code;
  for (uint32_t steps = 0; steps <= code->word_count; steps++) {
    for (uint32_t i = 0; i < code->exception_count; i++)
      if (code->exceptions[i].handler == at && code->exceptions[i].target == register_index) return KIND_EXCEPTION;
    at = predecessor(map, at);
    if (at == UINT32_MAX) break;
    Instruction word = word_at(code, at);
    if (!writes(word, register_index)) continue;
    switch (opcode_base[word & 0xff]) {
    case OP_GET_ITERATOR:
    case OP_GET_ASYNC_ITERATOR:
      return KIND_ITERATOR;
    case OP_PUSH_HANDLED:
      return KIND_HANDLED;
    case OP_ENTER_WITH:
    case OP_ENTER_ASYNC_WITH:
      if (instruction_a(word) == register_index) return KIND_CONTEXT;
      return KIND_PART + at;
    case OP_CLEAR:
      return instruction_auxiliary(word) & 1 ? KIND_GROWTH : KIND_PART + at;
    default:
      return KIND_PART + at;
    }
  }
  return KIND_NOTHING;
}

static uint32_t live_at(Frame *frame, uint32_t at) {
  const Instruction *here = frame->pc;
  frame->pc = frame->code->words + at;
  uint32_t live = frame_live_registers(frame);
  frame->pc = here;
  return live;
}

static const char *reason(uint32_t kind) {
  switch (kind) {
  case KIND_ITERATOR:
    return "can't jump into the body of a for loop";
  case KIND_EXCEPTION:
  case KIND_HANDLED:
    return "can't jump into an 'except' block as there's no exception";
  default:
    return "incompatible stacks";
  }
}

// What makes a frame's cells, or a generator of it, is not done twice.
static uint32_t first_word_to_jump_to(const Code *code) {
  uint32_t at = 0;
  while (at < code->word_count && opcode_base[word_at(code, at) & 0xff] != OP_RESUME) at++;
  return at;
}

// As POP_HANDLED does.
static void handle_again(Frame *frame, Value handled) {
  Value before = handled && value_is_exception(handled) ? handled : NULL;
  thread_current()->handled = before ? before : frame->outer_handled;
  if (!frame->generator) return;
  Generator *generator = value_as_generator(frame->generator);
  gc_store(generator, &generator->handled, before);
}

// Locals that are read without a check

static bool operand_reads(const Code *code, OperandKind kind, uint32_t number, uint32_t local) {
  if (kind == OPERAND_BASE) return number < code->local_count && number <= local;
  return (kind == OPERAND_REG || kind == OPERAND_UPDATE) && number == local;
}
static bool instruction_reads(const Code *code, Instruction word, uint32_t local) {
  const OpcodeInformation *opcode = &opcode_information[opcode_base[word & 0xff]];
  return operand_reads(code, opcode->a, instruction_a(word), local) ||
         operand_reads(code, opcode->b, instruction_b(word), local) ||
         operand_reads(code, opcode->c, instruction_c(word), local);
}

// The words that may be executed after a jump, found by following the flow of control.
typedef struct Walk {
  const Code *code;
  bool *seen;
  uint32_t *pending, pending_count;
} Walk;
static void walk_to(Walk *walk, uint32_t at) {
  if (at >= walk->code->word_count || walk->seen[at]) return;
  walk->seen[at] = true;
  walk->pending[walk->pending_count++] = at;
}
// Is `local` read somewhere, without having been checked or written since the instruction at word `at`?
static bool reads_unchecked(Walk *walk, uint32_t at, uint32_t local) {
  const Code *code = walk->code;
  memset(walk->seen, 0, code->word_count);
  walk->pending_count = 0;
  walk_to(walk, at);
  while (walk->pending_count > 0) {
    at = walk->pending[--walk->pending_count];
    Instruction word = word_at(code, at);
    unsigned opcode = opcode_base[word & 0xff];
    for (uint32_t i = 0; i < code->exception_count; i++)
      if (code->exceptions[i].start <= at && at < code->exceptions[i].end) walk_to(walk, code->exceptions[i].handler);
    bool asks = (opcode == OP_CHECK_BOUND || opcode == OP_DELETE_LOCAL) && instruction_a(word) == local;
    if (!asks && instruction_reads(code, word, local)) return true;
    if (jump_target(code, at) != UINT32_MAX) walk_to(walk, jump_target(code, at));
    bool stops = asks || (writes(word, local) && opcode != OP_FOR_ITERATOR);
    if (!stops && !(opcode_at(code, at)->flags & OPCODE_ENDS)) walk_to(walk, at + 1 + opcode_at(code, at)->caches);
  }
  return false;
}

// The local becomes None, also in the dict that its frame has shown: that is written back. False: MemoryError.
static bool bind_local(Frame *frame, uint32_t local) {
  frame->registers[local] = VALUE_NONE;
  Value shown = frame->frame_object ? value_as_frame(frame->frame_object)->locals : NULL;
  return !shown || dict_set(shown, tuple_item(frame->code->variable_names, local), VALUE_NONE);
}

// False: MemoryError.
static bool bind_locals(Frame *frame, uint32_t target) {
  const Code *code = frame->code;
  Walk walk = {code, malloc(code->word_count * sizeof *walk.seen), malloc(code->word_count * sizeof *walk.pending), 0};
  bool done = walk.seen && walk.pending;
  for (uint32_t local = 0; done && local < code->local_count; local++)
    if (!frame->registers[local] && reads_unchecked(&walk, target, local)) done = bind_local(frame, local);
  free(walk.seen);
  free(walk.pending);
  if (!done) raise_memory_error();
  return done;
}

bool frame_jump(Frame *frame, int line) {
  const Code *code = frame->code;
  uint32_t from = (uint32_t)(frame->pc - code->words), live = frame_live_registers(frame);
  uint32_t begin = first_word_to_jump_to(code), named = code_named_count(code), best = 0, best_live = 0;
  bool found = false;
  uint32_t obstacle = KIND_NOTHING;
  Map map;
  if (!map_make(&map, code)) return false;
  for (uint32_t i = 0; i < code->position_count; i++) {
    if (code->positions[i].start < begin || code->positions[i].line != line ||
        (i > 0 && code->positions[i - 1].line == line))
      continue;
    uint32_t at = code->positions[i].start, wanted = live_at(frame, at);
    bool fits = true;
    for (uint32_t r = named; r < wanted; r++) {
      uint32_t kind = kind_at(&map, at, r);
      if (kind == KIND_GROWTH || (r < live && kind == kind_at(&map, from, r))) continue;
      obstacle = kind;
      fits = false;
    }
    if (!fits || (found && wanted <= best_live)) continue;
    found = true; // of several copies of a line, the one that keeps most of what is there
    best = at;
    best_live = wanted;
  }
  if (found && !bind_locals(frame, best)) {
    free(map.previous);
    return false;
  }
  for (uint32_t r = found ? live : 0; r > best_live && r > named; r--)
    if (kind_at(&map, from, r - 1) == KIND_HANDLED) handle_again(frame, frame->registers[r - 1]);
  for (uint32_t r = named; r < best_live; r++)
    if (kind_at(&map, best, r) == KIND_GROWTH) frame->registers[r] = NULL;
  free(map.previous);
  if (!found) {
    raise_value_error("%s", reason(obstacle));
    return false;
  }
  frame->pc = code->words + best;
  return true;
}
