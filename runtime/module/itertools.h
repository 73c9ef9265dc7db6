// What the files of itertools share.
#pragma once

#include "runtime/object/container.h"
#include "runtime/object/step.h"

extern const ClassDef accumulate_class, chain_class, compress_class, count_class, cycle_class, drop_while_class,
    filter_false_class, islice_class, pairwise_class, repeat_class, star_map_class, take_while_class,
    zip_longest_class; // itertools_simple.c
extern const ClassDef combinations_class, combinations_repeated_class, permutations_class,
    product_class;                                                             // ..._combine.c
extern const ClassDef groupby_class, grouper_class, tee_class, tee_data_class; // itertools_groups.c

// The classes, by the module's initialization.
typedef struct ItertoolsClasses {
  Class *accumulate, *chain, *combinations, *combinations_repeated, *compress, *count, *cycle, *drop_while,
      *filter_false, *grouper, *groupby, *islice, *pairwise, *permutations, *product, *repeat, *star_map, *take_while,
      *tee_data, *tee, *zip_longest;
} ItertoolsClasses;
extern ItertoolsClasses itertools;

Value itertools_tee(Value iterable, Value count);

// Parses the arguments of a constructor into `given`.
#define PARSE(function, signature, given)                                                                              \
  do {                                                                                                                 \
    static const Signature *signature_cache_;                                                                          \
    if (!arguments_parse(function, signature, &signature_cache_, arguments, count, keyword_names, given)) return NULL; \
  } while (0)

// Keywords that a subclass's own __init__ may want, and the native constructor must not see.
static inline Value own_keywords(Value class, Value keyword_names) {
  bool inherited = class_special(value_as_class(class), SPECIAL_INIT) == class_special(BUILTIN(OBJECT), SPECIAL_INIT);
  return inherited ? keyword_names : NULL;
}
static inline Value class_of(Value self) {
  return value_from_cell(value_class(self));
}
#define REDUCE_ENTRY(function) NATIVE("__reduce__", function, NULL, "What pickle needs to rebuild the iterator.")
#define SET_STATE_ENTRY(function)                                                                                      \
  NATIVE("__setstate__", function, "($self, state, /)", "Take over the state that __reduce__ gave.")
// ...: flags beside CLASS_BASE_TYPE.
#define ITERTOOLS_CLASS(variable, name_, Type, first, last, methods_, doc_, ...)                                       \
  static const CellType variable##_cell_type = {.name = name_, CELL_VALUES(Type, first, last)};                        \
  const ClassDef variable = {                                                                                          \
      .name = name_,                                                                                                   \
      .doc = doc_,                                                                                                     \
      .cell_type = &variable##_cell_type,                                                                              \
      .instance_size = sizeof(Type),                                                                                   \
      .flags = CLASS_BASE_TYPE __VA_OPT__(| __VA_ARGS__),                                                              \
      .methods = methods_,                                                                                             \
  };
