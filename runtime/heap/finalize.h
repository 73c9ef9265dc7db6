// Taking cells out of finalization again; heap_set_finalizable (heap.h) puts them in.
#pragma once

// `cell` needs no finalizer any more: a file that was closed, a generator that has ended. What flagged cells it
// referred to it has let go of.
void heap_clear_finalizable(void *cell);
// While the interpreter starts nobody waits for what it lets go of: no prompt collections until they are allowed again.
void heap_suspend_prompt(bool suspended);
// What is finalizable now belongs to the interpreter (the standard streams) and is no reason to look for dead cells
// when it ends.
void heap_settle_finalizable(void);
