// Verifies the code of a pattern: every operand is there, jumps stay inside, sets end, groups exist.
//
// The compiler in the library makes no such mistakes, but _sre.compile() takes any list. The engine trusts what has
// passed here.
#include "runtime/module/_sre.h"
#include "runtime/object/exception.h"
#include "runtime/object/object.h"

typedef struct Check {
  const uint32_t *codes;
  size_t group_count;
  uint32_t *sets; // by position: 1 where an operator with a set stands
} Check;

// Sets: codes[at..end) holds items, then FAILURE (not counted in).
static bool check_set(const Check *check, size_t at, size_t end) {
  const uint32_t *codes = check->codes;
  while (at < end) {
    size_t rest = end - at - 1;
    switch (codes[at++]) {
    case SRE_NEGATE:
      break;
    case SRE_LITERAL:
      if (rest < 1) return false;
      at++;
      break;
    case SRE_RANGE:
    case SRE_RANGE_UNI_IGNORE:
      if (rest < 2) return false;
      at += 2;
      break;
    case SRE_CHARSET:
      if (rest < 8) return false;
      at += 8;
      break;
    case SRE_BIGCHARSET: {
      if (rest < 65) return false;
      uint32_t count = codes[at++];
      const uint8_t *chunks = (const uint8_t *)(codes + at);
      for (int i = 0; i < 256; i++)
        if (chunks[i] >= count) return false;
      at += 64;
      if (count > (end - at) / 8) return false;
      at += (size_t)count * 8;
      break;
    }
    case SRE_CATEGORY:
      if (rest < 1 || codes[at] >= SRE_CATEGORY_COUNT) return false;
      at++;
      break;
    default:
      return false;
    }
  }
  return true;
}

static bool check_code(const Check *check, size_t at, size_t end);

static bool check_nested(const Check *check, size_t at, size_t end) {
  if (!recursion_enter(" while verifying a pattern")) return false;
  bool good = check_code(check, at, end);
  recursion_leave();
  return good;
}

// <set> with a length before it, ending with FAILURE: the position behind it, or 0.
static size_t check_sized_set(const Check *check, size_t at, size_t end) {
  if (at >= end) return 0;
  uint32_t skip = check->codes[at];
  if (skip < 2 || skip > end - at) return 0;
  size_t next = at + skip;
  if (check->codes[next - 1] != SRE_FAILURE || !check_set(check, at + 1, next - 1)) return 0;
  check->sets[at - 1] = 1;
  return next;
}

// <skip><min><max> body SUCCESS, of one character: the position behind it, or 0.
static size_t check_repeat_one(const Check *check, size_t at, size_t end) {
  if (end - at < 3) return 0;
  uint32_t skip = check->codes[at], low = check->codes[at + 1], high = check->codes[at + 2];
  if (low > high || skip < 5 || skip > end - at) return 0;
  size_t next = at + skip, body = at + 3;
  if (check->codes[next - 1] != SRE_SUCCESS) return 0;
  switch (check->codes[body]) { // the body is one operator that matches exactly one character
  case SRE_ANY:
  case SRE_ANY_ALL:
    return body + 1 == next - 1 ? next : 0;
  case SRE_LITERAL:
  case SRE_NOT_LITERAL:
  case SRE_LITERAL_IGNORE:
  case SRE_NOT_LITERAL_IGNORE:
  case SRE_LITERAL_LOC_IGNORE:
  case SRE_NOT_LITERAL_LOC_IGNORE:
  case SRE_LITERAL_UNI_IGNORE:
  case SRE_NOT_LITERAL_UNI_IGNORE:
    return body + 2 == next - 1 ? next : 0;
  case SRE_IN:
  case SRE_IN_IGNORE:
  case SRE_IN_LOC_IGNORE:
  case SRE_IN_UNI_IGNORE:
    return check_sized_set(check, body + 1, next - 1) == next - 1 ? next : 0;
  case SRE_CATEGORY:
    return body + 2 == next - 1 && check->codes[body + 1] < SRE_CATEGORY_COUNT ? next : 0;
  default:
    return 0;
  }
}

// <skip><min><max> body, with the operator that ends it behind.
static size_t check_repeat(const Check *check, size_t at, size_t end, bool possessive) {
  if (end - at < 3) return 0;
  uint32_t skip = check->codes[at], low = check->codes[at + 1], high = check->codes[at + 2];
  if (low > high || skip < 3 || skip >= end - at) return 0;
  size_t until = at + skip;
  if (!check_nested(check, at + 3, until)) return 0;
  uint32_t op = check->codes[until];
  bool good = possessive ? op == SRE_SUCCESS : op == SRE_MAX_UNTIL || op == SRE_MIN_UNTIL;
  return good ? until + 1 : 0;
}

// <skip> alternative JUMP <to the end> ... 0
static size_t check_branch(const Check *check, size_t at, size_t end) {
  const uint32_t *codes = check->codes;
  size_t target = 0;
  for (;;) {
    if (at >= end) return 0;
    uint32_t skip = codes[at];
    if (skip == 0) break;
    if (skip < 3 || skip > end - at) return 0;
    size_t next = at + skip;
    if (!check_nested(check, at + 1, next - 2) || codes[next - 2] != SRE_JUMP) return 0;
    if (codes[next - 1] > end - (next - 1)) return 0;
    size_t to = next - 1 + codes[next - 1];
    if (target == 0)
      target = to;
    else if (to != target)
      return 0;
    at = next;
  }
  at++;
  return target == 0 || target == at ? at : 0;
}

// <skip> head operands, body, SUCCESS: the position behind it, or 0.
static size_t check_body(const Check *check, size_t at, size_t end, size_t operands) {
  if (end - at < operands) return 0;
  uint32_t skip = check->codes[at];
  if (skip < operands + 1 || skip > end - at) return 0;
  size_t next = at + skip;
  if (check->codes[next - 1] != SRE_SUCCESS) return 0;
  return check_nested(check, at + operands, next - 1) ? next : 0;
}

static size_t check_info(const Check *check, size_t at, size_t end) {
  const uint32_t *codes = check->codes;
  if (end - at < 4) return 0;
  uint32_t skip = codes[at], flags = codes[at + 1];
  if (skip < 4 || skip > end - at) return 0;
  size_t next = at + skip, operands = at + 4;
  if (flags & ~(uint32_t)(SRE_INFO_PREFIX | SRE_INFO_LITERAL | SRE_INFO_CHARSET)) return 0;
  if ((flags & SRE_INFO_PREFIX) && (flags & SRE_INFO_CHARSET)) return 0;
  if ((flags & SRE_INFO_LITERAL) && !(flags & SRE_INFO_PREFIX)) return 0;
  if (flags & SRE_INFO_PREFIX) {
    if (next - operands < 2) return 0;
    size_t length = codes[operands], prefix_skip = codes[operands + 1];
    if (length == 0 || prefix_skip > length || next - operands != 2 + 2 * length) return 0;
    // The engine begins behind the first `prefix_skip` literals.
    for (size_t i = 0; i < prefix_skip; i++)
      if (next + 2 * i + 1 >= end || codes[next + 2 * i] != SRE_LITERAL) return 0;
  } else if (flags & SRE_INFO_CHARSET) {
    if (next == operands || codes[next - 1] != SRE_FAILURE || !check_set(check, operands, next - 1)) return 0;
    check->sets[at - 1] = 1;
  }
  return next;
}

// <group><skip> yes [JUMP <skip> no]
static size_t check_conditional(const Check *check, size_t at, size_t end) {
  const uint32_t *codes = check->codes;
  if (end - at < 2 || codes[at] >= check->group_count) return 0;
  uint32_t skip = codes[at + 1];
  if (skip < 2 || skip > end - at) return 0;
  size_t no = at + skip; // where it goes on when the group is unset
  if (no >= at + 4 && codes[no - 2] == SRE_JUMP && codes[no - 1] <= end - (no - 1) && codes[no - 1] >= 1) {
    size_t next = no - 1 + codes[no - 1];
    // The last two words of "yes" may look like a jump without being one: then the first reading fails.
    if (check_nested(check, at + 2, no - 2)) return check_nested(check, no, next) ? next : 0;
    if (exception_pending()) return 0;
  }
  return check_nested(check, at + 2, no) ? no : 0;
}

static bool check_code(const Check *check, size_t at, size_t end) {
  const uint32_t *codes = check->codes;
  while (at < end) {
    size_t rest = end - at - 1;
    switch (codes[at++]) {
    case SRE_ANY:
    case SRE_ANY_ALL:
    case SRE_FAILURE:
    case SRE_SUCCESS:
      break;
    case SRE_MARK:
      if (rest < 1 || codes[at] >= 2 * check->group_count) return false;
      at++;
      break;
    case SRE_LITERAL:
    case SRE_NOT_LITERAL:
    case SRE_LITERAL_IGNORE:
    case SRE_NOT_LITERAL_IGNORE:
    case SRE_LITERAL_UNI_IGNORE:
    case SRE_NOT_LITERAL_UNI_IGNORE:
    case SRE_LITERAL_LOC_IGNORE:
    case SRE_NOT_LITERAL_LOC_IGNORE:
      if (rest < 1) return false;
      at++;
      break;
    case SRE_AT:
      if (rest < 1 || codes[at] >= SRE_AT_COUNT) return false;
      at++;
      break;
    case SRE_CATEGORY:
      if (rest < 1 || codes[at] >= SRE_CATEGORY_COUNT) return false;
      at++;
      break;
    case SRE_GROUPREF:
    case SRE_GROUPREF_IGNORE:
    case SRE_GROUPREF_UNI_IGNORE:
    case SRE_GROUPREF_LOC_IGNORE:
      if (rest < 1 || codes[at] >= check->group_count) return false;
      at++;
      break;
    case SRE_IN:
    case SRE_IN_IGNORE:
    case SRE_IN_UNI_IGNORE:
    case SRE_IN_LOC_IGNORE:
      at = check_sized_set(check, at, end);
      if (!at) return false;
      break;
    case SRE_INFO:
      at = check_info(check, at, end);
      if (!at) return false;
      break;
    case SRE_BRANCH:
      at = check_branch(check, at, end);
      if (!at) return false;
      break;
    case SRE_REPEAT_ONE:
    case SRE_MIN_REPEAT_ONE:
    case SRE_POSSESSIVE_REPEAT_ONE:
      at = check_repeat_one(check, at, end);
      if (!at) return false;
      break;
    case SRE_REPEAT:
    case SRE_POSSESSIVE_REPEAT:
      at = check_repeat(check, at, end, codes[at - 1] == SRE_POSSESSIVE_REPEAT);
      if (!at) return false;
      break;
    case SRE_ATOMIC_GROUP:
      at = check_body(check, at, end, 1);
      if (!at) return false;
      break;
    case SRE_ASSERT:
    case SRE_ASSERT_NOT:
      at = check_body(check, at, end, 2);
      if (!at) return false;
      break;
    case SRE_GROUPREF_EXISTS:
      at = check_conditional(check, at, end);
      if (!at) return false;
      break;
    default:
      return false;
    }
  }
  return true;
}

bool sre_check(const uint32_t *codes, size_t length, size_t group_count, uint32_t *sets) {
  Check check = {codes, group_count, sets};
  if (length > 0 && codes[length - 1] == SRE_SUCCESS && length < UINT32_MAX >> 4 && group_count < 1u << 26 &&
      check_code(&check, 0, length - 1))
    return true;
  if (!exception_pending()) raise(CLASS_RUNTIME_ERROR, "invalid SRE code");
  return false;
}
