// Support for exec(), eval() and their like. See eval.h.
#include "vm/eval.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/frame.h"
#include "runtime/object/function.h"
#include "runtime/object/module.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/runtime.h"

Value builtins_of_globals(Value globals) {
  Value builtins = value_is_dict(globals) ? dict_get_name(globals, NAME(__builtins__)) : NULL;
  if (!builtins) return runtime.builtins;
  return value_is_module(builtins) ? module_dict(builtins) : builtins;
}

static Frame *current_frame(void) {
  return frame_skip_entries(thread_current()->frame);
}
static Value current_globals(void) {
  Frame *frame = current_frame();
  return frame ? frame->globals : NULL;
}
static Value current_locals(void) {
  Frame *frame = current_frame();
  return frame ? frame_get_locals(frame) : NULL;
}

void eval_start(void) {
  runtime_hooks.current_globals = current_globals;
  runtime_hooks.current_locals = current_locals;
}
