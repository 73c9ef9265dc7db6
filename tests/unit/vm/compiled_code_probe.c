#include "tests/unit/vm/compiled_code_probe.h"
#include "tests/unit/vm/operations_engine.h"

#include "runtime/heap/heap.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/generator.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/opcodes.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "vm/compiled_call.h"
#include "vm/interpreter.h"
#include "vm/jit_hooks.h"
#include "vm/start.h"
#include <stdlib.h>
#include <string.h>

static size_t entries;
static size_t exits_seen;

// Code that leaves does so at the instruction where it begins, behind the RESUME.
static Value leave(Frame *frame) {
  const Instruction *pc = frame->pc;
  unsigned opcode = opcode_base[instruction_opcode(*pc)];
  frame->pc = opcode == OP_RESUME ? pc + 2 : pc + instruction_bc(*pc);
  return VALUE_LEFT;
}
static Value run_answers(Thread *, Frame *, Value *) {
  entries++;
  return value_from_small_int(42);
}
static Value run_leaves(Thread *, Frame *frame, Value *) {
  entries++;
  return leave(frame);
}
static Value run_raises(Thread *, Frame *frame, Value *) {
  entries++;
  raise_value_error("compiled");
  return leave(frame);
}
static Value run_leaves_counted(Thread *thread, Frame *frame, Value *) {
  entries++;
  thread->left_exit = 7;
  return leave(frame);
}
static CompiledFunction *const functions[] = {
    [PROBE_ANSWERS] = run_answers,         [PROBE_LEAVES] = run_leaves,
    [PROBE_RAISES] = run_raises,           [PROBE_LEAVES_COUNTED] = run_leaves_counted,
    [PROBE_CALLS] = operations_engine_run,
};

static uint32_t entry_word(const Code *code, bool loop) {
  for (uint32_t at = 0; at < code->word_count;) {
    unsigned opcode = opcode_base[instruction_opcode(code->words[at])];
    if (opcode == OP_RESUME && !loop) return at;
    if (opcode == OP_LOOP && loop) return at + (uint32_t)instruction_bc(code->words[at]);
    at += 1 + opcode_information[opcode].caches;
  }
  abort();
}
static Code *code_of(Value function) {
  return value_as_code(((Function *)value_cell(function))->code);
}
static Value probe_install(Value function, Value kind, Value loop) {
  Code *code = code_of(function);
  CompiledCode *compiled = compiled_code_new(code, entry_word(code, loop == value_from_small_int(1)));
  if (!compiled) return NULL;
  compiled->entry = functions[value_small_int(kind)];
  return value_from_bool(compiled_code_install(compiled));
}
static Value probe_remove(Value function, Value loop) {
  Code *code = code_of(function);
  CompiledCode *compiled = compiled_code_at(code, entry_word(code, loop == value_from_small_int(1)));
  if (compiled) compiled_code_remove(compiled);
  return value_from_bool(compiled != NULL);
}
static Value probe_entered(void) {
  Value result = value_from_small_int((int64_t)(entries + operations_engine_entries));
  entries = operations_engine_entries = 0;
  return result;
}
static Value probe_exits(void) {
  Value result = value_from_small_int((int64_t)exits_seen);
  exits_seen = 0;
  return result;
}
static size_t hot_calls, hot_loops;
static Value probe_hot(void) {
  Value result = tuple_of(2, value_from_small_int((int64_t)hot_calls), value_from_small_int((int64_t)hot_loops));
  hot_calls = hot_loops = 0;
  return result;
}
static const NativeMethod methods[] = {
    NATIVE("install", probe_install, "(function, kind, loop, /)", ""),
    NATIVE("remove", probe_remove, "(function, loop, /)", ""),
    NATIVE("entered", probe_entered, "()", ""),
    NATIVE("exits", probe_exits, "()", ""),
    NATIVE("hot", probe_hot, "()", ""),
    {},
};

static void left(Thread *, CompiledCode *, uint32_t exit) {
  exits_seen = exits_seen * 100 + exit;
}
static void hot(Thread *, Frame *frame, uint32_t at) {
  unsigned opcode = opcode_base[instruction_opcode(frame->code->words[at])];
  ++*(opcode == OP_RESUME ? &hot_calls : &hot_loops);
}
static const JitHooks hooks = {.hot = hot, .left = left};

void probe_start(void) {
  static char *values[] = {(char *)"krait", (char *)"-I", (char *)"-S", (char *)"-c", (char *)"", NULL};
  CommandLine line;
  int status;
  if (!command_line_parse(5, values, &line, &status) || !vm_start(&line, values)) abort();
  atomic_store(&jit_hooks, &hooks);
  jit_begin();
}

char *probe_run(const char *source) {
  entries = exits_seen = operations_engine_entries = 0;
  Value globals = dict_new_globals(), result = NULL;
  Value text = str_from_c(source), filename = str_from_c("<probe>");
  for (const NativeMethod *method = methods; method->name; method++)
    dict_set_c(globals, method->name, native_function_new(method, NULL, NULL));
  Value code = runtime_hooks.compile(text, filename, "exec", 0, true, -1, -1);
  if (code && runtime_hooks.run_code(code, globals, globals, NULL)) result = dict_get_c(globals, "result");
  Value shown = result ? value_str(result) : NULL;
  if (!shown && exception_pending()) shown = value_repr(exception_take());
  return strdup(shown ? str_utf8(shown, NULL) : "nothing");
}
