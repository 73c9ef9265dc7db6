// Checks of indexes that a loop counts through are done once, in front of the loop.
//
// Where a counter goes upwards while it is below a limit, `counter + offset` stays below the list's count throughout if
// `limit + offset` is at most the count; where it goes downwards, if `start + offset` is below the count. The sum is
// compared in front of the loop, which leaves to the state there; in the loop the index is used as it is. Where it is
// not known that the index is not negative, its other end is compared with zero there, too. That sums of numbers that
// are not negative stay small ints follows.
//
// Behind this pass nothing moves any more: what an access relies on is then a branch, not a node that it uses.
#include "jit/intervals.h"
#include "jit/passes.h"

enum { OFFSETS = 4 };

// counter + offsets, each added or subtracted. `sums`: the nodes that compute it, the index itself first.
typedef struct Index {
  HirNode *counter;
  HirNode *offsets[OFFSETS], *sums[OFFSETS];
  bool subtracts[OFFSETS];
  uint32_t count;
} Index;

typedef struct Bounds {
  HirFunction *function;
  const Intervals *intervals;
  uint32_t known;     // ids from here on have no intervals
  bool *not_negative; // by id: counters that were compared with zero in front of their loops
} Bounds;

// The step of a counter: the phi of a loop header that each way back changes by constants of one sign. 0: it is none.
static int64_t step_of(const HirNode *phi) {
  const HirBlock *header = phi->block;
  if (phi->op != HIR_PHI || phi->representation != HIR_INT || !header->is_loop_header || !hir_loop_entry(header))
    return 0;
  int64_t step = 0;
  for (uint32_t i = 0; i < phi->input_count; i++) {
    if (!hir_is_back_edge(header, header->predecessors[i])) continue;
    const HirNode *next = phi->inputs[i];
    if (next->op != HIR_INT_ADD && next->op != HIR_INT_SUBTRACT) return 0;
    if (next->inputs[0] != phi || next->inputs[1]->op != HIR_INT_CONST) return 0;
    int64_t change = next->op == HIR_INT_ADD ? next->inputs[1]->payload.number : -next->inputs[1]->payload.number;
    if (change == 0 || (step && (step < 0) != (change < 0))) return 0;
    step = change;
  }
  return step;
}

static HirNode *start_of(const HirNode *phi) {
  const HirBlock *entry = hir_loop_entry(phi->block);
  for (uint32_t i = 0; i < phi->input_count; i++)
    if (phi->block->predecessors[i] == entry) return phi->inputs[i];
  return NULL;
}

static bool is_outside(const HirNode *node, const HirBlock *header) {
  return !hir_in_loop(node->block, header);
}

// Takes `value` apart, as seen from a loop that the check of it is in. False: it is not of that form.
static bool take_apart(HirNode *value, const HirBlock *header, Index *index) {
  index->count = 0;
  while (value->op != HIR_PHI || value->block != header) {
    if (index->count == OFFSETS) return false;
    if (value->op != HIR_INT_ADD && value->op != HIR_INT_SUBTRACT) return false;
    bool subtracts = value->op == HIR_INT_SUBTRACT;
    bool first_outside = is_outside(value->inputs[0], header), second_outside = is_outside(value->inputs[1], header);
    if (first_outside == second_outside || (subtracts && first_outside)) return false;
    index->sums[index->count] = value;
    index->offsets[index->count] = value->inputs[first_outside ? 0 : 1];
    index->subtracts[index->count++] = subtracts;
    value = value->inputs[first_outside ? 1 : 0];
  }
  index->counter = value;
  return true;
}

// The comparison that holds of the counter in `block` and bounds it in the direction in which it goes: the other
// operand, and how they compare. `from`: the block where it is known first.
static HirNode *limit_of(const HirNode *counter, bool upwards, const HirBlock *block, HirComparison *how,
                         const HirBlock **from) {
  const HirBlock *header = counter->block;
  for (; block != header && block->dominator; block = block->dominator) {
    const HirBlock *before = block->predecessor_count == 1 ? block->predecessors[0] : NULL;
    if (!before || before->last->op != HIR_BRANCH || before->successors[0] == before->successors[1]) continue;
    const HirNode *comparison = before->last->inputs[0];
    if (comparison->op != HIR_INT_COMPARE) continue;
    HirNode *a = comparison->inputs[0], *b = comparison->inputs[1];
    if ((a == counter) == (b == counter) || !is_outside(a == counter ? b : a, header)) continue;
    *how = hir_comparison_said(comparison, before->successors[0] == block, a == counter);
    *from = block;
    if (upwards ? *how == HIR_LESS || *how == HIR_LESS_EQUAL : *how == HIR_GREATER || *how == HIR_GREATER_EQUAL)
      return a == counter ? b : a;
  }
  return NULL;
}

// `value` with the index's offsets, in front of the loop.
static HirNode *with_offsets(const Bounds *bounds, const Index *index, HirNode *value, HirNode *position,
                             HirState *state) {
  for (uint32_t i = index->count; i-- > 0;) {
    HirOp op = index->subtracts[i] ? HIR_INT_SUBTRACT : HIR_INT_ADD;
    value = hir_insert(bounds->function, position, op, value, index->offsets[i]);
    value->state = state;
  }
  return value;
}

static void guard(const Bounds *bounds, HirNode *position, HirNode *a, HirComparison how, HirNode *b, HirState *state) {
  HirNode *comparison = hir_insert(bounds->function, position, HIR_INT_COMPARE, a, b);
  comparison->payload.number = how;
  hir_insert(bounds->function, position, HIR_GUARD_TRUE, comparison, NULL)->state = state;
}

static bool runs_in_each_iteration(const HirBlock *block, const HirBlock *header) {
  if (block->loop_header != header) return false;
  for (uint32_t i = 0; i < header->predecessor_count; i++)
    if (hir_is_back_edge(header, header->predecessors[i]) && !hir_dominates(block, header->predecessors[i]))
      return false;
  return true;
}

static bool has_interval(const Bounds *bounds, const HirNode *node) {
  return node->id < bounds->known;
}
static bool is_not_negative(const Bounds *bounds, const HirNode *node, const HirBlock *block) {
  return has_interval(bounds, node) &&
         (bounds->not_negative[node->id] || interval_of(bounds->intervals, node, block).low >= 0);
}
// Is it worth asking? Where the index is negative somewhere as far as is known, it counts from the end there.
static bool may_stay_above(const Bounds *bounds, const Index *index, const HirNode *lowest, const HirBlock *block) {
  if (!has_interval(bounds, lowest)) return true;
  __int128 high = interval_of(bounds->intervals, lowest, block).high;
  for (uint32_t i = 0; i < index->count; i++) {
    if (!has_interval(bounds, index->offsets[i])) return true;
    Interval offset = interval_of(bounds->intervals, index->offsets[i], block);
    high += index->subtracts[i] ? -offset.low : offset.high;
  }
  return high >= 0;
}

// Sums of a counter and offsets that are not negative are between zero and the count where the counter is below its
// limit.
static void forget_overflow(const Bounds *bounds, const Index *index, const HirBlock *from) {
  if (!is_not_negative(bounds, index->counter, from)) return;
  for (uint32_t i = 0; i < index->count; i++)
    if (index->subtracts[i] || !is_not_negative(bounds, index->offsets[i], from)) return;
  for (uint32_t i = 0; i < index->count; i++)
    if (hir_dominates(from, index->sums[i]->block)) index->sums[i]->state = NULL;
}

static void move_check(const Bounds *bounds, HirNode *check) {
  HirNode *value = check->inputs[0], *count = check->inputs[1];
  HirBlock *header = check->block->loop_header;
  Index index;
  if (!header || !hir_loop_entry(header) || !hir_may_guard_at_entry(header) || !is_outside(count, header)) return;
  if (!runs_in_each_iteration(check->block, header) || !take_apart(value, header, &index)) return;
  int64_t step = step_of(index.counter);
  HirComparison how;
  const HirBlock *from;
  HirNode *limit = step ? limit_of(index.counter, step > 0, check->block, &how, &from) : NULL;
  if (!limit) return;
  HirNode *start = start_of(index.counter), *lowest = step > 0 ? start : limit;
  bool is_above = is_not_negative(bounds, value, check->block);
  if (!is_above && !may_stay_above(bounds, &index, lowest, header)) return;
  HirState *state = header->entry_state;
  HirNode *position = hir_preheader(bounds->function, header)->last;
  HirNode *first = is_above && step > 0 ? NULL : with_offsets(bounds, &index, start, position, state);
  HirNode *last = is_above && step < 0 ? NULL : with_offsets(bounds, &index, limit, position, state);
  bool reached = how == HIR_LESS_EQUAL || how == HIR_GREATER_EQUAL; // the counter reaches its limit
  if (!is_above) {
    HirNode *least = hir_insert_int(bounds->function, position, step < 0 && !reached ? -1 : 0);
    guard(bounds, position, step > 0 ? first : last, HIR_GREATER_EQUAL, least, state);
    if (index.count == 0) bounds->not_negative[index.counter->id] = true;
  }
  if (step > 0)
    guard(bounds, position, last, reached ? HIR_LESS : HIR_LESS_EQUAL, count, state);
  else
    guard(bounds, position, first, HIR_LESS, count, state);
  if (step > 0) forget_overflow(bounds, &index, from);
  hir_substitute(check, value);
}

void pass_bounds(HirFunction *function) {
  hir_find_loops(function);
  Bounds bounds = {.function = function,
                   .intervals = intervals_find(function),
                   .known = function->node_count,
                   .not_negative = hir_allocate(function, function->node_count * sizeof(bool))};
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first, *next; node; node = next) {
      next = node->next;
      for (uint32_t i = 0; i < node->input_count; i++) hir_node_input(node, i);
      if (node->op == HIR_CHECK_INDEX) move_check(&bounds, node);
    }
  hir_resolve_uses(function);
  hir_order_blocks(function);
}
