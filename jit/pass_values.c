// Merges nodes that compute the same, and knows what memory holds.
//
// Nodes that read no memory and may be merged are found in a table by operation, inputs and payload; an equal one whose
// block dominates stands for them. Nodes that read memory are facts: along each path the pass keeps the list of facts
// that still hold, drops those that a writing node may change (hir_may_change), and where paths meet keeps what holds
// on all. At a loop header it drops what any node of the loop may change. Stores are facts about what a load will find.
#include "jit/passes.h"

#include <string.h>

// The table

typedef struct Entry Entry;
struct Entry {
  Entry *next;
  HirNode *node;
};

// `reader` gives `value`.
typedef struct Fact {
  HirNode *reader;
  HirNode *value;
} Fact;

enum : uint32_t { TABLE_SIZE = 1024, FACT_LIMIT = 192 };

typedef struct Facts {
  uint32_t count;
  Fact facts[];
} Facts;

typedef struct LoopWriters {
  HirNode **nodes;
  uint32_t count;
  bool calls; // one of them CALLS: no fact survives
} LoopWriters;

typedef struct Values {
  HirFunction *function;
  Entry *table[TABLE_SIZE];
  Fact facts[FACT_LIMIT]; // that hold at the current node
  uint32_t fact_count;
  LoopWriters *writers; // by the order of the header
} Values;

static bool is_commutative(HirOp op) {
  switch (op) {
  case HIR_INT_ADD:
  case HIR_INT_MULTIPLY:
  case HIR_INT_AND:
  case HIR_INT_OR:
  case HIR_INT_XOR:
  case HIR_DOUBLE_ADD:
  case HIR_DOUBLE_MULTIPLY:
  case HIR_IS:
    return true;
  default:
    return false;
  }
}

static bool same_inputs(const HirNode *a, const HirNode *b) {
  if (a->input_count != b->input_count) return false;
  uint32_t same = 0;
  while (same < a->input_count && hir_resolve(a->inputs[same]) == hir_resolve(b->inputs[same])) same++;
  if (same == a->input_count) return true;
  return is_commutative(a->op) && hir_resolve(a->inputs[0]) == hir_resolve(b->inputs[1]) &&
         hir_resolve(a->inputs[1]) == hir_resolve(b->inputs[0]);
}

static bool same_parameters(const HirNode *a, const HirNode *b) {
  return a->op == b->op && a->representation == b->representation && a->index == b->index &&
         a->payload.number == b->payload.number;
}

static bool is_shape_parameter(HirOp op) {
  return op == HIR_GUARD_SHAPE || op == HIR_HAS_SHAPE || op == HIR_LOAD_SLOT;
}

static bool is_equal(const HirNode *a, const HirNode *b) {
  if (!same_parameters(a, b) || !same_inputs(a, b)) return false;
  return !is_shape_parameter(a->op) || a->shape == b->shape;
}

static uint32_t hash(const HirNode *node) {
  uint64_t sum = node->op * 31u + node->index + (uint64_t)node->payload.number;
  for (uint32_t i = 0; i < node->input_count; i++) sum += node->inputs[i]->id * 0x9e3779b1u; // in any order
  return (uint32_t)((sum * 0x9e3779b97f4a7c15u) >> 32) % TABLE_SIZE;
}

// PURE, or a check that reads no memory.
static bool is_mergeable(const HirNode *node) {
  uint32_t flags = hir_node_flags(node);
  if (flags & (HIR_WRITES | HIR_CALLS | HIR_ENDS | HIR_FIXED | HIR_ALLOCATES | HIR_READS)) return false;
  return flags & (HIR_PURE | HIR_LEAVES);
}

static HirNode *look_up(const Values *values, const HirNode *node) {
  for (const Entry *entry = values->table[hash(node)]; entry; entry = entry->next)
    if (is_equal(entry->node, node) && hir_dominates(entry->node->block, node->block)) return entry->node;
  return NULL;
}

// An equal node that dominates; if there is none, `node` goes into the table.
static HirNode *find_equal(Values *values, HirNode *node) {
  HirNode *equal = look_up(values, node);
  if (equal) return equal;
  Entry **bucket = &values->table[hash(node)];
  Entry *entry = hir_allocate(values->function, sizeof *entry);
  *entry = (Entry){*bucket, node};
  *bucket = entry;
  return NULL;
}

static bool is_equal_phi(HirNode *a, HirNode *b) {
  if (a->representation != b->representation) return false;
  for (uint32_t i = 0; i < a->input_count; i++)
    if (hir_node_input(a, i) != hir_node_input(b, i)) return false;
  return true;
}

static void merge_phis(HirBlock *block) {
  for (HirNode *phi = block->first, *next; phi->op == HIR_PHI; phi = next) {
    next = phi->next;
    for (HirNode *other = block->first; other != phi; other = other->next)
      if (is_equal_phi(other, phi)) {
        hir_substitute(phi, other);
        break;
      }
  }
}

// Facts

static void fact_add(Values *values, HirNode *reader, HirNode *value) {
  if (values->fact_count < FACT_LIMIT) values->facts[values->fact_count++] = (Fact){reader, value};
}

static void facts_drop(Values *values, const HirNode *writer) {
  if (!hir_node_writes(writer)) return;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < values->fact_count; i++)
    if (!hir_may_change(writer, values->facts[i].reader)) values->facts[kept++] = values->facts[i];
  values->fact_count = kept;
}

// Do both read the same place of one object? LOAD_SLOT and LOAD_FIELD may.
static bool is_same_place(const HirNode *a, const HirNode *b) {
  bool both_load =
      (a->op == HIR_LOAD_SLOT || a->op == HIR_LOAD_FIELD) && (b->op == HIR_LOAD_SLOT || b->op == HIR_LOAD_FIELD);
  if (!both_load || hir_identity(a->inputs[0]) != hir_identity(b->inputs[0])) return false;
  int64_t offset_a = hir_field_offset(a), offset_b = hir_field_offset(b);
  if (offset_a >= 0 || offset_b >= 0) return offset_a == offset_b;
  return a->op == b->op && a->index == b->index;
}

static bool is_answered(const Fact *fact, HirNode *node) {
  HirNode *reader = fact->reader;
  if (node->op == HIR_GUARD_SHAPE || (node->op == HIR_HAS_SHAPE && reader->op == HIR_HAS_SHAPE))
    return reader->op == node->op && reader->shape == node->shape &&
           hir_identity(reader->inputs[0]) == hir_identity(node->inputs[0]);
  if (is_same_place(reader, node)) return true;
  if (reader->op == HIR_LIST_GET || reader->op == HIR_LIST_COUNT)
    return reader->op == node->op && hir_identity(reader->inputs[0]) == hir_identity(node->inputs[0]) &&
           (reader->op == HIR_LIST_COUNT || hir_resolve(reader->inputs[1]) == hir_resolve(node->inputs[1]));
  return is_equal(reader, node);
}

static Fact *find_fact(Values *values, HirNode *node) {
  for (uint32_t i = 0; i < values->fact_count; i++)
    if (is_answered(&values->facts[i], node)) return &values->facts[i];
  return NULL;
}

// HAS_SHAPE of an object whose shape is known; NULL: it is not.
static HirNode *known_shape_test(Values *values, HirNode *node) {
  for (uint32_t i = 0; i < values->fact_count; i++) {
    HirNode *reader = values->facts[i].reader;
    if (reader->op == HIR_GUARD_SHAPE && hir_identity(reader->inputs[0]) == hir_identity(node->inputs[0]))
      return hir_insert_bool(values->function, node, reader->shape == node->shape);
  }
  return NULL;
}

// A node in no block, as the reader of a fact that no node in the function states.
static HirNode *new_reader(Values *values, HirOp op, HirNode *object, HirNode *index, const HirNode *like) {
  HirNode *inputs[] = {object, index};
  HirNode *reader = hir_node_new(values->function, op, index ? 2 : 1, inputs);
  if (like) {
    reader->payload = like->payload;
    reader->shape = like->shape;
  }
  return reader;
}

static void note_shape(Values *values, HirNode *object, Shape *shape, HirNode *value) {
  HirNode *reader = new_reader(values, HIR_GUARD_SHAPE, object, NULL, NULL);
  reader->shape = shape;
  fact_add(values, reader, value);
}

// What holds behind a node that writes or allocates.
static void note_effects(Values *values, HirNode *node) {
  switch (node->op) {
  case HIR_STORE_FIELD:
    fact_add(values, new_reader(values, HIR_LOAD_FIELD, node->inputs[0], NULL, node), node->inputs[1]);
    break;
  case HIR_LIST_SET:
  case HIR_ITEMS_SET: {
    HirOp get = node->op == HIR_LIST_SET ? HIR_LIST_GET : HIR_ITEMS_GET;
    fact_add(values, new_reader(values, get, node->inputs[0], node->inputs[1], NULL), node->inputs[2]);
    break;
  }
  case HIR_NEW_INSTANCE:
    note_shape(values, node, node->shape, node);
    break;
  case HIR_ADD_SLOT: {
    const LookupResult *result = node->payload.pointer;
    note_shape(values, node->inputs[0], result->next_shape, node);
    HirNode *reader = new_reader(values, HIR_LOAD_SLOT, node->inputs[0], NULL, NULL);
    reader->shape = result->next_shape;
    reader->index = result->slot;
    fact_add(values, reader, node->inputs[1]);
    break;
  }
  default:
    break;
  }
}

// Paths

static void collect_writers(Values *values) {
  HirFunction *function = values->function;
  uint32_t blocks = function->last_block->order + 1;
  values->writers = hir_allocate(function, blocks * sizeof *values->writers);
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next) {
      if (!hir_node_writes(node)) continue;
      for (HirBlock *header = block->loop_header; header; header = header->outer_loop) {
        LoopWriters *writers = &values->writers[header->order];
        if (hir_node_flags(node) & HIR_CALLS) writers->calls = true;
        if ((writers->count & (writers->count + 1)) == 0) { // 0, 1, 3, 7 ...: the capacity doubles
          HirNode **larger = hir_allocate(function, (2 * writers->count + 1) * sizeof *larger);
          if (writers->count) memcpy(larger, writers->nodes, writers->count * sizeof *larger);
          writers->nodes = larger;
        }
        writers->nodes[writers->count++] = node;
      }
    }
}

// Facts of `values` that are not among `others` go.
static void facts_intersect(Values *values, const Facts *others) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < values->fact_count; i++)
    for (uint32_t j = 0; j < others->count; j++) {
      const Fact *fact = &values->facts[i];
      if (others->facts[j].reader != fact->reader || others->facts[j].value != fact->value) continue;
      values->facts[kept++] = *fact;
      break;
    }
  values->fact_count = kept;
}

// In the block to which a branch on HAS_SHAPE leads if it is true, the object has that shape.
static void note_branch(Values *values, const HirBlock *block) {
  if (block->predecessor_count != 1) return;
  const HirBlock *before = block->predecessors[0];
  if (before->last->op != HIR_BRANCH || before->successors[0] != block || before->successors[1] == block) return;
  HirNode *test = hir_node_input(before->last, 0);
  if (test->op == HIR_HAS_SHAPE) note_shape(values, test->inputs[0], test->shape, hir_resolve(test->inputs[0]));
}

static void enter_block(Values *values, HirBlock *block) {
  values->fact_count = 0;
  bool first = true;
  for (uint32_t i = 0; i < block->predecessor_count; i++) {
    const HirBlock *predecessor = block->predecessors[i];
    if (block->is_loop_header && hir_is_back_edge(block, predecessor)) continue;
    const Facts *facts = predecessor->order < block->order ? predecessor->data : NULL;
    if (!facts) { // not a loop that has one way in
      values->fact_count = 0;
      return;
    }
    if (first) {
      memcpy(values->facts, facts->facts, facts->count * sizeof(Fact));
      values->fact_count = facts->count;
    } else
      facts_intersect(values, facts);
    first = false;
  }
  if (block->is_loop_header) {
    const LoopWriters *writers = &values->writers[block->order];
    if (writers->calls) values->fact_count = 0;
    for (uint32_t i = 0; i < writers->count && values->fact_count; i++) facts_drop(values, writers->nodes[i]);
  }
  note_branch(values, block);
}

static void leave_block(Values *values, HirBlock *block) {
  Facts *facts = hir_allocate(values->function, sizeof *facts + values->fact_count * sizeof(Fact));
  facts->count = values->fact_count;
  memcpy(facts->facts, values->facts, values->fact_count * sizeof(Fact));
  block->data = facts;
}

static void visit_reader(Values *values, HirNode *node) {
  HirNode *known = NULL;
  Fact *fact = find_fact(values, node);
  if (fact)
    known = hir_resolve(fact->value);
  else if (node->op == HIR_HAS_SHAPE)
    known = known_shape_test(values, node);
  if (!known)
    fact_add(values, node, node);
  else if (node->representation == HIR_NONE)
    hir_node_remove(node);
  else
    hir_substitute(node, known);
}

// Is the value, seen from `node`, no cell that somebody could watch: an int, a float, a bool or None?
static bool is_plain(const Values *values, HirNode *value, const HirNode *node) {
  if (!(value->kinds & KIND_CELL)) return true;
  static const HirOp guards[] = {HIR_GUARD_INT, HIR_GUARD_FLOAT, HIR_GUARD_BOOL, HIR_GUARD_NONE};
  for (size_t i = 0; i < sizeof guards / sizeof guards[0]; i++) {
    HirNode guard = {
        .op = guards[i], .representation = HIR_VALUE, .input_count = 1, .inputs = &value, .block = node->block};
    if (look_up(values, &guard)) return true;
  }
  return false;
}

// True: nothing of what is let go of can be watched, and the node has gone.
static bool visit_unwatched(Values *values, HirNode *node) {
  if (node->op == HIR_GUARD_FIELD_UNWATCHED) {
    HirNode load = {.op = HIR_LOAD_FIELD,
                    .representation = HIR_VALUE,
                    .input_count = 1,
                    .inputs = node->inputs,
                    .payload = node->payload,
                    .block = node->block};
    const Fact *fact = find_fact(values, &load);
    if (!fact || !is_plain(values, hir_resolve(fact->value), node)) return false;
  } else if (node->op == HIR_GUARD_UNWATCHED) {
    if (node->input_count == 0) return false; // nothing at all may be watched
    uint32_t kept = 0;
    for (uint32_t i = 0; i < node->input_count; i++)
      if (!is_plain(values, node->inputs[i], node)) node->inputs[kept++] = node->inputs[i];
    node->input_count = kept;
    if (kept > 0) return false;
  } else
    return false;
  hir_node_remove(node);
  return true;
}

static void visit_node(Values *values, HirNode *node) {
  for (uint32_t i = 0; i < node->input_count; i++) hir_node_input(node, i);
  uint32_t flags = hir_node_flags(node);
  if (visit_unwatched(values, node)) return;
  if (is_mergeable(node)) {
    HirNode *equal = find_equal(values, node);
    if (!equal) return;
    if (node->representation == HIR_NONE)
      hir_node_remove(node);
    else
      hir_substitute(node, equal);
    return;
  }
  bool only_reads = (flags & HIR_READS) && !hir_node_writes(node) && !(flags & (HIR_FIXED | HIR_ENDS));
  if (only_reads) {
    visit_reader(values, node);
    return;
  }
  facts_drop(values, node);
  note_effects(values, node);
}

void pass_values(HirFunction *function) {
  hir_find_loops(function);
  Values *values = hir_allocate(function, sizeof *values);
  values->function = function;
  for (HirBlock *block = function->entry; block; block = block->next) block->data = NULL;
  collect_writers(values);
  for (HirBlock *block = function->entry; block; block = block->next) {
    if (!block->is_loop_header) merge_phis(block);
    enter_block(values, block);
    for (HirNode *node = block->first, *next; node; node = next) {
      next = node->next;
      if (node->op != HIR_PHI) visit_node(values, node);
    }
    leave_block(values, block);
  }
  hir_resolve_uses(function);
}
