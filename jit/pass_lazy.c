// Floats that only the interpreter would need stay unboxed.
//
// A local that is assigned anew in each iteration of a loop is a phi at the loop's header, which only states use: until
// the assignment is reached, it holds the value of the iteration before, or what it held when the loop was entered. The
// latter may be anything, so the phi is a VALUE, and each iteration would box its float in case somebody leaves. Such a
// phi is taken apart into three: whether it is a float of this code, that float, and the other value. States get a
// LAZY_DOUBLE, which is boxed where they are used.
//
// A sum that begins with the int 0 and then adds floats is such a phi, too, if all that it may hold in place of a float
// is a constant int: what asks for its number as a double gets the second part, and what uses it behind the loop gets a
// LAZY_DOUBLE of its own there.
//
// Works on whole webs: phis that only states, each other, and those use.
#include "jit/passes.h"

typedef struct Parts {
  HirNode *phi;
  HirNode *is_double, *number, *other;
  bool has_double; // some input, of this phi or of one that leads to it, is a boxed float
  bool is_number;  // all others are constant ints that are exact as floats
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
  bool may_be_number = (node->kinds & ~(KIND_INT | KIND_FLOAT)) == 0;
  lazy->parts[lazy->count] = (Parts){.phi = node, .is_number = may_be_number};
  node->data = ++lazy->count;
}

static bool is_exact_int(const HirNode *node) {
  Value constant = node->op == HIR_CONST ? node->payload.value : NULL;
  return constant && value_is_small_int(constant) && hir_is_exact_double(constant);
}
static bool find_numbers(Lazy *lazy) {
  bool changed = false;
  for (uint32_t i = 0; i < lazy->count; i++) {
    Parts *parts = &lazy->parts[i];
    for (uint32_t j = 0; parts->is_number && j < parts->phi->input_count; j++) {
      const HirNode *input = hir_node_input(parts->phi, j);
      const Parts *other = parts_of(lazy, input);
      parts->is_number = other ? other->is_number : input->op == HIR_BOX_DOUBLE || is_exact_int(input);
      changed |= !parts->is_number;
    }
  }
  return changed;
}

// Does input `number` of `user` use the phi behind the innermost loop around that?
static bool is_behind_loop(const HirNode *phi, const HirNode *user, uint32_t number) {
  const HirBlock *loop = phi->block->loop_header;
  const HirBlock *block = user->op == HIR_PHI ? user->block->predecessors[number] : user->block;
  const HirBlock *around = block->loop_header;
  while (around && around != loop) around = around->outer_loop;
  return loop && !around;
}
static bool may_use(const Parts *parts, const HirNode *user, uint32_t number) {
  return parts->is_number &&
         (user->op == HIR_NUMBER_TO_DOUBLE || user->op == HIR_IS_INT || is_behind_loop(parts->phi, user, number));
}

// A phi that an operation uses, or a phi that is no candidate, is no candidate. Gives whether anything has changed.
static bool drop_used(Lazy *lazy) {
  bool changed = false;
  for (HirBlock *block = lazy->function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next) {
      if (parts_of(lazy, node)) continue;
      for (uint32_t i = 0; i < node->input_count; i++) {
        HirNode *input = hir_node_input(node, i);
        const Parts *parts = parts_of(lazy, input);
        if (!parts || may_use(parts, node, i)) continue;
        input->data = NOT_LAZY;
        changed = true;
      }
    }
  return changed;
}
static void drop_all_used(Lazy *lazy) {
  do {
    while (find_numbers(lazy)) {
    }
  } while (drop_used(lazy));
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

// What stands for the input in the part that is no float's.
static HirNode *other_of(Lazy *lazy, const Parts *parts, HirNode *input) {
  if (input->op != HIR_BOX_DOUBLE) return input;
  // Of a float nobody asks: then the same as elsewhere.
  for (uint32_t i = 0; parts->is_number && i < parts->phi->input_count; i++) {
    HirNode *other = hir_node_input(parts->phi, i);
    if (!is_exact_int(other)) continue;
    if (other->block == lazy->function->entry) return other;
    return hir_insert_constant(lazy->function, hir_block_body(lazy->function->entry), other->payload.value);
  }
  return lazy->nothing;
}
static HirNode *number_of(Lazy *lazy, const Parts *parts, HirNode *input) {
  if (input->op == HIR_BOX_DOUBLE) return hir_node_input(input, 0);
  if (!parts->is_number) return lazy->zero;
  return hir_insert_double(lazy->function, hir_block_body(lazy->function->entry),
                           (double)value_small_int(input->payload.value));
}

static void fill_part(Lazy *lazy, const Parts *parts) {
  for (uint32_t i = 0; i < parts->phi->input_count; i++) {
    HirNode *input = hir_node_input(parts->phi, i);
    const Parts *from = parts_of(lazy, input);
    bool is_box = input->op == HIR_BOX_DOUBLE;
    parts->is_double->inputs[i] = from ? from->is_double : is_box ? lazy->yes : lazy->no;
    parts->number->inputs[i] = from ? from->number : number_of(lazy, parts, input);
    parts->other->inputs[i] = from ? from->other : other_of(lazy, parts, input);
  }
}

static HirNode *insert_whole(Lazy *lazy, const Parts *parts, HirNode *position) {
  HirNode *inputs[] = {parts->is_double, parts->number, parts->other};
  HirNode *whole = hir_node_new(lazy->function, HIR_LAZY_DOUBLE, 3, inputs);
  whole->kinds = parts->is_number ? KIND_INT | KIND_FLOAT : KIND_ANY;
  hir_node_insert_before(whole, position);
  return whole;
}

// Operations that use phis which are taken apart.
static void use_parts(Lazy *lazy, HirNode *user) {
  if (parts_of(lazy, user)) return;
  for (uint32_t i = 0; i < user->input_count; i++) {
    const Parts *parts = parts_of(lazy, hir_node_input(user, i));
    if (!parts) continue;
    if (user->op == HIR_NUMBER_TO_DOUBLE)
      hir_substitute(user, parts->number);
    else if (user->op == HIR_IS_INT)
      hir_substitute(user, hir_insert(lazy->function, user, HIR_NOT, parts->is_double, NULL));
    else
      user->inputs[i] = insert_whole(lazy, parts, user->op == HIR_PHI ? user->block->predecessors[i]->last : user);
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
  for (HirBlock *block = lazy->function->entry; block; block = block->next)
    for (HirNode *node = block->first, *next; node; node = next) {
      next = node->next;
      use_parts(lazy, node);
    }
  for (uint32_t i = 0; i < lazy->count; i++) {
    Parts *parts = &lazy->parts[i];
    if (parts->phi->data == NOT_LAZY) continue;
    hir_substitute(parts->phi, insert_whole(lazy, parts, hir_block_body(parts->phi->block)));
  }
}

void pass_lazy(HirFunction *function) {
  hir_find_loops(function);
  Lazy lazy = {.function = function, .parts = hir_allocate(function, (function->node_count + 1) * sizeof(Parts))};
  for_each_node(function, take_for_lazy, &lazy);
  if (lazy.count == 0) return;
  drop_all_used(&lazy);
  while (spread_doubles(&lazy)) {
  }
  // Those without are phis like others again, and so are those that they use.
  bool any = false;
  for (uint32_t i = 0; i < lazy.count; i++) {
    if (!lazy.parts[i].has_double) lazy.parts[i].phi->data = NOT_LAZY;
    any |= lazy.parts[i].phi->data != NOT_LAZY;
  }
  drop_all_used(&lazy);
  if (any) take_apart(&lazy);
  hir_resolve_uses(function);
}
