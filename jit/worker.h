// The thread that turns HIR into machine code, beside the program.
//
// It is not attached to the runtime: it touches no cells but to read immutable fields of such as its job keeps alive,
// and takes no signals. Jobs come and go through two queues; finished ones wait for a safepoint, where a Python thread
// installs them.
#pragma once

#include "jit/compile.h"

// Gives `job` to the worker, which is started if need be; what is compiled again comes first, as it has proved to be
// hot. False: there is too much to do already, or no thread to be
// had; the job is still the caller's.
bool worker_submit(CompileJob *job);
// Would a job that comes now be begun soon? If not it is better built later, when more is known of the code.
bool worker_is_free(void);
// Gives a job that is to be compiled again at full optimization, once its code has shown that it is worth it. The job
// is the worker's.
void worker_submit_upgrade(CompileJob *job);
// Is a job for this code and entry word waiting, in work, or waiting to be installed?
bool worker_has(const Code *code, uint32_t entry_word);
// The next job that is done, or NULL; the caller's from now on.
CompileJob *worker_take_finished(void);
// Lowers and compiles on the calling thread, while the worker rests. Sets job->failure where it fails.
void worker_compile_here(CompileJob *job);
// fork: nothing is in work between these two, of which the first waits (in a blocking region). In the child a worker is
// started when there is work.
void worker_before_fork(void);
void worker_after_fork(bool in_child);
