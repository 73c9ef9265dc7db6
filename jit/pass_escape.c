// Escape analysis: cells that nobody but this function sees are not made.
//
// A candidate is a node that allocates. It escapes when it is used by anything but what can be said of its contents
// directly (loads, stores, guards, steps of an iterator), or when somebody may see it in mid-flight: in the state of a
// node that calls. Iterators that loops keep in temporaries are not seen there (hir_call_spares). Other states take
// VIRTUAL nodes instead: they say what the cell would hold, and it is made when the interpreter goes on.
//
// Tuples, bound methods and ranges never change, so their VIRTUAL node stands where they were made. What iterators and
// instances hold does change: their words become variables, with phis where paths meet, and each state gets a VIRTUAL
// node of its own with what the variables are there.
#include "jit/passes.h"

#include "runtime/object/class.h"
#include <string.h>

enum : uint32_t { WORD_LIMIT = 24 }; // of an instance

// Candidates have their `mark` set.

static bool is_step(HirOp op) {
  return op == HIR_PAIRS_MORE || op == HIR_PAIRS_ITEM || op == HIR_PAIRS_ADVANCE || op == HIR_RANGE_MORE ||
         op == HIR_RANGE_NEXT || op == HIR_LIST_MORE || op == HIR_LIST_NEXT || op == HIR_TUPLE_MORE ||
         op == HIR_TUPLE_NEXT;
}

static bool is_iterator(const HirNode *node) {
  return node->op == HIR_NEW_ITERATOR || node->op == HIR_NEW_PAIRS;
}

static bool is_range_with_constant_step(const HirNode *node) {
  return node->op == HIR_NEW_RANGE && node->inputs[2]->op == HIR_INT_CONST && node->inputs[2]->payload.number != 0;
}

// Words behind the header of instances of this shape; 0: they are not plain.
static uint32_t words_of(const Shape *shape) {
  const Class *class = shape->class;
  if (class->flags & (CLASS_HAS_DEL | CLASS_VARIABLE_SIZE) || shape->flags & (SHAPE_TAIL_EXTRA | SHAPE_EXTERNAL_DICT))
    return 0;
  size_t size = shape->flags & SHAPE_HAS_ATTRIBUTES
                    ? shape->attributes_offset + (1 + (size_t)shape->inline_capacity) * sizeof(Value)
                    : class->instance_size;
  size_t words = size / sizeof(Value) - 1;
  return words <= WORD_LIMIT ? (uint32_t)words : 0;
}

static bool is_candidate(const HirNode *node) {
  switch (node->op) {
  case HIR_NEW_TUPLE:
  case HIR_NEW_METHOD:
  case HIR_NEW_INSTANCE_DICT:
  case HIR_NEW_PAIRS:
    return true;
  case HIR_NEW_RANGE:
    return is_range_with_constant_step(node);
  case HIR_NEW_ITERATOR: {
    const HirNode *iterable = node->inputs[0];
    const Shape *shape = hir_node_stable_shape(iterable);
    return is_range_with_constant_step(iterable) ||
           (iterable->kinds == KIND_CELL && shape &&
            (shape == builtin_shapes[CLASS_LIST] || shape == builtin_shapes[CLASS_TUPLE]));
  }
  case HIR_NEW_INSTANCE:
    return words_of(node->shape) > 0;
  default:
    return false;
  }
}

static bool use_is_harmless(const HirNode *user, uint32_t number, const HirNode *object) {
  switch (user->op) {
  case HIR_GUARD_BOUND:
  case HIR_GUARD_UNWATCHED:
  case HIR_VIRTUAL_TUPLE:
  case HIR_VIRTUAL_METHOD:
  case HIR_VIRTUAL_INSTANCE_DICT:
    return true;
  case HIR_VIRTUAL_FUNCTION: // likewise
    return object->op == HIR_NEW_TUPLE || object->op == HIR_NEW_METHOD;
  case HIR_NEW_TUPLE:
  case HIR_NEW_METHOD: // what holds cells that may change would have to change with them
    return user->mark && (object->op == HIR_NEW_TUPLE || object->op == HIR_NEW_METHOD);
  case HIR_NEW_ITERATOR:
    return user->mark && object->op == HIR_NEW_RANGE;
  case HIR_GUARD_SHAPE:
  case HIR_LOAD_SLOT:
    return object->op == HIR_NEW_INSTANCE;
  case HIR_LOAD_FIELD:
  case HIR_GUARD_FIELD_UNWATCHED:
    return object->op == HIR_NEW_INSTANCE && user->payload.number != object->shape->attributes_offset;
  case HIR_STORE_FIELD:
    return number == 0 && object->op == HIR_NEW_INSTANCE && user->payload.number != object->shape->attributes_offset;
  case HIR_ADD_SLOT:
    return number == 0 && object->op == HIR_NEW_INSTANCE;
  default:
    return is_iterator(object) && number == 0 && is_step(user->op);
  }
}

static bool escape(HirNode *value) {
  HirNode *object = value ? hir_identity(value) : NULL;
  if (!object || !object->mark) return false;
  object->mark = false;
  return true;
}

static bool stays_unseen(const HirNode *call, uint32_t number) {
  HirNode *value = call->state->registers[number];
  return value && is_iterator(hir_identity(value)) && hir_call_spares(call, number);
}

static bool escape_state(const HirNode *call) {
  const HirState *state = call->state;
  bool changed = false;
  for (uint32_t i = 0; i < state->count; i++)
    if (!stays_unseen(call, i)) changed |= escape(state->registers[i]);
  for (const HirInline *frame = state->frame; frame; frame = frame->caller) {
    changed |= escape(frame->function);
    changed |= escape(frame->instance);
  }
  return changed;
}

static bool escape_inputs(HirNode *user) {
  bool changed = false;
  for (uint32_t i = 0; i < user->input_count; i++) {
    HirNode *object = hir_identity(user->inputs[i]);
    if (object->mark && !use_is_harmless(user, i, object)) changed |= escape(object);
  }
  return changed;
}

// Returns how many candidates there are.
static uint32_t find_escapes(HirFunction *function) {
  uint32_t count = 0;
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next) count += node->mark = is_candidate(node);
  for (bool changed = count > 0; changed;) {
    changed = false;
    for (HirBlock *block = function->entry; block; block = block->next)
      for (HirNode *node = block->first; node; node = node->next) {
        changed |= escape_inputs(node);
        if (hir_node_flags(node) & HIR_CALLS) changed |= escape_state(node);
      }
  }
  return count;
}

// The words of one cell as variables

typedef struct StateCopy {
  HirState *from, *to;
  uint32_t version;
} StateCopy;
enum : uint32_t { COPY_LIMIT = 16 };

typedef struct Object {
  HirFunction *function;
  HirNode *node;                // the allocation
  uint32_t count;               // of its variables
  HirNode ***ends;              // by order of the block: their values at its end; NULL: not reached
  HirNode **current;            // their values now
  const Shape *shape;           // of an instance, now
  uint32_t version;             // another one when a variable or the shape has changed
  StateCopy copies[COPY_LIMIT]; // made in the current block
  uint32_t copy_count;
} Object;

static bool is_object(const Object *object, HirNode *value) {
  return value && hir_identity(value) == object->node;
}

static HirNode *new_virtual(Object *object, HirNode *position) {
  HirNode *node = object->node, *virtual;
  HirFunction *function = object->function;
  if (node->op == HIR_NEW_INSTANCE) {
    virtual = hir_node_new(function, HIR_VIRTUAL_INSTANCE, object->count, object->current);
    virtual->payload = node->payload;
    virtual->shape = (Shape *)object->shape;
  } else if (node->op == HIR_NEW_PAIRS) {
    HirNode *inputs[3];
    memcpy(inputs, node->inputs, node->input_count * sizeof *inputs);
    inputs[node->input_count] = object->current[0];
    virtual = hir_node_new(function, HIR_VIRTUAL_PAIRS, node->input_count + 1, inputs);
    virtual->shape = node->shape;
  } else if (node->inputs[0]->op == HIR_NEW_RANGE) {
    const HirNode *range = node->inputs[0];
    virtual = hir_node_new(function, HIR_VIRTUAL_RANGE_ITERATOR, 3,
                           (HirNode *[]){object->current[0], range->inputs[1], range->inputs[2]});
    virtual->shape = node->shape;
  } else {
    virtual =
        hir_node_new(function, HIR_VIRTUAL_SEQUENCE_ITERATOR, 2, (HirNode *[]){node->inputs[0], object->current[0]});
    virtual->shape = node->shape;
  }
  virtual->kinds = KIND_CELL;
  hir_node_insert_before(virtual, position);
  return virtual;
}

static bool state_has(const Object *object, const HirState *state) {
  for (uint32_t i = 0; i < state->count; i++)
    if (is_object(object, state->registers[i])) return true;
  for (const HirInline *frame = state->frame; frame; frame = frame->caller)
    if (is_object(object, frame->instance)) return true;
  return false;
}

static HirInline *copy_frame(const Object *object, HirInline *frame, HirNode *virtual) {
  if (!frame) return NULL;
  HirInline *caller = copy_frame(object, frame->caller, virtual);
  bool has = is_object(object, frame->instance);
  if (caller == frame->caller && !has) return frame;
  HirInline *copy = hir_allocate(object->function, sizeof *copy);
  *copy = *frame;
  copy->caller = caller;
  if (has) copy->instance = virtual;
  return copy;
}

// The state with what the cell holds in front of `position` in place of the cell.
static HirState *copy_state(Object *object, HirState *state, HirNode *position) {
  for (uint32_t i = 0; i < object->copy_count; i++)
    if (object->copies[i].from == state && object->copies[i].version == object->version) return object->copies[i].to;
  HirNode *virtual = new_virtual(object, position);
  HirState *copy = hir_allocate(object->function, sizeof *copy + state->count * sizeof(HirNode *));
  memcpy(copy, state, sizeof *copy + state->count * sizeof(HirNode *));
  copy->id = object->function->state_count++;
  copy->frame = copy_frame(object, state->frame, virtual);
  for (uint32_t i = 0; i < copy->count; i++)
    if (is_object(object, copy->registers[i])) copy->registers[i] = virtual;
  if (object->copy_count < COPY_LIMIT) object->copies[object->copy_count++] = (StateCopy){state, copy, object->version};
  return copy;
}

static void set_variable(Object *object, uint32_t number, HirNode *value) {
  object->current[number] = value;
  object->version++;
}

static uint32_t word_at(int64_t offset) {
  return (uint32_t)(offset / (int64_t)sizeof(Value)) - 1;
}

// Iterators: the number that comes next, or the position

static HirNode *compare(Object *object, HirNode *position, HirNode *a, HirComparison comparison, HirNode *b) {
  HirNode *node = hir_insert(object->function, position, HIR_INT_COMPARE, a, b);
  node->payload.number = comparison;
  return node;
}

// `number` + `step`, which is known to be a small int.
static HirNode *advance(Object *object, HirNode *position, HirNode *number, HirNode *step) {
  return hir_insert(object->function, position, HIR_INT_ADD, number, step);
}

static void step_range(Object *object, HirNode *node) {
  const HirNode *range = object->node->inputs[0];
  HirNode *next = object->current[0], *step = range->inputs[2];
  if (node->op == HIR_RANGE_MORE) {
    HirComparison comparison = step->payload.number > 0 ? HIR_LESS : HIR_GREATER;
    hir_substitute(node, compare(object, node, next, comparison, range->inputs[1]));
    return;
  }
  set_variable(object, 0, advance(object, node, next, step));
  hir_substitute(node, next);
}

static void step_sequence(Object *object, HirNode *node) {
  HirFunction *function = object->function;
  HirNode *position = object->current[0], *sequence = object->node->inputs[0];
  bool is_list = node->op == HIR_LIST_MORE || node->op == HIR_LIST_NEXT;
  if (node->op == HIR_LIST_MORE || node->op == HIR_TUPLE_MORE) {
    HirNode *count = hir_insert(function, node, is_list ? HIR_LIST_COUNT : HIR_TUPLE_COUNT, sequence, NULL);
    hir_substitute(node, compare(object, node, position, HIR_LESS, count));
    return;
  }
  HirNode *item = hir_insert(function, node, is_list ? HIR_LIST_GET : HIR_TUPLE_GET, sequence, position);
  item->state = node->state;
  if (is_list) item->index = 1; // not negative
  item->kinds = node->kinds;
  item->shape = node->shape;
  set_variable(object, 0, advance(object, node, position, hir_insert_int(function, node, 1)));
  hir_substitute(node, item);
}

static HirNode *count_of(Object *object, HirNode *position, HirNode *sequence) {
  bool is_list = sequence->shape == builtin_shapes[CLASS_LIST];
  return hir_insert(object->function, position, is_list ? HIR_LIST_COUNT : HIR_TUPLE_COUNT, sequence, NULL);
}

// Both sequences stand at the same place. (When the second has ended the first is one further, which nobody can see.)
static void step_pairs(Object *object, HirNode *node) {
  HirFunction *function = object->function;
  const HirNode *pairs = object->node;
  HirNode *position = object->current[0];
  if (node->op == HIR_PAIRS_MORE) {
    HirNode *more = compare(object, node, position, HIR_LESS, count_of(object, node, pairs->inputs[0]));
    if (pairs->input_count == 2) {
      HirNode *other = compare(object, node, position, HIR_LESS, count_of(object, node, pairs->inputs[1]));
      more = hir_insert(function, node, HIR_BOOL_AND, more, other);
    }
    hir_substitute(node, more);
  } else if (node->op == HIR_PAIRS_ADVANCE) {
    set_variable(object, 0, advance(object, node, position, hir_insert_int(function, node, 1)));
    hir_node_remove(node);
  } else if (pairs->input_count == 1 && node->index == 0) {
    HirNode *number = hir_insert(function, node, HIR_BOX_INT, position, NULL);
    number->kinds = KIND_INT;
    hir_substitute(node, number);
  } else {
    HirNode *sequence = pairs->inputs[pairs->input_count == 1 ? 0 : node->index];
    bool is_list = sequence->shape == builtin_shapes[CLASS_LIST];
    HirNode *item = hir_insert(function, node, is_list ? HIR_LIST_GET : HIR_TUPLE_GET, sequence, position);
    item->state = node->state;
    if (is_list) item->index = 1; // not negative
    item->kinds = node->kinds;
    hir_substitute(node, item);
  }
}

// The last number but one plus the step must be a small int.
static void guard_range(Object *object, HirNode *iterator) {
  HirNode *range = iterator->inputs[0];
  int64_t step = range->inputs[2]->payload.number;
  if (step == 1 || step == -1) return;
  HirNode *limit = hir_insert_int(object->function, iterator, step > 0 ? SMALL_INT_MAX - step : SMALL_INT_MIN - step);
  HirNode *fits = compare(object, iterator, range->inputs[1], step > 0 ? HIR_LESS_EQUAL : HIR_GREATER_EQUAL, limit);
  hir_insert(object->function, iterator, HIR_GUARD_TRUE, fits, NULL)->state = iterator->state;
}

static void begin(Object *object) {
  HirNode *node = object->node;
  if (node->op == HIR_NEW_INSTANCE) {
    HirNode *nothing = hir_insert_constant(object->function, node, NULL);
    for (uint32_t i = 0; i < object->count; i++) object->current[i] = nothing;
    object->shape = node->shape;
  } else if (node->op == HIR_NEW_ITERATOR && node->inputs[0]->op == HIR_NEW_RANGE) {
    guard_range(object, node);
    object->current[0] = node->inputs[0]->inputs[0];
  } else
    object->current[0] = hir_insert_int(object->function, node, 0);
}

// A node that uses the cell itself.
static void replace_use(Object *object, HirNode *node) {
  switch (node->op) {
  case HIR_GUARD_BOUND:
  case HIR_GUARD_SHAPE:
    hir_substitute(node, object->node);
    break;
  case HIR_LOAD_SLOT:
  case HIR_LOAD_FIELD:
    hir_substitute(node, object->current[word_at(hir_field_offset(node))]);
    break;
  case HIR_STORE_FIELD:
    set_variable(object, word_at(node->payload.number), hir_node_input(node, 1));
    hir_node_remove(node);
    break;
  case HIR_GUARD_UNWATCHED:
    if (is_iterator(object->node))
      hir_unwatch_contents(object->function, node, object->node, object->node->inputs, object->node->input_count);
    else
      hir_unwatch_contents(object->function, node, object->node, object->current, object->count);
    break;
  case HIR_GUARD_FIELD_UNWATCHED: {
    HirNode *value = object->current[word_at(node->payload.number)];
    if ((value->kinds & KIND_CELL) && value->op != HIR_CONST)
      hir_insert(object->function, node, HIR_GUARD_UNWATCHED, value, NULL)->state = node->state;
    hir_node_remove(node);
    break;
  }
  case HIR_ADD_SLOT: {
    const LookupResult *result = node->payload.pointer;
    object->shape = result->next_shape;
    uint32_t first = object->shape->attributes_offset + sizeof(Value);
    set_variable(object, word_at(first + result->slot * (int64_t)sizeof(Value)), hir_node_input(node, 1));
    hir_substitute(node, object->node);
    break;
  }
  default:
    if (object->node->op == HIR_NEW_PAIRS)
      step_pairs(object, node);
    else if (object->node->inputs[0]->op == HIR_NEW_RANGE)
      step_range(object, node);
    else
      step_sequence(object, node);
  }
}

static void enter_block(Object *object, HirBlock *block) {
  if (block->predecessor_count == 1) {
    memcpy(object->current, object->ends[block->predecessors[0]->order], object->count * sizeof(HirNode *));
    return;
  }
  HirRepresentation representation = object->node->op == HIR_NEW_INSTANCE ? HIR_VALUE : HIR_INT;
  HirNode *body = hir_block_body(block);
  for (uint32_t i = 0; i < object->count; i++) {
    HirNode *phi = hir_node_new(object->function, HIR_PHI, 0, NULL);
    phi->representation = representation;
    phi->kinds = representation == HIR_VALUE ? KIND_ANY : 0;
    hir_node_insert_before(phi, body);
    object->current[i] = phi;
  }
}

static void fill_phis(Object *object, HirBlock *block, HirNode *first) {
  HirNode *phi = first;
  for (uint32_t i = 0; i < object->count; i++, phi = phi->next)
    for (uint32_t j = 0; j < block->predecessor_count; j++)
      hir_phi_add_input(object->function, phi, object->ends[block->predecessors[j]->order][i]);
}

static void walk_block(Object *object, HirBlock *block, HirNode *from) {
  object->copy_count = 0;
  for (HirNode *node = from, *next; node; node = next) {
    next = node->next;
    if (node->state && state_has(object, node->state)) node->state = copy_state(object, node->state, node);
    bool uses = false;
    for (uint32_t i = 0; i < node->input_count; i++) uses |= is_object(object, node->inputs[i]);
    if (uses && !hir_node_is_virtual(node)) replace_use(object, node);
  }
  object->ends[block->order] = hir_allocate(object->function, (object->count + 1) * sizeof(HirNode *));
  memcpy(object->ends[block->order], object->current, object->count * sizeof(HirNode *));
}

// The state at a loop's entry: as things are at the end of the block in front of it.
static void copy_entry_state(Object *object, HirBlock *header) {
  if (!header->entry_state || !state_has(object, header->entry_state)) return;
  HirBlock *entry = hir_loop_entry(header);
  HirNode **values = entry ? object->ends[entry->order] : NULL;
  if (!values) {
    header->entry_state = NULL;
    return;
  }
  object->copy_count = 0;
  memcpy(object->current, values, object->count * sizeof(HirNode *));
  header->entry_state = copy_state(object, header->entry_state, entry->last);
}

// Shapes of an instance, by block: the same on all paths.

// Follows the shape through the block. False: something asks for another one, or for what is not in the cell.
static bool follow_shape(Object *object, HirNode *from, const Shape **shape) {
  for (HirNode *node = from; node; node = node->next) {
    if (node->input_count == 0 || !is_object(object, node->inputs[0])) continue;
    if (node->op == HIR_GUARD_SHAPE && node->shape != *shape) return false;
    if (node->op == HIR_LOAD_SLOT && hir_field_offset(node) < 0) return false;
    if (node->op == HIR_LOAD_FIELD || node->op == HIR_STORE_FIELD || node->op == HIR_LOAD_SLOT ||
        node->op == HIR_GUARD_FIELD_UNWATCHED) {
      int64_t offset = hir_field_offset(node);
      if (offset % (int64_t)sizeof(Value) != 0 || word_at(offset) >= object->count) return false;
    }
    if (node->op != HIR_ADD_SLOT) continue;
    const LookupResult *result = node->payload.pointer;
    if (result->shape != *shape || result->slot >= result->next_shape->inline_capacity ||
        words_of(result->next_shape) != object->count)
      return false;
    *shape = result->next_shape;
  }
  return true;
}

static bool shapes_are_known(Object *object, const Shape **entries, const Shape **ends) {
  HirBlock *home = object->node->block;
  for (HirBlock *block = home; block; block = block->next) {
    if (!hir_dominates(home, block)) continue;
    const Shape *shape = block == home ? object->node->shape : NULL;
    for (uint32_t i = 0; block != home && i < block->predecessor_count; i++) {
      const HirBlock *predecessor = block->predecessors[i];
      if (hir_is_back_edge(block, predecessor)) continue;
      if (shape && ends[predecessor->order] != shape) return false;
      shape = ends[predecessor->order];
    }
    entries[block->order] = shape;
    if (!follow_shape(object, block == home ? object->node->next : block->first, &shape)) return false;
    ends[block->order] = shape;
    for (uint32_t i = 0; i < block->successor_count; i++) {
      const HirBlock *header = block->successors[i];
      if (header == home || !hir_dominates(home, header) || !hir_is_back_edge(header, block)) continue;
      if (entries[header->order] != shape) return false;
    }
  }
  return true;
}

static void replace_object(HirFunction *function, HirNode *node) {
  Object object = {.function = function, .node = node};
  object.count = node->op == HIR_NEW_INSTANCE ? words_of(node->shape) : 1;
  uint32_t blocks = function->last_block->order + 1;
  const Shape **shapes = hir_allocate(function, blocks * sizeof(Shape *));
  if (node->op == HIR_NEW_INSTANCE &&
      !shapes_are_known(&object, hir_allocate(function, blocks * sizeof(Shape *)), shapes))
    return;
  object.ends = hir_allocate(function, blocks * sizeof *object.ends);
  object.current = hir_allocate(function, object.count * sizeof(HirNode *));
  HirNode **first_phis = hir_allocate(function, blocks * sizeof(HirNode *));
  HirBlock *home = node->block;
  begin(&object);
  walk_block(&object, home, node->next);
  shapes[home->order] = object.shape;
  for (HirBlock *block = home->next; block; block = block->next) {
    if (!hir_dominates(home, block)) continue;
    enter_block(&object, block);
    if (block->predecessor_count > 1) first_phis[block->order] = object.current[0];
    object.shape = shapes[block->dominator->order];
    for (uint32_t i = 0; i < block->predecessor_count; i++)
      if (!hir_is_back_edge(block, block->predecessors[i])) object.shape = shapes[block->predecessors[i]->order];
    object.version++;
    walk_block(&object, block, hir_block_body(block));
    shapes[block->order] = object.shape;
  }
  for (HirBlock *block = home->next; block; block = block->next)
    if (first_phis[block->order]) fill_phis(&object, block, first_phis[block->order]);
  for (HirBlock *block = function->entry; block; block = block->next) {
    HirBlock *entry = block->entry_state ? hir_loop_entry(block) : NULL;
    object.shape = entry ? shapes[entry->order] : NULL;
    object.version++;
    copy_entry_state(&object, block);
  }
  hir_node_remove(node);
  hir_resolve_uses(function);
}

// What never changes

static HirOp virtual_op(HirOp op) {
  return op == HIR_NEW_TUPLE           ? HIR_VIRTUAL_TUPLE
         : op == HIR_NEW_METHOD        ? HIR_VIRTUAL_METHOD
         : op == HIR_NEW_INSTANCE_DICT ? HIR_VIRTUAL_INSTANCE_DICT
                                       : HIR_VIRTUAL_RANGE;
}

static void make_virtual(HirNode *node) {
  node->op = virtual_op(node->op);
  node->state = NULL;
}

// Behind make_virtual: tuples and methods hold other cells. What a guard asks for instead may be virtual, too.
static void unwatch_virtual(HirFunction *function, HirNode *guard) {
  for (uint32_t i = 0; i < guard->input_count; i++) {
    HirNode *cell = hir_identity(guard->inputs[i]);
    if (!hir_node_is_virtual(cell)) continue;
    HirNode *before = guard->previous;
    hir_unwatch_contents(function, guard, cell, cell->inputs, cell->op == HIR_VIRTUAL_RANGE ? 0 : cell->input_count);
    HirNode *made = before ? before->next : NULL;
    if (made && made->op == HIR_GUARD_UNWATCHED && made->state == guard->state) unwatch_virtual(function, made);
    return;
  }
}

static void remove_allocations(HirFunction *function) {
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first, *next; node; node = next) {
      next = node->next;
      if (node->mark && (is_iterator(node) || node->op == HIR_NEW_INSTANCE)) replace_object(function, node);
    }
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next)
      if (node->mark && (node->op == HIR_NEW_TUPLE || node->op == HIR_NEW_METHOD || node->op == HIR_NEW_RANGE ||
                         node->op == HIR_NEW_INSTANCE_DICT))
        make_virtual(node);
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first, *next; node; node = next) {
      next = node->next;
      if (node->op == HIR_GUARD_UNWATCHED) unwatch_virtual(function, node);
    }
  pass_phis(function);
}

// Pairs that are made

// In place of a PAIRS_MORE: the next pair, or VALUE_STOP.
static void ask_for_pair(HirFunction *function, HirNode *more) {
  HirNode *first = hir_node_new(function, HIR_CALL_CHANGE, 1, more->inputs);
  first->payload = more->payload;
  first->state = more->state;
  first->kinds = KIND_BOUND;
  hir_node_insert_before(first, more);
  HirNode *second = hir_insert(function, more, HIR_RETURNED, NULL, NULL);
  second->kinds = KIND_BOUND;
  HirNode *ended = hir_insert(function, more, HIR_IS, first, hir_insert_constant(function, more, VALUE_STOP));
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first, *next; node; node = next) {
      next = node->next;
      if (node->op == HIR_PAIRS_ITEM && hir_node_input(node, 1) == more)
        hir_substitute(node, node->index == 0 ? first : second);
    }
  hir_substitute(more, hir_insert(function, more, HIR_NOT, ended, NULL));
}

static void make_pairs(HirFunction *function) {
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first, *next; node; node = next) {
      next = node->next;
      if (node->op == HIR_PAIRS_MORE)
        ask_for_pair(function, node);
      else if (node->op == HIR_PAIRS_ADVANCE)
        hir_node_remove(node);
    }
  hir_resolve_uses(function);
}

void pass_escape(HirFunction *function) {
  hir_find_loops(function);
  hir_remove_unused(function);
  if (find_escapes(function) > 0) remove_allocations(function);
  make_pairs(function);
}
