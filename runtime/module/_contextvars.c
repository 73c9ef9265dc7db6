// The module _contextvars: ContextVar, Context, Token.
//
// A Context refers to a dict from variable to value that it may share with its copies; whoever wants to change a shared
// one copies it first, so that copying a context costs nothing.
//
// Threads: a context is entered by one thread at a time and changed only by the thread that is in it; others may read
// or copy it. Once there are several threads every dict counts as shared, so that one which has been published never
// changes.
#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/generic_alias.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

static struct {
  Class *context, *variable, *token, *missing;
  Value token_missing; // Token.MISSING
} state;

typedef struct Context {
  Cell head;
  Value variables; // dict, possibly shared
  Value previous;  // the context to go back to while this one is entered
  // ---- end of values
  _Atomic bool shared; // `variables` belongs to several contexts
  _Atomic bool entered;
} Context;
typedef struct Variable {
  Cell head;
  Value name, otherwise; // otherwise: the default, zero if there is none
} Variable;
typedef struct Token {
  Cell head;
  Value context, variable, old; // old: zero if the variable was not set
  // ---- end of values
  bool used;
} Token;
static const CellType context_cell_type = {.name = "Context", CELL_VALUES(Context, variables, previous)};
static const CellType variable_cell_type = {.name = "ContextVar", CELL_VALUES(Variable, name, otherwise)};
static const CellType token_cell_type = {.name = "Token", CELL_VALUES(Token, context, old)};

static Context *as_context(Value value) {
  return (Context *)value_cell(value);
}
static Variable *as_variable(Value value) {
  return (Variable *)value_cell(value);
}
static Token *as_token(Value value) {
  return (Token *)value_cell(value);
}

// ---- Context ----

static Value context_create(void) {
  Value variables = dict_new();
  Context *context = variables ? class_allocate(state.context, 0) : NULL;
  if (!context) return NULL;
  gc_init(context, &context->variables, variables);
  return value_from_cell(context);
}

static Value current_context(void) {
  Thread *thread = thread_current();
  if (!thread->context) {
    thread->context = context_create();
    if (thread->context) as_context(thread->context)->entered = true;
  }
  return thread->context;
}

static Value context_copy(Value self) {
  Context *from = as_context(self), *copy = class_allocate(state.context, 0);
  if (!copy) return NULL;
  from->shared = copy->shared = true;
  gc_init(copy, &copy->variables, gc_load(&from->variables));
  return value_from_cell(copy);
}
static Value copy_context(void) {
  Value current = current_context();
  return current ? context_copy(current) : NULL;
}

static bool context_set(Context *context, Value variable, Value value) {
  bool copies = context->shared || threads_started;
  Value variables = copies ? dict_copy(context->variables) : context->variables;
  if (!variables) return false;
  bool done = value ? dict_set(variables, variable, value) : dict_delete(variables, variable) >= 0;
  if (!done || !copies) return done;
  gc_store(context, &context->variables, variables);
  context->shared = false;
  return true;
}

static Value context_new(Value class, Value *arguments, size_t count, Value keyword_names) {
  (void)class, (void)arguments;
  if (count || keyword_names) return raise_type_error("Context() does not accept any arguments");
  return context_create();
}

static Value context_run(Value self, Value *arguments, size_t count, Value keyword_names) {
  if (count == 0) return raise_type_error("run() missing 1 required positional argument");
  Context *context = as_context(self);
  if (atomic_exchange(&context->entered, true))
    return raise(CLASS_RUNTIME_ERROR, "cannot enter context: %R is already entered", self);
  Thread *thread = thread_current();
  gc_store(context, &context->previous, thread->context);
  thread->context = self;
  Value result = value_call(arguments[0], arguments + 1, count - 1, keyword_names);
  thread->context = context->previous;
  gc_store(context, &context->previous, NULL);
  context->entered = false;
  return result;
}

static bool check_key(Value key) {
  if (value_class(key) == state.variable) return true;
  raise_type_error("a ContextVar key was expected, got %R", key);
  return false;
}
static Value context_get_item(Value self, Value key) {
  if (!check_key(key)) return NULL;
  Value value = dict_get(gc_load(&as_context(self)->variables), key);
  return value ? value : raise_key_error(key);
}
static Value context_contains(Value self, Value key) {
  if (!check_key(key)) return NULL;
  return value_from_bool(dict_get(gc_load(&as_context(self)->variables), key) != NULL);
}
static Value context_get(Value self, Value key, Value otherwise) {
  if (!check_key(key)) return NULL;
  Value value = dict_get(gc_load(&as_context(self)->variables), key);
  return value ? value : otherwise ? otherwise : VALUE_NONE;
}
static Value context_length(Value self) {
  return int_from_size(dict_count(gc_load(&as_context(self)->variables)));
}
// Views show the variables as they are now: a later change replaces or copies the dict.
static Value view(Value self, const char *method) {
  Context *context = as_context(self);
  context->shared = true;
  return value_call_method_0(context->variables, method);
}
static Value context_iterate(Value self) {
  Value keys = view(self, "keys");
  return keys ? value_iterate(keys) : NULL;
}
static Value context_keys(Value self) {
  return view(self, "keys");
}
static Value context_values(Value self) {
  return view(self, "values");
}
static Value context_items(Value self) {
  return view(self, "items");
}
static Value context_equal(Value self, Value other) {
  if (value_class(other) != state.context) return VALUE_NOT_IMPLEMENTED;
  return value_compare(COMPARE_EQUAL, as_context(self)->variables, as_context(other)->variables);
}
static Value context_not_equal(Value self, Value other) {
  Value equal = context_equal(self, other);
  return equal && equal != VALUE_NOT_IMPLEMENTED ? value_from_bool(equal == VALUE_FALSE) : equal;
}

static const NativeMethod context_methods[] = {
    NATIVE("__new__", context_new, NULL, "Create an empty context.", NATIVE_STATIC),
    NATIVE("__len__", context_length, "($self, /)", "How many variables are set."),
    NATIVE("__iter__", context_iterate, "($self, /)", "Iterate over the variables."),
    NATIVE("__contains__", context_contains, "($self, key, /)", "Is a variable set?"),
    NATIVE("__getitem__", context_get_item, "($self, key, /)", "The value of a variable."),
    NATIVE("__eq__", context_equal, "($self, value, /)", "Return self==value."),
    NATIVE("__ne__", context_not_equal, "($self, value, /)", "Return self!=value."),
    NATIVE("copy", context_copy, "($self, /)", "A copy."),
    NATIVE("get", context_get, "($self, key, default=None, /)", "The value of a variable, or a default."),
    NATIVE("items", context_items, "($self, /)", "Variables and values."),
    NATIVE("keys", context_keys, "($self, /)", "The variables."),
    NATIVE("values", context_values, "($self, /)", "The values."),
    NATIVE("run", context_run, NULL, "Call a function in this context."),
    {}};
static const ClassDef context_class = {.name = "_contextvars.Context",
                                       .doc = "A mapping from context variables to values.",
                                       .cell_type = &context_cell_type,
                                       .instance_size = sizeof(Context),
                                       .flags = CLASS_IMMUTABLE | CLASS_HAS_WEAKREF | CLASS_UNHASHABLE,
                                       .methods = context_methods};

// ---- ContextVar ----

static Value variable_new(Value class, Value name, Value otherwise) {
  (void)class;
  if (!value_is_str(name)) return raise_type_error("context variable name must be a str");
  Variable *variable = class_allocate(state.variable, 0);
  if (!variable) return NULL;
  gc_init(variable, &variable->name, name);
  gc_init(variable, &variable->otherwise, otherwise);
  return value_from_cell(variable);
}
static Value variable_get(Value self, Value otherwise) {
  Value context = thread_current()->context;
  Value value = context ? dict_get(as_context(context)->variables, self) : NULL;
  if (value) return value;
  if (otherwise) return otherwise;
  return as_variable(self)->otherwise ? as_variable(self)->otherwise : raise_value(CLASS_LOOKUP_ERROR, self);
}
static Value variable_set(Value self, Value value) {
  Value context = current_context();
  Token *token = context ? class_allocate(state.token, 0) : NULL;
  if (!token) return NULL;
  gc_init(token, &token->context, context);
  gc_init(token, &token->variable, self);
  gc_init(token, &token->old, dict_get(as_context(context)->variables, self));
  return context_set(as_context(context), self, value) ? value_from_cell(token) : NULL;
}
static Value variable_reset(Value self, Value token_value) {
  if (value_class(token_value) != state.token)
    return raise_type_error("expected an instance of Token, got %R", token_value);
  Token *token = as_token(token_value);
  if (token->used) return raise(CLASS_RUNTIME_ERROR, "%R has already been used once", token_value);
  if (token->variable != self) return raise_value_error("%R was created by a different ContextVar", token_value);
  Value context = current_context();
  if (!context) return NULL;
  if (token->context != context) return raise_value_error("%R was created in a different Context", token_value);
  token->used = true;
  return context_set(as_context(context), self, token->old) ? VALUE_NONE : NULL;
}
static Value variable_repr(Value self) {
  Variable *variable = as_variable(self);
  if (variable->otherwise)
    return str_format_c("<ContextVar name=%R default=%R at %p>", variable->name, variable->otherwise, value_cell(self));
  return str_format_c("<ContextVar name=%R at %p>", variable->name, value_cell(self));
}
static const NativeMethod variable_methods[] = {
    NATIVE("__new__", variable_new, "($type, name, /, *, default=<unrepresentable>)", "Create a variable.",
           NATIVE_STATIC),
    NATIVE("__repr__", variable_repr, "($self, /)", "Name and address."),
    NATIVE("__class_getitem__", generic_alias_new, "($type, item, /)", "See PEP 585.", NATIVE_CLASS),
    NATIVE("get", variable_get, "($self, default=<unrepresentable>, /)", "The value in the current context."),
    NATIVE("set", variable_set, "($self, value, /)", "Set the value in the current context; returns a token."),
    NATIVE("reset", variable_reset, "($self, token, /)", "Go back to the value before a token was made."),
    {}};
static const NativeMember variable_members[] = {{"name", MEMBER_VALUE, false, offsetof(Variable, name), NULL}, {}};
static const ClassDef variable_class = {.name = "_contextvars.ContextVar",
                                        .doc = "A variable whose value depends on the context.",
                                        .cell_type = &variable_cell_type,
                                        .instance_size = sizeof(Variable),
                                        .flags = CLASS_IMMUTABLE,
                                        .methods = variable_methods,
                                        .members = variable_members};

// ---- Token ----

static Value token_old_value(Value self) {
  return as_token(self)->old ? as_token(self)->old : state.token_missing;
}
static Value token_variable(Value self) {
  return as_token(self)->variable;
}
static Value token_repr(Value self) {
  return str_format_c("<Token%s var=%R at %p>", as_token(self)->used ? " used" : "", as_token(self)->variable,
                      value_cell(self));
}
static Value token_new(Value class, Value *arguments, size_t count, Value keyword_names) {
  (void)class, (void)arguments, (void)count, (void)keyword_names;
  return raise(CLASS_RUNTIME_ERROR, "Tokens can only be created by ContextVars");
}
static const NativeMethod token_methods[] = {
    NATIVE("__new__", token_new, NULL, "Tokens are made by ContextVar.set().", NATIVE_STATIC),
    NATIVE("__repr__", token_repr, "($self, /)", "Variable and address."),
    NATIVE("__class_getitem__", generic_alias_new, "($type, item, /)", "See PEP 585.", NATIVE_CLASS),
    {}};
static const NativeProperty token_properties[] = {
    {"var", token_variable, NULL, NULL}, {"old_value", token_old_value, NULL, NULL}, {}};
static const ClassDef token_class = {.name = "_contextvars.Token",
                                     .doc = "What a variable was before it was set.",
                                     .cell_type = &token_cell_type,
                                     .instance_size = sizeof(Token),
                                     .flags = CLASS_IMMUTABLE | CLASS_UNHASHABLE,
                                     .methods = token_methods,
                                     .properties = token_properties};

static Value missing_repr([[maybe_unused]] Value self) {
  return str_from_c("<Token.MISSING>");
}
static const NativeMethod missing_methods[] = {NATIVE("__repr__", missing_repr, "($self, /)", "Its name."), {}};
static const ClassDef missing_class = {
    .name = "Token.MISSING", .flags = CLASS_IMMUTABLE | CLASS_NO_NEW, .methods = missing_methods};

static const NativeMethod contextvars_functions[] = {
    NATIVE("copy_context", copy_context, "()", "A copy of the current context."), {}};

static bool contextvars_initialize(Value module) {
  heap_add_root_range((Value *)&state, sizeof state / sizeof(Value));
  if (!module_add_class(module, &context_class, NULL, &state.context) ||
      !module_add_class(module, &variable_class, NULL, &state.variable) ||
      !module_add_class(module, &token_class, NULL, &state.token))
    return false;
  state.missing = class_from_definition(&missing_class, NULL);
  void *missing = state.missing ? class_allocate(state.missing, 0) : NULL;
  if (!missing) return false;
  state.token_missing = value_from_cell(missing);
  Value name = str_intern_c("MISSING");
  return name && class_set_attribute(state.token, name, state.token_missing);
}
const NativeModule contextvars_module = {.name = "_contextvars",
                                         .doc = "Context variables.",
                                         .functions = contextvars_functions,
                                         .initialize = contextvars_initialize};
