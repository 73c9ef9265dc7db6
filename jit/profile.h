// What the compiler remembers about a Code between compilations: which instructions made compiled code leave. Stands in
// Code.extra. Written without a lock: a lost count does no harm.
#pragma once

#include "runtime/object/code.h"

typedef struct Profile {
  Cell head;
  uint32_t word_count;
  uint32_t compilations; // attempts so far
  bool is_refused;       // it cannot be compiled
  uint8_t leaves[];      // by instruction word: how often compiled code was given up because of it
} Profile;

// The profile of `code`, made if need be. NULL: out of memory, nothing pending. May collect.
Profile *profile_of(Code *code);
// The same, NULL if there is none yet.
static inline Profile *profile_existing(const Code *code) {
  return (Profile *)value_cell(code->extra);
}
// How often the speculation at `word` has been given up.
static inline unsigned profile_leaves(const Code *code, uint32_t word) {
  const Profile *profile = profile_existing(code);
  return profile && word < profile->word_count ? profile->leaves[word] : 0;
}
