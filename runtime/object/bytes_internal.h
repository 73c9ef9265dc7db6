// What the files of bytes and bytearray share.
#pragma once

#include "runtime/object/bytes.h"
#include "runtime/object/native.h"
#include "runtime/thread/thread.h"

// The bytes of a bytes or bytearray, or of anything that lends a buffer. While `buffer.owner` is set the memory is
// held.
typedef struct ByteView {
  const uint8_t *data;
  size_t length;
  Buffer buffer;
} ByteView;
// `value` must be bytes or bytearray. A bytearray is not held: the view is good until Python code can run, or another
// thread can change it; see byte_stable().
ByteView byte_view(Value value);
// An operand that other threads cannot change: a bytearray's copy, once there are several threads, else `value` itself.
// Zero: MemoryError.
Value byte_stable_slow(Value value);
static inline Value byte_stable(Value value) {
  return threads_started && value_is_bytearray(value) ? byte_stable_slow(value) : value;
}
// Any bytes-like object; held until released (a bytearray: copied, once there are several threads, so that a borrower
// of a moment does not forbid other threads to resize it). False: TypeError "a bytes-like object is required, not 'T'".
bool byte_view_acquire(Value value, ByteView *view);
void byte_view_release(ByteView *view);
// A bytes or bytearray like `self` with a copy of `data`.
Value bytes_like(Value self, const void *data, size_t length);

// Methods that both types have: bytes_methods.c, listed in bytes_shared.def for both tables.

Value byte_format(Value self, Value value);
Value byte_format_reversed(Value self, Value value);
Value byte_capitalize(Value self);
Value byte_center(Value self, Value width, Value fillchar);
Value byte_count(Value self, Value *arguments, size_t count, Value keyword_names);
Value byte_decode(Value self, Value encoding, Value errors);
Value byte_endswith(Value self, Value *arguments, size_t count, Value keyword_names);
Value byte_expandtabs(Value self, Value tabsize);
Value byte_find(Value self, Value *arguments, size_t count, Value keyword_names);
Value byte_fromhex(Value class, Value string);
Value byte_hex(Value self, Value sep, Value bytes_per_sep);
Value byte_index(Value self, Value *arguments, size_t count, Value keyword_names);
Value byte_isalnum(Value self);
Value byte_isalpha(Value self);
Value byte_isascii(Value self);
Value byte_isdigit(Value self);
Value byte_islower(Value self);
Value byte_isspace(Value self);
Value byte_istitle(Value self);
Value byte_isupper(Value self);
Value byte_join(Value self, Value iterable_of_bytes);
Value byte_ljust(Value self, Value width, Value fillchar);
Value byte_lower(Value self);
Value byte_lstrip(Value self, Value characters);
Value byte_maketrans(Value frm, Value to);
Value byte_partition(Value self, Value sep);
Value byte_removeprefix(Value self, Value prefix);
Value byte_removesuffix(Value self, Value suffix);
Value byte_replace(Value self, Value old, Value new, Value count);
Value byte_rfind(Value self, Value *arguments, size_t count, Value keyword_names);
Value byte_rindex(Value self, Value *arguments, size_t count, Value keyword_names);
Value byte_rjust(Value self, Value width, Value fillchar);
Value byte_rpartition(Value self, Value sep);
Value byte_rsplit(Value self, Value sep, Value maxsplit);
Value byte_rstrip(Value self, Value characters);
Value byte_split(Value self, Value sep, Value maxsplit);
Value byte_splitlines(Value self, Value keepends);
Value byte_startswith(Value self, Value *arguments, size_t count, Value keyword_names);
Value byte_strip(Value self, Value characters);
Value byte_swapcase(Value self);
Value byte_title(Value self);
Value byte_translate(Value self, Value table, Value delete);
Value byte_upper(Value self);
Value byte_zfill(Value self, Value width);
// Operators that both have.
Value byte_length(Value self);
Value byte_contains(Value self, Value item);
Value byte_add(Value self, Value other);
Value byte_multiply(Value self, Value count);
Value byte_compare(Value self, Value other, int comparison);
Value byte_get_item(Value self, Value key);
// bytes(source, encoding, errors) as a new exact bytes object.
Value bytes_from_object(Value source, Value encoding, Value errors, const char *function);
// "b'...'" of the bytes.
Value bytes_repr_text(const uint8_t *data, size_t length);
// hex() with its separator; also memoryview.hex().
Value bytes_hex_text(const uint8_t *data, size_t length, Value separator, Value group);
// A byte value 0..255 from an index-like object; -1: exception ("byte must be in range(0, 256)").
int byte_from_value(Value value, const char *message);
