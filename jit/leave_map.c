// See leave_map.h.
#include "jit/leave_map.h"

#include <stdlib.h>
#include <string.h>

// The section, as LLVM documents it (version 3): a header, a record for each function, constants of 64 bits, and a
// record for each patchpoint: its fixed part, its locations, and registers that are live behind it, each part aligned.
typedef struct MapHeader {
  uint8_t version, reserved[3];
  uint32_t function_count, constant_count, record_count;
} MapHeader;
typedef struct MapFunction {
  uint64_t address, stack_size, record_count;
} MapFunction;
typedef struct MapRecord {
  uint64_t identifier;
  uint32_t offset; // of the instruction in its function
  uint16_t reserved, location_count;
} MapRecord;
typedef struct MapLocation {
  uint8_t kind, reserved;
  uint16_t size, number, reserved_too;
  int32_t offset;
} MapLocation;
enum : uint8_t { MAP_VERSION = 3, REGISTER_COUNT = 33 };
enum : uint8_t { MAP_REGISTER = 1, MAP_DIRECT, MAP_INDIRECT, MAP_CONSTANT, MAP_CONSTANT_INDEX };

// The part of the section that has not been read.
typedef struct Reader {
  const char *start, *at, *end;
} Reader;
static bool read_part(Reader *reader, void *part, size_t size) {
  if ((size_t)(reader->end - reader->at) < size) return false;
  memcpy(part, reader->at, size);
  reader->at += size;
  return true;
}
static bool skip(Reader *reader, size_t size) {
  if ((size_t)(reader->end - reader->at) < size) return false;
  reader->at += size;
  return true;
}
static bool align(Reader *reader) {
  return skip(reader, (size_t)(reader->start - reader->at) & 7);
}

static bool read_location(Reader *reader, const char *constants, uint32_t constant_count, LeaveLocation *location) {
  MapLocation read;
  if (!read_part(reader, &read, sizeof read)) return false;
  *location = (LeaveLocation){.number = (uint8_t)read.number, .offset = read.offset};
  switch (read.kind) {
  case MAP_REGISTER:
    location->kind = PLACE_REGISTER;
    return read.number < REGISTER_COUNT && read.size >= sizeof(uint64_t);
  case MAP_DIRECT:
    location->kind = PLACE_ADDRESS;
    return read.number < REGISTER_COUNT;
  case MAP_INDIRECT:
    location->kind = PLACE_MEMORY;
    return read.number < REGISTER_COUNT && read.size == sizeof(uint64_t);
  case MAP_CONSTANT:
    location->kind = PLACE_CONSTANT;
    return true;
  case MAP_CONSTANT_INDEX:
    location->kind = PLACE_CONSTANT;
    if (read.offset < 0 || (uint32_t)read.offset >= constant_count) return false;
    memcpy(&location->offset, constants + (size_t)read.offset * sizeof(uint64_t), sizeof location->offset);
    return true;
  default:
    return false;
  }
}

static bool read_site(Reader *reader, CodeData *data, const char *constants, uint32_t constant_count, uintptr_t entry) {
  MapRecord record;
  if (!read_part(reader, &record, sizeof record) || record.identifier >= data->leave_count) return false;
  LeaveRecord *leave = data->leaves[record.identifier];
  if (record.location_count != leave->live_count) return false;
  LeaveSite *site = malloc(sizeof *site + leave->live_count * sizeof(LeaveLocation));
  if (!site) return false;
  site->next = leave->sites;
  leave->sites = site;
  site->return_address = entry + record.offset + PATCHPOINT_BYTES;
  for (uint32_t i = 0; i < leave->live_count; i++)
    if (!read_location(reader, constants, constant_count, &site->locations[i])) return false;
  uint16_t padding, live_out_count;
  return align(reader) && read_part(reader, &padding, sizeof padding) &&
         read_part(reader, &live_out_count, sizeof live_out_count) && skip(reader, live_out_count * 4u) &&
         align(reader);
}

bool leave_map_read(CodeData *data, const void *section, size_t size, const void *entry) {
  Reader reader = {section, section, (const char *)section + size};
  MapHeader header;
  if (!read_part(&reader, &header, sizeof header) || header.version != MAP_VERSION) return false;
  if (!skip(&reader, header.function_count * sizeof(MapFunction))) return false;
  const char *constants = reader.at;
  if (!skip(&reader, header.constant_count * sizeof(uint64_t))) return false;
  for (uint32_t i = 0; i < header.record_count; i++)
    if (!read_site(&reader, data, constants, header.constant_count, (uintptr_t)entry)) return false;
  return true;
}

#ifdef __x86_64__

bool leave_map_is_possible(void) {
  return true;
}

// What leave_by_map saves, by DWARF's numbers: rax rdx rcx rbx rsi rdi rbp rsp r8..r15, the return address, the low
// halves of xmm0..xmm15.
typedef struct MachineRegisters {
  uint64_t words[REGISTER_COUNT];
} MachineRegisters;
enum : unsigned { RETURN_ADDRESS = 16 };
static_assert(sizeof(MachineRegisters) == 264);

static uint64_t read_place(const LeaveLocation *location, const MachineRegisters *saved) {
  if (location->kind == PLACE_CONSTANT) return (uint64_t)location->offset;
  uint64_t word = saved->words[location->number];
  if (location->kind == PLACE_REGISTER) return word;
  word += (uint64_t)location->offset;
  if (location->kind == PLACE_MEMORY) memcpy(&word, (const void *)(uintptr_t)word, sizeof word);
  return word;
}

// Called by leave_by_map only.
[[gnu::used]] static Value leave_with_saved(Thread *thread, Frame *frame, const LeaveRecord *leave, uint32_t exit,
                                            const MachineRegisters *saved) {
  const LeaveSite *site = leave->sites;
  while (site->return_address != saved->words[RETURN_ADDRESS]) site = site->next;
  uint64_t live[leave->live_count + 1];
  for (uint32_t i = 0; i < leave->live_count; i++) live[i] = read_place(&site->locations[i], saved);
  return runtime_leave(thread, frame, leave, exit, live);
}

__attribute__((naked)) Value leave_by_map(Thread *, Frame *, const LeaveRecord *, uint32_t) {
  __asm__("subq $264, %rsp\n\t"
          ".cfi_adjust_cfa_offset 264\n\t"
          "movq %rax, 0(%rsp)\n\t"
          "movq %rdx, 8(%rsp)\n\t"
          "movq %rcx, 16(%rsp)\n\t"
          "movq %rbx, 24(%rsp)\n\t"
          "movq %rsi, 32(%rsp)\n\t"
          "movq %rdi, 40(%rsp)\n\t"
          "movq %rbp, 48(%rsp)\n\t"
          "movq %r8, 64(%rsp)\n\t"
          "movq %r9, 72(%rsp)\n\t"
          "movq %r10, 80(%rsp)\n\t"
          "movq %r11, 88(%rsp)\n\t"
          "movq %r12, 96(%rsp)\n\t"
          "movq %r13, 104(%rsp)\n\t"
          "movq %r14, 112(%rsp)\n\t"
          "movq %r15, 120(%rsp)\n\t"
          "leaq 272(%rsp), %rax\n\t" // rsp as the calling function has it
          "movq %rax, 56(%rsp)\n\t"
          "movq 264(%rsp), %rax\n\t"
          "movq %rax, 128(%rsp)\n\t"
          "movsd %xmm0, 136(%rsp)\n\t"
          "movsd %xmm1, 144(%rsp)\n\t"
          "movsd %xmm2, 152(%rsp)\n\t"
          "movsd %xmm3, 160(%rsp)\n\t"
          "movsd %xmm4, 168(%rsp)\n\t"
          "movsd %xmm5, 176(%rsp)\n\t"
          "movsd %xmm6, 184(%rsp)\n\t"
          "movsd %xmm7, 192(%rsp)\n\t"
          "movsd %xmm8, 200(%rsp)\n\t"
          "movsd %xmm9, 208(%rsp)\n\t"
          "movsd %xmm10, 216(%rsp)\n\t"
          "movsd %xmm11, 224(%rsp)\n\t"
          "movsd %xmm12, 232(%rsp)\n\t"
          "movsd %xmm13, 240(%rsp)\n\t"
          "movsd %xmm14, 248(%rsp)\n\t"
          "movsd %xmm15, 256(%rsp)\n\t"
          "movq %rsp, %r8\n\t"
          "call leave_with_saved\n\t"
          "addq $264, %rsp\n\t"
          ".cfi_adjust_cfa_offset -264\n\t"
          "ret");
}

#else

bool leave_map_is_possible(void) {
  return false;
}
Value leave_by_map(Thread *, Frame *, const LeaveRecord *, uint32_t) {
  abort(); // nothing calls it
}

#endif
