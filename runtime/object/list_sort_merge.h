// The merge sort of list_sort.c for one kind of elements. The file that includes it defines
//   ELEMENT        the type of an element
//   LESS(s, a, b)  1 if element a must stand before b, 0 if not, -1 on an exception (a constant 0 or 1 costs no checks)
//   SORT(name)     the name of a function of this instance
//
// An adaptive, stable merge sort: natural runs (short ones extended by binary insertion) are merged in the nearly
// optimal order of Munro and Wild's powersort, with the galloping of Peters's timsort. At any moment the array and the
// temporary together hold every element, and after a failed comparison the array is a permutation of what it was.

// Extends the sorted elements [0, sorted) of `base` to [0, count).
static bool SORT(insert)(Sort *s, ELEMENT *base, size_t sorted, size_t count) {
  for (; sorted < count; sorted++) {
    ELEMENT pivot = base[sorted];
    size_t low = 0, high = sorted;
    while (low < high) {
      size_t middle = low + (high - low) / 2;
      int less = LESS(s, pivot, base[middle]);
      if (less < 0) return false;
      if (less)
        high = middle;
      else
        low = middle + 1;
    }
    memmove(base + low + 1, base + low, (sorted - low) * sizeof(ELEMENT));
    base[low] = pivot;
  }
  return true;
}

// The length of the run at the start of `base`; a strictly descending one is turned round. 0: exception.
static size_t SORT(find_run)(Sort *s, ELEMENT *base, size_t count) {
  if (count < 2) return count;
  int descending = LESS(s, base[1], base[0]);
  if (descending < 0) return 0;
  size_t length = 2;
  for (; length < count; length++) {
    int less = LESS(s, base[length], base[length - 1]);
    if (less < 0) return 0;
    if (less != descending) break;
  }
  if (descending)
    for (size_t low = 0, high = length; low + 1 < high;) {
      ELEMENT element = base[low];
      base[low++] = base[--high];
      base[high] = element;
    }
  return length;
}

// Where `key` belongs among the sorted `array`: before its equals, or with `after` behind them. Looks exponentially
// from the left or right end, then by halving. SIZE_MAX: exception.
static size_t SORT(search)(Sort *s, ELEMENT key, const ELEMENT *array, size_t count, bool after, bool from_right) {
  size_t low = 0, high = count;
  for (size_t step = 1; low < high; step *= 2) {
    size_t remaining = high - low;
    bool last = step >= remaining;
    size_t probe = last ? low + remaining / 2 : from_right ? high - step : low + step - 1;
    int less = after ? LESS(s, key, array[probe]) : LESS(s, array[probe], key);
    if (less < 0) return SIZE_MAX;
    bool beyond = after ? less : !less; // the place is at `probe` or before
    if (beyond)
      high = probe;
    else
      low = probe + 1;
    if (!last && beyond != from_right) { // bracketed: from here on halve
      while (low < high) {
        size_t middle = low + (high - low) / 2;
        less = after ? LESS(s, key, array[middle]) : LESS(s, array[middle], key);
        if (less < 0) return SIZE_MAX;
        if (after ? less : !less)
          high = middle;
        else
          low = middle + 1;
      }
    }
  }
  return low;
}

// Merges the left run, copied to the temporary, with the right one, from the left.
static bool SORT(merge_low)(Sort *s, ELEMENT *base, size_t left_count, size_t right_count) {
  ELEMENT *left = (ELEMENT *)s->temporary->items, *right = base + left_count, *to = base;
  memcpy(left, base, left_count * sizeof(ELEMENT));
  ELEMENT *left_end = left + left_count, *right_end = right + right_count;
  bool ok = true;
  for (;;) {
    size_t wins_left = 0, wins_right = 0;
    do {
      int less = LESS(s, *right, *left);
      if (less < 0) goto failed;
      if (less) {
        *to++ = *right++;
        wins_right++, wins_left = 0;
        if (right == right_end) goto done;
      } else {
        *to++ = *left++;
        wins_left++, wins_right = 0;
        if (left == left_end) goto done;
      }
    } while (wins_left + wins_right < s->minimum_gallop);
    do {
      wins_left = SORT(search)(s, *right, left, (size_t)(left_end - left), true, false);
      if (wins_left == SIZE_MAX) goto failed;
      memcpy(to, left, wins_left * sizeof(ELEMENT));
      to += wins_left, left += wins_left;
      if (left == left_end) goto done;
      *to++ = *right++;
      if (right == right_end) goto done;
      wins_right = SORT(search)(s, *left, right, (size_t)(right_end - right), false, false);
      if (wins_right == SIZE_MAX) goto failed;
      memmove(to, right, wins_right * sizeof(ELEMENT));
      to += wins_right, right += wins_right;
      if (right == right_end) goto done;
      *to++ = *left++;
      if (left == left_end) goto done;
      if (s->minimum_gallop > 1) s->minimum_gallop--;
    } while (wins_left >= GALLOP_WINS || wins_right >= GALLOP_WINS);
    s->minimum_gallop += 2;
  }
failed:
  ok = false;
done:
  memcpy(to, left, (size_t)(left_end - left) * sizeof(ELEMENT));
  return ok;
}

// Merges the right run, copied to the temporary, with the left one, from the right.
static bool SORT(merge_high)(Sort *s, ELEMENT *base, size_t left_count, size_t right_count) {
  ELEMENT *right = (ELEMENT *)s->temporary->items, *left = base, *to = base + left_count + right_count;
  memcpy(right, base + left_count, right_count * sizeof(ELEMENT));
  ELEMENT *left_end = left + left_count, *right_end = right + right_count; // one past the last that is left
  bool ok = true;
  for (;;) {
    size_t wins_left = 0, wins_right = 0;
    do {
      int less = LESS(s, right_end[-1], left_end[-1]);
      if (less < 0) goto failed;
      if (less) {
        *--to = *--left_end;
        wins_left++, wins_right = 0;
        if (left_end == left) goto done;
      } else {
        *--to = *--right_end;
        wins_right++, wins_left = 0;
        if (right_end == right) goto done;
      }
    } while (wins_left + wins_right < s->minimum_gallop);
    do {
      size_t keep = SORT(search)(s, right_end[-1], left, (size_t)(left_end - left), true, true);
      if (keep == SIZE_MAX) goto failed;
      wins_left = (size_t)(left_end - left) - keep;
      to -= wins_left, left_end -= wins_left;
      memmove(to, left_end, wins_left * sizeof(ELEMENT));
      if (left_end == left) goto done;
      *--to = *--right_end;
      if (right_end == right) goto done;
      keep = SORT(search)(s, left_end[-1], right, (size_t)(right_end - right), false, true);
      if (keep == SIZE_MAX) goto failed;
      wins_right = (size_t)(right_end - right) - keep;
      to -= wins_right, right_end -= wins_right;
      memcpy(to, right_end, wins_right * sizeof(ELEMENT));
      if (right_end == right) goto done;
      *--to = *--left_end;
      if (left_end == left) goto done;
      if (s->minimum_gallop > 1) s->minimum_gallop--;
    } while (wins_left >= GALLOP_WINS || wins_right >= GALLOP_WINS);
    s->minimum_gallop += 2;
  }
failed:
  ok = false;
done:
  memcpy(to - (right_end - right), right, (size_t)(right_end - right) * sizeof(ELEMENT));
  return ok;
}

static bool SORT(merge)(Sort *s, ELEMENT *base, size_t left_count, size_t right_count) {
  safepoint_poll();
  ELEMENT *right = base + left_count;
  size_t in_place = SORT(search)(s, *right, base, left_count, true, false);
  if (in_place == SIZE_MAX) return false;
  base += in_place, left_count -= in_place;
  if (left_count == 0) return true;
  right_count = SORT(search)(s, base[left_count - 1], right, right_count, false, true);
  if (right_count == SIZE_MAX) return false;
  if (right_count == 0) return true;
  size_t words = (left_count < right_count ? left_count : right_count) * (sizeof(ELEMENT) / sizeof(Value));
  if (!sort_reserve(s, words)) return false;
  return left_count <= right_count ? SORT(merge_low)(s, base, left_count, right_count)
                                   : SORT(merge_high)(s, base, left_count, right_count);
}

static bool SORT(run)(Sort *s, ELEMENT *array, size_t count) {
  size_t minimum = sort_minimum_run(count), depth = 0;
  SortRun stack[SORT_STACK];
  for (size_t start = 0; start < count;) {
    size_t length = SORT(find_run)(s, array + start, count - start);
    if (length == 0) return false;
    if (length < minimum) {
      size_t forced = count - start < minimum ? count - start : minimum;
      if (!SORT(insert)(s, array + start, length, forced)) return false;
      length = forced;
    }
    SortRun run = {.start = start, .length = length};
    if (depth) run.power = sort_power(&stack[depth - 1], length, count);
    // A boundary of higher power lies deeper in the merge tree: it is merged first.
    while (depth > 1 && stack[depth - 1].power > run.power) {
      SortRun *left = &stack[depth - 2];
      if (!SORT(merge)(s, array + left->start, left->length, stack[depth - 1].length)) return false;
      left->length += stack[--depth].length;
    }
    stack[depth++] = run;
    start += length;
  }
  for (; depth > 1; depth--) {
    SortRun *left = &stack[depth - 2];
    if (!SORT(merge)(s, array + left->start, left->length, stack[depth - 1].length)) return false;
    left->length += stack[depth - 1].length;
  }
  return true;
}

#undef ELEMENT
#undef LESS
#undef SORT
