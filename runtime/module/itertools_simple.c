// itertools: the iterators that transform one stream at a time, and chain, zip_longest.
//
// Threads: a step is one step if all that it takes from is plain (step.h) and no Python code runs in it; so are those
// of count (of ints and floats) and repeat. Shared use is safe in any case: every word is stored whole, and positions
// are checked where they are used.

#include "runtime/module/itertools.h"

// accumulate

typedef struct Accumulate {
  StepIterator step;
  Value iterator, function; // function None: +
  Value total;              // zero: nothing yet
  Value initial;            // zero: none, or already given out
} Accumulate;

static Value accumulate_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  Value given[3];
  PARSE("accumulate", "(iterable, func=None, *, initial=None)", given);
  Value iterator = value_iterate(given[0]);
  Accumulate *self = iterator ? class_allocate(value_as_class(class), 0) : NULL;
  if (!self) return NULL;
  gc_init(self, &self->iterator, iterator);
  gc_init(self, &self->function, given[1] ? given[1] : VALUE_NONE);
  if (given[2] && given[2] != VALUE_NONE) gc_init(self, &self->initial, given[2]);
  self->step.is_plain = iterator_is_plain(iterator);
  return value_from_cell(self);
}

// Does + of this and another such run no Python code?
static bool adds_natively(Value value) {
  Class *class = value_class(value);
  return class == BUILTIN(INT) || class == BUILTIN(FLOAT) || class == BUILTIN(STR) || class == BUILTIN(TUPLE);
}

// The total after the next item; VALUE_STOP, or zero for an exception. Leaves the step, if it was entered, before
// Python code runs.
static Value accumulate_item(Accumulate *self, bool *entered) {
  Value item = iterator_next(self->iterator), total = gc_load(&self->total);
  if (!item || item == VALUE_STOP || !total) return item;
  if (*entered && (self->function != VALUE_NONE || !adds_natively(total) || !adds_natively(item))) {
    step_leave(&self->step, true);
    *entered = false;
  }
  if (self->function == VALUE_NONE) return value_binary(BINARY_ADD, total, item);
  return value_call_2(self->function, total, item);
}

static Value accumulate_next(Value value) {
  Accumulate *self = (Accumulate *)value_cell(value);
  bool entered = step_enter(&self->step);
  Value total = gc_load(&self->initial);
  if (total)
    gc_store(self, &self->initial, NULL);
  else
    total = accumulate_item(self, &entered);
  if (total && total != VALUE_STOP) gc_store(self, &self->total, total);
  step_leave(&self->step, entered);
  return total;
}

static Value accumulate_reduce(Value value) {
  Accumulate *self = (Accumulate *)value_cell(value);
  Value class = class_of(value), chain = value_from_cell(itertools.chain);
  if (self->initial) {
    Value first = tuple_of(1, self->initial), items = first ? value_call_2(chain, first, self->iterator) : NULL;
    return tuple_of(3, class, tuple_of(2, items, self->function), VALUE_NONE);
  }
  if (self->total == VALUE_NONE) {
    // A state of None means "nothing yet", so the total goes back in front of the items.
    Value first = tuple_of(1, VALUE_NONE), items = first ? value_call_2(chain, first, self->iterator) : NULL;
    Value rest = items ? value_call_2(class, items, self->function) : NULL;
    return tuple_of(2, value_from_cell(itertools.islice), tuple_of(3, rest, value_from_small_int(1), VALUE_NONE));
  }
  return tuple_of(3, class, tuple_of(2, self->iterator, self->function), self->total ? self->total : VALUE_NONE);
}

static Value accumulate_set_state(Value value, Value state) {
  Accumulate *self = (Accumulate *)value_cell(value);
  if (state != VALUE_NONE) gc_store(self, &self->total, state);
  return VALUE_NONE;
}

static const NativeMethod accumulate_methods[] = {
    NATIVE("__new__", accumulate_create, NULL, "Create an accumulate object.", NATIVE_STATIC),
    ITERATOR_ENTRIES(accumulate_next),
    REDUCE_ENTRY(accumulate_reduce),
    SET_STATE_ENTRY(accumulate_set_state),
    {},
};
ITERTOOLS_CLASS(accumulate_class, "itertools.accumulate", Accumulate, iterator, initial, accumulate_methods,
                "accumulate(iterable, func=None, *, initial=None)\n--\n\nReturn series of accumulated sums.")

// chain

typedef struct Chain {
  StepIterator step; // never plain to others: what comes next in the chain is not known
  Value source;      // iterator over iterables; zero: exhausted
  Value active;      // iterator in use; zero: none
} Chain;

static Value chain_over(Value class, Value iterables) {
  Value source = value_iterate(iterables);
  Chain *self = source ? class_allocate(value_as_class(class), 0) : NULL;
  if (!self) return NULL;
  gc_init(self, &self->source, source);
  self->step.is_plain = iterator_is_plain(source);
  return value_from_cell(self);
}

static Value chain_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  if (!refuse_keywords("chain", own_keywords(class, keyword_names))) return NULL;
  Value iterables = tuple_new(arguments, count);
  return iterables ? chain_over(class, iterables) : NULL;
}

// Does iter() of it run no Python code?
static bool iterates_natively(Value iterable) {
  Class *class = value_class(iterable);
  uint32_t containers = CLASS_IS_LIST | CLASS_IS_TUPLE | CLASS_IS_DICT | CLASS_IS_SET | CLASS_IS_STR | CLASS_IS_BYTES;
  return (!(class->flags & CLASS_HEAP_TYPE) && class->flags & containers) || class == BUILTIN(RANGE) ||
         iterator_is_plain(iterable);
}

// Takes the next iterable off the source and makes its iterator the active one. VALUE_STOP: there was none; zero: an
// exception. Leaves the step, if it was entered, before Python code runs.
static Value chain_open_next(Chain *self, Value source, bool *entered) {
  Value iterable = iterator_next(source);
  if (*entered && iterable && iterable != VALUE_STOP && !iterates_natively(iterable)) {
    step_leave(&self->step, true);
    *entered = false;
  }
  Value active = iterable && iterable != VALUE_STOP ? value_iterate(iterable) : iterable;
  if (active && active != VALUE_STOP)
    gc_store(self, &self->active, active);
  else
    gc_store(self, &self->source, NULL);
  return active;
}

static Value chain_next(Value value) {
  Chain *self = (Chain *)value_cell(value);
  if (c_stack_is_low()) return raise(CLASS_RECURSION_ERROR, "maximum recursion depth exceeded"); // chained to itself
  if (!threads_started && self->active) {
    Value active = self->active, item = iterator_next(active);
    if (item != VALUE_STOP) return item;
    gc_cas(self, &self->active, active, NULL);
  }
  for (;;) {
    bool entered = step_enter(&self->step);
    Value source = gc_load(&self->source), active = gc_load(&self->active), item = VALUE_STOP;
    if (source && !active) active = chain_open_next(self, source, &entered);
    bool over = !source || !active || active == VALUE_STOP;
    if (!over) {
      if (entered && !iterator_is_plain(active)) {
        step_leave(&self->step, true);
        entered = false;
      }
      item = iterator_next(active);
      if (item == VALUE_STOP) gc_cas(self, &self->active, active, NULL);
    }
    step_leave(&self->step, entered);
    if (over) return source ? active : VALUE_STOP;
    if (item != VALUE_STOP) return item;
    safepoint_poll();
  }
}

static Value chain_reduce(Value value) {
  Chain *self = (Chain *)value_cell(value);
  Value class = class_of(value), none = tuple_new(NULL, 0), source = self->source, active = self->active;
  if (!source) return tuple_of(2, class, none);
  return tuple_of(3, class, none, active ? tuple_of(2, source, active) : tuple_of(1, source));
}

static Value chain_set_state(Value value, Value state) {
  Chain *self = (Chain *)value_cell(value);
  if (!value_is_tuple(state)) return raise_type_error("state is not a tuple");
  size_t count = tuple_count(state);
  if (count < 1 || count > 2)
    return raise_type_error("function expected at %s %d argument%s, got %zu", count ? "most" : "least", count ? 2 : 1,
                            count ? "s" : "", count);
  for (size_t i = 0; i < count; i++)
    if (!value_is_iterator(tuple_item(state, i))) return raise_type_error("Arguments must be iterators.");
  gc_store(self, &self->source, tuple_item(state, 0));
  gc_store(self, &self->active, count > 1 ? tuple_item(state, 1) : NULL);
  return VALUE_NONE;
}

static const NativeMethod chain_methods[] = {
    NATIVE("__new__", chain_create, NULL, "Create a chain.", NATIVE_STATIC),
    ITERATOR_ENTRIES(chain_next),
    NATIVE("from_iterable", chain_over, "($type, iterable, /)", "A chain over the iterables that an iterable gives.",
           NATIVE_CLASS),
    REDUCE_ENTRY(chain_reduce),
    SET_STATE_ENTRY(chain_set_state),
    CLASS_GETITEM_ENTRY,
    {},
};
ITERTOOLS_CLASS(chain_class, "itertools.chain", Chain, source, active, chain_methods,
                "chain(*iterables)\n\nThe items of the first iterable, then those of the second, and so on.")

// compress

typedef struct Compress {
  StepIterator step;
  Value data, selectors;
} Compress;

static Value compress_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  Value given[2];
  PARSE("compress", "(data, selectors)", given);
  Value data = value_iterate(given[0]), selectors = data ? value_iterate(given[1]) : NULL;
  Compress *self = selectors ? class_allocate(value_as_class(class), 0) : NULL;
  if (!self) return NULL;
  gc_init(self, &self->data, data);
  gc_init(self, &self->selectors, selectors);
  self->step.is_plain = iterator_is_plain(data) && iterator_is_plain(selectors);
  return value_from_cell(self);
}

// A datum and its selector are taken in one step; whether it is selected is nobody else's business.
static Value compress_next(Value value) {
  Compress *self = (Compress *)value_cell(value);
  for (;;) {
    bool entered = step_enter(&self->step);
    Value item = iterator_next(self->data);
    Value selector = item && item != VALUE_STOP ? iterator_next(self->selectors) : item;
    step_leave(&self->step, entered);
    if (!selector || selector == VALUE_STOP) return selector;
    int truth = value_truth(selector);
    if (truth) return truth > 0 ? item : NULL;
    safepoint_poll();
  }
}

static Value compress_reduce(Value value) {
  Compress *self = (Compress *)value_cell(value);
  return tuple_of(2, class_of(value), tuple_of(2, self->data, self->selectors));
}

static const NativeMethod compress_methods[] = {
    NATIVE("__new__", compress_create, NULL, "Create a compress object.", NATIVE_STATIC),
    ITERATOR_ENTRIES(compress_next),
    REDUCE_ENTRY(compress_reduce),
    {},
};
ITERTOOLS_CLASS(compress_class, "itertools.compress", Compress, data, selectors, compress_methods,
                "compress(data, selectors)\n--\n\nReturn data elements corresponding to true selector elements.")

// count

typedef struct Count {
  StepIterator step; // only says whether it is plain; a step is a compare and swap
  Value number, difference;
} Count;

static bool is_number(Value value) {
  return value_is_int(value) || value_special(value, SPECIAL_INDEX) || value_special(value, SPECIAL_INT) ||
         value_special(value, SPECIAL_FLOAT) || value_is_instance(value, BUILTIN(COMPLEX));
}

static Value count_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  Value given[2];
  PARSE("count", "(start=0, step=1)", given);
  if ((given[0] && !is_number(given[0])) || (given[1] && !is_number(given[1])))
    return raise_type_error("a number is required");
  Count *self = class_allocate(value_as_class(class), 0);
  if (!self) return NULL;
  gc_init(self, &self->number, given[0] ? given[0] : value_from_small_int(0));
  gc_init(self, &self->difference, given[1] ? given[1] : value_from_small_int(1));
  self->step.is_plain = adds_natively(self->number) && adds_natively(self->difference);
  return value_from_cell(self);
}

static Value count_next(Value value) {
  Count *self = (Count *)value_cell(value);
  for (;;) {
    Value number = gc_load(&self->number);
    Value next = value_binary(BINARY_ADD, number, self->difference);
    if (!next) return NULL;
    if (!threads_started)
      gc_store(self, &self->number, next);
    else if (!gc_cas(self, &self->number, number, next))
      continue;
    return number;
  }
}

static bool count_by_one(const Count *self) {
  return self->difference == value_from_small_int(1);
}

static Value count_repr(Value value) {
  Count *self = (Count *)value_cell(value);
  if (count_by_one(self)) return str_format_c("count(%R)", self->number);
  return str_format_c("count(%R, %R)", self->number, self->difference);
}

static Value count_reduce(Value value) {
  Count *self = (Count *)value_cell(value);
  return tuple_of(2, class_of(value),
                  count_by_one(self) ? tuple_of(1, self->number) : tuple_of(2, self->number, self->difference));
}

static const NativeMethod count_methods[] = {
    NATIVE("__new__", count_create, NULL, "Create a count.", NATIVE_STATIC),
    ITERATOR_ENTRIES(count_next),
    NATIVE("__repr__", count_repr, "($self, /)", "Return repr(self)."),
    REDUCE_ENTRY(count_reduce),
    {},
};
ITERTOOLS_CLASS(count_class, "itertools.count", Count, number, difference, count_methods,
                "count(start=0, step=1)\n--\n\nNumbers from start on, step apart.", CLASS_STEP_ITERATOR)

// cycle

typedef struct Cycle {
  StepIterator step;
  Value iterator; // zero: repeating
  Value saved;    // list
  size_t index;
  bool first_pass_saved; // what the iterator still gives is in `saved` already
} Cycle;

static Value cycle_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  Value given[1];
  keyword_names = own_keywords(class, keyword_names);
  if (!refuse_keywords("cycle", keyword_names) || !arguments_check_count("cycle", count, 1, 1)) return NULL;
  given[0] = arguments[0];
  Value iterator = value_iterate(given[0]), saved = iterator ? list_new_sized(0) : NULL;
  Cycle *self = saved ? class_allocate(value_as_class(class), 0) : NULL;
  if (!self) return NULL;
  gc_init(self, &self->iterator, iterator);
  gc_init(self, &self->saved, saved);
  self->step.is_plain = iterator_is_plain(iterator);
  return value_from_cell(self);
}

static Value cycle_step(Value value) {
  Cycle *self = (Cycle *)value_cell(value);
  Value iterator = gc_load(&self->iterator), saved = gc_load(&self->saved);
  if (iterator) {
    Value item = iterator_next(iterator);
    if (item != VALUE_STOP) return item && !self->first_pass_saved && !list_append(saved, item) ? NULL : item;
    gc_store(self, &self->iterator, NULL);
  }
  for (;;) {
    size_t index = position_load(&self->index), length = list_count(saved);
    Value item = list_item(saved, index);
    if (!item) return VALUE_STOP;
    if (position_advance(&self->index, index, index + 1 < length ? index + 1 : 0)) return item;
  }
}
static Value cycle_next(Value value) {
  return step_whole(value, cycle_step);
}

static Value cycle_reduce(Value value) {
  Cycle *self = (Cycle *)value_cell(value);
  Value iterator = self->iterator, state = NULL;
  if (iterator) {
    state = tuple_of(2, self->saved, value_from_bool(self->first_pass_saved));
  } else {
    if (!(iterator = value_iterate(self->saved))) return NULL;
    if (self->index && !value_call_method_1(iterator, "__setstate__", value_from_small_int((int64_t)self->index)))
      return NULL;
    state = tuple_of(2, self->saved, VALUE_TRUE);
  }
  return tuple_of(3, class_of(value), tuple_of(1, iterator), state);
}

static Value cycle_set_state(Value value, Value state) {
  Cycle *self = (Cycle *)value_cell(value);
  if (!value_is_tuple(state)) return raise_type_error("state is not a tuple");
  if (tuple_count(state) != 2)
    return raise_type_error("function takes exactly 2 arguments (%zu given)", tuple_count(state));
  Value saved = tuple_item(state, 0);
  if (!value_is_list(saved)) return raise_type_error("argument 1 must be list, not %T", saved);
  int first_pass_saved;
  if (!value_as_int(tuple_item(state, 1), &first_pass_saved)) return NULL;
  gc_store(self, &self->saved, saved);
  self->first_pass_saved = first_pass_saved != 0;
  self->index = 0;
  return VALUE_NONE;
}

static const NativeMethod cycle_methods[] = {
    NATIVE("__new__", cycle_create, NULL, "Create a cycle.", NATIVE_STATIC),
    ITERATOR_ENTRIES(cycle_next),
    REDUCE_ENTRY(cycle_reduce),
    SET_STATE_ENTRY(cycle_set_state),
    {},
};
ITERTOOLS_CLASS(cycle_class, "itertools.cycle", Cycle, iterator, saved, cycle_methods,
                "cycle(iterable, /)\n--\n\nThe items of the iterable, again and again.", CLASS_STEP_ITERATOR)

// dropwhile, takewhile, filterfalse, starmap: a function, an iterator and at most a flag.

typedef struct Functional {
  Cell head;
  Value function, iterator;
  bool decided; // dropwhile: dropping is over; takewhile: taking is over
} Functional;

static Value functional_create(const char *name, Value class, Value *arguments, size_t count, Value keyword_names) {
  if (!refuse_keywords(name, own_keywords(class, keyword_names)) || !arguments_check_count(name, count, 2, 2))
    return NULL;
  Value iterator = value_iterate(arguments[1]);
  Functional *self = iterator ? class_allocate(value_as_class(class), 0) : NULL;
  if (!self) return NULL;
  gc_init(self, &self->function, arguments[0]);
  gc_init(self, &self->iterator, iterator);
  return value_from_cell(self);
}

static int functional_test(const Functional *self, Value item) {
  Value verdict = value_call_1(self->function, item);
  return verdict ? value_truth(verdict) : -1;
}

static Value functional_reduce(Value value) {
  Functional *self = (Functional *)value_cell(value);
  return tuple_of(2, class_of(value), tuple_of(2, self->function, self->iterator));
}

static Value functional_reduce_with_flag(Value value) {
  Functional *self = (Functional *)value_cell(value);
  return tuple_of(3, class_of(value), tuple_of(2, self->function, self->iterator), value_from_small_int(self->decided));
}

static Value functional_set_state(Value value, Value state) {
  int truth = value_truth(state);
  if (truth < 0) return NULL;
  ((Functional *)value_cell(value))->decided = truth;
  return VALUE_NONE;
}

static Value drop_while_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  return functional_create("dropwhile", class, arguments, count, keyword_names);
}
static Value drop_while_next(Value value) {
  Functional *self = (Functional *)value_cell(value);
  for (;;) {
    Value item = iterator_next(self->iterator);
    if (!item || item == VALUE_STOP || self->decided) return item;
    int drop = functional_test(self, item);
    if (drop < 0) return NULL;
    if (!drop) {
      self->decided = true;
      return item;
    }
    safepoint_poll();
  }
}

static Value take_while_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  return functional_create("takewhile", class, arguments, count, keyword_names);
}
static Value take_while_next(Value value) {
  Functional *self = (Functional *)value_cell(value);
  if (self->decided) return VALUE_STOP;
  Value item = iterator_next(self->iterator);
  if (!item || item == VALUE_STOP) return item;
  int take = functional_test(self, item);
  if (take) return take > 0 ? item : NULL;
  self->decided = true;
  return VALUE_STOP;
}

static Value filter_false_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  return functional_create("filterfalse", class, arguments, count, keyword_names);
}
static Value filter_false_next(Value value) {
  Functional *self = (Functional *)value_cell(value);
  bool by_truth = self->function == VALUE_NONE || self->function == value_from_cell(BUILTIN(BOOL));
  for (;;) {
    Value item = iterator_next(self->iterator);
    if (!item || item == VALUE_STOP) return item;
    int truth = by_truth ? value_truth(item) : functional_test(self, item);
    if (truth <= 0) return truth < 0 ? NULL : item;
    safepoint_poll();
  }
}

static Value star_map_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  return functional_create("starmap", class, arguments, count, keyword_names);
}
static Value star_map_next(Value value) {
  Functional *self = (Functional *)value_cell(value);
  Value item = iterator_next(self->iterator);
  if (!item || item == VALUE_STOP) return item;
  Value call_arguments = value_to_tuple(item);
  return call_arguments ? value_call_tuple(self->function, call_arguments, NULL) : NULL;
}

#define FUNCTIONAL(prefix, name, signature, reduce, ...)                                                               \
  static const NativeMethod prefix##_methods[] = {                                                                     \
      NATIVE("__new__", prefix##_create, NULL, "Create the iterator.", NATIVE_STATIC),                                 \
      ITERATOR_ENTRIES(prefix##_next),                                                                                 \
      REDUCE_ENTRY(reduce),                                                                                            \
      __VA_ARGS__ __VA_OPT__(, ){},                                                                                    \
  };                                                                                                                   \
  ITERTOOLS_CLASS(prefix##_class, "itertools." name, Functional, function, iterator, prefix##_methods, name signature)
FUNCTIONAL(drop_while, "dropwhile", "(predicate, iterable, /)\n--\n\nThe items from the first that fails on.",
           functional_reduce_with_flag, SET_STATE_ENTRY(functional_set_state))
FUNCTIONAL(take_while, "takewhile", "(predicate, iterable, /)\n--\n\nThe items up to the first that fails.",
           functional_reduce_with_flag, SET_STATE_ENTRY(functional_set_state))
FUNCTIONAL(filter_false, "filterfalse", "(function, iterable, /)\n--\n\nThe items for which function(item) is false.",
           functional_reduce)
FUNCTIONAL(star_map, "starmap", "(function, iterable, /)\n--\n\nfunction(*item) for each item.", functional_reduce)

// islice

typedef struct Islice {
  StepIterator base;
  Value iterator; // zero: exhausted
  ptrdiff_t next; // number of the next item to give
  ptrdiff_t stop; // -1: none
  ptrdiff_t step;
  ptrdiff_t position; // items taken from the iterator
} Islice;

static bool islice_number(Value value, ptrdiff_t otherwise, ptrdiff_t minimum, const char *message, ptrdiff_t *number) {
  *number = otherwise;
  if (value == VALUE_NONE) return true;
  if (!value_as_size(value, number, CLASS_OVERFLOW_ERROR))
    exception_clear();
  else if (*number >= minimum)
    return true;
  raise_value_error("%s", message);
  return false;
}

static Value islice_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  static const char stop_message[] = "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
  static const char message[] = "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
  if (!refuse_keywords("islice", own_keywords(class, keyword_names)) || !arguments_check_count("islice", count, 2, 4))
    return NULL;
  ptrdiff_t start = 0, stop, step = 1;
  if (count == 2) {
    if (!islice_number(arguments[1], -1, 0, stop_message, &stop)) return NULL;
  } else {
    if (!islice_number(arguments[2], -1, 0, stop_message, &stop)) return NULL;
    if (!islice_number(arguments[1], 0, 0, message, &start)) return NULL;
    if (count == 4 &&
        !islice_number(arguments[3], 1, 1, "Step for islice() must be a positive integer or None.", &step))
      return NULL;
  }
  Value iterator = value_iterate(arguments[0]);
  Islice *self = iterator ? class_allocate(value_as_class(class), 0) : NULL;
  if (!self) return NULL;
  gc_init(self, &self->iterator, iterator);
  self->next = start;
  self->stop = stop;
  self->step = step;
  self->base.is_plain = iterator_is_plain(iterator);
  return value_from_cell(self);
}

static Value islice_step(Value value) {
  Islice *self = (Islice *)value_cell(value);
  Value iterator = gc_load(&self->iterator), item;
  if (!iterator) return VALUE_STOP;
  ptrdiff_t stop = self->stop;
  for (; self->position < self->next; self->position++) {
    item = iterator_next(iterator);
    if (!item || item == VALUE_STOP) goto over;
    safepoint_poll();
  }
  item = VALUE_STOP;
  if (stop != -1 && self->position >= stop) goto over;
  item = iterator_next(iterator);
  if (!item || item == VALUE_STOP) goto over;
  self->position++;
  ptrdiff_t next;
  if (__builtin_add_overflow(self->next, self->step, &next) || (stop != -1 && next > stop)) next = stop;
  self->next = next;
  return item;
over:
  gc_store(self, &self->iterator, NULL);
  return item;
}

static Value islice_next(Value value) {
  return step_whole(value, islice_step);
}

static Value islice_reduce(Value value) {
  Islice *self = (Islice *)value_cell(value);
  Value class = class_of(value), zero = value_from_small_int(0), iterator = self->iterator;
  if (!iterator) {
    Value nothing = value_iterate(tuple_new(NULL, 0));
    return tuple_of(3, class, tuple_of(2, nothing, zero), zero);
  }
  Value stop = self->stop == -1 ? VALUE_NONE : int_from_int64(self->stop);
  return tuple_of(3, class, tuple_of(4, iterator, int_from_int64(self->next), stop, int_from_int64(self->step)),
                  int_from_int64(self->position));
}

static Value islice_set_state(Value value, Value state) {
  ptrdiff_t position;
  if (!value_as_size(state, &position, CLASS_OVERFLOW_ERROR)) return NULL;
  ((Islice *)value_cell(value))->position = position;
  return VALUE_NONE;
}

static const NativeMethod islice_methods[] = {
    NATIVE("__new__", islice_create, NULL, "Create an islice.", NATIVE_STATIC),
    ITERATOR_ENTRIES(islice_next),
    REDUCE_ENTRY(islice_reduce),
    SET_STATE_ENTRY(islice_set_state),
    {},
};
ITERTOOLS_CLASS(islice_class, "itertools.islice", Islice, iterator, iterator, islice_methods,
                "islice(iterable, stop)\nislice(iterable, start, stop[, step])\n\nSelected items, as a slice selects.",
                CLASS_STEP_ITERATOR)

// pairwise

typedef struct Pairwise {
  StepIterator step;
  Value iterator; // zero: exhausted
  Value old;      // zero: nothing yet
} Pairwise;

static Value pairwise_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  if (!refuse_keywords("pairwise", own_keywords(class, keyword_names)) ||
      !arguments_check_count("pairwise", count, 1, 1))
    return NULL;
  Value iterator = value_iterate(arguments[0]);
  Pairwise *self = iterator ? class_allocate(value_as_class(class), 0) : NULL;
  if (!self) return NULL;
  gc_init(self, &self->iterator, iterator);
  self->step.is_plain = iterator_is_plain(iterator);
  return value_from_cell(self);
}

static Value pairwise_step(Value value) {
  Pairwise *self = (Pairwise *)value_cell(value);
  Value iterator = gc_load(&self->iterator), old = gc_load(&self->old), item = VALUE_STOP;
  if (!iterator) return VALUE_STOP;
  if (!old) {
    old = iterator_next(iterator);
    if (!old || old == VALUE_STOP) {
      gc_store(self, &self->iterator, NULL);
      return old;
    }
    gc_store(self, &self->old, old);
    // Taking the first item may have used up the whole iterator.
    if (!gc_load(&self->iterator)) {
      gc_store(self, &self->old, NULL);
      return VALUE_STOP;
    }
  }
  item = iterator_next(iterator);
  if (!item || item == VALUE_STOP) {
    gc_store(self, &self->iterator, NULL);
    gc_store(self, &self->old, NULL);
    return item;
  }
  gc_store(self, &self->old, item);
  return tuple_of(2, old, item);
}

static Value pairwise_next(Value value) {
  return step_whole(value, pairwise_step);
}

static const NativeMethod pairwise_methods[] = {
    NATIVE("__new__", pairwise_create, NULL, "Create a pairwise object.", NATIVE_STATIC),
    ITERATOR_ENTRIES(pairwise_next),
    {},
};
ITERTOOLS_CLASS(pairwise_class, "itertools.pairwise", Pairwise, iterator, old, pairwise_methods,
                "pairwise(iterable, /)\n--\n\nOverlapping pairs of neighbouring items.", CLASS_STEP_ITERATOR)

// repeat

typedef struct Repeat {
  Cell head;
  Value element;
  ptrdiff_t left; // -1: for ever
} Repeat;

static Value repeat_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  Value given[2];
  PARSE("repeat", "(object, times=<unrepresentable>)", given);
  ptrdiff_t times = -1;
  if (given[1]) {
    if (!value_as_size(given[1], &times, CLASS_OVERFLOW_ERROR)) return NULL;
    if (times < 0) times = 0;
  }
  Repeat *self = class_allocate(value_as_class(class), 0);
  if (!self) return NULL;
  gc_init(self, &self->element, given[0]);
  self->left = times;
  return value_from_cell(self);
}

static Value repeat_next(Value value) {
  Repeat *self = (Repeat *)value_cell(value);
  for (;;) {
    size_t left = position_load((size_t *)&self->left);
    if (left == 0) return VALUE_STOP;
    if (left == SIZE_MAX || position_advance((size_t *)&self->left, left, left - 1)) return self->element;
  }
}

static Value repeat_repr(Value value) {
  Repeat *self = (Repeat *)value_cell(value);
  if (self->left == -1) return str_format_c("%s(%R)", "repeat", self->element);
  return str_format_c("%s(%R, %zd)", "repeat", self->element, self->left);
}

static Value repeat_length_hint(Value value) {
  Repeat *self = (Repeat *)value_cell(value);
  if (self->left == -1) return raise_type_error("len() of unsized object");
  return int_from_int64(self->left);
}

static Value repeat_reduce(Value value) {
  Repeat *self = (Repeat *)value_cell(value);
  return tuple_of(2, class_of(value),
                  self->left == -1 ? tuple_of(1, self->element)
                                   : tuple_of(2, self->element, int_from_int64(self->left)));
}

static const NativeMethod repeat_methods[] = {
    NATIVE("__new__", repeat_create, NULL, "Create a repeat object.", NATIVE_STATIC),
    ITERATOR_ENTRIES(repeat_next),
    NATIVE("__repr__", repeat_repr, "($self, /)", "Return repr(self)."),
    NATIVE("__length_hint__", repeat_length_hint, NULL, "How many items are left."),
    REDUCE_ENTRY(repeat_reduce),
    {},
};
ITERTOOLS_CLASS(repeat_class, "itertools.repeat", Repeat, element, element, repeat_methods,
                "repeat(object [,times])\n\nThe object, the given number of times or for ever.", CLASS_PLAIN_ITERATOR)

// zip_longest

typedef struct ZipLongest {
  StepIterator step;
  Value iterators; // list: None in place of an exhausted one
  Value fill;
  size_t active;
} ZipLongest;

static Value zip_longest_create(Value class, Value *arguments, size_t count, Value keyword_names) {
  Value fill = VALUE_NONE;
  keyword_names = own_keywords(class, keyword_names);
  for (size_t i = 0; keyword_names && i < tuple_count(keyword_names); i++) {
    if (!str_equals_c(tuple_item(keyword_names, i), "fillvalue"))
      return raise_type_error("zip_longest() got an unexpected keyword argument");
    fill = arguments[count + i];
  }
  Value iterators = list_new_sized(count);
  bool all_plain = true;
  for (size_t i = 0; i < count; i++) {
    Value iterator = value_iterate(arguments[i]);
    if (!iterator || !list_append(iterators, iterator)) return NULL;
    all_plain = all_plain && iterator_is_plain(iterator);
  }
  ZipLongest *self = class_allocate(value_as_class(class), 0);
  if (!self) return NULL;
  gc_init(self, &self->iterators, iterators);
  gc_init(self, &self->fill, fill);
  self->active = count;
  self->step.is_plain = all_plain;
  return value_from_cell(self);
}

static Value zip_longest_step(Value value) {
  ZipLongest *self = (ZipLongest *)value_cell(value);
  size_t count = list_count(self->iterators);
  if (count == 0 || self->active == 0) return VALUE_STOP;
  Tuple *result = tuple_allocate(count);
  if (!result) return NULL;
  for (size_t i = 0; i < count; i++) {
    Value iterator = list_item(self->iterators, i), item = self->fill;
    if (iterator != VALUE_NONE) {
      item = iterator_next(iterator);
      if (!item) {
        self->active = 0;
        return NULL;
      }
      if (item == VALUE_STOP) {
        if (self->active > 0) self->active--;
        if (self->active == 0) return VALUE_STOP;
        list_set_item(self->iterators, i, VALUE_NONE);
        item = self->fill;
      }
    }
    gc_store(result, &result->items[i], item);
  }
  return value_from_cell(result);
}

static Value zip_longest_next(Value value) {
  return step_whole(value, zip_longest_step);
}

static Value zip_longest_reduce(Value value) {
  ZipLongest *self = (ZipLongest *)value_cell(value);
  Value iterators = list_copy(self->iterators);
  for (size_t i = 0; iterators && i < list_count(iterators); i++)
    if (list_item(iterators, i) == VALUE_NONE) list_set_item(iterators, i, tuple_new(NULL, 0));
  return iterators ? tuple_of(3, class_of(value), list_to_tuple(iterators), self->fill) : NULL;
}

static Value zip_longest_set_state(Value value, Value state) {
  ZipLongest *self = (ZipLongest *)value_cell(value);
  gc_store(self, &self->fill, state);
  return VALUE_NONE;
}

static const NativeMethod zip_longest_methods[] = {
    NATIVE("__new__", zip_longest_create, NULL, "Create a zip_longest object.", NATIVE_STATIC),
    ITERATOR_ENTRIES(zip_longest_next),
    REDUCE_ENTRY(zip_longest_reduce),
    SET_STATE_ENTRY(zip_longest_set_state),
    {},
};
ITERTOOLS_CLASS(zip_longest_class, "itertools.zip_longest", ZipLongest, iterators, fill, zip_longest_methods,
                "zip_longest(*iterables, fillvalue=None)\n\nAs zip(), but until the longest iterable ends.",
                CLASS_STEP_ITERATOR)
