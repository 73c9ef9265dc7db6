// The classes of the io module, as its files see each other.
//
// Layers: a raw stream (FileIO) makes system calls; a buffered one keeps bytes in memory between them; a text one
// encodes, decodes and translates line ends. Each buffered or text object has an IoLock, held while its fields are
// inconsistent, also across calls to the layer below; the order of locks is text, buffered, raw.
#pragma once

#include "runtime/heap/heap.h"
#include "runtime/module/system.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/thread/lock.h"
#include "runtime/thread/owner_lock.h"

enum : size_t { IO_BUFFER_SIZE = 8192 };

// Recursive, and held across Python code, since a signal handler or a finalizer can come back to the object.
typedef struct IoLock {
  OwnerLock lock;
  uint32_t depth; // written by the holder only
} IoLock;
static inline bool io_lock_is_mine(const IoLock *lock) {
  return owner_lock_is_mine(&lock->lock);
}
static inline void io_lock_take(IoLock *lock) {
  if (owner_lock_take(&lock->lock))
    lock->depth = 1;
  else
    lock->depth++;
}
static inline void io_lock_release(IoLock *lock) {
  if (--lock->depth == 0) owner_lock_release(&lock->lock);
}

extern Class *io_base_class, *io_raw_base_class, *io_buffered_base_class, *io_text_base_class;
extern Class *io_file_class, *io_bytes_class, *io_string_class, *io_reader_class, *io_writer_class, *io_random_class,
    *io_pair_class, *io_text_class, *io_newline_class;
extern Class *io_unsupported_class;

// Each file adds its classes to the module. False: exception pending.
bool io_add_base_classes(Value module);
bool io_add_file_classes(Value module);
bool io_add_buffered_classes(Value module);
bool io_add_bytes_classes(Value module);
bool io_add_string_classes(Value module);
bool io_add_newline_class(Value module);
bool io_add_text_classes(Value module);

// UnsupportedOperation(message). Zero.
Value io_raise_unsupported(const char *message);
// ValueError unless the stream's `closed` is false. False: exception pending.
bool io_check_closed(Value stream);
int io_is_closed(Value stream); // truth of its `closed`; -1
// Calls stream.readable(), writable() or seekable(); UnsupportedOperation unless it is true.
bool io_check_readable(Value stream);
bool io_check_writable(Value stream);
bool io_check_seekable(Value stream);
// Truth of stream.METHOD(); -1.
int io_ask(Value stream, const char *method);
// stream.flush(), then marks it closed (the base's close()). Zero: exception.
Value io_base_close(Value stream);
// An optional size argument (absent, None: -1). False: TypeError.
bool io_parse_size(Value value, ptrdiff_t *size);
// An offset or file size, through __index__. False: exception.
bool io_parse_offset(Value value, int64_t *offset);
// Is the pending exception OSError EINTR (dropped then, after running signal handlers)? False: an exception is pending.
bool io_retry_interrupted(void);
// TypeError "cannot pickle 'T' object". Zero.
Value io_raise_pickling(Value self);
// Runs `close` for exceptions' sake even if one is pending: the earlier one becomes the later one's context.
void io_chain_exceptions(Value earlier);
// A stream has been closed, or (re)opened: needs it a finalizer? (A subclass's stays as it is.)
void io_set_open(Value stream, bool open);
// `owner` closes `stream` when it dies, so that `stream` needs no finalizer meanwhile: one that ran first would leave
// nothing to write the owner's buffer to.
static inline void io_set_owned(Value stream, bool owned) {
  io_set_open(stream, !owned);
}
// repr of a stream with its name attribute: <CLASS name=NAME> or <CLASS>.
Value io_repr_with_name(Value self);
int io_find_name(Value self, Value *name); // like value_find_attribute(self, "name"); ValueError counts as missing

// FileIO: for buffered streams over exactly this class.
ptrdiff_t io_file_read(Value file, void *memory, size_t size); // -1 exception, -2 would block
ptrdiff_t io_file_write(Value file, const void *memory, size_t size);
bool io_file_is_open(Value file);
Value io_file_open(Value path, const char *mode, bool close_descriptor, Value opener);

// Buffered streams of exactly the built-in classes, for the text layer.
bool io_buffered_is_exact(Value stream);
int io_buffered_is_closed(Value stream); // -1: exception
Value io_buffered_read1(Value stream, Value size);
bool io_buffered_write(Value stream, const void *data, size_t length);

// Newline translation. `kinds` collects what was seen.
enum : uint8_t { NEWLINE_CR = 1, NEWLINE_LF = 2, NEWLINE_CRLF = 4 };
typedef struct NewlineState {
  bool translate;  // \r and \r\n become \n
  bool pending_cr; // the last input ended with \r, which was held back
  uint8_t kinds;
} NewlineState;
Value io_newline_decode(NewlineState *state, Value text, bool final);
Value io_newline_kinds(uint8_t kinds); // None, a str or a tuple
// Where the first line in characters [start, end) of `text` ends (behind its line end), or -1 and *consumed, how far
// the search need not be repeated. `ending`: zero for "\n" alone or the line end sought; universal: any of the three.
ptrdiff_t io_find_line_end(bool translated, bool universal, Value ending, const void *units, int width, size_t start,
                           size_t end, size_t *consumed);

// TextIOWrapper(buffer, encoding, errors, newline, line_buffering)
Value io_text_new(Value buffer, Value encoding, Value errors, Value newline, bool line_buffering);
// The encoding that the locale asks for.
const char *locale_encoding(void);
// A top-level module, imported if need be.
Value import_module(const char *name);
// BufferedReader and the like over `raw`.
Value io_buffered_new(Class *class, Value raw, size_t size);
