// Frames: one record for each call in progress, linked from the thread's innermost one outwards.
//
// Records and registers live on two stacks of the thread, so that a caller's outgoing arguments become the callee's
// first registers in place. A generator's frame has its record and registers inside the generator's cell instead and is
// linked in while it runs. Whoever walks the chain (tracebacks, sys._getframe, the collector, profilers) needs to know
// nothing else, whichever engine runs the frame.
//
// Registers: [0, local_count) named locals (zero: unbound), then cells, then free variables, then temporaries (code.h).
#pragma once

#include "runtime/object/code.h"
#include "runtime/thread/thread.h"

typedef enum FrameKind : uint8_t {
  FRAME_PYTHON,    // interpreted function, class body, module
  FRAME_GENERATOR, // the same inside a generator's cell
  FRAME_ENTRY,     // a call from C into Python: the interpreter returns to C here; has no code
  FRAME_COMPILED,  // machine code keeps the record up to date at every call and poll
} FrameKind;

// Frame.exit_flags: what leaving the frame has to do besides handing over the result. Zero for nearly all frames.
enum : uint8_t {
  FRAME_NEEDS_CLEANUP = 1 << 0,  // the record holds a frame object, which must take over the registers, or a namespace
  FRAME_RETURNS_RESULT = 1 << 1, // __init__ called by its class: `result` is what the caller gets
  FRAME_IN_GENERATOR = 1 << 2,   // the frame belongs to a generator
  // Machine code called it: when it ends, the interpreter returns the result to C (zero: it raised) instead of going on
  // in the caller's frame.
  FRAME_RETURNS_TO_NATIVE = 1 << 3,
  // The operand's method that the caller's instruction, an operator or a comparison, has asked first: NotImplemented is
  // not the result then, the operation goes on.
  FRAME_RETURNS_OPERAND = 1 << 4,
  // With FRAME_RETURNS_TO_NATIVE: machine code that the frame's result would go to can be left while the frame runs, as
  // the interpreter finds out by itself where it goes (vm/compiled_call.h).
  FRAME_LEAVES_CALLER = 1 << 5,
};

// Records above the thread's innermost one are kept with locals, frame_object, generator, result, outer_handled and the
// flags zero, so that pushing one need not write them.
struct Frame {
  Frame *previous;
  Value *registers;
  const Instruction *pc;  // while another frame runs on top or C code is called: the word of the current instruction
  Code *code;             // NULL in FRAME_ENTRY
  const Value *constants; // items of the code's constants
  Value
      *top; // first register of the VM stack behind this frame (a generator's frame: behind the frame that resumed it)
  Frame *next;    // the next free record, likewise
  Value function; // Function, or zero (module, class body, exec)
  Value globals, builtins;
  Value locals;        // mapping of class bodies, modules, exec; zero in functions
  Value frame_object;  // the Python-visible frame, if somebody asked; zero
  Value generator;     // the generator this frame belongs to, or zero
  Value result;        // FRAME_RETURNS_RESULT: the new instance
  Value outer_handled; // running generators: what the thread was handling when it was resumed
  FrameKind kind;
  uint8_t exit_flags;       // FRAME_*
  uint16_t return_register; // of the caller: receives the result
  uint16_t return_words;    // the caller goes on this many words behind its pc
  uint32_t traced_word;     // the instruction that tracing saw last, plus one
  uint32_t raise_word;      // where the exception was raised that a handler of this frame received last
};

// Python's frame object: made on demand, outlives the record; takes over the locals when the frame ends.
typedef struct SavedRegisters {
  Cell head;
  size_t count;
  Value registers[];
} SavedRegisters;
typedef struct FrameObject {
  Cell head;
  Value previous; // f_back once the frame has ended
  Value code, globals, builtins, locals, trace, function;
  Value saved; // SavedRegisters (the named ones) once the frame has ended; zero: cleared
  // ---- end of values
  Value generator;      // whose record this is, until the frame ends. Not kept alive: its finalizer ends the frame
  Frame *frame;         // NULL once ended
  uint32_t last_word;   // word index where it ended or stands
  uint32_t resume_word; // where a generator that was moved by its trace function while it yielded goes on; 0: nowhere
  bool trace_lines, trace_opcodes;
} FrameObject;

// The stacks of a thread: mapped when it first runs Python code. False: MemoryError.
bool frame_stacks_map(Thread *thread);
void frame_stacks_unmap(Thread *thread);

// The Python-visible object of `frame` (which is not FRAME_ENTRY). Zero: MemoryError.
Value frame_get_object(Frame *frame);
static inline FrameObject *value_as_frame(Value value) {
  return (FrameObject *)value_cell(value);
}
// The nearest frame outwards from `frame` (itself included) that Python code may see; NULL: none.
Frame *frame_skip_entries(Frame *frame);
int frame_line(const Frame *frame); // current line, 0 if unknown
// Called when a frame ends while its frame object lives on.
void frame_object_detach(Frame *frame);
// f_locals: a dict snapshot in functions (updated in place at each call), the namespace itself elsewhere. Zero:
// exception.
Value frame_get_locals(Frame *frame);
// Takes over into the registers what a debugger has changed in the snapshot.
void frame_write_back_locals(Frame *frame);
// The registers that hold values at the frame's current instruction.
uint32_t frame_live_registers(const Frame *frame);
// Traces what one record and its registers refer to; all records of a thread.
void frame_trace(const Frame *frame, Tracer *tracer);
void frames_trace(Thread *thread, Tracer *tracer);

typedef struct Traceback {
  Cell head;
  Value next;  // Traceback or zero
  Value frame; // FrameObject
  // ---- end of values
  int32_t line;
  uint32_t offset; // tb_lasti: bytes into co_code
} Traceback;
