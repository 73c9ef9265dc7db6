// The builder's frame: basic blocks of the bytecode, the registers' nodes along them, states, and the walk over
// instructions. See build.h.
#include "jit/build_internal.h"

#include "runtime/object/float.h"
#include <string.h>

// States

static uint32_t live_registers(const Code *code, uint32_t at) {
  uint32_t low = 0, high = code->live_count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (code->live_ranges[middle].start <= at)
      low = middle + 1;
    else
      high = middle;
  }
  uint32_t live = low > 0 ? code->live_ranges[low - 1].live : 0;
  uint32_t named = code_named_count(code);
  // What is said of a YIELD holds while it is suspended, when what it yields has gone.
  Instruction word = build_load_word(code, at);
  if (opcode_base[word & 0xff] == OP_YIELD && live <= instruction_b(word)) live = instruction_b(word) + 1;
  return live > named ? live : named;
}

HirState *build_state_at(Builder *builder, uint32_t word) {
  CodeScope *scope = builder->scope;
  uint32_t count = scope->frame->base + live_registers(scope->code, word);
  HirState *state = hir_allocate(builder->function, sizeof *state + count * sizeof(HirNode *));
  state->frame = scope->frame;
  state->word = word;
  state->count = count;
  state->failures = profile_leaves(scope->code, word);
  state->id = builder->function->state_count++;
  memcpy(state->registers, builder->registers, count * sizeof(HirNode *));
  return state;
}
static HirState *state_before(Builder *builder) {
  if (!builder->state) builder->state = build_state_at(builder, builder->word);
  return builder->state;
}

void fix_state(Builder *builder) {
  state_before(builder);
}

void set_register(Builder *builder, uint32_t number, HirNode *value) {
  builder->registers[builder->scope->frame->base + number] = value;
}

HirNode **save_registers(Builder *builder) {
  HirNode **saved = hir_allocate(builder->function, (builder->scope->extent + 1) * sizeof *saved);
  memcpy(saved, builder->registers, builder->scope->extent * sizeof *saved);
  return saved;
}
void restore_registers(Builder *builder, HirNode *const *saved) {
  memcpy(builder->registers, saved, builder->scope->extent * sizeof *saved);
}
void replace_in_registers(Builder *builder, HirNode *value, HirNode *by) {
  for (uint32_t i = 0; i < builder->scope->extent; i++)
    if (builder->registers[i] == value) builder->registers[i] = by;
}

// Emitting

HirNode *emit(Builder *builder, HirOp op, uint32_t count, HirNode *const *inputs) {
  HirNode *node = hir_node_new(builder->function, op, count, inputs);
  uint32_t flags = hir_op_infos[op].flags;
  if (flags & (HIR_LEAVES | HIR_CALLS)) node->state = state_before(builder);
  if (flags & (HIR_CALLS | HIR_WRITES_SHAPES)) builder_new_epoch(builder);
  hir_node_append(builder->block, node);
  if (flags & HIR_CALLS && op != HIR_CALL_RUNTIME) build_catch(builder, node);
  return node;
}
HirNode *emit_0(Builder *builder, HirOp op) {
  return emit(builder, op, 0, NULL);
}
HirNode *emit_1(Builder *builder, HirOp op, HirNode *a) {
  return emit(builder, op, 1, &a);
}
HirNode *emit_2(Builder *builder, HirOp op, HirNode *a, HirNode *b) {
  return emit(builder, op, 2, (HirNode *[]){a, b});
}
HirNode *emit_3(Builder *builder, HirOp op, HirNode *a, HirNode *b, HirNode *c) {
  return emit(builder, op, 3, (HirNode *[]){a, b, c});
}

static HirNode *constant_new(Builder *builder, Value value) {
  HirNode *node = hir_node_new(builder->function, HIR_CONST, 0, NULL);
  node->payload.value = value;
  hir_constant_type(value, &node->kinds, &node->shape);
  return node;
}
HirNode *emit_constant(Builder *builder, Value value) {
  HirNode *node = constant_new(builder, value);
  hir_node_append(builder->block, node);
  return node;
}
HirNode *emit_int(Builder *builder, int64_t number) {
  HirNode *node = emit_0(builder, HIR_INT_CONST);
  node->payload.number = number;
  return node;
}
HirNode *emit_field(Builder *builder, HirNode *cell, size_t offset) {
  HirNode *node = emit_1(builder, HIR_LOAD_FIELD, cell);
  node->payload.number = (int64_t)offset;
  node->kinds = KIND_ANY;
  return node;
}

HirNode *emit_runtime(Builder *builder, RuntimeFunction which, uint32_t count, HirNode *const *inputs) {
  const HirRuntime *runtime_function = &runtime_functions[which];
  HirNode *node = emit(builder, runtime_function_op(which), count, inputs);
  node->payload.pointer = runtime_function;
  node->representation = runtime_function->result;
  if (node->representation != HIR_VALUE) node->kinds = 0;
  if (node->op == HIR_CALL_RUNTIME) build_catch(builder, node);
  return node;
}

void emit_recheck(Builder *builder) {
  HirNode *node = emit_0(builder, HIR_RECHECK);
  node->state = build_state_at(builder, builder->next_word);
}

void emit_leave(Builder *builder) {
  if (!builder->block) return;
  emit_0(builder, HIR_LEAVE);
  builder->block = NULL;
}

void emit_leave_for_good(Builder *builder) {
  emit_0(builder, HIR_LEAVE_FOR_GOOD);
  builder->block = NULL;
}

static HirNode *reload_register(Builder *builder, HirNode *step, uint32_t number) {
  HirNode *node = emit_1(builder, HIR_LOAD_REGISTER, step);
  node->index = builder->scope->frame->base + number;
  node->kinds = KIND_ANY;
  set_register(builder, number, node);
  return node;
}

// The exact class of what an instruction makes.
static Shape *made_shape(unsigned base) {
  switch (base) {
  case OP_BUILD_SLICE:
    return SHAPE(SLICE);
  case OP_BUILD_DICT:
    return SHAPE(DICT);
  case OP_BUILD_SET:
    return SHAPE(SET);
  case OP_BUILD_LIST:
    return SHAPE(LIST);
  case OP_BUILD_TUPLE:
  case OP_LIST_TO_TUPLE:
    return SHAPE(TUPLE);
  case OP_BUILD_STRING:
    return SHAPE(STR);
  case OP_MAKE_FUNCTION:
    return SHAPE(FUNCTION);
  default:
    return NULL;
  }
}

// Does the instruction take a value out of a namespace? Then the interpreter executes it while anything is watched.
static bool lets_go(unsigned base) {
  switch (base) {
  case OP_STORE_NAME:
  case OP_DELETE_NAME:
  case OP_STORE_GLOBAL:
  case OP_DELETE_GLOBAL:
    return true;
  default:
    return false;
  }
}

void emit_step(Builder *builder) {
  if (!runtime_operation(opcode_base[builder->instruction & 0xff])) {
    emit_leave_for_good(builder);
    return;
  }
  Instruction word = builder->instruction;
  unsigned base = opcode_base[word & 0xff];
  uint32_t a = instruction_a(word);
  if (lets_go(base)) emit(builder, HIR_GUARD_UNWATCHED, 0, NULL);
  if (base == OP_POP_HANDLED) emit_1(builder, HIR_GUARD_UNWATCHED, emit_0(builder, HIR_HANDLED));
  if (base == OP_STORE_ATTRIBUTE) emit_1(builder, HIR_GUARD_UNWATCHED, operand_a(builder));
  HirNode *step = emit_0(builder, HIR_STEP);
  switch (opcode_information[base].a) {
  case OPERAND_DEST:
  case OPERAND_UPDATE: {
    HirNode *result = reload_register(builder, step, a);
    if (made_shape(base)) {
      result->kinds = KIND_CELL;
      result->shape = made_shape(base);
    }
    break;
  }
  case OPERAND_DESTS:
    for (uint32_t i = 0; i < build_written_count(word); i++) reload_register(builder, step, a + i);
    break;
  default:
    break;
  }
  emit_recheck(builder);
}

// Guards

HirNode *strip_guards(HirNode *node) {
  while (hir_is_value_guard(node)) node = node->inputs[0];
  return node;
}

// From now on registers that hold `value` hold `refined`, the same value with a narrower type.
static HirNode *refine(Builder *builder, HirNode *value, HirNode *refined) {
  replace_in_registers(builder, value, refined);
  return refined;
}

HirNode *guard_shape(Builder *builder, HirNode *value, Shape *shape) {
  if (node_has_shape(builder, value, shape)) return value;
  Value constant = node_constant(value);
  if (constant && hir_shape_is_stable(shape) && value_has_shape(constant, shape)) return value;
  HirNode *guard = emit_1(builder, HIR_GUARD_SHAPE, value);
  guard->kinds = KIND_CELL;
  node_set_shape(builder, guard, shape);
  return refine(builder, value, guard);
}

HirNode *guard_identity(Builder *builder, HirNode *value, Value constant) {
  if (node_constant(value) == constant) return value;
  HirNode *guard = emit_1(builder, HIR_GUARD_IDENTITY, value);
  guard->payload.value = constant;
  HirNode *known = emit_constant(builder, constant);
  return refine(builder, value, known);
}

HirNode *guard_bound(Builder *builder, HirNode *value) {
  if (!(value->kinds & KIND_UNBOUND)) return value;
  HirNode *guard = emit_1(builder, HIR_GUARD_BOUND, value);
  guard->kinds = value->kinds & KIND_BOUND;
  guard->data = value->data;
  return refine(builder, value, guard);
}

void guard_valid(Builder *builder, const LookupResult *result) {
  emit_0(builder, HIR_GUARD_VALID)->payload.pointer = result;
}

HirNode *as_int(Builder *builder, HirNode *value) {
  if (value->op == HIR_BOX_INT) return value->inputs[0];
  Value constant = node_constant(value);
  if (constant && value_is_small_int(constant)) return emit_int(builder, value_small_int(constant));
  if (value->kinds != KIND_INT) {
    HirNode *guard = emit_1(builder, HIR_GUARD_INT, value);
    guard->kinds = KIND_INT;
    value = refine(builder, value, guard);
  }
  return emit_1(builder, HIR_UNBOX_INT, value);
}

HirNode *emit_double(Builder *builder, double number) {
  HirNode *node = emit_0(builder, HIR_DOUBLE_CONST);
  node->payload.real = number;
  return node;
}

HirNode *as_double(Builder *builder, HirNode *value) {
  if (value->op == HIR_BOX_DOUBLE) return value->inputs[0];
  Value constant = node_constant(value);
  if (constant && value_is_exact_float(constant)) return emit_double(builder, float_as_double(constant));
  if (value->kinds != KIND_FLOAT) {
    HirNode *guard = emit_1(builder, HIR_GUARD_FLOAT, value);
    guard->payload.number = builder_failures(builder) > 0; // also floats that are cells
    guard->kinds = KIND_FLOAT;
    value = refine(builder, value, guard);
  }
  return emit_1(builder, HIR_UNBOX_DOUBLE, value);
}

HirNode *number_as_double(Builder *builder, HirNode *value) {
  Value constant = node_constant(value);
  if (constant && value_is_small_int(constant)) return emit_double(builder, (double)value_small_int(constant));
  if (value->kinds == KIND_INT) return emit_1(builder, HIR_INT_TO_DOUBLE, as_int(builder, value));
  if (value->kinds == KIND_FLOAT) return as_double(builder, value);
  return emit_1(builder, HIR_NUMBER_TO_DOUBLE, value);
}

HirNode *box_int(Builder *builder, HirNode *number) {
  HirNode *node = emit_1(builder, HIR_BOX_INT, number);
  node->kinds = KIND_INT;
  return node;
}
HirNode *box_double(Builder *builder, HirNode *number) {
  HirNode *node = emit_1(builder, HIR_BOX_DOUBLE, number);
  node->kinds = KIND_FLOAT;
  return node;
}
HirNode *box_bool(Builder *builder, HirNode *truth) {
  HirNode *node = emit_1(builder, HIR_BOX_BOOL, truth);
  node->kinds = KIND_BOOL;
  return node;
}

// Control flow inside an instruction

static void link_blocks(Builder *builder, HirBlock *from, HirBlock *to) {
  from->successors[from->successor_count++] = to;
  hir_block_add_predecessor(builder->function, to, from);
}

HirBlock *block_after(Builder *builder, HirBlock *from) {
  HirBlock *block = hir_block_new(builder->function);
  link_blocks(builder, from, block);
  return block;
}

void emit_branch(Builder *builder, HirNode *condition, HirBlock **if_true, HirBlock **if_false) {
  HirBlock *from = builder->block;
  emit_1(builder, HIR_BRANCH, condition);
  *if_true = block_after(builder, from);
  *if_false = block_after(builder, from);
  builder->block = NULL;
}

// Edges between blocks of bytecode

static Edge *edge_new(Builder *builder, HirBlock *from, Edge *next) {
  Edge *edge = hir_allocate(builder->function, sizeof *edge);
  edge->from = from;
  edge->registers = save_registers(builder);
  edge->shape_epoch = builder->shape_epoch;
  edge->next = next;
  return edge;
}

// The current block goes on with `target`.
void build_go_to(Builder *builder, CodeBlock *target) {
  if (!builder->block) return;
  if (target->header) { // a back edge
    HirBlock *header = target->header;
    for (uint32_t i = 0; i < builder->scope->code->register_count; i++)
      if (target->header_phis[i])
        hir_phi_add_input(builder->function, target->header_phis[i], get_register(builder, i));
    emit_0(builder, HIR_JUMP);
    link_blocks(builder, builder->block, header);
  } else {
    target->edges = edge_new(builder, builder->block, target->edges);
  }
  builder->block = NULL;
}

static bool holds_the_same(const Edge *edges, uint32_t number, uint32_t other) {
  for (const Edge *edge = edges; edge; edge = edge->next)
    if (edge->registers[number] != edge->registers[other]) return false;
  return true;
}

// What a register holds where `edges` meet: one node, or a phi in `block`, whose predecessors they are in this order,
// or a constant that is not in the block yet.
static HirNode *merge_register(Builder *builder, HirBlock *block, Edge *edges, uint32_t number) {
  HirNode *first = edges->registers[number];
  Value constant = first ? node_constant(first) : NULL;
  bool same = true, same_below = first != NULL, same_constant = constant != NULL;
  uint8_t kinds = 0;
  uint32_t count = 0;
  for (Edge *edge = edges; edge; edge = edge->next, count++) {
    HirNode *node = edge->registers[number];
    if (!node) return NULL;
    same &= node == first;
    same_below = same_below && strip_guards(node) == strip_guards(first);
    same_constant = same_constant && node_constant(node) == constant;
    kinds |= node->kinds;
  }
  if (same) return first;
  // What guards on all ways have said of the kinds is worth a phi.
  if (same_below && kinds == strip_guards(first)->kinds) return strip_guards(first);
  if (same_constant) return constant_new(builder, constant);
  for (uint32_t other = 0; other < number; other++)
    if (edges->registers[other] == first && holds_the_same(edges, number, other)) return builder->registers[other];
  HirNode **inputs = hir_allocate(builder->function, count * sizeof *inputs);
  uint32_t i = 0;
  for (Edge *edge = edges; edge; edge = edge->next) inputs[i++] = edge->registers[number];
  HirNode *phi = hir_node_new(builder->function, HIR_PHI, count, inputs);
  phi->kinds = kinds;
  node_set_hint(phi, node_hint(first) | first->kinds);
  hir_node_append(block, phi);
  return phi;
}

// Begins the block where `edges` meet: builder->block and its first `count` registers.
static void enter_merge(Builder *builder, Edge *edges, uint32_t count) {
  HirBlock *block = hir_block_new(builder->function);
  for (Edge *edge = edges; edge; edge = edge->next) {
    HirNode *jump = hir_node_new(builder->function, HIR_JUMP, 0, NULL);
    hir_node_append(edge->from, jump);
    link_blocks(builder, edge->from, block);
  }
  for (uint32_t i = 0; i < count; i++) builder->registers[i] = merge_register(builder, block, edges, i);
  for (uint32_t i = 0; i < count; i++) { // behind the phis
    HirNode *node = builder->registers[i];
    if (node && node->op == HIR_CONST && !node->block) hir_node_append(block, node);
  }
  builder->block = block;
  if (edges->next)
    builder_new_epoch(builder);
  else
    builder->shape_epoch = edges->shape_epoch;
}

void add_way(Builder *builder, Edge **ways) {
  if (builder->block) *ways = edge_new(builder, builder->block, *ways);
  builder->block = NULL;
}

Fork begin_way(Builder *builder, HirNode *condition) {
  Fork way = {.registers = save_registers(builder), .shape_epoch = builder->shape_epoch};
  HirBlock *if_true;
  emit_branch(builder, condition, &if_true, &way.otherwise);
  builder->block = if_true;
  return way;
}
void end_way(Builder *builder, const Fork *way, Edge **ways) {
  add_way(builder, ways);
  restore_registers(builder, way->registers);
  builder->shape_epoch = way->shape_epoch;
  builder->block = way->otherwise;
}

void join_ways(Builder *builder, Edge *ways) {
  if (ways) enter_merge(builder, ways, builder->scope->extent);
}

static uint8_t value_hint(Value value) {
  uint8_t kinds;
  Shape *shape;
  hir_constant_type(value, &kinds, &shape);
  return kinds;
}

// Turns the current block, the way into the loop, and its registers into a loop header with phis.
static void enter_loop(Builder *builder, CodeBlock *target) {
  HirBlock *preheader = builder->block;
  CodeScope *scope = builder->scope;
  uint32_t live = live_registers(scope->code, target->start);
  HirState *entry_state = build_state_at(builder, target->start);
  emit_0(builder, HIR_JUMP);
  HirBlock *header = block_after(builder, preheader);
  header->is_loop_header = true;
  header->entry_state = entry_state;
  target->header = header;
  target->header_phis = hir_allocate(builder->function, (scope->code->register_count + 1) * sizeof(HirNode *));
  builder->block = header;
  bool is_entry = !scope->caller && target->start == builder->function->entry_word;
  for (uint32_t i = 0; i < live; i++) {
    if (!target->written[i]) continue;
    HirNode *value = get_register(builder, i);
    HirNode *phi = hir_node_new(builder->function, HIR_PHI, 1, &value);
    phi->kinds = KIND_ANY;
    node_set_hint(phi, is_entry ? value_hint(builder->vm_frame->registers[i]) : node_hint(value) | value->kinds);
    hir_node_append(header, phi);
    target->header_phis[i] = phi;
    set_register(builder, i, phi);
  }
  for (uint32_t i = live; i <= scope->code->register_count; i++) set_register(builder, i, NULL);
  builder_new_epoch(builder);
}

// The walk

// Locals end with the frame.
static void guard_locals_unwatched(Builder *builder) {
  const Code *code = builder->scope->code;
  HirNode *watched[32];
  uint32_t count = 0;
  for (uint32_t i = code_first_own_local(code); i < code->local_count; i++) {
    HirNode *local = get_register(builder, i);
    if (!(local->kinds & KIND_CELL) || local->op == HIR_CONST) continue;
    watched[count++] = local;
    if (count < sizeof watched / sizeof *watched) continue;
    emit(builder, HIR_GUARD_UNWATCHED, count, watched);
    count = 0;
  }
  if (count > 0) emit(builder, HIR_GUARD_UNWATCHED, count, watched);
}

static void build_return(Builder *builder, HirNode *value) {
  CodeScope *scope = builder->scope;
  if (!code_makes_generators(scope->code)) guard_locals_unwatched(builder);
  if (!scope->caller) {
    emit_1(builder, HIR_RETURN, value);
  } else {
    if (scope->frame->instance && value->kinds != KIND_NONE) emit_1(builder, HIR_GUARD_NONE, value);
    scope->returns = edge_new(builder, builder->block, scope->returns);
    scope->returns->result = value;
  }
  builder->block = NULL;
}

static void build_jump_on(Builder *builder, HirNode *condition, bool jump_if, CodeBlock *target, CodeBlock *next) {
  if (condition->op == HIR_BOOL_CONST) {
    build_go_to(builder, (condition->payload.number != 0) == jump_if ? target : next);
    return;
  }
  HirBlock *if_true, *if_false;
  emit_branch(builder, condition, &if_true, &if_false);
  builder->block = if_true;
  build_go_to(builder, jump_if ? target : next);
  builder->block = if_false;
  build_go_to(builder, jump_if ? next : target);
}

HirNode *emit_is(Builder *builder, HirNode *a, HirNode *b) {
  if (a->op == HIR_CONST && b->op == HIR_CONST) {
    HirNode *node = emit_0(builder, HIR_BOOL_CONST);
    node->payload.number = a->payload.value == b->payload.value;
    return node;
  }
  return emit_2(builder, HIR_IS, a, b);
}

HirNode *emit_not(Builder *builder, HirNode *truth) {
  if (truth->op == HIR_NOT) return truth->inputs[0];
  return emit_1(builder, HIR_NOT, truth);
}

static void build_move(Builder *builder, HirNode *value) {
  set_result(builder, value);
}

static void build_none_to_local(Builder *builder) {
  // `name = None` is how programs let go of things: the interpreter looks whether somebody watches.
  HirNode *old = operand_a(builder);
  if (instruction_a(builder->instruction) < builder->scope->code->local_count && (old->kinds & KIND_CELL))
    emit_1(builder, HIR_GUARD_UNWATCHED, old);
}

// Asked once for a scope, so that what clears a growth and what looks at it agree.
static uint8_t growths_of_text(const Code *code) {
  uint8_t growths = 0;
  for (uint32_t at = 0; at < code->word_count;) {
    Instruction word = build_load_word(code, at);
    unsigned base = opcode_base[word & 0xff], auxiliary = instruction_auxiliary(word);
    unsigned growth = base == OP_ADD || base == OP_ADD_CONST ? auxiliary >> GROWTH_SHIFT & GROWTH_MAXIMUM : 0;
    if (growth && auxiliary & MET_OTHER) growths |= (uint8_t)(1 << growth);
    at += build_instruction_words(word);
  }
  return growths;
}
static bool clears_growth_of_text(const CodeScope *scope, uint32_t number) {
  const Code *code = scope->code;
  uint32_t growth = number - code_named_count(code) + 1;
  return growth <= GROWTH_MAXIMUM && scope->growths >> growth & 1;
}

static void build_instruction(Builder *builder, CodeBlock *block) {
  CodeScope *scope = builder->scope;
  Instruction word = builder->instruction;
  unsigned base = opcode_base[word & 0xff];
  uint32_t target_word = build_jump_target(word, builder->word);
  CodeBlock *target = build_successor_at(block, target_word), *next = build_successor_at(block, block->end);
  switch (base) {
  case OP_NOP:
    return;
  case OP_RESUME:
    if (scope->caller || code_makes_generators(scope->code)) return;
    emit_0(builder, HIR_POLL);
    return;
  case OP_MOVE:
    build_move(builder, operand_b(builder));
    return;
  case OP_LOAD_CONST: {
    Value value = tuple_item(scope->code->constants, (uint32_t)instruction_bc(word));
    if (value == VALUE_NONE) build_none_to_local(builder);
    build_move(builder, emit_constant(builder, value));
    return;
  }
  case OP_CHECK_BOUND:
    guard_bound(builder, operand_a(builder));
    return;
  case OP_DELETE_LOCAL:
    emit_1(builder, HIR_GUARD_UNWATCHED, guard_bound(builder, operand_a(builder)));
    build_move(builder, builder->unbound);
    return;
  case OP_CLEAR:
    if (instruction_auxiliary(word) & 1 && clears_growth_of_text(builder->scope, instruction_a(word)))
      emit_step(builder);
    else
      build_move(builder, builder->unbound);
    return;
  case OP_IS_OP: {
    HirNode *truth = emit_is(builder, operand_b(builder), operand_c(builder));
    set_result(builder, box_bool(builder, instruction_auxiliary(word) & 1 ? emit_not(builder, truth) : truth));
    return;
  }
  case OP_JUMP:
    build_go_to(builder, target);
    return;
  case OP_LOOP:
    emit_0(builder, HIR_POLL);
    build_go_to(builder, target);
    return;
  case OP_JUMP_IF_TRUE:
  case OP_JUMP_IF_FALSE:
    build_jump_on(builder, build_truth(builder, operand_a(builder)), base == OP_JUMP_IF_TRUE, target, next);
    return;
  case OP_JUMP_IF_NONE:
  case OP_JUMP_IF_NOT_NONE: {
    HirNode *none = emit_constant(builder, VALUE_NONE);
    build_jump_on(builder, emit_is(builder, operand_a(builder), none), base == OP_JUMP_IF_NONE, target, next);
    return;
  }
  case OP_RETURN:
    build_return(builder, operand_a(builder));
    return;
  case OP_RETURN_CONST:
    build_return(builder, emit_constant(builder, tuple_item(scope->code->constants, (uint32_t)instruction_bc(word))));
    return;
  case OP_FOR_ITERATOR: {
    HirBlock *done = NULL;
    HirNode **before = save_registers(builder);
    build_for_iterator(builder, &done);
    build_go_to(builder, next);
    if (done) {
      restore_registers(builder, before);
      builder->block = done;
      build_go_to(builder, target);
    }
    return;
  }
  case OP_GET_ITERATOR:
    build_get_iterator(builder);
    return;
  case OP_LOAD_GLOBAL:
    build_load_global(builder);
    return;
  case OP_LOAD_NAME:
    build_load_name(builder);
    return;
  case OP_STORE_NAME:
  case OP_STORE_GLOBAL:
    build_store_global(builder, base == OP_STORE_NAME);
    return;
  case OP_ENTER_CLOSURE:
    build_enter_closure(builder);
    return;
  case OP_LOAD_CELL:
    build_load_cell(builder);
    return;
  case OP_STORE_CELL:
    build_store_cell(builder);
    return;
  case OP_LOAD_ATTRIBUTE:
    build_load_attribute(builder);
    return;
  case OP_STORE_ATTRIBUTE:
    build_store_attribute(builder);
    return;
  case OP_LOAD_METHOD:
    build_load_method(builder);
    return;
  case OP_LOAD_ITEM:
  case OP_LOAD_ITEM_CONST:
    build_load_item(builder, base == OP_LOAD_ITEM_CONST);
    return;
  case OP_STORE_ITEM:
    build_store_item(builder);
    return;
  case OP_CONTAINS:
    build_contains(builder);
    return;
  case OP_NEGATIVE:
  case OP_POSITIVE:
  case OP_INVERT:
  case OP_NOT:
    build_unary(builder, base);
    return;
  case OP_UNPACK_SEQUENCE:
    build_unpack_sequence(builder);
    return;
  case OP_BUILD_TUPLE:
    build_sequence(builder, HIR_NEW_TUPLE);
    return;
  case OP_BUILD_LIST:
    build_sequence(builder, HIR_NEW_LIST);
    return;
  case OP_LIST_APPEND:
  case OP_SET_ADD:
  case OP_DICT_ADD:
    if (!build_add_item(builder, base)) emit_step(builder);
    return;
  case OP_MAKE_FUNCTION:
    if (!build_make_function(builder)) emit_step(builder);
    return;
  case OP_BUILD_SLICE:
    if (!build_slice_item(builder)) emit_step(builder);
    return;
  case OP_CALL:
  case OP_CALL_METHOD:
    build_call(builder, base == OP_CALL_METHOD);
    return;
  case OP_CALL_KEYWORDS:
  case OP_CALL_METHOD_KEYWORDS:
    if (!build_call_keywords(builder, base == OP_CALL_METHOD_KEYWORDS)) build_call_general(builder);
    return;
  case OP_CALL_UNPACKED:
    build_call_general(builder);
    return;
  case OP_RAISE:
    build_raise(builder);
    return;
  case OP_MATCH_EXCEPTION:
    build_match_exception(builder);
    return;
  case OP_RERAISE:
  case OP_RETURN_GENERATOR:
    emit_leave_for_good(builder);
    return;
  case OP_YIELD:
    emit_1(builder, HIR_YIELD, operand_b(builder));
    builder->block = NULL;
    return;
  case OP_SEND: {
    HirBlock *done;
    HirNode *returned = build_send(builder, &done);
    build_go_to(builder, next);
    builder->block = done;
    set_result(builder, returned);
    build_go_to(builder, target);
    return;
  }
  default:
    break;
  }
  if (base >= OP_ADD && base <= OP_OR_CONST)
    build_binary(builder, base);
  else if (base >= OP_COMPARE_LESS && base <= OP_COMPARE_GREATER_EQUAL_CONST)
    build_compare(builder, base);
  else if (!(opcode_information[base].flags & (OPCODE_JUMPS | OPCODE_ENDS)) && runtime_operation(base))
    emit_step(builder);
  else
    emit_leave_for_good(builder);
}

// The instructions of the block from word `at` on.
static void build_from(Builder *builder, CodeBlock *block, uint32_t at) {
  while (at < block->end && builder->block) {
    builder->word = at;
    builder->instruction = build_load_word(builder->scope->code, at);
    builder->next_word = at = at + build_instruction_words(builder->instruction);
    builder->state = NULL;
    builder->skip_to = 0;
    build_instruction(builder, block);
    if (builder->skip_to) at = builder->skip_to;
  }
  if (builder->block) build_go_to(builder, build_successor_at(block, block->end));
}

void split_ways(Builder *builder, Edge *ways) {
  CodeBlock *block = builder->scope->block;
  uint32_t rest = builder->skip_to ? builder->skip_to : builder->next_word, count = 0;
  for (const Edge *way = ways; way; way = way->next) count++;
  bool is_short = rest < block->end && block->end - rest <= BUILD_SPLIT_WORD_LIMIT;
  if (count < 2 || !is_short || builder->is_following || count > builder->splits ||
      builder->function->node_count > builder->inline_node_limit || code_makes_generators(builder->function->code)) {
    join_ways(builder, ways);
    return;
  }
  builder->splits -= count;
  bool was_split = builder->is_split;
  builder->is_split = true;
  for (Edge *next; ways; ways = next) {
    next = ways->next;
    ways->next = NULL;
    enter_merge(builder, ways, builder->scope->extent);
    build_from(builder, block, rest);
  }
  builder->is_split = was_split;
}

// What may be inlined and split from here to the next loop of the outermost code.
static void allow_inlining(Builder *builder) {
  uint32_t limit = builder->function->node_count + BUILD_LOOP_NODES;
  builder->inline_node_limit = limit < BUILD_INLINE_NODES ? limit : BUILD_INLINE_NODES;
  builder->splits = BUILD_LOOP_SPLITS;
}

static void build_block(Builder *builder, CodeBlock *block) {
  CodeScope *scope = builder->scope;
  enter_merge(builder, block->edges, scope->extent);
  scope->block = block;
  builder->word = block->start;
  builder->state = NULL;
  if (block->is_outside) {
    emit_0(builder, HIR_LEAVE_LOOP);
    builder->block = NULL;
    return;
  }
  if (builder->function->node_count > BUILD_NODE_LIMIT) {
    emit_leave_for_good(builder);
    return;
  }
  if (block->is_header) enter_loop(builder, block);
  if (block->is_header && !scope->caller) allow_inlining(builder);
  build_from(builder, block, block->start);
}

HirNode *leave_scope(Builder *builder, CodeScope *scope) {
  if (!scope->returns) return NULL;
  enter_merge(builder, scope->returns, builder->scope->extent);
  HirNode *first = scope->returns->result;
  bool same = true;
  uint32_t count = 0;
  uint8_t kinds = 0;
  HirNode **inputs = hir_allocate(builder->function, builder->block->predecessor_count * sizeof *inputs);
  for (Edge *edge = scope->returns; edge; edge = edge->next) {
    same &= edge->result == first;
    kinds |= edge->result->kinds;
    inputs[count++] = edge->result;
  }
  if (same) return first;
  HirNode *phi = hir_node_new(builder->function, HIR_PHI, count, inputs);
  phi->kinds = kinds;
  node_set_hint(phi, node_hint(first) | first->kinds);
  HirNode *position = builder->block->first; // constants of registers may stand behind the phis
  if (position)
    hir_node_insert_before(phi, position);
  else
    hir_node_append(builder->block, phi);
  return phi;
}

static HirNode *load_entry_register(Builder *builder, uint32_t number, uint8_t kinds) {
  HirNode *node = emit_0(builder, HIR_LOAD_REGISTER);
  node->index = number;
  node->kinds = kinds;
  bool is_here = builder->vm_frame->pc == builder->scope->code->words + builder->word;
  node_set_hint(node, is_here ? value_hint(builder->vm_frame->registers[number]) : 0);
  return node;
}

// At a function's entry (behind ENTER_CLOSURE, where there is one) locals that are no parameters are unbound, and
// parameters that live in cells have been moved there.
static void load_entry_registers(Builder *builder, Code *code, uint32_t entry) {
  builder->word = entry;
  memset(builder->registers, 0, (code->register_count + 1) * sizeof *builder->registers);
  uint32_t live = live_registers(code, entry);
  uint32_t arguments = code->argument_count + code->keyword_only_count + ((code->flags & CODE_VARARGS) != 0) +
                       ((code->flags & CODE_VARKEYWORDS) != 0);
  bool at_start = build_is_function_entry(code, entry) && instruction_auxiliary(build_load_word(code, entry)) == 0;
  for (uint32_t i = 0; i < live; i++) {
    bool is_cell = i >= code->local_count && i < code_named_count(code);
    if (at_start && i >= arguments && i < code->local_count) {
      builder->registers[i] = builder->unbound;
    } else if (is_cell) {
      builder->registers[i] = load_entry_register(builder, i, KIND_CELL);
      builder->registers[i]->shape = SHAPE(CELL);
    } else {
      builder->registers[i] =
          load_entry_register(builder, i, at_start && code->cell_count == 0 ? KIND_BOUND : KIND_ANY);
    }
  }
}

// The outermost code begins with its registers as they are in memory. In a generator's the frame's pc tells where.
static void enter_roots(Builder *builder, CodeScope *scope) {
  for (uint32_t i = 0; i < scope->root_count; i++) {
    CodeBlock *root = scope->roots[i];
    HirBlock *others = NULL;
    if (i + 1 < scope->root_count) {
      HirNode *is_here = emit_0(builder, HIR_RESUMED_AT);
      is_here->payload.number = root->start;
      HirBlock *here;
      emit_branch(builder, is_here, &here, &others);
      builder->block = here;
    }
    if (!scope->caller) load_entry_registers(builder, scope->code, root->start);
    root->edges = edge_new(builder, builder->block, root->edges);
    builder->block = others;
  }
}

void build_scope(Builder *builder, CodeScope *scope, uint32_t entry) {
  scope->caller = builder->scope;
  scope->growths = growths_of_text(scope->code);
  scope->extent = scope->frame->base + scope->code->register_count + 1; // and one for results that nobody needs
  if (scope->caller && scope->caller->extent > scope->extent) scope->extent = scope->caller->extent;
  if (scope->extent > BUILD_REGISTER_LIMIT) compile_give_up("too many registers");
  builder->scope = scope;
  build_find_blocks(builder, scope, entry, !scope->caller && !build_is_function_entry(scope->code, entry));
  enter_roots(builder, scope);
  for (CodeBlock *block = scope->first; block; block = block->next)
    if (block->edges) build_block(builder, block);
  builder->scope = scope->caller;
}

// While building, the shape of an ADD_SLOT is the one that its result has; afterwards it is the one that it asks for.
static void finish_nodes(HirFunction *function) {
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next)
      if (node->op == HIR_ADD_SLOT) node->shape = ((const LookupResult *)node->payload.pointer)->shape;
}

// A generator may be resumed in the middle of loops. Each loop gets an entry of its own for that (build_blocks.c);
// where one still has two, what is said of loops, and of values that they do not change, would not be true.
static void refuse_second_entries(HirFunction *function) {
  hir_find_dominators(function);
  for (HirBlock *block = function->entry; block; block = block->next)
    for (uint32_t i = 0; i < block->predecessor_count; i++)
      if (block->predecessors[i]->order >= block->order && !hir_dominates(block, block->predecessors[i]))
        compile_give_up("a loop with two entries");
}

void build_function(HirFunction *function, const Frame *frame) {
  Code *code = function->code;
  if (code->register_count > BUILD_REGISTER_LIMIT) compile_give_up("too many registers");
  if (code->is_foreign) compile_give_up("code made by hand");
  Builder builder = {.function = function, .vm_frame = frame};
  builder.registers = hir_allocate(function, BUILD_REGISTER_LIMIT * 2 * sizeof(HirNode *));
  HirInline *outermost = hir_allocate(function, sizeof *outermost);
  outermost->code = code;
  outermost->variables = code_named_count(code);
  CodeScope scope = {.frame = outermost, .code = code, .globals = frame->globals, .builtins = frame->builtins};
  function->globals = frame->globals;
  function->is_module = frame->locals && frame->locals == frame->globals;
  function->entry = builder.block = hir_block_new(function);
  builder.scope = &scope;
  builder.unbound = emit_constant(&builder, NULL);
  builder.scope = NULL;
  allow_inlining(&builder);
  build_scope(&builder, &scope, function->entry_word);
  if (code_makes_generators(code)) {
    refuse_second_entries(function);
    if (hir_verify(function)) compile_give_up("ways into loops that are not understood");
  }
  finish_nodes(function);
}
