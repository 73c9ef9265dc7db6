// The type `frame`: what Python code sees of a call.
//
// A frame object is a window on the record while the call runs, and owns a copy of the named registers afterwards.
//
// Threads: belongs to the thread that runs the frame; others reach it only while that thread is stopped, or when the
// call is over.
#include "runtime/heap/heap.h"
#include "runtime/heap/let_go.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/frame.h"
#include "runtime/object/frame_internal.h"
#include "runtime/object/generator_internal.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

static Code *frame_code(const FrameObject *object) {
  return value_as_code(object->code);
}
static uint32_t frame_at(const FrameObject *object) {
  return object->frame ? (uint32_t)(object->frame->pc - frame_code(object)->words) : object->last_word;
}
static int frame_object_line(const FrameObject *object) {
  PositionRange position;
  return code_position(frame_code(object), frame_at(object), &position) ? position.line : 0;
}

static Value get_back(Value self) {
  FrameObject *object = value_as_frame(self);
  if (!object->frame) return object->previous ? object->previous : VALUE_NONE;
  Frame *outer = frame_skip_entries(object->frame->previous);
  return outer ? frame_get_object(outer) : VALUE_NONE;
}
static Value get_code(Value self) {
  return value_as_frame(self)->code;
}
static Value get_globals(Value self) {
  return value_as_frame(self)->globals;
}
static Value get_builtins(Value self) {
  return value_as_frame(self)->builtins;
}
static Value get_locals(Value self) {
  FrameObject *object = value_as_frame(self);
  if (object->frame) return frame_get_locals(object->frame);
  if (!object->locals) {
    Value dict = dict_new();
    if (!dict) return NULL;
    gc_store(object, &object->locals, dict);
  }
  if (!(frame_code(object)->flags & CODE_OPTIMIZED)) return object->locals;
  return frame_snapshot_saved(object) ? object->locals : NULL;
}
static Value get_last_instruction(Value self) {
  FrameObject *object = value_as_frame(self);
  if (object->generator && value_as_generator(object->generator)->state == GENERATOR_CREATED)
    return value_from_small_int(-1);
  return value_from_small_int((int64_t)frame_at(object) * (int64_t)sizeof(Instruction));
}
static Value get_line(Value self) {
  int line = frame_object_line(value_as_frame(self));
  return line > 0 ? value_from_small_int(line) : VALUE_NONE;
}
static Value get_trace(Value self) {
  Value trace = gc_load(&value_as_frame(self)->trace);
  return trace ? trace : VALUE_NONE;
}
static bool set_trace(Value self, Value value) {
  FrameObject *object = value_as_frame(self);
  gc_store(object, &object->trace, value == VALUE_NONE ? NULL : value);
  return true;
}
static Value get_trace_lines(Value self) {
  return value_from_bool(value_as_frame(self)->trace_lines);
}
static Value get_trace_opcodes(Value self) {
  return value_from_bool(value_as_frame(self)->trace_opcodes);
}
static bool set_flag(bool *flag, Value value) {
  if (!value) {
    raise_type_error("can't delete numeric/char attribute");
    return false;
  }
  if (!value_is_bool(value)) {
    raise_type_error("attribute value type must be bool");
    return false;
  }
  *flag = value == VALUE_TRUE;
  return true;
}
static bool set_trace_lines(Value self, Value value) {
  return set_flag(&value_as_frame(self)->trace_lines, value);
}
static bool set_trace_opcodes(Value self, Value value) {
  if (value && !value_is_bool(value)) {
    raise_type_error("attribute value type must be bool");
    return false;
  }
  return set_flag(&value_as_frame(self)->trace_opcodes, value);
}

// Jumping

static bool set_line(Value self, Value value) {
  FrameObject *object = value_as_frame(self);
  if (!value) {
    raise(CLASS_ATTRIBUTE_ERROR, "cannot delete attribute");
    return false;
  }
  if (!value_is_int(value)) {
    raise_value_error("lineno must be an integer");
    return false;
  }
  Thread *thread = thread_current();
  bool is_traced = object->frame && thread->tracing;
  if (is_traced && thread->traced_event != TRACED_LINE) {
    raise_value_error(thread->traced_event == TRACED_CALL ? "can't jump from the 'call' trace event of a new frame"
                                                          : "can only jump from a 'line' trace event");
    return false;
  }
  if (!is_traced || !object->trace) {
    raise_value_error("f_lineno can only be set by a trace function");
    return false;
  }
  int line;
  if (!value_as_int(value, &line)) return false;
  const Code *code = frame_code(object);
  if (line < (int)code->first_line) {
    raise_value_error("line %d comes before the current code block", line);
    return false;
  }
  int target = frame_next_line(code, line);
  if (target == 0) {
    raise_value_error("line %d comes after the current code block", line);
    return false;
  }
  return frame_jump(object->frame, target);
}

static Value frame_clear(Value self) {
  FrameObject *object = value_as_frame(self);
  if (object->frame) {
    Generator *generator = object->generator ? value_as_generator(object->generator) : NULL;
    if (!generator || generator->state == GENERATOR_RUNNING)
      return raise(CLASS_RUNTIME_ERROR, "cannot clear an executing frame");
    if (generator->state == GENERATOR_CREATED)
      generator_finalize(object->generator);
    else if (!generator_close(object->generator))
      return NULL;
  }
  Value saved = gc_load(&object->saved);
  gc_store(object, &object->saved, NULL);
  if (frame_code(object)->flags & CODE_OPTIMIZED) gc_store(object, &object->locals, NULL);
  gc_store(object, &object->trace, NULL);
  heap_let_go(saved);
  return VALUE_NONE;
}
static Value frame_repr(Value self) {
  FrameObject *object = value_as_frame(self);
  Code *code = frame_code(object);
  return str_format_c("<frame at 0x%lx, file %R, line %d, code %S>", (unsigned long)value_bits(self), code->filename,
                      frame_object_line(object), code->name);
}

static const NativeMethod methods[] = {
    NATIVE("clear", frame_clear, "($self, /)", "Forget the local variables."),
    NATIVE("__repr__", frame_repr, "($self, /)", "Return repr(self)."),
    {},
};
static const NativeProperty properties[] = {
    {"f_back", get_back, NULL, NULL},
    {"f_code", get_code, NULL, NULL},
    {"f_globals", get_globals, NULL, NULL},
    {"f_builtins", get_builtins, NULL, NULL},
    {"f_locals", get_locals, NULL, NULL},
    {"f_lasti", get_last_instruction, NULL, NULL},
    {"f_lineno", get_line, set_line, NULL},
    {"f_trace", get_trace, set_trace, NULL},
    {"f_trace_lines", get_trace_lines, set_trace_lines, NULL},
    {"f_trace_opcodes", get_trace_opcodes, set_trace_opcodes, NULL},
    {},
};
// A generator dies before its frame object; but one whose finalizer has run already would take the record with it.
static void frame_object_trace(Cell *cell, Tracer *tracer) {
  Value generator = ((FrameObject *)cell)->generator;
  if (generator && !cell_has_flag(value_cell(generator), CELL_FINALIZABLE)) trace_value(tracer, generator);
}
static const CellType frame_type = {
    .name = "frame", CELL_VALUES(FrameObject, previous, saved), .trace = frame_object_trace};
const ClassDef frame_class = {
    .name = "frame",
    .cell_type = &frame_type,
    .instance_size = sizeof(FrameObject),
    .flags = CLASS_NO_NEW,
    .methods = methods,
    .properties = properties,
};
