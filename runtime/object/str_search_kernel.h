// Searching for one storage width: included once for each, with UNIT the type of a character and NAME(x) the suffix.
//
// Backward search is forward search with both texts read from their ends: `step` is 1 or -1, and hay and needle point
// to the unit where reading begins.

static inline bool NAME(units_match)(const UNIT *a, const UNIT *b, ptrdiff_t step, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (a[(ptrdiff_t)i * step] != b[(ptrdiff_t)i * step]) return false;
  return true;
}

// Where the maximal suffix of the needle begins, less one, in one of the two orders of units; *period is its period.
static inline ptrdiff_t NAME(maximal_suffix)(const UNIT *needle, ptrdiff_t step, size_t length, bool reversed,
                                             size_t *period) {
  ptrdiff_t suffix = -1, at = 0, offset = 1;
  *period = 1;
  while (at + offset < (ptrdiff_t)length) {
    UNIT a = needle[(at + offset) * step], b = needle[(suffix + offset) * step];
    if (reversed ? a > b : a < b) {
      at += offset;
      offset = 1;
      *period = (size_t)(at - suffix);
    } else if (a == b) {
      if (offset != (ptrdiff_t)*period) {
        offset++;
      } else {
        at += offset;
        offset = 1;
      }
    } else {
      suffix = at++;
      offset = 1;
      *period = 1;
    }
  }
  return suffix;
}

static ptrdiff_t NAME(find_two_way)(const UNIT *hay, size_t hay_length, const UNIT *needle, size_t length,
                                    ptrdiff_t step) {
  size_t period, other_period;
  ptrdiff_t split = NAME(maximal_suffix)(needle, step, length, false, &period);
  ptrdiff_t other = NAME(maximal_suffix)(needle, step, length, true, &other_period);
  if (other > split) {
    split = other;
    period = other_period;
  }
  bool periodic = (size_t)(split + 1) + period <= length &&
                  NAME(units_match)(needle, needle + (ptrdiff_t)period * step, step, (size_t)(split + 1));
  if (!periodic) {
    size_t left = (size_t)(split + 1), right = length - left;
    period = (left > right ? left : right) + 1;
  }
  // `known`: the prefix of the needle that is known to match here, less one; only kept for periodic needles.
  ptrdiff_t known = -1;
  for (size_t at = 0; at + length <= hay_length;) {
    const UNIT *here = hay + (ptrdiff_t)at * step;
    ptrdiff_t i = (split > known ? split : known) + 1;
    while (i < (ptrdiff_t)length && needle[i * step] == here[i * step]) i++;
    if (i < (ptrdiff_t)length) {
      at += (size_t)(i - split);
      known = -1;
      continue;
    }
    i = split;
    while (i > known && needle[i * step] == here[i * step]) i--;
    if (i <= known) return (ptrdiff_t)at;
    at += period;
    if (periodic) known = (ptrdiff_t)(length - period) - 1;
  }
  return -1;
}

static ptrdiff_t NAME(find)(const UNIT *hay, size_t start, size_t end, const UNIT *needle, size_t length) {
  if (length > SHORT_NEEDLE) {
    ptrdiff_t at = NAME(find_two_way)(hay + start, end - start, needle, length, 1);
    return at < 0 ? at : at + (ptrdiff_t)start;
  }
  size_t stop = end - length + 1;
  for (size_t at = start; at < stop; at++) {
    ptrdiff_t first = NAME(find_unit)(hay, at, stop, needle[0]);
    if (first < 0) return -1;
    at = (size_t)first;
    if (memcmp(hay + at, needle, length * sizeof(UNIT)) == 0) return first;
  }
  return -1;
}

static ptrdiff_t NAME(find_last)(const UNIT *hay, size_t start, size_t end, const UNIT *needle, size_t length) {
  if (length > SHORT_NEEDLE) {
    ptrdiff_t at = NAME(find_two_way)(hay + end - 1, end - start, needle + length - 1, length, -1);
    return at < 0 ? at : (ptrdiff_t)(end - length) - at;
  }
  for (size_t at = end - length + 1; at-- > start;)
    if (hay[at] == needle[0] && memcmp(hay + at, needle, length * sizeof(UNIT)) == 0) return (ptrdiff_t)at;
  return -1;
}
