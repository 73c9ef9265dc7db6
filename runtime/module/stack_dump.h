// Writes what threads are doing to a file descriptor, from a signal handler or a watchdog: no allocation, no lock, no
// Python code. What another thread changes meanwhile may be shown wrongly; memory that is gone is not touched, since
// frame records stay mapped and code objects are kept by the frames.
#pragma once

#include "runtime/thread/thread.h"

void dump_text(int descriptor, const char *text);
// The stack of the calling thread ("Stack (most recent call first):"), or of all threads, the newest first, the calling
// one marked as "Current thread". A calling thread that runs no Python code is not among them.
void dump_stack(int descriptor);
void dump_all_stacks(int descriptor);
