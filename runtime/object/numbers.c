// Values as C numbers, through __index__ (for doubles see float.c).
#include "runtime/object/call.h"
#include "runtime/object/int.h"

#include <limits.h>

Value value_index(Value value) {
  if (value_is_int(value)) return value;
  Value method = value_special(value, SPECIAL_INDEX);
  if (!method) return raise_type_error("'%.200T' object cannot be interpreted as an integer", value);
  Value result = special_call_1(method, value);
  if (!result || value_is_exact_int(result)) return result;
  if (!value_is_int(result)) return raise_type_error("__index__ returned non-int (type %.200T)", result);
  if (!warn(
          CLASS_DEPRECATION_WARNING, 1,
          "__index__ returned non-int (type %.200T).  The ability to return an instance of a strict subclass of int is "
          "deprecated, and may not be supported in a future version of Python.",
          result))
    return NULL;
  return result;
}

bool value_as_int64(Value value, int64_t *number) {
  if (value_is_small_int(value)) {
    *number = value_small_int(value);
    return true;
  }
  Value index = value_index(value);
  if (!index) return false;
  if (int_fits_int64(index, number)) return true;
  raise(CLASS_OVERFLOW_ERROR, "Python int too large to convert to C long");
  return false;
}

bool value_as_size(Value value, ptrdiff_t *number, ClassId overflow) {
  if (value_is_small_int(value)) {
    *number = (ptrdiff_t)value_small_int(value);
    return true;
  }
  Value index = value_index(value);
  if (!index) return false;
  int64_t wide;
  if (int_fits_int64(index, &wide)) {
    *number = wide;
    return true;
  }
  if (overflow == CLASS_COUNT) {
    *number = int_sign(index) < 0 ? PTRDIFF_MIN : PTRDIFF_MAX;
    return true;
  }
  raise(overflow, "cannot fit '%.200T' into an index-sized integer", value);
  return false;
}

bool value_as_int(Value value, int *number) {
  Value index = value_index(value);
  int64_t wide;
  if (!index) return false;
  if (!int_fits_int64(index, &wide) || wide < INT_MIN || wide > INT_MAX) {
    raise(CLASS_OVERFLOW_ERROR, "Python int too large to convert to C int");
    return false;
  }
  *number = (int)wide;
  return true;
}
