// The passes over HIR and what they share. passes.c has the table of passes, in the order in which they run.
//
// A pass leaves a function that hir_verify accepts. Nodes that it replaced (hir_node_replace) are out of their blocks;
// uses are brought up to date with hir_resolve_uses before the pass ends, so that the next one sees no replaced node.
#pragma once

#include "jit/hir.h"

typedef void HirPass(HirFunction *function);

HirPass pass_phis;      // phis that have one value
HirPass pass_types;     // kinds and shapes of all VALUEs; what follows from them
HirPass pass_unbox;     // phis of ints, floats and bools without boxes
HirPass pass_sink;      // boxes out of loops
HirPass pass_lazy;      // floats that only states need stay unboxed
HirPass pass_values;    // equal nodes, known memory
HirPass pass_functions; // functions that are called where they are made
HirPass pass_escape;    // cells that nobody sees
HirPass pass_lists;     // accesses to lists in parts
HirPass pass_hoist;     // what does not change in a loop
HirPass pass_bounds;    // checks of indexes that loops count through
HirPass pass_ranges;    // indexes in range, results that are small ints
HirPass pass_floats;    // checks of floats that are unboxed at once
HirPass pass_dead;      // nodes without use, needless blocks; the last: afterwards loops have no entry states

// Runs all passes. With a log: prints the function before the first and after each one.
void hir_optimize(HirFunction *function, FILE *log);

// Changing HIR (hir_edit.c)

// Brings every use up to date: inputs, registers of states, functions and instances of inlined frames.
void hir_resolve_uses(HirFunction *function);
// A node of that operation in front of `position`, inputs as given (NULL: fewer).
HirNode *hir_insert(HirFunction *function, HirNode *position, HirOp op, HirNode *input_0, HirNode *input_1);
HirNode *hir_insert_constant(HirFunction *function, HirNode *position, Value value);
HirNode *hir_insert_int(HirFunction *function, HirNode *position, int64_t number);
HirNode *hir_insert_double(HirFunction *function, HirNode *position, double number);
HirNode *hir_insert_bool(HirFunction *function, HirNode *position, bool truth);
// Removes the nodes whose results nobody needs and that do nothing else (pass_dead.c).
void hir_remove_unused(HirFunction *function);
// Takes `node` out of its block; uses mean `by`.
void hir_substitute(HirNode *node, HirNode *by);
// The edge is gone: successor forgets it, with the inputs of its phis. The predecessor's own list is not touched.
void hir_block_remove_predecessor(HirBlock *block, HirBlock *predecessor);
// Ends the block in front of `node`, which always leaves, by LEAVE; what followed is gone, edges included.
void hir_block_cut(HirFunction *function, HirNode *node);
// The BRANCH that ends the block always takes the successor with that number.
void hir_branch_decide(HirFunction *function, HirBlock *block, unsigned taken);
// `guard`, a GUARD_UNWATCHED of a cell that is not made, asks for what would end with it: `contents` in its place.
void hir_unwatch_contents(HirFunction *function, HirNode *guard, const HirNode *cell, HirNode *const *contents,
                          uint32_t count);
// The first node of the block that is no PHI.
HirNode *hir_block_body(HirBlock *block);
// Is `block` in the loop of `header` (inner loops included)? hir_find_loops must be up to date.
bool hir_in_loop(const HirBlock *block, const HirBlock *header);
// Is the edge from `predecessor` to the loop header `header` one from within the loop? Needs dominators.
static inline bool hir_is_back_edge(const HirBlock *header, const HirBlock *predecessor) {
  return hir_dominates(header, predecessor);
}
// The predecessor of a loop header from outside, if there is exactly one, else NULL. Needs dominators.
HirBlock *hir_loop_entry(const HirBlock *header);
// The block in front of a loop that has one way in (hir_loop_entry), which leads nowhere else: made where there is
// none.
HirBlock *hir_preheader(HirFunction *function, HirBlock *header);
// May guards go in front of the loop of `header`? There is a state for them, and none has failed there before.
bool hir_may_guard_at_entry(const HirBlock *header);

// Types (hir_types.c)

// The shape of all cells that a VALUE may be, if it is known and stays, else NULL.
Shape *hir_node_stable_shape(const HirNode *node);
// Finds kinds and shapes of all VALUEs as the greatest fixpoint. `assume`: phis of loop headers whose `data` is not
// zero are taken to get values of the kinds in `data` from outside the loop.
void hir_infer_types(HirFunction *function, bool assume);
// What can be said of the node more simply: another node (new ones stand in front of it) or itself. Types must be
// known.
HirNode *hir_simplify(HirFunction *function, HirNode *node);
// What an INT_COMPARE that is known to be `truth` says of its first operand against the other, if `of_first`, else of
// its second one.
HirComparison hir_comparison_said(const HirNode *comparison, bool truth, bool of_first);
// Does this guard or branch of a kind that its input cannot have always leave?
bool hir_always_leaves(const HirNode *node);

// Memory (hir_memory.c)

// The node whose value this one passes on (guards give their input, ADD_SLOT its object).
HirNode *hir_identity(HirNode *node);
// May `writer` change what `reader` (a node with READS flags) reads?
bool hir_may_change(const HirNode *writer, const HirNode *reader);
// Do both, as objects, surely differ?
bool hir_surely_differ(HirNode *a, HirNode *b);
// Byte offset of the field that LOAD_FIELD, STORE_FIELD or LOAD_SLOT is about; -1: not in the cell itself.
int64_t hir_field_offset(const HirNode *node);
// May the node (which writes nothing) run where its inputs are there, but not what was checked in front of it?
bool hir_may_speculate(const HirNode *node);
