// Tracing from the start, as the command line asks for it. See _tracemalloc.c.
#pragma once

enum : int { TRACEMALLOC_MOST_FRAMES = 65535 };
// Begins to trace allocations, keeping `limit` frames of each (1 to TRACEMALLOC_MOST_FRAMES). Does nothing if they are
// traced already.
void tracemalloc_start(int limit);
