// Between which bounds each INT lies. See intervals.h.
//
// An ascending fixpoint: every INT begins without values, and phis of loops that keep growing are taken to the end of
// what small ints there are. Then a few rounds more bring them back to what the loops' conditions allow. Results are
// those of operations that have not left, so no bound is beyond the small ints.
#include "jit/intervals.h"

#include "jit/passes.h"

enum : int64_t { COUNT_MAX = (int64_t)1 << 48 }; // no container has more items
enum { GROWING_ROUNDS = 3, CONDITIONS = 24, ROUNDS_MAX = 12, SHRINKING_ROUNDS = 2 };

static const Interval nothing = {SMALL_INT_MAX, SMALL_INT_MIN};
static const Interval everything = {SMALL_INT_MIN, SMALL_INT_MAX};

// A comparison that holds, or does not, in all blocks that `block` dominates; the next one that dominates it.
typedef struct Condition Condition;
struct Condition {
  const Condition *outer;
  const HirNode *comparison;
  bool truth;
};

struct Intervals {
  Interval *of;                 // by node id
  const Condition **conditions; // by order of the block: the innermost that holds in it
  bool *compared;               // by node id: is it compared with anything?
};

static bool is_nothing(Interval a) {
  return a.low > a.high;
}
static Interval join(Interval a, Interval b) {
  return (Interval){a.low < b.low ? a.low : b.low, a.high > b.high ? a.high : b.high};
}
static Interval meet(Interval a, Interval b) {
  return (Interval){a.low > b.low ? a.low : b.low, a.high < b.high ? a.high : b.high};
}

typedef __int128 Wide;
static Interval clamp(Wide low, Wide high) {
  Interval result = everything;
  if (low > result.low) result.low = low > SMALL_INT_MAX ? SMALL_INT_MAX : (int64_t)low;
  if (high < result.high) result.high = high < SMALL_INT_MIN ? SMALL_INT_MIN : (int64_t)high;
  return result;
}

// Conditions

static Interval allowed(HirComparison said, Interval other) {
  if (is_nothing(other)) return everything;
  switch (said) {
  case HIR_LESS:
    return clamp(SMALL_INT_MIN, (Wide)other.high - 1);
  case HIR_LESS_EQUAL:
    return clamp(SMALL_INT_MIN, other.high);
  case HIR_GREATER:
    return clamp((Wide)other.low + 1, SMALL_INT_MAX);
  case HIR_GREATER_EQUAL:
    return clamp(other.low, SMALL_INT_MAX);
  case HIR_EQUAL:
    return other;
  default:
    return everything;
  }
}

static void add_condition(HirFunction *function, const Condition **chain, const HirNode *truth, bool holds) {
  if (truth->op == HIR_NOT) {
    add_condition(function, chain, truth->inputs[0], !holds);
  } else if (truth->op == HIR_BOOL_AND && holds) {
    add_condition(function, chain, truth->inputs[0], true);
    add_condition(function, chain, truth->inputs[1], true);
  } else if (truth->op == HIR_INT_COMPARE) {
    Condition *condition = hir_allocate(function, sizeof *condition);
    *condition = (Condition){*chain, truth, holds};
    *chain = condition;
  }
}

static void find_conditions(HirFunction *function, Intervals *intervals) {
  for (HirBlock *block = function->entry; block; block = block->next) {
    const Condition *chain = block->dominator ? intervals->conditions[block->dominator->order] : NULL;
    const HirBlock *before = block->predecessor_count == 1 ? block->predecessors[0] : NULL;
    if (before && before->last->op == HIR_BRANCH && before->successors[0] != before->successors[1])
      add_condition(function, &chain, before->last->inputs[0], before->successors[0] == block);
    intervals->conditions[block->order] = chain;
  }
}

Interval interval_of(const Intervals *intervals, const HirNode *node, const HirBlock *block) {
  Interval result = intervals->of[node->id];
  if (node->op == HIR_INT_CONST || !intervals->compared[node->id]) return result;
  const Condition *condition = intervals->conditions[block->order];
  for (unsigned i = 0; condition && i < CONDITIONS; i++, condition = condition->outer) {
    const HirNode *a = condition->comparison->inputs[0], *b = condition->comparison->inputs[1];
    if (a == b || (a != node && b != node)) continue;
    HirComparison said = hir_comparison_said(condition->comparison, condition->truth, a == node);
    Interval narrower = meet(result, allowed(said, intervals->of[a == node ? b->id : a->id]));
    if (!is_nothing(narrower)) result = narrower; // what cannot be reached says nothing
  }
  return result;
}

// Operations

static int64_t ones_for(int64_t number) {
  return number == 0 ? 0 : (int64_t)(UINT64_MAX >> __builtin_clzll((uint64_t)number));
}
static int64_t floor_divide(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}
static int64_t magnitude(Interval a) {
  int64_t low = a.low < 0 ? -a.low : a.low, high = a.high < 0 ? -a.high : a.high;
  return low > high ? low : high;
}

static Interval multiply(Interval a, Interval b) {
  Wide products[] = {(Wide)a.low * b.low, (Wide)a.low * b.high, (Wide)a.high * b.low, (Wide)a.high * b.high};
  Wide low = products[0], high = products[0];
  for (int i = 1; i < 4; i++) {
    if (products[i] < low) low = products[i];
    if (products[i] > high) high = products[i];
  }
  return clamp(low, high);
}

static Interval divide(Interval a, Interval b) {
  if (b.low == b.high && b.low > 0) return (Interval){floor_divide(a.low, b.low), floor_divide(a.high, b.low)};
  if (a.low >= 0 && b.low >= 0) return (Interval){0, a.high};
  return clamp(-(Wide)magnitude(a) - 1, magnitude(a));
}

static Interval remainder_of(Interval a, Interval b) {
  if (b.low > 0) return (Interval){0, a.low >= 0 && a.high < b.high ? a.high : b.high - 1};
  if (b.low >= 0 && a.low >= 0) return (Interval){0, a.high};
  if (b.low >= 0) return (Interval){0, b.high > 0 ? b.high - 1 : 0};
  return (Interval){b.low + 1, b.high > 0 ? b.high - 1 : 0};
}

static Interval bitwise(HirOp op, Interval a, Interval b) {
  bool both = a.low >= 0 && b.low >= 0;
  if (op == HIR_INT_AND) {
    if (both) return (Interval){0, a.high < b.high ? a.high : b.high};
    if (a.low >= 0 || b.low >= 0) return (Interval){0, a.low >= 0 ? a.high : b.high};
    return everything;
  }
  return both ? (Interval){0, ones_for(a.high > b.high ? a.high : b.high)} : everything;
}

static Interval shift_left(Interval a, Interval count) {
  if (count.low < 0 || count.high > 60) return a.low >= 0 ? (Interval){0, SMALL_INT_MAX} : everything;
  return multiply(a, (Interval){(int64_t)1 << count.low, (int64_t)1 << count.high});
}
static Interval shift_right(Interval a, Interval count) {
  if (count.low < 0) count.low = 0;
  int64_t least = count.low > 63 ? 63 : count.low, most = count.high > 63 ? 63 : count.high;
  if (most < least) most = least;
  return (Interval){a.low < 0 ? a.low >> least : a.low >> most, a.high < 0 ? a.high >> most : a.high >> least};
}

static Interval of_two(const HirNode *node, Interval a, Interval b) {
  switch (node->op) {
  case HIR_INT_ADD:
    return clamp((Wide)a.low + b.low, (Wide)a.high + b.high);
  case HIR_INT_SUBTRACT:
    return clamp((Wide)a.low - b.high, (Wide)a.high - b.low);
  case HIR_INT_MULTIPLY:
    return multiply(a, b);
  case HIR_INT_FLOOR_DIVIDE:
    return divide(a, b);
  case HIR_INT_REMAINDER:
    return remainder_of(a, b);
  case HIR_INT_LEFT_SHIFT:
    return shift_left(a, b);
  case HIR_INT_RIGHT_SHIFT:
    return shift_right(a, b);
  case HIR_CHECK_INDEX:
    return (Interval){a.low > 0 ? a.low : 0, a.low >= 0 && a.high < b.high ? a.high : b.high - 1};
  default:
    return bitwise(node->op, a, b);
  }
}

static bool has_two(HirOp op) {
  switch (op) {
  case HIR_INT_ADD:
  case HIR_INT_SUBTRACT:
  case HIR_INT_MULTIPLY:
  case HIR_INT_FLOOR_DIVIDE:
  case HIR_INT_REMAINDER:
  case HIR_INT_LEFT_SHIFT:
  case HIR_INT_RIGHT_SHIFT:
  case HIR_INT_AND:
  case HIR_INT_OR:
  case HIR_INT_XOR:
  case HIR_CHECK_INDEX:
    return true;
  default:
    return false;
  }
}

static Interval of_phi(const Intervals *intervals, const HirNode *phi) {
  Interval result = nothing;
  for (uint32_t i = 0; i < phi->input_count; i++)
    result = join(result, interval_of(intervals, phi->inputs[i], phi->block->predecessors[i]));
  return result;
}

static Interval of_node(const Intervals *intervals, const HirNode *node) {
  if (node->op == HIR_PHI) return of_phi(intervals, node);
  if (node->op == HIR_INT_CONST) return (Interval){node->payload.number, node->payload.number};
  if (node->op == HIR_LIST_COUNT || node->op == HIR_TUPLE_COUNT) return (Interval){0, COUNT_MAX};
  if (node->op == HIR_RANGE_NEXT) return node->index ? (Interval){0, SMALL_INT_MAX - 1} : everything;
  if (!has_two(node->op) && node->op != HIR_INT_NEGATIVE && node->op != HIR_INT_INVERT) return everything;
  Interval a = interval_of(intervals, node->inputs[0], node->block);
  if (is_nothing(a)) return nothing;
  if (node->op == HIR_INT_NEGATIVE) return clamp(-(Wide)a.high, -(Wide)a.low);
  if (node->op == HIR_INT_INVERT) return (Interval){~a.high, ~a.low};
  Interval b = interval_of(intervals, node->inputs[1], node->block);
  return is_nothing(b) ? nothing : of_two(node, a, b);
}

static Interval widened(Interval former, Interval now) {
  if (is_nothing(former)) return now;
  if (now.low < former.low) now.low = now.low >= 0 ? 0 : SMALL_INT_MIN;
  if (now.high > former.high) now.high = SMALL_INT_MAX;
  return now;
}

static bool visit_all(HirFunction *function, Intervals *intervals, unsigned round, bool grows) {
  bool changed = false;
  for (HirBlock *block = function->entry; block; block = block->next)
    for (const HirNode *node = block->first; node; node = node->next) {
      if (node->representation != HIR_INT) continue;
      Interval *interval = &intervals->of[node->id], now = of_node(intervals, node);
      if (grows && node->op == HIR_PHI && !is_nothing(*interval)) {
        now = join(now, *interval);
        if (round >= GROWING_ROUNDS) now = widened(*interval, now);
      }
      changed |= now.low != interval->low || now.high != interval->high;
      *interval = now;
    }
  return changed;
}

// Everything may be anything: where no fixpoint was found in time.
static void give_up(HirFunction *function, Intervals *intervals) {
  for (uint32_t i = 0; i <= function->node_count; i++) intervals->of[i] = everything;
}

Intervals *intervals_find(HirFunction *function) {
  uint32_t nodes = function->node_count + 1, blocks = function->last_block->order + 1;
  Intervals *intervals = hir_allocate(function, sizeof *intervals);
  *intervals = (Intervals){.of = hir_allocate(function, nodes * sizeof(Interval)),
                           .conditions = hir_allocate(function, blocks * sizeof(Condition *)),
                           .compared = hir_allocate(function, nodes)};
  for (uint32_t i = 0; i < nodes; i++) intervals->of[i] = nothing;
  for (HirBlock *block = function->entry; block; block = block->next)
    for (const HirNode *node = block->first; node; node = node->next)
      if (node->op == HIR_INT_COMPARE)
        intervals->compared[node->inputs[0]->id] = intervals->compared[node->inputs[1]->id] = true;
  find_conditions(function, intervals);
  unsigned round = 0;
  while (visit_all(function, intervals, round, true))
    if (++round == ROUNDS_MAX) {
      give_up(function, intervals);
      return intervals;
    }
  for (round = 0; round < SHRINKING_ROUNDS; round++) visit_all(function, intervals, round, false);
  return intervals;
}
