// The class _thread._local, which threading.local is.
#pragma once

#include "runtime/object/native.h"

bool thread_local_add_class(Value module);
// The calling thread ends: its attributes of all locals go.
void thread_local_end_thread(void);
