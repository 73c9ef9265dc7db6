// From the arguments of a call to the parameters of a function, and everything that can be wrong about them.
#include "runtime/object/dict.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "vm/call.h"
#include <alloca.h>
#include <string.h>

static Value parameter_name(const Code *code, size_t index) {
  return tuple_item(code->variable_names, index);
}
static size_t default_count(const Function *function) {
  Value defaults = gc_load(&function->defaults); // another thread may be assigning them
  return defaults ? tuple_count(defaults) : 0;
}

// "'a'", "'a' and 'b'", "'a', 'b', and 'c'": names of the empty ones among parameters [start, end).
static Value names_of_missing(const Code *code, const Value *registers, size_t start, size_t end, size_t total) {
  StrBuilder builder;
  str_builder_start(&builder);
  size_t seen = 0;
  for (size_t i = start; i < end; i++) {
    if (registers[i]) continue;
    if (seen > 0) str_builder_add_c(&builder, seen + 1 < total ? ", " : total > 2 ? ", and " : " and ");
    Value quoted = value_repr(parameter_name(code, i));
    if (!quoted) return NULL;
    str_builder_add(&builder, quoted);
    seen++;
  }
  return str_builder_finish(&builder);
}
static bool raise_missing(const Function *function, const Code *code, const Value *registers, size_t start, size_t end,
                          const char *kind) {
  size_t total = 0;
  for (size_t i = start; i < end; i++) total += registers[i] == NULL;
  Value names = names_of_missing(code, registers, start, end, total);
  if (names)
    raise_type_error("%U() missing %zu required %s argument%s: %U", function->qualified_name, total, kind,
                     total == 1 ? "" : "s", names);
  return false;
}

static bool raise_too_many(const Function *function, const Code *code, const Value *registers, size_t given) {
  size_t wanted = code->argument_count, defaults = default_count(function), keyword_given = 0;
  for (size_t i = 0; i < code->keyword_only_count; i++) keyword_given += registers[wanted + i] != NULL;
  Value range = defaults > 0 ? str_format_c("from %zd to %zu", (ptrdiff_t)(wanted - defaults), wanted)
                             : str_format_c("%zu", wanted);
  Value note = keyword_given == 0 ? str_from_c("")
                                  : str_format_c(" positional argument%s (and %zu keyword-only argument%s)",
                                                 given == 1 ? "" : "s", keyword_given, keyword_given == 1 ? "" : "s");
  if (range && note)
    raise_type_error("%U() takes %U positional argument%s but %zu%U %s given", function->qualified_name, range,
                     defaults > 0 || wanted != 1 ? "s" : "", given, note,
                     given == 1 && keyword_given == 0 ? "was" : "were");
  return false;
}

// Were positional-only parameters given by keyword? Then that is the error; otherwise the keyword is unknown.
static bool raise_unexpected(const Function *function, const Code *code, Value keyword_names, Value keyword) {
  StrBuilder builder;
  str_builder_start(&builder);
  size_t found = 0;
  for (size_t i = 0; i < code->positional_only_count; i++) {
    Value name = parameter_name(code, i);
    for (size_t k = 0; k < tuple_count(keyword_names); k++) {
      Value given = tuple_item(keyword_names, k);
      if (!value_is_str(given) || !str_equals(given, name)) continue;
      if (found++ > 0) str_builder_add_c(&builder, ", ");
      str_builder_add(&builder, name);
    }
  }
  if (found > 0) {
    Value names = str_builder_finish(&builder);
    if (names)
      raise_type_error("%U() got some positional-only arguments passed as keyword arguments: '%U'",
                       function->qualified_name, names);
    return false;
  }
  raise_type_error("%U() got an unexpected keyword argument '%S'", function->qualified_name, keyword);
  return false;
}

// The number of the parameter that can be given by this keyword, or -1. Interned names are the same object.
static ptrdiff_t find_keyword(const Code *code, Value keyword, size_t end) {
  for (size_t i = code->positional_only_count; i < end; i++)
    if (parameter_name(code, i) == keyword) return (ptrdiff_t)i;
  for (size_t i = code->positional_only_count; i < end; i++)
    if (str_equals(parameter_name(code, i), keyword)) return (ptrdiff_t)i;
  return -1;
}

static bool bind_keywords(const Function *function, const Code *code, Value *registers, const Value *values,
                          Value keyword_names, size_t named_end, Value extra) {
  for (size_t k = 0; k < tuple_count(keyword_names); k++) {
    Value keyword = tuple_item(keyword_names, k);
    if (!value_is_str(keyword)) {
      raise_type_error("%U() keywords must be strings", function->qualified_name);
      return false;
    }
    ptrdiff_t index = find_keyword(code, keyword, named_end);
    if (index >= 0) {
      if (registers[index]) {
        raise_type_error("%U() got multiple values for argument '%S'", function->qualified_name, keyword);
        return false;
      }
      registers[index] = values[k];
    } else if (!extra)
      return raise_unexpected(function, code, keyword_names, keyword);
    else if (!dict_set(extra, keyword, values[k]))
      return false;
  }
  return true;
}

static bool bind_defaults(const Function *function, const Code *code, Value *registers, size_t given) {
  Value values = gc_load(&function->defaults); // once: another thread may be assigning them
  size_t wanted = code->argument_count, defaults = values ? tuple_count(values) : 0;
  size_t required = wanted > defaults ? wanted - defaults : 0;
  for (size_t i = given; i < required; i++)
    if (!registers[i]) return raise_missing(function, code, registers, 0, required, "positional");
  size_t surplus = defaults > wanted ? defaults - wanted : 0; // more defaults than parameters: the last ones count
  for (size_t i = given > required ? given : required; i < wanted; i++)
    if (!registers[i]) registers[i] = tuple_item(values, i - required + surplus);
  return true;
}
static bool bind_keyword_defaults(const Function *function, const Code *code, Value *registers) {
  size_t start = code->argument_count, end = start + code->keyword_only_count;
  bool missing = false;
  for (size_t i = start; i < end; i++) {
    if (registers[i]) continue;
    Value values = gc_load(&function->keyword_defaults);
    if (values) registers[i] = dict_get(values, parameter_name(code, i));
    if (!registers[i]) missing = true;
  }
  return missing ? raise_missing(function, code, registers, start, end, "keyword-only") : true;
}

bool arguments_bind(const Function *function, const Code *code, Value *registers, const Value *arguments, size_t count,
                    Value keyword_names) {
  size_t wanted = code->argument_count;
  bool simple = (code->flags & (CODE_VARARGS | CODE_VARKEYWORDS)) == 0 && code->keyword_only_count == 0;
  if (simple && !keyword_names && count <= wanted) {
    memmove(registers, arguments, count * sizeof(Value));
    memset(registers + count, 0, (wanted - count) * sizeof(Value));
    return count == wanted || bind_defaults(function, code, registers, count);
  }

  // The parameters go where the arguments stand, so these move aside first: to the C stack, which the collector scans,
  // or, when they are many, into a tuple.
  size_t keyword_count = keyword_names ? tuple_count(keyword_names) : 0, total = count + keyword_count;
  const Value *given;
  Value many = NULL;
  if (total <= 64) {
    Value *copy = alloca((total + 1) * sizeof(Value));
    memcpy(copy, arguments, total * sizeof(Value));
    given = copy;
  } else {
    many = tuple_new(arguments, total);
    if (!many) return false;
    given = value_as_tuple(many)->items;
  }

  size_t named_end = wanted + code->keyword_only_count, positional = count < wanted ? count : wanted;
  size_t next = named_end;
  Value rest = NULL, extra = NULL;
  if (code->flags & CODE_VARARGS) {
    rest = count > wanted ? tuple_new(given + wanted, count - wanted) : tuple_empty;
    if (!rest) return false;
  }
  if (code->flags & CODE_VARKEYWORDS) {
    extra = dict_new();
    if (!extra) return false;
  }
  memset(registers + positional, 0, (named_end - positional) * sizeof(Value));
  memcpy(registers, given, positional * sizeof(Value));
  if (rest) registers[next++] = rest;
  if (extra) registers[next++] = extra;

  if (keyword_names && !bind_keywords(function, code, registers, given + count, keyword_names, named_end, extra))
    return false;
  if (count > wanted && !rest) return raise_too_many(function, code, registers, count);
  KEEP(many);
  return (count >= wanted || bind_defaults(function, code, registers, count)) &&
         (code->keyword_only_count == 0 || bind_keyword_defaults(function, code, registers));
}
