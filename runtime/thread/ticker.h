// The ticker: makes every thread take its slow poll (POLL_TICK) every few milliseconds, while there are several.
#pragma once

// Starts the ticker unless it runs. Never fails: without memory for it there are no ticks until the next call. It ends
// by itself when one thread is left.
void ticker_start(void);
// In the child of a fork, where it has gone.
void ticker_after_fork(void);
