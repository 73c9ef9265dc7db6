// See code_data.h.
#include "jit/code_data.h"

#include "jit/leave_map.h"
#include "runtime/heap/heap.h"
#include "runtime/object/attributes.h"
#include "runtime/object/class.h"
#include "runtime/object/dict.h"
#include "runtime/object/function.h"
#include <stdlib.h>
#include <string.h>

CodeData *code_data_new(void) {
  return calloc(1, sizeof(CodeData));
}

void code_data_free(CodeData *data) {
  if (!data) return;
  for (uint32_t i = 0; i < data->record_count; i++) free(data->records[i]);
  free(data->records);
  for (uint32_t i = 0; i < data->leave_count; i++) {
    for (LeaveSite *site = data->leaves[i]->sites, *next; site; site = next) {
      next = site->next;
      free(site);
    }
    free(data->leaves[i]);
  }
  free(data->leaves);
  free(data->exits);
  free(data->trusts);
  free(data->lanes);
  free(data);
}

bool code_data_count_ticks(CodeData *data) {
  if (data->lanes) return true;
  data->lanes = aligned_alloc(alignof(TickLane), THREAD_LANES * sizeof(TickLane));
  if (data->lanes) memset(data->lanes, 0, THREAD_LANES * sizeof(TickLane));
  return data->lanes != NULL;
}

uint32_t code_data_ticks(const CodeData *data) {
  uint32_t ticks = 0;
  for (size_t lane = 0; data->lanes && lane < THREAD_LANES; lane++)
    ticks += __atomic_load_n(&data->lanes[lane].ticks, __ATOMIC_RELAXED);
  return ticks;
}

bool code_data_add_trust(CodeData *data, const Trust *trust) {
  for (uint32_t i = 0; i < data->trust_count; i++)
    if (data->trusts[i].kind == trust->kind && data->trusts[i].cell == trust->cell &&
        data->trusts[i].offset == trust->offset)
      return true;
  if (data->trust_count == data->trust_capacity) {
    uint32_t capacity = data->trust_capacity ? data->trust_capacity * 2 : 16;
    Trust *larger = realloc(data->trusts, capacity * sizeof *larger);
    if (!larger) return false;
    data->trusts = larger;
    data->trust_capacity = capacity;
  }
  data->trusts[data->trust_count++] = *trust;
  return true;
}

bool trust_holds(const Trust *trust) {
  switch (trust->kind) {
  case TRUST_RESULT:
    return lookup_is_valid(trust->cell);
  case TRUST_FUNCTION:
    return atomic_load(&((Function *)(uintptr_t)trust->cell)->version) == trust->version;
  case TRUST_CLASS:
    return atomic_load(&((Class *)(uintptr_t)trust->cell)->version) == trust->version;
  case TRUST_FIELD:
    return gc_load(cell_word(trust->cell, trust->offset)) == trust->value;
  default: {
    // A cell that has been written often is a variable: compiled code that stores to it tells nobody.
    const GlobalCell *global = trust->cell;
    return gc_load(&global->value) == trust->value && !global_cell_is_variable(global);
  }
  }
}

uint32_t code_data_add_exit(CodeData *data, const HirState *state, HirOp reason) {
  if (data->exit_count == data->exit_capacity) {
    uint32_t capacity = data->exit_capacity ? data->exit_capacity * 2 : 16;
    CodeExit *larger = realloc(data->exits, capacity * sizeof *larger);
    if (!larger) return 0;
    data->exits = larger;
    data->exit_capacity = capacity;
  }
  data->exits[data->exit_count++] =
      (CodeExit){.code = state->frame->code, .word = state->word, .reason = reason, .failures = state->failures};
  return data->exit_count;
}

InlineRecord *code_data_add_record(CodeData *data, InlineRecord record) {
  if (data->record_count == data->record_capacity) {
    uint32_t capacity = data->record_capacity ? data->record_capacity * 2 : 8;
    InlineRecord **larger = realloc(data->records, capacity * sizeof *larger);
    if (!larger) return NULL;
    data->records = larger;
    data->record_capacity = capacity;
  }
  InlineRecord *made = malloc(sizeof *made);
  if (!made) return NULL;
  *made = record;
  data->records[data->record_count++] = made;
  return made;
}

static void *append(char **at, const void *source, size_t size) {
  void *place = *at;
  if (size > 0) memcpy(place, source, size);
  *at += size;
  return place;
}

LeaveRecord *code_data_add_leave(CodeData *data, const LeaveRecord *leave) {
  if (data->leave_count == data->leave_capacity) {
    uint32_t capacity = data->leave_capacity ? data->leave_capacity * 2 : 16;
    LeaveRecord **larger = realloc(data->leaves, capacity * sizeof *larger);
    if (!larger) return NULL;
    data->leaves = larger;
    data->leave_capacity = capacity;
  }
  size_t values_size = leave->value_count * sizeof(LeaveValue), frames_size = leave->frame_count * sizeof(LeaveFrame);
  size_t registers_size = leave->register_count * sizeof(LeaveRegister);
  size_t inputs_size = leave->input_count * sizeof(uint32_t);
  LeaveRecord *made = malloc(sizeof *made + values_size + frames_size + registers_size + inputs_size);
  if (!made) return NULL;
  *made = *leave;
  char *at = (char *)(made + 1);
  made->values = append(&at, leave->values, values_size);
  made->frames = append(&at, leave->frames, frames_size);
  made->registers = append(&at, leave->registers, registers_size);
  made->inputs = append(&at, leave->inputs, inputs_size);
  data->leaves[data->leave_count++] = made;
  return made;
}
