// Frame records: their place in the chain, their locals, and how the collector sees them.
#include "runtime/object/frame.h"
#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/frame_internal.h"
#include "runtime/object/function.h"
#include "runtime/object/generator.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include <string.h>

Frame *frame_skip_entries(Frame *frame) {
  while (frame && frame->kind == FRAME_ENTRY) frame = frame->previous;
  return frame;
}

static uint32_t frame_word(const Frame *frame) {
  return (uint32_t)(frame->pc - frame->code->words);
}
int frame_line(const Frame *frame) {
  PositionRange position;
  return code_position(frame->code, frame_word(frame), &position) ? position.line : 0;
}

// For the collector

uint32_t frame_live_registers(const Frame *frame) {
  uint32_t live = code_live_registers(frame->code, frame_word(frame)), named = code_named_count(frame->code);
  return live > named ? live : named;
}
// The temporaries of a stack frame may be what a callee has left there; a generator's registers are its own alone.
static void trace_foreign(const Frame *frame, Value *end, Tracer *tracer) {
  Value *temporaries = frame->kind == FRAME_GENERATOR ? end : frame->registers + code_named_count(frame->code);
  trace_range(tracer, frame->registers, temporaries);
  trace_conservatively(tracer, temporaries, end);
}
// The registers before `limit` and what the record refers to.
static void trace_up_to(const Frame *frame, Value *limit, Tracer *tracer) {
  if (frame->code) {
    trace_value(tracer, value_from_cell(frame->code));
    bool foreign = frame->code->is_foreign;
    Value *end = frame->registers + (foreign ? frame->code->register_count : frame_live_registers(frame));
    if (end > limit) end = limit;
    if (foreign)
      trace_foreign(frame, end, tracer);
    else
      trace_range(tracer, frame->registers, end);
  }
  if (frame->kind == FRAME_ENTRY) return;
  trace_value(tracer, frame->function);
  trace_value(tracer, frame->globals);
  trace_value(tracer, frame->builtins);
  trace_value(tracer, frame->locals);
  trace_value(tracer, frame->frame_object);
  trace_value(tracer, frame->generator);
  trace_value(tracer, frame->result);
  trace_value(tracer, frame->outer_handled);
}
void frame_trace(const Frame *frame, Tracer *tracer) {
  trace_up_to(frame, frame->registers + (frame->code ? frame->code->register_count : 0), tracer);
}
// A caller's outgoing arguments have become the callee's registers, of which the callee knows best what lives.
void frames_trace(Thread *thread, Tracer *tracer) {
  const Frame *callee = NULL;
  for (const Frame *frame = thread->frame; frame; callee = frame, frame = frame->previous) {
    bool covers = callee && callee->kind == FRAME_PYTHON && frame->kind == FRAME_PYTHON;
    trace_up_to(frame, covers ? callee->registers : frame->registers + (frame->code ? frame->code->register_count : 0),
                tracer);
  }
}

// Locals

// A named local, cell or free variable: its name, and where its value is.
typedef struct LocalPlace {
  Value name;
  Value *place;
  Cell *owner; // of a cell's contents; NULL: a register
} LocalPlace;

static bool is_cell_argument(const Code *code, uint32_t local) {
  for (uint32_t i = 0; i < code->cell_count; i++)
    if (code->cell_arguments && code->cell_arguments[i] == local + 1) return true;
  return false;
}
// The variable number `index` of all; false: it does not stand for itself (an argument in a cell).
static bool local_at(const Code *code, Value *registers, uint32_t index, LocalPlace *local) {
  local->place = registers + index;
  local->owner = NULL;
  if (index < code->local_count) {
    local->name = tuple_item(code->variable_names, index);
    // Before ENTER_CLOSURE has run the argument is still in its register.
    return registers[index] || !is_cell_argument(code, index);
  }
  uint32_t number = index - code->local_count;
  local->name = number < code->cell_count ? tuple_item(code->cell_names, number)
                                          : tuple_item(code->free_names, number - code->cell_count);
  Value cell = registers[index];
  if (!cell || !VALUE_IS_EXACT(cell, CELL)) return false;
  local->owner = value_cell(cell);
  local->place = &((ClosureCell *)local->owner)->contents;
  return true;
}

static bool snapshot(const Code *code, Value *registers, Value dict) {
  bool with_free = code->flags & CODE_OPTIMIZED;
  uint32_t count = code->local_count + code->cell_count + (with_free ? code->free_count : 0);
  for (uint32_t i = 0; i < count; i++) {
    LocalPlace local;
    if (!local_at(code, registers, i, &local)) continue;
    Value value = gc_load(local.place);
    if (value && VALUE_IS_EXACT(value, STR) && cell_has_flag(value_cell(value), STR_GROWING))
      value_cell(value)->flags &= (uint16_t)~STR_GROWING; // now somebody else knows it
    if (value ? !dict_set(dict, local.name, value) : dict_delete(dict, local.name) < 0) return false;
  }
  return true;
}

Value frame_get_locals(Frame *frame) {
  if (frame->locals && !(frame->code->flags & CODE_OPTIMIZED)) return frame->locals;
  FrameObject *object = (FrameObject *)value_cell(frame_get_object(frame));
  if (!object) return NULL;
  if (!object->locals) {
    Value dict = dict_new();
    if (!dict) return NULL;
    gc_store(object, &object->locals, dict);
  }
  return snapshot(frame->code, frame->registers, object->locals) ? object->locals : NULL;
}

void frame_write_back_locals(Frame *frame) {
  if (!frame->frame_object || (frame->locals && !(frame->code->flags & CODE_OPTIMIZED))) return;
  FrameObject *object = value_as_frame(frame->frame_object);
  if (!object->locals) return;
  const Code *code = frame->code;
  for (uint32_t i = 0; i < code_named_count(code); i++) {
    LocalPlace local;
    if (!local_at(code, frame->registers, i, &local)) continue;
    Value value = dict_get_name(object->locals, local.name);
    if (local.owner)
      gc_store(local.owner, local.place, value);
    else
      *local.place = value;
  }
}

bool frame_snapshot_saved(FrameObject *object) {
  SavedRegisters *saved = (SavedRegisters *)value_cell(object->saved);
  return !saved || snapshot(value_as_code(object->code), saved->registers, object->locals);
}

// Frame objects

static void saved_registers_trace(Cell *cell, Tracer *tracer) {
  SavedRegisters *saved = (SavedRegisters *)cell;
  trace_range(tracer, saved->registers, saved->registers + saved->count);
}
static const CellType saved_registers_type = {
    .name = "saved registers", .trace = saved_registers_trace, .has_tail = true};
static Shape *saved_registers_shape;

Value frame_get_object(Frame *frame) {
  if (frame->frame_object) return frame->frame_object;
  FrameObject *object = cell_alloc(SHAPE(FRAME), sizeof *object);
  if (!object) return NULL;
  gc_init(object, &object->code, value_from_cell(frame->code));
  gc_init(object, &object->globals, frame->globals);
  gc_init(object, &object->builtins, frame->builtins);
  gc_init(object, &object->function, frame->function);
  object->generator = frame->generator;
  if (frame->locals) gc_init(object, &object->locals, frame->locals);
  object->frame = frame;
  object->trace_lines = true;
  frame->exit_flags |= FRAME_NEEDS_CLEANUP;
  frame->frame_object = value_from_cell(object);
  if (frame->generator) {
    Cell *generator = value_cell(frame->generator);
    gc_remember(generator);
    if (!cell_has_flag(generator, CELL_FINALIZABLE | CELL_FINALIZED)) heap_set_finalizable(generator);
  }
  return frame->frame_object;
}

// Somebody can see die what `object`, the frame of the innermost entry of the pending exception's traceback, has kept:
// so can it of the exception.
static void flag_pending(const FrameObject *object, Value pending) {
  if (!pending || !value_is_exception(pending)) return;
  Value traceback = ((Exception *)value_cell(pending))->traceback;
  if (!traceback || ((Traceback *)value_cell(traceback))->frame != value_from_cell((void *)(uintptr_t)object)) return;
  cell_set_flag(value_cell(traceback), CELL_PROMPT);
  cell_set_flag(value_cell(pending), CELL_PROMPT);
}

void frame_object_detach(Frame *frame) {
  FrameObject *object = value_as_frame(frame->frame_object);
  uint32_t named = code_named_count(frame->code);
  Value pending = exception_peek();
  Shape *shape = shape_internal(&saved_registers_shape, &saved_registers_type);
  SavedRegisters *saved = shape ? cell_alloc(shape, sizeof *saved + named * sizeof(Value)) : NULL;
  Frame *outer = frame_skip_entries(frame->previous);
  Value previous = outer ? frame_get_object(outer) : NULL;
  if (!saved || (outer && !previous)) exception_restore(pending); // without memory the locals are lost, nothing else
  if (saved) {
    saved->count = named;
    memcpy(saved->registers, frame->registers, named * sizeof(Value));
    bool flagged = false;
    for (uint32_t i = 0; i < named && !flagged; i++) flagged = value_is_prompt(saved->registers[i]);
    if (flagged) cell_set_flag(&saved->head, CELL_PROMPT);
    gc_store(object, &object->saved, value_from_cell(saved));
    if (flagged) flag_pending(object, pending);
  }
  if (previous) gc_store(object, &object->previous, previous);
  object->last_word = frame_word(frame);
  object->frame = NULL;
  object->generator = NULL;
}
