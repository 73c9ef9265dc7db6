// Types: which kinds of Value each VALUE may be, and the shape of its cells where all have one that stays.
//
// A greatest fixpoint: phis begin with no kind at all and gain kinds from their inputs until nothing changes, so that a
// loop variable that is an int on entry and an int after each iteration is an int.
#include "jit/passes.h"

#include "runtime/object/class.h"

Shape *hir_node_stable_shape(const HirNode *node) {
  // Here `shape` says something of the input, not of the result.
  if (node->op == HIR_LOAD_SLOT || node->op == HIR_ADD_SLOT || node->op == HIR_HAS_SHAPE) return NULL;
  return node->shape && hir_shape_is_stable(node->shape) ? node->shape : NULL;
}

typedef struct Type {
  uint8_t kinds;
  Shape *shape;
} Type;

static void type_add(Type *type, const HirNode *node, uint8_t kinds) {
  if (kinds & KIND_CELL) {
    Shape *shape = hir_node_stable_shape(node);
    if (!(type->kinds & KIND_CELL))
      type->shape = shape;
    else if (type->shape != shape)
      type->shape = NULL;
  }
  type->kinds |= kinds;
}

static Type phi_type(const HirNode *phi, bool assume) {
  Type type = {0, NULL};
  const HirBlock *block = phi->block;
  for (uint32_t i = 0; i < phi->input_count; i++) {
    uint8_t kinds = phi->inputs[i]->kinds;
    if (assume && phi->data && !hir_is_back_edge(block, block->predecessors[i])) kinds = (uint8_t)phi->data;
    type_add(&type, phi->inputs[i], kinds);
  }
  return type;
}

static Type node_type(HirNode *node, bool assume) {
  Type type = {node->kinds, node->shape};
  switch (node->op) {
  case HIR_PHI:
    return phi_type(node, assume);
  case HIR_CONST:
    hir_constant_type(node->payload.value, &type.kinds, &type.shape);
    return type;
  case HIR_GUARD_IDENTITY:
    hir_constant_type(node->payload.value, &type.kinds, &type.shape);
    return type;
  case HIR_GUARD_INT:
  case HIR_BOX_INT:
    return (Type){KIND_INT, NULL};
  case HIR_GUARD_FLOAT:
  case HIR_BOX_DOUBLE:
    return (Type){KIND_FLOAT, NULL};
  case HIR_GUARD_BOOL:
  case HIR_BOX_BOOL:
    return (Type){KIND_BOOL, NULL};
  case HIR_GUARD_NONE:
    return (Type){KIND_NONE, NULL};
  case HIR_GUARD_SHAPE:
    type.kinds = KIND_CELL;
    return type;
  case HIR_GUARD_BOUND:
    type.kinds = hir_node_input(node, 0)->kinds & KIND_BOUND;
    type.shape = hir_node_stable_shape(node->inputs[0]);
    return type;
  case HIR_BOX_COMPLEX:
    return (Type){KIND_CELL, builtin_shapes[CLASS_COMPLEX]};
  case HIR_NEW_TUPLE:
    return (Type){KIND_CELL, builtin_shapes[CLASS_TUPLE]};
  case HIR_NEW_LIST:
    return (Type){KIND_CELL, builtin_shapes[CLASS_LIST]};
  case HIR_NEW_RANGE:
    return (Type){KIND_CELL, builtin_shapes[CLASS_RANGE]};
  case HIR_NEW_METHOD:
    return (Type){KIND_CELL, builtin_shapes[CLASS_METHOD]};
  case HIR_NEW_INSTANCE_DICT:
    return (Type){KIND_CELL, builtin_shapes[CLASS_DICT]};
  case HIR_NEW_FUNCTION:
    return (Type){KIND_CELL, builtin_shapes[CLASS_FUNCTION]};
  case HIR_NEW_INSTANCE:
  case HIR_ADD_SLOT:
    type.kinds = KIND_CELL;
    return type;
  default:
    return type;
  }
}

void hir_infer_types(HirFunction *function, bool assume) {
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *phi = block->first; phi && phi->op == HIR_PHI; phi = phi->next)
      if (phi->representation == HIR_VALUE) {
        phi->kinds = 0;
        phi->shape = NULL;
      }
  for (bool changed = true; changed;) {
    changed = false;
    for (HirBlock *block = function->entry; block; block = block->next)
      for (HirNode *node = block->first; node; node = node->next) {
        if (node->representation != HIR_VALUE) continue;
        Type type = node_type(node, assume);
        changed |= type.kinds != node->kinds || type.shape != node->shape;
        node->kinds = type.kinds;
        node->shape = type.shape;
      }
  }
}
