// See profile.h.
#include "vm/profile.h"

#include "runtime/object/class.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/opcodes.h"
#include "runtime/runtime.h"
#include <string.h>

enum : uint32_t { MEETINGS_LIMIT = 100 }; // of one Code: who notes looks through all of them

static const CellType profile_type = {.name = "compiler's profile", CELL_VALUES(Profile, met, met), .has_tail = true};
static const CellType meeting_type = {.name = "what an instruction met",
                                      .values_start = offsetof(Meeting, next),
                                      .values_end = offsetof(Meeting, shapes)};
static Shape *profile_shape, *meeting_shape;

Profile *profile_of(Code *code) {
  Profile *profile = profile_existing(code);
  if (profile) return profile;
  Shape *shape = shape_internal(&profile_shape, &profile_type);
  profile = shape ? cell_alloc(shape, sizeof *profile + code->word_count) : NULL;
  if (!profile) {
    exception_clear();
    return NULL;
  }
  profile->word_count = code->word_count;
  gc_store(code, &code->extra, value_from_cell(profile));
  return profile;
}

static const Meeting *meeting_next(const Meeting *meeting) {
  return (const Meeting *)value_cell(meeting->next);
}
static const Meeting *meeting_first(const Profile *profile) {
  return profile ? (const Meeting *)value_cell(gc_load(&profile->met)) : NULL;
}

uint32_t profile_meetings(const Code *code, uint32_t word, const Meeting **met, uint32_t limit) {
  uint32_t count = 0;
  for (const Meeting *meeting = meeting_first(profile_existing(code)); meeting; meeting = meeting_next(meeting)) {
    if (meeting->word != word) continue;
    if (count < limit) met[count] = meeting;
    count++;
  }
  return count;
}

static void note(Code *code, const Instruction *pc, const Value *what, Shape *const *shapes) {
  uint32_t word = (uint32_t)(pc - code->words), same = 0;
  Profile *profile = profile_existing(code);
  for (const Meeting *meeting = meeting_first(profile); meeting; meeting = meeting_next(meeting)) {
    if (meeting->word != word) continue;
    if (memcmp(meeting->what, what, sizeof meeting->what) == 0 &&
        memcmp(meeting->shapes, shapes, sizeof meeting->shapes) == 0)
      return;
    same++;
  }
  // One more than is of use says that there are too many.
  if (same > PROFILE_MEETINGS || (profile && __atomic_load_n(&profile->met_count, __ATOMIC_RELAXED) >= MEETINGS_LIMIT))
    return;
  profile = profile_of(code);
  Shape *shape = profile ? shape_internal(&meeting_shape, &meeting_type) : NULL;
  Meeting *meeting = shape ? cell_alloc(shape, sizeof *meeting) : NULL;
  if (!meeting) {
    exception_clear();
    return;
  }
  gc_init(meeting, &meeting->next, gc_load(&profile->met));
  for (int i = 0; i < 3; i++) gc_init(meeting, &meeting->what[i], what[i]);
  memcpy(meeting->shapes, shapes, sizeof meeting->shapes);
  meeting->word = word;
  __atomic_fetch_add(&profile->met_count, 1, __ATOMIC_RELAXED);
  gc_store(profile, &profile->met, value_from_cell(meeting));
}

static bool is_of_interest(const Class *class) {
  return (class->flags & CLASS_HEAP_TYPE) != 0 || class == BUILTIN(COMPLEX);
}

void profile_note_operands(Code *code, const Instruction *pc, Value a, Value b) {
  Class *class_a = value_class(a), *class_b = value_class(b);
  if (runtime.jit_mode == JIT_OFF) return;
  if (!is_of_interest(class_a) && !is_of_interest(class_b)) return;
  Shape *shapes[] = {value_is_cell(a) ? cell_shape(value_cell(a)) : NULL,
                     value_is_cell(b) ? cell_shape(value_cell(b)) : NULL};
  note(code, pc, (Value[]){value_from_cell(class_a), value_from_cell(class_b), NULL}, shapes);
}

static bool takes_name(Value callee) {
  return VALUE_IS_EXACT(callee, BUILTIN_FUNCTION) &&
         (((NativeObject *)value_cell(callee))->method->flags & NATIVE_BY_NAME) != 0;
}

// Does one of the function's variables hold the callee? Otherwise the name by which it is called says what it is.
static bool is_variable(const Code *code, const Value *registers, Value callee) {
  for (uint32_t i = 0; i < code->local_count; i++)
    if (registers[i] == callee) return true;
  for (uint32_t i = 0; i < code->cell_count + code->free_count; i++) {
    Value cell = registers[code->local_count + i];
    if (cell && VALUE_IS_EXACT(cell, CELL) && gc_load(&((ClosureCell *)value_cell(cell))->contents) == callee)
      return true;
  }
  return false;
}

// A native function that is called by another name than its own: what it is, if it is a module's, or which method.
static void note_native(Code *code, const Instruction *pc, Value callee) {
  const NativeObject *native = (const NativeObject *)value_cell(callee);
  if (!native->owner) {
    note(code, pc, (Value[]){callee, NULL, NULL}, (Shape *[]){NULL, NULL});
    return;
  }
  if (!value_is_cell(native->self) || value_class(native->self) != value_as_class(native->owner)) return;
  Value method = dict_get_c(value_as_class(native->owner)->namespace_dict, native->method->name);
  if (method && VALUE_IS_EXACT(method, METHOD_DESCRIPTOR) &&
      ((NativeObject *)value_cell(method))->method == native->method)
    note(code, pc, (Value[]){method, native->owner, NULL}, (Shape *[]){cell_shape(value_cell(native->self)), NULL});
}

void profile_note_call(Code *code, const Instruction *pc, Instruction word, const Value *registers) {
  if (runtime.jit_mode == JIT_OFF) return;
  bool is_method = opcode_base[instruction_opcode(word)] == OP_CALL_METHOD;
  const Value *callee = registers + instruction_b(word), *arguments = callee + (is_method ? 2 : 1);
  bool has_self = is_method && callee[1];
  unsigned count = instruction_c(word);
  if (!*callee) return;
  if (value_is_function(*callee)) {
    const Function *function = (const Function *)value_cell(*callee);
    note(code, pc, (Value[]){gc_load(&function->code), function->globals, function->builtins}, (Shape *[]){NULL, NULL});
  } else if (*callee == value_from_cell(BUILTIN(SUPER))) {
    if (!is_method && count == 0 && code->argument_count > 0 && registers[0])
      profile_note_operands(code, pc, registers[0], registers[0]);
  } else if (!has_self && count >= 2 && takes_name(*callee)) {
    profile_note_operands(code, pc, arguments[0], arguments[1]);
  } else if (!has_self && VALUE_IS_EXACT(*callee, BUILTIN_FUNCTION) && is_variable(code, registers, *callee)) {
    note_native(code, pc, *callee);
  }
}
