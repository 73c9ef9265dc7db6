// <signal.h> for files that also see exception.h: the C library's raise() is hidden, since that name raises Python
// exceptions here.
#pragma once

#define raise libc_raise
#include <signal.h>
#undef raise
