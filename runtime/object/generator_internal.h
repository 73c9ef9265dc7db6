// What generators, coroutines and async generators share as Python types.
#pragma once

#include "runtime/object/class.h"
#include "runtime/object/generator.h"

extern const CellType generator_cell_type;

// Ends an abandoned one: runs its finally clauses, calls its async finalizer, warns of a coroutine never awaited.
void generator_finalize(Value value);
void coroutine_warn_unawaited(Value coroutine);

// A generator that this thread has claimed (its state is GENERATOR_RUNNING) and has the interpreter resume; whoever
// enters it sets this to NULL.
extern _Thread_local Generator *generator_handed_over;

Value generator_method_next(Value self);
Value generator_method_send(Value self, Value value);
Value generator_method_throw(Value self, Value *arguments, size_t count, Value keyword_names);
Value generator_method_close(Value self);
Value generator_method_del(Value self);
Value generator_repr(Value self);
Value generator_get_name(Value self);
Value generator_get_qualified_name(Value self);
bool generator_set_name(Value self, Value value);
bool generator_set_qualified_name(Value self, Value value);
Value generator_get_delegate(Value self);
Value generator_get_running(Value self);
Value generator_get_suspended(Value self);
Value generator_get_frame(Value self);
Value generator_get_code(Value self);

// Methods and names, described for `kind`: "generator" or "coroutine".
#define GENERATOR_METHODS(kind)                                                                                        \
  NATIVE("send", generator_method_send, "($self, arg, /)",                                                             \
         "Send a value into " kind "; return the next value it yields, or raise StopIteration."),                      \
      NATIVE("throw", generator_method_throw, NULL,                                                                    \
             "Raise an exception in " kind "; return the next value it yields, or raise StopIteration."),              \
      NATIVE("close", generator_method_close, "($self, /)", "Raise GeneratorExit inside " kind "."),                   \
      NATIVE("__del__", generator_method_del, "($self, /)", "Finalize."),                                              \
      NATIVE("__repr__", generator_repr, "($self, /)", "Return repr(self).")
#define GENERATOR_NAMES(kind)                                                                                          \
  {"__name__", generator_get_name, generator_set_name, "Name of the " kind "."},                                       \
      {"__qualname__", generator_get_qualified_name, generator_set_qualified_name, "Qualified name of the " kind "."}
