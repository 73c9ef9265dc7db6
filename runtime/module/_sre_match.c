// Match objects: where a pattern matched, group by group.
//
// Threads: a match never changes, but for the cached tuple of its `regs`, which all threads would make alike.
#include "runtime/heap/heap.h"
#include "runtime/module/_sre.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/generic_alias.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

#include <string.h>

typedef struct Match {
  Cell head;
  Value string, pattern;
  Value regs; // tuple, made on first use; zero until then
  // ---- end of values
  size_t position, end;
  ptrdiff_t last_index;
  size_t group_count; // with group 0
  ptrdiff_t spans[];  // start and end of each; -1: unset
} Match;

static Match *as_match(Value self) {
  return (Match *)value_cell(self);
}
static const Pattern *match_pattern(const Match *match) {
  return (const Pattern *)value_cell(match->pattern);
}

Value match_new(Value pattern, const Search *search) {
  size_t count = (size_t)search->pattern->group_count + 1;
  Match *match = class_allocate(value_as_class(sre_match_class), 2 * count * sizeof(ptrdiff_t));
  if (!match) return NULL;
  gc_init(match, &match->string, search->subject.string);
  gc_init(match, &match->pattern, pattern);
  match->position = search->position;
  match->end = search->end;
  match->last_index = search->last_index;
  match->group_count = count;
  match->spans[0] = (ptrdiff_t)search->start;
  match->spans[1] = (ptrdiff_t)search->stop;
  memcpy(match->spans + 2, search->marks, (2 * count - 2) * sizeof(ptrdiff_t));
  return value_from_cell(match);
}

// ---- Groups ----

// The text of a group. For a buffer that has shrunk since, what is left of it.
static Value group_text(const Match *match, size_t group, Value otherwise) {
  ptrdiff_t from = match->spans[2 * group], to = match->spans[2 * group + 1];
  if (from < 0) return otherwise;
  if (value_is_str(match->string)) return str_substring(match->string, (size_t)from, (size_t)to);
  Subject subject;
  if (!subject_acquire(&subject, match->string, NULL)) return NULL;
  size_t start = (size_t)from < subject.length ? (size_t)from : subject.length;
  size_t end = (size_t)to < subject.length ? (size_t)to : subject.length;
  Value text = subject_slice(&subject, start, end);
  subject_release(&subject);
  return text;
}

// The number of a group given by number or name. -1: IndexError.
static ptrdiff_t group_number(const Match *match, Value key) {
  ptrdiff_t number = -1;
  if (value_is_small_int(key)) {
    number = value_small_int(key);
  } else if (value_special(key, SPECIAL_INDEX)) {
    if (!value_as_size(key, &number, CLASS_COUNT)) return -1;
  } else {
    Value found = dict_get(match_pattern(match)->group_index, key);
    if (!found) exception_clear();
    if (found && value_is_small_int(found)) number = value_small_int(found);
  }
  if (number >= 0 && (size_t)number < match->group_count) return number;
  raise(CLASS_INDEX_ERROR, "no such group");
  return -1;
}

static Value group_by_key(const Match *match, Value key) {
  ptrdiff_t number = group_number(match, key);
  return number < 0 ? NULL : group_text(match, (size_t)number, VALUE_NONE);
}

static Value match_group(Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!arguments_check_none_by_keyword("group", keyword_names)) return NULL;
  const Match *match = as_match(self);
  if (count == 0) return group_text(match, 0, VALUE_NONE);
  if (count == 1) return group_by_key(match, arguments[0]);
  Tuple *result = tuple_allocate(count);
  for (size_t i = 0; result && i < count; i++) {
    Value text = group_by_key(match, arguments[i]);
    if (!text) return NULL;
    gc_store(result, &result->items[i], text);
  }
  return result ? value_from_cell(result) : NULL;
}

static Value match_get_item(Value self, Value key) {
  return group_by_key(as_match(self), key);
}

static Value match_groups(Value self, Value otherwise) {
  const Match *match = as_match(self);
  if (!otherwise) otherwise = VALUE_NONE;
  if (match->group_count == 1) return tuple_empty;
  Tuple *result = tuple_allocate(match->group_count - 1);
  for (size_t i = 1; result && i < match->group_count; i++) {
    Value text = group_text(match, i, otherwise);
    if (!text) return NULL;
    gc_store(result, &result->items[i - 1], text);
  }
  return result ? value_from_cell(result) : NULL;
}

static Value match_groupdict(Value self, Value otherwise) {
  const Match *match = as_match(self);
  Value result = dict_new(), name, number;
  size_t position = 0;
  while (result && dict_next(match_pattern(match)->group_index, &position, &name, &number)) {
    ptrdiff_t group = group_number(match, name);
    Value text = group < 0 ? NULL : group_text(match, (size_t)group, otherwise ? otherwise : VALUE_NONE);
    if (!text || !dict_set(result, name, text)) return NULL;
  }
  return result;
}

static ptrdiff_t group_argument(const Match *match, Value group) {
  return group ? group_number(match, group) : 0;
}
static Value match_start(Value self, Value group) {
  ptrdiff_t number = group_argument(as_match(self), group);
  return number < 0 ? NULL : value_from_small_int(as_match(self)->spans[2 * number]);
}
static Value match_end(Value self, Value group) {
  ptrdiff_t number = group_argument(as_match(self), group);
  return number < 0 ? NULL : value_from_small_int(as_match(self)->spans[2 * number + 1]);
}
static Value span_tuple(const Match *match, size_t group) {
  return tuple_of(2, value_from_small_int(match->spans[2 * group]), value_from_small_int(match->spans[2 * group + 1]));
}
static Value match_span(Value self, Value group) {
  ptrdiff_t number = group_argument(as_match(self), group);
  return number < 0 ? NULL : span_tuple(as_match(self), (size_t)number);
}

// ---- Templates ----

Value match_expand_parsed(Value self, Value parsed) {
  const Match *match = as_match(self);
  if (!value_is_tuple(parsed) || tuple_count(parsed) != 2 || !value_is_list(tuple_item(parsed, 0)) ||
      !value_is_list(tuple_item(parsed, 1)))
    return raise_type_error("invalid template");
  Value groups = tuple_item(parsed, 0), literals = list_copy(tuple_item(parsed, 1));
  Value empty = group_text(match, 0, NULL);
  if (!literals || !empty) return NULL;
  empty = value_is_str(empty) ? str_substring(empty, 0, 0) : bytes_new(NULL, 0);
  if (!empty) return NULL;
  for (size_t i = 0; i < list_count(groups); i++) {
    Value pair = list_item(groups, i);
    if (!pair || !value_is_tuple(pair) || tuple_count(pair) != 2 || !value_is_small_int(tuple_item(pair, 0)))
      return raise_type_error("invalid template");
    ptrdiff_t group = group_number(match, tuple_item(pair, 1));
    Value text = group < 0 ? NULL : group_text(match, (size_t)group, empty);
    if (!text) return NULL;
    if (!list_set_item(literals, (size_t)value_small_int(tuple_item(pair, 0)), text))
      return raise_type_error("invalid template");
  }
  return value_is_str(empty) ? str_join(empty, literals) : value_call_method_1(empty, "join", literals);
}

static Value match_expand(Value self, Value template) {
  Value module = value_call_1(dict_get_c(runtime.builtins, "__import__"), str_intern_c("re"));
  if (!module) return NULL;
  Value arguments[] = {as_match(self)->pattern, self, template};
  return value_call_method(module, "_expand", arguments, 3);
}

// ---- Attributes ----

static Value match_repr(Value self) {
  const Match *match = as_match(self);
  Value text = group_text(match, 0, VALUE_NONE);
  if (!text) return NULL;
  return str_format_c("<%T object; span=(%zd, %zd), match=%.50R>", self, match->spans[0], match->spans[1], text);
}

static Value match_regs(Value self) {
  Match *match = as_match(self);
  Value known = gc_load(&match->regs);
  if (known) return known;
  Tuple *regs = tuple_allocate(match->group_count);
  for (size_t i = 0; regs && i < match->group_count; i++) {
    Value span = span_tuple(match, i);
    if (!span) return NULL;
    gc_store(regs, &regs->items[i], span);
  }
  if (!regs) return NULL;
  gc_store(match, &match->regs, value_from_cell(regs));
  return value_from_cell(regs);
}
static Value match_lastindex(Value self) {
  ptrdiff_t index = as_match(self)->last_index;
  return index < 0 ? VALUE_NONE : value_from_small_int(index);
}
static Value match_lastgroup(Value self) {
  const Match *match = as_match(self);
  Value names = match_pattern(match)->index_group;
  if (match->last_index < 0 || (size_t)match->last_index >= tuple_count(names)) return VALUE_NONE;
  return tuple_item(names, (size_t)match->last_index);
}

static Value match_self(Value self) {
  return self;
}
static Value match_deep_copy(Value self, [[maybe_unused]] Value memo) {
  return self;
}

static const NativeMethod match_methods[] = {
    NATIVE("__repr__", match_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__getitem__", match_get_item, "($self, key, /)", "The text of a group."),
    NATIVE("group", match_group, NULL, "group([group1, ...]) -> str or tuple: the text of groups, by number or name."),
    NATIVE("start", match_start, "($self, group=0, /)", "Where a group begins."),
    NATIVE("end", match_end, "($self, group=0, /)", "Where a group ends."),
    NATIVE("span", match_span, "($self, group=0, /)", "Where a group begins and ends."),
    NATIVE("groups", match_groups, "($self, /, default=None)", "The texts of all groups."),
    NATIVE("groupdict", match_groupdict, "($self, /, default=None)", "The texts of all named groups."),
    NATIVE("expand", match_expand, "($self, /, template)", "A template with this match's groups."),
    NATIVE("__copy__", match_self, "($self, /)", "Return self."),
    NATIVE("__deepcopy__", match_deep_copy, "($self, memo, /)", "Return self."),
    NATIVE("__class_getitem__", generic_alias_new, "($type, item, /)", "See PEP 585", NATIVE_CLASS),
    {}};
static const NativeProperty match_properties[] = {
    {"lastindex", match_lastindex, NULL, "The number of the group that was closed last."},
    {"lastgroup", match_lastgroup, NULL, "The name of the group that was closed last."},
    {"regs", match_regs, NULL, "The spans of all groups."},
    {}};
static const NativeMember match_members[] = {
    {"string", MEMBER_VALUE, false, offsetof(Match, string), "The text that was searched."},
    {"re", MEMBER_VALUE, false, offsetof(Match, pattern), "The pattern."},
    {"pos", MEMBER_SIZE, false, offsetof(Match, position), "Where the search began."},
    {"endpos", MEMBER_SIZE, false, offsetof(Match, end), "Where the search ended."},
    {}};
static const CellType match_cell_type = {.name = "re.Match", CELL_VALUES(Match, string, regs), .has_tail = true};
const ClassDef sre_match_definition = {.name = "re.Match",
                                       .doc = "Where a pattern matched.",
                                       .cell_type = &match_cell_type,
                                       .instance_size = sizeof(Match),
                                       .flags = CLASS_IMMUTABLE | CLASS_NO_NEW | CLASS_VARIABLE_SIZE,
                                       .methods = match_methods,
                                       .properties = match_properties,
                                       .members = match_members};
