// Binding arguments to the parameters of native functions.
//
// The wording of errors follows the four calling conventions of CPython's builtins, which one recognizes by the
// signature: no parameters, one positional-only parameter, positional-only ones, ones with keywords.
#include "runtime/object/arguments.h"

#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/names.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// Parsing

// The end of the parameter that begins at `text`: a comma or the closing parenthesis outside brackets and quotes.
static const char *parameter_end(const char *text) {
  int depth = 0;
  for (; *text; text++) {
    if (*text == '\'' || *text == '"') {
      char quote = *text++;
      while (*text && *text != quote) text += *text == '\\' && text[1] ? 2 : 1;
      if (!*text) return text;
    } else if (*text == '(' || *text == '[' || *text == '{') {
      depth++;
    } else if (*text == ']' || *text == '}' || (*text == ')' && depth)) {
      depth--;
    } else if (!depth && (*text == ',' || *text == ')')) {
      return text;
    }
  }
  return text;
}

static bool parameter_add(Signature *signature, const char *name, size_t length, ParameterKind kind, bool required) {
  Value text = str_from_utf8(name, length);
  if (!text || !(text = str_intern(text))) return false;
  Parameter *parameter = &signature->parameters[signature->count];
  heap_add_constant_range(&parameter->name, 1);
  *parameter = (Parameter){text, kind, required};
  if (kind == PARAMETER_VAR_POSITIONAL) signature->var_positional = (int16_t)signature->count;
  if (kind == PARAMETER_VAR_KEYWORD) signature->var_keyword = (int16_t)signature->count;
  if (kind == PARAMETER_POSITIONAL_OR_KEYWORD) {
    signature->positional++;
    if (required) signature->required++;
  }
  signature->count++;
  return true;
}

static bool parse_into(Signature *signature, const char *text) {
  ParameterKind kind = PARAMETER_POSITIONAL_OR_KEYWORD;
  const char *at = text + (*text == '(');
  while (*at && *at != ')') {
    while (*at == ' ') at++;
    const char *end = parameter_end(at);
    if (*at == '/') {
      for (uint16_t i = 0; i < signature->count; i++) signature->parameters[i].kind = PARAMETER_POSITIONAL_ONLY;
      signature->positional_only = signature->count;
    } else if (*at == '*' && at[1] != '*' && (at[1] == ',' || at[1] == ')')) {
      kind = PARAMETER_KEYWORD_ONLY;
    } else if (*at != '$' && at != end) {
      ParameterKind own = kind;
      if (*at == '*') {
        own = at[1] == '*' ? PARAMETER_VAR_KEYWORD : PARAMETER_VAR_POSITIONAL;
        kind = PARAMETER_KEYWORD_ONLY;
        at += at[1] == '*' ? 2 : 1;
      }
      size_t length = strcspn(at, "=:,) ");
      bool required = !memchr(at, '=', (size_t)(end - at));
      if (!parameter_add(signature, at, length, own, required)) return false;
    }
    at = *end == ',' ? end + 1 : end;
  }
  return true;
}

const Signature *signature_parse(const char *text, size_t parameter_count) {
  size_t capacity = parameter_count;
  for (const char *at = text; at && *at; at++) capacity += *at == ',' || *at == '(';
  Signature *signature = calloc(1, sizeof *signature + capacity * sizeof *signature->parameters);
  if (!signature) {
    raise_memory_error();
    return NULL;
  }
  signature->var_positional = signature->var_keyword = -1;
  if (text) {
    if (!parse_into(signature, text)) return NULL;
  } else {
    signature->count = signature->positional = signature->positional_only = signature->required =
        (uint16_t)parameter_count;
  }
  signature->plain = signature->count == signature->positional;
  return signature;
}

// Errors

// How errors name the callee.
typedef struct CalleeLabel {
  const char *name;
  NativeObject *object; // NULL: `name` alone is known
  bool is_constructor;  // __new__ or __init__, called by the class's name
  bool is_slot;         // a slot wrapper: its messages name nobody
} CalleeLabel;

static CalleeLabel callee_label(NativeObject *callee, const char *name) {
  if (!callee) return (CalleeLabel){.name = name};
  name = callee->method->name;
  if (callee->owner && (strcmp(name, "__new__") == 0 || strcmp(name, "__init__") == 0))
    return (CalleeLabel){.name = class_name(value_as_class(callee->owner)), .is_constructor = true};
  Value self = value_from_cell(callee);
  bool is_slot = VALUE_IS_EXACT(self, SLOT_WRAPPER) || VALUE_IS_EXACT(self, METHOD_WRAPPER);
  return (CalleeLabel){.name = name, .object = callee, .is_slot = is_slot};
}

// "list.append" or "math.sqrt": how CPython names a builtin in full.
static Value label_qualified(const CalleeLabel *label) {
  NativeObject *object = label->object;
  if (!object) return str_from_c(label->name);
  if (object->owner) return str_format_c("%U.%s", native_holder(object)->qualified_name, label->name);
  if (object->module && !str_equals_c(object->module, "builtins"))
    return str_format_c("%U.%s", object->module, label->name);
  return str_from_c(label->name);
}

static bool is_plural(size_t count) {
  return count != 1;
}

bool arguments_check_none_by_keyword(const char *function, Value keyword_names) {
  if (!keyword_names || !tuple_count(keyword_names)) return true;
  raise_type_error("%.200s() takes no keyword arguments", function);
  return false;
}

bool arguments_check_count(const char *function, size_t count, size_t minimum, size_t maximum) {
  if (count < minimum)
    raise_type_error("%.200s expected %s%zu argument%s, got %zu", function, minimum == maximum ? "" : "at least ",
                     minimum, is_plural(minimum) ? "s" : "", count);
  else if (count > maximum)
    raise_type_error("%.200s expected %s%zu argument%s, got %zu", function, minimum == maximum ? "" : "at most ",
                     maximum, is_plural(maximum) ? "s" : "", count);
  else
    return true;
  return false;
}

static bool raise_by_keyword(const CalleeLabel *label) {
  if (label->is_slot) {
    raise_type_error("wrapper %s() takes no keyword arguments", label->name);
    return false;
  }
  Value name = label_qualified(label);
  if (name) raise_type_error("%U() takes no keyword arguments", name);
  return false;
}

// Wrong number of arguments for a signature without keywords.
static bool raise_wrong_count(const Signature *signature, const CalleeLabel *label, size_t count) {
  size_t maximum = signature->var_positional >= 0 ? SIZE_MAX : signature->positional, minimum = signature->required;
  if (label->is_slot && minimum == maximum && maximum <= 1) {
    raise_type_error("expected %zu argument%s, got %zu", maximum, is_plural(maximum) ? "s" : "", count);
  } else if (label->is_slot) {
    arguments_check_count("", count, minimum, maximum);
  } else if (!label->is_constructor && (maximum == 0 || (maximum == 1 && minimum == 1))) {
    Value name = label_qualified(label);
    if (!name) return false;
    if (maximum == 0)
      raise_type_error("%U() takes no arguments (%zu given)", name, count);
    else
      raise_type_error("%U() takes exactly one argument (%zu given)", name, count);
  } else {
    arguments_check_count(label->name, count, minimum, maximum);
  }
  return false;
}

// The same for a signature with keywords.
static bool raise_wrong_count_with_keywords(const Signature *signature, const CalleeLabel *label, size_t count,
                                            size_t keyword_count) {
  size_t named = signature->count - (signature->var_positional >= 0) - (signature->var_keyword >= 0);
  if (count + keyword_count > named && signature->var_keyword < 0) {
    raise_type_error("%.200s() takes at most %zu %sargument%s (%zu given)", label->name, named,
                     count == 0 ? "keyword " : "", is_plural(named) ? "s" : "", count + keyword_count);
  } else if (signature->positional == 0) {
    raise_type_error("%.200s() takes no positional arguments", label->name);
  } else {
    raise_type_error("%.200s() takes %s %zu positional argument%s (%zu given)", label->name,
                     signature->required < signature->positional ? "at most" : "exactly", (size_t)signature->positional,
                     is_plural(signature->positional) ? "s" : "", count);
  }
  return false;
}

static bool raise_missing(const Signature *signature, const CalleeLabel *label, size_t index, size_t count) {
  size_t required_only = 0;
  while (required_only < signature->positional_only && signature->parameters[required_only].required) required_only++;
  if (index < required_only)
    raise_type_error("%.200s() takes %s %zu positional argument%s (%zu given)", label->name,
                     required_only < signature->positional ? "at least" : "exactly", required_only,
                     is_plural(required_only) ? "s" : "", count);
  else
    raise_type_error("%.200s() missing required argument '%U' (pos %zu)", label->name,
                     signature->parameters[index].name, index + 1);
  return false;
}

// Binding

// The parameter that keyword `name` (a str) means, or -1.
static int signature_find(const Signature *signature, Value name) {
  for (size_t i = signature->positional_only; i < signature->count; i++)
    if (signature->parameters[i].name == name) return (int)i;
  for (size_t i = signature->positional_only; i < signature->count; i++)
    if (str_equals(signature->parameters[i].name, name)) return (int)i;
  return -1;
}

static bool bind_keywords(const Signature *signature, const char *function, const Value *values, Value keyword_names,
                          size_t given, Value *out) {
  size_t keyword_count = tuple_count(keyword_names);
  for (size_t k = 0; k < keyword_count; k++) {
    Value name = tuple_item(keyword_names, k);
    int index = signature_find(signature, name);
    if (index >= 0 && (index == signature->var_positional || index == signature->var_keyword)) index = -1;
    if (index >= 0) {
      if (out[index]) {
        if ((size_t)index < given)
          raise_type_error("argument for %.200s() given by name ('%U') and position (%d)", function, name, index + 1);
        else
          raise_type_error("%.200s() got multiple values for keyword argument '%U'", function, name);
        return false;
      }
      out[index] = values[k];
    } else if (signature->var_keyword >= 0) {
      if (!dict_set(out[signature->var_keyword], name, values[k])) return false;
    } else {
      raise_type_error("'%U' is an invalid keyword argument for %.200s()", name, function);
      return false;
    }
  }
  return true;
}

// Can the number of arguments be right? Says what is wrong if not.
static bool count_fits(const Signature *signature, NativeObject *callee, const char *name, size_t count,
                       size_t keyword_count, bool has_keywords) {
  if (!has_keywords) {
    bool too_many = count > signature->positional && signature->var_positional < 0;
    if (!keyword_count && !too_many && count >= signature->required) return true;
    CalleeLabel label = callee_label(callee, name);
    return keyword_count ? raise_by_keyword(&label) : raise_wrong_count(signature, &label, count);
  }
  bool too_many =
      count > signature->positional || (signature->var_keyword < 0 && count + keyword_count > signature->count);
  if (signature->var_positional >= 0 || !too_many) return true;
  CalleeLabel label = callee_label(callee, name);
  return raise_wrong_count_with_keywords(signature, &label, count, keyword_count);
}

bool signature_bind(const Signature *signature, NativeObject *callee, const char *name, Value *arguments, size_t count,
                    Value keyword_names, Value *out) {
  size_t keyword_count = keyword_names ? tuple_count(keyword_names) : 0;
  bool has_keywords =
      signature->var_keyword >= 0 || signature->positional_only < signature->positional ||
      (!signature->plain && signature->count > signature->positional + (signature->var_positional >= 0));
  if (!count_fits(signature, callee, name, count, keyword_count, has_keywords)) return false;

  size_t given = count < signature->positional ? count : signature->positional;
  for (size_t i = 0; i < signature->count; i++) out[i] = i < given ? arguments[i] : NULL;
  if (signature->var_positional >= 0) {
    Value rest = count > given ? tuple_new(arguments + given, count - given) : tuple_empty;
    if (!rest) return false;
    out[signature->var_positional] = rest;
  }
  if (signature->var_keyword >= 0 && !(out[signature->var_keyword] = dict_new())) return false;
  if (keyword_count &&
      !bind_keywords(signature, callee_label(callee, name).name, arguments + count, keyword_names, given, out))
    return false;
  for (size_t i = 0; has_keywords && i < signature->count; i++) {
    if (out[i] || !signature->parameters[i].required) continue;
    CalleeLabel label = callee_label(callee, name);
    return raise_missing(signature, &label, i, count);
  }
  return true;
}

bool arguments_parse(const char *function, const char *signature, const Signature **cache, Value *arguments,
                     size_t count, Value keyword_names, Value *out) {
  const Signature *parsed = __atomic_load_n(cache, __ATOMIC_ACQUIRE);
  if (!parsed) {
    parsed = signature_parse(signature, 0);
    if (!parsed) return false;
    __atomic_store_n(cache, parsed, __ATOMIC_RELEASE);
  }
  return signature_bind(parsed, NULL, function, arguments, count, keyword_names, out);
}
