// Subscripts.
//
// Lists with small int indexes come first; a miss looks at what it found and quickens for tuples and dicts.
#include "runtime/object/dict.h"
#include "vm/handler.h"
#include "vm/profile.h"

// The item of an exact list at a small int index; zero: out of range, or changed under us: ask the general path.
static inline Value list_load(Value list, Value index) {
  const ListItems *items = (const ListItems *)value_cell(gc_load(&value_as_list(list)->items));
  size_t count = list_count(list);
  int64_t position = value_small_int(index);
  if (position < 0) position += (int64_t)count;
  if (UNLIKELY((uint64_t)position >= count || (uint64_t)position >= items->capacity)) return NULL;
  return gc_load(&items->items[position]);
}
static inline Value tuple_load(Value tuple, Value index) {
  size_t count = tuple_count(tuple);
  int64_t position = value_small_int(index);
  if (position < 0) position += (int64_t)count;
  return LIKELY((uint64_t)position < count) ? tuple_item(tuple, (size_t)position) : NULL;
}

OPERATION_FUNCTION(operation_load_item) {
  const Instruction *pc = frame->pc;
  bool constant = opcode_base[word & 0xff] == OP_LOAD_ITEM_CONST;
  Value container = B, key = constant ? CONST_C : C, value = NULL;
  unsigned opcode = constant ? OP_LOAD_ITEM_CONST : OP_LOAD_ITEM, form = opcode;
  if (VALUE_IS_EXACT(container, TUPLE) && value_is_small_int(key)) {
    form = constant ? OP_LOAD_ITEM_CONST_TUPLE : OP_LOAD_ITEM_TUPLE;
    value = tuple_load(container, key);
  } else if (VALUE_IS_EXACT(container, DICT)) {
    form = constant ? OP_LOAD_ITEM_CONST_DICT : OP_LOAD_ITEM_DICT;
    value = dict_get(container, key);
  }
  if (form != (word & 0xff)) instruction_quicken(pc, word, form);
  if (!value && !exception_pending()) {
    profile_note_operands(frame->code, pc, container, key);
    value = value_get_item(container, key);
  }
  if (UNLIKELY(!value)) return false;
  A = value;
  return true;
}
SLOW_HANDLER(item_slow) {
  RUN_OPERATION(operation_load_item, 1);
}

#define LOAD_FROM_LIST(key_)                                                                                           \
  {                                                                                                                    \
    Value container = B, key = key_;                                                                                   \
    if (UNLIKELY(!VALUE_IS_EXACT(container, LIST) || !value_is_small_int(key) || !value_as_list(container)->items))    \
      TAIL(item_slow);                                                                                                 \
    Value value = list_load(container, key);                                                                           \
    if (UNLIKELY(!value)) TAIL(item_slow);                                                                             \
    A = value;                                                                                                         \
    NEXT(1);                                                                                                           \
  }
#define LOAD_FROM_TUPLE(key_)                                                                                          \
  {                                                                                                                    \
    Value container = B, key = key_;                                                                                   \
    if (UNLIKELY(!VALUE_IS_EXACT(container, TUPLE) || !value_is_small_int(key))) TAIL(item_slow);                      \
    Value value = tuple_load(container, key);                                                                          \
    if (UNLIKELY(!value)) TAIL(item_slow);                                                                             \
    A = value;                                                                                                         \
    NEXT(1);                                                                                                           \
  }
#define LOAD_FROM_DICT(key_)                                                                                           \
  {                                                                                                                    \
    Value container = B;                                                                                               \
    if (UNLIKELY(!VALUE_IS_EXACT(container, DICT))) TAIL(item_slow);                                                   \
    SAVE();                                                                                                            \
    Value value = dict_get(container, key_);                                                                           \
    if (UNLIKELY(!value)) TAIL(item_missing);                                                                          \
    A = value;                                                                                                         \
    NEXT_RELOAD(1);                                                                                                    \
  }
// A dict has no such key, or comparing keys raised.
SLOW_HANDLER(item_missing) {
  if (!exception_pending()) raise_key_error(opcode_base[word & 0xff] == OP_LOAD_ITEM_CONST ? CONST_C : C);
  FAIL();
}
HANDLER(LOAD_ITEM)
LOAD_FROM_LIST(C)
HANDLER(LOAD_ITEM_CONST)
LOAD_FROM_LIST(CONST_C)
HANDLER(LOAD_ITEM_TUPLE)
LOAD_FROM_TUPLE(C)
HANDLER(LOAD_ITEM_CONST_TUPLE)
LOAD_FROM_TUPLE(CONST_C)
HANDLER(LOAD_ITEM_DICT)
LOAD_FROM_DICT(C)
HANDLER(LOAD_ITEM_CONST_DICT)
LOAD_FROM_DICT(CONST_C)

OPERATION_FUNCTION(operation_STORE_ITEM) {
  Value container = A;
  unsigned form = VALUE_IS_EXACT(container, DICT) ? OP_STORE_ITEM_DICT : OP_STORE_ITEM;
  if (form != (word & 0xff)) instruction_quicken(frame->pc, word, form);
  if (form == OP_STORE_ITEM) profile_note_operands(frame->code, frame->pc, container, B);
  return value_set_item(container, B, C);
}
SLOW_HANDLER(store_item_slow) {
  SAVE();
  if (UNLIKELY(!operation_STORE_ITEM(thread, frame, registers, word))) FAIL();
  NEXT_LET_GO(1);
}
HANDLER(STORE_ITEM) {
  Value container = A, key = B;
  if (UNLIKELY(!VALUE_IS_EXACT(container, LIST) || !value_is_small_int(key))) TAIL(store_item_slow);
  int64_t position = value_small_int(key);
  if (position < 0) position += (int64_t)list_count(container);
  if (UNLIKELY(!list_set_item(container, (size_t)position, C))) TAIL(store_item_slow);
  NEXT_LET_GO(1);
}
HANDLER(STORE_ITEM_DICT) {
  Value container = A;
  if (UNLIKELY(!VALUE_IS_EXACT(container, DICT))) TAIL(store_item_slow);
  SAVE();
  if (UNLIKELY(!dict_set(container, B, C))) FAIL();
  NEXT_LET_GO(1);
}
OPERATION_HANDLER(DELETE_ITEM) {
  if (UNLIKELY(!value_delete_item(A, B))) return false;
  if (UNLIKELY(HAS_LET_GO())) END_PROMPT();
  return true;
}
OPERATION_HANDLER(BUILD_SLICE) {
  Value *part = &B, slice = slice_new(part[0], part[1], part[2]);
  if (UNLIKELY(!slice)) return false;
  A = slice;
  return true;
}
