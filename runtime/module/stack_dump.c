// See stack_dump.h. Limits as CPython's: 100 threads, 100 frames each, 500 characters of a name.
#include "runtime/module/stack_dump.h"
#include "runtime/object/frame.h"
#include "runtime/object/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_THREADS = 100, MOST_FRAMES = 100, MOST_CHARACTERS = 500 };

static void put(int descriptor, const char *data, size_t length) {
  while (length > 0) {
    ssize_t count = write(descriptor, data, length);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    data += count;
    length -= (size_t)count;
  }
}
void dump_text(int descriptor, const char *text) {
  put(descriptor, text, strlen(text));
}

// printf is not safe in a signal handler: digits by hand.
static void put_number(int descriptor, uint64_t number, unsigned base, int width) {
  char digits[24];
  int at = sizeof digits;
  do {
    digits[--at] = "0123456789abcdef"[number % base];
    number /= base;
    width--;
  } while (number || width > 0);
  put(descriptor, digits + at, sizeof digits - (size_t)at);
}

// A str in ASCII; other characters as escapes.
static void put_str(int descriptor, Value value) {
  if (!value || !value_is_str(value)) {
    dump_text(descriptor, "???");
    return;
  }
  const Str *text = value_as_str(value);
  size_t shown = text->length < MOST_CHARACTERS ? text->length : MOST_CHARACTERS;
  for (size_t i = 0; i < shown; i++) {
    uint32_t character = str_character(text, i);
    if (character >= ' ' && character < 127) {
      char byte = (char)character;
      put(descriptor, &byte, 1);
    } else {
      dump_text(descriptor, character < 256 ? "\\x" : character < 65536 ? "\\u" : "\\U");
      put_number(descriptor, character, 16, character < 256 ? 2 : character < 65536 ? 4 : 8);
    }
  }
  if (shown < text->length) dump_text(descriptor, "...");
}

static void dump_frames(int descriptor, const Thread *thread) {
  const Frame *frame = thread->frame;
  int shown = 0;
  if (thread->finalizer_depth) dump_text(descriptor, "  Garbage-collecting\n");
  for (; frame; frame = frame->previous) {
    const Code *code = frame->code;
    if (!code) continue; // a call from C
    if (shown++ == MOST_FRAMES) {
      dump_text(descriptor, "  ...\n");
      return;
    }
    dump_text(descriptor, "  File ");
    if (code->filename) dump_text(descriptor, "\"");
    put_str(descriptor, code->filename);
    if (code->filename) dump_text(descriptor, "\"");
    int line = frame_line(frame);
    dump_text(descriptor, ", line ");
    if (line > 0)
      put_number(descriptor, (uint64_t)line, 10, 1);
    else
      dump_text(descriptor, "???");
    dump_text(descriptor, " in ");
    put_str(descriptor, code->name);
    dump_text(descriptor, "\n");
  }
  if (shown == 0) dump_text(descriptor, "  <no Python frame>\n");
}

void dump_stack(int descriptor) {
  const Thread *thread = thread_current();
  dump_text(descriptor, "Stack (most recent call first):\n");
  if (thread) dump_frames(descriptor, thread);
}

typedef struct ThreadList {
  const Thread *threads[MOST_THREADS];
  int count;
  bool has_more;
} ThreadList;
static void collect(Thread *thread, void *context) {
  ThreadList *list = context;
  if (list->count < MOST_THREADS)
    list->threads[list->count++] = thread;
  else
    list->has_more = true;
}

void dump_all_stacks(int descriptor) {
  ThreadList list = {};
  thread_each_unlocked(collect, &list);
  for (int i = 0; i < list.count; i++) {
    if (i > 0) dump_text(descriptor, "\n");
    dump_text(descriptor, list.threads[i] == thread_current() ? "Current thread 0x" : "Thread 0x");
    put_number(descriptor, list.threads[i]->identity, 16, 16);
    dump_text(descriptor, " (most recent call first):\n");
    dump_frames(descriptor, list.threads[i]);
  }
  if (list.has_more) dump_text(descriptor, "...\n");
}
