// What thread_test.cc asks of the runtime, in C because the runtime's headers are not C++.
#pragma once
#include <stdbool.h>

void thread_probe_start(void);
bool thread_probe_stack_bounds(void);
bool thread_probe_deep_recursion(void);
bool thread_probe_allocate(int threads, int length);
bool thread_probe_held_collections(int threads, int rounds);
bool thread_probe_locks(int threads, int rounds);
bool thread_probe_shared_locks(int threads, int rounds);
bool thread_probe_lock_pairs(int threads, int rounds);
bool thread_probe_blocking(void);
bool thread_probe_blocked_registers(void);
bool thread_probe_stops(int threads, int rounds);
bool thread_probe_attach_detach(int threads);
bool thread_probe_handshake(int threads, int turns);
bool thread_probe_ticks(void);
bool thread_probe_starting_hook(void);
