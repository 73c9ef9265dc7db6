// Putting registers where the conservative scan sees them. setjmp would not do: C libraries encrypt some of what it
// saves.
#pragma once

// Pushes the callee-saved registers and calls `function` with `context` and the stack pointer below them.
void call_with_spilled_registers(void (*function)(void *context, void *stack_pointer), void *context);
