// The module itertools: its table. The iterators are in itertools_simple.c, itertools_combine.c, itertools_groups.c.

#include "runtime/module/itertools.h"

ItertoolsClasses itertools;

static const NativeMethod itertools_functions[] = {
    NATIVE("tee", itertools_tee, "(iterable, n=2, /)", "Returns a tuple of n independent iterators."),
    {},
};

static bool itertools_initialize(Value module) {
  const struct {
    const ClassDef *definition;
    Class **slot;
  } classes[] = {
      {&accumulate_class, &itertools.accumulate},
      {&chain_class, &itertools.chain},
      {&combinations_class, &itertools.combinations},
      {&combinations_repeated_class, &itertools.combinations_repeated},
      {&compress_class, &itertools.compress},
      {&count_class, &itertools.count},
      {&cycle_class, &itertools.cycle},
      {&drop_while_class, &itertools.drop_while},
      {&filter_false_class, &itertools.filter_false},
      {&groupby_class, &itertools.groupby},
      {&grouper_class, &itertools.grouper},
      {&islice_class, &itertools.islice},
      {&pairwise_class, &itertools.pairwise},
      {&permutations_class, &itertools.permutations},
      {&product_class, &itertools.product},
      {&repeat_class, &itertools.repeat},
      {&star_map_class, &itertools.star_map},
      {&take_while_class, &itertools.take_while},
      {&tee_class, &itertools.tee},
      {&tee_data_class, &itertools.tee_data},
      {&zip_longest_class, &itertools.zip_longest},
  };
  heap_add_root_range((Value *)(void *)&itertools, sizeof itertools / sizeof(Value));
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
    if (!module_add_class(module, classes[i].definition, NULL, classes[i].slot)) return false;
  return true;
}

const NativeModule itertools_module = {
    .name = "itertools",
    .doc = "Building blocks for iterators.",
    .functions = itertools_functions,
    .initialize = itertools_initialize,
};
