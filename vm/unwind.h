// From a raised exception to its handler.
#pragma once

#include "runtime/object/frame.h"

// An exception is pending in the innermost frame, whose pc is saved. Finds the handler, leaving frames on the way;
// true: the innermost frame has it and its pc stands at the handler. False: the innermost frame is a FRAME_ENTRY, or
// one with FRAME_RETURNS_TO_NATIVE has been left: C takes over. `add_entry`: give the traceback an entry for the first
// frame (re-raising does not).
bool unwind(Thread *thread, bool add_entry);
