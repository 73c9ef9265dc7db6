// Generator expressions that a built-in function consumes on the spot: sum(x * x for x in v), any(...), ''.join(...).
//
// Nobody sees such a generator, and resuming it for each item is most of the work. So there is a copy of its code, made
// when it is first needed, that is an ordinary function's: where the original yields, it adds, asks or appends, and
// what it returns is what the built-in function would. The frame that was about to become a generator goes on in the
// copy instead (RETURN_GENERATOR), or compiled code calls the copy in the first place (build_consumers.c); both only
// where the next instruction passes the generator, as its only argument, to a function that is known to do nothing
// else.
//
// What can be seen is as without: tracebacks do not show the frame for an error of the consumer (sum's addition), and a
// StopIteration becomes a RuntimeError. While anything traces, generators are made.
#pragma once

#include "runtime/object/code.h"
#include "runtime/object/frame.h"

// What follows the call of a generator expression's function.
typedef struct Consumption {
  Consumer consumer;       // CONSUMER_NONE: nothing of this kind
  bool calls_again;        // the consumer makes a list, and the call is then made with that instead of the generator
  const Instruction *call; // the consumer's call
  uint16_t destination;    // register of the caller that what the copy returns goes to
  uint16_t words;          // where the caller goes on then, from `call`
} Consumption;

// The register of the callee of the call that follows the one at `pc` of `code`, if that call's only argument is the
// result of the one at `pc`; -1: it is something else.
int consumption_callee(const Code *code, const Instruction *pc);
// What `callee`, found in that register, does with the result of the call at `pc`.
Consumption consumption_by(const Code *code, const Instruction *pc, Value callee);

// The copy of a generator expression's code for `consumer`. NULL: it is no such code, or memory is out (nothing
// pending). May collect, runs no Python code.
Code *consumer_code(Code *code, Consumer consumer);

// At the RETURN_GENERATOR of the innermost frame: makes it the frame of a copy that consumes, if a consumer follows.
// False: nothing has changed. May collect, runs no Python code.
bool consumer_takes_over(Thread *thread, Frame *frame);

// Does the exception that is pending in `frame` come from what the consumer did, not from the generator expression?
static inline bool consumer_raised(const Frame *frame) {
  return frame->code->consumer != CONSUMER_NONE && frame->pc == frame->code->words + frame->code->consuming_word;
}
