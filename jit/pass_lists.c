// Takes accesses to lists apart while there is one thread: the count and the items cell are read, the index is checked,
// the item is read or written. The first two change only where a list grows or shrinks, so they move out of loops and
// are read once.
#include "jit/passes.h"

#include "runtime/thread/thread.h"

static HirNode *items_of(HirFunction *function, HirNode *node) {
  HirNode *items = hir_insert(function, node, HIR_LIST_ITEMS, node->inputs[0], NULL);
  items->kinds = KIND_CELL | KIND_UNBOUND;
  return items;
}

static HirNode *checked_index(HirFunction *function, HirNode *node) {
  HirNode *count = hir_insert(function, node, HIR_LIST_COUNT, node->inputs[0], NULL);
  HirNode *index = hir_insert(function, node, HIR_CHECK_INDEX, node->inputs[1], count);
  index->index = node->op == HIR_LIST_GET ? node->index : 0;
  index->state = node->state;
  return index;
}

void pass_lists(HirFunction *function) {
  if (threads_started) return;
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first, *next; node; node = next) {
      next = node->next;
      if (node->op == HIR_LIST_GET) {
        HirNode *index = checked_index(function, node);
        HirNode *item = hir_insert(function, node, HIR_ITEMS_GET, items_of(function, node), index);
        item->kinds = node->kinds;
        item->shape = node->shape;
        hir_substitute(node, item);
      } else if (node->op == HIR_LIST_SET) {
        HirNode *index = checked_index(function, node);
        HirNode *inputs[] = {items_of(function, node), index, node->inputs[2]};
        hir_node_insert_before(hir_node_new(function, HIR_ITEMS_SET, 3, inputs), node);
        hir_node_remove(node);
      }
    }
  hir_resolve_uses(function);
}
