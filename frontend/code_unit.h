// Compiled code before it becomes a Python object: what a Code cell holds (runtime/object/code.h), as plain data in an
// arena. The compiler makes a tree of these (inner functions are constants of outer ones); code_objects.c turns the
// tree into Code cells.
#pragma once

#include "frontend/constant.h"
#include "frontend/name.h"
#include "runtime/object/code.h"

typedef struct CodeUnit CodeUnit;

// An entry of the constant table: a constant, or the code of an inner function.
typedef struct UnitConstant {
  const Constant *constant; // NULL if it is code. Equal constants of one source are one Constant
  const CodeUnit *code;
} UnitConstant;

struct CodeUnit {
  const Name *name;
  const char *qualified_name; // UTF-8, NUL-terminated
  size_t qualified_name_length;
  uint32_t flags; // CODE_*
  uint32_t argument_count, positional_only_count, keyword_only_count;
  uint32_t register_count, first_line;
  const UnitConstant *constants;
  const Name *const *names, *const *variable_names, *const *cell_names, *const *free_names;
  uint32_t constant_count, name_count, variable_count, cell_count, free_count;
  const Instruction *words;
  const uint16_t *cell_arguments; // for each cell: 1 + number of the argument it starts with, or 0
  const ExceptionRange *exceptions;
  const PositionRange *positions;
  const LiveRange *live_ranges;
  uint32_t word_count, exception_count, position_count, live_count;
};
