// What dispatch.c, interpreter.c and trace.c share.
#pragma once

#include "vm/handler.h"

// The words that a FRAME_ENTRY runs: the interpreter goes back to C.
enum : unsigned { OP_EXIT_YIELDED = 254, OP_EXIT_RETURNED = 255 };
HandlerFunction handle_exit_yielded;
HandlerFunction handle_exit_returned;
// Reports what is to be reported about an instruction, then runs it.
HandlerFunction handle_trace;
