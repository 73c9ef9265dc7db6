// What nodes may do to memory that other nodes read. See the flags in hir.h; here is what is known beyond them: which
// objects surely differ, which fields a store is about.
#include "jit/passes.h"

HirNode *hir_identity(HirNode *node) {
  node = hir_resolve(node);
  while (hir_is_value_guard(node) || node->op == HIR_ADD_SLOT) node = hir_resolve(node->inputs[0]);
  return node;
}

static bool is_allocation(const HirNode *node) {
  return (hir_node_flags(node) & HIR_ALLOCATES) != 0;
}

// The class of all cells that the VALUE may be, if it is known: from the guards it has gone through.
static const Class *known_class(HirNode *node) {
  for (;; node = node->inputs[0]) {
    node = hir_resolve(node);
    bool says_input = node->op == HIR_LOAD_SLOT || node->op == HIR_HAS_SHAPE;
    if (node->shape && !says_input) return node->shape->class;
    switch (node->op) {
    case HIR_GUARD_IDENTITY:
    case HIR_GUARD_BOUND:
      continue;
    default:
      return NULL;
    }
  }
}

// Did the cell exist when the function was entered?
static bool is_older(const HirNode *node) {
  return node->op == HIR_CONST || (node->op == HIR_LOAD_REGISTER && node->input_count == 0);
}

bool hir_surely_differ(HirNode *a, HirNode *b) {
  HirNode *object_a = hir_identity(a), *object_b = hir_identity(b);
  if (object_a == object_b) return false;
  if (object_a->op == HIR_LIST_ITEMS && object_b->op == HIR_LIST_ITEMS)
    return hir_surely_differ(object_a->inputs[0], object_b->inputs[0]);
  const Class *class_a = known_class(a), *class_b = known_class(b);
  if (class_a && class_b && class_a != class_b) return true;
  if (object_a->op == HIR_CONST && object_b->op == HIR_CONST) return object_a->payload.value != object_b->payload.value;
  return (is_allocation(object_a) && (is_allocation(object_b) || is_older(object_b))) ||
         (is_allocation(object_b) && is_older(object_a));
}

int64_t hir_field_offset(const HirNode *node) {
  if (node->op != HIR_LOAD_SLOT) return node->payload.number;
  const Shape *shape = node->shape;
  if (node->index >= shape->inline_capacity) return -1;
  return shape->attributes_offset + (int64_t)sizeof(Value) * (1 + (int64_t)node->index);
}

static bool store_field_changes(const HirNode *store, const HirNode *reader) {
  if (reader->op != HIR_LOAD_FIELD && reader->op != HIR_LOAD_SLOT) return true;
  int64_t offset = hir_field_offset(reader);
  if (offset >= 0 && offset != store->payload.number) return false;
  return !hir_surely_differ(store->inputs[0], reader->inputs[0]);
}

// ADD_SLOT gives one object, which has the shape `shape`, another shape and a new attribute.
static bool add_slot_changes(const HirNode *add, const HirNode *reader) {
  switch (reader->op) {
  case HIR_GUARD_SHAPE: // holds when this is asked: then it is another object if its shape is another
    return reader->shape == add->shape && !hir_surely_differ(add->inputs[0], reader->inputs[0]);
  case HIR_HAS_SHAPE:
    return !hir_surely_differ(add->inputs[0], reader->inputs[0]);
  case HIR_GUARD_VALID:
  case HIR_GUARD_VERSION:
  case HIR_GUARD_CLASS_VERSION:
  case HIR_LOAD_SLOT: // an attribute that there was before
    return false;
  case HIR_LOAD_FIELD:
    return !hir_surely_differ(add->inputs[0], reader->inputs[0]);
  default:
    return true;
  }
}

// LIST_SET and ITEMS_SET change one item.
static bool list_set_changes(const HirNode *set, const HirNode *reader) {
  if (reader->op == HIR_LIST_COUNT || reader->op == HIR_LIST_ITEMS) return false;
  if (reader->op != (set->op == HIR_LIST_SET ? HIR_LIST_GET : HIR_ITEMS_GET)) return true;
  const HirNode *a = hir_resolve(set->inputs[1]), *b = hir_resolve(reader->inputs[1]);
  bool both_constant = a->op == HIR_INT_CONST && b->op == HIR_INT_CONST;
  // A negative index may mean the same item as another one.
  bool other_item =
      both_constant && a->payload.number >= 0 && b->payload.number >= 0 && a->payload.number != b->payload.number;
  return !other_item && !hir_surely_differ(set->inputs[0], reader->inputs[0]);
}

bool hir_may_change(const HirNode *writer, const HirNode *reader) {
  if (!(hir_node_writes(writer) & (hir_node_flags(reader) & HIR_READS) << 4)) return false;
  switch (writer->op) {
  case HIR_STORE_FIELD:
    return store_field_changes(writer, reader);
  case HIR_ADD_SLOT:
    return add_slot_changes(writer, reader);
  case HIR_LIST_SET:
  case HIR_ITEMS_SET:
    return list_set_changes(writer, reader);
  default:
    return true;
  }
}

// Is it certain, whatever has been checked before, that the input is a cell of a kind that the node may read?
static bool reads_known_cell(const HirNode *node) {
  const HirNode *value = node->inputs[0];
  return value->kinds == KIND_CELL && hir_node_stable_shape(value);
}

bool hir_may_speculate(const HirNode *node) {
  switch (node->op) {
  case HIR_UNBOX_DOUBLE:
    return node->inputs[0]->kinds == KIND_FLOAT;
  case HIR_LOAD_FIXED:
  case HIR_LOAD_FIELD:
    return node->inputs[0]->op == HIR_CONST || (node->inputs[0]->kinds == KIND_CELL && node->inputs[0]->shape);
  case HIR_LOAD_SLOT: {
    const HirNode *object = node->inputs[0];
    return (object->op == HIR_GUARD_SHAPE || object->op == HIR_NEW_INSTANCE) && object->shape == node->shape;
  }
  case HIR_TUPLE_COUNT:
  case HIR_LIST_COUNT:
  case HIR_LIST_ITEMS:
  case HIR_LIST_GET:
    return reads_known_cell(node);
  case HIR_ITEMS_GET: // by an index that has been checked, whatever else has
    return node->inputs[0]->op == HIR_LIST_ITEMS && node->inputs[1]->op == HIR_CHECK_INDEX;
  case HIR_TUPLE_GET: // without a state: nor is the index checked
    return node->state && reads_known_cell(node);
  case HIR_GUARD_NATIVE:
  case HIR_GUARD_PRIVATE:
  case HIR_GUARD_ASCENDING:
    return reads_known_cell(node);
  case HIR_GUARD_VERSION:
  case HIR_GUARD_CLASS_VERSION:
    return node->inputs[0]->op == HIR_CONST || reads_known_cell(node);
  default:
    return (hir_node_flags(node) & (HIR_PURE | HIR_LEAVES)) != 0;
  }
}
