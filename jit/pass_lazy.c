// Floats that only the interpreter would need stay unboxed.
//
// A local that is assigned anew in each iteration of a loop is a phi at the loop's header, which only states use: until
// the assignment is reached, it holds the value of the iteration before, or what it held when the loop was entered. The
// latter may be anything, so the phi is a VALUE, and each iteration would box its float in case somebody leaves. Such a
// phi is taken apart into three: whether it is a float of this code, that float, and the other value. States get a
// LAZY_DOUBLE, which is boxed where they are used.
//
// Works on whole webs: phis that only states and each other use.
#include "jit/passes.h"

typedef struct Parts {
  HirNode *phi;
  HirNode *is_double, *number, *other;
  bool has_double; // some input, of this phi or of one that leads to it, is a boxed float
} Parts;

typedef struct Lazy {
  HirFunction *function;
  Parts *parts; // of the phis that are taken apart
  uint32_t count;
  HirNode *yes, *no, *zero, *nothing; // constants in the entry block
} Lazy;

enum : uint64_t { NOT_LAZY = 0 }; // HirNode.data: 1 + index among parts

static Parts *parts_of(const Lazy *lazy, const HirNode *node) {
  return node->op == HIR_PHI && node->data != NOT_LAZY ? &lazy->parts[node->data - 1] : NULL;
}

static void for_each_node(HirFunction *function, void (*visit)(Lazy *, HirNode *), Lazy *lazy) {
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next) visit(lazy, node);
}

static void take_for_lazy(Lazy *lazy, HirNode *node) {
  node->data = NOT_LAZY;
  if (node->op != HIR_PHI || node->representation != HIR_VALUE || !(node->kinds & KIND_FLOAT)) return;
  lazy->parts[lazy->count] = (Parts){.phi = node};
  node->data = ++lazy->count;
}

// A phi that an operation uses, or a phi that is no candidate, is no candidate. Gives whether anything has changed.
static bool drop_used(Lazy *lazy) {
  bool changed = false;
  for (HirBlock *block = lazy->function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next) {
      if (parts_of(lazy, node)) continue;
      for (uint32_t i = 0; i < node->input_count; i++) {
        HirNode *input = hir_node_input(node, i);
        if (input->op != HIR_PHI || input->data == NOT_LAZY) continue;
        input->data = NOT_LAZY;
        changed = true;
      }
    }
  return changed;
}

// Which candidates may hold a boxed float of this code at all?
static bool spread_doubles(Lazy *lazy) {
  bool changed = false;
  for (uint32_t i = 0; i < lazy->count; i++) {
    Parts *parts = &lazy->parts[i];
    if (parts->phi->data == NOT_LAZY || parts->has_double) continue;
    for (uint32_t j = 0; j < parts->phi->input_count && !parts->has_double; j++) {
      const HirNode *input = hir_node_input(parts->phi, j);
      const Parts *other = parts_of(lazy, input);
      parts->has_double = input->op == HIR_BOX_DOUBLE || (other && other->has_double);
      changed |= parts->has_double;
    }
  }
  return changed;
}

static HirNode *new_phi(Lazy *lazy, HirNode *phi, HirRepresentation representation) {
  HirNode *part = hir_node_new(lazy->function, HIR_PHI, phi->input_count, phi->inputs);
  part->representation = representation;
  part->kinds = representation == HIR_VALUE ? KIND_ANY : 0;
  hir_node_insert_before(part, phi);
  return part;
}

static void fill_part(Lazy *lazy, const Parts *parts) {
  for (uint32_t i = 0; i < parts->phi->input_count; i++) {
    HirNode *input = hir_node_input(parts->phi, i);
    const Parts *from = parts_of(lazy, input);
    bool is_box = input->op == HIR_BOX_DOUBLE;
    parts->is_double->inputs[i] = from ? from->is_double : is_box ? lazy->yes : lazy->no;
    parts->number->inputs[i] = from ? from->number : is_box ? hir_node_input(input, 0) : lazy->zero;
    parts->other->inputs[i] = from ? from->other : is_box ? lazy->nothing : input;
  }
}

static void take_apart(Lazy *lazy) {
  HirNode *start = hir_block_body(lazy->function->entry);
  lazy->yes = hir_insert_bool(lazy->function, start, true);
  lazy->no = hir_insert_bool(lazy->function, start, false);
  lazy->zero = hir_insert_double(lazy->function, start, 0);
  lazy->nothing = hir_insert_constant(lazy->function, start, VALUE_NONE);
  for (uint32_t i = 0; i < lazy->count; i++) {
    Parts *parts = &lazy->parts[i];
    if (parts->phi->data == NOT_LAZY) continue;
    parts->is_double = new_phi(lazy, parts->phi, HIR_BOOL);
    parts->number = new_phi(lazy, parts->phi, HIR_DOUBLE);
    parts->other = new_phi(lazy, parts->phi, HIR_VALUE);
  }
  for (uint32_t i = 0; i < lazy->count; i++)
    if (lazy->parts[i].phi->data != NOT_LAZY) fill_part(lazy, &lazy->parts[i]);
  for (uint32_t i = 0; i < lazy->count; i++) {
    Parts *parts = &lazy->parts[i];
    if (parts->phi->data == NOT_LAZY) continue;
    HirNode *whole =
        hir_node_new(lazy->function, HIR_LAZY_DOUBLE, 3, (HirNode *[]){parts->is_double, parts->number, parts->other});
    whole->kinds = KIND_ANY;
    hir_node_insert_before(whole, hir_block_body(parts->phi->block));
    hir_substitute(parts->phi, whole);
  }
}

void pass_lazy(HirFunction *function) {
  Lazy lazy = {.function = function, .parts = hir_allocate(function, (function->node_count + 1) * sizeof(Parts))};
  for_each_node(function, take_for_lazy, &lazy);
  if (lazy.count == 0) return;
  while (drop_used(&lazy)) {
  }
  while (spread_doubles(&lazy)) {
  }
  // Those without are phis like others again, and so are those that they use.
  bool any = false;
  for (uint32_t i = 0; i < lazy.count; i++) {
    if (!lazy.parts[i].has_double) lazy.parts[i].phi->data = NOT_LAZY;
    any |= lazy.parts[i].phi->data != NOT_LAZY;
  }
  while (drop_used(&lazy)) {
  }
  if (any) take_apart(&lazy);
  hir_resolve_uses(function);
}
