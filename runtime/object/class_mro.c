// The order in which a class and its bases are searched: C3 linearization.
//
// The result begins with the class; then, repeatedly, comes the first candidate among the heads of the remaining lists
// (each base's own order, and the bases as written) that stands in no other list's tail.
#include "runtime/object/class_internal.h"

#include "runtime/object/str.h"

#include <stdlib.h>

typedef struct Order {
  Value classes; // tuple
  size_t next;
} Order;

static bool stands_in_a_tail(const Order *orders, size_t count, Value candidate) {
  for (size_t i = 0; i < count; i++)
    for (size_t j = orders[i].next + 1; j < tuple_count(orders[i].classes); j++)
      if (tuple_item(orders[i].classes, j) == candidate) return true;
  return false;
}

static Value raise_inconsistent(const Order *orders, size_t count) {
  StrBuilder names;
  str_builder_start(&names);
  Value seen = list_new_sized(count);
  if (!seen) return NULL;
  for (size_t i = 0; i < count; i++) {
    if (orders[i].next >= tuple_count(orders[i].classes)) continue;
    Value head = tuple_item(orders[i].classes, orders[i].next);
    bool known = false;
    for (size_t j = 0; j < list_count(seen); j++) known |= list_item(seen, j) == head;
    if (known) continue;
    if (list_count(seen)) str_builder_add_c(&names, ", ");
    str_builder_add(&names, value_as_class(head)->name);
    if (!list_append(seen, head)) return NULL;
  }
  Value text = str_builder_finish(&names);
  if (!text) return NULL;
  return raise_type_error("Cannot create a consistent method resolution\norder (MRO) for bases %U", text);
}

static Value merge(Order *orders, size_t count, Class *class) {
  Value result = list_new_sized(8);
  if (!result || !list_append(result, value_from_cell(class))) return NULL;
  for (;;) {
    Value chosen = NULL;
    bool exhausted = true;
    for (size_t i = 0; i < count && !chosen; i++) {
      if (orders[i].next >= tuple_count(orders[i].classes)) continue;
      exhausted = false;
      Value candidate = tuple_item(orders[i].classes, orders[i].next);
      if (!stands_in_a_tail(orders, count, candidate)) chosen = candidate;
    }
    if (exhausted) return list_to_tuple(result);
    if (!chosen) return raise_inconsistent(orders, count);
    if (!list_append(result, chosen)) return NULL;
    for (size_t i = 0; i < count; i++)
      if (orders[i].next < tuple_count(orders[i].classes) && tuple_item(orders[i].classes, orders[i].next) == chosen)
        orders[i].next++;
  }
}

// The order of a base; zero with TypeError while it has none.
static Value order_of(Value base) {
  Value mro = gc_load(&value_as_class(base)->mro);
  return mro ? mro : raise_type_error("Cannot extend an incomplete type '%N'", value_as_class(base));
}

static Value extend_order(Class *class, Value inherited) {
  Tuple *mro = tuple_allocate(tuple_count(inherited) + 1);
  if (!mro) return NULL;
  gc_init(mro, &mro->items[0], value_from_cell(class));
  for (size_t i = 0; i < tuple_count(inherited); i++) gc_init(mro, &mro->items[i + 1], tuple_item(inherited, i));
  return value_from_cell(mro);
}

Value class_compute_mro(Class *class, Value bases) {
  size_t count = tuple_count(bases);
  if (count == 1) { // the usual case: nothing to merge
    Value inherited = order_of(tuple_item(bases, 0));
    return inherited ? extend_order(class, inherited) : NULL;
  }
  // Other threads may give the bases other orders meanwhile.
  Tuple *kept = tuple_allocate(count);
  if (!kept) return NULL;
  for (size_t i = 0; i < count; i++) {
    Value base = tuple_item(bases, i), order = order_of(base);
    if (!order) return NULL;
    gc_init(kept, &kept->items[i], order);
    for (size_t j = 0; j < i; j++)
      if (tuple_item(bases, j) == base) return raise_type_error("duplicate base class %N", value_as_class(base));
  }
  Order *orders = malloc((count + 1) * sizeof *orders);
  if (!orders) return raise_memory_error();
  for (size_t i = 0; i < count; i++) orders[i] = (Order){kept->items[i], 0};
  orders[count] = (Order){bases, 0};
  Value result = merge(orders, count + 1, class);
  free(orders);
  KEEP(kept);
  KEEP(bases);
  return result;
}
