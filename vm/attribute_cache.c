// Cache words of attribute instructions. See attribute_cache.h.
#include "vm/attribute_cache.h"
#include "runtime/heap/heap.h"
#include "runtime/object/exception.h"
#include "vm/handler.h"

Shape *attribute_cases_shape;
static const CellType attribute_cases_type = {
    .name = "attribute cases",
    .values_start = offsetof(AttributeCases, results),
    .values_end = offsetof(AttributeCases, shape),
};

void attribute_cache_add(const Code *code, const Instruction *pc, Instruction word, LookupResult *result,
                         unsigned single, unsigned several) {
  Value cache = cache_load(pc), added = value_from_cell(result), kept[ATTRIBUTE_CASES] = {added};
  size_t count = 1;
  const Value *former = &cache;
  size_t former_count = cache ? 1 : 0;
  if (cache && !cache_is_result(cache)) {
    former = cache_as_cases(cache)->results;
    former_count = ATTRIBUTE_CASES;
  }
  for (size_t i = 0; i < former_count && former[i] && count < ATTRIBUTE_CASES; i++)
    if (former[i] != added && lookup_is_valid((LookupResult *)value_cell(former[i]))) kept[count++] = former[i];
  if (count == 1) {
    cache_store(code, pc, added);
    instruction_quicken(pc, word, single);
    return;
  }
  if (count == ATTRIBUTE_CASES && former_count == ATTRIBUTE_CASES && former[ATTRIBUTE_CASES - 1] &&
      lookup_is_valid((LookupResult *)value_cell(former[ATTRIBUTE_CASES - 1])))
    return; // it meets more shapes than a cell holds: exchanging them all the time would cost more than it brings
  Shape *shape = shape_internal(&attribute_cases_shape, &attribute_cases_type);
  AttributeCases *cases = shape ? cell_alloc(shape, sizeof *cases) : NULL;
  if (!cases) {
    exception_clear();
    return;
  }
  for (size_t i = 0; i < count; i++) gc_init(cases, &cases->results[i], kept[i]);
  instruction_quicken(pc, word, several);
  cache_store(code, pc, value_from_cell(cases));
}
