// See code_data.h.
#include "jit/code_data.h"

#include <stdlib.h>

CodeData *code_data_new(void) {
  return calloc(1, sizeof(CodeData));
}

void code_data_free(CodeData *data) {
  if (!data) return;
  for (uint32_t i = 0; i < data->record_count; i++) free(data->records[i]);
  free(data->records);
  free(data->exits);
  free(data);
}

uint32_t code_data_add_exit(CodeData *data, Code *code, uint32_t word, HirOp reason) {
  if (data->exit_count == data->exit_capacity) {
    uint32_t capacity = data->exit_capacity ? data->exit_capacity * 2 : 16;
    CodeExit *larger = realloc(data->exits, capacity * sizeof *larger);
    if (!larger) return 0;
    data->exits = larger;
    data->exit_capacity = capacity;
  }
  data->exits[data->exit_count++] = (CodeExit){.code = code, .word = word, .reason = reason};
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
