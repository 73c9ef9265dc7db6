// The import lock (_imp.c), for those who fork.
#pragma once

// Around a fork: nobody else is importing, and in the child the lock is held by nobody, or as often as before by the
// thread that forked.
void import_lock_before_fork(void);
void import_lock_after_fork(void);
