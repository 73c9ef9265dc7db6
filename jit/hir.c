// Making and changing HIR: memory, nodes, blocks. See hir.h.
#include "jit/hir.h"

#include "jit/compile_error.h"
#include "runtime/object/float.h"
#include <stdlib.h>
#include <string.h>

const HirOpInfo hir_op_infos[HIR_OP_COUNT] = {
#define ANY                                             HIR_ANY_INPUTS
#define NONE                                            HIR_NONE
#define VALUE                                           HIR_VALUE
#define INT                                             HIR_INT
#define DOUBLE                                          HIR_DOUBLE
#define BOOL                                            HIR_BOOL
#define NOTHING                                         0
#define PURE                                            HIR_PURE
#define LEAVES                                          HIR_LEAVES
#define CALLS                                           HIR_CALLS
#define ENDS                                            HIR_ENDS
#define FIXED                                           HIR_FIXED
#define ALLOCATES                                       HIR_ALLOCATES
#define READS_SHAPES                                    HIR_READS_SHAPES
#define READS_FIELDS                                    HIR_READS_FIELDS
#define READS_ITEMS                                     HIR_READS_ITEMS
#define READS_ITERATORS                                 HIR_READS_ITERATORS
#define WRITES_SHAPES                                   HIR_WRITES_SHAPES
#define WRITES_FIELDS                                   HIR_WRITES_FIELDS
#define WRITES_ITEMS                                    HIR_WRITES_ITEMS
#define WRITES_ITERATORS                                HIR_WRITES_ITERATORS
#define HIR_OP(NAME, inputs, representation, all_flags) {#NAME, inputs, representation, all_flags},
#include "jit/hir_ops.def"
#undef ANY
#undef NONE
#undef VALUE
#undef INT
#undef DOUBLE
#undef BOOL
#undef NOTHING
#undef PURE
#undef LEAVES
#undef CALLS
#undef ENDS
#undef FIXED
#undef ALLOCATES
#undef READS_SHAPES
#undef READS_FIELDS
#undef READS_ITEMS
#undef READS_ITERATORS
#undef WRITES_SHAPES
#undef WRITES_FIELDS
#undef WRITES_ITEMS
#undef WRITES_ITERATORS
};

// Memory: chunks that are freed with the function.
typedef struct Chunk Chunk;
struct Chunk {
  Chunk *next;
  size_t used, size;
  alignas(16) char bytes[];
};
struct HirArena {
  Chunk *chunks;
};

enum : size_t { CHUNK_BYTES = 65536 - sizeof(Chunk), LARGE_BYTES = 32768 };

// What a chunk's memory holds is cleared as it is handed out: calloc would give its pages back to the system, since
// that clears them, too, and each would cost a page fault.
static Chunk *chunk_new(size_t size) {
  Chunk *chunk = malloc(sizeof *chunk + size);
  if (chunk) *chunk = (Chunk){.size = size};
  return chunk;
}

void *hir_allocate(HirFunction *function, size_t size) {
  struct HirArena *arena = function->arena;
  size = (size + 15) & ~(size_t)15;
  if (!arena->chunks || arena->chunks->size - arena->chunks->used < size) {
    Chunk *chunk = chunk_new(size > LARGE_BYTES ? size : CHUNK_BYTES);
    if (!chunk) compile_give_up("out of memory");
    chunk->next = arena->chunks;
    arena->chunks = chunk;
  }
  void *memory = arena->chunks->bytes + arena->chunks->used;
  arena->chunks->used += size;
  return memset(memory, 0, size);
}

HirFunction *hir_function_new(Code *code, uint32_t entry_word, const char *name) {
  HirFunction *function = calloc(1, sizeof *function);
  if (function) function->arena = calloc(1, sizeof *function->arena);
  if (!function || !function->arena) {
    free(function);
    return NULL;
  }
  function->code = code;
  function->entry_word = entry_word;
  function->name = name;
  return function;
}

void hir_function_free(HirFunction *function) {
  if (!function) return;
  for (Chunk *chunk = function->arena->chunks, *next; chunk; chunk = next) {
    next = chunk->next;
    free(chunk);
  }
  free(function->arena);
  free(function);
}

HirBlock *hir_block_new(HirFunction *function) {
  HirBlock *block = hir_allocate(function, sizeof *block);
  block->id = function->block_count++;
  return block;
}

void hir_block_add_predecessor(HirFunction *function, HirBlock *block, HirBlock *predecessor) {
  if (block->predecessor_count == block->predecessor_capacity) {
    uint32_t capacity = block->predecessor_capacity ? block->predecessor_capacity * 2 : 4;
    HirBlock **larger = hir_allocate(function, capacity * sizeof *larger);
    if (block->predecessor_count) memcpy(larger, block->predecessors, block->predecessor_count * sizeof *larger);
    block->predecessors = larger;
    block->predecessor_capacity = capacity;
  }
  block->predecessors[block->predecessor_count++] = predecessor;
}

HirNode *hir_node_new(HirFunction *function, HirOp op, uint32_t input_count, HirNode *const *inputs) {
  HirNode *node = hir_allocate(function, sizeof *node);
  node->op = op;
  node->representation = hir_op_infos[op].representation;
  node->kinds = node->representation == HIR_VALUE ? KIND_BOUND : 0;
  node->id = function->node_count++;
  node->input_count = input_count;
  if (input_count) {
    node->inputs = hir_allocate(function, input_count * sizeof(HirNode *));
    memcpy(node->inputs, inputs, input_count * sizeof(HirNode *));
  }
  return node;
}

void hir_node_append(HirBlock *block, HirNode *node) {
  node->block = block;
  node->previous = block->last;
  node->next = NULL;
  if (block->last)
    block->last->next = node;
  else
    block->first = node;
  block->last = node;
}

void hir_node_insert_before(HirNode *node, HirNode *position) {
  HirBlock *block = position->block;
  node->block = block;
  node->next = position;
  node->previous = position->previous;
  if (position->previous)
    position->previous->next = node;
  else
    block->first = node;
  position->previous = node;
}

void hir_node_remove(HirNode *node) {
  HirBlock *block = node->block;
  if (node->previous)
    node->previous->next = node->next;
  else
    block->first = node->next;
  if (node->next)
    node->next->previous = node->previous;
  else
    block->last = node->previous;
  node->block = NULL;
}

void hir_node_replace(HirNode *node, HirNode *by) {
  by = hir_resolve(by);
  if (node != by) node->replacement = by;
}

void hir_phi_add_input(HirFunction *function, HirNode *phi, HirNode *input) {
  HirNode **inputs = hir_allocate(function, (phi->input_count + 1) * sizeof *inputs);
  if (phi->input_count) memcpy(inputs, phi->inputs, phi->input_count * sizeof *inputs);
  inputs[phi->input_count++] = input;
  phi->inputs = inputs;
}

// Functions keep their attributes in a dict from the beginning, and their class.
bool hir_call_spares(const HirNode *call, uint32_t number) {
  switch (call->op) {
  case HIR_CALL_FUNCTION:
  case HIR_CALL_INSTRUCTION:
    if (number >= call->index) return false;
    break;
  case HIR_CALL_RUNTIME:
  case HIR_TRUTH:
  case HIR_CATCH:
    break;
  default: // STEP reads registers; YIELD and SEND may suspend the frame
    return false;
  }
  const HirInline *frame = call->state->frame;
  while (number < frame->base) frame = frame->caller;
  return number - frame->base >= frame->variables;
}

bool hir_shape_is_stable(const Shape *shape) {
  if (shape->class->flags & CLASS_HEAP_TYPE) return false;
  return !(shape->flags & SHAPE_HAS_ATTRIBUTES) || shape == builtin_shapes[CLASS_FUNCTION];
}

void hir_constant_type(Value value, uint8_t *kinds, Shape **shape) {
  *shape = NULL;
  if (!value)
    *kinds = KIND_UNBOUND;
  else if (value_is_small_int(value))
    *kinds = KIND_INT;
  else if (value_is_immediate_float(value))
    *kinds = KIND_FLOAT;
  else if (value_is_bool(value))
    *kinds = KIND_BOOL;
  else if (value == VALUE_NONE)
    *kinds = KIND_NONE;
  else if (!value_is_cell(value))
    *kinds = KIND_SPECIAL;
  else if (value_is_exact_float(value))
    *kinds = KIND_FLOAT;
  else {
    *kinds = KIND_CELL;
    Shape *own = cell_shape(value_cell(value));
    if (hir_shape_is_stable(own)) *shape = own;
  }
}
