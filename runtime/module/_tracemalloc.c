// The module _tracemalloc: where the memory that is in use was allocated.
//
// Every allocation of a cell is observed (heap_observe): its address is entered in a table with its size and its
// origin, the stack of frames it was made under; equal origins exist once. A cell leaves the table when a collection
// has found it dead. What is asked for (traces, memory in use) is the truth of that moment, so a full collection goes
// before; and before the peak rises by an eighth a collection sees to it that it is not garbage that makes it rise.
//
// Threads: tables and counters are guarded by one mutex, under which nothing allocates cells or polls: whoever stops
// the world finds it free. Origins that somebody is reading while another thread clears the traces are freed later.
#include "runtime/heap/observe.h"
#include "runtime/module/tracemalloc.h"
#include "runtime/object/frame.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/opcodes.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct OriginFrame {
  Value filename; // traced by the root hook
  int32_t line;
} OriginFrame;
typedef struct Origin {
  struct Origin *next_same; // in its bucket
  struct Origin *next;      // of all
  uint64_t hash;
  size_t shown; // number of its tuple in the answer that is being made; 0: none yet
  uint16_t count, total;
  OriginFrame frames[];
} Origin;
typedef struct Trace {
  const Cell *cell; // NULL: a free place
  size_t size;
  Origin *origin;
} Trace;

enum : int { MOST_FRAMES = TRACEMALLOC_MOST_FRAMES };
enum : size_t {
  PEAK_STEP = 32u << 10, // a peak may be wrong by so many bytes,
  PEAK_SHARE = 8,        // or by one part in so many
  BUCKETS = 4096,
};

static struct {
  pthread_mutex_t mutex;
  int limit; // frames an origin
  // Open addressing, a power of two of places, at most half of them taken
  Trace *traces;
  size_t capacity, count;
  // Cells that a young collection can find dead
  const Cell **young;
  size_t young_count, young_capacity;
  Origin *buckets[BUCKETS];
  Origin *origins, *retired; // retired: cleared while somebody was reading
  unsigned readers;
  size_t origin_bytes;
  size_t traced, peak, checked; // bytes; `checked`: a peak up to here has been seen to be no garbage
} trace = {.mutex = PTHREAD_MUTEX_INITIALIZER, .limit = 1};
static _Thread_local bool own_work; // what this module itself allocates is not traced

// ---- The table of traces. The mutex is held, or the world stopped. ----

static size_t place_of(const Cell *cell) {
  return (size_t)((uintptr_t)cell / 16 * 0x9e3779b97f4a7c15u >> 20) & (trace.capacity - 1);
}
static Trace *find_trace(const Cell *cell) {
  if (!trace.capacity) return NULL;
  for (size_t at = place_of(cell);; at = (at + 1) & (trace.capacity - 1)) {
    if (trace.traces[at].cell == cell) return &trace.traces[at];
    if (!trace.traces[at].cell) return NULL;
  }
}
static void put_trace(Trace entry) {
  size_t at = place_of(entry.cell);
  while (trace.traces[at].cell) at = (at + 1) & (trace.capacity - 1);
  trace.traces[at] = entry;
}
static bool resize_traces(size_t capacity) {
  Trace *former = trace.traces, *traces = calloc(capacity, sizeof *traces);
  size_t former_capacity = trace.capacity;
  if (!traces) return false;
  trace.traces = traces;
  trace.capacity = capacity;
  for (size_t i = 0; i < former_capacity; i++)
    if (former[i].cell) put_trace(former[i]);
  free(former);
  return true;
}
// What follows moves up, so that no search stops short.
static void remove_trace(Trace *entry) {
  size_t mask = trace.capacity - 1, hole = (size_t)(entry - trace.traces);
  trace.traced -= entry->size;
  trace.count--;
  for (size_t at = (hole + 1) & mask; trace.traces[at].cell; at = (at + 1) & mask) {
    size_t home = place_of(trace.traces[at].cell);
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    trace.traces[hole] = trace.traces[at];
    hole = at;
  }
  trace.traces[hole] = (Trace){};
}

static bool note_young(const Cell *cell) {
  if (trace.young_count == trace.young_capacity) {
    size_t capacity = trace.young_capacity ? 2 * trace.young_capacity : 1024;
    const Cell **young = realloc(trace.young, capacity * sizeof *young);
    if (!young) return false;
    trace.young = young;
    trace.young_capacity = capacity;
  }
  trace.young[trace.young_count++] = cell;
  return true;
}

// Without memory the allocation goes untraced.
static void add_trace(const Cell *cell, size_t size, Origin *origin) {
  Trace *former = find_trace(cell);
  if (former) remove_trace(former);
  if (2 * trace.count >= trace.capacity && !resize_traces(trace.capacity ? 2 * trace.capacity : 4096)) return;
  if (!note_young(cell)) return;
  put_trace((Trace){cell, size, origin});
  trace.count++;
  trace.traced += size;
}

static void forget_dead(void) {
  Trace *former = trace.traces;
  size_t former_capacity = trace.capacity, live = 0, bytes = 0, capacity = 4096;
  for (size_t i = 0; i < former_capacity; i++) {
    if (!former[i].cell) continue;
    if (heap_is_live(former[i].cell)) {
      live++;
      bytes += former[i].size;
    } else {
      former[i].cell = NULL;
    }
  }
  while (capacity < 4 * live) capacity *= 2;
  Trace *traces = calloc(capacity, sizeof *traces);
  if (traces) {
    trace.traces = traces;
    trace.capacity = capacity;
    for (size_t i = 0; i < former_capacity; i++)
      if (former[i].cell) put_trace(former[i]);
    free(former);
    trace.count = live;
    trace.traced = bytes;
  }
}
static void observe_marked(bool full) {
  if (full) forget_dead();
  size_t kept = 0;
  for (size_t i = 0; i < trace.young_count; i++) {
    const Cell *cell = trace.young[i];
    if (!heap_is_live(cell)) {
      Trace *entry = full ? NULL : find_trace(cell);
      if (entry) remove_trace(entry);
    } else if (!heap_is_old(cell)) {
      trace.young[kept++] = cell;
    }
  }
  trace.young_count = kept;
}

// ---- Origins ----

static bool is_incomplete(const Frame *frame) { // its cells are being made
  return frame->pc == frame->code->words && opcode_base[*frame->pc & 0xff] == OP_ENTER_CLOSURE;
}

// The stack of the calling thread, found among the origins or added; NULL: no memory. The mutex is held.
static Origin *find_origin(void) {
  const Thread *thread = thread_current();
  OriginFrame few[8], *frames = few;
  if (trace.limit > 8 && !(frames = malloc((size_t)trace.limit * sizeof *frames))) return NULL;
  int count = 0, total = 0;
  for (const Frame *frame = thread->frame; frame; frame = frame->previous) {
    if (!frame->code || (total == 0 && is_incomplete(frame))) continue;
    if (count < trace.limit) frames[count++] = (OriginFrame){frame->code->filename, frame_line(frame)};
    if (total < MOST_FRAMES) total++;
  }
  uint64_t hash = (uint64_t)total;
  for (int i = 0; i < count; i++)
    hash = (hash ^ value_bits(frames[i].filename) ^ (uint64_t)frames[i].line << 40) * 0x9e3779b97f4a7c15u;
  hash ^= hash >> 32;
  Origin **bucket = &trace.buckets[hash % BUCKETS], *origin = *bucket;
  for (; origin; origin = origin->next_same) {
    bool same = origin->hash == hash && origin->count == count && origin->total == total;
    for (int i = 0; same && i < count; i++)
      same = origin->frames[i].filename == frames[i].filename && origin->frames[i].line == frames[i].line;
    if (same) break;
  }
  if (!origin) {
    size_t size = sizeof *origin + (size_t)count * sizeof *frames;
    origin = calloc(1, size);
    if (origin) {
      *origin = (Origin){.next_same = *bucket,
                         .next = trace.origins,
                         .hash = hash,
                         .count = (uint16_t)count,
                         .total = (uint16_t)total};
      memcpy(origin->frames, frames, (size_t)count * sizeof *frames);
      *bucket = trace.origins = origin;
      trace.origin_bytes += size;
    }
  }
  if (frames != few) free(frames);
  return origin;
}

static void free_origins(Origin *origin) {
  for (Origin *next; origin; origin = next) {
    next = origin->next;
    free(origin);
  }
}
static void trace_origins(Tracer *tracer, [[maybe_unused]] void *context) {
  for (Origin *list[2] = {trace.origins, trace.retired}, **head = list; head < list + 2; head++)
    for (Origin *origin = *head; origin; origin = origin->next)
      for (int i = 0; i < origin->count; i++) trace_value(tracer, origin->frames[i].filename);
}

// ---- Observing ----

static void note_peak(void) {
  if (trace.traced > trace.peak) trace.peak = trace.traced;
}
static bool observe_wants_collection(size_t size) {
  pthread_mutex_lock(&trace.mutex);
  size_t traced = trace.traced + size;
  bool wants = !own_work && traced > trace.peak && traced > trace.checked;
  pthread_mutex_unlock(&trace.mutex);
  return wants;
}
// `checked` follows from what the collection has left.
static void observe_allocated(const Cell *cell, size_t size) {
  if (own_work) return;
  pthread_mutex_lock(&trace.mutex);
  Origin *origin = find_origin();
  if (origin) add_trace(cell, size, origin);
  note_peak();
  if (trace.traced > trace.checked) {
    size_t step = trace.traced / PEAK_SHARE;
    trace.checked = trace.traced + (step > PEAK_STEP ? step : PEAK_STEP);
  }
  pthread_mutex_unlock(&trace.mutex);
}
static void observe_grown(const Cell *cell, size_t size) {
  pthread_mutex_lock(&trace.mutex);
  Trace *entry = find_trace(cell);
  if (entry) {
    trace.traced += size - entry->size;
    entry->size = size;
    note_peak();
  }
  pthread_mutex_unlock(&trace.mutex);
}
static const AllocationObserver observer = {.wants_collection = observe_wants_collection,
                                            .allocated = observe_allocated,
                                            .grown = observe_grown,
                                            .marked = observe_marked};

// ---- The module's functions ----

static void clear(void) {
  pthread_mutex_lock(&trace.mutex);
  free(trace.traces);
  free(trace.young);
  trace.traces = NULL;
  trace.young = NULL;
  trace.capacity = trace.count = trace.young_count = trace.young_capacity = 0;
  trace.traced = trace.peak = trace.checked = trace.origin_bytes = 0;
  if (trace.readers) {
    Origin **end = &trace.origins;
    while (*end) end = &(*end)->next;
    *end = trace.retired;
    trace.retired = trace.origins;
  } else {
    free_origins(trace.origins);
  }
  trace.origins = NULL;
  memset(trace.buckets, 0, sizeof trace.buckets);
  pthread_mutex_unlock(&trace.mutex);
}

void tracemalloc_start(int limit) {
  static bool hooked;
  if (heap_observer) return;
  if (!hooked) heap_add_root_hook(trace_origins, NULL);
  hooked = true;
  trace.limit = limit;
  heap_observe(&observer);
}

static Value start(Value limit_value) {
  int limit = 1;
  if (limit_value && !value_as_int(limit_value, &limit)) return NULL;
  if (limit < 1 || limit > MOST_FRAMES)
    return raise_value_error("the number of frames must be in range [1; %d]", MOST_FRAMES);
  tracemalloc_start(limit);
  return VALUE_NONE;
}
static Value stop(void) {
  if (heap_observer) heap_observe(NULL);
  clear();
  return VALUE_NONE;
}
static Value is_tracing(void) {
  return value_from_bool(heap_observer != NULL);
}
static Value clear_traces(void) {
  if (heap_observer) clear();
  return VALUE_NONE;
}
static Value get_limit(void) {
  return value_from_small_int(trace.limit);
}

// Lets go of what is dead, for the native function `function`. See heap_collect_between.
static void settle(Value (*function)(void)) {
  bool direct = native_is_called_directly((const void *)function);
  if (!heap_observer) return;
  if (direct)
    heap_collect_between(2);
  else
    heap_collect(2);
}
static Value get_traced_memory(void) {
  settle(get_traced_memory);
  pthread_mutex_lock(&trace.mutex);
  size_t traced = trace.traced, peak = trace.peak;
  pthread_mutex_unlock(&trace.mutex);
  own_work = true;
  Value result = tuple_of(2, int_from_size(traced), int_from_size(peak));
  own_work = false;
  return result;
}
static Value reset_peak(void) {
  settle(reset_peak);
  pthread_mutex_lock(&trace.mutex);
  trace.peak = trace.traced;
  trace.checked = 0;
  pthread_mutex_unlock(&trace.mutex);
  return VALUE_NONE;
}
static Value get_own_memory(void) {
  pthread_mutex_lock(&trace.mutex);
  size_t bytes = trace.capacity * sizeof(Trace) + trace.young_capacity * sizeof *trace.young + trace.origin_bytes;
  pthread_mutex_unlock(&trace.mutex);
  return int_from_size(bytes);
}

// ((filename, line), ...), the innermost frame first.
static Value origin_frames(const Origin *origin) {
  if (!origin->count) {
    Value frame = tuple_of(2, str_from_c("<unknown>"), value_from_small_int(0));
    return frame ? tuple_of(1, frame) : NULL;
  }
  Tuple *frames = tuple_allocate(origin->count);
  for (int i = 0; frames && i < origin->count; i++) {
    Value frame = tuple_of(2, origin->frames[i].filename, value_from_small_int(origin->frames[i].line));
    if (!frame) return NULL;
    gc_store(frames, &frames->items[i], frame);
  }
  return value_from_cell(frames);
}
static Value origin_total(const Origin *origin) {
  return value_from_small_int(origin->count ? origin->total : 1);
}

static void reading_begin(void) {
  pthread_mutex_lock(&trace.mutex);
  trace.readers++;
}
static void reading_end(void) {
  pthread_mutex_lock(&trace.mutex);
  if (--trace.readers == 0) {
    free_origins(trace.retired);
    trace.retired = NULL;
  }
  pthread_mutex_unlock(&trace.mutex);
}

static Value traces_list(const Trace *traces, size_t count) {
  Value list = list_new_sized(count), shown = list_new(NULL, 0);
  if (!list || !shown) return NULL;
  for (size_t i = 0; i < count; i++) {
    Origin *origin = traces[i].origin;
    Value frames;
    if (!origin->shown) {
      frames = origin_frames(origin);
      if (!frames || !list_append(shown, frames)) return NULL;
      origin->shown = list_count(shown);
    } else {
      frames = list_item(shown, origin->shown - 1);
    }
    Value entry = tuple_of(4, value_from_small_int(0), int_from_size(traces[i].size), frames, origin_total(origin));
    if (!entry || !list_append(list, entry)) return NULL;
  }
  return list;
}
static Value get_traces(void) {
  static pthread_mutex_t answers = PTHREAD_MUTEX_INITIALIZER; // `shown` serves one answer at a time
  if (!heap_observer) return list_new(NULL, 0);
  settle(get_traces);
  BLOCKING(pthread_mutex_lock(&answers));
  reading_begin();
  size_t count = 0;
  Trace *traces = malloc((trace.count ? trace.count : 1) * sizeof *traces);
  for (size_t i = 0; traces && i < trace.capacity; i++)
    if (trace.traces[i].cell) {
      traces[count] = trace.traces[i];
      traces[count++].origin->shown = 0;
    }
  pthread_mutex_unlock(&trace.mutex);
  own_work = true;
  Value list = traces ? traces_list(traces, count) : raise_memory_error();
  own_work = false;
  reading_end();
  pthread_mutex_unlock(&answers);
  free(traces);
  return list;
}

static Value get_object_traceback(Value object) {
  if (!value_is_cell(object)) return VALUE_NONE;
  reading_begin();
  const Trace *entry = find_trace(value_cell(object));
  const Origin *origin = entry ? entry->origin : NULL;
  pthread_mutex_unlock(&trace.mutex);
  own_work = true;
  Value frames = origin ? origin_frames(origin) : VALUE_NONE;
  own_work = false;
  reading_end();
  return frames;
}

static const NativeMethod tracemalloc_functions[] = {
    NATIVE("_get_object_traceback", get_object_traceback, "(obj, /)", "The frames that an object was allocated under."),
    NATIVE("_get_traces", get_traces, "()", "All traces: (domain, size, frames, number of frames)."),
    NATIVE("clear_traces", clear_traces, "()", "Forget what has been traced."),
    NATIVE("get_traceback_limit", get_limit, "()", "How many frames are kept of each allocation."),
    NATIVE("get_traced_memory", get_traced_memory, "()", "Memory in use, and its peak, in bytes."),
    NATIVE("get_tracemalloc_memory", get_own_memory, "()", "What tracing itself occupies, in bytes."),
    NATIVE("is_tracing", is_tracing, "()", "Are allocations being traced?"),
    NATIVE("reset_peak", reset_peak, "()", "The peak begins anew, from what is in use now."),
    NATIVE("start", start, "(nframe=1, /)", "Trace allocations, keeping so many frames of each."),
    NATIVE("stop", stop, "()", "Trace no more, and forget what has been traced."),
    {}};
const NativeModule tracemalloc_module = {
    .name = "_tracemalloc", .doc = "Where memory was allocated.", .functions = tracemalloc_functions};
