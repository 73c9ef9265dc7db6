// Text that a loop builds piece by piece: `text += part`, where the loop does nothing else with `text` but give it a
// new start. What it holds meanwhile is known to nobody else, so the interpreter appends in place instead of copying
// all of it for each part (str_append).
//
// Such a loop has a temporary for each of these names, its *growth*, which is empty when the loop begins and holds what
// the last `+=` has made: only that may grow. So a string that somebody has seen before the loop, or between two runs
// of it, is copied first. ADD names the growth in three bits of `aux`, as one more than its number among the
// temporaries; what is added need not be text. Who looks at a frame's locals from outside ends the growth of what is
// found there.
#include "frontend/compiler_internal.h"

enum { NAMES_MAXIMUM = 4, DEPTH_MAXIMUM = 100 };

typedef struct Candidates {
  const Name *names[NAMES_MAXIMUM];
  uint32_t count;
} Candidates;

typedef bool NodeVisitor(const AstNode *node, void *context, unsigned depth);

// Calls `visit` for each child until it gives false.
static bool each_child(const AstNode *node, NodeVisitor *visit, void *context, unsigned depth) {
  const AstKindDescription *kind = &ast_kinds[node->kind];
  for (uint32_t i = 0; i < kind->field_count; i++) {
    const AstField *field = &kind->fields[i];
    AstForm form = ast_types[field->type].form;
    if (form != AST_FORM_SUM && form != AST_FORM_PRODUCT) continue;
    const void *child = *(const void *const *)((const char *)node + field->offset);
    if (!child) continue;
    if (field->quantity == AST_ONE || field->quantity == AST_OPTIONAL) {
      if (!visit(child, context, depth + 1)) return false;
      continue;
    }
    const AstSequence *sequence = child;
    for (uint32_t k = 0; k < sequence->count; k++)
      if (sequence->items[k] && !visit(sequence->items[k], context, depth + 1)) return false;
  }
  return true;
}

static const Name *name_of(const AstExpr *expr) {
  return expr->kind == AST_NAME ? expr->name.id : NULL;
}
// The target of a plain assignment to one name.
static const Name *assigned_name(const AstNode *node) {
  const AstStmt *statement = (const AstStmt *)node;
  return node->kind == AST_ASSIGN && statement->assign.targets->count == 1
             ? name_of(statement->assign.targets->items[0])
             : NULL;
}
// Of `name += added` and `name = name + added`.
static const Name *added_name(const AstNode *node, const AstExpr **added) {
  const AstStmt *statement = (const AstStmt *)node;
  if (node->kind == AST_AUG_ASSIGN && statement->aug_assign.op == AST_ADD) {
    *added = statement->aug_assign.value;
    return name_of(statement->aug_assign.target);
  }
  const Name *name = assigned_name(node);
  const AstExpr *value = name ? statement->assign.value : NULL;
  if (!value || value->kind != AST_BIN_OP || value->bin_op.op != AST_ADD || name_of(value->bin_op.left) != name)
    return NULL;
  *added = value->bin_op.right;
  return name;
}

static bool collect(const AstNode *node, void *context, unsigned depth) {
  Candidates *found = context;
  const AstExpr *added;
  const Name *name = added_name(node, &added);
  for (uint32_t i = 0; name && i < found->count; i++)
    if (found->names[i] == name) name = NULL;
  if (name) found->names[found->count++] = name;
  return found->count < NAMES_MAXIMUM && (depth > DEPTH_MAXIMUM || each_child(node, collect, context, depth));
}

// False: the name is used otherwise, or that is not known.
static bool only_grows(const AstNode *node, void *context, unsigned depth) {
  const Name *name = context;
  if (depth > DEPTH_MAXIMUM) return false;
  if (node->kind == AST_NAME) return ((const AstExpr *)node)->name.id != name;
  const AstExpr *added;
  if (added_name(node, &added) == name) return only_grows((const AstNode *)added, context, depth + 1);
  if (assigned_name(node) == name)
    return only_grows((const AstNode *)((const AstStmt *)node)->assign.value, context, depth + 1);
  return each_child(node, only_grows, context, depth);
}

static bool body_only_grows(const AstStmtSequence *body, const Name *name) {
  for (uint32_t i = 0; i < body->count; i++)
    if (!only_grows((const AstNode *)body->items[i], (void *)(uintptr_t)name, 0)) return false;
  return true;
}

unsigned compiler_growth(const Compiler *compiler, const Name *name) {
  for (const Growth *growth = compiler->unit->growths; growth; growth = growth->outer)
    if (growth->name == name) return growth->number + 1;
  return 0;
}

void compiler_begin_growths(Compiler *compiler, const AstExpr *test, const AstStmtSequence *body) {
  Candidates found = {};
  for (uint32_t i = 0; i < body->count && found.count < NAMES_MAXIMUM; i++)
    collect((const AstNode *)body->items[i], &found, 0);
  for (uint32_t i = 0; i < found.count; i++) {
    const Name *name = found.names[i];
    Register local;
    uint32_t number = compiler->unit->temporary_top;
    if (number + 1 > GROWTH_MAXIMUM || compiler_growth(compiler, name) ||
        !compile_local_register(compiler, name, &local) || !body_only_grows(body, name) ||
        (test && !only_grows((const AstNode *)test, (void *)(uintptr_t)name, 0)))
      continue;
    Growth *growth = compiler_allocate(compiler, 1, sizeof *growth);
    *growth = (Growth){.outer = compiler->unit->growths, .name = name, .number = number};
    compiler->unit->growths = growth;
    emit(compiler, OP_CLEAR, 1, temporary_next(compiler), 0, 0);
    temporary_push(compiler);
  }
}
