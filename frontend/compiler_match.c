// match statements. A pattern is code that jumps to `fail` if its subject does not fit and falls through if it does;
// what it takes apart stays on the temporaries' stack until the case is decided, and so do the values that names
// capture: they are stored when the whole pattern has matched.
#include "frontend/compiler_internal.h"

#include <string.h>

typedef struct Capture {
  const Name *name;
  Register value;
} Capture;

typedef struct PatternContext {
  Capture *captures;
  uint32_t count, capacity;
  Block *fail;
  bool allow_irrefutable;
} PatternContext;

static void compile_pattern(Compiler *compiler, AstPattern *pattern, Register subject, PatternContext *context);

static void jump_if_false(Compiler *compiler, Register value, Block *target) {
  emit_jump(compiler, OP_JUMP_IF_FALSE, value, target);
}

static bool is_wildcard(const AstPattern *pattern) {
  return pattern->kind == AST_MATCH_AS && !pattern->match_as.name;
}

static bool is_star_wildcard(const AstPattern *pattern) {
  return pattern->kind == AST_MATCH_STAR && !pattern->match_star.name;
}

// A name's repr() is the name in quotes, as identifiers need no escapes.
static void capture(Compiler *compiler, const Name *name, Register value, PatternContext *context) {
  if (!name) return;
  compiler_check_name(compiler, name, AST_STORE);
  for (uint32_t i = 0; i < context->count; i++) {
    if (context->captures[i].name == name)
      compiler_fail(compiler, "multiple assignments to name '%s' in pattern", name->text);
  }
  if (context->count == context->capacity) {
    uint32_t capacity = context->capacity ? 2 * context->capacity : 8;
    Capture *captures = compiler_allocate(compiler, capacity, sizeof *captures);
    if (context->count) memcpy(captures, context->captures, context->count * sizeof *captures);
    context->captures = captures;
    context->capacity = capacity;
  }
  context->captures[context->count++] = (Capture){name, value};
}

static void compile_subpattern(Compiler *compiler, AstPattern *pattern, Register subject, PatternContext *context) {
  bool saved = context->allow_irrefutable;
  context->allow_irrefutable = true;
  compile_pattern(compiler, pattern, subject, context);
  context->allow_irrefutable = saved;
}

static void compile_as(Compiler *compiler, AstPattern *pattern, Register subject, PatternContext *context) {
  const Name *name = pattern->match_as.name;
  if (!pattern->match_as.pattern) {
    if (!context->allow_irrefutable) {
      if (name) compiler_fail(compiler, "name capture '%s' makes remaining patterns unreachable", name->text);
      compiler_fail(compiler, "wildcard makes remaining patterns unreachable");
    }
    capture(compiler, name, subject, context);
    return;
  }
  compile_pattern(compiler, pattern->match_as.pattern, subject, context);
  capture(compiler, name, subject, context);
}

// Compares the length of `subject` with a number.
static void check_length(Compiler *compiler, Register subject, Opcode comparison, uint32_t length, Block *fail) {
  Unit *unit = compiler->unit;
  Register value = temporary_next(compiler);
  emit(compiler, OP_GET_LENGTH, 0, value, subject, 0);
  temporary_push(compiler);
  const Constant *number = constant_new_int(compiler->arena, length);
  if (!number) compiler_out_of_memory(compiler);
  Register other = temporary_next(compiler);
  emit_load_constant(compiler, other, number);
  temporary_push(compiler);
  emit(compiler, comparison, 0, value, value, other);
  unit->temporary_top--;
  jump_if_false(compiler, value, fail);
  unit->temporary_top--;
}

// Only a few elements are wanted: they are fetched one by one, those behind the star counted from the end.
static void compile_sequence_items(Compiler *compiler, const AstPatternSequence *patterns, uint32_t star,
                                   Register subject, PatternContext *context) {
  uint32_t count = patterns->count;
  for (uint32_t i = 0; i < count; i++) {
    AstPattern *pattern = patterns->items[i];
    if (is_wildcard(pattern) || i == star) continue;
    Register item = temporary_next(compiler);
    if (i < star) {
      const Constant *index = constant_new_int(compiler->arena, i);
      if (!index) compiler_out_of_memory(compiler);
      emit_load_constant(compiler, item, index);
      temporary_push(compiler);
    } else {
      emit(compiler, OP_GET_LENGTH, 0, item, subject, 0);
      temporary_push(compiler);
      const Constant *back = constant_new_int(compiler->arena, count - i);
      if (!back) compiler_out_of_memory(compiler);
      Register other = temporary_next(compiler);
      emit_load_constant(compiler, other, back);
      temporary_push(compiler);
      emit(compiler, OP_SUBTRACT, 0, item, item, other);
      compiler->unit->temporary_top--;
    }
    emit(compiler, OP_LOAD_ITEM, 0, item, subject, item);
    compile_subpattern(compiler, pattern, item, context);
  }
}

static void unpack_sequence(Compiler *compiler, const AstPatternSequence *patterns, Register subject,
                            PatternContext *context) {
  uint32_t count = patterns->count, star = count;
  for (uint32_t i = 0; i < count; i++) {
    if (patterns->items[i]->kind == AST_MATCH_STAR) star = i;
  }
  if (star > UINT8_MAX && star < count)
    compiler_fail(compiler, "too many expressions in star-unpacking sequence pattern");
  if (count > UINT16_MAX) compiler_fail(compiler, "too many expressions in sequence pattern");
  uint32_t first = compiler->unit->temporary_top;
  Register base = temporary_next(compiler);
  if (star < count)
    emit(compiler, OP_UNPACK_EXTENDED, star, base, subject, count - star - 1);
  else
    emit(compiler, OP_UNPACK_SEQUENCE, 0, base, subject, count);
  for (uint32_t i = 0; i < count; i++) temporary_push(compiler);
  for (uint32_t i = 0; i < count; i++)
    compile_subpattern(compiler, patterns->items[i], REGISTER_TEMPORARY | (first + i), context);
}

static void compile_sequence(Compiler *compiler, AstPattern *pattern, Register subject, PatternContext *context) {
  const AstPatternSequence *patterns = pattern->match_sequence.patterns;
  uint32_t count = patterns->count, star = count;
  bool only_wildcards = true, star_wildcard = false;
  for (uint32_t i = 0; i < count; i++) {
    const AstPattern *item = patterns->items[i];
    if (item->kind == AST_MATCH_STAR) {
      if (star < count) compiler_fail(compiler, "multiple starred names in sequence pattern");
      star_wildcard = is_star_wildcard(item);
      only_wildcards &= star_wildcard;
      star = i;
    } else {
      only_wildcards &= is_wildcard(item);
    }
  }
  Register matches = temporary_next(compiler);
  emit(compiler, OP_MATCH_SEQUENCE, 0, matches, subject, 0);
  temporary_push(compiler);
  jump_if_false(compiler, matches, context->fail);
  compiler->unit->temporary_top--;
  if (star == count)
    check_length(compiler, subject, OP_COMPARE_EQUAL, count, context->fail);
  else if (count > 1)
    check_length(compiler, subject, OP_COMPARE_GREATER_EQUAL, count - 1, context->fail);
  if (only_wildcards) return;
  if (star_wildcard)
    compile_sequence_items(compiler, patterns, star, subject, context);
  else
    unpack_sequence(compiler, patterns, subject, context);
}

static bool is_attribute_or_constant(const AstExpr *expr) {
  return expr->kind == AST_CONSTANT || expr->kind == AST_ATTRIBUTE;
}

// The number a constant key is, as far as a double can tell.
static bool key_number(const Constant *key, double number[2]) {
  number[1] = 0;
  switch (key->kind) {
  case CONSTANT_TRUE:
  case CONSTANT_FALSE:
    number[0] = key->kind == CONSTANT_TRUE;
    return true;
  case CONSTANT_INT:
    number[0] = (double)key->integer;
    return (int64_t)number[0] == key->integer;
  case CONSTANT_FLOAT:
    number[0] = key->floating;
    return true;
  case CONSTANT_COMPLEX:
    number[0] = key->complex.real;
    number[1] = key->complex.imaginary;
    return true;
  default:
    return false;
  }
}

// Would the two be the same key of a dict? (0, False, 0.0 and 0j are.)
static bool same_key(const Constant *left, const Constant *right) {
  double a[2], b[2];
  if (key_number(left, a) && key_number(right, b)) return a[0] == b[0] && a[1] == b[1];
  return constant_equal(left, right);
}

static void check_keys(Compiler *compiler, const AstPattern *pattern) {
  const AstExprSequence *keys = pattern->match_mapping.keys;
  AstRange saved = compiler->unit->range;
  for (uint32_t i = 0; i < keys->count; i++) {
    const AstExpr *key = keys->items[i];
    if (!key) {
      compiler->unit->range = pattern->match_mapping.patterns->items[i]->range;
      compiler_fail(compiler, "can't use NULL keys in MatchMapping (set 'rest' parameter instead)");
    }
    if (key->kind == AST_CONSTANT) {
      for (uint32_t k = 0; k < i; k++) {
        const AstExpr *earlier = keys->items[k];
        if (earlier->kind == AST_CONSTANT && same_key(earlier->constant.value, key->constant.value))
          compiler_fail(compiler, "mapping pattern checks duplicate key (%s)",
                        constant_repr(compiler, key->constant.value));
      }
    } else if (key->kind != AST_ATTRIBUTE) {
      compiler_fail(compiler, "mapping pattern keys may only match literals and attribute lookups");
    }
  }
  compiler->unit->range = saved;
}

static void compile_mapping(Compiler *compiler, AstPattern *pattern, Register subject, PatternContext *context) {
  Unit *unit = compiler->unit;
  const AstExprSequence *keys = pattern->match_mapping.keys;
  const AstPatternSequence *patterns = pattern->match_mapping.patterns;
  const Name *rest = pattern->match_mapping.rest;
  if (keys->count != patterns->count)
    compiler_fail(compiler, "keys (%u) / patterns (%u) length mismatch in mapping pattern", keys->count,
                  patterns->count);
  Register matches = temporary_next(compiler);
  emit(compiler, OP_MATCH_MAPPING, 0, matches, subject, 0);
  temporary_push(compiler);
  jump_if_false(compiler, matches, context->fail);
  unit->temporary_top--;
  if (!keys->count && !rest) return;
  if (keys->count) check_length(compiler, subject, OP_COMPARE_GREATER_EQUAL, keys->count, context->fail);
  if (keys->count > UINT16_MAX / 2) compiler_fail(compiler, "too many sub-patterns in mapping pattern");
  check_keys(compiler, pattern);
  uint32_t first = unit->temporary_top;
  Register key_tuple = temporary_next(compiler);
  for (uint32_t i = 0; i < keys->count; i++) compile_push(compiler, keys->items[i]);
  emit(compiler, OP_BUILD_TUPLE, 0, key_tuple, key_tuple, keys->count);
  unit->temporary_top = first + 1;
  Register values = temporary_next(compiler);
  emit(compiler, OP_MATCH_KEYS, 0, values, subject, key_tuple);
  temporary_push(compiler);
  emit_jump(compiler, OP_JUMP_IF_NONE, values, context->fail);
  if (patterns->count) {
    uint32_t base = unit->temporary_top;
    emit(compiler, OP_UNPACK_SEQUENCE, 0, temporary_next(compiler), values, patterns->count);
    for (uint32_t i = 0; i < patterns->count; i++) temporary_push(compiler);
    for (uint32_t i = 0; i < patterns->count; i++)
      compile_subpattern(compiler, patterns->items[i], REGISTER_TEMPORARY | (base + i), context);
  }
  if (rest) {
    Register remaining = temporary_next(compiler);
    emit(compiler, OP_COPY_DICT_WITHOUT_KEYS, 0, remaining, subject, key_tuple);
    temporary_push(compiler);
    capture(compiler, rest, remaining, context);
  }
}

static void check_class_keywords(Compiler *compiler, const AstPattern *pattern) {
  const AstNameSequence *names = pattern->match_class.kwd_attrs;
  for (uint32_t i = 0; i < names->count; i++) {
    compiler->unit->range = pattern->match_class.kwd_patterns->items[i]->range;
    compiler_check_name(compiler, names->items[i], AST_STORE);
    for (uint32_t k = i + 1; k < names->count; k++) {
      if (names->items[i] != names->items[k]) continue;
      compiler->unit->range = pattern->match_class.kwd_patterns->items[k]->range;
      compiler_fail(compiler, "attribute name repeated in class pattern: %s", names->items[k]->text);
    }
  }
}

static void compile_class_pattern(Compiler *compiler, AstPattern *pattern, Register subject, PatternContext *context) {
  Unit *unit = compiler->unit;
  const AstPatternSequence *positional = pattern->match_class.patterns, *keyword = pattern->match_class.kwd_patterns;
  const AstNameSequence *names = pattern->match_class.kwd_attrs;
  if (names->count != keyword->count)
    compiler_fail(compiler, "kwd_attrs (%u) / kwd_patterns (%u) length mismatch in class pattern", names->count,
                  keyword->count);
  if (positional->count > UINT8_MAX || keyword->count > UINT16_MAX - UINT8_MAX)
    compiler_fail(compiler, "too many sub-patterns in class pattern");
  if (names->count) {
    AstRange saved = unit->range;
    check_class_keywords(compiler, pattern);
    unit->range = saved;
  }
  Register result = temporary_next(compiler);
  compile_push(compiler, pattern->match_class.cls);
  const Constant **items = compiler_allocate(compiler, names->count, sizeof *items);
  for (uint32_t i = 0; i < names->count; i++) {
    items[i] = constant_new_str(compiler->arena, names->items[i]->text, names->items[i]->length);
    if (!items[i]) compiler_out_of_memory(compiler);
  }
  Constant *tuple = constant_new(compiler->arena, CONSTANT_TUPLE);
  if (!tuple) compiler_out_of_memory(compiler);
  tuple->items.items = items;
  tuple->items.count = names->count;
  emit_load_constant(compiler, temporary_next(compiler), tuple);
  temporary_push(compiler);
  emit(compiler, OP_MATCH_CLASS, positional->count, result, subject, result);
  unit->temporary_top--;
  emit_jump(compiler, OP_JUMP_IF_NONE, result, context->fail);
  uint32_t count = positional->count + keyword->count;
  if (!count) {
    unit->temporary_top--;
    return;
  }
  uint32_t base = unit->temporary_top - 1; // the tuple is not needed any more
  unit->temporary_top = base + 1;
  emit(compiler, OP_UNPACK_SEQUENCE, 0, result, result, count);
  unit->temporary_top = base;
  for (uint32_t i = 0; i < count; i++) temporary_push(compiler);
  for (uint32_t i = 0; i < count; i++) {
    AstPattern *item = i < positional->count ? positional->items[i] : keyword->items[i - positional->count];
    compile_subpattern(compiler, item, REGISTER_TEMPORARY | (base + i), context);
  }
}

// How many names a pattern binds. Counts too many where alternatives disagree, which is an error found later.
static uint32_t count_captures(const AstPattern *pattern) {
  uint32_t count = 0;
  const AstPatternSequence *lists[2] = {};
  switch (pattern->kind) {
  case AST_MATCH_SEQUENCE:
    lists[0] = pattern->match_sequence.patterns;
    break;
  case AST_MATCH_MAPPING:
    lists[0] = pattern->match_mapping.patterns;
    count = pattern->match_mapping.rest != NULL;
    break;
  case AST_MATCH_CLASS:
    lists[0] = pattern->match_class.patterns;
    lists[1] = pattern->match_class.kwd_patterns;
    break;
  case AST_MATCH_STAR:
    return pattern->match_star.name != NULL;
  case AST_MATCH_AS:
    count = pattern->match_as.name != NULL;
    return count + (pattern->match_as.pattern ? count_captures(pattern->match_as.pattern) : 0);
  case AST_MATCH_OR:
    return count_captures(pattern->match_or.patterns->items[0]);
  default:
    break;
  }
  for (int list = 0; list < 2 && lists[list]; list++) {
    for (uint32_t i = 0; i < lists[list]->count; i++) count += count_captures(lists[list]->items[i]);
  }
  return count;
}

// All alternatives must bind the same names. Each leaves its values in the same registers, which are made before.
static void compile_or(Compiler *compiler, AstPattern *pattern, Register subject, PatternContext *context) {
  Unit *unit = compiler->unit;
  const AstPatternSequence *patterns = pattern->match_or.patterns;
  Block *end = block_new(compiler);
  Capture *names = NULL; // of the first alternative
  uint32_t count = 0, reserved = 0;
  for (uint32_t i = 0; i < patterns->count; i++) {
    AstPattern *alternative = patterns->items[i];
    unit->range = alternative->range;
    PatternContext inner = {.fail = block_new(compiler)};
    inner.allow_irrefutable = i + 1 == patterns->count && context->allow_irrefutable;
    if (i == 0) {
      reserved = count_captures(alternative);
      for (uint32_t k = 0; k < reserved; k++) {
        emit(compiler, OP_CLEAR, 0, temporary_next(compiler), 0, 0);
        temporary_push(compiler);
      }
    }
    uint32_t top = unit->temporary_top;
    compile_pattern(compiler, alternative, subject, &inner);
    if (i == 0) {
      names = inner.captures;
      count = inner.count;
    } else if (inner.count != count) {
      compiler_fail(compiler, "alternative patterns bind different names");
    }
    for (uint32_t k = 0; k < count; k++) {
      uint32_t found = 0;
      while (found < count && inner.captures[found].name != names[k].name) found++;
      if (found == count) {
        compiler_fail(compiler, "alternative patterns bind different names");
      }
      emit(compiler, OP_MOVE, 0, REGISTER_TEMPORARY | (top - reserved + k), inner.captures[found].value, 0);
    }
    unit->temporary_top = top;
    emit_jump(compiler, OP_JUMP, 0, end);
    compiler_use_block(compiler, inner.fail);
  }
  emit_jump(compiler, OP_JUMP, 0, context->fail);
  compiler_use_block(compiler, end);
  uint32_t top = unit->temporary_top;
  for (uint32_t k = 0; k < count; k++)
    capture(compiler, names[k].name, REGISTER_TEMPORARY | (top - reserved + k), context);
}

static void compile_value(Compiler *compiler, AstPattern *pattern, Register subject, PatternContext *context) {
  AstExpr *value = pattern->match_value.value;
  Unit *unit = compiler->unit;
  if (!is_attribute_or_constant(value))
    compiler_fail(compiler, "patterns may only match literals and attribute lookups");
  uint32_t top = unit->temporary_top;
  Register operand = compile_operand(compiler, value);
  Register result = REGISTER_TEMPORARY | top;
  if (unit->temporary_limit <= top) unit->temporary_limit = top + 1;
  emit(compiler, OP_COMPARE_EQUAL, 0, result, subject, operand);
  unit->temporary_top = top + 1;
  jump_if_false(compiler, result, context->fail);
  unit->temporary_top = top;
}

static void compile_singleton(Compiler *compiler, AstPattern *pattern, Register subject, PatternContext *context) {
  Unit *unit = compiler->unit;
  const Constant *value = pattern->match_singleton.value;
  if (value->kind == CONSTANT_NONE) {
    emit_jump(compiler, OP_JUMP_IF_NOT_NONE, subject, context->fail);
    return;
  }
  Register other = temporary_next(compiler);
  emit_load_constant(compiler, other, value);
  temporary_push(compiler);
  emit(compiler, OP_IS_OP, 0, other, subject, other);
  jump_if_false(compiler, other, context->fail);
  unit->temporary_top--;
}

static void compile_pattern(Compiler *compiler, AstPattern *pattern, Register subject, PatternContext *context) {
  compiler->unit->range = pattern->range; // and stays so: errors about the whole are reported at its last part
  switch (pattern->kind) {
  case AST_MATCH_VALUE:
    compile_value(compiler, pattern, subject, context);
    break;
  case AST_MATCH_SINGLETON:
    compile_singleton(compiler, pattern, subject, context);
    break;
  case AST_MATCH_SEQUENCE:
    compile_sequence(compiler, pattern, subject, context);
    break;
  case AST_MATCH_MAPPING:
    compile_mapping(compiler, pattern, subject, context);
    break;
  case AST_MATCH_CLASS:
    compile_class_pattern(compiler, pattern, subject, context);
    break;
  case AST_MATCH_STAR:
    capture(compiler, pattern->match_star.name, subject, context);
    break;
  case AST_MATCH_AS:
    compile_as(compiler, pattern, subject, context);
    break;
  default:
    compile_or(compiler, pattern, subject, context);
    break;
  }
}

void compile_match(Compiler *compiler, AstStmt *statement) {
  Unit *unit = compiler->unit;
  const AstMatchCaseSequence *cases = statement->match.cases;
  Register subject = compile_push(compiler, statement->match.subject);
  uint32_t top = unit->temporary_top;
  Block *end = block_new(compiler);
  bool has_default = cases->count > 1 && is_wildcard(cases->items[cases->count - 1]->pattern);
  uint32_t last = cases->count - has_default;
  for (uint32_t i = 0; i < last; i++) {
    AstMatchCase *match_case = cases->items[i];
    unit->range = match_case->pattern->range;
    PatternContext context = {.fail = block_new(compiler)};
    context.allow_irrefutable = match_case->guard || i + 1 == cases->count;
    compile_pattern(compiler, match_case->pattern, subject, &context);
    if (is_wildcard(match_case->pattern)) emit(compiler, OP_NOP, 0, 0, 0, 0);
    for (uint32_t k = 0; k < context.count; k++)
      compile_store_name(compiler, context.captures[k].name, context.captures[k].value);
    unit->temporary_top = top;
    if (match_case->guard) compile_jump_if(compiler, match_case->guard, context.fail, false);
    if (i + 1 == last && !has_default) unit->temporary_top = top - 1; // the subject is not needed any more
    compile_statements(compiler, match_case->body);
    emit_jump_no_line(compiler, end);
    unit->temporary_top = top;
    unit->range = match_case->pattern->range;
    compiler_use_block(compiler, context.fail);
  }
  unit->temporary_top = top - 1;
  if (has_default) {
    AstMatchCase *match_case = cases->items[last];
    unit->range = match_case->pattern->range;
    emit(compiler, OP_NOP, 0, 0, 0, 0);
    if (match_case->guard) compile_jump_if(compiler, match_case->guard, end, false);
    compile_statements(compiler, match_case->body);
  }
  compiler_use_block(compiler, end);
}
