// What compiling may cost the program.
//
// A compilation takes milliseconds of processor time and gives them back only if its code runs on for a while, which
// nobody knows beforehand. So compiling takes at most a share of what the program itself has used so far: a program
// that ends soon has lost little, one that goes on gets what it needs. All times are processor time of the whole
// process, so that a program that waits pays nothing and one with several threads may have more compiled. -X jit=eager
// does without.
#pragma once

#include <stdint.h>

// `nanoseconds` of processor time went into compiling. On any thread.
void budget_spend(uint64_t nanoseconds);
// How many nanoseconds the program must still use before anything may be compiled; 0: now. On any thread.
uint64_t budget_missing(void);
// The process is a forked child, whose clock begins anew.
void budget_restart(void);
