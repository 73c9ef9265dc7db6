// Assembly of spill.h and the entry of blocking regions. x86-64, System V.
#include "runtime/thread/spill.h"
#include "runtime/thread/safepoint.h"

#ifndef __x86_64__
#error "spill.c needs a version for this machine"
#endif

__attribute__((naked)) void call_with_spilled_registers([[maybe_unused]] void (*function)(void *, void *),
                                                        [[maybe_unused]] void *context) {
  __asm__("push %rbp\n\t"
          "mov %rsp, %rbp\n\t"
          "push %rbx\n\t"
          "push %r12\n\t"
          "push %r13\n\t"
          "push %r14\n\t"
          "push %r15\n\t"
          "sub $8, %rsp\n\t"
          "mov %rdi, %rax\n\t"
          "mov %rsi, %rdi\n\t"
          "mov %rsp, %rsi\n\t"
          "call *%rax\n\t"
          "mov %rbp, %rsp\n\t"
          "pop %rbp\n\t"
          "ret");
}

// The registers go into the Thread, because this function's frame is gone while its caller waits. The caller's own
// frame begins above the stack pointer published here.
__attribute__((naked)) void blocking_enter(void) {
  __asm__("mov thread_current_pointer@gottpoff(%%rip), %%rax\n\t"
          "mov %%fs:(%%rax), %%rdi\n\t"
          "mov %%rbx, %c0(%%rdi)\n\t"
          "mov %%rbp, %c0+8(%%rdi)\n\t"
          "mov %%r12, %c0+16(%%rdi)\n\t"
          "mov %%r13, %c0+24(%%rdi)\n\t"
          "mov %%r14, %c0+32(%%rdi)\n\t"
          "mov %%r15, %c0+40(%%rdi)\n\t"
          "mov %%rsp, %c1(%%rdi)\n\t"
          "jmp blocking_entered"
          :
          : "i"(offsetof(Thread, spilled_registers)), "i"(offsetof(Thread, c_stack_published)));
}
static_assert(SPILLED_REGISTERS == 6);

#if __has_feature(address_sanitizer)
// The scan looks for Values on the real stack, and leak detection does not know what cells refer to.
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
  return "detect_stack_use_after_return=0:detect_leaks=0";
}
#endif
