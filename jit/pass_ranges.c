// What is known about the size of ints: checks of indexes that are in range, results that are small ints for certain,
// signs of operands.
//
// Bounds come from the intervals of ints (intervals.h). An index is also in range where a branch on the way here has
// compared it with the same count.
//
// Behind this pass nothing moves any more: what an access relies on is then a branch, not a node that it uses.
#include "jit/intervals.h"
#include "jit/passes.h"

enum { DOMINATORS = 40 }; // as far as branches are looked for

// Does the comparison, known to be `truth`, say that `index` is below `count`?
static bool says_below(const HirNode *comparison, bool truth, const HirNode *index, const HirNode *count) {
  if (comparison->op == HIR_NOT) return says_below(comparison->inputs[0], !truth, index, count);
  if (comparison->op == HIR_BOOL_AND && truth)
    return says_below(comparison->inputs[0], true, index, count) ||
           says_below(comparison->inputs[1], true, index, count);
  if (comparison->op != HIR_INT_COMPARE) return false;
  const HirNode *a = comparison->inputs[0], *b = comparison->inputs[1];
  if (a == index && b == count) return comparison->payload.number == (truth ? HIR_LESS : HIR_GREATER_EQUAL);
  if (a == count && b == index) return comparison->payload.number == (truth ? HIR_GREATER : HIR_LESS_EQUAL);
  return false;
}

static bool is_below(const HirNode *node, const HirNode *index, const HirNode *count) {
  const HirBlock *block = node->block;
  for (unsigned i = 0; i < DOMINATORS && block->dominator; i++, block = block->dominator) {
    if (block->predecessor_count != 1) continue;
    const HirBlock *before = block->predecessors[0];
    if (before->last->op != HIR_BRANCH || before->successors[0] == before->successors[1]) continue;
    if (says_below(before->last->inputs[0], before->successors[0] == block, index, count)) return true;
  }
  return false;
}

typedef __int128 Wide;
static bool fits(Wide low, Wide high) {
  return low >= SMALL_INT_MIN && high <= SMALL_INT_MAX;
}

static bool product_fits(Interval a, Interval b) {
  return fits((Wide)a.low * b.low, (Wide)a.low * b.low) && fits((Wide)a.low * b.high, (Wide)a.low * b.high) &&
         fits((Wide)a.high * b.low, (Wide)a.high * b.low) && fits((Wide)a.high * b.high, (Wide)a.high * b.high);
}

static bool shift_fits(Interval a, Interval count) {
  if (count.low < 0 || count.high > 60) return false;
  Wide factor = (Wide)1 << count.high;
  return fits(a.low * factor, a.low * factor) && fits(a.high * factor, a.high * factor);
}

static bool is_exact(Interval a) {
  return a.low >= -HIR_EXACT_DOUBLE && a.high <= HIR_EXACT_DOUBLE;
}

// Can the operation not leave, because its result is a small int (an exact double) whatever its operands are?
static bool never_leaves(const HirNode *node, Interval a, Interval b) {
  switch (node->op) {
  case HIR_INT_ADD:
    return fits((Wide)a.low + b.low, (Wide)a.high + b.high);
  case HIR_INT_SUBTRACT:
    return fits((Wide)a.low - b.high, (Wide)a.high - b.low);
  case HIR_INT_MULTIPLY:
    return product_fits(a, b);
  case HIR_INT_NEGATIVE:
    return a.low > SMALL_INT_MIN;
  case HIR_INT_LEFT_SHIFT:
    return shift_fits(a, b);
  case HIR_INT_RIGHT_SHIFT:
    return b.low >= 0;
  case HIR_INT_FLOOR_DIVIDE:
  case HIR_INT_REMAINDER:
    return b.low > 0;
  case HIR_INT_TRUE_DIVIDE:
    return (b.low > 0 || b.high < 0) && is_exact(a) && is_exact(b);
  case HIR_INT_TO_DOUBLE_EXACT:
    return is_exact(a);
  default:
    return false;
  }
}

static void visit(const Intervals *intervals, HirNode *node) {
  if (node->input_count == 0 || node->op == HIR_PHI) return;
  for (uint32_t i = 0; i < node->input_count; i++) hir_node_input(node, i);
  bool of_items = node->op == HIR_LIST_GET || node->op == HIR_TUPLE_GET;
  HirNode *first = node->inputs[of_items], *second = node->inputs[node->input_count > 1];
  if (first->representation != HIR_INT || second->representation != HIR_INT) return;
  Interval a = interval_of(intervals, first, node->block), b = interval_of(intervals, second, node->block);
  switch (node->op) {
  case HIR_CHECK_INDEX:
    if (a.low < 0) return;
    node->index = 1;
    if (a.high < b.low || is_below(node, first, second)) hir_substitute(node, first);
    return;
  case HIR_LIST_GET:
    node->index = a.low >= 0;
    return;
  case HIR_INT_FLOOR_DIVIDE:
  case HIR_INT_REMAINDER:
    node->index = a.low >= 0 && b.low >= 0;
    break;
  default:
    break;
  }
  if (never_leaves(node, a, b)) node->state = NULL;
}

void pass_ranges(HirFunction *function) {
  hir_find_dominators(function);
  const Intervals *intervals = intervals_find(function);
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first, *next; node; node = next) {
      next = node->next;
      visit(intervals, node);
    }
  hir_resolve_uses(function);
}
