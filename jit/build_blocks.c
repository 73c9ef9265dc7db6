// Basic blocks of bytecode, in reverse postorder, with their loops.
//
// A generator's code begins at its first instruction and behind each YIELD, which ends a run. So a loop with a yield in
// it is entered in the middle, too, and would have more than one way in. What no pass could cope with does not arise:
// blocks that can be reached without coming through the header of a loop around them stand there twice. The copies are
// left where that header is reached; from there on the loop is the same as for everybody.
#include "jit/build_internal.h"

#include <string.h>

Instruction build_load_word(const Code *code, uint32_t at) {
  return __atomic_load_n(&code->words[at], __ATOMIC_ACQUIRE);
}

// Does a compilation that begins at `entry` stand for a call, not for a loop?
bool build_is_function_entry(const Code *code, uint32_t entry) {
  return opcode_base[build_load_word(code, entry) & 0xff] == OP_RESUME;
}

uint32_t build_instruction_words(Instruction word) {
  return 1 + opcode_information[opcode_base[word & 0xff]].caches;
}

static bool instruction_ends(unsigned base) {
  return opcode_information[base].flags & OPCODE_ENDS;
}

// The word that the instruction jumps to, or UINT32_MAX.
uint32_t build_jump_target(Instruction word, uint32_t at) {
  const OpcodeInformation *information = &opcode_information[opcode_base[word & 0xff]];
  if (!(information->flags & OPCODE_JUMPS)) return UINT32_MAX;
  return information->c == OPERAND_JUMP16 ? at + instruction_c(word) : at + (uint32_t)instruction_bc(word);
}

// Blocks

static void find_leaders(Builder *builder, CodeScope *scope, uint32_t entry) {
  Code *code = scope->code;
  if (code->word_count > BUILD_WORD_LIMIT) compile_give_up("code too large");
  uint8_t *leader = hir_allocate(builder->function, code->word_count + 1);
  leader[entry] = leader[0] = 1;
  for (uint32_t at = 0; at < code->word_count;) {
    Instruction word = build_load_word(code, at);
    uint32_t next = at + build_instruction_words(word), target = build_jump_target(word, at);
    unsigned base = opcode_base[word & 0xff];
    if (target != UINT32_MAX) leader[target] = leader[next] = 1;
    if (instruction_ends(base) || base == OP_YIELD) leader[next] = 1;
    at = next;
  }
  for (uint32_t i = 0; i < code->exception_count; i++) {
    const ExceptionRange *range = &code->exceptions[i];
    leader[range->start] = leader[range->end] = leader[range->handler] = 1;
  }
  scope->block_at = hir_allocate(builder->function, (code->word_count + 1) * sizeof(CodeBlock *));
  CodeBlock *block = NULL;
  for (uint32_t at = 0; at < code->word_count;) {
    if (leader[at]) {
      if (block) block->end = at;
      block = scope->block_at[at] = hir_allocate(builder->function, sizeof *block);
      block->start = at;
      block->plain = block;
    }
    at += build_instruction_words(build_load_word(code, at));
  }
  if (block) block->end = code->word_count;
}

static uint32_t last_instruction(const CodeScope *scope, const CodeBlock *block) {
  uint32_t at = block->start;
  for (uint32_t next; (next = at + build_instruction_words(build_load_word(scope->code, at))) < block->end; at = next);
  return at;
}

// What catches the exceptions that the instruction at `at` raises; NULL: nothing here.
static const ExceptionRange *range_at(const Code *code, uint32_t at) {
  for (uint32_t i = 0; i < code->exception_count; i++)
    if (code->exceptions[i].start <= at && at < code->exceptions[i].end) return &code->exceptions[i];
  return NULL;
}

enum : uint32_t { TARGET_LIMIT = 3 };
// The (plain) blocks that the block goes on with; gives how many. With `through_yields` a YIELD does not end anything.
// The last one is the handler, if there is one.
static uint32_t find_targets(const CodeScope *scope, const CodeBlock *block, bool through_yields,
                             CodeBlock *targets[TARGET_LIMIT]) {
  uint32_t at = last_instruction(scope, block), count = 0;
  Instruction word = build_load_word(scope->code, at);
  unsigned base = opcode_base[word & 0xff];
  uint32_t jump = build_jump_target(word, at);
  if (!instruction_ends(base) && (base != OP_YIELD || through_yields)) targets[count++] = scope->block_at[block->end];
  if (jump != UINT32_MAX) targets[count++] = scope->block_at[jump];
  const ExceptionRange *range = range_at(scope->code, block->start);
  if (range) targets[count++] = scope->block_at[range->handler];
  for (uint32_t i = 0; i < count; i++)
    if (!targets[i]) compile_give_up("control runs off the code");
  return count;
}

static void add_successor(Builder *builder, CodeBlock *block, CodeBlock *successor) {
  block->successors[block->successor_count++] = successor;
  CodeBlock **larger = hir_allocate(builder->function, (successor->predecessor_count + 1) * sizeof *larger);
  if (successor->predecessor_count)
    memcpy(larger, successor->predecessors, successor->predecessor_count * sizeof *larger);
  larger[successor->predecessor_count++] = block;
  successor->predecessors = larger;
}

// Loops of a generator's code, as if it never yielded. A block's copies are named by the innermost loop around it whose
// header has not been passed.

struct CodeLoop {
  CodeLoop *next, *outer;
  CodeBlock *header;
  uint8_t *members; // by word: blocks in the loop
  uint32_t size;
};

typedef struct LoopSearch {
  Builder *builder;
  CodeScope *scope;
  CodeLoop *loops;
  uint8_t *visits; // by word: BLOCK_*
} LoopSearch;

static CodeLoop *loop_of_header(LoopSearch *search, CodeBlock *header) {
  for (CodeLoop *loop = search->loops; loop; loop = loop->next)
    if (loop->header == header) return loop;
  CodeLoop *loop = hir_allocate(search->builder->function, sizeof *loop);
  loop->header = header;
  loop->members = hir_allocate(search->builder->function, search->scope->code->word_count + 1);
  loop->next = search->loops;
  return search->loops = loop;
}

static void search_loops(LoopSearch *search, CodeBlock *block, unsigned depth) {
  if (depth > 4000) compile_give_up("control flow too deep");
  search->visits[block->start] = BLOCK_OPEN;
  CodeBlock *targets[TARGET_LIMIT];
  uint32_t count = find_targets(search->scope, block, true, targets);
  for (uint32_t i = 0; i < count; i++) {
    if (search->visits[targets[i]->start] == BLOCK_OPEN)
      loop_of_header(search, targets[i])->members[block->start] = 1;
    else if (search->visits[targets[i]->start] == BLOCK_NEW)
      search_loops(search, targets[i], depth + 1);
  }
  search->visits[block->start] = BLOCK_DONE;
}

// `members` has where the back edges come from: adds what leads there.
static void fill_loop(LoopSearch *search, CodeLoop *loop) {
  loop->members[loop->header->start] = 1;
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t at = search->scope->code->word_count; at-- > 0;) {
      CodeBlock *block = search->scope->block_at[at], *targets[TARGET_LIMIT];
      if (!block || loop->members[at] || search->visits[at] != BLOCK_DONE) continue;
      uint32_t count = find_targets(search->scope, block, true, targets);
      for (uint32_t i = 0; i < count; i++) {
        if (!loop->members[targets[i]->start] || targets[i] == loop->header) continue;
        changed = loop->members[at] = 1;
      }
    }
  }
  for (uint32_t at = 0; at < search->scope->code->word_count; at++) loop->size += loop->members[at];
}

static bool loop_has(const CodeLoop *loop, const CodeBlock *block) {
  return loop->members[block->start];
}

// The smallest loop around the block but `except`.
static CodeLoop *innermost_loop(CodeLoop *loops, const CodeBlock *block, const CodeLoop *except) {
  CodeLoop *innermost = NULL;
  for (CodeLoop *loop = loops; loop; loop = loop->next)
    if (loop != except && loop_has(loop, block) && (!innermost || loop->size < innermost->size)) innermost = loop;
  return innermost;
}

static CodeLoop *find_code_loops(Builder *builder, CodeScope *scope, uint32_t entry) {
  LoopSearch search = {.builder = builder, .scope = scope};
  search.visits = hir_allocate(builder->function, scope->code->word_count + 1);
  search_loops(&search, scope->block_at[entry], 0);
  for (CodeLoop *loop = search.loops; loop; loop = loop->next) fill_loop(&search, loop);
  for (CodeLoop *loop = search.loops; loop; loop = loop->next)
    loop->outer = innermost_loop(search.loops, loop->header, loop);
  return search.loops;
}

// Which of its copies the way from a block that has not passed the header of `bypassed` leads to.
static CodeLoop *still_bypassed(CodeLoop *bypassed, const CodeBlock *target) {
  while (bypassed && (!loop_has(bypassed, target) || bypassed->header == target)) bypassed = bypassed->outer;
  return bypassed;
}

static CodeBlock *copy_of(Builder *builder, CodeBlock *plain, CodeLoop *bypassed) {
  if (!bypassed) return plain;
  for (CodeBlock *copy = plain->copies; copy; copy = copy->copies)
    if (copy->bypassed == bypassed) return copy;
  CodeBlock *copy = hir_allocate(builder->function, sizeof *copy);
  *copy = (CodeBlock){
      .start = plain->start, .end = plain->end, .plain = plain, .bypassed = bypassed, .copies = plain->copies};
  return plain->copies = copy;
}

// Order and loops

// Depth first: finds back edges, and leaves the blocks in reverse postorder.
static void visit_block(Builder *builder, CodeScope *scope, CodeBlock *block, unsigned depth) {
  if (depth > 4000) compile_give_up("control flow too deep");
  block->visit = BLOCK_OPEN;
  CodeBlock *targets[TARGET_LIMIT];
  uint32_t count = find_targets(scope, block, false, targets);
  for (uint32_t i = 0; i < count; i++)
    add_successor(builder, block, copy_of(builder, targets[i], still_bypassed(block->bypassed, targets[i])));
  block->range = range_at(scope->code, block->start);
  if (block->range) block->handler = block->successors[count - 1];
  // What is visited last comes first in the order: the way that falls through.
  for (uint32_t i = block->successor_count; i-- > 0;) {
    CodeBlock *successor = block->successors[i];
    if (successor->visit == BLOCK_OPEN)
      successor->is_header = true;
    else if (successor->visit == BLOCK_NEW)
      visit_block(builder, scope, successor, depth + 1);
  }
  block->visit = BLOCK_DONE;
  block->next = scope->first;
  scope->first = block;
}

static void mark_loop(CodeBlock *block, const CodeBlock *header, uint8_t mark) {
  if (block->loop_mark == mark) return;
  block->loop_mark = mark;
  if (block == header) return;
  for (uint32_t i = 0; i < block->predecessor_count; i++) mark_loop(block->predecessors[i], header, mark);
}

static uint32_t order_of(const CodeScope *scope, const CodeBlock *wanted) {
  uint32_t number = 0;
  for (const CodeBlock *block = scope->first; block != wanted; block = block->next) number++;
  return number;
}

uint32_t build_written_count(Instruction word) {
  switch (opcode_base[word & 0xff]) {
  case OP_UNPACK_SEQUENCE:
    return instruction_c(word);
  case OP_UNPACK_EXTENDED:
    return instruction_auxiliary(word) + 1 + instruction_c(word);
  default:
    return 2;
  }
}

static void mark_written(const CodeScope *scope, const CodeBlock *block, uint8_t *written) {
  for (uint32_t at = block->start; at < block->end;) {
    Instruction word = build_load_word(scope->code, at);
    unsigned base = opcode_base[word & 0xff];
    OperandKind a = opcode_information[base].a;
    if (a == OPERAND_DEST || a == OPERAND_UPDATE)
      written[instruction_a(word)] = 1;
    else if (a == OPERAND_DESTS)
      memset(written + instruction_a(word), 1, build_written_count(word));
    else if (base == OP_ENTER_CLOSURE)
      memset(written, 1, scope->code->register_count);
    at += build_instruction_words(word);
  }
  if (block->range) written[block->range->target] = 1;
}

// The registers that the loop of `header` writes. Marks its blocks with `mark`. Seen from an entry in the middle of two
// loops the outer loop's way back to the inner one is a back edge, too; `innermost`: it does not count, since it leads
// forwards.
static void find_written(Builder *builder, CodeScope *scope, CodeBlock *header, uint8_t mark, bool innermost) {
  uint32_t order = order_of(scope, header);
  header->loop_mark = mark;
  for (uint32_t i = 0; i < header->predecessor_count; i++) {
    CodeBlock *predecessor = header->predecessors[i];
    bool is_back_edge = innermost ? predecessor->start >= header->start : order_of(scope, predecessor) >= order;
    if (is_back_edge) mark_loop(predecessor, header, mark);
  }
  header->written = hir_allocate(builder->function, scope->code->register_count + 256);
  for (CodeBlock *block = scope->first; block; block = block->next)
    if (block->loop_mark == mark) mark_written(scope, block, header->written);
}

void build_find_blocks(Builder *builder, CodeScope *scope, uint32_t entry, bool loop_only) {
  find_leaders(builder, scope, entry);
  scope->roots = hir_allocate(builder->function, (scope->code->word_count + 1) * sizeof(CodeBlock *));
  if (code_makes_generators(scope->code) && !loop_only) {
    CodeLoop *loops = find_code_loops(builder, scope, entry);
    for (uint32_t at = entry; at < scope->code->word_count;
         at += build_instruction_words(build_load_word(scope->code, at))) {
      CodeBlock *block = scope->block_at[at];
      if (block && opcode_base[build_load_word(scope->code, at) & 0xff] == OP_RESUME)
        scope->roots[scope->root_count++] = copy_of(builder, block, innermost_loop(loops, block, NULL));
    }
  } else
    scope->roots[scope->root_count++] = scope->block_at[entry];
  for (uint32_t i = scope->root_count; i-- > 0;)
    if (scope->roots[i]->visit == BLOCK_NEW) visit_block(builder, scope, scope->roots[i], 0);
  uint8_t mark = 1;
  for (CodeBlock *block = scope->first; block; block = block->next) {
    if (!block->is_header) continue;
    if (++mark == 0) compile_give_up("too many loops");
    bool is_entry = block == scope->first && loop_only;
    find_written(builder, scope, block, mark, is_entry);
    if (is_entry)
      for (CodeBlock *other = scope->first; other; other = other->next) other->is_outside = other->loop_mark != mark;
  }
}

CodeBlock *build_successor_at(const CodeBlock *block, uint32_t word) {
  for (uint32_t i = 0; i < block->successor_count; i++)
    if (block->successors[i]->start == word) return block->successors[i];
  return NULL;
}
