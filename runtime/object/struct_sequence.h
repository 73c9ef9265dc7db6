// Struct sequences: tuples with named fields, such as sys.version_info and os.stat_result.
//
// An instance is a Tuple cell whose length is the number of visible items; further named-only fields (st_atime_ns)
// follow them in the same cell.
#pragma once

#include "runtime/object/class.h"

typedef struct StructField {
  const char *name; // NULL ends the table; "" is an item without a name
  const char *doc;
} StructField;

typedef struct StructSequenceDef {
  const char *name; // with module: "os.stat_result"
  const char *doc;
  const StructField *fields;
  size_t visible; // how many of the fields are items of the tuple
  bool no_new;    // "cannot create 'sys.flags' instances"
} StructSequenceDef;

// Makes the class. NULL: exception pending.
Class *struct_sequence_class_new(const StructSequenceDef *definition);
// An instance. `values` holds one for each field, hidden ones included; zero stands for None. Zero: exception pending.
Value struct_sequence_new(Class *class, const Value *values);
