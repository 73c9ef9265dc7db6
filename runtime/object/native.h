// Functions written in C as Python sees them: declaration tables, argument parsing, native modules.
//
// One declaration serves the call, inspect.signature() and the compiler. A native function has one C parameter of type
// Value for each parameter of its signature (self first for methods); an absent optional argument is zero. `*name`
// arrives as a tuple, `**name` as a dict (never zero). The C prototype gives the arity, so table and function cannot
// disagree:
//
//     static Value list_insert_method(Value self, Value index, Value item) { ... }
//     NATIVE("insert", list_insert_method, "($self, index, object, /)", "Insert object before index.")
//
// Signatures are written as in CPython's text signatures (`inspect.signature` shows them): "/" ends positional-only,
// "*" starts keyword-only. Defaults are only documentation. They are parsed on first use.
//
// Functions with irregular arguments take them raw: Value f(Value self, Value *arguments, size_t count, Value
// keyword_names), where the values of keyword arguments follow the `count` positional ones, and keyword_names is a
// tuple of str or zero; the signature may then be NULL (inspect raises ValueError as for CPython builtins without one).
//
// Result: a Value, or zero with an exception pending. Special methods keep to these rules, since operators call their C
// functions directly (object.h):
//   - a native __next__ returns VALUE_STOP when the iterator is exhausted and never raises StopIteration for that; the
//     generic call path turns VALUE_STOP into StopIteration. (An iterator that ends with a value, a generator, sets
//     Thread's pending StopIteration and returns zero; iterator_next() accepts both.)
//   - __init__, __setitem__, __delitem__, __setattr__, __delattr__, __set__, __delete__ return VALUE_NONE;
//   - __bool__ and __contains__ return VALUE_TRUE or VALUE_FALSE; __len__ and __hash__ return an int;
//   - operators return VALUE_NOT_IMPLEMENTED for operands that they do not know; both __add__ and __radd__ are declared
//     where CPython shows both (the C functions may be the same only if the operation is symmetric);
//   - __new__ is declared with its class as first parameter, "($type, ...)", flags NATIVE_STATIC; raw functions receive
//     the class as `self`. It allocates with class_allocate(class, ...), so that subclasses work.
#pragma once

#include "runtime/heap/cell.h"

typedef struct Class Class;
typedef struct ClassDef ClassDef;

typedef Value RawFunction(Value self, Value *arguments, size_t count, Value keyword_names);

typedef union NativeFunction {
  void *any;
  Value (*f0)(void);
  Value (*f1)(Value);
  Value (*f2)(Value, Value);
  Value (*f3)(Value, Value, Value);
  Value (*f4)(Value, Value, Value, Value);
  Value (*f5)(Value, Value, Value, Value, Value);
  Value (*f6)(Value, Value, Value, Value, Value, Value);
  Value (*array)(Value *arguments); // more than six parameters
  RawFunction *raw;
} NativeFunction;

typedef enum NativeArity : uint8_t {
  NATIVE_0,
  NATIVE_1,
  NATIVE_2,
  NATIVE_3,
  NATIVE_4,
  NATIVE_5,
  NATIVE_6,
  NATIVE_ARRAY,
  NATIVE_RAW
} NativeArity;

// NativeMethod.flags
enum : uint16_t {
  NATIVE_STATIC = 1 << 0,    // staticmethod (also __new__: first parameter is the class)
  NATIVE_CLASS = 1 << 1,     // classmethod: self is the class
  NATIVE_SEQUENCE = 1 << 2,  // __add__/__mul__ of a sequence: the other operand's reflected method goes first
  NATIVE_PURE = 1 << 3,      // no effect, result depends on arguments only
  NATIVE_METHOD = 1 << 4,    // a special method that CPython shows as a method, not as a slot wrapper
  NATIVE_NO_PYTHON = 1 << 5, // never runs Python code and never polls
  // Likewise if the arguments but for `self` are str, numbers and None, none of a subclass. Such a function changes
  // nothing that exists, so that it may be called again where it has raised.
  NATIVE_PLAIN = 1 << 6,
  NATIVE_WAITS = 1 << 7,    // asks native_caller: calls of it take the general path
  NATIVE_BY_NAME = 1 << 8,  // (object, name of an attribute ...): what objects it meets is noted for the compiler
  NATIVE_MAY_LOCK = 1 << 9, // a finalizer that calls Python code, which may take locks (heap/finalize.h)
};

typedef struct NativeMethod {
  const char *name;
  const char *signature;
  const char *doc;
  NativeFunction function;
  NativeArity arity;
  uint16_t flags;
} NativeMethod;

#define NATIVE_ARITY(function)                                                                                         \
  _Generic((function),                                                                                                 \
      Value (*)(void): NATIVE_0,                                                                                       \
      Value (*)(Value): NATIVE_1,                                                                                      \
      Value (*)(Value, Value): NATIVE_2,                                                                               \
      Value (*)(Value, Value, Value): NATIVE_3,                                                                        \
      Value (*)(Value, Value, Value, Value): NATIVE_4,                                                                 \
      Value (*)(Value, Value, Value, Value, Value): NATIVE_5,                                                          \
      Value (*)(Value, Value, Value, Value, Value, Value): NATIVE_6,                                                   \
      Value (*)(Value *): NATIVE_ARRAY,                                                                                \
      Value (*)(Value, Value *, size_t, Value): NATIVE_RAW)

// A table entry. Optional last argument: flags.
#define NATIVE(name_, function_, signature_, doc_, ...)                                                                \
  {.name = (name_),                                                                                                    \
   .signature = (signature_),                                                                                          \
   .doc = (doc_),                                                                                                      \
   .function = {.any = (void *)(function_)},                                                                           \
   .arity = NATIVE_ARITY(function_),                                                                                   \
   .flags = 0 __VA_OPT__(| (__VA_ARGS__))}

typedef struct Signature Signature; // object/arguments.h

// A built-in function object: a NativeMethod bound to `self` (module, instance or class) or to nothing.
typedef struct NativeObject {
  Cell head;
  Value self;   // zero: unbound (a method descriptor or slot wrapper)
  Value owner;  // the class it is a method of; zero: a module's function, to which `self` is not passed
  Value module; // __module__ (str) or zero
  // ---- end of values
  const NativeMethod *method;
  const Signature *signature; // parsed from the method's text on first use; NULL until then
} NativeObject;

// NativeObject.head.flags
enum : uint16_t {
  NATIVE_FOREIGN =
      CELL_TYPE_BIT_0, // in a special table of a class that does not derive from `owner`: check the receiver
};

// Who has called the calling native function, which a NativeMethod refers to as `function`: the interpreter or compiled
// code itself, for the instruction at thread->frame->pc, or C. To be asked once, before anything else is called.
typedef enum NativeCaller : uint8_t { CALLER_NATIVE, CALLER_COMPILED, CALLER_INTERPRETER } NativeCaller;
NativeCaller native_caller(const void *function);
// Is it the interpreter? Then nothing on the C stack, since that called, is more than a copy of what it has in its
// registers.
static inline bool native_is_called_directly(const void *function) {
  return native_caller(function) == CALLER_INTERPRETER;
}
// Calls the C function itself: no checks but that the signature fits. `self` zero: not passed. The fast path for
// callers that know the receiver to be right. VALUE_STOP is passed on.
Value native_invoke(NativeObject *callee, Value self, Value *arguments, size_t count, Value keyword_names);

// A built-in function of a module, or bound method. NULL-safe `module`. May collect.
Value native_function_new(const NativeMethod *method, Value self, Value module_name);
// Method descriptor / slot wrapper / classmethod / staticmethod for a class's namespace, as the flags say.
Value native_descriptor_new(const NativeMethod *method, Class *owner);
// The bound form of a method descriptor or slot wrapper (or, with a class as `self`, of a classmethod's).
Value native_bind(NativeObject *unbound, Value self);

// Is it the __new__ of a native class? Such an object is bound to the class, which is not passed on.
bool native_is_new(const NativeObject *callee);
// The class whose name stands before the method's in its qualified name: that of the bound object, or the owner.
Class *native_holder(const NativeObject *callee);

// Calls `method` with arguments as a caller gives them (see RawFunction); `self` zero if none. Parses by the signature;
// raises TypeError with CPython's messages, also for a receiver of the wrong class.
Value native_call(NativeObject *callee, Value self, Value *arguments, size_t count, Value keyword_names);

// Helpers for raw functions: TypeError with CPython's wording, false.
bool arguments_check_none_by_keyword(const char *function, Value keyword_names);
bool arguments_check_count(const char *function, size_t count, size_t minimum, size_t maximum);
// Parses raw arguments by a text signature without self, e.g. "(iterable, /, *, key=None, reverse=False)", into `out`
// in order of parameters (zero when absent; `*args` tuple, `**kw` dict). `cache` is a static zero-initialised pointer
// owned by the call site.
bool arguments_parse(const char *function, const char *signature, const Signature **cache, Value *arguments,
                     size_t count, Value keyword_names, Value *out);

// A native module.
typedef struct NativeModule {
  const char *name;
  const char *doc;
  const NativeMethod *functions; // ends with {}; each gets the module as no argument (self is not passed)
  // Fills in constants, classes and state. False: exception pending. May be NULL.
  bool (*initialize)(Value module);
} NativeModule;

// All built-in modules are listed in runtime/module/modules.def: NATIVE_MODULE(variable, "name").
// Those that need a layer above the runtime come from here: set once at start, ends with NULL.
extern const NativeModule *const *native_modules_above;
// Creates the module object `name`, or zero with ImportError pending when there is no such native module.
Value native_module_create(Value name);
bool native_module_exists(Value name);
// Puts an attribute into a module under construction. `value` zero: passes the failure on (returns false).
bool module_add(Value module, const char *name, Value value);
bool module_add_int(Value module, const char *name, int64_t number);
bool module_add_str(Value module, const char *name, const char *text);
// Creates the class and adds it; `*slot` (a rooted static) receives it.
bool module_add_class(Value module, const ClassDef *definition, Class *base, Class **slot);
