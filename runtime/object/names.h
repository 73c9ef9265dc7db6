// Interned names that C code uses: NAME(__init__) is the one str "__init__", made on first use and kept alive for ever.
#pragma once

#include "runtime/object/str.h"

// Interns `text` and registers `*slot` as a root. Aborts the process when memory is out (names are few and made early).
Value name_make(Value *slot, const char *text);
#define NAME(text)                                                                                                     \
  ({                                                                                                                   \
    static Value name_slot_;                                                                                           \
    Value name_value_ = __atomic_load_n(&name_slot_, __ATOMIC_ACQUIRE);                                                \
    __builtin_expect(name_value_ != NULL, 1) ? name_value_ : name_make(&name_slot_, #text);                            \
  })
