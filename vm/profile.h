// What is remembered about a Code for the compiler: which instructions made compiled code leave, and what those
// instructions met that have no cache word to say so. Stands in Code.extra, made when there is something to remember.
// Written without a lock: a lost note does no harm, since compiled code checks what it relies on.
#pragma once

#include "runtime/heap/heap.h"
#include "runtime/object/code.h"
#include "runtime/object/shape.h"

// One combination that an instruction has met. Immutable once published.
//   operators, comparisons, subscripts: the operands' classes, and their shapes where they are cells
//   calls: the Code, the globals and the built-in names of a function written in Python; of getattr() and its like, the
//          arguments as operands; of super(), self; a module's native function; the descriptor of a native method that
//          was bound before, with the class and the shape of what it is bound to
typedef struct Meeting {
  Cell head;
  Value next;    // a Meeting of any instruction of the Code; zero: no more
  Value what[3]; // keeps the shapes alive, too
  // ---- end of values
  Shape *shapes[2]; // of the operands; NULL: no cell
  uint32_t word;    // the instruction
} Meeting;

typedef struct Profile {
  Cell head;
  Value met; // the newest Meeting; zero: none
  // ---- end of values
  uint32_t word_count;
  uint32_t compilations; // attempts so far
  uint32_t met_count;
  bool is_refused;  // it cannot be compiled
  uint8_t leaves[]; // by instruction word: how often compiled code was given up because of it
} Profile;

// The profile of `code`, made if need be. NULL: out of memory, nothing pending. May collect.
Profile *profile_of(Code *code);
// The same, NULL if there is none yet.
static inline Profile *profile_existing(const Code *code) {
  return (Profile *)value_cell(gc_load(&code->extra));
}
// How often it has been tried to compile the Code.
static inline uint32_t profile_compilations(const Profile *profile) {
  return __atomic_load_n(&profile->compilations, __ATOMIC_RELAXED);
}
// How often the speculation at `word` has been given up.
static inline unsigned profile_leaves(const Code *code, uint32_t word) {
  const Profile *profile = profile_existing(code);
  return profile && word < profile->word_count ? profile->leaves[word] : 0;
}

// Notes what the instruction at `pc` of `code` meets, if it is new and not too much has been met already. May collect;
// runs no Python code, leaves no exception. Operands: only those count of which one is complex or an instance of a
// class made by a class statement.
void profile_note_operands(Code *code, const Instruction *pc, Value a, Value b);
// Of a CALL or CALL_METHOD, before it is executed.
void profile_note_call(Code *code, const Instruction *pc, Instruction word, const Value *registers);
// What the instruction at `word` has met, newest first: at most `limit` go to `met`; gives how many there are.
enum : uint32_t { PROFILE_MEETINGS = 4 }; // of one instruction
uint32_t profile_meetings(const Code *code, uint32_t word, const Meeting **met, uint32_t limit);
