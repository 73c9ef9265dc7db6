// Tracebacks: where an exception passed, outermost frame first.
//
// Threads: each attribute is one word, stored whole.
#include "runtime/heap/heap.h"
#include "runtime/object/exception.h"
#include "runtime/object/frame.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"

static Traceback *value_as_traceback(Value value) {
  return (Traceback *)value_cell(value);
}

// Most entries are never looked at: their lines are worked out from the offset when somebody asks.
enum : int32_t { LINE_UNKNOWN = -1 };

static Value traceback_make(Value next, Value frame, int32_t line, uint32_t offset) {
  Traceback *traceback = cell_alloc(SHAPE(TRACEBACK), sizeof *traceback);
  if (!traceback) return NULL;
  gc_init(traceback, &traceback->next, next);
  gc_init(traceback, &traceback->frame, frame);
  traceback->line = line;
  traceback->offset = offset;
  return value_from_cell(traceback);
}

void exception_add_traceback(Frame *frame) {
  Value pending = exception_peek();
  Exception *exception = (Exception *)value_cell(pending);
  Value object = frame_get_object(frame);
  Value entry = object ? traceback_make(gc_load(&exception->traceback), object, LINE_UNKNOWN,
                                        (uint32_t)((frame->pc - frame->code->words) * (ptrdiff_t)sizeof(Instruction)))
                       : NULL;
  if (entry)
    gc_store(exception, &exception->traceback, entry);
  else
    exception_restore(pending); // without memory the entry is missing
}

static Value traceback_new(Value class, Value next, Value frame, Value last_instruction, Value line_number) {
  (void)class;
  if (next != VALUE_NONE && !VALUE_IS_EXACT(next, TRACEBACK))
    return raise_type_error("expected traceback object or None, got '%T'", next);
  if (!VALUE_IS_EXACT(frame, FRAME))
    return raise_type_error("TracebackType() argument 'tb_frame' must be frame, not %T", frame);
  int offset, line;
  if (!value_as_int(last_instruction, &offset) || !value_as_int(line_number, &line)) return NULL;
  return traceback_make(next == VALUE_NONE ? NULL : next, frame, line, (uint32_t)offset);
}

static Value get_next(Value self) {
  Value next = gc_load(&value_as_traceback(self)->next);
  return next ? next : VALUE_NONE;
}
static bool set_next(Value self, Value value) {
  if (!value) {
    raise_type_error("can't delete tb_next attribute");
    return false;
  }
  if (value == VALUE_NONE)
    value = NULL;
  else if (!VALUE_IS_EXACT(value, TRACEBACK)) {
    raise_type_error("expected traceback object, got '%T'", value);
    return false;
  }
  for (Value entry = value; entry; entry = value_as_traceback(entry)->next)
    if (entry == self) {
      raise_value_error("traceback loop detected");
      return false;
    }
  gc_store(value_cell(self), &value_as_traceback(self)->next, value);
  return true;
}
static Value get_frame(Value self) {
  return value_as_traceback(self)->frame;
}
static Value get_last_instruction(Value self) {
  return value_from_small_int(value_as_traceback(self)->offset);
}
static Value get_line(Value self) {
  const Traceback *traceback = value_as_traceback(self);
  if (traceback->line != LINE_UNKNOWN) return value_from_small_int(traceback->line);
  const Code *code = value_as_code(value_as_frame(traceback->frame)->code);
  PositionRange position;
  bool found = code_position(code, traceback->offset / sizeof(Instruction), &position);
  return value_from_small_int(found ? position.line : 0);
}
static Value traceback_dir(Value self) {
  (void)self;
  Value names[] = {NAME(tb_frame), NAME(tb_next), NAME(tb_lasti), NAME(tb_lineno)};
  return list_new(names, 4);
}

static const NativeMethod methods[] = {
    NATIVE("__new__", traceback_new, "($type, tb_next, tb_frame, tb_lasti, tb_lineno)",
           "Create and return a new object.", NATIVE_STATIC),
    NATIVE("__dir__", traceback_dir, "($self, /)", "Return the attributes."),
    {},
};
static const NativeProperty properties[] = {
    {"tb_next", get_next, set_next, NULL},
    {"tb_frame", get_frame, NULL, NULL},
    {"tb_lasti", get_last_instruction, NULL, NULL},
    {"tb_lineno", get_line, NULL, NULL},
    {},
};
static const CellType traceback_type = {.name = "traceback", CELL_VALUES(Traceback, next, frame)};
const ClassDef traceback_class = {
    .name = "traceback",
    .doc = "TracebackType(tb_next, tb_frame, tb_lasti, tb_lineno)\n--\n\nCreate a new traceback object.",
    .cell_type = &traceback_type,
    .instance_size = sizeof(Traceback),
    .methods = methods,
    .properties = properties,
};
