// Subscripts, sequences, iteration. See build.h.
#include "jit/build_internal.h"

#include "runtime/object/dict.h"

static HirNode *item_key(Builder *builder, bool constant) {
  if (!constant) return operand_c(builder);
  return emit_constant(builder, tuple_item(builder->scope->code->constants, instruction_c(builder->instruction)));
}

static bool may_be_int(const HirNode *node) {
  return node->kinds & KIND_INT;
}
static bool may_be_cell(const HirNode *node) {
  return node->kinds & KIND_CELL;
}
// Is the value known not to have this shape?
static bool is_no(const HirNode *node, const Shape *shape) {
  return !may_be_cell(node) || (node->kinds == KIND_CELL && node->shape && node->shape != shape);
}

static void set_called(Builder *builder, RuntimeFunction which, uint32_t count, HirNode *const *inputs) {
  set_result(builder, emit_runtime(builder, which, count, inputs));
  emit_recheck(builder);
}

void build_load_item(Builder *builder, bool constant) {
  HirNode *container = operand_b(builder), *key = item_key(builder, constant);
  if (build_dict_get(builder, container, key, NULL)) return;
  unsigned form = builder_opcode(builder), failures = builder_failures(builder);
  bool is_tuple = form == OP_LOAD_ITEM_TUPLE || form == OP_LOAD_ITEM_CONST_TUPLE;
  bool is_dict = form == OP_LOAD_ITEM_DICT || form == OP_LOAD_ITEM_CONST_DICT;
  if (container->kinds == KIND_CELL && container->shape) { // what is known counts more than what was seen elsewhere
    is_tuple = container->shape == SHAPE(TUPLE);
    is_dict = container->shape == SHAPE(DICT);
  }
  if (!is_tuple && !is_dict && build_special_item(builder, container, key, NULL)) return;
  if (failures == 0 && is_tuple && may_be_int(key) && !is_no(container, SHAPE(TUPLE))) {
    container = guard_shape(builder, container, SHAPE(TUPLE));
    set_result(builder, emit_2(builder, HIR_TUPLE_GET, container, as_int(builder, key)));
  } else if (failures == 0 && is_dict && !is_no(container, SHAPE(DICT))) {
    set_result(builder, emit_runtime(builder, RUNTIME_TRY_GET_ITEM, 2, (HirNode *[]){container, key}));
  } else if (failures == 1 && is_dict && !is_no(container, SHAPE(DICT))) {
    container = guard_shape(builder, container, SHAPE(DICT));
    set_called(builder, RUNTIME_DICT_GET, 2, (HirNode *[]){container, key});
  } else if (failures == 0 && !is_tuple && !is_dict && may_be_int(key) && !is_no(container, SHAPE(LIST))) {
    container = guard_shape(builder, container, SHAPE(LIST));
    set_result(builder, emit_2(builder, HIR_LIST_GET, container, as_int(builder, key)));
  } else if (failures < 2 && may_be_cell(container)) {
    set_result(builder, emit_runtime(builder, RUNTIME_TRY_GET_ITEM, 2, (HirNode *[]){container, key}));
  } else {
    set_called(builder, RUNTIME_GET_ITEM, 2, (HirNode *[]){container, key});
  }
}

void build_store_item(Builder *builder) {
  HirNode *container = operand_a(builder), *key = operand_b(builder), *value = operand_c(builder);
  if (build_dict_set(builder, container, key, value)) return;
  unsigned failures = builder_failures(builder);
  bool is_dict = builder_opcode(builder) == OP_STORE_ITEM_DICT;
  if (container->kinds == KIND_CELL && container->shape) is_dict = container->shape == SHAPE(DICT);
  if (!is_dict && build_special_item(builder, container, key, value)) return;
  if (failures < 2 && is_dict && !is_no(container, SHAPE(DICT))) {
    container = guard_shape(builder, container, SHAPE(DICT));
    bool tries = failures == 0;
    emit_runtime(builder, tries ? RUNTIME_TRY_SET_ITEM : RUNTIME_DICT_SET, 3, (HirNode *[]){container, key, value});
    if (!tries) emit_recheck(builder);
  } else if (failures == 0 && !is_dict && may_be_int(key) && !is_no(container, SHAPE(LIST))) {
    container = guard_shape(builder, container, SHAPE(LIST));
    if (threads_started) {
      emit_runtime(builder, RUNTIME_LIST_SET, 3, (HirNode *[]){container, key, value});
      emit_recheck(builder);
      return;
    }
    HirNode *index = as_int(builder, key);
    emit_3(builder, HIR_LIST_SET, container, index, value);
  } else {
    emit_runtime(builder, RUNTIME_SET_ITEM, 3, (HirNode *[]){container, key, value});
    emit_recheck(builder);
  }
}

// Items that comprehensions and displays add. False: not done.
bool build_add_item(Builder *builder, unsigned base) {
  if (builder_failures(builder) > 0) return false;
  HirNode *container = operand_a(builder), *item = operand_b(builder);
  switch (base) {
  case OP_LIST_APPEND:
    emit_2(builder, HIR_LIST_APPEND, guard_shape(builder, container, SHAPE(LIST)), item);
    return true;
  case OP_SET_ADD:
    container = guard_shape(builder, container, SHAPE(SET));
    emit_runtime(builder, RUNTIME_TRY_SET_ADD, 2, (HirNode *[]){container, item});
    return true;
  default:
    container = guard_shape(builder, container, SHAPE(DICT));
    emit_runtime(builder, RUNTIME_TRY_SET_ITEM, 3, (HirNode *[]){container, item, operand_c(builder)});
    return true;
  }
}

// A slice that is made for the subscript that follows is not made.
bool build_slice_item(Builder *builder) {
  const CodeScope *scope = builder->scope;
  uint32_t next_word = builder->next_word, slice = instruction_a(builder->instruction);
  if (builder_failures(builder) > 0 || next_word >= scope->code->word_count || scope->block_at[next_word]) return false;
  Instruction next = build_load_word(scope->code, next_word);
  if (opcode_base[next & 0xff] != OP_LOAD_ITEM || instruction_c(next) != slice || instruction_b(next) == slice ||
      instruction_a(next) != slice)
    return false;
  uint32_t first = instruction_b(builder->instruction);
  HirNode *inputs[] = {get_register(builder, instruction_b(next)), get_register(builder, first),
                       get_register(builder, first + 1), get_register(builder, first + 2)};
  set_result(builder, emit_runtime(builder, RUNTIME_TRY_GET_SLICE, 4, inputs));
  builder->skip_to = next_word + build_instruction_words(next);
  return true;
}

void build_sequence(Builder *builder, HirOp op) {
  uint32_t count = instruction_c(builder->instruction), first = instruction_b(builder->instruction);
  if (count > 64 || (count == 0 && op == HIR_NEW_TUPLE)) {
    emit_step(builder);
    return;
  }
  HirNode *inputs[64];
  for (uint32_t i = 0; i < count; i++) inputs[i] = get_register(builder, first + i);
  HirNode *made = emit(builder, op, count, inputs);
  made->kinds = KIND_CELL;
  made->shape = op == HIR_NEW_TUPLE ? SHAPE(TUPLE) : SHAPE(LIST);
  set_result(builder, made);
}

void build_unpack_sequence(Builder *builder) {
  HirNode *sequence = operand_b(builder);
  uint32_t count = instruction_c(builder->instruction), a = instruction_a(builder->instruction);
  bool is_virtual = sequence->op == HIR_VIRTUAL_TUPLE;
  if ((sequence->op == HIR_NEW_TUPLE || is_virtual) && sequence->input_count == count) {
    HirNode *items[64];
    for (uint32_t i = 0; i < count; i++) items[i] = sequence->inputs[i];
    if (is_virtual) set_register(builder, instruction_b(builder->instruction), NULL); // no phi may meet it
    for (uint32_t i = 0; i < count; i++) set_register(builder, a + i, items[i]);
    return;
  }
  if (builder_failures(builder) > 0 || is_no(sequence, SHAPE(TUPLE))) {
    emit_step(builder);
    return;
  }
  sequence = guard_shape(builder, sequence, SHAPE(TUPLE));
  HirNode *right_count =
      emit_2(builder, HIR_INT_COMPARE, emit_1(builder, HIR_TUPLE_COUNT, sequence), emit_int(builder, count));
  right_count->payload.number = HIR_EQUAL;
  emit_1(builder, HIR_GUARD_TRUE, right_count);
  for (uint32_t i = 0; i < count; i++) {
    HirNode *item = emit_1(builder, HIR_LOAD_FIXED, sequence);
    item->payload.number = (int64_t)(offsetof(Tuple, items) + i * sizeof(Value));
    set_register(builder, a + i, item);
  }
}

// Iteration

static unsigned following_form(const Builder *builder) {
  return builder->next_word < builder->scope->code->word_count
             ? __atomic_load_n(&builder->scope->code->words[builder->next_word], __ATOMIC_ACQUIRE) & 0xff
             : OP_NOP;
}

// The form of the loop that goes through the first argument of `code`, a comprehension or a generator expression.
static unsigned loop_form(const Code *code) {
  Value copy = gc_load(&code->consuming);
  if (copy) code = value_as_code(copy);
  for (uint32_t at = 0; at < code->word_count;) {
    Instruction word = build_load_word(code, at);
    if (opcode_base[word & 0xff] == OP_FOR_ITERATOR && instruction_b(word) == 0) return word & 0xff;
    at += build_instruction_words(word);
  }
  return OP_NOP;
}

// How the iterator that is made here will be used: by the loop that follows, or by a comprehension that is called with
// it.
static unsigned use_form(const Builder *builder) {
  unsigned form = following_form(builder);
  if (opcode_base[form] != OP_CALL) return form;
  Instruction call = build_load_word(builder->scope->code, builder->next_word);
  uint32_t base = instruction_b(call);
  if (instruction_c(call) != 1 || instruction_a(builder->instruction) != base + 1) return form;
  const HirNode *callee = builder->registers[builder->scope->frame->base + base];
  return callee && callee->op == HIR_NEW_FUNCTION ? loop_form(value_as_code(callee->inputs[0]->payload.value)) : form;
}

static HirNode *new_iterator(Builder *builder, HirNode *iterable, Shape *iterable_shape, Shape *iterator_shape) {
  iterable = guard_shape(builder, iterable, iterable_shape);
  HirNode *iterator = emit_1(builder, HIR_NEW_ITERATOR, iterable);
  iterator->kinds = KIND_CELL;
  iterator->shape = iterator_shape;
  return iterator;
}

static bool is_new_pairs(HirNode *value) {
  return strip_guards(value)->op == HIR_NEW_PAIRS;
}

// zip() of two, or enumerate() of one: lists, if nothing else is known.
bool build_pairs(Builder *builder, Shape *shape, HirNode **arguments, uint32_t count) {
  if (count != (shape == SHAPE(ZIP) ? 2 : 1) || builder_failures(builder) > 0) return false;
  for (uint32_t i = 0; i < count; i++) {
    Shape *known = arguments[i]->kinds == KIND_CELL ? arguments[i]->shape : NULL;
    if (!may_be_cell(arguments[i]) || (known && known != SHAPE(LIST) && known != SHAPE(TUPLE))) return false;
  }
  HirNode *sequences[2];
  for (uint32_t i = 0; i < count; i++) {
    bool is_tuple = arguments[i]->kinds == KIND_CELL && arguments[i]->shape == SHAPE(TUPLE);
    sequences[i] = guard_shape(builder, arguments[i], is_tuple ? SHAPE(TUPLE) : SHAPE(LIST));
  }
  HirNode *made = emit(builder, HIR_NEW_PAIRS, count, sequences);
  made->kinds = KIND_CELL;
  made->shape = shape;
  set_result(builder, made);
  return true;
}

static void build_next_pair(Builder *builder, HirNode *pairs, HirBlock **done) {
  HirNode *more = emit_1(builder, HIR_PAIRS_MORE, pairs);
  more->payload.pointer = &runtime_functions[RUNTIME_TRY_NEXT_PAIR];
  HirBlock *continues;
  emit_branch(builder, more, &continues, done);
  builder->block = continues;
  HirNode *items[2];
  for (uint32_t i = 0; i < 2; i++) {
    items[i] = emit_2(builder, HIR_PAIRS_ITEM, pairs, more);
    items[i]->index = i;
    items[i]->kinds = pairs->shape == SHAPE(ENUMERATE) && i == 0 ? KIND_INT : KIND_BOUND;
  }
  emit_1(builder, HIR_PAIRS_ADVANCE, pairs);
  HirNode *tuple = emit(builder, HIR_NEW_TUPLE, 2, items);
  tuple->kinds = KIND_CELL;
  tuple->shape = SHAPE(TUPLE);
  set_result(builder, tuple);
}

void build_get_iterator(Builder *builder) {
  HirNode *iterable = operand_b(builder);
  if (is_new_pairs(iterable)) {
    set_result(builder, iterable);
    return;
  }
  unsigned form = builder_failures(builder) == 0 ? use_form(builder) : OP_NOP;
  Shape *known = iterable->kinds == KIND_CELL ? iterable->shape : NULL;
  if (known == SHAPE(LIST) || (form == OP_FOR_ITERATOR_LIST && !is_no(iterable, SHAPE(LIST)))) {
    set_result(builder, new_iterator(builder, iterable, SHAPE(LIST), SHAPE(LIST_ITERATOR)));
  } else if (known == SHAPE(TUPLE) || (form == OP_FOR_ITERATOR_TUPLE && !is_no(iterable, SHAPE(TUPLE)))) {
    set_result(builder, new_iterator(builder, iterable, SHAPE(TUPLE), SHAPE(TUPLE_ITERATOR)));
  } else if (form == OP_FOR_ITERATOR_RANGE && !is_no(iterable, SHAPE(RANGE))) {
    // Only ranges of small ints have such iterators: NEW_ITERATOR leaves for others.
    set_result(builder, new_iterator(builder, iterable, SHAPE(RANGE), SHAPE(RANGE_ITERATOR)));
  } else {
    if (builder_failures(builder) == 0 && may_be_cell(iterable))
      set_result(builder, emit_runtime(builder, RUNTIME_TRY_ITERATE, 1, &iterable));
    else
      set_called(builder, RUNTIME_ITERATE, 1, &iterable);
  }
}

// The current block goes on with `item`; where there is none, in *done, the instruction jumps. Gives what a SEND has in
// place of the item there.
static HirNode *next_in_general(Builder *builder, HirNode *item, HirBlock **done) {
  item->kinds = KIND_BOUND;
  HirNode *ended = emit_is(builder, item, emit_constant(builder, VALUE_STOP)), *returned = NULL;
  HirBlock *goes_on;
  HirNode **before = save_registers(builder);
  emit_branch(builder, ended, done, &goes_on);
  uint32_t next_word = builder->next_word;
  builder->block = *done;
  builder->next_word = builder->word + instruction_c(builder->instruction);
  if (item->op == HIR_SEND && opcode_base[builder_opcode(builder)] == OP_SEND) {
    returned = emit_0(builder, HIR_RETURNED);
    set_result(builder, returned);
  }
  bool calls = (hir_op_infos[item->op].flags & HIR_CALLS) != 0;
  if (calls) emit_recheck(builder);
  builder->next_word = next_word;
  restore_registers(builder, before);
  builder->block = goes_on;
  set_result(builder, item);
  if (calls) emit_recheck(builder);
  return returned;
}

// Is the item that this FOR_ITERATOR gives taken apart at once into two, and used for nothing else?
static bool item_is_unpacked(const Builder *builder) {
  const CodeScope *scope = builder->scope;
  if (builder->next_word >= scope->code->word_count) return false;
  Instruction next = build_load_word(scope->code, builder->next_word);
  const CodeBlock *block = scope->block_at[builder->next_word];
  return opcode_base[next & 0xff] == OP_UNPACK_SEQUENCE && instruction_c(next) == 2 &&
         instruction_b(next) == instruction_a(builder->instruction) && block && block->predecessor_count == 1 &&
         !builder->is_split;
}

// Pairs of dict.items(), zip() and enumerate() that are taken apart need not be made. What cannot give the next item or
// pair without Python code is asked in general.
static void build_next(Builder *builder, HirNode *iterator, HirBlock **done) {
  unsigned failures = builder_failures(builder);
  bool unpacked = item_is_unpacked(builder), pair = failures == 0 && unpacked;
  if (!may_be_cell(iterator) || failures > unpacked) {
    next_in_general(builder, emit_runtime(builder, RUNTIME_NEXT, 1, &iterator), done);
    return;
  }
  HirNode *item = emit_runtime(builder, pair ? RUNTIME_TRY_NEXT_PAIR : RUNTIME_TRY_NEXT, 1, &iterator);
  next_in_general(builder, item, done);
  if (!pair) return;
  HirNode *tuple = emit_2(builder, HIR_VIRTUAL_TUPLE, item, emit_0(builder, HIR_RETURNED));
  tuple->kinds = KIND_CELL;
  tuple->shape = SHAPE(TUPLE);
  set_result(builder, tuple);
}

HirNode *build_send(Builder *builder, HirBlock **done) {
  HirNode *inputs[] = {operand_b(builder), operand_a(builder)};
  return next_in_general(builder, emit(builder, HIR_SEND, 2, inputs), done);
}

// Does the loop that is entered at this instruction count upwards from a number that is not negative?
static bool ascends_now(const Builder *builder) {
  if (builder->scope->caller || builder->word != builder->function->entry_word) return false;
  Value iterator = builder->vm_frame->registers[instruction_b(builder->instruction)];
  if (!iterator || !value_has_shape(iterator, SHAPE(RANGE_ITERATOR))) return false;
  const RangeIterator *range = (const RangeIterator *)value_cell(iterator);
  return range->start >= 0 && range->step > 0;
}

void build_for_iterator(Builder *builder, HirBlock **done) {
  HirNode *iterator = operand_b(builder);
  unsigned form = builder_opcode(builder), failures = builder_failures(builder);
  Shape *known = iterator->kinds == KIND_CELL ? iterator->shape : NULL;
  HirOp more, next;
  Shape *shape;
  if (is_new_pairs(iterator) && failures == 0) {
    build_next_pair(builder, iterator, done);
    return;
  }
  if (known == SHAPE(RANGE_ITERATOR) || (!known && form == OP_FOR_ITERATOR_RANGE && failures <= 1)) {
    more = HIR_RANGE_MORE, next = HIR_RANGE_NEXT, shape = SHAPE(RANGE_ITERATOR);
  } else if (known == SHAPE(LIST_ITERATOR) || (!known && form == OP_FOR_ITERATOR_LIST && failures == 0)) {
    more = HIR_LIST_MORE, next = HIR_LIST_NEXT, shape = SHAPE(LIST_ITERATOR);
  } else if (known == SHAPE(TUPLE_ITERATOR) || (!known && form == OP_FOR_ITERATOR_TUPLE && failures == 0)) {
    more = HIR_TUPLE_MORE, next = HIR_TUPLE_NEXT, shape = SHAPE(TUPLE_ITERATOR);
  } else if (form == OP_FOR_ITERATOR_GENERATOR && failures == 0 && !is_no(iterator, SHAPE(GENERATOR))) {
    iterator = guard_shape(builder, iterator, SHAPE(GENERATOR));
    HirNode *item = emit_2(builder, HIR_SEND, iterator, emit_constant(builder, VALUE_NONE));
    item->payload.number = 1;
    next_in_general(builder, item, done);
    return;
  } else {
    build_next(builder, iterator, done);
    return;
  }
  bool is_private = strip_guards(iterator)->op == HIR_NEW_ITERATOR;
  bool ask = !is_private && threads_started; // somebody else may be moving it
  if (ask && failures > 0) {
    build_next(builder, iterator, done);
    return;
  }
  iterator = guard_shape(builder, iterator, shape);
  if (ask) emit_1(builder, HIR_GUARD_PRIVATE, iterator);
  bool ascends = more == HIR_RANGE_MORE && !is_private && failures == 0 && ascends_now(builder);
  if (ascends) emit_1(builder, HIR_GUARD_ASCENDING, iterator);
  HirNode *goes_on = emit_1(builder, more, iterator);
  HirBlock *continues;
  emit_branch(builder, goes_on, &continues, done);
  if (!is_private && more != HIR_RANGE_MORE) { // it stays exhausted even if its sequence grows
    builder->block = *done;
    HirNode *store = emit_2(builder, HIR_STORE_FIELD, iterator, builder->unbound);
    store->payload.number = offsetof(SequenceIterator, sequence);
  }
  builder->block = continues;
  HirNode *item = emit_1(builder, next, iterator);
  item->index = ascends;
  set_result(builder, item->representation == HIR_INT ? box_int(builder, item) : item);
}
