// str.format() and what string.Formatter needs of it.
//
// A template is literal text and replacement fields: {name.attribute[key]!conversion:specification}, where the
// specification may hold fields in turn, two levels deep in all.
//
// Threads: templates are immutable; arguments are read as Python code would read them.
#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str_internal.h"
#include "runtime/object/str_search.h"
#include "runtime/support/unicode.h"

// ---- Parsing a template into literals and fields ----

typedef struct Span {
  size_t start, end;
} Span;

typedef struct Markup {
  Span literal;
  bool has_field;
  Span name, specification;
  uint32_t conversion; // 0: none
  bool specification_has_fields;
} Markup;

// Parses what follows a '{' at `*at`; leaves `*at` behind the '}'.
static bool parse_field(const Str *text, size_t *at, size_t end, Markup *markup) {
  markup->has_field = true;
  markup->name.start = *at;
  uint32_t c = 0;
  for (; *at < end; ++*at) {
    c = str_character(text, *at);
    if (c == '{') {
      raise_value_error("unexpected '{' in field name");
      return false;
    }
    if (c == '}' || c == ':' || c == '!') break;
    if (c == '[') // in brackets everything is part of the key
      while (*at + 1 < end && str_character(text, *at + 1) != ']') ++*at;
  }
  markup->name.end = *at;
  if (*at >= end) {
    raise_value_error("expected '}' before end of string");
    return false;
  }
  ++*at; // behind the '}', ':' or '!'
  if (c == '!') {
    if (*at >= end) {
      raise_value_error("end of string while looking for conversion specifier");
      return false;
    }
    markup->conversion = str_character(text, (*at)++);
    if (*at < end) {
      c = str_character(text, (*at)++);
      if (c == '}') return true;
      if (c != ':') {
        raise_value_error("expected ':' after conversion specifier");
        return false;
      }
    }
  }
  if (c == '}') return true;
  markup->specification.start = markup->specification.end = *at;
  for (int depth = 1; *at < end; ++*at) {
    c = str_character(text, *at);
    if (c == '{') {
      depth++;
      markup->specification_has_fields = true;
    } else if (c == '}' && --depth == 0) {
      markup->specification.end = (*at)++;
      return true;
    }
  }
  raise_value_error("unmatched '{' in format spec");
  return false;
}

// The next literal and field. 1; 0: the end; -1: ValueError.
static int markup_next(const Str *text, size_t *at, size_t end, Markup *markup) {
  *markup = (Markup){};
  if (*at >= end) return 0;
  markup->literal.start = *at;
  uint32_t c = 0;
  bool found = false;
  while (*at < end && !found) {
    c = str_character(text, (*at)++);
    found = c == '{' || c == '}';
  }
  markup->literal.end = *at - found;
  if (!found) return 1;
  bool at_end = *at >= end;
  bool doubled = !at_end && str_character(text, *at) == c;
  if (doubled) { // an escaped brace: the first one belongs to the literal
    markup->literal.end++;
    ++*at;
    return 1;
  }
  if (c == '}') {
    raise_value_error("Single '}' encountered in format string");
    return -1;
  }
  if (at_end) {
    raise_value_error("Single '{' encountered in format string");
    return -1;
  }
  return parse_field(text, at, end, markup) ? 1 : -1;
}

// ---- Field names: first.attribute[key] ----

// The number that text[start..end) writes in decimal; -1: none; -2: ValueError.
static ptrdiff_t parse_index(const Str *text, size_t start, size_t end) {
  ptrdiff_t number = 0;
  if (start == end) return -1;
  for (size_t i = start; i < end; i++) {
    int digit = unicode_decimal(str_character(text, i));
    if (digit < 0) return -1;
    if (number > (PTRDIFF_MAX - digit) / 10) {
      raise_value_error("Too many decimal digits in format string");
      return -2;
    }
    number = number * 10 + digit;
  }
  return number;
}

static size_t first_part_end(const Str *text, size_t start, size_t end) {
  while (start < end && str_character(text, start) != '.' && str_character(text, start) != '[') start++;
  return start;
}

typedef struct NamePart {
  bool is_attribute;
  Span span;
  ptrdiff_t index; // of [123]; -1: a key
} NamePart;

// The next .attribute or [key]. 1; 0: the end; -1: ValueError.
static int name_part_next(const Str *text, size_t *at, size_t end, NamePart *part) {
  if (*at >= end) return 0;
  uint32_t c = str_character(text, (*at)++);
  part->index = -1;
  part->is_attribute = c == '.';
  part->span.start = *at;
  if (c == '.') {
    *at = first_part_end(text, *at, end);
    part->span.end = *at;
  } else if (c == '[') {
    while (*at < end && str_character(text, *at) != ']') ++*at;
    if (*at >= end) {
      raise_value_error("Missing ']' in format string");
      return -1;
    }
    part->span.end = (*at)++;
    part->index = parse_index(text, part->span.start, part->span.end);
    if (part->index == -2) return -1;
  } else {
    raise_value_error("Only '.' or '[' may follow ']' in format field specifier");
    return -1;
  }
  if (part->span.start == part->span.end) {
    raise_value_error("Empty attribute in format string");
    return -1;
  }
  return 1;
}

// ---- Formatting ----

typedef struct Template {
  Value *arguments; // positional ones; NULL for format_map
  size_t count;
  Value *keyword_values;
  Value keyword_names; // tuple, or zero
  Value mapping;       // of format_map; zero otherwise
  enum : uint8_t { NUMBERING_UNKNOWN, NUMBERING_AUTOMATIC, NUMBERING_MANUAL } numbering;
  size_t next; // the number that the next empty field name stands for
} Template;

static bool check_numbering(Template *template, bool automatic) {
  if (template->numbering == NUMBERING_UNKNOWN)
    template->numbering = automatic ? NUMBERING_AUTOMATIC : NUMBERING_MANUAL;
  if ((template->numbering == NUMBERING_AUTOMATIC) == automatic) return true;
  raise_value_error(automatic ? "cannot switch from manual field specification to automatic field numbering"
                              : "cannot switch from automatic field numbering to manual field specification");
  return false;
}

static Value positional(const Template *template, size_t index) {
  if (!template->arguments) return raise_value_error("Format string contains positional fields");
  if (index >= template->count)
    return raise(CLASS_INDEX_ERROR, "Replacement index %zu out of range for positional args tuple", index);
  return template->arguments[index];
}

static Value named(const Template *template, Value name) {
  if (template->mapping) return value_get_item(template->mapping, name);
  for (size_t i = 0; template->keyword_names && i < tuple_count(template->keyword_names); i++)
    if (str_equals(tuple_item(template->keyword_names, i), name)) return template->keyword_values[i];
  return raise_key_error(name);
}

static Value field_object(Template *template, Value source, Span name) {
  const Str *text = value_as_str(source);
  size_t at = first_part_end(text, name.start, name.end);
  ptrdiff_t index = parse_index(text, name.start, at);
  Value object;
  if (index == -2) return NULL;
  if (at == name.start || index >= 0) {
    bool automatic = at == name.start;
    // Automatic numbers are for positional arguments alone: format_map has none, whatever the number.
    if (!check_numbering(template, automatic)) return NULL;
    object = positional(template, automatic ? template->next++ : (size_t)index);
  } else {
    Value key = str_substring(source, name.start, at);
    object = key ? named(template, key) : NULL;
  }
  if (!object) return NULL;
  NamePart part;
  for (int more; (more = name_part_next(text, &at, name.end, &part)) != 0;) {
    if (more < 0) return NULL;
    Value key = part.index >= 0 ? int_from_int64(part.index) : str_substring(source, part.span.start, part.span.end);
    if (!key) return NULL;
    object = part.is_attribute ? value_get_attribute(object, key) : value_get_item(object, key);
    if (!object) return NULL;
  }
  return object;
}

static Value convert_object(Value object, uint32_t conversion) {
  switch (conversion) {
  case 0:
    return object;
  case 'r':
    return value_repr(object);
  case 's':
    return value_str(object);
  case 'a':
    return value_ascii(object);
  default:
    if (conversion > 32 && conversion < 127)
      return raise_value_error("Unknown conversion specifier %c", (int)conversion);
    return raise_value_error("Unknown conversion specifier \\x%x", (unsigned)conversion);
  }
}

static bool render(Template *template, Value source, Span range, int depth, StrBuilder *builder);

static bool render_field(Template *template, Value source, const Markup *markup, int depth, StrBuilder *builder) {
  Value object = field_object(template, source, markup->name);
  if (object) object = convert_object(object, markup->conversion);
  if (!object) return false;
  Value specification = NULL;
  if (markup->specification_has_fields) {
    StrBuilder inner;
    str_builder_start(&inner);
    if (!render(template, source, markup->specification, depth - 1, &inner)) return false;
    specification = str_builder_finish(&inner);
    if (!specification) return false;
  } else if (markup->specification.end > markup->specification.start) {
    specification = str_substring(source, markup->specification.start, markup->specification.end);
    if (!specification) return false;
  }
  if (!specification && VALUE_IS_EXACT(object, STR)) {
    str_builder_add(builder, object);
    return true;
  }
  Value text = value_format(object, specification);
  if (!text) return false;
  str_builder_add(builder, text);
  return true;
}

static bool render(Template *template, Value source, Span range, int depth, StrBuilder *builder) {
  if (depth <= 0) {
    raise_value_error("Max string recursion exceeded");
    return false;
  }
  const Str *text = value_as_str(source);
  Markup markup;
  size_t at = range.start;
  for (int more; (more = markup_next(text, &at, range.end, &markup)) != 0;) {
    if (more < 0) return false;
    str_builder_add_part(builder, source, markup.literal.start, markup.literal.end);
    if (markup.has_field && !render_field(template, source, &markup, depth, builder)) return false;
  }
  return !builder->failed;
}

static Value render_whole(Template *template, Value source) {
  const Str *text = value_as_str(source);
  if (text->length > 0 && units_find_character(text->data, str_width(text), 0, text->length, '{') < 0 &&
      units_find_character(text->data, str_width(text), 0, text->length, '}') < 0)
    return source;
  StrBuilder builder;
  str_builder_start(&builder);
  if (!render(template, source, (Span){0, str_length(source)}, 2, &builder)) return NULL;
  return str_builder_finish(&builder);
}

Value str_format_method(Value self, Value *arguments, size_t count, Value keyword_names) {
  static Value none;
  Template template = {.arguments = arguments ? arguments : &none,
                       .count = count,
                       .keyword_values = arguments + count,
                       .keyword_names = keyword_names};
  return render_whole(&template, self);
}

Value str_format_map_method(Value self, Value mapping) {
  Template template = {.mapping = mapping};
  return render_whole(&template, self);
}

// ---- For string.Formatter: iterators over the parts ----

typedef struct TemplateIterator {
  Cell head;
  Value text;
  size_t at;
} TemplateIterator;

static const CellType template_iterator_cell_type = {.name = "formatteriterator",
                                                     CELL_VALUES(TemplateIterator, text, text)};

static Value iterator_self(Value self) {
  return self;
}

static Value span_text(Value text, Span span) {
  return str_substring(text, span.start, span.end);
}

// (literal, field name, specification, conversion); the last three None where there is no field.
static Value markup_iterator_next(Value self) {
  TemplateIterator *iterator = (TemplateIterator *)value_cell(self);
  Markup markup;
  int more = markup_next(value_as_str(iterator->text), &iterator->at, str_length(iterator->text), &markup);
  if (more <= 0) return more == 0 ? VALUE_STOP : NULL;
  Value literal = span_text(iterator->text, markup.literal);
  Value name = VALUE_NONE, specification = VALUE_NONE, conversion = VALUE_NONE;
  if (markup.has_field) {
    name = span_text(iterator->text, markup.name);
    specification = span_text(iterator->text, markup.specification);
    if (markup.conversion) conversion = str_from_character(markup.conversion);
  }
  if (!literal || !name || !specification || !conversion) return NULL;
  return tuple_of(4, literal, name, specification, conversion);
}

// (is attribute, attribute name or key)
static Value name_iterator_next(Value self) {
  TemplateIterator *iterator = (TemplateIterator *)value_cell(self);
  NamePart part;
  int more = name_part_next(value_as_str(iterator->text), &iterator->at, str_length(iterator->text), &part);
  if (more <= 0) return more == 0 ? VALUE_STOP : NULL;
  Value key = part.index >= 0 ? int_from_int64(part.index) : span_text(iterator->text, part.span);
  return key ? tuple_of(2, value_from_bool(part.is_attribute), key) : NULL;
}

static const NativeMethod markup_iterator_methods[] = {
    NATIVE("__iter__", iterator_self, "($self, /)", "Return self."),
    NATIVE("__next__", markup_iterator_next, "($self, /)", "The next literal and field."),
    {}};
static const NativeMethod name_iterator_methods[] = {
    NATIVE("__iter__", iterator_self, "($self, /)", "Return self."),
    NATIVE("__next__", name_iterator_next, "($self, /)", "The next part of the name."),
    {}};
static const ClassDef markup_iterator_class = {.name = "formatteriterator",
                                               .cell_type = &template_iterator_cell_type,
                                               .instance_size = sizeof(TemplateIterator),
                                               .flags = CLASS_IMMUTABLE | CLASS_NO_NEW,
                                               .methods = markup_iterator_methods};
static const ClassDef name_iterator_class = {.name = "fieldnameiterator",
                                             .cell_type = &template_iterator_cell_type,
                                             .instance_size = sizeof(TemplateIterator),
                                             .flags = CLASS_IMMUTABLE | CLASS_NO_NEW,
                                             .methods = name_iterator_methods};

// The class that `definition` describes, made on first use and kept for ever.
static Class *class_on_demand(Value *slot, const ClassDef *definition) {
  Value known = gc_load(slot);
  if (!known) {
    Class *made = class_from_definition(definition, NULL);
    if (!made) return NULL;
    heap_add_root_range(slot, 1); // registering twice, when two threads race, is harmless
    __atomic_store_n(slot, value_from_cell(made), __ATOMIC_RELEASE);
    known = value_from_cell(made);
  }
  return value_as_class(known);
}

static Value iterator_new(Class *class, Value text, size_t at) {
  TemplateIterator *iterator = class ? class_allocate(class, 0) : NULL;
  if (!iterator) return NULL;
  gc_init(iterator, &iterator->text, text);
  iterator->at = at;
  return value_from_cell(iterator);
}

Value str_formatter_parser(Value text) {
  static Value class;
  if (!value_is_str(text)) return raise_type_error("expected str, got %.100T", text);
  return iterator_new(class_on_demand(&class, &markup_iterator_class), text, 0);
}

Value str_formatter_field_name_split(Value text) {
  static Value class;
  if (!value_is_str(text)) return raise_type_error("expected str, got %.100T", text);
  const Str *source = value_as_str(text);
  size_t end = first_part_end(source, 0, source->length);
  ptrdiff_t index = parse_index(source, 0, end);
  if (index == -2) return NULL;
  Value first = index >= 0 ? int_from_int64(index) : str_substring(text, 0, end);
  Value rest = first ? iterator_new(class_on_demand(&class, &name_iterator_class), text, end) : NULL;
  return rest ? tuple_of(2, first, rest) : NULL;
}
