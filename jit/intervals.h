// Between which bounds the INTs of a function lie: an analysis for passes that drop checks.
#pragma once

#include "jit/hir.h"

typedef struct Interval {
  int64_t low, high; // both included, unscaled
} Interval;
typedef struct Intervals Intervals;

// Of the function as it is. Dominators must be up to date.
Intervals *intervals_find(HirFunction *function);
// Of an INT that was there when they were found, as seen in `block`: conditions that lead there count.
Interval interval_of(const Intervals *intervals, const HirNode *node, const HirBlock *block);
