// Functions, bound methods, closure cells, and the small interface through which the runtime has Python code run.
#pragma once

#include "runtime/object/code.h"

typedef struct Function {
  Cell head;
  Value code, globals, builtins;
  Value name, qualified_name, doc, module;
  Value defaults;         // tuple or zero
  Value keyword_defaults; // dict or zero
  Value annotations;      // dict, tuple of (name, value) pairs yet to become one, or zero
  Value closure;          // tuple of cells or zero
  // ---- end of values
  _Atomic uint32_t version; // changes when code or defaults are assigned
  uint32_t hotness;
} Function;
typedef struct Method {
  Cell head;
  Value function, self;
} Method;
typedef struct ClosureCell {
  Cell head;
  Value contents; // zero: empty
} ClosureCell;

static inline bool value_is_function(Value value) {
  return VALUE_IS_EXACT(value, FUNCTION);
}
static inline bool value_is_method(Value value) {
  return VALUE_IS_EXACT(value, METHOD);
}
Value function_new(Value code, Value globals, Value closure); // closure zero: none
// The same where it is known which builtins the globals name.
Value function_make(Value code, Value globals, Value builtins, Value closure);
// The builtins that code running in `globals` sees. Zero: it names none, and sees its maker's.
Value function_builtins_named(Value globals);
Value method_new(Value function, Value self);
Value closure_cell_new(Value contents);

// What the layers above supply. Set once at start.
typedef struct RuntimeHooks {
  // Calls a Function with arguments as in value_call.
  Value (*call_function)(Value function, Value *arguments, size_t count, Value keyword_names);
  // Runs a Code as exec() does.
  Value (*run_code)(Value code, Value globals, Value locals, Value closure);
  // compile(): mode "exec", "eval", "single", "func_type"; source str, bytes or AST object.
  Value (*compile)(Value source, Value filename, const char *mode, int flags, bool dont_inherit, int optimize,
                   int feature_version);
  Value (*import_module)(Value name, Value globals, Value locals, Value from_list, int level);
  // Resumes a suspended generator, coroutine or async generator with the value `sent`, or, if that is zero, by raising
  // the pending exception where it stands. What it yields, or, with *returned set, what it returns; zero: it raised.
  Value (*resume_generator)(Value generator, Value sent, bool *returned);
  // The calling thread's trace or profile function has changed.
  void (*tracing_changed)(void);
  // Before the world stops for a fork; in both processes once it runs again. NULL: nothing to do.
  void (*before_fork)(void);
  void (*after_fork)(bool in_child);
  // The running frame's globals / locals, for exec, eval, vars, dir; zero without frame.
  Value (*current_globals)(void);
  Value (*current_locals)(void);
} RuntimeHooks;
extern RuntimeHooks runtime_hooks;
