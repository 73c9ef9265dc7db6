// The abstract syntax tree: what the parser makes, and symbol table and compiler read.
//
// One struct a Python type (AstExpr, AstStmt, ...): `kind` says which node it is, and so which member of the union
// holds its fields; member and field names are those of Python's `ast` module in snake case (`stmt->function_def.name`,
// `stmt->if_stmt.test` where C has the word reserved). Trees live in an arena, and are plain data without Python
// objects.
//
// Invariants: a sequence pointer is never NULL (ast_empty_sequence stands for the empty one); optional fields are NULL
// when absent (an absent optional int is 0); items of AstExprSequence are NULL only in Dict.keys (`**value`) and
// arguments.kw_defaults. Columns count bytes of UTF-8 from 0, lines count from 1, as in Python.
#pragma once

#include "frontend/constant.h"
#include "frontend/name.h"

typedef struct AstRange {
  int32_t lineno;
  int32_t col_offset;
  int32_t end_lineno;
  int32_t end_col_offset;
} AstRange;

#include "generated/ast_nodes.h"

// How often a field occurs.
typedef enum AstQuantity : uint8_t { AST_ONE, AST_OPTIONAL, AST_MANY, AST_MANY_OPTIONAL } AstQuantity;

// One field of a node: enough to walk any tree without knowing its types.
typedef struct AstField {
  const char *name;
  AstType type;
  AstQuantity quantity;
  uint16_t offset; // in the node's struct
} AstField;

typedef struct AstKindDescription {
  const char *name; // as in Python: "BinOp"
  const char *text; // "BinOp(expr left, operator op, expr right)", the docstring of Python's class
  AstType type;
  uint8_t field_count;
  const AstField *fields;
} AstKindDescription;

typedef enum AstForm : uint8_t { AST_FORM_BUILT_IN, AST_FORM_SUM, AST_FORM_PRODUCT, AST_FORM_ENUM } AstForm;

typedef struct AstTypeDescription {
  const char *name;
  const char *text;
  AstForm form;
  bool has_range;
  uint16_t range_offset;
  uint16_t size;             // of the node's struct
  AstKind first_kind;        // sums and products: the kinds are first_kind .. first_kind + count - 1
  uint8_t count;             // of kinds, or of values
  const char *const *values; // enums: their names
} AstTypeDescription;

extern const AstKindDescription ast_kinds[AST_KIND_COUNT];
extern const AstTypeDescription ast_types[AST_TYPE_COUNT];

// Any node can be seen as this.
typedef struct AstNode {
  AstKind kind;
} AstNode;

// Any sequence of pointers can be seen as this. (Sequences of enum values have byte items.)
typedef struct AstSequence {
  uint32_t count;
  void *items[];
} AstSequence;

// The shared empty sequence; cast by assignment from void *.
extern void *const ast_empty_sequence;

// Returns a new sequence of pointers with uninitialized items, the shared empty one for count 0, NULL when memory is
// exhausted. For a sequence of enum values use ast_new_comparisons.
void *ast_new_sequence(Arena *arena, size_t count);
AstComparisonSequence *ast_new_comparisons(Arena *arena, size_t count);
