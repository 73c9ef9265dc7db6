// The two stacks of a thread that frames live on: records and registers.
#include "runtime/object/exception.h"
#include "runtime/object/frame.h"
#include <sys/mman.h>

// Address space, not memory: pages become real when they are first used.
enum : size_t { REGISTER_STACK_SIZE = 512u << 20, RECORD_STACK_SIZE = 256u << 20 };
// What the interpreter may use beyond a limit that it has checked for one frame: no frame has more registers.
enum : size_t { REGISTER_RESERVE = 70000 };

static void *map_stack(size_t size) {
  void *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return stack == MAP_FAILED ? NULL : stack;
}
bool frame_stacks_map(Thread *thread) {
  Value *registers = map_stack(REGISTER_STACK_SIZE);
  Frame *records = map_stack(RECORD_STACK_SIZE);
  if (!registers || !records) {
    if (registers) munmap(registers, REGISTER_STACK_SIZE);
    if (records) munmap(records, RECORD_STACK_SIZE);
    raise_memory_error();
    return false;
  }
  thread->registers_base = registers;
  thread->registers_limit = registers + REGISTER_STACK_SIZE / sizeof(Value) - REGISTER_RESERVE;
  thread->frames_base = records;
  thread->frames_limit = records + RECORD_STACK_SIZE / sizeof(Frame) - 1;
  return true;
}
void frame_stacks_unmap(Thread *thread) {
  if (!thread->registers_base) return;
  munmap(thread->registers_base, REGISTER_STACK_SIZE);
  munmap(thread->frames_base, RECORD_STACK_SIZE);
  thread->registers_base = NULL;
  thread->frames_base = NULL;
}
