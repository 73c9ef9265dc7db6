// reversed: calls __reversed__, or walks a sequence by index from the last item to the first.

#include "runtime/object/container.h"
#include "runtime/object/dict.h"

static Value reversed_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  bool plain = value_as_class(class) == BUILTIN(REVERSED) ||
               class_special(value_as_class(class), SPECIAL_INIT) == class_special(BUILTIN(REVERSED), SPECIAL_INIT);
  if (plain && !refuse_keywords("reversed", keyword_names)) return NULL;
  if (!arguments_check_count("reversed", count, 1, 1)) return NULL;
  Value sequence = arguments[0], method = value_special(sequence, SPECIAL_REVERSED);
  if (method && method != VALUE_NONE) return special_call_1(method, sequence);
  if (method || value_is_dict(sequence) || !value_special(sequence, SPECIAL_GETITEM))
    return raise_type_error("'%.200T' object is not reversible", sequence);
  ptrdiff_t length = value_length(sequence);
  SequenceIterator *self = length < 0 ? NULL : class_allocate(value_as_class(class), 0);
  if (!self) return NULL;
  gc_init(self, &self->sequence, sequence);
  self->index = (size_t)(length - 1);
  return value_from_cell(self);
}

static Value reversed_next(Value value) {
  SequenceIterator *self = (SequenceIterator *)value_cell(value);
  for (;;) {
    Value sequence = gc_load(&self->sequence);
    size_t index = position_load(&self->index);
    if (sequence && index != SIZE_MAX) {
      Value item = value_get_index(sequence, (ptrdiff_t)index);
      if (item) {
        if (position_advance(&self->index, index, index - 1)) return item;
        continue;
      }
      if (!exception_clear_if(CLASS_INDEX_ERROR) && !exception_clear_if(CLASS_STOP_ITERATION)) return NULL;
    }
    self->index = SIZE_MAX;
    gc_store(self, &self->sequence, NULL);
    return VALUE_STOP;
  }
}

static Value reversed_length_hint(Value value) {
  SequenceIterator *self = (SequenceIterator *)value_cell(value);
  Value sequence = gc_load(&self->sequence);
  if (!sequence) return value_from_small_int(0);
  ptrdiff_t length = value_length(sequence);
  if (length < 0) return NULL;
  size_t remaining = position_load(&self->index) + 1;
  return int_from_size((size_t)length < remaining ? 0 : remaining);
}

static Value reversed_reduce(Value value) {
  SequenceIterator *self = (SequenceIterator *)value_cell(value);
  Value class = value_from_cell(value_class(value)), sequence = gc_load(&self->sequence);
  if (sequence)
    return reduce_to(class, tuple_of(1, sequence), value_from_small_int((int64_t)position_load(&self->index)));
  return reduce_to(class, tuple_of(1, tuple_new(NULL, 0)), NULL);
}

static Value reversed_set_state(Value value, Value state) {
  SequenceIterator *self = (SequenceIterator *)value_cell(value);
  ptrdiff_t index;
  if (!value_as_size(state, &index, CLASS_OVERFLOW_ERROR)) return NULL;
  if (self->sequence) {
    ptrdiff_t length = value_length(self->sequence);
    if (length < 0) return NULL;
    self->index = (size_t)(index < -1 ? -1 : index > length - 1 ? length - 1 : index);
  }
  return VALUE_NONE;
}

static const NativeMethod reversed_methods[] = {
    NATIVE("__new__", reversed_create, NULL, "Create a reverse iterator.", NATIVE_STATIC),
    ITERATOR_ENTRIES(reversed_next),
    NATIVE("__length_hint__", reversed_length_hint, "($self, /)", "How many items are left."),
    NATIVE("__reduce__", reversed_reduce, "($self, /)", "What pickle needs to rebuild the iterator."),
    NATIVE("__setstate__", reversed_set_state, "($self, state, /)", "Set the position."),
    {},
};
static const CellType reversed_type = {.name = "reversed", CELL_VALUES(SequenceIterator, sequence, sequence)};
const ClassDef reversed_class = {
    .name = "reversed",
    .doc = "reversed(sequence, /)\n--\n\nReturn a reverse iterator over the items of a sequence.",
    .cell_type = &reversed_type,
    .instance_size = sizeof(SequenceIterator),
    .flags = CLASS_BASE_TYPE,
    .methods = reversed_methods,
};
