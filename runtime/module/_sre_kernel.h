// The matcher for one storage width: included for each, with CHAR the type of a character and NAME(x) the suffix.
//
// It interprets the pattern's code and keeps everything it may have to come back to on an explicit stack: no C
// recursion, so the depth of a match is limited by memory alone. An entry is either a choice (try something else from
// here), an undo record (a group had another value before), or a barrier (an assertion or atomic group is open below
// this point; SUCCESS closes the innermost one). State that changes along the way and is not in the registers below
// lives in records that are never overwritten (RepeatNode), so that going back means only to load old registers.

// Does the one-character operator at `op` match `character`?
static inline bool NAME(matches_one)(const Engine *engine, const uint32_t *op, CHAR character) {
  switch (op[0]) {
  case SRE_LITERAL:
    return character == op[1];
  case SRE_NOT_LITERAL:
    return character != op[1];
  case SRE_ANY:
    return character != '\n';
  case SRE_ANY_ALL:
    return true;
  case SRE_CATEGORY:
    return sre_category((SreCategory)op[1], character);
  case SRE_IN:
  case SRE_IN_IGNORE:
  case SRE_IN_UNI_IGNORE:
  case SRE_IN_LOC_IGNORE:
    return in_set(engine, op, character);
  default:
    return matches_folded(op, character);
  }
}

// How many characters from `from` on the one-character operator matches, at most up to `limit`: where they end.
static const CHAR *NAME(run_of)(const Engine *engine, const uint32_t *op, const CHAR *from, const CHAR *limit) {
  const CHAR *at = from;
  switch (op[0]) {
  case SRE_ANY_ALL:
    return limit;
  case SRE_ANY:
    if (sizeof(CHAR) == 1) {
      const CHAR *found = limit > at ? memchr(at, '\n', (size_t)(limit - at)) : NULL;
      return found ? found : limit;
    }
    while (at < limit && *at != '\n') at++;
    return at;
  case SRE_LITERAL:
    while (at < limit && *at == op[1]) at++;
    return at;
  case SRE_NOT_LITERAL:
    if (sizeof(CHAR) == 1) {
      const CHAR *found = limit > at && op[1] < 256 ? memchr(at, (int)op[1], (size_t)(limit - at)) : NULL;
      return found ? found : limit;
    }
    while (at < limit && *at != op[1]) at++;
    return at;
  case SRE_IN:
  case SRE_IN_IGNORE:
  case SRE_IN_UNI_IGNORE: {
    uint32_t number = engine->program.bitmap_of[op - engine->program.codes];
    if (number) {
      const uint32_t *bitmap = engine->program.bitmaps[number - 1];
      if (sizeof(CHAR) == 1) {
        while (at < limit && (bitmap[*at >> 5] >> (*at & 31)) & 1) at++;
        return at;
      }
      while (at < limit && ((uint32_t)*at < 256 ? (bitmap[*at >> 5] >> (*at & 31)) & 1 : in_set(engine, op, *at))) at++;
      return at;
    }
    break;
  }
  default:
    break;
  }
  while (at < limit && NAME(matches_one)(engine, op, *at)) at++;
  return at;
}

static bool NAME(at_position)(const Engine *engine, SreAt where, const CHAR *at) {
  const CHAR *begin = engine->begin, *end = engine->end;
  switch (where) {
  case SRE_AT_BEGINNING:
  case SRE_AT_BEGINNING_STRING:
    return at == begin;
  case SRE_AT_BEGINNING_LINE:
    return at == begin || at[-1] == '\n';
  case SRE_AT_END:
    return at == end || (at + 1 == end && *at == '\n');
  case SRE_AT_END_LINE:
    return at == end || *at == '\n';
  case SRE_AT_END_STRING:
    return at == end;
  default:
    break;
  }
  if (begin == end) return false; // no boundaries in nothing, nor anything else: as CPython has it
  SreCategory word = where == SRE_AT_BOUNDARY || where == SRE_AT_NON_BOUNDARY           ? SRE_CATEGORY_WORD
                     : where == SRE_AT_LOC_BOUNDARY || where == SRE_AT_LOC_NON_BOUNDARY ? SRE_CATEGORY_LOC_WORD
                                                                                        : SRE_CATEGORY_UNI_WORD;
  bool before = at > begin && sre_category(word, at[-1]), after = at < end && sre_category(word, *at);
  bool boundary = where == SRE_AT_BOUNDARY || where == SRE_AT_LOC_BOUNDARY || where == SRE_AT_UNI_BOUNDARY;
  return (before != after) == boundary;
}

// Matches from `at` on with the code at `pc`. 1 (engine->stop says where it ended), 0, or -1 with an exception pending.
static int NAME(match)(Engine *engine, uint32_t pc, const CHAR *at) {
  const uint32_t *codes = engine->program.codes;
  const CHAR *begin = engine->begin, *end = engine->end;
  uint32_t repeat = 0;           // innermost open repeat: index of a RepeatNode; 0: none
  uint32_t barrier = NO_BARRIER; // innermost open barrier: index of a stack entry
  engine->height = 0;
  engine->node_count = 1;
  if (engine->marks_dirty) engine_clear_marks(engine);

  // Pushes an entry that comes back to `where` with the registers as they are.
#define PUSH(kind_, pc_, where, limit_)                                                                                \
  do {                                                                                                                 \
    Entry *pushed = engine_push(engine);                                                                               \
    if (!pushed) return -1;                                                                                            \
    *pushed = (Entry){.kind = (kind_),                                                                                 \
                      .pc = (pc_),                                                                                     \
                      .repeat = repeat,                                                                                \
                      .nodes = engine->node_count,                                                                     \
                      .barrier = barrier,                                                                              \
                      .at = (where),                                                                                   \
                      .limit = (limit_)};                                                                              \
  } while (0)
#define RESTORE(entry)                                                                                                 \
  do {                                                                                                                 \
    repeat = (entry)->repeat;                                                                                          \
    engine->node_count = (entry)->nodes;                                                                               \
    barrier = (entry)->barrier;                                                                                        \
  } while (0)
#define NEW_NODE(pc_, count_, last_, previous_)                                                                        \
  do {                                                                                                                 \
    uint32_t made = engine_node(engine, (RepeatNode){(pc_), (previous_), (count_), (last_)});                          \
    if (!made) return -1;                                                                                              \
    repeat = made;                                                                                                     \
  } while (0)

  for (;;) {
    switch (codes[pc]) {
    case SRE_LITERAL:
      if (at >= end || *at != codes[pc + 1]) goto fail;
      at++;
      pc += 2;
      continue;
    case SRE_NOT_LITERAL:
      if (at >= end || *at == codes[pc + 1]) goto fail;
      at++;
      pc += 2;
      continue;
    case SRE_ANY:
      if (at >= end || *at == '\n') goto fail;
      at++;
      pc++;
      continue;
    case SRE_ANY_ALL:
      if (at >= end) goto fail;
      at++;
      pc++;
      continue;
    case SRE_IN:
    case SRE_IN_IGNORE:
    case SRE_IN_UNI_IGNORE:
    case SRE_IN_LOC_IGNORE:
      if (at >= end || !in_set(engine, codes + pc, *at)) goto fail;
      at++;
      pc += 1 + codes[pc + 1];
      continue;
    case SRE_CATEGORY:
      if (at >= end || !sre_category((SreCategory)codes[pc + 1], *at)) goto fail;
      at++;
      pc += 2;
      continue;
    case SRE_LITERAL_IGNORE:
    case SRE_NOT_LITERAL_IGNORE:
    case SRE_LITERAL_LOC_IGNORE:
    case SRE_NOT_LITERAL_LOC_IGNORE:
    case SRE_LITERAL_UNI_IGNORE:
    case SRE_NOT_LITERAL_UNI_IGNORE:
      if (at >= end || !matches_folded(codes + pc, *at)) goto fail;
      at++;
      pc += 2;
      continue;
    case SRE_AT:
      if (!NAME(at_position)(engine, (SreAt)codes[pc + 1], at)) goto fail;
      pc += 2;
      continue;
    case SRE_MARK: {
      uint32_t mark = codes[pc + 1];
      if (engine->height > 0)
        PUSH(UNDO_MARK, mark, engine->marks[mark], (const void *)(uintptr_t)engine->last_index);
      else
        engine->marks_dirty = true;
      if (mark & 1) engine->last_index = mark / 2 + 1;
      engine->marks[mark] = at;
      pc += 2;
      continue;
    }
    case SRE_JUMP:
      pc += 1 + codes[pc + 1];
      continue;
    case SRE_INFO:
      pc += 1 + codes[pc + 1];
      continue;
    case SRE_FAILURE:
      goto fail;

    case SRE_BRANCH:
      pc++;
    next_alternative:
      // `pc` is at an alternative's length. Those that cannot begin here are passed over at once.
      for (;; pc += codes[pc]) {
        if (codes[pc] == 0) goto fail;
        const uint32_t *first = codes + pc + 1;
        if (first[0] == SRE_LITERAL && (at >= end || *at != first[1])) continue;
        if (first[0] == SRE_IN && (at >= end || !in_set(engine, first, *at))) continue;
        break;
      }
      if (codes[pc + codes[pc]] != 0) PUSH(CHOICE_BRANCH, pc + codes[pc], at, NULL);
      pc++;
      continue;

    case SRE_REPEAT_ONE: {
      const uint32_t *operands = codes + pc + 1;
      size_t low = operands[1], high = operands[2], room = (size_t)(end - at);
      if (room < low) goto fail;
      const CHAR *limit = high == SRE_MAX_REPEAT || high > room ? end : at + high;
      const CHAR *most = NAME(run_of)(engine, operands + 3, at, limit), *least = at + low;
      if (most < least) goto fail;
      uint32_t tail = pc + 1 + operands[0];
      at = most;
      if (codes[tail] == SRE_LITERAL) { // go back at once to where the tail can begin
        while (at >= least && (at >= end || *at != codes[tail + 1])) at--;
        if (at < least) goto fail;
      }
      if (at > least) PUSH(CHOICE_GREEDY_ONE, tail, at, least);
      pc = tail;
      continue;
    }
    case SRE_MIN_REPEAT_ONE: {
      const uint32_t *operands = codes + pc + 1;
      size_t low = operands[1], high = operands[2], room = (size_t)(end - at);
      if (room < low) goto fail;
      const CHAR *limit = high == SRE_MAX_REPEAT || high > room ? end : at + high;
      if (low > 0 && NAME(run_of)(engine, operands + 3, at, at + low) < at + low) goto fail;
      at += low;
      uint32_t operator= pc;
      pc = pc + 1 + operands[0];
      if (at < limit) PUSH(CHOICE_LAZY_ONE, operator, at, limit);
      continue;
    }
    case SRE_POSSESSIVE_REPEAT_ONE: {
      const uint32_t *operands = codes + pc + 1;
      size_t low = operands[1], high = operands[2], room = (size_t)(end - at);
      if (room < low) goto fail;
      const CHAR *limit = high == SRE_MAX_REPEAT || high > room ? end : at + high;
      const CHAR *most = NAME(run_of)(engine, operands + 3, at, limit);
      if (most < at + low) goto fail;
      at = most;
      pc += 1 + operands[0];
      continue;
    }

    case SRE_REPEAT:
      NEW_NODE(pc + 1, -1, NULL, repeat);
      pc += 1 + codes[pc + 1];
      continue;
    case SRE_MAX_UNTIL: {
      if ((++engine->steps & POLL_MASK) == 0 && !engine_poll()) return -1;
      RepeatNode node = engine->nodes[repeat];
      ptrdiff_t count = node.count + 1;
      uint32_t low = codes[node.pc + 1], high = codes[node.pc + 2];
      if (count < (ptrdiff_t)low) {
        NEW_NODE(node.pc, count, node.last, node.previous);
        pc = node.pc + 3;
      } else if ((count < (ptrdiff_t)high || high == SRE_MAX_REPEAT) && at != node.last) {
        repeat = node.previous;
        PUSH(CHOICE_TAIL, pc + 1, at, NULL);
        NEW_NODE(node.pc, count, at, node.previous);
        pc = node.pc + 3;
      } else {
        repeat = node.previous;
        pc++;
      }
      continue;
    }
    case SRE_MIN_UNTIL: {
      RepeatNode node = engine->nodes[repeat];
      ptrdiff_t count = node.count + 1;
      if (count < (ptrdiff_t)codes[node.pc + 1]) {
        NEW_NODE(node.pc, count, node.last, node.previous);
        pc = node.pc + 3;
      } else {
        PUSH(CHOICE_LAZY_BODY, pc, at, NULL);
        repeat = node.previous;
        pc++;
      }
      continue;
    }
    case SRE_POSSESSIVE_REPEAT:
      PUSH(BARRIER_POSSESSIVE, pc + 1, at, NULL);
      goto possessive_body;

    case SRE_ASSERT:
    case SRE_ASSERT_NOT: {
      const uint32_t *operands = codes + pc + 1;
      uint32_t tail = pc + 1 + operands[0];
      bool negative = codes[pc] == SRE_ASSERT_NOT;
      if ((size_t)(at - begin) < operands[1]) { // no room to look behind
        if (!negative) goto fail;
        pc = tail;
        continue;
      }
      PUSH(negative ? BARRIER_ASSERT_NOT : BARRIER_ASSERT, tail, at, NULL);
      barrier = engine->height - 1;
      at -= operands[1];
      pc += 3;
      continue;
    }
    case SRE_ATOMIC_GROUP:
      PUSH(BARRIER_ATOMIC, pc + 1 + codes[pc + 1], at, NULL);
      barrier = engine->height - 1;
      pc += 2;
      continue;

    case SRE_GROUPREF:
    case SRE_GROUPREF_IGNORE:
    case SRE_GROUPREF_UNI_IGNORE:
    case SRE_GROUPREF_LOC_IGNORE: {
      const CHAR *from = engine->marks[2 * codes[pc + 1]], *to = engine->marks[2 * codes[pc + 1] + 1];
      if (!from || !to || to < from || to - from > end - at) goto fail;
      for (; from < to; from++, at++)
        if (*from != *at && (codes[pc] == SRE_GROUPREF || !same_folded(codes[pc], *from, *at))) goto fail;
      pc += 2;
      continue;
    }
    case SRE_GROUPREF_EXISTS: {
      const CHAR *from = engine->marks[2 * codes[pc + 1]], *to = engine->marks[2 * codes[pc + 1] + 1];
      pc += from && to && to >= from ? 3 : 1 + codes[pc + 2];
      continue;
    }

    case SRE_SUCCESS: {
      if (barrier == NO_BARRIER) {
        if ((engine->whole && at != end) || at == engine->forbidden_stop) goto fail;
        engine->stop = at;
        return 1;
      }
      Entry *entry = &engine->stack[barrier];
      Entry closed = *entry;
      if (closed.kind == BARRIER_ASSERT_NOT) {
        engine_undo_to(engine, barrier);
        RESTORE(&closed);
        goto fail;
      }
      engine_cut(engine, barrier); // what was tried inside is not tried again
      repeat = closed.repeat;
      barrier = closed.barrier;
      pc = closed.pc;
      if (closed.kind == BARRIER_ASSERT) at = closed.at;
      if (closed.kind != BARRIER_POSSESSIVE) continue;
      size_t count = (size_t)closed.limit + 1;
      if (count >= codes[pc + 1] && ((count >= codes[pc + 2] && codes[pc + 2] != SRE_MAX_REPEAT) || at == closed.at)) {
        pc += codes[pc] + 1;
        continue;
      }
      PUSH(BARRIER_POSSESSIVE, pc, at, (const void *)(uintptr_t)count);
      goto possessive_body;
    }

    // The barrier of the next iteration has just been pushed.
    possessive_body: {
      Entry *entry = &engine->stack[engine->height - 1];
      pc = entry->pc;
      if (codes[pc + 2] == 0) { // {0}: nothing to match
        engine->height--;
        pc += codes[pc] + 1;
        continue;
      }
      barrier = engine->height - 1;
      pc += 3;
      continue;
    }
    default: // not an operator: sre_check has refused such code
      goto fail;
    }

  fail:
    if ((++engine->steps & POLL_MASK) == 0 && !engine_poll()) return -1;
    if (engine->height == 0) return 0;
    Entry *entry = &engine->stack[engine->height - 1];
    switch (entry->kind) {
    case UNDO_MARK:
      engine->marks[entry->pc] = entry->at;
      engine->last_index = (ptrdiff_t)(uintptr_t)entry->limit;
      engine->height--;
      goto fail;
    case CHOICE_BRANCH:
      RESTORE(entry);
      at = entry->at;
      pc = entry->pc;
      engine->height--;
      goto next_alternative;
    case CHOICE_TAIL:
      RESTORE(entry);
      at = entry->at;
      pc = entry->pc;
      engine->height--;
      continue;
    case CHOICE_GREEDY_ONE: {
      RESTORE(entry);
      const CHAR *least = entry->limit;
      at = (const CHAR *)entry->at - 1;
      pc = entry->pc;
      if (codes[pc] == SRE_LITERAL)
        while (at >= least && *at != codes[pc + 1]) at--;
      if (at > least)
        entry->at = at;
      else
        engine->height--;
      if (at < least) goto fail;
      continue;
    }
    case CHOICE_LAZY_ONE: {
      RESTORE(entry);
      const CHAR *limit = entry->limit;
      const uint32_t *operands = codes + entry->pc + 1;
      at = entry->at;
      pc = entry->pc + 1 + operands[0];
      bool seek = codes[pc] == SRE_LITERAL;
      do { // one more character, and on to where the tail can begin
        if (at >= limit || !NAME(matches_one)(engine, operands + 3, *at)) {
          engine->height--;
          goto fail;
        }
        at++;
      } while (seek && (at >= end || *at != codes[pc + 1]));
      entry->at = at;
      continue;
    }
    case CHOICE_LAZY_BODY: {
      RESTORE(entry);
      at = entry->at;
      engine->height--;
      RepeatNode node = engine->nodes[repeat];
      ptrdiff_t count = node.count + 1;
      uint32_t high = codes[node.pc + 2];
      if ((count >= (ptrdiff_t)high && high != SRE_MAX_REPEAT) || at == node.last) goto fail;
      NEW_NODE(node.pc, count, at, node.previous);
      pc = node.pc + 3;
      continue;
    }
    case BARRIER_ASSERT:
    case BARRIER_ATOMIC: // the body failed: so does the whole
      engine->height--;
      goto fail;
    case BARRIER_ASSERT_NOT: // the body failed: that is success
      RESTORE(entry);
      at = entry->at;
      pc = entry->pc;
      engine->height--;
      continue;
    case BARRIER_POSSESSIVE: // one iteration failed: enough of them?
      RESTORE(entry);
      at = entry->at;
      pc = entry->pc;
      engine->height--;
      if ((size_t)(uintptr_t)entry->limit < codes[pc + 1]) goto fail;
      pc += codes[pc] + 1;
      continue;
    }
  }
#undef PUSH
#undef RESTORE
#undef NEW_NODE
}

// ---- Searching ----

// The first place from `at` on where the literal prefix stands, or NULL.
static const CHAR *NAME(find_prefix)(const uint32_t *prefix, size_t length, const CHAR *at, const CHAR *end) {
  if ((size_t)(end - at) < length) return NULL;
  const CHAR *stop = end - length + 1;
  uint32_t first = prefix[0];
  for (size_t i = 0; i < length; i++)
    if (prefix[i] > (CHAR)-1) return NULL;
  for (; at < stop; at++) {
    if (sizeof(CHAR) == 1)
      at = memchr(at, (int)first, (size_t)(stop - at));
    else if (sizeof(CHAR) == 4)
      at = (const CHAR *)(const void *)wmemchr((const wchar_t *)(const void *)at, (wchar_t)first, (size_t)(stop - at));
    else
      while (at < stop && *at != first) at++;
    if (!at || at >= stop) return NULL;
    size_t i = 1;
    while (i < length && at[i] == prefix[i]) i++;
    if (i == length) return at;
  }
  return NULL;
}

// Finds the first match at or behind `at`: 1 (engine->start, engine->stop), 0, -1.
static int NAME(search)(Engine *engine, const CHAR *at) {
  const uint32_t *codes = engine->program.codes;
  const CHAR *end = engine->end;
  uint32_t pc = 0;
  if (codes[0] == SRE_INFO) {
    uint32_t flags = codes[2], least = codes[3];
    pc = 1 + codes[1];
    if ((size_t)(end - at) < least) return 0;
    const CHAR *last = end - least; // a match cannot begin behind this
    if (flags & SRE_INFO_PREFIX) {
      size_t length = codes[5], skip = codes[6];
      const uint32_t *prefix = codes + 7;
      for (; at <= last; at++) {
        at = NAME(find_prefix)(prefix, length, at, end);
        if (!at || at > last) return 0;
        engine->start = at;
        if (flags & SRE_INFO_LITERAL) {
          engine->stop = at + length;
          if (engine->marks_dirty) engine_clear_marks(engine);
          return 1;
        }
        int found = NAME(match)(engine, pc + 2 * (uint32_t)skip, at + skip);
        if (found) return found;
        engine->forbidden_stop = NULL;
      }
      return 0;
    }
    if (flags & SRE_INFO_CHARSET) {
      uint32_t number = engine->program.bitmap_of[0];
      const uint32_t *bitmap = number ? engine->program.bitmaps[number - 1] : NULL;
      for (; at <= last; at++) {
        if (bitmap)
          while (at <= last && at < end &&
                 !((uint32_t)*at < 256 ? (bitmap[*at >> 5] >> (*at & 31)) & 1 : sre_charset(codes + 5, *at)))
            at++;
        else
          while (at <= last && at < end && !sre_charset(codes + 5, *at)) at++;
        if (at > last || at >= end) return 0;
        engine->start = at;
        int found = NAME(match)(engine, pc, at);
        if (found) return found;
        engine->forbidden_stop = NULL;
      }
      return 0;
    }
    end = last;
  }
  // What is tied to the beginning of the text can match in one place only.
  if (codes[pc] == SRE_AT && (codes[pc + 1] == SRE_AT_BEGINNING || codes[pc + 1] == SRE_AT_BEGINNING_STRING) &&
      end > at)
    end = at;
  for (; at <= end; at++) {
    engine->start = at;
    int found = NAME(match)(engine, pc, at);
    if (found) return found;
    engine->forbidden_stop = NULL;
  }
  return 0;
}
