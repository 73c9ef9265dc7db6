// Exception groups: construction with its checks, derive, split, subgroup, and what except* needs.
//
// Threads: groups are immutable but for the fields of every exception.
#include "runtime/object/exception_group.h"
#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/function.h"
#include "runtime/object/generic_alias.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"

Class *exception_group_class;

static ExceptionGroup *as_group(Value value) {
  return (ExceptionGroup *)value_cell(value);
}
static bool is_group(Value value) {
  return value_is_instance(value, BUILTIN(BASE_EXCEPTION_GROUP));
}

static Value group_new(Value class_value, Value *arguments, size_t count, [[maybe_unused]] Value keyword_names) {
  Class *class = value_as_class(class_value);
  if (count != 2) return raise_type_error("BaseExceptionGroup.__new__() takes exactly 2 arguments (%zu given)", count);
  if (!value_is_str(arguments[0])) return raise_type_error("argument 1 must be str, not %T", arguments[0]);
  if (value_special(arguments[1], SPECIAL_GETITEM) == NULL || value_is_dict(arguments[1]))
    return raise_type_error("second argument (exceptions) must be a sequence");
  Value exceptions = value_to_tuple(arguments[1]);
  if (!exceptions) return NULL;
  size_t members = tuple_count(exceptions);
  if (members == 0) return raise_value_error("second argument (exceptions) must be a non-empty sequence");
  bool only_exceptions = true;
  for (size_t i = 0; i < members; i++) {
    Value item = tuple_item(exceptions, i);
    if (!value_is_exception(item))
      return raise_value_error("Item %zu of second argument (exceptions) is not an exception", i);
    if (!class_is_subclass(value_class(item), BUILTIN(EXCEPTION))) only_exceptions = false;
  }
  if (class == exception_group_class && !only_exceptions)
    return raise_type_error("Cannot nest BaseExceptions in an ExceptionGroup");
  if (class == BUILTIN(BASE_EXCEPTION_GROUP) && only_exceptions) {
    class = exception_group_class;
  } else if (class != exception_group_class && class != BUILTIN(BASE_EXCEPTION_GROUP) && !only_exceptions &&
             class_is_subclass(class, BUILTIN(EXCEPTION))) {
    return raise_type_error("Cannot nest BaseExceptions in '%.200N'", class);
  }
  Value tuple = tuple_new(arguments, count);
  if (!tuple) return NULL;
  ExceptionGroup *group = class_allocate(class, 0);
  if (!group) return NULL;
  gc_init(group, &group->base.arguments, tuple);
  gc_init(group, &group->base.suppress_context, VALUE_FALSE);
  gc_init(group, &group->message, arguments[0]);
  gc_init(group, &group->exceptions, exceptions);
  return value_from_cell(group);
}

static Value group_init(Value self, [[maybe_unused]] Value *arguments, [[maybe_unused]] size_t count,
                        Value keyword_names) {
  return arguments_check_none_by_keyword(value_class_name(self), keyword_names) ? VALUE_NONE : NULL;
}

static Value group_str(Value self) {
  size_t count = tuple_count(as_group(self)->exceptions);
  return str_format_c("%S (%zu sub-exception%s)", as_group(self)->message, count, count == 1 ? "" : "s");
}

static Value group_derive(Value self, Value exceptions) {
  return value_call_2(value_from_cell(BUILTIN(BASE_EXCEPTION_GROUP)), as_group(self)->message, exceptions);
}

// A group like `original` with other members: made by its derive(), and given its context, cause, traceback and notes.
static Value derive_with_state(Value original, Value list) {
  Value derived = value_call_method_1(original, "derive", list);
  if (!derived) return NULL;
  if (!is_group(derived)) return raise_type_error("derive must return an instance of BaseExceptionGroup");
  Exception *from = &as_group(original)->base, *to = &as_group(derived)->base;
  gc_store(to, &to->traceback, from->traceback);
  gc_store(to, &to->context, from->context);
  gc_store(to, &to->cause, from->cause);
  Value notes;
  int found = value_find_attribute(original, NAME(__notes__), &notes);
  if (found < 0) return NULL;
  if (found && value_special(
                   notes, SPECIAL_GETITEM)) { // the notes may have been replaced by anything: only sequences are copied
    Value copy = value_to_list(notes);
    if (!copy || !value_set_attribute(derived, NAME(__notes__), copy)) return NULL;
  }
  return derived;
}

// What decides whether an exception belongs to the matching half.
typedef enum MatcherKind { MATCH_TYPE, MATCH_PREDICATE, MATCH_MEMBERS } MatcherKind;
typedef struct Matcher {
  MatcherKind kind;
  Value value;
} Matcher;

static int matcher_matches(const Matcher *matcher, Value exception) {
  switch (matcher->kind) {
  case MATCH_TYPE:
    return exception_matches(exception, matcher->value);
  case MATCH_PREDICATE: {
    Value result = value_call_1(matcher->value, exception);
    return result ? value_truth(result) : -1;
  }
  default: // a list of leaves, by identity
    for (size_t i = 0; i < list_count(matcher->value); i++)
      if (list_item(matcher->value, i) == exception) return 1;
    return 0;
  }
}

// *match and *rest: None where nothing falls. `rest` may be NULL if nobody asks.
static bool split(Value exception, const Matcher *matcher, Value *match, Value *rest) {
  *match = VALUE_NONE;
  if (rest) *rest = VALUE_NONE;
  int whole = matcher->kind == MATCH_MEMBERS && is_group(exception) ? 0 : matcher_matches(matcher, exception);
  if (whole < 0) return false;
  if (whole) {
    *match = exception;
    return true;
  }
  if (!is_group(exception)) {
    if (rest) *rest = exception;
    return true;
  }
  Value members = as_group(exception)->exceptions;
  Value matching = list_new(NULL, 0), others = list_new(NULL, 0);
  if (!matching || !others) return false;
  for (size_t i = 0; i < tuple_count(members); i++) {
    Value part, left;
    if (!recursion_enter(" in exceptiongroup_split_recursive")) return false;
    bool done = split(tuple_item(members, i), matcher, &part, &left);
    recursion_leave();
    if (!done || (part != VALUE_NONE && !list_append(matching, part)) ||
        (left != VALUE_NONE && !list_append(others, left)))
      return false;
  }
  if (list_count(matching) && !(*match = derive_with_state(exception, matching))) return false;
  if (rest && list_count(others) && !(*rest = derive_with_state(exception, others))) return false;
  return true;
}

static bool is_exception_class(Value value) {
  return value_is_class(value) && class_is_subclass(value_as_class(value), BUILTIN(BASE_EXCEPTION));
}

static bool make_matcher(Value condition, Matcher *matcher) {
  *matcher = (Matcher){MATCH_TYPE, condition};
  if (is_exception_class(condition)) return true;
  if (value_is_tuple(condition)) {
    bool all = true;
    for (size_t i = 0; i < tuple_count(condition); i++) all = all && is_exception_class(tuple_item(condition, i));
    if (all) return true;
  } else if (value_is_function(condition) || (value_is_callable(condition) && !value_is_class(condition))) {
    matcher->kind = MATCH_PREDICATE;
    return true;
  }
  raise_type_error("expected a function, exception type or tuple of exception types");
  return false;
}

static Value group_split(Value self, Value condition) {
  Matcher matcher;
  Value match, rest;
  if (!make_matcher(condition, &matcher) || !split(self, &matcher, &match, &rest)) return NULL;
  return tuple_of(2, match, rest);
}

static Value group_subgroup(Value self, Value condition) {
  Matcher matcher;
  Value match;
  return make_matcher(condition, &matcher) && split(self, &matcher, &match, NULL) ? match : NULL;
}

const NativeMethod ExceptionGroup_methods[] = {
    NATIVE("__new__", group_new, NULL, "Create a group from a message and a sequence of exceptions.", NATIVE_STATIC),
    NATIVE("__init__", group_init, "($self, /, *args, **kwargs)", "Initialize (all is done by __new__)."),
    NATIVE("__str__", group_str, "($self, /)", "The message and the number of exceptions."),
    NATIVE("derive", group_derive, "($self, excs, /)", "A group with the same message and other exceptions."),
    NATIVE("split", group_split, "($self, condition, /)",
           "A pair of groups: what matches the condition, and the rest."),
    NATIVE("subgroup", group_subgroup, "($self, condition, /)", "The group of what matches the condition, or None."),
    NATIVE("__class_getitem__", generic_alias_new, "($type, item, /)", "See PEP 585.", NATIVE_CLASS),
    {}};
const NativeProperty ExceptionGroup_properties[] = {{}};
const NativeMember ExceptionGroup_members[] = {
    {"message", MEMBER_VALUE, false, offsetof(ExceptionGroup, message), "exception message"},
    {"exceptions", MEMBER_VALUE, false, offsetof(ExceptionGroup, exceptions), "nested exceptions"},
    {}};

bool exception_group_prepare(void) {
  heap_add_root_range((Value *)&exception_group_class, 1);
  Value bases = tuple_of(2, value_from_cell(BUILTIN(BASE_EXCEPTION_GROUP)), value_from_cell(BUILTIN(EXCEPTION)));
  Value namespace_dict = dict_new();
  Value name = str_intern_c("ExceptionGroup");
  if (!bases || !namespace_dict || !name || !dict_set_c(namespace_dict, "__module__", NAME(builtins))) return false;
  Value class = class_create(BUILTIN(TYPE), name, bases, namespace_dict, NULL, NULL);
  if (!class) return false;
  exception_group_class = value_as_class(class);
  return true;
}

bool exception_group_match(Value exception, Value type, Value *match, Value *rest) {
  *match = VALUE_NONE;
  *rest = exception;
  // Groups are taken apart; naming a group class there can only be a mistake.
  size_t count = value_is_tuple(type) ? tuple_count(type) : 1;
  for (size_t i = 0; i < count; i++) {
    Value item = value_is_tuple(type) ? tuple_item(type, i) : type;
    if (!is_exception_class(item)) {
      raise_type_error("catching classes that do not inherit from BaseException is not allowed");
      return false;
    }
    if (class_is_subclass(value_as_class(item), BUILTIN(BASE_EXCEPTION_GROUP))) {
      raise_type_error("catching ExceptionGroup with except* is not allowed. Use except instead.");
      return false;
    }
  }
  if (!is_group(exception)) {
    int matches = exception_matches(exception, type);
    if (matches <= 0) return matches == 0;
    Value tuple = tuple_new(&exception, 1);
    Value arguments[2] = {str_from_c(""), tuple};
    if (!arguments[0] || !tuple) return false;
    Value group = value_call(value_from_cell(BUILTIN(BASE_EXCEPTION_GROUP)), arguments, 2, NULL);
    if (!group) return false;
    Exception *from = (Exception *)value_cell(exception), *to = &as_group(group)->base;
    gc_store(to, &to->traceback, from->traceback);
    *match = group;
    *rest = VALUE_NONE;
    return true;
  }
  Matcher matcher = {MATCH_TYPE, type};
  return split(exception, &matcher, match, rest);
}

// All leaves of `exception` into `list`.
static bool collect_leaves(Value exception, Value list) {
  if (!is_group(exception)) return list_append(list, exception);
  if (!recursion_enter(" in collecting exceptions")) return false;
  Value members = as_group(exception)->exceptions;
  bool done = true;
  for (size_t i = 0; done && i < tuple_count(members); i++) done = collect_leaves(tuple_item(members, i), list);
  recursion_leave();
  return done;
}

// Was `exception` only re-raised, or is it a new one? Re-raised parts of a group carry the group's traceback, cause and
// context.
static bool is_same_origin(Value a, Value b) {
  const Exception *x = (Exception *)value_cell(a), *y = (Exception *)value_cell(b);
  return x->traceback == y->traceback && x->cause == y->cause && x->context == y->context;
}

Value exception_group_reraise(Value original, Value list) {
  size_t count = list_count(list);
  if (count == 0) return VALUE_NONE;
  if (!is_group(original)) {
    Value only = list_item(list, 0); // a naked exception: raised anew, or unhandled
    return only;
  }
  Value raised = list_new(NULL, 0), leaves = list_new(NULL, 0);
  if (!raised || !leaves) return NULL;
  for (size_t i = 0; i < count; i++) {
    Value item = list_item(list, i);
    if (item == VALUE_NONE) continue;
    if (is_group(item) && is_same_origin(item, original)) {
      if (!collect_leaves(item, leaves)) return NULL;
    } else if (!list_append(raised, item)) {
      return NULL;
    }
  }
  Value reraised = VALUE_NONE;
  if (list_count(leaves)) {
    Matcher matcher = {MATCH_MEMBERS, leaves};
    if (!split(original, &matcher, &reraised, NULL)) return NULL;
  }
  if (list_count(raised) == 0) return reraised;
  if (reraised != VALUE_NONE && !list_append(raised, reraised)) return NULL;
  Value message = str_from_c("");
  return message ? value_call_2(value_from_cell(BUILTIN(BASE_EXCEPTION_GROUP)), message, raised) : NULL;
}
