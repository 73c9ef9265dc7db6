// Writing trees as text; see ast_dump.h. Which fields a node has comes from the tables in ast.h.
#include "frontend/ast_dump.h"

#include "runtime/support/number_text.h"
#include "runtime/support/unicode.h"
#include "runtime/support/utf8.h"

#include <gmp.h>
#include <math.h>
#include <string.h>

typedef struct Dump {
  FILE *out;
  bool attributes;
} Dump;

static char choose_quote(const char *text, size_t length) {
  return memchr(text, '\'', length) && !memchr(text, '"', length) ? '"' : '\'';
}

// The escapes that str and bytes share. Returns false for a character that needs none of them.
static bool dump_common_escape(uint32_t c, char quote, FILE *out) {
  switch (c) {
  case '\t':
    fputs("\\t", out);
    return true;
  case '\n':
    fputs("\\n", out);
    return true;
  case '\r':
    fputs("\\r", out);
    return true;
  default:
    if (c != (uint8_t)quote && c != '\\') return false;
    putc('\\', out);
    putc((int)c, out);
    return true;
  }
}

static void dump_str(const char *text, size_t length, FILE *out) {
  char quote = choose_quote(text, length);
  putc(quote, out);
  const uint8_t *at = (const uint8_t *)text, *end = at + length;
  while (at < end) {
    const uint8_t *start = at;
    uint32_t c = utf8_next(&at);
    if (dump_common_escape(c, quote, out)) continue;
    if (c >= ' ' && c != 0x7F && (c < 0x7F || unicode_is_printable(c)))
      fwrite(start, 1, (size_t)(at - start), out);
    else if (c < 0x100)
      fprintf(out, "\\x%02x", c);
    else if (c < 0x10000)
      fprintf(out, "\\u%04x", c);
    else
      fprintf(out, "\\U%08x", c);
  }
  putc(quote, out);
}

static void dump_bytes(const char *data, size_t length, FILE *out) {
  char quote = choose_quote(data, length);
  putc('b', out);
  putc(quote, out);
  for (size_t i = 0; i < length; i++) {
    uint8_t c = (uint8_t)data[i];
    if (dump_common_escape(c, quote, out)) continue;
    if (c >= ' ' && c < 0x7F)
      putc(c, out);
    else
      fprintf(out, "\\x%02x", c);
  }
  putc(quote, out);
}

static void dump_big_int(const Constant *constant, FILE *out) {
  mpz_t value;
  mpz_init_set_str(value, constant->big.digits, constant->big.base);
  if (constant->big.negative) mpz_neg(value, value);
  mpz_out_str(out, 10, value);
  mpz_clear(value);
}

static void dump_float(double value, bool drop_zero, FILE *out) {
  char text[FLOAT_REPR_MAX];
  size_t length = float_repr(value, text);
  if (drop_zero && length > 2 && strcmp(text + length - 2, ".0") == 0) length -= 2;
  fwrite(text, 1, length, out);
}

static void dump_complex(double real, double imaginary, FILE *out) {
  if (real == 0 && !signbit(real)) {
    dump_float(imaginary, true, out);
    putc('j', out);
    return;
  }
  putc('(', out);
  dump_float(real, true, out);
  if (!signbit(imaginary) || isnan(imaginary)) putc('+', out);
  dump_float(imaginary, true, out);
  fputs("j)", out);
}

void constant_dump(const Constant *constant, FILE *out) {
  switch (constant->kind) {
  case CONSTANT_NONE:
    fputs("None", out);
    return;
  case CONSTANT_TRUE:
    fputs("True", out);
    return;
  case CONSTANT_FALSE:
    fputs("False", out);
    return;
  case CONSTANT_ELLIPSIS:
    fputs("Ellipsis", out);
    return;
  case CONSTANT_INT:
    fprintf(out, "%lld", (long long)constant->integer);
    return;
  case CONSTANT_BIG_INT:
    dump_big_int(constant, out);
    return;
  case CONSTANT_FLOAT:
    dump_float(constant->floating, false, out);
    return;
  case CONSTANT_COMPLEX:
    dump_complex(constant->complex.real, constant->complex.imaginary, out);
    return;
  case CONSTANT_STR:
    dump_str(constant->text.data, constant->text.length, out);
    return;
  case CONSTANT_BYTES:
    dump_bytes(constant->text.data, constant->text.length, out);
    return;
  case CONSTANT_TUPLE:
  case CONSTANT_FROZENSET: {
    bool tuple = constant->kind == CONSTANT_TUPLE;
    size_t count = constant->items.count;
    fputs(tuple ? "(" : count ? "frozenset({" : "frozenset(", out);
    for (size_t i = 0; i < count; i++) {
      if (i) fputs(", ", out);
      constant_dump(constant->items.items[i], out);
    }
    fputs(tuple ? count == 1 ? ",)" : ")" : count ? "})" : ")", out);
  }
  }
}

static bool dump_node(Dump *dump, const AstNode *node, int depth);

// A single value; `place` is where it is stored.
static bool dump_value(Dump *dump, AstType type, const void *place, int depth) {
  FILE *out = dump->out;
  switch (type) {
  case AST_TYPE_IDENTIFIER:
  case AST_TYPE_STRING: {
    const Name *name = *(const Name *const *)place;
    if (name)
      dump_str(name->text, name->length, out);
    else
      fputs("None", out);
    return true;
  }
  case AST_TYPE_INT:
    fprintf(out, "%d", *(const int32_t *)place);
    return true;
  case AST_TYPE_CONSTANT:
    constant_dump(*(const Constant *const *)place, out);
    return true;
  default:
    break;
  }
  if (ast_types[type].form == AST_FORM_ENUM) {
    fprintf(out, "%s()", ast_types[type].values[*(const uint8_t *)place]);
    return true;
  }
  const AstNode *node = *(const AstNode *const *)place;
  if (node) return dump_node(dump, node, depth);
  fputs("None", out);
  return true;
}

static bool dump_sequence(Dump *dump, AstType type, const AstSequence *sequence, int depth) {
  // Enum values take a byte each, everything else a pointer.
  bool is_enum = ast_types[type].form == AST_FORM_ENUM;
  const uint8_t *bytes = ((const AstComparisonSequence *)sequence)->items;
  putc('[', dump->out);
  for (uint32_t i = 0; i < sequence->count; i++) {
    if (i) fputs(", ", dump->out);
    const void *place = is_enum ? (const void *)&bytes[i] : (const void *)&sequence->items[i];
    if (!dump_value(dump, type, place, depth)) return false;
  }
  putc(']', dump->out);
  return true;
}

static bool is_absent(const AstField *field, const void *place) {
  return field->quantity == AST_OPTIONAL && field->type != AST_TYPE_INT && !*(void *const *)place;
}

static bool dump_node(Dump *dump, const AstNode *node, int depth) {
  if (depth > AST_DUMP_MAX_DEPTH) return false;
  const AstKindDescription *kind = &ast_kinds[node->kind];
  const AstTypeDescription *type = &ast_types[kind->type];
  FILE *out = dump->out;
  fprintf(out, "%s(", kind->name);
  const char *separator = "";
  for (int i = 0; i < kind->field_count; i++) {
    const AstField *field = &kind->fields[i];
    const void *place = (const char *)node + field->offset;
    if (is_absent(field, place)) continue;
    fprintf(out, "%s%s=", separator, field->name);
    separator = ", ";
    bool many = field->quantity == AST_MANY || field->quantity == AST_MANY_OPTIONAL;
    bool good = many ? dump_sequence(dump, field->type, *(AstSequence *const *)place, depth + 1)
                     : dump_value(dump, field->type, place, depth + 1);
    if (!good) return false;
  }
  if (dump->attributes && type->has_range) {
    const AstRange *range = (const AstRange *)((const char *)node + type->range_offset);
    fprintf(out, "%slineno=%d, col_offset=%d, end_lineno=%d, end_col_offset=%d", separator, range->lineno,
            range->col_offset, range->end_lineno, range->end_col_offset);
  }
  putc(')', out);
  return true;
}

bool ast_dump(const void *node, bool attributes, FILE *out) {
  Dump dump = {out, attributes};
  return dump_node(&dump, node, 0);
}
