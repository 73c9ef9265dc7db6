// See profile.h.
#include "jit/profile.h"

#include "runtime/heap/heap.h"
#include "runtime/object/exception.h"

static const CellType profile_type = {.name = "compiler's profile"};
static Shape *profile_shape;

Profile *profile_of(Code *code) {
  Profile *profile = profile_existing(code);
  if (profile) return profile;
  Shape *shape = shape_internal(&profile_shape, &profile_type);
  profile = shape ? cell_alloc(shape, sizeof *profile + code->word_count) : NULL;
  if (!profile) {
    exception_clear();
    return NULL;
  }
  profile->word_count = code->word_count;
  gc_store(code, &code->extra, value_from_cell(profile));
  return profile;
}
