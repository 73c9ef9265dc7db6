// The memo of a pickler or unpickler as Python sees it: an object that refers to its owner, clears the owner's memo and
// copies it to a dict.
#include "runtime/heap/heap.h"
#include "runtime/module/_pickle.h"
#include "runtime/object/dict.h"
#include "runtime/object/native.h"
#include "runtime/object/sequence.h"
#include "runtime/runtime.h"

typedef struct MemoProxy {
  Cell head;
  Value owner;
  // ---- end of values
  const PickleMemoKind *kind;
} MemoProxy;
static const CellType proxy_cell_type = {.name = "pickle memo", CELL_VALUES(MemoProxy, owner, owner)};
static MemoProxy *as_proxy(Value value) {
  return (MemoProxy *)value_cell(value);
}

static Value proxy_clear(Value self) {
  return as_proxy(self)->kind->clear(as_proxy(self)->owner) ? VALUE_NONE : NULL;
}
static Value proxy_copy(Value self) {
  return as_proxy(self)->kind->copy(as_proxy(self)->owner);
}
static Value proxy_reduce(Value self) {
  Value contents = proxy_copy(self), arguments = contents ? tuple_of(1, contents) : NULL;
  return arguments ? tuple_of(2, value_from_cell(BUILTIN(DICT)), arguments) : NULL;
}

Value pickle_memo_new(const PickleMemoKind *kind, Value owner) {
  MemoProxy *proxy = class_allocate(*kind->class, 0);
  if (!proxy) return NULL;
  gc_init(proxy, &proxy->owner, owner);
  proxy->kind = kind;
  return value_from_cell(proxy);
}
Value pickle_memo_as_dict(const PickleMemoKind *kind, Value value) {
  if (!value) return raise_type_error("attribute deletion is not supported");
  if (value_class(value) == *kind->class) return proxy_copy(value);
  if (value_is_dict(value)) return value;
  return raise_type_error("'memo' attribute must be %s object or dict, not %.200T", kind->described, value);
}

static const NativeMethod proxy_methods[] = {NATIVE("clear", proxy_clear, "($self, /)", "Remove all items from memo."),
                                             NATIVE("copy", proxy_copy, "($self, /)", "Copy the memo to a new object."),
                                             NATIVE("__reduce__", proxy_reduce, "($self, /)", "As a dict."),
                                             {}};
#define PROXY_CLASS                                                                                                    \
  .cell_type = &proxy_cell_type, .instance_size = sizeof(MemoProxy), .flags = CLASS_NO_NEW | CLASS_UNHASHABLE,         \
  .methods = proxy_methods
static const ClassDef pickler_memo_class = {.name = "_pickle.PicklerMemoProxy", PROXY_CLASS};
static const ClassDef unpickler_memo_class = {.name = "_pickle.UnpicklerMemoProxy", PROXY_CLASS};

bool pickle_memo_classes_create(void) {
  pickle_state.pickler_memo = class_from_definition(&pickler_memo_class, NULL);
  pickle_state.unpickler_memo = class_from_definition(&unpickler_memo_class, NULL);
  return pickle_state.pickler_memo && pickle_state.unpickler_memo;
}
