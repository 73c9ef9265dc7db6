// Linking a generator's frame into the thread's chain of frames and out of it again.
#pragma once

#include "runtime/object/generator.h"

// Links the suspended generator's frame in behind the innermost one and hands it the value `sent` (zero: none, an
// exception will be raised there). False, exception pending: it is running already, or calls are too deep. Its frame's
// pc then stands before the instruction to go on with.
bool generator_link(Thread *thread, Generator *generator, Value sent);
// The innermost frame, a generator's, is unlinked after a yield.
void generator_suspend(Thread *thread);
// Likewise after it has returned: it is finished.
void generator_return(Thread *thread);
// The next value of what is neither a generator nor a coroutine. VALUE_STOP: it has ended, thread->returned says with
// what. Zero: an exception is pending. Runs Python code.
Value iterator_send(Thread *thread, Value iterator, Value sent);
// Likewise after it has raised: a pending StopIteration becomes a RuntimeError.
void generator_raised(Thread *thread);
