// What the two halves of the module _pickle share: the opcodes of the format, what other modules supply, exceptions.
#pragma once

#include "runtime/object/object.h"

enum { PICKLE_HIGHEST_PROTOCOL = 5, PICKLE_DEFAULT_PROTOCOL = 4, PICKLE_BATCH = 1000 };
enum : size_t { PICKLE_FRAME_TARGET = 64 * 1024, PICKLE_FRAME_MINIMUM = 4, PICKLE_FRAME_HEADER = 9 };

typedef enum PickleOpcode : uint8_t {
  PICKLE_MARK = '(',
  PICKLE_STOP = '.',
  PICKLE_POP = '0',
  PICKLE_POP_MARK = '1',
  PICKLE_DUP = '2',
  PICKLE_FLOAT = 'F',
  PICKLE_INT = 'I',
  PICKLE_BININT = 'J',
  PICKLE_BININT1 = 'K',
  PICKLE_LONG = 'L',
  PICKLE_BININT2 = 'M',
  PICKLE_NONE = 'N',
  PICKLE_PERSID = 'P',
  PICKLE_BINPERSID = 'Q',
  PICKLE_REDUCE = 'R',
  PICKLE_STRING = 'S',
  PICKLE_BINSTRING = 'T',
  PICKLE_SHORT_BINSTRING = 'U',
  PICKLE_UNICODE = 'V',
  PICKLE_BINUNICODE = 'X',
  PICKLE_APPEND = 'a',
  PICKLE_BUILD = 'b',
  PICKLE_GLOBAL = 'c',
  PICKLE_DICT = 'd',
  PICKLE_EMPTY_DICT = '}',
  PICKLE_APPENDS = 'e',
  PICKLE_GET = 'g',
  PICKLE_BINGET = 'h',
  PICKLE_INST = 'i',
  PICKLE_LONG_BINGET = 'j',
  PICKLE_LIST = 'l',
  PICKLE_EMPTY_LIST = ']',
  PICKLE_OBJ = 'o',
  PICKLE_PUT = 'p',
  PICKLE_BINPUT = 'q',
  PICKLE_LONG_BINPUT = 'r',
  PICKLE_SETITEM = 's',
  PICKLE_TUPLE = 't',
  PICKLE_EMPTY_TUPLE = ')',
  PICKLE_SETITEMS = 'u',
  PICKLE_BINFLOAT = 'G',
  PICKLE_BINBYTES = 'B',
  PICKLE_SHORT_BINBYTES = 'C',
  PICKLE_PROTO = 0x80,
  PICKLE_NEWOBJ,
  PICKLE_EXT1,
  PICKLE_EXT2,
  PICKLE_EXT4,
  PICKLE_TUPLE1,
  PICKLE_TUPLE2,
  PICKLE_TUPLE3,
  PICKLE_NEWTRUE,
  PICKLE_NEWFALSE,
  PICKLE_LONG1,
  PICKLE_LONG4,
  PICKLE_SHORT_BINUNICODE,
  PICKLE_BINUNICODE8,
  PICKLE_BINBYTES8,
  PICKLE_EMPTY_SET,
  PICKLE_ADDITEMS,
  PICKLE_FROZENSET,
  PICKLE_NEWOBJ_EX,
  PICKLE_STACK_GLOBAL,
  PICKLE_MEMOIZE,
  PICKLE_FRAME,
  PICKLE_BYTEARRAY8,
  PICKLE_NEXT_BUFFER,
  PICKLE_READONLY_BUFFER,
} PickleOpcode;

// Filled in when the module is made; roots.
typedef struct PickleState {
  Value dispatch_table, extension_registry, inverted_registry, extension_cache;     // of copyreg
  Value name_mapping, import_mapping, reverse_name_mapping, reverse_import_mapping; // of _compat_pickle
  Value codecs_encode, partial, getattr;
  Class *pickle_error, *pickling_error, *unpickling_error, *pickler, *unpickler, *buffer;
  Class *pickler_memo, *unpickler_memo;
} PickleState;
extern PickleState pickle_state;

bool pickler_classes_add(Value module);
bool unpickler_classes_add(Value module);

// The object that a PickleBuffer shows; zero with ValueError after release().
Value pickle_buffer_object(Value buffer);
// Follows a dotted name from `object`. AttributeError "Can't get attribute ..."; `*parent` (may be NULL) is what holds
// the last name.
Value pickle_get_dotted(Value object, Value name, Value *parent);
// import name; the module itself.
Value pickle_import(Value name);
// What `object.name` gives at the moment; zero without an exception if there is no such attribute.
bool pickle_find_hook(Value object, const char *name, Value *hook);
// Sets a hook that is an attribute of `object`, a pickler or unpickler, which holds it at `slot`. `value`: zero deletes
// it. False: TypeError.
bool pickle_set_hook(Value object, Value *slot, const char *name, Value value);

// What the memo of picklers, and that of unpicklers, does for Python.
typedef struct PickleMemoKind {
  Class **class;              // of the objects that show a memo
  const char *described;      // the class in messages, with its article
  bool (*clear)(Value owner); // false: exception pending
  Value (*copy)(Value owner); // a new dict; zero: exception pending
} PickleMemoKind;
bool pickle_memo_classes_create(void);
// An object that shows the memo of `owner`. Zero: exception pending.
Value pickle_memo_new(const PickleMemoKind *kind, Value owner);
// What the attribute `memo` is set to, as a dict; zero with TypeError if it is neither that nor a memo of this kind.
Value pickle_memo_as_dict(const PickleMemoKind *kind, Value value);

// A pickler or unpickler works for one thread at a time (and may be entered again by that thread). False: RuntimeError.
bool pickle_enter(Thread *_Atomic *owner, bool *nested);
void pickle_leave(Thread *_Atomic *owner, bool nested);

Value pickle_dump(Value object, Value file, Value protocol, Value fix_imports, Value buffer_callback);
Value pickle_dumps(Value object, Value protocol, Value fix_imports, Value buffer_callback);
Value pickle_load(Value file, Value fix_imports, Value encoding, Value errors, Value buffers);
Value pickle_loads(Value data, Value fix_imports, Value encoding, Value errors, Value buffers);
