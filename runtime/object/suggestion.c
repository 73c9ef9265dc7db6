// Finds what a misspelt name probably meant, by a weighted edit distance: two for a changed, added or missing
// character, one for a change of case only. A candidate must be within a third of both lengths, as in CPython, so that
// the same hints appear.
#include "runtime/object/suggestion.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/frame.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

#include <ctype.h>
#include <string.h>

enum : size_t { LENGTH_MAX = 40, CANDIDATES_MAX = 750, MOVE_COST = 2, CASE_COST = 1 };

static size_t substitution_cost(char a, char b) {
  if ((a & 31) != (b & 31)) return MOVE_COST; // cannot be the same letter in any case
  if (a == b) return 0;
  return tolower((unsigned char)a) == tolower((unsigned char)b) ? CASE_COST : MOVE_COST;
}

// The distance, or anything above `limit` once it is certain to be exceeded.
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length, size_t limit) {
  while (a_length && b_length && *a == *b) a++, b++, a_length--, b_length--;
  while (a_length && b_length && a[a_length - 1] == b[b_length - 1]) a_length--, b_length--;
  if (a_length == 0 || b_length == 0) return (a_length + b_length) * MOVE_COST;
  if (a_length > LENGTH_MAX || b_length > LENGTH_MAX) return limit + 1;
  if (b_length < a_length) { // the shorter one gives the row
    const char *text = a;
    a = b;
    b = text;
    size_t length = a_length;
    a_length = b_length;
    b_length = length;
  }
  if ((b_length - a_length) * MOVE_COST > limit) return limit + 1;
  size_t row[LENGTH_MAX];
  for (size_t i = 0; i < a_length; i++) row[i] = (i + 1) * MOVE_COST;
  size_t result = 0;
  for (size_t j = 0; j < b_length; j++) {
    size_t diagonal = j * MOVE_COST, least = SIZE_MAX;
    result = diagonal + MOVE_COST;
    diagonal = j * MOVE_COST;
    for (size_t i = 0; i < a_length; i++) {
      size_t substitute = diagonal + substitution_cost(b[j], a[i]);
      diagonal = row[i];
      size_t move = (result < diagonal ? result : diagonal) + MOVE_COST;
      result = substitute < move ? substitute : move;
      row[i] = result;
      if (result < least) least = result;
    }
    if (least > limit) return limit + 1;
  }
  return result;
}

// The best candidate of a list for `name`.
static Value closest(Value candidates, Value name) {
  if (list_count(candidates) >= CANDIDATES_MAX) return VALUE_MISSING;
  size_t name_length, best_distance = SIZE_MAX;
  const char *name_text = str_utf8(name, &name_length);
  Value best = VALUE_MISSING;
  for (size_t i = 0; name_text && i < list_count(candidates); i++) {
    Value item = list_item(candidates, i);
    if (!item || !value_is_str(item) || str_equals(item, name)) continue;
    size_t length;
    const char *text = str_utf8(item, &length);
    if (!text) break;
    // No more than a third of the involved characters should need changed.
    size_t limit = (name_length + length + 3) * MOVE_COST / 6;
    if (best_distance - 1 < limit) limit = best_distance - 1;
    size_t found = distance(name_text, name_length, text, length, limit);
    if (found > limit) continue;
    if (best == VALUE_MISSING || found < best_distance) {
      best = item;
      best_distance = found;
    }
  }
  return best;
}

static Value suggest_attribute(const AttributeErrorException *error) {
  if (!error->object || !error->name || !value_is_str(error->name)) return VALUE_MISSING;
  Value names = value_dir(error->object);
  return names && value_is_list(names) ? closest(names, error->name) : VALUE_MISSING;
}

static Value suggest_name(const NameErrorException *error) {
  Value traceback = error->base.traceback;
  if (!error->name || !value_is_str(error->name) || !traceback) return VALUE_MISSING;
  while (((Traceback *)value_cell(traceback))->next) traceback = ((Traceback *)value_cell(traceback))->next;
  Value frame = ((Traceback *)value_cell(traceback))->frame;
  static const char *const scopes[] = {"f_locals", "f_globals", "f_builtins"};
  for (size_t i = 0; i < 3; i++) {
    Value scope = value_get_attribute_c(frame, scopes[i]);
    Value names = scope ? value_to_list(scope) : NULL;
    if (!names) return VALUE_MISSING;
    Value found = closest(names, error->name);
    if (found != VALUE_MISSING) return found;
  }
  return VALUE_MISSING;
}

Value suggestion_for(Value exception) {
  Value pending = exception_take(), result = VALUE_MISSING;
  if (value_is_instance(exception, BUILTIN(ATTRIBUTE_ERROR)))
    result = suggest_attribute((AttributeErrorException *)value_cell(exception));
  else if (value_is_instance(exception, BUILTIN(NAME_ERROR)))
    result = suggest_name((NameErrorException *)value_cell(exception));
  exception_clear();
  if (pending) exception_restore(pending);
  return result;
}
