// The type `code`: attributes, construction, replacement, comparison, positions.
//
// co_code is the instruction words as the compiler wrote them; co_linetable and co_exceptiontable are Krait's own
// tables as bytes. Code put together from such bytes is not trusted: vm/verify.h looks at it before it runs.
//
// Threads: a code object is immutable, but for inline caches (docs/architecture.md) and the frame count of tracing.
#include "runtime/object/code_object.h"
#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/code_image.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/opcodes.h"
#include "runtime/object/sequence.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include <string.h>

static Value count_value(uint32_t count) {
  return value_from_small_int(count);
}
// The code object with all its parts; NULL: exception.
static Code *complete(Value self) {
  Code *code = value_as_code(self);
  return code_complete(code) ? code : NULL;
}

// Tables as bytes

static Value keep(Code *code, Value *cache, Value bytes) {
  if (bytes) gc_store(code, cache, bytes);
  return bytes;
}
static Value get_code(Value self) {
  Code *code = complete(self);
  if (!code) return NULL;
  Value cached = gc_load(&code->bytes_cache);
  if (cached) return cached;
  Bytes *bytes = bytes_allocate(code->word_count * sizeof(Instruction));
  if (!bytes) return NULL;
  for (uint32_t i = 0; i < code->word_count;) {
    Instruction word = code_plain_word(code, i);
    memcpy(bytes->data + i * sizeof word, &word, sizeof word);
    unsigned base = word & 0xff;
    size_t caches = base < OPCODE_COUNT ? opcode_information[base].caches : 0;
    for (i++; caches > 0 && i < code->word_count; i++, caches--) memset(bytes->data + i * sizeof word, 0, sizeof word);
  }
  return keep(code, &code->bytes_cache, value_from_cell(bytes));
}
static Value get_line_table(Value self) {
  Code *code = complete(self);
  if (!code) return NULL;
  Value cached = gc_load(&code->line_table_cache);
  if (cached) return cached;
  return keep(code, &code->line_table_cache, bytes_new(code->positions, code->position_count * sizeof(PositionRange)));
}
// The number of ranges, the ranges, then the liveness of temporaries.
static Value get_exception_table(Value self) {
  Code *code = complete(self);
  if (!code) return NULL;
  Value cached = gc_load(&code->exception_table_cache);
  if (cached) return cached;
  size_t ranges = code->exception_count * sizeof(ExceptionRange), live = code->live_count * sizeof(LiveRange);
  if (ranges + live == 0) return bytes_new("", 0);
  Bytes *bytes = bytes_allocate(sizeof(uint32_t) + ranges + live);
  if (!bytes) return NULL;
  memcpy(bytes->data, &code->exception_count, sizeof(uint32_t));
  if (ranges) memcpy(bytes->data + sizeof(uint32_t), code->exceptions, ranges);
  if (live) memcpy(bytes->data + sizeof(uint32_t) + ranges, code->live_ranges, live);
  return keep(code, &code->exception_table_cache, value_from_cell(bytes));
}

// Positions

// Calls of `visit` for each run of words with one line.
static Value get_lines(Value self) {
  Code *code = complete(self);
  if (!code) return NULL;
  Value list = list_new(NULL, 0);
  for (uint32_t i = 0; list && i < code->position_count;) {
    uint32_t next = i + 1;
    while (next < code->position_count && code->positions[next].line == code->positions[i].line) next++;
    uint32_t end = next < code->position_count ? code->positions[next].start : code->word_count;
    Value line = code->positions[i].line > 0 ? value_from_small_int(code->positions[i].line) : VALUE_NONE;
    Value entry = tuple_of(3, count_value(code->positions[i].start * (uint32_t)sizeof(Instruction)),
                           count_value(end * (uint32_t)sizeof(Instruction)), line);
    if (!entry || !list_append(list, entry)) return NULL;
    i = next;
  }
  return list ? value_iterate(list) : NULL;
}
static Value number_or_none(int32_t number, int32_t least) {
  return number >= least ? value_from_small_int(number) : VALUE_NONE;
}
// One entry for two bytes of co_code, which is what users of tb_lasti divide by.
static Value get_positions(Value self) {
  Code *code = complete(self);
  if (!code) return NULL;
  Value list = list_new_sized(code->word_count * (sizeof(Instruction) / 2));
  for (uint32_t i = 0; list && i < code->word_count; i++) {
    PositionRange at;
    bool known = code_position(code, i, &at);
    if (runtime.no_debug_ranges) at.column = at.end_column = -1;
    Value entry = known ? tuple_of(4, number_or_none(at.line, 1), number_or_none(at.end_line, 1),
                                   number_or_none(at.column, 0), number_or_none(at.end_column, 0))
                        : tuple_of(4, VALUE_NONE, VALUE_NONE, VALUE_NONE, VALUE_NONE);
    for (size_t n = 0; n < sizeof(Instruction) / 2; n++)
      if (!entry || !list_append(list, entry)) return NULL;
  }
  return list ? value_iterate(list) : NULL;
}
// The format of old: pairs of byte and line increments.
static Value get_line_numbers(Value self) {
  Code *code = complete(self);
  if (!code) return NULL;
  Value bytes = bytearray_new("", 0);
  int line = (int)code->first_line;
  uint32_t offset = 0;
  for (uint32_t i = 0; bytes && i < code->position_count; i++) {
    int now = code->positions[i].line;
    if (now <= 0 || now == line) continue;
    uint32_t at = code->positions[i].start * (uint32_t)sizeof(Instruction), bytes_left = at - offset;
    int lines_left = now - line;
    while (bytes_left > 0 || lines_left != 0) {
      uint8_t pair[2];
      pair[0] = bytes_left > 254 ? 254 : (uint8_t)bytes_left;
      bytes_left -= pair[0];
      int step = bytes_left > 0 ? 0 : lines_left > 127 ? 127 : lines_left < -128 ? -128 : lines_left;
      pair[1] = (uint8_t)(int8_t)step;
      lines_left -= step;
      size_t length = bytearray_length(bytes);
      if (!bytearray_resize(bytes, length + 2)) return NULL;
      memcpy(bytearray_data(bytes) + length, pair, 2);
    }
    offset = at;
    line = now;
  }
  return bytes ? bytearray_copy_bytes(bytes) : NULL;
}

// Plain attributes

#define GETTER(name, expression)                                                                                       \
  static Value name(Value self) {                                                                                      \
    Code *code = value_as_code(self);                                                                                  \
    return expression;                                                                                                 \
  }
#define PART_GETTER(name, part)                                                                                        \
  static Value name(Value self) {                                                                                      \
    Code *code = complete(self);                                                                                       \
    return code ? code->part : NULL;                                                                                   \
  }
GETTER(get_argument_count, count_value(code->argument_count))
GETTER(get_positional_only_count, count_value(code->positional_only_count))
GETTER(get_keyword_only_count, count_value(code->keyword_only_count))
GETTER(get_local_count, count_value(code->local_count))
GETTER(get_stack_size, count_value(code->register_count - code_named_count(code)))
GETTER(get_flags, count_value(code->flags))
GETTER(get_first_line, count_value(code->first_line))
PART_GETTER(get_constants, constants)
PART_GETTER(get_names, names)
PART_GETTER(get_variable_names, variable_names)
PART_GETTER(get_cell_names, cell_names)
PART_GETTER(get_free_names, free_names)
GETTER(get_filename, code->filename)
GETTER(get_name, code->name)
GETTER(get_qualified_name, code->qualified_name)

static Value register_name(Value self, Value number) {
  Code *code = complete(self);
  if (!code) return NULL;
  int index;
  if (!value_as_int(number, &index)) return NULL;
  if (index < 0 || (uint32_t)index >= code_named_count(code))
    return raise(CLASS_INDEX_ERROR, "tuple index out of range");
  uint32_t at = (uint32_t)index;
  if (at < code->local_count) return tuple_item(code->variable_names, at);
  at -= code->local_count;
  return at < code->cell_count ? tuple_item(code->cell_names, at) : tuple_item(code->free_names, at - code->cell_count);
}
static Value code_repr(Value self) {
  Code *code = value_as_code(self);
  return str_format_c("<code object %U at 0x%lx, file \"%U\", line %u>", code->name, (unsigned long)value_bits(self),
                      code->filename, code->first_line);
}

// Comparison. Constants are the same only if their types are: 1, 1.0 and True are three constants.

static int constants_equal(Value a, Value b) {
  if (a == b) return 1;
  if (value_class(a) != value_class(b)) return 0;
  if (VALUE_IS_EXACT(a, TUPLE)) {
    if (tuple_count(a) != tuple_count(b)) return 0;
    for (size_t i = 0; i < tuple_count(a); i++) {
      int equal = constants_equal(tuple_item(a, i), tuple_item(b, i));
      if (equal <= 0) return equal;
    }
    return 1;
  }
  if (value_is_exact_float(a)) {
    double x = float_as_double(a), y = float_as_double(b);
    return memcmp(&x, &y, sizeof x) == 0;
  }
  return value_equal(a, b);
}
static bool tables_equal(const void *a, size_t a_count, const void *b, size_t b_count, size_t size) {
  return a_count == b_count && (a_count == 0 || memcmp(a, b, a_count * size) == 0);
}
static int codes_equal(const Code *a, const Code *b) {
  if (a->argument_count != b->argument_count || a->positional_only_count != b->positional_only_count ||
      a->keyword_only_count != b->keyword_only_count || a->flags != b->flags || a->first_line != b->first_line ||
      a->register_count != b->register_count || a->word_count != b->word_count)
    return 0;
  for (uint32_t i = 0; i < a->word_count;) {
    Instruction word = code_plain_word(a, i);
    if (word != code_plain_word(b, i)) return 0;
    unsigned base = word & 0xff;
    i += 1 + (base < OPCODE_COUNT ? opcode_information[base].caches : 0u);
  }
  if (!tables_equal(a->positions, a->position_count, b->positions, b->position_count, sizeof(PositionRange)) ||
      !tables_equal(a->exceptions, a->exception_count, b->exceptions, b->exception_count, sizeof(ExceptionRange)))
    return 0;
  const Value pairs[][2] = {{a->name, b->name},
                            {a->constants, b->constants},
                            {a->names, b->names},
                            {a->variable_names, b->variable_names},
                            {a->cell_names, b->cell_names},
                            {a->free_names, b->free_names}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    int equal = constants_equal(pairs[i][0], pairs[i][1]);
    if (equal <= 0) return equal;
  }
  return 1;
}
static Value compare(Value self, Value other, bool wanted) {
  if (!VALUE_IS_EXACT(other, CODE)) return VALUE_NOT_IMPLEMENTED;
  Code *code = complete(self), *other_code = complete(other);
  if (!code || !other_code) return NULL;
  int equal = codes_equal(code, other_code);
  return equal < 0 ? NULL : value_from_bool((equal != 0) == wanted);
}
static Value code_equal(Value self, Value other) {
  return compare(self, other, true);
}
static Value code_not_equal(Value self, Value other) {
  return compare(self, other, false);
}
static Value code_hash(Value self) {
  Code *code = complete(self);
  if (!code) return NULL;
  Value key = tuple_of(6, code->name, code->names, code->variable_names, code->cell_names, code->free_names,
                       count_value(code->first_line));
  if (!key) return NULL;
  uint64_t hash = (uint64_t)value_hash(key);
  for (uint32_t i = 0; i < code->word_count;) {
    Instruction word = code_plain_word(code, i);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    unsigned base = word & 0xff;
    i += 1 + (base < OPCODE_COUNT ? opcode_information[base].caches : 0u);
  }
  int64_t result = (int64_t)(hash >> 3);
  return int_from_int64(result);
}

// Construction

typedef struct Fields {
  int numbers[7]; // argument, positional-only, keyword-only, local, stack, flags, first line
  Value code, constants, names, variable_names, filename, name, qualified_name, line_table, exception_table, free_names,
      cell_names;
} Fields;

static bool names_are_str(Value tuple) {
  for (size_t i = 0; i < tuple_count(tuple); i++)
    if (!value_is_str(tuple_item(tuple, i))) {
      raise_type_error("name tuples must contain only strings, not '%T'", tuple_item(tuple, i));
      return false;
    }
  return true;
}
static Value intern_names(Value tuple) {
  Tuple *interned = tuple_allocate(tuple_count(tuple));
  if (!interned) return NULL;
  for (size_t i = 0; i < interned->count; i++) {
    Value name = str_intern(tuple_item(tuple, i));
    if (!name) return NULL;
    gc_init(interned, &interned->items[i], name);
  }
  return value_from_cell(interned);
}
static bool fields_check(Fields *fields) {
  static const char *const what[] = {"argcount",  "posonlyargcount", "kwonlyargcount", "nlocals",
                                     "stacksize", "flags",           "firstlineno"};
  for (size_t i = 0; i < 6; i++)
    if (fields->numbers[i] < 0) {
      raise_value_error("code: %s must not be negative", what[i]);
      return false;
    }
  if (!names_are_str(fields->names) || !names_are_str(fields->variable_names) || !names_are_str(fields->free_names) ||
      !names_are_str(fields->cell_names))
    return false;
  if ((size_t)fields->numbers[3] != tuple_count(fields->variable_names)) {
    raise_value_error("code: co_nlocals != len(co_varnames)");
    return false;
  }
  size_t parameters = (size_t)fields->numbers[0] + (size_t)fields->numbers[2] +
                      ((fields->numbers[5] & CODE_VARARGS) != 0) + ((fields->numbers[5] & CODE_VARKEYWORDS) != 0);
  if (parameters > (size_t)fields->numbers[3] || fields->numbers[1] > fields->numbers[0]) {
    raise_value_error("code: varnames is too small");
    return false;
  }
  if (value_as_bytes(fields->code)->length % sizeof(Instruction) != 0 || value_as_bytes(fields->code)->length == 0) {
    raise_value_error("code: co_code is malformed");
    return false;
  }
  Value *tuples[] = {&fields->names, &fields->variable_names, &fields->free_names, &fields->cell_names};
  for (size_t i = 0; i < 4; i++) {
    if (tuple_count(*tuples[i]) == 0) continue;
    *tuples[i] = intern_names(*tuples[i]);
    if (!*tuples[i]) return false;
  }
  return true;
}

// Which cell starts with which argument follows from the names.
static uint16_t *cell_arguments_of(const Fields *fields, uint16_t *space) {
  size_t parameters = (size_t)fields->numbers[0] + (size_t)fields->numbers[2] +
                      ((fields->numbers[5] & CODE_VARARGS) != 0) + ((fields->numbers[5] & CODE_VARKEYWORDS) != 0);
  for (size_t i = 0; i < tuple_count(fields->cell_names); i++) {
    space[i] = 0;
    for (size_t p = 0; p < parameters; p++)
      if (tuple_item(fields->cell_names, i) == tuple_item(fields->variable_names, p)) space[i] = (uint16_t)(p + 1);
  }
  return space;
}

// Code from the outside; `trusted`: nothing has changed that the instructions rely on.
static Value make(Fields *fields, bool trusted) {
  if (!fields_check(fields)) return NULL;
  Bytes *code_bytes = value_as_bytes(fields->code), *lines = value_as_bytes(fields->line_table),
        *table = value_as_bytes(fields->exception_table);
  uint32_t range_count = 0;
  size_t rest = 0;
  if (table->length >= sizeof(uint32_t)) {
    memcpy(&range_count, table->data, sizeof range_count);
    size_t ranges = (size_t)range_count * sizeof(ExceptionRange);
    if (ranges > table->length - sizeof(uint32_t)) range_count = 0, ranges = 0;
    rest = table->length - sizeof(uint32_t) - ranges;
  }
  size_t cells = tuple_count(fields->cell_names);
  Bytes *cell_space = bytes_allocate((cells + 1) * sizeof(uint16_t));
  // The tables are copied out of the bytes, which need not be aligned for them.
  Bytes *words = bytes_allocate(code_bytes->length + 8), *positions = bytes_allocate(lines->length + 8),
        *exceptions = bytes_allocate(table->length + 8);
  if (!cell_space || !words || !positions || !exceptions) return NULL;
#define ALIGNED(bytes) ((void *)(((uintptr_t)(bytes)->data + 7) / 8 * 8))
  memcpy(ALIGNED(words), code_bytes->data, code_bytes->length);
  memcpy(ALIGNED(positions), lines->data, lines->length);
  if (table->length > sizeof(uint32_t))
    memcpy(ALIGNED(exceptions), table->data + sizeof(uint32_t), table->length - sizeof(uint32_t));
  char *ranges = ALIGNED(exceptions);
  size_t named = (size_t)fields->numbers[3] + cells + tuple_count(fields->free_names);
  if (named + (size_t)fields->numbers[4] > 65535) return raise_value_error("code: too many registers");
  CodeParts parts = {
      .name = fields->name,
      .qualified_name = fields->qualified_name,
      .filename = fields->filename,
      .constants = fields->constants,
      .names = fields->names,
      .variable_names = fields->variable_names,
      .cell_names = fields->cell_names,
      .free_names = fields->free_names,
      .flags = (uint32_t)fields->numbers[5],
      .argument_count = (uint32_t)fields->numbers[0],
      .positional_only_count = (uint32_t)fields->numbers[1],
      .keyword_only_count = (uint32_t)fields->numbers[2],
      .register_count = (uint32_t)(named + (size_t)fields->numbers[4]),
      .first_line = (uint32_t)fields->numbers[6],
      .words = ALIGNED(words),
      .word_count = (uint32_t)(code_bytes->length / sizeof(Instruction)),
      .cell_arguments = cells > 0 ? cell_arguments_of(fields, ALIGNED(cell_space)) : NULL,
      .exceptions = (const ExceptionRange *)(void *)ranges,
      .exception_count = range_count,
      .positions = ALIGNED(positions),
      .position_count = (uint32_t)(lines->length / sizeof(PositionRange)),
      .live_ranges = (const LiveRange *)(void *)(ranges + range_count * sizeof(ExceptionRange)),
      .live_count = (uint32_t)(rest / sizeof(LiveRange)),
  };
  Value made = code_new(&parts);
  KEEP(words);
  KEEP(positions);
  KEEP(exceptions);
  KEEP(cell_space);
  if (made && !trusted) code_distrust(value_as_code(made));
  return made;
}
static bool check_type(Value value, ClassId class, const char *function, const char *argument) {
  if (value_is_instance(value, builtin_classes[class])) return true;
  raise_type_error("%s argument %s must be %N, not %T", function, argument, builtin_classes[class], value);
  return false;
}

static Value code_make(Value class, Value *arguments, size_t count, Value keyword_names) {
  (void)class;
  if (!arguments_check_none_by_keyword("code", keyword_names) || !arguments_check_count("code", count, 16, 18))
    return NULL;
  Fields fields = {.free_names = tuple_empty, .cell_names = tuple_empty};
  static const uint8_t numbers[] = {0, 1, 2, 3, 4, 5, 13};
  for (size_t i = 0; i < 7; i++)
    if (!value_as_int(arguments[numbers[i]], &fields.numbers[i])) return NULL;
  const struct {
    size_t index;
    ClassId class;
    Value *slot;
  } values[] = {
      {6, CLASS_BYTES, &fields.code},
      {7, CLASS_TUPLE, &fields.constants},
      {8, CLASS_TUPLE, &fields.names},
      {9, CLASS_TUPLE, &fields.variable_names},
      {10, CLASS_STR, &fields.filename},
      {11, CLASS_STR, &fields.name},
      {12, CLASS_STR, &fields.qualified_name},
      {14, CLASS_BYTES, &fields.line_table},
      {15, CLASS_BYTES, &fields.exception_table},
      {16, CLASS_TUPLE, &fields.free_names},
      {17, CLASS_TUPLE, &fields.cell_names},
  };
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    if (values[i].index >= count) continue;
    char position[16];
    position[0] = (char)('0' + (values[i].index + 1) / 10);
    position[1] = (char)('0' + (values[i].index + 1) % 10);
    position[2] = 0;
    if (!check_type(arguments[values[i].index], values[i].class, "code()", position + (position[0] == '0')))
      return NULL;
    *values[i].slot = arguments[values[i].index];
  }
  return make(&fields, false);
}

#define REPLACE_PARAMETERS                                                                                             \
  "*, co_argcount=-1, co_posonlyargcount=-1, co_kwonlyargcount=-1, co_nlocals=-1, co_stacksize=-1, "                   \
  "co_flags=-1, co_firstlineno=-1, co_code=None, co_consts=None, co_names=None, co_varnames=None, co_freevars=None, "  \
  "co_cellvars=None, co_filename=None, co_name=None, co_qualname=None, co_linetable=None, co_exceptiontable=None)"

// Code that differs only in what the instructions do not depend on stays trusted.
static bool same_for_instructions(const Code *code, const Fields *fields, const Value *given) {
  enum { CODE_BYTES = 7, EXCEPTION_TABLE = 17 };
  if (given[CODE_BYTES] || given[EXCEPTION_TABLE] || !code_is_trusted(code)) return false;
  const uint32_t kinds = CODE_GENERATOR | CODE_COROUTINE | CODE_ASYNC_GENERATOR | CODE_OPTIMIZED | CODE_NEW_LOCALS;
  return (uint32_t)fields->numbers[3] == code->local_count &&
         (uint32_t)fields->numbers[4] >= code->register_count - code_named_count(code) &&
         ((uint32_t)fields->numbers[5] & kinds) == (code->flags & kinds) &&
         tuple_count(fields->constants) >= tuple_count(code->constants) &&
         tuple_count(fields->names) >= tuple_count(code->names) &&
         tuple_count(fields->free_names) == code->free_count && tuple_count(fields->cell_names) == code->cell_count;
}

static Value code_replace(Value self, Value *arguments, size_t count, Value keyword_names) {
  static const Signature *cache;
  Value given[18];
  if (!arguments_parse("replace", "(" REPLACE_PARAMETERS, &cache, arguments, count, keyword_names, given)) return NULL;
  Code *code = complete(self);
  if (!code) return NULL;
  Fields fields = {
      .numbers = {(int)code->argument_count, (int)code->positional_only_count, (int)code->keyword_only_count,
                  (int)code->local_count, (int)(code->register_count - code_named_count(code)), (int)code->flags,
                  (int)code->first_line},
      .constants = code->constants,
      .names = code->names,
      .variable_names = code->variable_names,
      .filename = code->filename,
      .name = code->name,
      .qualified_name = code->qualified_name,
      .free_names = code->free_names,
      .cell_names = code->cell_names,
      .code = get_code(self),
      .line_table = get_line_table(self),
      .exception_table = get_exception_table(self),
  };
  if (!fields.code || !fields.line_table || !fields.exception_table) return NULL;
  for (size_t i = 0; i < 7; i++)
    if (given[i] && !value_as_int(given[i], &fields.numbers[i])) return NULL;
  const struct {
    const char *name;
    ClassId class;
    Value *slot;
  } values[] = {
      {"'co_code'", CLASS_BYTES, &fields.code},
      {"'co_consts'", CLASS_TUPLE, &fields.constants},
      {"'co_names'", CLASS_TUPLE, &fields.names},
      {"'co_varnames'", CLASS_TUPLE, &fields.variable_names},
      {"'co_freevars'", CLASS_TUPLE, &fields.free_names},
      {"'co_cellvars'", CLASS_TUPLE, &fields.cell_names},
      {"'co_filename'", CLASS_STR, &fields.filename},
      {"'co_name'", CLASS_STR, &fields.name},
      {"'co_qualname'", CLASS_STR, &fields.qualified_name},
      {"'co_linetable'", CLASS_BYTES, &fields.line_table},
      {"'co_exceptiontable'", CLASS_BYTES, &fields.exception_table},
  };
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    Value value = given[7 + i];
    if (!value) continue;
    if (!check_type(value, values[i].class, "replace()", values[i].name)) return NULL;
    *values[i].slot = value;
  }
  return make(&fields, same_for_instructions(code, &fields, given));
}

static const NativeMethod methods[] = {
    NATIVE("__new__", code_make, NULL, "Create and return a new object.", NATIVE_STATIC),
    NATIVE("__repr__", code_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__hash__", code_hash, "($self, /)", "Return hash(self)."),
    NATIVE("__eq__", code_equal, "($self, value, /)", "Return self==value."),
    NATIVE("__ne__", code_not_equal, "($self, value, /)", "Return self!=value."),
    NATIVE("replace", code_replace, "($self, /, " REPLACE_PARAMETERS, "Return a copy with some fields changed."),
    NATIVE("co_lines", get_lines, "($self, /)", "Iterate over (start, end, line) of instruction ranges."),
    NATIVE("co_positions", get_positions, "($self, /)", "Iterate over the positions of instructions."),
    NATIVE("_varname_from_oparg", register_name, "($self, /, oparg)", "The name of a register."),
    {},
};
static const NativeProperty properties[] = {
    {"co_argcount", get_argument_count, NULL, NULL},
    {"co_posonlyargcount", get_positional_only_count, NULL, NULL},
    {"co_kwonlyargcount", get_keyword_only_count, NULL, NULL},
    {"co_nlocals", get_local_count, NULL, NULL},
    {"co_stacksize", get_stack_size, NULL, NULL},
    {"co_flags", get_flags, NULL, NULL},
    {"co_firstlineno", get_first_line, NULL, NULL},
    {"co_code", get_code, NULL, NULL},
    {"_co_code_adaptive", get_code, NULL, NULL},
    {"co_consts", get_constants, NULL, NULL},
    {"co_names", get_names, NULL, NULL},
    {"co_varnames", get_variable_names, NULL, NULL},
    {"co_cellvars", get_cell_names, NULL, NULL},
    {"co_freevars", get_free_names, NULL, NULL},
    {"co_filename", get_filename, NULL, NULL},
    {"co_name", get_name, NULL, NULL},
    {"co_qualname", get_qualified_name, NULL, NULL},
    {"co_linetable", get_line_table, NULL, NULL},
    {"co_exceptiontable", get_exception_table, NULL, NULL},
    {"co_lnotab", get_line_numbers, NULL, NULL},
    {},
};
static const CellType code_type = {.name = "code", CELL_VALUES(Code, name, consuming)};
const ClassDef code_class = {
    .name = "code",
    .doc = "Create a code object.  Not for the faint of heart.",
    .cell_type = &code_type,
    .instance_size = sizeof(Code),
    .flags = CLASS_HAS_WEAKREF,
    .methods = methods,
    .properties = properties,
};
