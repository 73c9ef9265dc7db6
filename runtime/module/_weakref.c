#include "runtime/object/weakref.h"
// The module _weakref: what the weakref types offer besides themselves.
#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/weakref.h"

#include <stdlib.h>

static Value get_count(Value object) {
  return int_from_size(value_is_cell(object) ? weak_count(object) : 0);
}

static bool is_shared(Cell *reference) {
  return cell_shape(reference)->class == BUILTIN(WEAKREF) && !((Weakref *)reference)->callback;
}
static Value get_references(Value object) {
  Value list = list_new(NULL, 0);
  if (!list || !value_is_cell(object)) return list;
  Cell **references;
  size_t count = weak_collect(object, &references);
  for (int shared = 1; shared >= 0; shared--) // the one that is given to everybody stands first
    for (size_t i = 0; list && i < count; i++)
      if (is_shared(references[i]) == shared && !list_append(list, value_from_cell(references[i]))) list = NULL;
  if (count) free(references);
  return list;
}

static Value make_proxy(Value object, Value callback) {
  return weakproxy_new(object, callback == VALUE_NONE ? NULL : callback);
}

// Removes dict[key] if it holds a weak reference that has died meanwhile.
static Value remove_dead(Value dict, Value key) {
  if (!value_is_dict(dict)) return raise_type_error("_remove_dead_weakref() argument 1 must be dict, not %T", dict);
  Value reference = dict_get(dict, key);
  if (!reference) return exception_pending() ? NULL : VALUE_NONE;
  if (!value_is_instance(reference, BUILTIN(WEAKREF))) return raise_type_error("not a weakref");
  Value target = value_call_0(reference);
  if (!target) return NULL;
  // Another thread may have given the key a living one meanwhile.
  return target == VALUE_NONE && dict_delete_value(dict, key, reference) < 0 ? NULL : VALUE_NONE;
}

static const NativeMethod weakref_functions[] = {
    NATIVE("getweakrefcount", get_count, "(object, /)", "How many weak references to the object there are."),
    NATIVE("getweakrefs", get_references, "(object, /)", "All weak references to the object."),
    NATIVE("proxy", make_proxy, "(object, callback=None, /)", "A proxy that refers to the object weakly."),
    NATIVE("_remove_dead_weakref", remove_dead, "(dct, key, /)", "Remove an entry whose weak reference has died."),
    {}};

static bool weakref_initialize(Value module) {
  return module_add(module, "ref", value_from_cell(BUILTIN(WEAKREF))) &&
         module_add(module, "ReferenceType", value_from_cell(BUILTIN(WEAKREF))) &&
         module_add(module, "ProxyType", value_from_cell(BUILTIN(WEAKPROXY))) &&
         module_add(module, "CallableProxyType", value_from_cell(BUILTIN(WEAKCALLABLEPROXY)));
}
const NativeModule weakref_module = {
    .name = "_weakref", .doc = "Weak references.", .functions = weakref_functions, .initialize = weakref_initialize};
