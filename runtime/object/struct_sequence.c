// Struct sequences: tuples with named fields.
//
// The class's ClassDef is made together with the class and is the first member of a StructSequenceClass, so that the
// collector learns from class->native how many fields a cell has.
//
// Threads: immutable.
#include "runtime/object/struct_sequence.h"

#include "runtime/heap/heap.h"
#include "runtime/object/arguments.h"
#include "runtime/object/attributes.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

#include <stdlib.h>

typedef struct StructSequenceClass {
  ClassDef definition;
  const StructSequenceDef *fields;
  size_t count; // of fields, hidden ones included
  NativeMember members[];
} StructSequenceClass;

static const StructSequenceClass *sequence_class(const Class *class) {
  return (const StructSequenceClass *)class->native;
}

static void sequence_trace(Cell *cell, Tracer *tracer) {
  Tuple *tuple = (Tuple *)cell;
  trace_range(tracer, tuple->items, tuple->items + sequence_class(cell_shape(cell)->class)->count);
}
static const CellType sequence_cell_type = {.name = "struct sequence", .trace = sequence_trace};

static Tuple *sequence_allocate(Class *class) {
  const StructSequenceClass *facts = sequence_class(class);
  Tuple *tuple = class_allocate(class, facts->count * sizeof(Value));
  if (tuple) tuple->count = facts->fields->visible;
  return tuple;
}

Value struct_sequence_new(Class *class, const Value *values) {
  Tuple *tuple = sequence_allocate(class);
  if (!tuple) return NULL;
  size_t count = sequence_class(class)->count;
  for (size_t i = 0; i < count; i++) gc_init(tuple, &tuple->items[i], values[i] ? values[i] : VALUE_NONE);
  return value_from_cell(tuple);
}

static Value sequence_new(Value class, Value *arguments, size_t count, Value keyword_names) {
  static const Signature *signature;
  Value given[2];
  if (!arguments_parse("structseq", "(sequence, dict=None)", &signature, arguments, count, keyword_names, given))
    return NULL;
  const StructSequenceClass *facts = sequence_class(value_as_class(class));
  Value items = value_to_tuple(given[0]);
  if (!items) return exception_clear_if(CLASS_TYPE_ERROR) ? raise_type_error("constructor requires a sequence") : NULL;
  if (given[1] && !value_is_dict(given[1]))
    return raise_type_error("%.500s() takes a dict as second arg, if any", facts->definition.name);
  size_t length = tuple_count(items), minimum = facts->fields->visible, maximum = facts->count;
  if (length < minimum || length > maximum)
    return raise_type_error("%.500s() takes %s%zu-sequence (%zu-sequence given)", facts->definition.name,
                            minimum == maximum ? "a "
                            : length < minimum ? "an at least "
                                               : "an at most ",
                            length < minimum ? minimum : maximum, length);
  Tuple *tuple = sequence_allocate(value_as_class(class));
  if (!tuple) return NULL;
  for (size_t i = 0; i < maximum; i++) {
    Value value = i < length ? tuple_item(items, i)
                  : given[1] ? dict_get_c(given[1], facts->fields->fields[i].name)
                             : NULL;
    gc_store(tuple, &tuple->items[i], value ? value : VALUE_NONE);
  }
  return value_from_cell(tuple);
}

// The name that the i-th item is shown under: unnamed items take the names that follow.
static const char *shown_name(const StructSequenceClass *facts, size_t index) {
  return facts->members[index].name;
}

static Value sequence_repr(Value self) {
  const StructSequenceClass *facts = sequence_class(value_class(self));
  StrBuilder text;
  str_builder_start(&text);
  str_builder_add_c(&text, facts->definition.name);
  str_builder_add_c(&text, "(");
  for (size_t i = 0; i < facts->fields->visible; i++) {
    Value part = str_format_c("%s%s=%R", i ? ", " : "", shown_name(facts, i), tuple_item(self, i));
    if (!part) return NULL;
    str_builder_add(&text, part);
  }
  str_builder_add_c(&text, ")");
  return str_builder_finish(&text);
}

static Value sequence_reduce(Value self) {
  const StructSequenceClass *facts = sequence_class(value_class(self));
  size_t visible = facts->fields->visible;
  Value items = tuple_new(value_as_tuple(self)->items, visible), hidden = dict_new();
  for (size_t i = visible; hidden && i < facts->count; i++)
    if (!dict_set_c(hidden, facts->fields->fields[i].name, value_as_tuple(self)->items[i])) return NULL;
  return tuple_of(2, value_from_cell(value_class(self)), tuple_of(2, items, hidden));
}

static const NativeMethod methods[] = {
    NATIVE("__repr__", sequence_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__reduce__", sequence_reduce, NULL, "Return state information for pickling."),
    NATIVE("__new__", sequence_new, "($type, *args, **kwargs)", "Create and return a new object.", NATIVE_STATIC),
    {}};
static const NativeMethod methods_without_new[] = {
    NATIVE("__repr__", sequence_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__reduce__", sequence_reduce, NULL, "Return state information for pickling."),
    {}};

static bool add_facts(Class *class, const StructSequenceClass *facts, size_t unnamed) {
  size_t visible = facts->fields->visible, named = visible - unnamed;
  Tuple *names = tuple_allocate(named);
  if (!names) return false;
  size_t filled = 0;
  for (size_t i = 0; i < visible && filled < named; i++) {
    if (!*facts->fields->fields[i].name) continue;
    Value name = str_intern_c(facts->fields->fields[i].name);
    if (!name) return false;
    gc_init(names, &names->items[filled++], name);
  }
  return class_set_attribute(class, NAME(n_fields), int_from_size(facts->count)) &&
         class_set_attribute(class, NAME(n_sequence_fields), int_from_size(visible)) &&
         class_set_attribute(class, NAME(n_unnamed_fields), int_from_size(unnamed)) &&
         class_set_attribute(class, NAME(__match_args__), value_from_cell(names));
}

Class *struct_sequence_class_new(const StructSequenceDef *definition) {
  size_t count = 0, unnamed = 0, member = 0;
  while (definition->fields[count].name) unnamed += !*definition->fields[count++].name;
  StructSequenceClass *facts = calloc(1, sizeof *facts + (count + 1) * sizeof *facts->members);
  if (!facts) {
    raise_memory_error();
    return NULL;
  }
  facts->fields = definition;
  facts->count = count;
  for (size_t i = 0; i < count; i++) {
    if (!*definition->fields[i].name) continue;
    facts->members[member++] = (NativeMember){
        .name = definition->fields[i].name,
        .kind = MEMBER_VALUE_OR_NONE,
        .offset = (uint16_t)(offsetof(Tuple, items) + i * sizeof(Value)),
        .doc = definition->fields[i].doc,
    };
  }
  facts->definition = (ClassDef){
      .name = definition->name,
      .doc = definition->doc,
      .cell_type = &sequence_cell_type,
      .flags = definition->no_new ? CLASS_NO_NEW : 0,
      .methods = definition->no_new ? methods_without_new : methods,
      .members = facts->members,
  };
  Class *class = class_from_definition(&facts->definition, BUILTIN(TUPLE));
  return class && add_facts(class, facts, unnamed) ? class : NULL;
}
