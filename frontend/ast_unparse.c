// Writing expressions; see ast_unparse.h. Parentheses are put where the operator around binds more tightly.
#include "frontend/ast_unparse.h"

#include "frontend/ast_dump.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// How tightly the place binds that an expression is written into.
typedef enum Precedence : uint8_t {
  TUPLE,
  TEST, // conditional expression, lambda
  OR,
  AND,
  NOT,
  COMPARISON,
  BIT_OR,
  BIT_XOR,
  BIT_AND,
  SHIFT,
  ARITHMETIC,
  TERM,
  FACTOR,
  POWER,
  AWAIT,
  ATOM,
  EXPRESSION = BIT_OR,
} Precedence;

typedef struct Writer {
  FILE *out;
  int depth;
  bool failed;
  bool too_deep;
} Writer;

static void write_expr(Writer *writer, const AstExpr *expr, Precedence place);

static void put(Writer *writer, const char *text) {
  fputs(text, writer->out);
}

static void write_name(Writer *writer, const Name *name) {
  fwrite(name->text, 1, name->length, writer->out);
}

static void open_if(Writer *writer, bool needed) {
  if (needed) put(writer, "(");
}

static void close_if(Writer *writer, bool needed) {
  if (needed) put(writer, ")");
}

// Expressions with commas between them.
static void write_list(Writer *writer, const AstExprSequence *exprs) {
  for (uint32_t i = 0; i < exprs->count; i++) {
    if (i) put(writer, ", ");
    write_expr(writer, exprs->items[i], TEST);
  }
}

static void write_bool_op(Writer *writer, const AstExpr *expr, Precedence place) {
  bool is_and = expr->bool_op.op == AST_AND;
  Precedence own = is_and ? AND : OR;
  open_if(writer, place > own);
  for (uint32_t i = 0; i < expr->bool_op.values->count; i++) {
    if (i) put(writer, is_and ? " and " : " or ");
    write_expr(writer, expr->bool_op.values->items[i], own + 1);
  }
  close_if(writer, place > own);
}

static void write_bin_op(Writer *writer, const AstExpr *expr, Precedence place) {
  static const struct {
    const char *text;
    Precedence precedence;
  } operators[] = {
      [AST_ADD] = {" + ", ARITHMETIC},  [AST_SUB] = {" - ", ARITHMETIC},  [AST_MULT] = {" * ", TERM},
      [AST_MAT_MULT] = {" @ ", TERM},   [AST_DIV] = {" / ", TERM},        [AST_MOD] = {" % ", TERM},
      [AST_POW] = {" ** ", POWER},      [AST_LSHIFT] = {" << ", SHIFT},   [AST_RSHIFT] = {" >> ", SHIFT},
      [AST_BIT_OR] = {" | ", BIT_OR},   [AST_BIT_XOR] = {" ^ ", BIT_XOR}, [AST_BIT_AND] = {" & ", BIT_AND},
      [AST_FLOOR_DIV] = {" // ", TERM},
  };
  Precedence own = operators[expr->bin_op.op].precedence;
  bool from_right = expr->bin_op.op == AST_POW;
  open_if(writer, place > own);
  write_expr(writer, expr->bin_op.left, own + from_right);
  put(writer, operators[expr->bin_op.op].text);
  write_expr(writer, expr->bin_op.right, own + !from_right);
  close_if(writer, place > own);
}

static void write_unary_op(Writer *writer, const AstExpr *expr, Precedence place) {
  static const char *const operators[] = {[AST_INVERT] = "~", [AST_NOT] = "not ", [AST_UADD] = "+", [AST_USUB] = "-"};
  Precedence own = expr->unary_op.op == AST_NOT ? NOT : FACTOR;
  open_if(writer, place > own);
  put(writer, operators[expr->unary_op.op]);
  write_expr(writer, expr->unary_op.operand, own);
  close_if(writer, place > own);
}

static void write_arg(Writer *writer, const AstArg *arg) {
  write_name(writer, arg->arg);
  if (!arg->annotation) return;
  put(writer, ": ");
  write_expr(writer, arg->annotation, TEST);
}

static void write_default(Writer *writer, const AstExpr *value) {
  if (!value) return;
  put(writer, "=");
  write_expr(writer, value, TEST);
}

// Writes a comma unless nothing has been written yet.
static void separate(Writer *writer, bool *first) {
  if (!*first) put(writer, ", ");
  *first = false;
}

static void write_arguments(Writer *writer, const AstArguments *arguments) {
  bool first = true;
  uint32_t only = arguments->posonlyargs->count, count = only + arguments->args->count;
  uint32_t without_default = count - arguments->defaults->count;
  for (uint32_t i = 0; i < count; i++) {
    separate(writer, &first);
    write_arg(writer, i < only ? arguments->posonlyargs->items[i] : arguments->args->items[i - only]);
    if (i >= without_default) write_default(writer, arguments->defaults->items[i - without_default]);
    if (only && i + 1 == only) put(writer, ", /");
  }
  if (arguments->vararg || arguments->kwonlyargs->count) {
    separate(writer, &first);
    put(writer, "*");
    if (arguments->vararg) write_arg(writer, arguments->vararg);
  }
  for (uint32_t i = 0; i < arguments->kwonlyargs->count; i++) {
    separate(writer, &first);
    write_arg(writer, arguments->kwonlyargs->items[i]);
    write_default(writer, arguments->kw_defaults->items[i]);
  }
  if (arguments->kwarg) {
    separate(writer, &first);
    put(writer, "**");
    write_arg(writer, arguments->kwarg);
  }
}

static void write_lambda(Writer *writer, const AstExpr *expr, Precedence place) {
  const AstArguments *arguments = expr->lambda.args;
  open_if(writer, place > TEST);
  put(writer, arguments->args->count + arguments->posonlyargs->count ? "lambda " : "lambda");
  write_arguments(writer, arguments);
  put(writer, ": ");
  write_expr(writer, expr->lambda.body, TEST);
  close_if(writer, place > TEST);
}

static void write_if_exp(Writer *writer, const AstExpr *expr, Precedence place) {
  open_if(writer, place > TEST);
  write_expr(writer, expr->if_exp.body, TEST + 1);
  put(writer, " if ");
  write_expr(writer, expr->if_exp.test, TEST + 1);
  put(writer, " else ");
  write_expr(writer, expr->if_exp.orelse, TEST);
  close_if(writer, place > TEST);
}

static void write_dict(Writer *writer, const AstExpr *expr) {
  put(writer, "{");
  for (uint32_t i = 0; i < expr->dict.values->count; i++) {
    const AstExpr *key = expr->dict.keys->items[i];
    if (i) put(writer, ", ");
    if (key) {
      write_expr(writer, key, TEST);
      put(writer, ": ");
      write_expr(writer, expr->dict.values->items[i], TEST);
    } else {
      put(writer, "**");
      write_expr(writer, expr->dict.values->items[i], EXPRESSION);
    }
  }
  put(writer, "}");
}

static void write_clauses(Writer *writer, const AstComprehensionSequence *clauses) {
  for (uint32_t i = 0; i < clauses->count; i++) {
    const AstComprehension *clause = clauses->items[i];
    put(writer, clause->is_async ? " async for " : " for ");
    write_expr(writer, clause->target, TUPLE);
    put(writer, " in ");
    write_expr(writer, clause->iter, TEST + 1);
    for (uint32_t j = 0; j < clause->ifs->count; j++) {
      put(writer, " if ");
      write_expr(writer, clause->ifs->items[j], TEST + 1);
    }
  }
}

static void write_comprehension(Writer *writer, const char *open, const AstExpr *element,
                                const AstComprehensionSequence *clauses, const char *close) {
  put(writer, open);
  write_expr(writer, element, TEST);
  write_clauses(writer, clauses);
  put(writer, close);
}

static void write_compare(Writer *writer, const AstExpr *expr, Precedence place) {
  static const char *const operators[] = {[AST_EQ] = " == ",        [AST_NOT_EQ] = " != ",     [AST_LT] = " < ",
                                          [AST_LT_E] = " <= ",      [AST_GT] = " > ",          [AST_GT_E] = " >= ",
                                          [AST_IS] = " is ",        [AST_IS_NOT] = " is not ", [AST_IN] = " in ",
                                          [AST_NOT_IN] = " not in "};
  open_if(writer, place > COMPARISON);
  write_expr(writer, expr->compare.left, COMPARISON + 1);
  for (uint32_t i = 0; i < expr->compare.ops->count; i++) {
    put(writer, operators[expr->compare.ops->items[i]]);
    write_expr(writer, expr->compare.comparators->items[i], COMPARISON + 1);
  }
  close_if(writer, place > COMPARISON);
}

static void write_call(Writer *writer, const AstExpr *expr) {
  const AstExprSequence *args = expr->call.args;
  const AstKeywordSequence *keywords = expr->call.keywords;
  write_expr(writer, expr->call.func, ATOM);
  if (args->count == 1 && keywords->count == 0 && args->items[0]->kind == AST_GENERATOR_EXP) {
    write_expr(writer, args->items[0], TEST);
    return;
  }
  put(writer, "(");
  write_list(writer, args);
  bool first = args->count == 0;
  for (uint32_t i = 0; i < keywords->count; i++) {
    separate(writer, &first);
    if (keywords->items[i]->arg) {
      write_name(writer, keywords->items[i]->arg);
      put(writer, "=");
    } else {
      put(writer, "**");
    }
    write_expr(writer, keywords->items[i]->value, TEST);
  }
  put(writer, ")");
}

// Constants, with inf written as a number too large for a float.
static void write_constant(Writer *writer, const Constant *constant) {
  switch (constant->kind) {
  case CONSTANT_ELLIPSIS:
    put(writer, "...");
    return;
  case CONSTANT_TUPLE:
    put(writer, "(");
    for (size_t i = 0; i < constant->items.count; i++) {
      if (i) put(writer, ", ");
      write_constant(writer, constant->items.items[i]);
    }
    put(writer, constant->items.count == 1 ? ",)" : ")");
    return;
  case CONSTANT_FLOAT:
    if (!isinf(constant->floating)) break;
    put(writer, constant->floating < 0 ? "-1e309" : "1e309");
    return;
  case CONSTANT_COMPLEX: {
    char *text;
    size_t length;
    FILE *memory = open_memstream(&text, &length);
    if (!memory) {
      writer->failed = true;
      return;
    }
    constant_dump(constant, memory);
    fclose(memory);
    for (const char *at = text; *at;) {
      bool is_inf = strncmp(at, "inf", 3) == 0;
      if (is_inf)
        put(writer, "1e309");
      else
        putc(*at, writer->out);
      at += is_inf ? 3 : 1;
    }
    free(text);
    return;
  }
  default:
    break;
  }
  constant_dump(constant, writer->out);
}

// f-strings: their body is written to a text of its own, whose repr is then the literal.

static void write_format_part(Writer *writer, const AstExpr *part, bool in_specification);

static void write_format_parts(Writer *writer, const AstExprSequence *parts, bool in_specification) {
  for (uint32_t i = 0; i < parts->count; i++) write_format_part(writer, parts->items[i], in_specification);
}

// Runs `write` with a writer to memory; the caller frees *text.
static bool write_apart(Writer *writer, void (*write)(Writer *, const AstExpr *), const AstExpr *expr, char **text,
                        size_t *length) {
  Writer apart = {.out = open_memstream(text, length), .depth = writer->depth};
  if (!apart.out) {
    writer->failed = true;
    return false;
  }
  write(&apart, expr);
  fclose(apart.out);
  writer->failed |= apart.failed;
  writer->too_deep |= apart.too_deep;
  return true;
}

static void write_body(Writer *writer, const AstExpr *expr) {
  write_format_parts(writer, expr->joined_str.values, false);
}

static void write_joined_str(Writer *writer, const AstExpr *expr) {
  char *text;
  size_t length;
  if (!write_apart(writer, write_body, expr, &text, &length)) return;
  Constant body = {.kind = CONSTANT_STR, .text = {text, length}};
  put(writer, "f");
  constant_dump(&body, writer->out);
  free(text);
}

static void write_operand(Writer *writer, const AstExpr *expr) {
  write_expr(writer, expr, TEST + 1);
}

static void write_formatted_value(Writer *writer, const AstExpr *expr) {
  char *text;
  size_t length;
  if (!write_apart(writer, write_operand, expr->formatted_value.value, &text, &length)) return;
  put(writer, length && text[0] == '{' ? "{ " : "{");
  fwrite(text, 1, length, writer->out);
  free(text);
  if (expr->formatted_value.conversion > 0) fprintf(writer->out, "!%c", expr->formatted_value.conversion);
  if (expr->formatted_value.format_spec) {
    put(writer, ":");
    write_format_part(writer, expr->formatted_value.format_spec, true);
  }
  put(writer, "}");
}

static void write_format_part(Writer *writer, const AstExpr *part, bool in_specification) {
  switch (part->kind) {
  case AST_CONSTANT: {
    const Constant *constant = part->constant.value;
    if (constant->kind != CONSTANT_STR) break;
    for (size_t i = 0; i < constant->text.length; i++) {
      char c = constant->text.data[i];
      if (c == '{' || c == '}') putc(c, writer->out);
      putc(c, writer->out);
    }
    return;
  }
  case AST_JOINED_STR:
    if (in_specification)
      write_format_parts(writer, part->joined_str.values, true);
    else
      write_joined_str(writer, part);
    return;
  case AST_FORMATTED_VALUE:
    write_formatted_value(writer, part);
    return;
  default:
    break;
  }
  write_expr(writer, part, TEST);
}

static void write_attribute(Writer *writer, const AstExpr *expr) {
  const AstExpr *value = expr->attribute.value;
  write_expr(writer, value, ATOM);
  // The point must not be taken for that of a float.
  bool is_int = value->kind == AST_CONSTANT &&
                (value->constant.value->kind == CONSTANT_INT || value->constant.value->kind == CONSTANT_BIG_INT);
  put(writer, is_int ? " ." : ".");
  write_name(writer, expr->attribute.attr);
}

static void write_slice(Writer *writer, const AstExpr *expr) {
  if (expr->slice.lower) write_expr(writer, expr->slice.lower, TEST);
  put(writer, ":");
  if (expr->slice.upper) write_expr(writer, expr->slice.upper, TEST);
  if (!expr->slice.step) return;
  put(writer, ":");
  write_expr(writer, expr->slice.step, TEST);
}

static void write_kind(Writer *writer, const AstExpr *expr, Precedence place) {
  switch (expr->kind) {
  case AST_BOOL_OP:
    write_bool_op(writer, expr, place);
    return;
  case AST_BIN_OP:
    write_bin_op(writer, expr, place);
    return;
  case AST_UNARY_OP:
    write_unary_op(writer, expr, place);
    return;
  case AST_LAMBDA:
    write_lambda(writer, expr, place);
    return;
  case AST_IF_EXP:
    write_if_exp(writer, expr, place);
    return;
  case AST_DICT:
    write_dict(writer, expr);
    return;
  case AST_SET:
    put(writer, "{");
    write_list(writer, expr->set.elts);
    put(writer, "}");
    return;
  case AST_GENERATOR_EXP:
    write_comprehension(writer, "(", expr->generator_exp.elt, expr->generator_exp.generators, ")");
    return;
  case AST_LIST_COMP:
    write_comprehension(writer, "[", expr->list_comp.elt, expr->list_comp.generators, "]");
    return;
  case AST_SET_COMP:
    write_comprehension(writer, "{", expr->set_comp.elt, expr->set_comp.generators, "}");
    return;
  case AST_DICT_COMP:
    put(writer, "{");
    write_expr(writer, expr->dict_comp.key, TEST);
    put(writer, ": ");
    write_comprehension(writer, "", expr->dict_comp.value, expr->dict_comp.generators, "}");
    return;
  case AST_YIELD:
    put(writer, expr->yield.value ? "(yield " : "(yield");
    if (expr->yield.value) write_expr(writer, expr->yield.value, TEST);
    put(writer, ")");
    return;
  case AST_YIELD_FROM:
    put(writer, "(yield from ");
    write_expr(writer, expr->yield_from.value, TEST);
    put(writer, ")");
    return;
  case AST_AWAIT:
    open_if(writer, place > AWAIT);
    put(writer, "await ");
    write_expr(writer, expr->await.value, ATOM);
    close_if(writer, place > AWAIT);
    return;
  case AST_COMPARE:
    write_compare(writer, expr, place);
    return;
  case AST_CALL:
    write_call(writer, expr);
    return;
  case AST_CONSTANT:
    if (expr->constant.kind) write_name(writer, expr->constant.kind);
    write_constant(writer, expr->constant.value);
    return;
  case AST_JOINED_STR:
    write_joined_str(writer, expr);
    return;
  case AST_FORMATTED_VALUE:
    write_formatted_value(writer, expr);
    return;
  case AST_ATTRIBUTE:
    write_attribute(writer, expr);
    return;
  case AST_STARRED:
    put(writer, "*");
    write_expr(writer, expr->starred.value, EXPRESSION);
    return;
  case AST_NAME:
    write_name(writer, expr->name.id);
    return;
  case AST_LIST:
    put(writer, "[");
    write_list(writer, expr->list.elts);
    put(writer, "]");
    return;
  case AST_TUPLE: {
    bool parenthesized = expr->tuple.elts->count == 0 || place > TUPLE;
    open_if(writer, parenthesized);
    write_list(writer, expr->tuple.elts);
    if (expr->tuple.elts->count == 1) put(writer, ",");
    close_if(writer, parenthesized);
    return;
  }
  case AST_SUBSCRIPT:
    write_expr(writer, expr->subscript.value, ATOM);
    put(writer, "[");
    write_expr(writer, expr->subscript.slice, TUPLE);
    put(writer, "]");
    return;
  case AST_SLICE:
    write_slice(writer, expr);
    return;
  case AST_NAMED_EXPR:
    open_if(writer, place > TUPLE);
    write_expr(writer, expr->named_expr.target, ATOM);
    put(writer, " := ");
    write_expr(writer, expr->named_expr.value, ATOM);
    close_if(writer, place > TUPLE);
    return;
  default:
    writer->failed = true;
  }
}

static void write_expr(Writer *writer, const AstExpr *expr, Precedence place) {
  if (writer->failed || writer->too_deep) return;
  if (writer->depth >= AST_UNPARSE_MAX_DEPTH) {
    writer->too_deep = true;
    return;
  }
  writer->depth++;
  write_kind(writer, expr, place);
  writer->depth--;
}

const char *ast_unparse_expression(Arena *arena, const AstExpr *expr, size_t *length, bool *too_deep) {
  char *text;
  Writer writer = {.out = open_memstream(&text, length)};
  *too_deep = false;
  if (!writer.out) return NULL;
  write_expr(&writer, expr, TEST);
  if (fclose(writer.out) != 0) writer.failed = true;
  *too_deep = writer.too_deep;
  char *copy = writer.failed || writer.too_deep ? NULL : arena_copy(arena, text, *length);
  free(text);
  return copy;
}
