// Calls: from a callable and its arguments to a new innermost frame, or to a result.
#pragma once

#include "runtime/heap/heap.h"
#include "runtime/object/frame.h"
#include "runtime/object/function.h"

typedef enum CallOutcome : uint8_t {
  CALL_FAILED,  // an exception is pending
  CALL_DONE,    // *result is set
  CALL_ENTERED, // thread->frame is the callee's, at its first instruction; the caller sets how it returns
} CallOutcome;

// Calls `callee`. The innermost frame is the caller's, its pc saved. `arguments` stand on the VM stack, `count`
// positional ones and the values for keyword_names (or zero); the word before them is free for use. They are
// overwritten.
CallOutcome call_start(Thread *thread, Value callee, Value *arguments, size_t count, Value keyword_names,
                       Value *result);
// The same for a Function.
bool call_enter_function(Thread *thread, Function *function, Value *arguments, size_t count, Value keyword_names);
// f(*positional, **keywords): any iterable, any mapping or zero.
CallOutcome call_start_unpacked(Thread *thread, Value callee, Value positional, Value keywords, Value *result);

// Pushes a frame for `code` whose registers begin at `registers`, the first `filled` of which hold arguments; clears
// the other named ones. False: RecursionError or MemoryError.
bool frame_push(Thread *thread, Code *code, Value *registers, size_t filled);
// Unlinks the innermost frame (not a generator's) and leaves its record as frame.h wants free ones.
void frame_pop(Thread *thread);

// Binds a call's arguments to the parameters of `code` (arguments.c), which the caller has read from the function: it
// may be assigned meanwhile. `registers` is where the parameters go; `arguments` may overlap it. All parameter
// registers are written, the others not. False: TypeError as CPython words it, or MemoryError.
bool arguments_bind(const Function *function, const Code *code, Value *registers, const Value *arguments, size_t count,
                    Value keyword_names);

// With how many positional arguments it can be called without further ado; UINT32_MAX: with none, or not yet.
static inline uint32_t code_exact_count(const Code *code) {
  return __atomic_load_n(&code->exact_count, __ATOMIC_ACQUIRE);
}

// Does calling the class make an instance as object.__new__ does, and then call what it has as __init__?
static inline bool class_makes_plainly(const Class *class) {
  const Class *metaclass = cell_shape(&class->head)->class;
  return gc_load(&class->special[SPECIAL_NEW]) == BUILTIN(OBJECT)->special[SPECIAL_NEW] &&
         gc_load(&metaclass->special[SPECIAL_CALL]) == BUILTIN(TYPE)->special[SPECIAL_CALL] &&
         !(class->flags & (CLASS_ABSTRACT | CLASS_NO_NEW | CLASS_VARIABLE_SIZE | CLASS_HAD_NEW));
}
// A class whose instances object.__new__ makes and a Python __init__ fills in: that function; zero if it is not so.
static inline Value class_plain_init(const Class *class) {
  if (!class_makes_plainly(class)) return NULL;
  Value initialize = gc_load(&class->special[SPECIAL_INIT]);
  return initialize && value_is_function(initialize) ? initialize : NULL;
}
