// See leave.h.
#include "jit/leave.h"

#include "runtime/heap/heap.h"
#include "runtime/object/attributes.h"
#include "runtime/object/call.h"
#include "runtime/object/float.h"
#include "runtime/object/function.h"
#include "runtime/object/sequence.h"
#include "runtime/runtime.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Out of memory for a cell on the way to the interpreter: there is no way back and no instruction that could raise.
static Value made_or_abort(Value made) {
  if (made) return made;
  fputs("Fatal Python error: out of memory on leaving compiled code\n", stderr);
  abort();
}

static Value make_tuple(Value *inputs, size_t count, const Shape *) {
  return made_or_abort(tuple_new(inputs, count));
}
static Value make_method(Value *inputs, size_t, const Shape *) {
  return made_or_abort(method_new(inputs[0], inputs[1]));
}
static Value make_instance_dict(Value *inputs, size_t, const Shape *) {
  return made_or_abort(instance_live_dict(inputs[0]));
}
static Value make_function(Value *inputs, size_t, const Shape *) {
  return made_or_abort(function_make(inputs[0], inputs[1], inputs[2], inputs[3]));
}
static Value make_range(Value *inputs, size_t, const Shape *) {
  return made_or_abort(value_call(value_from_cell(BUILTIN(RANGE)), inputs, 3, NULL));
}
static Value make_range_iterator(Value *inputs, size_t count, const Shape *shape) {
  Value iterator = made_or_abort(value_iterate(make_range(inputs, count, shape)));
  iterator_set_private(iterator);
  return iterator;
}
static Value make_sequence_iterator(Value *inputs, size_t, const Shape *) {
  Value iterator = made_or_abort(value_iterate(inputs[0]));
  ((SequenceIterator *)value_cell(iterator))->index = (size_t)value_small_int(inputs[1]);
  iterator_set_private(iterator);
  return iterator;
}
static Value iterator_at(Value sequence, Value position) {
  return make_sequence_iterator((Value[]){sequence, position}, 2, NULL);
}
static Value make_pairs(Value *inputs, size_t count, const Shape *shape) {
  Value position = inputs[count - 1];
  Value arguments[] = {iterator_at(inputs[0], position), count == 3 ? iterator_at(inputs[1], position) : position};
  return made_or_abort(value_call(value_from_cell(shape->class), arguments, 2, NULL));
}
static Value make_instance(Value *inputs, size_t count, const Shape *shape) {
  Value *cell = cell_alloc(shape, (1 + count) * sizeof(Value));
  made_or_abort(value_from_cell(cell));
  for (size_t i = 0; i < count; i++)
    if (inputs[i]) gc_init(cell, cell + 1 + i, inputs[i]);
  return value_from_cell(cell);
}
static Value make_complex(Value *inputs, size_t, const Shape *) {
  return made_or_abort(complex_from_doubles(float_as_double(inputs[0]), float_as_double(inputs[1])));
}
static Value choose(Value *inputs, size_t, const Shape *) {
  return inputs[0] == VALUE_TRUE ? inputs[1] : inputs[2];
}

LeaveMaker *leave_maker_of(HirOp op) {
  switch (op) {
  case HIR_VIRTUAL_TUPLE:
    return make_tuple;
  case HIR_VIRTUAL_METHOD:
    return make_method;
  case HIR_VIRTUAL_INSTANCE_DICT:
    return make_instance_dict;
  case HIR_VIRTUAL_FUNCTION:
    return make_function;
  case HIR_VIRTUAL_RANGE:
    return make_range;
  case HIR_VIRTUAL_RANGE_ITERATOR:
    return make_range_iterator;
  case HIR_VIRTUAL_SEQUENCE_ITERATOR:
    return make_sequence_iterator;
  case HIR_VIRTUAL_PAIRS:
    return make_pairs;
  case HIR_VIRTUAL_INSTANCE:
    return make_instance;
  case HIR_BOX_COMPLEX:
    return make_complex;
  case HIR_LAZY_DOUBLE:
    return choose;
  default:
    return NULL;
  }
}

static Value box_word(uint64_t word, HirRepresentation representation) {
  switch (representation) {
  case HIR_INT:
    return value_from_bits(word | 3);
  case HIR_BOOL:
    return value_from_bool(word & 1);
  case HIR_DOUBLE: {
    double number;
    memcpy(&number, &word, sizeof number);
    return made_or_abort(float_from_double(number));
  }
  default:
    return value_from_bits(word);
  }
}

// The inputs come before what is made of them.
static Value make_value(const LeaveRecord *leave, const LeaveValue *value, const Value *earlier, Value *inputs) {
  for (uint32_t i = 0; i < value->count; i++) inputs[i] = earlier[leave->inputs[value->first + i]];
  return value->maker(inputs, value->count, value->shape);
}

// On the C stack, where the collector sees them; the VM's registers change when all are there.
static void find_values(const LeaveRecord *leave, const uint64_t *live, Value *values) {
  Value inputs[leave->input_count + 1];
  for (uint32_t i = 0; i < leave->value_count; i++) {
    const LeaveValue *value = &leave->values[i];
    if (value->kind == LEAVE_MADE)
      values[i] = make_value(leave, value, values, inputs);
    else
      values[i] = box_word(value->kind == LEAVE_CONSTANT ? value->word : live[value->first], value->representation);
  }
}

// The record of an inlined call: machine code has made it for an earlier call already, or it is made now.
static Frame *link_frame(Thread *thread, Frame *caller, const LeaveRecord *leave, const LeaveFrame *inlined,
                         const Value *values) {
  Frame *frame;
  if (leave->records_stand) {
    frame = caller->kind == FRAME_GENERATOR ? caller->next : caller + 1;
    thread->frame = frame;
    thread->recursion_depth++;
  } else
    frame = runtime_push_record(thread, caller, &inlined->record);
  if (inlined->function != LEAVE_NO_VALUE) frame->function = values[inlined->function];
  if (inlined->result != LEAVE_NO_VALUE) frame->result = values[inlined->result];
  if (inlined->exit_flags) frame->exit_flags = inlined->exit_flags;
  return frame;
}

Value runtime_leave(Thread *thread, Frame *frame, const LeaveRecord *leave, uint32_t exit, const uint64_t *live) {
  Value values[leave->value_count + 1], exception = exception_take();
  find_values(leave, live, values);
  if (exception) exception_restore(exception);
  uint32_t own = frame->kind == FRAME_GENERATOR ? frame->code->register_count : UINT32_MAX;
  for (uint32_t i = 0; i < leave->register_count; i++) {
    uint32_t number = leave->registers[i].number;
    Value *place = number < own ? &frame->registers[number] : &frame->top[number - own];
    *place = values[leave->registers[i].value];
  }
  thread->left_exit = exit;
  if (leave->in_flight) return VALUE_LEFT;
  for (uint32_t i = 0; i < leave->frame_count; i++) frame = link_frame(thread, frame, leave, &leave->frames[i], values);
  frame->pc = leave->pc;
  return VALUE_LEFT;
}
