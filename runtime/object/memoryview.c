// memoryview: items in memory that another object lends, with shape and strides.
//
// A view holds its buffer through a Loan, which views made from it (slices, casts) share; the loan is given back when
// the last of them is released or finalized. shape, strides and suboffsets stand inline in the view.
//
// Threads: releasing is an atomic exchange of the loan, which ends when nobody uses it any more: an operation that
// looks at the memory takes part in it meanwhile (view_use), so another thread's release() does not pull the memory
// away. Items are read and written in memory without a lock: an item may be seen half written, as with C programs that
// share memory. The iterator's position goes on by one atomic addition.
#include "runtime/object/memoryview.h"
#include "runtime/heap/heap.h"
#include "runtime/object/bytes_internal.h"
#include "runtime/object/generic_alias.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/step.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include "runtime/support/hash.h"

#include <stdlib.h>
#include <string.h>

enum : int { DIMENSIONS_MAX = 64 };

typedef struct Loan {
  Cell head;
  Value owner; // whose memory it is
  // ---- end of values
  Buffer buffer;
  _Atomic int64_t views; // that still use it
} Loan;

typedef struct MemoryView {
  Cell head;
  Value loan;   // zero: released
  Value format; // str
  Value object; // what obj shows
  // ---- end of values
  uint8_t *data;
  size_t length; // bytes, when contiguous
  ptrdiff_t item_size;
  int dimensions;
  bool read_only;
  _Atomic int64_t exports; // buffers lent on
  int64_t hash;            // -1: not computed
  ptrdiff_t layout[];      // shape, then strides: `dimensions` each
} MemoryView;

static const CellType loan_cell_type = {.name = "memory loan", CELL_VALUES(Loan, owner, owner)};
static const CellType view_cell_type = {.name = "memoryview", CELL_VALUES(MemoryView, loan, object), .has_tail = true};

static MemoryView *as_view(Value value) {
  return (MemoryView *)value_cell(value);
}
static ptrdiff_t *shape_of(const MemoryView *view) {
  return (ptrdiff_t *)view->layout;
}
static ptrdiff_t *strides_of(const MemoryView *view) {
  return (ptrdiff_t *)view->layout + view->dimensions;
}
static const char *format_of(const MemoryView *view) {
  return str_utf8(view->format, NULL);
}

static Value raise_released(void) {
  return raise_value_error("operation forbidden on released memoryview object");
}
// The view, unless it was released.
static MemoryView *live_view(Value self) {
  MemoryView *view = as_view(self);
  if (gc_load(&view->loan)) return view;
  raise_released();
  return NULL;
}

// Takes part in a loan. False: it has ended.
static bool loan_join(Loan *loan) {
  int64_t views = atomic_load(&loan->views);
  while (views > 0)
    if (atomic_compare_exchange_weak(&loan->views, &views, views + 1)) return true;
  return false;
}
static void loan_leave(Loan *loan) {
  if (atomic_fetch_sub(&loan->views, 1) == 1) buffer_release(&loan->buffer);
}

// Runs `operation` on a view whose memory stays while it runs. ValueError for a released one.
typedef Value ViewOperation(MemoryView *view, Value argument, Value other);
static Value view_use(Value self, ViewOperation *operation, Value argument, Value other) {
  MemoryView *view = live_view(self);
  if (!view) return NULL;
  Loan *loan = threads_started ? (Loan *)value_cell(gc_load(&view->loan)) : NULL;
  if (threads_started && (!loan || !loan_join(loan))) return raise_released();
  Value result = operation(view, argument, other);
  if (loan) {
    Value pending = exception_take();
    loan_leave(loan);
    if (pending) exception_restore(pending);
  }
  return result;
}

static size_t item_count(const MemoryView *view) {
  size_t count = 1;
  for (int i = 0; i < view->dimensions; i++) count *= (size_t)shape_of(view)[i];
  return count;
}

// The caller takes part in the loan for the view.
static MemoryView *allocate_view(Loan *loan, int dimensions) {
  MemoryView *view = class_allocate(BUILTIN(MEMORYVIEW), (size_t)dimensions * 2 * sizeof(ptrdiff_t));
  if (!view) return NULL;
  gc_init(view, &view->loan, value_from_cell(loan));
  view->dimensions = dimensions;
  view->hash = -1;
  return view;
}

// A view with the same memory, format and layout.
static MemoryView *copy_view(const MemoryView *from, int dimensions) {
  Loan *loan = (Loan *)value_cell(gc_load(&from->loan));
  if (!loan || !loan_join(loan)) {
    raise_released();
    return NULL;
  }
  MemoryView *view = allocate_view(loan, dimensions);
  if (!view) {
    loan_leave(loan);
    return NULL;
  }
  gc_init(view, &view->format, from->format);
  gc_init(view, &view->object, from->object);
  view->data = from->data;
  view->length = from->length;
  view->item_size = from->item_size;
  view->read_only = from->read_only;
  for (int i = 0; i < dimensions && i < from->dimensions; i++) {
    shape_of(view)[i] = shape_of(from)[i];
    strides_of(view)[i] = strides_of(from)[i];
  }
  return view;
}

static void fill_contiguous_strides(MemoryView *view) {
  ptrdiff_t stride = view->item_size;
  for (int i = view->dimensions; i-- > 0;) {
    strides_of(view)[i] = stride;
    stride *= shape_of(view)[i];
  }
}

Value memoryview_object(Value view) {
  return ((MemoryView *)value_cell(view))->object;
}

Value memoryview_new(Value object) {
  if (VALUE_IS_EXACT(object, MEMORYVIEW)) {
    MemoryView *from = live_view(object), *view = from ? copy_view(from, from->dimensions) : NULL;
    return view ? value_from_cell(view) : NULL;
  }
  static Shape *loan_shape;
  if (!loan_shape && !(loan_shape = shape_create_root(&loan_cell_type, BUILTIN(INTERNAL), 0, 0, 0))) return NULL;
  if (!value_has_buffer(object))
    return raise_type_error("memoryview: a bytes-like object is required, not '%.200T'", object);
  Loan *loan = cell_alloc(loan_shape, sizeof(Loan));
  if (!loan) return NULL;
  if (!buffer_acquire(object, &loan->buffer, BUFFER_FULL & ~BUFFER_WRITABLE)) return NULL;
  gc_init(loan, &loan->owner, object);
  loan->views = 1;
  const Buffer *buffer = &loan->buffer;
  Value format = str_intern_c(buffer->format ? buffer->format : "B");
  MemoryView *view = format ? allocate_view(loan, buffer->dimensions) : NULL;
  if (!view) {
    buffer_release(&loan->buffer);
    return NULL;
  }
  gc_init(view, &view->format, format);
  gc_init(view, &view->object, buffer->owner ? buffer->owner : object); // some lend what belongs to another
  view->data = buffer->data;
  view->length = buffer->length;
  view->item_size = buffer->item_size;
  view->read_only = buffer->read_only;
  for (int i = 0; i < view->dimensions; i++)
    shape_of(view)[i] = buffer->shape ? buffer->shape[i] : (ptrdiff_t)buffer->length / buffer->item_size;
  fill_contiguous_strides(view);
  if (buffer->strides) memcpy(strides_of(view), buffer->strides, (size_t)view->dimensions * sizeof(ptrdiff_t));
  return value_from_cell(view);
}

static Value view_new([[maybe_unused]] Value class, Value object) {
  return memoryview_new(object);
}

// ---- Release ----

static Value raise_exported(const MemoryView *view) {
  return raise(CLASS_BUFFER_ERROR, "memoryview has %ld exported buffer%s", (long)view->exports,
               view->exports == 1 ? "" : "s");
}
static Value view_release(Value self) {
  MemoryView *view = as_view(self);
  if (view->exports > 0) return raise_exported(view);
  Value loan = __atomic_exchange_n(&view->loan, NULL, __ATOMIC_SEQ_CST);
  if (!loan) return VALUE_NONE;
  if (view->exports > 0) { // view_lend has been faster
    gc_store(view, &view->loan, loan);
    return raise_exported(view);
  }
  loan_leave((Loan *)value_cell(loan));
  return VALUE_NONE;
}
// A view that nobody refers to gives its memory back, unless somebody who borrowed from it still lives.
static Value view_finalize(Value self) {
  return as_view(self)->exports > 0 ? VALUE_NONE : view_release(self);
}
static Value view_enter(Value self) {
  return live_view(self) ? self : NULL;
}
static Value view_exit(Value self, [[maybe_unused]] Value arguments) {
  return view_release(self);
}

// ---- Contents ----

static bool is_contiguous(const MemoryView *view, bool fortran) {
  ptrdiff_t expected = view->item_size;
  for (int k = 0; k < view->dimensions; k++) {
    int i = fortran ? k : view->dimensions - 1 - k;
    if (shape_of(view)[i] == 0) return true;
    if (shape_of(view)[i] != 1 && strides_of(view)[i] != expected) return false;
    expected *= shape_of(view)[i];
  }
  return true;
}

// Copies all items in C or Fortran order to `out`.
static uint8_t *copy_out(const MemoryView *view, int dimension, const uint8_t *at, uint8_t *out) {
  if (dimension == view->dimensions) {
    memcpy(out, at, (size_t)view->item_size);
    return out + view->item_size;
  }
  for (ptrdiff_t i = 0; i < shape_of(view)[dimension]; i++)
    out = copy_out(view, dimension + 1, at + i * strides_of(view)[dimension], out);
  return out;
}
static Value bytes_of(const MemoryView *view) {
  size_t size = item_count(view) * (size_t)view->item_size;
  if (is_contiguous(view, false)) return bytes_new(view->data, size);
  Bytes *bytes = bytes_allocate(size);
  if (!bytes) return NULL;
  copy_out(view, 0, view->data, bytes->data);
  return value_from_cell(bytes);
}
// The view with its dimensions reversed.
static MemoryView *transposed(const MemoryView *view) {
  MemoryView *result = copy_view(view, view->dimensions);
  for (int i = 0; result && i < view->dimensions; i++) {
    shape_of(result)[i] = shape_of(view)[view->dimensions - 1 - i];
    strides_of(result)[i] = strides_of(view)[view->dimensions - 1 - i];
  }
  return result;
}
static Value tobytes(MemoryView *view, Value order, [[maybe_unused]] Value other) {
  char kind = 'C';
  if (order && order != VALUE_NONE) {
    if (!value_is_str(order)) return raise_type_error("tobytes() argument 'order' must be str or None, not %T", order);
    if (str_equals_c(order, "F"))
      kind = 'F';
    else if (str_equals_c(order, "A"))
      kind = is_contiguous(view, true) && !is_contiguous(view, false) ? 'F' : 'C';
    else if (!str_equals_c(order, "C"))
      return raise_value_error("order must be 'C', 'F' or 'A'");
  }
  if (kind == 'F' && view->dimensions > 1 && !(view = transposed(view))) return NULL;
  return bytes_of(view);
}
static Value view_tobytes(Value self, Value order) {
  return view_use(self, tobytes, order, NULL);
}

static Value list_of(const MemoryView *view, int dimension, const uint8_t *at) {
  if (dimension == view->dimensions) return memory_unpack(format_of(view), at);
  Value list = list_new_sized((size_t)shape_of(view)[dimension]);
  for (ptrdiff_t i = 0; list && i < shape_of(view)[dimension]; i++) {
    Value item = list_of(view, dimension + 1, at + i * strides_of(view)[dimension]);
    if (!item || !list_append(list, item)) return NULL;
  }
  return list;
}
static Value tolist(MemoryView *view, [[maybe_unused]] Value argument, [[maybe_unused]] Value other) {
  return list_of(view, 0, view->data);
}
static Value view_tolist(Value self) {
  return view_use(self, tolist, NULL, NULL);
}
static Value view_hex(Value self, Value sep, Value bytes_per_sep) {
  Value bytes = view_tobytes(self, NULL);
  Value text =
      bytes ? bytes_hex_text(value_as_bytes(bytes)->data, value_as_bytes(bytes)->length, sep, bytes_per_sep) : NULL;
  KEEP(bytes);
  return text;
}

// ---- Items ----

// Address of one item of the given dimension; NULL: IndexError, or the view was released while the index was asked for.
static uint8_t *item_address(const MemoryView *view, uint8_t *at, int dimension, Value index_value) {
  ptrdiff_t index;
  if (!value_as_size(index_value, &index, CLASS_INDEX_ERROR) || !live_view(value_from_cell(view))) return NULL;
  ptrdiff_t count = shape_of(view)[dimension];
  if (index < 0) index += count;
  if (index < 0 || index >= count) {
    raise(CLASS_INDEX_ERROR, "index out of bounds on dimension %d", dimension + 1);
    return NULL;
  }
  return at + index * strides_of(view)[dimension];
}

static bool is_index_tuple(Value key) {
  if (!value_is_tuple(key)) return false;
  for (size_t i = 0; i < tuple_count(key); i++)
    if (!value_special(tuple_item(key, i), SPECIAL_INDEX)) return false;
  return true;
}

static bool is_slice_tuple(Value key) {
  if (!value_is_tuple(key)) return false;
  for (size_t i = 0; i < tuple_count(key); i++)
    if (!VALUE_IS_EXACT(tuple_item(key, i), SLICE)) return false;
  return true;
}

static uint8_t *tuple_address(const MemoryView *view, Value key) {
  size_t count = tuple_count(key);
  if (count < (size_t)view->dimensions) {
    raise(CLASS_NOT_IMPLEMENTED_ERROR, "sub-views are not implemented");
    return NULL;
  }
  if (count > (size_t)view->dimensions) {
    raise_type_error("cannot index %d-dimension view with %zu-element tuple", view->dimensions, count);
    return NULL;
  }
  uint8_t *at = view->data;
  for (size_t i = 0; at && i < count; i++) at = item_address(view, at, (int)i, tuple_item(key, i));
  return at;
}

static MemoryView *sliced(const MemoryView *view, Value slice) {
  MemoryView *result = copy_view(view, view->dimensions); // first: asking for the ends may release the view
  if (!result) return NULL;
  ptrdiff_t start, stop, step;
  ptrdiff_t count = slice_resolve(slice, shape_of(view)[0], &start, &stop, &step);
  if (count < 0) {
    Value pending = exception_take();
    view_release(value_from_cell(result));
    exception_restore(pending);
    return NULL;
  }
  result->data += start * strides_of(view)[0];
  shape_of(result)[0] = count;
  strides_of(result)[0] *= step;
  result->length = item_count(result) * (size_t)result->item_size;
  return result;
}

static Value get_item(MemoryView *view, Value key, [[maybe_unused]] Value other) {
  if (view->dimensions == 0) {
    if (value_is_tuple(key) && tuple_count(key) == 0) return memory_unpack(format_of(view), view->data);
    if (key == VALUE_ELLIPSIS) return value_from_cell(view);
    return raise_type_error("invalid indexing of 0-dim memory");
  }
  if (value_special(key, SPECIAL_INDEX)) {
    if (view->dimensions > 1)
      return raise(CLASS_NOT_IMPLEMENTED_ERROR, "multi-dimensional sub-views are not implemented");
    uint8_t *at = item_address(view, view->data, 0, key);
    return at ? memory_unpack(format_of(view), at) : NULL;
  }
  if (VALUE_IS_EXACT(key, SLICE)) {
    MemoryView *result = sliced(view, key);
    return result ? value_from_cell(result) : NULL;
  }
  if (is_index_tuple(key)) {
    uint8_t *at = tuple_address(view, key);
    return at ? memory_unpack(format_of(view), at) : NULL;
  }
  if (is_slice_tuple(key)) return raise(CLASS_NOT_IMPLEMENTED_ERROR, "multi-dimensional slicing is not implemented");
  return raise_type_error("memoryview: invalid slice key");
}

static Value view_get_item(Value self, Value key) {
  return view_use(self, get_item, key, NULL);
}

static Value assign_slice(const MemoryView *target, Value value) {
  Value source_value = memoryview_new(value);
  if (!source_value) return NULL;
  const MemoryView *source = as_view(source_value);
  bool same_format = source->item_size == target->item_size && memory_item_size(format_of(source)) &&
                     str_equals(source->format, target->format);
  Value result = NULL;
  if (!same_format || source->dimensions != 1 || shape_of(source)[0] != shape_of(target)[0]) {
    raise_value_error("memoryview assignment: lvalue and rvalue have different structures");
  } else {
    Value bytes = bytes_of(source); // the two may overlap
    if (bytes) {
      const uint8_t *from = value_as_bytes(bytes)->data;
      for (ptrdiff_t i = 0; i < shape_of(target)[0]; i++)
        memcpy(target->data + i * strides_of(target)[0], from + i * target->item_size, (size_t)target->item_size);
      KEEP(bytes);
      result = VALUE_NONE;
    }
  }
  view_release(source_value);
  return result;
}

static Value set_item(MemoryView *view, Value key, Value value) {
  if (view->read_only) return raise_type_error("cannot modify read-only memory");
  if (view->dimensions == 0) {
    if (key == VALUE_ELLIPSIS || (value_is_tuple(key) && tuple_count(key) == 0))
      return memory_pack(format_of(view), view->data, value) ? VALUE_NONE : NULL;
    return raise_type_error("invalid indexing of 0-dim memory");
  }
  if (VALUE_IS_EXACT(key, SLICE)) {
    if (view->dimensions > 1)
      return raise(CLASS_NOT_IMPLEMENTED_ERROR, "memoryview slice assignments are currently restricted to ndim = 1");
    MemoryView *target = sliced(view, key);
    if (!target) return NULL;
    Value result = live_view(value_from_cell(view)) ? assign_slice(target, value) : NULL;
    Value pending = exception_take();
    view_release(value_from_cell(target));
    if (pending) exception_restore(pending);
    return result;
  }
  uint8_t *at;
  if (value_special(key, SPECIAL_INDEX)) {
    if (view->dimensions > 1) return raise(CLASS_NOT_IMPLEMENTED_ERROR, "sub-views are not implemented");
    at = item_address(view, view->data, 0, key);
  } else if (is_index_tuple(key)) {
    at = tuple_address(view, key);
  } else if (is_slice_tuple(key)) {
    return raise(CLASS_NOT_IMPLEMENTED_ERROR, "memoryview slice assignments are currently restricted to ndim = 1");
  } else {
    return raise_type_error("memoryview: invalid slice key");
  }
  if (!at) return NULL;
  // Converting the value may run code that releases the view.
  uint8_t item[16];
  if (!memory_pack(format_of(view), item, value) || !live_view(value_from_cell(view))) return NULL;
  memcpy(at, item, (size_t)view->item_size);
  return VALUE_NONE;
}
static Value view_set_item(Value self, Value key, Value value) {
  return view_use(self, set_item, key, value);
}
static Value view_delete_item([[maybe_unused]] Value self, [[maybe_unused]] Value key) {
  return raise_type_error("cannot delete memory");
}

static Value view_length(Value self) {
  MemoryView *view = live_view(self);
  if (!view) return NULL;
  if (view->dimensions == 0) return raise_type_error("0-dim memory has no length");
  return value_from_small_int(shape_of(view)[0]);
}

// ---- Casting ----

static bool parse_shape(Value shape_value, ptrdiff_t *shape, int *dimensions) {
  if (!value_is_list(shape_value) && !value_is_tuple(shape_value)) {
    raise_type_error("shape must be a list or a tuple");
    return false;
  }
  Value items = value_to_tuple(shape_value);
  if (!items) return false;
  if (tuple_count(items) > DIMENSIONS_MAX) {
    raise_value_error("memoryview: number of dimensions must not exceed %d", DIMENSIONS_MAX);
    return false;
  }
  *dimensions = (int)tuple_count(items);
  for (int i = 0; i < *dimensions; i++) {
    if (!value_is_int(tuple_item(items, (size_t)i))) {
      raise_type_error("memoryview.cast(): elements of shape must be integers");
      return false;
    }
    if (!value_as_size(tuple_item(items, (size_t)i), &shape[i], CLASS_OVERFLOW_ERROR)) return false;
    if (shape[i] <= 0) {
      raise_value_error("memoryview.cast(): elements of shape must be integers > 0");
      return false;
    }
  }
  return true;
}

static Value view_cast(Value self, Value format, Value shape_value) {
  MemoryView *view = live_view(self);
  if (!view) return NULL;
  if (!value_is_str(format)) return raise_type_error("format argument must be a string");
  if (!is_contiguous(view, false)) return raise_type_error("memoryview: casts are restricted to C-contiguous views");
  if ((shape_value || view->dimensions != 1) && view->dimensions > 1 && shape_value)
    return raise_type_error("memoryview: cast must be 1D -> ND or ND -> 1D");
  const char *text = str_utf8(format, NULL);
  size_t item_size = text ? memory_item_size(text) : 0;
  if (!text) return NULL;
  if (!item_size)
    return raise_value_error(
        "memoryview: destination format must be a native single character format prefixed with an optional '@'");
  bool from_bytes = view->item_size == 1 && memory_item_size(format_of(view)) == 1;
  if (!from_bytes && item_size != 1) return raise_type_error("memoryview: cannot cast between two non-byte formats");
  size_t bytes = item_count(view) * (size_t)view->item_size;
  if (bytes % item_size) return raise_type_error("memoryview: length is not a multiple of itemsize");
  ptrdiff_t shape[DIMENSIONS_MAX] = {(ptrdiff_t)(bytes / item_size)};
  int dimensions = 1;
  if (shape_value) {
    if (!parse_shape(shape_value, shape, &dimensions)) return NULL;
    size_t total = item_size;
    for (int i = 0; i < dimensions; i++)
      if (__builtin_mul_overflow(total, (size_t)shape[i], &total))
        return raise_value_error("memoryview.cast(): product(shape) > SSIZE_MAX");
    if (total != bytes) return raise_type_error("memoryview: product(shape) * itemsize != buffer size");
  }
  MemoryView *result = copy_view(view, dimensions);
  if (!result) return NULL;
  gc_init(result, &result->format, format);
  result->item_size = (ptrdiff_t)item_size;
  memcpy(shape_of(result), shape, (size_t)dimensions * sizeof *shape);
  fill_contiguous_strides(result);
  return value_from_cell(result);
}

static Value view_toreadonly(Value self) {
  MemoryView *view = live_view(self), *result = view ? copy_view(view, view->dimensions) : NULL;
  if (!result) return NULL;
  result->read_only = true;
  return value_from_cell(result);
}

// ---- Comparison, hash, text ----

static int equal_items(const MemoryView *a, const MemoryView *b, int dimension, const uint8_t *x, const uint8_t *y) {
  if (dimension == a->dimensions) {
    if (a->item_size == 1 && b->item_size == 1 && str_equals(a->format, b->format) && !str_equals_c(a->format, "?"))
      return *x == *y;
    Value left = memory_unpack(format_of(a), x), right = left ? memory_unpack(format_of(b), y) : NULL;
    return right ? value_compare_truth(COMPARE_EQUAL, left, right) : -1;
  }
  for (ptrdiff_t i = 0; i < shape_of(a)[dimension]; i++) {
    int equal = equal_items(a, b, dimension + 1, x + i * strides_of(a)[dimension], y + i * strides_of(b)[dimension]);
    if (equal != 1) return equal;
  }
  return 1;
}

static int views_equal(Value self, Value other) { // -2: not comparable
  if (self == other) return 1;
  if (!gc_load(&as_view(self)->loan)) return 0;
  if (!value_has_buffer(other)) return -2;
  if (VALUE_IS_EXACT(other, MEMORYVIEW) && !gc_load(&as_view(other)->loan)) return 0;
  // Views of our own, which nobody else releases.
  Value own_value = memoryview_new(self), view_value = own_value ? memoryview_new(other) : NULL;
  if (!view_value) {
    exception_clear();
    if (own_value) view_release(own_value);
    return -2;
  }
  const MemoryView *a = as_view(own_value), *b = as_view(view_value);
  int equal = a->dimensions == b->dimensions;
  for (int i = 0; equal && i < a->dimensions; i++) equal = shape_of(a)[i] == shape_of(b)[i];
  if (equal) equal = equal_items(a, b, 0, a->data, b->data);
  if (equal < 0 && exception_clear_if(CLASS_NOT_IMPLEMENTED_ERROR)) equal = 0;
  Value pending = exception_take();
  view_release(view_value);
  view_release(own_value);
  if (pending) exception_restore(pending);
  return equal;
}
static Value view_equal(Value self, Value other) {
  int equal = views_equal(self, other);
  return equal == -2 ? VALUE_NOT_IMPLEMENTED : equal < 0 ? NULL : value_from_bool(equal);
}
static Value view_not_equal(Value self, Value other) {
  int equal = views_equal(self, other);
  return equal == -2 ? VALUE_NOT_IMPLEMENTED : equal < 0 ? NULL : value_from_bool(!equal);
}
static Value view_unordered([[maybe_unused]] Value self, [[maybe_unused]] Value other) {
  return VALUE_NOT_IMPLEMENTED;
}

static Value view_hash(Value self) {
  MemoryView *view = as_view(self);
  if (view->hash == -1) {
    if (!live_view(self)) return NULL;
    if (!view->read_only) return raise_value_error("cannot hash writable memoryview object");
    if (!str_equals_c(view->format, "B") && !str_equals_c(view->format, "b") && !str_equals_c(view->format, "c"))
      return raise_value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'");
    if (view->object && value_hash(view->object) == -1) return NULL;
    Value bytes = view_tobytes(self, NULL);
    if (!bytes) return NULL;
    view->hash = hash_bytes(&runtime.hash_key, value_as_bytes(bytes)->data, value_as_bytes(bytes)->length);
    KEEP(bytes);
  }
  return int_from_int64(view->hash);
}
static Value view_repr(Value self) {
  return str_format_c(as_view(self)->loan ? "<memory at %p>" : "<released memory at %p>", value_cell(self));
}

// ---- Attributes ----

static Value numbers_tuple(const ptrdiff_t *numbers, int count) {
  Tuple *tuple = tuple_allocate((size_t)count);
  if (!tuple) return NULL;
  for (int i = 0; i < count; i++) gc_init(tuple, &tuple->items[i], value_from_small_int(numbers[i]));
  return value_from_cell(tuple);
}
#define VIEW_ATTRIBUTE(name, expression)                                                                               \
  static Value get_##name(Value self) {                                                                                \
    MemoryView *view = live_view(self);                                                                                \
    return view ? (expression) : NULL;                                                                                 \
  }
VIEW_ATTRIBUTE(object, view->object)
VIEW_ATTRIBUTE(byte_count, int_from_size(item_count(view) * (size_t)view->item_size))
VIEW_ATTRIBUTE(read_only, value_from_bool(view->read_only))
VIEW_ATTRIBUTE(item_size, value_from_small_int(view->item_size))
VIEW_ATTRIBUTE(format, view->format)
VIEW_ATTRIBUTE(dimensions, value_from_small_int(view->dimensions))
VIEW_ATTRIBUTE(shape, view->dimensions ? numbers_tuple(shape_of(view), view->dimensions) : tuple_empty)
VIEW_ATTRIBUTE(strides, view->dimensions ? numbers_tuple(strides_of(view), view->dimensions) : tuple_empty)
VIEW_ATTRIBUTE(suboffsets, tuple_empty)
VIEW_ATTRIBUTE(c_contiguous, value_from_bool(is_contiguous(view, false)))
VIEW_ATTRIBUTE(f_contiguous, value_from_bool(is_contiguous(view, true)))
VIEW_ATTRIBUTE(contiguous, value_from_bool(is_contiguous(view, false) || is_contiguous(view, true)))

// ---- Iterator ----

typedef struct ViewIterator {
  Cell head;
  Value view; // zero once exhausted
  // ---- end of values
  ptrdiff_t index;
} ViewIterator;
static const CellType iterator_cell_type = {.name = "memory_iterator", CELL_VALUES(ViewIterator, view, view)};
static Value view_iterate(Value self) {
  MemoryView *view = live_view(self);
  if (!view) return NULL;
  if (view->dimensions == 0) return raise_type_error("invalid indexing of 0-dim memory");
  if (view->dimensions > 1)
    return raise(CLASS_NOT_IMPLEMENTED_ERROR, "multi-dimensional sub-views are not implemented");
  ViewIterator *iterator = class_allocate(BUILTIN(MEMORYVIEW_ITERATOR), 0);
  if (!iterator) return NULL;
  gc_init(iterator, &iterator->view, self);
  return value_from_cell(iterator);
}
static Value iterator_iterate(Value self) {
  return self;
}
static Value item_at(MemoryView *view, Value index_value, [[maybe_unused]] Value other) {
  ptrdiff_t index = value_small_int(index_value);
  if (index >= shape_of(view)[0]) return VALUE_STOP;
  return memory_unpack(format_of(view), view->data + index * strides_of(view)[0]);
}
static Value iterator_advance(Value self) {
  ViewIterator *iterator = (ViewIterator *)value_cell(self);
  Value view_value = gc_load(&iterator->view);
  if (!view_value) return VALUE_STOP;
  ptrdiff_t index = __atomic_fetch_add(&iterator->index, 1, __ATOMIC_RELAXED);
  Value item = view_use(view_value, item_at, value_from_small_int(index), NULL);
  if (item == VALUE_STOP) gc_store(iterator, &iterator->view, NULL);
  return item;
}
static const NativeMethod iterator_methods[] = {NATIVE("__iter__", iterator_iterate, "($self, /)", "Return self."),
                                                NATIVE("__next__", iterator_advance, "($self, /)", "The next item."),
                                                {}};
const ClassDef memoryview_iterator_class = {.name = "memory_iterator",
                                            .cell_type = &iterator_cell_type,
                                            .instance_size = sizeof(ViewIterator),
                                            .flags = CLASS_IMMUTABLE | CLASS_NO_NEW | CLASS_PLAIN_ITERATOR,
                                            .methods = iterator_methods};

// ---- The class ----

static bool view_lend(Value object, Buffer *buffer, [[maybe_unused]] int flags) {
  MemoryView *view = live_view(object);
  if (!view) return false;
  if (!(flags & BUFFER_STRIDES) && !is_contiguous(view, false)) {
    raise(CLASS_BUFFER_ERROR, "memoryview: underlying buffer is not C-contiguous");
    return false;
  }
  view->exports++;
  if (!live_view(object)) { // released between the two
    view->exports--;
    return false;
  }
  buffer->owner = object;
  buffer->data = view->data;
  buffer->length = item_count(view) * (size_t)view->item_size;
  buffer->read_only = view->read_only;
  buffer->format = format_of(view);
  buffer->item_size = view->item_size;
  buffer->dimensions = view->dimensions;
  buffer->shape = shape_of(view);
  buffer->strides = strides_of(view);
  return true;
}
static void view_take_back(Value object, [[maybe_unused]] Buffer *buffer) {
  as_view(object)->exports--;
}
static const BufferProtocol view_protocol = {.acquire = view_lend, .release = view_take_back};
void memoryview_prepare(void) {
  buffer_register(BUILTIN(MEMORYVIEW), &view_protocol);
}

static const NativeMethod view_methods[] = {
    NATIVE("__new__", view_new, "($type, object)", "A view of the memory that an object lends.", NATIVE_STATIC),
    NATIVE("__repr__", view_repr, "($self, /)", "Address."),
    NATIVE("__hash__", view_hash, "($self, /)", "Hash value."),
    NATIVE("__eq__", view_equal, "($self, value, /)", "Return self==value."),
    NATIVE("__ne__", view_not_equal, "($self, value, /)", "Return self!=value."),
    NATIVE("__lt__", view_unordered, "($self, value, /)", "Views have no order."),
    NATIVE("__le__", view_unordered, "($self, value, /)", "Views have no order."),
    NATIVE("__gt__", view_unordered, "($self, value, /)", "Views have no order."),
    NATIVE("__ge__", view_unordered, "($self, value, /)", "Views have no order."),
    NATIVE("__iter__", view_iterate, "($self, /)", "Iterate over the items."),
    NATIVE("__len__", view_length, "($self, /)", "Return len(self)."),
    NATIVE("__getitem__", view_get_item, "($self, key, /)", "Return self[key]."),
    NATIVE("__setitem__", view_set_item, "($self, key, value, /)", "Set self[key] to value."),
    NATIVE("__delitem__", view_delete_item, "($self, key, /)", "Memory cannot be deleted."),
    NATIVE("__del__", view_finalize, "($self, /)", "Give the memory back."),
    NATIVE("__enter__", view_enter, "($self, /)", "Return self."),
    NATIVE("__exit__", view_exit, "($self, /, *args)", "Release the memory."),
    NATIVE("release", view_release, "($self, /)", "Give the memory back."),
    NATIVE("tobytes", view_tobytes, "($self, /, order='C')", "The memory as bytes."),
    NATIVE("hex", view_hex, "($self, /, sep=<unrepresentable>, bytes_per_sep=1)", "Hexadecimal digits of the memory."),
    NATIVE("tolist", view_tolist, "($self, /)", "The items as a list."),
    NATIVE("cast", view_cast, "($self, /, format, shape=<unrepresentable>)",
           "A view of the same memory with another format or shape."),
    NATIVE("toreadonly", view_toreadonly, "($self, /)", "A view of the same memory that cannot be written to."),
    {}};
static const NativeProperty view_properties[] = {
    {"obj", get_object, NULL, "The underlying object of the memoryview."},
    {"nbytes", get_byte_count, NULL, "The amount of memory in bytes."},
    {"readonly", get_read_only, NULL, "Whether the memory cannot be written to."},
    {"itemsize", get_item_size, NULL, "The size of an item in bytes."},
    {"format", get_format, NULL, "The struct format of an item."},
    {"ndim", get_dimensions, NULL, "The number of dimensions."},
    {"shape", get_shape, NULL, "The length of each dimension."},
    {"strides", get_strides, NULL, "The distance in bytes between items of each dimension."},
    {"suboffsets", get_suboffsets, NULL, "Not used."},
    {"c_contiguous", get_c_contiguous, NULL, "Are the items contiguous in C order?"},
    {"f_contiguous", get_f_contiguous, NULL, "Are the items contiguous in Fortran order?"},
    {"contiguous", get_contiguous, NULL, "Are the items contiguous?"},
    {}};
const ClassDef memoryview_class = {.name = "memoryview",
                                   .doc = "memoryview(object)\n--\n\nA view of memory that another object lends.",
                                   .cell_type = &view_cell_type,
                                   .instance_size = sizeof(MemoryView),
                                   .flags = CLASS_IMMUTABLE | CLASS_VARIABLE_SIZE | CLASS_HAS_WEAKREF | CLASS_SEQUENCE,
                                   .methods = view_methods,
                                   .properties = view_properties};
