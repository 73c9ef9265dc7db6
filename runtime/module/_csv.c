// The module _csv: reading and writing of delimited text.
//
// A Dialect is immutable. The reader is a state machine over characters, fed line by line; the writer quotes what must
// be quoted. Threads: a reader or writer belongs to whoever uses it; two threads in one reader get errors, never
// crashes.
#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

#include <string.h>

enum : uint32_t { NO_CHARACTER = UINT32_MAX };
typedef enum Quoting : uint8_t { QUOTE_MINIMAL, QUOTE_ALL, QUOTE_NONNUMERIC, QUOTE_NONE } Quoting;

typedef struct Dialect {
  Cell head;
  Value line_terminator;
  // ---- end of values
  uint32_t delimiter, quote, escape; // NO_CHARACTER: none
  bool double_quote, skip_initial_space, strict;
  Quoting quoting;
} Dialect;
static const CellType dialect_cell_type = {.name = "Dialect", CELL_VALUES(Dialect, line_terminator, line_terminator)};

static struct {
  Class *dialect, *reader, *writer, *error;
  Value dialects; // dict: name -> dialect
} state;
static _Atomic int64_t field_limit = 131072;

static Dialect *as_dialect(Value value) {
  return (Dialect *)value_cell(value);
}

// ---- Dialects ----

// A parameter that is one character, or None where that is allowed.
static bool character_parameter(const char *name, Value value, uint32_t otherwise, bool none_allowed,
                                uint32_t *character) {
  *character = otherwise;
  if (!value) return true;
  if (none_allowed && value == VALUE_NONE) {
    *character = NO_CHARACTER;
    return true;
  }
  if (!value_is_str(value)) {
    raise_type_error(none_allowed ? "\"%s\" must be string or None, not %.200T" : "\"%s\" must be string, not %.200T",
                     name, value);
    return false;
  }
  if (str_length(value) != 1) {
    raise_type_error("\"%s\" must be a 1-character string", name);
    return false;
  }
  *character = str_character(value_as_str(value), 0);
  return true;
}
static bool bool_parameter(Value value, bool otherwise, bool *result) {
  int truth = value ? value_truth(value) : otherwise;
  *result = truth == 1;
  return truth >= 0;
}

static const char *const parameter_names[] = {"delimiter", "doublequote", "escapechar",       "lineterminator",
                                              "quotechar", "quoting",     "skipinitialspace", "strict"};
enum : size_t { PARAMETERS = 8 };

static Value find_dialect(Value name) {
  Value dialect = dict_get(state.dialects, name);
  if (!dialect && !exception_pending()) raise_in(state.error, "unknown dialect");
  return dialect;
}

// Makes a Dialect from a dialect (name, class, instance; may be zero) and single parameters, which win.
static Value dialect_make(Class *class, Value base, Value *parameters) {
  if (base && value_is_str(base) && !(base = find_dialect(base))) return NULL;
  Value values[PARAMETERS];
  bool any = false;
  for (size_t i = 0; i < PARAMETERS; i++) {
    values[i] = parameters[i];
    any |= values[i] != NULL;
    if (values[i] || !base || base == VALUE_NONE) continue;
    if (value_find_attribute(base, str_intern_c(parameter_names[i]), &values[i]) < 0) return NULL;
    if (values[i] == NULL) exception_clear();
  }
  if (!any && base && value_class(base) == state.dialect) return base;
  Dialect *dialect = class_allocate(class, 0);
  if (!dialect) return NULL;
  int64_t quoting = QUOTE_MINIMAL;
  if (!character_parameter("delimiter", values[0], ',', false, &dialect->delimiter) ||
      !bool_parameter(values[1], true, &dialect->double_quote) ||
      !character_parameter("escapechar", values[2], NO_CHARACTER, true, &dialect->escape) ||
      !character_parameter("quotechar", values[4], '"', true, &dialect->quote) ||
      !bool_parameter(values[6], false, &dialect->skip_initial_space) ||
      !bool_parameter(values[7], false, &dialect->strict))
    return NULL;
  if (values[3] && !value_is_str(values[3])) return raise_type_error("\"lineterminator\" must be a string");
  if (values[5]) {
    if (!value_is_exact_int(values[5]))
      return raise_type_error("\"quoting\" must be an integer, not %.200T", values[5]);
    if (!int_fits_int64(values[5], &quoting) || quoting < QUOTE_MINIMAL || quoting > QUOTE_NONE)
      return raise_type_error("bad \"quoting\" value");
  }
  dialect->quoting = (Quoting)quoting;
  gc_store(dialect, &dialect->line_terminator, values[3] && values[3] != VALUE_NONE ? values[3] : str_from_c("\r\n"));
  if (dialect->quoting != QUOTE_NONE && values[4] == VALUE_NONE && !values[5]) dialect->quoting = QUOTE_NONE;
  if (dialect->quoting != QUOTE_NONE && dialect->quote == NO_CHARACTER)
    return raise_type_error("quotechar must be set if quoting enabled");
  return value_from_cell(dialect);
}

static Value dialect_new(Value *arguments) {
  return dialect_make(value_as_class(arguments[0]), arguments[1], arguments + 2);
}

static Value character_value(uint32_t character) {
  return character == NO_CHARACTER ? VALUE_NONE : str_from_character(character);
}
static Value get_delimiter(Value self) {
  return character_value(as_dialect(self)->delimiter);
}
static Value get_quote(Value self) {
  return character_value(as_dialect(self)->quote);
}
static Value get_escape(Value self) {
  return character_value(as_dialect(self)->escape);
}
static Value get_terminator(Value self) {
  return as_dialect(self)->line_terminator;
}
static Value get_double_quote(Value self) {
  return value_from_bool(as_dialect(self)->double_quote);
}
static Value get_skip(Value self) {
  return value_from_bool(as_dialect(self)->skip_initial_space);
}
static Value get_strict(Value self) {
  return value_from_bool(as_dialect(self)->strict);
}
static Value get_quoting(Value self) {
  return value_from_small_int(as_dialect(self)->quoting);
}

#define DIALECT_SIGNATURE                                                                                              \
  "dialect=<unrepresentable>, delimiter=<unrepresentable>, doublequote=<unrepresentable>, "                            \
  "escapechar=<unrepresentable>, "                                                                                     \
  "lineterminator=<unrepresentable>, quotechar=<unrepresentable>, quoting=<unrepresentable>, "                         \
  "skipinitialspace=<unrepresentable>, "                                                                               \
  "strict=<unrepresentable>"
static Value dialect_reduce(Value self, [[maybe_unused]] Value protocol) {
  return raise_type_error("cannot pickle '%.100T' instances", self);
}
static const NativeMethod dialect_methods[] = {
    NATIVE("__new__", dialect_new, "($type, " DIALECT_SIGNATURE ")", "Create a dialect.", NATIVE_STATIC),
    NATIVE("__reduce_ex__", dialect_reduce, "($self, protocol, /)", "Dialects cannot be pickled.", NATIVE_METHOD),
    {}};
static const NativeProperty dialect_properties[] = {{"delimiter", get_delimiter, NULL, NULL},
                                                    {"doublequote", get_double_quote, NULL, NULL},
                                                    {"escapechar", get_escape, NULL, NULL},
                                                    {"lineterminator", get_terminator, NULL, NULL},
                                                    {"quotechar", get_quote, NULL, NULL},
                                                    {"quoting", get_quoting, NULL, NULL},
                                                    {"skipinitialspace", get_skip, NULL, NULL},
                                                    {"strict", get_strict, NULL, NULL},
                                                    {}};
static const ClassDef dialect_class = {.name = "_csv.Dialect",
                                       .doc = "How a CSV file is written.",
                                       .cell_type = &dialect_cell_type,
                                       .instance_size = sizeof(Dialect),
                                       .flags = CLASS_BASE_TYPE | CLASS_IMMUTABLE,
                                       .methods = dialect_methods,
                                       .properties = dialect_properties};

// dialect=..., and the formatting parameters, from keyword arguments of reader() and writer().
static Value dialect_from_keywords(Value dialect, Value *values, Value keyword_names) {
  Value parameters[PARAMETERS] = {};
  for (size_t i = 0; keyword_names && i < tuple_count(keyword_names); i++) {
    Value keyword = tuple_item(keyword_names, i);
    size_t at = 0;
    while (at < PARAMETERS && !str_equals_c(keyword, parameter_names[at])) at++;
    if (at < PARAMETERS)
      parameters[at] = values[i];
    else if (str_equals_c(keyword, "dialect"))
      dialect = values[i];
    else
      return raise_type_error("'%U' is an invalid keyword argument for this function", keyword);
  }
  return dialect_make(state.dialect, dialect, parameters);
}

// ---- Reader ----

typedef enum ReadState : uint8_t {
  START_RECORD,
  START_FIELD,
  ESCAPED,
  IN_FIELD,
  IN_QUOTED,
  ESCAPE_IN_QUOTED,
  QUOTE_IN_QUOTED,
  EAT_NEWLINE,
  AFTER_ESCAPED_NEWLINE
} ReadState;

typedef struct Reader {
  Cell head;
  Value iterator, dialect, fields;
  // ---- end of values
  ReadState state;
  bool unquoted_number;
  int64_t line_number;
} Reader;
static const CellType reader_cell_type = {.name = "reader", CELL_VALUES(Reader, iterator, fields)};

static bool save_field(Reader *reader, StrBuilder *field) {
  Value text = str_builder_finish(field);
  str_builder_start(field);
  if (text && reader->unquoted_number) {
    reader->unquoted_number = false;
    text = float_from_text(text);
  }
  return text && list_append(reader->fields, text);
}
static bool add_character(StrBuilder *field, uint32_t c) {
  if ((int64_t)field->length >= field_limit) {
    raise_in(state.error, "field larger than field limit (%lld)", (long long)field_limit);
    return false;
  }
  str_builder_add_character(field, c);
  return !field->failed;
}

// One character; NO_CHARACTER stands for the end of a line.
static bool process(Reader *reader, StrBuilder *field, uint32_t c) {
  const Dialect *dialect = as_dialect(reader->dialect);
  bool line_end = c == NO_CHARACTER || c == '\n' || c == '\r';
  switch (reader->state) {
  case START_RECORD:
    if (c == NO_CHARACTER) return true; // an empty line
    if (line_end) {
      reader->state = EAT_NEWLINE;
      return true;
    }
    reader->state = START_FIELD;
    [[fallthrough]];
  case START_FIELD:
    if (line_end) {
      reader->state = c == NO_CHARACTER ? START_RECORD : EAT_NEWLINE;
      return save_field(reader, field);
    }
    if (c == dialect->quote && dialect->quoting != QUOTE_NONE) {
      reader->state = IN_QUOTED;
    } else if (c == dialect->escape) {
      reader->state = ESCAPED;
    } else if (c == ' ' && dialect->skip_initial_space) {
      return true;
    } else if (c == dialect->delimiter) {
      return save_field(reader, field);
    } else {
      if (dialect->quoting == QUOTE_NONNUMERIC) reader->unquoted_number = true;
      reader->state = IN_FIELD;
      return add_character(field, c);
    }
    return true;
  case ESCAPED:
    if (c == '\n' || c == '\r') {
      reader->state = AFTER_ESCAPED_NEWLINE;
      return add_character(field, c);
    }
    reader->state = IN_FIELD;
    return add_character(field, c == NO_CHARACTER ? '\n' : c);
  case AFTER_ESCAPED_NEWLINE:
    if (c == NO_CHARACTER) return true;
    reader->state = IN_FIELD;
    [[fallthrough]];
  case IN_FIELD:
    if (line_end) {
      reader->state = c == NO_CHARACTER ? START_RECORD : EAT_NEWLINE;
      return save_field(reader, field);
    }
    if (c == dialect->escape) {
      reader->state = ESCAPED;
      return true;
    }
    if (c == dialect->delimiter) {
      reader->state = START_FIELD;
      return save_field(reader, field);
    }
    return add_character(field, c);
  case IN_QUOTED:
    if (c == NO_CHARACTER) return true;
    if (c == dialect->escape) {
      reader->state = ESCAPE_IN_QUOTED;
      return true;
    }
    if (c == dialect->quote && dialect->quoting != QUOTE_NONE) {
      reader->state = dialect->double_quote ? QUOTE_IN_QUOTED : IN_FIELD;
      return true;
    }
    return add_character(field, c);
  case ESCAPE_IN_QUOTED:
    reader->state = IN_QUOTED;
    return add_character(field, c == NO_CHARACTER ? '\n' : c);
  case QUOTE_IN_QUOTED:
    if (dialect->quoting != QUOTE_NONE && c == dialect->quote) {
      reader->state = IN_QUOTED;
      return add_character(field, c);
    }
    if (c == dialect->delimiter) {
      reader->state = START_FIELD;
      return save_field(reader, field);
    }
    if (line_end) {
      reader->state = c == NO_CHARACTER ? START_RECORD : EAT_NEWLINE;
      return save_field(reader, field);
    }
    if (!dialect->strict) {
      reader->state = IN_FIELD;
      return add_character(field, c);
    }
    raise_in(state.error, "'%c' expected after '%c'", (int)dialect->delimiter, (int)dialect->quote);
    return false;
  case EAT_NEWLINE:
    if (c == '\n' || c == '\r') return true;
    if (c == NO_CHARACTER) {
      reader->state = START_RECORD;
      return true;
    }
    raise_in(state.error, "new-line character seen in unquoted field - do you need to open the file with newline=''?");
    return false;
  }
  return true;
}

static Value reader_next(Value self) {
  Reader *reader = (Reader *)value_cell(self);
  Value fields = list_new(NULL, 0);
  if (!fields) return NULL;
  gc_store(reader, &reader->fields, fields);
  reader->state = START_RECORD;
  reader->unquoted_number = false;
  StrBuilder field;
  str_builder_start(&field);
  do {
    Value line = iterator_next(reader->iterator);
    if (!line && exception_clear_if(CLASS_STOP_ITERATION)) line = VALUE_STOP;
    if (!line) return NULL;
    if (line == VALUE_STOP) {
      if (field.length == 0 && reader->state != IN_QUOTED) {
        if (list_count(fields) && reader->state != START_RECORD) break;
        return VALUE_STOP;
      }
      if (as_dialect(reader->dialect)->strict) return raise_in(state.error, "unexpected end of data");
      if (!save_field(reader, &field)) return NULL;
      break;
    }
    if (!value_is_str(line))
      return raise_in(state.error,
                      "iterator should return strings, not %.200T (the file should be opened in text mode)", line);
    reader->line_number++;
    const Str *text = value_as_str(line);
    for (size_t i = 0; i < text->length; i++)
      if (!process(reader, &field, str_character(text, i))) return NULL;
    KEEP(line);
    if (!process(reader, &field, NO_CHARACTER)) return NULL;
  } while (reader->state != START_RECORD);
  gc_store(reader, &reader->fields, NULL);
  return fields;
}
static Value reader_iterate(Value self) {
  return self;
}
static Value get_reader_dialect(Value self) {
  return ((Reader *)value_cell(self))->dialect;
}
static Value get_line_number(Value self) {
  return int_from_int64(((Reader *)value_cell(self))->line_number);
}
static const NativeMethod reader_methods[] = {NATIVE("__iter__", reader_iterate, "($self, /)", "Return self."),
                                              NATIVE("__next__", reader_next, "($self, /)", "The next row."),
                                              {}};
static const NativeProperty reader_properties[] = {
    {"dialect", get_reader_dialect, NULL, NULL}, {"line_num", get_line_number, NULL, NULL}, {}};
static const ClassDef reader_class = {.name = "_csv.reader",
                                      .doc = "An iterator over the rows of a CSV file.",
                                      .cell_type = &reader_cell_type,
                                      .instance_size = sizeof(Reader),
                                      .flags = CLASS_IMMUTABLE | CLASS_NO_NEW,
                                      .methods = reader_methods,
                                      .properties = reader_properties};

static Value csv_reader([[maybe_unused]] Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!arguments_check_count("reader", count, 1, 2)) return NULL;
  Value iterator = value_iterate(arguments[0]);
  Value dialect =
      iterator ? dialect_from_keywords(count > 1 ? arguments[1] : NULL, arguments + count, keyword_names) : NULL;
  Reader *reader = dialect ? class_allocate(state.reader, 0) : NULL;
  if (!reader) return NULL;
  gc_init(reader, &reader->iterator, iterator);
  gc_init(reader, &reader->dialect, dialect);
  return value_from_cell(reader);
}

// ---- Writer ----

typedef struct Writer {
  Cell head;
  Value write, dialect;
} Writer;
static const CellType writer_cell_type = {.name = "writer", CELL_VALUES(Writer, write, dialect)};

static bool needs_quotes(const Dialect *dialect, Value text) {
  const Str *field = value_as_str(text);
  for (size_t i = 0; i < field->length; i++) {
    uint32_t c = str_character(field, i);
    if (c == dialect->delimiter || c == '\n' || c == '\r') return true;
    if (c == dialect->quote && dialect->double_quote) return true;
    if (c == dialect->quote || c == dialect->escape) continue; // escaped
    if (str_find(dialect->line_terminator, str_from_character(c), 0, PTRDIFF_MAX) >= 0) return true;
  }
  return false;
}

static bool write_field(const Dialect *dialect, StrBuilder *row, Value text, bool quoted) {
  const Str *field = value_as_str(text);
  if (quoted) str_builder_add_character(row, dialect->quote);
  for (size_t i = 0; i < field->length; i++) {
    uint32_t c = str_character(field, i);
    bool special = c == dialect->delimiter || c == dialect->escape || c == dialect->quote || c == '\n' || c == '\r' ||
                   str_find(dialect->line_terminator, str_from_character(c), 0, PTRDIFF_MAX) >= 0;
    if (special) {
      bool escape = false;
      if (dialect->quoting == QUOTE_NONE) {
        escape = true;
      } else if (c == dialect->quote) {
        if (dialect->double_quote)
          str_builder_add_character(row, dialect->quote);
        else
          escape = true;
      } else if (c == dialect->escape) {
        escape = true;
      }
      if (escape) {
        if (dialect->escape == NO_CHARACTER) {
          raise_in(state.error, "need to escape, but no escapechar set");
          return false;
        }
        str_builder_add_character(row, dialect->escape);
      }
    }
    str_builder_add_character(row, c);
  }
  if (quoted) str_builder_add_character(row, dialect->quote);
  return !row->failed;
}

static Value writer_row(Value self, Value sequence) {
  Writer *writer = (Writer *)value_cell(self);
  const Dialect *dialect = as_dialect(writer->dialect);
  Value iterator = value_iterate(sequence);
  if (!iterator) {
    if (exception_clear_if(CLASS_TYPE_ERROR)) return raise_in(state.error, "iterable expected, not %.200T", sequence);
    return NULL;
  }
  StrBuilder row;
  str_builder_start(&row);
  Value items = value_to_list(iterator);
  if (!items) return NULL;
  size_t count = list_count(items);
  for (size_t i = 0; i < count; i++) {
    Value item = list_item(items, i);
    if (!item) break;
    Value text = item == VALUE_NONE ? str_from_c("") : value_is_str(item) ? item : value_str(item);
    if (!text) return NULL;
    bool number = value_is_int(item) || value_is_float(item);
    bool quoted = dialect->quoting == QUOTE_ALL || (dialect->quoting == QUOTE_NONNUMERIC && !number);
    if (!quoted && dialect->quoting != QUOTE_NONE) quoted = needs_quotes(dialect, text);
    // A row of one empty field must not look like an empty row.
    if (str_length(text) == 0 && count == 1) {
      if (dialect->quoting == QUOTE_NONE) return raise_in(state.error, "single empty field record must be quoted");
      quoted = true;
    }
    if (i > 0) str_builder_add_character(&row, dialect->delimiter);
    if (!write_field(dialect, &row, text, quoted)) return NULL;
  }
  str_builder_add(&row, dialect->line_terminator);
  Value line = str_builder_finish(&row);
  return line ? value_call_1(writer->write, line) : NULL;
}
static Value writer_rows(Value self, Value rows) {
  Value row;
  Iteration iteration = iteration_start(rows);
  while (iteration_next(&iteration, &row))
    if (!writer_row(self, row)) return NULL;
  return iteration_failed(&iteration) ? NULL : VALUE_NONE;
}
static Value get_writer_dialect(Value self) {
  return ((Writer *)value_cell(self))->dialect;
}
static const NativeMethod writer_methods[] = {NATIVE("writerow", writer_row, "($self, row, /)", "Write a row."),
                                              NATIVE("writerows", writer_rows, "($self, rows, /)", "Write rows."),
                                              {}};
static const NativeProperty writer_properties[] = {{"dialect", get_writer_dialect, NULL, NULL}, {}};
static const ClassDef writer_class = {.name = "_csv.writer",
                                      .doc = "Writes rows to a CSV file.",
                                      .cell_type = &writer_cell_type,
                                      .instance_size = sizeof(Writer),
                                      .flags = CLASS_IMMUTABLE | CLASS_NO_NEW,
                                      .methods = writer_methods,
                                      .properties = writer_properties};

static Value csv_writer([[maybe_unused]] Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!arguments_check_count("writer", count, 1, 2)) return NULL;
  Value write;
  int found = value_find_attribute(arguments[0], NAME(write), &write);
  if (found < 0) return NULL;
  if (!found || !value_is_callable(write)) return raise_type_error("argument 1 must have a \"write\" method");
  Value dialect = dialect_from_keywords(count > 1 ? arguments[1] : NULL, arguments + count, keyword_names);
  Writer *writer = dialect ? class_allocate(state.writer, 0) : NULL;
  if (!writer) return NULL;
  gc_init(writer, &writer->write, write);
  gc_init(writer, &writer->dialect, dialect);
  return value_from_cell(writer);
}

// ---- Registry ----

static Value csv_register([[maybe_unused]] Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!arguments_check_count("register_dialect", count, 1, 2)) return NULL;
  if (!value_is_str(arguments[0])) return raise_type_error("dialect name must be a string");
  Value dialect = dialect_from_keywords(count > 1 ? arguments[1] : NULL, arguments + count, keyword_names);
  return dialect && dict_set(state.dialects, arguments[0], dialect) ? VALUE_NONE : NULL;
}
static Value csv_unregister(Value name) {
  int deleted = dict_delete(state.dialects, name);
  if (deleted == 0) raise_in(state.error, "unknown dialect");
  return deleted > 0 ? VALUE_NONE : NULL;
}
static Value csv_get(Value name) {
  return find_dialect(name);
}
static Value csv_list(void) {
  return dict_keys(state.dialects);
}
static Value csv_field_limit(Value limit) {
  int64_t before = field_limit, number;
  if (limit) {
    if (!value_is_exact_int(limit)) return raise_type_error("limit must be an integer");
    if (!value_as_int64(limit, &number)) return NULL;
    field_limit = number;
  }
  return int_from_int64(before);
}

static const NativeMethod csv_functions[] = {
    NATIVE("reader", csv_reader, NULL, "An iterator over the rows of a CSV file."),
    NATIVE("writer", csv_writer, NULL, "Writes rows to a CSV file."),
    NATIVE("list_dialects", csv_list, "()", "Names of the registered dialects."),
    NATIVE("register_dialect", csv_register, NULL, "Register a dialect under a name."),
    NATIVE("unregister_dialect", csv_unregister, "(name)", "Forget a dialect."),
    NATIVE("get_dialect", csv_get, "(name)", "The dialect of a name."),
    NATIVE("field_size_limit", csv_field_limit, "(new_limit=<unrepresentable>, /)",
           "Get, and set, the limit of fields."),
    {}};

static bool csv_initialize(Value module) {
  heap_add_root_range((Value *)&state, sizeof state / sizeof(Value));
  state.dialects = dict_new();
  Value namespace_dict = dict_new(), bases = tuple_of(1, value_from_cell(BUILTIN(EXCEPTION)));
  if (!state.dialects || !namespace_dict || !bases || !dict_set_c(namespace_dict, "__module__", str_intern_c("_csv")))
    return false;
  Value error = class_create(BUILTIN(TYPE), str_intern_c("Error"), bases, namespace_dict, NULL, NULL);
  if (!error) return false;
  state.error = value_as_class(error);
  state.reader = class_from_definition(&reader_class, NULL);
  state.writer = class_from_definition(&writer_class, NULL);
  return state.reader && state.writer && module_add_class(module, &dialect_class, NULL, &state.dialect) &&
         module_add(module, "Error", error) && module_add(module, "_dialects", state.dialects) &&
         module_add_str(module, "__version__", "1.0") && module_add_int(module, "QUOTE_MINIMAL", QUOTE_MINIMAL) &&
         module_add_int(module, "QUOTE_ALL", QUOTE_ALL) &&
         module_add_int(module, "QUOTE_NONNUMERIC", QUOTE_NONNUMERIC) &&
         module_add_int(module, "QUOTE_NONE", QUOTE_NONE);
}
const NativeModule csv_module = {.name = "_csv",
                                 .doc = "Reading and writing of delimited text.",
                                 .functions = csv_functions,
                                 .initialize = csv_initialize};
