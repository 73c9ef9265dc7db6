// The buffer protocol: who lends memory, and how borrowers hold it.
//
// Protocols are registered by native class; a subclass lends as its nearest registered base does. The table is only
// written while native classes are created, under its mutex, and read without.
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"

#include <pthread.h>

enum : size_t { PROTOCOLS_MAX = 64 };
static struct {
  Class *class;
  const BufferProtocol *protocol;
} protocols[PROTOCOLS_MAX];
static _Atomic size_t protocol_count;
static pthread_mutex_t protocol_mutex = PTHREAD_MUTEX_INITIALIZER;

void buffer_register(Class *class, const BufferProtocol *protocol) {
  pthread_mutex_lock(&protocol_mutex);
  size_t at = protocol_count;
  if (at < PROTOCOLS_MAX) {
    protocols[at].class = class;
    protocols[at].protocol = protocol;
    protocol_count = at + 1;
  }
  pthread_mutex_unlock(&protocol_mutex);
}

static const BufferProtocol *find_protocol(Value object) {
  for (Class *class = value_class(object); class; class = (Class *)value_cell(class->base)) {
    for (size_t i = 0; i < protocol_count; i++)
      if (protocols[i].class == class) return protocols[i].protocol;
    if (!class->base) break;
  }
  return NULL;
}

bool value_has_buffer(Value object) {
  return find_protocol(object) != NULL;
}

bool buffer_acquire(Value object, Buffer *buffer, int flags) {
  *buffer = (Buffer){};
  const BufferProtocol *protocol = find_protocol(object);
  if (!protocol) {
    raise_type_error("a bytes-like object is required, not '%.100T'", object);
    return false;
  }
  buffer->item_size = 1;
  buffer->dimensions = 1;
  if (!protocol->acquire(object, buffer, flags)) {
    buffer->owner = NULL;
    return false;
  }
  if ((flags & BUFFER_WRITABLE) && buffer->read_only) {
    buffer_release(buffer);
    raise(CLASS_BUFFER_ERROR, "Object is not writable.");
    return false;
  }
  return true;
}

bool buffer_acquire_writable(Value object, Buffer *buffer, const char *what) {
  if (value_has_buffer(object) && buffer_acquire(object, buffer, BUFFER_WRITABLE)) return true;
  if (value_has_buffer(object) && !exception_clear_if(CLASS_BUFFER_ERROR)) return false;
  *buffer = (Buffer){};
  raise_type_error("%s must be read-write bytes-like object, not %.100T", what, object);
  return false;
}

void buffer_release(Buffer *buffer) {
  Value owner = buffer->owner;
  if (!owner) return;
  const BufferProtocol *protocol = find_protocol(owner);
  if (protocol && protocol->release) protocol->release(owner, buffer);
  buffer->owner = NULL;
}
