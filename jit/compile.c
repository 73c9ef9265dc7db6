// See compile.h.
#include "jit/compile.h"

#include "jit/build.h"
#include "jit/compile_error.h"
#include "jit/exit_log.h"
#include "jit/leave_map.h"
#include "jit/lower.h"
#include "jit/passes.h"
#include "runtime/heap/heap.h"
#include "runtime/object/class.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/opcodes.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"
#include "vm/jit_hooks.h"
#include "vm/profile.h"
#include "vm/trace.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

// What the machine code refers to

// The cell that keeps it alive. A class alone would not do: it lets go of a root shape that it makes no more objects
// of, and the shape's memory may become a root of another class.
typedef struct Referents {
  Cell head;
  size_t value_count, shape_count;
  Value values[]; // behind them the shapes
} Referents;

static const Shape **referents_shapes(Referents *referents) {
  return (const Shape **)(referents->values + referents->value_count);
}
static void referents_trace(Cell *cell, Tracer *tracer) {
  Referents *referents = (Referents *)cell;
  const Shape **shapes = referents_shapes(referents);
  trace_range(tracer, referents->values, referents->values + referents->value_count);
  for (size_t i = 0; i < referents->shape_count; i++) trace_shape(tracer, (Shape *)(uintptr_t)shapes[i]);
}
static const CellType referents_cell_type = {
    .name = "compiled code's referents", .trace = referents_trace, .has_tail = true};
static Shape *referents_shape;

// What has been found so far.
typedef struct Constants {
  Value *values;
  size_t count, capacity;
  const Shape **shapes;
  size_t shape_count, shape_capacity;
  bool failed;
} Constants;

static void add_constant(Constants *constants, Value value) {
  if (!value || !value_is_cell(value)) return;
  for (size_t i = constants->count; i-- > 0;)
    if (constants->values[i] == value) return;
  if (constants->count == constants->capacity) {
    size_t capacity = constants->capacity ? constants->capacity * 2 : 32;
    Value *larger = realloc(constants->values, capacity * sizeof *larger);
    if (!larger) {
      constants->failed = true;
      return;
    }
    constants->values = larger;
    constants->capacity = capacity;
  }
  constants->values[constants->count++] = value;
}

static void add_shape(Constants *constants, const Shape *shape) {
  if (!shape || !shape->class) return;
  for (size_t i = constants->shape_count; i-- > 0;)
    if (constants->shapes[i] == shape) return;
  if (constants->shape_count == constants->shape_capacity) {
    size_t capacity = constants->shape_capacity ? constants->shape_capacity * 2 : 32;
    const Shape **larger = realloc(constants->shapes, capacity * sizeof *larger);
    if (!larger) {
      constants->failed = true;
      return;
    }
    constants->shapes = larger;
    constants->shape_capacity = capacity;
  }
  constants->shapes[constants->shape_count++] = shape;
}

static void add_state(Constants *constants, HirState *state) {
  for (const HirInline *frame = state->frame; frame; frame = frame->caller) {
    add_constant(constants, value_from_cell(frame->code));
    if (frame->function && hir_resolve(frame->function)->op == HIR_CONST)
      add_constant(constants, hir_resolve(frame->function)->payload.value);
    add_constant(constants, frame->globals);
    add_constant(constants, frame->builtins);
  }
  for (uint32_t i = 0; i < state->count; i++) {
    HirNode *node = hir_state_register(state, i);
    if (node && node->op == HIR_CONST) add_constant(constants, node->payload.value);
  }
}

static void add_node(Constants *constants, HirNode *node) {
  switch (node->op) {
  case HIR_CONST:
  case HIR_GUARD_IDENTITY:
  case HIR_NEW_INSTANCE:
    add_constant(constants, node->payload.value);
    break;
  case HIR_GUARD_VALID:
    add_constant(constants, value_from_cell(node->payload.pointer));
    break;
  case HIR_ADD_SLOT: {
    const SlotAddition *addition = node->payload.pointer;
    add_constant(constants, value_from_cell(addition->result));
    add_shape(constants, addition->new_shape);
    break;
  }
  default:
    break;
  }
  add_shape(constants, node->shape);
  for (uint32_t i = 0; i < node->input_count; i++) {
    HirNode *input = hir_node_input(node, i);
    if (input->op == HIR_CONST) add_constant(constants, input->payload.value);
  }
  if (node->state) add_state(constants, node->state);
}

static Value collect_constants(HirFunction *function) {
  Constants constants = {0};
  add_constant(&constants, function->globals);
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next) add_node(&constants, node);
  Shape *shape = constants.failed ? NULL : shape_internal(&referents_shape, &referents_cell_type);
  size_t size = constants.count * sizeof(Value) + constants.shape_count * sizeof *constants.shapes;
  Referents *referents = shape ? cell_alloc(shape, sizeof *referents + size) : NULL;
  if (referents) {
    for (size_t i = 0; i < constants.count; i++) gc_init(referents, &referents->values[i], constants.values[i]);
    referents->value_count = constants.count;
    referents->shape_count = constants.shape_count;
    for (size_t i = 0; i < constants.shape_count; i++) referents_shapes(referents)[i] = constants.shapes[i];
  }
  free(constants.values);
  free(constants.shapes);
  return referents ? value_from_cell(referents) : NULL;
}

// The parts that belong to the CompiledCode cell

typedef struct OwnedData OwnedData;
struct OwnedData {
  OwnedData *previous, *next; // all there are
  CompiledCode *compiled;
  CodeData *data;
  EngineCode engine_code;
  bool one_thread;
  const Trust *broken; // what does not hold any more
};
static OwnedData *all_owned;
static pthread_mutex_t owned_mutex = PTHREAD_MUTEX_INITIALIZER;

static void add_owned(OwnedData *owned) {
  pthread_mutex_lock(&owned_mutex);
  owned->next = all_owned;
  if (all_owned) all_owned->previous = owned;
  all_owned = owned;
  pthread_mutex_unlock(&owned_mutex);
}

static void release_owned(void *pointer) {
  OwnedData *owned = pointer;
  pthread_mutex_lock(&owned_mutex);
  if (owned->previous)
    owned->previous->next = owned->next;
  else
    all_owned = owned->next;
  if (owned->next) owned->next->previous = owned->previous;
  pthread_mutex_unlock(&owned_mutex);
  engine_release_later(&owned->engine_code);
  code_data_free(owned->data);
  free(owned);
}

static void set_name(CompileJob *job, const Code *code, uint32_t entry_word) {
  static _Atomic uint32_t serial;
  size_t length;
  const char *name = str_utf8(code->qualified_name, &length);
  snprintf(job->name, sizeof job->name, "py::%.100s:%u%s#%u", name ? name : "?", code->first_line,
           opcode_base[code->words[entry_word] & 0xff] == OP_RESUME ? "" : ":loop", atomic_fetch_add(&serial, 1) + 1);
}

// Takes what lowering needs of the results of ADD_SLOT out of them. While collections are held off.
static void take_slot_additions(HirFunction *function) {
  for (HirBlock *block = function->entry; block; block = block->next)
    for (HirNode *node = block->first; node; node = node->next) {
      if (node->op != HIR_ADD_SLOT) continue;
      const LookupResult *result = node->payload.pointer;
      SlotAddition *addition = hir_allocate(function, sizeof *addition);
      *addition = (SlotAddition){
          .result = result,
          .offset = result->shape->attributes_offset + sizeof(Value) + result->slot * sizeof(Value),
          .new_shape = result->next_shape,
      };
      node->payload.pointer = addition;
    }
}

static HirFunction *build(Code *code, Frame *frame, uint32_t entry_word, const char *name, FILE *log,
                          const char **reason) {
  HirFunction *volatile function = hir_function_new(code, entry_word, name);
  if (!function) {
    *reason = "out of memory";
    return NULL;
  }
  CompileAttempt attempt = {.reason = NULL};
  compile_attempt = &attempt;
  if (setjmp(attempt.jump) == 0) {
    build_function(function, frame);
    hir_optimize(function, log);
    take_slot_additions(function);
  } else {
    *reason = attempt.reason;
    hir_function_free(function);
    function = NULL;
  }
  compile_attempt = NULL;
  return function;
}

CompileJob *compile_prepare(Frame *frame, uint32_t entry_word, FILE *log, const char **reason) {
  Code *code = frame->code;
  Profile *profile = profile_of(code);
  CompileJob *job = profile ? calloc(1, sizeof *job) : NULL;
  if (job) job->data = code_data_new();
  *reason = "out of memory";
  if (!job || !job->data) {
    free(job);
    return NULL;
  }
  uint64_t start = now();
  job->is_repeated = __atomic_fetch_add(&profile->compilations, 1, __ATOMIC_RELAXED) > 0;
  heap_add_root_range(&job->compiled, 1);
  heap_add_root_range(&job->installed, 1);
  set_name(job, code, entry_word);
  job->one_thread = !threads_started;
  job->code = code;
  job->entry_word = entry_word;
  heap_hold_collections();
  Value pending = exception_peek() ? exception_take() : NULL;
  job->function = build(code, frame, entry_word, job->name, log, reason);
  CompiledCode *compiled = job->function ? compiled_code_new(code, entry_word) : NULL;
  if (compiled) {
    job->compiled = value_from_cell(compiled);
    Value constants = collect_constants(job->function);
    if (constants)
      gc_store(compiled, &compiled->constants, constants);
    else
      job->compiled = NULL;
  }
  heap_release_collections();
  if (pending) exception_restore(pending);
  job->build_nanoseconds = now() - start;
  if (job->compiled) return job;
  profile->is_refused = job->function == NULL; // it will not be otherwise next time
  compile_job_free(job);
  return NULL;
}

// Where guards fail often, code soon trusts nothing that it has met: it is left to one half of the functions to stay
// specialized.
static uint32_t stress_period(const Code *code) {
  if (!runtime.jit_stress) return 0;
  return code->first_line % 2 ? 40 : 1500;
}

LLVMModuleRef compile_lower(CompileJob *job, LLVMContextRef context) {
  CompiledCode *compiled = (CompiledCode *)value_cell(job->compiled);
  LowerRequest request = {
      .function = job->function,
      .data = job->data,
      .valid = &compiled->valid,
      .plain_handlers = plain_handlers,
      .one_thread = job->one_thread,
      .stress_period = stress_period(job->code),
      .is_quick = job->level == ENGINE_QUICK,
      .maps = job->level == ENGINE_FULL && leave_map_is_possible(),
  };
  LLVMModuleRef volatile module = NULL;
  CompileAttempt attempt = {.reason = NULL};
  compile_attempt = &attempt;
  if (setjmp(attempt.jump) == 0)
    module = lower_function(&request, context, job->name);
  else
    job->failure = attempt.reason;
  compile_attempt = NULL;
  return module;
}

bool compile_read_maps(CompileJob *job) {
  EngineCode *code = &job->engine_code;
  bool done = !code->maps || leave_map_read(job->data, code->maps, code->maps_size, code->entry);
  free(code->maps);
  code->maps = NULL;
  if (!done) engine_free(code);
  return done;
}

// From now on changes are told (the unit is in the list already). False: something has changed since the code was
// built.
static bool trust_all(const CodeData *data) {
  bool holds = true;
  for (uint32_t i = 0; i < data->trust_count; i++) {
    const Trust *trust = &data->trusts[i];
    if (trust->kind == TRUST_CLASS || trust->kind == TRUST_FIELD)
      atomic_store(&((Class *)(uintptr_t)trust->cell)->is_trusted, true);
    else if (trust->kind == TRUST_GLOBAL)
      atomic_store(&((GlobalCell *)(uintptr_t)trust->cell)->is_trusted, true);
    holds = holds && trust_holds(trust);
  }
  return holds;
}

// `cell` has changed. Code that relied on it becomes invalid: it leaves behind its next call, and is built anew, with
// less trust, when it is hot again. (The cells of dead units may have gone: only `cell` itself is looked at.)
void compile_trust_broken(const void *cell) {
  bool any = false;
  pthread_mutex_lock(&owned_mutex);
  for (OwnedData *owned = all_owned; owned; owned = owned->next) {
    if (!atomic_load(&owned->compiled->valid)) continue;
    for (uint32_t i = 0; i < owned->data->trust_count; i++) {
      const Trust *trust = &owned->data->trusts[i];
      if (trust->cell != cell || trust_holds(trust)) continue;
      atomic_store_explicit(&owned->compiled->valid, 0, memory_order_release);
      owned->broken = trust;
      any = true;
      break;
    }
  }
  pthread_mutex_unlock(&owned_mutex);
  if (any && threads_started) safepoint_request_all(POLL_COMPILED);
}

void compile_lose_trust(const CompiledCode *compiled) {
  const OwnedData *owned = compiled->data;
  const Trust *broken = owned ? owned->broken : NULL;
  Profile *profile = broken ? profile_of(broken->code) : NULL;
  if (profile && profile->leaves[broken->word] < UINT8_MAX) profile->leaves[broken->word]++;
}

bool compile_install(CompileJob *job) {
  if (job->one_thread && threads_started) return false;
  // An upgrade of code that was given up meanwhile would make the same mistakes.
  if (job->installed && !compiled_code_is_valid((CompiledCode *)value_cell(job->installed))) return false;
  OwnedData *owned = malloc(sizeof *owned);
  if (!owned) return false;
  CompiledCode *compiled = (CompiledCode *)value_cell(job->compiled);
  *owned = (OwnedData){
      .compiled = compiled, .data = job->data, .engine_code = job->engine_code, .one_thread = job->one_thread};
  add_owned(owned);
  job->pass_nanoseconds = job->engine_code.pass_nanoseconds;
  job->code_nanoseconds = job->engine_code.code_nanoseconds;
  job->code_size = job->engine_code.text_size;
  job->data = NULL;
  job->engine_code = (EngineCode){0};
  compiled->data = owned;
  compiled->release_data = release_owned;
  compiled->entry = (CompiledFunction *)owned->engine_code.entry;
  return trust_all(owned->data) && compiled_code_install(compiled);
}

bool compile_prepare_upgrade(CompileJob *job) {
  CompiledCode *former = (CompiledCode *)value_cell(job->compiled);
  job->data = code_data_new();
  CompiledCode *compiled = job->data ? compiled_code_new((Code *)(uintptr_t)job->code, job->entry_word) : NULL;
  if (!compiled) {
    exception_clear();
    return false;
  }
  gc_store(compiled, &compiled->constants, former->constants);
  job->installed = job->compiled;
  job->compiled = value_from_cell(compiled);
  job->level = ENGINE_FULL;
  job->seen_ticks = 0;
  set_name(job, job->code, job->entry_word);
  return true;
}

uint32_t compile_ticks(const CompileJob *job) {
  const CompiledCode *installed = (const CompiledCode *)value_cell(job->installed);
  if (!compiled_code_is_valid(installed)) return UINT32_MAX;
  const OwnedData *owned = installed->data;
  return code_data_ticks(owned->data);
}

void compile_job_free(CompileJob *job) {
  heap_remove_root_range(&job->compiled);
  heap_remove_root_range(&job->installed);
  hir_function_free(job->function);
  code_data_free(job->data);
  engine_release_later(&job->engine_code);
  free(job);
}

// Exits. One that is taken again and again is a speculation that does not hold: its instruction is not speculated on
// any more.
enum : uint32_t { EXIT_LIMIT = 16, EXIT_REPEATED = 3 };
enum : uint16_t { REBUILD_EXECUTIONS = 40 };

static bool is_speculation(HirOp reason) {
  return reason != HIR_POLL && reason != HIR_RECHECK && reason != HIR_RETURN && reason != HIR_GUARD_UNWATCHED &&
         reason != HIR_GUARD_FIELD_UNWATCHED && reason != HIR_LEAVE_FOR_GOOD && reason != HIR_LEAVE_LOOP;
}

// Does it matter how often the exit has been taken? Not of one that is expected to be taken, nor of a speculation that
// is kept although it fails. Threads that run the code together share the counter, and each that writes it takes it
// from the others.
static bool exit_is_counted(const CodeExit *exit, uint32_t count) {
  return exit->reason == HIR_LEAVE_LOOP || (is_speculation(exit->reason) && count < EXIT_LIMIT);
}

// A loop that comes to its end again and again had better be compiled together with what is around it: the innermost
// loop that contains it, else the function. That is hot when it is executed next.
static void make_surroundings_hot(Thread *thread, const Code *code, uint32_t entry_word, uint32_t exit_word) {
  uint32_t best = UINT32_MAX, best_header = 0, resume = UINT32_MAX;
  for (uint32_t at = 0; at < code->word_count;) {
    Instruction word = __atomic_load_n(&code->words[at], __ATOMIC_RELAXED);
    unsigned base = opcode_base[instruction_opcode(word)];
    if (base == OP_RESUME && instruction_auxiliary(word) == 0) {
      resume = at;
    } else if (base == OP_LOOP) {
      uint32_t header = (uint32_t)((int64_t)at + instruction_bc(word));
      bool contains = header < entry_word && at > exit_word;
      if (contains && (best == UINT32_MAX || header > best_header)) best = at, best_header = header;
    }
    at += 1 + opcode_information[base].caches;
  }
  if (best == UINT32_MAX) best = resume;
  if (best != UINT32_MAX) *jit_counter(thread, code->words + best) = 1;
}

// It was hot: it is built anew as soon as the interpreter's caches have seen a little more.
static void make_hot_soon(Thread *thread, const Code *code, uint32_t entry_word) {
  for (uint32_t at = 0; at < code->word_count;) {
    Instruction word = __atomic_load_n(&code->words[at], __ATOMIC_RELAXED);
    unsigned base = opcode_base[instruction_opcode(word)];
    bool leads = base == OP_LOOP ? (int64_t)at + instruction_bc(word) == entry_word : at == entry_word;
    if (leads) *jit_counter(thread, code->words + at) = REBUILD_EXECUTIONS;
    at += 1 + opcode_information[base].caches;
  }
}

// A call that leads to another function, or of an object of another shape, than was expected: the profile is told.
static void note_call(const Thread *thread, const CodeExit *exit) {
  const Frame *frame = thread->frame;
  if (frame->code != exit->code || frame->pc != exit->code->words + exit->word) return;
  Instruction word = __atomic_load_n(frame->pc, __ATOMIC_RELAXED);
  unsigned base = opcode_base[instruction_opcode(word)];
  if (base == OP_CALL || base == OP_CALL_METHOD) profile_note_call(exit->code, frame->pc, word, frame->registers);
}

static unsigned operation_at(const CodeExit *exit) {
  return opcode_base[instruction_opcode(__atomic_load_n(&exit->code->words[exit->word], __ATOMIC_RELAXED))];
}

// Has `exit` to be thought of as failing because `failed` does? An operation of the same kind behind it that was tried
// without Python code, too: it has not been reached, and what is not for the first is seldom for the next.
static bool is_alike(const CodeExit *exit, const CodeExit *failed) {
  return failed->reason == HIR_CALL_TRY && exit->reason == HIR_CALL_TRY && exit->code == failed->code &&
         exit->word > failed->word && __atomic_load_n(&exit->count, __ATOMIC_RELAXED) == 0 &&
         operation_at(exit) == operation_at(failed);
}

// Besides `failed` the exits that were taken more than once are failures, too: else the next code would be given up for
// the next one. Of several codes that were built on one assumption the first one that fails says so for all.
static void note_failures(const CodeData *data, const CodeExit *failed, const Code *own) {
  for (uint32_t i = 0; i < data->exit_count; i++) {
    const CodeExit *exit = &data->exits[i];
    bool fails = __atomic_load_n(&exit->count, __ATOMIC_RELAXED) >= EXIT_REPEATED && is_speculation(exit->reason);
    if (!fails && !is_alike(exit, failed)) continue;
    // The handler has run by now, and will be compiled, unless it is that of an inlined function.
    if (exit->reason == HIR_RAISED && exit->code == own) continue;
    Profile *profile = profile_of(exit->code);
    if (!profile) continue;
    uint8_t *leaves = &profile->leaves[exit->word];
    if (*leaves == exit->failures && *leaves < UINT8_MAX) ++*leaves;
  }
}

void compile_note_exit(Thread *thread, CompiledCode *compiled, uint32_t number) {
  OwnedData *owned = compiled->data;
  if (number == 0 || number > owned->data->exit_count) return;
  CodeExit *exit = &owned->data->exits[number - 1];
  if (runtime.jit_log == JIT_LOG_STATISTICS) exit_log_note(exit);
  uint32_t count = __atomic_load_n(&exit->count, __ATOMIC_RELAXED);
  if (!exit_is_counted(exit, count)) return;
  __atomic_store_n(&exit->count, ++count, __ATOMIC_RELAXED); // one that another thread counts meanwhile may be lost
  if (exit->reason == HIR_LEAVE_LOOP && count % EXIT_LIMIT == 0)
    make_surroundings_hot(thread, exit->code, compiled->entry_word, exit->word);
  if (!is_speculation(exit->reason) || count != EXIT_LIMIT) return;
  note_call(thread, exit);
  Profile *profile = profile_of(exit->code), *own = profile_of(value_as_code(compiled->code));
  if (!profile || !own || profile_compilations(own) > COMPILATION_LIMIT) return;
  note_failures(owned->data, exit, value_as_code(compiled->code));
  compiled_code_remove(compiled);
  make_hot_soon(thread, value_as_code(compiled->code), compiled->entry_word);
}

void compile_log_exit(const CompiledCode *compiled, uint32_t number, FILE *log) {
  const OwnedData *owned = compiled->data;
  if (number == 0 || number > owned->data->exit_count) return;
  exit_log_print(&owned->data->exits[number - 1], log);
}

void compile_invalidate_for_threads(void) {
  pthread_mutex_lock(&owned_mutex);
  for (OwnedData *owned = all_owned; owned; owned = owned->next)
    if (owned->one_thread) compiled_code_remove(owned->compiled);
  pthread_mutex_unlock(&owned_mutex);
}
