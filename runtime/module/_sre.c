// Module _sre: compiled patterns and their methods.
//
// Threads: a pattern never changes. A scanner is one thread's: its position is not guarded, but every search checks it.
#include "runtime/module/_sre.h"
#include "runtime/heap/heap.h"
#include "runtime/module/builtins.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/generic_alias.h"
#include "runtime/object/int.h"
#include "runtime/object/mapping_proxy.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include "runtime/support/unicode.h"

#include <stdlib.h>
#include <string.h>

Value sre_pattern_class, sre_match_class, sre_scanner_class;

static Pattern *as_pattern(Value self) {
  return (Pattern *)value_cell(self);
}

// ---- Programs ----

// The program's bytes: length (one word, and one of padding), codes, bitmap numbers, bitmaps.
Program pattern_program(const Pattern *pattern) {
  const uint32_t *words = (const uint32_t *)(const void *)value_as_bytes(pattern->program)->data;
  size_t length = words[0];
  return (Program){.codes = words + 2,
                   .length = length,
                   .bitmap_of = words + 2 + length,
                   .bitmaps = (const uint32_t (*)[8])(words + 2 + 2 * length)};
}

static bool set_depends_on_locale(const uint32_t *set) {
  for (;;) {
    switch (*set++) {
    case SRE_FAILURE:
      return false;
    case SRE_LITERAL:
      set++;
      break;
    case SRE_RANGE:
    case SRE_RANGE_UNI_IGNORE:
      set += 2;
      break;
    case SRE_CHARSET:
      set += 8;
      break;
    case SRE_BIGCHARSET:
      set += 65 + 8 * (size_t)*set;
      break;
    case SRE_CATEGORY:
      if ((*set++ & ~1u) == SRE_CATEGORY_LOC_WORD) return true;
      break;
    default:
      break;
    }
  }
}

// The set of the operator at `op`, verified.
static const uint32_t *set_of(const uint32_t *op) {
  return op[0] == SRE_INFO ? op + 5 : op + 2;
}

static void fill_bitmap(const uint32_t *op, uint32_t *bitmap) {
  for (uint32_t c = 0; c < 256; c++) {
    uint32_t folded = op[0] == SRE_IN_IGNORE       ? sre_lower_ascii(c)
                      : op[0] == SRE_IN_UNI_IGNORE ? unicode_to_lower(c)
                                                   : c;
    if (sre_charset(set_of(op), folded)) bitmap[c >> 5] |= 1u << (c & 31);
  }
}

// Verifies the codes and makes the program. Zero: an exception is pending.
static Value make_program(const uint32_t *codes, size_t length, size_t group_count) {
  uint32_t *sets = calloc(length + 1, sizeof *sets);
  if (!sets) return raise_memory_error();
  Bytes *bytes = NULL;
  if (sre_check(codes, length, group_count, sets)) {
    uint32_t count = 0;
    for (size_t i = 0; i < length; i++) {
      bool plain = sets[i] && codes[i] != SRE_IN_LOC_IGNORE && !set_depends_on_locale(set_of(codes + i));
      sets[i] = plain ? ++count : 0;
    }
    bytes = bytes_allocate((2 + 2 * length + 8 * (size_t)count) * sizeof(uint32_t));
    if (bytes) {
      uint32_t *words = (uint32_t *)(void *)bytes->data;
      words[0] = (uint32_t)length;
      words[1] = 0;
      memcpy(words + 2, codes, length * sizeof *codes);
      memcpy(words + 2 + length, sets, length * sizeof *sets);
      uint32_t *bitmaps = words + 2 + 2 * length;
      memset(bitmaps, 0, 8 * (size_t)count * sizeof *bitmaps);
      for (size_t i = 0; i < length; i++)
        if (sets[i]) fill_bitmap(codes + i, bitmaps + 8 * ((size_t)sets[i] - 1));
    }
  }
  free(sets);
  return bytes ? value_from_cell(bytes) : NULL;
}

// ---- Matching ----

static bool take_bounds(Value position_value, Value end_value, ptrdiff_t *position, ptrdiff_t *end) {
  *position = 0;
  *end = PTRDIFF_MAX;
  return (!position_value || value_as_size(position_value, position, CLASS_OVERFLOW_ERROR)) &&
         (!end_value || value_as_size(end_value, end, CLASS_OVERFLOW_ERROR));
}

static bool start_bounded(Search *search, Value self, Value string, Value position_value, Value end_value) {
  ptrdiff_t position, end;
  return take_bounds(position_value, end_value, &position, &end) && search_start(search, self, string, position, end);
}

static Value match_once(Value self, Value string, Value position, Value end, SearchMode mode) {
  Search search;
  if (!start_bounded(&search, self, string, position, end)) return NULL;
  int found = search_run(&search, mode);
  Value result = found > 0 ? match_new(self, &search) : found == 0 ? VALUE_NONE : NULL;
  search_finish(&search);
  return result;
}

static Value pattern_match(Value self, Value string, Value position, Value end) {
  return match_once(self, string, position, end, SEARCH_HERE);
}
static Value pattern_fullmatch(Value self, Value string, Value position, Value end) {
  return match_once(self, string, position, end, SEARCH_WHOLE);
}
static Value pattern_search(Value self, Value string, Value position, Value end) {
  return match_once(self, string, position, end, SEARCH_ANYWHERE);
}

// What findall() lists for a match: the match, its only group, or the tuple of its groups.
static Value findall_item(const Search *search, Value empty) {
  size_t groups = search->pattern->group_count;
  if (groups <= 1) return search_group(search, groups, empty);
  Tuple *item = tuple_allocate(groups);
  for (size_t i = 0; item && i < groups; i++) {
    Value text = search_group(search, i + 1, empty);
    if (!text) return NULL;
    gc_store(item, &item->items[i], text);
  }
  return item ? value_from_cell(item) : NULL;
}

static Value pattern_findall(Value self, Value string, Value position, Value end) {
  Search search;
  if (!start_bounded(&search, self, string, position, end)) return NULL;
  Value list = list_new_sized(0), empty = subject_slice(&search.subject, 0, 0);
  bool good = list && empty;
  int found = 0;
  while (good && (found = search_run(&search, SEARCH_ANYWHERE)) > 0) {
    Value item = findall_item(&search, empty);
    good = item && list_append(list, item);
    search_advance(&search);
  }
  search_finish(&search);
  return good && found == 0 ? list : NULL;
}

static Value pattern_split(Value self, Value string, Value limit_value) {
  ptrdiff_t limit = 0;
  Search search;
  if (limit_value && !value_as_size(limit_value, &limit, CLASS_OVERFLOW_ERROR)) return NULL;
  if (!search_start(&search, self, string, 0, PTRDIFF_MAX)) return NULL;
  Value list = list_new_sized(0);
  bool good = list != NULL;
  size_t last = 0;
  int found = 0;
  for (ptrdiff_t i = 0; good && (limit == 0 || i < limit); i++) {
    found = search_run(&search, SEARCH_ANYWHERE);
    if (found <= 0) break;
    Value before = subject_slice(&search.subject, last, search.start);
    good = before && list_append(list, before);
    for (size_t group = 1; good && group <= search.pattern->group_count; group++) {
      Value text = search_group(&search, group, VALUE_NONE);
      good = text && list_append(list, text);
    }
    search_advance(&search);
    last = search.start;
  }
  Value rest = good && found >= 0 ? subject_slice(&search.subject, last, search.end) : NULL;
  search_finish(&search);
  return rest && list_append(list, rest) ? list : NULL;
}

// ---- Substitution ----

typedef struct Replacement {
  enum : uint8_t { REPLACE_TEXT, REPLACE_TEMPLATE, REPLACE_CALL } kind;
  Value value; // the text (or any object), the parsed template, the callable
} Replacement;

// A template without backslashes is literal text.
static bool is_literal(Value template) {
  if (value_is_str(template)) return str_find(template, str_from_character('\\'), 0, PTRDIFF_MAX) < 0;
  Buffer buffer;
  if (!value_has_buffer(template)) return false;
  if (!buffer_acquire(template, &buffer, BUFFER_SIMPLE)) {
    exception_clear();
    return false;
  }
  bool literal = buffer.length == 0 || memchr(buffer.data, '\\', buffer.length) == NULL;
  buffer_release(&buffer);
  return literal;
}

static bool take_replacement(Value self, Value template, Replacement *out) {
  *out = (Replacement){.value = template};
  if (value_is_callable(template)) {
    out->kind = REPLACE_CALL;
    return true;
  }
  if (is_literal(template)) return true;
  // The library parses templates: it answers with literal text or a function that expands the template. In the second
  // case the parsed form, which it keeps, serves better.
  Value module = value_call_1(dict_get_c(runtime.builtins, "__import__"), str_intern_c("re"));
  Value filter = module ? value_call_method_2(module, "_subx", self, template) : NULL;
  if (!filter) return false;
  out->value = filter;
  if (!value_is_callable(filter)) return true;
  out->kind = REPLACE_CALL;
  Value parsed = value_call_method_2(module, "_compile_repl", template, self);
  if (!parsed) return false;
  if (value_is_tuple(parsed) && tuple_count(parsed) == 2) *out = (Replacement){REPLACE_TEMPLATE, parsed};
  return true;
}

static Value replacement_for(Value self, const Search *search, const Replacement *replacement) {
  if (replacement->kind == REPLACE_TEXT) return replacement->value;
  Value match = match_new(self, search);
  if (!match) return NULL;
  return replacement->kind == REPLACE_CALL ? value_call_1(replacement->value, match)
                                           : match_expand_parsed(match, replacement->value);
}

static Value substitute(Value self, Value template, Value string, Value limit_value, bool with_count) {
  ptrdiff_t limit = 0, count = 0;
  Replacement replacement;
  Search search;
  if (limit_value && !value_as_size(limit_value, &limit, CLASS_OVERFLOW_ERROR)) return NULL;
  if (!take_replacement(self, template, &replacement)) return NULL;
  if (!search_start(&search, self, string, 0, PTRDIFF_MAX)) return NULL;
  Value list = list_new_sized(0);
  bool good = list != NULL;
  size_t last = 0;
  int found = 0;
  for (; good && (limit == 0 || count < limit); count++) {
    found = search_run(&search, SEARCH_ANYWHERE);
    if (found <= 0) break;
    if (last < search.start) {
      Value before = subject_slice(&search.subject, last, search.start);
      good = before && list_append(list, before);
    }
    Value text = good ? replacement_for(self, &search, &replacement) : NULL;
    good = text && (text == VALUE_NONE || list_append(list, text));
    search_advance(&search);
    last = search.start;
  }
  Value result = NULL;
  if (good && found >= 0) {
    Value empty = subject_slice(&search.subject, 0, 0);
    Value rest = last < search.end ? subject_slice(&search.subject, last, search.end) : empty;
    if (empty && rest && (rest == empty || list_append(list, rest))) {
      if (list_count(list) == 0)
        result = empty;
      else
        result = search.subject.is_bytes ? value_call_method_1(empty, "join", list) : str_join(empty, list);
    }
  }
  search_finish(&search);
  if (!result || !with_count) return result;
  return tuple_of(2, result, int_from_int64(count));
}

static Value pattern_sub(Value self, Value template, Value string, Value count) {
  return substitute(self, template, string, count, false);
}
static Value pattern_subn(Value self, Value template, Value string, Value count) {
  return substitute(self, template, string, count, true);
}

// ---- Scanners ----

typedef struct Scanner {
  Cell head;
  Value pattern, string;
  Value owner; // of the buffer that is held while the search goes on
  // ---- end of values
  Search *search; // NULL: exhausted
} Scanner;

static void scanner_finish(Scanner *scanner) {
  Search *search = scanner->search;
  scanner->search = NULL;
  if (!search) return;
  search_finish(search);
  free(search);
  gc_store(scanner, &scanner->owner, NULL);
}

static Value pattern_scanner(Value self, Value string, Value position, Value end) {
  Scanner *scanner = class_allocate(value_as_class(sre_scanner_class), 0);
  Search *search = malloc(sizeof *search);
  if (!scanner || !search) {
    free(search);
    return scanner ? raise_memory_error() : NULL;
  }
  if (!start_bounded(search, self, string, position, end)) {
    free(search);
    return NULL;
  }
  scanner->search = search;
  gc_store(scanner, &scanner->pattern, self);
  gc_store(scanner, &scanner->string, string);
  gc_store(scanner, &scanner->owner, search->subject.buffer.owner);
  return value_from_cell(scanner);
}

static Value scanner_next(Value self, SearchMode mode) {
  Scanner *scanner = (Scanner *)value_cell(self);
  Search *search = scanner->search;
  if (!search) return VALUE_NONE;
  int found = search_run(search, mode);
  Value match = found > 0 ? match_new(scanner->pattern, search) : found == 0 ? VALUE_NONE : NULL;
  if (found == 0)
    scanner_finish(scanner);
  else if (found > 0)
    search_advance(search);
  return match;
}
static Value scanner_match(Value self) {
  return scanner_next(self, SEARCH_HERE);
}
static Value scanner_search(Value self) {
  return scanner_next(self, SEARCH_ANYWHERE);
}

// The memory of a scanner that was dropped before its end. A buffer that it held stays held: releasing it would touch
// another cell.
static void scanner_release(Cell *cell) {
  Search *search = ((Scanner *)cell)->search;
  if (!search) return;
  search->subject.buffer.owner = NULL;
  search->subject.string = NULL;
  search_finish(search);
  free(search);
}

static const NativeMethod scanner_methods[] = {
    NATIVE("match", scanner_match, "($self, /)", "Match at the current place."),
    NATIVE("search", scanner_search, "($self, /)", "Search from the current place on."),
    {}};
static const NativeMember scanner_members[] = {
    {"pattern", MEMBER_VALUE, false, offsetof(Scanner, pattern), "The pattern."}, {}};
static const CellType scanner_cell_type = {
    .name = "_sre.SRE_Scanner", CELL_VALUES(Scanner, pattern, owner), .release = scanner_release};
static const ClassDef scanner_definition = {.name = "_sre.SRE_Scanner",
                                            .cell_type = &scanner_cell_type,
                                            .instance_size = sizeof(Scanner),
                                            .flags = CLASS_IMMUTABLE | CLASS_NO_NEW,
                                            .methods = scanner_methods,
                                            .members = scanner_members};

static Value pattern_finditer(Value self, Value string, Value position, Value end) {
  Value scanner = pattern_scanner(self, string, position, end);
  Value search = scanner ? value_get_attribute_c(scanner, "search") : NULL;
  return search ? callable_iterator_new(search, VALUE_NONE) : NULL;
}

// ---- Patterns as objects ----

static void add_flag(StrBuilder *builder, uint32_t *flags, uint32_t flag, const char *name) {
  if (!(*flags & flag)) return;
  *flags &= ~flag;
  if (builder->length > 0) str_builder_add_character(builder, '|');
  str_builder_add_c(builder, name);
}

static Value pattern_repr(Value self) {
  static const struct {
    const char *name;
    uint32_t flag;
  } names[] = {
      {"re.TEMPLATE", SRE_FLAG_TEMPLATE},   {"re.IGNORECASE", SRE_FLAG_IGNORECASE}, {"re.LOCALE", SRE_FLAG_LOCALE},
      {"re.MULTILINE", SRE_FLAG_MULTILINE}, {"re.DOTALL", SRE_FLAG_DOTALL},         {"re.UNICODE", SRE_FLAG_UNICODE},
      {"re.VERBOSE", SRE_FLAG_VERBOSE},     {"re.DEBUG", SRE_FLAG_DEBUG},           {"re.ASCII", SRE_FLAG_ASCII}};
  const Pattern *pattern = as_pattern(self);
  uint32_t flags = pattern->flags;
  // UNICODE is what str patterns are unless they say otherwise.
  if (pattern->is_bytes == 0 && (flags & (SRE_FLAG_LOCALE | SRE_FLAG_UNICODE | SRE_FLAG_ASCII)) == SRE_FLAG_UNICODE)
    flags &= ~(uint32_t)SRE_FLAG_UNICODE;
  StrBuilder builder;
  str_builder_start(&builder);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) add_flag(&builder, &flags, names[i].flag, names[i].name);
  if (flags) {
    if (builder.length > 0) str_builder_add_character(&builder, '|');
    Value rest = str_format_c("0x%x", flags);
    if (!rest) return NULL;
    str_builder_add(&builder, rest);
  }
  Value shown = str_builder_finish(&builder);
  if (!shown) return NULL;
  return str_length(shown) > 0 ? str_format_c("re.compile(%.200R, %U)", pattern->source, shown)
                               : str_format_c("re.compile(%.200R)", pattern->source);
}

static Value pattern_hash(Value self) {
  const Pattern *pattern = as_pattern(self);
  Program program = pattern_program(pattern);
  int64_t hash = hash_bytes(&runtime.hash_key, program.codes, program.length * sizeof *program.codes);
  int64_t source = value_hash(pattern->source);
  if (source == -1) return NULL;
  hash ^= source ^ (int64_t)pattern->flags ^ pattern->is_bytes ^ (int64_t)pattern->group_count;
  return int_from_int64(hash_not_minus_one(hash));
}

static bool is_pattern(Value value) {
  return value_is_cell(value) && value_from_cell(value_class(value)) == sre_pattern_class;
}

// 1, 0, -1
static int patterns_equal(Value a, Value b) {
  if (a == b) return 1;
  const Pattern *left = as_pattern(a), *right = as_pattern(b);
  Program one = pattern_program(left), two = pattern_program(right);
  if (left->flags != right->flags || left->is_bytes != right->is_bytes || one.length != two.length ||
      memcmp(one.codes, two.codes, one.length * sizeof *one.codes) != 0)
    return 0;
  return value_equal(left->source, right->source);
}
static Value pattern_equal(Value self, Value other) {
  int equal = is_pattern(other) ? patterns_equal(self, other) : 2;
  return equal < 0 ? NULL : equal == 2 ? VALUE_NOT_IMPLEMENTED : value_from_bool(equal);
}
static Value pattern_not_equal(Value self, Value other) {
  int equal = is_pattern(other) ? patterns_equal(self, other) : 2;
  return equal < 0 ? NULL : equal == 2 ? VALUE_NOT_IMPLEMENTED : value_from_bool(!equal);
}

static Value pattern_self(Value self) {
  return self;
}
static Value pattern_deep_copy(Value self, [[maybe_unused]] Value memo) {
  return self;
}
static Value pattern_flags(Value self) {
  return value_from_small_int(as_pattern(self)->flags);
}
static Value pattern_groups(Value self) {
  return value_from_small_int(as_pattern(self)->group_count);
}
static Value pattern_groupindex(Value self) {
  return mapping_proxy_new(as_pattern(self)->group_index);
}

#define BOUNDED "($self, /, string, pos=0, endpos=sys.maxsize)"
static const NativeMethod pattern_methods[] = {
    NATIVE("__repr__", pattern_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__hash__", pattern_hash, "($self, /)", "Return hash(self)."),
    NATIVE("__eq__", pattern_equal, "($self, value, /)", "Return self==value."),
    NATIVE("__ne__", pattern_not_equal, "($self, value, /)", "Return self!=value."),
    NATIVE("match", pattern_match, BOUNDED, "Match at the beginning: a match object, or None."),
    NATIVE("fullmatch", pattern_fullmatch, BOUNDED, "Match all of the string: a match object, or None."),
    NATIVE("search", pattern_search, BOUNDED, "The first match anywhere: a match object, or None."),
    NATIVE("findall", pattern_findall, BOUNDED, "The texts of all matches that do not overlap."),
    NATIVE("finditer", pattern_finditer, BOUNDED, "An iterator over all matches that do not overlap."),
    NATIVE("scanner", pattern_scanner, BOUNDED, "An object that matches again and again."),
    NATIVE("split", pattern_split, "($self, /, string, maxsplit=0)", "The parts between matches, and the groups."),
    NATIVE("sub", pattern_sub, "($self, /, repl, string, count=0)", "Replace matches."),
    NATIVE("subn", pattern_subn, "($self, /, repl, string, count=0)", "Replace matches: (text, number)."),
    NATIVE("__copy__", pattern_self, "($self, /)", "Return self."),
    NATIVE("__deepcopy__", pattern_deep_copy, "($self, memo, /)", "Return self."),
    NATIVE("__class_getitem__", generic_alias_new, "($type, item, /)", "See PEP 585", NATIVE_CLASS),
    {}};
static const NativeProperty pattern_properties[] = {
    {"flags", pattern_flags, NULL, "The flags."},
    {"groups", pattern_groups, NULL, "The number of groups."},
    {"groupindex", pattern_groupindex, NULL, "The numbers of the named groups."},
    {}};
static const NativeMember pattern_members[] = {
    {"pattern", MEMBER_VALUE, false, offsetof(Pattern, source), "What it was compiled from."}, {}};
static const CellType pattern_cell_type = {.name = "re.Pattern", CELL_VALUES(Pattern, source, program)};
static const ClassDef pattern_definition = {.name = "re.Pattern",
                                            .doc = "A compiled regular expression.",
                                            .cell_type = &pattern_cell_type,
                                            .instance_size = sizeof(Pattern),
                                            .flags = CLASS_IMMUTABLE | CLASS_NO_NEW | CLASS_HAS_WEAKREF,
                                            .methods = pattern_methods,
                                            .properties = pattern_properties,
                                            .members = pattern_members};

// ---- The module's functions ----

// The codes in a list, malloc'ed. NULL: an exception is pending.
static uint32_t *take_codes(Value list, size_t *length) {
  *length = list_count(list);
  uint32_t *codes = malloc((*length + 1) * sizeof *codes);
  if (!codes) {
    raise_memory_error();
    return NULL;
  }
  for (size_t i = 0; i < *length; i++) {
    Value item = list_item(list, i);
    int64_t code = -1;
    if (!item || !value_is_int(item) || !int_fits_int64(item, &code) || code < 0 || code > UINT32_MAX) {
      raise(CLASS_OVERFLOW_ERROR, "regular expression code size limit exceeded");
      free(codes);
      return NULL;
    }
    codes[i] = (uint32_t)code;
  }
  return codes;
}

static Value sre_compile(Value source, Value flags_value, Value list, Value groups_value, Value group_index,
                         Value index_group) {
  int flags;
  ptrdiff_t groups;
  if (!value_as_int(flags_value, &flags)) return NULL;
  if (!value_is_list(list)) return raise_bad_argument("compile", "'code'", "list", list);
  if (!value_as_size(groups_value, &groups, CLASS_OVERFLOW_ERROR)) return NULL;
  if (!value_is_dict(group_index)) return raise_bad_argument("compile", "'groupindex'", "dict", group_index);
  if (!value_is_tuple(index_group)) return raise_bad_argument("compile", "'indexgroup'", "tuple", index_group);
  int8_t is_bytes = -1;
  if (source != VALUE_NONE) {
    Subject subject;
    if (!subject_acquire(&subject, source, NULL)) return NULL;
    is_bytes = subject.is_bytes;
    subject_release(&subject);
  }
  size_t length;
  uint32_t *codes = take_codes(list, &length);
  if (!codes) return NULL;
  Value program = make_program(codes, length, groups < 0 ? SIZE_MAX : (size_t)groups);
  free(codes);
  Pattern *pattern = program ? class_allocate(value_as_class(sre_pattern_class), 0) : NULL;
  if (!pattern) return NULL;
  gc_init(pattern, &pattern->source, source);
  gc_init(pattern, &pattern->group_index, group_index);
  gc_init(pattern, &pattern->index_group, index_group);
  gc_init(pattern, &pattern->program, program);
  pattern->flags = (uint32_t)flags;
  pattern->group_count = (uint32_t)groups;
  pattern->is_bytes = is_bytes;
  return value_from_cell(pattern);
}

static Value sre_getcodesize(void) {
  return value_from_small_int(sizeof(uint32_t));
}

// A character given as an int; false: raised.
static bool take_character(Value value, uint32_t *character) {
  int number;
  if (!value_as_int(value, &number)) return false;
  *character = (uint32_t)number;
  return true;
}
static Value sre_ascii_iscased(Value value) {
  uint32_t c;
  return take_character(value, &c) ? value_from_bool(c < 128 && (c | 0x20) - 'a' < 26) : NULL;
}
static Value sre_unicode_iscased(Value value) {
  uint32_t c;
  return take_character(value, &c) ? value_from_bool(unicode_to_lower(c) != c || unicode_to_upper(c) != c) : NULL;
}
static Value sre_ascii_tolower(Value value) {
  uint32_t c;
  return take_character(value, &c) ? value_from_small_int((int32_t)sre_lower_ascii(c)) : NULL;
}
static Value sre_unicode_tolower(Value value) {
  uint32_t c;
  return take_character(value, &c) ? value_from_small_int((int32_t)unicode_to_lower(c)) : NULL;
}

static const NativeMethod sre_functions[] = {
    NATIVE("compile", sre_compile, "(pattern, flags, code, groups, groupindex, indexgroup)",
           "Make a pattern from its code."),
    NATIVE("getcodesize", sre_getcodesize, "()", "Bytes of one code."),
    NATIVE("ascii_iscased", sre_ascii_iscased, "(character, /)", "Is it an ASCII letter?"),
    NATIVE("unicode_iscased", sre_unicode_iscased, "(character, /)", "Has it another case?"),
    NATIVE("ascii_tolower", sre_ascii_tolower, "(character, /)", "Its lower case, if it is an ASCII letter."),
    NATIVE("unicode_tolower", sre_unicode_tolower, "(character, /)", "Its lower case."),
    {}};

// A class that is not an attribute of the module.
static bool make_class(Value *slot, const ClassDef *definition) {
  if (*slot) return true;
  Class *class = class_from_definition(definition, NULL);
  if (!class) return false;
  heap_add_root_range(slot, 1);
  *slot = value_from_cell(class);
  return true;
}

static bool sre_initialize(Value module) {
  return make_class(&sre_pattern_class, &pattern_definition) && make_class(&sre_match_class, &sre_match_definition) &&
         make_class(&sre_scanner_class, &scanner_definition) && module_add_int(module, "MAGIC", SRE_MAGIC) &&
         module_add_int(module, "CODESIZE", sizeof(uint32_t)) && module_add_int(module, "MAXREPEAT", SRE_MAX_REPEAT) &&
         module_add_int(module, "MAXGROUPS", SRE_MAX_GROUPS) &&
         module_add_str(module, "copyright", " SRE 2.2.2 Copyright (c) 1997-2002 by Secret Labs AB ");
}

const NativeModule sre_module = {
    .name = "_sre", .doc = "The regular expression engine.", .functions = sre_functions, .initialize = sre_initialize};
