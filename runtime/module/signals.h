// What other modules need of _signal.
#pragma once

#include "runtime/object/object.h"

// The C library has a raise() too; include this header before others that include <signal.h>.
#define raise libc_raise
#include <signal.h>
#undef raise

// Fills a set from an iterable of signal numbers. False: ValueError and others.
bool signals_parse_set(Value numbers, sigset_t *set);
// In the child of a fork: the calling thread is the main thread now, and no signal is pending.
void signals_after_fork(void);
bool signals_is_main_thread(void);
// As if a signal had arrived that Python code handles; otherwise nothing happens. Called in the main thread, the
// handler runs at once. False: it raised.
bool signals_simulate(int number);
// Ignores SIGPIPE and SIGXFSZ, notes which handlers there are. The calling thread is the main one from then on. Also
// done by importing _signal, which makes SIGINT raise KeyboardInterrupt.
bool signals_start(void);
